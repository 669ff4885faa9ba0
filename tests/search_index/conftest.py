"""Engines of every kind, over the same contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from bench.corpus import documents
from search_index import Entry, SearchEngine, open_engine

EVERYTHING = frozenset(
    f"{level}/{group}"
    for level in ("PUBLIC", "INTERNAL", "PERSONAL", "SENSITIVE")
    for group in ("YZ", "ZX", "WS", "KU", "KJ", "GC", "KF", "WX")
)


def _whoosh(directory: Path) -> SearchEngine:
    return open_engine(directory)


ENGINES: dict[str, Callable[[Path], SearchEngine]] = {"whoosh": _whoosh}


@pytest.fixture(params=list(ENGINES.values()), ids=list(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> SearchEngine:
    made: SearchEngine = request.param(tmp_path / "index")
    return made


@pytest.fixture(scope="session")
def corpus() -> tuple[Entry, ...]:
    """600 documents in three lengths, some of several pages, and the odd ones of :func:`oddities`."""
    short = list(documents(300, seed=11, characters=180))
    longer = [_renumbered(entry, 1_000 + entry.uid) for entry in documents(200, seed=12, characters=600)]
    paged = [_renumbered(entry, 2_000 + entry.uid) for entry in documents(60, seed=13, characters=2_300)]
    return (*short, *longer, *paged, *oddities())


def _renumbered(entry: Entry, uid: int) -> Entry:
    return made(
        uid,
        entry.title,
        *entry.pages,
        owner=entry.owner,
        unit=entry.unit,
        number=entry.number,
        class_code=entry.class_code,
        building=entry.building,
        state=entry.state,
        level=entry.level,
        rights=entry.rights,
        day=entry.date,
        file=entry.file,
        current=entry.current,
    )


def made(
    uid: int,
    title: str,
    *pages: str,
    owner: str = "",
    unit: str = "",
    number: str = "",
    class_code: str = "WS.02",
    building: str = "",
    state: str = "filed",
    level: str = "INTERNAL",
    rights: str = "INTERNAL/WS",
    day: date | None = date(2026, 3, 8),
    file: str = "",
    current: bool = True,
) -> Entry:
    """An entry of which only what a test speaks of is said."""
    return Entry(
        uid=uid,
        title=title,
        pages=pages,
        owner=owner,
        unit=unit,
        number=number,
        class_code=class_code,
        year=day.year if day else None,
        building=building,
        state=state,
        level=level,
        rights=rights,
        date=day,
        file=file,
        current=current,
    )


def oddities() -> Iterator[Entry]:
    """What real papers hold and generators forget."""
    pages = (
        "房 号 ３－１２０１ 的 业 主",
        "房号3—1201，另有13-1201与3-12015",
        "Ｄ－１３－０６０６在中文里",
        "电施-12 电施.012 電施－12 物業通〔2026〕18號",
        "ZX-2026-0045-003 zx20260045 ZX〔2026〕0045",
        "WY01-WS·02·2026-D10-KF-0018",
        "\u200b零宽\u00ad字符\ufeff之间",
        "ISO 9001:2015 e\u0301cole ÉCOLE ﬁne",
        "金额1,200.00元与120000元",
        "换行在词\n中 间，也在词\u3000中间",
        "",
        "😀𠮷野家𠮷",
        "下划_线_和 a_b 12_34",
        "3----1201 3---1201",
        "门牌31201",
        "end\x1eof\x1fparts\x00here",
        "业主张某,３號樓１２０１室漏水",
        "3幢 1201 与 3 栋1单元 1201 室",
        "3栋2024年,3#1201;3-1-1201",
        "A座1201;3栋12010;13栋1201;2-3-1201-5",
        "3栋2单元1201室",
    )
    for offset, page in enumerate(pages):
        yield made(
            3_000 + offset,
            f"杂件{offset}",
            page,
            "第二页：" + page[:3],
            unit=f"{offset}-1201",
            owner="欧阳·测试",
        )
    yield made(3_100, "无页")
    yield made(3_101, "", "", "")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, corpus: tuple[Entry, ...]) -> SearchEngine:
    """The corpus in several segments, with replaced and removed entries behind it; only for reading."""
    engine = open_engine(tmp_path_factory.mktemp("filled") / "index")
    third = len(corpus) // 3
    engine.put(made(entry.uid, "旧标题作废", "作废旧文业主3-1201") for entry in corpus[::5])
    engine.put(made(uid, "将被移除", "业主 3-1201 电梯") for uid in range(9_000, 9_040))
    for start in range(0, len(corpus), third):
        engine.put(corpus[start : start + third])
    engine.remove(range(9_000, 9_040))
    return engine
