"""The forms of lending as the browser prints them: A4, nothing cut off."""

import io

import pypdfium2
from playwright.sync_api import Browser

from archive_service.bootstrap import Archive
from tests.loans.counter import Counter
from tests.support.browser import served, watch
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.pages import Desk

UPRIGHT, LYING = (210, 297), (297, 210)  # mm


def test_the_forms_of_lending_are_printed_on_a4(
    browser: Browser, on_sqlite: Archive, clock: MovableClock
) -> None:
    counter = Counter(House(on_sqlite, clock))
    out = counter.out(counter.lin, counter.paper(pages=3), counter.paper(pages=2))
    desk = Desk(on_sqlite)
    desk.sits(counter.chen)
    forms = {
        f"/loans/{out.id}/print": ("文件借阅申请表", UPRIGHT),
        f"/loans/statement?borrower={counter.lin.user_id}": ("借阅对账单", UPRIGHT),
        "/loans/register": ("借阅登记簿", LYING),
    }
    with served(desk.app) as url:
        page = browser.new_page()
        complaints = watch(page)
        for path, (heading, size) in forms.items():
            page.goto(url + path)
            # Whatever were wider than the paper would be cut off by the printer.
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            sheets = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
            assert [tuple(round(p / 72 * 25.4) for p in sheet.get_size()) for sheet in sheets] == [size]
            text = "".join(sheets[0].get_textpage().get_text_range().split())
            sheets.close()
            assert heading in text and out.number in text and "Ctrl+P" not in text
        page.close()
        assert complaints == []
