"""Bytes behind the page of a document: pictures, texts, originals, searchable copies."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from archive_service import audit, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records.web import words
from tests.support.house import House
from tests.support.pages import Desk, text_of
from tests.support.papers import indexed, is_scanned, marked_for, pictured_page
from workers.extraction.values import FLAGS


def bytes_of(house: House, digest: str | None) -> bytes:
    assert digest is not None
    with house.archive.blobs.open(digest) as file:  # type: ignore[arg-type]  # a digest of the store's own making
        return file.read()


def test_pictures_are_served_as_they_are_kept(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="WS.02")
    kept = pictured_page(house, 1, "公告")
    is_scanned(house, paper, [kept])
    client, base = desk.sits(chen), f"/documents/{paper}/versions/1/pages/1"
    with client.get(f"{base}.jpg") as answer:
        assert answer.data == bytes_of(house, kept.preview)
        assert answer.content_type == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"].startswith("private")
        etag = answer.headers["ETag"]
    with client.get(f"{base}.jpg", headers={"If-None-Match": etag}) as again:
        assert (again.status_code, again.data) == (304, b"")
    with client.get(f"{base}/thumb") as answer:
        assert answer.data == bytes_of(house, kept.thumbnail)
    for missing in ("pages/2.jpg", "pages/0.jpg", "pages/2/thumb", "pages/2/text"):
        assert client.get(f"/documents/{paper}/versions/1/{missing}").status_code == 404


def test_those_who_see_a_paper_covered_get_covered_pictures_and_texts(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    covered, clear = pictured_page(house, 1, "电话13812340000", covered=True), pictured_page(house, 2, "电梯")
    is_scanned(house, paper, [covered, clear])
    client, base = desk.sits(lin), f"/documents/{paper}/versions/1/pages"
    for address, digest, small in (
        (f"{base}/1.jpg", covered.masked_preview, False),
        (f"{base}/1/thumb", covered.masked_preview, False),
        (f"{base}/2.jpg", clear.preview, False),
        (f"{base}/2/thumb", clear.thumbnail, True),
    ):
        with client.get(address) as answer:
            kept = bytes_of(house, digest)
            assert answer.data == (kept if small else marked_for(house, lin, kept)), address
            assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.get(f"{base}/1/text").text == "电话138****0000"
    assert client.get(f"{base}/1/details.json").json["text"] == "电话138****0000"
    assert client.get(f"{base}/1/tiles").status_code == 404
    assert client.post(f"{base}/1/tiles").status_code == 404
    assert client.get(f"/documents/{paper}/versions/1/original").status_code == 403
    assert client.get(f"/documents/{paper}/versions/1/searchable").status_code == 403
    assert client.post(f"/documents/{paper}/versions/1/searchable").status_code == 403
    page = client.get(f"/documents/{paper}")
    assert "13812340000" not in page.text
    assert "个人号码已遮盖" in text_of(page.text)
    assert "13812340000" not in client.get(f"/documents/{paper}/versions/1/viewer.json").text


def test_a_page_that_could_not_be_looked_through_is_text_alone_for_those_who_see_it_covered(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    unknown = replace(pictured_page(house, 1, "手写便条"), masked_preview=None)
    is_scanned(house, paper, [unknown])
    client, base = desk.sits(lin), f"/documents/{paper}/versions/1"
    assert client.get(f"{base}/pages/1.jpg").status_code == 404
    assert client.get(f"{base}/pages/1/thumb").status_code == 404
    told = client.get(f"{base}/viewer.json").json["pages"][0]
    assert (told["preview"], told["thumb"], told["tiles"], told["text"]) == (None, None, None, "手写便条")
    assert "pages/1.jpg" not in client.get(f"/documents/{paper}").text
    with desk.sits(chen).get(f"{base}/pages/1.jpg") as answer:
        assert answer.data == marked_for(house, chen, bytes_of(house, unknown.preview))


def test_everything_a_file_may_hold_is_told_in_words() -> None:
    assert set(words.FLAGS) == FLAGS


def test_a_covered_number_is_not_found_by_trying(house: House, chen: Actor, lin: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    is_scanned(house, paper, [pictured_page(house, 1, "电话13812340000", covered=True)])
    address = f"/documents/{paper}/versions/1/viewer.json?q=13812340000"
    assert desk.sits(lin).get(address).json["pages"][0]["frames"] == []
    assert len(desk.sits(chen).get(address).json["pages"][0]["frames"]) == 1


def test_the_original_comes_back_byte_for_byte(house: House, chen: Actor, desk: Desk) -> None:
    content = bytes(range(256)) * 40
    paper = house.paper(chen, content, class_code="YZ.01")
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/original"
    with client.get(address) as answer:
        assert answer.data == content
        assert answer.headers["Content-Length"] == str(len(content))
        assert answer.headers["Content-Security-Policy"].endswith("sandbox")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content_type == "application/octet-stream"
        disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert f"filename*=UTF-8''{quote('扫描件.pdf')}" in disposition
    assert f"filename=document-{paper}-1.pdf;" in disposition
    with client.get(address, headers={"Range": "bytes=100-199"}) as part:
        assert (part.status_code, part.data) == (206, content[100:200])
        assert part.headers["Content-Range"] == f"bytes 100-199/{len(content)}"
    with client.get(address, headers={"Range": "bytes=-10"}) as part:
        assert part.data == content[-10:]
    assert client.get(address, headers={"Range": f"bytes={len(content)}-"}).status_code == 416


@pytest.mark.parametrize(
    "name",
    ['a"; filename=evil.html', "a\r\nX-Evil: 1.pdf", "../../etc/passwd", "发\u202efdp.exe", "甲" * 120],
)
def test_a_strange_name_makes_no_strange_header(house: House, chen: Actor, desk: Desk, name: str) -> None:
    with house.work(chen) as work:
        paper = records.add_document(
            work, house.blob(b"x", file_name=name), records.Description(class_code="YZ.01")
        )
    with desk.sits(chen).get(f"/documents/{paper}/versions/1/original") as answer:
        disposition = answer.headers["Content-Disposition"]
        assert "X-Evil" not in answer.headers
    assert disposition.startswith("attachment; ")
    assert disposition.count("filename=") <= 1 or 'filename="a\\"; filename=evil.html"' in disposition
    assert disposition.isascii()
    assert "\r" not in disposition
    assert "/" not in disposition


def test_downloads_are_on_record_once(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, b"0123456789", class_code="YZ.01")
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/original"
    for headers in ({}, {"Range": "bytes=5-"}):
        client.get(address, headers=headers).close()
    assert downloads(house, paper) == [(f"user:{chen.user_id}/page", {"version": 1})]


def downloads(house: House, paper: DocumentId) -> list[tuple[str, dict[str, object]]]:
    with house.archive.reading() as session:
        trail = audit.trail(session, subject=f"document:{paper}")
    return [(row.actor, dict(row.facts)) for row in trail if row.action == "document.downloaded"]


@pytest.mark.parametrize("part", ["bytes=-10", "bytes=1-", "bytes=5-5", "bytes=0-"])
def test_no_part_of_an_original_goes_out_unrecorded(house: House, chen: Actor, desk: Desk, part: str) -> None:
    paper = house.paper(chen, b"0123456789", class_code="YZ.01")
    with desk.sits(chen).get(f"/documents/{paper}/versions/1/original", headers={"Range": part}) as answer:
        assert answer.data
    assert downloads(house, paper) == [(f"user:{chen.user_id}/page", {"version": 1})]


def test_answers_without_bytes_are_no_downloads(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, b"0123456789", class_code="YZ.01")
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/original"
    client.head(address).close()
    for part in ("bytes=10-", "bytes=0-1,3-4", "nonsense"):
        assert client.get(address, headers={"Range": part}).status_code == 416
    etag = f'"{house.document(paper).digest}"'
    with client.get(address, headers={"If-None-Match": etag}) as answer:
        assert answer.status_code == 304
    assert downloads(house, paper) == []


def test_each_person_version_and_ten_minutes_are_a_download(house: House, chen: Actor, desk: Desk) -> None:
    zhao = house.person("赵", "archivist")
    paper = house.paper(chen, b"first", class_code="YZ.01")
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"second"), "重新扫描")

    def takes(who: Actor, number: int) -> int:
        desk.sits(who).get(f"/documents/{paper}/versions/{number}/original").close()
        return len(downloads(house, paper))

    assert [takes(chen, 1), takes(chen, 1), takes(zhao, 1), takes(chen, 2)] == [1, 1, 2, 3]
    house.clock.passes(minutes=9)
    assert takes(chen, 1) == 3
    house.clock.passes(minutes=2)
    assert [takes(chen, 1), takes(chen, 1)] == [4, 4]


def test_a_scan_can_be_had_as_a_searchable_pdf(house: House, chen: Actor, desk: Desk) -> None:
    paper, typed = (
        house.paper(chen, class_code="YZ.01"),
        house.paper(chen, class_code="YZ.01", pages=["文本"]),
    )
    is_scanned(house, paper, [pictured_page(house, 1, "密封胶")])
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/searchable"
    assert client.get(f"/documents/{typed}/versions/1/searchable").status_code == 404
    assert "还没有人要求" in text_of(client.get(address).text)
    assert client.post(address).status_code == 303
    waiting = client.get(address)
    assert waiting.status_code == 202
    assert "正在生成" in text_of(waiting.text)
    copy = house.archive.blobs.put([b"%PDF-1.7 copy"])
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.keep_rendition(work, version, "searchable_pdf", 0, digest=copy.digest, size=copy.size)
    part = client.get(address, headers={"HX-Request": "true"})
    assert "可检索 PDF 已生成" in text_of(part.text)
    assert "hx-trigger" not in part.text
    with client.get(address) as answer:
        assert answer.data == b"%PDF-1.7 copy"
        assert quote("扫描件-searchable.pdf") in answer.headers["Content-Disposition"]
    client.get(address, headers={"Range": "bytes=-3"}).close()
    client.get(f"/documents/{paper}/versions/1/original").close()
    with house.archive.reading() as session:
        actions = [row.action for row in audit.trail(session, subject=f"document:{paper}")]
    assert actions[:2] == ["document.downloaded", "document.copy-downloaded"]
    assert actions.count("document.copy-downloaded") == 1
    assert "下载了第 1 版的可检索 PDF" in text_of(client.get(f"/documents/{paper}").text)


def test_a_hidden_paper_is_behind_none_of_the_doors(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    hidden = house.paper(chen, title="内情", class_code="KU.02")
    is_scanned(house, hidden, [pictured_page(house, 1, "内情", finer=3)])
    indexed(house, hidden)
    client, at = desk.sits(lin), f"/documents/{hidden}"
    doors = ("", "/versions/1", "/versions/1/progress", "/versions/1/viewer.json", "/versions/1/original",
             "/versions/1/searchable", "/versions/1/pages/1.jpg", "/versions/1/pages/1/thumb",
             "/versions/1/pages/1/text", "/versions/1/pages/1/details.json", "/versions/1/pages/1/tiles",
             "/versions/1/pages/1/tiles_files/0/0_0.jpg")  # fmt: skip
    nowhere = "/documents/019cd01b-aa80-7219-b8c2-4e3513ebedeb"
    for door in doors:
        answers = [client.get(place + door) for place in (at, nowhere)]
        assert [answer.status_code for answer in answers] == [404, 404], door
    for door in (
        "/description",
        "/discard",
        "/versions/1/retry",
        "/versions/1/searchable",
        "/versions/1/pages/1/tiles",
    ):
        assert client.post(at + door).status_code == 404, door
    for page in ("/documents", "/files", "/files/KU", "/files/KU.02"):
        assert "内情" not in client.get(page).text
    assert 'class="class-count">0' in client.get("/files").text
