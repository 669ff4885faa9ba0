"""Splitting, merging, turning: a person asks, the background makes it, and it can be undone.

Sources stay as they were. They leave the inbox for the papers made of them and come back when that is undone.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from archive_service import people, records
from archive_service.classification import selectable_class
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Forbidden, NotFound
from archive_service.kernel.levels import Sight
from archive_service.records import Description, DocumentRow, PageFacts, Received, VersionState
from archive_service.scans.models import RearrangedPaper, Rearrangement, ScanLook
from archive_service.scans.queries import requests as queries
from archive_service.scans.queries.looks import proposals
from archive_service.scans.queries.requests import RequestRow
from archive_service.scans.rules.plans import (
    MOST_SOURCES,
    MOVABLE,
    AlreadyUnderway,
    CanNotUndo,
    NoPages,
    NotMovable,
    NotRead,
    OnlyNewVersion,
    OutOfSight,
    Part,
    Plan,
    RearrangementId,
    RequestState,
    Source,
    SourceChanged,
    TooMuch,
    as_json,
    check,
)
from archive_service.unit_of_work import UnitOfWork

READ = (VersionState.READABLE, VersionState.SEARCHABLE)


@dataclass(frozen=True, slots=True)
class Made:
    """The bytes of one new paper, durable in the store, and the pages of it that were read anew, by their number."""

    received: Received
    fresh: Mapping[int, PageFacts] = field(default_factory=dict)


def rearrange(work: UnitOfWork, raw: Plan) -> RearrangementId:
    """Ask for it; it is made in the background.

    Raises NotFound, Forbidden, OutOfSight, NotRead, NotMovable, SourceChanged, OnlyNewVersion, AlreadyUnderway,
    BeingEdited, UnknownClass, NeedsReason, TooLong, StateSecret, and what ``rules.plans.check`` raises.
    """
    work.actor.must(Permission.UPLOAD)
    if work.actor.user_id is None:
        raise Forbidden()
    if not raw.sources:
        raise NoPages()
    if len(raw.sources) > MOST_SOURCES or len({s.document_id for s in raw.sources}) < len(raw.sources):
        raise TooMuch(most=MOST_SOURCES)
    # Always in the same order, so that two of them never wait for each other.
    locked = {s.document_id: _source(work, s) for s in sorted(raw.sources, key=lambda s: str(s.document_id))}
    rows = [locked[s.document_id] for s in raw.sources]
    check(raw, [row.pages_total or 0 for row in rows])
    if not raw.is_new_version and any(row.archival_no for row in rows):
        raise OnlyNewVersion()
    plan = replace(raw, parts=tuple(_described(work, part) for part in raw.parts), reason=_reason(raw))
    made = Rearrangement(
        created_at=work.now,
        created_by=work.actor.user_id,
        state=RequestState.WANTED.value,
        plan=as_json(plan),
    )
    try:
        with work.session.begin_nested():
            work.session.add(made)
            work.session.flush()
            work.session.add_all(
                RearrangedPaper(
                    rearrangement_id=made.id,
                    role="source",
                    position=position,
                    document_id=row.id,
                    version_id=row.version_id,
                    live=True,
                )
                for position, row in enumerate(rows)
            )
    except IntegrityError as error:
        raise AlreadyUnderway() from error
    _close_proposals(work, [row.version_id for row in rows], "taken")
    work.publish("scan.rearrange", rearrangement_id=made.id)
    work.audit(
        "scan.rearrange",
        f"rearrangement:{made.id}",
        sources=[str(row.id) for row in rows],
        parts=len(plan.parts),
    )
    for row in rows:
        work.audit("scan.taken-apart", f"document:{row.id}", rearrangement=made.id)
    return RearrangementId(made.id)


def _source(work: UnitOfWork, source: Source) -> DocumentRow:
    """The document, locked and such that its pages may be moved."""
    row = records.changeable(work, source.document_id)
    if records.sight_now(work.session, work.actor, row, work.now) < Sight.VIEW:
        # Whoever makes a paper sees it in clear: covered numbers must not be uncovered by taking pages out.
        raise OutOfSight()
    if row.version_number != source.version:
        raise SourceChanged()
    if row.state not in READ:
        raise NotRead()
    if row.media_type not in MOVABLE:
        raise NotMovable()
    return row


def _described(work: UnitOfWork, part: Part) -> Part:
    told = records.clean_description(
        Description(title=part.title, class_code=part.class_code, file_no=part.file_no)
    )
    records.refuse_marked(told.title)
    if told.class_code:
        selectable_class(work, told.class_code)
        if not people.may_upload_to(work.actor, told.class_code):
            raise Forbidden()
    return replace(part, title=told.title, class_code=told.class_code, file_no=told.file_no)


def _reason(plan: Plan) -> str:
    reason = records.clean_text(plan.reason)
    if len(reason) > 255:
        raise records.TooLong(field="reason", most=255)
    if plan.is_new_version and not reason:
        raise records.NeedsReason(field="reason")
    return reason


def _close_proposals(work: UnitOfWork, version_ids: Sequence[int], how: str) -> int:
    looks = update(ScanLook).where(ScanLook.version_id.in_(version_ids), ScanLook.proposal == "open")
    return work.session.execute(looks.values(proposal=how)).rowcount  # type: ignore[attr-defined, no-any-return]


def take_proposal(work: UnitOfWork, document_id: uuid.UUID, version: int) -> RearrangementId:
    """Split at the separator sheets as proposed. Raises NotFound if nothing is, and as ``rearrange``."""
    work.actor.must(Permission.UPLOAD)
    row = records.document(work.session, work.actor, document_id)
    proposal = proposals(work.session, [row]).get(row.id)
    if proposal is None:
        raise NotFound()
    parts = tuple(_still_possible(work, part) for part in proposal.parts)
    return rearrange(work, Plan((Source(row.id, version),), parts))


def _still_possible(work: UnitOfWork, part: Part) -> Part:
    """A sheet may be older than its class: what is closed by now is left to be chosen later."""
    try:
        return _described(work, part)
    except ArchiveError:
        return replace(part, class_code="", file_no="")


def decline_proposal(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """The scan stays one paper. Raises NotFound, Forbidden."""
    row = records.changeable(work, document_id)
    if not _close_proposals(work, [row.version_id], "declined"):
        raise NotFound()
    work.audit("scan.kept-whole", f"document:{row.id}")


def finish(work: UnitOfWork, request_id: int, made: Sequence[Made]) -> bool:
    """The new papers come in and their sources leave the inbox, all at once. False if that was done before.

    The work's actor is who asked, with the rights they have now. Raises what ``rearrange`` raises about sources
    that have changed since, and what ``records.add_document`` and ``records.add_version`` raise.
    """
    request = work.session.get(Rearrangement, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.state != RequestState.WANTED:
        return False
    row = queries.request_unchecked(work.session, request_id)
    locked = {
        source.document_id: _source(work, source)
        for source in sorted(row.plan.sources, key=lambda s: str(s.document_id))
    }
    rows = [locked[source.document_id] for source in row.plan.sources]
    if tuple(one.version_id for one in rows) != row.source_versions:
        raise SourceChanged()
    results: list[tuple[uuid.UUID, int]]
    if row.plan.is_new_version:
        results = [(rows[0].id, records.add_version(work, rows[0].id, made[0].received, row.plan.reason))]
    else:
        if any(one.archival_no for one in rows):
            raise OnlyNewVersion()
        results = [
            _added(work, rows, part, one, f"{number}/{len(made)}")
            for number, (part, one) in enumerate(zip(row.plan.parts, made, strict=True), 1)
        ]
        for source_row in rows:
            records.replace_by_others(work, source_row.id)
    for position, (part, one, (document_id, version_id)) in enumerate(
        zip(row.plan.parts, made, results, strict=True)
    ):
        _keep_pages(work, row, part, one, version_id)
        work.session.add(
            RearrangedPaper(
                rearrangement_id=request.id,
                role="result",
                position=position,
                document_id=document_id,
                version_id=version_id,
                live=False,
            )
        )
    request.state, request.finished_at = RequestState.DONE.value, work.now
    if row.plan.is_new_version:
        _let_go(work, request.id)  # its new version may be rearranged in turn
    work.session.flush()
    work.audit(
        "scan.rearranged", f"rearrangement:{request.id}", results=[str(document) for document, _ in results]
    )
    for document_id, _ in results:
        work.audit("scan.made", f"document:{document_id}", rearrangement=request.id)
    return True


def _added(
    work: UnitOfWork, rows: Sequence[DocumentRow], part: Part, made: Made, place: str
) -> tuple[uuid.UUID, int]:
    sources = [rows[at] for at in dict.fromkeys(leaf.source for leaf in part.leaves)]
    first = sources[0]
    title = part.title or (f"{first.title[:240]} {place}" if place != "1/1" else first.title)
    document_id = records.add_document(
        work,
        made.received,
        Description(
            title=title,
            class_code=part.class_code,
            file_no=part.file_no,
            unit=_of_all(sources, "unit"),
            owner=_of_all(sources, "owner"),
            level=max((source.level for source in sources), key=lambda level: level.rank),
        ),
        level_decided=any(source.level_chosen or source.class_code for source in sources),
    )
    new = records.document(work.session, work.actor, document_id)
    return document_id, new.version_id


def _of_all(sources: Sequence[DocumentRow], name: str) -> str:
    said = {str(getattr(source, name)) for source in sources}
    return said.pop() if len(said) == 1 else ""


def _keep_pages(work: UnitOfWork, row: RequestRow, part: Part, made: Made, version_id: int) -> None:
    """What was read of the sources' pages is what stands on the new ones; those that were turned were read anew."""
    copied = [
        (row.source_versions[leaf.source], leaf.page, number)
        for number, leaf in enumerate(part.leaves, 1)
        if number not in made.fresh and not leaf.turn
    ]
    records.copy_pages(work, version_id, copied)
    for facts in made.fresh.values():
        records.keep_page(work, version_id, facts)


def _let_go(work: UnitOfWork, request_id: int) -> None:
    work.session.execute(
        update(RearrangedPaper).where(RearrangedPaper.rearrangement_id == request_id).values(live=False)
    )


def fail(work: UnitOfWork, request_id: int, trouble: str) -> None:
    """It can't be made: everything stays as it was, and the person is told why by this code."""
    request = work.session.get(Rearrangement, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.state != RequestState.WANTED:
        return
    request.state, request.trouble, request.finished_at = RequestState.FAILED.value, trouble[:40], work.now
    _let_go(work, request_id)
    work.session.flush()
    work.audit("scan.not-rearranged", f"rearrangement:{request_id}", trouble=trouble)


def undo(work: UnitOfWork, request_id: int) -> None:
    """The papers made by it go, the sources come back. Raises NotFound, Forbidden, CanNotUndo, BeingEdited."""
    work.actor.must(Permission.UPLOAD)
    row, _seen = queries.request(work.session, work.actor, request_id)
    request = work.session.get(Rearrangement, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.state != RequestState.DONE or row.plan.is_new_version:
        raise CanNotUndo()
    for document_id in sorted(row.results, key=str):
        _must_be_as_made(work, document_id)
    for document_id in sorted(row.results, key=str):
        records.replace_by_others(work, document_id)
    for document_id in row.sources:
        records.bring_back(work, document_id)
    request.state = RequestState.UNDONE.value
    request.undone_at, request.undone_by = work.now, work.actor.user_id
    _let_go(work, request_id)
    work.session.flush()
    work.audit("scan.undone", f"rearrangement:{request_id}", sources=[str(one) for one in row.sources])


def _must_be_as_made(work: UnitOfWork, document_id: uuid.UUID) -> None:
    try:
        result = records.changeable(work, document_id)
    except NotFound as error:
        raise CanNotUndo() from error
    if result.archival_no or result.version_number != 1:
        raise CanNotUndo()
    if queries.underway(work.session, [document_id]):
        raise CanNotUndo()
