"""The sample archive as ``make demo`` fills it, on the real service: all of it read, found, and looked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from archive_service.cli import prepared_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.records import DocumentFilter, VersionState, counts, document_count, documents
from archive_service.settings import Settings
from archive_service.suggestions import Field
from bench.demo import PASSWORD, fill
from bench.filed import told
from bench.samples import samples
from tests.browser.test_story import DESK, PHONE, page_of, picture
from tests.support.browser import watch
from tests.support.clock import MovableClock
from tests.support.filing_desk import ARCHIVAL_NO, archival_no, confirm, proposed_first
from tests.support.house import House
from tests.support.pages import Desk
from tests.support.service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("demo") / "data"
    archive = prepared_archive(Settings(data_dir=data))
    fill(archive)

    def all_is_read() -> bool:
        with archive.reading() as session:
            searchable = DocumentFilter(states=(VersionState.SEARCHABLE,))
            total = document_count(session, service_actor(), DocumentFilter())
            assert counts(session, service_actor()).stuck == 0
            return document_count(session, service_actor(), searchable) == total

    with Service(data) as started:
        started.wait_for(all_is_read, 900)
        yield started
    archive.close()


def sign_in(page: Page, service: Service, name: str) -> None:
    page.goto(f"{service.url}/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{service.url}/")


def test_filling_it_again_adds_nothing(service: Service) -> None:
    archive = prepared_archive(Settings(data_dir=Path(service.env["ARCHIVE_DATA_DIR"])))
    with archive.reading() as session:
        before = document_count(session, service_actor(), DocumentFilter())
    fill(archive)
    with archive.reading() as session:
        assert document_count(session, service_actor(), DocumentFilter()) == before > len(samples())
    archive.close()


def test_every_paper_is_found_by_the_words_on_it(service: Service) -> None:
    """Scans, photos, letters and notes, by what people would type."""
    token = service.command("token", "create", "--user", "chen", "--scope", "read")
    missed = []
    with service.client(token) as client:
        for number, sample in enumerate(samples()):
            for query in sample.queries:
                hits = client.get("/api/v1/search", params={"q": query, "size": 50}).json()["hits"]
                came_as_it_was = number % 5 == 4  # nobody has given it a title yet
                if not any(came_as_it_was or hit["title"] == mask(sample.title) for hit in hits):
                    missed.append((sample.key, query))
    assert missed == []


def test_the_pictures_of_a_centre_at_work(browser: Browser, service: Service) -> None:
    page = page_of(browser, DESK)
    complaints = watch(page)
    sign_in(page, service, "chen")
    picture(page, "home-zh-desk")
    page.goto(f"{service.url}/search?q=装修")
    expect(page.locator("mark").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    picture(page, "search")
    page.locator("main a[href*='/documents/']").first.click()
    expect(page.locator(".viewer-frame").first).to_be_visible(timeout=20_000)
    page.wait_for_load_state("networkidle")
    picture(page, "document")
    phone = page_of(browser, PHONE)
    sign_in(phone, service, "chen")
    phone.goto(f"{service.url}/search?q=装修")
    expect(phone.locator("mark").first).to_be_visible()
    phone.wait_for_load_state("networkidle")
    picture(phone, "search-phone")
    page.locator("form[action*=language] button:visible").click()
    page.goto(service.url)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    picture(page, "home-en-desk")
    assert complaints == []


def test_every_sample_is_filed_from_the_desk_as_it_was_scanned(service: Service) -> None:
    """Read off scans and photos, proposed, confirmed by a person: class, unit, level and number come out right."""
    archive = prepared_archive(Settings(data_dir=Path(service.env["ARCHIVE_DATA_DIR"])))
    house = House(archive, MovableClock(archive.clock.now()))
    chen = house.person("录入", "archivist")
    page = Desk(archive).sits(chen)
    with archive.reading() as session:
        rows = {row.file_name: row for row in documents(session, chen, DocumentFilter(), limit=100)}
    facts = told()
    right = 0
    for number, sample in enumerate(samples()):
        began = (f"{sample.key}_", f"IMG_{20260301 + number}.")
        row = next(row for name, row in rows.items() if name.startswith(began))
        right += proposed_first(house, chen, row.id, Field.CLASS_CODE) == sample.class_code
        if sample.unit and sample.unit.split("-")[-1] in sample.title + sample.text:
            assert proposed_first(house, chen, row.id, Field.UNIT) == sample.unit, sample.key
        block = {"stage": "as_built", "scale": "1:100", "edition": "A", "sheet": "A1", "building": "03"}
        confirm(
            page,
            row.id,
            class_code=sample.class_code,
            unit=sample.unit,
            title=sample.title,
            doc_date=facts[sample.key].date,
            **(block | {"drawing_no": "水施-05"} if sample.class_code.startswith("KJ.02") else {}),
        )
        filed = house.document(row.id)
        assert filed.class_code == sample.class_code, sample.key
        assert filed.unit == sample.unit or not sample.unit, (
            sample.key
        )  # what is proposed where none was wanted
        assert filed.level.rank >= Level(sample.level).rank, sample.key
        assert ARCHIVAL_NO.fullmatch(archival_no(house, row.id)), sample.key
    assert right >= 36
    archive.close()
