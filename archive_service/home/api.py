"""The state of the service for programs: what waits, what failed. Counts are of what the caller may see."""

from datetime import datetime

from flask import Flask
from pydantic import Field

from archive_service import jobs, outbox, records
from archive_service.api import doors
from archive_service.api.schemas import Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.search import index_status
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("home_api", __name__, "status")


class DocumentCounts(Told):
    """``unread``: reading has not finished; ``stuck``: reading gave up."""

    total: int
    unclassified: int
    unread: int
    stuck: int


class Waiting(Told):
    topic: str
    open: int
    dead: int = Field(description="given up; somebody must look")
    oldest: datetime | None


class JobState(Told):
    name: str
    state: str
    started_at: datetime
    finished_at: datetime | None


class IndexState(Told):
    healthy: bool
    entries: int


class WorkerState(Told):
    host: str
    pid: int
    queues: list[str]
    started_at: datetime
    seen_at: datetime
    alive: bool


class Status(Told):
    documents: DocumentCounts
    waiting: list[Waiting]
    workers: list[WorkerState]
    unattended: list[str] = Field(
        description="queues that no living worker takes from; what waits there is kept"
    )
    jobs: list[JobState]
    index: IndexState
    last_backup: datetime | None


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/status")
@blueprint.output(Status)
@blueprint.doc(summary=N_("What waits, what failed, how the index is"))
def status() -> Status:
    actor = current_actor()
    actor.must(Permission.SEE_STATUS)
    with current_archive().reading() as session:
        counts = records.counts(session, actor)
        backlog = outbox.backlog(session)
        latest = jobs.latest_runs(session)
        background = jobs.background(session, current_archive().clock.now())
    index = index_status(current_archive())
    return Status(
        documents=DocumentCounts(
            total=counts.documents,
            unclassified=counts.unclassified,
            unread=counts.unread,
            stuck=counts.stuck,
        ),
        waiting=[Waiting(topic=b.topic, open=b.open, dead=b.dead, oldest=b.oldest) for b in backlog],
        workers=[
            WorkerState(
                host=worker.host,
                pid=worker.pid,
                queues=list(worker.queues),
                started_at=worker.started_at,
                seen_at=worker.seen_at,
                alive=worker.alive,
            )
            for worker in background.workers
        ],
        unattended=list(background.unattended),
        jobs=[
            JobState(name=run.name, state=run.state, started_at=run.started_at, finished_at=run.finished_at)
            for _, run in sorted(latest.items())
        ],
        index=IndexState(healthy=index.healthy, entries=index.entries),
        last_backup=None,
    )
