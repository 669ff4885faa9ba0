"""A file plan as YAML, read strictly and written so that reading it gives the same plan again."""

import unicodedata
from collections.abc import Callable, Hashable, Mapping
from typing import Annotated, Any, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from archive_service.classification.rules.plan import (
    Disposition,
    Figure,
    FilePlan,
    Limit,
    OnExit,
    PlannedClass,
    RetentionKind,
    RetentionRule,
    SourceStatus,
    Term,
)
from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.levels import Level

MOST_BYTES: Final = 2_000_000
MOST_CLASSES: Final = 2_000

Loc = tuple[int | str, ...]
"""Where something stands in a plan: ``("classes", 57, "retention", "years")``."""


class BadPlan(Invalid):
    """``place``: the class or line, ``problem``: what is wrong there, itself a message id."""

    code = "classification.bad-plan"
    message = N_("This file plan can't be used. At %(place)s: %(problem)s")


NO_YAML: Final = N_("This is no YAML text.")
REFERENCE: Final = N_("References (& and *) are not taken.")
TWICE: Final = N_("A name stands twice.")
NO_PLAN: Final = N_("A plan has a scheme, triggers, sources and classes.")
MISSING: Final = N_("This is missing.")
UNKNOWN: Final = N_("This is not known here.")
WRONG: Final = N_("This value is not possible here.")
TOO_LARGE: Final = N_("The file is too large for a plan.")


class _Loader(yaml.SafeLoader):
    """Refuses references, with which a short text unfolds without end, and keys that stand twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the library has no types
            raise yaml.composer.ComposerError(None, None, REFERENCE, event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        if len(keys) != len({str(key) for key in keys}):
            raise yaml.constructor.ConstructorError(None, None, TWICE, node.start_mark)
        return super().construct_mapping(node, deep)


def _plain(text: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n" for char in text):
        raise ValueError("control characters are not taken")
    return text


def _one_line(text: str) -> str:
    if text.splitlines() != [text] or not text.strip():
        raise ValueError("one line with something in it is taken")
    return _plain(text)


_Text = Annotated[str, AfterValidator(_plain)]
_Long = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]
_Title = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain)]
_Item = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Retention(_Strict):
    kind: RetentionKind
    label_zh: _Text = Field(min_length=1, max_length=80)
    limit: Limit
    code: str = Field(pattern=r"^(Y|[DE]\d{1,3})$")
    figure: Figure
    years: int | None = Field(default=None, ge=1, le=200)
    trigger: str | None = None
    blocked_while: str = Field(default="", pattern=r"^[a-z_]{0,40}$")


class _Class(_Strict):
    code: str = Field(pattern=r"^[A-Z]{2}(\.\d{2}(\.[A-Z]{1,2})?)?$")
    zh: _Text = Field(min_length=1, max_length=120)
    en: _Text = Field(min_length=1, max_length=160)
    parent: str | None
    selectable: bool
    confidentiality: Level
    on_service_exit: OnExit
    source_status: SourceStatus
    sources: list[_Item] = Field(default=[], max_length=100)
    doc_types: list[_Item] = Field(default=[], max_length=100)
    retention: _Retention | None = None
    disposition: Disposition | None = None
    note: _Text = Field(default="", max_length=500)
    closed: bool = False


class _Scheme(BaseModel):
    # Remarks, examples and whatever else a plan says of itself are for people.
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str = Field(min_length=1, max_length=40)
    zh: _Text = Field(min_length=1, max_length=120)
    en: _Text = Field(min_length=1, max_length=160)
    version: str = Field(pattern=r"^\d{1,4}\.\d{1,4}$")


class _Trigger(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    code: str = Field(pattern=r"^[a-z_]{1,40}$")
    zh: _Title
    en: _Long = ""


class _Source(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str = Field(pattern=r"^[A-Z0-9]{1,20}$")
    title: _Title
    sure: _Long = ""


class _Plan(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    scheme: _Scheme
    triggers: list[_Trigger]
    sources: list[_Source]
    classes: list[_Class] = Field(max_length=MOST_CLASSES)


def parse_plan(data: bytes) -> FilePlan:
    """Raises BadPlan for what is no YAML, lacks a field, or has one that isn't known."""
    if len(data) > MOST_BYTES:
        raise BadPlan(place="1", problem=TOO_LARGE)
    try:
        # The plain loader, not the fast one of C: it is the one that can refuse references.
        raw = yaml.load(data, Loader=_Loader)  # noqa: S506  (a safe loader, stricter still)
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None)
        raise BadPlan(
            place=f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1",
            problem=problem if problem in (REFERENCE, TWICE) else NO_YAML,
        ) from error
    if not isinstance(raw, dict):
        raise BadPlan(place="1:1", problem=NO_PLAN)
    return plan_from(raw, lambda loc: _place(raw, loc))


def plan_from(raw: Mapping[str, Any], place: Callable[[Loc], str]) -> FilePlan:
    """The plan of which ``raw`` tells under the names of its YAML. ``place``: a place in it in the reader's words.

    Raises BadPlan.
    """
    try:
        told = _Plan.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = {"missing": MISSING, "extra_forbidden": UNKNOWN}.get(first["type"], WRONG)
        raise BadPlan(place=place(first["loc"]), problem=problem) from error
    return FilePlan(
        scheme=told.scheme.id,
        name_zh=told.scheme.zh,
        name_en=told.scheme.en,
        number=told.scheme.version,
        classes=tuple(_class(c) for c in told.classes),
        triggers=tuple(Term(t.code, t.zh, t.en) for t in told.triggers),
        sources=tuple(Term(s.id, s.title, s.sure) for s in told.sources),
    )


def _place(raw: Any, loc: Loc) -> str:
    """``KU.03 retention.years`` rather than ``classes.57.retention.years``."""
    match loc:
        case ("classes", int(number), *rest):
            try:
                name = str(raw["classes"][number]["code"])[:20]
            except (KeyError, TypeError):
                name = f"classes[{number}]"
            return " ".join((name, ".".join(map(str, rest)))).strip()
    return ".".join(map(str, loc)) or "?"


def _class(told: _Class) -> PlannedClass:
    rule = told.retention
    return PlannedClass(
        code=told.code,
        parent=told.parent,
        name_zh=told.zh,
        name_en=told.en,
        selectable=told.selectable,
        level=told.confidentiality,
        on_exit=told.on_service_exit,
        source_status=told.source_status,
        retention=RetentionRule(**rule.model_dump()) if rule else None,
        disposition=told.disposition,
        sources=tuple(told.sources),
        doc_types=tuple(told.doc_types),
        note=told.note,
        is_closed=told.closed,
    )


def write_plan(plan: FilePlan) -> str:
    """YAML from which ``parse_plan`` reads the same plan."""
    return yaml.safe_dump(_told_plan(plan), allow_unicode=True, sort_keys=False, width=110)


def verify(plan: FilePlan) -> None:
    """Raises BadPlan for a plan that, once written, could not be read again: a text too long, say."""
    raw = _told_plan(plan)
    plan_from(raw, lambda loc: _place(raw, loc))


def _told_plan(plan: FilePlan) -> dict[str, Any]:
    return {
        "scheme": {"id": plan.scheme, "zh": plan.name_zh, "en": plan.name_en, "version": plan.number},
        "triggers": [{"code": t.code, "zh": t.name_zh, "en": t.about} for t in plan.triggers],
        "sources": [{"id": s.code, "title": s.name_zh, "sure": s.about} for s in plan.sources],
        "classes": [_told(c) for c in plan.classes],
    }


def _told(c: PlannedClass) -> dict[str, Any]:
    told: dict[str, Any] = {
        "code": c.code,
        "zh": c.name_zh,
        "en": c.name_en,
        "parent": c.parent,
        "selectable": c.selectable,
        "confidentiality": c.level.value,
    }
    if c.retention is not None:
        rule = c.retention
        told["retention"] = {"kind": rule.kind.value, "label_zh": rule.label_zh}
        if rule.years is not None:
            told["retention"] |= {"years": rule.years, "trigger": rule.trigger}
        told["retention"] |= {"limit": rule.limit.value, "code": rule.code, "figure": rule.figure.value}
        if rule.blocked_while:
            told["retention"]["blocked_while"] = rule.blocked_while
    if c.disposition is not None:
        told["disposition"] = c.disposition.value
    told |= {
        "on_service_exit": c.on_exit.value,
        "sources": list(c.sources),
        "source_status": c.source_status.value,
    }
    if c.doc_types:
        told["doc_types"] = list(c.doc_types)
    if c.note:
        told["note"] = c.note
    if c.is_closed:
        told["closed"] = True
    return told
