import pytest

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.locations import ItemRef, LocationRow, Spot, StockTakeId
from archive_service.locations.queries import stock_takes as queries
from archive_service.locations.queries.stock_takes import LineRow
from archive_service.locations.rules.places import NeedsWords
from archive_service.locations.rules.taking_stock import (
    NotMovedMeanwhile,
    OutsideScope,
    Resolution,
    ResolvedMeanwhile,
    Result,
    ScanPlaceFirst,
    StillUnresolved,
    StockTakeRuns,
    WrongResolution,
)
from archive_service.locations.service import taking_stock as service
from archive_service.locations.service.taking_stock import Scanned
from archive_service.records import Archived
from tests.locations.store import Store, into, shelf


class Count:
    """A stock-take by whoever keeps the store."""

    def __init__(self, store: Store, top: LocationRow, *, whole_boxes: bool = False) -> None:
        self.store = store
        self.at: Spot | None = None
        with store.house.work(store.keeper) as work:
            self.id: StockTakeId = service.start_stock_take(work, top.id, whole_boxes=whole_boxes)

    def scans(self, code: str, actor: Actor | None = None) -> Scanned:
        with self.store.house.work(actor or self.store.keeper) as work:
            found = service.scan(work, Archived(), self.id, code, at=self.at)
        self.at = found.at
        return found

    def result(self, code: str) -> Result | None:
        return self.scans(code).result

    def is_counted(self) -> None:
        with self.store.house.work(self.store.keeper) as work:
            service.finish_counting(work, self.id)

    def lines(self) -> dict[str, LineRow]:
        with self.store.house.archive.reading() as session:
            rows = queries.lines(session, Archived(), self.store.keeper, self.id)
        return {row.number: row for row in rows}

    def resolves(self, number: str, how: Resolution, note: str = "", seen: Result | None = None) -> None:
        line = self.lines()[number]
        with self.store.house.work(self.store.keeper) as work:
            service.resolve(work, line.id, how, note=note, seen=seen)

    def closes(self) -> None:
        with self.store.house.work(self.store.keeper) as work:
            service.close_stock_take(work, self.id)


@pytest.fixture
def papers(store: Store) -> list[ItemRef]:
    """Two on the first shelf, one on the second, one in the safe, one nowhere."""
    found = [store.paper(f"巡查记录{n}") for n in range(5)]
    for item, row in zip(
        found, (store.shelves[0], store.shelves[0], store.shelves[1], store.in_safe), strict=False
    ):
        store.puts(item, shelf(row))
    return found


def test_a_count_tells_found_missing_misplaced_unknown_and_on_loan(
    store: Store, papers: list[ItemRef]
) -> None:
    first, second, elsewhere, in_safe, nowhere = store.numbers(papers)
    store.out(papers[1])
    count = Count(store, store.cabinet)
    with pytest.raises(ScanPlaceFirst):
        count.scans(first)
    assert count.scans(store.shelves[0].label).result is None
    assert count.result(first.replace("·", ".")) is Result.FOUND
    assert count.result(in_safe) is Result.MISPLACED
    assert count.result(nowhere) is Result.MISPLACED
    assert count.result("6901234567892") is Result.UNKNOWN
    count.is_counted()
    found = count.lines()
    assert {number: found[number].result for number in (first, second, elsewhere)} == {
        first: Result.FOUND,
        second: Result.ON_LOAN,
        elsewhere: Result.MISSING,
    }
    assert (found[in_safe].seen_at, found[in_safe].title) == ("库1-D3-A-02-1", "巡查记录3")


def test_it_closes_only_when_every_line_is_resolved(store: Store, papers: list[ItemRef]) -> None:
    first, second, elsewhere, in_safe, nowhere = store.numbers(papers)
    count = Count(store, store.cabinet)
    count.scans(store.shelves[0].label)
    for code in (first, second, in_safe, nowhere, "6901234567892"):
        count.scans(code)
    count.is_counted()
    with pytest.raises(StillUnresolved):
        count.closes()
    with pytest.raises(WrongResolution):
        count.resolves(in_safe, Resolution.NOTED_MISSING, "x")
    with pytest.raises(WrongResolution):
        count.resolves(nowhere, Resolution.PUT_BACK)
    count.resolves(in_safe, Resolution.PUT_BACK)
    count.resolves(nowhere, Resolution.MOVED_HERE)
    with pytest.raises(NeedsWords):
        count.resolves(elsewhere, Resolution.NOTED_MISSING)
    with pytest.raises(NotMovedMeanwhile):
        count.resolves(elsewhere, Resolution.MOVED_MEANWHILE)
    count.resolves(elsewhere, Resolution.NOTED_MISSING, "已问前台，待查")
    count.resolves("6901234567892", Resolution.NOTED, "夹在里面的商品条码")
    count.closes()
    lies = store.where(papers[4])
    assert lies is not None
    assert lies.path == "库1-D3-A-02-1"
    gone = store.where(papers[2])
    assert gone is not None
    assert gone.missing_since is not None


def test_what_is_scanned_later_is_found_after_all(store: Store, papers: list[ItemRef]) -> None:
    number = store.number(papers[2])
    count = Count(store, store.shelves[1])
    count.is_counted()
    count.resolves(number, Resolution.NOTED_MISSING, "没找到")
    assert count.result(number) is Result.FOUND  # a shelf without others in it needs no label first
    assert count.lines()[number].resolution is None
    lies = store.where(papers[2])
    assert lies is not None
    assert lies.missing_since is None


def test_what_was_handed_out_meanwhile_is_not_missing(store: Store, papers: list[ItemRef]) -> None:
    count = Count(store, store.shelves[1])
    store.out(papers[2])
    count.is_counted()
    assert count.lines()[store.number(papers[2])].result is Result.ON_LOAN
    count.closes()


def test_what_is_here_though_it_is_noted_as_out_is_told(store: Store, papers: list[ItemRef]) -> None:
    store.out(papers[2])
    count = Count(store, store.shelves[1])
    assert count.result(store.number(papers[2])) is Result.NOT_OUT


def test_what_was_moved_meanwhile_is_said_so(store: Store, papers: list[ItemRef]) -> None:
    number = store.number(papers[2])
    count = Count(store, store.shelves[1])
    store.puts(papers[2], shelf(store.in_safe))
    count.is_counted()
    with pytest.raises(ResolvedMeanwhile):
        count.resolves(number, Resolution.NOTED_MISSING, "没找到")
    count.resolves(number, Resolution.MOVED_MEANWHILE)
    count.closes()


def test_boxes_are_opened_or_counted_whole(store: Store) -> None:
    box, other, paper = store.box(), store.box(), store.paper()
    for one in (box, other):
        store.puts(ItemRef(box_id=one.id), shelf(store.shelves[0]))
    store.puts(paper, into(box))
    opened = Count(store, store.shelves[0])
    assert opened.result(box.box_no) is Result.FOUND
    assert opened.at == Spot(box_id=box.id)
    assert opened.result(store.number(paper)) is Result.FOUND
    assert opened.result(other.box_no) is Result.FOUND
    assert opened.result(store.number(paper)) is Result.MISPLACED  # seen in the other box
    whole = Count(store, store.section, whole_boxes=True)
    assert set(whole.lines()) == {box.box_no, other.box_no}


def test_two_people_scan_at_once_and_each_thing_counts_once(
    store: Store, papers: list[ItemRef], chen: Actor
) -> None:
    number = store.number(papers[0])
    zhou = store.house.person("周", "archivist")
    count = Count(store, store.shelves[0])
    assert not count.scans(number, chen).again
    assert count.scans(number, zhou).again
    assert len(count.lines()) == 2


def test_a_line_that_changed_since_it_was_looked_at_is_not_resolved(
    store: Store, papers: list[ItemRef]
) -> None:
    number = store.number(papers[2])
    count = Count(store, store.shelves[1])
    count.is_counted()
    count.scans(number)
    with pytest.raises(ResolvedMeanwhile):
        count.resolves(number, Resolution.NOTED_MISSING, "没找到", Result.MISSING)


def test_one_count_a_place_and_only_by_who_keeps_the_places(
    store: Store, papers: list[ItemRef], lin: Actor
) -> None:
    count = Count(store, store.cabinet)
    with pytest.raises(StockTakeRuns):
        Count(store, store.cabinet)
    with pytest.raises(OutsideScope):
        count.scans(store.in_safe.label)
    with pytest.raises(Forbidden):
        count.scans(store.shelves[0].label, lin)
