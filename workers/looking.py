"""A version that has been read is looked at: for separator sheets and blank pages, and for what it looks like."""

from collections.abc import Mapping
from typing import Any, Final

from archive_service import records, scans
from archive_service.kernel.actor import service_actor
from archive_service.records import PageRow, VersionState
from archive_service.scans import PageSeen, Print
from archive_service.unit_of_work import UnitOfWork
from storage import BlobMissing, Digest
from workers.extraction import PageLooks, Unreadable
from workers.job_runs import Progress
from workers.leases import Lease
from workers.likeness import number_print, text_print
from workers.toolbox import Toolbox

READ: Final = (VersionState.READABLE, VersionState.SEARCHABLE)
MOST_PAGES: Final = 2000
MOST_LOOKS: Final = 300  # pages of one paper whose pictures are looked at
TEXT_PAGES: Final = 20  # pages whose words make its print
TEXT_CHARACTERS: Final = 20_000
MOST_A_NIGHT: Final = 20_000
WALKED_AT_ONCE: Final = 500
SHEET_CHARACTERS: Final = 300  # a separator sheet says no more, nor does a blank page


def look(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    found = looked_at(tools, int(payload["version_id"]))
    if tools.ending.is_set():
        return  # perhaps not all of it was looked at: handed out again at the next start
    with tools.archive.unit_of_work(service_actor()) as work:
        if found is not None:
            scans.keep_look(work, int(payload["version_id"]), *found)
        lease.close(work)


def looked_at(tools: Toolbox, version_id: int) -> tuple[Print, dict[int, PageSeen]] | None:
    """What the version looks like, and its pages that may be blank or separator sheets. None if it isn't read."""
    with tools.archive.reading() as session:
        version = records.version_by_id(session, version_id)
        if version.state not in READ:
            return None
        rows = records.page_rows(session, version_id, limit=MOST_PAGES)
        lengths = records.page_lengths(session, version_id)
        texts, _ = records.page_texts(session, version_id, most=TEXT_PAGES, characters=TEXT_CHARACTERS)
    text = "\n".join(text for _, text in texts)[:TEXT_CHARACTERS]
    pages: dict[int, PageSeen] = {}
    first: int | None = None  # picture of the first page on which something stands
    for looks, row in enumerate(_worth_looking(rows, lengths), 1):
        if looks > MOST_LOOKS or tools.ending.is_set():
            break
        seen = _look(tools, row, codes=lengths.get(row.number, 0) <= SHEET_CHARACTERS)
        if seen is None:
            continue
        is_blank = seen.is_blank and not lengths.get(row.number)
        if lengths.get(row.number, 0) <= SHEET_CHARACTERS:
            pages[row.number] = PageSeen(is_blank, seen.codes)
        if first is None and not is_blank and not seen.codes:
            first = int.from_bytes(seen.picture_hash)
    words, characters = text_print(text)
    numbers, figures = number_print(text)
    return Print(words, numbers, first, characters, figures), pages


def _worth_looking(rows: list[PageRow], lengths: Mapping[int, int]) -> list[PageRow]:
    """Pages with little on them, and the first that has more: by that one's picture the paper is known."""
    pictured = [row for row in rows if row.preview]
    little = {row.number for row in pictured if lengths.get(row.number, 0) <= SHEET_CHARACTERS}
    full = next((row.number for row in pictured if row.number not in little), None)
    return [row for row in pictured if row.number in little or row.number == full]


def _look(tools: Toolbox, row: PageRow, *, codes: bool) -> PageLooks | None:
    assert row.preview is not None
    try:
        with tools.archive.blobs.local_path(Digest(row.preview)) as path:
            return tools.reader.look(path, codes=codes)
    except (Unreadable, BlobMissing):
        return None  # a picture that is away says nothing; its paper is still known by its words


def look_at_all(tools: Toolbox, progress: Progress) -> str:
    """Papers that were read before they were looked at, oldest first, MOST_A_NIGHT of them; those that failed too."""
    after, done = 0, 0
    while done < MOST_A_NIGHT and not tools.ending.is_set():
        with tools.archive.reading() as session:
            versions = records.known_versions(session, after, limit=WALKED_AT_ONCE)
            known = scans.looked_at(session, [version.id for version in versions])
        if not versions:
            break
        after = versions[-1].id
        for version in versions:
            if version.id in known or not version.is_current or version.state not in READ:
                continue
            found = looked_at(tools, version.id)
            if found is None or tools.ending.is_set():
                continue
            with tools.archive.unit_of_work(service_actor()) as work:
                scans.keep_look(work, version.id, *found)
            done += 1
            progress(done, None)
            if done >= MOST_A_NIGHT:
                break
    return f"looked={done}"


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to do: the paper is only not known by its looks, and the nightly job tries again."""
