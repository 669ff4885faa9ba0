"""The case table (借阅规则): for how many days, how often renewed, in which ways; each row with its history."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import approvals, people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.loans.queries import rulebook as queries
from archive_service.loans.queries.rulebook import KIND
from archive_service.loans.rules import UseMode
from archive_service.loans.rules.cases import CaseRule, LoanCase
from archive_service.loans.rules.refusals import RuleMoved, WrongRule
from archive_service.loans.service import ruling
from archive_service.loans.web.furnishing import LARGEST_ID, blueprint, must_take_part, to, words
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import TAKE, both, taken

NUMBERS: Final = {
    "days": N_("Days at most"),
    "renewals": N_("Renewals at most"),
    "renewal_days": N_("Days each renewal"),
}
SWITCHES: Final = {
    "masked": N_("Third parties and numbers stay covered"),
    "watermark": N_("Watermark with name, time and slip number"),
    "stamped": N_("Copies are stamped as true to the original"),
    "legal_basis": N_("The provision of the law must be named"),
    "reason": N_("Why it must be uncovered has to be said"),
    "own_department_free": N_("Nobody is asked for papers of one's own department"),
    "original_stays": N_("The original never leaves"),
}
_FORM: Final = (*NUMBERS, *(f"use_{use.value}" for use in UseMode), *(f"is_{name}" for name in SWITCHES))


@blueprint.get("/rules")
def rules() -> str:
    only_asked()
    _must_look()
    with current_archive().reading() as session:
        rows = list(queries.rules(session).values())
        chains = {row.case: row for row in approvals.chains(session) if row.kind == KIND}
    return render_template("loans/rules.html", rows=rows, chains=chains, switches=SWITCHES, **words())


@blueprint.get("/rules/<string(maxlength=40):case>")
def rule(case: str) -> ResponseReturnValue:
    only_asked()
    _must_look()
    return _page(_case(case))


@blueprint.post("/rules/<string(maxlength=40):case>")
def change_rule(case: str) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({*_FORM, "reason", "seen", TAKE}))
    actor, archive, named = current_actor(), current_archive(), _case(case)
    actor.must(Permission.MANAGE_LOAN_RULES)
    with archive.reading() as session:
        before = queries.rules(session)[named].rule
    typed = taken({name: request.form.get(name, "").strip()[:8] for name in _FORM}, _told(before))
    try:
        with archive.unit_of_work(actor) as work:
            ruling.change_rule(
                work,
                _changed(before, typed),
                reason=request.form.get("reason", ""),
                seen=whole_number(request.form.get("seen", ""), LARGEST_ID) or 0,
            )
    except (Invalid, Conflict) as error:
        return _page(named, error, typed)
    flash(str(gettext("Changed. It counts for slips that are handed in from now on.")), "success")
    return to("loans.rule", case=case)


def _must_look() -> None:
    """Who lends or borrows, and who keeps the rules without doing either. Raises SignInNeeded, Forbidden."""
    if not current_actor().may(Permission.MANAGE_LOAN_RULES):
        must_take_part()


def _case(case: str) -> LoanCase:
    if case not in set(LoanCase):
        raise NotFound()
    return LoanCase(case)


def _told(rule: CaseRule) -> dict[str, str]:
    """As the form's fields hold them."""
    told = {name: str(getattr(rule, name)) for name in NUMBERS}
    told |= {f"use_{use.value}": "yes" if use in rule.uses else "" for use in UseMode}
    return told | {f"is_{name}": "yes" if getattr(rule, name) else "" for name in SWITCHES}


def _changed(before: CaseRule, typed: Mapping[str, str]) -> CaseRule:
    """Raises WrongRule."""
    numbers = {name: whole_number(typed[name], 10_000) for name in NUMBERS}
    if None in numbers.values():
        raise WrongRule(field="days")
    uses = frozenset(use for use in UseMode if typed[f"use_{use.value}"] == "yes")
    switches: dict[str, Any] = {name: typed[f"is_{name}"] == "yes" for name in SWITCHES}
    return replace(
        before,
        days=numbers["days"] or 0,
        renewals=numbers["renewals"] or 0,
        renewal_days=numbers["renewal_days"] or 0,
        uses=uses,
        **switches,
    )


def _page(
    case: LoanCase, error: Invalid | Conflict | None = None, typed: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    with current_archive().reading() as session:
        history = queries.rule_history(session, case)
        chain = next(
            (one for one in approvals.chains(session) if one.kind == KIND and one.case == case), None
        )
        names = people.display_names(
            session, {one.changed_by for one in history if one.changed_by is not None}
        )
    row = next(one for one in history if one.in_force)
    stored, field = _told(row.rule), "" if error is None else str(error.facts.get("field", ""))
    page = render_template(
        "loans/rule.html",
        row=row,
        history=history,
        chain=chain,
        names=names,
        typed=stored if typed is None else typed,
        found=both(typed, stored) if typed is not None and isinstance(error, RuleMoved) else {},
        reason=request.form.get("reason", "")[:255],
        trouble=explain(error) if error is not None and field not in ("reason", "days") else "",
        errors={field: [explain(error)]} if error is not None else {},
        numbers=NUMBERS,
        switches=SWITCHES,
        uses=list(UseMode),
        may_change=current_actor().may(Permission.MANAGE_LOAN_RULES),
        may_see_chains=current_actor().may(Permission.SEE_APPROVALS),
        **words(),
    )
    if error is None:
        return page
    return make_response(page, 409 if isinstance(error, Conflict) else 422)
