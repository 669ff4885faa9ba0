"""The state of the service: what waits for the background, what it gave up, its periodic jobs, the index."""

from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext

from archive_service import jobs, outbox
from archive_service.home import service
from archive_service.home.web.furnishing import QUEUES, alarm_about, blueprint
from archive_service.jobs import TITLES, JobName, JobRow
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.search import expected_entries, index_status
from archive_service.web import current_actor, current_archive, only_asked, refuse_unknown

TOPICS: Final = {
    "version.received": N_("Reading new files"),
    "version.read": N_("Bringing papers into the search index"),
    "suggestions.propose": N_("Proposing what new papers are"),
    "rendition.wanted": N_("Making fine drawings and searchable copies"),
    "class.level-raised": N_("Raising papers to the new level of their class"),
    "case-file.opened": N_("Opening the checklists of new case files"),
    "notice.sent": N_("Sending reminders on"),
    "delivery.wanted": N_("Mails and group messages on their way"),
    "job.wanted": N_("Jobs asked for by a person"),
}
JOB_STATES: Final = {
    "running": (N_("Running"), "blue", "loader-2"),
    "done": (N_("Done"), "green", "circle-check"),
    "failed": (N_("Failed"), "red", "circle-x"),
    "interrupted": (N_("Interrupted"), "orange", "alert-triangle"),
}
REASONS: Final = {
    "WorkerDied": N_("Each time this was done, the background process died."),
}
"""Of errors that say little by the names of their classes."""
OUTCOMES: Final = {
    "missing": N_("%(count)s missing"),
    "strange": N_("%(count)s that belong nowhere"),
    "stale": N_("%(count)s out of date"),
    "rebuilt": N_("built anew"),
    "entries": N_("%(count)s entries"),
    "removed": N_("%(count)s removed"),
    "opened": N_("%(count)s tasks opened"),
    "escalated": N_("%(count)s handed to the manager"),
    "finished": N_("%(count)s finished"),
    "expired": N_("%(count)s cleared away"),
    "messages": N_("%(count)s messages"),
    "sessions": N_("%(count)s sessions"),
    "answers": N_("%(count)s kept answers"),
    "workers": N_("%(count)s workers"),
    "papers": N_("%(count)s filed papers looked at"),
    "marked": N_("%(count)s marked for look-alikes"),
    "tidied": N_("%(count)s old proposals cleared away"),
    "too-few": N_("too few filed papers to learn from yet"),
    "version": N_("model %(count)s learnt"),
    "accuracy": N_("right first on papers it never saw: %(count)s"),
}
"""What jobs note down at their end, by key. What there was none of is not worth a word."""


def outcome(run: JobRow | None) -> str:
    """The note of a finished run in words; of a failed one as it stands, for who looks for the cause."""
    if run is None or run.note is None:
        return ""
    if run.state != "done":
        return run.note
    words = []
    for pair in run.note.split():
        key, _, value = pair.partition("=")
        if key in OUTCOMES and value not in ("0", "False"):
            words.append(str(gettext(OUTCOMES[key])) % {"count": value})
    return " · ".join(words) if words else str(gettext("Nothing to mend"))


@blueprint.get("/system")
def system() -> str:
    only_asked()
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_STATUS)
    with archive.reading() as session:
        backlog = outbox.backlog(session)
        dead = outbox.dead_messages(session)
        latest = jobs.latest_runs(session)
        background = jobs.background(session, archive.clock.now())
    return render_template(
        "home/system.html",
        background=background,
        alarm=alarm_about(background),
        queues=QUEUES,
        backlog=backlog,
        dead=dead,
        jobs=[(name.value, TITLES[name], run := latest.get(name.value), outcome(run)) for name in JobName],
        topics=TOPICS,
        job_states=JOB_STATES,
        reasons=REASONS,
        index=index_status(archive),
        expected=expected_entries(archive),
        may_run=actor.may(Permission.RUN_JOBS),
    )


def _back() -> Response:
    answer = redirect(url_for("home.system"), code=303)
    assert isinstance(answer, Response)
    return answer


@blueprint.post("/system/jobs/<name>/run")
def run_job(name: str) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.run_job_now(work, name)
    flash(str(gettext("The job will run in a moment.")), "success")
    return _back()


@blueprint.post("/system/messages/retry")
def send_all_again() -> Response:
    return _send_again(None)


@blueprint.post("/system/messages/<int:message_id>/retry")
def send_again(message_id: int) -> Response:
    return _send_again(message_id)


def _send_again(message_id: int | None) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        count = service.send_again(work, message_id)
    words = ngettext("%(num)s task will be tried again.", "%(num)s tasks will be tried again.", count)
    flash(str(words), "success")
    return _back()
