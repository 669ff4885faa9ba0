"""Who follows a title transfer, in a process that serves pages and programs: registered by the floor above."""

from typing import Final

from flask import Flask, current_app

from archive_service.records.service.following import Follower

_FOLLOWER: Final = "archive_title_follower"


def register_follower(app: Flask, follower: Follower) -> None:
    app.extensions[_FOLLOWER] = follower


def current_follower() -> Follower | None:
    found: Follower | None = current_app.extensions.get(_FOLLOWER)
    return found
