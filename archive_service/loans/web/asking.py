"""The form to ask (文件借阅申请表): several items by number or scanner, with a look at what the table says before."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import approvals, premises, records, working_days
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, ArchiveError, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.rules import (
    MOST_ITEMS,
    UNDERTAKING_VERSION,
    BorrowerKind,
    ItemForm,
    Purpose,
    UseMode,
)
from archive_service.loans.rules.asking import Asked, Outsider
from archive_service.loans.rules.waiting import last_day
from archive_service.loans.service import requesting
from archive_service.loans.service.naming import items_called
from archive_service.loans.web.furnishing import LARGEST_ID, blueprint, to, today, words
from archive_service.people import Role
from archive_service.premises import IdType
from archive_service.premises.rules.parties import ID_TYPE_NAMES
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

_OUTSIDE: Final = ("organisation", "person", "id_type", "id_no", "contact", "letter_no", "legal_basis")
FIELDS: Final = (
    "items",
    "form",
    "purpose",
    "purpose_text",
    "use",
    "days",
    "unmasked",
    "unmask_reason",
    "remarks",
    "borrower",
    "unit",
    "party",
    "id_checked",
    "undertaking",
    *_OUTSIDE,
)
LONGEST: Final = 2000


class UnknownOwner(Invalid):
    code = "loans.unknown-owner"
    message = N_("Enter the unit like 3栋2单元1201, look, and choose one of its owners of today.")


@dataclass(frozen=True, slots=True)
class Look:
    """What would come of the form: the slip as it would be, who would be asked in which order, the last day if it went
    out today."""

    row: LoanRow
    roles: tuple[Role, ...]
    due: date | None


class _Undone(Exception):
    """Nothing of a look is kept."""


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """In the address: ``item``, a paper's or file's number to begin with, and ``items``, several."""
    only_asked("item")
    current_actor().must(Permission.REQUEST_LOAN)
    if request.method == "GET":
        return _page(_begun())
    refuse_unknown(frozenset((*FIELDS, "act")))
    told = {name: request.form.get(name, "")[:LONGEST] for name in FIELDS}
    archive, seal = current_archive(), premises.seal_of(current_archive())
    found: list[Look] = []
    try:
        with archive.unit_of_work(current_actor()) as work:
            asked = _asked(work.session, told)
            looks = request.form.get("act") == "look"
            undertaking = UNDERTAKING_VERSION if looks else told["undertaking"]
            row = requesting.request(work, seal, asked, undertaking=undertaking)
            if looks:
                found.append(_look(work.session, row))
                raise _Undone()
    except _Undone:
        return _page(told, look=found[0])
    except (Invalid, Conflict, Forbidden, NotFound) as error:
        return _page(told, error=error)
    if row.queued:
        flash(
            str(gettext("Somebody else has it. You stand in the queue and are told when it is your turn.")),
            "info",
        )
    else:
        flash(str(gettext("Handed in.")), "success")
    return to("loans.one", loan_id=row.id)


def _look(session: Session, row: LoanRow) -> Look:
    asked = approvals.of_subject(session, row.subject)
    roles = tuple(step.role for step in asked[0].chain) if asked else ()
    due = None
    if row.use is not UseMode.COPY:
        due = last_day(today(), row.days, row.use)
        if row.use is not UseMode.ELECTRONIC:
            due = working_days.next_working_day(session, due)
    return Look(row, roles, due)


def _begun() -> dict[str, str]:
    told = dict.fromkeys(FIELDS, "")
    told |= {"use": UseMode.ON_SITE.value, "days": "1", "purpose": Purpose.WORK.value, "form": "original"}
    told |= {"borrower": BorrowerKind.USER.value, "id_type": IdType.ID_CARD.value}
    numbers = []
    actor = current_actor()
    with current_archive().reading() as session:
        for typed in request.args.getlist("item")[:MOST_ITEMS]:
            paper = parse_uuid(typed)
            row = records.documents_by_id(session, actor, [paper]) if paper else {}
            numbers += [one.archival_no for one in row.values() if one.archival_no] or [typed[:80]]
    told["items"] = "\n".join(numbers)
    return told


def _asked(session: Session, told: dict[str, str]) -> Asked:
    """Raises UnknownItem, UnknownOwner, Invalid."""
    borrower = told["borrower"] if told["borrower"] in set(BorrowerKind) else BorrowerKind.USER.value
    kind = BorrowerKind(borrower)
    if told["use"] not in set(UseMode) or told["purpose"] not in set(Purpose):
        raise Invalid(field="use")
    form = ItemForm.COPY if told["form"] == "copy" else ItemForm.ORIGINAL
    outsider = None
    if kind is not BorrowerKind.USER:
        id_type = told["id_type"] if told["id_type"] in set(IdType) else IdType.ID_CARD.value
        outsider = Outsider(
            person=told["person"],
            id_type=id_type,
            id_no=told["id_no"],
            contact=told["contact"],
            id_checked=told["id_checked"] == "yes",
            organisation=told["organisation"] if kind is BorrowerKind.ORGANISATION else "",
            letter_no=told["letter_no"],
            legal_basis=told["legal_basis"],
        )
    return Asked(
        items=items_called(session, current_actor(), told["items"].splitlines(), form),
        purpose=Purpose(told["purpose"]),
        use=UseMode(told["use"]),
        purpose_text=told["purpose_text"],
        days=whole_number(told["days"], 10_000) or 0,
        borrower=kind,
        party_id=_party(session, told) if kind is BorrowerKind.OWNER else None,
        outsider=outsider,
        unmasked=told["unmasked"] == "yes",
        unmask_reason=told["unmask_reason"],
        remarks=told["remarks"],
    )


def _party(session: Session, told: dict[str, str]) -> int:
    chosen = whole_number(told["party"], LARGEST_ID)
    owners = _owners(session, told["unit"])
    if chosen is None and len(owners) == 1:
        return owners[0][0]
    if chosen is None or chosen not in {one for one, _ in owners}:
        raise UnknownOwner(field="unit")
    return chosen


def _owners(session: Session, unit: str) -> list[tuple[int, str]]:
    """Who owns the unit today, covered."""
    meant = premises.unit_meant(session, unit).unit if unit.strip() else None
    if meant is None:
        return []
    held = premises.occupancies_of_unit(session, premises.seal_of(current_archive()), meant.id)
    return [(one.party.id, one.party.name) for one in held if one.owns and one.holds_on(today())]


def _page(
    told: dict[str, str], *, look: Look | None = None, error: ArchiveError | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    with current_archive().reading() as session:
        own = told["borrower"] == BorrowerKind.OWNER.value and actor.may(Permission.SEE_PARTIES)
        owners = _owners(session, told["unit"]) if own else []
    field = "" if error is None else str(error.facts.get("field", ""))
    shown = render_template(
        "loans/new.html",
        told=told,
        look=look,
        owners=owners,
        id_types=[(one.value, ID_TYPE_NAMES[one]) for one in IdType if one is not IdType.NONE],
        errors={field: [explain(error)]} if error and field in told else {},
        trouble=explain(error) if error and field not in told else None,
        most=MOST_ITEMS,
        **words(),
    )
    status = 200
    if error is not None:
        status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Forbidden) else 422
    return make_response(shown, status)
