"""Keys that the service makes for itself at its first start and keeps readable by its owner alone.

Web servers on several hosts must have the same ones, see docs/operations.md.
"""

import base64
import hashlib
from pathlib import Path

from archive_service.kernel.keys import WeakKey, kept_key
from archive_service.settings import SettingsError


def secret_key(data_dir: Path) -> str:
    """What signs form tokens. Raises SettingsError if somebody put a short or well-known value there."""
    return _key(data_dir, "secret_key")


def second_factor_key(data_dir: Path) -> str:
    """What encrypts the second factors in the database; without it everybody enrols again."""
    return _key(data_dir, "second_factor_key")


def fernet_key(key: str) -> bytes:
    """A key of the length that Fernet wants."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"recovery-codes:" + key.encode()).digest())


def _key(data_dir: Path, name: str) -> str:
    try:
        return kept_key(data_dir, name)
    except WeakKey as error:
        raise SettingsError(str(error)) from error
