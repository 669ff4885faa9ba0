"""Hand out and take back with a hand scanner, which types and sends: no mouse, no waiting for the page, no lost code."""

import re

from playwright.sync_api import Browser, Page, expect

from archive_service.bootstrap import Archive
from archive_service.loans import LoanRow, LoanState
from archive_service.locations import person_code
from tests.loans.counter import Counter
from tests.support.browser import served, watch
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.pages import Desk


def scans(page: Page, *lines: str) -> None:
    """As fast as a scanner types: the next code does not wait for the answer to the one before."""
    for line in lines:
        page.keyboard.type(line)
        page.keyboard.press("Enter")


def test_a_slip_goes_out_and_comes_back_by_scanner_alone(
    browser: Browser, on_sqlite: Archive, clock: MovableClock
) -> None:
    counter = Counter(House(on_sqlite, clock))
    papers = [counter.paper(pages=2), counter.paper(pages=3)]
    loan = counter.approved(counter.asks(counter.lin, *papers))
    labels = [str(counter.house.document(one).archival_no).replace("·", ".") for one in papers]
    assert counter.lin.user_id is not None
    desk = Desk(on_sqlite)
    desk.sits(counter.chen)
    with served(desk.app) as url:
        page = browser.new_page()
        complaints = watch(page)
        page.goto(f"{url}/loans/desk")
        expect(page.locator("#f-scan")).to_be_focused()
        scans(page, person_code(counter.lin.user_id), "https://example.com/strange", *labels)
        expect(page.locator("[name=item]")).to_have_count(2)
        expect(page.locator("#desk-state")).to_contain_text(loan.number)
        page.screenshot(path="build/screenshots/lending-desk-out.png", full_page=True)
        scans(page, "")
        expect(page.locator("[role=status]").first).to_contain_text("已借出给林")
        expect(page.locator("#f-scan")).to_be_focused()
        assert state(counter, loan) is LoanState.ISSUED
        scans(page, labels[0], "2", labels[1], "2 缺第3页")
        expect(page.locator("[name^=note]").first).to_have_value("缺第3页")
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path="build/screenshots/lending-desk-back-phone.png", full_page=True)
        scans(page, "DONE")
        expect(page.locator("[role=status]").first).to_contain_text("不完整")
        assert state(counter, loan) is LoanState.REMEDY
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.close()
        assert [one for one in complaints if not re.search("status of 422", one)] == []


def test_an_answer_that_does_not_come_loses_no_code(
    browser: Browser, on_sqlite: Archive, clock: MovableClock
) -> None:
    counter = Counter(House(on_sqlite, clock))
    loan = counter.approved(counter.asks(counter.lin, counter.paper()))
    desk = Desk(on_sqlite)
    desk.sits(counter.chen)
    with served(desk.app) as url:
        page = browser.new_page()
        page.goto(f"{url}/loans/desk")
        page.context.set_offline(True)
        scans(page, loan.number)
        expect(page.locator("#toasts")).to_contain_text("网络断开")
        expect(page.locator("#f-scan")).to_have_value(loan.number)
        page.context.set_offline(False)
        page.keyboard.press("Enter")
        expect(page.locator("#desk-state")).to_contain_text("待领取")
        page.close()


def state(counter: Counter, loan: LoanRow) -> LoanState:
    return counter.row(loan).state
