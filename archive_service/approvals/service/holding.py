"""One request, locked; and its end, once."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select, update

from archive_service.approvals.models import ApprovalRequest
from archive_service.approvals.queries.requests import RequestRow, request, rows
from archive_service.approvals.rules import NoRequest, RequestEnded, RequestMoved, RequestState
from archive_service.approvals.service.kinds import Kinds
from archive_service.kernel.ids import ApprovalId, UserId
from archive_service.unit_of_work import UnitOfWork


def hold(work: UnitOfWork, request_id: ApprovalId) -> RequestRow:
    """The request as it is now; nobody else changes it before this transaction ends.

    A capability that locks rows of its own as well calls this first, as deciding does: else the two would wait for
    each other. Raises NoRequest.
    """
    query = select(ApprovalRequest).where(ApprovalRequest.id == request_id).with_for_update()
    found = work.session.scalars(query.execution_options(populate_existing=True)).all()
    if not found:
        raise NoRequest()
    return rows(work.session, found)[0]


def waiting_one(work: UnitOfWork, request_id: ApprovalId, seen: int | None) -> RequestRow:
    """The same, for an actor who may see it, as long as it waits. Raises NoRequest, RequestEnded, RequestMoved."""
    row = hold(work, request_id)
    request(work.session, work.actor, work.now, request_id)
    if not row.waits:
        raise RequestEnded()
    if seen is not None and seen != row.revision:
        raise RequestMoved()
    return row


def move(work: UnitOfWork, row: RequestRow, **values: object) -> RequestRow:
    """Write ``values`` and count the revision up, if it still waits. Raises RequestEnded."""
    moved = work.session.execute(
        update(ApprovalRequest)
        .where(
            ApprovalRequest.id == row.id,
            ApprovalRequest.state == RequestState.WAITING.value,
            ApprovalRequest.revision == row.revision,
        )
        .values(revision=row.revision + 1, **values)
        .execution_options(synchronize_session=False)
        .returning(ApprovalRequest.id)
    ).all()
    if not moved:
        raise RequestEnded()
    return hold(work, row.id)


def end(
    work: UnitOfWork,
    kinds: Kinds,
    row: RequestRow,
    state: RequestState,
    *,
    by: UserId | None,
    found: Mapping[str, str] | None = None,
    told: Mapping[str, object] = MappingProxyType({}),
) -> RequestRow:
    """The one end of a request, its one row of the trail, and what its kind makes of it. ``found``: the facts that made
    it void; ``told``: more for the trail. Raises RequestEnded."""
    ended = move(
        work,
        row,
        state=state.value,
        step=None,
        role=None,
        ended_at=work.now,
        ended_by=by,
        facts_found=None if found is None else dict(found),
    )
    facts = {"kind": row.kind, "case": row.case, "about": row.subject, **told}
    work.audit(f"approval.{state.value}", f"approval:{row.id}", **facts)
    kinds[row.kind].settled(work, ended)
    return ended
