"""What looking at a scan found: separator sheets, blank pages, papers that look alike."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Subquery, and_, column, func, select, values
from sqlalchemy.orm import Session, aliased

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Sight
from archive_service.records import DocumentRow
from archive_service.scans.models import LookKey, PageLook, ScanLook, SeparatorSheet
from archive_service.scans.rules.likeness import (
    MOST_LOOKED_UP,
    MOST_UNDER_A_KEY,
    Likeness,
    Print,
    keys_of,
    likeness,
)
from archive_service.scans.rules.plans import Part
from archive_service.scans.rules.sheets import Sheet, proposed_parts

MOST_LIKE = 10  # shown of one paper
MOST_COMPARED = (
    20_000  # for one question; so many can only come together for a list of fifty very common forms
)


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A paper, of those that the actor sees in clear, that looks like the one asked about; and how much."""

    document: DocumentRow
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a scan falls apart at its separator sheets; ``sheets``: the pages that are such sheets."""

    version_id: int
    parts: tuple[Part, ...]
    sheets: tuple[int, ...]


def print_of(look: ScanLook) -> Print:
    picture = int.from_bytes(look.picture) if look.picture is not None else None
    return Print(look.text_print, look.number_print, picture, look.characters, look.figures)


def look_alikes(
    session: Session, actor: Actor, document_id: uuid.UUID, now: datetime
) -> tuple[LookAlike, ...]:
    """The likest first, MOST_LIKE of them. Of papers that the actor doesn't see in clear nothing is told, nor is
    anything changed by them; of such a paper nothing looks like it. Raises NotFound.
    """
    row = records.document(session, actor, document_id)
    if records.sight_now(session, actor, row, now) < Sight.VIEW:
        return ()
    return look_alikes_of_many(session, actor, [row]).get(row.id, ())


def look_alikes_of_many(
    session: Session, actor: Actor, rows: Sequence[DocumentRow]
) -> dict[uuid.UUID, tuple[LookAlike, ...]]:
    """The same for several papers that the actor sees in clear, in as many statements."""
    asked = select(ScanLook).where(ScanLook.version_id.in_([row.version_id for row in rows]))
    mine = {look.document_id: print_of(look) for look in session.scalars(asked)}
    wanted: dict[int, set[uuid.UUID]] = {}
    for document_id, made in mine.items():
        for key in keys_of(made):
            wanted.setdefault(key, set()).add(document_id)
    if not wanted:
        return {}
    # Only papers that share a key are compared; ``rules.likeness`` says how many stand under one.
    near: dict[int, set[uuid.UUID]] = {}
    newest = newest_under(wanted)
    shared = select(newest.c.key, newest.c.version_id)
    # What the actor doesn't see stands aside before anything is cut off.
    shared = shared.join(ScanLook, ScanLook.version_id == newest.c.version_id)
    shared = shared.where(records.is_visible(ScanLook.document_id, actor, Sight.VIEW))
    for key, version_id in session.execute(shared.order_by(newest.c.version_id.desc()).limit(MOST_COMPARED)):
        near.setdefault(version_id, set()).update(wanted[key])
    pairs: list[tuple[uuid.UUID, ScanLook, Likeness]] = []
    for look in session.scalars(select(ScanLook).where(ScanLook.version_id.in_(sorted(near)))):
        theirs = print_of(look)
        for document_id in near[look.version_id] - {look.document_id}:
            if found := likeness(mine[document_id], theirs):
                pairs.append((document_id, look, found))
    versions = {look.version_id for _, look, _ in pairs}
    seen = records.documents_by_version(session, actor, sorted(versions), at_least=Sight.VIEW)
    alike: dict[uuid.UUID, list[LookAlike]] = {}
    for document_id, look, found in pairs:
        row = seen.get(look.version_id)
        if row and row[1].is_current and records.freely_seen(actor, row[0]) >= Sight.VIEW:
            alike.setdefault(document_id, []).append(LookAlike(row[0], found))
    return {
        document_id: tuple(
            sorted(found, key=lambda one: (-one.likeness.score, str(one.document.id)))[:MOST_LIKE]
        )
        for document_id, found in alike.items()
    }


def blank_pages(session: Session, version_ids: Collection[int]) -> set[tuple[int, int]]:
    """(version, page) of the pages on which nothing stands."""
    query = select(PageLook.version_id, PageLook.number)
    query = query.where(PageLook.version_id.in_(list(version_ids)), PageLook.is_blank)
    return {(row.version_id, row.number) for row in session.execute(query)}


def proposals(session: Session, rows: Collection[DocumentRow]) -> dict[uuid.UUID, Proposal]:
    """Of those papers whose current version holds separator sheets that nobody has dealt with yet."""
    wanted: dict[int, DocumentRow] = {
        row.version_id: row for row in rows if not row.archival_no and row.discarded_at is None
    }
    query = (
        select(ScanLook.version_id, PageLook.number, PageLook.is_blank, SeparatorSheet)
        .join(PageLook, PageLook.version_id == ScanLook.version_id)
        .join(SeparatorSheet, SeparatorSheet.id == PageLook.sheet_id, isouter=True)
        .where(ScanLook.version_id.in_(list(wanted)), ScanLook.proposal == "open")
    )
    sheets: dict[int, dict[int, Sheet]] = {}
    blank: dict[int, set[int]] = {}
    for version_id, number, is_blank, sheet in session.execute(query):
        if sheet is not None:
            said = Sheet(sheet.token, sheet.class_code or "", sheet.file_no)
            sheets.setdefault(version_id, {})[number] = said
        elif is_blank:
            blank.setdefault(version_id, set()).add(number)
    made: dict[uuid.UUID, Proposal] = {}
    for version_id, found in sheets.items():
        row = wanted[version_id]
        parts = proposed_parts(row.pages_total or 0, found, blank.get(version_id, set()))
        if parts:
            made[row.id] = Proposal(version_id, parts, tuple(sorted(found)))
    return made


def sheets_by_token(session: Session, tokens: Collection[str]) -> Mapping[str, int]:
    """Ids of the separator sheets that this archive printed, by token."""
    query = select(SeparatorSheet.token, SeparatorSheet.id).where(SeparatorSheet.token.in_(list(tokens)))
    return {row.token: row.id for row in session.execute(query)}


def sheet_of(session: Session, target: str) -> Sheet | None:
    found = session.scalar(select(SeparatorSheet).where(SeparatorSheet.target == target))
    return Sheet(found.token, found.class_code or "", found.file_no) if found else None


def sheet_with(session: Session, token: str) -> Sheet | None:
    found = session.scalar(select(SeparatorSheet).where(SeparatorSheet.token == token[:16]))
    return (
        Sheet(found.token, found.class_code or "", found.file_no) if found and found.token == token else None
    )


def crowded_keys(session: Session, keys: Collection[int]) -> dict[int, dict[int, uuid.UUID]]:
    """What stands under those of the keys that hold more than they may: documents by version, by key."""
    newest = newest_under(keys)
    query = select(newest.c.key, newest.c.version_id, ScanLook.document_id)
    query = query.join(ScanLook, ScanLook.version_id == newest.c.version_id)
    standing: dict[int, dict[int, uuid.UUID]] = {}
    for key, version_id, document_id in session.execute(query):
        standing.setdefault(key, {})[version_id] = document_id
    return {key: under for key, under in standing.items() if len(under) > MOST_UNDER_A_KEY}


def newest_under(keys: Collection[int]) -> Subquery:
    """(key, version_id) of the newest MOST_LOOKED_UP under each key, which costs the same whatever stands there."""
    asked = (
        values(column("key", BigInteger), name="asked").data([(key,) for key in sorted(keys)]).cte("asked")
    )
    under = aliased(LookKey)
    last = (
        select(under.version_id)
        .where(under.key == asked.c.key)
        .order_by(under.version_id.desc())
        .offset(MOST_LOOKED_UP - 1)
        .limit(1)
        .scalar_subquery()
    )
    since = (
        select(asked.c.key, func.coalesce(last, 0).label("since")).cte("since").prefix_with("MATERIALIZED")
    )
    query = select(LookKey.key, LookKey.version_id).select_from(since)
    return query.join(
        LookKey, and_(LookKey.key == since.c.key, LookKey.version_id >= since.c.since)
    ).subquery()


def looked_at(session: Session, version_ids: Collection[int]) -> set[int]:
    """Which of these versions have been looked at."""
    query = select(ScanLook.version_id).where(ScanLook.version_id.in_(list(version_ids)))
    return set(session.scalars(query))
