"""A compound and its papers, where somebody else is always faster."""

import io
from dataclasses import replace
from datetime import date
from typing import Final

from flask.testing import FlaskClient

from archive_service import checklists, classification, locations, premises, records, working_days
from archive_service.approvals.web import register_kind
from archive_service.checklists import OpenedRow
from archive_service.classification.rules import write_plan
from archive_service.classification.service import change_class
from archive_service.kernel.ids import DocumentId
from archive_service.locations import PlaceFacts, PlaceKind
from archive_service.premises.queries.parties import current_version, facts_of
from archive_service.premises.rules import units as unit_rules
from archive_service.premises.rules.parties import PartyFacts, PartyKind
from archive_service.premises.service.buildings import change_building
from archive_service.premises.service.parties import add_party, change_party
from archive_service.premises.service.seals import seal_of
from archive_service.premises.service.units import change_project
from archive_service.records import CaseFileRow, Description, FileFacts, Place
from archive_service.records.rules.numbers import Dept
from tests.approvals.keys import KeyRoom
from tests.checklists.centre import FACTS, Centre
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk

MINE: Final = "我正要写的话"
THEIRS: Final = "别人刚写的话"


class World:
    """One compound and its papers, on SQLite: what a page shows is no business of the database's."""

    def __init__(self, house: House) -> None:
        self.house, self.desk = house, Desk(house.archive)
        self.chen, self.lin = house.person("陈", "archivist"), house.person("林", "archivist")
        self.head = house.person("贺", "archive_head")
        self.town = Town(house, self.chen)
        self.centre = Centre(house, self.chen, self.town)
        self.rooms = 1300
        self.room: KeyRoom | None = None

    def keys(self) -> KeyRoom:
        """Where requests for approval come from."""
        if self.room is None:
            self.room = KeyRoom(self.house)
            register_kind(self.desk.app, self.room.keys, lambda row: "")
        return self.room

    def unit(self) -> int:
        self.rooms += 1
        return self.town.unit("3栋", str(self.rooms))

    def unit_changes(self, unit_id: int) -> None:
        row = self.town.row(unit_id)
        facts, _ = premises.read_facts({**unit_rules.told(row.facts), "note": THEIRS})
        assert facts is not None
        with self.house.work(self.lin) as work:
            premises.change_unit(work, unit_id, facts, revision=row.revision, reason="核对")

    def place(self) -> int:
        self.rooms += 1
        with self.house.work(self.lin) as work:
            facts = PlaceFacts(PlaceKind.ROOM, str(self.rooms))
            return locations.add_location(work, None, facts).id

    def place_changes(self, location_id: int) -> None:
        with self.house.work(self.lin) as work:
            row = locations.location(work.session, location_id)
            facts = replace(row.facts, note=THEIRS)
            locations.change_location(
                work, row.id, facts, parent_id=None, reason="核对", revision=row.revision
            )

    def box(self) -> int:
        with self.house.work(self.lin) as work:
            return locations.open_box(work, fonds="WY01", class_code="ZX.01", year=2026, width_mm=40).id

    def box_changes(self, box_id: int) -> None:
        with self.house.work(self.lin) as work:
            row = locations.box(work.session, box_id)
            locations.change_box(
                work,
                row.id,
                retention=row.retention,
                width_mm=row.width_mm,
                note=THEIRS,
                revision=row.revision,
            )

    def project_changes(self) -> None:
        with self.house.work(self.lin) as work:
            row = premises.project(work.session, self.town.project)
            change_project(work, row.id, name_zh=THEIRS, name_en="Yunqi", closed=False, revision=row.revision)

    def day_changes(self, day: date) -> None:
        with self.house.work(self.head) as work:
            seen = working_days.year_row(work.session, day.year).revision
            working_days.change_day(work, day, False, name="停工", reason=THEIRS, seen=seen)

    def building(self) -> int:
        self.rooms += 1
        return self.town.building(f"{self.rooms}栋")

    def building_changes(self, building_id: int) -> None:
        with self.house.work(self.lin) as work:
            change_building(
                work, building_id, name="77栋", phase=THEIRS, closed=False, revision=1, reason="核对"
            )

    def party(self) -> int:
        with self.house.work(self.lin) as work:
            facts = PartyFacts(PartyKind.PERSON, "李模拟", mobile="12000000045")
            return add_party(work, seal_of(self.house.archive), facts, reason="登记表")

    def party_changes(self, party_id: int) -> None:
        seal = seal_of(self.house.archive)
        with self.house.work(self.lin) as work:
            now = current_version(work.session, party_id)
            facts = replace(facts_of(now, seal), mobile="12000009999", mobile_2="12000007777")
            change_party(work, seal, party_id, facts, seen=now.number, reason="来电")

    def plan_changes(self, code: str) -> None:
        with self.house.work(self.head) as work:
            plan = classification.plan_in_force(work.session)
            assert plan is not None
            note = THEIRS + plan.number
            change_class(work, replace(plan.by_code[code], note=note), reason="补充", seen=plan.number)

    def previewed(self, page: FlaskClient) -> str:
        """The plan with a class renamed, as a file that the person has seen the changes of."""
        with self.house.archive.reading() as session:
            plan = classification.plan_in_force(session)
        assert plan is not None
        text = write_plan(plan).replace(f"zh: {plan.by_code['WS.05'].name_zh}", f"zh: {MINE}", 1)
        sent = {"file": (io.BytesIO(text.encode()), "plan.yaml")}
        return page.post("/file-plan/import", data=sent).text

    def notice(self, *, filed: bool) -> DocumentId:
        told = {"title": "停水通知", "class_code": "WS.02", "doc_date": "2026-03-08"}
        paper = self.house.paper(self.lin, pages=["停水通知"], **told)  # type: ignore[arg-type]  # texts all
        if filed:
            with self.house.work(self.chen) as work:
                records.file_document(work, paper, FACTS, Place(dept=Dept.KF), revision=1)
        return paper

    def described(self, paper: DocumentId) -> None:
        with self.house.work(self.lin) as work:
            row = records.document(work.session, work.actor, paper)
            told = Description(title=THEIRS, class_code=row.class_code, doc_date=row.doc_date)
            reason = "题名写错" if row.archival_no else ""
            records.describe(work, paper, told, revision=row.revision, reason=reason)

    def corrected(self, paper: DocumentId) -> None:
        with self.house.work(self.lin) as work:
            row = records.document(work.session, work.actor, paper)
            filed = records.filing(work.session, paper)
            assert filed is not None
            told = replace(filed.facts, summary=THEIRS)
            records.correct_filing(work, paper, told, revision=row.revision, reason="补记")

    def file(self) -> CaseFileRow:
        with self.house.work(self.chen) as work:
            return records.open_case_file(work, "ZX.01", FileFacts(title="装修"))

    def file_described(self, file: CaseFileRow) -> None:
        with self.house.work(self.lin) as work:
            records.describe_case_file(work, file.id, FileFacts(title=THEIRS), revision=file.revision)

    def promised(self, opened: OpenedRow, code: str) -> None:
        with self.house.work(self.lin) as work:
            day = self.house.clock.now().date().replace(day=28)
            checklists.promise(work, self.centre.item(opened, code).id, day=day, reason=THEIRS)
