"""What waits for whoever looks, one request with all that is needed to decide, and the way from one to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service.approvals.queries import requests as queries
from archive_service.approvals.queries.requests import CommentRow, CouldDecide, RequestRow
from archive_service.approvals.queries.turns import Turn, turn_of
from archive_service.approvals.rules import NotYourTurn, OwnRequest, RequestState
from archive_service.approvals.service import deciding, ending
from archive_service.approvals.web.furnishing import LARGEST_ID, PAGE_SIZE, blueprint, words
from archive_service.approvals.web.kinds import fact_name, kinds, preview_of
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.kernel.ids import ApprovalId
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

ONE: Final = f"/approvals/<int(max={LARGEST_ID}):request_id>"


@dataclass(frozen=True, slots=True)
class Front:
    """One request as it lies on the table. ``typed``: the comment that could not be taken."""

    row: RequestRow
    preview: str  # HTML, made by a template
    comments: list[CommentRow]
    able: list[CouldDecide]
    turn: Turn | None
    own: bool
    refused: str
    typed: str = ""
    trouble: str = ""


def _front(session: Session, row: RequestRow, typed: str = "", trouble: str = "") -> Front:
    actor, now = current_actor(), current_archive().clock.now()
    turn = turn_of(session, actor, now, row)
    return Front(
        row,
        preview_of(row),
        queries.comments(session, row.id),
        queries.could_decide(session, now, row),
        turn,
        own=actor.user_id == row.requester_id,
        refused=explain(turn.refused) if turn is not None and turn.refused is not None else "",
        typed=typed,
        trouble=trouble,
    )


@blueprint.get("/approvals")
def page() -> ResponseReturnValue:
    """``show``: ``waiting`` for who looks, what they asked for (``mine``), ``decided``, or ``all`` they may see.
    ``before``: the id to go on from."""
    only_asked("show", "before")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_APPROVALS)
    now, decides = archive.clock.now(), actor.may(Permission.DECIDE_APPROVALS)
    shown = request.args.get("show", "waiting" if decides else "mine")
    shown = shown if shown in ("waiting", "mine", "decided", "all") else "waiting"
    before = whole_number(request.args.get("before", ""), LARGEST_ID)
    with archive.reading() as session:
        waiting = queries.waiting_count(session, actor, now)
        if shown == "waiting":
            rows = queries.waiting_for(session, actor, now, before=before, limit=PAGE_SIZE + 1)
        elif shown == "mine":
            rows = queries.asked_by(session, actor, before=before, limit=PAGE_SIZE + 1)
        elif shown == "decided":
            rows = queries.decided_by(session, actor, before=before, limit=PAGE_SIZE + 1)
        else:
            rows = queries.all_requests(session, actor, now, before=before, limit=PAGE_SIZE + 1)
        front = _front(session, rows[0]) if shown == "waiting" and rows else None
    return render_template(
        "approvals/page.html",
        front=front,
        rows=rows[1:PAGE_SIZE] if front else rows[:PAGE_SIZE],
        next_before=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        shown=shown,
        waiting=waiting,
        decides=decides,
        today=business_day(now),
        **words(),
    )


@blueprint.get(ONE)
def one(request_id: int) -> ResponseReturnValue:
    only_asked()
    return _page(ApprovalId(request_id))


def _page(request_id: ApprovalId, error: ArchiveError | None = None) -> ResponseReturnValue:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_APPROVALS)
    now = archive.clock.now()
    typed = request.form.get("comment", request.form.get("body", "")) if error else ""
    with archive.reading() as session:
        row = queries.request(session, actor, now, request_id)
        front = _front(session, row, typed, explain(error) if error else "")
        waiting = queries.waiting_count(session, actor, now)
    told = render_template(
        "approvals/one.html",
        front=front,
        waiting=waiting - bool(front.turn and front.turn.is_yours),
        decides=actor.may(Permission.DECIDE_APPROVALS),
        **words(),
    )
    if error is None:
        return told
    return make_response(told, 409 if isinstance(error, Conflict) else 422)


@blueprint.post(f"{ONE}/decision")
def decide(request_id: int) -> ResponseReturnValue:
    """``decision``: approve or refuse; ``seen``: the revision that was looked at. Afterwards the next one follows."""
    only_asked()
    refuse_unknown(frozenset({"decision", "comment", "seen"}))
    actor = current_actor()
    actor.must(Permission.DECIDE_APPROVALS)
    decision, seen = request.form.get("decision", ""), whole_number(request.form.get("seen", ""), LARGEST_ID)
    if decision not in ("approve", "refuse") or seen is None:
        raise Invalid(field="decision")
    archive, asked = current_archive(), ApprovalId(request_id)
    try:
        with archive.unit_of_work(actor) as work:
            row = deciding.decide(
                work,
                kinds(),
                asked,
                approve=decision == "approve",
                comment=request.form.get("comment", ""),
                seen=seen,
            )
    except (Invalid, Conflict, OwnRequest, NotYourTurn) as error:
        return _page(asked, error)
    flash(*_outcome(row))
    if row.state is RequestState.VOID:
        return redirect(url_for("approvals.one", request_id=request_id), code=303)
    with archive.reading() as session:
        now = archive.clock.now()
        after = queries.waiting_for(session, actor, now, before=row.id, limit=1)
        after = after or queries.waiting_for(session, actor, now, limit=1)
    if not after:
        return redirect(url_for("approvals.page"), code=303)
    return redirect(url_for("approvals.one", request_id=after[0].id), code=303)


def _outcome(row: RequestRow) -> tuple[str, str]:
    told = {"title": row.title}
    if row.state is RequestState.APPROVED:
        return str(gettext("Approved: %(title)s.", **told)), "success"
    if row.state is RequestState.REFUSED:
        return str(gettext("Not approved: %(title)s.", **told)), "success"
    if row.state is RequestState.VOID:
        names = str(gettext(", ")).join(fact_name(row.kind, name) for name in row.changed)
        text = gettext(
            "Nothing was decided: since this was asked for, something changed (%(facts)s). The request is void and can "
            "be asked anew.",
            facts=names,
        )
        return str(text), "warning"
    return str(gettext("You agreed: %(title)s. Now it waits for the next person.", **told)), "success"


def _step(request_id: int, step: Callable[[UnitOfWork], object], done: str) -> ResponseReturnValue:
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            step(work)
    except (Invalid, Conflict) as error:
        return _page(ApprovalId(request_id), error)
    flash(done, "success")
    return redirect(url_for("approvals.one", request_id=request_id), code=303)


@blueprint.post(f"{ONE}/comments")
def comment(request_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"body"}))
    current_actor().must(Permission.ASK_APPROVALS)
    body = request.form.get("body", "")
    return _step(
        request_id,
        lambda work: deciding.comment(work, ApprovalId(request_id), body),
        str(gettext("Your comment stands on the request.")),
    )


@blueprint.post(f"{ONE}/withdrawal")
def withdraw(request_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset())
    current_actor().must(Permission.ASK_APPROVALS)
    return _step(
        request_id,
        lambda work: ending.withdraw(work, kinds(), ApprovalId(request_id)),
        str(gettext("The request is withdrawn.")),
    )
