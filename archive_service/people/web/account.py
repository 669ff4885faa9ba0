"""One's own account: password, second factor, language, tokens for programs, open sessions."""

from typing import Final

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy.exc import DBAPIError

from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import TokenId, UserId
from archive_service.people import queries, service
from archive_service.people.rules.roles import ROLE_NAMES, Scope
from archive_service.people.web.browser_sessions import BrowserSession
from archive_service.people.web.forms import ButtonForm, EmailForm, LanguageForm, TokenForm
from archive_service.people.web.gate import fresh_sign_in
from archive_service.people.web.sign_in import SignInUser, remember_language
from archive_service.web import current_actor, current_archive, current_language, explain

log = structlog.get_logger()
blueprint = Blueprint("account", __name__, template_folder="../templates")


_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
"""What a browser calls itself, the telling word first: the later ones stand in the others' names as well."""


def browser_of(agent: str) -> str:
    """``Chrome · Windows``: enough to know one's own devices by; empty for what nobody knows."""
    names = [next((name for word, name in table if word in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in names if name)


def _me() -> SignInUser:
    user = current_user._get_current_object()
    assert isinstance(user, SignInUser)  # the gate lets nobody else in
    return user


def _my_id() -> UserId:
    actor = current_actor()
    actor.must(Permission.OWN_ACCOUNT)
    assert actor.user_id is not None
    return actor.user_id


@blueprint.get("/account")
def page() -> ResponseReturnValue:
    return _render(TokenForm(formdata=None))


def _render(token_form: TokenForm, new_token: str | None = None, email_form: EmailForm | None = None) -> str:
    archive, user_id = current_archive(), _my_id()
    now = archive.clock.now()
    opened = session._get_current_object()  # type: ignore[attr-defined]  # what the proxy stands for
    here = opened.row.id if isinstance(opened, BrowserSession) and opened.row else ""
    with archive.reading() as database:
        person = queries.person(database, now, user_id)
        tokens = [token for token in queries.tokens(database, user_id) if token.is_live(now)]
        sessions = queries.sessions_of(database, user_id, now)
    return render_template(
        "people/account.html",
        person=person,
        role_names=ROLE_NAMES,
        tokens=tokens,
        sessions=sessions,
        here=here,
        browser_of=browser_of,
        codes_left=len(_me().codes),
        token_form=token_form,
        email_form=email_form or EmailForm(formdata=None, email=_me().email),
        language_form=LanguageForm(formdata=None, language=current_language()),
        button=ButtonForm(formdata=None),
        new_token=new_token,
    )


def keep_language(language: str) -> None:
    """What was chosen with the switch on any page stays the person's own, on other devices too."""
    actor = current_actor()
    if actor.user_id is None:
        return
    try:
        with current_archive().unit_of_work(actor) as work:
            service.set_language(work, actor.user_id, language)
    except DBAPIError:
        # The page can be read in another language while nothing can be written.
        log.warning("language.not-kept", exc_info=True)


@blueprint.post("/account/language")
def language() -> ResponseReturnValue:
    form = LanguageForm()
    if form.validate_on_submit():
        with current_archive().unit_of_work(current_actor()) as work:
            service.set_language(work, _my_id(), form.language.data)
        answer = redirect(url_for("account.page"), code=303)
        return remember_language(answer, form.language.data)  # type: ignore[arg-type]  # Flask's own subclass
    return redirect(url_for("account.page"), code=303)


@blueprint.post("/account/email")
def email() -> ResponseReturnValue:
    form = EmailForm()
    if not form.validate_on_submit():
        return _render(TokenForm(formdata=None), email_form=form), 422
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.set_email(work, _my_id(), form.email.data or "")
    except service.BadEmail as error:
        form.email.errors = [explain(error)]
        return _render(TokenForm(formdata=None), email_form=form), 422
    flash(gettext("Your e-mail address was saved."), "success")
    return redirect(url_for("account.page"), code=303)


@blueprint.post("/account/tokens")
@fresh_sign_in
def make_token() -> ResponseReturnValue:
    form = TokenForm()
    if not form.validate_on_submit():
        return _render(form), 422
    with current_archive().unit_of_work(current_actor()) as work:
        _token_id, plain = service.create_token(
            work,
            _my_id(),
            name=form.name.data,
            scopes={Scope(scope) for scope in form.scopes.data},
            days=form.days.data,
        )
    return _render(TokenForm(formdata=None), plain)


@blueprint.post("/account/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    with current_archive().unit_of_work(current_actor()) as work:
        service.revoke_token(work, TokenId(token_id))
    flash(gettext("The token has ended."), "success")
    return redirect(url_for("account.page"), code=303)


@blueprint.post("/account/sessions/end")
def end_other_sessions() -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    opened = session._get_current_object()  # type: ignore[attr-defined]  # what the proxy stands for
    here = opened.row.id if isinstance(opened, BrowserSession) and opened.row else None
    with current_archive().unit_of_work(current_actor()) as work:
        service.end_sessions_of(work, _my_id(), but=here)
    flash(gettext("You are signed out everywhere else."), "success")
    return redirect(url_for("account.page"), code=303)


@blueprint.get("/account/second-factor/done")
def after_second_factor() -> ResponseReturnValue:
    """Who has just turned it on gets recovery codes at once; who has them, or has turned it off, goes back."""
    user = _me()
    if user.tf_primary_method and not user.codes:
        return _first_codes(user)
    return redirect(url_for("account.page"), code=303)


@fresh_sign_in
def _first_codes(user: SignInUser) -> ResponseReturnValue:
    codes = current_app.extensions["security"].mf_recovery_codes_util.create_recovery_codes(user)
    return render_template("people/recovery_codes.html", recovery_codes=codes, just_made=True)
