from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from archive_service import locations
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.locations import LocationRow, PlaceKind
from archive_service.locations.queries.places import changes, fills
from archive_service.locations.rules.places import BadKind, NeedsReason, PlaceThere
from archive_service.locations.service.boxes import BoxNotEmpty, ClosedBox, StaleBox
from archive_service.locations.service.places import (
    HasPlacesBelow,
    HoldsThings,
    IntoItself,
    StalePlace,
)
from tests.locations.store import Store, into, shelf
from tests.support.house import House


def test_codes_of_the_levels_make_the_code_of_a_place(store: Store) -> None:
    assert [row.path for row in store.shelves] == [f"库1-D3-A-02-{n}" for n in (1, 2, 3)]
    labels = {store.room.label, *(row.label for row in store.shelves)}
    assert len(labels) == 4
    assert all(label.isascii() for label in labels)


def test_a_place_is_found_by_its_label_and_by_its_code(store: Store, house: House) -> None:
    second = store.shelves[1]
    with house.archive.reading() as session:
        for typed in (second.label.lower(), "库1－d3－A－02－2"):
            found = locations.location_called(session, typed)
            assert found is not None
            assert found.id == second.id


def test_a_shelf_stands_in_a_cabinet_and_codes_are_there_once(store: Store) -> None:
    with pytest.raises(BadKind):
        store.add(store.room, PlaceKind.SHELF, "9")
    with pytest.raises(PlaceThere):
        store.add(store.section, PlaceKind.SHELF, "1")


def test_shelves_stand_in_the_order_in_which_people_count(store: Store, house: House) -> None:
    store.add(store.section, PlaceKind.SHELF, "10")
    with house.archive.reading() as session:
        paths = [row.path for row in locations.tree(session, store.section)]
    assert paths == ["库1-D3-A-02", *(f"库1-D3-A-02-{n}" for n in (1, 2, 3, 10))]


def _changed(store: Store, row: LocationRow, actor: Actor | None = None, **facts: object) -> LocationRow:
    parent_id = facts.pop("parent_id", row.parent_id)
    with store.house.work(actor or store.keeper) as work:
        return locations.change_location(
            work,
            row.id,
            replace(row.facts, **facts),  # type: ignore[arg-type]  # names of the test's own
            parent_id=parent_id,  # type: ignore[arg-type]
            reason="柜子换了位置",
            revision=row.revision,
        )


def test_renaming_a_cabinet_renames_its_shelves_and_keeps_their_labels(store: Store, house: House) -> None:
    paper = store.paper()
    store.puts(paper, shelf(store.shelves[0]))
    _changed(store, store.cabinet, code="D7")
    with house.archive.reading() as session:
        row = locations.location(session, store.shelves[0].id)
        past = changes(session, row.id)
    assert (row.path, row.label) == ("库1-D7-A-02-1", store.shelves[0].label)
    assert past[0].fields["path"] == ("库1-D3-A-02-1", "库1-D7-A-02-1")
    lies = store.where(paper)
    assert lies is not None
    assert lies.path == "库1-D7-A-02-1"


def test_a_cabinet_goes_to_another_room_with_all_it_holds(store: Store, house: House) -> None:
    with pytest.raises(IntoItself):
        _changed(store, store.side, parent_id=store.section.id)
    other = store.add(None, PlaceKind.ROOM, "库2")
    _changed(store, store.cabinet, parent_id=other.id)
    with house.archive.reading() as session:
        assert len(locations.tree(session, locations.location(session, other.id))) == 7
        assert len(locations.tree(session, locations.location(session, store.room.id))) == 3


def test_who_looked_at_an_older_state_is_told(store: Store) -> None:
    _changed(store, store.cabinet, name="东墙第三柜")
    with pytest.raises(StalePlace):
        _changed(store, store.cabinet, name="西墙")


def _closes(store: Store, row: LocationRow, reason: str = "柜子坏了") -> None:
    with store.house.work(store.keeper) as work:
        locations.close_location(work, row.id, reason=reason, revision=row.revision)


def test_only_an_empty_place_is_closed_and_its_label_is_never_given_again(store: Store) -> None:
    paper, first = store.paper(), store.shelves[0]
    store.puts(paper, shelf(first))
    with pytest.raises(HoldsThings):
        _closes(store, first)
    with pytest.raises(HasPlacesBelow):
        _closes(store, store.section)
    store.puts(paper, shelf(store.shelves[1]))
    with pytest.raises(NeedsReason):
        _closes(store, first, reason=" ")
    _closes(store, first)
    again = store.add(store.section, PlaceKind.SHELF, "1")
    assert again.path == first.path
    assert again.label != first.label


def test_who_only_searches_changes_nothing(store: Store, lin: Actor) -> None:
    with pytest.raises(Forbidden):
        _changed(store, store.cabinet, lin, name="我的柜子")
    with pytest.raises(Forbidden), store.house.work(lin) as work:
        locations.open_box(work, fonds="WY01", class_code="ZX.01", year=2026, width_mm=40)


def test_boxes_of_a_class_and_year_are_counted(store: Store) -> None:
    assert [store.box().box_no for _ in range(2)] == ["WY01-H-ZX.01-2026-001", "WY01-H-ZX.01-2026-002"]
    assert store.box("WS.02").box_no == "WY01-H-WS.02-2026-001"


def test_fill_is_told_in_millimetres_of_shelf(store: Store, house: House) -> None:
    box, file = store.box(width_mm=50), store.centre.file()
    store.puts(locations.ItemRef(box_id=box.id), shelf(store.shelves[0]))
    store.puts(locations.ItemRef(case_file_id=file.id), shelf(store.shelves[0]))
    with house.archive.reading() as session:
        room = fills(session, store.room)
    assert (room[store.shelves[0].id].used_mm, room[store.shelves[0].id].percent) == (70, 7)
    assert (room[store.room.id].used_mm, room[store.room.id].capacity_mm) == (70, 3000)


def test_a_box_is_closed_once_it_is_empty(store: Store) -> None:
    box, paper = store.box(), store.paper()
    store.puts(locations.ItemRef(box_id=box.id), shelf(store.shelves[0]))
    store.puts(paper, into(box))
    with pytest.raises(BoxNotEmpty), store.house.work(store.keeper) as work:
        locations.close_box(work, box.id, revision=box.revision)
    store.puts(paper, shelf(store.shelves[0]))
    with store.house.work(store.keeper) as work:
        locations.close_box(work, box.id, revision=box.revision)
    assert store.where(locations.ItemRef(box_id=box.id)) is None
    with pytest.raises(ClosedBox), store.house.work(store.keeper) as work:
        locations.change_box(work, box.id, retention="Y", width_mm=40, note="", revision=2)
    with store.house.work(store.keeper) as work:
        again = locations.reopen_box(work, box.id, revision=2)
    assert again.is_open
    assert store.where(locations.ItemRef(box_id=box.id)) is None
    with pytest.raises(StaleBox), store.house.work(store.keeper) as work:
        locations.reopen_box(work, box.id, revision=3)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM location",
        "DELETE FROM placement",
        "UPDATE placement SET reason = 'x'",
        "UPDATE location SET label = 'P'",
        "UPDATE place_counter SET last = 1",
        "UPDATE location SET closed_at = created_at WHERE path LIKE '%-02-1'",
    ],
)
def test_the_database_refuses_what_must_never_happen(store: Store, statement: str) -> None:
    store.puts(store.paper(), shelf(store.shelves[0]))
    with pytest.raises(DatabaseError), store.house.work() as work:
        work.session.execute(text(statement))
