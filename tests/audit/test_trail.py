import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from archive_service import audit
from tests.support.house import House


def test_a_change_and_its_trace_are_committed_together(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.work() as work:
        work.audit("thing.changed", "thing:1")
        raise ZeroDivisionError
    with house.archive.reading() as session:
        assert not audit.trail(session, subject="thing:1")
    with house.work() as work:
        work.audit("thing.changed", "thing:1", how="gently")
    with house.archive.reading() as session:
        (row,) = audit.trail(session, subject="thing:1")
        assert (row.action, row.facts, row.at) == ("thing.changed", {"how": "gently"}, house.clock.now())
        assert audit.verify(session) is None


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_change_the_trail(house: House, statement: str) -> None:
    with house.work() as work:
        work.audit("thing.changed", "thing:1")
    with pytest.raises(DBAPIError, match="append-only"), house.work() as work:
        work.session.execute(text(statement))


def _without_triggers(house: House) -> None:
    with house.work() as work:
        if work.session.get_bind().dialect.name == "sqlite":
            work.session.execute(text("DROP TRIGGER audit_event_no_update"))
            work.session.execute(text("DROP TRIGGER audit_event_no_delete"))
        else:
            work.session.execute(text("DROP TRIGGER audit_event_append_only ON audit_event"))


@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        ("UPDATE audit_event SET subject = 'thing:9' WHERE seq = 3", "content"),
        ("DELETE FROM audit_event WHERE seq = 3", "gap"),
        ("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)", "tail"),
        ("UPDATE audit_event SET prev_hash = hash WHERE seq = 3", "link"),
    ],
)
def test_somebody_with_the_database_in_hand_is_found_out(house: House, tampering: str, what: str) -> None:
    for n in range(5):
        with house.work() as work:
            work.audit("thing.changed", f"thing:{n}")
    _without_triggers(house)
    with house.work() as work:
        work.session.execute(text(tampering))
    with house.archive.reading() as session:
        broken = audit.verify(session)
    assert broken is not None and broken.what == what


def test_what_is_written_while_the_chain_is_walked_raises_no_alarm(house: House) -> None:
    with house.work() as work:
        work.audit("thing.changed", "thing:1")
    asked: list[str] = []

    def somebody_is_quick(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM audit_head" in statement and not asked:
            asked.append(statement)
            with house.work() as work:
                work.audit("thing.changed", "thing:2")

    with house.archive.reading() as session:
        event.listen(house.archive.sessions.engine, "before_cursor_execute", somebody_is_quick)
        assert audit.verify(session) is None
    assert asked
    with house.archive.reading() as session:
        assert audit.trail(session, subject="thing:2")
        assert audit.verify(session) is None
