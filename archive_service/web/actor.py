"""Who is looking: asked once a request, from whatever loader sign-in has put in."""

from collections.abc import Callable
from typing import Final

from flask import Flask, current_app, g

from archive_service.kernel.actor import ANONYMOUS, Actor

_LOADER: Final = "archive_actor_loader"


def set_actor_loader(app: Flask, loader: Callable[[], Actor]) -> None:
    """``loader`` is called inside a request, at most once; until there is one everybody is anonymous."""
    app.extensions[_LOADER] = loader


def current_actor() -> Actor:
    """The person of this request. ``g.actor``, if a view set it (a token's owner), comes first."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        loader: Callable[[], Actor] | None = current_app.extensions.get(_LOADER)
        actor = g.actor = loader() if loader is not None else ANONYMOUS
    return actor
