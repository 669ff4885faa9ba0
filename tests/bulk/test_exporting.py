"""Lists and originals leave the service: by whose word, with what in them, for how long."""

import csv
import hashlib
import io
import uuid
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import audit, people, premises, records
from archive_service.bulk import referenced_digests
from archive_service.bulk.queries.exports import ExportView, export_view, undecided_count
from archive_service.bulk.rules import (
    ExportGone,
    ExportId,
    ExportState,
    ListNotYours,
    OwnExport,
    RightsChanged,
    WrongStep,
)
from archive_service.bulk.rules.selection import Selection, asked_for, ticked
from archive_service.bulk.service import exporting
from archive_service.bulk.service.sheets import plain_cell, workbook
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.records import Dept, Description, NeedsReason, Place
from storage import Digest
from tests.records.test_filing import FACTS, file_it, notice
from tests.support.counting import counted
from tests.support.house import House

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x")


@pytest.fixture
def zhao(house: House) -> Actor:
    return house.person("赵", "sc_manager")


def asked(
    house: House, actor: Actor, selection: Selection, *, originals: bool = True, reason: str = "迎检"
) -> ExportView:
    with house.work(actor) as work:
        export_id = exporting.request(work, selection, with_originals=originals, reason=reason)
    exporting.run(house.archive, export_id)
    return seen(house, actor, export_id)


def seen(house: House, actor: Actor, export_id: ExportId) -> ExportView:
    with house.archive.reading() as session:
        return export_view(session, actor, export_id)


def approved(house: House, zhao: Actor, view: ExportView) -> ExportView:
    with house.work(zhao) as work:
        exporting.decide(work, view.id, approve=True)
    assert exporting.run(house.archive, view.id)
    return seen(house, zhao, view.id)


def content(house: House, view: ExportView) -> bytes:
    with house.archive.blobs.open(Digest(view.digest)) as file:
        return file.read()


def rows_of(data: bytes) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    return [tuple(cell or "" for cell in row) for row in sheet.iter_rows(values_only=True)]


def test_an_archivist_asks_a_manager_approves_and_the_zip_holds_list_originals_and_digests(
    house: House, chen: Actor, zhao: Actor
) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    filed = notice(house)
    file_it(house, chen, filed, FACTS, Place(dept=Dept.KF))
    loose = house.paper(content=b"%PDF loose", title="张建国 110101199003070011 收楼单", class_code="YZ.02")
    view = asked(house, chen, ticked([str(filed), str(loose)]))
    assert (view.state, view.documents, sum(view.levels.values())) == (ExportState.REQUESTED, 2, 2)
    with house.archive.reading() as session:
        assert undecided_count(session, zhao) == 1 and undecided_count(session, chen) == 0
    ready = approved(house, zhao, view)
    assert (ready.state, ready.originals, ready.withheld) == (ExportState.READY, 2, 0)
    packed = zipfile.ZipFile(io.BytesIO(content(house, ready)))
    assert packed.testzip() is None
    names = packed.namelist()
    assert names[:2] == [
        "originals/WY01-WS.02.2026-D10-KF-0001.pdf", "originals/张建国_110xxxxxxxxxxx0011_收楼单.pdf",
    ]  # fmt: skip
    assert packed.read(names[1]) == b"%PDF loose"
    manifest = list(csv.DictReader(io.StringIO(packed.read("manifest.csv").decode("utf-8-sig"))))
    for line in manifest:
        assert hashlib.sha256(packed.read(line["path"])).hexdigest() == line["sha256"]
    listed = rows_of(packed.read("清单.xlsx"))
    assert listed[1][1] == "WY01-WS·02·2026-D10-KF-0001" and listed[1][7] == "云栖花园客户服务中心"
    assert "199003" not in str(listed) + str(manifest) + str(names)


def test_nobody_approves_their_own_and_the_database_agrees(house: House, chen: Actor) -> None:
    both = house.person("双", "archivist", "sc_manager")
    view = asked(house, both, ticked([str(house.paper())]))
    with pytest.raises(OwnExport), house.work(both) as work:
        exporting.decide(work, view.id, approve=True)
    for forged in (
        f"decided_by = {both.user_id}, decided_at = requested_at",
        "state = 'approved'",
        "state = 'ready', digest = 'x'",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(f"UPDATE export_request SET {forged} WHERE id = {view.id}"))


def test_who_may_ask_for_originals_and_who_may_decide(house: House, chen: Actor) -> None:
    paper = ticked([str(house.paper(class_code="WS.02", level=Level.INTERNAL))])
    for role in (
        "front_desk",
        "cashier",
        "engineering",
        "sc_manager",
        "auditor",
        "company_leader",
        "it_admin",
    ):
        with pytest.raises(Forbidden), house.work(house.person(role, role)) as work:
            exporting.request(work, paper, with_originals=True, reason="x")
    view = asked(house, chen, paper)
    for role in ("archivist", "finance"):
        with pytest.raises(Forbidden), house.work(house.person(f"{role}2", role)) as work:
            exporting.decide(work, view.id, approve=True)
    with pytest.raises(NeedsReason):
        asked(house, chen, paper, reason="")


def test_finance_takes_the_originals_of_fee_classes_on_its_own_and_on_record(house: House) -> None:
    sun = house.person("孙", "finance")
    fee = house.paper(class_code="KU.01", title="凭证")
    other = house.paper(class_code="WS.02", level=Level.PUBLIC, title="通知")
    view = asked(house, sun, ticked([str(fee), str(other)]))
    assert (view.state, view.originals, view.withheld, view.fees_only) == (ExportState.READY, 1, 1, True)
    with house.archive.reading() as session:
        assert audit.trail(session, subject=f"document:{fee}", limit=5)[0].action == "document.exported"
        assert audit.trail(session, subject=f"document:{other}", limit=5)[0].action == "document.added"


def test_the_list_alone_needs_nobodys_word_and_holds_what_its_reader_sees(house: House) -> None:
    lin = house.person("林", "front_desk")
    hidden = house.paper(class_code="YZ.02", level=Level.SENSITIVE, title="藏起来的")
    open_to_all = house.paper(class_code="WS.02", level=Level.PUBLIC, title="停水通知")
    view = asked(house, lin, ticked([str(hidden), str(open_to_all)]), originals=False, reason="")
    assert view.state is ExportState.READY
    listed = rows_of(content(house, view))
    assert [row[2] for row in listed[1:]] == ["停水通知"]
    with pytest.raises(Forbidden), house.work(house.person("admin", "it_admin")) as work:
        exporting.request(work, ticked([str(open_to_all)]), with_originals=False)


def test_more_than_a_page_of_a_list_goes_out_by_the_table_of_rights(house: House) -> None:
    fee = house.paper(class_code="KU.01", title="凭证")
    house.paper(class_code="WS.02", level=Level.PUBLIC, title="停水通知")
    everything = asked_for("class", {"code": []})
    many = ticked([str(uuid.UUID(int=n)) for n in range(1, 52)])
    for role in ("front_desk", "cashier", "engineering", "auditor"):
        person = house.person(role, role)
        for selection in (everything, many):
            with pytest.raises(ListNotYours), house.work(person) as work:
                exporting.request(work, selection, with_originals=False)
    for role in ("archivist", "sc_manager", "archive_head", "company_leader"):
        view = asked(house, house.person(role, role), everything, originals=False, reason="")
        assert (view.state, view.documents, view.fees_only) == (ExportState.READY, 2, False)
    sun = house.person("孙", "finance")
    view = asked(house, sun, everything, originals=False, reason="")
    assert view.fees_only and [row[2] for row in rows_of(content(house, view))[1:]] == ["凭证"]
    assert exporting.fetch(house.archive, sun, view.id).digest == view.digest
    with house.archive.reading() as session:
        subject = f"export:{view.id}"
        trail = [row.action for row in audit.trail(session, subject=subject, limit=9)]
    assert trail == ["export.fetched", "export.built", "export.gathered", "export.requested"]
    only_others = asked(house, sun, asked_for("class", {"code": ["WS.02"]}), originals=False, reason="")
    assert only_others.trouble == "bulk.nothing-chosen"
    assert fee


def test_names_of_owners_are_covered_for_who_sees_the_paper_covered(house: House, chen: Actor) -> None:
    papers = [
        house.paper(class_code="WS.02", level=level, owner="张建国、李四 示例商贸有限公司")
        for level in (Level.PERSONAL, Level.PUBLIC)
    ]
    for actor, names in (
        (house.person("林", "front_desk"), ["张*国、李* 示例商贸有限公司", "张建国、李四 示例商贸有限公司"]),
        (chen, ["张建国、李四 示例商贸有限公司"] * 2),
    ):
        view = asked(house, actor, ticked([str(one) for one in papers]), originals=False, reason="")
        assert [row[9] for row in rows_of(content(house, view))[1:]] == names


def test_an_export_ends_when_its_requester_lost_sight_of_some_of_it(house: House, chen: Actor) -> None:
    lin, sun = house.person("林", "front_desk"), house.person("孙", "finance")
    notice_, receipt = house.paper(class_code="WS.02", level=Level.INTERNAL), house.paper(class_code="KU.01")
    other = house.paper(class_code="WS.02", level=Level.INTERNAL)
    kept = asked(house, lin, ticked([str(other)]), originals=False, reason="")
    views = [
        (lin, asked(house, lin, ticked([str(notice_), str(other)]), originals=False, reason="")),
        (sun, asked(house, sun, ticked([str(receipt), str(other)]))),
    ]
    for actor, view in views:
        assert exporting.fetch(house.archive, actor, view.id).digest == view.digest
    for paper in (notice_, receipt):
        row = house.document(paper)
        raised = Description(title=row.title, class_code=row.class_code, level=Level.SENSITIVE)
        with house.work(chen) as work:
            records.describe(work, paper, raised, revision=row.revision)
    for actor, view in views:
        with pytest.raises(RightsChanged):
            exporting.fetch(house.archive, actor, view.id)
        ended = seen(house, actor, view.id)
        assert (ended.state, ended.digest, ended.trouble) == (ExportState.FAILED, "", "bulk.rights-changed")
        with pytest.raises(ExportGone):
            exporting.fetch(house.archive, actor, view.id)
        with house.archive.reading() as session:
            assert referenced_digests(session, [view.digest]) == set()
            assert audit.trail(session, subject=f"export:{view.id}", limit=1)[0].action == "export.failed"
    assert exporting.fetch(house.archive, lin, kept.id).digest == kept.digest


def test_comparing_with_todays_sight_takes_the_same_statements_however_many(
    house: House, chen: Actor
) -> None:
    sent = []
    for count in (1, 6):
        papers = ticked([str(house.paper(class_code="WS.02")) for _ in range(count)])
        view = asked(house, chen, papers, originals=False, reason="")
        with counted(house.archive.sessions.engine) as statements:
            exporting.fetch(house.archive, chen, view.id)
        sent.append(statements.count)
    assert sent[0] == sent[1]


def test_cells_are_text_whatever_they_begin_with(house: House, chen: Actor) -> None:
    for title in FORMULAS:
        house.paper(title=title, class_code="WS.02", owner=title, doc_number=title)
    view = asked(house, chen, asked_for("class", {"code": ["WS.02"]}), originals=False)
    data = content(house, view)
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    titles = set()
    for row in sheet.iter_rows(min_row=2):
        titles.add(row[2].value)
        for cell in row:
            assert cell.data_type in ("s", "n", "inlineStr") and (cell.value is None or cell.quotePrefix)
    assert {"=1+1", "@SUM(A1)", "＝1"} <= titles
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert [plain_cell(one)[0] for one in FORMULAS] == ["'"] * len(FORMULAS)


def test_a_workbook_holds_what_xml_cant(tmp_path: Any) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as out, workbook(out, "清单", (10,)) as sheet:
        sheet.add(["a"])
        sheet.add(["x\x00<&>\ud800 _x0041_ \r", "  "])
    assert rows_of(path.read_bytes())[1][0].startswith("x")


def test_rights_are_looked_at_again_when_it_is_built(house: House, chen: Actor, zhao: Actor) -> None:
    assert chen.user_id is not None
    view = asked(house, chen, ticked([str(house.paper())]))
    with house.work(zhao) as work:
        exporting.decide(work, view.id, approve=True)
    with house.work() as work:
        people.disable(work, chen.user_id)
    exporting.run(house.archive, view.id)
    ended = seen(house, zhao, view.id)
    assert (ended.state, ended.trouble, ended.digest) == (ExportState.FAILED, "bulk.bringer-gone", "")


def test_only_who_asked_fetches_it_and_only_for_some_days(house: House, chen: Actor, zhao: Actor) -> None:
    view = approved(house, zhao, asked(house, chen, ticked([str(house.paper())])))
    with pytest.raises(NotFound):
        exporting.fetch(house.archive, zhao, view.id)
    with pytest.raises(NotFound):
        exporting.fetch(house.archive, house.person("李", "archivist"), view.id)
    assert exporting.fetch(house.archive, chen, view.id).digest == view.digest
    with house.archive.reading() as session:
        assert audit.trail(session, subject=f"export:{view.id}", limit=1)[0].action == "export.fetched"
        assert referenced_digests(session, [view.digest]) == {view.digest}
    house.clock.passes(days=4)
    with pytest.raises(ExportGone):
        exporting.fetch(house.archive, chen, view.id)
    assert exporting.expire(house.archive) == 1
    assert seen(house, chen, view.id).state is ExportState.EXPIRED
    with house.archive.reading() as session:
        assert referenced_digests(session, [view.digest]) == set()


def test_a_refusal_says_why_and_ends_it(house: House, chen: Actor, zhao: Actor) -> None:
    view = asked(house, chen, ticked([str(house.paper())]))
    with pytest.raises(NeedsReason), house.work(zhao) as work:
        exporting.decide(work, view.id, approve=False)
    with house.work(zhao) as work:
        exporting.decide(work, view.id, approve=False, comment="改为现场查阅")
    assert seen(house, chen, view.id).comment == "改为现场查阅"
    with pytest.raises(WrongStep), house.work(zhao) as work:
        exporting.decide(work, view.id, approve=True)
    with pytest.raises(WrongStep), house.work(chen) as work:
        exporting.cancel(work, view.id)


def test_what_leaves_nothing_to_export_fails_in_words(house: House, chen: Actor) -> None:
    view = asked(house, chen, asked_for("search", {"q": ["(("]}), originals=False)
    assert (view.state, view.trouble) == (ExportState.FAILED, "search.brackets")
    view = asked(house, chen, asked_for("class", {"code": ["WS.02"]}), originals=False)
    assert (view.state, view.trouble) == (ExportState.FAILED, "bulk.nothing-chosen")


def test_stopped_in_the_middle_it_begins_anew(house: House, chen: Actor, zhao: Actor) -> None:
    view = asked(house, chen, ticked([str(house.paper())]))
    with house.work(zhao) as work:
        exporting.decide(work, view.id, approve=True)
    assert not exporting.run(house.archive, view.id, lambda: True)
    assert seen(house, chen, view.id).state is ExportState.APPROVED
    assert exporting.run(house.archive, view.id)
    assert seen(house, chen, view.id).state is ExportState.READY


def test_a_lost_original_is_told_in_the_list(house: House, chen: Actor, zhao: Actor) -> None:
    paper, whole = house.paper(content=b"lost"), house.paper(content=b"whole")
    house.archive.blobs.remove(Digest(hashlib.sha256(b"lost").hexdigest()))
    view = approved(house, zhao, asked(house, chen, ticked([str(paper), str(whole)])))
    packed = zipfile.ZipFile(io.BytesIO(content(house, view)))
    assert view.originals == 1
    assert "原件缺失 missing" in {row[14] for row in rows_of(packed.read("清单.xlsx"))}
