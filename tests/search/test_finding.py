"""A person asks; the index answers; rows come back as far as the person may see them."""

import re
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import records, search
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records.models import Page, Version
from archive_service.search import SearchRequest
from search_index import QueryError
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of
from tests.support.papers import indexed, is_scanned, pictured_page


def titles(house: House, actor: Actor, query: str, **asked: object) -> list[str]:
    found = search.find(house.archive, actor, SearchRequest(query, **asked))  # type: ignore[arg-type]
    return sorted(hit.document.title for hit in found.hits)


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


def test_a_word_on_the_second_page_is_found_there(house: House, chen: Actor) -> None:
    paper = house.paper(
        chen, title="收楼验收单", class_code="YZ.01", pages=["入户门合格", "主卧窗框密封胶开裂"]
    )
    indexed(house, paper)
    (hit,) = search.find(house.archive, chen, SearchRequest("密封胶")).hits
    assert (hit.document.id, hit.page) == (paper, 2)
    assert ("密封胶", True) in hit.snippet
    assert house.document(paper).state == "searchable"


def test_personal_numbers_are_not_in_the_index(house: House, chen: Actor) -> None:
    paper = house.paper(
        chen,
        title="联系电话13812340000",
        owner="张 13812340000",
        class_code="YZ.01",
        pages=["电话13812340000"],
    )
    indexed(house, paper)
    assert titles(house, chen, "13812340000") == []
    (hit,) = search.find(house.archive, chen, SearchRequest("电话")).hits
    assert "".join(text for text, _ in hit.snippet) == "电话138****0000"
    assert "".join(text for text, _ in hit.title) == "联系电话138****0000"


def test_everybody_finds_only_what_they_may_see(house: House, chen: Actor) -> None:
    lin, sun = house.person("林", "front_desk"), house.person("孙", "finance")
    wu, admin = house.person("吴", "engineering"), house.person("管理", "it_admin")
    papers = {
        "公告": house.paper(chen, title="公告", class_code="WS.02", pages=["电梯"]),
        "收楼": house.paper(chen, title="收楼", class_code="YZ.01", pages=["电梯"]),
        "日结": house.paper(chen, title="日结", class_code="KU.02", pages=["电梯"]),
        "消防图": house.paper(chen, title="消防图", class_code="KJ.02.XF", pages=["电梯"]),
    }
    indexed(house, *papers.values())
    assert titles(house, chen, "电梯") == sorted(papers)
    assert titles(house, lin, "电梯") == ["公告", "收楼"]
    assert not {"收楼", "消防图"} & set(titles(house, sun, "电梯"))
    assert titles(house, wu, "电梯") == ["公告"]
    with pytest.raises(Forbidden):
        search.find(house.archive, admin, SearchRequest("电梯"))


SECRET = "凤凰密令"


def everything_told(client: FlaskClient, paper: DocumentId) -> dict[str, tuple[int, str]]:
    """What every page about a paper, and every search, says; without tokens, which carry the second."""
    of_pages = ("viewer.json?q=凤凰密令", "pages/1.jpg", "pages/1/thumb", "pages/1/text", "pages/1/tiles",
                "pages/1/details.json?q=凤凰密令", "original", "searchable", "progress")  # fmt: skip
    searches = ("q=凤凰密令", "q=密封胶", "q=收楼", "q=", "q=凤&old=1", "q=&level=PERSONAL", "q=-凤凰密令")
    addresses = [
        "/", "/documents", "/files", "/files/YZ.01", f"/documents/{paper}", f"/documents/{paper}?q={SECRET}",
        f"/documents/{paper}/versions/1?page=1&q={SECRET}", "/search/suggestions?q=凤",
        "/search/suggestions?q=收", *(f"/search?{one}" for one in searches),
        *(f"/documents/{paper}/versions/1/{one}" for one in of_pages),
    ]  # fmt: skip
    told = {}
    for address in addresses:
        with client.get(address) as answer:
            shown = re.sub(r'(name="csrf.token" \w+)="[^"]*"', r"\1", answer.data.decode(errors="replace"))
            told[address] = answer.status_code, shown
    return told


def now_says(house: House, paper: DocumentId, pages: Sequence[str]) -> None:
    """Other words on the same pages, in the database and in the index."""
    with house.work() as work:
        query = select(Page).join(Version, Version.id == Page.version_id).where(Version.document_id == paper)
        for page, text in zip(work.session.scalars(query.order_by(Page.number)), pages, strict=True):
            page.text = text
    indexed(house, paper)


@pytest.mark.parametrize("level", [Level.PERSONAL, Level.CONFIDENTIAL, Level.SENSITIVE])
def test_no_answer_to_the_auditor_changes_by_what_such_pages_say(
    house: House, chen: Actor, level: Level
) -> None:
    desk, auditor = Desk(house.archive), house.person("何", "auditor")
    indexed(house, house.paper(chen, title="公告", class_code="WS.02", pages=["密封胶"]))
    paper = house.paper(chen, title="收楼验收单 13812340000", class_code="YZ.01", level=level)
    is_scanned(house, paper, [pictured_page(house, 1, "密封胶"), pictured_page(house, 2, "入户门")])
    indexed(house, paper)
    before = everything_told(desk.sits(auditor), paper)
    now_says(house, paper, [f"{SECRET} 凤凰", SECRET])
    assert SECRET in text_of(desk.sits(chen).get(f"/search?q={SECRET}").text)
    assert everything_told(desk.sits(auditor), paper) == before
    # It is there all the same, with what is known of it.
    for address in ("/documents", "/files/YZ.01", f"/documents/{paper}"):
        assert before[address][0] == 200
        assert "收楼验收单 138****0000" in text_of(before[address][1])
        assert "/thumb" not in before[address][1]
        assert "密封胶" not in before[address][1]
    assert "不参与检索" in text_of(before[f"/search?q={SECRET}"][1])
    statuses = {before[one][0] for one in before if "/versions/1/" in one and not one.endswith("/progress")}
    assert statuses == {403}


def test_a_paper_raised_out_of_the_auditors_reading_is_not_told_before_the_index_knows(
    house: House, chen: Actor
) -> None:
    auditor = house.person("何", "auditor")
    paper = house.paper(chen, title="纪要", class_code="WS.03", pages=["密封胶"])
    indexed(house, paper)
    assert titles(house, auditor, "密封胶") == ["纪要"]
    with house.work(chen) as work:
        told = records.Description(title="纪要", class_code="WS.03", level=Level.CONFIDENTIAL)
        records.describe(work, paper, told, revision=1)
    assert titles(house, auditor, "密封胶") == []


def test_an_unclassified_paper_is_found_by_who_brought_it_in(house: House, chen: Actor) -> None:
    sun, wu = house.person("孙", "finance"), house.person("吴", "engineering")
    indexed(house, house.paper(sun, title="收据", pages=["工本费"]))
    assert titles(house, sun, "工本费") == ["收据"]
    assert titles(house, chen, "工本费") == ["收据"]
    assert titles(house, wu, "工本费") == []


def test_facets_count_only_what_is_seen(house: House, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    indexed(
        house,
        house.paper(chen, class_code="YZ.01", unit="3-1201", doc_date="2026-03-08", pages=["电梯"]),
        house.paper(chen, class_code="KU.02", unit="3-1202", doc_date="2025-01", pages=["电梯"]),
    )

    def counts(actor: Actor) -> dict[str, dict[str, int]]:
        found = search.find(house.archive, actor, SearchRequest("电梯"))
        return {facet.name: {v.value: v.count for v in facet.values} for facet in found.facets}

    assert counts(chen)["building"] == {"3栋": 2}
    assert counts(lin) == {
        "class": {"YZ.01": 1},
        "year": {"2026": 1},
        "building": {"3栋": 1},
        "state": {"unfiled": 1},
        "level": {"PERSONAL": 1},
    }


def test_choices_narrow_the_answer_and_stay_to_be_taken_back(house: House, chen: Actor) -> None:
    indexed(
        house,
        house.paper(chen, title="甲", class_code="YZ.01", unit="3-1201", pages=["电梯"]),
        house.paper(chen, title="乙", class_code="YZ.03", unit="5-0803", pages=["电梯"]),
    )
    assert titles(house, chen, "电梯", filters={"building": ("3栋",)}) == ["甲"]
    assert titles(house, chen, "电梯", filters={"building": ("3栋", "5栋"), "class": ("YZ.03",)}) == ["乙"]
    found = search.find(house.archive, chen, SearchRequest("电梯", filters={"year": ("1999",)}))
    years = next(facet for facet in found.facets if facet.name == "year")
    assert [(v.value, v.count, v.chosen) for v in years.values] == [("1999", 0, True)]
    with pytest.raises(search.UnknownChoice):
        SearchRequest("电梯", filters={"rights": ("x",)})


def test_an_old_version_is_found_only_on_request(house: House, chen: Actor) -> None:
    paper = house.paper(chen, title="合同", class_code="YZ.01", pages=["旧租金"])
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"new"), "续签")
    house.is_read(paper, ["新租金"])
    indexed(house, paper)
    assert titles(house, chen, "旧租金") == []
    (old,) = search.find(house.archive, chen, SearchRequest("旧租金", old_versions=True)).hits
    assert (old.version.number, old.version.is_current, old.document.version_number) == (1, False, 2)


def test_a_paper_filed_elsewhere_is_hidden_before_the_index_knows(house: House, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    paper = house.paper(chen, title="收楼", class_code="YZ.01", pages=["密封胶"])
    indexed(house, paper)
    with house.work(chen) as work:
        told = records.Description(title="收楼", class_code="KU.02", level=Level.CONFIDENTIAL)
        records.describe(work, paper, told, revision=1)
    assert titles(house, lin, "密封胶") == []
    indexed(house, paper)
    assert search.find(house.archive, lin, SearchRequest("密封胶")).total == 0
    assert titles(house, chen, "密封胶") == ["收楼"]


def test_a_discarded_draft_leaves_the_index(house: House, chen: Actor) -> None:
    paper = house.paper(chen, title="误传", pages=["密封胶"])
    indexed(house, paper)
    with house.work(chen) as work:
        records.discard(work, paper)
    assert titles(house, chen, "密封胶") == []
    indexed(house, paper)
    assert house.archive.index.count() == 0


def test_the_number_of_statements_does_not_grow_with_the_hits(house: House, chen: Actor) -> None:
    papers = [house.paper(chen, class_code="YZ.01", pages=["电梯"]) for _ in range(12)]
    indexed(house, *papers)

    def statements(limit: int) -> int:
        with counted(house.archive.sessions.engine) as sent:
            found = search.find(house.archive, chen, SearchRequest("电梯", limit=limit))
        assert len(found.hits) == limit
        return sent.count

    assert statements(1) == statements(12) <= 6


def test_a_wrong_query_is_told_even_while_the_index_is_away(house: House, chen: Actor) -> None:
    (house.archive.settings.index_dir / "junk").mkdir(parents=True, exist_ok=True)
    with pytest.raises(QueryError):
        search.find(house.archive, chen, SearchRequest('"offen'))


def test_suggestions_come_from_titles_that_are_seen(house: House, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    indexed(
        house,
        house.paper(chen, title="收楼验收单", class_code="YZ.01", pages=["一"]),
        house.paper(chen, title="收款日结表", class_code="KU.02", pages=["二"]),
    )
    assert any(word.startswith("收款") for word in search.suggest(house.archive, chen, "收"))
    seen = search.suggest(house.archive, lin, "收")
    assert seen
    assert not any("款" in word for word in seen)
    assert search.suggest(house.archive, service_actor(), "  ") == ()


@pytest.mark.parametrize(
    ("unit", "building"),
    [
        ("3-1201", "3栋"),
        ("3栋2单元1201", "3栋"),
        ("云栖花园12号楼0402", "12栋"),
        ("３－１２０１", "3栋"),
        ("A-108", "A区"),
        ("a区108号", "A区"),
        ("B2-066", "B2"),
        ("5栋", "5栋"),
        ("服务中心", ""),
        ("", ""),
    ],
)
def test_a_unit_tells_its_building(unit: str, building: str) -> None:
    assert search.building_of(unit) == building
