"""Put things somewhere: one, a scanned list, or all that lies at a place. The row before ends, nothing is forgotten."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import N_, Conflict, Invalid
from archive_service.locations.models import Placement
from archive_service.locations.queries.holdings import Holdings
from archive_service.locations.queries.lying import (
    PlaceRow,
    at,
    item_of,
    outings,
    placements,
    where,
    with_files,
)
from archive_service.locations.queries.places import boxes_by_id, boxes_called, has_open_below
from archive_service.locations.rules.codes import Code, CodeKind, normalised
from archive_service.locations.rules.items import ItemRef, Spot
from archive_service.locations.rules.places import reason_of
from archive_service.locations.service.boxes import ClosedBox, locked_box
from archive_service.locations.service.places import open_location
from archive_service.unit_of_work import UnitOfWork

MOST_AT_ONCE: Final = 500


class CanNotLie(Invalid):
    code = "places.can-not-lie"
    message = N_("Only what is filed and kept on paper or as an object can lie somewhere.")


class FinerPlace(Invalid):
    code = "places.finer-place"
    message = N_("There are places in this one: choose the shelf itself.")


class BoxInBox(Invalid):
    code = "places.box-in-box"
    message = N_("A box stands at a place, not in another box.")


class MovedMeanwhile(Conflict):
    code = "places.moved-meanwhile"
    message = N_("Something was moved or handed out since you looked. Please look at the list again.")


class NotAllMovable(Conflict):
    code = "places.not-all-movable"
    message = N_(
        "%(count)s lines of the list can't be moved, so nothing was moved. Take them out of the list first."
    )


class NothingScanned(Invalid):
    code = "places.nothing-scanned"
    message = N_("Scan or type at least one code.")


class TooMany(Invalid):
    code = "places.too-many"
    message = N_("At most %(most)s at once. Please do it in parts.")


class MoveStanding(StrEnum):
    """What a line of a list of codes comes to."""

    READY = "ready"
    THERE = "there"  # lies there already
    OUT = "out"
    UNKNOWN = "unknown"
    NOT_PAPER = "not_paper"
    BOX_IN_BOX = "box_in_box"


STANDING_NAMES: Final = {
    MoveStanding.READY: N_("will be moved"),
    MoveStanding.THERE: N_("lies there already"),
    MoveStanding.OUT: N_("out: it can be moved when it is back"),
    MoveStanding.UNKNOWN: N_("not known here"),
    MoveStanding.NOT_PAPER: N_("has no paper that could lie anywhere"),
    MoveStanding.BOX_IN_BOX: N_("a box can't stand in a box"),
}
STOPS: Final = frozenset(
    {MoveStanding.OUT, MoveStanding.UNKNOWN, MoveStanding.NOT_PAPER, MoveStanding.BOX_IN_BOX}
)


@dataclass(frozen=True, slots=True)
class MoveLine:
    """``code``: as scanned. ``number``, ``title``: of what it stands for, "" where it is not known."""

    code: str
    standing: MoveStanding
    item: ItemRef | None = None
    number: str = ""
    title: str = ""
    now_at: PlaceRow | None = None


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What moving a list would do. ``seen``: stands for all of it, so that a list that changed is noticed."""

    lines: tuple[MoveLine, ...]
    to: Spot

    @property
    def ready(self) -> int:
        return sum(line.standing is MoveStanding.READY for line in self.lines)

    @property
    def stopped(self) -> int:
        return sum(line.standing in STOPS for line in self.lines)

    @property
    def seen(self) -> str:
        told = [
            f"{line.code}={line.standing}={line.now_at.placement_id if line.now_at and line.now_at.own else 0}"
            for line in self.lines
        ]
        return hashlib.sha256("\n".join([self.to.subject, *told]).encode()).hexdigest()[:32]


def split_codes(typed: str) -> list[str]:
    """Scanned or typed codes, one a line or with commas between them, each once. Raises NothingScanned, TooMany."""
    for mark in ",，;；、\t":
        typed = typed.replace(mark, "\n")
    codes = list(dict.fromkeys(text for line in typed.splitlines() if (text := normalised(line))))
    if not codes:
        raise NothingScanned(field="codes")
    if len(codes) > MOST_AT_ONCE:
        raise TooMany(field="codes", most=MOST_AT_ONCE)
    return codes


def place(work: UnitOfWork, item: ItemRef, at: Spot, reason: str = "") -> bool:
    """From now on the item lies ``at`` a place or in a box; False if it did already. What a stock-take had missed counts
    as found.

    Raises Forbidden, NotFound, ClosedPlace, ClosedBox, FinerPlace, BoxInBox, CanNotLie, MovedMeanwhile.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    moved = put(work, [item], at, reason_of(reason, needed=False))
    if moved:
        work.audit("item.placed", item.subject, at=at.subject)
    return bool(moved)


def preview(session: Session, holdings: Holdings, actor: Actor, codes: Sequence[str], to: Spot) -> MovePlan:
    """What moving these would do: which are not known, already there, or out. Raises Forbidden."""
    actor.must(Permission.MANAGE_PLACES)
    parsed = {code: Code.parse(code) for code in codes}
    numbers = {c.text for c in parsed.values() if c is not None and c.kind is CodeKind.ARCHIVAL}
    called = holdings.called(session, actor, numbers) if numbers else {}
    box_nos = {c.text for c in parsed.values() if c is not None and c.kind is CodeKind.BOX}
    boxed = boxes_called(session, box_nos)
    coded: dict[str, ItemRef | None] = {}
    for code in codes:
        meant = parsed[code]
        found = None if meant is None else (boxed if meant.kind is CodeKind.BOX else called).get(meant.text)
        if found is None or found not in coded.values():  # a paper may be scanned by two of its numbers
            coded[code] = found
    return _plan(session, holdings, actor, coded, to)


def preview_shelf(session: Session, holdings: Holdings, actor: Actor, origin: Spot, to: Spot) -> MovePlan:
    """The same for all that lies directly at ``origin``, whether or not the actor sees each of it.

    Raises Forbidden, TooMany.
    """
    actor.must(Permission.MANAGE_PLACES)
    rows = list(
        session.scalars(select(Placement).where(at(origin)).order_by(Placement.id).limit(MOST_AT_ONCE + 1))
    )
    if len(rows) > MOST_AT_ONCE:
        raise TooMany(field="codes", most=MOST_AT_ONCE)
    items = [item_of(row) for row in rows]
    names = holdings.named(session, actor, [i for i in items if i.box_id is None], unseen=True)
    boxes = boxes_by_id(session, {i.box_id for i in items if i.box_id is not None})
    coded: dict[str, ItemRef | None] = {
        (boxes[i.box_id].box_no if i.box_id is not None else names[i].number if i in names else i.subject): i
        for i in items
    }
    return _plan(session, holdings, actor, coded, to)


def move(
    work: UnitOfWork, holdings: Holdings, codes: Sequence[str], to: Spot, *, reason: str, seen: str | None
) -> int:
    """All of the list, or nothing; how many were moved, without those that lie there already.

    ``seen``: ``MovePlan.seen`` of what the person looked at. Raises as ``place``, and NeedsReason, NotAllMovable.
    """
    plan = preview(work.session, holdings, work.actor, codes, to)
    return _carry_out(work, plan, reason, seen)


def move_shelf(
    work: UnitOfWork, holdings: Holdings, origin: Spot, to: Spot, *, reason: str, seen: str | None
) -> int:
    """All that lies directly at ``origin``. Raises as ``move``, and TooMany."""
    plan = preview_shelf(work.session, holdings, work.actor, origin, to)
    return _carry_out(work, plan, reason, seen)


def _carry_out(work: UnitOfWork, plan: MovePlan, reason: str, seen: str | None) -> int:
    work.actor.must(Permission.MANAGE_PLACES)
    reason = reason_of(reason)
    if not plan.ready and not plan.stopped:
        return 0  # sent twice, or all of it was there
    if seen is not None and seen != plan.seen:
        raise MovedMeanwhile()
    if plan.stopped:
        raise NotAllMovable(count=plan.stopped)
    items = [
        line.item for line in plan.lines if line.item is not None and line.standing is MoveStanding.READY
    ]
    moved = put(work, items, plan.to, reason)
    work.audit("items.moved", plan.to.subject, count=len(moved))
    return len(moved)


def put(work: UnitOfWork, items: Iterable[ItemRef], spot: Spot, reason: str) -> list[ItemRef]:
    """End the rows that hold and begin new ones; those that were moved. Writes no row of the trail."""
    wanted = list(items)
    if spot.location_id is not None:
        location = open_location(work, spot.location_id)
        if has_open_below(work.session, location.id):
            raise FinerPlace(field="to")
    else:
        assert spot.box_id is not None
        box = locked_box(work, spot.box_id)
        if box.closed_at is not None:
            raise ClosedBox(box_no=box.box_no)
        if any(item.box_id is not None for item in wanted):
            raise BoxInBox(field="to")
    _must_be_open(work, wanted)
    before = placements(work.session, wanted, lock=True)
    moved: list[ItemRef] = []
    for item in wanted:
        row = before.get(item)
        if row is not None and lies(row, spot):
            row.missing_at = None
            continue
        if row is not None:
            row.ended_at, row.ended_by = work.now, work.actor.user_id
        moved.append(item)
    try:
        with work.session.begin_nested():
            work.session.flush()
            work.session.add_all(_new(work, item, spot, reason) for item in moved)
    except IntegrityError as cause:
        if "placement_on_paper" in str(cause.orig):
            raise CanNotLie() from cause
        raise MovedMeanwhile() from cause
    return moved


def lies(row: Placement, spot: Spot) -> bool:
    return (row.location_id, row.in_box_id) == (spot.location_id, spot.box_id)


def _new(work: UnitOfWork, item: ItemRef, spot: Spot, reason: str) -> Placement:
    return Placement(
        document_id=item.document_id,
        case_file_id=item.case_file_id,
        box_id=item.box_id,
        location_id=spot.location_id,
        in_box_id=spot.box_id,
        reason=reason,
        placed_at=work.now,
        placed_by=work.actor.user_id,
    )


def _must_be_open(work: UnitOfWork, items: Collection[ItemRef]) -> None:
    for box_id in sorted({item.box_id for item in items if item.box_id is not None}):
        box = locked_box(work, box_id)
        if box.closed_at is not None:
            raise ClosedBox(box_no=box.box_no)


def _plan(
    session: Session, holdings: Holdings, actor: Actor, coded: dict[str, ItemRef | None], to: Spot
) -> MovePlan:
    items = [item for item in coded.values() if item is not None]
    names = holdings.named(session, actor, [i for i in items if i.box_id is None], unseen=True)
    places = where(session, items)
    out = outings(session, with_files(items))
    lines = []
    for code, item in coded.items():
        if item is None:
            lines.append(MoveLine(code, MoveStanding.UNKNOWN))
            continue
        named, now_at = names.get(item), places.get(item)
        away = item in out or (item.in_file is not None and ItemRef(case_file_id=item.in_file) in out)
        if item.box_id is None and (named is None or not named.on_paper):
            standing = MoveStanding.NOT_PAPER
        elif item.box_id is not None and to.box_id is not None:
            standing = MoveStanding.BOX_IN_BOX
        elif now_at is not None and now_at.own and now_at.spot == to:
            standing = MoveStanding.THERE
        elif away:
            standing = MoveStanding.OUT
        else:
            standing = MoveStanding.READY
        lines.append(
            MoveLine(
                code,
                standing,
                item,
                named.number if named else code,
                named.title if named else "",
                now_at,
            )
        )
    return MovePlan(tuple(lines), to)
