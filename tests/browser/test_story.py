"""A new centre's first hour, in a real browser on the real service: set up, upload, find, open, renew, survive."""

import io
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page
from tests.support.browser import watch
from tests.support.service import Service

PASSWORD = "four words make a wall"
PICTURES = Path(os.environ.get("ARCHIVE_SCREENSHOTS", Path(__file__).parents[2] / "build/screenshots"))
DESK, PHONE = (1280, 800), (390, 844)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("story") / "data") as started:
        yield started


def page_of(browser: Browser, size: tuple[int, int] = DESK) -> Page:
    width, height = size
    return browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN").new_page()


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def until(true: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.3)


def camera_photo(text: str) -> bytes:
    """As a telephone takes it: a colour JPEG, a little askew, turned by its EXIF note."""
    page = draw_page(text, chinese_font(), dpi=200, angle=2.0, noise=10, seed=4).convert("RGB")
    turned = page.rotate(90, expand=True)
    exif = turned.getexif()
    exif[0x0112] = 6  # "turn me a quarter to the right"
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def sign_in(page: Page, service: Service, name: str = "admin") -> None:
    page.goto(f"{service.url}/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{service.url}/")


def upload(page: Page, service: Service, name: str, kind: str, content: bytes) -> str:
    """Through the upload page; the address of the document."""
    page.goto(f"{service.url}/upload")
    page.set_input_files("input[data-files]", {"name": name, "mimeType": kind, "buffer": content})
    link = page.locator(".upload-list a[href*='/documents/']").first
    expect(link).to_be_visible(timeout=30_000)
    address = link.get_attribute("href")
    assert address
    return address


def is_searchable(page: Page, service: Service, address: str) -> bool:
    # Asked beside the page, which loads itself anew when the reading is done and would cut a visit short.
    shown = page.request.get(f"{service.url}{address}" if address.startswith("/") else address).text()
    return re.search(r">\s*可检索\s*<", shown) is not None


def test_the_first_hour_of_a_new_centre(browser: Browser, service: Service) -> None:
    page = page_of(browser)
    complaints = watch(page)

    # The link that the first start printed makes the first account; a second use opens nothing.
    link = re.findall(r"http://\S+/setup/\S+", service.log.read_text("utf-8"))[-1]
    page.goto(link)
    picture(page, "setup")
    page.fill("input[name=display_name]", "陈思远")
    page.fill("input[name=name]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=password_again]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_load_state()
    stranger = page_of(browser)
    stranger.goto(link)
    assert stranger.locator("input[name=password]").count() == 0
    sign_in(page, service)

    # A photo from a telephone and a scanned PDF.
    photo = upload(
        page,
        service,
        "IMG_0312.jpg",
        "image/jpeg",
        camera_photo("云栖花园3栋1201收楼验收单\n主卧窗框密封胶开裂一处\n移交入户钥匙5把"),
    )
    scan = upload(
        page,
        service,
        "装修申请表.pdf",
        "application/pdf",
        as_pdf(
            [
                draw_page(
                    "二次装修申请表 编号ZX-2026-0045\n铺位 A区108号 门头 吊顶 隔墙",
                    chinese_font(),
                    angle=-1.0,
                )
            ]
        ),
    )
    picture(page, "upload")
    for address in (photo, scan):
        until(lambda address=address: is_searchable(page, service, address))

    # Found by a two-character word, and by a unit's number typed without its punctuation.
    page.goto(f"{service.url}/search?q=窗框")
    expect(page.locator("main")).to_contain_text("找到 1 条")
    page.locator("main a[href*='/documents/']").first.click()
    expect(page.locator(".viewer-frame").first).to_be_visible(timeout=20_000)
    box = page.locator(".viewer-frame").first.bounding_box()
    assert box is not None and box["width"] > 10 and box["height"] > 5
    page.goto(f"{service.url}/search?q=3栋1201")
    expect(page.locator("main")).to_contain_text("找到 1 条")

    # A second version with its reason; the old one is found on request only.
    page.goto(f"{service.url}{scan}" if scan.startswith("/") else scan)
    page.locator(
        "[data-bs-target='#new-version'], [href='#new-version'], summary:has-text('新版本')"
    ).first.click()
    page.fill("input[name=reason]", "补扫第二页")
    renewed = as_pdf([draw_page("二次装修申请表 第二稿\n增加卫生间防水", chinese_font())])
    page.set_input_files(
        "input[type=file]", {"name": "第二稿.pdf", "mimeType": "application/pdf", "buffer": renewed}
    )
    page.locator("form:has(input[name=reason]) button.btn-primary").click()
    page.wait_for_load_state()
    until(lambda: found(page, service, "卫生间防水") == 1)
    assert found(page, service, "门头") == 0
    assert found(page, service, "门头", old=True) == 1

    # The service is killed without warning and started again: nothing is lost, and the person still signed in.
    # No page stands open meanwhile: what one asks for on its own would be a complaint about the killing itself.
    page.goto("about:blank")
    service.kill()
    service.stop()
    service.start()
    assert found(page, service, "窗框") == 1
    assert found(page, service, "卫生间防水") == 1
    assert complaints == []


def found(page: Page, service: Service, words: str, *, old: bool = False) -> int:
    page.goto(f"{service.url}/search?q={words}" + ("&old=1" if old else ""))
    counted = re.search(r"找到 (\d+) 条", page.locator("main").inner_text())
    return int(counted[1]) if counted else 0


PLACES = (
    "/",
    "/upload",
    "/inbox",
    "/search?q=钥匙",
    "/files",
    "/documents",
    "/system",
    "/system/people",
    "/account",
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_place_stands_in_both_languages_at_both_widths(
    browser: Browser, service: Service, language: str, size: tuple[int, int]
) -> None:
    page = page_of(browser, size)
    complaints = watch(page)
    sign_in(page, service)
    # A choice of language is kept with the account, so the turn before has left its own.
    if page.evaluate("document.documentElement.lang")[:2] != language:
        page.locator("form[action*=language] button:visible").click()
        page.wait_for_load_state()
    for place in PLACES:
        answer = page.goto(f"{service.url}{place}")
        assert answer is not None and answer.status == 200, place
        assert page.evaluate("document.documentElement.lang")[:2] == language
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 1, f"{place} is {overflow} pixels too wide"
        name = place.split("?")[0].strip("/").replace("/", "-") or "home-new"
        picture(page, f"{name}-{language}-{'phone' if size == PHONE else 'desk'}")
    assert complaints == []
