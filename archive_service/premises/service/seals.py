"""The key to personal numbers, kept beside the other keys of an installation."""

from functools import lru_cache
from pathlib import Path

from archive_service.bootstrap import Archive
from archive_service.kernel.keys import WeakKey, kept_key
from archive_service.premises.rules.sealing import Seal
from archive_service.settings import SettingsError

KEY_NAME = "personal_data_key"


def seal_of(archive: Archive) -> Seal:
    """Made at the first call. Raises SettingsError if somebody put a short or well-known key there.

    Every host must have the same file, and a backup needs it: without it the numbers can't be read again.
    """
    return _seal(archive.settings.data_dir)


@lru_cache(maxsize=8)
def _seal(data_dir: Path) -> Seal:
    try:
        return Seal(kept_key(data_dir, KEY_NAME))
    except WeakKey as error:
        raise SettingsError(str(error)) from error
