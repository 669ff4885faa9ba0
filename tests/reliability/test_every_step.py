"""One upload, cut off at each of its writes, syncs and renames in turn."""

import os
import signal
from collections.abc import Callable
from typing import Any

from archive_service import records
from archive_service.bootstrap import open_archive
from archive_service.kernel.actor import service_actor
from archive_service.records import Description, DocumentFilter, Received
from archive_service.settings import Settings


def _upload(settings: Settings, content: bytes, acknowledged: int) -> None:
    archive = open_archive(settings)
    blob = archive.blobs.put([content[:5], content[5:]])
    with archive.unit_of_work(service_actor()) as work:
        records.add_document(work, Received(blob.digest, blob.size, "a.txt"), Description())
    os.write(acknowledged, b"!")


def _dies_at(step: int) -> None:
    """Wrap what makes bytes durable: at the given call, counted over all of them, this process is gone."""
    left = [step]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    for name in ("write", "fsync", "fdatasync", "rename", "replace", "link", "open", "mkdir", "unlink"):
        setattr(os, name, counted(getattr(os, name)))


def test_whatever_step_is_the_last_nothing_acknowledged_is_missing(settings: Settings) -> None:
    open_archive(settings).close()
    step, finished = 0, False
    while not finished:
        step += 1
        heard, says = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _dies_at(step)
                _upload(settings, f"paper {step}".encode(), says)
            finally:
                os._exit(0)
        os.close(says)
        _, status = os.waitpid(child, 0)
        finished = not os.WIFSIGNALED(status)
        was_acknowledged = os.read(heard, 1) == b"!"
        os.close(heard)
        archive = open_archive(settings)
        with archive.reading() as session:
            rows = records.documents(session, service_actor(), DocumentFilter(), limit=1000)
        for row in rows:
            archive.blobs.verify(row.digest)
        if was_acknowledged:
            digest = archive.blobs.put([f"paper {step}".encode()]).digest
            assert digest in {row.digest for row in rows}
        archive.close()
    assert step > 5, "the upload made too few steps to have been cut off anywhere"
