"""Keys that the service makes for itself at its first start and keeps readable by its owner alone."""

import os
import secrets
from pathlib import Path
from typing import Final

_SHORTEST: Final = 32
_KNOWN: Final = frozenset(
    {"secret", "changeme", "change-me", "dev", "development", "password", "secretkey", "key"}
)


class WeakKey(Exception):
    """Somebody put a short or well-known value there; the text names the file."""


def kept_key(data_dir: Path, name: str) -> str:
    """The key of this name under ``keys`` in the data directory, made if there is none. Raises WeakKey."""
    path = data_dir / "keys" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    value = path.read_text("ascii", errors="replace").strip()
    if path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        path.chmod(0o600)
    plain = "".join(char for char in value.lower() if char.isalnum())
    if (
        len(value) < _SHORTEST
        or len(set(value)) < 8
        or any(plain == word * (len(plain) // len(word)) for word in _KNOWN)
    ):
        raise WeakKey(f"{path}: too short or well known; remove the file and a new key is made")
    return value


def _make(path: Path) -> None:
    """Write a new key so that of several processes that start together one wins and all read the same."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink()
