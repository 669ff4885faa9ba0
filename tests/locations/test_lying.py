from concurrent.futures import ThreadPoolExecutor

import pytest

from archive_service import locations, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Conflict
from archive_service.locations import AlreadyOut, ItemRef, NotOut
from archive_service.locations.service.placing import (
    BoxInBox,
    CanNotLie,
    FinerPlace,
    MovedMeanwhile,
    MoveStanding,
    NotAllMovable,
    split_codes,
)
from archive_service.records import Archived, Medium
from tests.locations.store import Store, into, shelf
from tests.support.house import House


def test_the_past_of_a_paper_stays(store: Store, house: House) -> None:
    paper = store.paper()
    for row in store.shelves[:2]:
        store.puts(paper, shelf(row))
        house.clock.passes(days=1)
    lies = store.where(paper)
    assert lies is not None
    assert (lies.path, lies.label, lies.own) == ("库1-D3-A-02-2", store.shelves[1].label, True)
    with house.archive.reading() as session:
        past = locations.past(session, paper)
    assert [row.place for row in past] == ["库1-D3-A-02-2", "库1-D3-A-02-1"]
    assert (past[0].until, past[1].until) == (None, past[0].since)


def test_putting_it_where_it_lies_changes_nothing(store: Store) -> None:
    paper = store.paper()
    assert store.puts(paper, shelf(store.shelves[0]))
    assert not store.puts(paper, shelf(store.shelves[0]))


def test_a_paper_lies_with_its_file_unless_it_has_a_place_of_its_own(store: Store) -> None:
    file = store.centre.file()
    paper = ItemRef(store.centre.filed("装修申请", file=file), in_file=file.id)
    assert store.where(paper) is None
    store.puts(ItemRef(case_file_id=file.id), shelf(store.shelves[0]))
    lies = store.where(paper)
    assert lies is not None
    assert (lies.path, lies.own) == ("库1-D3-A-02-1", False)
    store.puts(paper, shelf(store.in_safe))
    lies = store.where(paper)
    assert lies is not None
    assert (lies.path, lies.own) == ("库1-S1-1", True)


def test_what_lies_in_a_box_lies_where_the_box_stands(store: Store) -> None:
    box, paper = store.box(), store.paper()
    store.puts(paper, into(box))
    lies = store.where(paper)
    assert lies is not None
    assert (lies.path, lies.box_no) == ("", box.box_no)
    store.puts(ItemRef(box_id=box.id), shelf(store.shelves[2]))
    lies = store.where(paper)
    assert lies is not None
    assert lies.short == f"库1-D3-A-02-3 · {box.box_no}"


def test_only_what_is_filed_on_paper_can_lie_somewhere(store: Store, house: House) -> None:
    with pytest.raises(CanNotLie):
        store.puts(store.paper(medium=Medium.ELECTRONIC), shelf(store.shelves[0]))
    with pytest.raises(CanNotLie):
        store.puts(ItemRef(house.paper()), shelf(store.shelves[0]))
    with pytest.raises(FinerPlace):
        store.puts(store.paper(), shelf(store.cabinet))
    with pytest.raises(BoxInBox):
        store.puts(ItemRef(box_id=store.box().id), into(store.box()))


def test_what_is_out_keeps_its_place(store: Store) -> None:
    paper = store.paper()
    store.puts(paper, shelf(store.shelves[0]))
    store.out(paper)
    lies = store.where(paper)
    assert lies is not None
    assert lies.out is not None
    assert (lies.path, lies.out.why) == ("库1-D3-A-02-1", "loan:1")
    with pytest.raises(AlreadyOut):
        store.out(paper, "loan:2")
    store.back(paper)
    lies = store.where(paper)
    assert lies is not None
    assert lies.out is None
    with pytest.raises(NotOut):
        store.back(paper)


def test_a_paper_does_not_go_out_while_its_file_or_box_is_out(store: Store) -> None:
    file, box = store.centre.file(), store.box()
    paper = ItemRef(store.centre.filed("装修申请", file=file), in_file=file.id)
    store.puts(ItemRef(case_file_id=file.id), into(box))
    for around in (ItemRef(case_file_id=file.id), ItemRef(box_id=box.id)):
        store.out(around)
        lies = store.where(paper)
        assert lies is not None
        assert lies.out is not None
        with pytest.raises(AlreadyOut):
            store.out(paper)
        store.back(around)
    store.out(paper)


def test_two_who_move_one_paper_at_once_leave_one_place(store: Store) -> None:
    paper = store.paper()
    store.puts(paper, shelf(store.in_safe))

    def moves(n: int) -> bool:
        try:
            return store.puts(paper, shelf(store.shelves[n % 3]))
        except Conflict:
            return False

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(moves, range(6)))
    lies = store.where(paper)
    assert any(done)
    assert lies is not None
    assert lies.path.startswith("库1-D3")


def test_a_scanned_list_is_looked_at_before_anything_moves(store: Store, chen: Actor, house: House) -> None:
    papers = [store.paper(f"记录{n}") for n in range(4)]
    for paper in papers[:3]:
        store.puts(paper, shelf(store.shelves[0]))
    store.puts(papers[2], shelf(store.shelves[1]))
    store.out(papers[1])
    e_paper = store.paper(medium=Medium.ELECTRONIC)
    codes = split_codes("\n".join([*store.numbers([*papers, e_paper]), "WY01-WS.02.2026-D10-KF-9999", "x"]))
    to = shelf(store.shelves[1])
    with house.archive.reading() as session:
        plan = locations.preview(session, Archived(), chen, codes, to)
    assert [line.standing for line in plan.lines] == [
        MoveStanding.READY,
        MoveStanding.OUT,
        MoveStanding.THERE,
        MoveStanding.READY,
        MoveStanding.NOT_PAPER,
        MoveStanding.UNKNOWN,
        MoveStanding.UNKNOWN,
    ]
    with pytest.raises(NotAllMovable), house.work(chen) as work:
        locations.move(work, Archived(), codes, to, reason="调整", seen=plan.seen)
    lies = store.where(papers[0])
    assert lies is not None
    assert lies.path == "库1-D3-A-02-1"  # nothing is half moved


def test_a_list_sent_twice_moves_once(store: Store, chen: Actor, house: House) -> None:
    papers = [store.paper(f"记录{n}") for n in range(3)]
    codes, to = store.numbers(papers), shelf(store.shelves[2])
    with house.archive.reading() as session:
        seen = locations.preview(session, Archived(), chen, codes, to).seen
    for moved in (3, 0):
        with house.work(chen) as work:
            assert locations.move(work, Archived(), codes, to, reason="上架", seen=seen) == moved


def test_a_list_that_changed_since_it_was_looked_at_is_shown_again(
    store: Store, chen: Actor, house: House
) -> None:
    papers = [store.paper(f"记录{n}") for n in range(2)]
    codes, to = store.numbers(papers), shelf(store.shelves[2])
    with house.archive.reading() as session:
        seen = locations.preview(session, Archived(), chen, codes, to).seen
    store.puts(papers[0], shelf(store.in_safe))
    with pytest.raises(MovedMeanwhile), house.work(chen) as work:
        locations.move(work, Archived(), codes, to, reason="上架", seen=seen)


def test_a_whole_shelf_moves(store: Store, chen: Actor, house: House) -> None:
    box, file, paper = store.box(), store.centre.file(), store.paper()
    items = [ItemRef(box_id=box.id), ItemRef(case_file_id=file.id), paper]
    inside = store.paper("在盒内")
    store.puts(inside, into(box))
    for item in items:
        store.puts(item, shelf(store.shelves[0]))
    with house.work(chen) as work:
        moved = locations.move_shelf(
            work, Archived(), shelf(store.shelves[0]), shelf(store.shelves[1]), reason="腾柜", seen=None
        )
    assert moved == 3
    for item in [*items, inside]:
        lies = store.where(item)
        assert lies is not None
        assert lies.path == "库1-D3-A-02-2"


def test_a_paper_is_found_by_a_number_that_it_once_had(store: Store, chen: Actor, house: House) -> None:
    paper = store.paper()
    before = store.number(paper)
    with house.archive.reading() as session:
        row = records.document(session, chen, paper.document_id)  # type: ignore[arg-type]  # a paper has one
        found = Archived().called(session, chen, [before, "WY01-WS·02·2026-D10-KF-0999"])
    assert row.archival_no == before
    assert found == {before: paper}
