"""Browser sessions. They carry no change of the archive, so they are written without an audit row."""

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import UserId
from archive_service.people.models import BrowserSession
from archive_service.people.queries import SessionRow
from archive_service.people.rules.roles import SESSION_IDLE, SESSION_LASTS
from archive_service.unit_of_work import UnitOfWork


def session_end(created_at: datetime, seen_at: datetime, *, signed_in: bool) -> datetime:
    """Idle for 30 minutes ends it when somebody is signed in; 8 hours end it in any case."""
    last = created_at + SESSION_LASTS
    return min(last, seen_at + SESSION_IDLE) if signed_in else last


def open_session(
    session: Session, now: datetime, session_id: str, *, user_id: UserId | None, data: str, agent: str
) -> None:
    session.add(
        BrowserSession(
            id=session_id,
            user_id=user_id,
            data=data,
            agent=agent[:200],
            created_at=now,
            last_seen_at=now,
            expires_at=session_end(now, now, signed_in=user_id is not None),
        )
    )


def keep_session(session: Session, now: datetime, row: SessionRow, data: str | None) -> bool:
    """Note that it was seen, and its ``data`` unless None. False: it ended meanwhile, and stays ended."""
    values: dict[str, Any] = {
        "last_seen_at": now,
        "expires_at": session_end(row.created_at, now, signed_in=row.user_id is not None),
    }
    if data is not None:
        values["data"] = data
    kept = session.execute(update(BrowserSession).where(BrowserSession.id == row.id).values(values))
    assert isinstance(kept, CursorResult)
    return kept.rowcount == 1


def end_session(session: Session, session_id: str) -> None:
    session.execute(delete(BrowserSession).where(BrowserSession.id == session_id))


def end_sessions(session: Session, user_id: UserId, *, but: str | None = None) -> None:
    """End every session of a person, but for the one with id ``but``."""
    ended = delete(BrowserSession).where(BrowserSession.user_id == user_id)
    session.execute(ended if but is None else ended.where(BrowserSession.id != but))


def end_sessions_of(work: UnitOfWork, user_id: UserId, *, but: str | None = None) -> None:
    """By the person themselves, or by who manages people."""
    own = work.actor.user_id == user_id
    work.actor.must(Permission.OWN_ACCOUNT if own else Permission.MANAGE_PEOPLE)
    end_sessions(work.session, user_id, but=but)
    work.audit("sessions.ended", f"user:{user_id}")


def sweep_sessions(session: Session, now: datetime) -> int:
    """Remove what has ended by itself; how many."""
    swept = session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= now))
    assert isinstance(swept, CursorResult)
    return swept.rowcount
