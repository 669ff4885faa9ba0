"""Between the new name of an upload's bytes and the sync of its directory: nothing is acknowledged there."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from archive_service import intake, records
from archive_service.intake import UploadRow, UploadState
from archive_service.intake.service import uploads as at_work
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import StorageBroken
from archive_service.settings import Settings
from storage import open_store
from tests.support.house import House

CONTENT = b"a scan"


def begins(house: House, who: Actor) -> UploadRow:
    return intake.open_upload(
        house.archive, who, file_name="plan.pdf", length=len(CONTENT), purpose=intake.purpose_of({})
    )


def count(house: House) -> int:
    with house.archive.reading() as session:
        return records.document_count(session, service_actor(), records.DocumentFilter())


class Shelves:
    """The directories of blobs, whose syncs are watched and can be made to fail or to end the process."""

    def __init__(self, blobs: Path) -> None:
        self.inodes = {shelf.stat().st_ino for shelf in (blobs / "sha256").iterdir()}
        self.synced: list[int] = []

    @contextmanager
    def syncing(self, then: Callable[[], None] = lambda: None) -> Iterator[None]:
        real = os.fsync

        def fsync(fd: int) -> None:
            facts = os.fstat(fd)
            if stat.S_ISDIR(facts.st_mode) and facts.st_ino in self.inodes:
                then()
                self.synced.append(facts.st_ino)
            real(fd)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            yield


class Killed(BaseException):
    """The process ends here, as far as the code in it can tell."""


def breaks() -> None:
    raise OSError(errno.EIO, "the disk does not answer")


def dies() -> None:
    raise Killed


@pytest.fixture
def shelves(house: House, settings: Settings) -> Shelves:
    return Shelves(settings.blobs_dir)


@pytest.mark.parametrize("who_asks", ["sender", "worker"])
def test_as_long_as_the_name_can_not_be_synced_the_upload_is_no_document(
    house: House, chen: Actor, shelves: Shelves, who_asks: str
) -> None:
    upload = begins(house, chen)
    with shelves.syncing(breaks):
        with pytest.raises(StorageBroken):
            intake.append(house.archive, chen, upload.id, 0, [CONTENT])
        if who_asks == "sender":
            with pytest.raises(StorageBroken):
                intake.look(house.archive, chen, upload.id)
        else:
            assert intake.finish_complete_uploads(house.archive) == 0
        assert count(house) == 0
    with shelves.syncing():
        assert intake.look(house.archive, chen, upload.id).upload.state is UploadState.RECEIVED
    assert (count(house), len(shelves.synced)) == (1, 1)


def test_who_goes_on_after_a_kill_syncs_the_name_before_the_upload_is_a_document(
    house: House, chen: Actor, shelves: Shelves, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begins(house, chen)
    with shelves.syncing(dies), pytest.raises(Killed):
        intake.append(house.archive, chen, upload.id, 0, [CONTENT])
    # What another process sees, which knows nothing of the first.
    another = replace(house.archive, blobs=open_store(settings.blobs_dir))
    syncs_before_accepting: list[int] = []
    real = at_work.accept

    def accept(*args: object, **kwargs: object) -> object:
        syncs_before_accepting.append(len(shelves.synced))
        return real(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(at_work, "accept", accept)
    with shelves.syncing():
        assert intake.look(another, chen, upload.id).upload.state is UploadState.RECEIVED
    assert syncs_before_accepting == [1]


def test_a_look_while_the_name_is_being_synced_syncs_it_too(
    house: House, chen: Actor, shelves: Shelves
) -> None:
    upload = begins(house, chen)
    seen: list[tuple[UploadState, int]] = []

    def another_asks() -> None:
        if not seen:
            seen.append((UploadState.OPEN, 0))
            state = intake.look(house.archive, chen, upload.id).upload.state
            seen.append((state, len(shelves.synced)))

    with shelves.syncing(another_asks):
        done = intake.append(house.archive, chen, upload.id, 0, [CONTENT]).upload
    assert seen[1:] == [(UploadState.RECEIVED, 1)]
    assert done.state is UploadState.RECEIVED
    assert count(house) == 1


def test_a_name_in_doubt_over_bytes_that_are_others_now_is_admitted(
    house: House, chen: Actor, shelves: Shelves, settings: Settings
) -> None:
    upload = begins(house, chen)
    with shelves.syncing(breaks), pytest.raises(StorageBroken):
        intake.append(house.archive, chen, upload.id, 0, [CONTENT])
    [blob] = (settings.blobs_dir / "sha256").glob("*/*")
    blob.chmod(0o600)
    blob.write_bytes(b"b scan")
    assert intake.look(house.archive, chen, upload.id).upload.trouble == "upload.bytes-lost"
