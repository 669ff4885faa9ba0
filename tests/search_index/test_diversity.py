"""A text of random characters doesn't keep the one writer busy for minutes; an honest long document is never cut."""

import random

import pytest

from bench.corpus import documents
from search_index import Request, SearchEngine, diversity, normalise
from search_index.diversity import MOST_TERMS, filed_pages
from tests.search_index.conftest import EVERYTHING, made


def test_an_honest_document_of_two_thousand_pages_is_filed_whole() -> None:
    pages = [normalise(page) for entry in documents(2_000, seed=3) for page in entry.pages]
    assert len(pages) >= 2_000
    assert len(filed_pages(pages)) == len(pages)


def test_of_random_characters_only_the_first_pages_are_filed() -> None:
    dice = random.Random(1)
    page = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    pages = ["".join(dice.sample(page, len(page))) for _ in range(40)]
    filed = filed_pages(pages)
    assert list(filed) == pages[: len(filed)]
    assert MOST_TERMS // 20_000 - 3 <= len(filed) <= MOST_TERMS // 20_000


@pytest.mark.parametrize("words", ["runs", "Han"])
def test_what_is_cut_off_is_found_by_its_description_and_first_pages(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(diversity, "MOST_TERMS", 60)
    dice = random.Random(2)

    def noise() -> str:
        if words == "Han":
            return "".join(chr(dice.randrange(0x4E00, 0x9FA5)) for _ in range(12))
        return " ".join(f"{dice.randrange(10**6):06}" for _ in range(6))

    pages = ["密封胶", noise(), *(noise() for _ in range(9)), "电梯"]
    engine.put([made(1, "收楼单", *pages), made(2, "验房单", "电梯")])
    for query, found in (("收楼单", [1]), ("密封胶", [1]), ("电梯", [2])):
        assert [hit.uid for hit in engine.search(Request(query, EVERYTHING)).hits] == found, query
    (hit,) = engine.search(Request("密封胶", EVERYTHING)).hits
    assert hit.page == 1
    assert engine.rebuild(iter([made(1, "收楼单", *pages)])) == 1
    engine.healthy()
