"""The page around every page: language, places, files that never change."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import archive_service
from archive_service import web
from archive_service.settings import Settings
from archive_service.web import Paging, assets, formats
from tests.web.conftest import small_service


@pytest.mark.parametrize(
    "wish", [None, "", "zh-CN,zh;q=0.9,en;q=0.8", "en-US,en;q=0.9", "fr", '"<script>;;q=x,,']
)
def test_chinese_comes_first_whatever_the_browser_asks_for(visitor: FlaskClient, wish: str | None) -> None:
    answer = visitor.get("/", headers={} if wish is None else {"Accept-Language": wish})
    assert '<html lang="zh-CN">' in answer.text
    assert "档案服务" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_choice_wins_over_what_the_browser_wishes(visitor: FlaskClient) -> None:
    for chosen, shown, wish in (("zh_CN", "zh-CN", "en-US,en"), ("en", "en", "zh-CN,zh")):
        visitor.post("/language", data={"language": chosen})
        assert f'<html lang="{shown}">' in visitor.get("/", headers={"Accept-Language": wish}).text


def test_files_for_everybody_depend_on_no_language(visitor: FlaskClient) -> None:
    with visitor.get("/favicon.ico", headers={"Accept-Language": "en"}) as answer:
        assert "Accept-Language" not in answer.vary


def test_one_click_changes_the_language_and_it_is_remembered(visitor: FlaskClient) -> None:
    answer = visitor.post("/language", data={"language": "en", "next": "/upload?a=1"})
    assert (answer.status_code, answer.location) == (303, "/upload?a=1")
    page = visitor.get("/").text
    assert '<html lang="en">' in page
    assert "Times are Beijing time." in page
    visitor.post("/language", data={"language": "zh_CN"})
    assert "时间均为北京时间。" in visitor.get("/").text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_changing_the_language_leads_nowhere_else(visitor: FlaskClient, target: str) -> None:
    assert visitor.post("/language", data={"language": "en", "next": target}).location == "/"


def test_an_unknown_language_is_refused(visitor: FlaskClient) -> None:
    assert visitor.post("/language", data={"language": "../en"}).status_code == 400
    visitor.set_cookie("language", "../../etc")
    assert '<html lang="zh-CN">' in visitor.get("/").text


def test_a_person_sees_the_places_that_their_role_uses(chen: FlaskClient) -> None:
    page = chen.get("/upload").text
    places = re.findall(r'<span class="nav-link-title">([^<]+)</span>', page)
    assert len(places) == 2
    assert "People" not in places
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/upload"]


def test_a_visitor_sees_no_places_and_starts_no_session(visitor: FlaskClient) -> None:
    answer = visitor.get("/")
    assert "nav-link-title" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_what_people_typed_is_text(chen: FlaskClient) -> None:
    page = chen.get("/upload").text
    assert "&lt;i&gt;" in page
    with chen.session_transaction() as session:
        session["_flashes"] = [("success", '"><img src=x onerror=alert(1)>')]
    assert "<img src=x" not in chen.get("/").text


def test_a_bundled_file_is_kept_for_a_year_and_comes_compressed(
    visitor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manifest.json").write_text('{"app.js": "app-1234.js"}')
    (tmp_path / "app-1234.js").write_text("plain")
    (tmp_path / "app-1234.js.gz").write_bytes(b"smaller")
    monkeypatch.setattr(assets, "DIST", tmp_path)
    assert 'src="/static/dist/app-1234.js"' in visitor.get("/").text

    with visitor.get("/static/dist/app-1234.js") as plain:
        assert plain.data == b"plain"
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    with visitor.get("/static/dist/app-1234.js", headers={"Accept-Encoding": "gzip, br"}) as small:
        assert (small.data, small.headers["Content-Encoding"]) == (b"smaller", "gzip")
        assert small.mimetype == "text/javascript"
        assert "Accept-Encoding" in small.headers["Vary"]
    for hidden in ("manifest.json", "app-1234.js.gz", "..%2f..%2f__init__.py", "none.js"):
        assert visitor.get(f"/static/dist/{hidden}").status_code == 404


def test_pages_come_without_the_bundle_too(
    visitor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    assert visitor.get("/").status_code == 200


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    package = Path(archive_service.__file__).parent
    known = set((package.parent / "frontend" / "icons.txt").read_text("utf-8").split())
    named = {
        name
        for page in package.rglob("*.html")
        for call in re.findall(r"\bicon\(([^)]*)\)|icon_name=(\"[a-z0-9-]+\")", page.read_text("utf-8"))
        for name in re.findall(r"^\"([a-z0-9-]+)\"", "".join(call))
    }
    for script in (package.parent / "frontend").glob("*.js"):
        named.update(re.findall(r'\b(?:icon\(|sign: )"([a-z0-9-]+)"', script.read_text("utf-8")))
    assert named
    assert named <= known


def test_dates_are_those_of_the_counter() -> None:
    late = datetime(2026, 3, 7, 16, 30, tzinfo=UTC)
    assert formats.day(late) == "2026-03-08"
    assert formats.instant(late) == "2026-03-08 00:30"
    assert formats.day(None) == ""
    with pytest.raises(ValueError, match="naive"):
        formats.instant(datetime(2026, 3, 8))


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (20 * 1024**2, "20.0 MB"), (2 * 1024**3, "2.0 GB"),
     (1024**2 - 1, "1.0 MB"), (150 * 1024, "150 KB"), (5 * 1024**5, "5120 TB")],
)  # fmt: skip
def test_sizes_read_as_in_a_file_manager(count: int, text: str) -> None:
    assert formats.size(count) == text


def test_a_list_links_its_ends_and_its_neighbours() -> None:
    paging = Paging(number=10, size=20, total=401)
    assert paging.pages == 21
    assert (paging.first, paging.last) == (181, 200)
    assert list(paging.near()) == [1, None, 8, 9, 10, 11, 12, None, 21]
    assert list(Paging(1, 20, 0).near()) == [1]
    assert (Paging(1, 20, 0).first, Paging(1, 20, 0).last) == (0, 0)


def test_two_places_can_not_have_one_key(settings: Settings) -> None:
    with pytest.raises(ValueError, match="twice"):
        web.register_place(small_service(settings), web.Place(9, "home", "Home", "home.page", "home"))
