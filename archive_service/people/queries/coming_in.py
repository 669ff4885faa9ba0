"""Who comes in, and what they may: accounts, roles of today, tokens, sessions and links."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, PaperGrant, SightRule
from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import TokenId, UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.people.models import ApiToken, BrowserSession, RoleGrant, SetupLink, SightGrant, User
from archive_service.people.rules.roles import (
    TOUCH_AFTER,
    Grant,
    Own,
    Role,
    Scope,
    actor_for,
    roles_on,
)


def digest(secret: str) -> str:
    """How tokens, links and cookies are kept: they are random and long, so one SHA-256 is enough."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def any_user(session: Session) -> bool:
    """Whether the service has been set up."""
    return bool(session.scalar(select(exists().select_from(User))))


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """What sign-in needs of a person; ``roles`` are those of today. The secrets are hashed or encrypted."""

    user_id: UserId
    name: str
    display_name: str
    email: str | None
    active: bool
    language: str | None
    password: str | None
    fs_uniquifier: str
    tf_primary_method: str | None
    tf_totp_secret: str | None
    recovery_codes: tuple[str, ...]
    first_signed_in_at: datetime | None
    roles: tuple[Role, ...]
    own: Own


def sign_in_record(
    session: Session,
    now: datetime,
    *,
    name: str | None = None,
    fs_uniquifier: str | None = None,
    user_id: UserId | None = None,
) -> SignInRecord | None:
    """The person with this sign-in name (as typed), session key or id: three statements, or one for nobody."""
    if name is not None:
        where = User.name == name.strip().lower()
    elif fs_uniquifier is not None:
        where = User.fs_uniquifier == fs_uniquifier
    else:
        where = User.id == user_id
    user = session.scalar(select(User).where(where))
    if user is None:
        return None
    roles, own = held_by(session, now, UserId(user.id))
    return SignInRecord(
        UserId(user.id),
        user.name,
        user.display_name,
        user.email,
        user.active,
        user.language,
        user.password,
        user.fs_uniquifier,
        user.tf_primary_method,
        user.tf_totp_secret,
        tuple(user.mf_recovery_codes or ()),
        user.first_signed_in_at,
        roles,
        own,
    )


def standing() -> ColumnElement[bool]:
    """Role grants that count within their dates; what waits, was refused or withdrawn counts nowhere."""
    return and_(RoleGrant.approved_at.is_not(None), RoleGrant.revoked_at.is_(None))


def held_by(session: Session, now: datetime, user_id: UserId) -> tuple[tuple[Role, ...], Own]:
    """What a person has today, in two statements. Grants begin and end by the clock alone: every request asks anew."""
    found = session.execute(
        select(RoleGrant.role, RoleGrant.valid_from, RoleGrant.valid_to, RoleGrant.classes).where(
            RoleGrant.user_id == user_id, standing()
        )
    ).all()
    today = business_day(now)
    grants = [Grant(Role(role), start, end) for role, start, end, _ in found]
    classes = {Role(role): tuple(named) for role, _, _, named in found if named is not None}
    sights, papers = _granted(session, today, user_id)
    return roles_on(today, grants), Own(classes, sights, papers)


def _granted(
    session: Session, today: date, user_id: UserId
) -> tuple[tuple[SightRule, ...], tuple[PaperGrant, ...]]:
    of_today = (
        SightGrant.user_id == user_id,
        SightGrant.revoked_at.is_(None),
        SightGrant.valid_from <= today,
        SightGrant.valid_to >= today,
    )
    sights: list[SightRule] = []
    papers: list[PaperGrant] = []
    for grant in session.scalars(select(SightGrant).where(*of_today).order_by(SightGrant.id)):
        up_to, sight = Level(grant.up_to), Sight[grant.sight.upper()]
        if grant.class_code is None:
            papers.append(PaperGrant(grant.document_id, grant.case_file_id, up_to, sight, grant.slip))
        else:
            covered = (level for level in Level if level.rank <= up_to.rank)
            sights += [SightRule(level, (grant.class_code,), sight) for level in covered]
    return tuple(sights), tuple(papers)


def actor_of(session: Session, user_id: UserId, now: datetime, via: str) -> Actor | None:
    """The person as an actor at the door ``via``, or None if there is no such active account."""
    found = session.execute(select(User.display_name).where(User.id == user_id, User.active)).one_or_none()
    if found is None:
        return None
    roles, own = held_by(session, now, user_id)
    return actor_for(user_id, found[0], roles, via=via, own=own)


def everybody_at_work(session: Session, now: datetime) -> list[Actor]:
    """Every active account that holds a role today, with the roles' rights only, in one statement."""
    rows = session.execute(
        select(RoleGrant.user_id, RoleGrant.role, RoleGrant.valid_from, RoleGrant.valid_to, RoleGrant.classes)
        .join(User, User.id == RoleGrant.user_id)
        .where(User.active, standing())
    )
    grants: dict[UserId, list[Grant]] = {}
    classes: dict[UserId, dict[Role, tuple[str, ...]]] = {}
    for user_id, role, start, end, named in rows:
        grants.setdefault(UserId(user_id), []).append(Grant(Role(role), start, end))
        if named is not None:
            classes.setdefault(UserId(user_id), {})[Role(role)] = tuple(named)
    today = business_day(now)
    held = {user_id: roles_on(today, theirs) for user_id, theirs in grants.items()}
    return [
        actor_for(user_id, "", roles, via="service", own=Own(classes.get(user_id, {})))
        for user_id, roles in held.items()
        if roles
    ]


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who comes with a token, and what says whether they should have a second factor by now."""

    actor: Actor
    roles: tuple[Role, ...]
    second_factor: bool
    first_signed_in_at: datetime | None


def holder_of_token(session: Session, token: str, now: datetime) -> TokenHolder | None:
    """Who comes with this API token, or None if it opens nothing (any more). Always three statements."""
    found = session.execute(
        select(
            ApiToken.scopes,
            User.id,
            User.display_name,
            User.tf_primary_method.is_not(None),
            User.first_signed_in_at,
        )
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.digest == digest(token),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            User.active,
        )
    ).one_or_none()
    # Asked for nobody as well, so that the time taken tells nothing.
    roles, own = held_by(session, now, UserId(found[1] if found else 0))
    if found is None:
        return None
    scopes, user_id, name, second_factor, first_signed_in_at = found
    carried = [Scope(scope) for scope in scopes]
    actor = actor_for(UserId(user_id), name, roles, via="api", scopes=carried, own=own)
    return TokenHolder(actor, roles, second_factor, first_signed_in_at)


def stale_token(session: Session, token: str, now: datetime) -> TokenId | None:
    """The token's id if its ``last_used_at`` is old enough to be written again."""
    found = session.scalar(
        select(ApiToken.id).where(
            ApiToken.digest == digest(token),
            or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - TOUCH_AFTER),
        )
    )
    return None if found is None else TokenId(found)


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    user_id: UserId | None
    data: str
    agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def _session_row(row: BrowserSession) -> SessionRow:
    user_id = None if row.user_id is None else UserId(row.user_id)
    return SessionRow(row.id, user_id, row.data, row.agent, row.created_at, row.last_seen_at, row.expires_at)


def browser_session(session: Session, session_id: str, now: datetime) -> SessionRow | None:
    """The session with this id (a digest) unless it has ended."""
    found = session.scalar(
        select(BrowserSession).where(BrowserSession.id == session_id, BrowserSession.expires_at > now)
    )
    return None if found is None else _session_row(found)


def sessions_of(session: Session, user_id: UserId, now: datetime) -> list[SessionRow]:
    """A person's open sessions, the latest first."""
    rows = session.scalars(
        select(BrowserSession)
        .where(BrowserSession.user_id == user_id, BrowserSession.expires_at > now)
        .order_by(BrowserSession.last_seen_at.desc())
    )
    return [_session_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class TokenRow:
    token_id: TokenId
    user_id: UserId
    owner: str  # sign-in name
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


def tokens(session: Session, user_id: UserId | None = None) -> list[TokenRow]:
    """API tokens of one person or of everybody, the latest first."""
    query = select(ApiToken, User.name).join(User, User.id == ApiToken.user_id).order_by(ApiToken.id.desc())
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    return [
        TokenRow(
            TokenId(token.id),
            UserId(token.user_id),
            owner,
            token.name,
            tuple(Scope(scope) for scope in token.scopes),
            token.created_at,
            token.expires_at,
            token.last_used_at,
            token.revoked_at,
        )
        for token, owner in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that may still be used; ``user_id`` None: it makes the first administrator."""

    user_id: UserId | None
    display_name: str
    expires_at: datetime


def open_link(session: Session, token: str, now: datetime) -> LinkRow | None:
    found = session.execute(
        select(SetupLink, User.display_name)
        .outerjoin(User, User.id == SetupLink.user_id)
        .where(SetupLink.digest == digest(token), SetupLink.used_at.is_(None), SetupLink.expires_at > now)
    ).one_or_none()
    if found is None:
        return None
    link, display_name = found
    user_id = None if link.user_id is None else UserId(link.user_id)
    return LinkRow(user_id, display_name or "", link.expires_at)
