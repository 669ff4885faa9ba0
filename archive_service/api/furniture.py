"""Puts the API's furniture into the service."""

from apiflask import APIFlask
from flask import Flask
from flask.json.provider import DefaultJSONProvider

from archive_service.api import description, doors, health, limits


class ReadableJson(DefaultJSONProvider):
    """Chinese as itself, and members in the order in which the schemas have them."""

    ensure_ascii = False
    sort_keys = False


def init_app(app: Flask) -> None:
    """After the pages' furniture, before the capabilities' own calls."""
    assert isinstance(app, APIFlask)
    # As the class and not as the object: sign-in derives from it to make its own.
    app.json_provider_class = ReadableJson
    app.json = ReadableJson(app)
    limits.init_limits(app)
    doors.init_doors(app)
    app.register_blueprint(health.blueprint)
    description.init_description(app)
