"""Links that work once: the first administrator, and passwords that people choose for themselves."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.people import queries, service
from archive_service.people.web.forms import ChoosePasswordForm, FirstAdministratorForm
from archive_service.web import current_archive, explain

blueprint = Blueprint("setup", __name__, template_folder="../templates")


@blueprint.get("/setup")
def not_yet() -> ResponseReturnValue:
    with current_archive().reading() as session:
        if queries.any_user(session):
            return redirect(url_for("security.login"), code=303)
    return render_template("people/not_set_up.html")


@blueprint.route("/setup/<token>", methods=["GET", "POST"])
def by_link(token: str) -> ResponseReturnValue:
    archive = current_archive()
    with archive.reading() as session:
        link = queries.open_link(session, token, archive.clock.now())
        record = (
            queries.sign_in_record(session, archive.clock.now(), user_id=link.user_id)
            if link is not None and link.user_id is not None
            else None
        )
    if link is None:
        raise service.LinkUsedUp()
    if record is None:
        return _first_administrator(token)
    if not record.active:
        abort(404)
    form = ChoosePasswordForm()
    form.login_name = record.name
    if form.validate_on_submit():
        try:
            password = service.hash_password(form.password.data, record.name)
            with archive.unit_of_work(service_actor("link")) as work:
                service.choose_password(work, token, password)
        except Invalid as error:
            form.password.errors = [explain(error)]
        else:
            flash(gettext("The password is kept. Please sign in with it."), "success")
            return redirect(url_for("security.login"), code=303)
    return render_template(
        "people/choose_password.html", form=form, name=record.name, person=record.display_name
    )


def _first_administrator(token: str) -> ResponseReturnValue:
    form = FirstAdministratorForm()
    if form.validate_on_submit():
        try:
            password = service.hash_password(form.password.data, form.name.data)
            with current_archive().unit_of_work(service_actor("setup")) as work:
                service.create_first_administrator(
                    work,
                    token,
                    name=form.name.data,
                    display_name=form.display_name.data,
                    password=password,
                    also_archivist=bool(form.also_archivist.data),
                )
        except (service.BadName, service.NameTaken) as error:
            form.name.errors = [explain(error)]
        except service.AlreadySetUp:
            raise
        except (Invalid, Conflict) as error:
            form.password.errors = [explain(error)]
        else:
            flash(gettext("The service is set up. Please sign in."), "success")
            return redirect(url_for("security.login"), code=303)
    return render_template("people/first_administrator.html", form=form)
