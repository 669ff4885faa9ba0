"""What waits for a person, and the figures of the last days: reads every capability's queries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from archive_service import approvals, bulk, checklists, intake, jobs, loans, outbox, people, records
from archive_service.jobs import Background, JobRow
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.clock import BUSINESS_ZONE, business_day
from archive_service.outbox import Backlog
from archive_service.records import Counts, DayFigures, ReviewCounts

DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    figures: DayFigures


@dataclass(frozen=True, slots=True)
class Bench:
    """``counts`` and ``days`` are None for those who see no documents; the rest for those who don't look after jobs."""

    counts: Counts | None
    undecided: int
    exports: int  # of others, that wait for the person's decision
    levels: int  # the same: papers whose level somebody wants lowered
    roles: int  # the same: roles that somebody is to get
    approvals: int  # requests on which theirs is the next word
    loans: loans.Waiting | None  # None for those who neither borrow nor hand out
    supplements: int  # tasks to get a missing paper that wait for the person
    reviews: ReviewCounts | None  # None for those who bring nothing in
    days: tuple[Day, ...]
    waiting: int  # messages on their way to the background
    given_up: int
    failed_jobs: tuple[JobRow, ...]
    background: Background | None  # None for those who neither bring papers nor look after jobs


def bench(session: Session, actor: Actor, now: datetime) -> Bench:
    """Always the same number of statements for the same permissions."""
    sees = actor.may(Permission.SEARCH)
    looks_after = actor.may(Permission.SEE_STATUS)
    spans = _spans(now)
    figures = records.received_between(session, actor, spans) if sees else []
    backlog: list[Backlog] = outbox.backlog(session) if looks_after else []
    runs = jobs.latest_runs(session) if looks_after else {}
    return Bench(
        counts=records.counts(session, actor) if sees else None,
        supplements=(
            checklists.waiting_count(session, actor, business_day(now))
            if actor.may(Permission.SEE_CHECKLISTS)
            else 0
        ),
        undecided=intake.undecided_count(session, actor) if actor.may(Permission.UPLOAD) else 0,
        exports=bulk.undecided_count(session, actor),
        levels=records.level_requests_to_decide(session, actor) if actor.may(Permission.LOWER_LEVEL) else 0,
        roles=people.to_decide_count(session, actor) if actor.may(Permission.APPROVE_ROLES) else 0,
        approvals=approvals.waiting_count(session, actor, now)
        if actor.may(Permission.DECIDE_APPROVALS)
        else 0,
        loans=loans.waiting(session, actor, business_day(now))
        if actor.may(Permission.REQUEST_LOAN) or actor.may(Permission.HAND_OUT_LOANS)
        else None,
        reviews=records.review_counts(session, actor) if actor.may(Permission.UPLOAD) else None,
        days=tuple(Day(business_day(start), day) for (start, _), day in zip(spans, figures, strict=sees)),
        waiting=sum(topic.open for topic in backlog),
        given_up=sum(topic.dead for topic in backlog),
        background=jobs.background(session, now) if looks_after or actor.may(Permission.UPLOAD) else None,
        failed_jobs=tuple(run for _, run in sorted(runs.items()) if run.state in ("failed", "interrupted")),
    )


def _spans(now: datetime) -> list[tuple[datetime, datetime]]:
    """The last days at the counter, today last, from midnight to midnight."""
    today = datetime.combine(business_day(now), time(), BUSINESS_ZONE)
    starts = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [(start, start + timedelta(days=1)) for start in starts]
