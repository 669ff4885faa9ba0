"""Counting wrong passwords and codes.

A try is written down before it is looked at, so that many at once can't slip through, and taken out again
if it was right.
"""

from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from archive_service.kernel.errors import N_, TooManyRequests
from archive_service.kernel.network import network_of
from archive_service.people.models import SignInFailure, SignInPlace
from archive_service.people.queries import digest
from archive_service.people.rules.tries import (
    FAILURES_REMEMBERED,
    MOST_FAILURES,
    MOST_FAILURES_IN_ALL,
    PLACE_REMEMBERED,
    blocked_until,
)

TryId = NewType("TryId", int)


class TooManyTries(TooManyRequests):
    code = "people.too-many-tries"
    message = N_(
        "There were too many wrong tries. Please wait %(minutes)s minutes. "
        "Whoever forgot the password asks the administrator for a link."
    )


def begin_try(session: Session, now: datetime, name: str, address: str, *, code: bool = False) -> TryId:
    """Write a try at a password or a ``code`` down. Raises TooManyTries; roll back then.

    Commit before looking at the password. Passwords and codes are counted apart.
    """
    account, place = _account(name, code), digest(network_of(address))
    if session.get_bind().dialect.name == "postgresql":
        # Tries on one account stand in line; SQLite has one writer anyway.
        session.execute(select(func.pg_advisory_xact_lock(int(account[:15], 16))))
    f = SignInFailure
    since = now - FAILURES_REMEMBERED
    session.execute(delete(f).where(f.at < since))
    here, on_account = f.address == place, f.account == account
    bounds = [
        (and_(on_account, here), MOST_FAILURES),
        # Colleagues behind one address sign in at the same time: what is being looked at doesn't count here.
        (and_(here, f.decided), MOST_FAILURES_IN_ALL),
    ]
    if code:
        bounds.append((on_account, MOST_FAILURES))
    elif not _signed_in_from(session, now, account, place):
        bounds.append((on_account, MOST_FAILURES_IN_ALL))
    end = now
    for which, most in bounds:
        tries = select(f.at).where(which, f.at >= since).order_by(f.at, f.id)
        end = max(end, blocked_until(session.scalars(tries).all(), most) or end)
    if end > now:
        raise TooManyTries(minutes=max(1, -(-(end - now) // timedelta(minutes=1))))
    begun = SignInFailure(account=account, address=place, at=now, decided=False)
    session.add(begun)
    session.flush()
    return TryId(begun.id)


def _account(name: str, code: bool) -> str:
    typed = name.strip().lower()
    return digest(f"code {typed}" if code else typed)  # no name has a blank


def _signed_in_from(session: Session, now: datetime, account: str, place: str) -> bool:
    known = session.get(SignInPlace, (account, place))
    return known is not None and now - known.at < PLACE_REMEMBERED


def was_wrong(session: Session, try_id: TryId) -> None:
    session.execute(update(SignInFailure).where(SignInFailure.id == try_id).values(decided=True))


def was_right(session: Session, try_id: TryId) -> None:
    """Forget this try only: a right password must not make room for more guesses at the second factor."""
    session.execute(delete(SignInFailure).where(SignInFailure.id == try_id))


def remember_place(session: Session, now: datetime, name: str, address: str) -> None:
    """After a complete sign-in: this person's slips here no longer count, and others' slips elsewhere neither.

    In the transaction of ``signed_in``, which locks the person's row: two sign-ins at once stand in line.
    """
    f, place = SignInFailure, digest(network_of(address))
    accounts = [_account(name, code) for code in (False, True)]
    session.execute(delete(f).where(f.account.in_(accounts), f.address == place))
    session.execute(delete(SignInPlace).where(SignInPlace.at <= now - PLACE_REMEMBERED))
    session.merge(SignInPlace(account=accounts[0], address=place, at=now))
