"""The state of the service and the audit trail, for those who look after it."""

from datetime import timedelta

import pytest

from archive_service import jobs, outbox, records
from archive_service.home import service
from archive_service.home.web.trail import PAGE_SIZE
from archive_service.jobs import JobName
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of

HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def admin(house: House) -> Actor:
    return house.person("管理", "it_admin")


def given_up(house: House) -> int:
    """A message that failed until it was given up; its id."""
    house.paper(class_code="YZ.01")
    for _ in range(6):
        with house.work() as work:
            claimed = outbox.claim(work.session, work.now, "version.received", 1)
            assert claimed is not None
            outbox.fail(work.session, work.now, claimed.ids, claimed.lease, "TimeoutError")
        house.clock.passes(hours=1)
    return int(claimed.ids[0])


def test_what_was_given_up_is_shown_and_tried_again(house: House, admin: Actor, desk: Desk) -> None:
    message = given_up(house)
    client = desk.sits(admin)
    words = text_of(client.get("/system").text)
    for shown in ("放弃的任务", "识读新文件", "TimeoutError"):
        assert shown in words
    assert client.post(f"/system/messages/{message}/retry").status_code == 303
    words = text_of(client.get("/system").text)
    assert "1 个任务将重试" in words
    assert "TimeoutError" not in words
    assert client.post(f"/system/messages/{message}/retry").status_code == 404
    with house.archive.reading() as session:
        assert outbox.backlog(session)[0].open == 1


def test_all_that_was_given_up_is_tried_again_at_once(house: House, admin: Actor, desk: Desk) -> None:
    given_up(house)
    assert desk.sits(admin).post("/system/messages/retry").status_code == 303
    with house.archive.reading() as session:
        assert outbox.dead_messages(session) == []


@pytest.mark.parametrize(
    ("note", "ok", "shown"),
    [
        ("missing=0 strange=2 stale=1 rebuilt=False", True, "多余 2 条 · 过时 1 条"),
        ("missing=0 strange=0 stale=0 rebuilt=True", True, "已重建"),
        ("missing=0 strange=0 stale=0 rebuilt=False", True, "一切正常"),
        ("unbroken", True, "一切正常"),
        ("AuditChainBroken", False, "AuditChainBroken"),
    ],
)
def test_the_outcome_of_a_job_is_told_in_words(
    house: House, admin: Actor, desk: Desk, note: str, ok: bool, shown: str
) -> None:
    with house.work() as work:
        run = jobs.start(work.session, work.now, JobName.INDEX_CONSISTENCY)
        jobs.finish(work.session, work.now, run, ok=ok, note=note)
    page = desk.sits(admin).get("/system").text
    assert f'<td data-label="结果" class="text-secondary">{shown}</td>' in page


def test_a_job_is_asked_for(house: House, admin: Actor, desk: Desk) -> None:
    client = desk.sits(admin)
    assert client.post(f"/system/jobs/{JobName.INDEX_TIDY}/run").status_code == 303
    assert client.post("/system/jobs/rm/run").status_code == 404
    assert client.post(f"/system/jobs/{JobName.INDEX_TIDY}/run", data={"as": "root"}).status_code == 400
    with house.work() as work:
        claimed = outbox.claim(work.session, work.now + timedelta(seconds=1), "job.wanted", 9)
    assert claimed is not None
    assert [dict(payload) for payload in claimed.payloads] == [{"name": "index_tidy"}]


def test_those_who_only_look_have_no_buttons(house: House, desk: Desk) -> None:
    given_up(house)
    client = desk.sits(house.person("赵", "sc_manager"))
    page = client.get("/system")
    assert page.status_code == 200
    assert not any(
        (attrs.get("action") or "").startswith("/system")
        for tag, attrs in elements(page.text)
        if tag == "form"
    )
    assert client.post("/system/messages/retry").status_code == 403
    assert client.post("/system/jobs/index_tidy/run").status_code == 403


def test_front_desk_does_not_look_after_the_service(house: House, desk: Desk) -> None:
    client = desk.sits(house.person("林", "front_desk"))
    assert [client.get(url).status_code for url in ("/system", "/system/trail")] == [403, 403]


def test_a_lost_index_is_shown(house: House, admin: Actor, desk: Desk) -> None:
    house.paper(class_code="YZ.01", pages=["一"])
    assert "补充中" in text_of(desk.sits(admin).get("/system").text)


def test_the_trail_tells_in_words_who_did_what(house: House, desk: Desk) -> None:
    chen, auditor = house.person("陈", "archivist"), house.person("何", "auditor")
    paper = house.paper(chen, title=HOSTILE, class_code="YZ.01", pages=["一"])
    with house.work(chen) as work:
        told = records.Description(title="收楼", class_code="YZ.01")
        records.describe(work, paper, told, revision=1)
    client = desk.sits(auditor)
    page = client.get("/system/trail").text
    words = text_of(page)
    assert "陈 网页 修改了著录信息" in words
    assert "系统 后台 识读了第 1 版，共 1 页" in words
    assert "授予角色 archivist" in words
    assert HOSTILE not in words  # the trail holds nobody's words
    only = text_of(client.get(f"/system/trail?subject=document:{paper}").text)
    assert "授予角色" not in only
    assert "修改了著录信息" in only
    for url in (
        f"/system/trail?subject={HOSTILE}",
        "/system/trail?before=abc",
        "/system/trail?before=" + "9" * 30,
        "/system/trail?before=" + "9" * 5_000,
    ):
        answer = client.get(url)
        assert answer.status_code == 200
        assert not any(tag == "img" and attrs.get("src") == "x" for tag, attrs in elements(answer.text))
    assert client.get("/system/trail?limit=1").status_code == 400


def test_a_long_trail_has_pages_and_few_statements(house: House, desk: Desk) -> None:
    auditor = house.person("何", "auditor")
    client = desk.sits(auditor)

    def statements(url: str) -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert client.get(url).status_code == 200
        return sent.count

    few = statements("/system/trail")
    with house.work() as work:
        for _ in range(PAGE_SIZE + 5):
            work.audit("user.signed-in", f"user:{auditor.user_id}")
    assert statements("/system/trail") == few <= 3
    page = client.get("/system/trail").text
    older = next(attrs["href"] for tag, attrs in elements(page) if tag == "a" and attrs.get("rel") == "next")
    assert "载入了分类方案" not in text_of(page)
    assert "载入了分类方案" in text_of(client.get(str(older)).text)


def test_a_message_that_is_not_there_can_not_be_sent_again(house: House, admin: Actor) -> None:
    with pytest.raises(NotFound), house.work(admin) as work:
        service.send_again(work, 4711)
