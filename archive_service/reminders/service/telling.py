"""Notices in the service: told once, read by their owners."""

from collections.abc import Mapping

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.reminders.models import Notice
from archive_service.reminders.queries import NoticeRow
from archive_service.reminders.queries import notice as notice_of
from archive_service.reminders.rules import (
    MOST_KEY,
    MOST_KIND,
    MOST_SUBJECT,
    NoticeId,
    checked_code,
    checked_facts,
)
from archive_service.unit_of_work import UnitOfWork


def notify(  # noqa: PLR0917  (told like a sentence: to whom, what, about what)
    work: UnitOfWork, to: UserId, kind: str, subject: str, key: str, facts: Mapping[str, object]
) -> bool:
    """Tell ``to`` something of ``kind`` about ``subject`` ("loan:12"); False if they were told under ``key`` already.

    The caller has checked that it may. ``facts``: what the words of the kind name, ids, codes and dates only: they
    go out by mail and webhook where these are set. Nobody waits for that: it is done in the background, after the
    commit. Raises ValueError for anything else.
    """
    row = Notice(
        user_id=to,
        kind=checked_code(kind, MOST_KIND, kind=True),
        subject=checked_code(subject, MOST_SUBJECT),
        key=checked_code(key, MOST_KEY),
        facts=checked_facts(facts),
        created_at=work.now,
    )
    # Asked first, because a refused row costs a savepoint; the constraint decides between two at once.
    known = select(Notice.id).where(Notice.user_id == to, Notice.key == key)
    if work.session.scalar(known) is not None:
        return False
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError:
        if work.session.scalar(known) is None:
            raise  # there is no such person
        return False
    work.publish("notice.sent", notice_id=row.id)
    return True


def mark_read(work: UnitOfWork, notice_id: NoticeId) -> NoticeRow:
    """One of one's own; a second time changes nothing. Raises NotFound."""
    work.actor.must(Permission.MARK_NOTICES)
    row = notice_of(work.session, work.actor, notice_id)
    n = Notice
    work.session.execute(
        update(n)
        .where(n.id == notice_id, n.user_id == row.user_id, n.read_at.is_(None))
        .values(read_at=work.now)
    )
    return row


def mark_all_read(work: UnitOfWork, up_to: NoticeId) -> int:
    """One's own up to that id: what came after the person looked stays unread. How many."""
    work.actor.must(Permission.MARK_NOTICES)
    if work.actor.user_id is None:
        raise NotFound()
    n = Notice
    done = work.session.execute(
        update(n)
        .where(n.user_id == work.actor.user_id, n.id <= up_to, n.read_at.is_(None))
        .values(read_at=work.now)
    )
    assert isinstance(done, CursorResult)
    return done.rowcount
