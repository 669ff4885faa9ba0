"""The search page as a person sees it."""

import json
import re

import pytest
from flask.testing import FlaskClient

from archive_service.kernel.actor import Actor
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of
from tests.support.papers import indexed, is_scanned, pictured_page

HOSTILE = '"><img src=x onerror=alert(1)><svg/onload=alert(2)>{{7*7}}'


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def test_a_hit_opens_at_its_page_with_the_words(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01", unit="3-1201", doc_date="2026-03-08")
    is_scanned(house, paper, [pictured_page(house, 1, "入户门"), pictured_page(house, 2, "主卧密封胶开裂")])
    indexed(house, paper)
    page = desk.sits(chen).get("/search?q=密封胶").text
    found = elements(page)
    links = [attrs["href"] for tag, attrs in found if tag == "a"]
    assert f"/documents/{paper}?page=2&q=%E5%AF%86%E5%B0%81%E8%83%B6" in links
    pictures = [attrs["src"] for tag, attrs in found if tag == "img"]
    assert f"/documents/{paper}/versions/1/pages/2/thumb" in pictures
    assert "<mark>密封胶</mark>" in page
    words = text_of(page)
    for shown in ("找到 1 条", "YZ.01 业主入伙档案", "3-1201", "2026-03-08", "3栋", "个人信息"):
        assert shown in words


def test_the_page_speaks_english_when_asked(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, class_code="YZ.01", pages=["密封胶"]))
    desk.sits(chen)
    with desk.reads("en") as client:
        words = text_of(client.get("/search?q=密封胶").text)
    for shown in ("1 hit", "Owner move-in file", "Personal data", "Narrow down", "Also old versions"):
        assert shown in words


def test_choosing_a_facet_narrows_and_taking_it_back_widens(house: House, chen: Actor, desk: Desk) -> None:
    indexed(
        house,
        house.paper(chen, title="甲", class_code="YZ.01", unit="3-1201", pages=["电梯"]),
        house.paper(chen, title="乙", class_code="YZ.03", unit="5-0803", pages=["电梯"]),
    )
    client = desk.sits(chen)

    def facet(url: str, label: str) -> str:
        for tag, attrs in elements(client.get(url).text):
            if tag == "a" and "facet" in (attrs.get("class") or "") and label in (attrs["href"] or ""):
                return str(attrs["href"])
        raise AssertionError(label)

    chosen = facet("/search?q=电梯", "building=3")
    assert "甲" in text_of(client.get(chosen).text)
    assert "乙" not in text_of(client.get(chosen).text)
    back = next(
        attrs["href"]
        for tag, attrs in elements(client.get(chosen).text)
        if tag == "a" and "facet-chosen" in (attrs.get("class") or "")
    )
    assert "乙" in text_of(client.get(str(back)).text)


def test_an_old_version_says_so_and_opens_as_one(house: House, chen: Actor, desk: Desk) -> None:
    from archive_service import records

    paper = house.paper(chen, title="合同", class_code="YZ.01", pages=["旧租金"])
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new"), "续签")
    house.is_read(paper, ["新租金"])
    indexed(house, paper)
    client = desk.sits(chen)
    assert "没有找到" in text_of(client.get("/search?q=旧租金").text)
    page = client.get("/search?q=旧租金&old=1").text
    assert "旧版本：第 1 版" in text_of(page)
    assert f"/documents/{paper}/versions/1?page=1" in page


def test_an_old_version_tells_its_own_page(house: House, chen: Actor, desk: Desk) -> None:
    from archive_service import records

    paper = house.paper(chen, title="合同", class_code="YZ.01", pages=["封面", "旧租金"])
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new"), "续签")
    house.is_read(paper, ["新租金"])
    indexed(house, paper)
    words = text_of(desk.sits(chen).get("/search?q=租金&old=1").text)
    assert words.count("第 2 页") == 1
    assert "第 1 页" not in words  # the new one has but one


@pytest.mark.parametrize("query", ["9-1201", "“9-1201”", "９－１２０１"])
def test_what_was_looked_for_is_told_as_it_was_typed(chen: Actor, desk: Desk, query: str) -> None:
    page = desk.sits(chen).get("/search", query_string={"q": f"{query} 漏水"}).text
    assert f"<q>{query.strip('“”')}</q> + <q>漏水</q>" in page
    assert "91201" not in page


def test_nothing_found_offers_ways_on(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, title="电梯年检", class_code="YZ.01", pages=["电梯"]))
    page = desk.sits(chen).get("/search?q=电梯 钥匙柜&building=3栋").text
    assert "没有找到" in text_of(page)
    links = {attrs.get("href") for tag, attrs in elements(page) if tag == "a"}
    assert "/search?q=%E7%94%B5%E6%A2%AF" in links  # each word by itself
    assert "/search?q=%E7%94%B5%E6%A2%AF+%E9%92%A5%E5%8C%99%E6%9F%9C" in links  # without what was chosen


def test_a_mistake_is_shown_at_its_place(chen: Actor, desk: Desk) -> None:
    page = desk.sits(chen).get('/search?q=电梯 "维修').text
    assert "引号没有成对" in text_of(page)
    assert "<mark>&#34;维修</mark>" in page


@pytest.mark.parametrize(
    "query", ["(" * 3000, "x" * 100_000, "级别:secret", "rights:1", "uid:1", "state:filed"]
)
def test_strange_queries_are_answered(chen: Actor, desk: Desk, query: str) -> None:
    assert desk.sits(chen).get("/search", query_string={"q": query}).status_code == 200


def test_long_lists_have_pages(house: House, chen: Actor, desk: Desk) -> None:
    indexed(
        house,
        *[house.paper(chen, title=f"第{n:02}份", class_code="YZ.01", pages=["电梯"]) for n in range(23)],
    )
    client = desk.sits(chen)

    def shown(url: str) -> int:
        return sum(
            tag == "li" and attrs.get("class") == "hit" for tag, attrs in elements(client.get(url).text)
        )

    assert [shown(f"/search?q=电梯&page={n}") for n in (1, 2, 3)] == [20, 3, 0]
    assert "没有这么多页" in text_of(client.get("/search?q=电梯&page=400").text)


def test_while_the_index_is_away_the_page_says_so(house: House, chen: Actor, desk: Desk) -> None:
    house.paper(chen, title="电梯年检", class_code="YZ.01", pages=["电梯"])
    words = text_of(desk.sits(chen).get("/search?q=年检").text)
    assert "检索索引正在准备" in words
    assert "电梯 年检" in words  # with its mark
    nothing = text_of(desk.client.get("/search?q=窗框").text)
    assert "没有找到" in nothing
    assert "已读出的正文" not in nothing  # pages were not searched


def test_unknown_keys_are_refused(chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)
    assert client.get("/search?q=a&level_max=9").status_code == 400
    assert client.get("/search/suggestions?q=a&limit=9999").status_code == 400


def test_only_people_who_may_search_get_in(house: House, desk: Desk) -> None:
    admin = desk.sits(house.person("管理", "it_admin"))
    assert admin.get("/search?q=a").status_code == 403
    assert admin.get("/search/suggestions?q=a").status_code == 403


def test_suggestions_go_on_with_the_last_word(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, title="收楼验收单", class_code="YZ.01", pages=["一"]))
    client = desk.sits(chen)
    answer = json.loads(client.get("/search/suggestions?q=3-1201 收").text)
    assert answer
    assert all(words.startswith("3-1201 收") for words in answer)
    part = client.get("/search/suggestions?q=收", headers={"HX-Request": "true"}).text
    assert ("option", {"value": "收楼验收单"}) in elements(part)


def test_hostile_texts_stay_texts(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(
        chen, title=f"收楼{HOSTILE}", unit=HOSTILE[:60], doc_number=HOSTILE[:60], class_code="YZ.01",
        pages=[f"密封胶{HOSTILE}"],
    )  # fmt: skip
    indexed(house, paper)
    client = desk.sits(chen)
    for url in (
        "/search?q=密封胶",
        f"/search?q={HOSTILE}",
        "/search?q=nichts&building=%22%3E%3Csvg/onload=a%3E",
    ):
        answer = client.get(url)
        assert answer.status_code == 200
        for tag, attrs in elements(answer.text):
            assert not any(name.startswith("on") for name in attrs), attrs
            assert not (tag == "img" and attrs.get("src") == "x")
        assert "49" not in text_of(answer.text)


def leaky_answers(client: FlaskClient) -> list[bytes]:
    urls = [
        "/search?q=电梯", "/search?q=凤凰密令", "/search?q=", "/search?q=电梯&sort=oldest", "/search?q=电&old=1",
        "/search?class=KU.02", "/search/suggestions?q=凤", "/search/suggestions?q=电", "/search?q=电梯&page=2",
    ]  # fmt: skip
    # The form token carries the second in which it was made.
    return [
        re.sub(rb'(name="csrf-token" content|name="csrf_token" value)="[^"]*"', b"", client.get(url).data)
        for url in urls
    ]


def test_a_planted_secret_changes_no_byte_of_any_answer(house: House, chen: Actor, desk: Desk) -> None:
    lin = house.person("林", "front_desk")
    indexed(
        house,
        *[house.paper(chen, title=f"电梯年检{n}", class_code="YZ.01", pages=["电梯"]) for n in range(3)],
    )
    without = leaky_answers(desk.sits(lin))
    secret = house.paper(
        chen,
        title="凤凰密令 电梯",
        class_code="KU.02",
        unit="9-0909",
        doc_date="1999-09-09",
        pages=["凤凰密令 电梯"],
    )
    indexed(house, secret)
    assert "凤凰密令" in text_of(desk.sits(chen).get("/search?q=凤凰密令").text)
    assert leaky_answers(desk.sits(lin)) == without


def test_the_number_of_statements_does_not_grow(house: House, chen: Actor, desk: Desk) -> None:
    client = desk.sits(chen)

    def statements() -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert client.get("/search?q=电梯").status_code == 200
        return sent.count

    indexed(house, house.paper(chen, class_code="YZ.01", pages=["电梯"]))
    few = statements()
    indexed(house, *[house.paper(chen, class_code="YZ.03", pages=["电梯"]) for _ in range(15)])
    assert statements() == few <= 8


def found_part(page: str) -> str:
    """What a choice at the side exchanges."""
    return page[page.index('<div id="found"') :]


def links_of(page: str) -> set[str | None]:
    return {attrs.get("href") for tag, attrs in elements(page) if tag == "a"}


def test_the_count_is_exchanged_together_with_the_hits(house: House, chen: Actor, desk: Desk) -> None:
    indexed(
        house,
        house.paper(chen, title="甲", class_code="YZ.01", unit="3-1201", pages=["电梯"]),
        house.paper(chen, title="乙", class_code="YZ.03", unit="5-0803", pages=["电梯"]),
    )
    client = desk.sits(chen)
    for address, count in (("/search?q=电梯", 2), ("/search?q=电梯&building=3栋", 1)):
        page = client.get(address).text
        assert f"找到 {count} 条" in text_of(found_part(page))
        assert "找到" not in text_of(page[: page.index('<div id="found"')])


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("13800001234", "1234"),
        ("138 0000 1234", "1234"),
        ("王小满 １３８００００１２３４", "1234"),
        ('"110101199003070011"', "0011"),
        ("11010119900307001X -电梯", "001X"),
        ("0571-87654321", "21"),
    ],
)
def test_a_whole_personal_number_is_not_found_and_the_page_says_why(
    chen: Actor, desk: Desk, query: str, digits: str
) -> None:
    page = desk.sits(chen).get("/search", query_string={"q": query}).text
    words = text_of(page)
    assert "检索时一律遮盖" in words
    assert "已查您可以看的" not in words
    assert f"/search?q={digits}" in links_of(page)


def test_the_last_digits_do_find_the_paper(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, title="登记表", class_code="YZ.01", pages=["电话 13800001234"]))
    client = desk.sits(chen)
    assert "登记表" not in text_of(client.get("/search?q=13800001234").text)
    assert "登记表" in text_of(client.get("/search?q=1234").text)


@pytest.mark.parametrize("query", ["电梯", "ZX-2026-0045", "3-1201", "2026-03-08"])
def test_other_numbers_are_no_personal_ones(chen: Actor, desk: Desk, query: str) -> None:
    assert "遮盖" not in text_of(desk.sits(chen).get("/search", query_string={"q": query}).text)


def test_a_field_that_holds_nothing_of_it_offers_the_pages(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, title="登记表", class_code="YZ.01", pages=["3-1201 业主"]))
    client = desk.sits(chen)
    page = client.get("/search?q=房号:3-1201 登记").text
    assert "房号: 只查登记时填写的这一栏" in text_of(page)
    assert "已查您可以看的" not in text_of(page)
    way = "/search?q=3-1201+%E7%99%BB%E8%AE%B0"
    assert way in links_of(page)
    assert "找到 1 条" in text_of(client.get(way).text)
    assert "只查登记时" not in text_of(client.get("/search?q=类别:KU 3-1201").text)


def test_a_field_that_does_not_exist_is_told(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, title="电梯年检", class_code="YZ.01", pages=["一"]))
    client = desk.sits(chen)
    page = client.get("/search?q=title:电梯").text
    assert "没有 title: 这一栏" in text_of(page)
    assert "类别: 房号: 业主: 编号: 年度: 之后: 之前:" in text_of(page)
    assert "/search?q=%E7%94%B5%E6%A2%AF" in links_of(page)
    with desk.reads("en") as english:
        assert "class: unit: owner: no:" in text_of(english.get("/search?q=foo:bar").text)


@pytest.mark.parametrize("query", ["-", "OR", "NOT", "() …", "*"])
def test_a_query_of_nothing_is_a_mistake_and_lists_nothing(
    house: House, chen: Actor, desk: Desk, query: str
) -> None:
    indexed(house, house.paper(chen, title="电梯年检", class_code="YZ.01", pages=["一"]))
    page = text_of(desk.sits(chen).get("/search", query_string={"q": query}).text)
    assert "没有可检索的内容：" in page
    assert "电梯年检" not in page


@pytest.mark.parametrize("address", ["/", "/search"])
def test_who_may_not_see_everything_does_not_learn_whether_there_is_something(
    house: House, desk: Desk, address: str
) -> None:
    chen, gu = house.person("陈", "archivist"), house.person("顾", "cashier")
    assert "还是空的" in text_of(desk.sits(chen).get("/").text)

    def shown() -> bytes:
        data = desk.sits(gu).get(address).data
        return re.sub(rb'(name="csrf-token" content|name="csrf_token" value)="[^"]*"', b"", data)

    empty = shown()
    assert "这里还没有您能看到的文件" in text_of(empty.decode())
    assert "空的" not in text_of(empty.decode())
    indexed(house, house.paper(chen, title="电梯年检", class_code="YZ.01", pages=["电梯"]))
    assert shown() == empty
