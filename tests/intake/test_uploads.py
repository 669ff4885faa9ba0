"""Uploads in parts, as the service keeps them: begun, grown, cut off anywhere, finished once, given up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from archive_service import intake, people, records
from archive_service.intake import UploadRow, UploadState
from archive_service.intake.rules import (
    MOST_OPEN_UPLOADS,
    LongerThanAnnounced,
    TooManyUploads,
    UploadBusy,
    UploadFinished,
    UploadGone,
    UploadUnfinished,
    WrongOffset,
)
from archive_service.intake.service import uploads as at_work
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden, NotFound, StorageBroken, StorageFull, TooLarge
from archive_service.kernel.ids import UserId
from archive_service.records import Description
from archive_service.settings import Settings
from storage import Blob, PartMissing, StoreFailed, StoreFull
from tests.support.house import House


class Killed(BaseException):
    """The process ends here, as far as the code in it can tell."""


def begins(house: House, who: Actor, length: int, *, name: str = "扫描.pdf", **told: str) -> UploadRow:
    purpose = intake.purpose_of(told)
    return intake.open_upload(house.archive, who, file_name=name, length=length, purpose=purpose)


def sends(house: House, who: Actor, upload: UploadRow, offset: int, content: bytes) -> intake.Progress:
    return intake.append(house.archive, who, upload.id, offset, [content])


def titles(house: House) -> list[str]:
    with house.archive.reading() as session:
        return [row.title for row in records.documents(session, service_actor())]


@contextmanager
def killed_in(monkeypatch: pytest.MonkeyPatch, target: object, name: str, *, after: bool) -> Iterator[None]:
    """The process dies when it calls this: before anything of it is done, or right after all of it."""
    real = getattr(target, name)

    def dying(*args: object, **kwargs: object) -> object:
        if after:
            real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(target, name, dying)
        with pytest.raises(Killed):
            yield


def test_a_file_arrives_in_parts(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 9, name="图纸.pdf", unit="3-1201")
    assert sends(house, chen, upload, 0, b"abcd").offset == 4
    assert intake.look(house.archive, chen, upload.id).offset == 4
    done = sends(house, chen, upload, 4, b"efghi")
    assert (done.offset, done.upload.state) == (9, UploadState.RECEIVED)
    assert done.upload.document_id is not None
    document = house.document(done.upload.document_id)
    assert (document.title, document.unit, document.size) == ("图纸", "3-1201", 9)
    with house.archive.blobs.open(done.upload.digest) as file:  # type: ignore[arg-type]  # a digest in a row
        assert file.read() == b"abcdefghi"


def test_a_broken_line_keeps_what_arrived(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 9)

    def line() -> Iterator[bytes]:
        yield b"abc"
        yield b"de"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        intake.append(house.archive, chen, upload.id, 0, line())
    assert intake.look(house.archive, chen, upload.id).offset == 5
    assert sends(house, chen, upload, 5, b"fghi").upload.state is UploadState.RECEIVED


def test_parts_come_in_order_and_stop_at_the_end(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 6)
    sends(house, chen, upload, 0, b"abc")
    with pytest.raises(WrongOffset):
        sends(house, chen, upload, 0, b"abc")
    with pytest.raises(LongerThanAnnounced):
        sends(house, chen, upload, 3, b"defg")
    assert intake.look(house.archive, chen, upload.id).offset == 3


def test_one_line_at_a_time(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 6)
    writing, finish = threading.Event(), threading.Event()

    def line() -> Iterator[bytes]:
        yield b"abc"
        writing.set()
        finish.wait(10)
        yield b"def"

    first = threading.Thread(target=lambda: intake.append(house.archive, chen, upload.id, 0, line()))
    first.start()
    assert writing.wait(10)
    with pytest.raises(UploadBusy):
        sends(house, chen, upload, 3, b"xyz")
    with pytest.raises(UploadBusy):
        intake.terminate(house.archive, chen, upload.id)
    finish.set()
    first.join()
    assert intake.look(house.archive, chen, upload.id).upload.state is UploadState.RECEIVED


@pytest.mark.parametrize(
    ("target", "name", "after"),
    [
        ("parts", "measure", False),
        ("parts", "measure", True),
        ("module", "_note_digest", False),
        ("module", "_note_digest", True),
        ("parts", "seal", False),
        ("parts", "seal", True),
        ("module", "accept", False),
        ("module", "accept", True),
        ("module", "_accept", True),
    ],
)
@pytest.mark.parametrize("who_asks", ["sender", "worker"])
def test_a_kill_between_the_last_byte_and_the_answer_loses_nothing(
    house: House,
    chen: Actor,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    name: str,
    after: bool,
    who_asks: str,
) -> None:
    upload = begins(house, chen, 3, name="plan.pdf")
    place = at_work if target == "module" else type(house.archive.blobs.parts)
    with killed_in(monkeypatch, place, name, after=after):
        sends(house, chen, upload, 0, b"abc")
    if who_asks == "worker":
        finished = intake.finish_complete_uploads(house.archive)
        assert finished == (0 if name == "_accept" else 1)
    progress = intake.look(house.archive, chen, upload.id)
    assert (progress.offset, progress.upload.state) == (3, UploadState.RECEIVED)
    assert intake.finish_complete_uploads(house.archive) == 0
    assert titles(house) == ["plan"]
    with house.archive.blobs.open(progress.upload.digest) as file:  # type: ignore[arg-type]  # as above
        assert file.read() == b"abc"


def test_a_kill_before_the_first_byte_begins_anew(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_in(monkeypatch, type(house.archive.blobs.parts), "create", after=False):
        begins(house, chen, 3)
    with house.archive.reading() as session:
        [upload] = intake.queries.open_uploads(session, None)
    assert intake.look(house.archive, chen, upload.id).offset == 0
    assert sends(house, chen, upload, 0, b"abc").upload.state is UploadState.RECEIVED


def test_bytes_about_to_be_a_document_are_not_swept(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begins(house, chen, 3)
    with killed_in(monkeypatch, at_work, "_accept", after=False):
        sends(house, chen, upload, 0, b"abc")
    with house.archive.reading() as session:
        [row] = intake.queries.open_uploads(session, None)
        assert intake.referenced_digests(session, [row.digest]) == {row.digest}


@pytest.mark.parametrize(("error", "told"), [(StoreFull, StorageFull), (StoreFailed, StorageBroken)])
@pytest.mark.parametrize("step", ["append", "measure", "seal"])
def test_a_full_or_failing_disk_is_told_and_got_over(
    house: House,
    chen: Actor,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: type[Exception],
    told: type[Exception],
) -> None:
    upload = begins(house, chen, 3)

    def failing(*_: object, **__: object) -> Blob:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(type(house.archive.blobs.parts), step, failing)
        with pytest.raises(told):
            sends(house, chen, upload, 0, b"abc")
    assert titles(house) == []
    progress = intake.look(house.archive, chen, upload.id)
    if step == "append":
        assert progress.offset == 0
        progress = sends(house, chen, upload, 0, b"abc")
    assert progress.upload.state is UploadState.RECEIVED


def test_an_upload_is_its_senders_alone(house: House, chen: Actor, li: Actor) -> None:
    upload = begins(house, chen, 3)
    with pytest.raises(NotFound):
        intake.look(house.archive, li, upload.id)
    with pytest.raises(NotFound):
        sends(house, li, upload, 0, b"abc")
    with pytest.raises(NotFound):
        intake.finish_upload(house.archive, li, upload.id)
    with pytest.raises(NotFound):
        intake.terminate(house.archive, li, upload.id)
    assert intake.look(house.archive, chen, upload.id).offset == 0


def test_what_is_wrong_is_told_before_the_bytes_come(house: House, chen: Actor) -> None:
    with pytest.raises(intake.EmptyFile):
        begins(house, chen, 0)
    with pytest.raises(TooLarge):
        begins(house, chen, house.archive.settings.max_upload_bytes + 1)
    with pytest.raises(records.BadDate):
        begins(house, chen, 3, doc_date="someday")
    with pytest.raises(records.TooLong):
        begins(house, chen, 3, title="长" * 256)
    with pytest.raises(NotFound):
        begins(house, chen, 3, document_id="01a206d3-c4a0-774e-bc8e-0a447fff7bd0", reason="signed")
    with pytest.raises(Forbidden):
        begins(house, house.person("zhao", "cashier"), 3, class_code="WS.01")
    with pytest.raises(Forbidden):
        begins(house, house.person("wang", "auditor"), 3)


def test_a_person_has_so_many_unfinished_uploads(house: House, chen: Actor, li: Actor) -> None:
    first = begins(house, chen, 3)
    for _ in range(MOST_OPEN_UPLOADS - 1):
        begins(house, chen, 3)
    with pytest.raises(TooManyUploads):
        begins(house, chen, 3)
    begins(house, li, 3)
    intake.terminate(house.archive, chen, first.id)
    begins(house, chen, 3)


def test_given_up_is_gone(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 9)
    sends(house, chen, upload, 0, b"abc")
    intake.terminate(house.archive, chen, upload.id)
    with pytest.raises(UploadGone):
        sends(house, chen, upload, 3, b"def")
    with pytest.raises(UploadGone):
        intake.terminate(house.archive, chen, upload.id)
    with pytest.raises(PartMissing):
        house.archive.blobs.parts.offset(upload.key)


def test_what_is_received_can_not_be_given_up(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 3)
    sends(house, chen, upload, 0, b"abc")
    with pytest.raises(UploadFinished):
        intake.terminate(house.archive, chen, upload.id)
    with pytest.raises(UploadFinished):
        sends(house, chen, upload, 1, b"bc")
    assert sends(house, chen, upload, 3, b"").upload.state is UploadState.RECEIVED


def test_an_unfinished_upload_is_not_finished(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 9)
    sends(house, chen, upload, 0, b"abc")
    with pytest.raises(UploadUnfinished):
        intake.finish_upload(house.archive, chen, upload.id)
    assert intake.finish_complete_uploads(house.archive) == 0


def test_the_same_bytes_in_parts_are_a_question_too(house: House, chen: Actor) -> None:
    there = house.paper(chen, b"abc")
    upload = begins(house, chen, 3, name="copy.pdf")
    done = sends(house, chen, upload, 0, b"abc").upload
    assert done.state is UploadState.DUPLICATE
    with house.work(chen) as work:
        copy = intake.keep_both(work, upload.id)
    assert copy != there
    assert intake.look(house.archive, chen, upload.id).upload.document_id == copy


def test_the_same_bytes_in_parts_once_more_are_the_same_question(house: House, chen: Actor) -> None:
    house.paper(chen, b"abc")
    first, again = begins(house, chen, 3, name="copy.pdf"), begins(house, chen, 3, name="copy 2.pdf")
    assert sends(house, chen, first, 0, b"abc").upload.state is UploadState.DUPLICATE
    joined = sends(house, chen, again, 0, b"abc").upload
    assert (joined.state, joined.question) == (UploadState.JOINED, first.id)
    with house.archive.reading() as session:
        assert [row.id for row in intake.undecided(session, chen)] == [first.id]
    assert intake.look(house.archive, chen, again.id).upload.state is UploadState.JOINED
    with house.work(chen) as work, pytest.raises(UploadFinished):
        intake.keep_both(work, again.id)


def test_a_new_version_in_parts(house: House, chen: Actor) -> None:
    paper = house.paper(chen, b"first")
    upload = begins(house, chen, 3, document_id=str(paper), reason="盖章件")
    assert sends(house, chen, upload, 0, b"abc").upload.document_id == paper
    assert house.document(paper).version_number == 2


def test_what_can_not_be_taken_any_more_says_why(house: House, chen: Actor) -> None:
    paper = house.paper(chen, b"abc")
    upload = begins(house, chen, 3, document_id=str(paper), reason="again")
    failed = sends(house, chen, upload, 0, b"abc").upload
    assert (failed.state, failed.trouble) == (UploadState.FAILED, "version.same-bytes")
    assert failed.trouble_facts == {"number": "1"}
    assert intake.look(house.archive, chen, upload.id).upload.state is UploadState.FAILED


def test_lost_bytes_are_admitted(house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = begins(house, chen, 3)
    with killed_in(monkeypatch, at_work, "_accept", after=False):
        sends(house, chen, upload, 0, b"abc")
    with house.archive.reading() as session:
        [row] = intake.queries.open_uploads(session, None)
    house.archive.blobs.remove(row.digest)  # type: ignore[arg-type]  # as above
    assert intake.look(house.archive, chen, upload.id).upload.trouble == "upload.bytes-lost"


def test_left_uploads_expire(house: House, chen: Actor, settings: Settings) -> None:
    house.paper(chen, b"abc")
    left, copy = begins(house, chen, 9), begins(house, chen, 3)
    sends(house, chen, left, 0, b"abc")
    sends(house, chen, copy, 0, b"abc")
    house.clock.passes(days=settings.upload_days - 1)
    assert intake.expire_uploads(house.archive) == 0
    fresh = begins(house, chen, 9)
    sends(house, chen, fresh, 0, b"xyz")
    house.clock.passes(days=1)
    assert intake.expire_uploads(house.archive) == 2
    assert intake.expire_uploads(house.archive) == 0
    for upload in (left, copy):
        with pytest.raises(UploadGone):
            intake.look(house.archive, chen, upload.id)
    assert intake.look(house.archive, chen, fresh.id).offset == 3
    assert {key for key, _ in house.archive.blobs.parts.keys()} == {fresh.key}  # noqa: SIM118  (not a mapping)


def test_expiry_goes_on_where_it_was_stopped(house: House, chen: Actor) -> None:
    for _ in range(5):
        begins(house, chen, 9)
    house.clock.passes(days=30)
    assert intake.expire_uploads(house.archive, most=2) >= 2
    intake.expire_uploads(house.archive)
    with house.archive.reading() as session:
        assert intake.queries.open_uploads(session, None) == []


def test_expiry_waits_for_who_is_sending(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 6)
    expired: list[int] = []

    def line() -> Iterator[bytes]:
        yield b"abc"
        house.clock.passes(days=30)
        expired.append(intake.expire_uploads(house.archive))
        yield b"def"

    done = intake.append(house.archive, chen, upload.id, 0, line()).upload
    assert (expired, done.state) == ([0], UploadState.RECEIVED)


def test_bytes_of_nobody_are_cleared(house: House) -> None:
    house.archive.blobs.parts.create("0" * 32)
    intake.expire_uploads(house.archive)
    assert list(house.archive.blobs.parts.keys()) == []


def test_who_lost_the_right_brings_nothing_in_afterwards(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begins(house, chen, 3)
    with killed_in(monkeypatch, at_work, "finish_upload", after=False):
        sends(house, chen, upload, 0, b"abc")
    with house.work() as work:
        people.disable(work, UserId(upload.created_by))
    assert intake.finish_complete_uploads(house.archive) == 0
    assert titles(house) == []


def test_titles_come_from_the_name_when_nothing_else_is_known(house: House, chen: Actor) -> None:
    upload = begins(house, chen, 3, name="../../etc/收楼验收单.PDF")
    done = sends(house, chen, upload, 0, b"abc").upload
    assert done.document_id is not None
    assert house.document(done.document_id).title == "收楼验收单"
    assert isinstance(done.purpose, Description)
