"""The filing desk in a real browser: a hundred papers by the keys alone, without one reload; evidence, locks, candidates."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from archive_service import people, premises, records, suggestions
from archive_service.cli import prepared_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import DocumentFilter
from archive_service.settings import Settings
from tests.browser.test_story import DESK, page_of
from tests.support.browser import watch
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.papers import is_scanned, pictured_page
from tests.support.web_server import WebServer

PASSWORD = "four words make a wall"
PAPERS = 100


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("desk") / "data", two_factor="offered")
    archive = prepared_archive(settings)
    made = House(archive, MovableClock())
    with made.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    for name in ("chen", "zhou"):
        made.person(name, "archivist", password=PASSWORD)
    yield made
    archive.close()


@pytest.fixture(scope="module")
def server(house: House) -> Iterator[WebServer]:
    with WebServer(house.archive.settings) as started:
        yield started


def notice(house: House, number: int) -> DocumentId:
    text = f"关于第{number}次停水的通知\n物业通〔2026〕{number}号\n各位业主:2026年3月8日起停水。云栖花园客户服务中心"
    paper = house.paper(title="扫描件", class_code="WS.02", pages=[text])
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    return paper


def sits_down(browser: Browser, server: WebServer, name: str = "chen") -> Page:
    page = page_of(browser, DESK)
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{server.url}/")
    return page


def filed(house: House) -> int:
    with house.archive.reading() as session:
        return records.document_count(session, service_actor(), DocumentFilter(filed=True))


def test_a_hundred_papers_are_filed_by_the_keys_alone_without_a_reload(
    browser: Browser, house: House, server: WebServer
) -> None:
    for number in range(1, PAPERS + 1):
        notice(house, number)
    page = sits_down(browser, server)
    complaints = watch(page)
    page.goto(f"{server.url}/inbox/desk")
    page.evaluate("window.neverReloaded = true")
    for done in range(PAPERS):
        here = page.url.split("?")[0]
        expect(page.locator("#desk-form")).to_have_attribute("action", sent_to(here, server))
        expect(page.locator("#desk")).to_have_attribute("data-begun", "")
        page.keyboard.press("Control+Enter")
        if done < PAPERS - 1:
            page.wait_for_function("(was) => !location.href.startsWith(was)", arg=here)
    expect(page.locator("#desk .empty-title")).to_be_visible()
    assert page.evaluate("window.neverReloaded") is True
    assert filed(house) == PAPERS
    assert complaints == []


def sent_to(address: str, server: WebServer) -> str:
    """What the form of the paper at ``address`` is sent to."""
    return address.removeprefix(server.url) + "?queue=filing"


@pytest.mark.parametrize(("name", "role"), [("lin", "front_desk"), ("qian", "archivist")])
def test_the_key_hands_in_where_the_button_does(
    browser: Browser, house: House, server: WebServer, name: str, role: str
) -> None:
    """Of the front desk, and of an archivist who brought the paper in."""
    user_id = house.person(name, role, password=PASSWORD).user_id
    assert user_id is not None
    with house.archive.reading() as session:
        who = people.actor_of(session, user_id, house.archive.clock.now(), via="page")
    pages = ["关于停水的通知\n物业通〔2026〕950号\n各位业主:2026年3月8日起停水。云栖花园客户服务中心"]
    paper = house.paper(who, title="停水", class_code="WS.02", pages=pages)
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    page = sits_down(browser, server, name)
    page.goto(f"{server.url}/inbox/desk/{paper}")
    expect(page.locator("#desk")).to_have_attribute("data-begun", "")
    expect(page.locator("[data-desk-go]")).to_have_attribute("value", "review")
    page.fill("#f-responsible", "客户服务中心")
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and str(paper) in answer.url
    ) as sent:
        page.keyboard.press("Control+Enter")
    assert sent.value.status == 303 and "act=review" in (sent.value.request.post_data or "")
    page.wait_for_url(lambda url: str(paper) not in url)
    with house.archive.reading() as session:
        review = records.open_review(session, paper)
    assert review is not None and review.state.value == "pending"


def test_a_field_frames_its_place_and_a_candidate_is_taken_by_its_key(
    browser: Browser, house: House, server: WebServer
) -> None:
    """Of a paper with a picture, whose number stands on it twice."""
    text = "通知 物业通〔2026〕901号 替代 物业通〔2026〕900号 2026年3月8日"
    paper = house.paper(title="扫描件", class_code="WS.02")
    is_scanned(house, paper, [pictured_page(house, 1, text)])
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    page = sits_down(browser, server)
    complaints = watch(page)
    page.goto(f"{server.url}/inbox/desk/{paper}")
    expect(page.locator(".viewer-stage canvas").first).to_be_visible()
    number = page.locator("#f-doc_number")
    number.focus()
    expect(page.locator(".viewer-evidence")).not_to_have_count(0)
    page.locator("#f-responsible").focus()
    expect(page.locator(".viewer-evidence")).to_have_count(0)
    number.focus()
    first = number.input_value()
    page.keyboard.press("Alt+1")
    expect(number).not_to_have_value(first)
    expect(number).to_be_focused()
    assert complaints == []


def test_who_opens_what_another_works_on_reads_and_may_take_it_over(
    browser: Browser, house: House, server: WebServer
) -> None:
    paper = notice(house, 777)
    one, other = sits_down(browser, server), sits_down(browser, server, "zhou")
    with one.expect_response(lambda answer: answer.url.endswith("/lock") and answer.ok):
        one.goto(f"{server.url}/inbox/desk/{paper}")
    other.goto(f"{server.url}/inbox/desk/{paper}")
    expect(other.locator("[data-desk-go]")).to_be_disabled()
    other.get_by_text("等不及了：由我接手").click()
    other.fill("#break-reason", "业主在前台等")
    with other.expect_response(lambda answer: answer.url.endswith("/lock") and answer.ok):
        other.locator(".desk-break button").click()
    expect(other.locator("[data-desk-go]")).to_be_enabled()
    expect(one.locator("#desk")).to_have_attribute("data-begun", "")
    one.keyboard.press("Control+Enter")
    expect(one.locator(".alert-warning").first).to_contain_text("zhou")
    assert house.document(paper).archival_no == ""


def test_skipping_gives_the_paper_to_whoever_comes_next(
    browser: Browser, house: House, server: WebServer
) -> None:
    first = max(notice(house, number) for number in (801, 802))
    page = sits_down(browser, server)
    with page.expect_response(lambda answer: answer.url.endswith("/lock") and answer.ok):
        page.goto(f"{server.url}/inbox/desk/{first}")
    with page.expect_response(lambda answer: answer.url.endswith(f"{first}/lock/release")):
        expect(page.locator("#desk")).to_have_attribute("data-begun", "")
        page.keyboard.press("Alt+N")
    page.wait_for_url(lambda url: str(first) not in url)
    with house.archive.reading() as session:
        assert records.lock_of(session, first, house.archive.clock.now()) is None
