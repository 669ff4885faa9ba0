"""Texts of the archive go into the index a few at a time, however long they are."""

import gc
from collections.abc import Iterable, Iterator, Sequence

import pytest
from sqlalchemy.orm import Session

from archive_service import records, search
from archive_service.kernel.actor import Actor
from archive_service.records import VersionText
from archive_service.search import service
from search_index import Entry
from search_index.engine import WhooshEngine
from tests.support.house import House


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def portions(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The versions whose texts were asked for together."""
    asked: list[list[int]] = []
    real = records.version_texts

    def noted(session: Session, version_ids: Sequence[int]) -> list[VersionText]:
        asked.append(list(version_ids))
        return real(session, version_ids)

    monkeypatch.setattr(records, "version_texts", noted)
    return asked


def of_lengths(house: House, chen: Actor, *lengths: int) -> list[int]:
    papers = [
        house.paper(chen, class_code="YZ.01", pages=["胶" * (n - n // 2), "胶" * (n // 2)]) for n in lengths
    ]
    return [house.document(paper).version_id for paper in papers]


def test_texts_are_read_by_their_length_and_a_long_one_alone(
    house: House, chen: Actor, portions: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_CHARACTERS", 1000)
    a, b, c, d, e = of_lengths(house, chen, 400, 600, 5000, 10, 990)
    expected = [[a, b], [c], [d, e]]
    assert set(search.index_versions(house.archive, [a, b, c, d, e])) == {a, b, c, d, e}
    assert portions == expected
    portions.clear()
    assert search.rebuild(house.archive) == 5
    assert portions == expected


def test_many_short_ones_are_read_by_their_number(
    house: House, chen: Actor, portions: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_VERSIONS", 2)
    a, b, c = of_lengths(house, chen, 10, 10, 10)
    assert search.rebuild(house.archive) == 3
    assert portions == [[a, b], [c]]


def test_the_engine_gets_one_at_a_time_and_what_it_has_is_let_go(
    house: House, chen: Actor, portions: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_CHARACTERS", 30)
    ids = of_lengths(house, chen, 10, 10, 10, 10, 10)
    held: list[tuple[int, int]] = []
    real = WhooshEngine.put

    def taken(entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            # Not isinstance: it would ask every lazy proxy in the process what it stands for.
            alive = sum(type(thing) is VersionText for thing in gc.get_objects())
            held.append((len(portions), alive))
            yield entry

    monkeypatch.setattr(WhooshEngine, "put", lambda engine, entries: real(engine, taken(entries)))
    search.index_versions(house.archive, ids)
    assert held == [(1, 2), (1, 1), (1, 0), (2, 1), (2, 0)]


def test_neither_comparing_nor_clearing_reads_any_text(
    house: House, chen: Actor, portions: list[list[int]]
) -> None:
    ids = of_lengths(house, chen, 10, 10)
    search.index_versions(house.archive, ids)
    house.archive.index.remove(ids[:1])
    house.archive.index.put([service.entry_of(stranger(house, ids[1]))])
    portions.clear()
    assert search.reconcile(house.archive).strange == 1
    assert portions == []


def stranger(house: House, version_id: int) -> VersionText:
    from dataclasses import replace

    with house.archive.reading() as session:
        (text,) = records.version_texts(session, [version_id])
    return replace(text, version_id=9999)
