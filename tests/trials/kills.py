"""Kills at random moments of upload, reading and indexing; afterwards nothing acknowledged may be missing."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil

from archive_service import audit, outbox, records
from archive_service.bootstrap import open_archive
from archive_service.jobs import JobName
from archive_service.records import VersionState
from archive_service.settings import Settings
from storage import Digest, StorageError
from tests.support.clock import MovableClock
from tests.support.service import Service
from tests.trials.senders import Receipt, Sender, TusSender, WholeSender
from workers.extraction import Reader
from workers.job_runs import run_job
from workers.schedule import sweep_blobs
from workers.toolbox import Toolbox

SETTLED_WITHIN_SECONDS: Final = 60.0
MOST_SEARCHED: Final = 300


class Victim(StrEnum):
    EVERYTHING = "everything"
    SUPERVISOR = "supervisor"  # its parts end by themselves
    WEB = "web"
    WORKER = "worker"
    ANY = "any"  # a single process, be it the one that draws a page


@dataclass(slots=True)
class Outcome:
    rounds: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    by_tus: int = 0
    resumed: int = 0  # tus uploads that went on from the middle
    broken_lines: int = 0
    searched: int = 0
    lost: list[str] = field(default_factory=list)  # ids of documents that are not as they were acknowledged
    refused: list[str] = field(default_factory=list)  # answers that no kill explains
    not_found: list[str] = field(default_factory=list)  # words that don't find their document and no other
    rows_without_bytes: int = 0
    stuck: int = 0  # versions neither searchable nor explained after SETTLED_WITHIN_SECONDS
    doubled: int = 0  # bytes that became a document more than once, though sent once
    read_twice: int = 0
    half_read: int = 0
    left_behind: int = 0  # processes that outlived their supervisor
    orphans_left: int = 0
    trail_broken: bool = False

    @property
    def clean(self) -> bool:
        return not (
            self.lost
            or self.refused
            or self.not_found
            or self.rows_without_bytes
            or self.stuck
            or self.doubled
            or self.read_twice
            or self.half_read
            or self.left_behind
            or self.orphans_left
            or self.trail_broken
        )


def trial(
    data: Path,
    rounds: int,
    seed: int = 7,
    say: Callable[[str], None] = lambda _line: None,
    minutes: float = float("inf"),
) -> Outcome:
    """So many kills, or as many as fit into so many minutes; then everything is looked at."""
    chance, outcome = random.Random(seed), Outcome()
    with Service(data) as service:
        token = service.token_for("chen", "archivist")
        senders = [WholeSender(service, token, seed), TusSender(service, token, seed + 1)]
        for sender in senders:
            sender.start()
        until = time.monotonic() + minutes * 60
        for number in range(rounds):
            if time.monotonic() > until:
                break
            time.sleep(chance.uniform(0.05, 1.5))
            victim = chance.choice(list(Victim))
            _strike(service, victim, chance, outcome)
            outcome.rounds += 1
            outcome.killed[victim.value] += 1
            receipts = sum(len(sender.receipts) for sender in senders)
            say(f"kill {number + 1} of {rounds}, {victim}: {receipts} acknowledged")
        for sender in senders:
            sender.ending.set()
        for sender in senders:
            sender.join(60)
        receipts_of_all = _gathered(senders, outcome)
        outcome.stuck = _wait_until_settled(service, token)
        _search(service, token, chance, receipts_of_all, outcome)
    look(data, receipts_of_all, outcome)
    return outcome


def _gathered(senders: Iterable[Sender], outcome: Outcome) -> list[Receipt]:
    receipts = [receipt for sender in senders for receipt in sender.receipts]
    outcome.acknowledged = len(receipts)
    outcome.by_tus = sum(receipt.by_tus for receipt in receipts)
    for sender in senders:
        outcome.refused += sender.refused
        outcome.broken_lines += sender.broken_lines
        if isinstance(sender, TusSender):
            outcome.resumed = sender.resumed
    return receipts


def _strike(service: Service, victim: Victim, chance: random.Random, outcome: Outcome) -> None:
    """Kill; then the supervisor puts it right, or everything falls a moment later and is started again."""
    family = service.family()
    service.kill(lambda family: _chosen(family, victim, chance))
    if victim in (Victim.WEB, Victim.WORKER) and chance.random() < 0.7:
        service.wait_for(service.is_ready, SETTLED_WITHIN_SECONDS)
        return
    if victim is not Victim.SUPERVISOR:
        time.sleep(chance.uniform(0.0, 0.5))  # where one process fell, the others go on for a moment
        family += service.family()
        service.kill()
    service.stop()
    _, alive = psutil.wait_procs(set(family), timeout=SETTLED_WITHIN_SECONDS)
    outcome.left_behind += len(alive)
    for process in alive:
        process.kill()
    service.start()


def _chosen(family: Sequence[psutil.Process], victim: Victim, chance: random.Random) -> list[psutil.Process]:
    if not family:
        return []
    if victim is Victim.EVERYTHING:
        return list(family)
    if victim is Victim.SUPERVISOR:
        return [family[0]]
    if victim is Victim.ANY:
        return [chance.choice(family)]
    for process in family[1:]:
        with suppress(psutil.NoSuchProcess):
            words = process.cmdline()
            if words[-1:] == [victim.value]:
                under = process.children(recursive=True) if victim is Victim.WEB else []
                return [process, *under]
    return []  # it is just being started again


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


def _search(
    service: Service, token: str, chance: random.Random, receipts: Sequence[Receipt], outcome: Outcome
) -> None:
    """Each paper has a word of its own: it must find that paper, and once."""
    asked = chance.sample(receipts, min(MOST_SEARCHED, len(receipts)))
    with service.client(token) as client:
        for receipt in asked:
            found = client.get("/api/v1/search", params={"q": receipt.word}).json()
            outcome.searched += 1
            if [hit["id"] for hit in found["hits"]] != [receipt.document_id] or found["total"] != 1:
                outcome.not_found.append(receipt.word)


def look(data: Path, receipts: Sequence[Receipt], outcome: Outcome) -> None:
    """What stands in the archive, which is at rest, against what was acknowledged."""
    archive = open_archive(Settings(data_dir=data))
    known: dict[str, list[records.VersionRow]] = {}
    after = 0
    with archive.reading() as session:
        while batch := records.known_versions(session, after):
            for version in batch:
                known.setdefault(str(version.document_id), []).append(version)
                if version.state is not VersionState.SEARCHABLE:
                    outcome.stuck += 1
                elif records.page_numbers(session, version.id) != set(
                    range(1, (version.pages_total or 0) + 1)
                ):
                    outcome.half_read += 1
                try:
                    archive.blobs.verify(Digest(version.digest))
                except StorageError:
                    outcome.rows_without_bytes += 1
            after = batch[-1].id
        outcome.lost = [
            receipt.document_id
            for receipt in receipts
            if [v.digest for v in known.get(receipt.document_id, [])] != [receipt.digest]
        ]
        times = Counter(version.digest for versions in known.values() for version in versions)
        outcome.doubled = sum(count > 1 for count in times.values())
        reads = Counter(
            row.subject for row in audit.trail(session, limit=1_000_000) if row.action == "version.read"
        )
        outcome.read_twice = sum(count > 1 for count in reads.values())
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
