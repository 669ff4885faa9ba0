"""Removing what nobody refers to, beside uploads that may bring the same bytes at any moment."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from storage.contract import Digest, Entry, Referenced, SweepReport, is_digest
from storage.durable import disk_errors, drop_file, names_in
from storage.tree import BlobTree

BATCH: Final = 500  # blobs; small enough for one query with that many parameters


@dataclass(slots=True)
class _Tally:
    examined: int = 0
    removed: int = 0
    removed_bytes: int = 0
    restored: int = 0
    staging_removed: int = 0


def sweep(tree: BlobTree, referenced: Referenced, older_than: datetime) -> SweepReport:
    """Each unreferenced old blob is moved to the trash, asked about once more, and then removed or put back.

    The second question and the second look at its time catch whoever put the same bytes after the first: a
    put either finds the blob on its shelf and renews its time, or does not find it and stores its own copy.
    """
    if older_than.tzinfo is None:
        raise ValueError("older_than must be timezone-aware")
    tally = _Tally()
    _judge_leftovers(tree, referenced, older_than, tally)
    for batch in _batches(tree.entries()):
        tally.examined += len(batch)
        old = [entry.digest for entry in batch if entry.modified < older_than]
        unwanted = set(old) - referenced(old) if old else set()
        if unwanted:
            with tree.housekeeping():
                _judge(tree, [d for d in sorted(unwanted) if tree.take_off(d)], referenced, older_than, tally)
    tally.staging_removed = _remove_stale(tree, older_than)
    return SweepReport(
        tally.examined, tally.removed, tally.removed_bytes, tally.restored, tally.staging_removed
    )


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    remaining = iter(entries)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _judge_leftovers(tree: BlobTree, referenced: Referenced, older_than: datetime, tally: _Tally) -> None:
    """What a sweep left in the trash when its process died."""
    with tree.housekeeping():
        names = sorted(Digest(name) for name in names_in(tree.trash) if is_digest(name))
        for start in range(0, len(names), BATCH):
            _judge(tree, names[start : start + BATCH], referenced, older_than, tally)


def _judge(
    tree: BlobTree, taken: Sequence[Digest], referenced: Referenced, older_than: datetime, tally: _Tally
) -> None:
    """``taken`` stand in the trash, and the housekeeping lock is held."""
    if not taken:
        return
    try:
        wanted = referenced(taken)
    except BaseException:
        for digest in taken:
            tree.put_back(digest)
        raise
    for digest in taken:
        with disk_errors():
            facts = (tree.trash / digest).stat()
        if digest in wanted or datetime.fromtimestamp(facts.st_mtime, UTC) >= older_than:
            tree.put_back(digest)
            tally.restored += 1
        elif drop_file(tree.trash / digest):
            tally.removed += 1
            tally.removed_bytes += facts.st_size


def _remove_stale(tree: BlobTree, older_than: datetime) -> int:
    """Staging files of writers that died, and notes about parts that are gone."""
    removed = 0
    for name in names_in(tree.staging):
        removed += _drop_if_older(tree.staging / name, older_than)
    for name in names_in(tree.parts):
        note = tree.parts / name
        if note.suffix and not note.with_suffix("").exists():
            removed += _drop_if_older(note, older_than)
    return removed


def _drop_if_older(path: Path, older_than: datetime) -> bool:
    with suppress(FileNotFoundError):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < older_than:
            return drop_file(path)
    return False
