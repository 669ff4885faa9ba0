"""The upload page as a test holds it: who sits before it, what passes its line, what its rows say."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from tests.support.service import Service

MIB = 1024 * 1024
LONG_MS = 60_000  # only how long a failure takes to show


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


def brought_in(page: Page, path: Path) -> str:
    """Address of the document that ``path`` became, its pages read."""
    opens_upload_page(page)
    page.set_input_files("[data-files]", path)
    row = row_of(page, path.name, "received")
    expect(row.locator(".upload-reading")).to_contain_text("可检索", timeout=LONG_MS)
    address = row.locator("a[href*='/documents/']").first.get_attribute("href")
    assert address is not None
    return address
