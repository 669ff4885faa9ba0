"""What every call of ``/api/v1`` passes before its view: who is asking, and is it the kind of thing we take.

A view that needs nobody to be signed in is marked with ``open_door``.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Final, NoReturn, TypeVar

from apiflask import APIBlueprint
from apiflask.exceptions import _ValidationError
from flask import Flask, Response, current_app, json, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from archive_service.api.idempotency import Attempt, Reply, check_key, fingerprint
from archive_service.kernel.errors import N_, Invalid, SignInNeeded, UnknownField
from archive_service.web import csrf, current_actor, problem, verify_csrf
from archive_service.web.incoming import Repeated

PREFIX: Final = "/api/v1"
JSON_BYTES: Final = 64 * 1024
_OPEN: Final = "_archive_open"
_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
View = TypeVar("View", bound=Callable[..., object])
Model = TypeVar("Model", bound=BaseModel)


class BadToken(SignInNeeded):
    code = "token.unknown"
    message = N_("This token opens nothing (any more). Please make a new one under “My account”.")


def blueprint(name: str, import_name: str, tag: str) -> APIBlueprint:
    """A blueprint under ``/api/v1``; the form token is asked for here, of those who come by cookie."""
    made = APIBlueprint(name, import_name, tag=tag, url_prefix=PREFIX)
    csrf.exempt(made)
    return made


def open_door(view: View) -> View:
    """For a view that strangers may call. Stands directly above the function."""
    setattr(view, _OPEN, True)
    return view


def attempt(*content: str) -> Attempt | None:
    """The request's Idempotency-Key with a fingerprint of method, path and ``content``. Raises BadKey."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return Attempt(check_key(key), fingerprint(request.method, request.path, *content))


def takes_form(model: type[BaseModel]) -> Callable[[View], View]:
    """Describes a multipart call that reads its form itself: ``web.incoming`` and ``loaded``."""

    def describe(view: View) -> View:
        spec = view.__dict__.setdefault("_spec", {})
        spec.update(body=model, body_example=None, body_examples=None, content_type="multipart/form-data")
        return view

    return describe


def loaded(model: type[Model], fields: Mapping[str, str]) -> Model:
    """A form's fields as ``model``; refused like any other input that does not fit."""
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        raise _ValidationError(422, detail={"form": {}}) from error


def answer(reply: Reply) -> Response:
    """What ``once`` gave; a header tells if it was given before."""
    headers = {**reply.headers, **({"Idempotency-Replayed": "true"} if reply.replayed else {})}
    return Response(json.dumps(reply.body), reply.status, headers, content_type="application/json")


def _guard() -> ResponseReturnValue | None:
    if not request.path.startswith(PREFIX + "/") or request.method == "OPTIONS":
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, _OPEN, False):
        actor = current_actor()
        if actor.is_anonymous:
            raise BadToken() if "Authorization" in request.headers else SignInNeeded()
        if request.method in _BODY_METHODS and actor.via != "api":
            verify_csrf(request.headers.get("X-CSRFToken"))
    if isinstance(current_app.blueprints.get(request.blueprint or ""), APIBlueprint):
        _check_shape(getattr(view, "_spec", {}))
    return None


def _check_shape(spec: dict[str, object]) -> None:
    """What the framework would let pass: things that nobody declared, came twice, or came as another kind."""
    for name in request.args:
        if not spec.get("args"):
            raise UnknownField(field=name[:40])
        if len(request.args.getlist(name)) > 1:
            raise Repeated(field=name[:40])
    if request.method not in _BODY_METHODS:
        return
    wanted = spec.get("content_type")
    if wanted is None:
        if request.content_length or "Transfer-Encoding" in request.headers:
            raise UnsupportedMediaType()
    elif request.mimetype != wanted:
        raise UnsupportedMediaType()
    elif wanted == "application/json":
        request.max_content_length = JSON_BYTES
        try:
            told = request.get_json()
            # The same once more, strictly: of two equal keys the last would win, and NaN is no JSON at all.
            json.loads(
                request.get_data(),
                object_pairs_hook=_once_each,
                parse_constant=_no_number,
                parse_float=_finite,
            )
        except (RecursionError, ValueError) as error:
            raise BadRequest() from error
        if not isinstance(told, dict):
            raise BadRequest()


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Raises ValueError for a key that comes twice."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a key comes twice")
    return told


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _no_number(digits)


def _answer_validation(error: _ValidationError) -> Response:
    """Each field with a stable code instead of the library's English sentence."""
    cause = error.__cause__
    place = next(iter(error.detail), "json") if isinstance(error.detail, dict) else "json"
    place = "form" if place in ("files", "form_and_files") else place
    problems: list[dict[str, str]] = []
    if isinstance(cause, ValidationError):
        for one in cause.errors(include_url=False, include_context=False, include_input=False):
            field = ".".join(str(step) for step in one["loc"])
            problems.append({"place": place, "field": field, "code": one["type"].replace("_", "-")})
    first = problems[0]["field"] if problems else None
    return problem(422, Invalid.code, gettext(Invalid.message), field=first, errors=problems or None)


def init_doors(app: Flask) -> None:
    app.before_request(_guard)
    app.register_error_handler(_ValidationError, _answer_validation)
