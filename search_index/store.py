"""One Whoosh directory: snapshots of its segments for reading, commits for writing."""

# mypy: disallow-untyped-calls=False
# Whoosh says it is typed, but half of its functions are not.

from __future__ import annotations

import pickle
import struct
import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from whoosh.index import TOC, FileIndex
from whoosh.reading import CorruptIndexError

from .batch import Batch, from_segments
from .contract import IndexDamaged
from .grams import Mask
from .packed import INDEX_NAME, MappedStorage, schema
from .segment import Caches, Segment

# How damaged bytes show themselves when they are unpickled, unpacked, decoded or counted with.
DAMAGE: Final = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    struct.error,
    zlib.error,
    pickle.PickleError,
    CorruptIndexError,
)
_OPEN_TRIES: Final = (
    20  # a writer may remove merged segments between our reading their names and opening them
)
_TIER: Final = 6  # so many segments of one size class become one
_CROWD: Final = 24  # with more segments than this a put merges at once
_MERGED_ROWS: Final = 20_000  # a merge holds the writer's lock for about 2 ms a row
_PUT_MERGED_ROWS: Final = 1_000  # what a put may merge on its way
_LARGE_ROWS: Final = 10_000  # so many rows are worth a merge whatever the number of segments
_MERGED_BYTES: Final = 400_000_000  # normalised text of a merged segment; Whoosh counts offsets in 32 bits
_POOL_MB: Final = 48


@dataclass(frozen=True, slots=True)
class View:
    """A segment as one commit left it."""

    segment: Segment
    live: Mask


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index as one commit left it; stays readable while later commits come."""

    generation: int
    views: tuple[View, ...]

    def uids(self) -> npt.NDArray[np.int64]:
        """Uids of all live rows, ascending."""
        live = [view.segment.tables.uids[view.live] for view in self.views]
        return np.sort(np.concatenate(live)) if live else np.empty(0, dtype=np.int64)

    def stamps(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Uids of all live rows, ascending, and their stamps."""
        nothing = np.empty(0, dtype=np.int64)
        uids = np.concatenate([nothing, *(view.segment.tables.uids[view.live] for view in self.views)])
        stamps = np.concatenate([nothing, *(view.segment.tables.stamps[view.live] for view in self.views)])
        order = np.argsort(uids)
        return uids[order], stamps[order]


class Store:
    """Reads may come from any thread. Writes must come one at a time: the engine's lock sees to that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage = MappedStorage(folder)
        self._lock = threading.Lock()
        self._segments: dict[str, Segment] = {}
        self._caches = Caches()
        self._snapshot: Snapshot | None = None

    @classmethod
    def create(cls, folder: Path) -> Store:
        """A new, empty store in a folder that doesn't exist yet."""
        folder.mkdir(mode=0o700)
        FileIndex.create(MappedStorage(folder), schema(), INDEX_NAME)
        return cls(folder)

    def snapshot(self) -> Snapshot:
        """The newest commit. Raises IndexDamaged if it can't be read."""
        newest = self._generation()
        known = self._snapshot
        if known is not None and known.generation == newest:
            return known
        with self._lock:
            for attempt in range(_OPEN_TRIES):
                try:
                    return self._read(self._generation())
                except FileNotFoundError as error:
                    if attempt + 1 == _OPEN_TRIES:
                        raise IndexDamaged("files of the search index are missing") from error
                # Whatever bytes a damaged file holds, unpickling and unpacking them may raise anything at
                # all.
                except Exception as error:
                    raise IndexDamaged("files of the search index can't be read") from error
        raise AssertionError("unreachable")

    def _generation(self) -> int:
        """Number of the newest table of contents: one listing of the directory, some 50 µs."""
        newest = TOC._latest_generation(self._storage.list(), INDEX_NAME)
        if newest < 0:
            raise IndexDamaged("the search index has no table of contents")
        return int(newest)

    def _read(self, generation: int) -> Snapshot:
        # Whoosh's own refresh keeps segments that are no more; so segments are kept here, by name, and only
        # what is deleted is taken from each new table of contents.
        if self._snapshot is not None and self._snapshot.generation == generation:
            return self._snapshot
        contents = TOC.read(self._storage, INDEX_NAME, gen=generation, schema=schema())
        segments: dict[str, Segment] = {}
        views = []
        for part in contents.segments:
            name = part.segment_id()
            segment = self._segments.get(name) or Segment(self._storage, part, self._caches)
            segments[name] = segment
            live = np.ones(segment.rows, dtype=np.bool_)
            live[list(part.deleted_docs())] = False
            views.append(View(segment, live))
        self._segments = segments
        self._snapshot = Snapshot(generation, tuple(views))
        return self._snapshot

    def apply(self, batch: Batch | None, gone: Iterable[int]) -> int:
        """Removes uids and adds a batch in one commit; returns how many rows were removed."""
        wanted = np.fromiter(gone, dtype=np.int64)
        snapshot = self.snapshot()
        doomed = [
            np.flatnonzero(np.isin(view.segment.tables.uids, wanted) & view.live) for view in snapshot.views
        ]
        count = sum(map(len, doomed))
        if batch is None and not count:
            return 0
        self._commit(snapshot, batch, doomed, drop=frozenset())
        if len(self.snapshot().views) > _CROWD:
            while self.merge(_PUT_MERGED_ROWS):
                pass
        return count

    def merge(self, most_rows: int = _MERGED_ROWS) -> bool:
        """Makes one segment of those of a crowded size class, or of one that is mostly deleted.

        Returns False if there was nothing to do.
        """
        snapshot = self.snapshot()
        crowd = _crowd(snapshot, most_rows)
        if crowd is None:
            return False
        batch = from_segments([(view.segment, view.live) for view in crowd])
        drop = frozenset(view.segment.name for view in crowd)
        self._commit(snapshot, batch if len(batch.texts) else None, [()] * len(snapshot.views), drop)
        return True

    def _commit(
        self,
        snapshot: Snapshot,
        batch: Batch | None,
        doomed: Sequence[npt.NDArray[np.int64] | tuple[()]],
        drop: frozenset[str],
    ) -> None:
        """One Whoosh commit; a segment none of whose rows lives goes away with it."""
        writer = FileIndex(self._storage, schema=schema(), indexname=INDEX_NAME).writer(
            compound=False, limitmb=_POOL_MB
        )
        try:
            base = 0
            empty = set(drop)
            for view, rows in zip(snapshot.views, doomed, strict=True):
                for row in rows:
                    writer.delete_document(base + int(row))
                if len(rows) == np.count_nonzero(view.live):
                    empty.add(view.segment.name)
                base += view.segment.rows + 1  # the carrier
            if batch is not None:
                batch.write(writer)
        except BaseException:
            writer.cancel()
            raise

        def keep(_writer: Any, segments: list[Any]) -> list[Any]:
            return [segment for segment in segments if segment.segment_id() not in empty]

        writer.commit(mergetype=keep)

    def sweep(self) -> None:
        """Removes what a killed writer left behind; only while the engine's lock is held."""
        for name in self._storage.list():
            if ".toc." in name or name.endswith(".run"):
                with suppress(OSError):
                    Path(self._folder, name).unlink()


def _crowd(snapshot: Snapshot, most_rows: int) -> list[View] | None:
    tiers: dict[int, list[View]] = {}
    for view in snapshot.views:
        live = int(np.count_nonzero(view.live))
        if live * 2 < view.segment.rows and live <= most_rows:
            return [view]
        tiers.setdefault(live.bit_length() // 2, []).append(view)
    for tier in sorted(tiers):
        group, rows = _fitting(tiers[tier], most_rows)
        if len(group) >= _TIER or (len(group) > 2 and rows >= _LARGE_ROWS):
            return group
    return None


def _fitting(views: Sequence[View], most_rows: int) -> tuple[list[View], int]:
    """The smallest of the views, as many as one segment may hold, and how many rows they have."""
    group: list[View] = []
    rows = size = 0
    for view in sorted(views, key=lambda view: view.segment.rows):
        live = int(np.count_nonzero(view.live))
        size += view.segment.size
        if rows + live > most_rows or size > _MERGED_BYTES:
            break
        rows += live
        group.append(view)
    return group, rows
