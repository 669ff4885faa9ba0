"""The API described by its own views: OpenAPI 3.1 for programs, a page for people."""

import re
from typing import Any, Final

from apiflask import APIBlueprint, APIFlask
from flask import Blueprint, Flask, Response, current_app, json, render_template, url_for

from archive_service.api.doors import PREFIX, blueprint, open_door
from archive_service.api.schemas import Problem
from archive_service.kernel.errors import N_

_SPEC: Final = "archive_openapi"
_PROBLEM: Final = {
    "description": "What went wrong, as RFC 9457 problem details with a stable code",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_IDEMPOTENCY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same content gets the same answer for 48 hours and has one effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}
_PATH_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "document_id": {"type": "string", "format": "uuid"},
    "number": {"type": "integer", "minimum": 1},
    "page": {"type": "integer", "minimum": 1},
}
TAGS: Final = {
    "documents": N_("Documents: bring in, describe, list"),
    "filing": N_("Filing and case files"),
    "versions": N_("Versions and their original files"),
    "checks": N_("Four-property check; versions side by side"),
    "pages": N_("Pages: pictures and text"),
    "search": N_("Search"),
    "classes": N_("File plan"),
    "premises": N_("Premises"),
    "checklists": N_("Checklists"),
    "approvals": N_("Approvals"),
    "loans": N_("Lending: slips and their steps"),
    "places": N_("Places, boxes, stock-takes"),
    "working days": N_("Working calendar"),
    "notices": N_("Notices"),
    "bulk": N_("Many at once"),
    "scans": N_("Scans: split, merge, look alike"),
    "people": N_("People"),
    "status": N_("State of the service"),
    "description": N_("This description"),
}

described = blueprint("api", __name__, "description")
_pages = Blueprint("api_pages", __name__, template_folder="templates")


def spec_of(app: Flask) -> dict[str, Any]:
    """The OpenAPI document; made at the first call, because only then every view is there."""
    known: dict[str, Any] | None = app.extensions.get(_SPEC)
    if known is None:
        assert isinstance(app, APIFlask)
        for other in app.blueprints.values():
            if not isinstance(other, APIBlueprint):
                # The library asks every blueprint for this, its own or not.
                other.enable_openapi = False  # type: ignore[attr-defined]
        made = app.spec
        assert isinstance(made, dict)
        known = app.extensions[_SPEC] = made
    return known


def _finish(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    """What the library can't know: problem details, tokens, kinds of path parts, the header of POST."""
    assert isinstance(spec, dict)
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    spec = _with_plain_names(spec)
    spec["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    components = spec["components"]
    components["schemas"].update(schema.pop("$defs", {}), Problem=schema)
    del components["schemas"]["HTTPError"]
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "archive_session"},
    }
    spec["security"] = [{"token": []}, {"session": []}]
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = _PROBLEM["content"]
            operation["responses"]["default"] = _PROBLEM
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["required"] = True
                    parameter["schema"] = _PATH_SCHEMAS.get(parameter["name"], parameter["schema"])
            if method == "post":
                operation.setdefault("parameters", []).append(_IDEMPOTENCY)
            if path in (f"{PREFIX}/openapi.json", f"{PREFIX}/docs"):
                operation["security"] = []
    return spec


def _with_plain_names(spec: dict[str, Any]) -> dict[str, Any]:
    """Schemas that several others hold stand once, as ``Level`` and not as ``Document.Level``.

    Raises ValueError if two different schemas have the same name.
    """
    text = re.sub(r'("#/components/schemas/)\w+\.(\w+")', r"\1\2", json.dumps(spec))
    plain: dict[str, Any] = json.loads(text)
    schemas: dict[str, Any] = {}
    for name, schema in plain["components"]["schemas"].items():
        short = name.rsplit(".", 1)[-1]
        if schemas.setdefault(short, schema) != schema:
            raise ValueError(f"two schemas are called {short}")
    plain["components"]["schemas"] = schemas
    return plain


@described.get("/openapi.json")
@described.doc(summary=N_("This description as OpenAPI 3.1"), responses={200: "The description"})
@open_door
def openapi() -> Response:
    return Response(json.dumps(spec_of(current_app)), content_type="application/json")


@described.get("/docs")
@described.doc(hide=True)
@open_door
def reference() -> str:
    spec = spec_of(current_app)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            tag = operation["tags"][0]
            groups.setdefault(tag, []).append({"method": method.upper(), "path": path, **operation})
    return render_template(
        "api/reference.html",
        groups=[(tag, TAGS[tag], groups[tag]) for tag in TAGS if tag in groups],
        schemas=spec["components"]["schemas"],
        spec_url=url_for("api.openapi"),
        place="api",
    )


def init_description(app: APIFlask) -> None:
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        SERVERS=[{"url": "/"}],
        AUTO_SERVERS=False,
        DESCRIPTION="Documents in, found, kept. Errors are RFC 9457 problem details with a stable code.",
        AUTO_200_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_OPERATION_DESCRIPTION=True,
    )
    app.title, app.version = "Archive service", "1"
    app.spec_processor(_finish)
    app.register_blueprint(_pages)
    app.register_blueprint(described)
