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
from archive_service.records import CaseFileRow, FileFacts, FileState, Pii, Place
from archive_service.records.rules.relations import NoSuchPaper
from archive_service.records.service.transferring import Transferred, transfer_title
from archive_service.web import set_actor_loader
from tests.premises.test_parties import ZHANG, entered, holds
from tests.premises.town import Town
from tests.records.test_filing import FACTS
from tests.support.house import House
from tests.support.pages import Desk, text_of

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
            return transfer_title(work, self.seal, self.unit, told, follower=None)

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


def filed_transfer_paper(flat: Flat, title: str = "业主更名(过户)申请") -> str:
    """The application, filed in the file of its class; its number."""
    file = flat.file("YZ.03")
    told = {
        "title": title,
        "class_code": "YZ.03",
        "doc_date": "2026-02-20",
        "unit": "7-0402",
        "owner": "张示例",
    }
    paper = flat.house.paper(pages=["过户申请"], **told)  # type: ignore[arg-type]  # texts all
    facts = replace(FACTS, carries_pii=Pii.PERSONAL)
    with flat.house.work(flat.chen) as work:
        row = records.file_document(work, paper, facts, Place(file_no=file.file_no), revision=1)
    return row.archival_no


def form_of_transfer(flat: Flat, **told: str) -> dict[str, str]:
    return {
        "day": "2026-03-01", "reason": "买卖", "kind_1": "person", "name_1": "孙假设", "share_1": "100",
        f"decision:phone:{flat.zhang}": "carry",
    } | told  # fmt: skip


def test_the_papers_of_the_unit_are_offered_and_any_other_is_named_by_its_number(
    flat: Flat, desk: Desk
) -> None:
    number = filed_transfer_paper(flat, "过户申请 13900001111")
    address = f"/premises/units/{flat.unit}/transfer"
    client = desk.sits(flat.chen)
    page = client.get(f"{address}?day=2026-03-01").text
    assert f'<option value="{number}" selected>{number} · 过户申请 139****1111 · 2026-02-20</option>' in page
    for unknown in ("WY01-YZ·03-2026-0099-001", "没有的", "7" * 40, "\0"):
        refused = client.post(address, data=form_of_transfer(flat, document=number, document_typed=unknown))
        assert refused.status_code == 422 and "没有这个档号" in text_of(refused.text), unknown
    assert f'<option value="{number}" selected>' in refused.text and "孙假设" in refused.text
    nothing = client.post(address, data=form_of_transfer(flat, document="", document_typed=""))
    assert nothing.status_code == 422
    typed = number.replace("·", ".").lower()
    answer = client.post(address, data=form_of_transfer(flat, document="", document_typed=typed))
    assert answer.status_code == 303
    with flat.house.archive.reading() as session:
        (row,) = premises.transfers_of_unit(session, flat.unit)
        assert records.document(session, flat.chen, row.document_id).archival_no == number


def test_a_paper_that_somebody_does_not_see_is_neither_offered_nor_taken(flat: Flat, desk: Desk) -> None:
    number = filed_transfer_paper(flat)
    blind = replace(flat.chen, sights={})
    client = desk.sits(blind)
    address = f"/premises/units/{flat.unit}/transfer"
    assert number not in client.get(f"{address}?day=2026-03-01").text
    for named in (number, str(flat.paper)):
        refused = client.post(address, data=form_of_transfer(flat, document_typed=named))
        assert refused.status_code == 422 and "没有这个档号" in text_of(refused.text)
    told = Transfer(DAY, flat.paper, (SUN,), "买卖过户", {f"phone:{flat.zhang}": Decision.CARRY})
    with pytest.raises(NoSuchPaper), flat.house.work(blind) as work:
        transfer_title(work, flat.seal, flat.unit, told, follower=None)


def test_a_program_names_the_paper_by_its_number(flat: Flat) -> None:
    number = filed_transfer_paper(flat)
    asked = {
        "day": "2026-03-01", "reason": "买卖过户", "owners": [{"name": "孙假设"}],
        "decisions": {f"phone:{flat.zhang}": "end"},
    }  # fmt: skip
    app = create_app(flat.house.archive)
    set_actor_loader(app, lambda: replace(flat.chen, via="api"))
    client, address = app.test_client(), f"/api/v1/units/{flat.unit}/transfer"
    wrong = client.post(address, json=asked | {"archival_no": "WY01-YZ·03-2026-0099-001"})
    assert wrong.status_code == 422 and wrong.json is not None and wrong.json["field"] == "archival_no"
    assert client.post(address, json=asked).status_code == 422  # no paper at all
    assert client.post(address, json=asked | {"archival_no": number.replace("·", ".")}).status_code == 201


def test_the_form_for_one_owner_sends_to_the_title_transfer(flat: Flat, desk: Desk) -> None:
    told = {
        "role": "owner",
        "kind": "person",
        "name": "孙假设",
        "id_type": "",
        "since": "2026-03-01",
        "source_note": "x",
    }
    answer = desk.sits(flat.chen).post(f"/premises/units/{flat.unit}/occupancies/new", data=told)
    assert answer.status_code == 422 and "办理“过户”" in text_of(answer.text)


def test_every_form_that_asks_for_a_paper_takes_its_number(flat: Flat, desk: Desk) -> None:
    number = filed_transfer_paper(flat)
    client = desk.sits(flat.chen)
    unit, party = f"/premises/units/{flat.unit}", f"/premises/parties/{flat.zhang}"
    for page in (f"{unit}/occupancies/new", f"{party}/edit", unit):
        assert f'<option value="{number}"' in client.get(page).text, page
    tenant = {"role": "tenant", "kind": "person", "name": "钱举例", "id_type": "", "since": "2026-01-01"}
    for named, status in (("没有的", 422), (number.replace("·", "."), 303)):
        answer = client.post(f"{unit}/occupancies/new", data=tenant | {"document_typed": named})
        assert answer.status_code == status, named
    renamed = {"seen": "1", "kind": "person", "name": "张示范", "id_type": "id_card", "reason": "更名"}
    for named, status in (("没有的", 422), (number, 303)):
        assert client.post(f"{party}/edit", data=renamed | {"document": named}).status_code == status
    with flat.house.archive.reading() as session:
        rows = premises.occupancies_of_unit(session, flat.seal, flat.unit)
    (let,) = (row for row in rows if not row.owns)
    end = {"until": "2026-03-01", "reason": "退租", "unit": str(flat.unit), "document": number}
    assert client.post(f"/premises/occupancies/{let.id}/ending", data=end).status_code == 303
    with flat.house.archive.reading() as session:
        rows = premises.occupancies_of_unit(session, flat.seal, flat.unit)
    assert {row.end_document_id for row in rows if not row.owns} == {let.source_document_id}
