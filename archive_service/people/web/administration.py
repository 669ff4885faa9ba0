"""The pages that manage people."""

import re
from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import LEVEL_NAMES
from archive_service.kernel.masking import mask
from archive_service.people import queries, service
from archive_service.people.rules.proposals import APPROVING_ROLES, GrantState
from archive_service.people.rules.roles import ROLE_NAMES, SCOPED_ROLES, Role, WrongClasses, warnings_for
from archive_service.people.web.forms import ButtonForm, ClassesForm, GrantForm, NewPersonForm
from archive_service.people.web.gate import fresh_sign_in
from archive_service.web import Paging, asked_page, asked_sort, current_actor, current_archive, explain
from archive_service.web.meanwhile import Line, asked_again

blueprint = Blueprint("people", __name__, template_folder="../templates")

PAGE_SIZE = 50


@blueprint.get("/system/people")
def listing() -> ResponseReturnValue:
    current_actor().must(Permission.SEE_PEOPLE)
    archive = current_archive()
    sort = asked_sort(tuple(queries.SORTS))
    with archive.reading() as session:
        paging = Paging(asked_page(), PAGE_SIZE, queries.person_count(session))
        rows = queries.people(
            session, archive.clock.now(), sort=sort, offset=(paging.number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
        waiting, two_decide = queries.waiting_count(session), queries.two_decide(session)
    return render_template(
        "people/listing.html",
        people=rows,
        paging=paging,
        sort=sort,
        role_names=ROLE_NAMES,
        waiting=waiting,
        two_decide=two_decide,
    )


@blueprint.route("/system/people/new", methods=["GET", "POST"])
@fresh_sign_in
def new() -> ResponseReturnValue:
    actor = current_actor()
    actor.must(Permission.MANAGE_PEOPLE)
    form = NewPersonForm()
    if form.validate_on_submit():
        roles = [Role(role) for role in form.roles.data]
        try:
            password = (
                service.hash_password(form.password.data, form.name.data) if form.password.data else None
            )
            with current_archive().unit_of_work(actor) as work:
                waits = bool(roles) and queries.two_decide(work.session)
                user_id = service.add_person(
                    work,
                    name=form.name.data,
                    display_name=form.display_name.data,
                    roles=roles,
                    password=password,
                )
                link = None if form.password.data else service.make_password_link(work, user_id)
        except (service.BadName, service.NameTaken) as error:
            form.name.errors = [explain(error)]
        except Invalid as error:
            form.password.errors = [explain(error)]
        else:
            if waits:
                flash(gettext("The account is made. Its roles hold once a manager approves them."), "success")
            if link is not None:
                return _one(user_id, link=link)
            if not waits:
                flash(gettext("The account is made."), "success")
            return redirect(url_for("people.one", user_id=user_id), code=303)
    with current_archive().reading() as session:
        two_decide = queries.two_decide(session)
    return render_template("people/new.html", form=form, two_decide=two_decide)


@blueprint.get("/system/people/<int:user_id>")
def one(user_id: int) -> ResponseReturnValue:
    current_actor().must(Permission.SEE_PEOPLE)
    return _one(UserId(user_id))


def _one(user_id: UserId, *, link: str | None = None, form: GrantForm | None = None) -> str:
    archive, actor = current_archive(), current_actor()
    now = archive.clock.now()
    with archive.reading() as session:
        person = queries.person(session, now, user_id)
        grants = queries.grants_of(session, now, user_id)
        open_sessions = len(queries.sessions_of(session, user_id, now))
        two_decide = queries.two_decide(session)
        # Who sees no documents is not told either which ones there are.
        sights = queries.sight_grants(session, now, user_id=user_id) if actor.may(Permission.SEARCH) else []
    if person is None:
        abort(404)
    return render_template(
        "people/one.html",
        person=person,
        grants=[replace(grant, reason=mask(grant.reason)) for grant in grants],
        two_decide=two_decide,
        may_decide=actor.may(Permission.APPROVE_ROLES),
        open_sessions=open_sessions,
        sights=[replace(grant, reason=mask(grant.reason)) for grant in sights],
        level_names=LEVEL_NAMES,
        scoped_roles=SCOPED_ROLES,
        role_names=ROLE_NAMES,
        warnings=[gettext(warning) for warning in warnings_for(person.roles)],
        may_manage=actor.may(Permission.MANAGE_PEOPLE),
        approves=any(role.value in APPROVING_ROLES for role in person.roles),
        is_me=actor.user_id == user_id,
        grant_form=form or GrantForm(formdata=None),
        button=ButtonForm(formdata=None),
        classes_form=ClassesForm(formdata=None),
        link=url_for("setup.by_link", token=link, _external=True) if link else None,
    )


@blueprint.post("/system/people/<int:user_id>/roles")
@fresh_sign_in
def grant(user_id: int) -> ResponseReturnValue:
    current_actor().must(Permission.MANAGE_PEOPLE)
    form = GrantForm()
    if form.validate_on_submit():
        try:
            with current_archive().unit_of_work(current_actor()) as work:
                proposed = service.propose_role(
                    work,
                    UserId(user_id),
                    Role(form.role.data),
                    valid_from=form.valid_from.data,
                    valid_to=form.valid_to.data,
                    classes=_codes(form.classes.data),
                )
        except (service.HasRole, service.ProposalWaits) as error:
            form.role.errors = [explain(error)]
        except service.ChangesAtOnce as error:
            form.valid_from.errors = [explain(error)]
        except service.WrongDates as error:
            form.valid_to.errors = [explain(error)]
        except WrongClasses as error:
            form.classes.errors = [explain(error)]
        else:
            if proposed.waits:
                told = gettext("The role is proposed. It holds once a manager approves it.")
            elif proposed.is_less:
                told = gettext("The role is less now, at once. The person signs in again.")
            else:
                told = gettext("The role is granted. The person signs in again.")
            flash(told, "success")
            return redirect(url_for("people.one", user_id=user_id), code=303)
    return _one(UserId(user_id), form=form), 422


@blueprint.post("/system/people/<int:user_id>/roles/<int:grant_id>/revoke")
@fresh_sign_in
def revoke(user_id: int, grant_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.revoke_role(work, UserId(user_id), grant_id)
    except service.RoleStands as error:
        return _revoke_again(error, UserId(user_id), grant_id)
    return _done(user_id, gettext("The role is taken back."))


def _revoke_again(error: service.RoleStands, user_id: UserId, grant_id: int) -> ResponseReturnValue:
    """What they meant to take back was replaced: whether what stands now shall go."""
    archive = current_archive()
    with archive.reading() as session:
        grants = queries.grants_of(session, archive.clock.now(), user_id)
        person = queries.person(session, archive.clock.now(), user_id)
    meant = next((one for one in grants if one.id == grant_id), None)
    stands = next(
        (one for one in grants if meant and one.role is meant.role and one.state == GrantState.APPROVED), None
    )
    back = url_for("people.one", user_id=user_id)
    if person is None or meant is None or stands is None or stands.is_over:
        return redirect(back, code=303)  # gone meanwhile: the page of the person shows how it is
    before, now = _told_of(meant), _told_of(stands)
    return asked_again(
        error,
        place="people",
        heading=f"{person.display_name} · {gettext(ROLE_NAMES[stands.role])}",
        button=gettext("Take the role back"),
        back=back,
        lines=[Line(label, before[label], now[label]) for label in now if before[label] != now[label]],
        hidden={},
        action=url_for("people.revoke", user_id=user_id, grant_id=stands.id),
    )


def _told_of(grant: queries.GrantRow) -> dict[str, str]:
    return {
        gettext("First day"): grant.valid_from.isoformat(),
        gettext("Last day"): grant.valid_to.isoformat() if grant.valid_to else "–",
        gettext("Classes of its own"): " ".join(grant.classes or ()) or "–",
        gettext("Approved by"): grant.decided_by or "–",
    }


def _codes(typed: str | None) -> list[str]:
    return re.split(r"[\s,;，；、]+", typed or "")


@blueprint.post("/system/people/<int:user_id>/roles/<int:grant_id>/classes")
@fresh_sign_in
def change_classes(user_id: int, grant_id: int) -> ResponseReturnValue:
    current_actor().must(Permission.MANAGE_PEOPLE)
    form = ClassesForm()
    form.validate_on_submit()
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            changed = service.change_classes(work, UserId(user_id), grant_id, _codes(form.classes.data))
    except (WrongClasses, service.ProposalWaits, service.RoleOver) as error:
        flash(explain(error), "danger")
        return redirect(url_for("people.one", user_id=user_id), code=303)
    if changed is not None and changed.waits:
        return _done(
            user_id, gettext("The other classes are proposed. They count once a manager approves them.")
        )
    return _done(user_id, gettext("The classes are changed. The person signs in again."))


@blueprint.post("/system/people/<int:user_id>/disable")
@fresh_sign_in
def disable(user_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    with current_archive().unit_of_work(current_actor()) as work:
        service.disable(work, UserId(user_id))
    return _done(user_id, gettext("The account is closed."))


@blueprint.post("/system/people/<int:user_id>/enable")
@fresh_sign_in
def enable(user_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    with current_archive().unit_of_work(current_actor()) as work:
        service.enable(work, UserId(user_id))
    return _done(user_id, gettext("The account is open again."))


@blueprint.post("/system/people/<int:user_id>/link")
@fresh_sign_in
def make_link(user_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    with current_archive().unit_of_work(current_actor()) as work:
        link = service.make_password_link(work, UserId(user_id))
    return _one(UserId(user_id), link=link)


@blueprint.post("/system/people/<int:user_id>/second-factor/reset")
@fresh_sign_in
def reset_second_factor(user_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    with current_archive().unit_of_work(current_actor()) as work:
        service.drop_second_factor(work, UserId(user_id))
    return _done(user_id, gettext("The second factor is reset. The person sets up a new one."))


@blueprint.post("/system/people/<int:user_id>/sessions/end")
@fresh_sign_in
def end_sessions(user_id: int) -> ResponseReturnValue:
    ButtonForm().validate_on_submit()
    with current_archive().unit_of_work(current_actor()) as work:
        service.end_sessions_of(work, UserId(user_id))
    return _done(user_id, gettext("The person is signed out everywhere."))


def _done(user_id: int, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for("people.one", user_id=user_id), code=303)
