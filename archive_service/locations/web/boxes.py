"""Making, changing, closing boxes."""

from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from archive_service import classification, premises
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.locations.queries import places as queries
from archive_service.locations.queries.places import BoxRow
from archive_service.locations.rules.places import BOX_WIDTHS_MM, USUAL_BOX_MM, BadWidth, BadYear
from archive_service.locations.service import boxes as service
from archive_service.locations.web.editing import tell
from archive_service.locations.web.furnishing import BOX, LARGEST_ID, blueprint, millimetres, to, words
from archive_service.web import (
    ServiceForm,
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import Both, take_into, weighed


class BoxForm(ServiceForm):
    """What is written on a box beside its number, which never changes."""

    seen = HiddenField()
    retention = StringField(lazy_gettext("Retention period"), validators=[Length(max=4)])
    width_mm = SelectField(lazy_gettext("Width of the spine"), validate_choice=False)
    note = StringField(lazy_gettext("Remark"), validators=[Length(max=255)])
    submit = SubmitField(lazy_gettext("Save"))

    def offer(self, row: BoxRow) -> None:
        """The usual widths, and the one that the box has."""
        self.width_mm.choices = [
            SelectChoice(str(mm), gettext("%(mm)s mm", mm=mm))
            for mm in sorted({*BOX_WIDTHS_MM, row.width_mm})
        ]


def told(row: BoxRow) -> dict[str, str]:
    """The facts as the form shows them."""
    return {"retention": row.retention, "width_mm": str(row.width_mm), "note": row.note}


@blueprint.route("/boxes/new", methods=["GET", "POST"])
def new_box() -> ResponseReturnValue:
    only_asked()
    actor = current_actor()
    actor.must(Permission.MANAGE_PLACES)
    asked: dict[str, Any] = {"width_mm": str(USUAL_BOX_MM), "year": str(current_archive().clock.now().year)}
    errors: dict[str, list[str]] = {}
    status = 200
    if request.method == "POST":
        refuse_unknown(frozenset({"fonds", "class_code", "year", "retention", "width_mm", "note"}))
        asked = request.form.to_dict()
        try:
            with current_archive().unit_of_work(actor) as work:
                row = service.open_box(
                    work,
                    fonds=asked.get("fonds", ""),
                    class_code=asked.get("class_code", ""),
                    year=millimetres(asked.get("year", ""), BadYear(field="year")),
                    retention=asked.get("retention", ""),
                    width_mm=millimetres(asked.get("width_mm", ""), BadWidth(field="width_mm")),
                    note=asked.get("note", ""),
                )
        except Invalid as error:
            errors[str(error.facts.get("field", ""))] = [explain(error)]
            status = 422
        else:
            flash(gettext("The box %(box)s is ready.", box=row.box_no), "success")
            return to("places.box", box_id=row.id)
    with current_archive().reading() as session:
        projects = [p for p in premises.projects(session) if p.closed_on is None]
        classes = classification.class_rows(session)
    page = render_template(
        "locations/new_box.html",
        asked=asked,
        errors=errors,
        projects=projects,
        classes=classes,
        widths=BOX_WIDTHS_MM,
        language=current_language(),
        **words(),
    )
    return page, status


@blueprint.route(f"{BOX}/edit", methods=["GET", "POST"])
def edit_box(box_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PLACES)
    form = BoxForm()
    found: dict[str, Both] = {}
    status = 422
    with current_archive().reading() as session:
        row = queries.box(session, box_id)
    form.offer(row)
    if form.validate_on_submit():
        take_into(form, told(row))
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                service.change_box(
                    work,
                    row.id,
                    retention=form.retention.data or "",
                    width_mm=millimetres(form.width_mm.data or "", BadWidth(field="width_mm")),
                    note=form.note.data or "",
                    revision=whole_number(form.seen.data or "", LARGEST_ID) or 0,
                )
        except service.StaleBox as error:
            tell(form, error)
            with current_archive().reading() as session:
                row = queries.box(session, row.id)
            form.offer(row)
            found = weighed(form, told(row))
            form.seen.data, status = row.revision, 409
        except (Invalid, Conflict) as error:
            tell(form, error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            flash(gettext("Saved."), "success")
            return to("places.box", box_id=row.id)
    elif request.method == "GET":
        form.seen.data = row.revision
        for name, value in told(row).items():
            form[name].data = value
    page = render_template("locations/edit_box.html", form=form, row=row, found=found, **words())
    return page, status if form.is_submitted() else 200


@blueprint.post(f"{BOX}/closing")
def close_box(box_id: int) -> ResponseReturnValue:
    """Close the box, or open it again if ``step`` says so. What is written on it matters to neither."""
    only_asked()
    refuse_unknown(frozenset({"step"}))
    current_actor().must(Permission.MANAGE_PLACES)
    opens = request.form.get("step") == "open"
    with current_archive().reading() as session:
        row = queries.box(session, box_id)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            (service.reopen_box if opens else service.close_box)(work, box_id, revision=row.revision)
    except Conflict as error:
        flash(explain(error), "danger")
    else:
        text = (
            gettext("The box %(box)s is open again.", box=row.box_no)
            if opens
            else gettext("The box %(box)s is closed.", box=row.box_no)
        )
        flash(text, "success")
    return to("places.box", box_id=box_id)
