"""What notices say: capabilities register the words of their kinds, pages fill the facts in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from flask import Flask, current_app
from flask_babel import gettext

from archive_service.kernel.errors import N_
from archive_service.kernel.masking import mask
from archive_service.reminders.queries import NoticeRow
from archive_service.reminders.rules import NoticeId, Words, filled

_WORDS: Final = "archive_notice_words"
_UNKNOWN: Final = Words(N_("You have a new notice."))


def register_words(app: Flask, words: Mapping[str, Words]) -> None:
    """Of the kinds of one capability. Raises ValueError for a kind that has words already."""
    known: dict[str, Words] = app.extensions.setdefault(_WORDS, {})
    if twice := known.keys() & words.keys():
        raise ValueError(f"notices of {', '.join(sorted(twice))} have words already")
    known.update(words)


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """``page``: address of what it is about; "" if it is about nothing that has one."""

    id: NoticeId
    kind: str
    says: str
    page: str
    icon: str
    at: datetime
    is_read: bool


def told(row: NoticeRow) -> ToldNotice:
    """In the reader's language."""
    known: dict[str, Words] = current_app.extensions.get(_WORDS, {})
    words = known.get(row.kind, _UNKNOWN)
    quoted = {name: quote(str(value), safe="") for name, value in row.facts.items()}
    return ToldNotice(
        id=row.id,
        kind=row.kind,
        says=mask(filled(str(gettext(words.says)), row.facts)),
        page=filled(words.page, quoted) if words.page else "",
        icon=words.icon,
        at=row.created_at,
        is_read=row.read_at is not None,
    )
