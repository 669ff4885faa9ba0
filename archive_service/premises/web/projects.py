"""Making and changing projects and buildings."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import BooleanField, HiddenField, StringField, SubmitField
from wtforms.validators import Length

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.queries import units as queries
from archive_service.premises.queries.units import BuildingRow, ProjectRow
from archive_service.premises.service import units as service
from archive_service.premises.service.buildings import change_building
from archive_service.premises.web.editing import form_page, seen_revision, status_of, tell
from archive_service.premises.web.pages import blueprint, bounded
from archive_service.web import ServiceForm, current_actor, current_archive, only_asked
from archive_service.web.meanwhile import Both, put_into, take_into, weighed


class ProjectForm(ServiceForm):
    number = StringField(lazy_gettext("Fonds number"), validators=[Length(max=5)])
    name_zh = StringField(lazy_gettext("Chinese name"), validators=[Length(max=80)])
    name_en = StringField(lazy_gettext("English name"), validators=[Length(max=120)])
    closed = BooleanField(lazy_gettext("Closed: takes no new buildings and units"))
    seen = HiddenField()
    submit = SubmitField(lazy_gettext("Save"))


class BuildingForm(ServiceForm):
    building = StringField(lazy_gettext("Building"), validators=[Length(max=40)])
    phase = StringField(lazy_gettext("Phase"), validators=[Length(max=40)])
    closed = BooleanField(lazy_gettext("Closed: takes no new units"))
    reason = StringField(lazy_gettext("Why it changes"), validators=[Length(max=255)])
    seen = HiddenField()
    submit = SubmitField(lazy_gettext("Save"))


@blueprint.route("/premises/projects/new", methods=["GET", "POST"])
def new_project() -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    form = ProjectForm()
    del form.closed
    if form.validate_on_submit():
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                service.add_project(
                    work,
                    number=form.number.data or "",
                    name_zh=form.name_zh.data or "",
                    name_en=form.name_en.data or "",
                )
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("premises.page"), code=303)
    return form_page("premises/project.html", form, heading=gettext("New project"))


@blueprint.route("/premises/projects/<int:project_id>/edit", methods=["GET", "POST"])
def edit_project(project_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        row = queries.project(session, bounded(project_id))
    form = ProjectForm()
    del form.number
    found: dict[str, Both] = {}
    status = 422
    if form.validate_on_submit():
        take_into(form, _told_of_project(row))
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                service.change_project(
                    work,
                    row.id,
                    name_zh=form.name_zh.data or "",
                    name_en=form.name_en.data or "",
                    closed=bool(form.closed.data),
                    revision=seen_revision(form),
                )
        except (Invalid, Conflict) as error:
            tell(form, error)
            status = status_of(error)
            with current_archive().reading() as session:
                row = queries.project(session, row.id)
            if row.revision != seen_revision(form):
                found = weighed(form, _told_of_project(row))
                form.seen.data = row.revision
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("premises.page"), code=303)
    elif request.method == "GET":
        put_into(form, _told_of_project(row))
        form.seen.data = row.revision
    return form_page(
        "premises/project.html", form, status, heading=f"{row.number} {row.name_zh}", found=found
    )


def _told_of_project(row: ProjectRow) -> dict[str, str]:
    return {"name_zh": row.name_zh, "name_en": row.name_en, "closed": "yes" if row.closed_on else ""}


@blueprint.route("/premises/projects/<int:project_id>/buildings/new", methods=["GET", "POST"])
def new_building(project_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        row = queries.project(session, bounded(project_id))
    form = BuildingForm()
    del form.closed, form.reason, form.seen
    if form.validate_on_submit():
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                building_id = service.add_building(
                    work, row.id, name=form.building.data or "", phase=form.phase.data or ""
                )
        except (Invalid, Conflict) as error:
            tell(form, error)
        else:
            flash(gettext("Saved."), "success")
            address = url_for("premises.units", project=row.id, building=building_id)
            return redirect(address, code=303)
    return form_page("premises/building.html", form, heading=gettext("New building"), project=row)


@blueprint.route("/premises/buildings/<int:building_id>/edit", methods=["GET", "POST"])
def edit_building(building_id: int) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PREMISES)
    with current_archive().reading() as session:
        row = queries.building(session, bounded(building_id))
        project = queries.project(session, row.project_id)
    form = BuildingForm()
    found: dict[str, Both] = {}
    status = 422
    if form.validate_on_submit():
        take_into(form, _told_of_building(row))
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                renamed = change_building(
                    work,
                    row.id,
                    name=form.building.data or "",
                    phase=form.phase.data or "",
                    closed=bool(form.closed.data),
                    revision=seen_revision(form),
                    reason=form.reason.data or "",
                )
        except (Invalid, Conflict) as error:
            tell(form, error)
            status = status_of(error)
            with current_archive().reading() as session:
                row = queries.building(session, row.id)
            if row.revision != seen_revision(form):
                found = weighed(form, _told_of_building(row))
                form.seen.data = row.revision
        else:
            flash(gettext("Saved."), "success")
            if renamed:
                flash(
                    ngettext("%(num)s unit was renamed.", "%(num)s units were renamed.", renamed), "success"
                )
            address = url_for("premises.units", project=row.project_id, building=row.id)
            return redirect(address, code=303)
    elif request.method == "GET":
        put_into(form, _told_of_building(row))
        form.seen.data = row.revision
    return form_page("premises/building.html", form, status, heading=row.name, project=project, found=found)


def _told_of_building(row: BuildingRow) -> dict[str, str]:
    return {"building": row.name, "phase": row.phase, "closed": "yes" if row.closed_on else ""}
