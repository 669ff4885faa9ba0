"""委托代批 through the browser: who decides for whom, from day to day."""

from datetime import date

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.approvals.queries import delegations as queries
from archive_service.approvals.queries.hats import at_work
from archive_service.approvals.rules import LONGEST_DELEGATION_DAYS, WrongDelegation
from archive_service.approvals.service import delegating as service
from archive_service.approvals.web.furnishing import LARGEST_ID, PAGE_SIZE, blueprint, words
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.kernel.ids import DelegationId, UserId
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

_FIELDS = frozenset({"to", "first_day", "last_day", "reason"})


@blueprint.get("/approvals/delegations")
def delegations() -> ResponseReturnValue:
    """One's own; whoever reads the trail or manages chains sees all. ``before``: the id to go on from."""
    only_asked("before")
    return _page()


def _page(error: ArchiveError | None = None) -> ResponseReturnValue:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_APPROVALS)
    now, decides = archive.clock.now(), actor.may(Permission.DECIDE_APPROVALS)
    sees_all = actor.may(Permission.READ_AUDIT) or actor.may(Permission.MANAGE_CHAINS)
    before = whole_number(request.args.get("before", ""), LARGEST_ID)
    with archive.reading() as session:
        concerned = None if sees_all else actor.user_id
        rows = queries.delegations(session, now, concerned, before=before, limit=PAGE_SIZE + 1)
        able = [one for one in at_work(session, now).roles if one != actor.user_id] if decides else []
        names = people.display_names(session, able)
    told = render_template(
        "approvals/delegations.html",
        rows=rows[:PAGE_SIZE],
        next_before=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        people=sorted(((one, names[one]) for one in able), key=lambda pair: pair[1]),
        decides=decides,
        me=actor.user_id,
        today=business_day(now),
        typed={name: request.form.get(name, "") for name in _FIELDS},
        errors={} if error is None else {str(error.facts.get("field", "")): [explain(error)]},
        most_days=LONGEST_DELEGATION_DAYS,
        **words(),
    )
    if error is None:
        return told
    return make_response(told, 409 if isinstance(error, Conflict) else 422)


@blueprint.post("/approvals/delegations")
def delegate() -> ResponseReturnValue:
    only_asked("before")
    refuse_unknown(_FIELDS)
    actor = current_actor()
    actor.must(Permission.DECIDE_APPROVALS)
    try:
        to = whole_number(request.form.get("to", ""), LARGEST_ID)
        if to is None:
            raise WrongDelegation(field="to")
        with current_archive().unit_of_work(actor) as work:
            service.delegate(
                work, UserId(to), _day("first_day"), _day("last_day"), request.form.get("reason", "")
            )
    except (Invalid, Conflict) as error:
        return _page(error)
    flash(str(gettext("Delegated. On these days requests can be decided for you.")), "success")
    return redirect(url_for("approvals.delegations"), code=303)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        raise WrongDelegation(field=name) from None


@blueprint.post(f"/approvals/delegations/<int(max={LARGEST_ID}):delegation_id>/ending")
def end(delegation_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset())
    actor = current_actor()
    actor.must(Permission.DECIDE_APPROVALS)
    try:
        with current_archive().unit_of_work(actor) as work:
            service.end_delegation(work, DelegationId(delegation_id))
    except Conflict as error:
        return _page(error)
    flash(str(gettext("The delegation is ended.")), "success")
    return redirect(url_for("approvals.delegations"), code=303)
