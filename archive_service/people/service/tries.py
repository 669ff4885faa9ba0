"""Counting wrong passwords and codes.

A try is written down before it is looked at, so that many at once can't slip through, and taken out again
if it was right.
"""

from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from archive_service.kernel.errors import N_, TooManyRequests
from archive_service.people.models import SignInFailure
from archive_service.people.queries import digest
from archive_service.people.rules.tries import FAILURES_REMEMBERED, blocked_until

TryId = NewType("TryId", int)


class TooManyTries(TooManyRequests):
    code = "people.too-many-tries"
    message = N_(
        "There were too many wrong tries. Please wait %(minutes)s minutes. "
        "Whoever forgot the password asks the administrator for a link."
    )


def begin_try(session: Session, now: datetime, name: str, address: str) -> TryId:
    """Write a try down. Raises TooManyTries; roll back then. Commit before looking at the password."""
    account, place = digest(name.strip().lower()), digest(address)
    if session.get_bind().dialect.name == "postgresql":
        # Tries on one account stand in line; SQLite has one writer anyway.
        session.execute(select(func.pg_advisory_xact_lock(int(account[:15], 16))))
    f = SignInFailure
    since = now - FAILURES_REMEMBERED
    session.execute(delete(f).where(f.at < since))
    of_account = select(f.at).where(f.account == account, f.at >= since).order_by(f.at, f.id)
    # Colleagues behind one address sign in at the same time: what is being looked at doesn't count here.
    of_place = select(f.at).where(f.address == place, f.decided, f.at >= since).order_by(f.at, f.id)
    ends = [blocked_until(session.scalars(tries).all()) for tries in (of_account, of_place)]
    end = max((end for end in ends if end is not None), default=now)
    if end > now:
        raise TooManyTries(minutes=max(1, -(-(end - now) // timedelta(minutes=1))))
    begun = SignInFailure(account=account, address=place, at=now, decided=False)
    session.add(begun)
    session.flush()
    return TryId(begun.id)


def was_wrong(session: Session, try_id: TryId) -> None:
    session.execute(update(SignInFailure).where(SignInFailure.id == try_id).values(decided=True))


def was_right(session: Session, try_id: TryId) -> None:
    """Forget this try only: a right password must not make room for more guesses at the second factor."""
    session.execute(delete(SignInFailure).where(SignInFailure.id == try_id))


def forget_tries(session: Session, name: str, address: str) -> None:
    """After a complete sign-in: this person's slips at this address no longer count."""
    f = SignInFailure
    session.execute(delete(f).where(f.account == digest(name.strip().lower()), f.address == digest(address)))
