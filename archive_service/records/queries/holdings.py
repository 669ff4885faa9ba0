"""What the capability of places asks about papers and case files (``locations.Holdings``)."""

import uuid
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import ColumnElement, SQLColumnExpression, case, exists, literal, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.masking import mask
from archive_service.locations import ItemRef, Named
from archive_service.records.models import CaseFile, Document, EmptyNumber, Filing
from archive_service.records.queries.audience import is_visible
from archive_service.records.queries.case_files import seen_files
from archive_service.records.queries.sights import visible
from archive_service.records.rules.filing import Medium

_AT_ONCE: Final = 400


class Archived:
    """Filed papers and case files, as somebody may know of them."""

    def called(
        self, session: Session, actor: Actor, numbers: Collection[str], *, unseen: bool = False
    ) -> Mapping[str, ItemRef]:
        found: dict[str, ItemRef] = {}
        wanted = sorted(numbers)
        for at in range(0, len(wanted), _AT_ONCE):
            some = wanted[at : at + _AT_ONCE]
            files = select(CaseFile.file_no, CaseFile.id).where(CaseFile.file_no.in_(some))
            paper = select(Document.id, Filing.case_file_id).join(Filing, Filing.document_id == Document.id)
            paper = paper.where(Document.discarded_at.is_(None))
            if not unseen:
                files = files.where(seen_files(session, actor))
                paper = paper.where(visible(actor))
            # A number that a paper once had stands on its cover still.
            former = paper.add_columns(EmptyNumber.archival_no).join(
                EmptyNumber, EmptyNumber.document_id == Document.id
            )
            for document_id, in_file, number in session.execute(
                former.where(EmptyNumber.archival_no.in_(some))
            ):
                found[number] = ItemRef(document_id, in_file=in_file)
            now = paper.add_columns(Document.archival_no).where(Document.archival_no.in_(some))
            for document_id, in_file, number in session.execute(now):
                assert number is not None
                found[number] = ItemRef(document_id, in_file=in_file)
            found |= {number: ItemRef(case_file_id=i) for number, i in session.execute(files)}
        return found

    def named(
        self, session: Session, actor: Actor, items: Collection[ItemRef], *, unseen: bool = False
    ) -> Mapping[ItemRef, Named]:
        found: dict[ItemRef, Named] = {}
        documents = [i.document_id for i in items if i.document_id is not None]
        files = [i.case_file_id for i in items if i.case_file_id is not None]
        for at in range(0, len(documents), _AT_ONCE):
            found |= self._papers(session, actor, documents[at : at + _AT_ONCE], unseen)
        for at in range(0, len(files), _AT_ONCE):
            found |= self._files(session, actor, files[at : at + _AT_ONCE], unseen)
        return found

    def _papers(
        self, session: Session, actor: Actor, ids: Collection[uuid.UUID], unseen: bool
    ) -> dict[ItemRef, Named]:
        seen = visible(actor)
        query = (
            select(
                Document.id,
                Document.archival_no,
                Document.title,
                Filing.medium,
                case((seen, literal(True)), else_=literal(False)),
            )
            .join(Filing, Filing.document_id == Document.id, isouter=True)
            .where(Document.id.in_(ids), Document.discarded_at.is_(None))
        )
        if not unseen:
            query = query.where(seen)
        return {
            ItemRef(document_id): Named(
                number or "",
                mask(title) if told else "",
                hidden=not told,
                on_paper=medium is not None and medium != Medium.ELECTRONIC.value,
            )
            for document_id, number, title, medium, told in session.execute(query)
        }

    def _files(
        self, session: Session, actor: Actor, ids: Collection[int], unseen: bool
    ) -> dict[ItemRef, Named]:
        seen = seen_files(session, actor)
        query = select(
            CaseFile.id, CaseFile.file_no, CaseFile.title, case((seen, literal(True)), else_=literal(False))
        ).where(CaseFile.id.in_(ids))
        if not unseen:
            query = query.where(seen)
        return {
            ItemRef(case_file_id=i): Named(number, mask(title) if told else "", hidden=not told)
            for i, number, title, told in session.execute(query)
        }

    def sees_document(
        self, session: Session, actor: Actor, column: SQLColumnExpression[uuid.UUID | None]
    ) -> ColumnElement[bool]:
        return is_visible(column, actor)

    def sees_case_file(
        self, session: Session, actor: Actor, column: SQLColumnExpression[int | None]
    ) -> ColumnElement[bool]:
        return exists().where(CaseFile.id == column, seen_files(session, actor))
