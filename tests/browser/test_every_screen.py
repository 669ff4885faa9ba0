"""Every page that an administrator can reach by links, on a telephone and in both languages: nothing too wide,
nothing broken, nothing that a screen reader could not name.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Request, Response

from archive_service import premises
from archive_service.bootstrap import open_archive
from archive_service.kernel.actor import service_actor
from archive_service.settings import Settings
from tests.support.browser import watch
from tests.support.service import Service, serving

PASSWORD: Final = "four words make a wall"
ROLES: Final = ("it_admin", "archivist", "auditor", "archive_head")
LANGUAGES: Final = ("zh-CN", "en")
PAPER: Final = "公共及空置单元钥匙盘点表\n编号 YS-2026-0007\n备用钥匙一串，已封存。\n"
# What has to be among the pages met, so that a lost link doesn't make the walk short and the test easy.
KNOWN: Final = frozenset(
    {
        "/",
        "/upload",
        "/holds",
        "/holds/new",
        "/inbox",
        "/search",
        "/files",
        "/files/*",
        "/file-plan",
        "/file-plan/classes/*",
        "/file-plan/classes/*/edit",
        "/file-plan/classes/new",
        "/file-plan/import",
        "/file-plan/versions",
        "/file-plan/versions/*",
        "/documents",
        "/documents/*",
        "/premises",
        "/premises/buildings/*/units/new",
        "/premises/import",
        "/premises/parties",
        "/premises/parties/*",
        "/premises/parties/*/edit",
        "/premises/projects/*/buildings/new",
        "/premises/projects/*/edit",
        "/premises/projects/new",
        "/premises/units",
        "/premises/units/*",
        "/premises/units/*/edit",
        "/premises/units/*/occupancies/new",
        "/premises/units/*/transfer",
        "/notices",
        "/system",
        "/system/trail",
        "/system/people",
        "/system/people/*",
        "/system/working-days",
        "/system/working-days/import",
        "/system/people/new",
        "/system/roles",
        "/account",
        "/account/password",
        "/account/second-factor",
        "/api/v1/docs",
    }
)
LINKS: Final = """() => [...document.querySelectorAll("a[href]:not([download])")]
  .filter((a) => a.origin === location.origin).map((a) => a.pathname + a.search)"""
# What is wrong with a page by itself; an empty list is a good page.
FAULTS: Final = r"""() => {
  const faults = [];
  const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
  const called = (e) => `${e.localName} ${e.id || e.name || e.textContent.trim().slice(0, 30) || e.className}`;
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push(`${wide} pixels too wide`);
  if (!document.title.trim()) faults.push("no title");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen);
  if (headings.filter((h) => h.localName === "h1").length !== 1) faults.push("not one h1");
  headings.reduce((above, h) => {
    if (+h.localName[1] > above + 1) faults.push(`${called(h)} skips a level`);
    return +h.localName[1];
  }, 0);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const hidden = e.ariaHidden === "true" || !seen(e);
    if (!hidden && !e.labels.length && !e.ariaLabel) faults.push(`${called(e)} has no label`);
  }
  for (const e of document.querySelectorAll("img:not([alt])")) faults.push(`${e.src} has no alt`);
  for (const e of document.querySelectorAll("a[href], button, summary")) {
    const spoken = e.textContent.trim() || e.ariaLabel || e.title || e.querySelector("img[alt]:not([alt=''])");
    if (seen(e) && e.ariaHidden !== "true" && !spoken) faults.push(`${called(e)} has no name`);
  }
  for (const e of document.querySelectorAll("button, select, .btn")) {
    const { height } = e.getBoundingClientRect();
    const offered = seen(e) && e.ariaHidden !== "true";
    if (offered && height < 39.5) faults.push(`${called(e)} is ${height} pixels high: too low for a finger`);
  }
  const ids = [...document.querySelectorAll("[id]:not([type=hidden])")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`two elements are #${id}`);
  return faults;
}"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("screens") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def document(service: Service) -> str:
    """The address of a paper that has been read and can be found."""
    roles = [word for role in ROLES for word in ("--role", role)]
    service.command("user", "create", "--name", "admin", *roles, "--password-stdin", stdin=PASSWORD + "\n")
    for name, role in (("manager", "sc_manager"), ("new", "cashier")):  # the second one's waits for approval
        service.command("user", "create", "--name", name, "--role", role)
    token = service.command("token", "create", "--user", "admin", "--scope", "read", "--scope", "write")
    with service.client(token) as client:
        answer = client.post(
            "/api/v1/documents", files={"file": ("钥匙盘点.txt", PAPER.encode(), "text/plain")}
        )
        assert answer.status_code == 201, answer.text
        service.wait_for(lambda: client.get("/api/v1/search", params={"q": "钥匙"}).json()["total"] == 1, 90)
        address = f"/documents/{answer.json()['id']}"
    settle(service)
    return address


def settle(service: Service) -> None:
    """A flat with an owner and a parking space."""
    archive = open_archive(Settings(data_dir=Path(service.env["ARCHIVE_DATA_DIR"])))
    with archive.unit_of_work(service_actor("cli")) as work:
        project = premises.add_project(work, number="WY01", name_zh="云栖花园", name_en="Yunqi Garden")
        building = premises.add_building(work, project, name="3栋", phase="一期")
        deck = premises.add_building(work, project, name="B2")
        units = []
        for place, told in (
            (building, {"kind": "flat", "room": "1201"}),
            (deck, {"kind": "parking", "room": "118"}),
        ):
            facts, _ = premises.read_facts(told)
            assert facts is not None
            units.append(premises.add_unit(work, place, facts))
        premises.link(work, *units)
        owner = premises.PartyFacts(premises.PartyKind.PERSON, "张示例", mobile="12000000045")
        party = premises.add_party(work, premises.seal_of(archive), owner, reason="登记表")
        premises.add_occupancy(
            work,
            premises.NewOccupancy(
                unit_id=units[0],
                party_id=party,
                role=premises.OccupancyRole.OWNER,
                since=date(2024, 3, 8),
                source_note="登记表",
            ),
        )
    archive.close()


def kind_of(path: str) -> str:
    """Pages about one thing or another are one kind: ``/documents/*``."""
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}", "/*", path)
    path = re.sub(r"(/premises/\w+)/[0-9]+", r"\1/*", path)
    return re.sub(r"(/system/people|/files|/versions|/file-plan/classes)/(?!new\b)[^/]+", r"\1/*", path)


def watch_requests(page: Page) -> list[str]:
    """Requests that failed, and answers that refuse."""
    failed: list[str] = []

    def broken(request: Request) -> None:
        # What was still under way when the next page was asked for.
        if request.failure != "net::ERR_ABORTED":
            failed.append(f"{request.url}: {request.failure}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            failed.append(f"{response.url}: {response.status}")

    page.on("requestfailed", broken)
    page.on("response", answered)
    return failed


def faults_of(page: Page, *languages: str) -> list[str]:
    found: list[str] = page.evaluate(FAULTS)
    if page.evaluate("document.documentElement.lang") not in languages:
        found.append(f"is not in {languages}")
    return [f"{page.url} {fault}" for fault in found]


def test_every_page_is_whole_on_a_telephone_in_both_languages(
    browser: Browser, service: Service, document: str
) -> None:
    context = browser.new_context(
        base_url=service.url, viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True
    )
    page = context.new_page()
    complaints, failed, faults = watch(page), watch_requests(page), []
    page.goto("/sign-in")
    faults += faults_of(page, "zh-CN")
    page.fill("input[name=name]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{service.url}/")
    for language in LANGUAGES:
        if language == "en":
            page.goto("/")
            page.locator("form[action*=language] button:visible").click()
            page.wait_for_load_state()
        to_see = [
            "/",
            "/account",
            "/search?q=钥匙",
            "/search?q=天文",
            '/search?q="钥匙',
            f"{document}?q=钥匙",
        ]
        to_see += ["/api/v1/docs", "/documents?state=stuck"]
        to_see += ["/premises/units?building=1", "/premises/buildings/1/units/new"]
        met = {kind_of(path.partition("?")[0]) for path in to_see}
        while to_see:
            asked = to_see.pop(0)
            refusal = 'q="' in asked  # an open quotation mark is a mistake, and the page says so
            page.goto(asked, wait_until="load")
            if refusal:
                failed[:] = [one for one in failed if not one.endswith(": 422")]
                complaints[:] = [one for one in complaints if "422" not in one]
            faults += faults_of(page, language)
            for link in page.evaluate(LINKS):
                path = link.partition("?")[0]
                kind = kind_of(path)
                program = path.startswith("/api/") or path.endswith(
                    (
                        "/original",
                        "/sign-out",
                        "/print",
                        "/loans/register",
                        ".xlsx",
                        ".zip",
                        ".yaml",
                    )  # nor sheets of paper
                )
                if kind not in met and not program:
                    met.add(kind)
                    to_see.append(link)
        assert met >= KNOWN, f"never met: {sorted(KNOWN - met)}"
    assert faults == []
    assert failed == []
    assert complaints == []


def test_a_page_that_is_not_there_is_whole_as_well(browser: Browser, service: Service, document: str) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
    page.goto(f"{service.url}/sign-in")
    page.fill("input[name=name]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{service.url}/")
    answer = page.goto(f"{service.url}/documents/00000000-0000-7000-8000-000000000000")
    assert answer is not None and answer.status == 404
    assert faults_of(page, *LANGUAGES) == []


def test_the_keyboard_alone_reaches_the_search_and_the_content(
    browser: Browser, service: Service, document: str
) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN").new_page()
    page.goto(f"{service.url}/sign-in")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.url}/")
    page.keyboard.press("/")
    page.keyboard.type("钥匙")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))
    # Every stop of the way through the page shows where one is, and none lies outside the picture.
    page.locator("body").evaluate("(body) => { body.tabIndex = -1; body.focus(); }")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const e = document.activeElement, s = getComputedStyle(e), box = e.labels?.[0] ?? e;
              const ringed = [e, e.nextElementSibling].some((x) => x && getComputedStyle(x).outlineStyle !== "none");
              return [e.localName + " " + (e.id || e.textContent.trim().slice(0, 20)),
                ringed || s.boxShadow !== "none", box.getClientRects().length > 0];
            }"""
        )
        stops.append(stop[0])
        assert stop[1] and stop[2], stop
        if "盘点" in stop[0]:
            break
    assert "盘点" in stops[-1], stops
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/documents/"))
