"""What every request is held to before it reaches a page, and what every answer carries.

Allowed host names, same-origin writes beside the form token, a content security policy with a nonce, and no
belief in forwarded headers unless a proxy is declared.
"""

import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect, validate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms.validators import ValidationError

from archive_service.kernel.errors import N_, ArchiveError, Forbidden, Invalid
from archive_service.settings import Settings

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_BYTES: Final = 2 * 1024 * 1024
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.ASCII)

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers send Origin: null on our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class WrongHost(ArchiveError):
    code = "wrong-host"
    message = N_(
        "The service does not answer to this address. Use the address that your administrator gave you."
    )


class FromElsewhere(Forbidden):
    code = "from-elsewhere"
    message = N_(
        "This was sent from another site, so nothing was done. Please open the page here and send it again."
    )


class StaleForm(Invalid):
    code = "stale-form"
    message = N_(
        "This page was open for too long or in another sign-in. Please go back, reload it and send it again."
    )


class _Csrf(CSRFProtect):  # type: ignore[misc]  # the library has no types
    def _get_csrf_token(self) -> str | None:
        # Looking into the form first would read a whole upload before its header is believed.
        for name in ("X-CSRFToken", "X-CSRF-Token"):
            if token := request.headers.get(name):
                return token
        token = super()._get_csrf_token()
        return None if token is None else str(token)

    def _error_response(self, reason: str) -> None:
        raise StaleForm()


csrf = _Csrf()
"""The form token. ``csrf.exempt(view)``: doors without cookies, and large forms, see below."""


def verify_csrf(token: str | None) -> None:
    """For a view that is exempt because it reads a large multipart body itself, part by part.

    Raises StaleForm.
    """
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise StaleForm() from error


def csp_nonce() -> str:
    """The nonce of this answer, for the rare inline script or style."""
    nonce: str | None = g.get("csp_nonce")
    if nonce is None:
        nonce = g.csp_nonce = secrets.token_urlsafe(18)
    return nonce


def content_security_policy(nonce: str | None) -> str:
    own = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {own}",
            f"style-src {own}",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    )


def safe_target(target: str | None, otherwise: str) -> str:
    """``target`` if it is a path of this service, else ``otherwise``. For ``next`` fields and the like."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return otherwise
    # Browsers drop tabs and newlines and read backslashes as slashes, so none of them may hide a host.
    if "\\" in target or any(ord(char) < 0x20 or ord(char) == 0x7F for char in target):
        return otherwise
    try:
        parts = urlsplit(target)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else target


def init_security(app: Flask, settings: Settings) -> None:
    # One name for one thing: what another sees of the cookie depends on whether people come over TLS.
    over_tls = settings.public_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if over_tls else "session",
        SESSION_COOKIE_SECURE=over_tls,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # A form may stand open at the counter all day; the token ends with its session.
        WTF_CSRF_TIME_LIMIT=None,
        # The Origin is checked here for every scheme; Referer may be cut off by a careful browser.
        WTF_CSRF_SSL_STRICT=False,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=1000,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    hosts = settings.hosts
    home = _origin(settings.public_url) if settings.public_url else None

    @app.before_request
    def check_host() -> None:
        host = _HOST.fullmatch(request.host.lower())
        if host is None or host[1] not in hosts:
            raise WrongHost()

    @app.before_request
    def check_origin() -> None:
        if request.method in SAFE_METHODS:
            return
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise FromElsewhere()
        origin = request.headers.get("Origin")
        if origin is not None and origin.lower() not in (_origin(request.host_url), home):
            raise FromElsewhere()

    @app.before_request
    def limit_form() -> None:
        # Here and not in MAX_CONTENT_LENGTH, to which Flask would fall back when a door for files lifts the limit.
        request.max_content_length = FORM_BYTES

    csrf.init_app(app)

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", content_security_policy(g.get("csp_nonce")))
        response.headers.setdefault("Cache-Control", "no-store")
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    app.jinja_env.globals["csp_nonce"] = csp_nonce


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
