"""A list leaves the service, alone or with the originals: asked for, decided by somebody else, built, fetched, swept.

Originals leave in bulk only with the word of somebody who may give it (security.md §1); finance takes those of its fee
classes on its own, on record. A list alone needs nobody's word: of what one page shows everybody may take it, of more
whoever holds EXPORT_LIST, and finance of its fee classes. Numbers are covered in it.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from archive_service import people, records
from archive_service.bootstrap import Archive
from archive_service.bulk.models import WAITING, ExportItem, ExportRequest
from archive_service.bulk.queries.exports import ExportView, export_view
from archive_service.bulk.rules import (
    EXPORT_LASTS,
    EXPORT_WAITS,
    LONGEST_REASON,
    MOST_EXPORTED,
    BringerGone,
    ExportGone,
    ExportId,
    ExportState,
    ListNotYours,
    NothingChosen,
    OwnExport,
    RightsChanged,
    WrongStep,
)
from archive_service.bulk.rules.selection import Selection
from archive_service.bulk.service.building import Built, build, seal_today, seen
from archive_service.bulk.service.selecting import chosen_ids
from archive_service.kernel.actor import Actor, Permission, service_actor
from archive_service.kernel.errors import (
    N_,
    ArchiveError,
    Busy,
    Forbidden,
    NotFound,
    StorageBroken,
    StorageFull,
    TooManyRequests,
)
from archive_service.kernel.ids import DocumentId, UserId
from archive_service.records import NeedsReason, TooLong
from archive_service.unit_of_work import UnitOfWork
from search_index import QueryError

TOPIC: Final = "export.wanted"
MOST_WAITING: Final = 10  # exports of one person
AT_ONCE: Final = 500
_MAY_PASS: Final = (StorageFull, StorageBroken, Busy)


class TooManyExports(TooManyRequests):
    code = "bulk.too-many-exports"
    message = N_("You have %(most)s exports that wait or can be fetched. Please give some of them up first.")


def request(work: UnitOfWork, selection: Selection, *, with_originals: bool, reason: str = "") -> ExportId:
    """Ask for an export; the background finds out what it holds.

    Raises Forbidden, ListNotYours, NeedsReason (of originals), TooLong, TooManyExports.
    """
    work.actor.must(Permission.SEARCH)
    fees_only = False
    if with_originals:
        fees_only = not work.actor.may(Permission.EXPORT_ORIGINALS)
        if fees_only:
            work.actor.must(Permission.EXPORT_FEES)
    elif not selection.fits_a_page and not work.actor.may(Permission.EXPORT_LIST):
        fees_only = True
        if not work.actor.may(Permission.EXPORT_FEES):
            raise ListNotYours()
    reason = _told(reason)
    if with_originals and not reason:
        raise NeedsReason(field="reason")
    if work.actor.user_id is None:
        raise Forbidden()  # nobody in particular would fetch it
    mine = select(func.count()).select_from(ExportRequest)
    mine = mine.where(WAITING, ExportRequest.requested_by == work.actor.user_id)
    if (work.session.scalar(mine) or 0) >= MOST_WAITING:
        raise TooManyExports(most=MOST_WAITING)
    row = ExportRequest(
        state=ExportState.GATHERING.value,
        selection=selection.as_json(),
        with_originals=with_originals,
        fees_only=fees_only,
        reason=reason,
        requested_at=work.now,
        requested_by=work.actor.user_id,
        expires_at=work.now + EXPORT_WAITS,
    )
    work.session.add(row)
    work.session.flush()
    work.audit(
        "export.requested", f"export:{row.id}", originals=with_originals, fees_only=fees_only,
        origin=selection.origin.value,
    )  # fmt: skip
    work.publish(TOPIC, export_id=row.id)
    return ExportId(row.id)


def _told(text: str) -> str:
    reason = records.clean_text(text)
    if len(reason) > LONGEST_REASON:
        raise TooLong(field="reason", most=LONGEST_REASON)
    return reason


def decide(work: UnitOfWork, export_id: ExportId, *, approve: bool, comment: str = "") -> None:
    """Somebody else's word on it. Raises Forbidden, NotFound, OwnExport, WrongStep, NeedsReason (of a refusal), TooLong."""
    work.actor.must(Permission.APPROVE_EXPORT)
    row = _locked(work, export_id)
    if row.requested_by == work.actor.user_id:
        raise OwnExport()
    if row.state != ExportState.REQUESTED:
        raise WrongStep()
    comment = _told(comment)
    if not approve and not comment:
        raise NeedsReason(field="comment")
    row.decided_by, row.decided_at, row.comment = work.actor.user_id, work.now, comment
    row.state = (ExportState.APPROVED if approve else ExportState.REFUSED).value
    work.audit("export.approved" if approve else "export.refused", f"export:{export_id}")
    if approve:
        work.publish(TOPIC, export_id=export_id)


def cancel(work: UnitOfWork, export_id: ExportId) -> None:
    """Its requester gives it up; what was built goes. Raises NotFound, WrongStep."""
    row = _locked(work, export_id)
    if row.requested_by != work.actor.user_id:
        raise NotFound()
    if row.state not in (*_OPEN, ExportState.READY):
        raise WrongStep()
    row.state, row.digest = ExportState.CANCELLED.value, None
    work.audit("export.cancelled", f"export:{export_id}")


_OPEN: Final = (ExportState.GATHERING, ExportState.REQUESTED, ExportState.APPROVED)


def _locked(work: UnitOfWork, export_id: ExportId) -> ExportRequest:
    export_view(work.session, work.actor, export_id)
    row = work.session.get(ExportRequest, export_id, with_for_update=True, populate_existing=True)
    assert row is not None, "it was seen a moment ago"
    return row


def run(archive: Archive, export_id: ExportId, stop: Callable[[], bool] = lambda: False) -> bool:
    """The next thing that is to be done with it: find out what it holds, or build it; False if ``stop`` said so.

    Whatever was stopped in the middle begins anew: nothing of it is told before all of it is there. Raises
    StorageFull, StorageBroken, Busy.
    """
    service = service_actor()
    with archive.reading() as session:
        view = export_view(session, service, export_id)
    try:
        if view.state is ExportState.GATHERING:
            _gather(archive, view)
            with archive.reading() as session:
                view = export_view(session, service, export_id)
        if view.state is ExportState.APPROVED:
            built = build(archive, _requester(archive, view), view, stop)
            if built is None:
                return False
            _hand_out(archive, view, built)
    except _MAY_PASS:
        raise
    except (ArchiveError, QueryError) as error:
        with archive.unit_of_work(service) as work:
            row = _locked(work, export_id)
            if row.state in _OPEN:
                row.state, row.trouble = ExportState.FAILED.value, error.code
                work.audit("export.failed", f"export:{export_id}", trouble=error.code)
    return True


def _requester(archive: Archive, view: ExportView) -> Actor:
    """Who asked for it, with the rights they have today. Raises BringerGone."""
    with archive.reading() as session:
        actor = people.actor_of(session, UserId(view.requested_by), archive.clock.now(), via="job")
    if actor is None or not may_have(actor, view):
        raise BringerGone()
    return actor


def may_have(actor: Actor, view: ExportView) -> bool:
    """Whether they have the right to such an export today."""
    if view.fees_only:
        return actor.may(Permission.EXPORT_FEES)
    if view.with_originals:
        return actor.may(Permission.EXPORT_ORIGINALS)
    return actor.may(Permission.SEARCH if view.selection.fits_a_page else Permission.EXPORT_LIST)


def _gather(archive: Archive, view: ExportView) -> None:
    actor = _requester(archive, view)
    ids = chosen_ids(archive, actor, view.selection, MOST_EXPORTED)
    chosen: list[uuid.UUID] = []
    levels: Counter[str] = Counter()
    size = 0
    for at in range(0, len(ids), AT_ONCE):
        with archive.reading() as session:
            rows = seen(session, actor, view, [DocumentId(one) for one in ids[at : at + AT_ONCE]])
        chosen += [row.id for row in rows]
        levels.update(row.level.value for row in rows)
        size += sum(row.size for row in rows)
    if not chosen:
        raise NothingChosen()
    with archive.unit_of_work(service_actor()) as work:
        row = _locked(work, view.id)
        if row.state != ExportState.GATHERING:
            return
        work.session.execute(delete(ExportItem).where(ExportItem.export_id == view.id))
        work.session.execute(
            insert(ExportItem), [{"export_id": view.id, "document_id": one} for one in chosen]
        )
        row.documents, row.bytes_expected = len(chosen), size if view.with_originals else 0
        row.selection = {**row.selection, "levels": dict(levels)}
        row.state = (ExportState.REQUESTED if view.needs_approval else ExportState.APPROVED).value
        work.audit("export.gathered", f"export:{view.id}", documents=len(chosen))


def _hand_out(archive: Archive, view: ExportView, built: Built) -> None:
    with archive.unit_of_work(service_actor()) as work:
        row = _locked(work, view.id)
        if row.state != ExportState.APPROVED:
            return  # given up meanwhile: the sweep takes what was built
        row.state, row.digest, row.size = ExportState.READY.value, built.blob.digest, built.blob.size
        row.ready_at, row.expires_at = work.now, work.now + EXPORT_LASTS
        row.written, row.originals, row.withheld = built.written, len(built.originals), built.withheld
        row.selection = {**row.selection, "seal": built.seal}
        for document_id, version in built.originals:
            work.audit("document.exported", f"document:{document_id}", version=version, export=view.id)
        work.audit(
            "export.built", f"export:{view.id}", documents=built.written, originals=len(built.originals),
            withheld=built.withheld, digest=built.blob.digest,
        )  # fmt: skip


def fetch(archive: Archive, actor: Actor, export_id: ExportId) -> ExportView:
    """To hand out its bytes to whoever asked for it; on record before the first of them leaves.

    One that was built before its requester lost sight of any of it ends here. Raises Forbidden, NotFound, ExportGone,
    RightsChanged.
    """
    actor.must(Permission.SEARCH)
    with archive.reading() as session:
        view = _fetchable(session, actor, export_id, archive.clock.now())
    if seal_today(archive, actor, view) != view.seal:
        with archive.unit_of_work(actor) as work:
            row = _locked(work, export_id)
            if row.state == ExportState.READY:
                row.state, row.digest, row.trouble = ExportState.FAILED.value, None, RightsChanged.code
                work.audit("export.failed", f"export:{export_id}", trouble=RightsChanged.code)
        raise RightsChanged()
    with archive.unit_of_work(actor) as work:
        view = _fetchable(work.session, actor, export_id, work.now)
        work.audit("export.fetched", f"export:{export_id}")
    return view


def _fetchable(session: Session, actor: Actor, export_id: ExportId, now: datetime) -> ExportView:
    view = export_view(session, actor, export_id)
    if view.requested_by != actor.user_id:
        raise NotFound()
    if view.state is not ExportState.READY or view.expires_at <= now:
        raise ExportGone()
    if not may_have(actor, view):
        raise Forbidden()
    return view


def give_up(work: UnitOfWork, export_id: ExportId) -> None:
    """Tried too often in the background."""
    row = _locked(work, export_id)
    if row.state in _OPEN:
        row.state, row.trouble = ExportState.FAILED.value, "error"
        work.audit("export.failed", f"export:{export_id}", trouble="error")


def expire(archive: Archive) -> int:
    """End exports that nobody decided or that were there to be fetched for long enough; how many.

    Their bytes belong to nothing from then on; the sweep of the store removes them.
    """
    with archive.reading() as session:
        over = select(ExportRequest.id).where(
            WAITING,
            ExportRequest.state.in_([ExportState.REQUESTED.value, ExportState.READY.value]),
            ExportRequest.expires_at <= archive.clock.now(),
        )
        ids = list(session.scalars(over.order_by(ExportRequest.id).limit(500)))
    for one in ids:
        with archive.unit_of_work(service_actor()) as work:
            row = _locked(work, ExportId(one))
            if row.state in (ExportState.REQUESTED, ExportState.READY):
                row.state, row.digest = ExportState.EXPIRED.value, None
                work.audit("export.expired", f"export:{one}")
    return len(ids)
