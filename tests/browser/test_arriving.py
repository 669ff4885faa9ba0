"""What arrives through the real upload page: folders, telephones, copies, new versions, and their being read."""

import hashlib
import io
import os
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.upload_page import (
    LONG_MS,
    MIB,
    Counter,
    brought_in,
    large_file,
    opens_upload_page,
    original,
    row_of,
)
from tests.support.browser import watch


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


def test_a_row_takes_back_that_it_is_stored_when_the_paper_turns_out_to_be_secret(
    at_the_desk: Page, tmp_path: Path
) -> None:
    page, paper = at_the_desk, tmp_path / "会议纪要.txt"
    paper.write_text(f"机密★20年\n人防工程 {tmp_path}", "utf-8")
    opens_upload_page(page)
    page.set_input_files("[data-files]", [paper])
    row = row_of(page, paper.name)
    expect(row).to_have_attribute("data-state", "marked", timeout=LONG_MS)
    expect(row).to_contain_text("已隔离：文件带有国家秘密标志")
    expect(row).to_contain_text("请立即报告本单位保密人员")
    expect(row.locator("a, button")).to_have_count(0)
    expect(row).not_to_contain_text("已妥善保存")
    expect(page.locator("[data-tally]")).to_have_text("已完成 0 / 1，1 个需要处理")


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
