"""Requests end without a decision: withdrawn, lapsed, void."""

import logging
from typing import Final

from sqlalchemy import select

from archive_service.approvals.models import ApprovalRequest
from archive_service.approvals.queries.requests import RequestRow
from archive_service.approvals.rules import NotYourRequest, RequestState, changed_facts
from archive_service.approvals.service.holding import end, hold, waiting_one
from archive_service.approvals.service.kinds import Kinds
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import ApprovalId
from archive_service.unit_of_work import UnitOfWork

_AT_ONCE: Final = 100

log = logging.getLogger(__name__)


def withdraw(
    work: UnitOfWork, kinds: Kinds, request_id: ApprovalId, *, seen: int | None = None
) -> RequestRow:
    """Who asked no longer wants it. Raises Forbidden, NoRequest, RequestEnded, RequestMoved, NotYourRequest."""
    work.actor.must(Permission.ASK_APPROVALS)
    row = waiting_one(work, request_id, seen)
    if work.actor.user_id != row.requester_id:
        raise NotYourRequest()
    return end(work, kinds, row, RequestState.WITHDRAWN, by=row.requester_id)


def recheck(work: UnitOfWork, kinds: Kinds, subject: str) -> list[RequestRow]:
    """Void what waits about ``subject`` on facts that are others by now, without waiting for a decision; the requests
    that ended. A capability calls it where it changes such facts itself."""
    waiting = select(ApprovalRequest.id).where(
        ApprovalRequest.subject == subject, ApprovalRequest.state == RequestState.WAITING.value
    )
    ended = []
    for request_id in work.session.scalars(waiting.order_by(ApprovalRequest.id)).all():
        row = hold(work, ApprovalId(request_id))
        if not row.waits:
            continue
        found = kinds[row.kind].facts(work.session, row.subject)
        if changed := changed_facts(row.facts, found):
            told = {"changed": list(changed)}
            ended.append(end(work, kinds, row, RequestState.VOID, by=None, found=found, told=told))
    return ended


def lapse_due(archive: Archive, kinds: Kinds) -> tuple[int, int]:
    """End what nobody decided in time, each in a transaction of its own: how many, and how many failed. One that fails
    is tried again by the next run and keeps no other from ending."""
    lapsed = failed = after = 0
    while True:
        with archive.reading() as session:
            due = session.scalars(
                select(ApprovalRequest.id)
                .where(
                    ApprovalRequest.state == RequestState.WAITING.value,
                    ApprovalRequest.lapses_at <= archive.clock.now(),
                    ApprovalRequest.kind.in_(kinds.keys()),
                    ApprovalRequest.id > after,
                )
                .order_by(ApprovalRequest.id)
                .limit(_AT_ONCE)
            ).all()
        if not due:
            return lapsed, failed
        for request_id in due:
            after = request_id
            try:
                with archive.unit_of_work(service_actor()) as work:
                    lapsed += _lapse(work, kinds, ApprovalId(request_id))
            except ArchiveError as error:
                failed += 1
                log.warning("approval %s could not lapse: %s", request_id, error.code)


def _lapse(work: UnitOfWork, kinds: Kinds, request_id: ApprovalId) -> bool:
    row = hold(work, request_id)
    if not row.waits or row.lapses_at is None or row.lapses_at > work.now:
        return False
    end(work, kinds, row, RequestState.LAPSED, by=None)
    return True
