"""Boxes (档案盒): opened under the next number of their class and year, changed, closed once they are empty."""

from sqlalchemy import select

from archive_service import classification, premises
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.locations.models import Box, Placement
from archive_service.locations.queries.places import BoxRow, box_row
from archive_service.locations.rules.codes import box_number, box_series
from archive_service.locations.rules.places import box_period, box_width, box_year, clean_text
from archive_service.locations.service.counting_up import next_number
from archive_service.unit_of_work import UnitOfWork


class UnknownFonds(Invalid):
    code = "places.unknown-fonds"
    message = N_("Choose the project whose papers the box is for.")


class UnknownClass(Invalid):
    code = "places.unknown-class"
    message = N_("There is no class with this code in the file plan.")


class StaleBox(Conflict):
    code = "places.stale-box"
    message = N_("Somebody else changed this box in the meantime. Please look at it again.")


class ClosedBox(Conflict):
    code = "places.closed-box"
    message = N_("The box %(box_no)s is closed. Choose another.")


class BoxNotEmpty(Conflict):
    code = "places.box-not-empty"
    message = N_("There is something in this box. Move it first, then close the box.")


def open_box(
    work: UnitOfWork,
    *,
    fonds: str,
    class_code: str,
    year: int,
    retention: str = "",
    width_mm: int,
    note: str = "",
) -> BoxRow:
    """A box under the next number of its fonds, class and year.

    Raises Forbidden, UnknownFonds, UnknownClass, BadYear, BadPeriod, BadWidth, TooLong.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    fonds, class_code = fonds.strip().upper(), class_code.strip().upper()
    if fonds not in {p.number for p in premises.projects(work.session) if p.closed_on is None}:
        raise UnknownFonds(field="fonds")
    if class_code not in {c.code for c in classification.class_rows(work.session)}:
        raise UnknownClass(field="class_code")
    year, retention = box_year(year), box_period(retention)
    width_mm, note = box_width(width_mm), clean_text("note", note)
    number = next_number(work.session, box_series(fonds, class_code, year))
    row = Box(
        fonds=fonds,
        class_code=class_code,
        year=year,
        number=number,
        box_no=box_number(fonds, class_code, year, number),
        retention=retention,
        width_mm=width_mm,
        note=note,
        created_at=work.now,
        created_by=work.actor.user_id,
    )
    work.session.add(row)
    work.session.flush()
    work.audit("box.opened", f"box:{row.id}", box=row.box_no)
    return box_row(row)


def change_box(
    work: UnitOfWork, box_id: int, *, retention: str, width_mm: int, note: str, revision: int
) -> BoxRow:
    """Its number never changes. Raises Forbidden, NotFound, StaleBox, ClosedBox, BadPeriod, BadWidth, TooLong."""
    work.actor.must(Permission.MANAGE_PLACES)
    retention, width_mm, note = box_period(retention), box_width(width_mm), clean_text("note", note)
    row = locked_box(work, box_id)
    if row.revision != revision:
        raise StaleBox()
    if row.closed_at is not None:
        raise ClosedBox(box_no=row.box_no)
    row.retention, row.width_mm, row.note = retention, width_mm, note
    row.revision += 1
    work.audit("box.changed", f"box:{row.id}", box=row.box_no)
    return box_row(row)


def close_box(work: UnitOfWork, box_id: int, *, revision: int) -> BoxRow:
    """It is worn out or was emptied: it leaves the place where it stood. Raises Forbidden, NotFound, StaleBox,
    BoxNotEmpty."""
    work.actor.must(Permission.MANAGE_PLACES)
    row = locked_box(work, box_id)
    if row.revision != revision or row.closed_at is not None:
        raise StaleBox()
    inside = select(Placement.id).where(Placement.in_box_id == row.id, Placement.ended_at.is_(None))
    if work.session.scalar(inside.limit(1)) is not None:
        raise BoxNotEmpty()
    standing = select(Placement).where(Placement.box_id == row.id, Placement.ended_at.is_(None))
    for placement in work.session.scalars(standing.with_for_update()):
        placement.ended_at, placement.ended_by = work.now, work.actor.user_id
    row.closed_at = work.now
    row.revision += 1
    work.audit("box.closed", f"box:{row.id}", box=row.box_no)
    return box_row(row)


def reopen_box(work: UnitOfWork, box_id: int, *, revision: int) -> BoxRow:
    """It stands nowhere until somebody says where. Raises Forbidden, NotFound, StaleBox."""
    work.actor.must(Permission.MANAGE_PLACES)
    row = locked_box(work, box_id)
    if row.revision != revision or row.closed_at is None:
        raise StaleBox()
    row.closed_at = None
    row.revision += 1
    work.audit("box.reopened", f"box:{row.id}", box=row.box_no)
    return box_row(row)


def locked_box(work: UnitOfWork, box_id: int) -> Box:
    """Raises NotFound."""
    row = work.session.get(Box, box_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    return row
