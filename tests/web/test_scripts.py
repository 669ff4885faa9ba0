"""The scripts of the pages, in a real browser against doors that keep the scripts' side of the bargain."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, abort, render_template_string, request
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from archive_service.settings import Settings
from archive_service.web import assets
from tests.support.browser import chromium, served, watch
from tests.web.conftest import CHEN, small_service

pytestmark = pytest.mark.skipif(
    not (assets.DIST / "manifest.json").is_file(), reason="NO BUNDLE: `make setup` builds the front end"
)

HEAD = """{% extends "web/layout.html" %}{% from "web/macros.html" import ask with context %}
{% from "web/upload_box.html" import upload_box with context %}
{% from "web/viewer_box.html" import viewer_box with context %}
{% block title %}Page{% endblock %}{% block content %}"""
UPLOAD = (
    HEAD
    + '{% call upload_box("/upload", "/tus", 7, 1000000) %}<input name="unit" value="3-1201">{% endcall %}'
    '{% endblock %}{% block scripts %}<script src="{{ asset_url("upload.js") }}" defer></script>{% endblock %}'
)
VIEWER = (
    HEAD + '{{ viewer_box("/viewer.json", text_open=true) }}'
    '{% endblock %}{% block scripts %}<script src="{{ asset_url("viewer.js") }}" defer></script>{% endblock %}'
)
ASKING = (
    HEAD + '<form method="post" action="/gone" {{ ask("Really?", word="销毁", danger=true) }}>'
    '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><button>Go</button></form>'
    '<button id="part" hx-get="/fails/conflict" hx-target="#messages">Part</button>'
    '<button id="whole" hx-get="/" hx-target="#messages">Whole</button>{% endblock %}'
)
CHART = (
    HEAD + '<div class="chart" data-chart><script type="application/json">{"type": "bar", "label": "Days",'
    '"labels": ["a"], "series": [{"name": "n", "values": [3]}]}</script></div>'
    '{% endblock %}{% block scripts %}<script src="{{ asset_url("charts.js") }}" defer></script>{% endblock %}'
)


@dataclass
class Doors:
    """What the scripts talk to. ``most``: bytes of a file that are taken before the line breaks."""

    uploads: list[bytearray] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    asked_for_offset: int = 0
    most: int = 10**9
    tiles_wanted: int = 0
    pictures: set[str] = field(default_factory=set)

    def blueprint(self) -> Blueprint:
        doors = Blueprint("doors", __name__)
        for path, page in (("/upload2", UPLOAD), ("/viewer", VIEWER), ("/asking", ASKING), ("/chart", CHART)):
            doors.add_url_rule(path, path.strip("/"), lambda page=page: render_template_string(page))
        doors.add_url_rule("/gone", "gone", lambda: "<p>gone</p>", methods=["POST"])
        doors.add_url_rule("/tus", "create", self.create, methods=["POST"])
        doors.add_url_rule("/tus/<int:at>", "part", self.part, methods=["HEAD", "PATCH"])
        doors.add_url_rule("/tus/<int:at>/result", "result", self.result)
        doors.add_url_rule("/tus/<int:at>/keep", "keep", self.keep, methods=["POST"])
        doors.add_url_rule("/viewer.json", "manifest", self.manifest)
        doors.add_url_rule("/tiles/<int:page>", "tiles", self.tiles, methods=["POST"])
        doors.add_url_rule("/picture/<path:name>", "picture", self.picture)
        return doors

    def create(self) -> Response:
        pairs = (pair.split(" ") for pair in request.headers["Upload-Metadata"].split(","))
        self.told.append({name: base64.b64decode(value).decode() for name, value in pairs})
        self.uploads.append(bytearray())
        return Response(status=201, headers={"Location": f"/tus/{len(self.uploads) - 1}"})

    def part(self, at: int) -> Response:
        taken = self.uploads[at]
        if request.method == "HEAD":
            self.asked_for_offset += 1
        elif len(taken) >= self.most:
            abort(423)
        else:
            assert int(request.headers["Upload-Offset"]) == len(taken)
            taken += request.get_data()
        size = str(CONTENT_BYTES)
        headers = {"Upload-Offset": str(len(taken)), "Upload-Length": size, "Cache-Control": "no-store"}
        return Response(status=204 if request.method == "PATCH" else 200, headers=headers)

    def result(self, at: int) -> dict[str, object]:
        name = self.told[at]["filename"]
        if "twice" in name:
            known = [{"url": "/viewer", "title": "收楼验收单"}]
            return {"state": "duplicate", "existing": known, "keep_url": f"/tus/{at}/keep"}
        if "empty" in name:
            return {"state": "failed", "message": "文件是空的。"}
        return {"state": "received", "document_url": "/viewer", "title": name}

    def keep(self, at: int) -> dict[str, object]:
        return {"state": "received", "document_url": f"/viewer?kept={at}", "title": "kept"}

    def manifest(self) -> dict[str, object]:
        pages = [
            {
                "number": number, "width": 2400, "height": 3400, "thumb": f"/picture/thumb-{number}.png",
                "preview": f"/picture/page-{number}.png", "tiles": f"/tiles/{number}",
                "frames": [[0.1, 0.1, 0.3, 0.12], [0.1, 0.5, 0.3, 0.52]] if number in (1, 300) else [],
                "text": f"𠮷 {number} 维修基金 ", "marks": [[4, 8]] if number == 1 else [],
            }
            for number in range(1, 301)
        ]  # fmt: skip
        return {"page": 1, "pages": pages}

    def tiles(self, page: int) -> dict[str, object] | tuple[dict[str, object], int]:
        self.tiles_wanted += 1
        if self.tiles_wanted == 1:
            return {"state": "making"}, 202
        size = {"Width": "2400", "Height": "3400"}
        image = {
            "Url": f"/picture/tile-{page}/",
            "Format": "png",
            "Overlap": "0",
            "TileSize": "512",
            "Size": size,
        }
        return {"Image": image}

    def picture(self, name: str) -> Response:
        self.pictures.add(name)
        picture = io.BytesIO()
        size = (1200, 1700) if name.startswith("page-") else (240, 340)
        Image.new("L", size, 255).save(picture, "PNG")
        return Response(picture.getvalue(), mimetype="image/png")


CONTENT_BYTES = 300_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def page(browser: Browser, doors: Doors, tmp_path: Path) -> Iterator[Page]:
    """A page of Chen's browser that fails the test if it complained of anything."""
    app: Flask = small_service(Settings(data_dir=tmp_path), CHEN)
    search = Blueprint("search", __name__)
    search.add_url_rule("/search", "page", lambda: "")
    app.register_blueprint(search)
    app.register_blueprint(doors.blueprint())
    with served(app) as address:
        context = browser.new_context(
            base_url=address, viewport={"width": 1280, "height": 900}, locale="zh-CN"
        )
        page = context.new_page()
        complaints = watch(page)
        yield page
        context.close()
        # 409 and 423 are what the doors answer on purpose, and a browser writes every refusal down.
        assert [text for text in complaints if not re.search("(status of|Error Code) (409|423)", text)] == []


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "收据0091.pdf"
    path.write_bytes(bytes(range(256)) * (CONTENT_BYTES // 256) + bytes(CONTENT_BYTES % 256))
    return path


def test_files_arrive_byte_for_byte_with_what_the_form_knows(page: Page, doors: Doors, scan: Path) -> None:
    page.goto("/upload2")
    page.set_input_files("[data-files]", scan)
    expect(page.locator(".upload-row[data-state=received]")).to_have_count(1)
    assert bytes(doors.uploads[0]) == scan.read_bytes()
    assert doors.told == [{"filename": scan.name, "filetype": "application/pdf", "unit": "3-1201"}]
    expect(page.locator(".upload-more a")).to_have_attribute("href", "/viewer")
    expect(page.locator("[data-tally]")).to_have_text("已完成 1 / 1")


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(page: Page, doors: Doors, scan: Path) -> None:
    page.goto("/upload2")
    page.evaluate("document.querySelector('[data-upload]').dataset.chunk = 65536")
    doors.most = 3 * 65536
    page.set_input_files("[data-files]", scan)
    expect(page.locator(".upload-text")).to_have_text(re.compile("正在重试"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("[data-earlier] .upload-text")).to_have_text("已上传 65%")

    doors.most = 10**9
    asked = doors.asked_for_offset
    page.set_input_files("[data-files]", scan)
    expect(page.locator(".upload-row[data-state=received]")).to_have_count(1)
    assert len(doors.uploads) == 1
    assert bytes(doors.uploads[0]) == scan.read_bytes()
    assert doors.asked_for_offset > asked
    expect(page.locator("[data-earlier]")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_what_an_earlier_visit_sent_is_told_as_the_server_has_it(
    page: Page, doors: Doors, scan: Path
) -> None:
    page.goto("/upload2")
    page.evaluate("document.querySelector('[data-upload]').dataset.chunk = 65536")
    doors.most = 65536
    page.set_input_files("[data-files]", scan)
    expect(page.locator(".upload-text")).to_have_text(re.compile("正在重试"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/tus/*", lambda route: route.fulfill(status=423))
    page.reload()
    sent = page.locator("[data-earlier] .upload-text")
    expect(sent).to_have_text(re.compile("正在等待网络恢复"))  # not 0 %
    page.unroute("**/tus/*")
    expect(sent).to_have_text("已上传 21%", timeout=60_000)

    doors.uploads[0] += bytes(100_000)  # what the broken line still held
    expect(sent).to_have_text("已上传 55%", timeout=60_000)


def test_the_same_bytes_again_are_told_and_may_be_kept(page: Page, scan: Path) -> None:
    page.goto("/upload2")
    page.set_input_files("[data-files]", scan.rename(scan.with_name("twice.pdf")))
    expect(page.get_by_role("link", name="收楼验收单")).to_have_attribute("href", "/viewer")
    page.get_by_role("button", name="两份都保留").click()
    expect(page.locator(".upload-more a")).to_have_attribute("href", "/viewer?kept=0")


def test_what_can_not_be_taken_says_why(page: Page, doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "large.tif").write_bytes(bytes(1_000_001))
    page.goto("/upload2")
    page.set_input_files("[data-files]", [tmp_path / "empty.txt", tmp_path / "large.tif"])
    failed = page.locator(".upload-row[data-state=failed]")
    expect(failed.filter(has_text="文件是空的。")).to_have_count(1)
    expect(failed.filter(has_text="超过了上限 977 KB。")).to_have_count(1)
    assert [told["filename"] for told in doors.told] == ["empty.txt"]


def test_a_hidden_file_of_the_system_is_left_out(page: Page, doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    page.goto("/upload2")
    page.set_input_files("[data-files]", tmp_path / "Thumbs.db")
    expect(page.locator(".upload-row")).to_have_count(0)
    assert doors.told == []


def test_the_viewer_frames_words_and_steps_through_them(page: Page, doors: Doors) -> None:
    page.goto("/viewer")
    expect(page.locator(".viewer-frame")).to_have_count(2)
    expect(page.locator("[data-hit]")).to_have_text("第 1 / 4 处")
    expect(page.locator("[data-text-body] mark")).to_have_text("维修基金")
    page.get_by_role("button", name="下一处").click()
    page.get_by_role("button", name="下一处").click()
    expect(page.locator("[data-number]")).to_have_value("300")
    expect(page.locator("[data-hit]")).to_have_text("第 3 / 4 处")
    expect(page).to_have_url(re.compile("page=300"))
    thumbs = {name for name in doors.pictures if name.startswith("thumb-")}
    assert len(thumbs) < 200


def test_the_viewer_turns_pages_by_key_and_fetches_tiles_when_zoomed(page: Page, doors: Doors) -> None:
    page.goto("/viewer")
    expect(page.locator(".viewer-frame")).to_have_count(2)
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-number]")).to_have_value("2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-number]")).to_have_value("1")
    with page.expect_response(re.compile("/picture/tile-1/")):
        for _ in range(4):
            page.get_by_role("button", name="放大").click()
    assert doors.tiles_wanted == 2


def test_a_dangerous_step_is_asked_once_and_wants_its_word(page: Page) -> None:
    page.goto("/asking")
    page.get_by_role("button", name="Go", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Really?")
    expect(dialog.get_by_role("button", name="继续")).to_be_disabled()
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Go", exact=True).click()
    dialog.get_by_role("textbox").fill("销毁")
    dialog.get_by_role("button", name="继续").click()
    expect(page.get_by_text("gone")).to_be_visible()


def test_a_part_that_fails_is_told_and_a_whole_page_is_gone_to(page: Page) -> None:
    page.goto("/asking")
    page.locator("#part").click()
    expect(page.locator("#toasts")).to_contain_text("别人改动了这条内容")
    page.locator("#whole").click()
    page.wait_for_url(re.compile(r"/$"))


def test_the_search_key_and_the_skip_link(page: Page) -> None:
    page.goto("/asking")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#top-search")).to_be_focused()


def test_a_chart_is_drawn_within_the_policy(page: Page) -> None:
    page.goto("/chart")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.locator(".chart").hover()


def test_every_file_of_the_first_load_is_small_enough(page: Page) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/asking", wait_until="networkidle")
    assert 0 < sum(sizes) < 600 * 1024
