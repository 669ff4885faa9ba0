"""Request bodies and long answers: not so many at once that nothing else is answered.

Each body that comes in holds one thread of the web server for as long as its sender takes, and the wait for a
silent sender can't be given up from here: answering a request while its body is still being read in another thread
stops the whole server (``web.silence`` shuts such connections). So whoever begins to read a body takes a place first,
and there are fewer places than threads. A body that nobody asks for holds nothing.

Strangers bring small forms only, within seconds whatever their line (``web.silence``), and the more of their places
are taken the fewer an address may hold: so there is one for somebody who comes from elsewhere.

An answer that is sent block by block holds its thread for as long as its receiver takes. Whole answers don't: the web
server takes a list of bytes as it is, sends it by itself, and the thread is free. So every answer is given as such a
list, and only the long ones of files go block by block, each with a place.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from flask import Flask, g, has_request_context, request
from werkzeug.wsgi import ClosingIterator

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import N_, Busy, TooLarge
from archive_service.kernel.network import network_of
from archive_service.web.actor import current_actor
from archive_service.web.formats import size
from archive_service.web.numbers import whole_number
from archive_service.web.silence import waiting_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

READ_BYTES: Final = 64 * 1024  # the server gives a block only when it is full, or at the end
LONGEST: Final = 2**62  # bytes; a length beyond is none
MOST_LINES: Final = 48  # for files, in one process
MOST_LINES_EACH: Final = 6  # a person; a page sends three files at once
MOST_OF_PEOPLE: Final = 56  # files and forms of those who are signed in: some are left for forms alone
MOST_FORMS_EACH: Final = 12
MOST_OF_STRANGERS: Final = 64
FOR_OTHERS: Final = 16  # of them; for addresses that hold none
STRANGERS_FORM_BYTES: Final = 16 * 1024  # names, a password, a code, and the address of a page to go on to
MOST_DOWNLOADS: Final = 20
MOST_DOWNLOADS_EACH: Final = 5
WHOLE_BYTES: Final = 2 * 1024 * 1024  # of a file, at once in memory; longer ones go block by block

_PLACES: Final = "archive.places"

_taken: Counter[str] = Counter()
_guard = Lock()


class TooManyDownloads(Busy):
    code = "busy.downloads"
    message = N_("Too many large files are being downloaded right now. Please try again in a moment.")


class FormTooLarge(TooLarge):
    code = "too-large.form"
    message = N_(
        "Whoever is not signed in can send at most %(limit)s at once, and says before how much it is."
    )


class Places:
    """Places that one body holds, each of a kind of which there are so many."""

    def __init__(self, most: Mapping[str, int], sharer: str | None = None) -> None:
        """``sharer``: a kind more, which may hold one, and half of what is left of the others but FOR_OTHERS.

        Raises Busy if one kind is used up; then nothing is held.
        """
        with _guard:
            if sharer is not None:
                free = min(number - _taken[kind] for kind, number in most.items())
                most = {**most, sharer: max(1, (free - FOR_OTHERS) // 2)}
            if any(_taken[kind] >= number for kind, number in most.items()):
                raise Busy()
            _taken.update(most.keys())
        self._kinds = tuple(most)

    def leave(self) -> None:
        with _guard:
            for kind in self._kinds:
                _taken[kind] -= 1
                if not _taken[kind]:
                    del _taken[kind]
        self._kinds = ()


@contextmanager
def upload_line(actor: Actor) -> Iterator[None]:
    """Hold one of the places for large bodies. Raises Busy if they are taken: the sender tries again soon."""
    person = f"files of {actor.user_id or 0}"
    places = Places({"files": MOST_LINES, person: MOST_LINES_EACH, "people": MOST_OF_PEOPLE})
    if has_request_context() and isinstance(body := request.environ["wsgi.input"], _Body):
        body.has_place = True
    try:
        yield
    finally:
        places.leave()


def download_line(actor: Actor) -> None:
    """Let this request's answer go block by block, and hold one of the places for that until it has gone.

    Raises TooManyDownloads if they are taken.
    """
    person = f"downloads of {actor.user_id or 0}"
    try:
        places = Places({"downloads": MOST_DOWNLOADS, person: MOST_DOWNLOADS_EACH})
    except Busy as error:
        raise TooManyDownloads() from error
    request.environ[_PLACES] = places


def body_blocks() -> Iterator[bytes]:
    """The request's body in blocks, however long it is: bounding it is the caller's.

    A line that breaks ends early, or raises.
    """
    request.max_content_length = None
    stream = request.stream
    while block := stream.read(READ_BYTES):
        yield block


def _place_of_stranger(length: int | None) -> Places:
    # Who signs in by this very form is asked for again afterwards.
    g.pop("actor", None)
    if length is None or length > STRANGERS_FORM_BYTES:
        raise FormTooLarge(limit=size(STRANGERS_FORM_BYTES))
    return Places({"strangers": MOST_OF_STRANGERS}, f"from {network_of(request.remote_addr)}")


def _place_of_person(actor: Actor) -> Places:
    return Places({"people": MOST_OF_PEOPLE, f"forms of {actor.user_id or 0}": MOST_FORMS_EACH})


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _Body:
    """``wsgi.input`` that takes a place with its first read and leaves it with its last. Only has ``read``."""

    def __init__(self, content: _Readable, length: int | None, peer: str) -> None:
        """``length``: None if it was not told."""
        self.has_place = False
        self._content, self._missing, self._peer = content, length, peer
        self._places: Places | None = None
        self._strangers_since: float | None = None

    def read(self, most: int = -1) -> bytes:
        if not self.has_place:
            actor = current_actor()
            if actor.is_anonymous:
                self._places = _place_of_stranger(self._missing)
                self._strangers_since = time.monotonic()
            else:
                self._places = _place_of_person(actor)
            self.has_place = True
        with waiting_for(self._peer, self._strangers_since):
            data = self._content.read(most)
        if self._missing is not None:
            self._missing -= len(data)
        if not data or most < 0 or self._missing == 0:
            self.leave()
        return data

    def leave(self) -> None:
        if self._places is not None:
            self._places.leave()


def _length(environ: "WSGIEnvironment") -> int | None:
    """Of the body, if that is told."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    return whole_number(environ.get("CONTENT_LENGTH") or "0", LONGEST)


def _peer(environ: "WSGIEnvironment") -> str:
    """At the other end of the connection itself: a proxy, if there is one."""
    before: WSGIEnvironment = environ.get("werkzeug.proxy_fix.orig") or environ
    return str(before.get("REMOTE_ADDR") or "")


def _whole(answer: Iterable[bytes]) -> list[bytes]:
    try:
        return [b"".join(answer)]
    finally:
        if callable(close := getattr(answer, "close", None)):
            close()


def init_lines(app: Flask) -> None:
    inner: WSGIApplication = app.wsgi_app

    def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body = _Body(environ["wsgi.input"], _length(environ), _peer(environ))
        environ["wsgi.input"] = body
        answer: Iterable[bytes] | None = None
        try:
            answer = inner(environ, start_response)
        finally:
            body.leave()
            places: Places | None = environ.pop(_PLACES, None)
            if answer is None and places is not None:
                places.leave()
        return _whole(answer) if places is None else ClosingIterator(answer, places.leave)

    app.wsgi_app = counted  # type: ignore[method-assign]  # as Flask's documentation says
