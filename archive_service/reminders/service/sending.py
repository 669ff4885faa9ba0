"""Deliveries: one for each way by which a notice leaves the service. Called by the background."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import CursorResult, select, update

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.people import mail_address
from archive_service.reminders.models import Delivery, Notice
from archive_service.reminders.rules import TRIAL, Channel, DeliveryId, DeliveryState, NoticeId, Trouble
from archive_service.reminders.service.telling import notify
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Places:
    """The ways that are set: whether there is a mail server, and the names of the webhooks."""

    mail: bool
    webhooks: tuple[str, ...]


NO_PLACES: Final = Places(False, ())


def prepare_deliveries(work: UnitOfWork, notice_id: NoticeId, places: Places) -> int:
    """Make a delivery of the notice for each way that is set and has none yet, and announce it; how many."""
    notice = work.session.get(Notice, notice_id)
    if notice is None:
        return 0
    ways = [(Channel.WEBHOOK, name) for name in places.webhooks]
    if places.mail and mail_address(work.session, UserId(notice.user_id)) is not None:
        ways.append((Channel.MAIL, ""))
    d = Delivery
    known = {
        (c, t) for c, t in work.session.execute(select(d.channel, d.target).where(d.notice_id == notice_id))
    }
    new = [(channel, target) for channel, target in ways if (channel.value, target) not in known]
    for channel, target in new:
        row = Delivery(
            notice_id=notice_id,
            channel=channel.value,
            target=target,
            state=DeliveryState.WAITING.value,
            tries=0,
            created_at=work.now,
        )
        work.session.add(row)
        work.session.flush()
        work.publish("delivery.wanted", delivery_id=row.id)
    return len(new)


def was_sent(work: UnitOfWork, delivery_id: DeliveryId) -> None:
    _note(work, delivery_id, state=DeliveryState.SENT.value, sent_at=work.now, trouble="")


def not_sent(work: UnitOfWork, delivery_id: DeliveryId, trouble: Trouble) -> None:
    """A try failed; it is given up at once where another would come to the same."""
    state = DeliveryState.GIVEN_UP if trouble.is_final else DeliveryState.FAILED
    _note(work, delivery_id, state=state.value, trouble=trouble.value)


def given_up(work: UnitOfWork, delivery_id: DeliveryId) -> None:
    """After the last try, or when it could not even be tried."""
    d = Delivery
    row = work.session.get(d, delivery_id)
    trouble = row.trouble if row is not None and row.trouble else Trouble.SERVICE.value
    work.session.execute(
        update(d)
        .where(d.id == delivery_id, d.state != DeliveryState.SENT.value)
        .values(state=DeliveryState.GIVEN_UP.value, trouble=trouble)
    )


def _note(work: UnitOfWork, delivery_id: DeliveryId, **told: object) -> None:
    d = Delivery
    done = work.session.execute(
        update(d)
        .where(d.id == delivery_id, d.state != DeliveryState.SENT.value)
        .values(tries=d.tries + 1, tried_at=work.now, **told)
    )
    assert isinstance(done, CursorResult)


def send_trial(work: UnitOfWork, to: UserId | None = None) -> bool:
    """Tell ``to``, or oneself, that messages arrive, by every way that is set. Raises Forbidden, NotFound."""
    work.actor.must(Permission.RUN_JOBS)
    to = to if to is not None else work.actor.user_id
    if to is None:
        raise NotFound()
    # A second click within the same second is the same one.
    told = notify(work, to, TRIAL, f"user:{to}", f"trial:{work.now:%Y%m%dT%H%M%S}", {})
    work.audit("reminders.trial-sent", f"user:{to}")
    return told
