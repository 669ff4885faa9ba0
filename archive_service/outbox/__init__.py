"""Messages that leave with their transaction.

A row is written with the change it announces, leased by the relay, handed to a task, and closed in the same
transaction as the task's effect. Whatever dies in between, the lease runs out and the row is handed out again;
a task whose lease was lost can't commit. So every message has exactly one effect, sooner or later.
"""

from archive_service.outbox.queries import (
    Backlog,
    DeadMessage,
    Waiting,
    any_undone,
    backlog,
    dead_messages,
    dead_payloads,
    open_ids,
    open_payloads,
    overdue,
    waiting,
)
from archive_service.outbox.rules import LEASE, MOST_DEATHS, MOST_TRIES
from archive_service.outbox.service import (
    Claimed,
    LeaseLost,
    claim,
    complete,
    fail,
    got_on,
    let_go,
    payloads,
    prune,
    publish,
    release_all,
    renew,
    retry_dead,
    take,
)

__all__ = [
    "LEASE",
    "MOST_DEATHS",
    "MOST_TRIES",
    "Backlog",
    "Claimed",
    "DeadMessage",
    "LeaseLost",
    "Waiting",
    "any_undone",
    "backlog",
    "claim",
    "complete",
    "dead_messages",
    "dead_payloads",
    "fail",
    "got_on",
    "let_go",
    "open_ids",
    "open_payloads",
    "overdue",
    "payloads",
    "prune",
    "publish",
    "release_all",
    "renew",
    "retry_dead",
    "take",
    "waiting",
]
