"""A big centre: 20,000 units and 200,000 documents. Tables that bring them in, and the pages that show them."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, insert, select, text

from archive_service import people, premises
from archive_service.bootstrap import Archive
from archive_service.classification import class_rows
from archive_service.cli import prepared_archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import UserId, time_ordered_uuid
from archive_service.kernel.masking import mask
from archive_service.people import Role
from archive_service.premises.rules.tables import as_csv, read_table
from archive_service.premises.service.holders import import_holders
from archive_service.premises.service.importing import import_units
from archive_service.records.models import Document, Version
from archive_service.settings import Settings
from bench.figures import Figure, milliseconds, p95
from tests.support.counting import counted
from tests.support.pages import Desk

UNITS: Final = 20_000
DOCUMENTS: Final = 200_000
MOST: Final = 0.3
"""Seconds a page may take in 19 of 20 cases."""
RATIO: Final = 1.5
"""How much longer it may take for who sees part of the archive than for who sees all of it."""
_A_TABLE: Final = 10_000


def figures(folder: Path) -> Iterator[Figure]:
    archive = prepared_archive(Settings(data_dir=folder / "data"))
    yield from _tables(archive)
    took = _timed(lambda: _documents(archive))
    yield Figure(f"for comparison: {DOCUMENTS:,} documents put into the tables directly", f"{took:.0f} s")
    yield from _pages(archive)
    archive.close()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _rows() -> Iterator[tuple[str, str, str]]:
    for n in range(UNITS):
        yield f"{n // 200 + 1}栋", f"{n // 100 % 2 + 1}", f"{n % 100 // 4 + 1:02}{n % 4 + 1:02}"


def _tables(archive: Archive) -> Iterator[Figure]:
    keeper = service_actor("cli")
    with archive.unit_of_work(keeper) as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    rows = list(_rows())
    times: list[float] = []
    plain: list[float] = []
    for start in range(0, UNITS, _A_TABLE):
        some = rows[start : start + _A_TABLE]
        told = as_csv(("楼栋", "单元", "房号", "类型", "建筑面积"), [(*row, "住宅", "89.50") for row in some])

        def brings(data: bytes = told.encode()) -> None:
            table = read_table(data)
            with archive.unit_of_work(keeper) as work:
                import_units(work, table, reason="开发商移交")

        times.append(_timed(brings))
        plain.append(_timed(lambda some=some: _plainly(archive, some)))  # type: ignore[misc]  # a lambda's default
    yield Figure(
        f"table of {_A_TABLE:,} units imported (the same rows by plain INSERT in the same run)",
        f"{max(times):.1f} s ({max(plain):.2f} s)",
        "≤ 60 s",
        met=max(times) <= 60,
    )
    holders = [
        (f"{b[:-1]}-{e}-{r}", f"张{n:05}", f"1200{n:07}", "2024-01-01") for n, (b, e, r) in enumerate(rows)
    ]
    seal = premises.seal_of(archive)
    told = as_csv(("房号", "姓名", "手机", "起始日期"), holders[:_A_TABLE])

    def enters() -> None:
        table = read_table(told.encode())
        with archive.unit_of_work(keeper) as work:
            import_holders(work, seal, table, reason="开发商移交")

    yield Figure(f"table of {_A_TABLE:,} owners imported, numbers sealed", f"{_timed(enters):.1f} s")


def _plainly(archive: Archive, rows: list[tuple[str, str, str]]) -> None:
    """What the database alone takes for as many rows, indexes and all; thrown away again."""
    with archive.sessions.writing() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS plain (a TEXT, b TEXT, c TEXT, UNIQUE (a, b, c))"))
        session.execute(
            text("INSERT INTO plain VALUES (:a, :b, :c)"),
            [{"a": a, "b": b, "c": c} for a, b, c in rows],
        )
    with archive.sessions.writing() as session:
        session.execute(text("DROP TABLE plain"))


def _documents(archive: Archive) -> None:
    """Three in four classed, under everything that takes documents; spread over the units."""
    chance = random.Random(17)
    with archive.reading() as session:
        classes = [row for row in class_rows(session) if row.takes_documents]
        units = [f"{b}{e}单元{r}" for b, e, r in _rows()]
    now = datetime.now(UTC)
    for start in range(0, DOCUMENTS, 5_000):
        documents, versions = [], []
        for n in range(start, start + 5_000):
            chosen = chance.choice(classes) if n % 4 else None
            title = f"{units[n % UNITS]} 资料 {n:06}"
            id_ = time_ordered_uuid(now - timedelta(seconds=DOCUMENTS - n))
            documents.append(
                {
                    "id": id_,
                    "title": title,
                    "title_masked": mask(title),
                    "class_code": chosen.code if chosen else None,
                    "level": (chosen.level if chosen else "PERSONAL"),
                    "unit": units[n % UNITS],
                    "doc_date": (date(2020, 1, 1) + timedelta(days=n % 2000)).isoformat(),
                    "created_at": now,
                    "revision": 1,
                }
            )
            versions.append(
                {
                    "id": n + 1,
                    "document_id": id_,
                    "number": 1,
                    "is_current": True,
                    "digest": f"{n:064x}",
                    "size": 1000,
                    "file_name": "scan.pdf",
                    "media_type": "application/pdf",
                    "reason": "",
                    "created_at": now,
                    "state": "searchable",
                    "pages_total": 1,
                    "pages_read": 1,
                    "flags": [],
                }
            )
        with archive.sessions.writing() as session:
            session.execute(insert(Document), documents)
            session.execute(insert(Version), versions)


def _pages(archive: Archive) -> Iterator[Figure]:
    desk = Desk(archive)
    everything = people.actor_for(UserId(1), "bench", {Role.ARCHIVIST, Role.ARCHIVE_HEAD}, via="web")
    part = people.actor_for(UserId(2), "bench", {Role.FRONT_DESK}, via="web")
    chance = random.Random(5)
    with archive.reading() as session:
        total = session.scalar(select(func.count()).select_from(Document))
    assert total == DOCUMENTS
    unit_ids = [chance.randrange(1, UNITS) for _ in range(40)]
    pages: dict[str, list[str]] = {
        "unit card": [f"/premises/units/{n}" for n in unit_ids],
        "class tree": ["/files"] * 15,
        "inbox": [f"/inbox?page={n % 5 + 1}" for n in range(15)],
        "documents of a class": [f"/documents?class=ZX.01&page={n % 5 + 1}" for n in range(15)],
    }
    for name, addresses in pages.items():
        whole, sent_whole = _looks(archive, desk, everything, addresses)
        some, sent_some = _looks(archive, desk, part, addresses)
        yield Figure(
            f"{name} at {UNITS:,} units and {DOCUMENTS:,} documents: all rights / restricted (p95)",
            f"{milliseconds(whole)} / {milliseconds(some)}, {sent_whole} / {sent_some} statements",
            f"≤ {MOST * 1000:.0f} ms, ratio ≤ {RATIO}",
            met=max(whole, some) <= MOST and some <= max(RATIO * whole, 0.03),
        )


def _looks(archive: Archive, desk: Desk, actor: Actor, addresses: list[str]) -> tuple[float, int]:
    """p95 in seconds, and the most statements one of them sent."""
    client = desk.sits(actor)
    times: list[float] = []
    sent = 0
    engine = archive.sessions.engine
    for address in [addresses[0], *addresses]:
        with counted(engine) as statements:
            started = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - started)
        assert answer.status_code == 200, (address, answer.status_code)
        sent = max(sent, statements.count)
    return p95(times[1:]), sent
