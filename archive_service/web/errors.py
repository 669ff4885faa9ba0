"""What goes wrong, as an answer: one table from errors to statuses, a page with a way on, problem details for
programs. Nothing internal is shown; what a person reports is a short reference that stands in the log.
"""

import errno
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from apiflask.exceptions import HTTPError
from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, InternalServerError

from archive_service.kernel.errors import (
    N_,
    ArchiveError,
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    SignInNeeded,
    StorageBroken,
    StorageFull,
    TooLarge,
    TooManyRequests,
    UnknownField,
)
from archive_service.web.i18n import explain
from archive_service.web.problem import problem, wants_problem
from archive_service.web.security import FromElsewhere, StaleForm, WrongHost

log = structlog.get_logger()

STATUSES: Final[Mapping[type[ArchiveError], int]] = {
    NotFound: 404,
    SignInNeeded: 401,
    Forbidden: 403,
    FromElsewhere: 403,
    Invalid: 422,
    UnknownField: 400,
    StaleForm: 400,
    WrongHost: 400,
    Conflict: 409,
    TooLarge: 413,
    TooManyRequests: 429,
    StorageFull: 507,
    StorageBroken: 503,
    Busy: 503,
    ArchiveError: 400,
}
"""An error has the status of the nearest class above it that stands here."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says; ``text`` stands for errors that bring no words of their own."""

    title: str
    text: str
    icon: str = "alert-triangle"


WORDS: Final[Mapping[int, Words]] = {
    400: Words(
        N_("That did not arrive as it should"), N_("The request was not understood, so nothing was done.")
    ),
    401: Words(N_("Please sign in"), N_("Please sign in first."), "lock"),
    403: Words(N_("Not allowed"), N_("Your role does not allow this."), "lock"),
    404: Words(N_("Nothing here"), N_("There is nothing here, or you may not see it."), "file-search"),
    405: Words(N_("Not possible here"), N_("This page can't be used in that way.")),
    408: Words(N_("That took too long"), N_("The connection was too slow. Please try again."), "clock"),
    409: Words(
        N_("Somebody was faster"), N_("Somebody else changed this in the meantime. Please look at it again.")
    ),
    410: Words(N_("No longer here"), N_("This was here once and has been removed."), "file-off"),
    413: Words(
        N_("Too large"), N_("What was sent is larger than is taken here, so nothing was saved."), "file-alert"
    ),
    415: Words(
        N_("Not this kind of file"), N_("What was sent is of a kind that is not taken here."), "file-alert"
    ),
    416: Words(N_("No such part"), N_("The part of the file that was asked for does not exist.")),
    422: Words(
        N_("Please check what you entered"),
        N_("Something in the form is not right. Please check and send it again."),
    ),
    423: Words(
        N_("Locked at the moment"),
        N_("Somebody else is working on this. Please try again in a moment."),
        "lock",
    ),
    428: Words(N_("Please look at it again"), N_("The request did not say which state it was meant for.")),
    429: Words(N_("Too many tries"), N_("Too many tries. Please wait a while and try again."), "hourglass"),
    500: Words(N_("Something went wrong"), N_("Something went wrong. Nothing was lost; please try again.")),
    501: Words(N_("Not possible here"), N_("The service does not do this.")),
    503: Words(
        N_("Busy at the moment"),
        N_("The service is busy right now. Please try again in a moment."),
        "hourglass",
    ),
    507: Words(
        N_("The disk is full"),
        N_("The disk is full, so nothing was saved. Please tell the administrator, then upload again."),
        "database",
    ),
}
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BROKEN: Final = frozenset({errno.EIO, errno.EROFS})
_AWAY: Final = ("08", "57P", "53300", "57014", "55P03", "40001", "40P01")
"""Beginnings of the states (SQLSTATE) in which PostgreSQL says: not now. The line broke, it stops or starts, is full,
a statement or a lock took too long, two got into each other's way.
"""
_SIGN_IN: Final = ("people.sign_in", "security.login")


def status_of(error: ArchiveError) -> int:
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def as_archive_error(error: BaseException) -> ArchiveError | None:
    """The error of ours behind one of the operating system or the database, if there is one."""
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return StorageFull()
        return StorageBroken() if error.errno in _BROKEN else None
    if isinstance(error, NoConnectionFree):
        return Busy()
    if isinstance(error, DBAPIError) and error.orig is not None:
        words = str(error.orig).lower()
        if "disk is full" in words or "no space left" in words:
            return StorageFull()
        if any(sign in words for sign in ("disk i/o error", "readonly database", "unable to open database")):
            return StorageBroken()
        if "database is locked" in words or "too many clients" in words or error.connection_invalidated:
            return Busy()
        if isinstance(error, OperationalError) and error.statement is None:  # it could not even be asked
            return Busy()
        if str(getattr(error.orig, "sqlstate", None) or "").startswith(_AWAY):
            return Busy()
    return None


def error_answer(
    status: int,
    code: str,
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    reference: str | None = None,
    **extra: object,
) -> Response:
    """The page or the problem details for ``status``; ``detail`` is already translated."""
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    text = detail or str(gettext(words.text))
    if wants_problem():
        return problem(status, code, text, headers=headers, reference=reference, **extra)
    facts = {
        "status": status,
        "title": str(gettext(words.title)),
        "text": text,
        "icon_name": words.icon,
        "reference": reference,
        "again": request.full_path.rstrip("?")
        if request.method == "GET" and status in (408, 429, 500, 503)
        else None,
    }
    try:
        page = render_template("web/error.html", **facts)
    except Exception:  # whatever broke the page may break its furniture too: the plain page needs none of it
        log.exception("web.error-page-failed", status=status)
        page = render_template("web/error_plain.html", **facts)
    response = make_response(page, status)
    response.headers.extend(dict(headers or {}))
    return response


def answer_archive_error(error: ArchiveError) -> Response:
    status = status_of(error)
    if status >= 500:
        reference = _reference()
        log.error(
            "web.refused", reference=reference, code=error.code, status=status, exc_info=error.__cause__
        )
        return error_answer(
            status, error.code, explain(error), reference=reference, headers={"Retry-After": "30"}
        )
    if isinstance(error, SignInNeeded) and not request.path.startswith(("/api/", "/health/")):
        sign_in = next((name for name in _SIGN_IN if name in current_app.view_functions), None)
        if sign_in is not None:
            return _to_sign_in(url_for(sign_in, next=_return_path()))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    field = error.facts.get("field")
    return error_answer(status, error.code, explain(error), headers=headers, field=field)


def _return_path() -> str | None:
    """Where to go on after signing in: pages only, since a form's content is gone by then."""
    if request.method != "GET" or "HX-Request" in request.headers or request.path == "/":
        return None
    return request.full_path.rstrip("?")


def _to_sign_in(address: str) -> Response:
    if wants_problem():
        # A script can't follow to a page; it is told where to take the whole window.
        return problem(401, SignInNeeded.code, explain(SignInNeeded()), headers={"HX-Redirect": address})
    response = redirect(address, code=303)
    assert isinstance(response, Response)
    return response


def _answer_http(error: HTTPException) -> HTTPException | Response:
    status = error.code
    if status is None or status < 400 or error.response is not None:
        return error  # a redirect, or an answer that somebody has already written
    kept = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    name = error.name.lower().replace(" ", "-") if status != 422 else Invalid.code
    return error_answer(status, name, headers=kept)


def _answer_validation(error: HTTPError) -> Response:
    """What the API's own framework refuses: the fields and what is wrong with them go into ``errors``."""
    status = int(error.status_code)
    code = Invalid.code if status in (400, 422) else HTTPStatus(status).phrase.lower().replace(" ", "-")
    return error_answer(status, code, headers=dict(Headers(error.headers)), errors=error.detail or None)


def _answer_unexpected(error: InternalServerError) -> Response:
    cause = error.original_exception or error
    if known := as_archive_error(cause):  # the session is opened before the handlers of errors stand ready
        known.__cause__ = cause
        return answer_archive_error(known)
    reference = _reference()
    log.error("web.failed", reference=reference, path=request.path, method=request.method, exc_info=cause)
    return error_answer(500, "internal", reference=reference)


def _answer_machine(error: OSError | DBAPIError | NoConnectionFree) -> Response:
    known = as_archive_error(error)
    if known is None:
        raise error
    known.__cause__ = error
    return answer_archive_error(known)


def _reference() -> str:
    return secrets.token_hex(4).upper()


def _already_logged(exc_info: object) -> None:
    del exc_info


def init_errors(app: Flask) -> None:
    app.register_error_handler(ArchiveError, answer_archive_error)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(InternalServerError, _answer_unexpected)
    app.register_error_handler(HTTPError, _answer_validation)
    app.register_error_handler(OSError, _answer_machine)
    app.register_error_handler(DBAPIError, _answer_machine)
    app.register_error_handler(NoConnectionFree, _answer_machine)
    # The answer logs it once, with its reference; Flask's own line would carry neither.
    app.log_exception = _already_logged  # type: ignore[method-assign]
