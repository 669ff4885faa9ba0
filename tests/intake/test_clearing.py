"""One upload that is in trouble holds up no other; and the many that are done cost those who begin one nothing."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from structlog.testing import capture_logs

from archive_service import intake, records
from archive_service.intake import UploadRow, UploadState, queries
from archive_service.intake.service import clearing
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Busy
from archive_service.settings import Settings
from tests.support.house import House

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def arrived(house: House, who: Actor, name: str) -> UploadRow:
    """All its bytes are here, and there the server was stopped."""
    content = name.encode()
    row = intake.open_upload(
        house.archive, who, file_name=name, length=len(content), purpose=intake.purpose_of({})
    )
    house.archive.blobs.parts.append(row.key, 0, [content], limit=row.length)
    return row


def part_of(settings: Settings, upload: UploadRow) -> Path:
    return settings.blobs_dir / "parts" / upload.key


def lead_in_circles(part: Path) -> None:
    """Whoever looks gets an error of the disk."""
    part.unlink()
    part.symlink_to(part.name)


def refuse_to_open(part: Path) -> None:
    """It can be looked at, but whoever reads or writes gets an error of the disk."""
    part.unlink()
    part.mkdir()


def titles(house: House) -> set[str]:
    with house.archive.reading() as session:
        return {row.title for row in records.documents(session, service_actor())}


def states(house: House, who: Actor, *uploads: UploadRow) -> list[UploadState]:
    with house.archive.reading() as session:
        return [queries.upload(session, who, upload.id).state for upload in uploads]


@pytest.mark.parametrize("spoil", [lead_in_circles, refuse_to_open])
def test_bytes_that_can_not_be_read_hold_up_no_other_upload(
    house: House, chen: Actor, settings: Settings, spoil: Callable[[Path], None]
) -> None:
    first, bad, last = (arrived(house, chen, name) for name in ("first.pdf", "bad.pdf", "last.pdf"))
    whole = part_of(settings, bad).read_bytes()
    spoil(part_of(settings, bad))
    with capture_logs() as logs:
        assert intake.finish_complete_uploads(house.archive) == 2
    assert titles(house) == {"first", "last"}
    [told] = [entry for entry in logs if entry["event"] == "upload.not-finished"]
    assert (told["upload"], told["error"]) == (str(bad.id), "StorageBroken")
    assert states(house, chen, first, bad, last) == [
        UploadState.RECEIVED,
        UploadState.OPEN,
        UploadState.RECEIVED,
    ]

    part = part_of(settings, bad)
    part.rmdir() if part.is_dir() else part.unlink()
    part.write_bytes(whole)
    assert intake.finish_complete_uploads(house.archive) == 1
    assert titles(house) == {"first", "bad", "last"}


@pytest.mark.parametrize("error", [Busy, RuntimeError])
def test_whatever_goes_wrong_with_one_goes_wrong_with_that_one(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    bad, _good = arrived(house, chen, "bad.pdf"), arrived(house, chen, "good.pdf")
    real = clearing.finish_upload

    def failing_once(archive: object, actor: Actor, upload_id: uuid.UUID) -> UploadRow:
        if upload_id == bad.id:
            raise error
        return real(house.archive, actor, upload_id)

    monkeypatch.setattr(clearing, "finish_upload", failing_once)
    with capture_logs() as logs:
        assert intake.finish_complete_uploads(house.archive) == 1
    assert titles(house) == {"good"}
    assert [entry["error"] for entry in logs if entry["event"] == "upload.not-finished"] == [error.__name__]


def test_bytes_that_can_not_be_discarded_hold_up_no_other_upload(
    house: House, chen: Actor, settings: Settings
) -> None:
    first, bad, last = (
        intake.open_upload(house.archive, chen, file_name=name, length=9, purpose=intake.purpose_of({}))
        for name in ("first.pdf", "bad.pdf", "last.pdf")
    )
    refuse_to_open(part_of(settings, bad))
    strays = ["0" * 32, "f" * 32]
    for key in strays:
        house.archive.blobs.parts.create(key)
    refuse_to_open(settings.blobs_dir / "parts" / strays[0])
    house.clock.passes(days=settings.upload_days)
    with capture_logs() as logs:
        assert intake.expire_uploads(house.archive) == 2
    assert states(house, chen, first, bad, last) == [
        UploadState.EXPIRED,
        UploadState.OPEN,
        UploadState.EXPIRED,
    ]
    assert {(entry["event"], entry["upload"], entry["error"]) for entry in logs} >= {
        ("upload.not-expired", str(bad.id), "StorageBroken"),
        ("upload.stray-not-cleared", str(uuid.UUID(strays[0])), "StorageBroken"),
    }
    assert {key for key, _ in house.archive.blobs.parts.keys()} == {bad.key, strays[0]}  # noqa: SIM118  (not a mapping)


def plans_of(engine: Engine, ask: Callable[[], object]) -> str:
    """What SQLite would do for the statements that ``ask`` sends."""
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection: object, _cursor: object, text: str, values: tuple[object, ...], *_: object) -> None:
        sent.append((text, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    [(text, values)] = [one for one in sent if one[0].startswith("SELECT")]
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        return "; ".join(row.detail for row in plan)


@one_database
def test_awaited_uploads_are_found_without_a_look_at_those_that_are_done(house: House, chen: Actor) -> None:
    assert chen.user_id is not None
    me, now, someone = chen.user_id, house.clock.now(), uuid.uuid4()
    with house.archive.reading() as session:
        asked: dict[str, tuple[Callable[[], object], str]] = {
            "open": (lambda: queries.open_count(session, me), "ix_upload_created_by"),
            "number undecided": (lambda: queries.undecided_count(session, chen), "ix_upload_created_by"),
            "undecided": (lambda: queries.undecided(session, chen), "ix_upload_created_by"),
            "walk": (lambda: queries.open_uploads(session, None), "ix_upload_open"),
            "walk on": (lambda: queries.open_uploads(session, someone), "ix_upload_open"),
            "expired": (lambda: queries.expired_ids(session, now, 10), "ix_upload_expires_at"),
            "named": (lambda: queries.referenced_digests(session, ["0" * 64]), "ix_upload_digest"),
        }
        for name, (ask, index) in asked.items():
            plan = plans_of(house.archive.sessions.engine, ask)
            assert f"INDEX {index}" in plan, (name, plan)
            # All of an index is read only where it has nothing but what is asked for.
            assert plan.startswith("SEARCH") or (name, index) == ("walk", "ix_upload_open"), (name, plan)
            assert "TEMP B-TREE" not in plan, (name, plan)
