"""Old notices are cleared away once they were read, bit by bit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, exists, select

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.reminders.models import Delivery, Notice
from archive_service.reminders.rules import DeliveryState

KEPT_FOR: Final = timedelta(days=180)
_AT_ONCE: Final = 500
_MOST_BATCHES: Final = 20
_UNDER_WAY: Final = (DeliveryState.WAITING.value, DeliveryState.FAILED.value)


def prune_notices(archive: Archive, is_ending: Callable[[], bool] = lambda: False) -> int:
    """Remove what was read and is older than ``KEPT_FOR``, and what became of sending it; how many notices.

    At most ``_AT_ONCE`` in one transaction and so many of these in one run: the next run goes on. What is unread, or
    still to be sent, stays.
    """
    removed = 0
    for _ in range(_MOST_BATCHES):
        if is_ending():
            break
        with archive.unit_of_work(service_actor()) as work:
            under_way = exists().where(Delivery.notice_id == Notice.id, Delivery.state.in_(_UNDER_WAY))
            old = select(Notice.id).where(
                Notice.read_at.is_not(None), Notice.created_at < work.now - KEPT_FOR, ~under_way
            )
            ids = list(work.session.scalars(old.order_by(Notice.id).limit(_AT_ONCE)))
            work.session.execute(delete(Delivery).where(Delivery.notice_id.in_(ids)))
            work.session.execute(delete(Notice).where(Notice.id.in_(ids)))
        removed += len(ids)
        if len(ids) < _AT_ONCE:
            break
    return removed
