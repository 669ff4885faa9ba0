import shutil

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from archive_service.bootstrap import Archive
from archive_service.kernel.db import Sessions
from storage import StoreFull
from tests.api.conftest import Caller


def test_a_whole_service_is_ready_before_anybody_has_signed_in(stranger: Caller) -> None:
    assert stranger.get("/health/live").json == {"status": "alive"}
    answer = stranger.get("/health/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ready", "background": "silent"},  # no worker lives in this house
    )


def test_without_its_database_it_lives_but_is_not_ready(
    stranger: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> object:
        raise OperationalError("SELECT 1", {}, Exception("the server is away at secret-host"))

    monkeypatch.setattr(Sessions, "reading", gone)
    assert stranger.get("/health/live").status_code == 200
    answer = stranger.get("/health/ready")
    assert (answer.status_code, answer.json) == (503, {"status": "not-ready", "failed": ["database"]})


def test_a_full_disk_and_a_damaged_index_are_named(
    app: Flask, stranger: Caller, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> object:
        raise StoreFull()

    monkeypatch.setattr(archive.blobs, "stage", full)
    assert stranger.get("/health/ready").json["failed"] == ["store"]
    monkeypatch.undo()
    archive.index.healthy()
    shutil.rmtree(archive.settings.index_dir)
    archive.settings.index_dir.mkdir()
    (archive.settings.index_dir / "strange").write_bytes(b"not an index")
    assert "index" in stranger.get("/health/ready").json["failed"]
