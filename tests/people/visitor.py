"""Somebody at a browser: reads the form on a page, fills it in, sends it with its token."""

import html
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Flask
from passlib.totp import TOTP  # type: ignore[import-untyped]  # has no types
from werkzeug.test import TestResponse

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import UserId
from archive_service.people import service
from archive_service.people.rules import passwords
from archive_service.people.rules.passwords import HashingCost
from archive_service.people.rules.roles import Role
from archive_service.people.service.passwords import hash_password
from tests.support.clock import MovableClock
from tests.support.seating import seat

PASSWORD = "vier Worte am Stück 4711"


@cache
def _hash_of_password(cost: HashingCost) -> str:
    """Hashing is slow on purpose; once is enough for all the people of the tests."""
    del cost  # it is what hashing costs just now
    return hash_password(PASSWORD, "somebody").hash


def add_person(archive: Archive, name: str, *roles: Role, password: str | None = PASSWORD) -> UserId:
    """Somebody with PASSWORD, or with none, who has these roles."""
    with archive.unit_of_work(service_actor("cli")) as work:
        user_id = service.add_person(work, name=name, display_name=f"{name} 先生", roles=roles)
        if password is not None:
            service.keep_rehashed_password(work, user_id, _hash_of_password(passwords.COST))
    seat(archive, user_id)
    return user_id


def actor(archive: Archive, user_id: UserId) -> Actor:
    with archive.reading() as session:
        found = people.actor_of(session, user_id, archive.clock.now(), via="page")
    assert found is not None
    return found


class Visitor:
    """``address``: where they come from."""

    def __init__(self, app: Flask, clock: MovableClock, address: str = "192.0.2.7") -> None:
        self.app = app
        self.client = app.test_client()
        self.clock = clock
        self.address = address

    def get(self, path: str, *, follow: bool = False, **kwargs: Any) -> TestResponse:
        return self.client.get(
            path, environ_base={"REMOTE_ADDR": self.address}, follow_redirects=follow, **kwargs
        )

    def token(self, path: str) -> str:
        page = self.get(path)
        assert page.status_code == 200, (page.status_code, page.location)
        return form_token(page)

    def post(
        self,
        path: str,
        data: Mapping[str, object] | None = None,
        *,
        form_at: str | None = None,
        follow: bool = False,
    ) -> TestResponse:
        """Send a form with the token that stands on the page ``form_at`` (None: on ``path`` itself)."""
        return self.client.post(
            path,
            data={"csrf_token": self.token(form_at or path), **(data or {})},
            environ_base={"REMOTE_ADDR": self.address},
            follow_redirects=follow,
        )

    def sign_in(self, name: str, password: str = PASSWORD, *, follow: bool = False) -> TestResponse:
        return self.post("/sign-in", {"name": name, "password": password}, follow=follow)

    def enrols(self) -> str:
        """Set up the second factor; the secret for ``code_of``."""
        page = self.post("/account/second-factor", {"setup": "authenticator"})
        secret = re.search(r"<code class=\"user-select-all\">([^<]+)</code>", page.text)
        assert secret is not None
        done = self.client.post(
            "/sign-in/code", data={"csrf_token": form_token(page), "code": self.code_of(secret[1])}
        )
        assert done.status_code == 302, done.text
        return secret[1]

    def code_of(self, secret: str) -> str:
        code: str = TOTP(secret).generate(time=int(self.clock.now().timestamp())).token
        return code


def form_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text) or re.search(
        r'value="([^"]+)"[^>]*name="csrf_token"', page.text
    )
    assert found is not None, page.text
    return html.unescape(found[1])
