"""Everything a paper needs, in one act of one person: described, a case file opened if it needs one, filed."""

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.records.queries.filing import FilingRow
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.queries.versions import version_by_id
from archive_service.records.rules import Description
from archive_service.records.rules.case_files import FileFacts
from archive_service.records.rules.filing import FiledFacts, Place, year_of
from archive_service.records.rules.numbers import Pattern
from archive_service.records.rules.review import NewFile
from archive_service.records.service.case_files import open_case_file
from archive_service.records.service.checking import Proof
from archive_service.records.service.documents import describe
from archive_service.records.service.filing import file_document, filing_pattern, others_file
from archive_service.unit_of_work import UnitOfWork


def describe_and_file(
    work: UnitOfWork,
    document_id: uuid.UUID,
    description: Description,
    facts: FiledFacts,
    place: Place,
    *,
    revision: int,
    new_file: NewFile | None = None,
    proof: Proof | None = None,
) -> FilingRow:
    """``new_file``: the case file to open for it, of classes whose papers stand in files; it gets the paper's unit
    and owner. ``proof``: as in ``file_document``. Raises as ``describe``, ``open_case_file`` and ``file_document``."""
    row = describe(work, document_id, description, revision=revision)
    if new_file is not None and row.class_code:
        pattern = filing_pattern(work, row.class_code)
        if pattern is not Pattern.ITEM:
            year = place.year or (year_of(place, row.doc_date) if row.doc_date else None)
            file = open_case_file(
                work,
                row.class_code,
                FileFacts(title=new_file.title, unit=row.unit, owner=row.owner),
                fonds=place.fonds,
                year=None if pattern is Pattern.DRAWING else year,
                building=new_file.building,
                doc_date=row.doc_date or "",
            )
            place = replace(place, file_no=file.file_no)
    return file_document(work, document_id, facts, place, revision=row.revision, proof=proof)


def must_not_file_own(
    session: Session, actor: Actor, now: datetime, row: DocumentRow, class_code: str
) -> bool:
    """Whether the actor brought it in and somebody else could file it: then they hand it in instead."""
    brought_by = version_by_id(session, row.version_id).created_by
    return (
        brought_by is not None
        and brought_by == actor.user_id
        and others_file(session, actor, now, class_code)
    )
