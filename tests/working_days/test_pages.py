"""The calendar at the counter: looked at by everybody, changed and entered by those who keep it."""

import io
from datetime import UTC, date, datetime

import pytest

from archive_service import working_days
from archive_service.kernel.actor import Actor
from archive_service.working_days import NamedDay
from archive_service.working_days.rules.sheets import days_of, template, written
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of

PAGE = "/system/working-days"
IMPORT = f"{PAGE}/import"
TABLE = """日期,至,休/班,名称
2027-01-01,2027-01-03,休,元旦
2027年2月5日,2027/2/11,放假,春节
2027-01-09,,班,元旦
"""


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


@pytest.fixture
def head(house: House) -> Actor:
    return house.person("洪", "archive_head")


def bring(desk: Desk, actor: Actor, table: bytes | str, year: int = 2027) -> str:
    content = table.encode() if isinstance(table, str) else table
    sent = {"year": str(year), "file": (io.BytesIO(content), "2027.csv")}
    answer = desk.sits(actor).post(IMPORT, data=sent)
    return answer.text


def test_everybody_sees_the_year_and_who_keeps_it_may_change_it(
    house: House, desk: Desk, head: Actor
) -> None:
    shown = desk.sits(house.person("林", "front_desk")).get(f"{PAGE}?year=2026").text
    assert "2026-02-15 – 2026-02-23" in text_of(shown)
    assert "国办发明电〔2025〕7号" in shown
    assert 'id="change"' not in shown
    assert "全年 248 个工作日" in text_of(shown)
    assert 'id="change"' in desk.sits(head).get(f"{PAGE}?year=2026").text


def test_a_year_that_nobody_entered_is_told_from_december_on(house: House, desk: Desk, head: Actor) -> None:
    house.clock.at = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)  # the last minute of November at the counter
    assert "还没有录入 2027 年" not in desk.sits(head).get(PAGE).text
    house.clock.passes(minutes=1)
    assert "还没有录入 2027 年" in desk.sits(head).get(PAGE).text
    manager = house.person("周", "sc_manager")
    assert "缺 2027 年" in text_of(desk.sits(manager).get("/system").text)


def test_a_day_is_changed_on_the_page(house: House, desk: Desk, head: Actor) -> None:
    told = {"day": "2026-09-08", "as": "off", "name": "台风停工", "reason": "市政府通知", "seen": "1"}
    assert desk.sits(head).post(f"{PAGE}/day", data=told).status_code == 303
    shown = text_of(desk.sits(head).get(f"{PAGE}?year=2026").text)
    assert "台风停工" in shown and "市政府通知" in shown and "洪" in shown
    again = desk.sits(head).post(f"{PAGE}/day", data={**told, "seen": "2"})
    assert again.status_code == 422 and "没有需要修改的" in again.text
    assert desk.sits(head).post(f"{PAGE}/day", data={**told, "day": "x"}).status_code == 422


def test_a_year_is_brought_in_after_a_look(house: House, desk: Desk, head: Actor) -> None:
    seen = bring(desk, head, TABLE)
    assert "2027-02-05 – 2027-02-11" in text_of(seen) and "11 天会改变" in text_of(seen)
    with house.archive.reading() as session:
        assert not working_days.year_row(session, 2027).complete
    told = {"year": "2027", "table": TABLE, "source": "国务院办公厅的通知", "seen": "0"}
    assert desk.sits(head).post(IMPORT, data=told).status_code == 303
    with house.archive.reading() as session:
        row = working_days.year_row(session, 2027)
    assert row.complete and row.source == "国务院办公厅的通知" and len(row.days) == 11
    assert row.by_day[date(2027, 1, 9)].working


def test_a_table_with_wrong_rows_says_which(desk: Desk, head: Actor) -> None:
    wrong = "日期,至,休/班,名称\n2027-02-30,,休,春节\n2027-01-05,2027-01-01,休,元旦\n2027-03-01,,?,x\n=1+1,,休,x\n"
    shown = text_of(bring(desk, head, wrong))
    for row in ("第 2 行", "第 3 行", "第 4 行", "第 5 行"):
        assert row in shown
    assert "休/班" in text_of(bring(desk, head, "日期,名称\n2027-01-01,元旦\n"))
    assert "不在 2027 年内" in text_of(bring(desk, head, "日期,至,休/班,名称\n2028-01-01,,休,元旦\n"))


def test_the_workbook_of_a_year_comes_in_again_unchanged(house: House, desk: Desk, head: Actor) -> None:
    content = desk.sits(head).get(f"{PAGE}/template.xlsx?year=2026").data
    assert "没有需要修改的" in text_of(_entered(desk, head, content))
    from archive_service.premises.rules.tables import read_table

    days = (NamedDay(date(2027, 1, 1), False, "元旦"), NamedDay(date(2027, 1, 9), True, "元旦"))
    assert days_of(read_table(written(days))) == (list(days), [])
    assert days_of(read_table(template(2031)))[1] == []


def _entered(desk: Desk, head: Actor, content: bytes) -> str:
    from archive_service.premises.rules.tables import as_csv, read_table

    table = read_table(content)
    told = {
        "year": "2026",
        "table": as_csv(table.headings, [row.cells for row in table.rows]),
        "source": "同一个通知",
        "seen": "1",
    }
    return desk.sits(head).post(IMPORT, data=told).text


def test_the_page_takes_as_many_statements_however_much_was_changed(
    house: House, desk: Desk, head: Actor
) -> None:
    def look() -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert desk.sits(head).get(f"{PAGE}?year=2027").status_code == 200
        return sent.count

    before = look()
    with house.work(head) as work:
        days = [NamedDay(date(2027, 1, n), False, "元旦") for n in range(1, 29)]
        working_days.enter_year(work, 2027, days, source="通知", seen=0)
    assert look() == before
