"""What can go wrong, in words for the person at the counter. Knows no HTTP; ``web`` maps classes to statuses.

``message`` is an English message id with ``%(name)s`` places; it is translated where it is shown. ``code`` is
stable and may be relied upon by programs.
"""

from typing import ClassVar


def N_(message: str) -> str:
    """Marks a message for the catalogue without translating it here."""
    return message


class ArchiveError(Exception):
    """``facts`` fill the places of the message; they must hold no personal data, since they are logged."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = N_("Something went wrong. Nothing was lost; please try again.")

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.code, facts)

    def __str__(self) -> str:
        try:
            return self.message % self.facts
        except KeyError:
            return self.message


class NotFound(ArchiveError):
    code = "not-found"
    message = N_("There is nothing here, or you may not see it.")


class SignInNeeded(ArchiveError):
    code = "sign-in-needed"
    message = N_("Please sign in first.")


class Forbidden(ArchiveError):
    code = "forbidden"
    message = N_("Your role does not allow this.")


class Invalid(ArchiveError):
    """An input that can't be taken; ``field`` names it where there is one."""

    code = "invalid"
    message = N_("Something in the form is not right. Please check and send it again.")


class UnknownField(Invalid):
    code = "invalid.unknown-field"
    message = N_("The field “%(field)s” is not known here.")


class Conflict(ArchiveError):
    """Somebody was faster, or the state no longer allows it."""

    code = "conflict"
    message = N_("Somebody else changed this in the meantime. Please look at it again.")


class TooLarge(ArchiveError):
    code = "too-large"
    message = N_("The file is larger than %(limit)s, the most that is taken here.")


class TooManyRequests(ArchiveError):
    code = "too-many-requests"
    message = N_("Too many tries. Please wait a while and try again.")


class StorageFull(ArchiveError):
    code = "storage-full"
    message = N_("The disk is full, so nothing was saved. Please tell the administrator, then upload again.")


class StorageBroken(ArchiveError):
    code = "storage-broken"
    message = N_("The disk did not take the file, so nothing was saved. Please tell the administrator.")


class Busy(ArchiveError):
    code = "busy"
    message = N_("The service is busy right now. Please try again in a moment.")
