"""The start page: what waits for whom."""

import json

from archive_service import loans, people, records
from archive_service.home import queries
from archive_service.jobs import JobName
from archive_service.jobs import finish as finish_job
from archive_service.jobs import start as start_job
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import UserId
from tests.loans.counter import Counter
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of


def bench(house: House, actor: Actor) -> queries.Bench:
    with house.archive.reading() as session:
        return queries.bench(session, actor, house.clock.now())


def test_each_number_counts_what_the_person_may_see(house: House, desk: Desk) -> None:
    chen, lin = house.person("陈", "archivist"), house.person("林", "front_desk")
    house.paper(chen, class_code="YZ.01", pages=["一", "二"])
    house.paper(chen, class_code="KU.02", pages=["三"])
    stuck = house.paper(chen, class_code="KU.02")
    house.paper(chen)
    house.paper(lin)
    with house.work() as work:
        version = records.document(work.session, work.actor, stuck).version_id
        records.stop_reading(work, version, "broken", quarantine=True)
    assert bench(house, chen).counts == records.Counts(documents=5, unclassified=2, unread=2, stuck=1)
    assert bench(house, lin).counts == records.Counts(documents=2, unclassified=1, unread=1, stuck=0)
    words = text_of(desk.sits(chen).get("/").text)
    for shown in ("待归类 2", "需处理 1", "识读中 2", "收入文件 5", "其中已识读页数 3", "文件总数 5"):
        assert shown in words, shown


def test_days_are_those_at_the_counter(house: House, desk: Desk) -> None:
    chen = house.person("陈", "archivist")
    house.clock.passes(hours=14, minutes=30)  # half past eleven at night in Shanghai
    house.paper(chen, class_code="YZ.01")
    house.clock.passes(hours=1)  # half an hour past midnight there, still the day before in Greenwich
    house.paper(chen, class_code="YZ.01")
    days = bench(house, chen).days
    assert len(days) == queries.DAYS
    assert [(str(day.on), day.figures.documents) for day in days[-2:]] == [
        ("2026-03-09", 1),
        ("2026-03-10", 1),
    ]
    page = desk.sits(chen).get("/").text
    chart = json.loads(page.split('data-chart><script type="application/json">')[1].split("</script>")[0])
    assert chart["labels"][-2:] == ["03-09", "03-10"]
    assert chart["series"][0]["values"][-2:] == [1, 1]
    assert "显示为表格" in text_of(page)  # the same without scripts


def test_an_empty_archive_teaches_the_first_step(house: House, desk: Desk) -> None:
    assert "上传第一批文件" in text_of(desk.sits(house.person("陈", "archivist")).get("/").text)


def test_who_sees_no_documents_sees_the_state_of_the_service(house: House, desk: Desk) -> None:
    admin, chen = house.person("管理", "it_admin"), house.person("陈", "archivist")
    house.paper(chen, title="内情", class_code="YZ.01")
    with house.work() as work:
        run = start_job(work.session, work.now, JobName.BLOB_SWEEP)
        finish_job(work.session, work.now, run, ok=False, note="OSError")
    found = bench(house, admin)
    assert (found.counts, found.days, found.waiting) == (None, (), 2)  # to be read, and for the index
    assert [job.name for job in found.failed_jobs] == [JobName.BLOB_SWEEP]
    words = text_of(desk.sits(admin).get("/").text)
    assert "失败的作业 1" in words
    assert "文件总数" not in words


def test_the_number_of_statements_does_not_grow(house: House, desk: Desk) -> None:
    chen = house.person("陈", "archivist")
    client = desk.sits(chen)

    def statements() -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert client.get("/").status_code == 200
        return sent.count

    house.paper(chen)
    few = statements()
    for _ in range(20):
        house.paper(chen, class_code="YZ.01", pages=["一"])
    assert statements() == few <= 14


def test_nobody_in_particular_is_asked_to_sign_in(desk: Desk) -> None:
    assert desk.client.get("/").status_code == 401
    assert desk.client.get("/?x=1").status_code == 400


def test_roles_of_others_wait_for_the_manager(house: House, desk: Desk) -> None:
    zhao, lin, chen = (
        house.person("zhao", "sc_manager"),
        house.person("lin", "it_admin"),
        house.person("chen", "front_desk"),
    )
    both = house.person("both", "sc_manager", "it_admin")
    with house.work(lin) as work:
        people.propose_role(work, UserId(chen.user_id or 0), people.Role.CASHIER)
        people.propose_role(work, UserId(zhao.user_id or 0), people.Role.AUDITOR)
    with house.work(both) as work:
        people.propose_role(work, UserId(chen.user_id or 0), people.Role.AUDITOR)
    assert (bench(house, zhao).roles, bench(house, both).roles, bench(house, lin).roles) == (2, 2, 0)
    page = desk.sits(zhao).get("/").text
    assert "待审批的角色 2" in text_of(page)
    assert 'href="/system/roles"' in page
    assert "待审批的角色" not in text_of(desk.sits(chen).get("/").text)


def test_what_waits_at_the_lending_counter_is_counted_for_who_does_it(house: House, desk: Desk) -> None:
    counter = Counter(house)
    counter.approved(counter.asks(counter.lin, counter.paper()))
    counter.brings_back(counter.out(counter.wang, counter.paper()))
    counter.out(counter.lin, counter.paper(), counter.paper())
    house.clock.passes(days=30)
    assert bench(house, counter.chen).loans == loans.Waiting(1, 1, 1, 0, 0)
    assert bench(house, counter.lin).loans == loans.Waiting(0, 0, 0, 1, 1)
    assert bench(house, house.person("收", "cashier")).loans is None
    shown = text_of(desk.sits(counter.chen).get("/").text)
    assert "待借出 1" in shown and "归还待查验 1" in shown and "逾期未还 1" in shown
    page = desk.sits(counter.lin).get("/").text
    assert "我有逾期，请归还 1" in text_of(page) and "待借出" not in text_of(page)
    assert 'href="/loans/mine"' in page
