"""The tree of places: add, change, rename, move within the tree, close and open again. Nothing is deleted."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.locations.models import Location, LocationChange
from archive_service.locations.queries.places import (
    LocationRow,
    below,
    has_open_below,
    holds_anything,
    location_row,
)
from archive_service.locations.rules.codes import place_label
from archive_service.locations.rules.places import (
    BadKind,
    PlaceFacts,
    PlaceKind,
    PlaceThere,
    clean,
    may_stand_in,
    path_under,
    reason_of,
    sort_key,
)
from archive_service.locations.service.counting_up import LABELS, next_number
from archive_service.unit_of_work import UnitOfWork


class StalePlace(Conflict):
    code = "places.stale"
    message = N_("Somebody else changed this place in the meantime. Please look at it again.")


class ClosedPlace(Conflict):
    code = "places.closed"
    message = N_("The place %(path)s is closed. Open it again, or choose another.")


class HoldsThings(Conflict):
    code = "places.holds-things"
    message = N_("Something lies at this place. Move it to another place first, then close this one.")


class HasPlacesBelow(Conflict):
    code = "places.has-places-below"
    message = N_("There are open places in this one. Close them first.")


class UnchangedPlace(Invalid):
    code = "places.unchanged"
    message = N_("Nothing was changed.")


class IntoItself(Invalid):
    code = "places.into-itself"
    message = N_("A place can't stand in itself.")


def add_location(work: UnitOfWork, parent_id: int | None, facts: PlaceFacts) -> LocationRow:
    """A new place in an open one, or at the top; it gets a label that nothing else ever had.

    Raises Forbidden, NotFound, ClosedPlace, BadKind, BadCode, TooDeep, PlaceThere, and as ``rules.places.clean``.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    row = new_location(work, parent_id, facts)
    work.audit("place.added", f"place:{row.id}", path=row.path, kind=row.kind)
    return location_row(row)


def new_location(work: UnitOfWork, parent_id: int | None, facts: PlaceFacts) -> Location:
    facts = clean(facts)
    above = None if parent_id is None else open_location(work, parent_id)
    _must_stand_in(facts.kind, above)
    path = path_under(above.path if above else "", facts.code)
    row = Location(
        parent_id=parent_id,
        kind=facts.kind.value,
        path=path,
        sort_key=sort_key(path),
        lineage="",
        label=place_label(next_number(work.session, LABELS)),
        created_at=work.now,
        created_by=work.actor.user_id,
    )
    _write(row, facts)
    _kept(work, row)
    row.lineage = f"{above.lineage if above else '/'}{row.id}/"
    _note(work, row, "added", "", {})
    work.session.flush()
    return row


def change_location(
    work: UnitOfWork,
    location_id: int,
    facts: PlaceFacts,
    *,
    parent_id: int | None,
    reason: str,
    revision: int,
) -> LocationRow:
    """Tell other facts of a place: another code or another place above gives it, and all in it, another full code. Labels
    stay; the old codes stand in the history.

    Raises Forbidden, NotFound, StalePlace, ClosedPlace, NeedsReason, UnchangedPlace, IntoItself, BadKind, PlaceThere,
    TooDeep, and as ``rules.places.clean``.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    reason, facts = reason_of(reason), clean(facts)
    row = locked_location(work, location_id)
    if row.revision != revision:
        raise StalePlace()
    if row.closed_at is not None:
        raise ClosedPlace(path=row.path)
    above = None if parent_id is None else open_location(work, parent_id)
    if above is not None and above.lineage.startswith(row.lineage):
        raise IntoItself(field="parent")
    _must_stand_in(facts.kind, above)
    before = _facts(row)
    inside = list(work.session.scalars(select(Location).where(below(row.lineage), Location.id != row.id)))
    for one in inside:
        if (
            one.parent_id == row.id
            and one.closed_at is None
            and not may_stand_in(PlaceKind(one.kind), facts.kind)
        ):
            raise BadKind(field="kind")
    old_path, old_lineage = row.path, row.lineage
    row.parent_id = parent_id
    row.path = path_under(above.path if above else "", facts.code)
    row.lineage = f"{above.lineage if above else '/'}{row.id}/"
    row.sort_key = sort_key(row.path)
    _write(row, facts)
    after = _facts(row)
    fields = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not fields:
        raise UnchangedPlace()
    row.revision += 1
    _note(work, row, "changed", reason, fields)
    for one in inside:
        one.lineage = row.lineage + one.lineage.removeprefix(old_lineage)
        if row.path != old_path:
            was = one.path
            one.path = path_under(row.path, one.path.removeprefix(old_path + "-"))
            one.sort_key = sort_key(one.path)
            one.revision += 1
            _note(work, one, "changed", reason, {"path": [was, one.path]})
    try:
        with work.session.begin_nested():
            work.session.flush()
    except IntegrityError as cause:
        raise PlaceThere(field="code") from cause
    work.audit("place.changed", f"place:{row.id}", path=row.path, fields=sorted(fields))
    return location_row(row)


def close_location(work: UnitOfWork, location_id: int, *, reason: str, revision: int) -> LocationRow:
    """It is gone or no longer used: nothing can be put there. Its code may be given to another place, its label never.

    Raises Forbidden, NotFound, NeedsReason, StalePlace, HoldsThings, HasPlacesBelow.
    """
    work.actor.must(Permission.MANAGE_PLACES)
    reason = reason_of(reason)
    row = locked_location(work, location_id)
    if row.revision != revision or row.closed_at is not None:
        raise StalePlace()
    if has_open_below(work.session, row.id):
        raise HasPlacesBelow()
    if holds_anything(work.session, row.id):
        raise HoldsThings()
    row.closed_at = work.now
    row.revision += 1
    _note(work, row, "closed", reason, {})
    work.audit("place.closed", f"place:{row.id}", path=row.path)
    return location_row(row)


def reopen_location(work: UnitOfWork, location_id: int, *, reason: str, revision: int) -> LocationRow:
    """Raises Forbidden, NotFound, NeedsReason, StalePlace, ClosedPlace (the place above is closed), PlaceThere."""
    work.actor.must(Permission.MANAGE_PLACES)
    reason = reason_of(reason)
    row = locked_location(work, location_id)
    if row.revision != revision or row.closed_at is None:
        raise StalePlace()
    if row.parent_id is not None:
        open_location(work, row.parent_id)
    row.closed_at = None
    row.revision += 1
    _note(work, row, "reopened", reason, {})
    try:
        with work.session.begin_nested():
            work.session.flush()
    except IntegrityError as cause:
        raise PlaceThere(field="code") from cause
    work.audit("place.reopened", f"place:{row.id}", path=row.path)
    return location_row(row)


def locked_location(work: UnitOfWork, location_id: int) -> Location:
    """Raises NotFound."""
    row = work.session.get(Location, location_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound()
    return row


def open_location(work: UnitOfWork, location_id: int) -> Location:
    """Locked, so that it stays open until the transaction ends. Raises NotFound, ClosedPlace."""
    row = locked_location(work, location_id)
    if row.closed_at is not None:
        raise ClosedPlace(path=row.path)
    return row


def _must_stand_in(kind: PlaceKind, above: Location | None) -> None:
    if not may_stand_in(kind, PlaceKind(above.kind) if above else None):
        raise BadKind(field="kind")


def _write(row: Location, facts: PlaceFacts) -> None:
    row.kind, row.code, row.name = facts.kind.value, facts.code, facts.name
    row.capacity_mm, row.sensor_id, row.note = facts.capacity_mm, facts.sensor_id, facts.note
    row.climate = facts.air.climate.value
    row.temperature_from, row.temperature_to = facts.air.temperature_from, facts.air.temperature_to
    row.humidity_from, row.humidity_to = facts.air.humidity_from, facts.air.humidity_to


def _facts(row: Location) -> dict[str, object]:
    told = asdict(location_row(row).facts)
    air = told.pop("air")
    return {
        **{name: value.value if isinstance(value, PlaceKind) else value for name, value in told.items()},
        **{name: str(value) if name == "climate" else value for name, value in air.items()},
        "path": row.path,
    }


def _kept(work: UnitOfWork, row: Location) -> None:
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as cause:
        raise PlaceThere(field="code") from cause


def _note(work: UnitOfWork, row: Location, action: str, reason: str, fields: dict[str, list[object]]) -> None:
    work.session.add(
        LocationChange(
            location_id=row.id,
            at=work.now,
            by=work.actor.user_id,
            action=action,
            reason=reason,
            fields=fields,
        )
    )
