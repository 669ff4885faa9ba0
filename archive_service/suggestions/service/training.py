"""Learning from the archive's own filings: gather, learn in a child process, keep, use.

What is gathered is masked text made into hashed counts of its characters: no name and no number can be read back
from what lies on the disk meanwhile, and still it goes when the training ends. A training that was broken off leaves
nothing behind and begins anew.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.masking import mask
from archive_service.records import DocumentFilter, DocumentRow
from archive_service.suggestions.models import SuggestionModel
from archive_service.suggestions.rules import LeftFor
from archive_service.suggestions.rules.classes import by_words
from archive_service.suggestions.rules.likeness import HEADING_BAND, marks
from archive_service.suggestions.rules.paper import read
from archive_service.suggestions.service.likenesses import keep_marks, unmarked
from archive_service.suggestions.service.proposing import known_classes
from archive_service.unit_of_work import UnitOfWork
from storage import StorageError, parse_digest

MOST_OF_A_CLASS: Final = 400
"""The newest: a form that was given up years ago teaches nothing, and memory and disk stay bounded (some 200 MB)."""
AT_ONCE: Final = 100
MOST_PAGES: Final = 4
MOST_CHARACTERS: Final = 5_000
MOST_SECONDS: Final = 1_800
TOO_FEW: Final = 3  # how the child ends when there is nothing to learn from

log = structlog.get_logger()
Progress = Callable[[int, int | None], None]


class TrainingFailed(ArchiveError):
    """The child ended otherwise than it should: its own words are in the log."""

    code = "suggestions.training-failed"


@dataclass(frozen=True, slots=True)
class Trained:
    """``version`` None: there was too little to learn from. ``active``: whether it is used from now on."""

    version: int | None
    papers: int
    accuracy: float = 0.0
    active: bool = False


@dataclass(slots=True)
class _Told:
    classes: list[str] = field(default_factory=list)
    papers: list[int] = field(default_factory=list)
    forms: list[int] = field(default_factory=list)
    ruled: list[bool] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])


def train(archive: Archive, progress: Progress = lambda _done, _total: None) -> Trained:
    """Learn from what is filed now. Raises TrainingFailed, StoreFull, StoreFailed."""
    from archive_service.suggestions.rules.trained import from_bytes

    started = time.monotonic()
    room = archive.settings.data_dir / "tmp"
    room.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="learning-", dir=room))
    try:
        told = _gather(archive, folder, progress)
        _lay_active_beside(archive, folder)
        if not told.classes or not _learn(folder, progress):
            return Trained(None, len(told.classes))
        raw = (folder / "model.npz").read_bytes()
        from_bytes(raw)  # what can't be read back must not become active
        scores = json.loads((folder / "scores.json").read_text("ascii"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    blob = archive.blobs.put([raw])
    with archive.unit_of_work(service_actor()) as work:
        row = _keep(work, blob.digest, blob.size, scores, time.monotonic() - started)
        return Trained(row.id, len(told.classes), row.accuracy, row.is_active)


def _lay_active_beside(archive: Archive, folder: Path) -> None:
    """The model in use, to be examined with the same papers; one that is gone from the store is no rival."""
    with archive.reading() as session:
        digest = session.scalar(select(SuggestionModel.digest).where(SuggestionModel.is_active))
    if digest is None:
        return
    try:
        with archive.blobs.open(parse_digest(digest)) as stream:
            (folder / "active.npz").write_bytes(stream.read())
    except StorageError as error:
        log.warning("suggestions.model-unreadable", error=type(error).__name__)


def _gather(archive: Archive, folder: Path, progress: Progress) -> _Told:
    from archive_service.suggestions.rules.trained import features as features_of

    told = _Told()
    with archive.reading() as session:
        known = known_classes(session)
    with (folder / "columns.bin").open("wb") as columns, (folder / "weights.bin").open("wb") as weights:
        for code in known.classes:
            for row in _filed(archive, code):
                with archive.reading() as session:
                    pages = _pages(session, row)
                if not pages:
                    continue
                paper = read(tuple(map(mask, pages)), "", row.file_name)
                at, value = features_of(paper)
                columns.write(at.tobytes())
                weights.write(value.tobytes())
                told.classes.append(code)
                form = marks(paper).get(HEADING_BAND, crc32(row.id.bytes))
                told.forms.append(form)
                told.papers.append(crc32(row.id.bytes))
                told.starts.append(told.starts[-1] + len(at))
                opinion = by_words(paper, known).classes
                told.ruled.append(bool(opinion) and max(opinion, key=lambda c: opinion[c]) == code)
                if len(told.classes) % 20 == 0:
                    progress(len(told.classes), None)
    (folder / "papers.json").write_text(
        json.dumps(
            {
                "classes": told.classes,
                "papers": told.papers,
                "forms": told.forms,
                "ruled": told.ruled,
                "starts": told.starts,
            }
        ),
        "ascii",
    )
    return told


def _filed(archive: Archive, code: str) -> Iterator[DocumentRow]:
    """The newest filed papers of one class, those below it not."""
    wanted, found, offset = DocumentFilter(class_code=code, filed=True), 0, 0
    while found < MOST_OF_A_CLASS:
        with archive.reading() as session:
            rows = records.documents(session, service_actor(), wanted, offset=offset, limit=AT_ONCE)
        for row in rows:
            if row.class_code == code:
                found += 1
                yield row
        offset += AT_ONCE
        if len(rows) < AT_ONCE or offset > 10 * MOST_OF_A_CLASS:
            return


def _pages(session: Session, row: DocumentRow) -> list[str]:
    texts, _ = records.page_texts(session, row.version_id, most=MOST_PAGES, characters=MOST_CHARACTERS)
    return [text[:MOST_CHARACTERS] for _, text in texts if text.strip()]


def _learn(folder: Path, progress: Progress) -> bool:
    """Whether there was enough to learn from. Raises TrainingFailed."""
    said = folder / "said"
    with said.open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "archive_service.suggestions.rules.fitting", str(folder)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            # Without these each library would start a thread for every core.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    timer = threading.Timer(MOST_SECONDS, child.kill)
    timer.start()
    try:
        assert child.stdout is not None
        for line in child.stdout:
            done, _, total = line.partition(" ")
            if done.isdigit() and total.strip().isdigit():
                progress(int(done), int(total))
        code = child.wait()
    finally:
        timer.cancel()
        if child.poll() is None:
            child.kill()
            child.wait()
        assert child.stdout is not None
        child.stdout.close()
    if code not in (0, TOO_FEW):
        log.error("suggestions.training-failed", code=code, said=said.read_text("utf-8", "replace")[-2000:])
        raise TrainingFailed()
    return code == 0


def _keep(
    work: UnitOfWork, digest: str, size: int, scores: dict[str, Any], seconds: float
) -> SuggestionModel:
    """Use it from now on, unless it is no better than always naming the commonest class, or worse than the model in
    use is with the same papers."""
    rival = work.session.scalar(select(SuggestionModel.id).where(SuggestionModel.is_active))
    active_right = scores["active_right"]
    left = ""
    if scores["right"] <= scores["commonest_right"]:
        left = LeftFor.COMMONEST.value
    elif rival is not None and active_right is not None and active_right > scores["right"]:
        left = LeftFor.ACTIVE.value
    is_better = not left
    scores = {**scores, "left_for": left, "rival": rival}
    if is_better:
        work.session.execute(update(SuggestionModel).where(SuggestionModel.is_active).values(is_active=False))
    row = SuggestionModel(
        trained_at=work.now,
        digest=digest,
        size=size,
        documents=scores["learnt"],
        classes=len(scores["classes"]),
        held_back=scores["examined"],
        accuracy=scores["right"] / scores["examined"],
        seconds=round(seconds, 1),
        scores=scores,
        is_active=is_better,
    )
    work.session.add(row)
    work.session.flush()
    work.audit(
        "suggestions.trained",
        f"suggestion-model:{row.id}",
        documents=row.documents,
        accuracy=round(row.accuracy, 4),
        active=is_better,
    )
    return row


def mark_old_papers(archive: Archive, progress: Progress = lambda _done, _total: None) -> int:
    """Give marks to filed papers that were read before there were any, so that they are found as look-alikes."""
    marked = 0
    with archive.reading() as session:
        codes = list(known_classes(session).classes)
    for code in codes:
        rows = list(_filed(archive, code))
        with archive.reading() as session:
            bare = unmarked(session, [row.id for row in rows])
        for at in range(0, len(rows), AT_ONCE):
            batch = [row for row in rows[at : at + AT_ONCE] if row.id in bare]
            with archive.reading() as session:
                found = [(row, read(tuple(_pages(session, row)), row.title, row.file_name)) for row in batch]
            if found:
                with archive.unit_of_work(service_actor()) as work:
                    for row, paper in found:
                        keep_marks(work, row.id, marks(paper))
                marked += len(found)
                progress(marked, None)
    return marked
