"""Sending papers with the real upload page: reloads, broken lines, answers that never came."""

import hashlib
import os
import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.upload_page import (
    LONG_MS,
    MIB,
    Line,
    large_file,
    opens_upload_page,
    original,
    reloads,
    row_of,
)


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
