import io
from collections.abc import Iterator
from dataclasses import dataclass

import pypdf
import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from tests.support.house import House
from tests.support.papers import is_scanned, pictured_page
from tests.workers.test_handing_out import Post, settle
from workers.runtime import Worker


def wide_pages(*widths: int) -> bytes:
    """A PDF whose pages are known again by how wide they are."""
    writer = pypdf.PdfWriter()
    for width in widths:
        writer.add_blank_page(width, 500)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@dataclass(slots=True)
class Counter:
    """A counter with a scanner: what comes off it, and what the background makes of it."""

    house: House
    worker: Worker

    def scan(
        self,
        actor: Actor | None,
        *texts: str,
        title: str = "扫描件",
        start: int = 101,
        class_code: str = "",
    ) -> DocumentId:
        """A PDF with a page for each text, read already; page n is ``start`` + n - 1 points wide."""
        content = wide_pages(*range(start, start + len(texts)))
        received = self.house.blob(content, f"{title}.pdf")
        with self.house.work(actor) as work:
            paper = records.add_document(
                work, received, records.Description(title=title, class_code=class_code)
            )
        pages = [pictured_page(self.house, number, text) for number, text in enumerate(texts, 1)]
        is_scanned(self.house, paper, pages)
        return paper

    def works(self) -> None:
        settle(self.worker, Post(), rounds=8)

    def widths(self, paper: DocumentId) -> list[int]:
        return [round(page.mediabox.width) for page in self.file(paper).pages]

    def file(self, paper: DocumentId) -> pypdf.PdfReader:
        row = self.house.document(paper)
        with self.house.archive.blobs.local_path(row.digest) as path:  # type: ignore[arg-type]
            return pypdf.PdfReader(io.BytesIO(path.read_bytes()))

    def texts(self, paper: DocumentId) -> list[str]:
        with self.house.archive.reading() as session:
            row = self.house.document(paper)
            return [
                text for _, text in records.page_texts(session, row.version_id, most=99, characters=9999)[0]
            ]


@pytest.fixture
def counter(house: House) -> Iterator[Counter]:
    worker = Worker(house.archive)
    yield Counter(house, worker)
    worker.tools.reader.close()


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist."""
    return house.person("陈", "archivist")


@pytest.fixture
def lin(house: House) -> Actor:
    """Front desk: sees the personal papers of others with their numbers covered."""
    return house.person("林", "front_desk")
