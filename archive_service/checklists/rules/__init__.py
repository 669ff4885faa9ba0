"""What a checklist is made of, when an item counts as missing, and what may be asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid

OpenedId = NewType("OpenedId", int)
ItemId = NewType("ItemId", int)
SettlementId = NewType("SettlementId", int)
TaskId = NewType("TaskId", int)

TASK_AFTER: Final = timedelta(days=30)
"""How long something may be missing before a task is made of it; a task is due as long after that. Practice."""
ESCALATED_AFTER: Final = timedelta(days=60)
"""How long before it is the manager's business. Both counted from the day on which it became needed."""
MOST_REASON: Final = 255
MOST_NAME: Final = 120
MOST_PROMISE: Final = timedelta(days=366)


class Mandatory(StrEnum):
    YES = "yes"
    CONDITIONAL = "conditional"
    NO = "no"


class PaperForm(StrEnum):
    ORIGINAL = "original"
    COPY = "copy"
    ELECTRONIC = "electronic"


class Need(StrEnum):
    """Whether the case needs an item now."""

    NEEDED = "needed"
    NOT_NEEDED = "not_needed"
    UNDECIDED = "undecided"  # nobody has said yet whether its condition holds
    LATER = "later"  # its stage has not come


class ItemStanding(StrEnum):
    """What one person is told of an item. CLOSED says nothing about it, see ``docs/decisions``."""

    MISSING = "missing"
    PROMISED = "promised"
    SATISFIED = "satisfied"
    NOT_APPLICABLE = "not_applicable"
    NOT_NEEDED = "not_needed"
    UNDECIDED = "undecided"
    LATER = "later"
    CLOSED = "closed"


class Settlement(StrEnum):
    """What may be said of an item: a paper that is on file, that there will be none, or a day by which it comes."""

    LINK = "link"
    NOT_APPLICABLE = "not_applicable"
    PROMISE = "promise"


class TaskEnd(StrEnum):
    EVIDENCE = "evidence"
    NOT_NEEDED = "not_needed"


class ClosedBy(StrEnum):
    """Another act that closed a list along the way."""

    TITLE_TRANSFER = "title-transfer"


class ListState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class UnknownChecklist(Invalid):
    code = "checklists.unknown"
    message = N_("There is no checklist “%(checklist)s”.")


class NeedsSubject(Invalid):
    code = "checklists.needs-subject"
    message = N_("What is the list for? Give a unit, a case file or a name.")


class BadEventDay(Invalid):
    code = "checklists.bad-day"
    message = N_("This is no day on which it can have happened. Write it like 2026-03-08.")


class BadPromise(Invalid):
    code = "checklists.bad-promise"
    message = N_("A promise needs a day from today on, within a year. Write it like 2026-03-08.")


class NeedsPaper(Invalid):
    code = "checklists.needs-paper"
    message = N_("Which paper is it? Give its archival number or choose one of those that fit.")


class NotFiled(Conflict):
    code = "checklists.not-filed"
    message = N_("Only papers that have been filed can stand for an item. File this one first.")


class ListClosed(Conflict):
    code = "checklists.closed"
    message = N_("This list is closed. Open it again first.")


class SettledMeanwhile(Conflict):
    code = "checklists.settled-meanwhile"
    message = N_("Somebody has dealt with this item in the meantime. Please look at it again.")


class StageMeanwhile(Conflict):
    code = "checklists.stage-meanwhile"
    message = N_("The case stands at another stage by now. Please look at it again.")


class FactsMeanwhile(Conflict):
    code = "checklists.facts-meanwhile"
    message = N_(
        "Somebody has answered these questions otherwise in the meantime. Please look at them again."
    )


class UnknownStage(Invalid):
    code = "checklists.unknown-stage"
    message = N_("The case can't go to this stage from where it stands.")


class UnknownFact(Invalid):
    code = "checklists.unknown-fact"
    message = N_("This list does not ask about “%(fact)s”.")


class StillOpen(Conflict):
    """``items``: codes of what is missing or undecided."""

    code = "checklists.still-open"
    message = N_("Something is still missing or undecided: %(items)s")


class NeedsWholeSight(Forbidden):
    code = "checklists.needs-whole-sight"
    message = N_("Whether the list is complete can be told only by who may see all of its papers.")


class UnknownPerson(Invalid):
    code = "checklists.unknown-person"
    message = N_("There is nobody of this name here.")


@dataclass(frozen=True, slots=True)
class Stage:
    """``complete_before``: stages whose items must be there before this one may be entered."""

    code: str
    name_zh: str
    name_en: str
    complete_before: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a case that is so or not so, told as a statement."""

    code: str
    name_zh: str
    name_en: str

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


def need_of(
    mandatory: Mandatory,
    when: str,
    stage: str,
    *,
    facts: Mapping[str, bool],
    stages: Sequence[str],
    reached: str,
) -> Need:
    """Whether an item is needed by a case that stands at ``reached`` of ``stages``, with what is known of it.

    Source: common rules of the checklists, "conditional items are evaluated again at every stage change".
    """
    if stage and stages and stages.index(stage) > stages.index(reached):
        return Need.LATER
    if mandatory is Mandatory.NO:
        return Need.NOT_NEEDED
    if mandatory is Mandatory.YES:
        return Need.NEEDED
    told = facts.get(when)
    if told is None:
        return Need.UNDECIDED
    return Need.NEEDED if told else Need.NOT_NEEDED


def state_of(need: Need, *, linked: bool, waived: bool, promised_for: date | None) -> ItemStanding:
    """What stands first counts: a paper that is there, then that none will come, then the promise of one."""
    if linked:
        return ItemStanding.SATISFIED
    if waived:
        return ItemStanding.NOT_APPLICABLE
    if need is Need.NEEDED:
        return ItemStanding.PROMISED if promised_for else ItemStanding.MISSING
    return ItemStanding(need.value)


def likeness(title: str, item: str) -> float:
    """0 to 1: how much of an item's name stands in a title, by pairs of characters; for the order of proposals."""
    pairs = {item[i : i + 2] for i in range(len(item) - 1)}
    found = {title[i : i + 2] for i in range(len(title) - 1)}
    return len(pairs & found) / len(pairs) if pairs else 0.0
