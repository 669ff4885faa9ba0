import re
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Final

from argon2 import PasswordHasher
from argon2.low_level import Type

from archive_service.kernel.errors import N_, Invalid
from archive_service.people.rules import passwords as rules

_NAME: Final = re.compile(r"\w[\w.@-]{0,63}")


class BadName(Invalid):
    code = "people.bad-name"
    message = N_(
        "A sign-in name has letters, digits, dots, hyphens or underlines, at most 64, and no blanks."
    )


class PasswordTooShort(Invalid):
    code = "people.password-too-short"
    message = rules.TOO_SHORT


class PasswordTooLong(Invalid):
    code = "people.password-too-long"
    message = rules.TOO_LONG


class PasswordTooCommon(Invalid):
    code = "people.password-too-common"
    message = rules.TOO_COMMON


class PasswordIsTheName(Invalid):
    code = "people.password-is-the-name"
    message = rules.LIKE_THE_NAME


_ERRORS: Final[dict[str, type[Invalid]]] = {
    error.message: error
    for error in (PasswordTooShort, PasswordTooLong, PasswordTooCommon, PasswordIsTheName)
}


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """A password that is good enough for ``login_name``, the way it is kept."""

    login_name: str
    hash: str = field(repr=False)


def login_name_of(name: str) -> str:
    """The one spelling of a sign-in name. Raises BadName."""
    name = unicodedata.normalize("NFKC", name).strip().lower()
    if not _NAME.fullmatch(name):
        raise BadName()
    return name


def hash_password(password: str, login_name: str) -> HashedPassword:
    """Look at a password and hash it with Argon2id: slow on purpose, so before a transaction, never inside one.

    Raises BadName, or a kind of Invalid that says why the password isn't good enough.
    """
    login_name = login_name_of(login_name)
    password = rules.normalized(password)
    objection = rules.objection(password, login_name)
    if objection is not None:
        raise _ERRORS[objection]()
    return HashedPassword(login_name, PasswordHasher(**asdict(rules.COST), type=Type.ID).hash(password))
