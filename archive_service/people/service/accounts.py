"""People come, change and are switched off; nobody is ever deleted."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import UserId
from archive_service.kernel.outgoing import is_mail_address
from archive_service.people.models import RoleGrant, SetupLink, User
from archive_service.people.queries import any_user, digest, open_link, standing, two_decide
from archive_service.people.rules.roles import PASSWORD_LINK_LASTS, SETUP_LINK_LASTS, Role
from archive_service.people.service.granting import from_today, put_forward
from archive_service.people.service.passwords import HashedPassword, login_name_of
from archive_service.people.service.sessions import end_sessions
from archive_service.unit_of_work import UnitOfWork


class NameTaken(Conflict):
    code = "people.name-taken"
    message = N_("Somebody else has this sign-in name already.")


class BadEmail(Invalid):
    code = "people.bad-email"
    message = N_("This is not an e-mail address that a mail server takes. Write it like lin@example.cn.")


class LinkUsedUp(NotFound):
    code = "people.link-used-up"
    message = N_("This link was used already or is too old. Please ask for a new one.")


class AlreadySetUp(Conflict):
    code = "people.already-set-up"
    message = N_("The service is set up already. Please sign in.")


class NotOnYourself(Forbidden):
    code = "people.not-on-yourself"
    message = N_("Nobody can do this to their own account. Another administrator must.")


class LastAdministrator(Conflict):
    code = "people.last-administrator"
    message = N_("This is the last administrator. Make somebody else an administrator first.")


def add_person(
    work: UnitOfWork,
    *,
    name: str,
    display_name: str = "",
    roles: Iterable[str] = (),
    password: HashedPassword | None = None,
    email: str | None = None,
) -> UserId:
    """A new account with ``roles`` from today on, or as soon as somebody has approved them. Without ``password`` it
    opens by a link only.

    Raises BadName, NameTaken.
    """
    work.actor.must(Permission.MANAGE_PEOPLE)
    user = _new_user(work, name, display_name, password, email)
    waits = two_decide(work.session)
    for role in dict.fromkeys(roles):
        put_forward(work, UserId(user.id), Role(role), from_today(work), waits=waits)
    return UserId(user.id)


def _new_user(
    work: UnitOfWork,
    name: str,
    display_name: str,
    password: HashedPassword | None,
    email: str | None = None,
) -> User:
    name = login_name_of(name)
    user = User(
        name=name,
        display_name=(display_name.strip() or name)[:80],
        email=email or None,
        password=None if password is None else _hash_for(password, name),
        active=True,
        fs_uniquifier=new_uniquifier(),
        created_at=work.now,
        password_changed_at=None if password is None else work.now,
    )
    try:
        with work.session.begin_nested():
            work.session.add(user)
    except IntegrityError as error:
        raise NameTaken() from error
    work.audit("user.created", _subject(user), with_password=password is not None)
    return user


def make_setup_link(work: UnitOfWork) -> str:
    """The token of a link ``/setup/<token>`` that makes the first administrator; older ones stop working.

    256 bits, for 30 minutes, once; only its digest is kept. Raises AlreadySetUp.
    """
    work.actor.must(Permission.MANAGE_PEOPLE)
    if any_user(work.session):
        raise AlreadySetUp()
    work.session.execute(
        update(SetupLink)
        .where(SetupLink.user_id.is_(None), SetupLink.used_at.is_(None))
        .values(used_at=work.now)
    )
    return _make_link(work, None, work.now + SETUP_LINK_LASTS)


def make_password_link(work: UnitOfWork, user_id: UserId) -> str:
    """The token of a link ``/setup/<token>`` by which a person chooses a password, once, within 24 hours."""
    work.actor.must(Permission.MANAGE_PEOPLE)
    user = user_row(work, user_id)
    _end_links(work, user_id)
    work.audit("user.password-link-made", _subject(user))
    return _make_link(work, user_id, work.now + PASSWORD_LINK_LASTS)


def _make_link(work: UnitOfWork, user_id: UserId | None, expires_at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    work.session.add(
        SetupLink(digest=digest(token), user_id=user_id, created_at=work.now, expires_at=expires_at)
    )
    return token


def _end_links(work: UnitOfWork, user_id: UserId) -> None:
    """A newer link or password makes older links worthless."""
    work.session.execute(
        update(SetupLink)
        .where(SetupLink.user_id == user_id, SetupLink.used_at.is_(None))
        .values(used_at=work.now)
    )


def _use_link(work: UnitOfWork, token: str) -> UserId | None:
    """Close the link behind ``token``; whose it is. Raises LinkUsedUp, also for the slower of two users."""
    link = open_link(work.session, token, work.now)
    closed = work.session.execute(
        update(SetupLink)
        .where(SetupLink.digest == digest(token), SetupLink.used_at.is_(None))
        .values(used_at=work.now)
    )
    assert isinstance(closed, CursorResult)
    if link is None or closed.rowcount != 1:
        raise LinkUsedUp()
    return link.user_id


def create_first_administrator(
    work: UnitOfWork,
    token: str,
    *,
    name: str,
    display_name: str,
    password: HashedPassword,
    also_archivist: bool,
) -> UserId:
    """The first account, by the link of ``make_setup_link``.

    Raises AlreadySetUp, LinkUsedUp, BadName.
    """
    if work.session.bind is not None and work.session.bind.dialect.name == "postgresql":
        # Two links can't both find the table empty. SQLite has one writer anyway.
        work.session.execute(text('LOCK TABLE "user" IN SHARE ROW EXCLUSIVE MODE'))
    if any_user(work.session):
        raise AlreadySetUp()
    if _use_link(work, token) is not None:
        raise LinkUsedUp()
    user = _new_user(work, name, display_name, password)
    for role in (Role.IT_ADMIN, Role.ARCHIVIST) if also_archivist else (Role.IT_ADMIN,):
        put_forward(work, UserId(user.id), role, from_today(work), waits=False)
    return UserId(user.id)


def choose_password(work: UnitOfWork, token: str, password: HashedPassword) -> UserId:
    """A person's own password, by the link of ``make_password_link``. Raises LinkUsedUp."""
    user_id = _use_link(work, token)
    if user_id is None:
        raise LinkUsedUp()
    user = user_row(work, user_id)
    if not user.active:
        raise LinkUsedUp()
    _set_password(work, user, _hash_for(password, user.name), new_uniquifier())
    return user_id


def set_password(work: UnitOfWork, user_id: UserId, password: HashedPassword) -> None:
    """An administrator's doing; every session of the person ends."""
    work.actor.must(Permission.MANAGE_PEOPLE)
    user = user_row(work, user_id)
    _set_password(work, user, _hash_for(password, user.name), new_uniquifier())


def keep_own_password(work: UnitOfWork, user_id: UserId, password_hash: str, fs_uniquifier: str) -> None:
    """What sign-in has hashed after looking at the old password; every session of the person ends."""
    _own(work, user_id)
    _set_password(work, user_row(work, user_id), password_hash, fs_uniquifier)


def keep_rehashed_password(work: UnitOfWork, user_id: UserId, password_hash: str) -> None:
    """The same password under newer hashing costs."""
    user_row(work, user_id).password = password_hash


def new_uniquifier() -> str:
    """What a session knows a person by; a new one makes every older session worthless."""
    return secrets.token_hex(32)


def _hash_for(password: HashedPassword, login_name: str) -> str:
    """A password is looked at together with its name, so it serves no other."""
    if password.login_name != login_name:
        raise ValueError("a password that was looked at for somebody else")
    return password.hash


def _set_password(work: UnitOfWork, user: User, password_hash: str, fs_uniquifier: str) -> None:
    user.password, user.fs_uniquifier, user.password_changed_at = password_hash, fs_uniquifier, work.now
    end_sessions(work.session, UserId(user.id))
    _end_links(work, UserId(user.id))
    work.audit("user.password-changed", _subject(user))


def disable(work: UnitOfWork, user_id: UserId) -> None:
    """Nothing opens for this person any more: sessions, tokens and links stop at once."""
    work.actor.must(Permission.MANAGE_PEOPLE)
    if work.actor.user_id == user_id:
        raise NotOnYourself()
    user = user_row(work, user_id)
    if not user.active:
        return
    must_not_be_last_administrator(work, user_id)
    user.active = False
    user.fs_uniquifier = new_uniquifier()
    end_sessions(work.session, user_id)
    _end_links(work, user_id)
    work.audit("user.disabled", _subject(user))


def enable(work: UnitOfWork, user_id: UserId) -> None:
    work.actor.must(Permission.MANAGE_PEOPLE)
    if work.actor.user_id == user_id:
        raise NotOnYourself()
    user = user_row(work, user_id)
    if not user.active:
        user.active = True
        work.audit("user.enabled", _subject(user))


def set_language(work: UnitOfWork, user_id: UserId, language: str) -> None:
    _own(work, user_id)
    user_row(work, user_id).language = language


def set_email(work: UnitOfWork, user_id: UserId, email: str) -> None:
    """Where reminders may go to; "" for nowhere. Raises BadEmail."""
    _own(work, user_id)
    email = email.strip()
    if email and not is_mail_address(email):
        raise BadEmail(field="email")
    user = user_row(work, user_id)
    if (user.email or "") != email:
        user.email = email or None
        work.audit("user.email-changed", _subject(user), known=bool(email))


def signed_in(work: UnitOfWork, user_id: UserId) -> None:
    user = user_row(work, user_id)
    user.first_signed_in_at = user.first_signed_in_at or work.now
    user.last_signed_in_at = work.now
    work.audit("user.signed-in", _subject(user), second_factor=user.tf_primary_method is not None)


def keep_second_factor(
    work: UnitOfWork, user_id: UserId, method: str, totp_secret: str, counter: int | None
) -> None:
    """What sign-in has verified with a first code, that of time step ``counter``, which is used up by it.

    ``totp_secret`` is encrypted already.
    """
    user = user_row(work, user_id)
    user.tf_primary_method, user.tf_totp_secret, user.tf_last_counter = method, totp_secret, counter
    work.audit("second-factor.enrolled", _subject(user))


def take_code(work: UnitOfWork, user_id: UserId, counter: int) -> bool:
    """Whether the code of time step ``counter`` is fresh; afterwards it and older ones aren't."""
    taken = work.session.execute(
        update(User)
        .where(User.id == user_id, or_(User.tf_last_counter.is_(None), User.tf_last_counter < counter))
        .values(tf_last_counter=counter)
    )
    assert isinstance(taken, CursorResult)
    return taken.rowcount == 1


def keep_recovery_codes(
    work: UnitOfWork, user_id: UserId, before: Sequence[str], after: Sequence[str]
) -> None:
    """New codes, or the old ones without a used one. Raises Conflict if ``before`` is no longer true."""
    user = user_row(work, user_id)
    if list(user.mf_recovery_codes or ()) != list(before):
        raise Conflict()
    user.mf_recovery_codes = list(after)
    used = len(after) == len(before) - 1 and set(after) < set(before)
    work.audit("recovery-code.used" if used else "recovery-codes.renewed", _subject(user), left=len(after))


def drop_second_factor(work: UnitOfWork, user_id: UserId) -> None:
    """The person's own wish, or an administrator's help for a lost telephone; then every session ends."""
    own = work.actor.user_id == user_id
    work.actor.must(Permission.OWN_ACCOUNT if own else Permission.MANAGE_PEOPLE)
    user = user_row(work, user_id)
    user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = user.mf_recovery_codes = None
    if not own:
        end_sessions(work.session, user_id)
    work.audit("second-factor.dropped", _subject(user))


def user_row(work: UnitOfWork, user_id: UserId) -> User:
    """The row, locked for this transaction. Raises NotFound."""
    # Rows that name the person may come meanwhile: two managers who decide about each other don't wait in a ring.
    user = work.session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise NotFound()
    return user


def must_not_be_last_administrator(work: UnitOfWork, user_id: UserId) -> None:
    """Raises LastAdministrator if nobody else could manage people afterwards."""
    today = business_day(work.now)
    administrators = work.session.scalars(
        select(RoleGrant.user_id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.role == Role.IT_ADMIN.value,
            standing(),
            RoleGrant.valid_from <= today,
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today),
            User.active,
        )
        .with_for_update()
    ).all()
    if set(administrators) == {user_id}:
        raise LastAdministrator()


def _own(work: UnitOfWork, user_id: UserId) -> None:
    work.actor.must(Permission.OWN_ACCOUNT)
    if work.actor.user_id != user_id:
        raise Forbidden()


def _subject(user: User) -> str:
    return f"user:{user.id}"
