"""A form that was sent too late: what the person typed, what somebody else saved meanwhile, and which shall hold.

One piece for every form that carries a revision. The form comes back with ``told_again`` filled in and, below each
field of ``Both``, what is stored now with a box to tick (``web/macros.html``: ``meanwhile``); sent again, ``taken``
puts the stored values where they were ticked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import request

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
