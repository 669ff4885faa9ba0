"""What the pages of checklists share: the blueprint, the words for codes, what lists are of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from flask import Blueprint, Response, redirect, url_for
from sqlalchemy.orm import Session

from archive_service import people, premises, records
from archive_service.checklists.rules import BadEventDay, ClosedBy, ItemStanding, PaperForm, Settlement
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.masking import mask
from archive_service.web import current_actor, current_language

blueprint = Blueprint("checklists", __name__, template_folder="../templates", url_prefix="/checklists")

PAGE_SIZE: Final = 50
LARGEST_ID: Final = 2**31 - 1
ONE: Final = "/<int(max=2147483647):opened_id>"

STATES: Final = {
    ItemStanding.MISSING: (N_("Missing"), "red", "circle-x"),
    ItemStanding.PROMISED: (N_("Promised"), "yellow", "clock"),
    ItemStanding.SATISFIED: (N_("On file"), "green", "circle-check"),
    ItemStanding.NOT_APPLICABLE: (N_("Does not apply"), "secondary", "minus"),
    ItemStanding.NOT_NEEDED: (N_("Not needed"), "secondary", "minus"),
    ItemStanding.UNDECIDED: (N_("To be decided"), "orange", "help-circle"),
    ItemStanding.LATER: (N_("At a later stage"), "secondary", "hourglass"),
    ItemStanding.CLOSED: (N_("Kept by the archivist"), "secondary", "lock"),
}
FORMS: Final = {
    PaperForm.ORIGINAL: N_("Original required"),
    PaperForm.COPY: N_("Copy, compared with the original"),
    PaperForm.ELECTRONIC: N_("Electronic record"),
}
KINDS: Final = {
    Settlement.LINK: N_("linked a paper"),
    Settlement.NOT_APPLICABLE: N_("said that it does not apply"),
    Settlement.PROMISE: N_("noted a promise"),
}
CHANGES: Final = {
    "opened": N_("opened the list"),
    "stage": N_("moved the case to another stage"),
    "steward": N_("entrusted the list to somebody"),
    "closed": N_("closed the list"),
    "reopened": N_("opened the list again"),
}
CLOSED_BY: Final = {ClosedBy.TITLE_TRANSFER.value: N_("Title transfer")}
"""What closed a list along the way, as ``ChangeRow.after`` tells it."""


class NoSuchUnit(Invalid):
    code = "checklists.no-such-unit"
    message = N_("No unit is called that, or several are. Write it like 3栋2单元1201.")


class NoSuchFile(Invalid):
    code = "checklists.no-such-file"
    message = N_("There is no case file with this number, or you may not see it.")


class Subject(Protocol):
    @property
    def unit_id(self) -> int | None: ...
    @property
    def case_file_id(self) -> int | None: ...
    @property
    def case_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the units, case files and people that a page speaks of; files only as the person sees them."""

    units: Mapping[int, str]
    files: Mapping[int, records.CaseFileRow]
    people: Mapping[int, str]

    def of(self, one: Subject) -> str:
        """``3栋2单元1201 · WY01-ZX·01·2026-0045``"""
        parts = []
        if one.unit_id is not None:
            parts.append(self.units.get(one.unit_id, ""))
        if one.case_file_id is not None and one.case_file_id in self.files:
            parts.append(self.files[one.case_file_id].file_no)
        parts.append(mask(one.case_name))
        return " · ".join(part for part in parts if part)

    def person(self, user_id: int | None) -> str:
        return self.people.get(user_id, "") if user_id is not None else ""


def names_for(session: Session, rows: Iterable[Subject], user_ids: Collection[int | None] = ()) -> Names:
    """Three statements, however many rows."""
    shown = list(rows)
    unit_ids = {row.unit_id for row in shown if row.unit_id is not None}
    file_ids = {row.case_file_id for row in shown if row.case_file_id is not None}
    return Names(
        premises.unit_names(session, unit_ids),
        records.case_files_by_id(session, current_actor(), file_ids),
        people.display_names(session, {user_id for user_id in user_ids if user_id is not None}),
    )


def words() -> dict[str, Any]:
    """The names of codes, and what the person may do."""
    actor = current_actor()
    return {
        "language": current_language(),
        "item_states": {state.value: told for state, told in STATES.items()},
        "paper_forms": {form.value: told for form, told in FORMS.items()},
        "may_keep": actor.may(Permission.KEEP_CHECKLISTS),
        "may_oversee": actor.may(Permission.OVERSEE_CHECKLISTS),
        "me": actor.user_id,
    }


def day_in(field: str, typed: str) -> date | None:
    """None for nothing. Raises BadEventDay."""
    typed = typed.strip().replace("/", "-").replace(".", "-")
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise BadEventDay(field=field) from error


def to(endpoint: str, **values: Any) -> Response:
    answer = redirect(url_for(endpoint, **values), code=303)
    assert isinstance(answer, Response)
    return answer
