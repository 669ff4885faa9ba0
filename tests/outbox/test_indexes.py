"""What the relay asks several times a second reads an index of open messages, and no rows."""

from archive_service import outbox
from archive_service.bootstrap import Archive
from tests.support.plans import planned


def test_looking_what_waits_reads_no_rows(on_sqlite: Archive) -> None:
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        outbox.waiting(session, on_sqlite.clock.now())
    assert plans == ["SCAN outbox_message USING COVERING INDEX ix_outbox_message_open"]


def test_claiming_walks_the_open_messages_of_its_topic_in_their_order(on_sqlite: Archive) -> None:
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.sessions.writing() as session:
        outbox.claim(session, on_sqlite.clock.now(), "version.read", 10)
    assert plans == ["SEARCH outbox_message USING INDEX ix_outbox_message_open (topic=? AND due_at<?)"]


def test_pruning_walks_what_is_done(on_sqlite: Archive) -> None:
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.sessions.writing() as session:
        outbox.prune(session, on_sqlite.clock.now())
    assert any("ix_outbox_message_done_at" in step for step in plans)
    assert not any(step.startswith("SCAN") for step in plans)
