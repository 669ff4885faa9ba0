"""The page of a document: what it shows of a paper, its versions and its past."""

import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.records import VersionState
from archive_service.records.web.words import OTHER_TROUBLE, TROUBLES, trouble
from tests.support.counting import counted
from tests.support.house import House, page_facts
from tests.support.pages import Desk, elements, text_of
from tests.support.papers import is_scanned, pictured_page

HOSTILE = '"><img src=x onerror=alert(1)><svg/onload=alert(2)>{{7007*7}}'


def test_facts_stand_beside_the_pages(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(
        chen, title="收楼验收单", class_code="YZ.01", unit="3-1201", owner="张示例", doc_date="2026-03-08",
        doc_number="RH-2026-0012", pages=["主卧窗框密封胶开裂"],
    )  # fmt: skip
    words = text_of(desk.sits(chen).get(f"/documents/{paper}?q=密封胶").text)
    for shown in ("收楼验收单", "YZ.01 业主入伙档案", "3-1201", "张示例", "RH-2026-0012", "2026-03-08", "个人信息",
                  "扫描件.pdf", "16 B", "2026-03-09 09:00 · 陈", "第 1 版", "收入了文件"):  # fmt: skip
        assert shown in words, shown


def test_without_scripts_the_page_asked_for_is_there_with_marks(
    house: House, chen: Actor, desk: Desk
) -> None:
    paper = house.paper(chen, class_code="YZ.01", pages=["入户门", "主卧密封胶开裂", "签字"])
    page = desk.sits(chen).get(f"/documents/{paper}?page=2&q=密封胶").text
    assert "主卧<mark>密封胶</mark>开裂" in page
    links = {
        attrs.get("rel"): attrs["href"] for tag, attrs in elements(page) if tag == "a" and "rel" in attrs
    }
    assert links["prev"].startswith(f"/documents/{paper}?page=1")
    assert links["next"].startswith(f"/documents/{paper}?page=3")
    assert "<mark>密封胶</mark>" not in desk.client.get(f"/documents/{paper}?page=99&q=密封胶").text


def test_an_old_version_opens_with_a_clear_mark(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, title="合同", class_code="YZ.01", pages=["旧租金"])
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new"), "续签三年")
    house.is_read(paper, ["新租金"])
    client = desk.sits(chen)
    current, old = (client.get(f"/documents/{paper}{at}").text for at in ("", "/versions/1"))
    assert "旧版本：第 1 版，共 2 版" in text_of(old)
    assert "旧版本：第 1 版，共 2 版" not in text_of(current)
    assert "旧租金" in old
    assert "旧租金" not in current
    assert "续签三年" in text_of(current)
    assert client.get(f"/documents/{paper}/versions/3").status_code == 404


def test_the_history_tells_who_changed_what(house: House, chen: Actor, desk: Desk) -> None:
    zhao = house.person("赵", "archivist")
    paper = house.paper(chen, title="收楼", class_code="WS.02", pages=["一"])
    house.clock.passes(hours=1)
    with house.work(zhao) as work:
        told = records.Description(title="收楼验收单", class_code="WS.02", unit="3-1201")
        records.describe(work, paper, told, revision=1)
    words = text_of(desk.sits(chen).get(f"/documents/{paper}").text)
    assert "赵 修改了著录信息 题名: 收楼 → 收楼验收单 房号: （空） → 3-1201 2026-03-09 10:00 · 网页" in words
    assert "系统 识读了第 1 版，共 1 页" in words


def test_progress_is_told_until_it_is_searchable(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/progress"
    version = house.document(paper).version_id
    assert "等待识读" in text_of(client.get(address).text)
    with house.work() as work:
        records.start_reading(work, version, media_type="application/pdf", pages_total=3, flags=())
        records.keep_page(work, version, page_facts(1, "一"))
    going_on = client.get(f"{address}?was=received")
    assert "正在识读第 2 页，共 3 页" in text_of(going_on.text)
    assert "hx-trigger" in going_on.text
    assert "HX-Refresh" not in going_on.headers
    with house.work() as work:
        records.keep_page(work, version, page_facts(2, "二"))
        records.keep_page(work, version, page_facts(3, "三"))
        records.finish_reading(work, version)
    assert client.get(f"{address}?was=reading").headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get(f"{address}?was=readable").headers
    with house.work() as work:
        records.mark_searchable(work, records.version_stamps(work.session, [version]))
    assert "hx-trigger" not in client.get(f"{address}?was=readable").text


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_what_could_not_be_read_says_why_and_can_be_tried_again(
    house: House, chen: Actor, desk: Desk, language: str
) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.stop_reading(work, version, "password_protected", quarantine=True)
    desk.sits(chen)
    with desk.reads(language) as client:
        words = text_of(client.get(f"/documents/{paper}").text)
        assert ("文件设有密码。" if language == "zh_CN" else "The file is locked with a password.") in words
        answer = client.post(f"/documents/{paper}/versions/1/retry")
    assert answer.status_code == 303
    assert house.document(paper).state is VersionState.RECEIVED
    assert client.post(f"/documents/{paper}/versions/1/retry").status_code == 409


def test_every_reason_has_plain_words() -> None:
    from workers.extraction import Reason

    for reason in Reason:
        assert trouble(reason.value) is not OTHER_TROUBLE, reason
    assert trouble("something new") is OTHER_TROUBLE
    assert all(words.what.endswith(".") and words.next.endswith(".") for words in TROUBLES.values())


def test_buttons_that_a_person_may_not_use_are_absent(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, title="纪要", class_code="WS.03", pages=["一"])
    auditor = house.person("何", "auditor")

    def actions(actor: Actor) -> set[str]:
        page = desk.sits(actor).get(f"/documents/{paper}").text
        return {attrs.get("action") or "" for tag, attrs in elements(page) if tag == "form"} | {
            attrs.get("href") or "" for tag, attrs in elements(page) if tag == "a"
        }

    assert f"/documents/{paper}/description" in actions(chen)
    assert f"/documents/{paper}/versions/1/original" in actions(chen)
    for address in ("description", "versions", "versions/1/original"):
        assert f"/documents/{paper}/{address}" not in actions(auditor)


def test_the_classes_to_choose_from_are_those_one_may_fill(house: House, chen: Actor, desk: Desk) -> None:
    wu = house.person("吴", "engineering")
    paper = house.paper(wu, title="图", pages=["一"])

    def classes(actor: Actor) -> set[str]:
        page = desk.sits(actor).get(f"/documents/{paper}").text
        options = {attrs.get("value") or "" for tag, attrs in elements(page) if tag == "option"}
        return {value.split(".")[0] for value in options if "." in value}

    assert classes(wu) == {"KJ", "ZX"}
    assert classes(chen) > {"KJ", "ZX", "KU", "YZ"}


def test_digests_are_for_those_who_see_the_paper_in_clear(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    paper = house.paper(chen, class_code="YZ.01", pages=["一"])
    digest = house.document(paper).digest
    assert digest in desk.sits(chen).get(f"/documents/{paper}").text
    assert digest not in desk.sits(lin).get(f"/documents/{paper}").text


def test_dangerous_contents_are_told(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        flags = ("active-javascript", "something-new")
        records.start_reading(work, version, media_type="application/pdf", pages_total=1, flags=flags)
    assert "文件中含有程序代码" in text_of(desk.sits(chen).get(f"/documents/{paper}").text)


def test_hostile_texts_stay_texts(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(
        chen, title=f"收楼{HOSTILE}", unit=HOSTILE[:60], owner=HOSTILE[:60], doc_number=HOSTILE[:60],
        file_no=HOSTILE[:60], class_code="YZ.01", pages=[f"密封胶{HOSTILE}"],
    )  # fmt: skip
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new", file_name=f"{HOSTILE}.pdf"), HOSTILE)
    house.is_read(paper, [HOSTILE])
    client = desk.sits(chen)
    for url in (
        f"/documents/{paper}",
        f"/documents/{paper}/versions/1?q=密封胶",
        f"/documents/{paper}?q={HOSTILE}",
        "/documents",
        "/files/YZ",
    ):
        answer = client.get(url)
        assert answer.status_code == 200
        for tag, attrs in elements(answer.text):
            assert not any(name.startswith("on") for name in attrs), (url, attrs)
            assert not (tag == "img" and attrs.get("src") == "x")
        assert "49049" not in text_of(answer.text)
    plain = client.get(f"/documents/{paper}/versions/2/pages/1/text")
    assert plain.content_type == "text/plain; charset=utf-8"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"


def test_the_number_of_statements_does_not_grow(house: House, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    small = house.paper(chen, class_code="YZ.01", pages=["一"])
    large = house.paper(chen, class_code="YZ.01")
    is_scanned(house, large, [pictured_page(house, n, f"第{n}页") for n in range(1, 31)])
    with house.work(chen) as work:
        for n in range(8):
            records.add_version(work, large, house.blob(f"v{n}".encode()), f"第{n}次")

    def statements(url: str) -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert client.get(url).status_code == 200
        return sent.count

    assert statements(f"/documents/{large}/versions/1") == statements(f"/documents/{small}/versions/1") <= 20
    viewers = [statements(f"/documents/{paper}/versions/1/viewer.json?q=页") for paper in (small, large)]
    assert viewers[0] == viewers[1] <= 5
