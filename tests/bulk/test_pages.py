"""The pages for many at once, as people use them."""

import io
import re
import zipfile

import pytest
from werkzeug.test import TestResponse

from archive_service import records
from archive_service.bulk import ExportId, ImportId, editing, exporting, importing
from archive_service.bulk.queries.imports import import_rows
from archive_service.bulk.rules import EditId, RowState
from archive_service.bulk.rules.selection import ticked
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.records import Description
from tests.bulk.crates import packed, table
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of

XSS = '"><img src=x onerror=alert(1)>'


def number_in(answer: TestResponse) -> int:
    assert answer.status_code == 303, answer.text
    found = re.search(r"/(\d+)(?:#|$)", answer.location)
    assert found is not None, answer.location
    return int(found[1])


def sent(desk: Desk, chen: Actor, content: bytes | None, rows: bytes | None = None) -> TestResponse:
    found = re.search(r'name="csrf-token" content="([^"]+)"', desk.sits(chen).get("/bulk/imports/new").text)
    assert found is not None
    form: dict[str, object] = {"csrf_token": found[1]}
    if content is not None:
        form["file"] = (io.BytesIO(content), f"移交{XSS}.zip")
    if rows is not None:
        form["table"] = (io.BytesIO(rows), "目录.csv")
    return desk.client.post("/bulk/imports", data=form, content_type="multipart/form-data")


def test_a_zip_is_checked_decided_and_imported(house: House, desk: Desk, chen: Actor) -> None:
    content = packed({"a.pdf": b"a", "b.pdf": b"b", f"{XSS}.pdf": b"c"})
    import_id = number_in(sent(desk, chen, content, table(("a.pdf", "甲", "WS.02"), ("b.pdf", "乙", "XX"))))
    path = f"/bulk/imports/{import_id}"
    checking = desk.client.get(path)
    assert 'hx-trigger="every 2s"' in checking.text
    importing.check(house.archive, ImportId(import_id))
    page = desk.client.get(path)
    text = text_of(page.text)
    assert "第 3 行" in text and "没有“XX”这个类目" in text and "every 2s" not in page.text
    assert "<img src=x" not in page.text
    refused = desk.client.post(f"{path}/start")
    assert refused.status_code == 409 and "选择跳过" in refused.text
    problems = desk.client.get(f"{path}/problems.xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(problems.data)).read("xl/worksheets/sheet1.xml").decode()
    assert "没有“XX”这个类目" in sheet and "分类号" in sheet
    assert desk.client.post(f"{path}/start", data={"skip": "1"}).status_code == 303
    importing.run(house.archive, ImportId(import_id))
    assert "已完成" in desk.client.get(path).text
    part = desk.client.get(path, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    with desk.reads("en"):
        assert "Finished" in desk.client.get("/bulk?show=imports").text


def test_without_a_file_the_form_says_so(desk: Desk, chen: Actor) -> None:
    answer = sent(desk, chen, None)
    assert answer.status_code == 422 and "没有选择文件" in answer.text


def test_a_stopped_import_stays_stopped(house: House, desk: Desk, chen: Actor) -> None:
    import_id = number_in(sent(desk, chen, packed({"a.pdf": b"a"}), table(("a.pdf", "甲"))))
    assert desk.client.post(f"/bulk/imports/{import_id}/cancel").status_code == 303
    assert desk.client.post(f"/bulk/imports/{import_id}/cancel").status_code == 409
    others = house.person("李", "archivist")
    for way in ("", "/problems.xlsx"):
        assert desk.sits(others).get(f"/bulk/imports/{import_id}{way}").status_code == 404


def test_ticked_documents_are_edited_with_a_preview(house: House, desk: Desk, chen: Actor) -> None:
    one, two = (house.paper(title=f"甲{XSS}", class_code="WS.02") for _ in range(2))
    listed = desk.sits(chen).get("/files/WS.02")
    assert str(one) in listed.text and 'form="bulk-choose"' in listed.text
    chosen = desk.client.post("/bulk/choose", data={"document": [str(one), str(two)], "action": "edit"})
    path = f"/bulk/edits/{number_in(chosen)}"
    assert desk.client.post(path, data={}).status_code == 422
    wrong = desk.client.post(path, data={"doc_date": "2026-02-30"})
    assert wrong.status_code == 422 and 'value="2026-02-30"' in wrong.text
    preview = desk.client.post(path, data={"owner": XSS, "level": "SENSITIVE"}, follow_redirects=True)
    assert "将修改" in preview.text and "敏感个人信息" in preview.text and "<img src=x" not in preview.text
    assert house.document(one).owner == ""
    assert desk.client.post(f"{path}/apply", data={"reason": ""}).status_code == 422
    assert desk.client.post(f"{path}/apply", data={"reason": "统一"}).status_code == 303
    editing.run(house.archive, EditId(int(path.rsplit("/", 1)[1])))
    assert house.document(two).level is Level.SENSITIVE
    assert "已完成" in desk.client.get(path).text
    assert desk.client.post(f"{path}/cancel").status_code == 409


def test_all_that_a_list_shows_goes_out_as_a_list(house: House, desk: Desk, chen: Actor) -> None:
    house.paper(title="停水通知", class_code="WS.02")
    asked = {"everything": "1", "origin": "class", "code": "WS.02", "query": "page=1", "action": "list"}
    export_id = number_in(desk.sits(chen).post("/bulk/choose", data=asked))
    path = f"/bulk/exports/{export_id}"
    assert "汇集中" in desk.client.get(path).text
    assert desk.client.get(f"{path}/content").status_code == 404
    exporting.run(house.archive, ExportId(export_id))
    assert "可下载" in desk.client.get(path).text
    fetched = desk.client.get(f"{path}/content")
    assert fetched.status_code == 200 and fetched.data.startswith(b"PK")
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert fetched.headers["Cache-Control"] == "no-store"
    part = desk.client.get(f"{path}/content", headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.data) == (206, b"PK")


def test_originals_go_out_by_the_managers_word(house: House, desk: Desk, chen: Actor) -> None:
    paper = house.paper(title="停水通知", class_code="WS.02")
    form = desk.sits(chen).post("/bulk/choose", data={"document": str(paper), "action": "originals"})
    assert form.status_code == 200 and str(paper) in form.text
    assert desk.client.post("/bulk/exports", data={"document": str(paper)}).status_code == 422
    answer = desk.client.post("/bulk/exports", data={"document": str(paper), "reason": f"迎检{XSS}"})
    export_id = number_in(answer)
    exporting.run(house.archive, ExportId(export_id))
    path = f"/bulk/exports/{export_id}"
    zhao = house.person("赵", "sc_manager")
    waiting = desk.sits(zhao).get("/bulk")
    assert "待您审批" in waiting.text
    page = desk.client.get(path)
    assert "停水通知" in page.text and "<img src=x" not in page.text
    assert desk.client.post(f"{path}/decision", data={"decision": "refuse"}).status_code == 422
    assert desk.client.post(f"{path}/decision", data={"decision": "approve"}).status_code == 303
    assert desk.client.post(f"{path}/decision", data={"decision": "approve"}).status_code == 409
    exporting.run(house.archive, ExportId(export_id))
    assert desk.client.get(f"{path}/content").status_code == 404
    assert desk.sits(chen).get(f"{path}/content").status_code == 200
    assert desk.client.post(f"{path}/cancel").status_code == 303
    assert desk.client.get(f"{path}/content").status_code == 404


def test_front_desk_gets_the_list_and_nothing_else(house: House, desk: Desk) -> None:
    paper = house.paper(class_code="WS.02", level=Level.PUBLIC)
    lin = house.person("林", "front_desk")
    listed = desk.sits(lin).get("/files/WS.02").text
    assert 'value="list"' in listed and 'value="edit"' not in listed and 'value="originals"' not in listed
    assert "所选文件导出 xlsx" in listed and 'name="everything"' not in listed
    for action, status in (("edit", 403), ("originals", 403), ("list", 303)):
        sent_ = {"document": str(paper), "action": action}
        assert desk.client.post("/bulk/choose", data=sent_).status_code == status
    whole = {"everything": "1", "origin": "class", "code": "WS.02", "action": "list"}
    refused = desk.client.post("/bulk/choose", data=whole)
    assert refused.status_code == 403 and "勾选" in refused.text
    assert 'name="everything"' in desk.sits(house.person("孙", "finance")).get("/files/WS.02").text


def test_an_export_of_former_rights_says_so_instead_of_leaving(house: House, desk: Desk, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    paper = house.paper(class_code="WS.02", level=Level.INTERNAL)
    asked = {"document": str(paper), "action": "list"}
    export_id = number_in(desk.sits(lin).post("/bulk/choose", data=asked))
    exporting.run(house.archive, ExportId(export_id))
    row = house.document(paper)
    with house.work(chen) as work:
        told = Description(title=row.title, class_code=row.class_code, level=Level.SENSITIVE)
        records.describe(work, paper, told, revision=row.revision)
    ended = desk.client.get(f"/bulk/exports/{export_id}/content")
    assert ended.status_code == 409 and "请重新申请" in ended.text
    assert "请重新申请" in desk.client.get(f"/bulk/exports/{export_id}").text


def test_nothing_chosen_is_told_with_a_way_on(desk: Desk, chen: Actor) -> None:
    answer = desk.sits(chen).post("/bulk/choose", data={"action": "edit"})
    assert answer.status_code == 422 and "没有选中文件" in answer.text
    nonsense = {"everything": "1", "origin": "search", "query": "q=((", "action": "edit"}
    assert desk.client.post("/bulk/choose", data=nonsense).status_code == 422


@pytest.mark.parametrize("show", ["imports", "edits", "exports"])
def test_lists_take_a_constant_number_of_statements(house: House, desk: Desk, chen: Actor, show: str) -> None:
    def begin() -> None:
        sent(desk, chen, packed({"a.pdf": b"a"}), table(("a.pdf", "甲")))
        paper = str(house.paper(class_code="WS.02"))
        for action in ("edit", "list"):
            desk.client.post("/bulk/choose", data={"document": paper, "action": action})

    begin()
    with counted(house.archive.sessions.engine) as few:
        desk.client.get(f"/bulk?show={show}")
    begin()
    begin()
    with counted(house.archive.sessions.engine) as many:
        desk.client.get(f"/bulk?show={show}")
    assert few.count == many.count


def test_the_filing_form_begins_with_what_the_table_said(house: House, desk: Desk, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    blob = house.archive.blobs.put([packed({"a.txt": b"a"})])
    rows = (
        "清单.csv",
        house.archive.blobs.put(
            [table(("a.txt", "通知", "WS.02", "", "", "", "", "工程部", "", "", "停水"))]
        ),
    )
    with house.work(lin) as work:
        import_id = importing.open_zip(work, blob, "a.zip", rows)
    importing.check(house.archive, import_id)
    with house.work(lin) as work:
        importing.start(work, import_id, skip=False)
    importing.run(house.archive, import_id)
    with house.archive.reading() as session:
        paper = import_rows(session, import_id, (RowState.DONE,))[0].document_id
    assert paper is not None
    page = desk.sits(chen).get(f"/documents/{paper}/filing").text
    assert 'value="工程部"' in page and "停水" in page


def test_the_work_bench_shows_managers_what_waits_for_them(house: House, desk: Desk, chen: Actor) -> None:
    paper = house.paper()
    with house.work(chen) as work:
        export_id = exporting.request(work, ticked([str(paper)]), with_originals=True, reason="迎检")
    exporting.run(house.archive, export_id)
    assert "待审批的导出" in desk.sits(house.person("赵", "sc_manager")).get("/").text
    assert "待审批的导出" not in desk.sits(chen).get("/").text
