from typing import Final

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.exc import SQLAlchemyError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid
from archive_service.reminders import queries, service
from archive_service.reminders.rules import TROUBLES, Channel, DeliveryState, NoticeId, Trouble
from archive_service.reminders.web.words import told
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    only_asked,
    refuse_unknown,
    safe_target,
    whole_number,
)

blueprint = Blueprint("notices", __name__, template_folder="../templates")

PAGE_SIZE: Final = 30
LARGEST_ID: Final = 2**62
ONE: Final = "/notices/<int(max=4611686018427387904):notice_id>"


def unread_notices() -> int:
    """For the bell on every page, which must come up also where the database is away."""
    actor = current_actor()
    if actor.user_id is None or not actor.may(Permission.SEE_NOTICES):
        return 0
    if "unread_notices" not in g:
        try:
            with current_archive().reading() as session:
                g.unread_notices = queries.unread_count(session, actor.user_id)
        except SQLAlchemyError:
            g.unread_notices = 0
    count: int = g.unread_notices
    return count


def count_first() -> None:
    """Before the page has a connection of its own: a page drawn while it reads would take a second one for the bell.

    A part of a page that asks for itself shows no bell.
    """
    if not request.path.startswith(("/api/", "/static/")) and "HX-Request" not in request.headers:
        unread_notices()


@blueprint.get("/notices")
def page() -> str:
    """``show``: ``unread``, or all."""
    only_asked("show", "page")
    actor = current_actor()
    actor.must(Permission.SEE_NOTICES)
    unread, number = request.args.get("show") == "unread", asked_page()
    with current_archive().reading() as session:
        total = queries.notice_count(session, actor, unread=unread)
        rows = queries.notices(
            session, actor, unread=unread, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
    return render_template(
        "reminders/page.html",
        rows=[told(row) for row in rows],
        unread_only=unread,
        newest=max((row.id for row in rows), default=0),
        paging=Paging(number, PAGE_SIZE, total),
    )


@blueprint.post(f"{ONE}/opening")
def open_one(notice_id: int) -> Response:
    """It is read, and one goes to what it is about."""
    only_asked()
    refuse_unknown(frozenset())
    actor = current_actor()
    with current_archive().unit_of_work(actor) as work:
        row = service.mark_read(work, NoticeId(notice_id))
    return _to(safe_target(told(row).page, url_for("notices.page")))


@blueprint.post(f"{ONE}/reading")
def read_one(notice_id: int) -> Response:
    only_asked("show", "page")
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.mark_read(work, NoticeId(notice_id))
    return _to(url_for("notices.page", show=request.args.get("show"), page=request.args.get("page")))


@blueprint.post("/notices/reading")
def read_all() -> Response:
    """``up_to``: the newest that stood on the page; what came after it stays unread."""
    only_asked()
    refuse_unknown(frozenset({"up_to"}))
    actor = current_actor()
    actor.must(Permission.MARK_NOTICES)
    up_to = whole_number(request.form.get("up_to", ""), LARGEST_ID)
    if up_to is None:
        raise Invalid(field="up_to")
    with current_archive().unit_of_work(actor) as work:
        count = service.mark_all_read(work, NoticeId(up_to))
    flash(
        str(ngettext("%(num)s notice was marked as read.", "%(num)s notices were marked as read.", count)),
        "success",
    )
    return _to(url_for("notices.page"))


@blueprint.post("/system/reminders/trial")
def trial() -> Response:
    """A message to oneself by every way that is set."""
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.send_trial(work)
    flash(
        str(gettext("A trial message is on its way. If it does not arrive, the reason will stand here.")),
        "success",
    )
    return _to(url_for("home.system", _anchor="reminders"))


def _to(address: str) -> Response:
    answer = redirect(address, code=303)
    assert isinstance(answer, Response)
    return answer


def on_system_page(_of: object) -> str:
    """A card there: which ways are set, and what could not be sent lately."""
    archive, actor = current_archive(), current_actor()
    settings = archive.settings
    with archive.reading() as session:
        rows, sent = queries.troubled(session), queries.last_sent(session)
    return render_template(
        "reminders/_card.html",
        mail=settings.mail_server,
        webhooks=settings.webhooks,
        rows=rows,
        sent=sent,
        channels=Channel,
        states=DeliveryState,
        reason_of=explain_trouble,
        may_try=actor.may(Permission.RUN_JOBS) and actor.user_id is not None,
    )


def explain_trouble(code: str) -> str:
    return str(gettext(TROUBLES[Trouble(code)])) if code in tuple(Trouble) else code
