"""Pages, API and commands about filed papers: due dates in words, another place, links, requests, newer rules."""

import json

import pytest
from click.testing import CliRunner

from archive_service import premises, records
from archive_service.cli import main
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.records import Dept, Place
from tests.records.test_filing import file_it, notice, opened
from tests.records.test_retention import carried, keep_for
from tests.support.filed import a_register, moved, renovation
from tests.support.house import House
from tests.support.pages import Desk, text_of


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


@pytest.fixture
def gao(house: House) -> Actor:
    return house.person("高", "archive_head")


def test_the_page_says_how_long_and_why(house: House, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    paper = notice(house)
    file_it(house, chen, paper)
    page = text_of(client.get(f"/documents/{paper}").text)
    assert "定期10年" in page and "2037-01-01 起" in page and "分类方案 1.0 版" in page
    waiting = renovation(house, chen, opened(house, chen, "ZX.01"))
    page = text_of(client.get(f"/documents/{waiting}").text)
    assert "装修竣工验收合格且保证金结清（尚未登记）" in page and "尚不能确定" in page
    english = client.get(f"/documents/{waiting}", headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_a_paper_is_moved_at_its_page(house: House, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    paper = notice(house)
    file_it(house, chen, paper)
    form = client.get(f"/documents/{paper}/place?class=WS.09")
    assert "级别将升为" in text_of(form.text)
    file = opened(house, chen, "WS.09")
    told = {"class_code": "WS.09", "file_no": file.file_no, "revision": "2", "reason": ""}
    refused = client.post(f"/documents/{paper}/place", data=told)
    assert refused.status_code == 422 and "请简单说明原因" in text_of(refused.text)
    stale = client.post(f"/documents/{paper}/place", data=told | {"reason": "错", "revision": "1"})
    assert stale.status_code == 409
    done = client.post(f"/documents/{paper}/place", data=told | {"reason": "类别错"}, follow_redirects=True)
    page = text_of(done.text)
    assert f"新档号为 {file.file_no}-001" in page
    assert "原档号 WY01-WS·02·2026-D10-KF-0001 已改类: 类别错" in page
    assert "陈 改了类别：WY01-WS·02·2026-D10-KF-0001 改为" in page
    # The printed catalogue keeps the line.
    other = notice(house)
    file_it(house, chen, other)
    printed = text_of(client.get("/catalogues/WY01/WS.02/2026").text)
    assert "WY01-WS·02·2026-D10-KF-0001 （空号） 已改类 1 WY01-WS·02·2026-D10-KF-0002" in printed
    assert "WY01-WS·02·2026-D10-KF-0002 云栖花园客户服务中心 停水通知" in printed


def test_a_mistaken_filing_is_cancelled_and_its_line_stays_in_the_file(
    house: House, chen: Actor, desk: Desk
) -> None:
    client = desk.sits(chen)
    file = opened(house, chen, "ZX.01")
    paper, _ = (renovation(house, chen, file) for _ in range(2))
    told = {"revision": "2", "reason": "放错了"}
    done = client.post(f"/documents/{paper}/withdrawal", data=told, follow_redirects=True)
    assert "归档已撤销" in text_of(done.text) and "撤销了归档" in text_of(done.text)
    page = text_of(client.get(f"/case-files/{file.id}").text)
    assert f"空号 {file.file_no}-001 · 归档已撤销" in page
    contents = text_of(client.get(f"/case-files/{file.id}/print/contents").text)
    assert "1 （空号） 归档撤销 2" in contents


def test_papers_and_files_are_linked_by_number(house: House, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    old, new = notice(house), notice(house)
    number = file_it(house, chen, old).archival_no
    moved(house, chen, old, "WS.03")
    told = {"kind": "supersedes", "other": number.replace("·", ".").lower(), "note": "改期"}
    page = text_of(client.post(f"/documents/{new}/relations", data=told, follow_redirects=True).text)
    assert "替代 停水通知" in page  # found by the number it had before
    back = client.get(f"/documents/{old}")
    assert "已被替代为 停水通知" in text_of(back.text)
    with house.archive.reading() as session:
        (relation,) = records.relations_of_document(session, chen, old)
    gone = client.post(f"/documents/{old}/relations/{relation.id}/removal", follow_redirects=True)
    assert "已取消关联" in text_of(gone.text) and "替代 停水通知" not in text_of(gone.text)
    one, other = opened(house, chen, "ZX.01"), opened(house, chen, "ZX.04")
    data = {"kind": "see_also", "other": other.file_no}
    assert "互见" in client.post(f"/case-files/{one.id}/relations", data=data, follow_redirects=True).text
    missing = client.post(f"/documents/{new}/relations", data=told | {"other": "x"}, follow_redirects=True)
    assert "没有这个档号的文件或案卷" in text_of(missing.text)


def test_a_lower_level_is_asked_for_and_decided(house: House, chen: Actor, gao: Actor, desk: Desk) -> None:
    paper = house.paper(class_code="WS.03", level=Level.PERSONAL, pages=["a"])
    mine = desk.sits(chen)
    data = {"level": "INTERNAL", "reason": "没有个人信息"}
    page = mine.post(f"/documents/{paper}/level-requests", data=data, follow_redirects=True)
    assert "有人申请把级别降为“内部”" in text_of(page.text)
    assert "须由他人审批" in text_of(mine.get("/level-requests").text)
    client = desk.sits(gao)
    assert "没有个人信息" in text_of(client.get("/level-requests").text)
    with house.archive.reading() as session:
        (waiting,) = records.waiting_level_requests(session, gao)
    answer = client.post(f"/level-requests/{waiting.id}", data={"answer": "refuse", "comment": ""})
    assert answer.status_code == 303
    assert house.document(paper).level is Level.PERSONAL
    client.post(f"/level-requests/{waiting.id}", data={"answer": "approve", "comment": ""})
    assert house.document(paper).level is Level.INTERNAL


def test_a_newer_rule_is_looked_at_and_approved(house: House, chen: Actor, gao: Actor, desk: Desk) -> None:
    papers = [notice(house) for _ in range(3)]
    for paper in papers:
        file_it(house, chen, paper)
    keep_for(house, gao, "WS.02", 5)
    client = desk.sits(chen)
    assert "WS.02 通知公告 3 定期10年 (1.0) 定期5年 (1.1) 到期提前" in text_of(
        client.get("/retention/rules").text
    )
    page = client.get("/retention/rules/WS.02")
    assert "2037-01-01 起 2032-01-01 起 到期提前" in text_of(page.text)
    assert "须由他人批准" in text_of(desk.sits(gao).get("/retention/rules/WS.02").text)
    with house.archive.reading() as session:
        rule = records.older_rules(session, chen)[0].new.id
    data = {"rule": str(rule), "reason": "照新规定", "scope": "chosen", "document": [str(papers[0])]}
    client = desk.sits(chen)
    done = client.post("/retention/rules/WS.02", data=data, follow_redirects=True)
    assert "已批准 1 件" in text_of(done.text)
    with house.archive.reading() as session:
        approval = records.approvals(session)[0].id
    carried(house, approval)
    assert "2032-01-01 起" in text_of(client.get(f"/documents/{papers[0]}").text)
    assert "批准后才适用于本件" in text_of(client.get(f"/documents/{papers[1]}").text)


def test_the_unit_card_lists_what_is_kept_of_the_unit(house: House, chen: Actor, desk: Desk) -> None:
    unit = a_register(house)
    lin = house.person("林", "front_desk")
    house.paper(title="收楼验收单", class_code="YZ.01", unit="5栋0301室", pages=["a"])
    house.paper(title="身份证复印件", class_code="YZ.02", level=Level.SENSITIVE, unit="5-0301", pages=["b"])
    house.paper(title="没有这套房", class_code="KF.02", unit="9-0101", pages=["c"])
    opened(house, chen, "ZX.01", unit="5-0301")
    for who, secret in ((chen, True), (lin, False)):
        client = desk.sits(who)
        for url in (f"/premises/units/{unit}", f"/premises/units/{unit}/papers"):
            page = text_of(client.get(url).text)
            assert "收楼验收单" in page and "WY01-ZX·01·2026-0001" in page
            assert ("身份证复印件" in page) is secret
            assert "没有这套房" not in page


def test_finance_is_named_as_custodian_where_one_person_wears_both_hats(
    house: House, chen: Actor, desk: Desk
) -> None:
    paper = house.paper(title="收据", class_code="KU.01", doc_date="2026-03-08", pages=["收据"])
    file_it(house, chen, paper, place=Place(dept=Dept.CW))
    client = desk.sits(chen)
    assert "保管人：财务部" not in client.get(f"/documents/{paper}").text
    both = house.person("赵", "archivist", "cashier")
    assert "保管人：财务部" in client.get(f"/documents/{paper}").text
    page = desk.sits(both).get(f"/documents/{paper}").text
    assert "改类或移卷" not in page and "订正" not in text_of(page)


def test_commands_do_the_same(house: House, chen: Actor, gao: Actor) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(main, words, obj=house.archive)
        assert result.exit_code == 0, result.output
        return result.stdout

    paper, other = notice(house), notice(house)
    for one in (paper, other):
        file_it(house, chen, one)
    moved_to = run("move", str(paper), "WS.02.Z", "--reason", "类别错", "--as", "陈")
    assert moved_to == "WY01-WS·02·Z·2026-D30-KF-0001\n"
    run("withdraw", str(paper), "--reason", "重复", "--as", "陈")
    keep_for(house, gao, "WS.02", 5)
    (row,) = json.loads(run("retention", "older-rules", "--json"))
    assert (row["class"], row["papers"], row["shift"]) == ("WS.02", 1, "earlier")
    assert "D5" in run("retention", "approve", "WS.02", "--reason", "照新规定", "--as", "陈")
    own = CliRunner().invoke(
        main, ["retention", "approve", "WS.02", "--reason", "x", "--as", "高"], obj=house.archive
    )
    assert own.exit_code == 1
    assert run("file-plan", "versions").startswith("1.1\t2026-03-09\t新规定\tWS.02")
