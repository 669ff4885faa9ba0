"""What waits for somebody: papers without a class, papers that were not read, copies nobody decided on."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from tests.intake.browser import Browser
from tests.support.house import House, page_facts

Opener = Callable[[Actor], Browser]


def gets_stuck(house: House, paper: DocumentId, trouble: str = "password_protected") -> None:
    with house.work() as work:
        row = records.document(work.session, work.actor, paper)
        records.stop_reading(work, row.version_id, trouble, quarantine=True)


@contextmanager
def statements(archive: Archive) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(archive.sessions.engine, "before_cursor_execute", note)
    yield seen
    event.remove(archive.sessions.engine, "before_cursor_execute", note)


def test_papers_without_a_class_wait_here(browser_of: Opener, house: House, chen: Actor) -> None:
    waits = house.paper(chen, title="没有分类的")
    filed = house.paper(chen, title="已经归类的", class_code="WS.01")
    page = browser_of(chen).get("/inbox").text
    assert f"/documents/{waits}" in page
    assert f"/documents/{filed}" not in page


def test_what_was_not_read_waits_with_its_reason_and_a_way_on(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    paper = house.paper(chen, title="有密码的", class_code="WS.01")
    gets_stuck(house, paper)
    browser = browser_of(chen)
    page = browser.get("/inbox?show=stuck").text
    assert f"/documents/{paper}" in page and "密码" in page
    where = f"/inbox/{paper}/versions/1/retry"
    assert where in page
    assert browser.post(where, {"state": "searchable"}).status_code == 400
    assert browser.post(where).status_code == 303
    assert house.document(paper).state is records.VersionState.RECEIVED
    assert browser.post(where).status_code == 409


def test_undecided_copies_wait_for_their_sender(
    browser_of: Opener, house: House, chen: Actor, li: Actor
) -> None:
    there = house.paper(chen, b"abc", title="原件")
    browser = browser_of(chen)
    browser.upload(("copy.pdf", b"abc"))
    page = browser.get("/inbox").text
    assert "copy.pdf" in page and f"/documents/{there}" in page
    assert "copy.pdf" not in browser_of(li).get("/inbox").text


def test_nobody_sees_here_what_is_hidden_from_them(
    browser_of: Opener, house: House, chen: Actor, li: Actor
) -> None:
    secret = house.paper(chen, title="内情文件", level=Level.SENSITIVE)
    gets_stuck(house, secret)
    for show in ("all", "unclassified", "stuck", "mine"):
        page = browser_of(li).get(f"/inbox?show={show}").text
        assert "内情文件" not in page and str(secret) not in page
    assert browser_of(li).post(f"/inbox/{secret}/versions/1/retry").status_code == 404


@pytest.mark.parametrize("evil", ['"><img src=x onerror=alert(1)>', "<svg/onload=alert(1)>", "{{7*7}}"])
def test_titles_and_names_are_text_and_masked(
    browser_of: Opener, house: House, chen: Actor, evil: str
) -> None:
    house.paper(chen, title=f"{evil} 330102199003071230", unit=evil)
    page = browser_of(chen).get("/inbox").text
    assert "<img src=x" not in page and "<svg/onload" not in page and ">49" not in page
    assert "330102199003071230" not in page


def test_the_list_is_paged_newest_first(browser_of: Opener, house: House, chen: Actor) -> None:
    for number in range(55):
        house.clock.passes(seconds=1)
        house.paper(chen, title=f"第{number:02}件")
    browser = browser_of(chen)
    first, second = browser.get("/inbox").text, browser.get("/inbox?page=2").text
    assert first.index("第54件") < first.index("第05件")
    assert "第04件" not in first and "第04件" in second and "第00件" in second


def test_a_longer_list_asks_the_database_no_more_often(browser_of: Opener, house: House, chen: Actor) -> None:
    browser = browser_of(chen)
    counts = []
    for _ in range(2):
        for number in range(6):
            content = f"{len(counts)}-{number}".encode()
            house.paper(chen, content)
            browser.upload((f"copy {number}.pdf", content))
        with statements(house.archive) as seen:
            assert browser.get("/inbox").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def reads(house: House, paper: DocumentId, page: int, of: int) -> None:
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.start_reading(work, version, media_type="image/tiff", pages_total=of, flags=())
        for number in range(1, page + 1):
            records.keep_page(work, version, page_facts(number, "字"))


def asked_again(page: str) -> str | None:
    """What the list on ``page`` says it shows, for as long as it asks for itself anew."""
    if 'hx-trigger="every' not in page:
        return None
    found = re.search(r'"X-Shown": "(\w+)"', page)
    assert found is not None
    return found[1]


def test_while_something_is_read_the_list_asks_for_itself(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    paper = house.paper(chen, title="竣工图")
    browser = browser_of(chen)
    shown = asked_again(browser.get("/inbox").text)
    assert shown is not None
    same = browser.get("/inbox", HX_Request="true", X_Shown=shown)
    assert (same.status_code, same.text) == (204, "")

    reads(house, paper, 2, 7)
    anew = browser.get("/inbox", HX_Request="true", X_Shown=shown)
    assert "<html" not in anew.text and "正在识读第 3 页，共 7 页" in anew.text
    assert asked_again(anew.text) not in (shown, None)

    gets_stuck(house, paper)
    ended = browser.get("/inbox", HX_Request="true", X_Shown=shown).text
    assert asked_again(ended) is None
    assert "密码" in ended and f"/inbox/{paper}/versions/1/retry" in ended


def test_without_scripts_a_link_leads_from_the_stored_files_to_their_reading(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    browser = browser_of(chen)
    page = browser.upload(("a.pdf", b"aaa")).text
    assert 'href="/inbox"' in page.partition("<main")[2]
    assert "等待识读" in browser.get("/inbox").text
    found = re.search(r'<a href="(/documents/[0-9a-f-]{36})">', page)
    assert found is not None and browser.get(found[1]).status_code == 200


def test_asking_in_vain_is_one_statement_and_counts_nothing(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    house.paper(chen)
    browser = browser_of(chen)
    shown = asked_again(browser.get("/inbox").text)
    assert shown is not None
    with statements(house.archive) as seen:
        assert browser.get("/inbox", HX_Request="true", X_Shown=shown).status_code == 204
    [asked] = [one for one in seen if one != "BEGIN"]
    assert "FROM document" in asked and "count(" not in asked


def test_a_list_in_which_all_is_done_does_not_ask(browser_of: Opener, house: House, chen: Actor) -> None:
    paper = house.paper(chen, pages=["钥匙"])
    browser = browser_of(chen)
    assert asked_again(browser.get("/inbox").text) is not None
    with house.work() as work:
        version = house.document(paper).version_id
        records.mark_searchable(work, records.version_stamps(work.session, [version]))
    assert asked_again(browser.get("/inbox").text) is None


def test_the_asking_list_takes_as_few_statements_however_long_it_is(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    browser = browser_of(chen)
    counts = []
    for shown in ("", "", "?show=mine"):
        for _ in range(8):
            house.paper(chen)
        with statements(house.archive) as seen:
            answer = browser.get(f"/inbox{shown}", HX_Request="true")
        assert answer.status_code == 200 and "</tr>" in answer.text
        counts.append(len(seen))
    assert len(set(counts)) == 1


def test_who_may_not_upload_is_not_told_by_asking_in_part(
    browser_of: Opener, house: House, chen: Actor
) -> None:
    browser = browser_of(chen)
    browser._actor = house.person("wang", "auditor")
    for path in ("/inbox", f"/upload/reading?document={house.paper(chen)}"):
        assert browser.get(path, HX_Request="true").status_code == 403


def test_an_empty_inbox_shows_the_first_step(browser_of: Opener, chen: Actor) -> None:
    page = browser_of(chen).get("/inbox").text
    assert 'href="/upload"' in page
    assert "<table" not in page


def test_nonsense_in_the_address_is_the_whole_list(browser_of: Opener, house: House, chen: Actor) -> None:
    house.paper(chen, title="收楼验收单")
    for query in ("show=%22%3E&page=-1", "show=all&page=99999999999999", "page=x"):
        assert browser_of(chen).get(f"/inbox?{query}").status_code == 200
