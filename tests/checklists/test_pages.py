"""Checklists at the counter: a renovation fills up, its missing list prints, other pages show how complete it is."""

import re
from io import BytesIO

from openpyxl import load_workbook

from archive_service import checklists
from archive_service.kernel.actor import Actor
from tests.checklists.centre import Centre
from tests.support.house import House
from tests.support.pages import Desk, text_of

PAPERS = (
    ("CL-ZX-01", "装修申请表", "ZX.01"),
    ("CL-ZX-02", "产权证明复印件", "ZX.01"),
    ("CL-ZX-05", "装修方案及图纸", "ZX.01"),
    ("CL-ZX-11", "装修管理服务协议", "ZX.01"),
)


def number_of(house: House, paper: object) -> str:
    return house.document(paper).archival_no  # type: ignore[arg-type]  # an id


def test_the_checklist_of_one_renovation_fills_up_and_its_missing_list_prints(
    house: House, centre: Centre, chen: Actor, desk: Desk
) -> None:
    client = desk.sits(chen)
    file = centre.file()
    (opened,) = centre.lists_of(file)
    address = f"/checklists/{opened.id}"
    page = text_of(client.get(address).text)
    assert "装修申请表" in page and "已办 0 / 应有 6" in page
    sheet = text_of(client.get(f"{address}/print").text)
    assert "资料补齐通知" in sheet and "装修申请表" in sheet and "请与工作人员确认" in sheet
    note = centre.item(opened, "CL-ZX-03").entry.note_zh
    assert note and note not in sheet  # what is noted for the archivist is not for owners
    assert "应交日期" in sheet and "CL-ZX" not in sheet
    # Paper after paper is filed, proposed and confirmed.
    for code, title, class_code in PAPERS:
        paper = centre.filed(title, class_code, file=file)
        item = centre.item(opened, code)
        assert str(paper) in client.get(address).text  # among the proposals
        assert "确认是这份" in text_of(client.get(f"/documents/{paper}").text)
        told = {"document": str(paper), "seen": item.seen}
        assert client.post(f"/checklists/items/{item.id}/papers", data=told).status_code == 303
    # The ID copy stands in the unit's own file already: its number is typed.
    identity = centre.filed("业主身份证复印件", "YZ.02", file=centre.file("YZ.02", "身份资料"))
    item = centre.item(opened, "CL-ZX-03")
    told = {
        "archival_no": f"https://archive-of-the-service-centre.example/{'behind/a/proxy/' * 3}documents/{identity}"
    }
    assert client.post(f"/checklists/items/{item.id}/papers", data=told).status_code == 303
    sheet = text_of(client.get(f"{address}/print").text)
    assert "装修申请表" not in sheet and "装修承诺书" in sheet
    # The last of the stage is promised; the questions are answered; the case goes on.
    item = centre.item(opened, "CL-ZX-12")
    told = {"promised_for": "2026-03-20", "seen": item.seen}
    assert client.post(f"/checklists/items/{item.id}/promise", data=told).status_code == 303
    facts = {f"fact:{fact.code}": "no" for fact in opened.checklist.facts}
    assert client.post(f"{address}/facts", data=facts).status_code == 303
    assert "2026-03-20" in text_of(client.get(f"{address}/print").text)
    for seen, stage in (("application", "approval"), ("approval", "payment")):
        assert client.post(f"{address}/stage", data={"stage": stage, "seen": seen}).status_code == 303
    refused = client.post(f"{address}/stage", data={"stage": "permit", "seen": "payment"})
    assert (
        refused.status_code == 409
    )  # a promise and the opinions of the departments are not enough for a permit
    assert "CL-ZX-12、CL-ZX-13" in text_of(refused.text)
    for code, title in (("CL-ZX-12", "装修承诺书"), ("CL-ZX-13", "各部门审批意见")):
        paper = centre.filed(title, file=file)
        item = centre.item(opened, code)
        told = {"document": str(paper), "seen": item.seen}
        assert client.post(f"/checklists/items/{item.id}/papers", data=told).status_code == 303
    told = {"stage": "permit", "seen": "payment"}
    assert client.post(f"{address}/stage", data=told).status_code == 303
    assert [row.state.value for row in centre.items(opened).values()].count("satisfied") == 7
    # And everywhere it is shown how far it is.
    for where in (f"/premises/units/{centre.unit}", f"/case-files/{file.id}", "/checklists", address):
        assert "已办 7 / 应有 8" in text_of(client.get(where).text), where


def test_a_stale_word_is_refused_with_what_stands_there_and_what_was_written(
    house: House, centre: Centre, chen: Actor, lin: Actor, desk: Desk
) -> None:
    opened = centre.renovation()
    item = centre.item(opened, "CL-ZX-11")
    with house.work(chen) as work:
        checklists.set_aside(work, item.id, reason="统一签订")
    client = desk.sits(lin)
    told = {"reason": "租户不签", "seen": item.seen}
    answer = client.post(f"/checklists/items/{item.id}/waiver", data=told)
    assert answer.status_code == 409
    assert "统一签订" in text_of(answer.text) and "租户不签" in answer.text
    wrong = client.post(f"/checklists/items/{item.id}/papers", data={"archival_no": "WY01-?"})
    assert wrong.status_code == 404
    assert client.post(f"/checklists/items/{item.id}/papers", data={"colour": "red"}).status_code == 400


def test_a_list_is_opened_and_closed_by_hand(house: House, centre: Centre, lin: Actor, desk: Desk) -> None:
    client = desk.sits(lin)
    begun = client.get(f"/checklists/new?checklist=CL-RH&unit={centre.unit}")
    assert "3栋2单元1201" in begun.text
    told = {"checklist": "CL-RH", "unit": "3-1201", "file_no": "", "case_name": "", "event_on": "2026-03-01"}
    for field, wrong in (
        ("unit", "九栋九"),
        ("event_on", "昨天"),
        ("file_no", "WY01-ZX·01·2026-9999"),
        ("event_on", "2027-01-01"),
    ):
        assert client.post("/checklists/new", data=told | {field: wrong}).status_code == 422, field
    made = client.post("/checklists/new", data=told)
    assert made.status_code == 303
    page = text_of(client.get(made.location).text)
    assert "业主入伙档案" in page and "2026-03-01" in page
    assert client.post(f"{made.location}/state", data={"step": "close", "reason": "x"}).status_code == 403
    assert client.post(f"{made.location}/steward", data={}).status_code == 303
    zhao = house.person("赵", "sc_manager")
    client = desk.sits(zhao)
    assert "转交" in text_of(client.get(made.location).text)
    told = {"steward": str(zhao.user_id)}
    assert client.post(f"{made.location}/steward", data=told).status_code == 303
    assert "由我负责" not in text_of(client.get(made.location).text)
    assert "清单" in text_of(client.get("/checklists/lists").text)


def test_what_is_missing_is_listed_by_unit_by_person_and_by_class_and_goes_out_as_text(
    house: House, centre: Centre, chen: Actor, lin: Actor, desk: Desk
) -> None:
    centre.renovation()
    with house.work(lin) as work:
        checklists.open_list(work, "CL-TG", case_name="=HYPERLINK(停水通知)")
    client = desk.sits(chen)
    listed = text_of(client.get("/checklists/missing?unit=3栋2单元1201").text)
    assert "装修申请表" in listed and "发文稿纸" not in listed
    assert "发文稿纸" in text_of(client.get(f"/checklists/missing?steward={lin.user_id}").text)
    mine = text_of(client.get("/checklists/missing?steward=me").text)
    assert "装修申请表" in mine and "发文稿纸" not in mine
    by_class = text_of(client.get("/checklists/missing?class=WS").text)
    assert "发文稿纸" in by_class and "装修申请表" not in by_class
    assert "没有叫这个名称的房屋" in text_of(client.get("/checklists/missing?unit=9-9999").text)
    sheet = text_of(client.get("/checklists/missing/print?unit=3-1201").text)
    assert "缺件清单" in sheet and "共 6 项" in sheet
    book = load_workbook(BytesIO(client.get("/checklists/missing.xlsx").data))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert any(cell.value == "=HYPERLINK(停水通知)" for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # empty ones count as numbers


def test_pages_take_the_same_number_of_statements_however_long_they_are(
    house: House, centre: Centre, chen: Actor, desk: Desk
) -> None:
    from tests.support.counting import counted

    client = desk.sits(chen)
    addresses = ("/checklists", "/checklists/missing", f"/premises/units/{centre.unit}")

    def sent() -> list[int]:
        counts = []
        for address in addresses:
            with counted(house.archive.sessions.engine) as statements:
                client.get(address)
            counts.append(statements.count)
        return counts

    centre.renovation()
    client.get("/checklists")
    first = sent()
    for _ in range(3):
        centre.renovation()
    assert sent() == first


def test_words_typed_by_people_are_covered(house: House, centre: Centre, lin: Actor, desk: Desk) -> None:
    with house.work(lin) as work:
        opened = checklists.open_list(work, "CL-TG", case_name="联系人 13800138000")
    page = desk.sits(lin).get(f"/checklists/{opened.id}").text
    assert "13800138000" not in page and re.search(r"138\*+", page)
