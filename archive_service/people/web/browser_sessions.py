"""Sessions in the database: the cookie is a random name, so ending one at the server ends it everywhere.

A stranger has none: what little there is to keep stands in the cookie itself, signed, so that looking at the
sign-in page writes nothing.
"""

import hashlib
import secrets
from typing import Final

import structlog
from flask import Flask, Request, Response, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import CallbackDict

from archive_service.bootstrap import Archive
from archive_service.kernel.ids import UserId
from archive_service.people import service
from archive_service.people.queries import SessionRow, browser_session, digest
from archive_service.people.rules.roles import TOUCH_AFTER

ACCOUNT: Final = "account"
"""Key in a session: id of who signed in."""

_COOKIE: Final = "archive_session"
_COOKIE_OVER_TLS: Final = "__Host-archive"
_SERIALIZER: Final = TaggedJSONSerializer()

_OF_STRANGERS: Final = frozenset({"csrf_token", "_flashes", "_fresh", "fs_cc"})
"""What a session may hold without a row: no personal data, and nothing that opens anything."""

_MOST_WORDS: Final = 3  # messages that wait in a cookie, which holds 4096 bytes

log = structlog.get_logger()


class BrowserSession(CallbackDict[str, object], SessionMixin):
    """``row`` is what the database has of it, None for a stranger, whose cookie holds ``signed``."""

    def __init__(self, row: SessionRow | None = None, signed: dict[str, object] | None = None) -> None:
        super().__init__(_SERIALIZER.loads(row.data) if row else signed, BrowserSession._changed)
        self.row = row
        self.new = row is None and signed is None
        self.modified = False
        self.renamed = False

    def _changed(self) -> None:
        self.modified = True

    def rename(self) -> None:
        """Go on under a new name: at sign-in, so that a cookie known before opens nothing afterwards."""
        self.renamed = self.modified = True


class BrowserSessions(SessionInterface):
    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        cookie = request.cookies.get(_cookie_name(request), "")
        if not cookie or request.path.startswith("/static/"):
            return BrowserSession()
        if "." in cookie:  # no name of a row has a dot
            return BrowserSession(signed=_read(_signer(app), cookie))
        with self._archive.reading() as session:
            return BrowserSession(browser_session(session, digest(cookie), self._archive.clock.now()))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, BrowserSession)
        response.vary.add("Cookie")
        row, now = session.row, self._archive.clock.now()
        if not session.modified:
            if row is not None and row.user_id is not None and now - row.last_seen_at >= TOUCH_AFTER:
                self._touch(row)
            return
        if not session:
            self._end(session, response)
            return
        if row is None and session.keys() <= _OF_STRANGERS:
            kept = dict(session)
            if isinstance(words := kept.get("_flashes"), list):
                kept["_flashes"] = words[-_MOST_WORDS:]
            _set_cookie(response, str(_signer(app).dumps(kept)))
            return
        data = _SERIALIZER.dumps(dict(session))
        with self._archive.sessions.writing() as database:
            if row is not None and not session.renamed:
                # Ended by somebody else while this request ran: it stays ended.
                service.keep_session(database, now, row, data)
                return
            if row is not None:
                service.end_session(database, row.id)
            name = secrets.token_urlsafe(32)
            account = session.get(ACCOUNT)
            service.open_session(
                database,
                now,
                digest(name),
                user_id=UserId(account) if isinstance(account, int) else None,
                data=data,
                agent=request.user_agent.string,
            )
        _set_cookie(response, name)

    def _touch(self, row: SessionRow) -> None:
        try:
            with self._archive.sessions.writing() as database:
                service.keep_session(database, self._archive.clock.now(), row, None)
        except DBAPIError:
            # Reading goes on when the disk is full; the session merely ends earlier.
            log.warning("session.not-touched", exc_info=True)

    def _end(self, session: BrowserSession, response: Response) -> None:
        if session.new:
            return
        if session.row is not None:
            with self._archive.sessions.writing() as database:
                service.end_session(database, session.row.id)
        response.delete_cookie(
            _cookie_name(request), path="/", secure=request.is_secure, httponly=True, samesite="Lax"
        )


def _signer(app: Flask) -> URLSafeSerializer:
    assert app.secret_key is not None
    return URLSafeSerializer(
        app.secret_key,
        salt="stranger's session",
        serializer=_SERIALIZER,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _read(signer: URLSafeSerializer, cookie: str) -> dict[str, object] | None:
    try:
        found = signer.loads(cookie)
    except BadData:
        return None
    return found if isinstance(found, dict) else None


def _set_cookie(response: Response, value: str) -> None:
    response.set_cookie(
        _cookie_name(request), value, path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )


def _cookie_name(request: Request) -> str:
    return _COOKIE_OVER_TLS if request.is_secure else _COOKIE
