"""Is the process alive, and can it do its work? For supervisors and load balancers; says nothing secret."""

from collections.abc import Callable
from typing import Final

import structlog
from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from archive_service import jobs
from archive_service.bootstrap import Archive
from archive_service.web import current_archive
from search_index import SearchIndexError
from storage import StorageError

log = structlog.get_logger()
blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> dict[str, str]:
    """Answers as long as the process does, whatever else is broken."""
    return {"status": "alive"}


@blueprint.get("/health/ready")
def ready() -> tuple[dict[str, object], int]:
    """200 when database, store and index all answer, else 503 with the names of those that don't.

    ``background`` is told beside it: without workers papers are kept and found as before, only not read.
    """
    failed = [name for name, check in CHECKS.items() if not _passes(name, check)]
    if failed:
        return {"status": "not-ready", "failed": failed}, 503
    archive = current_archive()
    with archive.reading() as session:
        silent = jobs.background(session, archive.clock.now()).silent
    return {"status": "ready", "background": "silent" if silent else "running"}, 200


def _passes(name: str, check: Callable[[Archive], None]) -> bool:
    try:
        check(current_archive())
    except (SQLAlchemyError, StorageError, SearchIndexError, OSError) as error:
        log.warning("health.failed", part=name, error=type(error).__name__)
        return False
    return True


def _database(archive: Archive) -> None:
    with archive.reading() as session:
        session.execute(text("SELECT count(*) FROM record_class"))


def _store(archive: Archive) -> None:
    # Written and dropped again: whether the disk takes bytes is only known by giving it some.
    with archive.blobs.stage() as staged:
        staged.write(b"ready?")


def _index(archive: Archive) -> None:
    archive.index.healthy()


CHECKS: Final[dict[str, Callable[[Archive], None]]] = {
    "database": _database,
    "store": _store,
    "index": _index,
}
