"""The same key from the same person has one effect and always the same answer."""

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from archive_service import api, records
from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.kernel.actor import service_actor
from archive_service.records import DocumentFilter
from tests.api.conftest import DOCUMENTS, Caller, Calls
from tests.support.house import House


def _count(house: House) -> int:
    with house.archive.reading() as session:
        return records.document_count(session, service_actor(), DocumentFilter())


def test_sent_again_it_is_answered_the_same_and_done_once(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    first = chen.brings(b"bytes", key="k-1", title="收据")
    house.clock.passes(hours=1)
    again = chen.brings(b"bytes", key="k-1", title="收据")
    assert (first.status_code, first.data, first.headers["Location"]) == (
        again.status_code,
        again.data,
        again.headers["Location"],
    )
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _count(house) == 1


def test_a_key_is_for_one_content(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    chen.brings(b"bytes", key="k-1", title="收据")
    for refused in (
        chen.brings(b"bytes", key="k-1", title="other"),
        chen.brings(b"other", key="k-1", title="收据"),
        chen.brings(b"bytes", name="other.pdf", key="k-1", title="收据"),
    ):
        assert (refused.status_code, refused.json["code"]) == (422, "idempotency.key-reused")
    assert _count(house) == 1


def test_a_key_is_for_one_call(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    paper = chen.brings(b"bytes", key="k-1").json["id"]
    data = {"file": (io.BytesIO(b"bytes2"), "a.pdf"), "reason": "x"}
    refused = chen.post(f"{DOCUMENTS}/{paper}/versions", data=data, headers={"Idempotency-Key": "k-1"})
    assert refused.json["code"] == "idempotency.key-reused"


def test_a_key_belongs_to_one_person(house: House, calls: Calls) -> None:
    chen, li = calls(house.person("chen", "archivist")), calls(house.person("li", "front_desk"))
    assert chen.brings(b"of chen", key="k-1").status_code == 201
    assert li.brings(b"of li", key="k-1").status_code == 201
    assert _count(house) == 2


def test_what_failed_can_be_sent_again_under_its_key(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    assert chen.brings(b"bytes", key="k-1", doc_date="never").status_code == 422
    assert chen.brings(b"bytes", key="k-1", doc_date="2026").status_code == 201


def test_a_key_is_short_and_plain(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    for key in ("", "k" * 129, "with blank", "钥匙".encode().decode("latin-1")):
        assert chen.brings(b"bytes", key=key).json["code"] == "idempotency.bad-key"
    assert _count(house) == 0


def test_a_retry_and_a_version_are_done_once_as_well(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    paper = chen.brings(b"one").json["id"]
    with house.work() as work:
        row = records.document(work.session, work.actor, uuid.UUID(paper))
        records.start_reading(work, row.version_id, media_type="x/y", pages_total=1, flags=())
        records.stop_reading(work, row.version_id, "reading.crashed", quarantine=False)
    address = f"{DOCUMENTS}/{paper}/versions/1/retry"
    first = chen.post(address, headers={"Idempotency-Key": "r"})
    again = chen.post(address, headers={"Idempotency-Key": "r"})
    assert first.status_code == again.status_code == 202
    assert first.data == again.data
    assert chen.post(address, headers={"Idempotency-Key": "r2"}).json["code"] == "version.wrong-state"


def test_two_servers_get_the_same_key_at_once(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    archives = [open_archive(house.archive.settings, house.clock) for _ in range(2)]
    servers = [create_app(archive) for archive in archives]
    token = chen.headers["Authorization"].removeprefix("Bearer ")
    rounds = 25
    try:
        for number in range(rounds):
            together = Barrier(4)

            def send(which: int, number: int = number, together: Barrier = together) -> tuple[int, bytes]:
                caller = Caller(servers[which % 2], token)
                together.wait()
                answer = caller.brings(f"bytes {number}".encode(), key=f"k-{number}")
                return answer.status_code, answer.data

            with ThreadPoolExecutor(4) as pool:
                answers = set(pool.map(send, range(4)))
            assert len(answers) == 1
            assert next(iter(answers))[0] == 201
    finally:
        for archive in archives:
            archive.close()
    assert _count(house) == rounds


def test_answers_are_kept_for_two_days(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    for number in range(5):
        chen.brings(f"{number}".encode(), key=f"old-{number}")
    house.clock.passes(hours=47)
    chen.brings(b"new", key="new")
    with house.work() as work:
        assert api.prune(work.session, work.now) == 0
    house.clock.passes(hours=1)
    with house.work() as work:
        assert [api.prune(work.session, work.now, limit=3) for _ in range(3)] == [3, 2, 0]
    assert chen.brings(b"new", key="new").headers["Idempotency-Replayed"] == "true"
