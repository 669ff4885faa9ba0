"""Numbers that are covered can't be found out by trying them in forms: what is refused counts, whatever for."""

from collections.abc import Callable
from datetime import date

import pytest

from archive_service import audit
from archive_service.kernel.errors import ArchiveError
from archive_service.premises import Decision, NewOwner, Transfer, transfer
from archive_service.premises.rules.parties import IdType, NewOccupancy, OccupancyRole, PartyFacts, PartyKind
from archive_service.premises.service import guesses
from archive_service.premises.service import parties as service
from archive_service.premises.service.guesses import MOST_COMPARED, MOST_WRONG, TooManyGuesses
from archive_service.premises.service.seals import seal_of
from tests.premises.test_parties import ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk

SINCE = date(2026, 1, 1)


def guess(number: int) -> PartyFacts:
    return PartyFacts(PartyKind.PERSON, "某某", IdType.ID_CARD, f"1101051949123{number:04}X")


class Flat:
    def __init__(self, town: Town) -> None:
        self.town, self.seal = town, seal_of(town.house.archive)
        self.unit = town.unit("7栋", "0402")
        self.zhang = entered(town, self.seal, ZHANG)
        holds(town, self.unit, self.zhang, share=10_000)
        self.paper = town.house.paper(title="业主更名(过户)申请")


@pytest.fixture
def flat(town: Town) -> Flat:
    return Flat(town)


def enters(flat: Flat, facts: PartyFacts, role: str = "owner") -> None:
    """As the form for a new entry does; a second owner with a share finds no room, whoever it is."""
    with flat.town.house.work(flat.town.keeper) as work:
        party = service.same_party(work, flat.seal, facts) or service.add_party(
            work, flat.seal, facts, reason="x"
        )
        share = 10_000 if role == "owner" else None
        service.add_occupancy(
            work,
            NewOccupancy(
                unit_id=flat.unit,
                party_id=party,
                role=OccupancyRole(role),
                since=SINCE,
                share=share,
                source_note="x",
            ),
        )


def transfers(flat: Flat, facts: PartyFacts) -> None:
    """To an owner with more than there is beside another: refused, whoever it is."""
    owners = (NewOwner(facts, share=10_000), NewOwner(guess(9999), share=10_000))
    told = Transfer(SINCE, flat.paper, owners, "x", {f"phone:{flat.zhang}": Decision.CARRY})
    with flat.town.house.work(flat.town.keeper) as work:
        transfer(work, flat.seal, flat.unit, told)


def changes(flat: Flat, facts: PartyFacts) -> None:
    """Another number, without the paper that shows it."""
    with flat.town.house.work(flat.town.keeper) as work:
        service.change_party(work, flat.seal, flat.zhang, facts, seen=1, reason="x")


@pytest.mark.parametrize("form", [enters, transfers, changes])
def test_after_twenty_refusals_nothing_more_is_compared_for_an_hour(
    flat: Flat, form: Callable[[Flat, PartyFacts], None]
) -> None:
    for number in range(MOST_WRONG + 1):
        try:
            form(flat, guess(number))
        except TooManyGuesses:
            break
        except ArchiveError:
            continue
    else:
        pytest.fail("nobody stopped it")
    assert number >= MOST_WRONG // 2  # a transfer compares two numbers at once
    for right in (ZHANG, guess(12345)):
        with pytest.raises(TooManyGuesses):
            form(flat, right)
    flat.town.house.clock.passes(hours=1, seconds=1)
    with pytest.raises(ArchiveError) as refused:
        form(flat, guess(1))
    assert not isinstance(refused.value, TooManyGuesses)


def test_the_forms_count_together_and_each_person_alone(flat: Flat) -> None:
    for number in range(MOST_WRONG):
        with pytest.raises(ArchiveError):
            (changes, enters)[number % 2](flat, guess(number))
    with pytest.raises(TooManyGuesses):
        changes(flat, guess(1))
    flat.town.keeper = flat.town.house.person("孙", "archivist")
    with pytest.raises(service.NeedsDocument):
        changes(flat, guess(1))


def test_who_is_entered_counts_less_and_without_a_number_not_at_all(
    flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_COMPARED > MOST_WRONG
    monkeypatch.setattr(guesses, "MOST_COMPARED", 3)
    for number in range(3):
        enters(flat, guess(number), "user")
    with pytest.raises(TooManyGuesses):
        enters(flat, guess(3), "user")
    enters(flat, PartyFacts(PartyKind.PERSON, "无号"), "user")
    with flat.town.house.archive.reading() as session:
        rows = [row for row in audit.trail(session, subject="parties") if row.action == "parties.compared"]
    assert [row.facts for row in rows] == [{"refused": False}] * 3


def test_at_the_counter_it_is_said_in_words(flat: Flat, desk: Desk, house: House) -> None:
    client = desk.sits(flat.town.keeper)
    told = {
        "kind": "person", "name": "某某", "id_type": "id_card", "role": "owner", "share": "100", "since": "2026-01-01",
        "source_note": "x",
    }  # fmt: skip
    address = f"/premises/units/{flat.unit}/occupancies/new"
    answers = [client.post(address, data=told | {"id_no": f"1101051949123{n:04}X"}) for n in range(21)]
    assert [answer.status_code for answer in answers][-2:] == [422, 429]
    assert "一小时" in answers[-1].text
