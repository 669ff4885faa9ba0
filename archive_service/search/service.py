"""Keeping the index equal to the database. The index commits first: what is marked searchable is found."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from archive_service import outbox, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.masking import mask
from archive_service.records import VersionText
from archive_service.search.rules import building_of, state_of
from search_index import Entry, IndexDamaged

_VERSIONS: Final = 200  # whose texts are in memory together
_CHARACTERS: Final = 8_000_000  # of their texts; a single version may have more
_IDS: Final = 1000
_TRIES: Final = 3

T = TypeVar("T")


def entry_of(text: VersionText) -> Entry:
    """The masked entry of a version. Nothing that ``mask`` hides may reach the index's files."""
    return Entry(
        uid=text.version_id,
        title=mask(text.title),
        pages=tuple(mask(page) for page in text.pages),
        owner=mask(text.owner),
        unit=mask(text.unit),
        number=f"{mask(text.doc_number)} {text.archival_no}".strip(),
        class_code=text.class_code,
        year=int(text.doc_date[:4]) if text.doc_date else None,
        building=building_of(text.unit),
        state=state_of(text.archival_no),
        level=text.level.value,
        rights=records.rights_token(text.level, text.class_code, text.created_by),
        date=records.first_day(text.doc_date),
        file=mask(text.file_no),
        current=text.is_current,
        stamp=text.stamp,
    )


def index_versions(archive: Archive, version_ids: Sequence[int]) -> dict[int, int | None]:
    """Make the index hold these versions as they are now; versions not to be found any more leave it.

    Returns the stamp each was put with, or None for those that left, to hand to ``records.mark_searchable`` in
    a transaction afterwards: the index commits first, and no transaction is open while it writes. Another host
    may write an older text over a newer one, so everything is compared with the database once it is there.
    Raises IndexDamaged, IndexBusy: the message comes again.
    """
    stamps: dict[int, int | None] = {}
    left = list(version_ids)
    for _ in range(_TRIES):
        stamps.update(_put(archive, left))
        with archive.reading() as session:
            now = records.version_stamps(session, left)
        left = [i for i in left if now.get(i) != stamps[i]]
        if not left:
            break
    return stamps


def _put(archive: Archive, version_ids: Sequence[int]) -> dict[int, int | None]:
    put: dict[int, int | None] = dict.fromkeys(version_ids)
    archive.index.put(_noting(_entries(archive, version_ids), put))
    if gone := [i for i, stamp in put.items() if stamp is None]:
        archive.index.remove(gone)
    return put


def _noting(entries: Iterable[Entry], stamps: dict[int, int | None]) -> Iterator[Entry]:
    for entry in entries:
        stamps[entry.uid] = entry.stamp
        yield entry


def rebuild(archive: Archive, progress: Callable[[int], None] | None = None) -> int:
    """A fresh index from the database, while the old one goes on answering; how many versions it holds.

    Raises IndexBusy if another process writes for too long.
    """
    return archive.index.rebuild(_entries(archive, (i for i, _ in _indexable(archive))), progress)


def _entries(archive: Archive, version_ids: Iterable[int]) -> Iterator[Entry]:
    """One after the other; of each chunk a text is in memory either as it was read or masked."""
    for ids in _chunks(version_ids, _VERSIONS):
        for portion in _portions(archive, ids):
            with archive.reading() as session:
                texts = deque(records.version_texts(session, portion))
            while texts:
                yield entry_of(texts.popleft())


def _portions(archive: Archive, version_ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in turn, as many together as have _CHARACTERS at most; one that alone has more, alone."""
    with archive.reading() as session:
        lengths = records.text_lengths(session, version_ids)
    portion: list[int] = []
    characters = 0
    for one in version_ids:
        length = lengths.get(one, 0)
        if portion and characters + length > _CHARACTERS:
            yield portion
            portion, characters = [], 0
        portion.append(one)
        characters += length
    if portion:
        yield portion


def _indexable(archive: Archive) -> Iterator[tuple[int, int]]:
    """(id, stamp) of every version that belongs into the index, ascending."""
    after = 0
    while True:
        # A snapshot for each batch: one held for the whole walk would keep the database from tidying up.
        with archive.reading() as session:
            found = records.indexable_version_stamps(session, after, _IDS)
        if not found:
            return
        yield from found
        after = found[-1][0]


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    chunk: list[T] = []
    for one in items:
        chunk.append(one)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``missing``: versions that the index had lost; ``strange``: entries that nobody knows; ``stale``: those
    that tell of a version as it once was.
    """

    missing: int
    strange: int
    rebuilt: bool
    stale: int = 0


def reconcile(archive: Archive, progress: Callable[[int], None] | None = None) -> Reconciled:
    """Compare the index with the database and mend what differs; a damaged index is built anew.

    Lost and stale versions are announced again, entries that nobody knows are removed.
    """
    try:
        archive.index.healthy()
        differing = _differences(_indexable(archive), archive.index.stamps())
    except IndexDamaged:
        rebuild(archive, progress)
        return Reconciled(0, 0, rebuilt=True)
    with archive.reading() as session:
        coming = announced_versions(session)
    missing, stale = ([i for i in ids if i not in coming] for ids in (differing.missing, differing.stale))
    lost = sum(_announce(archive, ids, "index.lost") for ids in _chunks(missing, 500))
    old = sum(_announce(archive, ids, "index.stale") for ids in _chunks(stale, 500))
    strange = sum(_remove_strangers(archive, ids) for ids in _chunks(differing.strange, 500))
    return Reconciled(lost, strange, rebuilt=False, stale=old)


def stale_versions(archive: Archive) -> list[int]:
    """Versions whose entries tell of them as they once were, although nothing is on its way to put that right.

    Raises IndexDamaged.
    """
    wrong: list[int] = []
    for ids in _chunks(_differences(_indexable(archive), archive.index.stamps()).stale, 500):
        # Looked up once more, as in ``_announce``; a message is closed only after the index was written.
        with archive.reading() as session:
            known = records.version_stamps(session, ids)
            coming = announced_versions(session)
        held = {uid: stamp for uid, stamp in archive.index.stamps(ids[0] - 1) if uid in known}
        wrong += [i for i in ids if i in held and held[i] != known[i] and i not in coming]
    return wrong


def announced_versions(session: Session) -> set[int]:
    """Versions that are on their way into the index, or out of it. The message of one that isn't here was given
    up, or closed after the index was written.
    """
    return {int(told["version_id"]) for told in outbox.open_payloads(session, "version.read")}


@dataclass(frozen=True, slots=True)
class _Differences:
    missing: list[int] = field(default_factory=list)
    strange: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)


def _differences(known: Iterator[tuple[int, int]], indexed: Iterator[tuple[int, int]]) -> _Differences:
    """Of two ascending walks over (id, stamp): what only one holds, and what both hold with different stamps."""
    found = _Differences()
    left, right = next(known, None), next(indexed, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            found.missing.append(left[0])
            left = next(known, None)
        elif left is None or right[0] < left[0]:
            found.strange.append(right[0])
            right = next(indexed, None)
        else:
            if left[1] != right[1]:
                found.stale.append(left[0])
            left, right = next(known, None), next(indexed, None)
    return found


def _announce(archive: Archive, ids: Sequence[int], action: str) -> int:
    asked = set(ids)
    # Looked up once more, both: they may have changed while the two walks were on their way.
    held = {uid: stamp for uid, stamp in archive.index.stamps() if uid in asked}
    with archive.unit_of_work(service_actor()) as work:
        known = records.version_stamps(work.session, ids)
        wrong = sorted(i for i, stamp in known.items() if held.get(i) != stamp)
        if wrong:
            records.unmark_searchable(work, wrong)
            work.audit(action, "index", versions=len(wrong))
    return len(wrong)


def _remove_strangers(archive: Archive, ids: Sequence[int]) -> int:
    # Looked up once more: one of them may have become readable while the two walks were on their way.
    with archive.reading() as session:
        known = records.version_stamps(session, ids)
    gone = [i for i in ids if i not in known]
    return archive.index.remove(gone) if gone else 0
