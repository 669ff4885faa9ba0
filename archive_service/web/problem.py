"""Errors for programs: RFC 9457 problem details with a stable ``code``."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, json, request

MEDIA_TYPE = "application/problem+json"


def wants_problem() -> bool:
    """Whether a program asked: the API, the health checks, a script of our own pages."""
    if request.path.startswith(("/api/", "/health/")) or "HX-Request" in request.headers:
        return True
    accepts = request.accept_mimetypes
    return max(accepts[MEDIA_TYPE], accepts["application/json"]) > accepts["text/html"]


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: object
) -> Response:
    """``{"type", "title", "status", "code", "detail", …extra}``.

    ``title`` is the status's English name, ``detail`` a sentence for a person. Members of ``extra`` that are
    None are left out. ``reference`` among them stands in the log, so ``instance`` names the occurrence by it.
    """
    if extra.get("reference") is not None:
        extra["instance"] = f"urn:archive-service:occurrence:{extra['reference']}"
    body = {
        "type": f"urn:archive-service:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **{key: value for key, value in extra.items() if value is not None},
    }
    return Response(json.dumps(body), status, dict(headers or {}), content_type=MEDIA_TYPE)
