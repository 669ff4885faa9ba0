"""Filing a document (归档): its place, its number, what must be known of it; and corrections afterwards (订正)."""

import uuid
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy.orm import Session

from archive_service import people
from archive_service.classification import ClassRow, selectable_class
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records.models import CaseFile, Correction, Document, Drawing, Filing
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import filing as queries
from archive_service.records.queries import versions as version_queries
from archive_service.records.queries.filing import FilingRow
from archive_service.records.queries.same_bytes import other_filed
from archive_service.records.rules import READ, NeedsReason, TooLong, VersionState, clean_text
from archive_service.records.rules.case_files import FileClosed, FileState, NoSuchFile, OtherClass
from archive_service.records.rules.filing import (
    DRAWING_FIELDS,
    AlreadyFiled,
    DrawingFacts,
    FiledFacts,
    MissingFacts,
    NeedsDiscipline,
    NotReadYet,
    OwnPaper,
    Place,
    SameBytesFiled,
    clean_facts,
    is_drawing,
    missing,
    told,
    year_of,
)
from archive_service.records.rules.four_properties import CheckStage
from archive_service.records.rules.numbers import (
    DRAWINGS,
    Dept,
    DrawingFile,
    InFile,
    ItemNumber,
    Pattern,
    YearFile,
    ascii_twin,
    parse,
    pattern_of,
)
from archive_service.records.rules.review import ReviewStep
from archive_service.records.rules.state_secrets import TROUBLE, MarkedPaper
from archive_service.records.service.case_files import locked_file, may_file
from archive_service.records.service.checking import Proof, examine_for_filing, keep_check
from archive_service.records.service.documents import StaleDescription, locked_document
from archive_service.records.service.indexing import announce_document
from archive_service.records.service.locks import end_own_lock, refuse_if_edited
from archive_service.records.service.numbering import fonds_of, next_number
from archive_service.records.service.owners import refuse_others_paper
from archive_service.records.service.retention import keep_term
from archive_service.records.service.settling import settle_review
from archive_service.records.service.unit_links import check_unit
from archive_service.unit_of_work import UnitOfWork

KEPT_UNREAD = ("unsupported",)
"""What can't be read and is filed all the same: a DWG is kept as it came."""


def file_document(
    work: UnitOfWork,
    document_id: uuid.UUID,
    raw: FiledFacts,
    place: Place,
    *,
    revision: int,
    proof: Proof | None = None,
) -> FilingRow:
    """Give a described document its place and its archival number; both are for ever.

    ``revision``: of the description the person saw. ``raw.pages``: by default as many as reading found.
    ``proof``: what ``prove`` found out about the bytes before this transaction; without one they are read afterwards.
    Raises NotFound, Forbidden, OwnPaper, StaleDescription, AlreadyFiled, SameBytesFiled, MarkedPaper, NotReadYet,
    UnknownClass, UnknownUnit, SeveralUnits, NeedsDiscipline, MissingFacts, CheckFailed, WrongState, BadFact, TooLong,
    BadDate, NoSuchFile, OtherClass, FileClosed, OtherUnitsFile, OtherOwnersFile, NotTheOwner, NoFonds, ChooseFonds.
    """
    work.actor.must(Permission.FILE)
    document = locked_document(work, document_id)
    if document.class_code and not may_file(work.actor, document.class_code):
        raise Forbidden()
    if document.archival_no is not None:
        raise AlreadyFiled(archival_no=document.archival_no)
    refuse_if_edited(work, document)
    if document.revision != revision:
        raise StaleDescription()
    row = selectable_class(work, document.class_code or "")
    pages = _checked_pages(work, document, row.code)
    facts = clean_facts(raw if raw.pages is not None else replace(raw, pages=pages))
    pattern = pattern_of_class(row)
    check_unit(work, document, row.code, fonds=place.fonds)
    absent = missing(
        facts,
        place,
        class_code=row.code,
        pattern=pattern,
        title=document.title,
        doc_date=document.doc_date,
        unit=document.unit,
    )
    if absent:
        raise MissingFacts(field=absent[0], fields=",".join(absent))
    examined = examine_for_filing(work, document, facts, proof)
    if pattern is Pattern.ITEM:
        number = by_item(work, document, row, place)
        filed = _filed(work, document, row, facts, *number, dept=str(place.dept))
    else:
        file = open_file(work, document, place, row.code)
        filed = _filed(work, document, row, facts, *in_file(work, document, file, place), file=file)
    keep_check(work, document.id, examined, CheckStage.FILING)
    return filed


def filing_pattern(work: UnitOfWork, class_code: str) -> Pattern:
    """How papers of the class are numbered. Raises UnknownClass, NeedsDiscipline."""
    return pattern_of_class(selectable_class(work, class_code))


def pattern_of_class(row: ClassRow) -> Pattern:
    """Raises NeedsDiscipline."""
    if row.code == DRAWINGS:
        raise NeedsDiscipline(field="class_code")
    assert row.retention is not None, "selectable classes have a period"
    return pattern_of(row.code, row.retention.kind)


def _checked_pages(work: UnitOfWork, document: Document, class_code: str) -> int | None:
    """How many pages its current version has, once nothing stands in the way of filing it.

    Raises MarkedPaper, NotReadYet, OwnPaper, SameBytesFiled.
    """
    current = document_queries.document_unchecked(work.session, work.actor, document.id)
    version = version_queries.version_by_id(work.session, current.version_id)
    if version.trouble == TROUBLE:
        raise MarkedPaper()
    readable = version.state in READ
    if not readable and not (version.state is VersionState.QUARANTINED and version.trouble in KEPT_UNREAD):
        raise NotReadYet()
    if (
        version.created_by is not None
        and version.created_by == work.actor.user_id
        and others_file(work.session, work.actor, work.now, class_code)
    ):
        raise OwnPaper()
    # Of a paper that they may not see nobody learns by a copy that it is filed: theirs is filed, too.
    if other_filed(work.session, work.actor, document.id, version.digest):
        raise SameBytesFiled()
    return version.pages_total


def others_file(session: Session, actor: Actor, now: datetime, class_code: str) -> bool:
    """Whether anybody but the actor could file papers of this class today."""
    everybody = people.everybody_at_work(session, now)
    return any(one.user_id != actor.user_id and may_file(one, class_code) for one in everybody)


def by_item(work: UnitOfWork, document: Document, row: ClassRow, place: Place) -> tuple[str, int, int, str]:
    """(fonds, year, item, archival number)"""
    assert row.retention is not None and place.dept is not None, "both were asked for before"
    fonds = fonds_of(work.session, place.fonds)
    year = year_of(place, document.doc_date)
    number = ItemNumber(fonds, row.code, year, row.retention.code, place.dept, 0)
    number = replace(number, item=next_number(work.session, number.series))
    return fonds, year, number.item, str(number)


def dept_of(filing: Filing) -> Dept | None:
    return Dept(filing.dept) if filing.dept else None


def open_file(work: UnitOfWork, document: Document, place: Place, class_code: str) -> CaseFile:
    """The file that takes the paper: of its class, and of nobody else. Raises NoSuchFile, OtherClass, FileClosed,
    OtherUnitsFile, OtherOwnersFile, NotTheOwner.
    """
    file = locked_file(work, place.file_no)
    if file is None:
        raise NoSuchFile(field="file_no")
    if file.class_code != class_code:
        raise OtherClass(field="file_no")
    if file.state != FileState.OPEN:
        raise FileClosed()
    refuse_others_paper(work, document, file)
    return file


def in_file(work: UnitOfWork, document: Document, file: CaseFile, place: Place) -> tuple[str, int, int, str]:
    """(fonds, year, item, archival number)"""
    number = parse(file.file_no)
    assert isinstance(number, YearFile | DrawingFile), "files are numbered by these rules"
    item = next_number(work.session, file.file_no)
    year = year_of(place, document.doc_date)
    return file.fonds, year, item, str(InFile(number, item))


def _filed(  # noqa: PLR0917  (all of it goes into one row)
    work: UnitOfWork,
    document: Document,
    row: ClassRow,
    facts: FiledFacts,
    fonds: str,
    year: int,
    item: int,
    archival_no: str,
    *,
    dept: str | None = None,
    file: CaseFile | None = None,
) -> FilingRow:
    assert row.retention_id is not None and facts.pages is not None, "both were asked for before"
    before = {"file_no": document.file_no} if file and document.file_no != file.file_no else {}
    document.archival_no = archival_no
    document.revision += 1
    if file:
        document.file_no = file.file_no
    texts = _columns(facts)
    work.session.add(
        Filing(
            document_id=document.id,
            archival_no_ascii=ascii_twin(archival_no),
            fonds=fonds,
            class_code=row.code,
            file_year=year,
            case_file_id=file.id if file else None,
            dept=dept,
            series=archival_no.rpartition("-")[0],
            item=item,
            retention_rule_id=row.retention_id,
            filed_at=work.now,
            filed_by=work.actor.user_id,
            **texts,
        )
    )
    work.session.flush()
    keep_term(work, document.id, class_code=row.code, rule_id=row.retention_id, file_year=year)
    if facts.drawing and file:
        work.session.add(
            Drawing(
                document_id=document.id,
                class_code=row.code,
                building=file.building,
                **drawing_columns(facts.drawing),
            )
        )
    after = {"archival_no": archival_no, **({"file_no": document.file_no} if before else {})}
    keep_correction(work, document, {"archival_no": "", **before}, after, "")
    work.audit(
        "document.filed", f"document:{document.id}", archival_no=archival_no, revision=document.revision
    )
    settle_review(work, document.id, ReviewStep.FILE)
    end_own_lock(work, document.id)
    work.session.flush()
    announce_document(work, document.id)
    return _kept(work, document.id)


def _columns(facts: FiledFacts) -> dict[str, object]:
    columns = asdict(replace(facts, drawing=None))
    del columns["drawing"]
    for name in ("form", "medium", "source_kind", "carries_pii"):
        columns[name] = str(columns[name])
    return columns | {"responsible": list(facts.responsible), "keywords": list(facts.keywords)}


def drawing_columns(drawing: DrawingFacts) -> dict[str, str]:
    return {name: str(getattr(drawing, name)) for name in DRAWING_FIELDS}


def keep_correction(
    work: UnitOfWork, document: Document, before: dict[str, str], after: dict[str, str], reason: str
) -> None:
    work.session.add(
        Correction(
            document_id=document.id,
            at=work.now,
            by=work.actor.user_id,
            revision=document.revision,
            before=before,
            after=after,
            reason=reason,
        )
    )


def _kept(work: UnitOfWork, document_id: uuid.UUID) -> FilingRow:
    row = queries.filing(work.session, document_id)
    assert row is not None, "it was filed a moment ago"
    return row


def correct_filing(
    work: UnitOfWork, document_id: uuid.UUID, raw: FiledFacts, *, revision: int, reason: str
) -> FilingRow:
    """Correct what was said of a filed paper, its place and number excepted; what stood there before is kept.

    Raises NotFound, Forbidden, StaleDescription, NeedsReason, MissingFacts, BadFact, TooLong, BadDate.
    """
    work.actor.must(Permission.FILE)
    document = locked_document(work, document_id)
    filing = work.session.get(Filing, document.id, with_for_update=True, populate_existing=True)
    if filing is None:
        raise NotFound()
    if not may_file(work.actor, filing.class_code):
        raise Forbidden()
    refuse_if_edited(work, document)
    if document.revision != revision:
        raise StaleDescription()
    reason = correction_reason(reason)
    facts = clean_facts(raw)
    drawing = work.session.get(Drawing, document.id)
    before = told(queries.facts_of(filing, drawing))
    after = told(facts)
    changed = [name for name in after if after[name] != before[name]]
    absent = [name for name in _required(filing, facts, document) if name in after]
    if absent:
        raise MissingFacts(field=absent[0], fields=",".join(absent))
    if changed:
        for name, value in _columns(facts).items():
            setattr(filing, name, value)
        if drawing and facts.drawing:
            for name, text in drawing_columns(facts.drawing).items():
                setattr(drawing, name, text)
        document.revision += 1
        old, new = ({name: side[name] for name in changed} for side in (before, after))
        keep_correction(work, document, old, new, reason)
        work.audit(
            "document.corrected",
            f"document:{document.id}",
            fields=sorted(changed),
            revision=document.revision,
        )
        work.session.flush()
        announce_document(work, document.id)
    end_own_lock(work, document.id)
    return _kept(work, document.id)


def _required(filing: Filing, facts: FiledFacts, document: Document) -> tuple[str, ...]:
    pattern = (
        Pattern.DRAWING if is_drawing(filing.class_code) else Pattern.ITEM if filing.dept else Pattern.FILE
    )
    return missing(
        facts,
        Place(),
        class_code=filing.class_code,
        pattern=pattern,
        title=document.title,
        doc_date=document.doc_date,
        unit=document.unit,
    )


def correction_reason(text: str) -> str:
    """Raises NeedsReason, TooLong."""
    reason = clean_text(text)
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    return reason
