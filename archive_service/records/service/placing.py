"""A filed paper's place after filing: into another class or file (改类、移卷), or out of the archive again.

The number says where a paper stands, so another place has another number; the old one stays empty (空号) for ever.
"""

import uuid
from dataclasses import replace

from sqlalchemy import or_, select

from archive_service import people
from archive_service.classification import ClassRow, selectable_class
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.levels import Level
from archive_service.premises import is_source_document
from archive_service.records.models import LIVE_RELATION, Document, Drawing, EmptyNumber, Filing, Relation
from archive_service.records.queries import filing as queries
from archive_service.records.queries.filing import FilingRow
from archive_service.records.rules.filing import (
    DrawingFacts,
    FiledFacts,
    MissingFacts,
    Place,
    clean_facts,
    is_drawing,
    missing,
    told,
)
from archive_service.records.rules.numbers import Pattern, ascii_twin
from archive_service.records.rules.placing import (
    Depended,
    EmptyKind,
    NotBothHats,
    NotFiled,
    SamePlace,
)
from archive_service.records.service import filing as filing_service
from archive_service.records.service.case_files import may_file
from archive_service.records.service.documents import StaleDescription, locked_document
from archive_service.records.service.indexing import announce_document
from archive_service.records.service.locks import end_own_lock, refuse_if_edited
from archive_service.records.service.retention import drop_term, keep_term, rule_of
from archive_service.records.service.settling import end_level_request
from archive_service.records.service.unit_links import check_unit
from archive_service.unit_of_work import UnitOfWork


def change_place(
    work: UnitOfWork,
    document_id: uuid.UUID,
    class_code: str,
    place: Place,
    *,
    revision: int,
    reason: str,
    drawing: DrawingFacts | None = None,
) -> FilingRow:
    """Move a filed paper into another class, file, year or department; it gets the next number there.

    What ``place`` leaves open stays as it is where the target is numbered alike. The level rises to that of the class;
    it never falls by this. ``drawing``: its title block, for one that goes among the drawings. Raises NotFound,
    Forbidden, NotBothHats, NotFiled, StaleDescription, BeingEdited, NeedsReason, TooLong, SamePlace, and as
    ``file_document``.
    """
    document, filing, reason = _opened(work, document_id, revision, reason)
    row = selectable_class(work, class_code)
    _must_file(work, row.code)
    pattern = filing_service.pattern_of_class(row)
    if pattern is Pattern.ITEM and not place.dept and filing.dept:
        place = replace(place, dept=filing_service.dept_of(filing))
    if not place.year:
        place = replace(place, year=filing.file_year)
    if not place.fonds:
        place = replace(place, fonds=filing.fonds)
    old_drawing = work.session.get(Drawing, document.id)
    said = queries.facts_of(filing, old_drawing)
    sheet = (drawing or said.drawing) if is_drawing(row.code) else None
    facts = _facts_there(document, row.code, replace(said, drawing=sheet), place, pattern)
    check_unit(work, document, row.code, fonds=place.fonds)
    old_number, old_class = document.archival_no or "", filing.class_code
    if pattern is Pattern.ITEM:
        _refuse_same_series(filing, row, place)
        fonds, year, item, number = filing_service.by_item(work, document, row, place)
        file = None
    else:
        file = filing_service.open_file(work, document, place, row.code)
        if file.id == filing.case_file_id:
            raise SamePlace(field="file_no")
        fonds, year, item, number = filing_service.in_file(work, document, file, place)
    kind = EmptyKind.RECLASSED if row.code != old_class else EmptyKind.MOVED
    _leave_empty(work, document, filing, told(said), kind=kind, reason=reason)
    before, level = _rewritten(document, row, number, file.file_no if file else "")
    filing.archival_no_ascii, filing.series, filing.item = ascii_twin(number), number.rpartition("-")[0], item
    filing.fonds, filing.class_code, filing.file_year = fonds, row.code, year
    filing.case_file_id, filing.dept = (file.id, None) if file else (None, str(place.dept))
    if row.code != old_class:
        assert row.retention_id is not None, "selectable classes have a period"
        filing.retention_rule_id = row.retention_id
    work.session.flush()
    _drawn(work, filing, file.building if file else "", facts, old=old_drawing)
    rule_id = filing.retention_rule_id if row.code != old_class else rule_of(work, filing)
    keep_term(work, document.id, class_code=row.code, rule_id=rule_id, file_year=year)
    after = {"archival_no": number, "class_code": row.code, "file_no": document.file_no, "level": level}
    changed = {name: value for name, value in after.items() if value != before[name]}
    if "level" in changed:
        end_level_request(work, document.id)
    filing_service.keep_correction(work, document, {name: before[name] for name in changed}, changed, reason)
    work.audit(
        "document.reclassed" if kind is EmptyKind.RECLASSED else "document.moved",
        f"document:{document.id}",
        before=old_number,
        archival_no=number,
        class_code=row.code,
        revision=document.revision,
    )
    return _ended(work, document)


def _opened(
    work: UnitOfWork, document_id: uuid.UUID, revision: int, reason: str
) -> tuple[Document, Filing, str]:
    work.actor.must(Permission.FILE)
    document = locked_document(work, document_id)
    filing = work.session.get(Filing, document.id, with_for_update=True, populate_existing=True)
    if filing is None:
        raise NotFiled()
    _must_file(work, filing.class_code)
    refuse_if_edited(work, document)
    if document.revision != revision:
        raise StaleDescription()
    return document, filing, filing_service.correction_reason(reason)


def _must_file(work: UnitOfWork, class_code: str) -> None:
    """Raises NotBothHats, Forbidden."""
    if people.has_no_say(work.actor, class_code):
        raise NotBothHats()
    if not may_file(work.actor, class_code):
        raise Forbidden()


def _refuse_same_series(filing: Filing, row: ClassRow, place: Place) -> None:
    here = (filing.fonds, filing.class_code, filing.file_year, filing.dept)
    if here == (place.fonds.strip().upper(), row.code, place.year, place.dept and str(place.dept)):
        raise SamePlace(field="class_code")


def _facts_there(
    document: Document, class_code: str, said: FiledFacts, place: Place, pattern: Pattern
) -> FiledFacts:
    """What is known of it, as the class asks for it there. Raises MissingFacts, BadFact, TooLong, BadDate."""
    facts = clean_facts(said)
    absent = missing(
        facts,
        place,
        class_code=class_code,
        pattern=pattern,
        title=document.title,
        doc_date=document.doc_date,
        unit=document.unit,
    )
    if absent:
        raise MissingFacts(field=absent[0], fields=",".join(absent))
    return facts


def _leave_empty(
    work: UnitOfWork,
    document: Document,
    filing: Filing,
    said: dict[str, str],
    *,
    kind: EmptyKind,
    reason: str,
) -> None:
    assert document.archival_no is not None, "it is filed"
    work.session.add(
        EmptyNumber(
            archival_no=document.archival_no,
            archival_no_ascii=filing.archival_no_ascii,
            document_id=document.id,
            kind=kind.value,
            fonds=filing.fonds,
            class_code=filing.class_code,
            file_year=filing.file_year,
            case_file_id=filing.case_file_id,
            series=filing.series,
            item=filing.item,
            facts=said,
            reason=reason,
            emptied_at=work.now,
            emptied_by=work.actor.user_id,
        )
    )
    work.session.flush()  # from now on the database lets the paper go from its number


def _rewritten(document: Document, row: ClassRow, number: str, file_no: str) -> tuple[dict[str, str], str]:
    """Give the document its new number, class and level; what stood there before, and the level."""
    before = {
        "archival_no": document.archival_no or "",
        "class_code": document.class_code or "",
        "file_no": document.file_no,
        "level": document.level,
    }
    level = max(Level(document.level), row.level, key=lambda one: one.rank).value
    document.archival_no, document.class_code, document.level = number, row.code, level
    if file_no or before["file_no"]:
        document.file_no = file_no
    document.revision += 1
    return before, level


def _drawn(
    work: UnitOfWork, filing: Filing, building: str, facts: FiledFacts, *, old: Drawing | None
) -> None:
    """What its title block says follows it; out of the drawings, it stays with the number that is empty now."""
    if old is not None:
        work.session.delete(old)
        work.session.flush()
    if facts.drawing:
        columns = filing_service.drawing_columns(facts.drawing)
        work.session.add(
            Drawing(
                document_id=filing.document_id, class_code=filing.class_code, building=building, **columns
            )
        )
    work.session.flush()


def withdraw_filing(work: UnitOfWork, document_id: uuid.UUID, *, revision: int, reason: str) -> None:
    """Cancel a filing that was a mistake: the paper waits in the inbox again, its number stays empty.

    Raises NotFound, Forbidden, NotBothHats, NotFiled, StaleDescription, BeingEdited, NeedsReason, TooLong, Depended.
    """
    document, filing, reason = _opened(work, document_id, revision, reason)
    if _depended_on(work, document.id):
        raise Depended()
    drawing = work.session.get(Drawing, document.id)
    said = told(queries.facts_of(filing, drawing))
    _leave_empty(work, document, filing, said, kind=EmptyKind.WITHDRAWN, reason=reason)
    before = {"archival_no": document.archival_no or "", "file_no": document.file_no}
    document.archival_no, document.file_no = None, ""
    document.revision += 1
    work.session.flush()
    drop_term(work, document.id)
    if drawing is not None:
        work.session.delete(drawing)
        work.session.flush()
    work.session.delete(filing)
    work.session.flush()
    changed = {name: value for name, value in before.items() if value}
    filing_service.keep_correction(work, document, changed, dict.fromkeys(changed, ""), reason)
    work.audit(
        "document.withdrawn",
        f"document:{document.id}",
        archival_no=before["archival_no"],
        revision=document.revision,
    )
    end_own_lock(work, document.id)
    work.session.flush()
    announce_document(work, document.id)


def _depended_on(work: UnitOfWork, document_id: uuid.UUID) -> bool:
    """Whether somebody relies on the paper already: a cross-reference, a row of owners that it proves."""
    ends = or_(Relation.document_id == document_id, Relation.other_document_id == document_id)
    if work.session.scalar(select(Relation.id).where(ends, LIVE_RELATION).limit(1)) is not None:
        return True
    return is_source_document(work.session, document_id)


def _ended(work: UnitOfWork, document: Document) -> FilingRow:
    end_own_lock(work, document.id)
    work.session.flush()
    announce_document(work, document.id)
    kept = queries.filing(work.session, document.id)
    assert kept is not None, "it was filed a moment ago"
    return kept
