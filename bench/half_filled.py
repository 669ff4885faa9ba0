"""The invented centre's checklists: a renovation half filled, move-ins with gaps of all ages, a notice."""

from datetime import date, timedelta
from typing import Final

from archive_service import checklists, premises, records
from archive_service.bootstrap import Archive
from archive_service.checklists import ItemRow, ItemStanding, OpenedFilter, OpenedRow
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.premises import UnitFilter, UnitKind
from archive_service.records import CaseFileFilter
from archive_service.unit_of_work import UnitOfWork

AGES: Final = (5, 20, 38, 45, 66, 80)
"""Days since the keys of some flats were handed over: young gaps, tasks, and what went to the manager."""
FACTS: Final = {
    "CL-ZX": {
        "tenant_applies": False,
        "structure": False,
        "article_6": False,
        "fire_review": False,
        "state_permit": False,
        "contractor": True,
        "deposit": True,
    },
    "CL-RH": {
        "agent": False,
        "company": False,
        "defects": True,
        "equipment": False,
        "key_left": False,
        "charged": True,
    },
}


def fill_checklists(archive: Archive, archivist: Actor, clerk: Actor) -> int:
    """Once, after papers were filed; how many lists are open."""
    with archive.reading() as session:
        known = checklists.opened_lists(session, archivist, OpenedFilter(code="CL-RH"), limit=1)
        files = records.case_files(session, archivist, CaseFileFilter(), limit=200)
        flats = premises.units(session, UnitFilter(kind=UnitKind.FLAT), limit=400)
    if known:
        return 0
    for file in files:
        with archive.unit_of_work(archivist) as work:
            for opened in checklists.open_for_case_file(work, file.id):
                _fill(work, opened)
    handed = [unit for unit in flats if unit.facts.handover_on is not None]
    today = business_day(archive.clock.now())
    for age, unit in zip(AGES, handed[:: max(1, len(handed) // len(AGES))], strict=False):
        with archive.unit_of_work(clerk) as work:
            day = today - timedelta(days=age)
            opened = checklists.open_list(work, "CL-RH", unit_id=unit.id, event_on=day)
            _fill(work, opened)
            rows = checklists.items(work.session, clerk, opened.id)
            _promise(work, rows[age % 3 :: 5], today + timedelta(days=10))
    with archive.unit_of_work(clerk) as work:
        checklists.open_list(work, "CL-TG", case_name="二次供水水箱清洗停水通知")
    checklists.chase_gaps(archive)
    with archive.reading() as session:
        return checklists.opened_count(session, archivist)


def _fill(work: UnitOfWork, opened: OpenedRow) -> None:
    """What is on file is linked, one thing is set aside."""
    facts = FACTS.get(opened.checklist.code)
    if facts:
        checklists.tell_facts(work, opened.id, facts)
    rows = checklists.items(work.session, work.actor, opened.id)
    for item_id, fits in checklists.proposals(work.session, work.actor, opened, rows).items():
        if fits[0].likeness > 0:
            checklists.link_paper(work, item_id, document_id=fits[0].paper.id)
    for row in rows:
        if row.entry.code == "CL-ZX-10":
            checklists.set_aside(work, row.id, reason="业主自行施工，只更换洁具")
        if row.entry.code == "CL-ZX-05":
            checklists.promise(
                work, row.id, day=business_day(work.now) + timedelta(days=7), reason="设计公司正在修改图纸"
            )


def _promise(work: UnitOfWork, rows: list[ItemRow], day: date) -> None:
    for row in rows:
        if row.state is ItemStanding.MISSING:
            checklists.promise(work, row.id, day=day, reason="业主答应周末补交")
