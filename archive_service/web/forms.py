"""Forms that take what they ask for and refuse the rest."""

from typing import Final

from flask import request
from flask_wtf import FlaskForm

from archive_service.kernel.errors import UnknownField
from archive_service.web.meanwhile import TAKE

_ALWAYS: Final = frozenset({"csrf_token", "next"})


class ServiceForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A form of the service. A field that isn't its own is an attempt or a mistake, so it is told."""

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """True if it was sent and is right. Raises UnknownField for a field that the form doesn't have."""
        if not self.is_submitted():
            return False
        known = {field.name for field in self}
        # A form that says what the person saw may come back with boxes to take what is stored instead.
        refuse_unknown(frozenset(known | {TAKE} if "seen" in known else known))
        return bool(self.validate(extra_validators))


def only_asked(*names: str) -> None:
    """Raises UnknownField for a key in the address that the page doesn't know."""
    for name in request.args:
        if name not in names:
            raise UnknownField(field=name[:40])


def refuse_unknown(known: frozenset[str]) -> None:
    """For views that read ``request.form`` by hand. Raises UnknownField."""
    for name in (*request.form, *request.files):
        if name not in known and name not in _ALWAYS:
            raise UnknownField(field=name[:40])
