"""The forms of a case file and of a catalogue, as the browser prints them: A4, headed on every sheet, nothing cut off."""

import io
from dataclasses import replace

import pypdfium2
import pytest
from playwright.sync_api import Browser

from archive_service import premises, records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.records import (
    CaseFileRow,
    Dept,
    FiledFacts,
    FileFacts,
    Form,
    Medium,
    Pii,
    Place,
    SourceKind,
)
from tests.support.browser import served, watch
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.pages import Desk

FACTS = FiledFacts(("云栖花园客户服务中心",), Form.ORIGINAL, Medium.BOTH, SourceKind.SCAN, Pii.PERSONAL)
UPRIGHT, LYING = (210, 297), (297, 210)  # mm
PAPERS = 40


@pytest.fixture
def house(on_sqlite: Archive, clock: MovableClock) -> House:
    return House(on_sqlite, clock)


@pytest.fixture
def chen(house: House) -> Actor:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


@pytest.fixture
def file(house: House, chen: Actor) -> CaseFileRow:
    """A full one, and a catalogue beside it."""
    with house.work(chen) as work:
        about = FileFacts(title="3栋2单元1201二次装修", note="水电图业主承诺补交。", made_by="陈某")
        opened = records.open_case_file(work, "ZX.01", about, year=2026)
    for n in range(1, PAPERS + 1):
        title, number = f"第{n}份材料", f"ZX-2026-{n:04}"
        paper = house.paper(
            title=title,
            class_code="ZX.01",
            pages=["a"] * 2,
            unit="3-1201",
            doc_date="2026-03-08",
            doc_number=number,
        )
        notice = house.paper(
            title=title, class_code="WS.02", pages=["a"], doc_date="2026-03-08", doc_number=number
        )
        with house.work(chen) as work:
            records.file_document(work, paper, FACTS, Place(file_no=opened.file_no), revision=1)
            by_desk = replace(FACTS, carries_pii=Pii.NONE)
            records.file_document(work, notice, by_desk, Place(dept=Dept.KF), revision=1)
    return opened


def test_the_forms_are_printed_on_a4(browser: Browser, house: House, chen: Actor, file: CaseFileRow) -> None:
    desk = Desk(house.archive)
    desk.sits(chen)
    with served(desk.app) as url:
        page = browser.new_page()
        complaints = watch(page)

        def printed(path: str, size: tuple[int, int]) -> list[str]:
            """The text of each sheet."""
            page.goto(url + path)
            # Whatever were wider than the paper would be cut off by the printer.
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            sheets = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
            texts = []
            for sheet in sheets:
                assert tuple(round(points / 72 * 25.4) for points in sheet.get_size()) == size
                texts.append("".join(sheet.get_textpage().get_text_range().split()))
            sheets.close()
            assert not any("Ctrl+P" in text for text in texts), "the way back is not for the printer"
            return texts

        (cover,) = printed(f"/case-files/{file.id}/print/cover", UPRIGHT)
        contents = printed(f"/case-files/{file.id}/print/contents", UPRIGHT)
        (note,) = printed(f"/case-files/{file.id}/print/note", UPRIGHT)
        catalogue = printed("/catalogues/WY01/WS.02/2026", LYING)
        page.close()
        assert complaints == []
    assert "本卷共40件80页" in cover and "3栋2单元1201二次装修" in cover and "20260308" in cover
    assert len(contents) > 1 and all("序号" in sheet and "题名" in sheet for sheet in contents)
    assert "第40份材料20260308" in contents[-1] and contents[-1].endswith("79–80")
    assert "水电图业主承诺补交。" in note and "陈某" in note
    assert len(catalogue) > 1 and all("密级" in sheet for sheet in catalogue)
    assert "WY01-WS·02·2026-D10-KF-0040" in catalogue[-1]
