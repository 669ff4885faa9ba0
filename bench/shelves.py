"""The invented centre's store: a room with cabinets, a mobile rack, a safe and a drawing chest; papers in boxes on
its shelves."""

from typing import Final

from archive_service import locations, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError
from archive_service.locations import Air, Climate, ItemRef, LocationId, PlaceFacts, PlaceKind, Spot
from archive_service.records import CaseFileFilter, DocumentFilter
from archive_service.unit_of_work import UnitOfWork

SHELF_MM: Final = 850
AIR: Final = Air(Climate.TARGET, 14, 24, 45, 60)
_K = PlaceKind
TREE: Final = (
    ("", _K.ROOM, "库1", "档案室（综合楼一层）", None),
    ("库1", _K.CABINET, "D1", "东墙第一柜", None),
    *(("库1-D1", _K.SHELF, str(n), "", SHELF_MM) for n in range(1, 6)),
    ("库1", _K.CABINET, "D2", "东墙第二柜", None),
    *(("库1-D2", _K.SHELF, str(n), "", SHELF_MM) for n in range(1, 6)),
    ("库1", _K.RACK, "M1", "密集架", None),
    ("库1-M1", _K.SIDE, "A", "", None),
    ("库1-M1-A", _K.SECTION, "01", "", None),
    *(("库1-M1-A-01", _K.SHELF, str(n), "", SHELF_MM) for n in range(1, 5)),
    ("库1", _K.SAFE, "S1", "保险柜", None),
    ("库1-S1", _K.SHELF, "1", "", 400),
    ("库1", _K.CHEST, "T1", "图纸柜", None),
    *(("库1-T1", _K.DRAWER, str(n), "", 100) for n in range(1, 4)),
)


def fill_shelves(archive: Archive, archivist: Actor) -> int:
    """Once, after papers were filed; how many things lie somewhere then."""
    with archive.unit_of_work(archivist) as work:
        if locations.tree(work.session):
            return 0
        made: dict[str, LocationId] = {}
        for above, kind, code, name, capacity in TREE:
            air = AIR if kind is _K.ROOM else Air()
            facts = PlaceFacts(kind, code, name, capacity, air)
            row = locations.add_location(work, made.get(above), facts)
            made[row.path] = row.id
        papers, files = _things(work, archivist)
        return _put_away(work, made, papers, files)


def _things(work: UnitOfWork, archivist: Actor) -> tuple[list[ItemRef], list[ItemRef]]:
    rows = records.documents(work.session, archivist, DocumentFilter(filed=True), limit=200)
    papers = [ItemRef(row.id) for row in rows if row.case_file_id is None]
    files = records.case_files(work.session, archivist, CaseFileFilter(), limit=200)
    return papers, [ItemRef(case_file_id=file.id) for file in files]


def _put_away(
    work: UnitOfWork, made: dict[str, LocationId], papers: list[ItemRef], files: list[ItemRef]
) -> int:
    shelves = [Spot(made[f"库1-D1-{n}"]) for n in range(1, 6)]
    boxes = [
        locations.open_box(
            work, fonds="WY01", class_code="WS.02", year=2026, retention="D10", width_mm=40, note="通知通报"
        )
        for _ in range(6)
    ]
    for n, box in enumerate(boxes):
        locations.place(work, ItemRef(box_id=box.id), shelves[n // 4], "上架")
    lying = len(boxes)
    for n, paper in enumerate(papers):
        lying += _lies(work, paper, Spot(box_id=boxes[n % len(boxes)].id))
    for n, file in enumerate(files):
        lying += _lies(work, file, Spot(made[f"库1-D2-{1 + n % 3}"]))
    return lying


def _lies(work: UnitOfWork, item: ItemRef, at: Spot) -> bool:
    try:
        return locations.place(work, item, at, "上架")
    except ArchiveError:
        return False  # kept electronically only
