"""Does a JSON value fit a JSON Schema? The part of 2020-12 that our own description uses; other words are refused."""

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_SILENT: Final = {"title", "description", "default", "examples", "example", "$ref"}
_KNOWN: Final = _SILENT | {
    "type", "format", "enum", "const", "anyOf", "properties", "required", "additionalProperties", "items",
    "prefixItems", "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "pattern",
}  # fmt: skip


def misfits(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str = "$") -> Iterator[str]:
    """What is wrong with ``value``, one line for each; nothing if it fits. ``root`` holds what ``$ref`` names."""
    unknown = set(schema) - _KNOWN
    if unknown:
        raise ValueError(f"{at}: this checker does not know {sorted(unknown)}")
    if "$ref" in schema:
        yield from misfits(value, resolve(schema["$ref"], root), root, at)
        return
    if "anyOf" in schema:
        if not any(not list(misfits(value, one, root, at)) for one in schema["anyOf"]):
            yield f"{at}: fits none of the alternatives"
        return
    yield from _simple(value, schema, at)
    if isinstance(value, dict) and schema.get("type") == "object":
        yield from _members(value, schema, root, at)
    if isinstance(value, list):
        yield from _items(value, schema, root, at)


def resolve(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, Mapping)
    return found


def _simple(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    kind = schema.get("type")
    if kind is not None:
        right = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        if not right:
            yield f"{at}: {value!r} is no {kind}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"{at}: has {len(value)} characters"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{at}: {value!r} does not match"
        if not _formatted(value, schema.get("format")):
            yield f"{at}: {value!r} is no {schema['format']}"
    elif kind in ("integer", "number") and not _within(value, schema):
        yield f"{at}: {value} is out of bounds"


def _within(value: float, schema: Mapping[str, Any]) -> bool:
    at_least, at_most = schema.get("minimum", value), schema.get("maximum", value)
    return bool(at_least <= value <= at_most)


def _formatted(value: str, kind: str | None) -> bool:
    try:
        if kind == "uuid":
            return str(uuid.UUID(value)) == value
        if kind == "date":
            return date.fromisoformat(value).isoformat() == value
        if kind == "date-time":
            return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    assert kind in (None, "binary"), kind
    return True


def _members(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    declared = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{at}: {name} is missing"
    more = schema.get("additionalProperties", True)
    for name, member in value.items():
        if name in declared:
            yield from misfits(member, declared[name], root, f"{at}.{name}")
        elif more is False:
            yield f"{at}: {name} is not declared"
        elif isinstance(more, Mapping):
            yield from misfits(member, more, root, f"{at}.{name}")


def _items(value: list[Any], schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at}: has {len(value)} items"
    first = schema.get("prefixItems", [])
    for number, (item, kind) in enumerate(zip(value, first, strict=False)):
        yield from misfits(item, kind, root, f"{at}[{number}]")
    if "items" in schema:
        for number, item in enumerate(value[len(first) :], len(first)):
            yield from misfits(item, schema["items"], root, f"{at}[{number}]")
