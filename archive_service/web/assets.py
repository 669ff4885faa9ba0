"""Bundled scripts, styles and icons: found by plain names, served under names that never change meaning."""

import json
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from flask import Blueprint, Response, request, send_from_directory, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound

DIST: Final = Path(__file__).parent / "static" / "dist"
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))  # the smaller first
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

blueprint = Blueprint("assets", __name__)


@cache
def _read_manifest(path: Path, _changed_ns: int) -> dict[str, str]:
    manifest: dict[str, str] = json.loads(path.read_text("utf-8"))
    return manifest


@cache
def _tell_missing(path: Path) -> None:
    structlog.get_logger().warning("web.bundle-missing", path=str(path), remedy="make setup")


def _manifest() -> dict[str, str]:
    """Plain name → current file name, as the bundler wrote it; read anew when it was built anew."""
    path = DIST / "manifest.json"
    try:
        return _read_manifest(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        # Pages work without styles and scripts, so a missing bundle is told and not fatal.
        _tell_missing(path)
        return {}


def asset_url(name: str) -> str:
    """Address of a bundled file by its plain name: ``asset_url("app.js")``."""
    return url_for("assets.serve", name=_manifest().get(name, name))


def asset_path(name: str) -> Path | None:
    """Where a bundled file lies by its plain name, for what the service draws itself; None while there is none."""
    current = _manifest().get(name)
    return DIST / current if current else None


def icon(name: str, css: str = "", label: str = "") -> Markup:
    """An icon of the sprite. Decoration by default; with ``label`` it speaks for itself."""
    voice = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon {}" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" {} focusable="false"><use href="{}#{}"></use></svg>'
    ).format(css, voice, asset_url("icons.svg"), name)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it by this name beside anything that is no page of ours: a picture, an API's answer."""
    response = serve(_manifest().get("favicon.svg", "favicon.svg"))
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/static/dist/<name>")
def serve(name: str) -> Response:
    path = DIST / name
    if name.endswith((".br", ".gz", ".json")) or not path.is_file():
        raise NotFound()
    encoding, suffix = next(
        (
            (encoding, suffix)
            for encoding, suffix in _ENCODINGS
            if request.accept_encodings[encoding] and (DIST / f"{name}{suffix}").is_file()
        ),
        ("", ""),
    )
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    # A range of the compressed bytes would be of no use to anybody: conditional answers only.
    response = send_from_directory(DIST, f"{name}{suffix}", mimetype=kind, conditional=not suffix)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    named_by_content = name in _manifest().values() or name.endswith(".LEGAL.txt")
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if named_by_content else "no-cache"
    )
    return response
