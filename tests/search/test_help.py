"""What the search page tells people to type is found in the sample archive that they try it with."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.samples import samples
from search_index import Entry, Request, SearchEngine, open_engine
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of


@pytest.fixture(scope="module")
def sample_archive(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    """The texts of ``make demo`` as they would be read without a mistake."""
    engine = open_engine(tmp_path_factory.mktemp("samples") / "index")
    told = [(s.title, s.text, s.class_code, s.unit, "", None) for s in samples()]
    plan = ("3栋强电平面图", "", "KJ.02.DQ", "3栋", "电施-12", date(2019, 8, 20))
    engine.put(
        Entry(
            uid=uid, title=title, pages=(text,), owner="", unit=unit, number=number, class_code=code,
            year=day.year if day else None, building="", state="", level="", rights="all", date=day,
            file="", current=True,
        )
        for uid, (title, text, code, unit, number, day) in enumerate([*told, plan])
    )  # fmt: skip
    return engine


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_example_of_the_help_finds_something(
    house: House, sample_archive: SearchEngine, language: str
) -> None:
    desk = Desk(house.archive)
    desk.sits(house.person("陈", "archivist"))
    with desk.reads(language) as client:
        page = client.get("/search").text
    help_part = page[page.index('class="search-help"') :]
    help_part = help_part[: help_part.index("</details>")]
    shown = re.findall(r"<code>(.*?)</code>", help_part)
    linked = [
        parse_qs(urlsplit(str(attrs["href"])).query)["q"][0]
        for tag, attrs in elements(help_part)
        if tag == "a"
    ]
    assert len(linked) == len(shown) > 15
    for query in linked:
        assert sample_archive.search(Request(query, frozenset({"all"}))).total > 0, query
    forms = [q for q in linked if q.startswith("3") and "1201" in q]
    answers = {
        tuple(hit.uid for hit in sample_archive.search(Request(q, frozenset({"all"}), sort="newest")).hits)
        for q in forms
    }
    assert (len(forms), len(answers)) == (4, 1)
    assert ("怎么写都能找到" if language == "zh_CN" else "whichever way it is written") in text_of(help_part)
