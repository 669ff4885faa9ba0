"""However many messages wait or were done, nothing walks them: each question has its index, on both databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from archive_service import outbox
from archive_service.bootstrap import Archive
from archive_service.kernel.ids import MessageId
from archive_service.outbox.models import OutboxMessage

TOPICS = ("version.received", "version.read")
OPEN, LEASED, SUSPECTS, DEAD = 1_000, 5, 4, 3


@pytest.fixture
def full(archive: Archive) -> Archive:
    """A long backlog, many done, a few of everything else."""
    now = archive.clock.now()
    plain: dict[str, Any] = {
        "topic": "version.received", "payload": {}, "created_at": now, "due_at": now, "lease": None,
        "attempts": 0, "in_hand": False, "deaths": 0, "done_at": None, "dead_at": None, "last_error": None,
    }  # fmt: skip
    rows = [{**plain, "due_at": now - timedelta(seconds=n)} for n in range(OPEN)]
    rows += [{**plain, "done_at": now - timedelta(hours=n % 170)} for n in range(12_000)]
    rows += [{**plain, "due_at": now + timedelta(seconds=9), "lease": "a"}] * LEASED
    rows += [{**plain, "deaths": 3}] * SUSPECTS
    rows += [{**plain, "dead_at": now}] * DEAD
    with archive.sessions.writing() as session:
        session.execute(insert(OutboxMessage), rows)
    if archive.sessions.engine.dialect.name == "postgresql":
        with archive.sessions.writing() as session:
            session.execute(text("ANALYZE outbox_message"))
    return archive


@contextmanager
def explained(archive: Archive) -> Iterator[list[str]]:
    """The plan of every statement sent, as the database tells it."""
    engine = archive.sessions.engine
    word = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    plans: list[str] = []

    def note(
        connection: Any, _cursor: object, statement: str, parameters: Any, _context: object, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
            plans.append("\n".join(str(row[-1]) for row in rows))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", note)


def looked(session: Session, now: datetime) -> None:
    state = outbox.waiting(session, now, TOPICS)
    assert state["version.received"] == outbox.Waiting(True, LEASED, 0, True, 0)
    assert state["version.read"] == outbox.Waiting(False, 0, 0, False, 0)


def claimed(session: Session, now: datetime) -> None:
    found = outbox.claim(session, now, "version.received", 10, besides=[MessageId(OPEN)])
    assert found is not None and len(found.ids) == 10


def counted(session: Session, _now: datetime) -> None:
    (line,) = outbox.backlog(session)
    assert (line.open, line.dead) == (OPEN + LEASED + SUSPECTS, DEAD)


def listed(session: Session, _now: datetime) -> None:
    assert len(outbox.dead_messages(session)) == DEAD
    assert len(outbox.dead_payloads(session, "version.received")) == DEAD


QUESTIONS: dict[str, tuple[Callable[[Session, datetime], object], tuple[str, ...]]] = {
    "look": (looked, ("open", "leased", "suspect")),
    "claim": (claimed, ("open",)),
    "suspects": (
        lambda session, now: outbox.claim(session, now, "version.received", 1, suspects=True),
        ("suspect",),
    ),
    "backlog": (counted, ("undone",)),
    "dead": (listed, ("dead", "dead")),
    "overdue": (outbox.overdue, ("leased",)),
    "start": (outbox.release_all, ("leased",)),
    "end": (lambda session, _: outbox.let_go(session), ("leased",)),
    "again": (outbox.retry_dead, ("dead",)),
    "prune": (outbox.prune, ("done_at",)),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_walks_its_own_index(full: Archive, question: str) -> None:
    ask, indexes = QUESTIONS[question]
    with explained(full) as plans, full.sessions.writing() as session:
        ask(session, full.clock.now())
    by_their_ids = [p for p in plans if "ix_" not in p and ("PRIMARY KEY" in p or "pk_outbox_message" in p)]
    plans = [plan for plan in plans if plan not in by_their_ids]
    for plan, index in zip(plans, indexes, strict=True):
        assert f"ix_outbox_message_{index}" in plan, plans
        assert "Seq Scan" not in plan and "SCAN outbox_message\n" not in f"{plan}\n", plans


def test_the_look_stops_at_the_first_that_is_due(on_sqlite: Archive) -> None:
    with explained(on_sqlite) as plans, on_sqlite.reading() as session:
        outbox.waiting(session, on_sqlite.clock.now(), TOPICS)
    assert (
        plans[0].count("SEARCH outbox_message USING INDEX ix_outbox_message_open (topic=? AND due_at<?)") == 2
    )
