"""Tells in the database that this worker lives: else nobody at a page could know that papers are not being read."""

import os
import secrets
import socket
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from archive_service import jobs
from archive_service.bootstrap import Archive

log = structlog.get_logger()


class SignOfLife:
    """One row, written every ``jobs.SIGN_EVERY``; gone after a clean stop."""

    def __init__(self, archive: Archive, queues: Sequence[str]) -> None:
        self._archive = archive
        self._card = jobs.WorkerCard(
            secrets.token_hex(16), socket.gethostname(), os.getpid(), tuple(queues), archive.clock.now()
        )
        self._given_at: datetime | None = None

    def give(self) -> None:
        """If it is time to. The database may be away."""
        now = self._archive.clock.now()
        if self._given_at is not None and abs(now - self._given_at) < jobs.SIGN_EVERY:
            return
        with self._archive.sessions.writing() as session:
            jobs.sign(session, now, self._card)
        self._given_at = now

    def end(self) -> None:
        """Nobody may be left waiting for this one."""
        try:
            with self._archive.sessions.writing() as session:
                jobs.sign_off(session, self._card.id)
        except SQLAlchemyError as error:  # it will be found silent soon enough
            log.warning("worker.could-not-sign-off", error=type(error).__name__)
