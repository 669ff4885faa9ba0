"""Bringing papers in with the real upload page on the real service: reloads, broken lines, folders, telephones."""

import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, Request, Route, expect

from tests.support.browser import chromium, watch
from tests.support.service import Service

PASSWORD = "four words make a wall"
MIB = 1024 * 1024
LONG_MS = 60_000  # only how long a failure takes to show
EXPECTED = "ERR_(FAILED|INTERNET_DISCONNECTED)|(status of|Error Code) 422"  # what the tests break on purpose


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Counter:
    """A service with one clerk, and the clerk's cookies."""

    service: Service
    browser: Browser
    state: Path

    def sits(self, **how: object) -> BrowserContext:
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", **how}
        context = self.browser.new_context(
            base_url=self.service.url,
            storage_state=self.state,
            **options,  # type: ignore[arg-type]  # as Playwright names them
        )
        context.set_default_timeout(LONG_MS)
        return context


@pytest.fixture(scope="module")
def counter(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("bringing")
    with Service(folder / "data") as service:
        service.token_for("chen", "archivist", password=PASSWORD)
        context = browser.new_context(base_url=service.url)
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("input[name=name]", "chen")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button.btn-primary")
        page.wait_for_url(f"{service.url}/")
        context.storage_state(path=folder / "state.json")
        context.close()
        yield Counter(service, browser, folder / "state.json")


@pytest.fixture
def at_the_desk(counter: Counter) -> Iterator[Page]:
    """A page on which nothing goes wrong but what the test breaks on purpose."""
    context = counter.sits()
    page = context.new_page()
    complaints = watch(page)
    yield page
    context.close()
    assert [text for text in complaints if not re.search(EXPECTED, text)] == []


class Line:
    """The page's line for parts of files: counts what passes, and breaks where it is told to.

    ``parts``: offset and length of each part that left the page and was answered, in order.
    """

    def __init__(self, page: Page) -> None:
        self.parts: list[tuple[int, int]] = []
        self.begun = 0
        self.breaks_after: int | None = None  # parts
        self.offline_at: int | None = None  # offset, in bytes
        self._passed = 0
        self._page = page
        page.route("**/uploads/tus/*", self._pass)
        page.on("requestfinished", self._note)

    def _pass(self, route: Route) -> None:
        if route.request.method == "PATCH":
            if self._passed == self.breaks_after:
                route.abort()
                return
            self._passed += 1
            if route.request.headers["upload-offset"] == str(self.offline_at):
                self._page.context.set_offline(True)
        route.continue_()

    def _note(self, request: Request) -> None:
        if request.method == "PATCH":
            body = request.post_data_buffer
            assert body is not None
            self.parts.append((int(request.headers["upload-offset"]), len(body)))
        elif request.method == "POST" and request.url.endswith("/uploads/tus"):
            self.begun += 1


def opens_upload_page(page: Page) -> None:
    page.goto("/upload")
    sends_small_parts(page)


def sends_small_parts(page: Page) -> None:
    page.locator("[data-upload]").evaluate("(form, bytes) => { form.dataset.chunk = bytes }", MIB)


def reloads(page: Page, line: Line) -> None:
    """In the middle of an upload; the line is whole again as soon as the old page is gone."""
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    page.reload()
    line.breaks_after = None
    sends_small_parts(page)


def row_of(page: Page, name: str, state: str = "") -> Locator:
    found = page.locator(f".upload-row[data-state={state}]" if state else ".upload-row")
    return found.filter(has=page.get_by_text(name, exact=True))


def original(page: Page, row: Locator) -> str:
    """SHA-256 of what the document behind ``row`` gives as its original."""
    address = row.locator("a[href*='/documents/']").first.get_attribute("href")
    answer = page.context.request.get(f"{address}/versions/1/original")
    assert answer.ok, answer.status
    return hashlib.sha256(answer.body()).hexdigest()


def large_file(folder: Path, mebibytes: int = 12) -> Path:
    path = folder / "竣工图.bin.txt"
    path.write_bytes(os.urandom(mebibytes * MIB))
    return path


def test_after_a_reload_no_byte_is_sent_twice(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, large_file(tmp_path)
    line = Line(page)
    opens_upload_page(page)
    line.breaks_after = 5
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name).locator(".upload-text")).to_have_text(re.compile("正在重试|连接断开"))

    reloads(page, line)
    expect(page.locator("[data-earlier] .upload-text")).to_have_text("已上传 41%")
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name, "received")).to_be_visible(timeout=LONG_MS)
    assert line.parts == [(number * MIB, MIB) for number in range(12)]
    assert line.begun == 1
    assert original(page, row_of(page, path.name)) == hashlib.sha256(path.read_bytes()).hexdigest()
    expect(page.locator("[data-earlier]")).to_be_hidden()


def test_another_file_that_only_looks_the_same_begins_anew(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, large_file(tmp_path, 3)
    line = Line(page)
    opens_upload_page(page)
    line.breaks_after = 1
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name).locator(".upload-text")).to_have_text(re.compile("正在重试|连接断开"))
    reloads(page, line)
    expect(page.locator("[data-earlier] .upload-text")).to_have_text("已上传 33%")

    times = path.stat()
    path.write_bytes(os.urandom(3 * MIB))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name, "received")).to_be_visible(timeout=LONG_MS)
    assert line.begun == 2
    assert (
        original(page, row_of(page, path.name, "received")) == hashlib.sha256(path.read_bytes()).hexdigest()
    )


def test_a_line_that_is_gone_for_a_while_costs_one_part_at_most(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, large_file(tmp_path)
    line = Line(page)
    opens_upload_page(page)

    line.offline_at = 4 * MIB
    page.set_input_files("[data-files]", path)
    row = row_of(page, path.name)
    expect(row).to_have_attribute("data-state", "broken")
    expect(row.locator(".upload-text")).to_contain_text("恢复后会自动继续")
    line.offline_at = None
    page.context.set_offline(False)
    expect(row).to_have_attribute("data-state", "received", timeout=LONG_MS)
    assert line.parts == [(number * MIB, MIB) for number in range(12)]
    assert line.begun == 1
    assert original(page, row) == hashlib.sha256(path.read_bytes()).hexdigest()


class Answer:
    """The page's line for the question what became of a file: gone from the first question on, until it is mended."""

    def __init__(self, page: Page) -> None:
        self.is_gone = True
        self._page = page
        page.route("**/uploads/tus/*/result", self._pass)

    def _pass(self, route: Route) -> None:
        if self.is_gone:
            self._page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    def comes_back(self) -> None:
        self.is_gone = False
        self._page.context.set_offline(False)


def test_a_line_that_breaks_before_the_answer_is_picked_up_again(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, large_file(tmp_path, 2)
    line, answer = Line(page), Answer(page)
    opens_upload_page(page)
    page.set_input_files("[data-files]", path)
    row = row_of(page, path.name)
    expect(row).to_have_attribute("data-state", "broken", timeout=LONG_MS)
    expect(row.locator(".upload-text")).to_contain_text("等待网络恢复")
    expect(row.get_by_role("button", name="取消")).to_have_count(0)  # it is all there

    answer.comes_back()
    expect(row).to_have_attribute("data-state", "received", timeout=LONG_MS)
    assert (line.begun, len(line.parts)) == (1, 2)
    assert original(page, row) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_after_a_reload_the_answer_that_never_came_is_asked_for(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, large_file(tmp_path, 2)
    line, answer = Line(page), Answer(page)
    opens_upload_page(page)
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name)).to_have_attribute("data-state", "broken", timeout=LONG_MS)

    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    page.unroute("**/uploads/tus/*/result")
    page.route("**/uploads/tus/*/result", lambda route: route.abort())  # what the old page may still ask
    page.context.set_offline(False)
    page.reload()
    page.unroute("**/uploads/tus/*/result")
    del answer
    row = row_of(page, path.name, "received")
    expect(row).to_be_visible(timeout=LONG_MS)
    expect(page.locator(".upload-row")).to_have_count(1)
    assert original(page, row) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert line.begun == 1
    assert page.evaluate("Object.keys(localStorage).length") == 0
    page.reload()
    expect(page.locator("[data-drop]")).to_be_visible()
    expect(page.locator(".upload-row")).to_have_count(0)


def test_what_can_not_be_read_needs_attention_as_well(at_the_desk: Page, tmp_path: Path) -> None:
    page = at_the_desk
    good, broken, program, empty = (
        tmp_path / name for name in ("收楼单.txt", "坏的.pdf", "安装.exe", "空.txt")
    )
    good.write_text(f"主卧窗框 {tmp_path}", "utf-8")
    broken.write_bytes(b"%PDF-1.7\n" + os.urandom(3000))
    program.write_bytes(b"MZ" + os.urandom(3000))
    empty.write_bytes(b"")
    opens_upload_page(page)
    page.set_input_files("[data-files]", [good, broken, program, empty])
    expect(page.locator("[data-tally]")).to_have_text("已完成 1 / 4，3 个需要处理", timeout=LONG_MS)


def drags(page: Page, *paths: Path) -> None:
    """Lets go of files and folders of the disk over the page, as the hand does: through the browser itself."""
    box = page.locator("[data-drop]").bounding_box()
    assert box is not None
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": step, **where, "data": data})


def test_dropped_files_and_folders_are_opened_to_the_last_file(at_the_desk: Page, tmp_path: Path) -> None:
    page, folder = at_the_desk, tmp_path / "3-1201"
    (folder / "装修" / "验收").mkdir(parents=True)
    names = []
    for number, place in enumerate((tmp_path, folder, folder / "装修", folder / "装修" / "验收")):
        names.append(f"单据 {number}.txt")
        (place / names[-1]).write_text(f"第 {number} 张 {tmp_path}", "utf-8")
    (folder / ".DS_Store").write_bytes(b"x")
    opens_upload_page(page)
    drags(page, tmp_path / names[0], folder)
    for name in names:
        expect(row_of(page, name, "received")).to_be_visible()
    expect(page.locator(".upload-row")).to_have_count(len(names))


def test_a_folder_of_more_files_than_a_reader_hands_out_at_once(at_the_desk: Page, tmp_path: Path) -> None:
    page, folder = at_the_desk, tmp_path / "many"
    folder.mkdir()
    for number in range(120):  # a reader of a folder gives at most a hundred
        (folder / f"{number:03}.txt").write_text(f"{number} {tmp_path}")
    opens_upload_page(page)
    page.route("**/uploads/**", lambda route: route.abort())
    drags(page, folder)
    expect(page.locator(".upload-row")).to_have_count(120)


def test_a_chosen_folder(at_the_desk: Page, tmp_path: Path) -> None:
    page, folder = at_the_desk, tmp_path / "2-301"
    (folder / "收据").mkdir(parents=True)
    (folder / "钥匙.txt").write_text(f"钥匙 {tmp_path}", "utf-8")
    (folder / "收据" / "押金.txt").write_text(f"押金 {tmp_path}", "utf-8")
    opens_upload_page(page)
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="选择文件夹").click()
    chosen.value.set_files(folder)
    for name in ("钥匙.txt", "押金.txt"):
        expect(row_of(page, name, "received")).to_be_visible()


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 400), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_a_telephone_offers_its_camera(counter: Counter) -> None:
    context = counter.sits(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=3
    )
    page = context.new_page()
    complaints = watch(page)
    page.goto("/upload")
    box = page.locator("[data-drop]")
    expect(box).to_contain_text("拍照")
    shown = box.inner_text()
    assert "拖" not in shown and "文件夹" not in shown
    picture = photo()
    with page.expect_file_chooser() as chosen:
        box.get_by_role("button", name="拍照").tap()
    asked = chosen.value.element
    assert (asked.get_attribute("accept"), asked.get_attribute("capture")) == ("image/*", "environment")
    chosen.value.set_files(FilePayload(name="IMG_0001.jpg", mimeType="image/jpeg", buffer=picture))
    row = row_of(page, "IMG_0001.jpg", "received")
    expect(row).to_be_visible()
    assert original(page, row) == hashlib.sha256(picture).hexdigest()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 1
    context.close()
    assert complaints == []


def test_without_scripts_the_form_brings_files_in_as_well(counter: Counter, tmp_path: Path) -> None:
    context = counter.sits(java_script_enabled=False)
    page = context.new_page()
    page.goto("/upload")
    assert "拖" not in page.locator("[data-drop]").inner_text()
    first, empty = tmp_path / "钥匙移交.txt", tmp_path / "空.txt"
    first.write_bytes(os.urandom(2 * MIB))
    empty.write_bytes(b"")
    page.set_input_files("input[name=file]", [first, empty])
    page.get_by_role("button", name="上传").click()
    row = row_of(page, first.name, "received")
    expect(row).to_be_visible()
    expect(row_of(page, empty.name, "failed")).to_contain_text("空")
    assert original(page, row) == hashlib.sha256(first.read_bytes()).hexdigest()

    page.goto("/upload")
    page.set_input_files("input[name=file]", first)
    page.get_by_role("button", name="上传").click()
    row_of(page, first.name, "duplicate").get_by_role("button", name="两份都保留").click()
    expect(page.locator("main h1, .page-title").first).to_contain_text("钥匙移交")
    context.close()


def test_what_was_brought_in_is_followed_until_it_can_be_searched(at_the_desk: Page, tmp_path: Path) -> None:
    page = at_the_desk
    good, broken = tmp_path / "收楼单.txt", tmp_path / "坏的.pdf"
    good.write_text(f"主卧窗框密封胶开裂 {tmp_path}", "utf-8")
    broken.write_bytes(b"%PDF-1.7\n" + os.urandom(3000))
    opens_upload_page(page)
    page.evaluate("window.neverReloaded = true")
    page.set_input_files("[data-files]", [good, broken])
    expect(row_of(page, good.name).locator(".upload-reading")).to_contain_text("可检索", timeout=LONG_MS)
    failed = row_of(page, broken.name).locator(".upload-reading")
    again = failed.get_by_role("button", name="重新识读")
    expect(again).to_be_visible(timeout=LONG_MS)
    expect(failed).to_contain_text("文件已损坏")

    with page.expect_response(re.compile("/retry$")) as answer:
        again.click()
    assert answer.value.status == 204
    with page.expect_response(re.compile("/upload/reading")):
        pass  # it is followed again
    expect(again).to_be_enabled(timeout=LONG_MS)
    assert page.evaluate("window.neverReloaded")


def test_who_looks_away_is_not_asked_for(at_the_desk: Page, tmp_path: Path) -> None:
    page = at_the_desk
    path = tmp_path / "收楼单.txt"
    path.write_text(f"钥匙五把 {tmp_path}", "utf-8")
    opens_upload_page(page)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { configurable: true, get: () => window.looksAway === true })"
    )
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/upload/reading" in request.url else None
    )
    page.evaluate("window.looksAway = true")
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name, "received")).to_be_visible()
    assert asked == []
    page.evaluate("window.looksAway = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(row_of(page, path.name).locator(".upload-reading")).to_contain_text("可检索", timeout=LONG_MS)


def test_the_inbox_moves_on_by_itself_and_then_rests(at_the_desk: Page, tmp_path: Path) -> None:
    page = at_the_desk
    path = tmp_path / "装修押金.txt"
    path.write_text(f"押金 2000 元 {tmp_path}", "utf-8")
    opens_upload_page(page)
    page.route("**/upload/reading*", lambda route: route.abort())
    page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name, "received")).to_be_visible()
    page.goto("/inbox")
    paper = page.locator("tr", has=page.get_by_role("link", name="装修押金", exact=True))
    expect(paper).to_contain_text("可检索", timeout=LONG_MS)
    expect(page.locator("#inbox-list[hx-trigger]")).to_have_count(0, timeout=LONG_MS)


def test_a_file_chosen_three_times_is_one_document_and_one_question(
    at_the_desk: Page, tmp_path: Path
) -> None:
    page, path = at_the_desk, large_file(tmp_path, 2)
    opens_upload_page(page)
    for _ in range(3):
        page.set_input_files("[data-files]", path)
    expect(row_of(page, path.name, "received")).to_have_count(1)
    expect(row_of(page, path.name, "duplicate")).to_have_count(2)
    keep = page.get_by_role("button", name="两份都保留")
    expect(keep).to_have_count(1)
    expect(row_of(page, path.name, "duplicate").filter(has_text="答复一次")).to_have_count(1)
    page.get_by_role("button", name="不需要").click()
    expect(row_of(page, path.name)).to_have_count(1)
    page.goto("/inbox")
    expect(page.locator("[data-state=duplicate]").filter(has_text=path.name)).to_have_count(0)


def brought_in(page: Page, path: Path) -> str:
    """Address of the document that ``path`` became, its pages read."""
    opens_upload_page(page)
    page.set_input_files("[data-files]", path)
    row = row_of(page, path.name, "received")
    expect(row.locator(".upload-reading")).to_contain_text("可检索", timeout=LONG_MS)
    address = row.locator("a[href*='/documents/']").first.get_attribute("href")
    assert address is not None
    return address


def test_the_wrong_file_as_a_new_version_is_told(at_the_desk: Page, tmp_path: Path) -> None:
    page = at_the_desk
    first, other = tmp_path / "验收单.txt", tmp_path / "别人的收据.txt"
    first.write_text(f"验收 {tmp_path}", "utf-8")
    other.write_text(f"收据 {tmp_path}", "utf-8")
    address, elsewhere = brought_in(page, first), brought_in(page, other)
    page.on("filechooser", lambda _: None)  # from now on choosers are caught, however fast a key opens one
    page.goto(address)
    page.get_by_text("上传新版本").first.click()
    expect(page.locator("#new-file")).to_be_hidden()  # its button speaks the browser's language
    button = page.get_by_role("button", name="选择文件")
    form = page.locator("#new-version")
    expect(form).to_contain_text("尚未选择文件")
    page.get_by_label("为什么").fill("补签")
    form.locator("button.btn-primary").click()
    expect(button).to_be_focused()  # nothing is sent without a file
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(other)
    expect(form).to_contain_text(other.name)
    form.locator("button.btn-primary").click()
    notice = page.locator("#messages .alert-warning")
    expect(notice).to_contain_text("完全相同的文件还在这里")
    expect(notice.get_by_role("link", name="别人的收据")).to_have_attribute("href", elsewhere)
    expect(page.locator("#versions li")).to_have_count(2)


def test_without_scripts_a_new_version_is_chosen_with_the_browsers_own_button(
    counter: Counter, tmp_path: Path
) -> None:
    context = counter.sits()
    path = tmp_path / "押金条.txt"
    path.write_text(f"押金 {tmp_path}", "utf-8")
    address = brought_in(context.new_page(), path)
    context.close()
    context = counter.sits(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_text("上传新版本").first.click()
    expect(page.locator("#new-file")).to_be_visible()
    context.close()


def test_the_pages_stay_in_sight_beside_what_is_done_with_them(at_the_desk: Page, tmp_path: Path) -> None:
    page, path = at_the_desk, tmp_path / "委托书.txt"
    path.write_text(f"委托 {tmp_path}", "utf-8")
    page.goto(brought_in(page, path))
    viewer = page.locator(".viewer")
    expect(viewer).to_be_in_viewport()
    page.get_by_text("上传新版本").first.click()
    page.locator("#new-version button.btn-primary").evaluate(
        "button => button.scrollIntoView({block: 'end'})"
    )
    page.wait_for_function("window.scrollY > 300")
    expect(viewer).to_be_in_viewport(ratio=0.9)
