"""One reader for all stories about reading, as one worker has one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.fonts import chinese_font
from workers.extraction import Inspection, PageReading, Reader


@dataclass(frozen=True, slots=True)
class Read:
    """A document's reading, all of it."""

    inspection: Inspection
    pages: tuple[PageReading, ...]

    @property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages)


ReadFile = Callable[[Path | bytes, str], Read]


@pytest.fixture(scope="session")
def font() -> Path:
    return chinese_font()


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


@pytest.fixture
def read(reader: Reader, tmp_path: Path) -> ReadFile:
    """Reads a file, or bytes as if they were one, under a name."""

    def read(content: Path | bytes, name: str) -> Read:
        path = content if isinstance(content, Path) else tmp_path / "document"
        if isinstance(content, bytes):
            path.write_bytes(content)
        return whole(reader, path, name)

    return read


def whole(reader: Reader, path: Path, name: str) -> Read:
    inspection, *pages = reader.read(path, name)
    assert isinstance(inspection, Inspection)
    assert all(isinstance(page, PageReading) for page in pages)
    return Read(inspection, tuple(page for page in pages if isinstance(page, PageReading)))
