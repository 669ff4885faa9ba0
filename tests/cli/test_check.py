"""``archive check``: everything fits together, or it says what doesn't and what to do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from archive_service import records, search
from archive_service.cli import main
from archive_service.home.cli import check
from archive_service.home.service import check_consistency
from archive_service.kernel.ids import DocumentId
from search_index import Entry
from search_index.engine import WhooshEngine
from storage import parse_digest
from tests.support.counting import counted
from tests.support.house import House


def _run(house: House, *words: str) -> Result:
    return CliRunner().invoke(check, words, obj=house.archive, catch_exceptions=False)


def _found(house: House, *words: str) -> list[tuple[str, str]]:
    told = json.loads(_run(house, "--json", *words).stdout)
    assert told["ok"] == (not told["findings"])
    return [(finding["part"], finding["code"]) for finding in told["findings"]]


def _searchable(house: House, **told: Any) -> DocumentId:
    paper = house.paper(pages=["通知"], **told)
    version_id = house.document(paper).version_id
    done = search.index_versions(house.archive, [version_id])
    with house.work() as work:
        records.mark_searchable(work, done)
    return paper


def _file(house: House, digest: str) -> Path:
    with house.archive.blobs.local_path(parse_digest(digest)) as path:
        return path


def test_a_whole_archive_fits_together(house: House) -> None:
    for _ in range(3):
        _searchable(house, class_code="YZ.01")
    house.paper()  # not read yet
    house.paper(pages=["read"])  # not in the index yet
    result = _run(house, "--deep")
    assert result.exit_code == 0
    assert "files: 5 of 5 versions" in result.stdout
    assert "index: 3 entries" in result.stdout
    assert "Everything fits together." in result.stdout
    assert _found(house) == []


def test_an_empty_archive_fits_together_too(house: House) -> None:
    assert _run(house).exit_code == 0


def test_a_lost_file_is_named_with_its_document_and_what_to_do(house: House) -> None:
    paper = _searchable(house, content=b"bytes")
    house.archive.blobs.remove(parse_digest(house.document(paper).digest))
    result = _run(house)
    assert result.exit_code == 1
    assert f"file.missing: version 1 of document {paper}" in result.stdout
    assert "Restore this file from a copy" in result.stdout


def test_a_file_that_was_changed_is_found_by_its_size_or_by_its_hash(house: House) -> None:
    paper = _searchable(house, content=b"0123456789")
    path = _file(house, house.document(paper).digest)
    path.chmod(0o600)
    path.write_bytes(b"0123X56789")
    assert _found(house) == []
    assert _found(house, "--deep") == [("files", "file.damaged")]
    path.write_bytes(b"0123")
    assert _found(house) == [("files", "file.wrong-size")]


def test_a_lost_picture_is_found_as_well(house: House) -> None:
    paper = _searchable(house)
    lost = "a" * 64
    with house.work() as work:
        work.session.execute(text("UPDATE page SET preview = :lost"), {"lost": lost})
    assert _found(house) == [("files", "file.missing")]
    assert house.document(paper).version_id


def test_the_index_is_compared_both_ways(house: House) -> None:
    paper = _searchable(house)
    version_id = house.document(paper).version_id
    house.archive.index.remove([version_id])
    stranger = Entry(
        uid=999, title="x", pages=(), owner="", unit="", number="", class_code="", year=None, building="",
        state="", level="", rights="", date=None, file="", current=True,
    )  # fmt: skip
    house.archive.index.put([stranger])
    assert _found(house) == [("index", "index.missing"), ("index", "index.strange")]
    search.rebuild(house.archive)
    assert _found(house) == []


def test_a_damaged_index_is_told_with_its_remedy(house: House) -> None:
    _searchable(house)
    for file in house.archive.settings.index_dir.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\0" * 10)
    result = _run(house)
    assert result.exit_code == 1
    assert "index.damaged" in result.stdout
    assert "archive index rebuild" in result.stdout


def test_a_trail_that_was_tampered_with_is_found(house: House) -> None:
    house.paper()
    with house.work() as work:
        work.audit("test.noted", "test:1", count=1)
    engine = house.archive.sessions.engine
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'")
            ).scalars()
            for name in list(names):
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_event SET action = 'other.thing' WHERE seq = 2"))
    assert _found(house) == [("audit", "audit.content")]


def test_what_is_on_its_way_is_no_fault(house: House) -> None:
    described = _searchable(house)
    discarded = _searchable(house)
    chen = house.person("chen", "archivist")
    with house.work(chen) as work:
        records.describe(work, described, records.Description(title="new"), revision=1)
        records.discard(work, discarded)
    assert check_consistency(house.archive, deep=True).findings == []


def test_it_is_a_command_of_the_service() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert "check" in result.stdout


def test_what_waits_for_the_index_costs_the_check_the_same_however_much_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[int] = []
    real = WhooshEngine.uids

    def uids(engine: WhooshEngine, after: int = -1) -> Iterator[int]:
        walks.append(after)
        return real(engine, after)

    monkeypatch.setattr(WhooshEngine, "uids", uids)

    def cost() -> tuple[int, int]:
        walks.clear()
        with counted(house.archive.sessions.engine) as sent:
            check_consistency(house.archive)
        return sent.count, len(walks)

    papers = [house.paper()]
    one = cost()
    papers += [house.paper() for _ in range(11)]
    assert cost() == one
    versions = [house.document(paper).version_id for paper in papers]
    with house.work() as work:  # all were given up: now each of them is missing
        work.session.execute(text("UPDATE outbox_message SET dead_at = created_at"))
    twelve = cost()
    assert [finding.code for finding in check_consistency(house.archive).findings] == ["index.missing"] * 12
    assert twelve[0] <= one[0] + 3
    assert twelve[1] <= one[1] + 1
    search.index_versions(house.archive, versions)
    with house.work(house.person("陈", "archivist")) as work:
        for paper in papers:
            records.discard(work, paper)
        work.session.execute(text("UPDATE outbox_message SET dead_at = created_at"))
    strange = cost()
    assert [finding.code for finding in check_consistency(house.archive).findings] == ["index.strange"] * 12
    assert strange[0] <= one[0] + 3
    assert strange[1] <= one[1] + 1
