from contextlib import nullcontext
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.kernel.clock import business_day
from archive_service.kernel.db import UtcDateTime
from archive_service.kernel.ids import parse_uuid, time_ordered_uuid
from archive_service.outbox.models import OutboxMessage
from tests.support.house import House


def on_postgres(house: House) -> bool:
    return house.archive.sessions.engine.dialect.name == "postgresql"


def test_readers_never_wait_for_a_writer(house: House) -> None:
    with house.work() as writer:
        writer.publish("paper.arrived", number=1)
        writer.session.flush()
        with house.archive.reading() as session:
            assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    with house.archive.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_what_a_reader_changes_is_thrown_away_or_refused(house: House) -> None:
    refused = pytest.raises(DBAPIError, match="read-only") if on_postgres(house) else nullcontext()
    with refused, house.archive.reading() as session:
        audit.append(session, house.clock.now(), "x", [("a.b", "c", {})])
    with house.archive.reading() as session:
        assert not audit.trail(session, subject="c")


def test_a_reader_sees_one_moment_whatever_is_committed_beside_it(house: House) -> None:
    def counted(session: Session) -> int | None:
        return session.scalar(select(func.count()).select_from(OutboxMessage))

    with house.archive.reading() as session:
        assert counted(session) == 0
        with house.work() as writer:
            writer.publish("paper.arrived", number=1)
        assert counted(session) == 0
    with house.archive.reading() as session:
        assert counted(session) == 1
    with house.work() as writer:  # the same connection, lent to a writer again
        writer.publish("paper.arrived", number=2)
        assert counted(writer.session) == 2


def test_naive_datetimes_are_refused_at_the_column() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 8), None)  # type: ignore[arg-type]


def test_instants_come_back_as_they_went_in(house: House) -> None:
    with house.archive.reading() as session:
        at = house.clock.now()
        assert session.scalar(select(literal(at, UtcDateTime()))) == at


def test_the_counters_day_is_shanghais() -> None:
    assert str(business_day(datetime(2026, 3, 8, 16, 30, tzinfo=UTC))) == "2026-03-09"


def test_ids_follow_time_and_have_one_spelling() -> None:
    early, late = (time_ordered_uuid(datetime(2026, 3, 8, h, tzinfo=UTC)) for h in (1, 2))
    assert early < late and early.version == 7 and early.variant == late.variant
    assert parse_uuid(str(early)) == early
    assert parse_uuid("{" + str(early) + "}") is None and parse_uuid("../etc") is None
