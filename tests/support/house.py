"""The house that tests live in: an archive on a real database, its people, its papers."""

import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import Description, DocumentRow, PageFacts, Received
from archive_service.unit_of_work import UnitOfWork
from tests.support.clock import MovableClock
from tests.support.seating import seat


class House:
    def __init__(self, archive: Archive, clock: MovableClock) -> None:
        self.archive = archive
        self.clock = clock

    def work(self, actor: Actor | None = None) -> AbstractContextManager[UnitOfWork]:
        return self.archive.unit_of_work(actor or service_actor())

    def person(self, name: str, *roles: str, password: str | None = None) -> Actor:
        """A person with these roles, as an actor at a page."""
        from archive_service import people

        hashed = None if password is None else people.hash_password(password, name)
        with self.work() as work:
            user_id = people.add_person(work, name=name, display_name=name, password=hashed, roles=roles)
        seat(self.archive, user_id)
        with self.archive.reading() as session:
            actor = people.actor_of(session, user_id, self.clock.now(), via="page")
        assert actor is not None
        return actor

    def blob(self, content: bytes, file_name: str = "扫描件.pdf") -> Received:
        blob = self.archive.blobs.put([content])
        return Received(blob.digest, blob.size, file_name)

    def paper(
        self,
        actor: Actor | None = None,
        content: bytes = b"",
        *,
        title: str = "收楼验收单",
        class_code: str = "",
        level: Level | None = None,
        pages: Iterable[str] | None = None,
        **told: str,
    ) -> DocumentId:
        """A document; with ``pages`` it has been read already (texts without pictures)."""
        received = self.blob(content or uuid.uuid4().bytes)
        with self.work(actor) as work:
            description = Description(title=title, class_code=class_code, level=level, **told)
            document_id = records.add_document(work, received, description)
        if pages is not None:
            self.is_read(document_id, pages)
        return document_id

    def is_read(self, document_id: DocumentId, pages: Iterable[str]) -> None:
        """What reading would keep for the current version, without the pictures."""
        texts = list(pages)
        with self.work() as work:
            row = records.document(work.session, work.actor, document_id)
            records.start_reading(
                work, row.version_id, media_type="text/plain", pages_total=len(texts), flags=()
            )
            for number, text in enumerate(texts, 1):
                records.keep_page(work, row.version_id, page_facts(number, text))
            records.finish_reading(work, row.version_id)

    def document(self, document_id: DocumentId, actor: Actor | None = None) -> DocumentRow:
        with self.archive.reading() as session:
            return records.document(session, actor or service_actor(), document_id)


def page_facts(number: int, text: str) -> PageFacts:
    return PageFacts(
        number=number,
        width=0,
        height=0,
        full_width=0,
        full_height=0,
        rotation=0,
        source="text",
        text=text,
        boxes=b"",
        confidence=None,
        preview=None,
        masked_preview=None,
        thumbnail=None,
    )
