"""What may become of a file plan: classes are added, changed and closed, never taken away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from archive_service.classification.rules.plan import (
    CODE,
    FilePlan,
    PlannedClass,
    RetentionKind,
    retention_code,
)
from archive_service.kernel.errors import N_, Conflict, Invalid


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"
    REOPENED = "reopened"


CHANGE_NAMES: Final = {
    ChangeKind.ADDED: N_("New class"),
    ChangeKind.CHANGED: N_("Changed"),
    ChangeKind.CLOSED: N_("Closed"),
    ChangeKind.REOPENED: N_("Open again"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One class between two plans; ``fields``: names of PlannedClass that differ, in their order."""

    kind: ChangeKind
    old: PlannedClass | None
    new: PlannedClass
    fields: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.new.code


class ClassMissing(Conflict):
    code = "classification.class-missing"
    message = N_("The class %(class_code)s is missing. Classes are closed, never taken away.")


class ClassMoved(Conflict):
    code = "classification.class-moved"
    message = N_("%(class_code)s stands under another class than before. Add a new class and close this one.")


class Contradiction(Invalid):
    """``problem`` is itself a message id."""

    code = "classification.contradiction"
    message = N_("%(class_code)s: %(problem)s")


WRONG_CODE: Final = N_("A code looks like WS, WS.02 or WS.02.Z.")
TWICE: Final = N_("The code is taken.")
NO_PARENT: Final = N_("The class above it does not come before it.")
WRONG_PARENT: Final = N_("The code does not begin with that of the class above it.")
CLOSED_ABOVE: Final = N_("The class above it is closed.")
NO_RULE: Final = N_("A class that takes documents says how long they are kept and what is proposed then.")
RULE_ON_HEADING: Final = N_("A heading takes no documents, so it has no retention either.")
YEARS_OR_NOT: Final = N_("Years and event belong to periods, not to “for ever”.")
RULE_CODE: Final = N_("The short form of the period must be Y, D and the years, or E and the years.")
NO_TRIGGER: Final = N_("The plan does not know this event.")
NO_SOURCE: Final = N_("The plan does not know this source.")
HEADING_ONCE_FILLED: Final = N_("A class that took documents does not become a heading. Close it instead.")


def check(plan: FilePlan) -> None:
    """Raises Contradiction where the plan does not agree with itself."""
    for problem in _problems(plan):
        raise problem


def _problems(plan: FilePlan) -> Iterator[Contradiction]:
    seen: dict[str, PlannedClass] = {}
    triggers, sources = {t.code for t in plan.triggers}, {s.code for s in plan.sources}
    for c in plan.classes:
        for wrong, problem in (
            (not CODE.fullmatch(c.code), WRONG_CODE),
            (c.code in seen, TWICE),
            (c.parent is not None and c.parent not in seen, NO_PARENT),
            (c.parent != (c.code.rpartition(".")[0] or None), WRONG_PARENT),
            (
                not c.is_closed and c.parent is not None and c.parent in seen and seen[c.parent].is_closed,
                CLOSED_ABOVE,
            ),
            (c.selectable and (c.retention is None or c.disposition is None), NO_RULE),
            (not c.selectable and not (c.retention is None and c.disposition is None), RULE_ON_HEADING),
            (not set(c.sources) <= sources, NO_SOURCE),
            *_rule_problems(c, triggers),
        ):
            if wrong:
                yield Contradiction(class_code=c.code, problem=problem)
        seen[c.code] = c


def _rule_problems(c: PlannedClass, triggers: set[str]) -> Iterable[tuple[bool, str]]:
    if c.retention is None:
        return
    rule = c.retention
    is_for_ever = rule.kind is RetentionKind.PERMANENT
    yield is_for_ever != (rule.years is None) or is_for_ever != (rule.trigger is None), YEARS_OR_NOT
    yield rule.code != retention_code(rule.kind, rule.years), RULE_CODE
    yield rule.trigger is not None and rule.trigger not in triggers, NO_TRIGGER


def changes(old: FilePlan, new: FilePlan) -> list[Change]:
    """What makes ``new`` of ``old``, in the new plan's order; both must agree with themselves.

    Raises ClassMissing, ClassMoved, and Contradiction for a class with documents that would become a heading.
    """
    for code in old.by_code:
        if code not in new.by_code:
            raise ClassMissing(class_code=code)
    found = []
    for planned in new.classes:
        before = old.by_code.get(planned.code)
        if before is None:
            found.append(Change(ChangeKind.ADDED, None, planned))
            continue
        if before.parent != planned.parent:
            raise ClassMoved(class_code=planned.code)
        if before.selectable and not planned.selectable:
            raise Contradiction(class_code=planned.code, problem=HEADING_ONCE_FILLED)
        names = tuple(
            f.name for f in fields(PlannedClass) if getattr(before, f.name) != getattr(planned, f.name)
        )
        if not names:
            continue
        kind = ChangeKind.CHANGED
        if before.is_closed != planned.is_closed:
            kind = ChangeKind.CLOSED if planned.is_closed else ChangeKind.REOPENED
        found.append(Change(kind, before, planned, names))
    return found


def next_number(number: str) -> str:
    """``1.4`` → ``1.5``: every change of the plan is a version of its own."""
    major, _, minor = number.partition(".")
    return f"{major}.{int(minor) + 1}"
