"""How often proposals are right: on papers the model never saw, and in the hands of those who file."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import ngettext

from archive_service import classification, jobs
from archive_service.jobs import JobName
from archive_service.kernel.actor import Permission
from archive_service.suggestions.queries.models import as_seen, hit_rates, trained_models
from archive_service.suggestions.rules import FIELD_NAMES
from archive_service.suggestions.service.proposing import renew
from archive_service.web import current_actor, current_archive, current_language, only_asked, refuse_unknown

blueprint = Blueprint("suggestions", __name__, template_folder="../templates")


@blueprint.get("/system/suggestions")
def evaluation() -> str:
    only_asked()
    actor = current_actor()
    actor.must(Permission.SEE_STATUS)
    with current_archive().reading() as session:
        rows = trained_models(session)
        rates = hit_rates(session)
        names = {row.code: row for row in classification.class_rows(session)}
        run = jobs.latest_runs(session).get(JobName.SUGGESTIONS_TRAIN.value)
    whole = next((row for row in rows if row.is_active), None)
    active = as_seen(whole, actor, {code: row.level for code, row in names.items()}) if whole else None
    return render_template(
        "suggestions/evaluation.html",
        models=rows,
        active=active,
        left_out=len(whole.classes) - len(active.classes) if whole and active else 0,
        rates=rates,
        field_names=FIELD_NAMES,
        names=names,
        language=current_language(),
        run=run,
        job=JobName.SUGGESTIONS_TRAIN.value,
        may_run=actor.may(Permission.RUN_JOBS),
    )


@blueprint.post("/system/suggestions/renew")
def think_again() -> Response:
    only_asked()
    refuse_unknown(frozenset())
    actor = current_actor()
    actor.must(Permission.RUN_JOBS)
    with current_archive().unit_of_work(actor) as work:
        count = renew(work)
    words = ngettext(
        "%(num)s paper will be thought over again.", "%(num)s papers will be thought over again.", count
    )
    flash(str(words), "success")
    answer = redirect(url_for("suggestions.evaluation"), code=303)
    assert isinstance(answer, Response)
    return answer
