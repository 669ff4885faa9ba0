"""The one worker of the embedded service, killed while it reads; its broker was its own memory."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil
from sqlalchemy import text

from archive_service import outbox, records
from archive_service.bootstrap import Archive, open_archive
from archive_service.home.service import check_consistency
from archive_service.kernel.actor import service_actor
from archive_service.records import Description, Received, VersionState
from archive_service.settings import Settings
from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page
from tests.support.service import Service
from tests.trials.kills import SETTLED_WITHIN_SECONDS, Outcome, look
from tests.trials.senders import Papers, Receipt

PAGES_A_SCAN: Final = 6
PAGES_WAITING: Final = 24  # so that a kill always finds a reader at work


class House:
    """An archive with a worker that is started and killed, and with always something to read."""

    def __init__(self, service: Service, data: Path, seed: int) -> None:
        self.archive: Archive = open_archive(Settings(data_dir=data))
        self.receipts: list[Receipt] = []
        self._service = service
        self._papers = Papers(seed)
        page = draw_page("消防设施巡查记录 地下车库 二层", chinese_font(), dpi=100, seed=seed, size="A5")
        self._scan = as_pdf([page] * PAGES_A_SCAN, dpi=100)

    def close(self) -> None:
        self.archive.close()

    def bring(self) -> None:
        """A scan of some pages, and a paper of text or one page."""
        paper = self._papers.small()
        self._add(f"{paper.word}-scan.pdf", self._scan + f"\n%{paper.word}".encode())
        self._add(paper.name, paper.content)

    def _add(self, name: str, content: bytes) -> None:
        blob = self.archive.blobs.put([content])
        with self.archive.unit_of_work(service_actor()) as work:
            document_id = records.add_document(
                work, Received(blob.digest, blob.size, name), Description(title=name)
            )
        self.receipts.append(Receipt(str(document_id), blob.digest, name, by_tus=False))

    def unread(self) -> int:
        with self.archive.reading() as session:
            return records.counts(session, service_actor()).unread

    def kept(self) -> int:
        """Pages that have been read, of all documents."""
        with self.archive.reading() as session:
            return session.scalar(text("SELECT count(*) FROM page")) or 0

    def left(self) -> int:
        """Versions and messages that are not at their end."""
        with self.archive.reading() as session:
            lines = [line for line in outbox.backlog(session) if line.topic != "job.wanted"]
        return self.unread() + sum(line.open + line.dead for line in lines)

    @contextmanager
    def worker(self) -> Iterator[psutil.Process]:
        """A worker process; killed with whatever it started when the block ends."""
        with self._service.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "workers.runtime", "worker"],
                env=self._service.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()
            process.wait()


def is_reading(worker: psutil.Process) -> bool:
    """Documents are opened in processes of their own, so while there are any it reads."""
    with suppress(psutil.NoSuchProcess):
        return bool(worker.children())
    return False


def trial(
    data: Path,
    times: int = 100,
    seed: int = 7,
    say: Callable[[str], None] = lambda _line: None,
    minutes: float = float("inf"),
) -> Outcome:
    """So many kills, or as many as fit into so many minutes; then everything is looked at."""
    until = time.monotonic() + minutes * 60
    chance, outcome = random.Random(seed), Outcome()
    service = Service(data)
    service.command("migrate")
    house = House(service, data, seed)
    for number in range(times):
        if time.monotonic() > until:
            break
        while house.unread() * PAGES_A_SCAN // 2 < PAGES_WAITING:
            house.bring()
        with house.worker() as worker:
            service.wait_for(lambda: is_reading(worker), SETTLED_WITHIN_SECONDS)
            if chance.random() < 0.5:
                # A paper with which MOST_DEATHS workers died, and not a page was kept, is given up for good reason.
                before = house.kept()
                service.wait_for(lambda: house.kept() > before, SETTLED_WITHIN_SECONDS)  # noqa: B023
            time.sleep(chance.uniform(0.0, 3.0))
            under = worker.children(recursive=True)
        _, alive = psutil.wait_procs(under, timeout=SETTLED_WITHIN_SECONDS)
        outcome.left_behind += len(alive)
        outcome.rounds += 1
        outcome.killed["worker"] += 1
        say(f"kill {number + 1} of {times}: {len(house.receipts)} brought, {house.unread()} unread")
    with house.worker():
        outcome.stuck = _settle(house)
    outcome.acknowledged = len(house.receipts)
    look(data, house.receipts, outcome)
    _compare_with_index(house, outcome)
    house.close()
    return outcome


def _settle(house: House) -> int:
    left, moved_at = -1, time.monotonic()
    while left and time.monotonic() < moved_at + SETTLED_WITHIN_SECONDS:
        now = house.left()
        if now != left:
            left, moved_at = now, time.monotonic()
        time.sleep(0.3)
    return left


def _compare_with_index(house: House, outcome: Outcome) -> None:
    """Each document is in the index, once, as the database has it."""
    for finding in check_consistency(house.archive).findings:
        outcome.not_found.append(f"{finding.part} {finding.code}: {finding.subject}")
    with house.archive.reading() as session:
        states = {version.state for version in records.known_versions(session, 0)}
    if states != {VersionState.SEARCHABLE}:
        outcome.not_found.append(f"states: {sorted(states)}")
