"""The invented centre's checklists: a renovation half filled, move-ins with gaps of all ages, a notice."""

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from archive_service import checklists, premises, records
from archive_service.bootstrap import Archive
from archive_service.checklists import ItemRow, ItemStanding, OpenedFilter, OpenedRow
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import business_day
from archive_service.premises import UnitFilter, UnitKind
from archive_service.records import (
    CaseFileFilter,
    Description,
    DocumentFilter,
    FiledFacts,
    FileFacts,
    Form,
    Medium,
    Pii,
    Place,
    Received,
    SourceKind,
)
from archive_service.unit_of_work import UnitOfWork
from bench.pages import as_pdf, draw_page

AGES: Final = (5, 20, 38, 45, 66, 80)
"""Days since the keys of some flats were handed over: young gaps, tasks, and what went to the manager."""
FACTS: Final = {
    "CL-ZX": {
        "tenant_applies": True,
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


PAPERS: Final = {
    "装修申请表": "步行街A区108号商铺申请二次装修，更换地砖、吊顶及水电线路，工期三十天。",
    "租赁合同复印件": "出租人与承租人签订的A区108号商铺租赁合同，本复印件仅供办理装修使用，与原件核对无误。",
    "装修管理服务协议": "客户服务中心与承租人约定装修时间、垃圾清运和保证金的管理服务协议。",
}
"""Of the renovation of a shop, as they were handed in."""
SHOP: Final = "A-108"


def bring_in_renovation(archive: Archive, clerk: Actor, font: Path) -> None:
    """The papers of a renovation, once, to be read and filed later."""
    with archive.reading() as session:
        known = records.documents(session, clerk, DocumentFilter(class_code="ZX.01"), limit=50)
    for title, words in PAPERS.items():
        if any(title in row.title for row in known):
            continue
        blob = archive.blobs.put([as_pdf([draw_page(f"{title}\n\n{words}", font)])])
        described = Description(
            title=f"A区108号商铺{title}",
            class_code="ZX.01",
            unit=SHOP,
            owner="小满茶铺",
            doc_date="2026-11-02",
        )
        with archive.unit_of_work(clerk) as work:
            records.add_document(work, Received(blob.digest, blob.size, f"{title}.pdf"), described)


def _file_renovation(archive: Archive, archivist: Actor) -> None:
    with archive.reading() as session:
        waiting = records.documents(
            session, archivist, DocumentFilter(class_code="ZX.01", filed=False), limit=50
        )
    ready = [row for row in waiting if row.unit == SHOP]
    if not ready:
        return
    with archive.unit_of_work(archivist) as work:
        file = records.open_case_file(
            work,
            "ZX.01",
            FileFacts(title="A区108号商铺二次装修", unit=SHOP, owner="小满茶铺"),
            fonds="WY02",
        )
        for row in ready:
            facts = FiledFacts(
                responsible=("小满茶铺",),
                form=Form.ORIGINAL,
                medium=Medium.BOTH,
                source_kind=SourceKind.SCAN,
                carries_pii=Pii.PERSONAL,
            )
            records.file_document(
                work, row.id, facts, Place(fonds="WY02", file_no=file.file_no), revision=row.revision
            )


def fill_checklists(archive: Archive, archivist: Actor, clerk: Actor) -> int:
    """Once, after papers were filed; how many lists are open."""
    with archive.reading() as session:
        known = checklists.opened_lists(session, archivist, OpenedFilter(code="CL-TG"), limit=1)
        flats = premises.units(session, UnitFilter(kind=UnitKind.FLAT), limit=400)
    if known:
        return 0
    _file_renovation(archive, archivist)
    with archive.reading() as session:
        files = records.case_files(session, archivist, CaseFileFilter(), limit=200)
    for file in files:
        with archive.unit_of_work(archivist) as work:
            # The worker may have been faster.
            checklists.open_for_case_file(work, file.id)
            for opened in checklists.opened_lists(
                work.session, archivist, OpenedFilter(case_file_id=file.id)
            ):
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
            checklists.set_aside(work, row.id, reason="承租人自己的工人施工，不请施工单位")
        if row.entry.code == "CL-ZX-05":
            checklists.promise(
                work, row.id, day=business_day(work.now) + timedelta(days=7), reason="设计公司正在修改图纸"
            )


def _promise(work: UnitOfWork, rows: list[ItemRow], day: date) -> None:
    for row in rows:
        if row.state is ItemStanding.MISSING:
            checklists.promise(work, row.id, day=day, reason="业主答应周末补交")
