"""What a file plan (分类方案) consists of. Pure values. Source of fields and codes: the plan's own YAML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_
from archive_service.kernel.levels import Level

CODE: Final = re.compile(r"[A-Z]{2}(\.\d{2}(\.[A-Z]{1,2})?)?")


class RetentionKind(StrEnum):
    PERMANENT = "permanent"
    FIXED = "fixed"  # runs from 1 January after the year of the trigger
    EVENT = "event"  # runs from the day after an event; without the event it never runs


class Limit(StrEnum):
    """What the period is: at least so long, at most so long (personal data), exactly so long."""

    MIN = "min"
    MAX = "max"
    BOTH = "both"


class Figure(StrEnum):
    """How sure the number of years is."""

    LAW = "law"
    DERIVED = "derived"
    PRACTICE = "practice"


class Disposition(StrEnum):
    """What is proposed when the period is over. Nothing is destroyed without its own procedure."""

    PERMANENT = "permanent"
    REVIEW = "review"
    DESTROY = "destroy"


class OnExit(StrEnum):
    """Where the papers go when the service contract ends."""

    TRANSFER = "transfer"
    TRANSFER_COPY = "transfer_copy"
    RETAIN = "retain"


class SourceStatus(StrEnum):
    """How sure the duty to keep such papers is."""

    CITED = "cited"
    CITED_AND_PRACTICE = "cited+practice"
    PRACTICE = "practice"


KIND_NAMES: Final = {
    RetentionKind.PERMANENT: N_("For ever"),
    RetentionKind.FIXED: N_("Years from the end of a year"),
    RetentionKind.EVENT: N_("Years from an event"),
}
LIMIT_NAMES: Final = {Limit.MIN: N_("at least"), Limit.MAX: N_("at most"), Limit.BOTH: N_("exactly")}
FIGURE_NAMES: Final = {
    Figure.LAW: N_("the figure stands in a rule"),
    Figure.DERIVED: N_("the figure is derived from a rule"),
    Figure.PRACTICE: N_("the figure is practice"),
}
DISPOSITION_NAMES: Final = {
    Disposition.PERMANENT: N_("Kept for ever"),
    Disposition.REVIEW: N_("Appraised, may be kept longer"),
    Disposition.DESTROY: N_("Appraised, then destroyed"),
}
ON_EXIT_NAMES: Final = {
    OnExit.TRANSFER: N_("Handed over"),
    OnExit.TRANSFER_COPY: N_("A copy is handed over"),
    OnExit.RETAIN: N_("Stays with the company"),
}
SOURCE_STATUS_NAMES: Final = {
    SourceStatus.CITED: N_("Duty stands in a rule"),
    SourceStatus.CITED_AND_PRACTICE: N_("Rule and practice"),
    SourceStatus.PRACTICE: N_("Practice"),
}


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """``years`` and ``trigger`` are None exactly for permanent ones. ``blocked_while``: a condition during
    which papers are never due, "" for none. ``code``: as archival numbers carry it (Y, D10, E5)."""

    kind: RetentionKind
    label_zh: str
    limit: Limit
    code: str
    figure: Figure
    years: int | None = None
    trigger: str | None = None
    blocked_while: str = ""


def retention_code(kind: RetentionKind, years: int | None) -> str:
    """The period as archival numbers carry it: Y, D10, E5."""
    return {RetentionKind.PERMANENT: "Y", RetentionKind.FIXED: "D", RetentionKind.EVENT: "E"}[kind] + str(
        years or ""
    )


def retention_label(kind: RetentionKind, years: int | None, trigger_zh: str) -> str:
    """The period as people say it: 永久, 定期10年, 事项办结(含回访)后5年."""
    if kind is RetentionKind.PERMANENT:
        return "永久"
    return f"定期{years}年" if kind is RetentionKind.FIXED else f"{trigger_zh}后{years}年"


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """``retention`` and ``disposition`` are None exactly for headings, which take no documents.

    ``is_closed``: takes no more documents; those it has stay.
    """

    code: str
    parent: str | None
    name_zh: str
    name_en: str
    selectable: bool
    level: Level
    on_exit: OnExit
    source_status: SourceStatus
    retention: RetentionRule | None = None
    disposition: Disposition | None = None
    sources: tuple[str, ...] = ()
    doc_types: tuple[str, ...] = ()
    note: str = ""
    is_closed: bool = False

    @property
    def takes_documents(self) -> bool:
        return self.selectable and not self.is_closed


@dataclass(frozen=True, slots=True)
class Term:
    """A trigger or a source that classes refer to. ``about``: what it is, or how sure it is."""

    code: str
    name_zh: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A whole plan. ``classes``: in the plan's order, parents before children."""

    scheme: str
    name_zh: str
    name_en: str
    number: str
    classes: tuple[PlannedClass, ...]
    triggers: tuple[Term, ...] = ()
    sources: tuple[Term, ...] = ()
    by_code: Mapping[str, PlannedClass] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {planned.code: planned for planned in self.classes})

    def below(self, code: str) -> Iterator[PlannedClass]:
        """The class itself and all that lies below it."""
        return (c for c in self.classes if c.code == code or c.code.startswith(f"{code}."))
