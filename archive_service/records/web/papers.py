"""The papers that forms of all pages mean, and those they offer (web/papers.py)."""

import uuid
from collections.abc import Collection
from typing import Final

from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.masking import mask
from archive_service.records.queries.documents import documents_by_id
from archive_service.records.queries.fitting import papers_of_units
from archive_service.records.queries.relations import document_called
from archive_service.web.papers import Paper

TITLE_CHANGES: Final = "YZ.03"


class OfTheArchive:
    def called(self, session: Session, actor: Actor, typed: str) -> uuid.UUID | None:
        return document_called(session, actor, typed)

    def seen(
        self, session: Session, actor: Actor, document_ids: Collection[uuid.UUID | None]
    ) -> frozenset[uuid.UUID]:
        named = {one for one in document_ids if one is not None}
        return frozenset(documents_by_id(session, actor, named)) if named else frozenset()

    def likely(self, session: Session, actor: Actor, unit_ids: Collection[int]) -> list[Paper]:
        rows = papers_of_units(session, actor, unit_ids, first=TITLE_CHANGES)
        return [Paper(row.archival_no, mask(row.title), row.doc_date) for row in rows]
