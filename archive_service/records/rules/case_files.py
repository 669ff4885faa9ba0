"""Case files (案卷): their life and what is written on their cover. Pure. Source: metadata.md §2."""

import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.errors import N_, Conflict, Invalid
from archive_service.premises.rules.holders import covered_names
from archive_service.premises.rules.owning import Owned
from archive_service.records.rules import TooLong, clean_text, first_day
from archive_service.records.rules.filing import listed

CaseFileId = NewType("CaseFileId", int)


class FileState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class FileStep(StrEnum):
    CLOSE = "close"
    REOPEN = "reopen"


FILE_MOVES: Final[dict[FileStep, tuple[FileState, FileState]]] = {
    FileStep.CLOSE: (FileState.OPEN, FileState.CLOSED),
    FileStep.REOPEN: (FileState.CLOSED, FileState.OPEN),
}
OWNER_FILES: Final = ("YZ.01", "YZ.02", "YZ.03")
"""Classes in which an owner has a file of their own."""
OF_BOTH_SIDES: Final = ("YZ.03",)
"""Papers by which a title passes: dated before or after that day, they name who owned before and who owns after."""
MOVE_IN_FILE: Final = "YZ.01"
"""The one every owner has."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``made_by``/``made_on``: 立卷人; ``checked_by``/``checked_on``: 检查人; ``note``: 本卷情况说明."""

    title: str = ""
    unit: str = ""
    owner: str = ""
    responsible_unit: str = ""
    cross_ref: str = ""
    note: str = ""
    made_by: str = ""
    made_on: str = ""
    checked_by: str = ""
    checked_on: str = ""


FILE_LENGTHS: Final = {
    "title": 255,
    "unit": 64,
    "owner": 80,
    "responsible_unit": 120,
    "cross_ref": 200,
    "note": 1000,
    "made_by": 80,
    "made_on": 10,
    "checked_by": 80,
    "checked_on": 10,
}
DAYS: Final = ("made_on", "checked_on")


class WrongFileState(Conflict):
    code = "case-file.wrong-state"
    message = N_(
        "Somebody was faster: this file is no longer in the state in which you saw it. Please look again."
    )


class FileClosed(Conflict):
    code = "case-file.closed"
    message = N_("This file is closed and takes no more papers. Open it again first, with a reason.")


class StaleFile(Conflict):
    code = "case-file.stale"
    message = N_("Somebody else changed this file while you were writing. Both are shown; please choose.")


class NoSuchFile(Invalid):
    code = "case-file.unknown"
    message = N_("There is no file with this number.")


class OtherClass(Invalid):
    code = "case-file.other-class"
    message = N_("This file is of another class, and papers of one file are of one class.")


class NotInFiles(Invalid):
    code = "case-file.by-item"
    message = N_("Papers of this class are numbered one by one and stand in no file.")


class NoFonds(Conflict):
    code = "case-file.no-fonds"
    message = N_(
        "There is no project yet, and its fonds number begins every number. Please make it under “Premises”."
    )


class ChooseFonds(Invalid):
    code = "case-file.choose-fonds"
    message = N_("Please choose the project to which it belongs.")


class OtherOwner(Conflict):
    code = "case-file.other-owner"
    message = N_(
        "This unit has an open file of another owner. Close that one first, when the title has passed on."
    )


class OtherOwnersFile(Invalid):
    code = "case-file.of-another-owner"
    message = N_(
        "This file belongs to another owner than the one written on the paper. Please choose the file of that owner, or "
        "open a new one."
    )


class OtherUnitsFile(Invalid):
    code = "case-file.of-another-unit"
    message = N_(
        "This file belongs to another unit than the one written on the paper. Please choose a file of that unit, or open "
        "a new one."
    )


class NotTheOwner(Invalid):
    code = "case-file.not-the-owner"
    message = N_(
        "By the register this unit belonged to somebody else on %(day)s. If the title has passed on, carry out the "
        "title transfer on the unit's page first; otherwise please correct the owner or the date."
    )


class BadDay(Invalid):
    code = "case-file.bad-day"
    message = N_("“%(value)s” is not a day. Write it like 2026-03-08.")


class NeedsTitle(Invalid):
    code = "case-file.needs-title"
    message = N_("Please give the file a title.")


def share_an_owner(one: str, other: str) -> bool:
    """Whether somebody is named in both texts; owners in common are written one after the other."""

    def names(text: str) -> set[str]:
        alike = (unicodedata.normalize("NFKC", name).casefold() for name in listed(text))
        return {"".join(name.split()) for name in alike}

    return not names(one).isdisjoint(names(other))


def days_of(doc_date: str, today: date) -> tuple[date, date]:
    """The first and the last day that a possibly partial ISO date means; today for none."""
    first = first_day(doc_date)
    if first is None:
        return today, today
    match doc_date.count("-"):
        case 0:
            return first, date(first.year, 12, 31)
        case 1:
            return first, first.replace(day=monthrange(first.year, first.month)[1])
    return first, first


def owned_then(owner: str, owners: Iterable[Owned], days: tuple[date, date], *, ever: bool = False) -> bool:
    """Whether the register lets ``owner`` stand for who owned the unit on one of these days: somebody named there
    did, under any of their names, covered ones too, or the register knows of nobody for those days. ``ever``: who
    owned on any other day will do as well. Source: workflows.md §1."""
    known = list(owners)
    then = [one for one in known if one.between(*days)]
    if not then:
        return True
    return any(
        share_an_owner(owner, name) or share_an_owner(owner, covered_names(name))
        for one in (known if ever else then)
        for name in one.names
    )


def clean_file(raw: FileFacts) -> FileFacts:
    """Raises TooLong, BadDay, NeedsTitle."""
    texts = {name: clean_text(getattr(raw, name)) for name in FILE_LENGTHS}
    for name, text in texts.items():
        if len(text) > FILE_LENGTHS[name]:
            raise TooLong(field=name, most=FILE_LENGTHS[name])
    for name in DAYS:
        if texts[name]:
            try:
                texts[name] = date.fromisoformat(texts[name]).isoformat()
            except ValueError as error:
                raise BadDay(field=name, value=texts[name]) from error
    if not texts["title"]:
        raise NeedsTitle(field="title")
    return FileFacts(**texts)
