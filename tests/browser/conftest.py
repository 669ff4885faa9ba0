"""Browser tests share one Chromium and one service a file, and a clerk who has signed in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.upload_page import Counter
from tests.support.browser import chromium, watch
from tests.support.service import Service

PASSWORD = "four words make a wall"
EXPECTED = "ERR_(FAILED|INTERNET_DISCONNECTED)|(status of|Error Code) 422"  # what the tests break on purpose


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


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
