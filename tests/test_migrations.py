import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, String, Table, insert, make_url, select, text

from archive_service import migrations
from archive_service.kernel.db import make_engine
from archive_service.schema import metadata
from tests.support import servers

RELEASED: Final = {
    "0001_the_first_tables.py": "867978f6772a61095bd8a4c38fc195ebc72094a57729d457f511b944a9b4d738",
    "0002_file_plan_versions.py": "cdf3e328e32f6354ccc427a5f9c4044fe02a32f5cc46a8ab60cc5fbdffe008ed",
    "0003_premises.py": "5f2142ed93656eea459af04093ccced902f9000cabb444026d866b30000aa9d5",
    "0004_filing.py": "880958fd6360d2b5c636783c0d10bcb4b6101e984c87f8a2a8eecaf2574aefdd",
    "0005_checklists.py": "e4dadca3f2b1cc87b8588023ec51de5e4badd88c74e89fd2e1b2824af3b74089",
    "0006_suggestions.py": "b59bbe98faeca38378e18d534a298801fc75034ddbbd1afd9790922ea7d6378c",
    "0007_rearranging.py": "f76c4cfeb7993739d5878fe24d3b81deb4eb17f814a2de945ae123a6dd1e2bde",
    "0008_grants.py": "580fda30b2c0194d0a09ef2d7696b5fcc7a070fb33e37b5008789c52862d73d3",
    "0009_checks_and_versions.py": "f20993225caacf1d475a7fc31e9393f018c3fc31572665f6f9316ffcdf1c7a37",
    "0010_class_changes.py": "88b12df4b60e01d56dc552bbe959223afbc791243632768cc9e5358282a1047e",
    "0011_bulk.py": "50bc0be4f769651c9ebdaa28a4a0c2b846d38b587e42cb9c1e267635b4c3588a",
    "0012_building_revision.py": "f393728dd70f96ea54dbee8c1ee072f6effff08e3e02d6fde93c42d24c725df1",
    "0013_filing_desk.py": "dd9911e61a3f283ec7c6aca5fdd1a4c945a745913798ea5a75a1d0ee190b41de",
    "0014_masked_titles.py": "1a519d7d934dc785548af95a53be08d282bb3f458634bc3a55c7e676ff75efac",
    "0015_role_approvals.py": "4cfa82c72f9d261f85c9f09d04011ddbddbd55cc8ba9c2a617b8e33e3ed3524e",
    "0016_marked_versions.py": "761707837929c34083048a902349867754bb1d21e9825d22c8f03fc6a3db7d5e",
    "0017_approvals.py": "77a4aa1506a40338398d096e2c2f44e02c7c996473f3dd841639493bd2c79eda",
    "0018_locations.py": "44bcd5b382df17f0bfdb6c936b1a04191304e55083274d99ae8c196c22d2f140",
    "0019_reminders.py": "f1a413aef0160a33a38f43ea75a1b4df9b9557cc3183c2071f2fba24f59a9c16",
    "0020_loans.py": "9fe993d14c7e3043f6760c1e53bf9d33d2a7cc39c1f1b192c1904513edf5af51",
}
"""SHA-256 of the revisions that archives have run already."""


def test_migrations_from_nothing_make_what_the_models_say(database_url: str) -> None:
    """The template every test copies was made by the migrations alone."""
    engine = make_engine(database_url)
    assert migrations.is_current(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize("name", RELEASED)
def test_a_revision_that_archives_have_run_never_changes(name: str) -> None:
    """They would go on without what was written into it later: that is the next revision's."""
    content = (Path(migrations.__file__).parent / "versions" / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == RELEASED[name]


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'archive.sqlite3'}"
        return
    server = make_url(request.getfixturevalue("postgres_server"))
    name = f"test_{uuid.uuid4().hex}"
    yield servers.create_database(server, name).render_as_string(hide_password=False)
    servers.drop_database(server, name)


def test_an_archive_of_the_first_revision_goes_on_with_all_it_holds(empty_url: str) -> None:
    engine = make_engine(empty_url)
    migrations.upgrade(engine, "0001")
    before = _filled(engine)
    migrations.upgrade(engine)
    assert migrations.is_current(engine)
    after = MetaData()
    after.reflect(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        for name, rows in before.items():
            table = after.tables[name]
            kept = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
            assert len(kept) == len(rows), name
        grants = after.tables["role_grant"]
        told = connection.execute(
            select(grants.c.granted_at, grants.c.approved_at, grants.c.approved_by)
        ).one()
        assert (told.approved_at, told.approved_by) == (told.granted_at, None)
        documents = after.tables["document"]
        described = connection.execute(select(documents.c.title, documents.c.class_code)).all()
        assert described == [("3栋1201收楼验收单", "YZ.01")]
        assert (
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
            == []
        )
    engine.dispose()


def _filled(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Rows as an archive of the first revision has them: people, a plan, a paper that was read."""
    now = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
    document_id = uuid.UUID(int=7)
    first = MetaData()
    first.reflect(engine)
    rows: dict[str, list[dict[str, object]]] = {
        "user": [{"id": 1, "name": "chen", "display_name": "陈"}],
        "role_grant": [{"user_id": 1, "role": "archivist"}],
        "scheme_version": [{"id": 1, "version": "1.0"}],
        "record_class": [
            {"code": "YZ", "selectable": False, "level": "PERSONAL"},
            {"code": "YZ.01", "parent_code": "YZ", "selectable": True, "level": "PERSONAL"},
        ],
        "document": [
            {"id": document_id, "title": "3栋1201收楼验收单", "class_code": "YZ.01", "level": "PERSONAL"}
        ],
        "version": [
            {"id": 1, "document_id": document_id, "number": 1, "is_current": True, "state": "searchable"}
        ],
        "page": [{"version_id": 1, "number": 1, "source": "text", "text": "收楼验收单"}],
        "correction": [{"document_id": document_id, "revision": 2}],
    }
    with engine.begin() as connection:
        for name, told in rows.items():
            table = first.tables[name]
            for row in told:
                connection.execute(insert(table).values(_whole(table, row, now)))
    return rows


def _whole(table: Table, row: dict[str, object], now: datetime) -> dict[str, object]:
    """The row with something in every column that must have it."""
    plain: dict[type, object] = {
        str: "",
        int: 0,
        bool: False,
        bytes: b"",
        datetime: now,
        date: now.date(),
    }
    told = dict(row)
    for column in table.columns:
        generated = column.primary_key and len(table.primary_key.columns) == 1
        if column.name not in told and not column.nullable and not generated:
            told[column.name] = (
                1
                if column.name in ("scheme_version_id", "active")
                else plain.get(column.type.python_type, [])
            )
        value = told.get(column.name)
        if isinstance(value, uuid.UUID) and isinstance(column.type, String):
            told[column.name] = value.hex  # as SQLite keeps it
    return told
