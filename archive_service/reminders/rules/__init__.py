"""What a notice may say, and what becomes of sending it on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.errors import N_

NoticeId = NewType("NoticeId", int)
DeliveryId = NewType("DeliveryId", int)

MOST_KIND: Final = 40
MOST_SUBJECT: Final = 80
MOST_KEY: Final = 120
MOST_FACTS: Final = 20
MOST_VALUE: Final = 80

_KIND: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
# Ids, codes, numbers and dates: nothing that could be somebody's name or the title of a paper.
_VALUE: Final = re.compile(r"[A-Za-z0-9·.,:;/#+\-_ ]*")

Fact = str | int | bool


class Channel(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # to be tried again
    GIVEN_UP = "given_up"


class Trouble(StrEnum):
    """Why something was not sent: a code, since what a foreign server says may hold anything."""

    UNREACHABLE = "unreachable"
    TOO_SLOW = "too-slow"
    NOT_TRUSTED = "not-trusted"
    SIGN_IN_REFUSED = "sign-in-refused"
    ADDRESS_REFUSED = "address-refused"
    MESSAGE_REFUSED = "message-refused"
    PLACE_REFUSED = "place-refused"
    REDIRECTED = "redirected"
    ANSWERED_BADLY = "answered-badly"
    TOO_MUCH = "too-much"
    NO_LONGER_SET = "no-longer-set"
    SERVICE = "service"

    @property
    def is_final(self) -> bool:
        """Whether trying again would come to the same."""
        return self in _FINAL


_FINAL: Final = frozenset(
    {Trouble.ADDRESS_REFUSED, Trouble.PLACE_REFUSED, Trouble.REDIRECTED, Trouble.NO_LONGER_SET}
)

TROUBLES: Final[Mapping[Trouble, str]] = {
    Trouble.UNREACHABLE: N_("The server could not be reached."),
    Trouble.TOO_SLOW: N_("The server did not answer in time."),
    Trouble.NOT_TRUSTED: N_("The connection could not be secured: the server's certificate is not trusted."),
    Trouble.SIGN_IN_REFUSED: N_("The mail server refused the user name or the password."),
    Trouble.ADDRESS_REFUSED: N_("The mail server does not take mail for this address."),
    Trouble.MESSAGE_REFUSED: N_("The mail server refused the message."),
    Trouble.PLACE_REFUSED: N_("The webhook's host lies at an address that may not be called."),
    Trouble.REDIRECTED: N_("The webhook sends its callers elsewhere, which is not followed."),
    Trouble.ANSWERED_BADLY: N_("The webhook answered that it did not take the message."),
    Trouble.TOO_MUCH: N_("The webhook answered with far more than an answer."),
    Trouble.NO_LONGER_SET: N_(
        "This way of sending is no longer set, or the person has no e-mail address now."
    ),
    Trouble.SERVICE: N_("Something went wrong in the service. Its log says more."),
}


@dataclass(frozen=True, slots=True)
class Words:
    """How notices of a kind are told. ``says``: message id of one sentence, with places for facts (``%(slip)s``).
    ``page``: address of what it is about, with such places too; "" for the person's own notices. ``icon``: a name from
    frontend/icons.txt.

    Facts hold no personal data, so the same sentence goes out by mail and webhook.
    """

    says: str
    page: str = ""
    icon: str = "bell"


TRIAL: Final = "reminders.trial"
OWN_WORDS: Final[Mapping[str, Words]] = {
    TRIAL: Words(N_("This is a trial message: whoever reads it knows that messages arrive.")),
}


def filled(text: str, facts: Mapping[str, Fact]) -> str:
    """``text`` with its places filled; as it stands if a notice of an older make lacks one of them."""
    try:
        return text % facts
    except KeyError:
        return text


def checked_facts(facts: Mapping[str, object]) -> dict[str, Fact]:
    """Raises ValueError for what is not an id, a code, a number or a date: that is the caller's mistake, and the
    message names the fact and never its value."""
    if len(facts) > MOST_FACTS:
        raise ValueError(f"at most {MOST_FACTS} facts")
    return {name: _fact(name, value) for name, value in facts.items()}


def _fact(name: str, value: object) -> Fact:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"a fact is called like slip_no, not {name!r}")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str) and len(value) <= MOST_VALUE and _VALUE.fullmatch(value):
        return value
    raise ValueError(f"the fact {name} is not an id, a code, a number or a date")


def checked_code(code: str, most: int, *, kind: bool = False) -> str:
    """Raises ValueError: kinds, subjects and keys are made by the service."""
    pattern = _KIND if kind else _VALUE
    if not code or len(code) > most or pattern.fullmatch(code) is None:
        raise ValueError("kinds, subjects and keys are short codes")
    return code
