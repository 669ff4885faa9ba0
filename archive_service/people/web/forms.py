"""Forms of people. The sign-in library's get our words, count their wrong tries and refuse foreign fields."""

from collections.abc import Callable
from typing import Any

from flask import current_app, request
from flask_babel import gettext, lazy_gettext
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    LogoutForm,
    MfRecoveryCodesForm,
    MfRecoveryForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
    current_user,
)
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from archive_service.people import service
from archive_service.people.rules import passwords
from archive_service.people.rules.roles import MOST_TOKEN_DAYS, ROLE_NAMES, Role, Scope
from archive_service.people.web.words import WRONG
from archive_service.web import ServiceForm, current_archive, refuse_unknown
from archive_service.web.i18n import LANGUAGES

NEEDED = DataRequired(message=lazy_gettext("Please fill this in."))
_ROLES = [SelectChoice(role.value, lazy_gettext(ROLE_NAMES[role])) for role in Role]


class _Ours:
    """Mixed into the library's forms."""

    def validate_on_submit(self) -> bool:
        if not self.is_submitted():  # type: ignore[attr-defined]  # of the form it is mixed into
            return False
        refuse_unknown(frozenset(field.name for field in self))  # type: ignore[attr-defined]
        return bool(self.validate())  # type: ignore[attr-defined]


def _counted(
    name: str, check: Callable[[], bool], was_wrong: Callable[[], bool], *, code: bool = False
) -> bool:
    """Run ``check`` as one try on the account ``name``; ``code``: not at its password.

    Raises TooManyTries if there were too many before.
    """
    archive = current_archive()
    now = archive.clock.now()
    with archive.sessions.writing() as database:
        begun = service.begin_try(database, now, name, request.remote_addr or "", code=code)
    right = check()
    with archive.sessions.writing() as database:
        (service.was_wrong if not right and was_wrong() else service.was_right)(database, begun)
    return right


def name_of(user: object) -> str:
    """The sign-in name; the library's own type of a user doesn't know it."""
    name: str = getattr(user, "name")  # noqa: B009
    return name


class SignInForm(_Ours, LoginForm):
    email = None
    remember = None
    name = StringField(
        lazy_gettext("Sign-in name"),
        validators=[NEEDED, Length(max=200)],
        render_kw={
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "autofocus": True,
        },
    )
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[NEEDED, Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(lazy_gettext("Sign in"))

    def validate(self, **kwargs: Any) -> bool:
        typed, password = self.name.data, self.password.data
        if not typed or not typed.strip() or not password:
            return bool(super().validate(**kwargs))
        return _counted(typed, lambda: self._check(typed, **kwargs), lambda: not self.user_authenticated)

    def _check(self, typed: str, **kwargs: Any) -> bool:
        self.ifield = self.name
        self.user = current_app.extensions["security"].datastore.find_user(name=typed)
        if super().validate(**kwargs):
            return True
        if not self.user_authenticated and not self.next.errors:
            # One answer, whether the name or the password is wrong.
            self.name.errors, self.password.errors = [], []
            self.form_errors = [gettext(WRONG)]
        return False


class SignOutForm(_Ours, LogoutForm):
    pass


class AgainForm(_Ours, VerifyForm):
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[NEEDED, Length(max=1000)],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )
    submit = SubmitField(lazy_gettext("Go on"))

    def validate(self, **kwargs: Any) -> bool:
        if not self.password.data:
            return bool(super().validate(**kwargs))
        check = super().validate
        return _counted(name_of(self.user), lambda: bool(check(**kwargs)), lambda: bool(self.password.errors))


class PasswordForm(_Ours, ChangePasswordForm):
    password = PasswordField(
        lazy_gettext("Present password"),
        validators=[NEEDED, Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        lazy_gettext("New password"),
        validators=[NEEDED, Length(max=1000)],
        render_kw={"autocomplete": "new-password"},
    )
    new_password_confirm = PasswordField(
        lazy_gettext("New password once more"),
        validators=[NEEDED, EqualTo("new_password", message=lazy_gettext("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField(lazy_gettext("Change the password"))

    def validate(self, **kwargs: Any) -> bool:
        if not self.password.data:
            return bool(super().validate(**kwargs))
        for field in (self.new_password, self.new_password_confirm):
            # The library compares the new password with the normalized old one.
            field.data = passwords.normalized(field.data or "")
        check = super().validate
        return _counted(
            name_of(current_user), lambda: bool(check(**kwargs)), lambda: bool(self.password.errors)
        )


class SecondFactorForm(_Ours, TwoFactorSetupForm):
    setup = RadioField(
        choices=[SelectChoice("authenticator"), SelectChoice("disable")],
        validate_choice=False,  # the library looks at it with the person's roles in mind
    )


class NoRescueForm(TwoFactorRescueForm):
    """Help by e-mail, which nobody gets here; the library makes the form all the same."""

    help_setup = RadioField(choices=[SelectChoice("help")])


class CodeForm(_Ours, TwoFactorVerifyCodeForm):
    code = StringField(
        lazy_gettext("Six digits from the app"),
        validators=[NEEDED, Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True},
    )
    submit = SubmitField(lazy_gettext("Go on"))

    def validate(self, **kwargs: Any) -> bool:
        if not self.code.data or self.is_setup or self.user is None:
            return bool(super().validate(**kwargs))
        check = super().validate
        return _counted(name_of(self.user), lambda: bool(check(**kwargs)), lambda: True, code=True)


class RecoveryForm(_Ours, MfRecoveryForm):
    code = StringField(
        lazy_gettext("Recovery code"),
        validators=[NEEDED, Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    submit = SubmitField(lazy_gettext("Go on"))

    def validate(self, **kwargs: Any) -> bool:
        if not self.code.data or self.user is None:
            return bool(super().validate(**kwargs))
        check = super().validate
        return _counted(name_of(self.user), lambda: bool(check(**kwargs)), lambda: True, code=True)


class RecoveryCodesForm(_Ours, MfRecoveryCodesForm):
    generate_new_codes = SubmitField(lazy_gettext("Make new codes"))


def good_password(form: ServiceForm, field: PasswordField) -> None:
    """A validator; the sign-in name is looked for in the form's ``name`` if there is one."""
    name = form.name.data if "name" in form else getattr(form, "login_name", "")
    objection = passwords.objection(passwords.normalized(field.data or ""), (name or "").strip())
    if objection:
        raise ValidationError(gettext(objection))


def _new_password(needed: bool = True) -> PasswordField:
    return PasswordField(
        lazy_gettext("Password"),
        validators=[NEEDED if needed else Optional(), Length(max=1000), good_password],
        render_kw={"autocomplete": "new-password"},
    )


def _once_more(needed: bool = True) -> PasswordField:
    same = EqualTo("password", message=lazy_gettext("The two passwords differ."))
    return PasswordField(
        lazy_gettext("Password once more"),
        validators=[NEEDED, same] if needed else [same],
        render_kw={"autocomplete": "new-password"},
    )


def _name() -> StringField:
    return StringField(
        lazy_gettext("Sign-in name"),
        validators=[NEEDED, Length(max=64)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class FirstAdministratorForm(ServiceForm):
    name = _name()
    display_name = StringField(
        lazy_gettext("Your name"), validators=[NEEDED, Length(max=80)], render_kw={"autocomplete": "name"}
    )
    password = _new_password()
    password_again = _once_more()
    also_archivist = BooleanField(
        lazy_gettext("I also work with the papers myself (archivist)"), default=True
    )
    submit = SubmitField(lazy_gettext("Set up the service"))


class ChoosePasswordForm(ServiceForm):
    login_name = ""
    password = _new_password()
    password_again = _once_more()
    submit = SubmitField(lazy_gettext("Keep this password"))


class Ticks(SelectMultipleField):  # type: ignore[misc]  # the library has no types
    """Several choices as check-boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NewPersonForm(ServiceForm):
    name = _name()
    display_name = StringField(lazy_gettext("Full name"), validators=[NEEDED, Length(max=80)])
    roles = Ticks(lazy_gettext("Roles"), choices=_ROLES)
    password = _new_password(needed=False)
    password_again = _once_more(needed=False)
    submit = SubmitField(lazy_gettext("Make the account"))


class GrantForm(ServiceForm):
    role = SelectField(lazy_gettext("Role"), choices=_ROLES)
    valid_from = DateField(lazy_gettext("First day"), validators=[Optional()])
    valid_to = DateField(lazy_gettext("Last day"), validators=[Optional()])
    classes = StringField(
        lazy_gettext("Classes of its own"),
        validators=[Length(max=200)],
        render_kw={"placeholder": "KJ.02 ZX"},
    )
    submit = SubmitField(lazy_gettext("Grant the role"))


class ClassesForm(ServiceForm):
    classes = StringField(lazy_gettext("Classes of its own"), validators=[Length(max=200)])


class DecideForm(ServiceForm):
    """Somebody else's word on a role."""

    answer = StringField(validators=[Length(max=20)])
    comment = StringField(validators=[Length(max=1000)])


class TokenForm(ServiceForm):
    name = StringField(lazy_gettext("What it is for"), validators=[NEEDED, Length(max=80)])
    scopes = Ticks(
        lazy_gettext("It may"),
        choices=[
            SelectChoice(Scope.READ.value, lazy_gettext("read: search and fetch documents")),
            SelectChoice(Scope.WRITE.value, lazy_gettext("write: upload and describe documents")),
        ],
        validators=[NEEDED],
    )
    days = IntegerField(
        lazy_gettext("Works for days"),
        default=30,
        validators=[NumberRange(1, MOST_TOKEN_DAYS, message=lazy_gettext("A token works for 1 to 90 days."))],
        render_kw={"min": 1, "max": MOST_TOKEN_DAYS},
    )
    submit = SubmitField(lazy_gettext("Make the token"))


class LanguageForm(ServiceForm):
    language = SelectField(
        lazy_gettext("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )
    submit = SubmitField(lazy_gettext("Save"))


class EmailForm(ServiceForm):
    email = StringField(
        lazy_gettext("E-mail address"),
        description=lazy_gettext("Reminders also come here where the service sends mail. Empty: none."),
        validators=[Length(max=254)],
        render_kw={"type": "email", "autocomplete": "email"},
    )
    submit = SubmitField(lazy_gettext("Save"))


class ButtonForm(ServiceForm):
    """A single button: nothing is sent but the token."""
