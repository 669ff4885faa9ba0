from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.reminders.models import TROUBLED, UNREAD, Delivery, Notice
from archive_service.reminders.rules import Channel, DeliveryId, DeliveryState, Fact, NoticeId


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: NoticeId
    user_id: UserId
    kind: str
    subject: str
    key: str
    facts: Mapping[str, Fact]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """``trouble``: code of the last failure, see ``rules.Trouble``; "" if there was none."""

    id: DeliveryId
    notice_id: NoticeId
    channel: Channel
    target: str
    state: DeliveryState
    tries: int
    trouble: str
    created_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


def _notice_row(n: Notice) -> NoticeRow:
    return NoticeRow(
        NoticeId(n.id), UserId(n.user_id), n.kind, n.subject, n.key, n.facts, n.created_at, n.read_at
    )


def _delivery_row(d: Delivery) -> DeliveryRow:
    return DeliveryRow(
        id=DeliveryId(d.id),
        notice_id=NoticeId(d.notice_id),
        channel=Channel(d.channel),
        target=d.target,
        state=DeliveryState(d.state),
        tries=d.tries,
        trouble=d.trouble,
        created_at=d.created_at,
        tried_at=d.tried_at,
        sent_at=d.sent_at,
    )


def _owner(actor: Actor) -> UserId:
    """Everybody has their own notices, and nobody those of others. Raises Forbidden, NotFound for the service itself."""
    actor.must(Permission.SEE_NOTICES)
    if actor.user_id is None:
        raise NotFound()
    return actor.user_id


def unread_count(session: Session, user_id: UserId) -> int:
    """One look at a small index: asked on every page."""
    n = Notice
    return session.scalar(select(func.count()).select_from(n).where(n.user_id == user_id, UNREAD)) or 0


def notices(
    session: Session, actor: Actor, *, unread: bool = False, offset: int = 0, limit: int = 50
) -> list[NoticeRow]:
    """One's own, newest first."""
    n = Notice
    asked = select(n).where(n.user_id == _owner(actor)).order_by(n.id.desc()).offset(offset).limit(limit)
    return [_notice_row(row) for row in session.scalars(asked.where(UNREAD) if unread else asked)]


def notice_count(session: Session, actor: Actor, *, unread: bool = False) -> int:
    if unread:
        return unread_count(session, _owner(actor))
    n = Notice
    return session.scalar(select(func.count()).select_from(n).where(n.user_id == _owner(actor))) or 0


def notice(session: Session, actor: Actor, notice_id: int) -> NoticeRow:
    """One of one's own. Raises NotFound."""
    n = Notice
    found = session.scalar(select(n).where(n.id == notice_id, n.user_id == _owner(actor)))
    if found is None:
        raise NotFound()
    return _notice_row(found)


def notice_to_send(session: Session, notice_id: int) -> NoticeRow | None:
    """For the background; whoever reads it there tells it to its owner or, without names, to everybody."""
    found = session.get(Notice, notice_id)
    return _notice_row(found) if found else None


def delivery(session: Session, delivery_id: int) -> DeliveryRow | None:
    found = session.get(Delivery, delivery_id)
    return _delivery_row(found) if found else None


def troubled(session: Session, limit: int = 20) -> list[DeliveryRow]:
    """What could not be sent, the latest first."""
    asked = select(Delivery).where(TROUBLED).order_by(Delivery.id.desc()).limit(limit)
    return [_delivery_row(row) for row in session.scalars(asked)]


def last_sent(session: Session) -> dict[Channel, datetime]:
    """When each channel was last of use, among the latest messages."""
    latest = select(Delivery.id).order_by(Delivery.id.desc()).limit(500).subquery()
    d = Delivery
    asked = select(d.channel, func.max(d.sent_at)).where(d.id.in_(select(latest.c.id))).group_by(d.channel)
    return {Channel(channel): at for channel, at in session.execute(asked) if at is not None}
