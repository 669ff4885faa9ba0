"""Programs that call the API. Every answer they get is held against the API's own description."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from archive_service import people
from archive_service.api.description import spec_of
from archive_service.app import create_app
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.people import Scope
from tests.support.house import House
from tests.support.json_schema import misfits

DOCUMENTS = "/api/v1/documents"
BOTH = (Scope.READ, Scope.WRITE)


class Caller:
    """A program with a token, or without."""

    def __init__(self, app: Flask, token: str | None, language: str = "en") -> None:
        self.app = app
        self.headers = {"Accept-Language": language}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def __call__(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> TestResponse:
        # A client of its own for each call: programs keep no cookies.
        client = self.app.test_client()
        # Buffered: read to the end and closed, as a server does it.
        response = client.open(
            path, method=method, headers={**self.headers, **(headers or {})}, buffered=True, **more
        )
        assert_as_described(self.app, method, path, response)
        return response

    def get(self, path: str, **more: Any) -> TestResponse:
        return self("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self("POST", path, **more)

    def patch(self, path: str, **more: Any) -> TestResponse:
        return self("PATCH", path, **more)

    def brings(
        self,
        content: bytes = b"%PDF-1.4 a scan",
        name: str = "扫描件.pdf",
        key: str | None = None,
        **told: str,
    ) -> TestResponse:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.post(DOCUMENTS, headers=headers, data={"file": (io.BytesIO(content), name), **told})


def assert_as_described(app: Flask, method: str, path: str, response: TestResponse) -> None:
    """The status is described, and so is the body, to the last member."""
    rule = _template(app, method, path)
    if rule is None or method == "OPTIONS":
        return
    spec = spec_of(app)
    operation = spec["paths"][rule]["get" if method == "HEAD" else method.lower()]
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        assert response.status_code >= 400, f"{method} {rule}: {response.status_code} is not described"
        described = operation["responses"]["default"]
    kind = response.mimetype
    if method == "HEAD" or response.status_code in (206, 304):
        return
    assert kind in described["content"], f"{method} {rule}: {response.status_code} as {kind}"
    if kind.endswith("json"):
        wrong = list(misfits(response.json, described["content"][kind].get("schema", {}), spec))
        assert not wrong, f"{method} {rule} {response.status_code}: {wrong}"


def _template(app: Flask, method: str, path: str) -> str | None:
    """The path as the description spells it, or None for what is no call of the API."""
    try:
        rule, _ = app.url_map.bind("localhost").match(
            path.split("?", maxsplit=1)[0], method, return_rule=True
        )
    except HTTPException:
        return None
    template = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
    return template if template in spec_of(app)["paths"] else None


@pytest.fixture
def app(archive: Archive) -> Iterator[Flask]:
    made = create_app(archive)
    made.testing = True
    yield made


Calls = Callable[..., Caller]


@pytest.fixture
def calls(app: Flask, house: House) -> Calls:
    """``calls(chen)``: a program with a token of Chen's."""

    def program(person: Actor, *scopes: Scope, language: str = "en") -> Caller:
        assert person.user_id is not None
        with house.work() as work:
            _, token = people.create_token(work, person.user_id, name="test", scopes=scopes or BOTH)
        return Caller(app, token, language)

    return program


@pytest.fixture
def stranger(app: Flask) -> Caller:
    return Caller(app, None)
