"""Case files that were there before lists found them by the titles that they show."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from archive_service import classification, migrations
from archive_service.kernel.actor import service_actor
from archive_service.kernel.clock import SystemClock
from archive_service.kernel.db import Sessions, make_engine
from archive_service.unit_of_work import unit_of_work
from tests.support import servers

FILE = text(
    "INSERT INTO case_file (fonds, class_code, year, building, number, file_no, title, unit, owner, responsible_unit, "
    "cross_ref, note, made_by, made_on, checked_by, checked_on, state, opened_on, revision, created_at) VALUES "
    "('WY01', 'ZX.01', 2026, '', :n, :no, :title, '', '', '', '', '', '', '', '', '', 'open', '2026-03-08', 1, "
    "'2026-03-08 01:00:00')"
)


@pytest.fixture(params=["sqlite", "postgres"])
def nothing_yet(request: pytest.FixtureRequest, tmp_path: Path) -> str | URL:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/old.sqlite3"
    return servers.create_database(request.getfixturevalue("postgres_server"), "before_masked_titles")


def test_case_files_that_are_there_get_the_titles_that_lists_show(nothing_yet: str | URL) -> None:
    engine = make_engine(nothing_yet)
    migrations.upgrade(engine, "0013")
    with unit_of_work(Sessions(engine), SystemClock(), service_actor("cli")) as work:
        classification.load_shipped_plan(work)
    with engine.begin() as connection:
        for n in range(3):
            connection.execute(FILE, {"n": n, "no": f"F-{n}", "title": f"投诉{n} 13900001111"})
    migrations.upgrade(engine)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT title, title_masked FROM case_file ORDER BY id")).all()
    engine.dispose()
    assert [tuple(row) for row in kept] == [
        (f"投诉{n} 13900001111", f"投诉{n} 139****1111") for n in range(3)
    ]
