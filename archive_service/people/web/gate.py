"""Who may come in at all: everybody signs in first, nobody before there is an account, and roles with power
only with a second factor once their grace is over.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from flask_security.utils import check_and_update_authn_fresh
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import ANONYMOUS, Actor
from archive_service.kernel.errors import N_, Busy, Forbidden, SignInNeeded
from archive_service.people import queries, service
from archive_service.people.queries import TokenHolder
from archive_service.people.rules.roles import Role, needs_second_factor, second_factor_deadline
from archive_service.people.web.sign_in import FRESH, SignInUser
from archive_service.web import current_actor, current_archive, set_actor_loader
from archive_service.web.security import SAFE_METHODS

P = ParamSpec("P")
R = TypeVar("R")

_OPEN: Final = frozenset(
    {
        "assets.favicon",
        "assets.serve",
        "language.switch",
        "security.login",
        "security.logout",
        "security.two_factor_token_validation",
        "security.mf_recovery",
        "setup.not_yet",
        "setup.by_link",
    }
)
# What the library brings along and nobody uses here: help by e-mail, a choice between several second factors.
_CLOSED: Final = frozenset(
    {
        "security.two_factor_rescue",
        "security.tf_select",
        "security.two_factor_setup_validate",
        "security.static",
    }
)
# The library signs out who comes here without having begun, and following a link must not do that.
_ON_THE_WAY_IN: Final = frozenset({"security.two_factor_token_validation", "security.mf_recovery"})
_BEFORE_SECOND_FACTOR: Final = _OPEN | {
    "security.two_factor_setup",
    "security.verify",
    "security.mf_recovery_codes",
    "account.after_second_factor",
}


class NotSetUp(Busy):
    code = "not-set-up"
    message = N_("The service is not set up yet. The start link stands in the window of the server.")


class SecondFactorDue(Forbidden):
    code = "people.second-factor-due"
    message = N_("Your role needs a second factor at sign-in. Please set it up under “My account” first.")


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that answers without sign-in, as the health checks do."""
    view.open_to_all = True  # type: ignore[attr-defined]  # read back below
    return view


def init_gate(app: Flask, archive: Archive) -> None:
    set_actor_loader(app, load_actor)
    set_up = False

    @app.before_request
    def check() -> ResponseReturnValue | None:
        nonlocal set_up
        endpoint = request.endpoint
        # The process answers that it lives even while its database does not.
        if endpoint is None or request.path.startswith("/health/"):
            return None
        if endpoint in _CLOSED:
            raise NotFound()
        if request.blueprint == "security" and request.is_json:
            raise UnsupportedMediaType()
        is_open = endpoint in _OPEN or getattr(app.view_functions[endpoint], "open_to_all", False)
        if not set_up:
            with archive.reading() as session:
                set_up = queries.any_user(session)
            if not set_up:
                return _before_set_up(endpoint, is_open)
        if is_open:
            if (
                endpoint in _ON_THE_WAY_IN
                and request.method in SAFE_METHODS
                and current_user.is_authenticated
            ):
                return redirect("/")
            return None
        # The API's own door looks at strangers: some of its calls are open to them.
        if current_actor().is_anonymous and not request.path.startswith("/api/"):
            raise SignInNeeded()
        return _check_second_factor(endpoint)

    app.jinja_env.globals["page_notices"] = page_notices


def _before_set_up(endpoint: str, is_open: bool) -> ResponseReturnValue | None:
    if endpoint.startswith("setup.") or (is_open and not endpoint.startswith("security.")):
        return None
    if request.path.startswith("/api/") or request.method not in SAFE_METHODS:
        raise NotSetUp()
    return redirect(url_for("setup.not_yet"), code=303)


def load_actor() -> Actor:
    """The token's owner on the API, else whoever has signed in; a token never falls back on a cookie."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if request.path.startswith("/api/") and kind.lower() == "bearer":
        holder = _holder_of(current_archive(), token.strip())
        g.token_holder = holder
        return ANONYMOUS if holder is None else holder.actor
    user = current_user._get_current_object()
    return user.actor() if isinstance(user, SignInUser) else ANONYMOUS


def _holder_of(archive: Archive, token: str) -> TokenHolder | None:
    now = archive.clock.now()
    with archive.reading() as session:
        holder = queries.holder_of_token(session, token, now)
        stale = queries.stale_token(session, token, now) if holder else None
    if holder is not None and stale is not None:
        with archive.unit_of_work(holder.actor) as work:
            service.touch_token(work, stale)
    return holder


def _second_factor_days_left(
    roles: Collection[Role], *, enrolled: bool, first_signed_in_at: datetime | None
) -> int | None:
    """Days until the second factor is due, 0 when it is overdue, None when it isn't asked for."""
    if enrolled or not needs_second_factor(roles):
        return None
    if current_archive().settings.two_factor != "required":
        return None
    now = current_archive().clock.now()
    left = second_factor_deadline(first_signed_in_at, now) - now
    return max(0, -(-left // timedelta(days=1)))


def _days_left_of(user: SignInUser) -> int | None:
    return _second_factor_days_left(
        user.record.roles,
        enrolled=user.tf_primary_method is not None,
        first_signed_in_at=user.record.first_signed_in_at,
    )


def _check_second_factor(endpoint: str) -> ResponseReturnValue | None:
    holder: TokenHolder | None = g.get("token_holder")
    if holder is not None:
        # A token made in the first week would else carry its owner past the deadline for the rest of its days.
        left = _second_factor_days_left(
            holder.roles, enrolled=holder.second_factor, first_signed_in_at=holder.first_signed_in_at
        )
        if left == 0:
            raise SecondFactorDue()
        return None
    user = current_user._get_current_object()
    if not isinstance(user, SignInUser) or endpoint in _BEFORE_SECOND_FACTOR:
        return None
    if _days_left_of(user) != 0:
        return None
    if request.method in SAFE_METHODS and not request.path.startswith("/api/"):
        return redirect(url_for("security.two_factor_setup"), code=303)
    raise SecondFactorDue()


def page_notices() -> list[tuple[str, str, str]]:
    """What stands on top of a page: (text, address, label of the link). Advice stands on the start page and on
    one's own account only; what will be enforced stands everywhere."""
    user = current_user._get_current_object()
    if not isinstance(user, SignInUser) or user.tf_primary_method is not None:
        return []
    if not needs_second_factor(user.record.roles) or request.endpoint == "security.two_factor_setup":
        return []
    left = _days_left_of(user)
    if left is None:
        if request.path != "/" and request.blueprint != "account":
            return []
        text = gettext("Protect your account: sign in with a code from your telephone as well.")
    elif left == 0:
        text = gettext("Your role needs a second factor. Nothing else opens until it is set up.")
    else:
        text = gettext(
            "Your role needs a second factor at sign-in. Please set it up within %(days)s days.", days=left
        )
    return [(text, url_for("security.two_factor_setup"), gettext("Set it up"))]


def fresh_sign_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """For steps with consequences: whose password was typed longer ago than FRESH types it again first."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if check_and_update_authn_fresh(FRESH, FRESH, "session"):
            return view(*args, **kwargs)
        security = current_app.extensions["security"]
        answer: ResponseReturnValue = security._reauthn_handler(FRESH, FRESH)
        return answer

    return guarded
