"""What the upload page learns of the papers it has just brought in, in one question for all of them."""

import re
import uuid
from collections.abc import Callable

from archive_service import records
from archive_service.intake.web.pages import MOST_FOLLOWED
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from tests.intake.browser import Browser
from tests.support.counting import counted
from tests.support.house import House, page_facts

Opener = Callable[[Actor], Browser]


def follows(browser: Browser, *papers: object) -> dict[str, tuple[bool, str]]:
    """Document → (it goes on, what is said of it)."""
    answer = browser.get("/upload/reading?" + "&".join(f"document={paper}" for paper in papers))
    assert answer.status_code == 200
    parts = re.split(r'<div data-document="([^"]+)"([^>]*)>', answer.text)[1:]
    return {
        paper: ("underway" in marks, said)
        for paper, marks, said in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


def start(house: House, paper: DocumentId, *, pages: int, read: int) -> int:
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.start_reading(work, version, media_type="image/tiff", pages_total=pages, flags=())
        for number in range(1, read + 1):
            records.keep_page(work, version, page_facts(number, "字"))
    return version


def test_a_paper_is_followed_until_it_can_be_searched(browser_of: Opener, house: House, chen: Actor) -> None:
    paper = house.paper(chen)
    browser = browser_of(chen)
    assert follows(browser, paper)[str(paper)][0]
    assert "等待识读" in follows(browser, paper)[str(paper)][1]
    version = start(house, paper, pages=3, read=1)
    underway, said = follows(browser, paper)[str(paper)]
    assert underway and "正在识读第 2 页，共 3 页" in said and 'value="1" max="3"' in said
    with house.work() as work:
        records.finish_reading(work, version)
    underway, said = follows(browser, paper)[str(paper)]
    assert underway and "可阅览" in said
    with house.work() as work:
        records.mark_searchable(work, records.version_stamps(work.session, [version]))
    underway, said = follows(browser, paper)[str(paper)]
    assert not underway and "可检索" in said


def test_the_page_of_the_document_says_the_very_same(browser_of: Opener, house: House, chen: Actor) -> None:
    paper = house.paper(chen)
    start(house, paper, pages=3, read=1)
    browser = browser_of(chen)
    [(_, said)] = follows(browser, paper).values()
    progress = browser.get(f"/documents/{paper}/versions/1/progress").text
    words = [" ".join(re.sub("<[^>]+>", " ", text).split()) for text in (said, progress)]
    assert words[0] == words[1]


def test_a_failure_says_why_and_offers_another_try(browser_of: Opener, house: House, chen: Actor) -> None:
    paper = house.paper(chen)
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.stop_reading(work, version, "password_protected", quarantine=True)
    browser = browser_of(chen)
    underway, said = follows(browser, paper)[str(paper)]
    assert not underway and "密码" in said
    found = re.search('data-retry="([^"]+)"', said)
    assert found is not None
    answer = browser.post(found[1], Accept="application/json")
    assert (answer.status_code, answer.text) == (204, "")
    assert follows(browser, paper)[str(paper)][0]
    assert browser.post(found[1], Accept="application/json").status_code == 409


def test_nothing_is_said_of_what_one_may_not_see_or_what_is_not_there(
    browser_of: Opener, house: House, chen: Actor, li: Actor
) -> None:
    secret = house.paper(chen, level=Level.SENSITIVE)
    gone = house.paper(li)
    with house.work(li) as work:
        records.discard(work, gone)
    assert follows(browser_of(li), secret, gone, uuid.uuid4(), "nonsense") == {}
    assert browser_of(li).get("/upload/reading?unknown=1").status_code == 400


def test_many_take_one_statement_and_no_more_than_so_many_are_answered_for(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    papers = [house.paper(chen) for _ in range(12)]
    browser = browser_of(chen)
    counts = []
    for asked in (papers[:1], papers):
        with counted(house.archive.sessions.engine) as sent:
            assert set(follows(browser, *asked)) == {str(paper) for paper in asked}
        counts.append(sent.count)
    assert counts[0] == counts[1]
    strangers = [uuid.uuid4() for _ in range(MOST_FOLLOWED)]
    assert follows(browser, *strangers, papers[0]) == {}
