"""The classic form: many files in one post, each with its own end."""

from collections.abc import Callable
from http import HTTPStatus

import pytest

from archive_service import intake, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.levels import Level
from archive_service.settings import Settings
from archive_service.web import incoming
from storage import LocalBlobStore, StoreFailed, StoreFull
from tests.intake.browser import Browser, sent_rows
from tests.support.house import House

Opener = Callable[[Actor], Browser]
one_database = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # what is tried ends before it


@pytest.fixture
def browser(browser_of: Opener, chen: Actor) -> Browser:
    return browser_of(chen)


def documents(archive: Archive) -> list[records.DocumentRow]:
    with archive.reading() as session:
        return records.documents(session, service_actor(), sort="oldest")


def leftovers(settings: Settings) -> list[str]:
    return [path.name for path in (settings.blobs_dir / "staging").iterdir()]


def test_many_files_in_one_post(browser: Browser, archive: Archive) -> None:
    page = browser.upload(("a.pdf", b"aaa"), ("b.jpg", b"bbb"), unit="3-1201", title="一份")
    assert page.status_code == HTTPStatus.OK
    assert sent_rows(page) == [("received", "a.pdf"), ("received", "b.jpg")]
    # A title belongs to one file; the rest holds for all.
    assert {(row.title, row.unit) for row in documents(archive)} == {("a", "3-1201"), ("b", "3-1201")}


def test_one_file_with_everything_known(browser: Browser, archive: Archive) -> None:
    page = browser.upload(
        ("scan0001.pdf", b"aaa"),
        title="3-1201 收楼验收单",
        class_code="",
        unit="3-1201",
        owner="王某",
        doc_number="物业通〔2026〕18号",
        file_no="",
        doc_date="2026年3月8日",
        level="INTERNAL",
    )
    assert page.status_code == HTTPStatus.OK
    [row] = documents(archive)
    assert (row.title, row.doc_date, row.level, row.owner) == (
        "3-1201 收楼验收单",
        "2026-03-08",
        "INTERNAL",
        "王某",
    )
    assert f"/documents/{row.id}" in page.text


def test_the_same_file_again_is_asked_about(browser: Browser, archive: Archive) -> None:
    browser.upload(("a.pdf", b"aaa"))
    page = browser.upload(("b.pdf", b"aaa"), ("c.pdf", b"ccc"))
    assert sent_rows(page) == [("duplicate", "b.pdf"), ("received", "c.pdf")]
    assert f"/documents/{documents(archive)[0].id}" in page.text
    keep = page.text.split('action="/uploads/')[1].split('"')[0]
    answer = browser.post(f"/uploads/{keep}")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert len(documents(archive)) == 3


def test_the_same_file_twice_at_once_is_one_question(browser: Browser) -> None:
    browser.upload(("a.pdf", b"aaa"))
    page = browser.upload(("b.pdf", b"aaa"), ("c.pdf", b"aaa"))
    assert sent_rows(page) == [("duplicate", "b.pdf"), ("duplicate", "c.pdf")]
    assert page.text.count('action="/uploads/') == 2  # keep, and not needed
    assert page.text.count("答复一次") == 1
    assert browser.get("/inbox").text.count('data-state="duplicate"') == 1


def test_the_page_s_script_gets_the_decision_as_data(browser: Browser, archive: Archive) -> None:
    browser.upload(("a.pdf", b"aaa"))
    page = browser.upload(("b.pdf", b"aaa"))
    where = "/uploads/" + page.text.split('action="/uploads/')[1].split("/")[0]
    dropped = browser.post(f"{where}/drop", Accept="application/json")
    assert dropped.json is not None and dropped.json["state"] == "dropped"
    gone = browser.post(f"{where}/keep", Accept="application/json")
    assert gone.status_code == HTTPStatus.NOT_FOUND
    assert len(documents(archive)) == 1


def test_no_file_is_no_upload(browser: Browser, archive: Archive) -> None:
    assert browser.upload(("", b"")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert documents(archive) == []


def test_empty_and_too_large_files_are_told_each(
    browser: Browser, archive: Archive, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(archive.settings.__dict__, "max_upload_bytes", 1000)
    page = browser.upload(("a.pdf", b"a" * 1001), ("b.pdf", b""), ("c.pdf", b"c" * 1000))
    assert page.status_code == HTTPStatus.OK
    assert sent_rows(page) == [("failed", "a.pdf"), ("failed", "b.pdf"), ("received", "c.pdf")]
    assert [row.title for row in documents(archive)] == ["c"]
    assert browser.upload(("a.pdf", b"a" * 1001)).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert browser.upload(("b.pdf", b"")).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert leftovers(settings) == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [(StoreFull, 507, "磁盘已满"), (StoreFailed, 503, "磁盘")],
)
def test_a_full_or_failing_disk_is_told(
    browser: Browser,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    status: int,
    words: str,
) -> None:
    def failing(_store: LocalBlobStore) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(LocalBlobStore, "stage", failing)
        page = browser.upload(("a.pdf", b"aaa"))
    assert page.status_code == status
    assert sent_rows(page) == [("failed", "a.pdf")]
    assert words in page.text
    assert documents(archive) == []
    assert browser.upload(("a.pdf", b"aaa")).status_code == HTTPStatus.OK


@one_database
@pytest.mark.parametrize("place", ["before", "after"])
def test_extra_fields_change_nothing(
    browser: Browser, archive: Archive, settings: Settings, place: str
) -> None:
    token = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\naaa\r\n'
    for field in ("role", "owner_id", "approved_by", "retention_until", "created_by", "state", "document_id"):
        extra = f'--b\r\nContent-Disposition: form-data; name="{field}"\r\n\r\nfinance\r\n'
        parts = token + (extra + file if place == "before" else file + extra) + "--b--\r\n"
        answer = browser.client.post("/upload", data=parts, content_type="multipart/form-data; boundary=b")
        assert answer.status_code == HTTPStatus.BAD_REQUEST, field
    assert documents(archive) == []
    assert leftovers(settings) == []


def test_a_file_under_another_name_or_a_field_twice_is_refused(browser: Browser, archive: Archive) -> None:
    token = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'
    for part in (
        '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a.pdf"\r\n\r\naaa\r\n',
        '--b\r\nContent-Disposition: form-data; name="unit"\r\n\r\n1\r\n' * 2,
    ):
        answer = browser.client.post(
            "/upload", data=f"{token}{part}--b--\r\n", content_type="multipart/form-data; boundary=b"
        )
        assert answer.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert documents(archive) == []


def test_without_the_form_token_not_a_byte_is_stored(
    browser: Browser, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untouched(_store: LocalBlobStore) -> None:
        raise AssertionError("bytes were stored before the token was believed")

    monkeypatch.setattr(LocalBlobStore, "stage", untouched)
    assert browser.upload(("a.pdf", b"aaa"), token=False).status_code == HTTPStatus.BAD_REQUEST
    assert documents(archive) == []


@one_database
def test_a_form_that_breaks_off_leaves_nothing(
    browser: Browser, archive: Archive, settings: Settings
) -> None:
    token = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\naaa'
    for broken in (
        token + file,
        token + "--b\r\nContent-Disp",
        "",
        "no boundary here",
        token + "--b\r\n\r\nx",
    ):
        answer = browser.client.post(
            "/upload", data=broken.encode(), content_type="multipart/form-data; boundary=b"
        )
        assert answer.status_code == HTTPStatus.BAD_REQUEST, broken
    assert browser.client.post("/upload", data=b"{}", content_type="application/json").status_code == 415
    assert documents(archive) == []
    assert leftovers(settings) == []


@one_database
@pytest.mark.parametrize("kind", ["fields", "files"])
def test_a_hundred_thousand_parts_are_refused(browser: Browser, archive: Archive, kind: str) -> None:
    token = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'
    name = '"file"; filename=""' if kind == "files" else '"unit"'
    many = f"--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n\r\n" * 100_000
    answer = browser.client.post(
        "/upload", data=f"{token}{many}--b--\r\n", content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code in (400, 413, 422)
    assert documents(archive) == []


@one_database
def test_a_header_or_field_without_end_is_refused(browser: Browser, archive: Archive) -> None:
    token = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'
    for endless in (
        "--b\r\nContent-Disposition: form-data; name=" + "x" * 1_000_000,
        '--b\r\nContent-Disposition: form-data; name="unit"\r\n\r\n' + "x" * 1_000_000 + "\r\n--b--\r\n",
        "preamble" * 200_000,
    ):
        answer = browser.client.post(
            "/upload", data=token + endless, content_type="multipart/form-data; boundary=b"
        )
        assert answer.status_code in (400, 413)
    assert documents(archive) == []


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "windowswin.ini",  # in a quoted string a backslash only quotes
    "/abs/olute.pdf": "olute.pdf",
    "C:\\Users\\li\\收据.pdf": "C:Usersli收据.pdf",
    "CON": "CON",
    "..": "file",
    "a\u202egpj.exe": "agpj.exe",
    "e\u0301.pdf": "\u00e9.pdf",  # decomposed
    "\u00e9.pdf": "\u00e9.pdf",
    "a; filename=evil.html": "a; filename=evil.html",
    "<svg onload=alert(1)>.pdf": "<svg onload=alert(1)>.pdf",
    "{{7*7}}.pdf": "{{7*7}}.pdf",
    "图" * 120 + ".pdf": "图" * 65 + ".pdf",
}


@one_database
def test_names_are_data_and_nothing_else(browser: Browser, archive: Archive, settings: Settings) -> None:
    before = {path for path in settings.data_dir.rglob("*") if "blobs" not in path.parts}
    for name, kept in NAMES.items():
        page = browser.upload((name, b"bytes of " + name.encode()))
        assert page.status_code == HTTPStatus.OK
        assert "<svg onload" not in page.text and "49.pdf" not in page.text
        assert kept in {row.file_name for row in documents(archive)}
    assert len(documents(archive)) == len(NAMES)
    after = {path for path in settings.data_dir.rglob("*") if "blobs" not in path.parts}
    assert {path.suffix for path in after - before} <= {".sqlite3-wal", ".sqlite3-shm", ""}
    assert all(len(path.name) in (2, 64) for path in (settings.blobs_dir / "sha256").rglob("*"))


@one_database
@pytest.mark.parametrize(
    "header",
    [
        b'filename="a\\"; filename=evil.html"',
        b'filename="a.pdf\x00.exe"',
        b"filename*=UTF-8''%e2%80%aegpj.exe",
        b"filename*=UTF-8''a%0d%0aSet-Cookie%3a%20x%3d1.pdf",
        b'filename="\xff\xfe.pdf"',
    ],
)
def test_file_names_that_try_to_be_headers(browser: Browser, archive: Archive, header: bytes) -> None:
    token = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}\r\n'.encode()
    part = b'--b\r\nContent-Disposition: form-data; name="file"; ' + header + b"\r\n\r\naaa\r\n--b--\r\n"
    answer = browser.client.post("/upload", data=token + part, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    for row in documents(archive):
        assert not set(row.file_name + row.title) & set("\x00\r\n\u202e/\\")
    assert answer.headers.get("Set-Cookie", "").count("x=1") == 0


def test_numbers_of_people_are_masked_on_the_page(browser: Browser) -> None:
    page = browser.upload(("身份证 330102199003071230.jpg", b"aaa"))
    assert "330102199003071230" not in page.text


def test_a_new_version_by_the_form(browser: Browser, house: House, chen: Actor) -> None:
    paper = house.paper(chen, b"first")
    where = f"/documents/{paper}/versions"
    done = browser.upload(("second.pdf", b"second"), to=where, reason="盖章件")
    assert (done.status_code, done.location) == (HTTPStatus.SEE_OTHER, f"/documents/{paper}")
    assert house.document(paper).version_number == 2
    for wrong in (
        browser.upload(("third.pdf", b"third"), to=where, reason=""),
        browser.upload(("second.pdf", b"second"), to=where, reason="again"),
        browser.upload(("", b""), to=where, reason="why"),
    ):
        assert wrong.status_code == HTTPStatus.SEE_OTHER
    assert house.document(paper).version_number == 2
    assert browser.upload(("x.pdf", b"x"), to=where, reason="r", title="t").status_code == 400
    assert house.document(paper).version_number == 2


def test_the_wrong_file_as_a_new_version_is_told(browser: Browser, house: House, chen: Actor) -> None:
    other = house.paper(chen, b"other", title="<b>收据</b> 330102199003071230")
    paper = house.paper(chen, b"first")
    browser.upload(("second.pdf", b"other"), to=f"/documents/{paper}/versions", reason="盖章件")
    page = browser.get(f"/documents/{paper}").text
    assert house.document(paper).version_number == 2
    assert f'<a class="alert-link" href="/documents/{other}">&lt;b&gt;收据&lt;/b&gt; ' in page
    assert "330102199003071230" not in page


def test_hidden_documents_take_no_versions(browser_of: Opener, house: House, li: Actor) -> None:
    secret = house.paper(level=Level.SENSITIVE, title="secret", class_code="KU.01")
    answer = browser_of(li).upload(("a.pdf", b"a"), to=f"/documents/{secret}/versions", reason="r")
    assert answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
    assert house.document(secret).version_number == 1


def test_who_may_not_upload_sees_no_form(app: object, browser: Browser, house: House) -> None:
    browser._actor = house.person("wang", "auditor")
    assert browser.get("/upload").status_code == HTTPStatus.FORBIDDEN
    assert browser.upload(("a.pdf", b"aaa")).status_code == HTTPStatus.FORBIDDEN
    assert browser.get("/inbox").status_code == HTTPStatus.FORBIDDEN


def test_the_page_offers_only_classes_that_the_role_fills(browser_of: Opener, house: House) -> None:
    page = browser_of(house.person("zhao", "cashier")).get("/upload").text
    assert 'value="KU.' in page
    assert 'value="KJ.' not in page


def test_limits_of_one_form_are_sane() -> None:
    assert incoming.MOST_FILES * incoming.HEADER_BYTES < 16 * 1024**2
    assert incoming.MOST_FIELDS * incoming.FIELD_BYTES < 8 * 1024**2
    assert set(intake.rules.PLAN_FIELDS) >= {"title", "class_code", "level"}
