"""What a capability adds to the pages of those below it: a card on the page of a unit, a line on that of a case file.

The page asks for the additions of its place and knows nobody who answers; whoever answers checks rights by itself.
"""

from collections.abc import Callable
from typing import Final

from flask import Flask, current_app
from markupsafe import Markup

_ADDITIONS: Final = "archive_additions"

Addition = Callable[[object], str]
"""Of the id of what the page shows, a piece of the page made by a template, or "" for nothing."""


def register_addition(app: Flask, place: str, addition: Addition) -> None:
    """``place``: the endpoint of the page, such as ``premises.unit``."""
    added: dict[str, list[Addition]] = app.extensions.setdefault(_ADDITIONS, {})
    added.setdefault(place, []).append(addition)


def additions(place: str, of: object) -> Markup:
    """All that was registered for the place, one after the other."""
    added: dict[str, list[Addition]] = current_app.extensions.get(_ADDITIONS, {})
    # Templates made them, and templates escape what they are given.
    return Markup("").join(Markup(addition(of)) for addition in added.get(place, ()))  # noqa: S704
