"""Reminders: a person is told something once, in the service, and by mail and webhook where these are set.

Whoever has something to tell calls ``notify`` with a kind and facts (ids, codes, dates); the words of the kind are put
in where it is shown or sent. Other capabilities give the words of their kinds to ``reminders.web.register_words`` and
to ``workers.notifying``.
"""

from archive_service.reminders.queries import (
    DeliveryRow,
    NoticeRow,
    delivery,
    last_sent,
    notice,
    notice_count,
    notice_to_send,
    notices,
    troubled,
    unread_count,
)
from archive_service.reminders.rules import (
    OWN_WORDS,
    TROUBLES,
    Channel,
    DeliveryId,
    DeliveryState,
    NoticeId,
    Trouble,
    Words,
    filled,
)
from archive_service.reminders.service import (
    NO_PLACES,
    Places,
    given_up,
    mark_all_read,
    mark_read,
    not_sent,
    notify,
    prepare_deliveries,
    prune_notices,
    send_trial,
    was_sent,
)

__all__ = [
    "NO_PLACES",
    "OWN_WORDS",
    "TROUBLES",
    "Channel",
    "DeliveryId",
    "DeliveryRow",
    "DeliveryState",
    "NoticeId",
    "NoticeRow",
    "Places",
    "Trouble",
    "Words",
    "delivery",
    "filled",
    "given_up",
    "last_sent",
    "mark_all_read",
    "mark_read",
    "not_sent",
    "notice",
    "notice_count",
    "notice_to_send",
    "notices",
    "notify",
    "prepare_deliveries",
    "prune_notices",
    "send_trial",
    "troubled",
    "unread_count",
    "was_sent",
]
