"""A flat changes hands: one act, whole or not at all, with the paper that shows it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from archive_service import premises
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.premises.queries import parties as queries
from archive_service.premises.queries import units as unit_queries
from archive_service.premises.queries.parties import TransferRow
from archive_service.premises.rules.parties import IdType, PartyFacts, PartyKind
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.service import transfer as service
from archive_service.premises.service.parties import NeedsDocument, SharesTooLarge, UnknownDocument
from archive_service.premises.service.seals import seal_of
from archive_service.premises.service.transfer import Decision, NewOwner, Transfer
from archive_service.premises.service.units import NeedsReason
from tests.premises.test_parties import LI, ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.house import House

DAY = date(2026, 3, 1)
SUN = PartyFacts(PartyKind.PERSON, "孙假设", IdType.ID_CARD, "110105198001010010", "13800000001")


class Flat:
    """7-0402 belongs to Zhang, is let to Li, and has a parking space."""

    def __init__(self, town: Town, seal: Seal, paper: DocumentId) -> None:
        self.town, self.seal = town, seal
        self.unit = town.unit("7栋", "0402")
        self.space = town.unit("B2", "118", kind="parking")
        self.zhang, self.li = entered(town, seal, ZHANG), entered(town, seal, LI)
        self.owns = holds(town, self.unit, self.zhang, share=10_000)
        self.rents = holds(town, self.unit, self.li, "tenant")
        with town.house.work(town.keeper) as work:
            self.link = premises.link(work, self.unit, self.space, since=date(2024, 3, 8))
        self.told = Transfer(
            DAY,
            paper,
            (NewOwner(SUN, share=10_000),),
            "买卖过户",
            {
                f"link:{self.link}": Decision.END,
                f"occupancy:{self.rents}": Decision.CARRY,
                f"phone:{self.zhang}": Decision.END,
            },
        )

    def transfers(self, **changes: object) -> TransferRow:
        told = replace(self.told, **changes)  # type: ignore[arg-type]  # as told
        with self.town.house.work(self.town.keeper) as work:
            return service.transfer(work, self.seal, self.unit, told)

    def live(self, day: date) -> list[tuple[str, str]]:
        with self.town.house.archive.reading() as session:
            rows = queries.occupancies_of_unit(session, self.seal, self.unit)
        return sorted((row.role.value, row.party.name) for row in rows if row.holds_on(day))


@pytest.fixture
def flat(town: Town, house: House) -> Flat:
    return Flat(town, seal_of(house.archive), house.paper(title="业主更名(过户)申请"))


def test_the_old_owner_ends_and_the_new_one_begins_on_that_day(flat: Flat, house: House) -> None:
    done = flat.transfers()
    assert flat.live(DAY - timedelta(days=1)) == [("owner", "张*例"), ("tenant", "李*拟")]
    assert flat.live(DAY) == [("owner", "孙*设"), ("tenant", "李*拟")]
    assert (done.day, done.closed, len(done.opened)) == (DAY, (flat.owns,), 1)
    with house.archive.reading() as session:
        rows = {o.id: o for o in queries.occupancies_of_unit(session, flat.seal, flat.unit)}
        (link,) = unit_queries.links(session, flat.unit)
        zhang = queries.party(session, flat.seal, flat.zhang)
        assert queries.transfers_of_unit(session, flat.unit) == [done]
    assert rows[done.opened[0]].source_document_id == flat.told.document_id
    assert rows[done.closed[0]].end_document_id == flat.told.document_id
    assert link.valid_to == DAY and zhang.mobile == "" and zhang.number == 2


def test_what_is_carried_stays(flat: Flat, house: House) -> None:
    flat.transfers(decisions=dict.fromkeys(flat.told.decisions, Decision.CARRY))
    with house.archive.reading() as session:
        (link,) = unit_queries.links(session, flat.unit)
        assert link.valid_to is None
        assert queries.party(session, flat.seal, flat.zhang).mobile == "138****0000"


def test_an_owner_of_another_flat_keeps_the_telephone(flat: Flat) -> None:
    holds(flat.town, flat.town.unit("8栋", "1101"), flat.zhang)
    with flat.town.house.work(flat.town.keeper) as work:
        keys = [one.key for one in service.hanging(work.session, flat.unit, DAY)]
    assert keys == [f"link:{flat.link}", f"occupancy:{flat.rents}"]


def test_what_has_ended_already_needs_no_decision(flat: Flat) -> None:
    with flat.town.house.work(flat.town.keeper) as work:
        premises.end_occupancy(work, flat.rents, until=DAY + timedelta(days=3), reason="退租")
        keys = [one.key for one in service.hanging(work.session, flat.unit, DAY)]
    assert keys == [f"link:{flat.link}", f"phone:{flat.zhang}"]
    flat.transfers(decisions=dict.fromkeys(keys, Decision.END))
    assert ("tenant", "李*拟") in flat.live(DAY)


def test_somebody_known_is_not_entered_twice(flat: Flat, house: House) -> None:
    sun = entered(flat.town, flat.seal, replace(SUN, name="孙假设（旧）"))
    flat.transfers()
    with house.archive.reading() as session:
        assert [o.unit for o in queries.occupancies_of_party(session, flat.seal, sun)] == ["7栋0402"]


def test_two_heirs_take_half_each(flat: Flat) -> None:
    flat.transfers(owners=(NewOwner(SUN, share=5000), NewOwner(party_id=flat.li, share=5000)))
    assert flat.live(DAY) == [("co_owner", "李*拟"), ("owner", "孙*设"), ("tenant", "李*拟")]


REFUSALS: list[tuple[Callable[[Flat], dict[str, object]], type[Exception]]] = [
    (lambda _: {"document_id": None}, NeedsDocument),
    (lambda f: {"document_id": type(f.told.document_id)(int=7)}, UnknownDocument),
    (lambda _: {"owners": ()}, service.NeedsNewOwner),
    (lambda _: {"owners": (NewOwner(),)}, service.NeedsNewOwner),
    (lambda _: {"reason": " "}, NeedsReason),
    (lambda _: {"decisions": {}}, service.Undecided),
    (lambda _: {"day": date(2020, 1, 1)}, service.NoOwner),
    (lambda _: {"day": date(2026, 3, 10)}, service.DayToCome),  # tomorrow
    (lambda f: {"owners": (NewOwner(party_id=f.zhang, share=10_000),)}, service.SameOwner),
    (lambda f: {"owners": (NewOwner(SUN, share=9000), NewOwner(party_id=f.li, share=1001))}, SharesTooLarge),
]


@pytest.mark.parametrize(("changes", "error"), REFUSALS)
def test_what_is_refused_leaves_everything_as_it_was(
    flat: Flat, house: House, changes: Callable[[Flat], dict[str, object]], error: type[Exception]
) -> None:
    def rows() -> list[str]:
        with house.archive.sessions.engine.connect() as connection:
            return [
                str(row)
                for table in ("occupancy", "party_version", "unit_link", "title_transfer")
                for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))
            ]

    before = rows()
    with pytest.raises(error):
        flat.transfers(**changes(flat))
    assert rows() == before


def test_a_transfer_before_a_later_owner_is_refused(flat: Flat) -> None:
    flat.transfers()
    with pytest.raises(service.LaterOwner):
        flat.transfers(day=DAY - timedelta(days=30))


def test_others_transfer_nothing(flat: Flat, house: House) -> None:
    with pytest.raises(Forbidden), house.work(house.person("小林", "front_desk")) as work:
        service.transfer(work, flat.seal, flat.unit, flat.told)
