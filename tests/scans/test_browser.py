"""The board in a real browser: by mouse, by finger, by keyboard; and a separator sheet from the printer to the scanner
and back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page

from archive_service import records, scans
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.records import Description
from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page
from tests.scans.conftest import Counter
from tests.support.browser import chromium, served, watch
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.pages import Desk
from workers.runtime import Worker


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def counter(on_sqlite: Archive, clock: MovableClock) -> Iterator[Counter]:
    worker = Worker(on_sqlite)
    yield Counter(House(on_sqlite, clock), worker)
    worker.tools.reader.close()


@pytest.fixture
def chen(counter: Counter) -> Actor:
    return counter.house.person("陈", "archivist")


@pytest.fixture
def address(counter: Counter, chen: Actor) -> Iterator[str]:
    desk = Desk(counter.house.archive)
    desk.sits(chen)
    with served(desk.app) as address:
        yield address


def words(page: Page) -> list[str]:
    """What would be sent."""
    return str(page.eval_on_selector("#f-parts", "field => field.value")).split("\n")


def test_pages_are_split_turned_moved_and_left_out(
    counter: Counter, chen: Actor, address: str, browser: Browser
) -> None:
    paper = counter.scan(chen, "一", "二", "三", "四", title="一叠")
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    complaints = watch(page)
    page.goto(f"{address}/scans/board?document={paper}")
    cards = page.locator(".scan-page")
    # by mouse
    cards.nth(1).locator("[data-do=cut]").click()
    assert words(page) == ["1-2", "3-4"]
    cards.nth(2).locator("[data-do=turn]").click()
    assert words(page) == ["1-2", "3@90 4"]
    cards.nth(3).drag_to(cards.nth(0), target_position={"x": 5, "y": 60})
    assert words(page) == ["4 1-2", "3@90"]
    # by keyboard
    cards.nth(1).focus()
    page.keyboard.press("Delete")
    assert words(page) == ["4 2", "3@90"]
    cards.nth(1).focus()
    page.keyboard.press("Alt+ArrowLeft")
    assert words(page) == ["2 4", "3@90"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.locator("[data-scan=out]").click()
    page.keyboard.type("押金收据")
    assert words(page) == ["2", "3@90", "4 = 押金收据"]
    page.locator("#scan-make").click()
    page.wait_for_url("**/scans/1")
    counter.works()
    page.get_by_text("押金收据").wait_for()
    with counter.house.archive.reading() as session:
        row = scans.request_unchecked(session, 1)
    assert [counter.widths(one) for one in row.results] == [[102], [103], [104]]  # type: ignore[arg-type]
    assert complaints == []
    page.close()


def test_a_finger_on_a_phone_does_it_too(
    counter: Counter, chen: Actor, address: str, browser: Browser
) -> None:
    paper = counter.scan(chen, "一", "二", "三")
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}/scans/board?document={paper}")
    cards = page.locator(".scan-page")
    cards.nth(0).locator("[data-do=right]").tap()
    cards.nth(2).locator("[data-do=drop]").tap()
    assert words(page) == ["2 1"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#f-reason").fill("页序颠倒")
    page.locator("#scan-make").tap()
    page.wait_for_url("**/scans/1")
    with counter.house.archive.reading() as session:
        assert scans.request_unchecked(session, 1).plan.reason == "页序颠倒"
    context.close()


def test_without_scripts_the_words_are_written_by_hand(
    counter: Counter, chen: Actor, address: str, browser: Browser
) -> None:
    paper = counter.scan(chen, "一", "二")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/scans/board?document={paper}")
    assert page.locator(".scan-page").count() == 2
    page.fill("#f-parts", "2 = 乙\n1 = 甲")
    page.click("#scan-make")
    assert "正在生成" in page.content()
    with counter.house.archive.reading() as session:
        assert [part.title for part in scans.request_unchecked(session, 1).plan.parts] == ["乙", "甲"]
    context.close()


def test_a_printed_separator_sheet_is_found_in_a_bad_scan(
    counter: Counter, chen: Actor, address: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto(f"{address}/separators")
    page.select_option("#f-class_code", "ZX.01")
    page.click("form .btn-primary[type=submit], .card .btn-primary")
    page.wait_for_url("**/separators/*")
    page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)
    page.close()
    printed = pypdfium2.PdfDocument(tmp_path / "sheet.pdf")
    assert len(printed) == 1
    sheet = printed[0].render(scale=150 / 72).to_pil().convert("L")
    printed.close()
    askew = sheet.rotate(3, fillcolor=245, resample=Image.Resampling.BILINEAR)
    askew = askew.filter(ImageFilter.GaussianBlur(1))
    grain = np.random.default_rng(5).normal(0, 22, (askew.height, askew.width))
    scanned = Image.fromarray(np.clip(np.asarray(askew) * 0.85 + 15 + grain, 0, 255).astype(np.uint8))
    letter = draw_page("装修申请表\n申请人：示例\n房号：3-1201", chinese_font(), dpi=150)
    content = as_pdf(
        [scanned.convert("RGB"), letter, scanned.rotate(180).convert("RGB"), letter], dpi=150, quality=55
    )
    house = counter.house
    with house.work(chen) as work:
        paper = records.add_document(work, house.blob(content, "一叠.pdf"), Description())
    counter.works()
    with house.archive.reading() as session:
        row = records.document(session, chen, paper)
        proposal = scans.proposals(session, [row])[paper]
    assert proposal.sheets == (1, 3)
    assert [(part.class_code, [leaf.page for leaf in part.leaves]) for part in proposal.parts] == [
        ("ZX.01", [2]),
        ("ZX.01", [4]),
    ]
