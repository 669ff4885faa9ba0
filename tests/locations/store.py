"""A store room with a cabinet, a mobile rack, a safe and a drawing chest, and papers to put there."""

from collections.abc import Sequence

from archive_service import locations, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.locations import (
    BoxRow,
    ItemRef,
    LocationRow,
    PlaceFacts,
    PlaceKind,
    PlaceRow,
    Spot,
)
from archive_service.records import Medium
from tests.checklists.centre import FACTS, Centre
from tests.support.house import House


class Store:
    """``库1-D3-A-02-1`` to ``-3`` in a cabinet, ``库1-S1-1`` in a safe."""

    def __init__(self, house: House, keeper: Actor, centre: Centre) -> None:
        self.house, self.keeper, self.centre = house, keeper, centre
        self.room = self.add(None, PlaceKind.ROOM, "库1", name="档案室")
        self.cabinet = self.add(self.room, PlaceKind.CABINET, "D3")
        self.side = self.add(self.cabinet, PlaceKind.SIDE, "A")
        self.section = self.add(self.side, PlaceKind.SECTION, "02")
        self.shelves = [self.add(self.section, PlaceKind.SHELF, str(n), capacity_mm=900) for n in (1, 2, 3)]
        self.safe = self.add(self.room, PlaceKind.SAFE, "S1")
        self.in_safe = self.add(self.safe, PlaceKind.SHELF, "1", capacity_mm=300)

    def add(
        self,
        above: LocationRow | None,
        kind: PlaceKind,
        code: str,
        *,
        name: str = "",
        capacity_mm: int | None = None,
    ) -> LocationRow:
        facts = PlaceFacts(kind, code, name, capacity_mm)
        with self.house.work(self.keeper) as work:
            return locations.add_location(work, above.id if above else None, facts)

    def box(self, code: str = "ZX.01", width_mm: int = 40) -> BoxRow:
        with self.house.work(self.keeper) as work:
            return locations.open_box(
                work, fonds="WY01", class_code=code, year=2026, retention="D10", width_mm=width_mm
            )

    def paper(
        self, title: str = "巡查记录", *, level: Level | None = None, medium: Medium = Medium.PAPER
    ) -> ItemRef:
        """Filed by itself."""
        from dataclasses import replace

        paper = self.house.paper(
            title=title, class_code="WS.02", level=level, pages=[title], doc_date="2026-03-08"
        )
        with self.house.work(self.keeper) as work:
            facts = replace(FACTS, medium=medium)
            records.file_document(work, paper, facts, records.Place(dept=records.Dept.KF), revision=1)
        return ItemRef(paper)

    def puts(self, item: ItemRef, at: Spot, actor: Actor | None = None) -> bool:
        with self.house.work(actor or self.keeper) as work:
            return locations.place(work, item, at, "上架")

    def where(self, item: ItemRef) -> PlaceRow | None:
        with self.house.archive.reading() as session:
            return locations.where(session, [item]).get(item)

    def number(self, item: ItemRef) -> str:
        with self.house.archive.reading() as session:
            return records.Archived().named(session, self.keeper, [item])[item].number

    def numbers(self, items: Sequence[ItemRef]) -> list[str]:
        return [self.number(item) for item in items]

    def out(self, item: ItemRef, why: str = "loan:1") -> None:
        with self.house.work(self.keeper) as work:
            locations.take_out(work, item, why)

    def back(self, item: ItemRef) -> None:
        with self.house.work(self.keeper) as work:
            locations.put_back(work, item)


def shelf(row: LocationRow) -> Spot:
    return Spot(row.id)


def into(row: BoxRow) -> Spot:
    return Spot(box_id=row.id)
