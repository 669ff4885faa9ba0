"""The entries of the page's navigation. Capabilities register theirs; a person sees what their role uses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from flask import Flask, current_app, request

from archive_service.kernel.actor import Actor, Permission

_PLACES: Final = "archive_places"
_MENU: Final = "archive_menu"


class Label(Protocol):
    """A text that knows its translation only when it is shown (``lazy_gettext``), or a plain string."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """``endpoint`` takes no arguments; ``icon`` is a name from frontend/icons.txt.

    ``permission``: who has it sees the place; None for everybody who is signed in.
    """

    order: int
    key: str
    label: Label = field(compare=False)
    endpoint: str = field(compare=False)
    icon: str = field(compare=False)
    permission: Permission | None = field(default=None, compare=False)

    def is_for(self, actor: Actor) -> bool:
        if actor.is_anonymous:
            return False
        return self.permission is None or actor.may(self.permission)


@dataclass(frozen=True, slots=True, order=True)
class MenuEntry:
    """A line of the menu under a person's name. ``posts``: a button with a token."""

    order: int
    label: Label = field(compare=False)
    endpoint: str = field(compare=False)
    icon: str = field(compare=False)
    posts: bool = field(default=False, compare=False)


def register_place(app: Flask, place: Place) -> None:
    places: dict[str, Place] = app.extensions.setdefault(_PLACES, {})
    if place.key in places:
        raise ValueError(f"place {place.key} is registered twice")
    places[place.key] = place


def register_menu_entry(app: Flask, entry: MenuEntry) -> None:
    entries: list[MenuEntry] = app.extensions.setdefault(_MENU, [])
    entries.append(entry)


def places_for(actor: Actor) -> tuple[Place, ...]:
    places: dict[str, Place] = current_app.extensions.get(_PLACES, {})
    return tuple(sorted(place for place in places.values() if place.is_for(actor)))


def menu_for(actor: Actor) -> tuple[MenuEntry, ...]:
    entries: list[MenuEntry] = current_app.extensions.get(_MENU, [])
    return () if actor.is_anonymous else tuple(sorted(entries))


def place_here(places: Sequence[Place], named: str | None) -> str | None:
    """Key of the place that the page belongs to: as the page itself says, else by its endpoint or its blueprint."""
    if named:
        return named
    for place in places:
        if place.endpoint == request.endpoint:
            return place.key
    for place in places:
        if request.blueprint and place.endpoint.split(".", 1)[0] == request.blueprint:
            return place.key
    return None
