"""The Whoosh side of the format: fields whose postings are packed lists of rows, storage that maps files.

Whoosh keeps one posting per term and document, and about 900 of those for a page of Chinese. Here a segment
has one *carrier* document behind its rows, and each term has exactly one posting, the carrier's, whose
value holds the rows of the whole segment. Only public interfaces of Whoosh are used: field types, formats,
columns, storages, merge functions. Whoosh pickles instances of these classes into its table of contents, so
their names and this module stay.
"""

# mypy: disallow-untyped-calls=False
# Whoosh says it is typed, but half of its functions are not.

from __future__ import annotations

import mmap
import os
from collections.abc import Generator, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from whoosh import columns, fields, formats
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile

GRAMS, RUNS, TABLES = (
    "g",
    "r",
    "c",
)  # packed fields: grams; whole runs of digits and Latin letters, and names of units; columns as arrays
TEXT, SHOWN = "text", "shown"  # columns: normalised text for verifying, compressed original for showing
INDEX_NAME: Final = "MAIN"


class PackedFormat(formats.Format):
    """Postings of one value of any length each."""

    def decode_packed(self, value: bytes) -> bytes:
        return value


class PackedField(fields.FieldType):
    """A field whose value is an iterable of (term, packed rows), ascending by term."""

    def __init__(self) -> None:
        super().__init__(format=PackedFormat(), analyzer=None)  # type: ignore[arg-type]  # nothing is ever analysed here

    def index(
        self, value: Iterable[tuple[bytes, bytes]], **_options: Any
    ) -> Generator[tuple[bytes, int, float, bytes], Any, None]:
        for term, packed in value:
            yield term, 1, 1.0, packed

    def to_bytes(self, value: Any) -> Any:
        return value


def schema() -> fields.Schema:
    return fields.Schema(
        **{
            GRAMS: PackedField(),
            RUNS: PackedField(),
            TABLES: PackedField(),
            TEXT: fields.COLUMN(columns.VarBytesColumn()),
            SHOWN: fields.COLUMN(columns.VarBytesColumn()),
        }
    )


class MappedFile(StructFile):
    """A file in memory pages of the system; ``get`` moves no shared position and is safe between threads."""

    def __init__(self, content: mmap.mmap | bytes, name: str) -> None:
        file: Any = BytesIO(content) if isinstance(content, bytes) else content
        super().__init__(file, name=name)
        self.content = content

    def get(self, position: int, length: int) -> bytes:
        return self.content[position : position + length]


class MappedStorage(FileStorage):
    """Files of an index: mapped for reading, and on the disk before the table of contents names them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._written: list[str] = []

    def open_file(self, name: str, **_options: Any) -> MappedFile:
        with Path(self.folder, name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                return MappedFile(b"", name)
            return MappedFile(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), name)

    def create_file(self, name: str, excl: bool = False, mode: str = "wb", **options: Any) -> StructFile:
        self._written.append(name)
        file: StructFile = super().create_file(name, excl=excl, mode=mode, **options)
        return file

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Whoosh renames only its finished table of contents: the moment of the commit."""
        for name in self._written:
            path = Path(self.folder, name)
            if path.exists():
                _sync(path)
        self._written.clear()
        super().rename_file(oldname, newname, safe=safe)
        _sync(Path(self.folder))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
