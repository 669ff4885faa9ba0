"""The kinds of requests that this service knows, with their words and what a person sees before deciding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from flask import Flask, current_app
from flask_babel import gettext

from archive_service.approvals.queries.requests import RequestRow
from archive_service.approvals.service.kinds import Kind, Kinds

_KINDS: Final = "archive_approval_kinds"

Preview = Callable[[RequestRow], str]
"""Of a request, a piece of its page made by a template: all that is needed to decide, as far as who looks may see it."""


@dataclass(frozen=True, slots=True)
class ShownKind:
    """``name``, ``cases``, ``facts``: message ids; of what has none the code is shown."""

    kind: Kind
    preview: Preview
    name: str
    cases: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


def register_kind(
    app: Flask,
    kind: Kind,
    preview: Preview,
    *,
    name: str = "",
    cases: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Let requests of ``kind`` be shown and decided here. ``name``, ``cases``, ``facts``: what the kind, its cases and
    the facts that a decision stands on are called, as message ids."""
    shown: dict[str, ShownKind] = app.extensions.setdefault(_KINDS, {})
    if kind.code in shown:
        raise ValueError(f"kind {kind.code} is registered twice")
    shown[kind.code] = ShownKind(kind, preview, name or kind.code, cases or {}, facts or {})


def shown_kinds() -> Mapping[str, ShownKind]:
    found: Mapping[str, ShownKind] = current_app.extensions.get(_KINDS, {})
    return found


def kinds() -> Kinds:
    return {code: one.kind for code, one in shown_kinds().items()}


def kind_name(code: str) -> str:
    one = shown_kinds().get(code)
    return str(gettext(one.name)) if one else code


def case_name(kind: str, case: str) -> str:
    one = shown_kinds().get(kind)
    return str(gettext(one.cases[case])) if one and case in one.cases else case


def fact_name(kind: str, fact: str) -> str:
    one = shown_kinds().get(kind)
    return str(gettext(one.facts[fact])) if one and fact in one.facts else fact


def preview_of(row: RequestRow) -> str:
    """HTML that a template of the kind made; "" of kinds that are not known here."""
    one = shown_kinds().get(row.kind)
    return one.preview(row) if one else ""
