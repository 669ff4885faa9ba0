"""Who approves what: the table, the history of each line, and its change."""

from collections.abc import Mapping
from typing import Final

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.approvals.queries import chains as queries
from archive_service.approvals.rules import LONGEST_CHAIN, MOST_DECIDERS, ChainMoved, ChainStep, WrongChain
from archive_service.approvals.service import chains as service
from archive_service.approvals.web.furnishing import LARGEST_ID, blueprint, words
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.people import DECIDING_ROLES, ROLE_NAMES, Role
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import TAKE, both, taken

_LEVELS: Final = range(1, LONGEST_CHAIN + 1)
_STEPS: Final = tuple(f"{part}_{number}" for number in _LEVELS for part in ("role", "deciders"))


@blueprint.get("/approvals/chains")
def chains() -> ResponseReturnValue:
    only_asked()
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_APPROVALS)
    with archive.reading() as session:
        rows = queries.chains(session)
    return render_template("approvals/chains.html", rows=rows, **words())


@blueprint.get("/approvals/chains/<string(maxlength=32):kind>/<string(maxlength=40):case>")
def chain(kind: str, case: str) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.SEE_APPROVALS)
    return _page(kind, case)


@blueprint.post("/approvals/chains/<string(maxlength=32):kind>/<string(maxlength=40):case>")
def change_chain(kind: str, case: str) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({*_STEPS, "reason", "seen", TAKE}))
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.MANAGE_CHAINS)
    with archive.reading() as session:
        stored = _told(queries.chain(session, kind, case).steps)
    typed = taken({name: request.form.get(name, "").strip() for name in _STEPS}, stored)
    try:
        with archive.unit_of_work(actor) as work:
            service.change_chain(
                work,
                kind,
                case,
                _steps(typed),
                reason=request.form.get("reason", ""),
                seen=whole_number(request.form.get("seen", ""), LARGEST_ID) or 0,
            )
    except (Invalid, Conflict) as error:
        return _page(kind, case, error, typed)
    flash(str(gettext("Changed. It counts for what is asked from now on.")), "success")
    return redirect(url_for("approvals.chain", kind=kind, case=case), code=303)


def _page(
    kind: str, case: str, error: Invalid | Conflict | None = None, typed: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    with current_archive().reading() as session:
        history = queries.history(session, kind, case)
        row = queries.chain(session, kind, case)
    stored = _told(row.steps)
    field = "" if error is None else str(error.facts.get("field", ""))
    page = render_template(
        "approvals/chain.html",
        row=row,
        history=history,
        typed=stored if typed is None else typed,
        found=both(typed, stored) if typed is not None and isinstance(error, ChainMoved) else {},
        reason=request.form.get("reason", ""),
        trouble=explain(error) if error is not None and field != "reason" else "",
        errors=[explain(error)] if error is not None and field == "reason" else [],
        levels=_LEVELS,
        roles=[(role.value, gettext(ROLE_NAMES[role])) for role in DECIDING_ROLES],
        most=MOST_DECIDERS,
        may_change=current_actor().may(Permission.MANAGE_CHAINS),
        **words(),
    )
    if error is None:
        return page
    return make_response(page, 409 if isinstance(error, Conflict) else 422)


def _told(steps: tuple[ChainStep, ...]) -> dict[str, str]:
    """As the form's fields hold them."""
    told = dict.fromkeys(_STEPS, "")
    for number, step in enumerate(steps, 1):
        told[f"role_{number}"], told[f"deciders_{number}"] = step.role.value, str(step.deciders)
    return told


def _steps(typed: Mapping[str, str]) -> list[ChainStep]:
    """Levels without a role are left out. Raises WrongChain."""
    steps = []
    for number in _LEVELS:
        if role := typed[f"role_{number}"]:
            deciders = whole_number(typed[f"deciders_{number}"] or "1", MOST_DECIDERS)
            if role not in set(Role) or deciders is None:
                raise WrongChain(field="steps")
            steps.append(ChainStep(Role(role), deciders))
    return steps
