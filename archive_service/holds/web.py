"""Holds as pages: those that stand, one of them with its steps, placing one; and the card on papers and case files."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask import Blueprint, Flask, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from archive_service import classification, people, premises, records
from archive_service.holds import queries, service
from archive_service.holds.queries import HoldRow
from archive_service.holds.rules import (
    CAUSE_NAMES,
    KIND_NAMES,
    KIND_SHORT,
    LATEST_REVIEW_MONTHS,
    REVIEW_MONTHS,
    BadDay,
    BadReviewDay,
    Cause,
    HoldKind,
    HoldNeedsScope,
    Scope,
    ScopeKind,
    UnknownScope,
    chosen_cause,
    chosen_kind,
    months_after,
)
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Conflict, Forbidden, Invalid
from archive_service.kernel.levels import Sight
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import (
    Paging,
    Place,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    register_addition,
    register_place,
    whole_number,
)

blueprint = Blueprint("holds", __name__, template_folder="templates", url_prefix="/holds")

PAGE_SIZE: Final = 50
LARGEST: Final = 2**31 - 1
ONE: Final = "/<string(maxlength=16):hold_no>"
_FORM: Final = frozenset(
    {"scope", "what", "class_code", "first_day", "last_day", "kind", "cause", "reason", "review_on"}
)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(app, Place(49, "holds", lazy_gettext("Holds"), "holds.page", "lock", Permission.SEE_HOLDS))
    register_addition(app, "records.document", of_document)
    register_addition(app, "records.case_file", of_case_file)


def _words() -> dict[str, Any]:
    actor = current_actor()
    return {
        "kinds": KIND_NAMES,
        "kinds_short": KIND_SHORT,
        "causes": CAUSE_NAMES,
        "may_place": actor.may(Permission.PLACE_HOLD),
        "may_release": actor.may(Permission.RELEASE_HOLD),
    }


@blueprint.get("")
def page() -> str:
    only_asked("state", "page")
    actor = current_actor()
    actor.must(Permission.SEE_HOLDS)
    standing, number = request.args.get("state") != "released", asked_page()
    with current_archive().reading() as session:
        total = queries.hold_count(session, standing=standing)
        rows = queries.holds(session, standing=standing, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        what = {row.id: told for row, told in zip(rows, _scopes(session, actor, rows), strict=True)}
        names = people.display_names(session, {row.placed_by for row in rows})
    return render_template(
        "holds/list.html",
        rows=rows,
        what=what,
        names=names,
        standing=standing,
        today=business_day(current_archive().clock.now()),
        paging=Paging(number, PAGE_SIZE, total),
        **_words(),
    )


def _scopes(session: Session, actor: Actor, rows: Sequence[HoldRow]) -> list[tuple[str, str]]:
    """What each hold names, and its address; "" of what the actor may not see. A constant number of statements."""
    papers = records.lendable_papers(session, [r.scope.document_id for r in rows if r.scope.document_id])
    files = records.lendable_files(session, [r.scope.case_file_id for r in rows if r.scope.case_file_id])
    units = premises.unit_names(session, [r.scope.unit_id for r in rows if r.scope.unit_id])
    classes = {c.code: c for c in classification.class_rows(session)}
    language = current_language()
    told = []
    for row in rows:
        scope, text, url = row.scope, "", ""
        if scope.kind is ScopeKind.UNIT:
            text = units.get(scope.unit_id or 0, "")
            url = url_for("premises.unit", unit_id=scope.unit_id)
        elif scope.kind is ScopeKind.CLASS:
            found = classes.get(scope.class_code or "")
            text = f"{scope.class_code} {found.name(language)}" if found else scope.class_code or ""
        else:
            thing = papers.get(scope.document_id) if scope.document_id else files.get(scope.case_file_id or 0)
            if thing is not None and actor.sight(thing.level, thing.class_code) is not Sight.HIDDEN:
                text = thing.archival_no
                url = (
                    url_for("records.document", document_id=scope.document_id)
                    if scope.document_id
                    else url_for("records.case_file", case_file_id=scope.case_file_id)
                )
        told.append((text, url))
    return told


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """``what``: the number of the paper, case file or unit that the form begins with."""
    only_asked("what", "scope")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.PLACE_HOLD)
    today = business_day(archive.clock.now())
    asked: Mapping[str, str] = {
        "scope": "unit" if request.args.get("scope") == "unit" else "paper",
        "what": request.args.get("what", "")[:120],
        "kind": HoldKind.PRESERVE.value,
        "cause": Cause.LITIGATION.value,
        "review_on": months_after(today, REVIEW_MONTHS).isoformat(),
    }
    errors: dict[str, list[str]] = {}
    status = 200
    if request.method == "POST":
        refuse_unknown(_FORM)
        asked = request.form.to_dict()
        try:
            with archive.unit_of_work(actor) as work:
                row = service.place(
                    work,
                    _asked_scope(work, asked),
                    chosen_kind(asked.get("kind", "")),
                    chosen_cause(asked.get("cause", "")),
                    reason=asked.get("reason", ""),
                    review_on=_day(asked, "review_on"),
                )
        except (Invalid, Forbidden) as error:
            if isinstance(error, Forbidden) and not error.facts:
                raise
            errors[str(error.facts.get("field", ""))] = [explain(error)]
            status = 422
        else:
            flash(
                gettext("%(number)s stands. What falls under it is kept as it is.", number=row.number),
                "success",
            )
            return redirect(url_for("holds.show", hold_no=row.number), code=303)
    with archive.reading() as session:
        classes = [c for c in classification.class_rows(session) if not c.is_closed]
    page = render_template(
        "holds/new.html",
        asked=asked,
        errors=errors,
        classes=classes,
        language=current_language(),
        earliest=today,
        latest=months_after(today, LATEST_REVIEW_MONTHS),
        **_words(),
    )
    return make_response(page, status)


def _day(asked: Mapping[str, str], name: str) -> date | None:
    """Raises BadReviewDay, HoldNeedsScope."""
    text = asked.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        if name == "review_on":
            raise BadReviewDay(field=name, most=LATEST_REVIEW_MONTHS) from None
        raise BadDay(field=name) from None


def _asked_scope(work: UnitOfWork, asked: Mapping[str, str]) -> Scope:
    """Raises HoldNeedsScope, UnknownScope, BadDay."""
    text = asked.get("what", "").strip()[:120]
    kind = asked.get("scope", "")
    first, last = _day(asked, "first_day"), _day(asked, "last_day")
    if kind == "class":
        if not asked.get("class_code"):
            raise HoldNeedsScope(field="class_code")
        return Scope(class_code=asked["class_code"][:12], first_day=first, last_day=last)
    if not text:
        raise HoldNeedsScope(field="what")
    if kind == "unit":
        unit = premises.unit_meant(work.session, text).unit
        if unit is None:
            raise UnknownScope(field="what", typed=text[:64])
        return Scope(unit_id=unit.id, first_day=first, last_day=last)
    if (paper := records.document_called(work.session, work.actor, text)) is not None:
        return Scope(document_id=paper)
    if (file := records.case_file_called(work.session, work.actor, text)) is not None:
        return Scope(case_file_id=file.id)
    raise UnknownScope(field="what", typed=text[:64])


@blueprint.get(ONE)
def show(hold_no: str) -> ResponseReturnValue:
    only_asked()
    return _page(hold_no)


@blueprint.post(f"{ONE}/release")
def release(hold_no: str) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"reason", "seen"}))
    actor = current_actor()
    actor.must(Permission.RELEASE_HOLD)
    try:
        with current_archive().unit_of_work(actor) as work:
            service.release(work, hold_no, reason=request.form.get("reason", ""), seen=_seen())
    except (Invalid, Conflict) as error:
        return _page(hold_no, error)
    flash(gettext("%(number)s is released.", number=hold_no), "success")
    return redirect(url_for("holds.show", hold_no=hold_no), code=303)


@blueprint.post(f"{ONE}/review")
def review(hold_no: str) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"review_on", "seen"}))
    actor = current_actor()
    actor.must(Permission.PLACE_HOLD)
    try:
        day = _day(request.form, "review_on")
        if day is None:
            raise BadReviewDay(field="review_on", most=LATEST_REVIEW_MONTHS)
        with current_archive().unit_of_work(actor) as work:
            service.review(work, hold_no, review_on=day, seen=_seen())
    except (Invalid, Conflict) as error:
        return _page(hold_no, error)
    flash(gettext("Noted. It is looked at again on %(day)s.", day=day.isoformat()), "success")
    return redirect(url_for("holds.show", hold_no=hold_no), code=303)


def _seen() -> int:
    return whole_number(request.form.get("seen", ""), LARGEST) or 0


def _page(hold_no: str, error: Invalid | Conflict | None = None) -> ResponseReturnValue:
    actor = current_actor()
    actor.must(Permission.SEE_HOLDS)
    with current_archive().reading() as session:
        row = queries.hold(session, hold_no)
        [(text, url)] = _scopes(session, actor, [row])
        who = {row.placed_by} | ({row.released_by} if row.released_by is not None else set())
        names = people.display_names(session, who)
    field = "" if error is None else str(error.facts.get("field", ""))
    today = business_day(current_archive().clock.now())
    page = render_template(
        "holds/hold.html",
        row=row,
        what=text,
        url=url,
        names=names,
        own=row.placed_by == actor.user_id,
        errors={field: [explain(error)]} if error is not None and field else {},
        trouble=explain(error) if error is not None and not field else "",
        reason=request.form.get("reason", "")[:500],
        review_on=request.form.get("review_on", "")[:10] or months_after(today, REVIEW_MONTHS).isoformat(),
        today=today,
        latest=months_after(today, LATEST_REVIEW_MONTHS),
        **_words(),
    )
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    return make_response(page, status)


def of_document(document_id: object) -> str:
    assert isinstance(document_id, uuid.UUID)
    return _card(lambda session: list(records.lendable_papers(session, [document_id]).values()))


def of_case_file(case_file_id: object) -> str:
    assert isinstance(case_file_id, int)
    return _card(lambda session: list(records.lendable_files(session, [case_file_id]).values()))


def _card(asked: Callable[[Session], Sequence[records.Lendable]]) -> str:
    """Nothing where nothing stands and the actor places none, and of what is not filed."""
    actor = current_actor()
    if not actor.may(Permission.SEE_HOLDS):
        return ""
    with current_archive().reading() as session:
        things = asked(session)
        if not things:
            return ""
        number = things[0].archival_no
        rows = queries.against(session, things).get(number, [])
    if not rows and not actor.may(Permission.PLACE_HOLD):
        return ""
    return render_template("holds/_card.html", rows=rows, number=number, **_words())
