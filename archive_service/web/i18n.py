"""Two languages: Chinese first, English beside it, chosen with one click and remembered.

A choice always wins. Until there is one, people read Chinese; programs, which choose nothing, say what they want.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from babel.support import Translations
from flask import Blueprint, Flask, Response, current_app, g, redirect, request
from flask_babel import Babel, Domain, get_locale, gettext
from werkzeug.exceptions import BadRequest

from archive_service.kernel.errors import ArchiveError
from archive_service.web.security import csrf, safe_target

LANGUAGES: Final = {"zh_CN": "中文", "en": "English"}
DEFAULT: Final = "zh_CN"
_SPOKEN: Final = {"zh": "zh_CN", "en": "en"}
COOKIE: Final = "language"
_KEEPER: Final = "archive_language_keeper"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_CATALOGUES: Final = Path(__file__).parent.parent / "translations"

blueprint = Blueprint("language", __name__)


class _Domain(Domain):  # type: ignore[misc]  # the library has no types
    """Our catalogues, read once a process.

    The library would read them anew for every request, and would look for ``zh_Hans_CN``, which is what Babel
    makes of ``zh_CN``.
    """

    def get_translations(self) -> Translations:
        return _catalogue(current_language())


class _Babel(Babel):  # type: ignore[misc]  # the library has no types
    @property
    def domain_instance(self) -> _Domain:
        return _DOMAIN


_DOMAIN: Final = _Domain()


@cache
def _catalogue(language: str) -> Translations:
    if language == "en":
        return Translations()  # message ids are English
    found = Translations.load(_CATALOGUES, [language])
    if not isinstance(found, Translations):
        structlog.get_logger().warning("web.catalogue-missing", language=language, remedy="make messages")
        return Translations()
    return found


def _language() -> str:
    g.language_asked = True
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    # Programs keep no cookie; a person's browser often asks for English only because nobody set it up.
    is_program = request.path.startswith("/api/") and request.endpoint != "api.reference"
    return _wished() if is_program else DEFAULT


def _wished() -> str:
    """What a program would rather read, by the order of its Accept-Language."""
    for tag, quality in request.accept_languages:
        wish = _SPOKEN.get(tag.lower().replace("_", "-").partition("-")[0])
        if wish is not None and quality > 0:
            return wish
    return DEFAULT


def set_language_keeper(app: Flask, keeper: Callable[[str], None]) -> None:
    """``keeper`` is told each language that is chosen with the switch, to keep it for the person of the request."""
    app.extensions[_KEEPER] = keeper


def current_language() -> str:
    """``zh_CN`` or ``en``."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else DEFAULT


def explain(error: ArchiveError) -> str:
    """The error's message in the language of the request, its places filled."""
    message = str(gettext(error.message))
    try:
        return message % error.facts
    except (KeyError, TypeError, ValueError):
        return message


@blueprint.post("/language")
@csrf.exempt  # type: ignore[untyped-decorator]  # changes nothing but a preference, and must work without a session
def switch() -> Response:
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise BadRequest()
    keeper: Callable[[str], None] | None = current_app.extensions.get(_KEEPER)
    if keeper is not None:
        keeper(chosen)
    target = safe_target(request.form.get("next"), "/")
    response = redirect(target, code=303)
    assert isinstance(response, Response)
    response.set_cookie(
        COOKIE,
        chosen,
        max_age=_YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path="/",
    )
    return response


def init_i18n(app: Flask) -> None:
    _Babel(
        app,
        default_locale=DEFAULT,
        default_timezone="Asia/Shanghai",
        locale_selector=_language,
    )

    @app.after_request
    def say_what_it_depended_on(response: Response) -> Response:
        # Pages are not stored at all; this is for whatever stands between that thinks otherwise.
        if g.get("language_asked"):
            response.vary.update(("Accept-Language", "Cookie"))
        return response

    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(languages=LANGUAGES, current_language=current_language)
