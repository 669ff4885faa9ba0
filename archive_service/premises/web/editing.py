"""Making and changing units."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.premises.queries import units as queries
from archive_service.premises.queries.units import UnitRow
from archive_service.premises.rules import units as rules
from archive_service.premises.rules.units import KIND_NAMES, USE_NAMES, UnitId, UnitKind, UseState
from archive_service.premises.service import units as service
from archive_service.premises.web.pages import FIELD_NAMES, LARGEST_ID, blueprint, bounded, words
from archive_service.web import (
    ServiceForm,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import Both, Line, Told, asked_again, take_into, weighed

_SELECTS: Final[Mapping[str, Mapping[Any, str]]] = {"kind": KIND_NAMES, "use_state": USE_NAMES}


class UnitForm(ServiceForm):
    seen = HiddenField()
    reason = StringField(lazy_gettext("Why it changes"), validators=[Length(max=255)])
    submit = SubmitField(lazy_gettext("Save"))

    def told(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in rules.FIELDS}

    def fill(self, told: Mapping[str, str]) -> None:
        for name in rules.FIELDS:
            self[name].data = told[name]


def _unit_field(name: str) -> Any:
    label = lazy_gettext(FIELD_NAMES[name])
    if name in _SELECTS:
        choices = [SelectChoice(code.value, lazy_gettext(text)) for code, text in _SELECTS[name].items()]
        return SelectField(label, choices=choices)
    return StringField(label, validators=[Length(max=255)])


for _name in rules.FIELDS:
    setattr(UnitForm, _name, _unit_field(_name))


def tell(form: ServiceForm, error: ArchiveError) -> None:
    """Put what the service says to the field that it speaks of."""
    field = error.facts.get("field")
    if isinstance(field, str) and field in form:
        form[field].errors = [*form[field].errors, explain(error)]
    else:
        form.form_errors.append(explain(error))


def seen_revision(form: ServiceForm) -> int:
    return whole_number(form["seen"].data or "", LARGEST_ID) or 0


@blueprint.route("/premises/buildings/<int:building_id>/units/new", methods=["GET", "POST"])
def new_unit(building_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        building = queries.building(session, bounded(building_id))
    form = UnitForm()
    del form.reason
    if form.validate_on_submit():
        facts, problems = rules.read_facts(form.told())
        for problem in problems:
            tell(form, problem)
        if facts is not None:
            try:
                with current_archive().unit_of_work(current_actor()) as work:
                    unit_id = service.add_unit(work, building.id, facts)
            except (Invalid, Conflict) as error:
                tell(form, error)
            else:
                flash(gettext("Saved."), "success")
                return redirect(url_for("premises.unit", unit_id=unit_id), code=303)
    elif request.method == "GET":
        is_lettered = building.code[:1].isalpha()
        form.kind.data = UnitKind.SHOP.value if is_lettered else UnitKind.FLAT.value
        form.use_state.data = UseState.UNSOLD.value
    return form_page(
        "premises/edit_unit.html", form, heading=gettext("New unit"), building=building, row=None
    )


@blueprint.route("/premises/units/<int:unit_id>/edit", methods=["GET", "POST"])
def edit_unit(unit_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        row = queries.unit(session, bounded(unit_id))
    form = UnitForm()
    found: dict[str, Both] = {}
    status = 422
    if form.validate_on_submit():
        take_into(form, rules.told(row.facts))
        facts, problems = rules.read_facts(form.told())
        for problem in problems:
            tell(form, problem)
        if facts is not None:
            try:
                with current_archive().unit_of_work(current_actor()) as work:
                    service.change_unit(
                        work, row.id, facts, revision=seen_revision(form), reason=form.reason.data or ""
                    )
            except service.StaleUnit as error:
                tell(form, error)
                with current_archive().reading() as session:
                    row = queries.unit(session, row.id)
                    before = _seen_before(session, row, seen_revision(form))
                form.fill(rules.told(facts))  # as the register writes it, so that only differences are told
                found = weighed(form, rules.told(row.facts), before)
                form.seen.data, status = row.revision, 409
            except (Invalid, Conflict) as error:
                tell(form, error)
                status = status_of(error)
            else:
                flash(gettext("Saved."), "success")
                return redirect(url_for("premises.unit", unit_id=row.id), code=303)
    elif request.method == "GET":
        form.fill(rules.told(row.facts))
        form.seen.data = row.revision
    return form_page(
        "premises/edit_unit.html",
        form,
        status,
        heading=row.display,
        row=row,
        building=None,
        found=found,
    )


def _seen_before(session: Session, row: UnitRow, revision: int) -> dict[str, str] | None:
    """What stood in the fields that were changed after ``revision``; None where that can't be told."""
    since = row.revision - revision
    later = queries.changes(session, row.id)[: max(since, 0)]
    if since <= 0 or len(later) != since:
        return None
    before: dict[str, str] = {}
    for change in later:  # newest first: the oldest stays
        before |= {name: values[0] for name, values in change.fields.items()}
    return before


@blueprint.post("/premises/units/<int:unit_id>/closing")
def closing(unit_id: int) -> ResponseReturnValue:
    """Close the unit, or open it again if ``step`` says so."""
    only_asked()
    refuse_unknown(frozenset({"seen", "step", "reason", "submit"}))
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        row = queries.unit(session, bounded(unit_id))
    revision = whole_number(request.form.get("seen", ""), LARGEST_ID) or 0
    opens = request.form.get("step") == "open"
    step = service.open_unit if opens else service.close_unit
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            step(work, row.id, revision=revision, reason=request.form.get("reason", ""))
    except service.StaleUnit as error:
        return _closing_again(error, row.id, revision, opens=opens)
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(gettext("Saved."), "success")
    return redirect(url_for("premises.unit", unit_id=row.id), code=303)


def _closing_again(error: Conflict, unit_id: UnitId, revision: int, *, opens: bool) -> ResponseReturnValue:
    with current_archive().reading() as session:
        row = queries.unit(session, unit_id)
        before = _seen_before(session, row, revision) or {}
    now = rules.told(row.facts) | {
        "building": row.display,
        "closed": row.closed_on.isoformat() if row.closed_on else "",
    }
    return asked_again(
        error,
        place="premises",
        heading=row.display,
        button=gettext("Open again") if opens else gettext("Close it"),
        back=url_for("premises.unit", unit_id=row.id),
        lines=[
            Line(gettext(FIELD_NAMES[name]), shown_field(name, text), shown_field(name, now[name]))
            for name, text in before.items()
            if name in now and now[name] != text
        ],
        told=[Told("reason", gettext("Why"), request.form.get("reason", "")[:255])],
        hidden={"seen": str(row.revision), "step": "open" if opens else "close"},
        goes_on=(row.closed_on is not None) is opens,
    )


def shown_field(name: str, text: str) -> str:
    """A value of the register as people read it."""
    names = {code.value: word for code, word in _SELECTS.get(name, {}).items()}
    return str(gettext(names[text])) if text in names else text


@blueprint.post("/premises/units/<int:unit_id>/links")
def link(unit_id: int) -> ResponseReturnValue:
    """A parking space or storage room goes with this unit."""
    only_asked()
    refuse_unknown(frozenset({"linked", "since", "reason", "submit"}))
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        row = queries.unit(session, bounded(unit_id))
        text = request.form.get("linked", "")
        found = [u for u in queries.units_called(session, text) if u.project_id == row.project_id]
        exact = [
            u
            for u in found
            if rules.squeezed(text) in (rules.squeezed(u.display), rules.squeezed(u.short_form))
        ]
    try:
        since: date | None = rules.day("since", request.form.get("since", ""))
        if len(exact or found) != 1:
            flash(gettext("No single parking space or storage room is called that."), "danger")
        else:
            with current_archive().unit_of_work(current_actor()) as work:
                reason = request.form.get("reason", "")
                service.link(work, row.id, (exact or found)[0].id, since=since, reason=reason)
            flash(gettext("Saved."), "success")
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    return redirect(url_for("premises.unit", unit_id=row.id), code=303)


@blueprint.post("/premises/links/<int:link_id>/ending")
def unlink(link_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"until", "submit"}))
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().unit_of_work(current_actor()) as work:
        unit_id = service.unlink(
            work, bounded(link_id), until=rules.day("until", request.form.get("until", ""))
        )
    flash(gettext("Saved."), "success")
    return redirect(url_for("premises.unit", unit_id=unit_id), code=303)


def status_of(error: ArchiveError) -> int:
    """Of a form that comes back with it."""
    return 409 if isinstance(error, Conflict) else 422


def form_page(
    template: str,
    form: ServiceForm,
    status: int = 422,
    *,
    found: Mapping[str, Both] | None = None,
    **told: object,
) -> ResponseReturnValue:
    """``status``: of a form that was sent. ``found``: what somebody else saved meanwhile."""
    page = render_template(template, form=form, found=found or {}, **told, **words())
    return page, status if form.is_submitted() else 200
