"""Personal numbers at rest: sealed, so that the database alone tells nobody, with a keyed digest to find them by."""

import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive_service.kernel.errors import N_, ArchiveError

_NONCE_BYTES: Final = 12


class SealBroken(ArchiveError):
    """The key is another one, or somebody changed the row."""

    code = "premises.seal-broken"
    message = N_(
        "The stored personal data can't be opened with the key of this installation. Please tell the administrator."
    )


class Seal:
    """AES-256-GCM for what is kept and HMAC-SHA-256 for what is looked for, each with a key of its own."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(_derived(key, b"personal-data:seal"))
        self._search = _derived(key, b"personal-data:search")

    def close(self, text: str, field: str) -> bytes | None:
        """None for no text. Opens only as the same ``field``."""
        if not text:
            return None
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), field.encode())

    def open(self, sealed: bytes | None, field: str) -> str:
        """Raises SealBroken."""
        if sealed is None:
            return ""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], field.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken() from error

    def digest(self, text: str, kind: str) -> str | None:
        """The same for the same text and kind under the same key; None for no text."""
        if not text:
            return None
        return hmac.new(self._search, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def _derived(key: str, purpose: bytes) -> bytes:
    return hmac.new(key.encode(), purpose, hashlib.sha256).digest()
