"""Telling somebody something, and what became of sending it on."""

from archive_service.reminders.service.pruning import prune_notices
from archive_service.reminders.service.sending import (
    NO_PLACES,
    Places,
    given_up,
    not_sent,
    prepare_deliveries,
    send_trial,
    was_sent,
)
from archive_service.reminders.service.telling import mark_all_read, mark_read, notify

__all__ = [
    "NO_PLACES",
    "Places",
    "given_up",
    "mark_all_read",
    "mark_read",
    "not_sent",
    "notify",
    "prepare_deliveries",
    "prune_notices",
    "send_trial",
    "was_sent",
]
