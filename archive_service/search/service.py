"""Keeping the index equal to the database. The index commits first: what is marked searchable is found."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from archive_service import outbox, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.masking import mask
from archive_service.records import VersionText
from archive_service.search.rules import building_of, state_of
from search_index import Entry, IndexBusy, IndexDamaged

_VERSIONS: Final = 200  # whose texts are in memory together
_CHARACTERS: Final = 8_000_000  # of their texts; a single version may have more
_IDS: Final = 1000
_TRIES: Final = 3
_LOOKED_UP: Final = 500  # versions in one statement

T = TypeVar("T")


def entry_of(text: VersionText) -> Entry:
    """The masked entry of a version. Nothing that ``mask`` hides may reach the index's files."""
    return Entry(
        uid=text.version_id,
        title=mask(text.title),
        pages=tuple(mask(page) for page in text.pages),
        owner=mask(text.owner),
        unit=mask(text.unit),
        number=" ".join((mask(text.doc_number), text.archival_no, *text.former_nos)).strip(),
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


Refused = Callable[[int, Exception], None]
"""Told of a version that can't be put into the index, and why."""

_NOBODYS_FAULT: Final = (IndexDamaged, IndexBusy, outbox.LeaseLost, OSError, DBAPIError)
"""What says nothing against the versions in hand: the index, the disk or the database is at fault."""


def index_versions(
    archive: Archive, version_ids: Sequence[int], refused: Refused | None = None
) -> dict[int, int | None]:
    """Make the index hold these versions as they are now; versions not to be found any more leave it.

    One that can't be put is left out and ``refused`` told; the others get in. Without ``refused`` its error is raised.

    Returns the stamp each was put with, or None for those that left, to hand to ``records.mark_searchable`` in
    a transaction afterwards: the index commits first, and no transaction is open while it writes. Another host
    may write an older text over a newer one, so everything is compared with the database once it is there.
    Raises IndexDamaged, IndexBusy: the message comes again.
    """
    stamps: dict[int, int | None] = {}
    left = list(version_ids)
    for _ in range(_TRIES):
        for put in _puts(archive, left, refused):
            stamps.update(put)
        with archive.reading() as session:
            now = records.version_stamps(session, left)
        left = [i for i in left if i in stamps and now.get(i) != stamps[i]]
        if not left:
            break
    return stamps


def _puts(
    archive: Archive, version_ids: Sequence[int], refused: Refused | None
) -> Iterator[dict[int, int | None]]:
    """All in one commit, or in halves of halves until only what can't be put is left out."""
    waiting = [list(version_ids)]
    while waiting:
        ids = waiting.pop()
        try:
            yield _put(archive, ids)
        except _NOBODYS_FAULT:
            raise
        except Exception as error:  # whatever it stumbled over, the other versions must not wait for it
            if refused is None:
                raise
            if len(ids) == 1:
                refused(ids[0], error)
            else:
                middle = len(ids) // 2
                waiting += [ids[middle:], ids[:middle]]


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


def rebuild(
    archive: Archive, progress: Callable[[int], None] | None = None, refused: Refused | None = None
) -> int:
    """A fresh index from the database, while the old one goes on answering; how many versions it holds.

    A version that can't be put is left out and ``refused`` told; without it its error is raised. Raises IndexBusy if
    another process writes for too long.
    """
    entries = _entries(archive, (i for i, _ in _indexable(archive)), refused)
    return archive.index.rebuild(entries, progress, refused)


def _entries(archive: Archive, version_ids: Iterable[int], refused: Refused | None = None) -> Iterator[Entry]:
    """One after the other; of each chunk a text is in memory either as it was read or masked.

    ``refused`` is told of those that no entry can be made of; without it their errors are raised.
    """
    for ids in _chunks(version_ids, _VERSIONS):
        for portion in _portions(archive, ids):
            texts = _texts(archive, portion, refused)
            while texts:
                entry = _entry(texts.popleft(), refused)
                if entry is not None:
                    yield entry
                del entry  # what has been taken must not stay in memory while the next is made


def _entry(text: VersionText, refused: Refused | None) -> Entry | None:
    try:
        return entry_of(text)
    except Exception as error:  # as in ``_puts``
        if refused is None:
            raise
        refused(text.version_id, error)
        return None


def _texts(archive: Archive, version_ids: Sequence[int], refused: Refused | None) -> deque[VersionText]:
    try:
        with archive.reading() as session:
            return deque(records.version_texts(session, version_ids))
    except _NOBODYS_FAULT:
        raise
    except Exception as error:  # as in ``_puts``
        if refused is None:
            raise
        if len(version_ids) == 1:
            refused(version_ids[0], error)
            return deque()
    return deque(text for one in version_ids for text in _texts(archive, [one], refused))


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
    that tell of a version as it once was; ``refused``: versions that an index built anew had to do without.
    """

    missing: int
    strange: int
    rebuilt: bool
    stale: int = 0
    refused: tuple[int, ...] = ()


def reconcile(archive: Archive, progress: Callable[[int], None] | None = None) -> Reconciled:
    """Compare the index with the database and mend what differs; a damaged index is built anew.

    Lost and stale versions are announced again, entries that nobody knows are removed.
    """
    try:
        archive.index.healthy()
        differing = _differences(_indexable(archive), archive.index.stamps())
    except IndexDamaged:
        refused: list[int] = []
        rebuild(archive, progress, lambda version_id, _error: refused.append(version_id))
        return Reconciled(0, 0, rebuilt=True, refused=tuple(refused))
    with archive.reading() as session:
        coming = announced_versions(session)
    missing, stale = ([i for i in ids if i not in coming] for ids in (differing.missing, differing.stale))
    held = _held(archive, {*missing, *stale})
    lost = sum(_announce(archive, ids, held, "index.lost") for ids in _chunks(missing, _LOOKED_UP))
    old = sum(_announce(archive, ids, held, "index.stale") for ids in _chunks(stale, _LOOKED_UP))
    strange = sum(_remove_strangers(archive, ids) for ids in _chunks(differing.strange, _LOOKED_UP))
    return Reconciled(lost, strange, rebuilt=False, stale=old)


def stale_versions(archive: Archive) -> list[int]:
    """Versions whose entries tell of them as they once were, although nothing is on its way to put that right.

    Raises IndexDamaged.
    """
    doubtful = _differences(_indexable(archive), archive.index.stamps()).stale
    if not doubtful:
        return []
    # Looked up once more, as in ``reconcile``; a message is closed only after the index was written.
    known: dict[int, int] = {}
    with archive.reading() as session:
        coming = announced_versions(session)
        for ids in _chunks((i for i in doubtful if i not in coming), _LOOKED_UP):
            known |= records.version_stamps(session, ids)
        coming |= announced_versions(session)
    held = _held(archive, set(known))
    return sorted(i for i, stamp in held.items() if stamp != known[i] and i not in coming)


def _held(archive: Archive, version_ids: Set[int]) -> dict[int, int]:
    """The stamps that the index has of these versions now, in one walk."""
    if not version_ids:
        return {}
    return {uid: stamp for uid, stamp in archive.index.stamps() if uid in version_ids}


def announced_versions(session: Session) -> set[int]:
    """Versions that are on their way into the index, or out of it. The message of one that isn't here was given
    up, or closed after the index was written.
    """
    return set(outbox.open_ids(session, "version.read", "version_id"))


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


def _announce(archive: Archive, ids: Sequence[int], held: Mapping[int, int], action: str) -> int:
    # Looked up once more, as ``held`` was: they may have changed while the two walks were on their way.
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
