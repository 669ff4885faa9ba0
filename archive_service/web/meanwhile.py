"""A form that was sent too late: what the person typed, what somebody else saved meanwhile, and which shall hold.

One piece for every form that carries a revision. The form comes back with ``told_again`` filled in and, below each
field of ``Both``, what is stored now with a box to tick (``web/macros.html``: ``meanwhile``); sent again, ``taken``
puts the stored values where they were ticked. ``weighed`` and ``take_into`` do the same with a form of WTForms.

A form that asks for a step (close it, promise it) has no field to hold against a stored one: ``asked_again`` shows
what was changed since the person looked and what they wrote, and offers to take the step all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, make_response, render_template, request
from wtforms import BooleanField, Field, Form, IntegerField, SelectMultipleField

from archive_service.kernel.errors import Conflict
from archive_service.web.i18n import explain

TAKE: Final = "take"
"""The name of those boxes: one for each field whose stored value shall hold."""


@dataclass(frozen=True, slots=True)
class Both:
    """``clash``: the person had changed it as well; otherwise the stored value is in the form already."""

    before: str | None  # what they had seen, where that is known
    yours: str
    stored: str
    clash: bool


def both(
    typed: Mapping[str, str], stored: Mapping[str, str], before: Mapping[str, str] | None = None
) -> dict[str, Both]:
    """The fields in which the stored values are others than those the person saw or typed.

    ``before``: of what was changed since they looked, what stood there then; None where nobody knows, and every
    difference counts as a clash.
    """
    if before is None:
        differing = {name: value for name, value in stored.items() if value != typed.get(name, "")}
        return {name: Both(None, typed.get(name, ""), value, True) for name, value in differing.items()}
    found = {}
    for name, seen in before.items():
        if name in stored and stored[name] != seen:
            yours = typed.get(name, "")
            found[name] = Both(seen, yours, stored[name], yours not in (seen, stored[name]))
    return found


def told_again(typed: Mapping[str, str], found: Mapping[str, Both]) -> dict[str, str]:
    """What the form shows now: the person's own words, and what others saved where they had changed nothing."""
    return {**typed, **{name: one.stored for name, one in found.items() if not one.clash}}


def taken(typed: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """``typed`` with the stored values of the ticked fields of this request."""
    ticked = set(request.form.getlist(TAKE))
    return {**typed, **{name: value for name, value in stored.items() if name in ticked}}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was changed meanwhile, in the reader's words. ``before``: as they saw it; "" where there was
    nothing, or nobody knows."""

    label: str
    before: str
    stored: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the person wrote beside the button that they pressed: a field of the form that asks again."""

    name: str
    label: str
    value: str
    kind: str = "text"
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()


def asked_again(
    error: Conflict,
    *,
    place: str,
    heading: str,
    button: str,
    back: str,
    lines: Sequence[Line],
    told: Sequence[Told] = (),
    hidden: Mapping[str, str],
    action: str = "",
    goes_on: bool = True,
) -> Response:
    """A page (409) instead of a step that was asked for too late: what was changed since, what the person wrote, and
    the same step once more. ``hidden``: the rest of its form, with the revision of now. ``goes_on``: False where
    the step can't be taken any more, or has been taken by somebody else."""
    page = render_template(
        "web/asked_again.html",
        trouble=explain(error),
        place=place,
        heading=heading,
        button=button,
        back=back,
        lines=lines,
        told=told,
        hidden=hidden,
        action=action or request.path,
        goes_on=goes_on,
    )
    return make_response(page, 409)


def texts_of(form: Form, names: Sequence[str]) -> dict[str, str]:
    """What the fields hold, as texts: ``yes`` for a ticked box, several choices one a line."""
    return {name: _text(form[name]) for name in names}


def _text(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "yes" if field.data else ""
    if isinstance(field, SelectMultipleField):
        return "\n".join(sorted(field.data or ()))  # a browser sends them in the order of the list
    text = "" if field.data is None else str(field.data)
    return "\n".join(text.strip().splitlines())


def put_into(form: Form, told: Mapping[str, str]) -> None:
    """The reverse of ``texts_of``."""
    for name, text in told.items():
        field: Any = form[name]
        if isinstance(field, BooleanField):
            field.data = bool(text)
        elif isinstance(field, SelectMultipleField):
            field.data = text.splitlines()
        elif isinstance(field, IntegerField):
            field.data, field.raw_data = int(text) if text else None, [text]
        else:
            field.data = text


def take_into(form: Form, stored: Mapping[str, str]) -> None:
    """Put the stored values of the ticked fields into the form, before it is saved."""
    ticked = set(request.form.getlist(TAKE))
    put_into(form, {name: value for name, value in stored.items() if name in ticked and name in form})


def weighed(
    form: Form, stored: Mapping[str, str], before: Mapping[str, str] | None = None
) -> dict[str, Both]:
    """``both`` of a form, which gets what others saved where the person had changed nothing."""
    found = both(texts_of(form, [name for name in stored if name in form]), stored, before)
    found = {name: one for name, one in found.items() if name in form}
    put_into(form, {name: one.stored for name, one in found.items() if not one.clash})
    return found
