import io
import uuid

import pytest
from PIL import Image, ImageStat

from archive_service import audit, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import PageFacts
from archive_service.records.api import pages
from tests.api.conftest import DOCUMENTS, Calls
from tests.support.house import House, page_facts


def _picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "JPEG")
    return out.getvalue()


def _with_pictures(
    house: House, chen: Actor, *, checked: bool = True, **told: str
) -> tuple[DocumentId, bytes, bytes]:
    """A paper of one page that has a clear picture and, if it could be ``checked``, a masked one."""
    clear, masked = _picture("white"), _picture("black")
    blobs = house.archive.blobs.put_many([clear, masked])
    paper = house.paper(chen, b"a scan", **told)
    with house.work() as work:
        row = records.document(work.session, work.actor, paper)
        records.start_reading(work, row.version_id, media_type="image/jpeg", pages_total=1, flags=())
        plain = page_facts(1, "电话 13812345678")
        values = {name: getattr(plain, name) for name in PageFacts.__dataclass_fields__}
        values |= {"preview": blobs[0].digest, "width": 8, "height": 8}
        values["masked_preview"] = blobs[1].digest if checked else None
        records.keep_page(work, row.version_id, PageFacts(**values))
        records.finish_reading(work, row.version_id)
    return paper, clear, masked


def _looks_like(picture: bytes) -> str:
    """Which of the two it is, whoever's name is written over it."""
    with Image.open(io.BytesIO(picture)) as shown:
        return "white" if ImageStat.Stat(shown.convert("L")).mean[0] > 128 else "black"


def test_the_original_comes_back_byte_for_byte_and_in_parts(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    content = bytes(range(256)) * 40
    at = f"{DOCUMENTS}/{house.paper(chen, content)}/versions/1/content"
    program = calls(chen)
    whole = program.get(at)
    assert whole.data == content
    assert whole.headers["Content-Length"] == str(len(content))
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.headers["Cache-Control"] == "no-store"
    assert whole.headers["Content-Type"] == "application/octet-stream"
    for asked, first, last in (
        ("0-9", 0, 9),
        ("100-", 100, 10239),
        ("-5", 10235, 10239),
        ("5-99999", 5, 10239),
    ):
        part = program.get(at, headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.data == content[first : last + 1]
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/10240"
    beyond = program.get(at, headers={"Range": "bytes=10240-"})
    assert (beyond.status_code, beyond.json["code"]) == (416, "requested-range-not-satisfiable")
    assert program.get(at, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    changed = program.get(at, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (changed.status_code, len(changed.data)) == (200, len(content))


def test_a_download_is_noted_once_however_many_parts_it_took(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, b"0123456789")
    program = calls(chen)
    for part in ("4-7", "-2", "0-3", "8-"):
        program.get(f"{DOCUMENTS}/{paper}/versions/1/content", headers={"Range": f"bytes={part}"})
    with house.archive.reading() as session:
        actions = [row.action for row in audit.trail(session, subject=f"document:{paper}")]
    assert actions.count("document.downloaded") == 1


def test_a_lost_file_is_told_as_trouble_of_the_disk(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, b"bytes")
    house.archive.blobs.remove(house.blob(b"bytes").digest)  # type: ignore[arg-type]
    lost = calls(chen).get(f"{DOCUMENTS}/{paper}/versions/1/content")
    assert (lost.status_code, lost.json["code"]) == (503, "storage-broken")
    assert lost.json["instance"].endswith(lost.json["reference"])


def test_pictures_are_masked_for_who_sees_only_so(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper, clear, masked = _with_pictures(house, chen, class_code="YZ.01")
    archivist, desk = calls(chen), calls(house.person("li", "front_desk"))
    for at in (f"{DOCUMENTS}/{paper}", f"{DOCUMENTS}/{paper}/versions/1"):
        page = archivist.get(f"{at}/pages").json["pages"][0]
        assert (page["number"], page["width"]) == (1, 8)
        assert _looks_like(archivist.get(page["picture"]).data) == _looks_like(clear) == "white"
        assert _looks_like(desk.get(f"{at}/pages/1").data) == _looks_like(masked) == "black"
        assert archivist.get(f"{at}/pages/1/text").json["pages"][0]["text"] == "电话 13812345678"
        told = desk.get(f"{at}/pages/1/text").json
        assert (told["pages"][0]["text"], told["masked"]) == ("电话 138****5678", True)
        assert desk.get(f"{at}/pages/1").headers["Content-Type"] == "image/jpeg"


def test_a_page_that_could_not_be_looked_through_has_no_picture_for_who_sees_it_masked(
    house: House, calls: Calls
) -> None:
    chen = house.person("chen", "archivist")
    paper, clear, _ = _with_pictures(house, chen, checked=False, class_code="YZ.01")
    archivist, desk = calls(chen), calls(house.person("li", "front_desk"))
    at = f"{DOCUMENTS}/{paper}"
    assert _looks_like(archivist.get(f"{at}/pages/1").data) == _looks_like(clear) == "white"
    assert desk.get(f"{at}/pages/1").status_code == 404
    assert archivist.get(f"{at}/pages").json["pages"][0]["picture"]
    assert desk.get(f"{at}/pages").json["pages"][0]["picture"] is None


def test_what_is_not_there_is_not_found(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen, pages=['only text'])}"
    program = calls(chen)
    paths = [f"{at}/pages/1", f"{at}/pages/2", f"{at}/pages/0/text", f"{at}/pages/{10**30}", f"{at}/pages/-1"]
    paths += [f"{at}/versions/2/content", f"{at}/versions/{10**20}/content", f"{at}/versions/0/pages"]
    paths += [f"{DOCUMENTS}/{uuid.uuid4()}", f"{DOCUMENTS}/1", f"{DOCUMENTS}/{{{uuid.uuid4()}}}"]
    for path in paths:
        assert program.get(path).status_code == 404, path


def test_what_reading_gave_up_on_can_be_read_again(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen)
    with house.work() as work:
        row = records.document(work.session, work.actor, paper)
        records.start_reading(work, row.version_id, media_type="x/y", pages_total=1, flags=())
        records.stop_reading(work, row.version_id, "reading.crashed", quarantine=True)
    program = calls(chen)
    stuck = program.get(f"{DOCUMENTS}/{paper}").json
    assert (stuck["state"], stuck["reason"]) == ("quarantined", "reading.crashed")
    again = program.post(f"{DOCUMENTS}/{paper}/versions/1/retry")
    assert (again.status_code, again.json) == (202, {"number": 1, "state": "received"})
    assert program.post(f"{DOCUMENTS}/{paper}/versions/1/retry").status_code == 409
    assert program.post(f"{DOCUMENTS}/{paper}/versions/9/retry").status_code == 404
    assert program.post(f"{DOCUMENTS}/{paper}/versions/1/retry", json={"force": True}).status_code == 415


def test_texts_come_some_pages_at_a_time_with_the_address_of_the_next(house: House, calls: Calls) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, class_code="YZ.01", pages=[f"第{n}页 电话13812345678" for n in range(1, 6)])
    desk = calls(house.person("li", "front_desk"))
    told: list[tuple[int, str]] = []
    address: str | None = f"{DOCUMENTS}/{paper}/text?size=2"
    answers = 0
    while address is not None:
        answer = desk.get(address).json
        assert answer["masked"] and len(answer["pages"]) <= 2
        told += [(page["number"], page["text"]) for page in answer["pages"]]
        address = answer["links"]["next"]
        answers += 1
    assert answers == 3
    assert told == [(n, f"第{n}页 电话138****5678") for n in range(1, 6)]
    at = f"{DOCUMENTS}/{paper}/text"
    assert [page["number"] for page in desk.get(f"{at}?page=4").json["pages"]] == [4, 5]
    assert desk.get(f"{at}?page=6").json["pages"] == []
    for wrong in ("page=0", "page=x", "size=101", "size=0"):
        assert desk.get(f"{at}?{wrong}").status_code == 422, wrong
    assert desk.get(f"{at}?pages=1").status_code == 400


def test_long_texts_come_a_page_at_a_time(
    house: House, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_CHARACTERS", 100)
    chen = house.person("chen", "archivist")
    at = f"{DOCUMENTS}/{house.paper(chen, pages=['甲' * 60, '乙' * 60, '丙' * 300, '丁', '戊'])}/text"
    program = calls(chen)
    shown: list[list[int]] = []
    address: str | None = at
    while address is not None:
        answer = program.get(address).json
        shown.append([page["number"] for page in answer["pages"]])
        address = answer["links"]["next"]
    assert shown == [[1], [2], [3], [4, 5]]
