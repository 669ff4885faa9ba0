"""Keeping the index equal to the database. The index commits first: what is marked searchable is found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.masking import mask
from archive_service.records import VersionState, VersionText
from archive_service.search.rules import building_of, state_of
from search_index import Entry, IndexDamaged

_CHUNK: Final = 100  # versions whose texts are in memory together
_IDS: Final = 1000


def entry_of(text: VersionText) -> Entry:
    """The masked entry of a read version. Nothing that ``mask`` hides may reach the index's files."""
    return Entry(
        uid=text.version_id,
        title=mask(text.title),
        pages=tuple(mask(page) for page in text.pages),
        owner=mask(text.owner),
        unit=mask(text.unit),
        number=mask(text.doc_number),
        class_code=text.class_code,
        year=int(text.doc_date[:4]) if text.doc_date else None,
        building=building_of(text.unit),
        state=state_of(text.class_code),
        level=text.level.value,
        rights=records.rights_token(text.level, text.class_code, text.created_by),
        date=records.first_day(text.doc_date),
        file=mask(text.file_no),
        current=text.is_current,
    )


def index_versions(archive: Archive, version_ids: Sequence[int]) -> list[int]:
    """Make the index hold these versions as they are now; versions not to be found any more leave it.

    Returns the ids to hand to ``records.mark_searchable`` in a transaction afterwards: the index commits
    first, and no transaction is open while it writes. A change that commits in between has announced its
    version anew, so that what is marked too early is put again at once. Raises IndexDamaged, IndexBusy: the
    message comes again.
    """
    with archive.reading() as session:
        texts = records.version_texts(session, version_ids)
    _put(archive, texts, version_ids)
    return [text.version_id for text in texts]


def _put(archive: Archive, texts: Sequence[VersionText], asked: Sequence[int]) -> None:
    if texts:
        archive.index.put([entry_of(text) for text in texts])
    if gone := set(asked) - {text.version_id for text in texts}:
        archive.index.remove(gone)


def rebuild(archive: Archive, progress: Callable[[int], None] | None = None) -> int:
    """A fresh index from the database, while the old one goes on answering; how many versions it holds.

    Raises IndexBusy if another process writes for too long.
    """
    return archive.index.rebuild(_entries(archive), progress)


def _entries(archive: Archive) -> Iterator[Entry]:
    for ids in _chunks(_readable_ids(archive), _CHUNK):
        with archive.reading() as session:
            texts = records.version_texts(session, ids)
        yield from map(entry_of, texts)


def _readable_ids(archive: Archive) -> Iterator[int]:
    after = 0
    while True:
        # A snapshot for each batch: one held for the whole walk would keep the database from tidying up.
        with archive.reading() as session:
            ids = records.readable_version_ids(session, after, _IDS)
        if not ids:
            return
        yield from ids
        after = ids[-1]


def _chunks(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    chunk: list[int] = []
    for one in ids:
        chunk.append(one)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``missing``: versions that the index had lost; ``strange``: entries that nobody knows."""

    missing: int
    strange: int
    rebuilt: bool


def reconcile(archive: Archive, progress: Callable[[int], None] | None = None) -> Reconciled:
    """Compare the index with the database and mend what differs; a damaged index is built anew.

    Lost versions are announced again, entries that nobody knows are removed.
    """
    try:
        archive.index.healthy()
        missing, strangers = _differences(_readable_ids(archive), archive.index.uids())
    except IndexDamaged:
        rebuild(archive, progress)
        return Reconciled(0, 0, rebuilt=True)
    lost = sum(_announce(archive, ids) for ids in _chunks(missing, 500))
    strange = sum(_remove_strangers(archive, ids) for ids in _chunks(strangers, 500))
    return Reconciled(lost, strange, rebuilt=False)


def _differences(known: Iterator[int], indexed: Iterator[int]) -> tuple[list[int], list[int]]:
    """Ids that only the first and only the second of two ascending walks holds."""
    missing: list[int] = []
    strangers: list[int] = []
    left, right = next(known, None), next(indexed, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left < right):
            assert left is not None
            missing.append(left)
            left = next(known, None)
        elif left is None or right < left:
            strangers.append(right)
            right = next(indexed, None)
        else:
            left, right = next(known, None), next(indexed, None)
    return missing, strangers


def _announce(archive: Archive, ids: Sequence[int]) -> int:
    actor = service_actor()
    with archive.unit_of_work(actor) as work:
        # Those that are only readable have a message of their own on its way.
        rows = records.documents_by_version(work.session, actor, ids)
        lost = [i for i, (_, version) in rows.items() if version.state is VersionState.SEARCHABLE]
        if lost:
            records.unmark_searchable(work, lost)
            work.audit("index.lost", "index", versions=len(lost))
    return len(lost)


def _remove_strangers(archive: Archive, ids: Sequence[int]) -> int:
    # Looked up once more: one of them may have become readable while the two walks were on their way.
    with archive.reading() as session:
        known = {text.version_id for text in records.version_texts(session, ids)}
    gone = [i for i in ids if i not in known]
    return archive.index.remove(gone) if gone else 0
