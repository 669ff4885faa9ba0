"""The page on which somebody else decides about roles."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import N_, ArchiveError, Conflict, Invalid, NotFound
from archive_service.kernel.levels import LEVEL_NAMES, Sight
from archive_service.people import queries, service
from archive_service.people.queries import ProposalRow
from archive_service.people.rules.proposals import ROLE_DUTIES, InOtherHands, OwnProposal, OwnRole, openings
from archive_service.people.rules.roles import ROLE_NAMES, UPLOAD_CLASSES, warnings_for
from archive_service.people.web.forms import ButtonForm, DecideForm
from archive_service.people.web.gate import fresh_sign_in
from archive_service.web import Paging, asked_page, current_actor, current_archive, explain, only_asked

blueprint = Blueprint("roles", __name__, template_folder="../templates")

PAGE_SIZE: Final = 20
_LARGEST_ID: Final = 2**31 - 1

SIGHT_NAMES: Final = {
    Sight.FACTS: N_("that they exist, not what they say"),
    Sight.MASKED: N_("look, with personal numbers covered"),
    Sight.VIEW: N_("look"),
    Sight.DOWNLOAD: N_("look and take away"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what a role shows, in words."""

    levels: str
    sees: str


@dataclass(frozen=True, slots=True)
class Card:
    """``refused``: why the person who looks may not decide this one; "" if they may."""

    row: ProposalRow
    lines: tuple[Line, ...]
    warnings: tuple[str, ...]
    objection: str
    refused: str


@blueprint.get("/system/roles")
def waiting() -> ResponseReturnValue:
    only_asked("page")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_PEOPLE)
    now = archive.clock.now()
    with archive.reading() as session:
        paging = Paging(asked_page(), PAGE_SIZE, queries.waiting_count(session))
        rows = queries.proposals(session, now, offset=(paging.number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        me = actor.user_id
        rests = me is not None and bool(rows) and queries.in_other_hands(session, now, me)
        nobody = bool(rows) and not queries.can_decide(session, now, but=())
    return render_template(
        "people/proposals.html",
        cards=[_card(actor, row, rests=rests) for row in rows],
        paging=paging,
        nobody=nobody,
        role_names=ROLE_NAMES,
        duties=ROLE_DUTIES,
        usual=UPLOAD_CLASSES,
        may_decide=actor.may(Permission.APPROVE_ROLES),
        may_manage=actor.may(Permission.MANAGE_PEOPLE),
        me=actor.user_id,
        button=ButtonForm(formdata=None),
    )


def _card(actor: Actor, row: ProposalRow, *, rests: bool) -> Card:
    own: ArchiveError | None = None
    if actor.user_id == row.user_id:
        own = OwnRole()
    elif actor.user_id == row.proposer:
        own = OwnProposal()
    elif rests:
        own = InOtherHands()
    return Card(
        row,
        _lines(row),
        tuple(gettext(warning) for warning in warnings_for({*row.held, row.role})),
        "" if row.objection is None else explain(row.objection),
        "" if own is None else explain(own),
    )


def _lines(row: ProposalRow) -> tuple[Line, ...]:
    lines = []
    for opening in openings(row.role, row.terms.classes):
        levels = gettext(", ").join(gettext(LEVEL_NAMES[level]) for level in opening.levels)
        sees = gettext(SIGHT_NAMES[opening.sight])
        if opening.reason:
            sees = gettext("%(sees)s, after saying why", sees=sees)
        if opening.classes is not None:
            levels = gettext("%(levels)s (class %(codes)s)", levels=levels, codes=" ".join(opening.classes))
        lines.append(Line(levels, sees))
    return tuple(lines)


@blueprint.post("/system/roles/<int:grant_id>")
@fresh_sign_in
def decide(grant_id: int) -> ResponseReturnValue:
    """``answer``: approve or refuse."""
    actor, form = current_actor(), DecideForm()
    actor.must(Permission.APPROVE_ROLES)
    form.validate_on_submit()
    if form.answer.data not in ("approve", "refuse"):
        raise NotFound()
    approve = form.answer.data == "approve"
    try:
        with current_archive().unit_of_work(actor) as work:
            if approve:
                row = service.approve_role(work, min(grant_id, _LARGEST_ID))
            else:
                row = service.refuse_role(work, min(grant_id, _LARGEST_ID), form.comment.data or "")
    except (Invalid, Conflict, OwnProposal, OwnRole, InOtherHands) as error:
        flash(explain(error), "danger")
    else:
        told = {"name": row.display_name, "role": gettext(ROLE_NAMES[row.role])}
        flash(
            gettext("Approved: the role %(role)s for %(name)s.", **told)
            if approve
            else gettext("Refused: %(name)s does not get the role %(role)s.", **told),
            "success",
        )
    return redirect(url_for("roles.waiting"), code=303)


@blueprint.post("/system/roles/<int:grant_id>/withdraw")
@fresh_sign_in
def withdraw(grant_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    actor = current_actor()
    try:
        with current_archive().unit_of_work(actor) as work:
            user_id = service.withdraw_role(work, min(grant_id, _LARGEST_ID))
    except Conflict as error:
        flash(explain(error), "danger")
        return redirect(url_for("roles.waiting"), code=303)
    flash(gettext("The proposal is withdrawn."), "success")
    return redirect(url_for("people.one", user_id=user_id), code=303)
