"""How a row's hash is made. Pure, so that another program can check an exported trail with these few lines."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

GENESIS: Final = "0" * 64
"""``prev_hash`` of the first row."""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One row's content, in the order in which it is hashed."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain first fails. ``what``: ``gap``, ``link``, ``content``, or ``tail`` (rows cut off the end)."""

    seq: int
    what: str


def chained_hash(event: EventFacts, prev_hash: str) -> str:
    """SHA-256, lower-case hex, over the canonical JSON of the row and the hash of the row before it."""
    content = [
        event.seq,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor,
        event.action,
        event.subject,
        event.facts,
        prev_hash,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
