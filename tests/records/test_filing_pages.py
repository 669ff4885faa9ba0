"""Filing and case files at the page, over the API and by command."""

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from archive_service import premises, records
from archive_service.app import create_app
from archive_service.cli import main
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import Description, FileFacts
from archive_service.web import set_actor_loader
from tests.support.house import House
from tests.support.pages import Desk, text_of

FORM = {
    "responsible": "云栖花园客户服务中心、城管局",
    "form": "original",
    "medium": "paper",
    "source_kind": "scan",
    "carries_pii": "none",
    "pages": "2",
    "language": "zh",
    "dept": "KF",
    "year": "2026",
}


@pytest.fixture
def chen(house: House) -> Actor:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def notice(house: House, title: str = "停水通知") -> DocumentId:
    return house.paper(title=title, class_code="WS.02", doc_date="2026-03-08", pages=["停水"])


def test_a_paper_is_filed_with_the_form_and_shows_its_number(house: House, desk: Desk, chen: Actor) -> None:
    paper = notice(house)
    page = desk.sits(chen)
    assert f"/documents/{paper}/filing" in page.get(f"/documents/{paper}").text
    assert page.get(f"/documents/{paper}/filing").status_code == 200
    answer = page.post(f"/documents/{paper}/filing", data={**FORM, "revision": "1"})
    assert answer.status_code == 303
    shown = text_of(page.get(f"/documents/{paper}").text)
    assert "WY01-WS·02·2026-D10-KF-0001" in shown
    assert "云栖花园客户服务中心、城管局" in shown
    assert "归档，档号 WY01-WS·02·2026-D10-KF-0001" in shown
    assert "WY01-WS·02·2026-D10-KF-0001" in page.get("/files/WS.02").text


def test_what_is_missing_stands_at_its_field(house: House, desk: Desk, chen: Actor) -> None:
    paper = house.paper(title="通知", class_code="WS.02", pages=["a"])
    answer = desk.sits(chen).post(
        f"/documents/{paper}/filing", data={"revision": "1", "responsible": "某公司"}
    )
    assert answer.status_code == 422
    assert "著录中还缺：" in answer.text and "文件日期" in text_of(answer.text)
    assert answer.text.count("必填。") >= 4
    assert 'value="某公司"' in answer.text
    strange = desk.sits(chen).post(f"/documents/{paper}/filing", data={"revision": "1", "level": "PUBLIC"})
    assert strange.status_code == 400


def test_a_stale_form_is_refused_and_shows_both(house: House, desk: Desk, chen: Actor) -> None:
    paper = notice(house)
    page = desk.sits(chen)
    page.post(f"/documents/{paper}/filing", data={**FORM, "revision": "1"})
    one = {**FORM, "revision": "2", "pages": "3", "reason": "数错页"}
    for name in ("dept", "year"):
        del one[name]
    assert page.post(f"/documents/{paper}/filing", data=one).status_code == 303
    late = page.post(f"/documents/{paper}/filing", data={**one, "pages": "5"})
    assert late.status_code == 409
    assert "现已保存： 3" in text_of(late.text)
    assert 'value="5"' in late.text and 'name="revision" value="3"' in late.text
    history = text_of(page.get(f"/documents/{paper}").text)
    assert "订正了归档著录 原因：数错页 页数: 2 → 3" in history


def test_what_somebody_else_described_meanwhile_is_shown_before_filing(
    house: House, desk: Desk, chen: Actor
) -> None:
    paper = notice(house)
    with house.work(chen) as work:
        told = Description(title="停电通知", class_code="WS.02", doc_date="2026-03-08")
        records.describe(work, paper, told, revision=1)
    late = desk.sits(chen).post(f"/documents/{paper}/filing", data={**FORM, "revision": "1"})
    assert late.status_code == 409
    assert "题名: 停水通知 → 停电通知" in text_of(late.text)
    assert 'name="revision" value="2"' in late.text
    assert house.document(paper).archival_no == ""


def test_a_filed_description_changes_at_the_page_with_a_reason(house: House, desk: Desk, chen: Actor) -> None:
    paper = notice(house)
    page = desk.sits(chen)
    page.post(f"/documents/{paper}/filing", data={**FORM, "revision": "1"})
    told = {"title": "停电通知", "class_code": "WS.02", "doc_date": "2026-03-08", "revision": "2"}
    without = page.post(f"/documents/{paper}/description", data=told)
    assert without.status_code == 422 and 'id="f-reason-error"' in without.text
    elsewhere = {**told, "class_code": "WS.03", "reason": "类别错"}
    assert page.post(f"/documents/{paper}/description", data=elsewhere).status_code == 409
    assert (
        page.post(f"/documents/{paper}/description", data={**told, "reason": "题名写错"}).status_code == 303
    )
    assert "原因：题名写错 题名: 停水通知 → 停电通知" in text_of(page.get(f"/documents/{paper}").text)


def test_a_case_file_from_opening_to_print(house: House, desk: Desk, chen: Actor) -> None:
    page = desk.sits(chen)
    sent = {"class_code": "ZX.01", "title": "3栋2单元1201装修", "year": "2026", "unit": "3-1201"}
    empty = page.post("/case-files/new", data={**sent, "title": ""})
    assert empty.status_code == 422 and "请填写案卷题名。" in empty.text
    place = page.post("/case-files/new", data=sent).headers["Location"]
    assert "WY01-ZX·01·2026-0001" in page.get("/case-files").text
    assert "还没有文件" in page.get(place).text
    for title, pages in (("装修申请表", ["一", "二"]), ("装修图纸<b>", ["三"])):
        paper = house.paper(
            title=title, class_code="ZX.01", doc_date="2026-03-08", unit="3-1201", pages=pages
        )
        told = {**FORM, "revision": "1", "file_no": "wy01-zx.01.2026-0001", "pages": str(len(pages))}
        del told["dept"]
        assert page.post(f"/documents/{paper}/filing", data=told).status_code == 303
    shown = text_of(page.get(place).text)
    assert "2 件，3 页" in shown and "WY01-ZX·01·2026-0001-002" in shown
    cover, contents, note = (
        text_of(page.get(f"{place}/print/{s}").text) for s in ("cover", "contents", "note")
    )
    assert "本卷共 2 件 3 页" in cover and "20260308" in cover and "云栖花园" in cover
    assert re.search(r"装修申请表 20260308 1 .*装修图纸<b> 20260308 3", contents)
    assert "本卷共有文件材料 2 件 3 页" in note
    assert page.post(f"{place}/state", data={"step": "close", "revision": "1"}).status_code == 303
    assert "已结" in page.get(place).text
    assert (
        page.post(f"{place}/state", data={"step": "reopen", "revision": "2", "reason": ""}).status_code == 303
    )
    assert "已结" in page.get(place).text
    page.post(f"{place}/state", data={"step": "reopen", "revision": "2", "reason": "补一份"})
    assert "原因：补一份" in text_of(page.get(place).text)


def test_a_stale_change_of_a_file_shows_both(house: House, desk: Desk, chen: Actor) -> None:
    with house.work(chen) as work:
        file = records.open_case_file(work, "ZX.01", FileFacts(title="装修"))
        records.describe_case_file(work, file.id, FileFacts(title="二次装修"), revision=1)
    late = desk.sits(chen).post(f"/case-files/{file.id}/edit", data={"title": "装修三", "revision": "1"})
    assert late.status_code == 409
    assert 'value="装修三"' in late.text and "二次装修" in late.text


def test_the_catalogue_lists_what_is_numbered_one_by_one(house: House, desk: Desk, chen: Actor) -> None:
    page = desk.sits(chen)
    for n in range(3):
        paper = notice(house, f"通知{n}")
        page.post(f"/documents/{paper}/filing", data={**FORM, "revision": "1"})
    assert "/catalogues/WY01/WS.02/2026" in page.get("/catalogues").text
    printed = text_of(page.get("/catalogues/WY01/WS.02/2026").text)
    assert "归档文件目录" in printed and "3 WY01-WS·02·2026-D10-KF-0003" in printed
    assert page.get("/catalogues/WY01/WS.03/2026").status_code == 404


def test_who_files_nothing_is_offered_nothing(house: House, desk: Desk, chen: Actor) -> None:
    paper = notice(house)
    lin = house.person("林", "front_desk")
    assert "/filing" not in desk.sits(lin).get(f"/documents/{paper}").text
    assert desk.sits(lin).get(f"/documents/{paper}/filing").status_code == 403
    assert desk.sits(lin).get("/catalogues").status_code == 403


def test_over_the_api(house: House, chen: Actor) -> None:
    app = create_app(house.archive)
    set_actor_loader(app, lambda: replace(chen, via="api"))
    client = app.test_client()
    made = client.post(
        "/api/v1/case-files", json={"class_code": "KJ.02.DQ", "title": "电气竣工图", "building": "3栋"}
    )
    assert made.status_code == 201 and made.json is not None
    assert made.json["file_no"] == "WY01-KJ·02·DQ-03-001"
    sheet = house.paper(title="三层照明平面图", class_code="KJ.02.DQ", doc_date="2019-05", pages=["图"])
    asked: dict[str, Any] = {
        "revision": 1,
        "file_no": made.json["file_no"],
        "responsible": ["某设计院"],
        "form": "original",
        "medium": "both",
        "source_kind": "scan",
        "carries_pii": "none",
    }
    refused = client.post(f"/api/v1/documents/{sheet}/filing", json=asked)
    assert (
        refused.status_code == 422 and refused.json is not None and refused.json["code"] == "filing.missing"
    )
    absent = ["drawing_no", "stage", "scale", "edition", "sheet"]
    assert [one["field"] for one in refused.json["errors"]] == absent
    asked["drawing"] = {
        "drawing_no": "电施-12",
        "stage": "as_built",
        "scale": "1:100",
        "edition": "A",
        "sheet": "a1",
    }
    filed = client.post(f"/api/v1/documents/{sheet}/filing", json=asked)
    assert filed.status_code == 201 and filed.json is not None
    assert filed.json["archival_no"] == "WY01-KJ·02·DQ-03-001-001"
    assert filed.json["drawing"]["sheet"] == "A1"
    told = client.get(f"/api/v1/documents/{sheet}").json
    assert told is not None and told["archival_no"] == filed.json["archival_no"] and told["state"] == "filed"
    assert client.post(f"/api/v1/documents/{sheet}/filing", json=asked).status_code == 409
    corrected = client.patch(
        f"/api/v1/documents/{sheet}/filing", json={"revision": 2, "reason": "数错页", "pages": 2}
    )
    assert corrected.status_code == 200 and corrected.json is not None and corrected.json["pages"] == 2
    address = f"/api/v1/case-files/{made.json['id']}"
    closed = client.post(f"{address}/closing", json={"revision": 1})
    assert closed.json is not None and closed.json["state"] == "closed"
    assert client.post(f"{address}/closing", json={"revision": 1}).status_code == 409
    again = client.post(f"{address}/reopening", json={"revision": 2, "reason": "补图"})
    assert again.json is not None and again.json["state"] == "open"
    changed = client.patch(address, json={"revision": 3, "note": "缺第4张"})
    assert changed.json is not None and changed.json["note"] == "缺第4张"
    listed = client.get("/api/v1/case-files?q=wy01-kj.02").json
    assert listed is not None and listed["total"] == 1


def test_by_command(house: House, chen: Actor) -> None:
    paper = house.paper(
        title="装修申请表", class_code="ZX.01", doc_date="2026-03-08", unit="3-1201", pages=["一"]
    )

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, words, obj=house.archive)
        return result.output if result.exit_code == 0 else f"failed: {result.output}"

    number = run("case-file", "open", "ZX.01", "--title", "装修", "--year", "2026").strip()
    assert number == "WY01-ZX·01·2026-0001"
    facts = ["responsible=王某", "form=original", "medium=paper", "source_kind=scan"]
    missing = run("file", str(paper), *facts, "--case-file", number)
    assert missing.startswith("failed") and "(carries_pii)" in missing
    filed = run("file", str(paper), *facts, "carries_pii=personal", "--case-file", number, "--as", "陈")
    assert filed.strip() == f"{number}-001"
    assert "failed" in run("file", str(uuid.uuid4()), *facts)
    assert "closed" in run("case-file", "close", number)
    assert f"{number}  closed" in run("case-file", "list", "--class", "ZX")
    assert "open" in run("case-file", "reopen", number, "--reason", "补一份")
