"""Sign-in by Flask-Security over our own tables: what it reads comes from queries, what it changes goes
through the service's verbs.
"""

import unicodedata
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Flask, Response, after_this_request, current_app, g, request, session
from flask_babel import get_domain, gettext
from flask_login import user_logged_out
from flask_security import (
    MfRecoveryCodesUtil,
    PasswordUtil,
    RoleMixin,
    Security,
    Totp,
    UserDatastore,
    UserMixin,
    user_authenticated,
)
from passlib.exc import TokenError  # type: ignore[import-untyped]  # has no types
from passlib.totp import TOTP  # type: ignore[import-untyped]  # has no types

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Conflict
from archive_service.people import queries, service
from archive_service.people.queries import SignInRecord
from archive_service.people.rules import passwords
from archive_service.people.rules.roles import actor_for, needs_second_factor
from archive_service.people.web import forms
from archive_service.people.web.browser_sessions import ACCOUNT, BrowserSession
from archive_service.people.web.keys import fernet_key, second_factor_key
from archive_service.people.web.words import MESSAGES
from archive_service.web import current_archive
from archive_service.web.i18n import COOKIE as LANGUAGE_COOKIE

FRESH: Final = timedelta(minutes=15)
"""How long a password just typed counts for steps that ask for it again."""


def rename_session() -> None:
    opened = session._get_current_object()  # type: ignore[attr-defined]  # what the proxy stands for
    assert isinstance(opened, BrowserSession)
    opened.rename()


def remember_language(response: Response, language: str) -> Response:
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=timedelta(days=365),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )
    return response


class NoRole(RoleMixin):
    """Rights come from the actor, never from the library's roles."""


class SignInUser(UserMixin):
    """A person as the library handles one. What it sets here is written by ``Accounts.put``."""

    fs_uniquifier = ""  # the library looks whether the class has it

    def __init__(self, record: SignInRecord) -> None:
        self.record = record
        self.id = record.user_id
        self.name = record.name
        self.email = record.email or ""
        self.active = record.active
        self.password = record.password
        self.fs_uniquifier = record.fs_uniquifier
        self.tf_primary_method = record.tf_primary_method
        self.tf_totp_secret = record.tf_totp_secret
        self.mf_recovery_codes = list(record.recovery_codes)
        self.roles: list[RoleMixin] = []
        self.first_counter: int | None = None

    @property
    def codes(self) -> list[str]:
        """Recovery codes, encrypted."""
        return self.mf_recovery_codes or []

    def actor(self) -> Actor:
        record = self.record
        return actor_for(record.user_id, record.display_name, record.roles, via="page", own=record.own)

    def check_tf_required_setup(self) -> bool:
        """Whether the second factor may not be taken off again."""
        required = current_archive().settings.two_factor == "required"
        return required and needs_second_factor(self.record.roles)


class Accounts(UserDatastore):
    """The library's door to the ``user`` table. Every change is written at once, as one use case."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(SignInUser, NoRole)
        self._archive = archive

    def find_user(self, case_insensitive: bool = False, **by: Any) -> SignInUser | None:
        del case_insensitive
        known = {key: by[key] for key in ("name", "fs_uniquifier") if by.get(key)}
        if not known:
            return None
        with self._archive.reading() as database:
            record = queries.sign_in_record(database, self._archive.clock.now(), **known)
        return None if record is None else SignInUser(record)

    def find_role(self, role: str) -> None:
        del role

    def commit(self) -> None:
        """Nothing is left to do: see ``put``."""

    def put(self, model: Any) -> Any:
        user: SignInUser = getattr(model, "_get_current_object", lambda: model)()
        before = user.record
        with self._archive.unit_of_work(user.actor()) as work:
            if user.fs_uniquifier != before.fs_uniquifier and user.password:
                service.keep_own_password(work, before.user_id, user.password, user.fs_uniquifier)
            elif user.password != before.password and user.password:
                service.keep_rehashed_password(work, before.user_id, user.password)
            factor = (user.tf_primary_method, user.tf_totp_secret)
            if factor != (before.tf_primary_method, before.tf_totp_secret):
                if user.tf_primary_method and user.tf_totp_secret:
                    service.keep_second_factor(
                        work, before.user_id, user.tf_primary_method, user.tf_totp_secret, user.first_counter
                    )
                else:
                    service.drop_second_factor(work, before.user_id)
            elif tuple(user.codes) != before.recovery_codes:
                service.keep_recovery_codes(work, before.user_id, before.recovery_codes, user.codes)
            work.session.flush()
            written = queries.sign_in_record(work.session, work.now, user_id=before.user_id)
        assert written is not None
        user.record = written
        user.mf_recovery_codes = list(written.recovery_codes)
        return user

    def set_uniquifier(self, user: UserMixin, uniquifier: str | None = None) -> None:
        # The library calls it between the new password and put(): both are written together there.
        del uniquifier
        user.fs_uniquifier = service.new_uniquifier()


class OurPasswords(PasswordUtil):
    def normalize(self, password: str) -> str:
        return passwords.normalized(password)

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        del is_register
        normal = self.normalize(password)
        objection = passwords.objection(normal, kwargs["user"].name)
        return ([gettext(objection)] if objection else None), normal


class OurRecoveryCodes(MfRecoveryCodesUtil):
    """A code is used up in the same step that looks at it, so that it can't be used twice at once."""

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        assert isinstance(user, SignInUser)
        typed = unicodedata.normalize("NFKC", code).strip().lower().replace(" ", "")
        kept = list(user.codes)
        plain = self._decrypt_codes(kept)
        if len(plain) != len(kept) or typed not in plain:
            return False
        user.mf_recovery_codes = [sealed for sealed, one in zip(kept, plain, strict=True) if one != typed]
        try:
            current_app.extensions["security"].datastore.put(user)
        except Conflict:
            return False
        return True

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        del user, code
        return True


def _totp_class(archive: Archive) -> type[Totp]:
    class OurTotp(Totp):
        """Codes by the service's clock, each good for one sign-in."""

        def __init__(self, secrets: dict[str, str], issuer: str) -> None:
            self._totp = TOTP.using(
                issuer=issuer, secrets=secrets, now=lambda: archive.clock.now().timestamp()
            )

        def verify_totp(self, token: str, totp_secret: str, user: UserMixin, window: int = 0) -> bool:
            digits = unicodedata.normalize("NFKC", str(token)).replace(" ", "")
            try:
                match = self._totp.verify(digits, totp_secret, window=window)
            except (TokenError, ValueError):
                return False
            assert isinstance(user, SignInUser)
            if totp_secret != user.tf_totp_secret:
                user.first_counter = match.counter  # while enrolling; kept with the secret
                return True
            with archive.unit_of_work(user.actor()) as work:
                return service.take_code(work, user.record.user_id, match.counter)

    return OurTotp


def _as_typed(identity: str) -> str | None:
    return identity.strip().lower() or None


def _config(app: Flask, archive: Archive) -> dict[str, Any]:
    key = second_factor_key(archive.settings.data_dir)
    return {
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "VERIFY_URL": "/sign-in/again",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery",
        "TWO_FACTOR_RESCUE_URL": "/sign-in/help",
        "TWO_FACTOR_SELECT_URL": "/sign-in/choose",
        "CHANGE_URL": "/account/password",
        "TWO_FACTOR_SETUP_URL": "/account/second-factor",
        "MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "LOGIN_USER_TEMPLATE": "people/sign_in.html",
        "VERIFY_TEMPLATE": "people/sign_in_again.html",
        "TWO_FACTOR_VERIFY_CODE_TEMPLATE": "people/code.html",
        "MULTI_FACTOR_RECOVERY_TEMPLATE": "people/recovery.html",
        "CHANGE_PASSWORD_TEMPLATE": "people/password.html",
        "TWO_FACTOR_SETUP_TEMPLATE": "people/second_factor.html",
        "MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "people/recovery_codes.html",
        "POST_LOGIN_VIEW": "/",
        "POST_LOGOUT_VIEW": "/sign-in",
        "POST_CHANGE_VIEW": "/account",
        "POST_VERIFY_VIEW": "/account",
        "TWO_FACTOR_POST_SETUP_VIEW": "account.after_second_factor",
        "STATIC_FOLDER": None,
        # It would write "no-store=True", which no cache understands; ours stands on every answer.
        "CACHE_CONTROL": {},
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "CHANGEABLE": True,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TOTP_ISSUER": "Archive",
        "TOTP_SECRETS": {"1": key},
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [fernet_key(key)],
        "USER_IDENTITY_ATTRIBUTES": [{"name": {"mapper": _as_typed, "case_insensitive": True}}],
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "PASSWORD_SINGLE_HASH": {"argon2"},
        "PASSWORD_HASH_PASSLIB_OPTIONS": {
            f"argon2__{name}": value for name, value in asdict(passwords.COST).items()
        },
        "PASSWORD_SALT": app.secret_key,
        "SEND_PASSWORD_CHANGE_EMAIL": False,
        "API_ENABLED_METHODS": ["session"],
        "FRESHNESS": FRESH,
        "FRESHNESS_GRACE_PERIOD": FRESH,
        "FRESHNESS_ALLOW_AUTH_TOKEN": False,
        **{f"MSG_{name}": message for name, message in MESSAGES.items()},
    }


def init_sign_in(app: Flask, archive: Archive) -> None:
    app.config.update({f"SECURITY_{name}": value for name, value in _config(app, archive).items()})
    security = Security(
        app,
        Accounts(archive),
        login_form=forms.SignInForm,
        logout_form=forms.SignOutForm,
        verify_form=forms.AgainForm,
        change_password_form=forms.PasswordForm,
        two_factor_setup_form=forms.SecondFactorForm,
        two_factor_verify_code_form=forms.CodeForm,
        two_factor_rescue_form=forms.NoRescueForm,
        mf_recovery_form=forms.RecoveryForm,
        mf_recovery_codes_form=forms.RecoveryCodesForm,
        password_util_cls=OurPasswords,
        totp_cls=_totp_class(archive),
        mf_recovery_codes_util_cls=OurRecoveryCodes,
    )
    # Pages only: programs come with tokens of ours and never sign in.
    security.want_json(lambda _request: False)
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    with app.app_context():
        # Its texts are ours (see words), so they stand in our catalogue.
        security.i18n_domain = get_domain()
    user_authenticated.connect(_on_signed_in, app)
    user_logged_out.connect(_on_signed_out, app)


def _on_signed_in(app: Flask, user: SignInUser, **_extra: object) -> None:
    """Also after a new password, which signs in again."""
    del app
    rename_session()
    session[ACCOUNT] = user.id
    for place in (session, g):
        place.pop("csrf_token", None)
    if request.endpoint == "security.change_password":
        return
    with current_archive().unit_of_work(user.actor()) as work:
        service.signed_in(work, user.record.user_id)
        service.remember_place(work.session, work.now, user.name, request.remote_addr or "")
    if user.record.language:
        after_this_request(partial(remember_language, language=user.record.language))


def _on_signed_out(app: Flask, **_extra: object) -> None:
    del app
    session.clear()
