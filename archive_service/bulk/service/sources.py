"""Where the files of an import lie: in a zip that nobody trusts, or in a folder of this machine.

Nothing is unpacked to the disk and no name out of a zip ever names anything: files are streamed out of it by their
place, in blocks, so that memory stays bounded whatever a zip says of itself.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from archive_service.bulk.rules import (
    BadZip,
    FileHasPassword,
    FileIsArchive,
    FileIsEmpty,
    FileIsLink,
    FileTooLarge,
    FileTwice,
    FileUnfolds,
    FileUnreadable,
    SuspiciousZip,
    ZipTooLarge,
)
from archive_service.bulk.rules.names import (
    UTF8_FLAG,
    clean_path,
    entry_name,
    guessed_encoding,
    is_archive,
    is_skipped,
)
from archive_service.intake.service.uploads import size_words
from archive_service.kernel.errors import Invalid

MOST_FILES: Final = 20_000
MOST_DIRECTORY: Final = 16_000_000  # bytes of a zip's own list, which is read as a whole
MOST_TIMES_LARGER: Final = 100
SMALL_ENOUGH: Final = 1_000_000  # bytes; what unfolds to no more may be any number of times larger
MOST_UNPACKED: Final = 50_000_000_000  # bytes of all files together
DEEPEST: Final = 30  # folders inside each other
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_LOCATOR_64: Final = b"PK\x06\x07"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """``path`` inside the tree; ``place``: what ``open`` asks for; ``trouble``: why it can't be taken."""

    path: str
    place: str
    size: int
    trouble: Invalid | None = None


class Files(Protocol):
    """The files of one import."""

    def entries(self) -> list[Entry]:
        """All of them, in the order in which they lie there, without what computers put beside files. Raises BadZip."""
        ...

    def open(self, place: str) -> BinaryIO:
        """Raises FileUnreadable. What is read may raise FileUnreadable as well, from ``reading``."""
        ...


@contextmanager
def reading() -> Iterator[None]:
    """Raises FileUnreadable for what goes wrong while bytes come out of a file."""
    try:
        yield
    except _BROKEN as error:
        raise FileUnreadable(field="path") from error


class ZipFiles:
    """``file``: seekable; ``length`` in bytes. ``most``: bytes that one file may have. Raises BadZip."""

    def __init__(self, file: BinaryIO, length: int, most: int) -> None:
        _look_at_end(file, length)
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise BadZip() from error
        self._length, self._most = length, most
        self._list = self._zip.infolist()

    def entries(self) -> list[Entry]:
        if len(self._list) > MOST_FILES:
            raise ZipTooLarge(most=f"{MOST_FILES:,}")
        _must_lie_apart(self._list, self._length)
        total = sum(info.file_size for info in self._list)
        if total > MOST_UNPACKED or (total > 64 * SMALL_ENOUGH and total > MOST_TIMES_LARGER * self._length):
            raise SuspiciousZip()
        found: list[Entry] = []
        seen: dict[str, int] = {}
        encoding = guessed_encoding(i.orig_filename for i in self._list if not i.flag_bits & UTF8_FLAG)
        for place, info in enumerate(self._list):
            name = entry_name(info.orig_filename, info.flag_bits, info.extra, encoding)
            if name.endswith(("/", "\\")) or is_skipped(name.replace("\\", "/")):
                continue
            entry = self._entry(place, info, name)
            if entry.path in seen:
                found[seen[entry.path]] = _with(found[seen[entry.path]], FileTwice(field="path"))
                entry = _with(entry, FileTwice(field="path"))
            seen.setdefault(entry.path, len(found))
            found.append(entry)
        return found

    def _entry(self, place: int, info: zipfile.ZipInfo, name: str) -> Entry:
        entry = Entry(_shown(name), str(place), info.file_size)
        try:
            entry = Entry(clean_path(name), str(place), info.file_size)
        except Invalid as error:
            return _with(entry, error)
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            return _with(entry, FileIsLink(field="path"))
        if info.flag_bits & 0x1:
            return _with(entry, FileHasPassword(field="path"))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return _with(entry, FileUnreadable(field="path"))
        if info.file_size > SMALL_ENOUGH and info.file_size > MOST_TIMES_LARGER * info.compress_size:
            return _with(entry, FileUnfolds(field="path"))
        return _judged(entry, self._most, lambda: self.open(str(place)))

    def open(self, place: str) -> BinaryIO:
        with reading():
            return self._zip.open(self._list[int(place)])  # type: ignore[return-value]  # an IO[bytes] that can't seek


def _with(entry: Entry, trouble: Invalid) -> Entry:
    return entry if entry.trouble else Entry(entry.path, entry.place, entry.size, trouble)


def _shown(name: str) -> str:
    """A name that can't be taken, as it can be stored and told."""
    return "".join(char if char.isprintable() else "�" for char in name)[:200] or "�"


def _judged(entry: Entry, most: int, opened: Callable[[], BinaryIO]) -> Entry:
    """Looks at the size, and at the first bytes: a packed archive may be called anything."""
    if entry.size == 0:
        return _with(entry, FileIsEmpty(field="path"))
    if entry.size > most:
        return _with(entry, FileTooLarge(field="path", limit=size_words(most)))
    try:
        with opened() as file, reading():
            beginning = file.read(8)
    except FileUnreadable as error:
        return _with(entry, error)
    return _with(entry, FileIsArchive(field="path")) if is_archive(entry.path, beginning) else entry


def _look_at_end(file: BinaryIO, length: int) -> None:
    """Refuse a list that is too long before the library reads it as a whole. Raises BadZip, ZipTooLarge."""
    file.seek(max(0, length - 65_557))
    tail = file.read(65_557)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise BadZip()
    count, size = (
        int.from_bytes(tail[at + 10 : at + 12], "little"),
        int.from_bytes(tail[at + 12 : at + 16], "little"),
    )
    locator = tail[at - 20 : at]
    if at >= 20 and locator.startswith(_LOCATOR_64):
        file.seek(min(int.from_bytes(locator[8:16], "little"), length))
        record = file.read(56)
        if not record.startswith(_END_64) or len(record) < 56:
            raise BadZip()
        count, size = int.from_bytes(record[32:40], "little"), int.from_bytes(record[40:48], "little")
    if size > MOST_DIRECTORY or count > 4 * MOST_FILES:
        raise ZipTooLarge(most=f"{MOST_FILES:,}")
    file.seek(0)


def _must_lie_apart(infos: list[zipfile.ZipInfo], length: int) -> None:
    """Parts that lie over each other are how a small zip unfolds to anything. Raises SuspiciousZip."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise SuspiciousZip()
        end = info.header_offset + 30 + info.compress_size
    if end > length:
        raise SuspiciousZip()


class FolderFiles:
    """A folder of this machine. Links are not followed."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most

    def entries(self) -> list[Entry]:
        found: list[Entry] = []
        for path, is_link in self._walk(self._folder, "", 0):
            place = os.fsencode(path).decode("utf-8", "surrogateescape")
            try:
                clean = clean_path(place)
            except Invalid as error:
                found.append(Entry(_shown(place), "", 0, error))
                continue
            if is_link:
                found.append(Entry(clean, place, 0, FileIsLink(field="path")))
            else:
                found.append(self._look(clean, place))
            if len(found) > MOST_FILES:
                raise ZipTooLarge(most=f"{MOST_FILES:,}")
        return found

    def _look(self, path: str, place: str) -> Entry:
        try:
            size = (self._folder / place).lstat().st_size
        except OSError:
            return Entry(path, place, 0, FileUnreadable(field="path"))
        return _judged(Entry(path, place, size), self._most, lambda: self.open(place))

    def _walk(self, folder: Path, above: str, depth: int) -> Iterator[tuple[str, bool]]:
        """In order of their names, folder by folder: (path below the folder, whether it is no ordinary file)."""
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            path = f"{above}{entry.name}"
            if is_skipped(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    yield from self._walk(Path(entry.path), f"{path}/", depth + 1)
            else:
                yield path, not entry.is_file(follow_symlinks=False)

    def open(self, place: str) -> BinaryIO:
        with reading():
            fd = os.open(self._folder / place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                os.close(fd)
                raise FileUnreadable(field="path")
            return os.fdopen(fd, "rb")
