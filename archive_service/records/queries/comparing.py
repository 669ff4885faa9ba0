"""Two versions of a document side by side: texts, pictures, what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from archive_service.kernel.boxes import Frame, frames
from archive_service.kernel.grids import changed_areas
from archive_service.kernel.masking import mask
from archive_service.records.models import Correction, Page
from archive_service.records.queries.pages import PageRow, page_layouts, page_texts
from archive_service.records.queries.rows import VersionRow
from archive_service.records.rules.comparing import MOST_CHARACTERS, Compared, Piece, changed_spans, compare

PAGES_AT_ONCE: Final = 5
_MOST_PAGES: Final = 2000


@dataclass(frozen=True, slots=True)
class Side:
    """One version's page. ``marks``: where words stand that the other doesn't have; ``areas``: where the picture
    looks otherwise."""

    row: PageRow
    pieces: tuple[Piece, ...]
    marks: tuple[Frame, ...]
    areas: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """The pages with one number; None where a version has no such page."""

    number: int
    before: Side | None
    after: Side | None

    @property
    def differs(self) -> bool:
        sides = (self.before, self.after)
        return None in sides or any(
            side.areas or any(piece.changed and piece.text.strip() for piece in side.pieces)
            for side in sides
            if side is not None
        )


@dataclass(frozen=True, slots=True)
class FactChange:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``pairs``: those of one view. ``changed_pages``: numbers of pages whose words differ, on either side."""

    text: Compared
    pages: int
    pairs: tuple[Pair, ...]
    changed_pages: tuple[int, ...]
    facts: tuple[FactChange, ...]


def comparison(
    session: Session, before: VersionRow, after: VersionRow, *, first: int, in_clear: bool
) -> Comparison:
    """Compare what may be seen: covered, for whoever sees the pages only so, before anything is compared.

    ``first``: number of the first page shown. Eight statements, however long the versions are.
    """

    def shown(version: VersionRow) -> list[str]:
        texts, _ = page_texts(session, version.id, most=_MOST_PAGES, characters=MOST_CHARACTERS + 1)
        by_number = dict(texts)
        count = max(by_number, default=0)
        whole = [by_number.get(number, "") for number in range(1, count + 1)]
        return whole if in_clear else [mask(text) for text in whole]

    text = compare(shown(before), shown(after))
    total = max(before.pages_read, after.pages_read)
    numbers = list(range(first, min(first + PAGES_AT_ONCE, total + 1)))
    left, right = _pages(session, before, numbers), _pages(session, after, numbers)
    pairs = tuple(
        _pair(number, left.get(number), right.get(number), text, in_clear=in_clear) for number in numbers
    )
    return Comparison(text, total, pairs, _changed_pages(text), _facts(session, before, after))


def _changed_pages(text: Compared) -> tuple[int, ...]:
    return tuple(
        sorted(
            {
                number
                for pages in (text.before, text.after)
                for number, pieces in enumerate(pages, 1)
                if changed_spans(pieces)
            }
        )
    )


@dataclass(frozen=True, slots=True)
class _Found:
    row: PageRow
    boxes: bytes
    grid: bytes | None


def _pages(session: Session, version: VersionRow, numbers: Sequence[int]) -> dict[int, _Found]:
    layouts = page_layouts(session, version.id, numbers)
    query = select(Page).where(Page.version_id == version.id, Page.number.in_(numbers))
    grids = {page.number: page.grid for page in session.scalars(query.options(undefer(Page.grid)))}
    return {
        layout.row.number: _Found(layout.row, layout.boxes, grids.get(layout.row.number))
        for layout in layouts
    }


def _pair(number: int, left: _Found | None, right: _Found | None, text: Compared, *, in_clear: bool) -> Pair:
    areas: tuple[Frame, ...] = ()
    # A covered number may be another one underneath: only who sees it is told.
    if in_clear and left is not None and right is not None and left.grid and right.grid:
        areas = changed_areas(left.grid, right.grid) or ()
    return Pair(number, _side(number, left, text.before, areas), _side(number, right, text.after, areas))


def _side(
    number: int, found: _Found | None, pages: Sequence[tuple[Piece, ...]], areas: tuple[Frame, ...]
) -> Side | None:
    if found is None:
        return None
    pieces = pages[number - 1] if number <= len(pages) else ()
    return Side(found.row, pieces, frames(found.boxes, changed_spans(pieces)), areas)


def _facts(session: Session, before: VersionRow, after: VersionRow) -> tuple[FactChange, ...]:
    """What was said of the document at the end of either version, where it differs."""
    query = select(Correction).where(Correction.document_id == before.document_id)
    changes = session.scalars(query.order_by(Correction.revision)).all()
    early, late = sorted((before, after), key=lambda version: version.number)
    was: dict[str, str] = {}
    now: dict[str, str] = {}
    # What was said before the paper was filed is how its first description came about, and no change of it.
    filed_at = next((change.revision for change in changes if change.after.get("archival_no")), 0)
    since = max(early.revision, filed_at) if filed_at <= late.revision else early.revision
    for change in changes:
        # Whatever was put right after the earlier content came, until the later one did.
        if since < change.revision <= late.revision:
            for name, value in _texts(change.before).items():
                was.setdefault(name, value)
            now |= _texts(change.after)
    facts = [FactChange(name, was.get(name, ""), now[name]) for name in now if was.get(name, "") != now[name]]
    if before.number > after.number:
        facts = [FactChange(one.field, one.after, one.before) for one in facts]
    return tuple(facts)


def _texts(told: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value or "") for name, value in told.items()}
