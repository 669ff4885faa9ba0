from typing import Final

from argon2 import PasswordHasher
from argon2.low_level import Type

from archive_service.kernel.errors import Invalid
from archive_service.people.rules import passwords as rules

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)


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


def hash_of(password: str, login_name: str) -> str:
    """Argon2id hash of a password that is good enough. Raises a kind of Invalid that says why it isn't."""
    password = rules.normalized(password)
    objection = rules.objection(password, login_name)
    if objection is not None:
        raise _ERRORS[objection]()
    return _HASHER.hash(password)
