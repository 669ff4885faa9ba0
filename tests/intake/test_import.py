"""``archive import``: folders of files, again and again, with links, hidden files and broken ones among them."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive_service import records
from archive_service.intake.cli import import_folder
from archive_service.kernel.actor import service_actor
from archive_service.records import DocumentRow
from storage import LocalBlobStore, StoreFull
from tests.support.house import House


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "scans"
    (place / "2026" / "三月").mkdir(parents=True)
    (place / "a.pdf").write_bytes(b"aaa")
    (place / "2026" / "b.jpg").write_bytes(b"bbb")
    (place / "2026" / "三月" / "收楼验收单.pdf").write_bytes(b"ccc")
    return place


def run(house: House, folder: Path, *options: str) -> Result:
    return CliRunner().invoke(import_folder, [str(folder), *options], obj=house.archive)


def lines(result: Result) -> list[dict[str, str]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def documents(house: House) -> list[DocumentRow]:
    with house.archive.reading() as session:
        return records.documents(session, service_actor())


def test_a_folder_goes_in(house: House, folder: Path) -> None:
    result = run(house, folder)
    assert (result.exit_code, result.stdout) == (0, "3 received\n")
    assert {row.title for row in documents(house)} == {"a", "b", "收楼验收单"}


def test_run_again_it_brings_nothing_twice(house: House, folder: Path) -> None:
    run(house, folder)
    (folder / "d.pdf").write_bytes(b"ddd")
    (folder / "copy of a.pdf").write_bytes(b"aaa")
    again = run(house, folder, "--json")
    assert again.exit_code == 0
    states = {Path(line["path"]).name: line["state"] for line in lines(again)}
    assert states == {
        "a.pdf": "here_already",
        "b.jpg": "here_already",
        "收楼验收单.pdf": "here_already",
        "copy of a.pdf": "here_already",
        "d.pdf": "received",
    }
    assert len(documents(house)) == 4


def test_class_level_and_name_hold_for_all(house: House, folder: Path) -> None:
    chen = house.person("chen", "archivist")
    result = run(house, folder, "--class", "WS.01", "--level", "CONFIDENTIAL", "--as", "chen")
    assert result.exit_code == 0, result.output
    told = {(row.class_code, row.level, row.created_by) for row in documents(house)}
    assert told == {("WS.01", "CONFIDENTIAL", chen.user_id)}


def test_only_the_folder_itself(house: House, folder: Path) -> None:
    assert run(house, folder, "--no-recursive").exit_code == 0
    assert [row.title for row in documents(house)] == ["a"]


def test_a_dry_run_changes_nothing(house: House, folder: Path) -> None:
    (folder / "empty.pdf").write_bytes(b"")
    result = run(house, folder, "--dry-run", "--json")
    assert [line["state"] for line in lines(result)].count("would_go_in") == 3
    assert result.exit_code == 1
    assert documents(house) == []
    assert list(house.archive.blobs.entries()) == []


def test_links_hidden_files_and_pipes_stay_out(house: House, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "elsewhere").symlink_to(tmp_path)
    (folder / ".hidden.pdf").write_bytes(b"hidden")
    (folder / ".git").mkdir()
    (folder / ".git" / "x").write_bytes(b"x")
    os.mkfifo(folder / "pipe")
    result = run(house, folder, "--json")
    left_out = {Path(line["path"]).name for line in lines(result) if line["state"] == "left_out"}
    assert left_out == {"link.txt", "elsewhere", "pipe"}
    assert result.exit_code == 1
    assert len(documents(house)) == 3


def test_one_bad_file_does_not_stop_the_others(house: House, folder: Path) -> None:
    (folder / "0 empty.pdf").write_bytes(b"")
    result = run(house, folder)
    assert result.exit_code == 1
    assert "0 empty.pdf" in result.stderr
    assert len(documents(house)) == 3


def test_a_full_disk_stops_with_what_to_do(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreFull

    with monkeypatch.context() as patched:
        patched.setattr(LocalBlobStore, "put", full)
        result = run(house, folder)
    assert result.exit_code == 1
    assert "disk is full" in result.stderr
    assert documents(house) == []
    assert run(house, folder).exit_code == 0


def test_who_may_not_bring_in_brings_nothing(house: House, folder: Path) -> None:
    house.person("wang", "auditor")
    assert run(house, folder, "--as", "wang").exit_code == 1
    assert run(house, folder, "--as", "nobody").exit_code == 1
    assert documents(house) == []


def test_a_class_that_takes_nothing_is_told(house: House, folder: Path) -> None:
    result = run(house, folder, "--class", "WS")
    assert result.exit_code == 1
    assert documents(house) == []


def test_names_that_are_no_text_are_shown_somehow(house: House, folder: Path) -> None:
    (folder / os.fsdecode(b"\xff\xfe.pdf")).write_bytes(b"odd")
    result = run(house, folder, "--json")
    assert result.exit_code == 0, result.output
    assert len(documents(house)) == 4
