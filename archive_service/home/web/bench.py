"""The start page: what waits for the person who looks, today's figures, the last two weeks."""

from flask import render_template

from archive_service.home import queries
from archive_service.home.web.furnishing import QUEUES, alarm_about, blueprint
from archive_service.kernel.errors import SignInNeeded
from archive_service.web import current_actor, current_archive, only_asked


@blueprint.get("/")
def page() -> str:
    only_asked()
    actor, archive = current_actor(), current_archive()
    if actor.is_anonymous:
        raise SignInNeeded()
    with archive.reading() as session:
        bench = queries.bench(session, actor, archive.clock.now())
    days = bench.days
    chart = {
        "labels": [f"{day.on:%m-%d}" for day in days],
        "documents": [day.figures.documents for day in days],
        "pages": [day.figures.pages for day in days],
    }
    return render_template(
        "home/page.html",
        bench=bench,
        alarm=alarm_about(bench.background),
        queues=QUEUES,
        today=days[-1].figures if days else None,
        chart=chart,
        busy=any(day.figures.documents for day in days),
    )
