import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import or_, update

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import TokenId, UserId
from archive_service.people.models import ApiToken
from archive_service.people.queries import digest
from archive_service.people.rules.roles import MOST_TOKEN_DAYS, TOUCH_AFTER, Scope
from archive_service.people.service.accounts import user_row
from archive_service.unit_of_work import UnitOfWork

PREFIX: Final = "arc_"
"""So that a token that leaked into a file or a mail is recognised for what it is."""


class WrongDays(Invalid):
    code = "people.wrong-days"
    message = N_("A token works for 1 to 90 days.")


class NoScope(Invalid):
    code = "people.no-scope"
    message = N_("Choose what the token may do: read, write, or both.")


def create_token(
    work: UnitOfWork, user_id: UserId, *, name: str, scopes: Collection[Scope], days: int = MOST_TOKEN_DAYS
) -> tuple[TokenId, str]:
    """A new token for one's own account (the machine's administrator: for anybody's), shown this once.

    Raises NoScope, WrongDays.
    """
    work.actor.must(Permission.OWN_ACCOUNT)
    if work.actor.user_id not in (None, user_id):
        raise Forbidden()
    if not scopes:
        raise NoScope()
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise WrongDays()
    user_row(work, user_id)
    plain = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user_id,
        name=name.strip()[:80],
        digest=digest(plain),
        scopes=[scope.value for scope in Scope if scope in scopes],
        created_at=work.now,
        expires_at=work.now + timedelta(days=days),
    )
    work.session.add(token)
    work.session.flush()
    work.audit("token.created", f"token:{token.id}", user=user_id, scopes=token.scopes, days=days)
    return TokenId(token.id), plain


def revoke_token(work: UnitOfWork, token_id: TokenId) -> None:
    """One's own, or anybody's by who manages people. Raises NotFound."""
    token = work.session.get(ApiToken, token_id, with_for_update=True)
    if token is None or (
        work.actor.user_id != token.user_id and not work.actor.may(Permission.MANAGE_PEOPLE)
    ):
        raise NotFound()
    work.actor.must(Permission.OWN_ACCOUNT)
    if token.revoked_at is None:
        token.revoked_at = work.now
        work.audit("token.revoked", f"token:{token.id}", user=token.user_id)


def touch_token(work: UnitOfWork, token_id: TokenId) -> None:
    """Note that it was used, at most once a minute."""
    work.session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= work.now - TOUCH_AFTER),
        )
        .values(last_used_at=work.now)
    )
