"""The forty samples go through proposal and desk, and come out with the right class, number, unit and level.

Their words are read as they were written: that scans of them read the same is tried with the sample archive.
"""

from typing import Final

import pytest

from archive_service import premises, records, suggestions
from archive_service.bootstrap import Archive
from archive_service.kernel.levels import Level
from archive_service.suggestions import Field
from bench.samples import samples
from tests.support.clock import MovableClock
from tests.support.filing_desk import ARCHIVAL_NO, archival_no, confirm, proposed_first
from tests.support.house import House
from tests.support.pages import Desk, text_of

RIGHT_CLASSES: Final = 36  # of forty, first


@pytest.fixture
def house(on_sqlite: Archive) -> House:
    return House(on_sqlite, MovableClock())


def sensible(day: str) -> str:
    """What a person writes instead of a day that is still to come, or of none."""
    return day if day and day <= "2026-12-31" else "2026-06-01"


def test_the_forty_samples_are_filed_where_they_belong(house: House) -> None:
    lin = house.person("林", "front_desk")
    chen = house.person("陈", "archivist")
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
        premises.add_project(work, number="WY02", name_zh="云栖步行街")
    page = Desk(house.archive).sits(chen)
    right, units = [], []
    for sample in samples():
        paper = house.paper(lin, title=f"SCAN_{sample.key}", pages=[f"{sample.title}\n\n{sample.text}"])
        with house.work() as work:
            suggestions.propose(work, house.document(paper).version_id)
        if proposed_first(house, chen, paper, Field.CLASS_CODE) == sample.class_code:
            right.append(sample.key)
        written = sample.unit and sample.unit.split("-")[-1] in sample.title + sample.text
        if written and proposed_first(house, chen, paper, Field.UNIT) != sample.unit:
            units.append(sample.key)
        drawing = sample.class_code.startswith("KJ.02")
        block = {"stage": "as_built", "scale": "1:100", "edition": "A", "sheet": "A1", "building": "03"}
        confirm(
            page,
            paper,
            class_code=sample.class_code,
            unit=sample.unit,
            title=sample.title,
            doc_date=sensible(proposed_first(house, chen, paper, Field.DOC_DATE)),
            **(block | {"drawing_no": "电施-12"} if drawing else {}),
        )
        row = house.document(paper)
        assert (row.class_code, row.unit or "") == (sample.class_code, sample.unit), sample.key
        assert ARCHIVAL_NO.fullmatch(archival_no(house, paper)), archival_no(house, paper)
        assert row.level.rank >= Level(sample.level).rank or row.level is Level(sample.level), sample.key
    assert len(right) >= RIGHT_CLASSES, sorted({s.key for s in samples()} - set(right))
    assert units == []
    with house.archive.reading() as session:
        assert records.inbox_counts(session, chen).described == 0


def test_the_inbox_tells_what_is_proposed_of_a_paper_without_a_class(house: House) -> None:
    chen = house.person("陈", "archivist")
    sample = next(one for one in samples() if one.key == "S10" or one.class_code == "ZX.01")
    paper = house.paper(chen, title="SCAN_0001", pages=[f"{sample.title}\n\n{sample.text}"])
    house.paper(chen, title="SCAN_0002", pages=["一张白纸"])
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)
    listed = text_of(Desk(house.archive).sits(chen).get("/inbox").text)
    assert f"建议： {sample.class_code}" in listed and listed.count("建议：") == 1
