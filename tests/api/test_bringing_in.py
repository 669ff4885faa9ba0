import io
import itertools

import pytest
from werkzeug.http import parse_options_header

from archive_service import audit, records
from archive_service.kernel.actor import service_actor
from archive_service.kernel.levels import Level
from archive_service.people import Scope
from storage import parse_digest
from tests.api.conftest import DOCUMENTS, Calls
from tests.support.house import House

FIELDS = ("role", "owner_id", "approved_by", "retention_until", "revision", "state", "created_by")
NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "CON": "CON",
    "楼" * 85 + ".pdf": "楼" * 65 + ".pdf",
    "\u202egnp.exe": "gnp.exe",
    "<svg onload=alert(1)>.pdf": "<svg onload=alert(1)>.pdf",
}
WRONG = (
    ({"level": "SECRET"}, "invalid"),
    ({"keep_both": "perhaps"}, "invalid"),
    ({"title": "长" * 256}, "document.too-long"),
    ({"title": "\x00"}, "invalid"),
    ({"doc_date": "2026-02-30"}, "document.bad-date"),
    ({"class_code": "NO.99"}, "classification.unknown-class"),
)


def test_a_file_is_received_once_its_bytes_are_durable(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    received = chen.brings(
        b"the bytes", title="3-1201 收楼验收单", unit="3-1201", doc_date="2026年3月8日", level="CONFIDENTIAL"
    )
    assert received.status_code == 201
    told = received.json
    assert received.headers["Location"] == told["links"]["self"]
    with house.archive.blobs.open(parse_digest(told["sha256"])) as kept:
        assert kept.read() == b"the bytes"
    document = chen.get(told["links"]["self"]).json
    assert document["title"] == "3-1201 收楼验收单"
    assert (document["unit"], document["doc_date"]) == ("3-1201", "2026-03-08")
    assert (document["level"], document["state"], document["version"]) == ("CONFIDENTIAL", "received", 1)
    assert document["archival_no"] is None
    with house.archive.reading() as session:
        event = audit.trail(session, subject=f"document:{told['id']}")[0]
    assert event.action == "document.added"
    assert event.actor.endswith("/api")


def test_the_same_bytes_again_are_told_of_with_what_is_there(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    first = chen.brings(b"same", title="电话 13812345678").json
    again = chen.brings(b"same")
    assert again.status_code == 409
    assert again.json["code"] == "document.duplicate"
    assert [one["id"] for one in again.json["existing"]] == [first["id"]]
    assert again.json["existing"][0]["title"] == "电话 138****5678"
    assert chen.brings(b"same", keep_both="true").status_code == 201
    assert chen.get(DOCUMENTS).json["total"] == 2


def test_copies_that_one_may_not_see_are_not_told_of(house: House, calls: Calls) -> None:
    chen, desk = house.person("chen", "archivist"), house.person("li", "front_desk")
    house.paper(chen, b"secret bytes", class_code="YZ.02", level=Level.SENSITIVE)
    assert calls(desk).brings(b"secret bytes").status_code == 201


def test_fields_that_nobody_asked_for_change_nothing(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    for name, value in itertools.product(FIELDS, ("true", "1", "admin", "[1]")):
        refused = chen.brings(b"bytes", **{name: value})
        assert (refused.status_code, refused.json["code"]) == (400, "invalid.unknown-field")
        assert refused.json["field"] == name
    assert chen.get(DOCUMENTS).json["total"] == 0


def test_a_description_that_does_not_fit_brings_nothing_in(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    for told, code in WRONG:
        refused = chen.brings(b"bytes", **told)
        assert (refused.status_code, refused.json["code"]) == (422, code), told
    assert chen.get(DOCUMENTS).json["total"] == 0


def test_an_empty_file_no_file_two_files_and_other_files_are_refused(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    assert chen.brings(b"").json["code"] == "upload.empty"
    assert chen.post(DOCUMENTS, data={"title": "x"}, content_type="multipart/form-data").status_code == 422
    two = {"file": [(io.BytesIO(b"1"), "a.pdf"), (io.BytesIO(b"2"), "b.pdf")]}
    assert chen.post(DOCUMENTS, data=two).json["code"] == "invalid.repeated-field"
    other = {"file": (io.BytesIO(b"1"), "a.pdf"), "thumb": (io.BytesIO(b"2"), "b.pdf")}
    assert chen.post(DOCUMENTS, data=other).json["code"] == "invalid.unknown-field"
    assert chen.post(DOCUMENTS, json={"file": "x"}).status_code == 415
    assert chen.get(DOCUMENTS).json["total"] == 0


def test_names_are_data_only(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    for number, (name, kept) in enumerate(NAMES.items()):
        received = chen.brings(b"bytes %d" % number, name=name).json
        shown = chen.get(received["links"]["self"]).json["file_name"]
        assert shown == kept
        assert len(shown.encode()) <= 200
        sent = chen.get(received["links"]["content"])
        assert sent.data == b"bytes %d" % number
        kind, options = parse_options_header(sent.headers["Content-Disposition"])
        assert kind == "attachment"
        assert options == {"filename": kept}


def test_a_name_cannot_write_headers_of_its_own(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    name = 'a"; filename=evil.html\r\nX-Evil: 1'
    with house.work(chen) as work:
        paper = records.add_document(work, house.blob(b"bytes", name), records.Description())
    sent = calls(chen).get(f"{DOCUMENTS}/{paper}/versions/1/content")
    kind, options = parse_options_header(sent.headers["Content-Disposition"])
    assert (kind, options["filename"]) == ("attachment", 'a"; filename=evil.html X-Evil: 1')
    assert "X-Evil" not in sent.headers


def test_a_file_over_the_limit_is_refused_and_nothing_of_it_stays(
    house: House, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen = calls(house.person("chen", "archivist"))
    small = house.archive.settings.model_copy(update={"max_upload_bytes": 1000})
    monkeypatch.setattr(type(house.archive), "settings", small, raising=False)
    refused = chen.brings(b"x" * 1001)
    assert (refused.status_code, refused.json["code"]) == (413, "too-large")
    assert list(house.archive.blobs.entries()) == []


@pytest.mark.parametrize(("length", "read"), [(1000, 201), (1001, 413)])
def test_a_file_over_the_limit_is_refused_before_it_is_read(
    house: House, calls: Calls, monkeypatch: pytest.MonkeyPatch, length: int, read: int
) -> None:
    chen = calls(house.person("chen", "archivist"))
    small = house.archive.settings.model_copy(update={"max_upload_bytes": 1000})
    monkeypatch.setattr(type(house.archive), "settings", small, raising=False)
    stored: list[int] = []
    stage = house.archive.blobs.stage

    def staged() -> object:
        stored.append(1)
        return stage()

    monkeypatch.setattr(house.archive.blobs, "stage", staged)
    assert chen.brings(b"x" * length, title="竣工图").status_code == read
    assert len(stored) == (1 if read == 201 else 0)


def test_roles_bring_in_what_their_work_is(house: House, calls: Calls) -> None:
    cashier = calls(house.person("wang", "cashier"))
    assert cashier.brings(b"receipt", class_code="KU.01").status_code == 201
    assert cashier.brings(b"drawing", class_code="KJ.01").status_code == 403
    manager = calls(house.person("zhao", "sc_manager"))
    assert manager.brings(b"x").json["code"] == "forbidden"
    reader = calls(house.person("sun", "archivist"), Scope.READ)
    assert reader.brings(b"x").json["code"] == "forbidden"


def test_a_new_version_needs_a_reason_and_new_bytes(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    first = chen.brings(b"one").json
    address = f"{DOCUMENTS}/{first['id']}/versions"

    def sends(content: bytes, **told: str) -> tuple[int, str]:
        answer = chen.post(address, data={"file": (io.BytesIO(content), "b.pdf"), **told})
        return answer.status_code, answer.json.get("code", "")

    assert sends(b"two") == (422, "invalid")
    assert sends(b"two", reason="  ") == (422, "document.needs-reason")
    assert sends(b"one", reason="again") == (409, "version.same-bytes")
    assert sends(b"two", reason="better scan", title="new") == (400, "invalid.unknown-field")
    assert sends(b"two", reason="better scan") == (201, "")
    versions = chen.get(address).json["versions"]
    assert [(v["number"], v["is_current"], v["reason_given"]) for v in versions] == [
        (2, True, "better scan"),
        (1, False, ""),
    ]
    assert chen.get(versions[1]["content"]).data == b"one"
    assert chen.get(versions[0]["content"]).data == b"two"


def test_a_new_version_names_other_documents_with_its_bytes(house: House, calls: Calls) -> None:
    chen = calls(house.person("chen", "archivist"))
    other, first = chen.brings(b"one", title="收据").json, chen.brings(b"two").json
    data = {"file": (io.BytesIO(b"one"), "b.pdf"), "reason": "better scan"}
    answer = chen.post(f"{DOCUMENTS}/{first['id']}/versions", data=data)
    assert (answer.status_code, answer.json["version"]) == (201, 2)
    assert answer.json["existing"] == [
        {
            "id": other["id"],
            "title": "收据",
            "version": 1,
            "links": {"self": other["links"]["self"], "html": other["links"]["html"]},
        }
    ]


def test_nobody_adds_versions_to_what_they_cannot_see(house: House, calls: Calls) -> None:
    paper = house.paper(level=Level.SENSITIVE, class_code="YZ.02")
    desk = calls(house.person("li", "front_desk"))
    data = {"file": (io.BytesIO(b"x"), "b.pdf"), "reason": "because"}
    assert desk.post(f"{DOCUMENTS}/{paper}/versions", data=data).status_code == 404
    with house.archive.reading() as session:
        assert len(records.versions(session, paper)) == 1
    assert house.document(paper, service_actor()).version_number == 1
