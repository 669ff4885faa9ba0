"""What a search says when its author means something else than was asked."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st

from archive_service import search
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.search import SearchRequest
from archive_service.search.cli import find
from archive_service.search.queries.hints import DATE_FIELDS, hints, names_of
from archive_service.search.rules import CHINESE_LEVELS
from search_index import QueryError, only_excludes, parse, prefixes
from tests.search.test_finding import titles
from tests.search.test_page import links_of
from tests.search_index.test_rewording import PIECES
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of
from tests.support.papers import indexed


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


@pytest.fixture
def papers(house: House, chen: Actor) -> None:
    indexed(
        house,
        house.paper(chen, title="收楼单", class_code="YZ.01", doc_date="2026-03-08", pages=["密封胶"]),
        house.paper(chen, title="验房单", class_code="YZ.01", pages=["密封胶 2019年8月"]),
        house.paper(chen, title="公告", class_code="WS.02", level=Level.CONFIDENTIAL, pages=["电梯"]),
    )


def codes(house: House, actor: Actor, query: str) -> list[str]:
    return [hint.code for hint in search.find(house.archive, actor, SearchRequest(query)).hints]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("级别:个人信息", ["收楼单", "验房单"]),
        ("密级:个人信息", ["收楼单", "验房单"]),
        ("密级：保密", ["公告"]),
        ('level:"Personal data"', ["收楼单", "验房单"]),
        ("level:personal", ["收楼单", "验房单"]),
        ("-级别:个人信息", ["公告"]),
        ("类别:业主入伙档案", ["收楼单", "验房单"]),
        ('类别:"YZ.01 业主入伙档案"', ["收楼单", "验房单"]),
        ('class:"Owner move-in file"', ["收楼单", "验房单"]),
        ("class:yz.01 密封胶 after:2026", ["收楼单"]),
    ],
)
@pytest.mark.usefixtures("papers")
def test_classes_and_levels_are_found_by_the_names_that_pages_show(
    house: House, chen: Actor, query: str, found: list[str]
) -> None:
    assert titles(house, chen, query) == found
    assert codes(house, chen, query) == []
    (house.archive.settings.index_dir / "CURRENT").unlink()
    assert titles(house, chen, query) == ([] if "密封胶" in query else found)


def test_the_chinese_names_of_levels_are_those_of_the_pages(house: House, chen: Actor, desk: Desk) -> None:
    for name, level in CHINESE_LEVELS.items():
        indexed(house, house.paper(chen, title="纸", level=level, pages=["一"]))
        assert name in text_of(desk.sits(chen).get("/search", query_string={"q": f"级别:{level}"}).text)
    assert set(CHINESE_LEVELS.values()) == set(LEVEL_NAMES)


@pytest.mark.usefixtures("papers")
def test_an_unknown_level_is_told_with_those_that_there_are(house: House, chen: Actor, desk: Desk) -> None:
    words = text_of(desk.sits(chen).get("/search?q=级别:机密").text)
    assert "没有“机密”这个级别。可用的级别：公开、内部、个人信息、保密、敏感个人信息" in words
    assert "已查您可以看的" not in words
    assert codes(house, chen, "-级别:机密 密封胶") == ["unknown-level"]  # also where something is found


@pytest.mark.usefixtures("papers")
def test_an_unknown_class_is_told_with_those_like_it_or_the_main_ones(
    house: House, chen: Actor, desk: Desk
) -> None:
    client = desk.sits(chen)
    assert "YZ.01 业主入伙档案" in text_of(client.get("/search?q=类别:入伙").text)
    (hint,) = search.find(house.archive, chen, SearchRequest("类别:不存在")).hints
    assert "YZ" in hint.choices
    assert not any("." in code for code in hint.choices)
    assert codes(house, chen, "类别:KJ") == []


@pytest.mark.usefixtures("papers")
def test_dates_say_that_they_look_at_what_was_entered_and_how_many_papers_have_none(
    house: House, chen: Actor, desk: Desk
) -> None:
    page = desk.sits(chen).get("/search?q=密封胶 之前:2020").text
    assert "之前: 只查登记时填写的文件日期" in text_of(page)
    assert "不限日期可找到 2 件，其中 1 件没有填写日期" in text_of(page)
    assert "/search?q=%E5%AF%86%E5%B0%81%E8%83%B6" in links_of(page)
    assert codes(house, chen, "密封胶 after:2026") == []
    assert codes(house, chen, "不存在 year:2019") == ["dates"]
    (hint,) = search.find(house.archive, chen, SearchRequest("年度:2019")).hints
    assert (hint.values["total"], hint.values["undated"], hint.query) == (3, 2, None)


@pytest.mark.usefixtures("papers")
def test_numbers_of_papers_in_a_hint_are_of_those_that_one_may_see(house: House) -> None:
    lin, wu = house.person("林", "front_desk"), house.person("吴", "engineering")
    (hint,) = search.find(house.archive, lin, SearchRequest("密封胶 before:2020")).hints
    assert (hint.values["total"], hint.values["undated"]) == (2, 1)
    assert codes(house, wu, "密封胶 before:2020") == ["dates"]


@pytest.mark.parametrize(
    "query", ["(之前:2020)", "-之前:2020", "NOT 之前:2020 之后:2030", "不 OR 之前:2020", "之前:2020 或 不"]
)
@pytest.mark.usefixtures("papers")
def test_dates_in_any_place_of_a_query_are_told(house: House, chen: Actor, query: str) -> None:
    found = search.find(house.archive, chen, SearchRequest(query))
    assert bool(found.total) != bool(found.hints)


@pytest.mark.usefixtures("papers")
def test_the_command_tells_the_same_beside_its_answer(house: House) -> None:
    answer = CliRunner().invoke(find, ["密封胶", "之前:2020"], obj=house.archive)
    assert answer.stdout == ""
    assert "2 papers are found; 1 of them have none. Try: 密封胶" in answer.stderr
    told = json.loads(CliRunner().invoke(find, ["级别:机密", "--json"], obj=house.archive).stdout)["hints"]
    assert [hint["code"] for hint in told] == ["search.unknown-level"]
    assert "The levels are: Public, Internal, Personal data" in told[0]["text"]


@pytest.mark.usefixtures("papers")
def test_hints_cost_no_statement(house: House, chen: Actor) -> None:
    def statements(query: str) -> int:
        with counted(house.archive.sessions.engine) as sent:
            search.find(house.archive, chen, SearchRequest(query))
        return sent.count

    assert statements("密封胶") == statements("密封胶 之前:2020") == statements("类别:不存在 房号:9 foo:x")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("year:2019 OR year:2018", [("undated", None)]),
        ("NOT after:1900 before:1800", [("undated", None)]),
        ("年度:2019 或 年度:2018", [("undated", None)]),
        ("密封胶 (年度:2019 或 年度:2018)", [("undated", "密封胶")]),
        ("备注:电梯 年度:2019", [("unknown-fields", None), ("undated", "电梯")]),
        ("备注:没有 年度:2019", [("unknown-fields", None), ("dates", "没有")]),
        ("房号:密封胶 年度:2019", [("described-fields", None), ("dates", "密封胶")]),
        ("没有 -foo:bar", [("unknown-fields", "没有")]),
        ("foo:没有 -业主:密封胶", [("described-fields", None), ("unknown-fields", "没有")]),
        ("年度:2019 -密封胶", [("undated", None)]),
    ],
)
@pytest.mark.usefixtures("papers")
def test_one_way_is_offered_that_keeps_no_mistake_and_can_be_asked(
    house: House, chen: Actor, query: str, told: list[tuple[str, str | None]]
) -> None:
    hints = search.find(house.archive, chen, SearchRequest(query)).hints
    assert [(hint.code, hint.query) for hint in hints] == told
    undated = [hint.values["total"] for hint in hints if hint.code == "undated"]
    if "密封胶" not in query and "备注" not in query:
        assert undated in ([], [3])


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("3-2-1201", [("entrance", "3-1201")]),
        ("3栋2单元1201室 收楼", [("entrance", "3-1201 收楼")]),
        ("房号:3-2-1201", [("entrance", "房号:3-1201")]),
        ("房号:3-2-1202", [("described-fields", None), ("entrance", "3-1202")]),
        ("编号:3-2-1201", [("described-fields", None), ("entrance", "3-1201")]),
        ("户:3-2-1201", [("unknown-fields", None), ("entrance", "3-1201")]),
        ("3-2-1201 年度:2019", [("dates", None), ("entrance", "3-1201")]),
        ("3-1-1202 年度:2019", [("undated", "3-1-1202")]),
        ("没有 -3-2-1201", []),
        ("没有 3-1201", []),
        ("3-1-1202", []),
    ],
)
def test_a_flat_that_is_not_behind_this_entrance_is_offered_without_it(
    house: House, chen: Actor, query: str, told: list[tuple[str, str | None]]
) -> None:
    indexed(
        house,
        house.paper(chen, title="收楼单", unit="3栋1201", class_code="YZ.01", pages=["一"]),
        house.paper(chen, title="验房单", class_code="YZ.01", pages=["3-1-1202 业主"]),
    )
    hints_told = search.find(house.archive, chen, SearchRequest(query)).hints
    assert [(hint.code, hint.query) for hint in hints_told] == told


def test_the_page_and_the_command_say_how_to_find_a_flat_of_any_entrance(
    house: House, chen: Actor, desk: Desk
) -> None:
    indexed(house, house.paper(chen, title="3栋1201收楼单", class_code="YZ.01", pages=["一"]))
    page = desk.sits(chen).get("/search?q=3-2-1201").text
    assert "写明单元的房号，只能查到写明这个单元的文件" in text_of(page)
    assert "不限单元检索“3-1201”" in text_of(page)
    assert "/search?q=3-1201" in links_of(page)
    assert "只能查到写明这个单元的文件" not in text_of(desk.sits(chen).get("/search?q=3-1201").text)
    answer = CliRunner().invoke(find, ["3-2-1201"], obj=house.archive)
    assert "those that name none. Try: 3-1201" in answer.stderr


def test_no_hint_claims_what_an_index_that_is_behind_can_not_know(
    house: House, chen: Actor, desk: Desk
) -> None:
    indexed(house, house.paper(chen, title="甲", class_code="YZ.01", pages=["一"]))
    house.paper(chen, title="收楼单", class_code="YZ.01", unit="3-1201", pages=["一"])
    words = text_of(desk.sits(chen).get("/search?q=房号:3-1201").text)
    assert "房号: 只查登记时填写的这一栏，不查页面文字。" in words
    assert "没有一份" not in words


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_is_offered_is_a_query_that_looks_for_something(text: str) -> None:
    try:
        parse(text)
    except QueryError:
        assume(False)
    told = hints(
        service_actor(), text, classes={}, names=names_of([]), total=0, dated=lambda rest: (len(rest), 0)
    )
    offered = [hint.query for hint in told if hint.query is not None]
    assert len(offered) <= 1
    for query in offered:
        assert not only_excludes(parse(query))
        assert not any(p.field in DATE_FIELDS for p in prefixes(query))
