"""A unit changes hands: its open lists go on or end by decision, and the new owner's begins."""

from dataclasses import replace
from datetime import date

import pytest

from archive_service import checklists, premises, records
from archive_service.app import create_app
from archive_service.checklists import ListState, OpenedFilter, OpenedRow
from archive_service.checklists.queries import opened as queries
from archive_service.checklists.service.settling import open_task
from archive_service.checklists.service.transferring import ListsOfTheUnit
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.premises import Decision, NewOwner, PartyFacts, PartyKind, Transfer
from archive_service.premises.service.transfer import Undecided
from archive_service.records.service.transferring import Transferred, transfer_title
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import set_actor_loader
from tests.checklists.centre import Centre
from tests.premises.test_parties import ZHANG, entered, holds
from tests.search.test_changes_at_once import Counter, beside
from tests.support.house import House
from tests.support.pages import Desk, text_of

DAY = date(2026, 3, 1)
SUN = NewOwner(PartyFacts(PartyKind.PERSON, "孙假设"), share=10_000)


class Sold:
    """3栋2单元1201, Zhang's until now: a move-in list, a renovation, keys in custody, a list of another unit."""

    def __init__(self, house: House, centre: Centre, chen: Actor) -> None:
        self.house, self.centre, self.chen = house, centre, chen
        self.seal = premises.seal_of(house.archive)
        self.zhang = entered(centre.town, self.seal, ZHANG)
        holds(centre.town, centre.unit, self.zhang, share=10_000)
        self.paper: DocumentId = house.paper(title="业主更名(过户)申请")
        with house.work(chen) as work:
            facts = records.FileFacts(title="入伙", unit="3-1201", owner="张示例")
            self.file = records.open_case_file(work, "YZ.01", facts)
        (self.moving_in,) = centre.lists_of(self.file)
        self.renovation = centre.renovation()
        other = centre.town.unit("5栋", "0301")
        with house.work(chen) as work:
            self.keys = checklists.open_list(work, "CL-YS", unit_id=centre.unit)
            self.other = checklists.open_list(work, "CL-YS", unit_id=other)

    def decided(self, **lists: str) -> dict[str, str]:
        """``carry`` or ``end`` for each list; telephones stay."""
        rows = {name: getattr(self, name) for name in lists}
        told = {f"checklist:{rows[name].id}": word for name, word in lists.items()}
        return {f"phone:{self.zhang}": "carry", **told}

    def sold(self, decisions: dict[str, str]) -> Transferred:
        words = {key: Decision(word) for key, word in decisions.items()}
        told = Transfer(DAY, self.paper, (SUN,), "买卖", words)
        with self.house.work(self.chen) as work:
            return transfer_title(work, self.seal, self.centre.unit, told, follower=ListsOfTheUnit())

    def now(self, opened: OpenedRow) -> ListState:
        with self.house.archive.reading() as session:
            return checklists.opened_list(session, self.chen, opened.id).state


@pytest.fixture
def sold(house: House, centre: Centre, chen: Actor) -> Sold:
    return Sold(house, centre, chen)


def test_each_open_list_ends_or_goes_on_as_somebody_decided(sold: Sold, house: House, centre: Centre) -> None:
    with house.work() as work:
        open_task(work, centre.item(sold.moving_in, "CL-RH-01").id, DAY, None, "missing")
    assert waiting_tasks(sold)
    done = sold.sold(sold.decided(moving_in="end", renovation="carry", keys="end"))
    assert [sold.now(one) for one in (sold.moving_in, sold.renovation, sold.keys, sold.other)] == [
        ListState.CLOSED, ListState.OPEN, ListState.CLOSED, ListState.OPEN,
    ]  # fmt: skip
    assert done.row.decisions[f"checklist:{sold.renovation.id}"] == "carry"
    with house.archive.reading() as session:
        changes = queries.changes(session, sold.moving_in.id)
    told = (changes[0].action, changes[0].after, changes[0].reason, changes[0].by)
    assert told == ("closed", "title-transfer", "买卖", sold.chen.user_id)
    assert not waiting_tasks(sold)
    # The new owner's file opens the list of its class, as every file does.
    (new,) = (file for file in done.opened if file.class_code == "YZ.01")
    (begun,) = centre.lists_of(new)
    assert (begun.checklist.code, begun.unit_id, begun.state) == ("CL-RH", centre.unit, ListState.OPEN)


def waiting_tasks(sold: Sold) -> list[checklists.TaskRow]:
    with sold.house.archive.reading() as session:
        today, wanted = sold.house.clock.now().date(), checklists.TaskFilter(opened_id=sold.moving_in.id)
        return checklists.tasks(session, sold.chen, today, wanted)


def test_nothing_changes_hands_while_a_list_is_undecided(sold: Sold) -> None:
    for decisions in (sold.decided(), sold.decided(moving_in="end", keys="end")):
        with pytest.raises(Undecided):
            sold.sold(decisions)
    assert sold.now(sold.moving_in) is ListState.OPEN
    with sold.house.archive.reading() as session:
        assert not premises.transfers_of_unit(session, sold.centre.unit)


def test_a_list_that_is_opened_at_the_same_moment_is_decided_upon_too(sold: Sold, house: House) -> None:
    def also(work: UnitOfWork) -> None:
        checklists.open_list(work, "CL-YS", unit_id=sold.centre.unit)

    decisions = sold.decided(moving_in="end", renovation="end", keys="end")
    with pytest.raises(Undecided):
        beside(Counter(house, sold.chen, sold.chen), also, lambda: sold.sold(decisions))


def test_a_list_that_was_closed_already_needs_no_word(sold: Sold, house: House) -> None:
    with house.work(house.person("周", "sc_manager")) as work:
        checklists.close_list(work, sold.keys.id, reason="钥匙已还")
    sold.sold(sold.decided(moving_in="end", renovation="end"))
    with house.archive.reading() as session:
        changes = queries.changes(session, sold.keys.id)
    assert [change.reason for change in changes if change.action == "closed"] == ["钥匙已还"]


def test_at_the_counter_the_lists_stand_with_all_that_hangs_on_the_unit(sold: Sold, desk: Desk) -> None:
    client = desk.sits(sold.chen)
    address = f"/premises/units/{sold.centre.unit}/transfer"
    page = client.get(f"{address}?day=2026-03-01").text
    for shown in (
        f"资料清单“业主入伙档案” {sold.file.file_no}",
        "资料清单“二次装修档案”",
        "资料清单“钥匙托管”",
    ):
        assert shown in text_of(page)
    assert f"checklist:{sold.other.id}" not in page
    told = {
        "day": "2026-03-01", "document_typed": str(sold.paper), "reason": "买卖", "kind_1": "person",
        "name_1": "孙假设", "share_1": "100", f"decision:phone:{sold.zhang}": "carry",
    }  # fmt: skip
    assert client.post(address, data=told).status_code == 422
    decided = sold.decided(moving_in="end", renovation="carry", keys="carry")
    answer = client.post(address, data=told | {f"decision:{key}": word for key, word in decided.items()})
    assert answer.status_code == 303
    assert (sold.now(sold.moving_in), sold.now(sold.keys)) == (ListState.CLOSED, ListState.OPEN)
    address = f"/checklists/{sold.moving_in.id}"
    listed = text_of(client.get(address).text)
    assert "关闭了清单: 过户" in listed and "原因：买卖" in listed
    client.post("/language", data={"language": "en"})
    listed = text_of(client.get(address).text)
    assert "closed the list: Title transfer" in listed and "过户" not in listed


def test_a_program_decides_of_the_lists_too(sold: Sold) -> None:
    app = create_app(sold.house.archive)
    set_actor_loader(app, lambda: replace(sold.chen, via="api"))
    client, address = app.test_client(), f"/api/v1/units/{sold.centre.unit}/transfer"
    asked = {
        "day": "2026-03-01", "document_id": str(sold.paper), "reason": "买卖", "owners": [{"name": "孙假设"}],
    }  # fmt: skip
    refused = client.post(address, json=asked | {"decisions": sold.decided(moving_in="end")})
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["code"] == "premises.undecided"
    decisions = sold.decided(moving_in="end", renovation="end", keys="end")
    assert client.post(address, json=asked | {"decisions": decisions}).status_code == 201
    with sold.house.archive.reading() as session:
        wanted = OpenedFilter(unit_id=sold.centre.unit, state=ListState.OPEN)
        assert not checklists.opened_lists(session, sold.chen, wanted)
