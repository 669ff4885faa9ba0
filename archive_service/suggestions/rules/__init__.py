"""What can be proposed of a paper, and how sure that is. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class Field(StrEnum):
    """Named as the columns that they fill. Those of a title block from DRAWING_TITLE on."""

    CLASS_CODE = "class_code"
    UNIT = "unit"
    OWNER = "owner"
    DOC_NUMBER = "doc_number"
    DOC_DATE = "doc_date"
    AMOUNT = "amount"
    TITLE = "title"
    DRAWING_NO = "drawing_no"
    DRAWING_TITLE = "drawing_title"
    DISCIPLINE = "discipline"
    STAGE = "stage"
    SCALE = "scale"
    EDITION = "edition"
    SHEET = "sheet"
    SHEET_OF = "sheet_of"
    FLOORS = "floors"
    DESIGN_UNIT = "design_unit"
    ISSUE_DATE = "issue_date"
    CHANGE_REFS = "change_refs"


FIELD_NAMES: Final = {
    Field.CLASS_CODE: N_("Class"),
    Field.UNIT: N_("Unit"),
    Field.OWNER: N_("Owner or tenant"),
    Field.DOC_NUMBER: N_("Document number"),
    Field.DOC_DATE: N_("Date"),
    Field.AMOUNT: N_("Amount"),
    Field.TITLE: N_("Title"),
    Field.DRAWING_NO: N_("Drawing number"),
    Field.DRAWING_TITLE: N_("Drawing title"),
    Field.DISCIPLINE: N_("Discipline"),
    Field.STAGE: N_("Stage"),
    Field.SCALE: N_("Scale"),
    Field.EDITION: N_("Edition"),
    Field.SHEET: N_("Sheet size"),
    Field.SHEET_OF: N_("Sheet of sheets"),
    Field.FLOORS: N_("Floors"),
    Field.DESIGN_UNIT: N_("Design unit"),
    Field.ISSUE_DATE: N_("Date of issue"),
    Field.CHANGE_REFS: N_("Design changes"),
}


class LeftFor(StrEnum):
    """What a model that was trained is left for."""

    COMMONEST = "commonest"  # always naming the commonest class is as good
    ACTIVE = "active"  # the model in use is better


class Source(StrEnum):
    RULE = "rule"
    MODEL = "model"
    LOOK_ALIKE = "look-alike"


SOURCE_NAMES: Final = {
    Source.RULE: N_("what stands on the paper"),
    Source.MODEL: N_("what has been learnt from filed papers"),
    Source.LOOK_ALIKE: N_("papers that look alike"),
}

MOST_CANDIDATES: Final = 4
"""Of one field: a person chooses among few, or types."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` … ``end`` of a page's text. ``page`` counts from 1."""

    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Like:
    """A paper that looks alike, as the text of its id, and how many marks it shares."""

    paper: str
    weight: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value for one field.

    ``confidence`` comes from the paper and the model alone. What else speaks for it or against it stands apart, since
    not everybody may know it: ``likes``, the papers that look alike and have it, with how much each counts; ``checked``,
    how sure it is held against the register of owners. ``share``: of the source that spoke for it most.
    """

    field: Field
    value: str
    confidence: float  # 0..1
    source: Source = Source.RULE
    spans: tuple[Span, ...] = ()
    shown: str = ""  # as a person reads it; "" if that is the value
    likes: tuple["Like", ...] = ()
    checked: float | None = None
    share: float = 0.0


def either(confidences: Iterable[float]) -> float:
    """How sure several independent grounds for the same make it, each by itself so sure."""
    doubt = 1.0
    for confidence in confidences:
        doubt *= 1.0 - min(0.999, max(0.0, confidence))
    return 1.0 - doubt


def best(candidates: Iterable[Candidate], most: int = MOST_CANDIDATES) -> list[Candidate]:
    """The surest of each value, surest first; where the same stands in several places, all of them are told."""
    kept: dict[str, Candidate] = {}
    spans: dict[str, set[Span]] = {}
    for candidate in candidates:
        spans.setdefault(candidate.value, set()).update(candidate.spans)
        known = kept.get(candidate.value)
        if known is None or candidate.confidence > known.confidence:
            kept[candidate.value] = candidate
    ordered = sorted(kept.values(), key=lambda c: (-c.confidence, c.spans, c.value))
    return [
        Candidate(
            c.field,
            c.value,
            round(c.confidence, 4),
            c.source,
            (*c.spans, *sorted(spans[c.value] - set(c.spans)))[:3],
            c.shown,
            c.likes,
        )
        for c in ordered[:most]
        if c.confidence >= LEAST
    ]


LEAST: Final = 0.05
"""What is less sure is not worth reading."""


@dataclass(frozen=True, slots=True)
class KnownClass:
    """A class that takes documents, as far as proposing needs it."""

    code: str
    name: str
    doc_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may ask of the archive: its open classes by code."""

    classes: Mapping[str, KnownClass] = field(default_factory=dict)
