"""A flat changes hands: its owners in the register and their files in the archive, in one act or not at all."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from archive_service import premises, records
from archive_service.app import create_app
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.premises import Decision, NewOwner, PartyFacts, PartyKind, Seal, Transfer, UnitId
from archive_service.premises.service.buildings import change_building
from archive_service.records import CaseFileRow, FileFacts, FileState
from archive_service.records.service.transferring import Transferred, transfer_title
from archive_service.web import set_actor_loader
from tests.premises.test_parties import ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk

DAY = date(2026, 3, 1)
SUN = NewOwner(PartyFacts(PartyKind.PERSON, "孙假设"), share=10_000)


class Flat:
    """7-0402 belongs to Zhang."""

    def __init__(self, house: House, chen: Actor) -> None:
        self.house, self.chen = house, chen
        self.town = Town(house, chen)
        self.seal: Seal = premises.seal_of(house.archive)
        self.unit: UnitId = self.town.unit("7栋", "0402")
        self.zhang = entered(self.town, self.seal, ZHANG)
        holds(self.town, self.unit, self.zhang, share=10_000)
        self.paper: DocumentId = house.paper(title="业主更名(过户)申请")

    def file(self, class_code: str, owner: str = "张示例") -> CaseFileRow:
        facts = FileFacts(title=f"7栋0402 {owner}", unit="7栋0402", owner=owner)
        with self.house.work(self.chen) as work:
            return records.open_case_file(work, class_code, facts)

    def transfers(self, new: NewOwner = SUN) -> Transferred:
        told = Transfer(DAY, self.paper, (new,), "买卖过户", {f"phone:{self.zhang}": Decision.CARRY})
        with self.house.work(self.chen) as work:
            return transfer_title(work, self.seal, self.unit, told)

    def now(self, file: CaseFileRow) -> CaseFileRow:
        with self.house.archive.reading() as session:
            return records.case_file(session, self.chen, file.id)


def rename(flat: Flat, old: str, new: str) -> None:
    with flat.house.work(flat.chen) as work:
        change_building(
            work, flat.town.buildings[old], name=new, phase="", closed=False, revision=1, reason="地名办更名"
        )


@pytest.fixture
def flat(house: House, chen: Actor) -> Flat:
    return Flat(house, chen)


def test_the_old_owners_files_are_closed_and_the_new_ones_opened(flat: Flat) -> None:
    move_in, title = flat.file("YZ.01"), flat.file("YZ.03")
    renovation = flat.file("ZX.01")
    done = flat.transfers()
    assert [file.file_no for file in done.closed] == [move_in.file_no, title.file_no]
    assert flat.now(move_in).state is FileState.CLOSED
    assert flat.now(renovation).state is FileState.OPEN
    told = [
        (file.class_code, file.facts.unit, file.facts.owner, file.facts.cross_ref) for file in done.opened
    ]
    assert told == [
        ("YZ.01", "7栋0402", "孙假设", move_in.file_no),
        ("YZ.03", "7栋0402", "孙假设", title.file_no),
    ]


def test_the_old_files_are_found_after_the_building_was_renamed(flat: Flat) -> None:
    move_in = flat.file("YZ.01")
    rename(flat, "7栋", "海棠苑7栋")
    done = flat.transfers()
    assert [file.file_no for file in done.closed] == [move_in.file_no]
    assert [file.facts.unit for file in done.opened] == ["海棠苑7栋0402"]


def test_who_had_no_file_leaves_none_and_the_new_owner_has_one(flat: Flat) -> None:
    done = flat.transfers()
    assert done.closed == ()
    assert [(file.class_code, file.facts.title) for file in done.opened] == [
        ("YZ.01", "7栋0402 业主入伙档案")
    ]


def test_what_is_refused_leaves_register_and_files_as_they_were(flat: Flat) -> None:
    file = flat.file("YZ.01")
    with pytest.raises(premises.SameOwner):
        flat.transfers(NewOwner(party_id=flat.zhang))
    assert flat.now(file).state is FileState.OPEN
    with flat.house.archive.reading() as session:
        rows = session.scalar(text("SELECT count(*) FROM title_transfer"))
        ended = session.scalar(text("SELECT count(*) FROM occupancy WHERE valid_to IS NOT NULL"))
    assert (rows, ended) == (0, 0)


def test_a_program_transfers_a_title_and_is_told_the_files(flat: Flat) -> None:
    file = flat.file("YZ.01")
    asked = {
        "day": "2026-03-01",
        "document_id": str(flat.paper),
        "reason": "买卖过户",
        "owners": [{"name": "孙假设", "mobile": "139 0000 1111", "share": "100"}],
        "decisions": {f"phone:{flat.zhang}": "end"},
    }
    address = f"/api/v1/units/{flat.unit}/transfer"
    app = create_app(flat.house.archive)
    set_actor_loader(app, lambda: replace(flat.chen, via="api"))
    client = app.test_client()
    assert client.post(address, json=asked | {"owners": [{"name": ""}]}).status_code == 422
    assert client.post(address, json=asked | {"decisions": {}}).status_code == 422
    assert client.post(address, json=asked | {"owner_id": 1}).status_code == 400
    answer = client.post(address, json=asked)
    assert answer.status_code == 201 and answer.json is not None
    year = flat.house.clock.now().year
    assert answer.json["closed_files"] == [file.file_no]
    assert answer.json["opened_files"] == [f"WY01-YZ·01·{year}-0002"]
    assert client.post(address, json=asked).status_code == 422  # other telephones hang on it now


def test_at_the_counter_the_page_tells_which_files_were_closed_and_opened(flat: Flat, desk: Desk) -> None:
    file = flat.file("YZ.01")
    told = {
        "day": "2026-03-01", "document": str(flat.paper), "reason": "买卖", "kind_1": "person", "name_1": "孙假设",
        "share_1": "100", f"decision:phone:{flat.zhang}": "carry",
    }  # fmt: skip
    client = desk.sits(flat.chen)
    answer = client.post(f"/premises/units/{flat.unit}/transfer", data=told, follow_redirects=True)
    assert f"已关闭原业主案卷：{file.file_no}" in answer.text and "已为新业主开立案卷" in answer.text
