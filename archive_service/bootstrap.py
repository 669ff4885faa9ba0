"""Composes the parts into one Archive. Every process (web, worker, command, test) begins here."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import Clock, SystemClock
from archive_service.kernel.db import Sessions, make_engine
from archive_service.settings import Settings
from archive_service.unit_of_work import UnitOfWork, unit_of_work
from search_index import SearchEngine, open_engine
from storage import BlobStore, open_store


@dataclass(frozen=True, slots=True)
class Archive:
    """The service without its doors: pages, API, commands and workers all use this one object."""

    settings: Settings
    sessions: Sessions
    blobs: BlobStore
    index: SearchEngine
    clock: Clock

    def unit_of_work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.sessions, self.clock, actor)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot to read from; never waits for a writer."""
        with self.sessions.reading() as session:
            yield session

    def close(self) -> None:
        self.sessions.close()


def prepare_data_dir(path: Path) -> None:
    """Make the data directory, for its owner alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        path.chmod(0o700)


def open_archive(
    settings: Settings, clock: Clock | None = None, *, statement_seconds: int | None = None
) -> Archive:
    """``statement_seconds``: see ``kernel.db.make_engine``."""
    prepare_data_dir(settings.data_dir)
    return Archive(
        settings=settings,
        sessions=Sessions(make_engine(settings.database, statement_seconds=statement_seconds)),
        blobs=open_store(settings.blobs_dir),
        index=open_engine(settings.index_dir),
        clock=clock or SystemClock(),
    )
