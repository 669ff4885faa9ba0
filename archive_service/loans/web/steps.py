"""What a person does on the page of a slip: each button one step of the table."""

from collections.abc import Callable
from typing import Final

from flask import flash, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import premises, records
from archive_service.kernel.errors import Conflict, Forbidden, Invalid
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.rows import LoanItemRow
from archive_service.loans.rules import Condition, LoanItemId, Outcome
from archive_service.loans.rules.asking import Finding, Handed
from archive_service.loans.rules.refusals import BadAmount, NeedsSource
from archive_service.loans.rules.remedies import Rebuilt
from archive_service.loans.service import issuing, remedying, reminding, renewing, requesting, returning
from archive_service.loans.web.furnishing import LARGEST_ID, ONE, blueprint, to
from archive_service.loans.web.slips import slip_page
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

MOST_PAGES: Final = 100_000
LONGEST: Final = 2000


def _act(
    loan_id: int, step: str, fields: set[str], verb: Callable[[UnitOfWork], object]
) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset(fields))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            verb(work)
    except (Invalid, Conflict, Forbidden) as error:
        status = 403 if isinstance(error, Forbidden) else 409 if isinstance(error, Conflict) else 422
        told = {name: value[:LONGEST] for name, value in request.form.items()}
        return make_response(slip_page(loan_id, trouble=explain(error), told=told, about=step), status)
    flash(str(gettext("Saved.")), "success")
    return to("loans.one", loan_id=loan_id)


def _items(loan_id: int) -> list[LoanItemRow]:
    actor = current_actor()
    with current_archive().reading() as session:
        return queries.items_of(session, actor, queries.loan(session, actor, loan_id).id)


def _fields(items: list[LoanItemRow], *names: str) -> set[str]:
    return {f"{name}-{one.id}" for one in items for name in names}


def _pages(one: LoanItemRow) -> int:
    found = whole_number(request.form.get(f"pages-{one.id}", ""), MOST_PAGES)
    return -1 if found is None else found


def _condition(one: LoanItemRow) -> Condition:
    told = request.form.get(f"condition-{one.id}", "")
    return Condition(told) if told in set(Condition) else Condition.GOOD


@blueprint.post(f"{ONE}/submit")
def submit(loan_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        seal = premises.seal_of(current_archive())
        requesting.submit(work, seal, loan_id, undertaking=request.form.get("undertaking", ""))

    return _act(loan_id, "submit", {"undertaking"}, verb)


@blueprint.post(f"{ONE}/cancel")
def cancel(loan_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        requesting.cancel(work, loan_id, comment=request.form.get("comment", ""))

    return _act(loan_id, "cancel", {"comment"}, verb)


@blueprint.post(f"{ONE}/issue")
def issue(loan_id: int) -> ResponseReturnValue:
    items = _items(loan_id)

    def verb(work: UnitOfWork) -> None:
        form = request.form
        handed = [
            Handed(
                one.id,
                _pages(one),
                _condition(one),
                form.get(f"note-{one.id}", ""),
                whole_number(form.get(f"copies-{one.id}", ""), LARGEST_ID) or 0,
            )
            for one in items
            if f"pages-{one.id}" in form
        ]
        issuing.issue(work, loan_id, handed)

    return _act(loan_id, "issue", _fields(items, "pages", "condition", "note", "copies"), verb)


@blueprint.post(f"{ONE}/renewal")
def renewal(loan_id: int) -> ResponseReturnValue:
    """Ask for more days; ``act``: ``withdraw`` to no longer ask."""

    def verb(work: UnitOfWork) -> None:
        if request.form.get("act") == "withdraw":
            renewing.take_back_renewal(work, loan_id)
        else:
            renewing.ask_renewal(work, loan_id, reason=request.form.get("reason", ""))

    return _act(loan_id, "ask_renewal", {"reason", "act"}, verb)


@blueprint.post(f"{ONE}/return")
def take_back(loan_id: int) -> ResponseReturnValue:
    """``item``: those that were brought, several."""

    def verb(work: UnitOfWork) -> None:
        told = (whole_number(one, LARGEST_ID) for one in request.form.getlist("item"))
        brought = [LoanItemId(one) for one in told if one is not None]
        returning.take_back(work, loan_id, brought, comment=request.form.get("comment", ""))

    return _act(loan_id, "take_back", {"item", "comment"}, verb)


@blueprint.post(f"{ONE}/check")
def check(loan_id: int) -> ResponseReturnValue:
    items = _items(loan_id)

    def verb(work: UnitOfWork) -> None:
        form = request.form
        findings = []
        for one in items:
            outcome = form.get(f"outcome-{one.id}", "")
            if outcome in set(Outcome):
                note = form.get(f"note-{one.id}", "")
                # What is lost has no pages to count: the field still holds what went out.
                pages = 0 if outcome == Outcome.LOST.value else _pages(one)
                findings.append(Finding(one.id, Outcome(outcome), pages, _condition(one), note))
        returning.check(work, loan_id, findings)

    return _act(loan_id, "find_whole", _fields(items, "pages", "condition", "note", "outcome"), verb)


@blueprint.post(f"{ONE}/lost")
def lost(loan_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        returning.report_lost(work, loan_id, comment=request.form.get("comment", ""))

    return _act(loan_id, "report_lost", {"comment"}, verb)


@blueprint.post(f"{ONE}/chase")
def chase(loan_id: int) -> ResponseReturnValue:
    return _act(loan_id, "chase", set(), lambda work: reminding.chase(work, loan_id))


@blueprint.post(f"{ONE}/remedies/<int(max=2147483647):remedy_id>")
def remedy(loan_id: int, remedy_id: int) -> ResponseReturnValue:
    """``step``: statement, rebuild, compensate or note; ``text`` what is said, ``how`` and ``paper`` of rebuilding,
    ``amount`` in yuan."""

    def verb(work: UnitOfWork) -> None:
        form = request.form
        text = form.get("text", "")
        match form.get("step", ""):
            case "statement":
                remedying.give_statement(work, remedy_id, text)
            case "rebuild":
                _rebuild(work, remedy_id, text)
            case "compensate":
                remedying.compensate(work, remedy_id, _fen(form.get("amount", "")), note=text)
            case _:
                remedying.note(work, remedy_id, text)

    return _act(loan_id, f"remedy-{remedy_id}", {"step", "text", "how", "paper", "amount"}, verb)


def _rebuild(work: UnitOfWork, remedy_id: int, source: str) -> None:
    how, typed = request.form.get("how", ""), request.form.get("paper", "").strip()
    paper = records.document_called(work.session, work.actor, typed) if typed else None
    if how not in set(Rebuilt) or (typed and paper is None):
        raise NeedsSource(field="paper")
    remedying.rebuild(work, remedy_id, Rebuilt(how), source=source, replacement_id=paper)


def _fen(typed: str) -> int:
    """Raises BadAmount."""
    yuan, _, cents = typed.strip().lstrip("¥￥").replace(",", "").partition(".")
    whole = whole_number(yuan, 10**9)
    if whole is None or len(cents) > 2 or (cents and not (cents.isascii() and cents.isdigit())):
        raise BadAmount(field="amount")
    return whole * 100 + int(cents.ljust(2, "0") or "0")
