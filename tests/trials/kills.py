"""Kills at random moments of upload, reading and indexing; afterwards nothing acknowledged may be missing."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx
import psutil

from archive_service import audit, outbox, records
from archive_service.bootstrap import open_archive
from archive_service.jobs import JobName
from archive_service.records import VersionState
from archive_service.settings import Settings
from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page
from storage import Digest, StorageError
from tests.support.clock import MovableClock
from tests.support.service import Service
from workers.extraction import Reader
from workers.job_runs import run_job
from workers.schedule import sweep_blobs
from workers.toolbox import Toolbox

SETTLED_WITHIN_SECONDS: Final = 60.0


@dataclass(slots=True)
class Outcome:
    rounds: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)  # ids of documents that are not as they were acknowledged
    rows_without_bytes: int = 0
    stuck: int = 0  # versions neither searchable nor explained after SETTLED_WITHIN_SECONDS
    read_twice: int = 0
    orphans_left: int = 0
    trail_broken: bool = False

    @property
    def clean(self) -> bool:
        return not (
            self.lost
            or self.rows_without_bytes
            or self.stuck
            or self.read_twice
            or self.orphans_left
            or self.trail_broken
        )


class Uploader(threading.Thread):
    """Sends small papers without pause and remembers those that were acknowledged."""

    def __init__(self, service: Service, token: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.service, self.token, self.chance = service, token, random.Random(seed)
        self.acknowledged: dict[str, str] = {}  # document id → SHA-256
        self.ending = threading.Event()
        page = draw_page("收楼验收单 房号 3-1201 业主 张示例", chinese_font(), dpi=100, seed=seed, size="A5")
        self._scan = as_pdf([page], dpi=100)

    def run(self) -> None:
        with self.service.client(self.token) as client:
            while not self.ending.is_set():
                number = self.chance.randrange(1 << 60)
                if self.chance.random() < 0.1:
                    name, content = f"{number}.pdf", self._scan + f"\n%{number}".encode()
                else:
                    name, content = (
                        f"{number}.txt",
                        f"装修申请 {number} ".encode() * self.chance.randrange(1, 600),
                    )
                try:
                    answer = client.post("/api/v1/documents", files={"file": (name, content)})
                except httpx.HTTPError:
                    self.ending.wait(0.05)
                    continue
                if answer.status_code == 201:
                    self.acknowledged[answer.json()["id"]] = sha256(content).hexdigest()
                self.ending.wait(0.02)


def victims(chance: random.Random) -> Callable[[list[psutil.Process]], list[psutil.Process]]:
    """Everything at once, or any single process of the service."""
    if chance.random() < 0.5:
        return lambda family: family
    return lambda family: [chance.choice(family)]


def trial(data: Path, rounds: int, seed: int = 7, say: Callable[[str], None] = lambda _line: None) -> Outcome:
    chance, outcome = random.Random(seed), Outcome()
    service = Service(data)
    with service:
        token = service.token_for("chen", "archivist")
        uploader = Uploader(service, token, seed)
        uploader.start()
        for number in range(rounds):
            time.sleep(chance.uniform(0.05, 1.5))
            service.kill(victims(chance))
            time.sleep(chance.uniform(0.0, 0.5))  # where one process fell, the others go on for a moment
            service.kill()
            service.stop()
            service.start()
            outcome.rounds += 1
            say(f"kill {number + 1} of {rounds}: {len(uploader.acknowledged)} acknowledged")
        uploader.ending.set()
        uploader.join(30)
        outcome.acknowledged = len(uploader.acknowledged)
        outcome.stuck = _wait_until_settled(service, token)
    _look(data, uploader.acknowledged, outcome)
    return outcome


def _wait_until_settled(service: Service, token: str) -> int:
    """What is left when nothing has moved for SETTLED_WITHIN_SECONDS; 0 once everything is done."""
    left, moved_at = -1, time.monotonic()
    with service.client(token) as client:
        while left and time.monotonic() < moved_at + SETTLED_WITHIN_SECONDS:
            status = client.get("/api/v1/status").json()
            now = (
                sum(line["open"] + line["dead"] for line in status["waiting"]) + status["documents"]["unread"]
            )
            if now != left:
                left, moved_at = now, time.monotonic()
            time.sleep(0.3)
    return left


def _look(data: Path, acknowledged: dict[str, str], outcome: Outcome) -> None:
    archive = open_archive(Settings(data_dir=data))
    known: dict[str, list[records.VersionRow]] = {}
    after = 0
    with archive.reading() as session:
        while batch := records.known_versions(session, after):
            for version in batch:
                known.setdefault(str(version.document_id), []).append(version)
                if version.state is not VersionState.SEARCHABLE:
                    outcome.stuck += 1
                try:
                    archive.blobs.verify(Digest(version.digest))
                except StorageError:
                    outcome.rows_without_bytes += 1
            after = batch[-1].id
        outcome.lost = [
            document_id
            for document_id, digest in acknowledged.items()
            if [v.digest for v in known.get(document_id, [])] != [digest]
        ]
        reads = Counter(
            row.subject for row in audit.trail(session, limit=1_000_000) if row.action == "version.read"
        )
        outcome.read_twice = sum(times > 1 for times in reads.values())
        outcome.trail_broken = audit.verify(session) is not None
        outcome.stuck += sum(
            line.open + line.dead for line in outbox.backlog(session) if line.topic != "job.wanted"
        )
    tools = Toolbox(archive, Reader(recognisers=1))
    assert run_job(tools, JobName.UPLOAD_EXPIRY)
    in_two_days = replace(archive, clock=MovableClock(archive.clock.now() + timedelta(days=2)))
    sweep_blobs(Toolbox(in_two_days, tools.reader), lambda _done, _total: None)
    with archive.reading() as session:
        for entry in archive.blobs.entries():
            if not records.referenced_digests(session, [entry.digest]):
                outcome.orphans_left += 1
    tools.reader.close()
    archive.close()
