"""Making, changing, closing places."""

from typing import Final

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.locations.queries import places as queries
from archive_service.locations.queries.places import LocationRow
from archive_service.locations.rules.places import (
    BELOW,
    CLIMATE_NAMES,
    KIND_NAMES,
    MOST_MM,
    Air,
    BadAir,
    BadCapacity,
    Climate,
    PlaceFacts,
    PlaceKind,
)
from archive_service.locations.service import places as service
from archive_service.locations.web.furnishing import (
    LARGEST_ID,
    ONE,
    blueprint,
    millimetres,
    to,
    words,
)
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

_LIMITS: Final = ("temperature_from", "temperature_to", "humidity_from", "humidity_to")
FIELDS: Final = ("kind", "code", "name", "parent", "capacity_mm", "climate", *_LIMITS, "sensor_id", "note")
FIELD_NAMES: Final = {
    "kind": lazy_gettext("Kind"),
    "code": lazy_gettext("Code"),
    "name": lazy_gettext("Name of the place"),
    "parent": lazy_gettext("Stands in"),
    "capacity_mm": lazy_gettext("Shelf length (mm)"),
    "climate": lazy_gettext("Limits of the air"),
    "temperature_from": lazy_gettext("From °C"),
    "temperature_to": lazy_gettext("to °C"),
    "humidity_from": lazy_gettext("Humidity from %"),
    "humidity_to": lazy_gettext("to %"),
    "sensor_id": lazy_gettext("Sensor"),
    "note": lazy_gettext("Remark"),
    "path": lazy_gettext("Full code"),
}


class PlaceForm(ServiceForm):
    seen = HiddenField()
    kind = SelectField(
        FIELD_NAMES["kind"],
        choices=[SelectChoice(kind.value, lazy_gettext(name)) for kind, name in KIND_NAMES.items()],
    )
    code = StringField(FIELD_NAMES["code"], validators=[Length(max=20)])
    name = StringField(FIELD_NAMES["name"], validators=[Length(max=80)])
    parent = SelectField(FIELD_NAMES["parent"], validate_choice=False)
    capacity_mm = StringField(FIELD_NAMES["capacity_mm"], validators=[Length(max=6)])
    climate = SelectField(
        FIELD_NAMES["climate"],
        choices=[SelectChoice(one.value, lazy_gettext(name)) for one, name in CLIMATE_NAMES.items()],
    )
    temperature_from = StringField(FIELD_NAMES["temperature_from"], validators=[Length(max=4)])
    temperature_to = StringField(FIELD_NAMES["temperature_to"], validators=[Length(max=4)])
    humidity_from = StringField(FIELD_NAMES["humidity_from"], validators=[Length(max=3)])
    humidity_to = StringField(FIELD_NAMES["humidity_to"], validators=[Length(max=3)])
    sensor_id = StringField(FIELD_NAMES["sensor_id"], validators=[Length(max=64)])
    note = StringField(FIELD_NAMES["note"], validators=[Length(max=255)])
    reason = StringField(lazy_gettext("Why it changes"), validators=[Length(max=255)])
    submit = SubmitField(lazy_gettext("Save"))

    def facts(self) -> PlaceFacts:
        """Raises BadCapacity, BadAir."""
        typed = (self.capacity_mm.data or "").strip()
        capacity = millimetres(typed, BadCapacity(field="capacity_mm", most=MOST_MM)) if typed else None
        air = Air(Climate(self.climate.data), *(_limit(self[name].data or "", name) for name in _LIMITS))
        return PlaceFacts(
            PlaceKind(self.kind.data),
            self.code.data or "",
            self.name.data or "",
            capacity,
            air,
            self.sensor_id.data or "",
            self.note.data or "",
        )

    def parent_id(self) -> int | None:
        return whole_number(self.parent.data or "", LARGEST_ID)

    def fill(self, told: dict[str, str]) -> None:
        for name, value in told.items():
            self[name].data = value


def _limit(typed: str, name: str) -> int | None:
    text = typed.strip().replace("−", "-")
    if not text:
        return None
    if not text.lstrip("-").isdigit() or len(text) > 4:
        raise BadAir(field=name)
    return int(text)


def told(row: LocationRow) -> dict[str, str]:
    """The facts as the form shows them."""
    facts, air = row.facts, row.facts.air
    limits = (air.temperature_from, air.temperature_to, air.humidity_from, air.humidity_to)
    return {
        "kind": facts.kind.value,
        "code": facts.code,
        "name": facts.name,
        "parent": str(row.parent_id or ""),
        "capacity_mm": str(facts.capacity_mm or ""),
        "climate": air.climate.value,
        **{n: "" if v is None else str(v) for n, v in zip(_LIMITS, limits, strict=True)},
        "sensor_id": facts.sensor_id,
        "note": facts.note,
    }


def tell(form: ServiceForm, error: ArchiveError) -> None:
    """Put what the service says to the field that it speaks of."""
    field = error.facts.get("field")
    if isinstance(field, str) and field in form:
        form[field].errors = [*form[field].errors, explain(error)]
    else:
        form.form_errors.append(explain(error))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """``in``: the place that it stands in."""
    only_asked("in")
    current_actor().must(Permission.MANAGE_PLACES)
    form = PlaceForm()
    del form.reason, form.seen
    with current_archive().reading() as session:
        above = whole_number(request.args.get("in", ""), LARGEST_ID)
        parent = None if above is None else queries.location(session, above)
        _offer_parents(form, session)
    kinds = BELOW[parent.facts.kind if parent else None]
    if form.validate_on_submit():
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                row = service.add_location(work, form.parent_id(), form.facts())
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            flash(gettext("Saved. Its label is %(label)s.", label=row.label), "success")
            return to("places.place", location_id=row.id)
    elif request.method == "GET":
        form.kind.data = (kinds or (PlaceKind.SHELF,))[0].value
        form.climate.data = Climate.NONE.value
        form.parent.data = str(parent.id) if parent else ""
    heading = gettext("New place in %(path)s", path=parent.path) if parent else gettext("New room")
    return _page(form, heading, parent, {})


@blueprint.route(f"{ONE}/edit", methods=["GET", "POST"])
def edit(location_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PLACES)
    form = PlaceForm()
    found: dict[str, Both] = {}
    status = 422
    with current_archive().reading() as session:
        row = queries.location(session, location_id)
        _offer_parents(form, session)
    if form.validate_on_submit():
        take_into(form, told(row))
        seen = whole_number(form.seen.data or "", LARGEST_ID) or 0
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                service.change_location(
                    work,
                    row.id,
                    form.facts(),
                    parent_id=form.parent_id(),
                    reason=form.reason.data or "",
                    revision=seen,
                )
        except service.StalePlace as error:
            tell(form, error)
            with current_archive().reading() as session:
                row = queries.location(session, row.id)
                before = _seen_before(session, row, seen)
            found = weighed(form, told(row), before)
            form.seen.data, status = row.revision, 409
        except (Invalid, Conflict) as error:
            tell(form, error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            flash(gettext("Saved."), "success")
            return to("places.place", location_id=row.id)
    elif request.method == "GET":
        form.fill(told(row))
        form.seen.data = row.revision
    return _page(form, row.path, row, found, status)


def _page(
    form: PlaceForm, heading: str, back: LocationRow | None, found: dict[str, Both], status: int = 422
) -> ResponseReturnValue:
    address = url_for("places.place", location_id=back.id) if back else url_for("places.page")
    page = render_template(
        "locations/edit.html", form=form, heading=heading, found=found, back=address, **words()
    )
    return page, status if form.is_submitted() else 200


def _offer_parents(form: PlaceForm, session: Session) -> None:
    rows = queries.tree(session)
    form.parent.choices = [("", gettext("(at the top)"))] + [
        (str(row.id), f"{row.path} {row.facts.name}".strip()) for row in rows if BELOW[row.facts.kind]
    ]


def _seen_before(session: Session, row: LocationRow, revision: int) -> dict[str, str] | None:
    """What stood in the fields that were changed after ``revision``; None where that can't be told."""
    since = row.revision - revision
    later = queries.changes(session, row.id)[: max(since, 0)]
    if since <= 0 or len(later) != since:
        return None
    before: dict[str, str] = {}
    for change in later:  # newest first: the oldest stays
        before |= {name: str(pair[0] or "") for name, pair in change.fields.items()}
    return {name: value for name, value in before.items() if name in FIELDS}


@blueprint.post(f"{ONE}/closing")
def closing(location_id: int) -> ResponseReturnValue:
    """Close the place, or open it again if ``step`` says so."""
    only_asked()
    refuse_unknown(frozenset({"seen", "step", "reason"}))
    current_actor().must(Permission.MANAGE_PLACES)
    revision = whole_number(request.form.get("seen", ""), LARGEST_ID) or 0
    reason, opens = request.form.get("reason", ""), request.form.get("step") == "open"
    step = service.reopen_location if opens else service.close_location
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            step(work, location_id, reason=reason, revision=revision)
    except service.StalePlace as error:
        with current_archive().reading() as session:
            row = queries.location(session, location_id)
            before = _seen_before(session, row, revision) or {}
        now = told(row)
        return asked_again(
            error,
            place="places",
            heading=row.path,
            button=gettext("Open again") if opens else gettext("Close it"),
            back=url_for("places.place", location_id=row.id),
            lines=[Line(str(FIELD_NAMES[name]), text, now[name]) for name, text in before.items()],
            told=[Told("reason", gettext("Why"), reason[:255])],
            hidden={"seen": str(row.revision), "step": "open" if opens else "close"},
            goes_on=(not row.is_open) is opens,
        )
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(gettext("Saved."), "success")
    return to("places.place", location_id=location_id)
