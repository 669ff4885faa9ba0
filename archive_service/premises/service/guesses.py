"""How often a person may try whether a number that they see covered is this one: the audit trail counts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from archive_service import audit
from archive_service.audit import AuditRow
from archive_service.kernel.errors import N_, TooManyRequests
from archive_service.unit_of_work import UnitOfWork, actor_label

MOST_WRONG: Final = 20
"""Within WITHIN. Four covered digits are then guessed after weeks, with a row in the trail for every try."""
MOST_COMPARED: Final = 100
"""The same of numbers in forms that went through: each of those stands in the register, under who entered it."""
WITHIN: Final = timedelta(hours=1)
_AT_ONCE: Final = 200
_COMPARED: Final = "parties.compared"


class TooManyGuesses(TooManyRequests):
    code = "premises.too-many-guesses"
    message = N_(
        "Too many numbers did not agree with what is known, so nothing more is compared for you now. "
        "Please try again in an hour."
    )


def stand_in_line(work: UnitOfWork) -> None:
    """Tries of one person wait for each other, so that many at once are counted; SQLite has one writer anyway."""
    if work.actor.user_id is not None and work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(select(func.pg_advisory_xact_lock((0x67756573 << 31) + work.actor.user_id)))


def refused_counts(work: UnitOfWork) -> None:
    """What is compared from here on counts as a try if it is refused in the end, whatever for: from one refusal and
    another a number is guessed as well. Raises TooManyGuesses."""
    stand_in_line(work)
    tries = [row.facts.get("refused") is True for row in my_tries(work, "parties", _COMPARED)]
    if sum(tries) >= MOST_WRONG or len(tries) >= MOST_COMPARED:
        raise TooManyGuesses()
    work.audit_refusal(_COMPARED, "parties", refused=True)


def number_compared(work: UnitOfWork) -> None:
    """The same of the number of somebody who may be known by it, and it is on record as well if it goes through: from
    the register's answer is seen whether they are. Raises TooManyGuesses."""
    refused_counts(work)
    work.audit(_COMPARED, "parties", refused=False)


def my_tries(work: UnitOfWork, subject: str, *actions: str) -> Iterator[AuditRow]:
    """What this person did within WITHIN, newest first. Nothing of the service's own: that is who has the machine."""
    if work.actor.user_id is None:
        return
    person, since = actor_label(work.actor).partition("/")[0] + "/", work.now - WITHIN
    before: int | None = None
    while rows := audit.trail(work.session, subject=subject, before=before, limit=_AT_ONCE):
        for row in rows:
            if row.at <= since:
                return
            if row.action in actions and row.actor.startswith(person):
                yield row
        if len(rows) < _AT_ONCE:
            return
        before = rows[-1].seq
