"""The Whoosh engine: which folder is live, who may write, and how a rebuild takes over.

A directory holds ``CURRENT`` (which folder answers), ``writer.lock``, ``rebuild.lock`` and one folder ``g…``,
two while a rebuild runs. numpy and Whoosh are loaded when something is first asked, so that an idle process
doesn't carry them.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from .contract import Answer, Entry, IndexBusy, IndexDamaged, Request
from .nodes import QueryError
from .query import parse

if TYPE_CHECKING:
    from .store import Snapshot, Store

T = TypeVar("T")

_FORMAT: Final = 5
_PATIENCE_SECONDS: Final = 300.0  # a put waits so long for the largest merge of another process
_REBUILD_PATIENCE_SECONDS: Final = 1.0  # a put holds that lock for a moment, to see whether it is free
_POLL_SECONDS: Final = 0.02
_CHUNK_ENTRIES: Final = 5_000
_CHUNK_CHARACTERS: Final = 3_000_000
_TOUCHED: Final = "TOUCHED"  # uids put or removed while a rebuild runs, one a line
_SWAP_TRIES: Final = 5


class WhooshEngine:
    """One index directory. Safe between threads; processes agree by file locks."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writing = threading.Lock()
        self._opening = threading.Lock()
        self._open: tuple[str, Store] | None = None
        if not directory.exists() or not any(directory.iterdir()):
            with self._write_lock():
                if not self._path("CURRENT").exists():
                    self._start_empty()

    # Reading

    def search(self, request: Request) -> Answer:
        from .answering import answer

        parse(request.query)  # a bad query is the asker's matter even while the index is being mended
        return self._read(lambda snapshot: answer(snapshot, request))

    def suggest(
        self, prefix: str, allowed: frozenset[str], limit: int = 10, hidden: frozenset[int] = frozenset()
    ) -> tuple[str, ...]:
        from .answering import suggestions

        return self._read(lambda snapshot: suggestions(snapshot, prefix[:100], allowed, limit, hidden))

    def uids(self, after: int = -1) -> Iterator[int]:
        known = self._read(lambda snapshot: snapshot.uids())
        return iter(known[known.searchsorted(after, side="right") :].tolist())

    def stamps(self, after: int = -1) -> Iterator[tuple[int, int]]:
        uids, stamps = self._read(lambda snapshot: snapshot.stamps())
        first = uids.searchsorted(after, side="right")
        return zip(uids[first:].tolist(), stamps[first:].tolist(), strict=True)

    def count(self) -> int:
        return self._read(lambda snapshot: len(snapshot.uids()))

    def healthy(self) -> None:
        """Reads every segment's tables and the text of its last row; raises IndexDamaged."""

        def probe(snapshot: Snapshot) -> None:
            for view in snapshot.views:
                view.segment.probe()

        self._read(probe)

    def _read(self, ask: Callable[[Snapshot], T]) -> T:
        from .store import DAMAGE

        for _ in range(_SWAP_TRIES):
            name = self._current()
            try:
                return ask(self._live(name).snapshot())
            except QueryError:
                raise
            except (*DAMAGE, IndexDamaged) as error:
                # A rebuild may have swapped and removed the folder between our looking and reading.
                if self._current() == name:
                    raise IndexDamaged("the search index can't be read") from error
        raise IndexDamaged("the search index keeps changing its place")

    def _live(self, name: str) -> Store:
        """The opened store of a folder; the one opened last is kept."""
        from .store import Store

        with self._opening:
            if self._open is None or self._open[0] != name:
                self._open = (name, Store(self._path(name)))
            return self._open[1]

    def _current(self) -> str:
        try:
            content = json.loads(self._path("CURRENT").read_bytes())
            name, version = content["folder"], content["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged("the search index doesn't say where it is") from error
        if version != _FORMAT or not isinstance(name, str) or not name.removeprefix("g").isdigit():
            raise IndexDamaged("the search index has another format")
        return name

    # Writing

    def put(self, entries: Iterable[Entry]) -> int:
        count = 0
        for chunk in _chunks(entries):
            with self._write_lock():
                self._apply(chunk, [entry.uid for entry in chunk])
            count += len(chunk)
        return count

    def remove(self, uids: Iterable[int]) -> int:
        gone = list(uids)
        with self._write_lock():
            return self._apply([], gone) if gone else 0

    def tidy(self) -> None:
        with self._write_lock():
            self._live(self._current()).sweep()
            if self._building() is None:
                self._clear_folders()
        merged = True
        while merged:
            with self._write_lock():  # let go between merges, so that a put waits for one of them at most
                merged = self._live(self._current()).merge()

    def _apply(self, entries: list[Entry], uids: list[int]) -> int:
        """One change, also to the store that a rebuild is making; returns how many rows went."""
        from .batch import from_entries

        batch = from_entries(entries) if entries else None
        building = self._building()
        if building is None:
            return self._live(self._current()).apply(batch, uids)
        self._touch(building, uids)
        self._store_of(building).apply(batch, uids)
        with suppress(IndexDamaged):  # the rebuild is what mends a damaged index
            return self._live(self._current()).apply(batch, uids)
        return 0

    def rebuild(
        self,
        entries: Iterator[Entry],
        progress: Callable[[int], None] | None = None,
        refused: Callable[[int, Exception], None] | None = None,
    ) -> int:
        """See :class:`~search_index.SearchEngine`. Raises IndexBusy if another rebuild is running."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._rebuild_lock():
            with self._write_lock():
                building = self._start_building()
            store = self._store_of(building)
            count = 0
            for chunk in _chunks(entries):
                with self._write_lock():
                    touched = self._touched(building)
                    fresh = [entry for entry in chunk if entry.uid not in touched]
                    count += len(chunk) - len(fresh) + _applied(store, fresh, refused)
                if progress is not None:
                    progress(count)
            merged = True
            while merged:
                with self._write_lock():
                    merged = store.merge()
            with self._write_lock():
                self._swap(building)
        return count

    # Files

    def _path(self, name: str) -> Path:
        return self._directory / name

    def _start_empty(self) -> None:
        from .store import Store

        name = self._unused_name()
        Store.create(self._path(name))
        self._point_to(name)

    def _unused_name(self) -> str:
        """Never a name that was used before: other processes keep what they opened by its name."""
        return f"g{time.time_ns()}"

    def _point_to(self, name: str) -> None:
        fresh = self._path("CURRENT.new")
        with fresh.open("w") as file:
            json.dump({"format": _FORMAT, "folder": name}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path("CURRENT"))

    def _start_building(self) -> str:
        """An empty store beside the live one, marked by the list of touched uids within it."""
        from .store import Store

        self._clear_folders()
        name = self._unused_name()
        Store.create(self._path(name))
        self._path(f"{name}/{_TOUCHED}").touch()
        return name

    def _building(self) -> str | None:
        """The folder that a running rebuild fills; what a killed rebuild left is not one."""
        marks = list(self._directory.glob(f"g*/{_TOUCHED}"))
        if not marks or not self._rebuild_runs():
            return None
        return marks[0].parent.name

    def _store_of(self, name: str) -> Store:
        from .store import Store

        return Store(self._path(name))

    def _touch(self, building: str, uids: Iterable[int]) -> None:
        with self._path(f"{building}/{_TOUCHED}").open("a") as file:
            file.writelines(f"{uid}\n" for uid in uids)

    def _touched(self, building: str) -> frozenset[int]:
        return frozenset(map(int, self._path(f"{building}/{_TOUCHED}").read_text().split()))

    def _swap(self, building: str) -> None:
        self._path(f"{building}/{_TOUCHED}").unlink()
        self._point_to(building)
        self._clear_folders()

    def _clear_folders(self) -> None:
        """Removes folders that don't answer; readers that still have their files open keep them."""
        try:
            live = self._current()
        except IndexDamaged:
            live = ""
        for path in self._directory.glob("g*"):
            if path.name != live and path.name[1:].isdigit():
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _write_lock(self) -> Iterator[None]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._writing.acquire(timeout=_PATIENCE_SECONDS):
            raise IndexBusy("another thread has been writing to the search index for too long")
        try:
            with _locked(self._path("writer.lock"), _PATIENCE_SECONDS):
                yield
        finally:
            self._writing.release()

    @contextmanager
    def _rebuild_lock(self) -> Iterator[None]:
        with _locked(self._path("rebuild.lock"), _REBUILD_PATIENCE_SECONDS):
            yield

    def _rebuild_runs(self) -> bool:
        try:
            with _locked(self._path("rebuild.lock"), 0):
                return False
        except IndexBusy:
            return True


@contextmanager
def _locked(path: Path, patience_seconds: float) -> Iterator[None]:
    """Holds an exclusive lock that dies with its process. Raises IndexBusy."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise IndexBusy("another process is writing to the search index") from None
                time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def _applied(store: Store, entries: list[Entry], refused: Callable[[int, Exception], None] | None) -> int:
    """Adds them in one commit, or in halves of halves until only what can't be added is left; how many went in."""
    from .batch import from_entries

    if not entries:
        return 0
    try:
        store.apply(from_entries(entries), [entry.uid for entry in entries])
    except (OSError, IndexDamaged):
        raise
    except Exception as error:  # one bad entry must not keep all the others out
        if refused is None:
            raise
        if len(entries) == 1:
            refused(entries[0].uid, error)
            return 0
    else:
        return len(entries)
    middle = len(entries) // 2
    return _applied(store, entries[:middle], refused) + _applied(store, entries[middle:], refused)


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries in commits of bounded size; of entries with the same uid in one chunk the last counts."""
    chunk: dict[int, Entry] = {}
    size = 0
    for entry in entries:
        chunk.pop(entry.uid, None)
        chunk[entry.uid] = entry
        size += len(entry.title) + sum(map(len, entry.pages))
        if len(chunk) >= _CHUNK_ENTRIES or size >= _CHUNK_CHARACTERS:
            yield list(chunk.values())
            chunk, size = {}, 0
    if chunk:
        yield list(chunk.values())
