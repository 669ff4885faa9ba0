import re

import pytest

from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.locations import ItemRef
from archive_service.locations.queries.stock_takes import stock_takes
from tests.locations.store import Store, into, shelf
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def test_the_rooms_show_how_full_they_are(store: Store, desk: Desk, lin: Actor) -> None:
    store.puts(ItemRef(box_id=store.box(width_mm=80).id), shelf(store.shelves[0]))
    page = text_of(desk.sits(lin).get("/places").text)
    assert "档案室" in page and "D3" in page and "8" in page
    assert "New room" not in page and "新建库房" not in page


def test_a_scan_finds_a_shelf_a_box_and_a_paper(store: Store, desk: Desk, lin: Actor) -> None:
    box, paper = store.box(), store.paper()
    page = desk.sits(lin)
    for code, address in (
        (store.shelves[0].label, f"/places/{store.shelves[0].id}"),
        (box.box_no, f"/places/boxes/{box.id}"),
        (store.number(paper), f"/documents/{paper.document_id}#where"),
    ):
        assert page.get("/places", query_string={"q": code}).headers["Location"] == address


def test_a_paper_is_put_on_a_shelf_from_its_own_page(store: Store, desk: Desk, chen: Actor) -> None:
    paper = store.paper()
    page = desk.sits(chen)
    sent = {"document": str(paper.document_id), "to": store.shelves[1].label, "reason": "上架"}
    assert page.post("/places/lying", data=sent).status_code == 303
    assert "库1-D3-A-02-2" in text_of(page.get(f"/documents/{paper.document_id}").text)


def test_what_somebody_may_not_see_is_not_named_at_its_place(store: Store, desk: Desk, lin: Actor) -> None:
    seen, hidden = store.paper("公开的"), store.paper("机密的合同", level=Level.CONFIDENTIAL)
    box = store.box()
    for item in (seen, hidden):
        store.puts(item, shelf(store.shelves[0]))
    inside = store.paper("机密的名单", level=Level.CONFIDENTIAL)
    store.puts(inside, into(box))
    page = desk.sits(lin)
    place = page.get(f"/places/{store.shelves[0].id}").text
    assert store.number(seen) in place and "公开的" in place
    assert store.number(hidden) not in place and "机密的合同" not in place
    assert store.number(inside) not in page.get(f"/places/boxes/{box.id}").text
    found = page.get("/places", query_string={"q": store.number(hidden)})
    assert found.headers["Location"] == "/places"  # as if there were none


def test_a_list_of_any_length_takes_the_same_number_of_statements(
    store: Store, desk: Desk, chen: Actor, house: House
) -> None:
    page = desk.sits(chen)
    address = f"/places/{store.shelves[0].id}"
    counts = []
    for _ in range(2):
        store.puts(store.paper(), shelf(store.shelves[0]))
        store.puts(ItemRef(box_id=store.box().id), shelf(store.shelves[0]))
        store.puts(ItemRef(case_file_id=store.centre.file().id), shelf(store.shelves[0]))
        with counted(house.archive.sessions.engine) as asked:
            assert page.get(address).status_code == 200
        counts.append(asked.count)
    assert counts[0] == counts[1]


def test_a_room_is_added_and_changed_at_the_counter(store: Store, desk: Desk, chen: Actor) -> None:
    page = desk.sits(chen)
    form = {"kind": "rack", "code": "m1", "parent": str(store.room.id), "climate": "target", "submit": "1"}
    answer = page.post(f"/places/new?in={store.room.id}", data=form)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    shown = text_of(page.get(address).text)
    assert "库1-M1" in shown and "14–24" in shown
    wrong = page.post("/places/new", data={**form, "parent": "", "code": "?"})
    assert wrong.status_code == 422


def test_a_box_gets_a_wider_spine_is_closed_and_opened_again(store: Store, desk: Desk, chen: Actor) -> None:
    box = store.box(width_mm=35)
    page = desk.sits(chen)
    here = f"/places/boxes/{box.id}"
    form = page.get(f"{here}/edit").text
    assert box.box_no in form
    assert re.search(r"<option selected[^>]*>35 ", form)
    typed = {"retention": "d30", "width_mm": "60", "note": "装修档案 第一盒", "seen": "1", "submit": "1"}
    for wrong in ({"retention": "长期"}, {"width_mm": "9"}, {"width_mm": "x"}):
        assert page.post(f"{here}/edit", data={**typed, **wrong}).status_code == 422
    assert page.post(f"{here}/edit", data=typed).status_code == 303
    shown = text_of(page.get(here).text)
    assert "D30" in shown and "60" in shown and "装修档案 第一盒" in shown
    page.post(f"{here}/closing", data={"step": "close"})
    assert page.post(f"{here}/edit", data={**typed, "seen": "3"}).status_code == 409
    assert f'href="{here}/edit"' not in page.get(here).text
    page.post(f"{here}/closing", data={"step": "open"})
    assert f'href="{here}/edit"' in page.get(here).text
    page.post(f"{here}/closing", data={"step": "open"})
    assert "请重新查看" in text_of(page.get(here).text)


def test_a_list_is_looked_at_and_then_moved(store: Store, desk: Desk, chen: Actor) -> None:
    papers = [store.paper(f"记录{n}") for n in range(2)]
    page = desk.sits(chen)
    sent = {"codes": "\n".join(store.numbers(papers)), "to": store.shelves[0].label}
    looked = page.post("/places/moving", data=sent)
    plan = re.search(r'name="plan" value="(\w+)"', looked.text)
    assert plan is not None
    assert store.where(papers[0]) is None
    without = page.post("/places/moving", data={**sent, "plan": plan[1], "do": "move", "reason": ""})
    assert without.status_code == 422
    done = page.post("/places/moving", data={**sent, "plan": plan[1], "do": "move", "reason": "上架"})
    assert done.status_code == 303
    lies = store.where(papers[1])
    assert lies is not None


def test_a_list_that_changed_comes_back_with_what_it_would_do_now(
    store: Store, desk: Desk, chen: Actor
) -> None:
    paper = store.paper()
    page = desk.sits(chen)
    sent = {"codes": store.number(paper), "to": store.shelves[0].label, "reason": "上架"}
    plan = re.search(r'name="plan" value="(\w+)"', page.post("/places/moving", data=sent).text)
    assert plan is not None
    store.puts(paper, shelf(store.in_safe))
    late = page.post("/places/moving", data={**sent, "plan": plan[1], "do": "move"})
    assert late.status_code == 409
    assert "库1-S1-1" in late.text and plan[1] not in late.text


def test_labels_spines_and_cards_are_pdf(store: Store, desk: Desk, chen: Actor, lin: Actor) -> None:
    box = store.box()
    page = desk.sits(chen)
    codes = f"{box.box_no}\n{store.shelves[0].label}"
    sent = {"codes": codes, "sheet": "3x8", "start": "5", "people": str(lin.user_id)}
    for do in ("labels", "spines", "cards"):
        answer = page.post("/places/labels", data={**sent, "do": do})
        assert answer.status_code == 200
        assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")
    assert page.post("/places/labels", data={**sent, "codes": "X", "do": "labels"}).status_code == 422
    assert page.post("/places/labels", data={**sent, "start": "25", "do": "labels"}).status_code == 422
    assert store.shelves[2].label in page.get(f"/places/labels?in={store.section.id}").text


def test_a_shelf_is_counted_without_the_mouse(store: Store, desk: Desk, chen: Actor, house: House) -> None:
    here, gone = store.paper("在架"), store.paper("不在架")
    for item in (here, gone):
        store.puts(item, shelf(store.shelves[0]))
    page = desk.sits(chen)
    begun = page.post(f"/places/{store.cabinet.id}/stock-takes").headers["Location"]
    at = ""
    for code in (store.shelves[0].label, store.number(here), "6901234567892"):
        answer = page.post(f"{begun}/scans", data={"code": code, "at": at})
        assert answer.status_code == 200 and "autofocus" in answer.text
        found = re.search(r'name="at" value="(\w*)"', answer.text)
        assert found is not None
        at = found[1]
    assert page.post(f"{begun}/steps", data={"do": "closed"}).status_code == 409
    assert page.post(f"{begun}/steps", data={"do": "counted"}).status_code == 303
    for _ in range(2):
        shown = page.get(f"{begun}?show=open").text
        line = re.search(
            r'action="(/places/stock-takes/\d+/lines/\d+)".*?name="result" value="(\w+)"', shown, re.S
        )
        assert line is not None
        how = "noted_missing" if line[2] == "missing" else "noted"
        sent = {"resolution": how, "result": line[2], "note": ""}
        assert page.post(line[1], data=sent).status_code == 422
        assert page.post(line[1], data={**sent, "note": "已核对"}).status_code == 303
    assert page.post(f"{begun}/steps", data={"do": "closed"}).status_code == 303
    with house.archive.reading() as session:
        assert [row.state.value for row in stock_takes(session)] == ["closed"]
    assert page.get("/places/stock-takes").status_code == 200
