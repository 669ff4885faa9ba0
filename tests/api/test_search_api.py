import json
import re
from pathlib import Path

import pytest
from sqlalchemy import event

from archive_service import records, search
from archive_service.kernel.levels import Level
from tests.api.conftest import Calls
from tests.support.house import House
from tests.workers.test_handing_out import Post, settle
from workers.runtime import Worker


def _index(house: House) -> None:
    search.rebuild(house.archive)


def test_papers_are_found_by_their_words_with_marks_and_counts(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    text = "维修基金缴纳通知：业主张三，电话 13812345678。"
    paper = house.paper(
        chen,
        title="维修基金通知",
        class_code="YZ.01",
        unit="3-1201",
        doc_date="2026-03-08",
        pages=["封面", text],
    )
    house.paper(chen, title="别的", class_code="WS.02", pages=["无关"])
    _index(house)
    found = calls(chen).get("/api/v1/search?q=维修基金").json
    assert (found["total"], found["complete"]) == (1, True)
    hit = found["hits"][0]
    assert (hit["id"], hit["page"], hit["archival_no"], hit["unit"]) == (str(paper), 2, None, "3-1201")
    assert [hit["snippet"][start:end] for start, end in hit["marks"]] == ["维修基金"]
    assert [hit["title"][start:end] for start, end in hit["title_marks"]] == ["维修基金"]
    assert "13812345678" not in hit["snippet"]
    assert found["facets"]["class"] == [{"value": "YZ.01", "count": 1}]
    assert found["facets"]["year"] == [{"value": "2026", "count": 1}]


def test_choices_narrow_the_answer(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    for number, (code, unit, year) in enumerate(
        [("YZ.01", "3-1201", "2024"), ("YZ.03", "5-0102", "2025"), ("WS.02", "3-1202", "2026")]
    ):
        house.paper(chen, title=f"paper {number}", class_code=code, unit=unit, doc_date=year, pages=["通知"])
    _index(house)
    program = calls(chen)

    def titles(query: str) -> set[str]:
        answer = program.get(f"/api/v1/search?{query}")
        assert answer.status_code == 200, answer.json
        return {hit["title"] for hit in answer.json["hits"]}

    assert titles("q=通知") == {"paper 0", "paper 1", "paper 2"}
    assert titles("q=通知&class=YZ.03") == {"paper 1"}
    assert titles("q=通知&year=2024") == {"paper 0"}
    assert titles("q=通知&level=PUBLIC") == {"paper 2"}
    assert titles("q=通知&unit=3-1201") == {"paper 0"}
    assert titles("unit=5-0102") == {"paper 1"}
    assert titles("q=通知&building=3栋") == {"paper 0", "paper 2"}
    assert titles("q=通知&size=1&page=3&sort=oldest") == {"paper 2"}


def test_a_query_that_cannot_be_understood_is_told_where(house: House, calls: Calls) -> None:
    program = calls(house.person("chen", "archivist"))
    for query in ("(维修", "(" * 900, "x " * 80):
        refused = program.get("/api/v1/search", query_string={"q": query})
        assert refused.status_code == 422
        assert refused.json["code"].startswith("search.")
        assert refused.json["field"] == "q"
    assert program.get("/api/v1/search", query_string={"q": "x" * 1001}).status_code == 422
    for query in ("rights:x", "level:secret", "uid:1", "http://x", "\u202e", "' OR 1=1 --"):
        assert program.get("/api/v1/search", query_string={"q": query}).status_code in (200, 422)


def test_a_hidden_paper_changes_no_byte_of_any_answer(house: House, calls: Calls) -> None:
    desk = calls(house.person("li", "front_desk"))
    chen = house.person("chen", "archivist")
    house.paper(chen, title="公开通知", class_code="WS.02", doc_date="2025", pages=["停水 通知"])
    _index(house)
    questions = [
        {"q": "通知"},
        {"q": "秘密"},
        {"q": "", "sort": "newest"},
        {"q": "通知", "level": "SENSITIVE"},
        {"q": "-停水"},
        {"q": "title", "class": "YZ.02"},
        {"unit": "9-9999"},
    ]

    def answers() -> list[bytes]:
        return [desk.get("/api/v1/search", query_string=one).data for one in questions]

    before = answers()
    house.paper(
        chen, title="秘密通知", class_code="YZ.02", level=Level.SENSITIVE, unit="9-9999", pages=["秘密 通知"]
    )
    _index(house)
    assert answers() == before
    assert calls(chen).get("/api/v1/search?q=秘密").json["total"] == 1


@pytest.mark.parametrize("rows", [2, 25])
def test_search_takes_the_same_few_statements_however_much_is_found(
    house: House, calls: Calls, rows: int
) -> None:
    chen = house.person("chen", "archivist")
    for _ in range(rows):
        house.paper(chen, class_code="YZ.01", pages=["通知"])
    _index(house)
    program = calls(chen)
    program.get("/api/v1/classes")  # notes the use of the token, once a minute
    statements: list[str] = []
    event.listen(
        house.archive.sessions.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )
    assert len(program.get("/api/v1/search?q=通知&size=100").json["hits"]) == rows
    assert len([s for s in statements if s.startswith("SELECT")]) <= 11


def test_without_an_index_descriptions_are_searched(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    house.paper(chen, title="维修基金通知", class_code="YZ.01", pages=["x"])
    found = calls(chen).get("/api/v1/search?q=维修基金").json
    assert (found["total"], found["complete"]) == (1, False)


def test_the_answer_in_the_documentation_is_the_one_that_its_examples_get(house: House, calls: Calls) -> None:
    """``test_examples`` runs them without a background; here it is at work."""
    chen = house.person("chen", "archivist")
    described = {
        "title": "3-1201 收楼验收单",
        "class_code": "YZ.01",
        "unit": "3-1201",
        "doc_date": "2026-03-08",
    }
    paper = house.paper(chen, b"%PDF-1.4 a scan", **described)
    with house.work(chen) as work:
        better = house.blob(b"%PDF-1.4 a better scan", "better.pdf")
        records.add_version(work, paper, better, "the first scan was crooked")
    worker = Worker(house.archive)
    settle(worker, Post())
    worker.tools.reader.close()
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    (query,) = re.findall(r'"q=([^"]*)" --data-urlencode "class=YZ.01"', text)
    (shown,) = re.findall(r'```json\n({"total": 1, .*?)```', text, re.DOTALL)
    found = calls(chen, language="zh").get(f"/api/v1/search?q={query}&class=YZ.01").json
    documented = json.loads(shown.replace(', "…": "…"', ""))
    assert found["total"] == documented.pop("total") == 1
    (hit,), (told) = found["hits"], documented.pop("hits")[0]
    assert (told.pop("id"), told.pop("note")) == ("019c…", hit["note"])
    assert told == {name: hit[name] for name in told}
    facets = documented.pop("facets")
    assert facets == {name: found["facets"][name] for name in facets}
    assert documented == {name: found[name] for name in documented}


def test_a_search_that_finds_nothing_says_why(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    house.paper(chen, title="收楼单", class_code="YZ.01", pages=["密封胶"])
    _index(house)
    program = calls(chen)
    assert program.get("/api/v1/search?q=密封胶").json["hints"] == []
    (hint,) = program.get("/api/v1/search?q=密封胶 before:2020").json["hints"]
    assert (hint["code"], hint["query"]) == ("search.undated", "密封胶")
    assert "1 papers are found; 1 of them have none" in hint["text"]
    (hint,) = program.get("/api/v1/search?unit=3栋2单元1201室").json["hints"][1:]
    assert (hint["code"], hint["query"]) == ("search.entrance", "3-1201")
    assert "those that name none" in hint["text"]
    (hint,) = program.get("/api/v1/search?q=level:top").json["hints"]
    assert (hint["code"], hint["query"]) == ("search.unknown-level", None)
    assert hint["text"].startswith("There is no level “top”. The levels are: Public, Internal")
