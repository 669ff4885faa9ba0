"""The tree of classes and the lists of documents."""

import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of


def listed(page: str) -> list[str]:
    """Titles in their order."""
    return [
        text_of(part.split("</a>")[0].split("document-title")[1].partition(">")[2])
        for part in page.split('class="document-link"')[1:]
    ]


def test_the_tree_counts_what_stands_in_each_class_and_below(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    for code in ("YZ.01", "YZ.01", "YZ.02.T", "KU.02", ""):
        house.paper(chen, class_code=code)
    words = text_of(desk.sits(chen).get("/files").text)
    assert "YZ 业主(租户)档案 3 YZ.01 业主入伙档案 2 YZ.02 业主身份与联系资料 1 YZ.02.T" in words
    assert "待归类 1" in words
    seen = text_of(desk.sits(lin).get("/files").text)
    assert "YZ 业主(租户)档案 2" in seen
    assert "KU 会计资料 0" in seen


def test_a_phone_can_fold_away_the_classes_without_papers(house: House, chen: Actor, desk: Desk) -> None:
    def folding() -> tuple[set[str], bool]:
        found = elements(desk.sits(chen).get("/files").text)
        empty, inside = set(), False
        for tag, attrs in found:
            if tag in ("li", "section"):
                inside = "class-empty" in (attrs.get("class") or "").split()
            elif tag == "a" and inside and (attrs["href"] or "").startswith("/files/"):
                empty.add(str(attrs["href"]).removeprefix("/files/"))
        return empty, any(attrs.get("id") == "classes-toggle" for _, attrs in found)

    assert folding()[1] is False  # or a new archive would be an empty page
    house.paper(chen, class_code="YZ.01")
    empty, offered = folding()
    assert offered
    assert {"YZ.02", "KU", "KU.02"} <= empty
    assert empty.isdisjoint({"YZ", "YZ.01"})


def test_a_class_lists_its_documents(house: House, chen: Actor, desk: Desk) -> None:
    house.paper(chen, title="乙", class_code="YZ.01", doc_date="2024")
    house.clock.passes(minutes=1)
    house.paper(chen, title="甲", class_code="YZ.03", doc_date="2026", pages=["一"])
    house.paper(chen, title="别处", class_code="WS.02")
    client = desk.sits(chen)
    assert listed(client.get("/files/YZ").text) == ["甲", "乙"]
    assert listed(client.get("/files/YZ.01").text) == ["乙"]
    assert listed(client.get("/files/YZ?sort=added").text) == ["乙", "甲"]
    assert listed(client.get("/files/YZ?state=read").text) == ["甲"]
    assert listed(client.get("/files/YZ?state=stuck").text) == []
    assert client.get("/files/QQ").status_code == 404
    assert client.get("/files/YZ?owner=1").status_code == 400


def test_all_documents_and_those_without_a_class(house: House, chen: Actor, desk: Desk) -> None:
    house.paper(chen, title="有类", class_code="YZ.01")
    house.paper(chen, title="无类")
    client = desk.sits(chen)
    assert sorted(listed(client.get("/documents").text)) == ["无类", "有类"]
    assert listed(client.get("/documents?class=none").text) == ["无类"]
    moved = client.get("/documents?class=WS.02&sort=title")
    assert moved.location == "/files/WS.02?sort=title"
    assert client.get("/documents?class=//evil.example", follow_redirects=True).status_code == 404


def test_an_empty_list_teaches_the_first_step(desk: Desk, chen: Actor) -> None:
    client = desk.sits(chen)
    assert "先上传几份扫描件" in text_of(client.get("/documents").text)
    assert "这个类别还没有文件" in text_of(client.get("/files/YZ.01").text)


def test_titles_in_lists_are_covered_for_everybody(house: House, chen: Actor, desk: Desk) -> None:
    house.paper(chen, title="联系13812340000", class_code="YZ.01")
    assert listed(desk.sits(chen).get("/documents").text) == ["联系138****0000"]


@pytest.mark.parametrize("url", ["/documents", "/files/YZ", "/files"])
def test_the_number_of_statements_does_not_grow(house: House, chen: Actor, desk: Desk, url: str) -> None:
    client = desk.sits(chen)

    def statements() -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert client.get(url).status_code == 200
        return sent.count

    house.paper(chen, class_code="YZ.01")
    few = statements()
    for _ in range(60):
        house.paper(chen, class_code="YZ.03")
    assert statements() == few <= 4
    pages = [attrs.get("href") or "" for tag, attrs in elements(client.get("/documents").text) if tag == "a"]
    assert any("page=2" in address for address in pages)


def test_the_file_plan_says_how_long_papers_are_kept(chen: Actor, desk: Desk) -> None:
    words = text_of(desk.sits(chen).get("/file-plan").text)
    assert "KU.01 收款原始凭证(办证费、工本费等) 保密 定期30年" in words


def test_figures_of_days_count_only_what_is_seen(house: House, chen: Actor, lin: Actor) -> None:
    from datetime import timedelta

    start = house.clock.now() - timedelta(hours=1)
    house.paper(chen, class_code="YZ.01", pages=["一", "二"])
    house.paper(chen, class_code="KU.02", pages=["三"])
    house.clock.passes(days=1)
    house.paper(chen, class_code="YZ.01")
    bounds = [(start + timedelta(days=n), start + timedelta(days=n + 1)) for n in range(2)]
    with house.archive.reading() as session:
        assert records.received_between(session, chen, bounds) == [
            records.DayFigures(2, 3),
            records.DayFigures(1, 0),
        ]
        assert records.received_between(session, lin, bounds) == [
            records.DayFigures(1, 2),
            records.DayFigures(1, 0),
        ]
        assert records.received_between(session, chen, []) == []


def test_the_place_of_a_title_tells_nothing_of_its_covered_digits(
    house: House, chen: Actor, lin: Actor
) -> None:
    first = house.paper(chen, title="联系 13987654321 表", class_code="YZ.01")
    house.clock.passes(minutes=1)
    second = house.paper(chen, title="联系 13900004321 表", class_code="YZ.01")
    with house.archive.reading() as session:
        for who in (chen, lin):
            rows = records.documents(session, who, sort="title")
            assert [row.id for row in rows] == [first, second]  # as they came in
    with house.work(chen) as work:
        records.describe(
            work, first, records.Description(title="邮 13987654321", class_code="YZ.01"), revision=1
        )
    with house.archive.reading() as session:
        assert [row.id for row in records.documents(session, lin, sort="title")] == [second, first]
