"""Who owns, rents and uses: dated rows that nothing overwrites, numbers that the database alone tells nobody."""

import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from archive_service import premises
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.premises.queries import parties as queries
from archive_service.premises.rules import parties as rules
from archive_service.premises.rules.holders import NeedsTransfer
from archive_service.premises.rules.parties import (
    IdType,
    NewOccupancy,
    OccupancyRole,
    PartyFacts,
    PartyId,
    PartyKind,
)
from archive_service.premises.rules.sealing import Seal, SealBroken
from archive_service.premises.service import parties as service
from archive_service.premises.service.seals import seal_of
from archive_service.premises.service.units import EndsBeforeStart, NeedsReason, NothingChanged
from tests.premises.town import Town
from tests.support.house import House

ID, MOBILE = "11010519491231002X", "13800000000"
ZHANG = PartyFacts(
    PartyKind.PERSON, "张示例", IdType.ID_CARD, ID, MOBILE, "", "示例市云栖路1号云栖花园3栋1201"
)
LI = PartyFacts(PartyKind.PERSON, "李模拟", mobile="12000000045")
DAY = date(2024, 3, 8)


@pytest.fixture
def seal(house: House) -> Seal:
    return seal_of(house.archive)


@pytest.fixture
def zhang(town: Town, seal: Seal) -> PartyId:
    return entered(town, seal, ZHANG)


@pytest.fixture
def li(town: Town, seal: Seal) -> PartyId:
    return entered(town, seal, LI)


def entered(town: Town, seal: Seal, facts: PartyFacts) -> PartyId:
    with town.house.work(town.keeper) as work:
        return service.add_party(work, seal, facts, reason="业主登记表")


def holds(
    town: Town,
    unit: int,
    party: int,
    role: str = "owner",
    since: date = DAY,
    until: date | None = None,
    share: int | None = None,
) -> int:
    with town.house.work(town.keeper) as work:
        return service.add_occupancy(
            work, NewOccupancy(unit_id=unit, party_id=party, role=OccupancyRole(role), since=since, until=until, share=share,
            source_note="业主登记表",))  # fmt: skip


@pytest.mark.parametrize(
    ("number", "doubtful"),
    [
        (ID, False),
        ("110105194912310021", True),
        ("110105491231002", False),
        ("11010519491331002X", True),
        ("12", True),
    ],
)
def test_a_wrong_check_digit_is_told_and_not_refused(number: str, doubtful: bool) -> None:
    assert rules.id_card_doubtful(number) is doubtful
    facts, problems = rules.read_party(
        {"kind": "person", "name": "张", "id_type": "id_card", "id_no": number.ljust(5, "0")}
    )
    assert not problems and facts is not None


@pytest.mark.parametrize(
    ("id_type", "number", "field", "words"),
    [
        ("id_card", "", "id_no", "fill in the number"),
        ("", "110105194912310021", "id_type", "choose the kind"),
        ("id_card", "!", "id_no", "letters and digits"),
    ],
)
def test_what_a_number_of_an_identity_paper_lacks_is_told_where_it_is_missing(
    id_type: str, number: str, field: str, words: str
) -> None:
    facts, (problem,) = rules.read_party(
        {"kind": "person", "name": "张", "id_type": id_type, "id_no": number}
    )
    assert facts is None and problem.facts == {"field": field} and words in problem.message
    assert problem.code == "premises.bad-id-number"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0000 0000", MOBILE),
        ("+86-138-0000-0000", MOBILE),
        ("8613800000000", MOBILE),
        ("0571-88001122", "057188001122"),
    ],
)
def test_telephones_are_one_however_they_are_typed(typed: str, kept: str) -> None:
    assert rules.phone(typed) == kept


@pytest.mark.parametrize(
    ("typed", "value"), [("50", 5000), ("33.33%", 3333), ("1/3", 3333), ("", None), ("100％", 10000)]
)
def test_shares(typed: str, value: int | None) -> None:
    assert rules.share(typed) == value


@pytest.mark.parametrize("typed", ["0", "101", "1/0", "2/1", "-5", "half", "33.333"])
def test_what_is_no_share_is_refused(typed: str) -> None:
    with pytest.raises(rules.BadShare):
        rules.share(typed)


def test_three_thirds_are_not_more_than_the_whole(town: Town, seal: Seal) -> None:
    unit = town.unit("3栋", "1201")
    for name in ("甲", "乙", "丙"):
        third = rules.share("1/3")
        holds(town, unit, entered(town, seal, PartyFacts(PartyKind.PERSON, name)), "co_owner", share=third)


@given(st.text(max_size=60), st.sampled_from(["id_no", "mobile"]))
def test_a_seal_opens_what_it_closed_and_nothing_else(words: str, field: str) -> None:
    seal, other = Seal("a" * 40), Seal("b" * 40)
    closed = seal.close(words, field)
    assert seal.open(closed, field) == words
    if closed is not None:
        assert words.encode() not in closed or len(words) < 3
        for broken in (
            lambda: other.open(closed, field),
            lambda: seal.open(closed, "x"),
            lambda: seal.open(b"x", "x"),
        ):
            with pytest.raises(SealBroken):
                broken()
        assert seal.digest(words, field) != other.digest(words, field)


def test_the_key_is_its_owners_alone(house: House, seal: Seal) -> None:
    path = house.archive.settings.data_dir / "keys" / "personal_data_key"
    seal_of(house.archive)
    assert path.stat().st_mode & 0o777 == 0o600


def test_numbers_are_shown_masked_and_found_exactly(
    house: House, seal: Seal, zhang: PartyId, li: PartyId
) -> None:
    with house.archive.reading() as session:
        row = queries.party(session, seal, zhang)
        assert (row.name, row.id_no, row.mobile) == ("张*例", "110***********002X", "138****0000")
        assert "1201" not in row.mail_address and not row.doubtful_id
        for typed in (
            "１１０１０５１９４９１２３１００２x",
            "138 0000 0000",
            "+8613800000000",
            "张",
            "张示例",
        ):
            assert [p.id for p in queries.parties_found(session, seal, typed)] == [zhang], typed
        for typed in (ID[:-1], "1380000000", "示例", "", "%", "138****0000"):
            assert queries.parties_found(session, seal, typed) == [], typed
        clear = queries.party(session, seal, zhang, in_clear=True)
    assert (clear.name, clear.id_no, clear.mobile) == ("张示例", ID, MOBILE)


def test_no_number_stands_in_the_database_or_in_the_trail(
    town: Town, house: House, seal: Seal, zhang: PartyId
) -> None:
    holds(town, town.unit("3栋", "1201"), zhang)
    with house.work(town.keeper) as work:
        service.change_party(work, seal, zhang, replace(ZHANG, mobile="13900001111"), seen=1, reason="换号")
    secrets = (ID, MOBILE, "13900001111", "云栖路1号", ID.lower())
    with house.archive.sessions.engine.connect() as connection:
        tables = ("party", "party_version", "occupancy", "audit_event", "outbox_message", "unmasking")
        rows = [str(row) for t in tables for row in connection.execute(text(f"SELECT * FROM {t}"))]
    everything = "\n".join(rows)
    assert not [s for s in secrets if s in everything]
    data = house.archive.settings.data_dir
    files = [f.read_bytes() for f in data.rglob("*") if f.is_file()]
    assert not [s for s in secrets for content in files if s.encode() in content]
    trail = "\n".join(row for row in rows if "party." in row)
    assert trail and "张示例" not in trail


def test_a_party_changes_by_versions(town: Town, house: House, seal: Seal, zhang: PartyId) -> None:
    paper = house.paper(title="更名申请")
    moved = replace(ZHANG, mobile="13900001111")
    with house.work(town.keeper) as work:
        service.change_party(work, seal, zhang, moved, seen=1, reason="电话变更登记")
    with pytest.raises(service.NeedsDocument), house.work(town.keeper) as work:
        service.change_party(work, seal, zhang, replace(moved, name="张更名"), seen=2, reason="更名")
    with house.work(town.keeper) as work:
        service.change_party(
            work, seal, zhang, replace(moved, name="张更名"), seen=2, reason="更名", document_id=paper
        )
    with pytest.raises(service.StaleParty), house.work(town.keeper) as work:
        service.change_party(work, seal, zhang, ZHANG, seen=2, reason="旧表单", document_id=paper)
    with pytest.raises(NothingChanged), house.work(town.keeper) as work:
        service.change_party(work, seal, zhang, replace(moved, name="张更名"), seen=3, reason="没变")
    with house.archive.reading() as session:
        history = queries.party_history(session, seal, zhang)
        assert [p.id for p in queries.parties_found(session, seal, MOBILE)] == [zhang]  # by the former number
    assert [(v.number, v.reason) for v in history] == [(3, "更名"), (2, "电话变更登记"), (1, "业主登记表")]
    assert history[0].source_document_id == paper


def test_owners_never_have_more_than_the_whole(town: Town, zhang: PartyId, li: PartyId) -> None:
    unit = town.unit("3栋", "1201")
    first = holds(town, unit, zhang, share=6000)
    with pytest.raises(NeedsTransfer):
        holds(town, unit, li, "co_owner", share=4001)
    with pytest.raises(NeedsTransfer):
        holds(town, unit, li, "co_owner")  # none beside a share
    with pytest.raises(NeedsTransfer):
        holds(town, unit, li, "co_owner", since=DAY - timedelta(days=400), share=5000)
    holds(town, unit, li, "co_owner", share=4000)
    with pytest.raises(service.HeldAlready):
        holds(town, unit, zhang, "owner", share=None, until=None)
    with town.house.work(town.keeper) as work:
        service.end_occupancy(work, first, until=DAY + timedelta(days=10), reason="转让份额")
    with pytest.raises(service.SharesTooLarge):
        holds(town, unit, zhang, since=DAY + timedelta(days=9), share=1000)
    holds(town, unit, zhang, since=DAY + timedelta(days=10), share=6000)


def test_a_unit_of_somebody_elses_passes_on_by_a_title_transfer_only(
    town: Town, house: House, seal: Seal, zhang: PartyId, li: PartyId
) -> None:
    unit = town.unit("3栋", "1201")
    holds(town, unit, zhang, since=date(2020, 1, 1))
    for since in (date(2021, 1, 1), date(2020, 1, 1), date(2019, 1, 1)):
        with pytest.raises(NeedsTransfer):
            holds(town, unit, li, since=since)
    with house.archive.reading() as session:
        (only,) = premises.owned(session, [unit])[unit]
    assert only.names == {"张示例"}
    # Who owned it before, or owns it in common, is entered; so is a tenant.
    holds(town, unit, li, since=date(2010, 1, 1), until=date(2020, 1, 1))
    with pytest.raises(NeedsTransfer):
        holds(town, unit, li, since=date(2010, 1, 1), until=date(2020, 1, 2))
    holds(town, unit, li, "tenant", since=date(2021, 1, 1))
    holds(town, unit, li, "co_owner", since=date(2021, 1, 1))


def test_two_owners_who_come_at_once_are_not_both_entered(town: Town, seal: Seal) -> None:
    unit = town.unit("3栋", "1201")
    somebody = [entered(town, seal, PartyFacts(PartyKind.PERSON, name)) for name in ("甲", "乙")]
    ready = threading.Barrier(2)

    def come(party_id: PartyId) -> str:
        ready.wait(timeout=30)
        try:
            holds(town, unit, party_id)
        except NeedsTransfer:
            return "refused"
        return "in"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(come, somebody)) == ["in", "refused"]


def test_joint_owners_have_no_shares(town: Town, zhang: PartyId, li: PartyId) -> None:
    unit = town.unit("3栋", "1201")
    holds(town, unit, zhang)
    holds(town, unit, li, "co_owner")
    with pytest.raises(service.NoShareHere):
        holds(town, unit, li, "tenant", share=100)


def test_the_database_itself_refuses(town: Town, house: House, zhang: PartyId, li: PartyId) -> None:
    unit = town.unit("3栋", "1201")
    row = holds(town, unit, zhang, share=10_000)
    insert = (
        "INSERT INTO occupancy (unit_id, party_id, role, share, valid_from, valid_to, source_note, recorded_at, end_reason)"
        " SELECT unit_id, :li, {role}, {share}, valid_from, {until}, {note}, recorded_at, '' FROM occupancy WHERE id = :row"
    )
    told = {"role": "'co_owner'", "share": "1", "until": "NULL", "note": "'x'"}
    for wrong in (
        insert.format(**told),
        insert.format(**told | {"share": "NULL"}),
        insert.format(**told | {"role": "'king'", "share": "NULL"}),
        insert.format(**told | {"role": "'tenant'"}),
        insert.format(**told | {"share": "0"}),
        insert.format(**told | {"role": "'tenant'", "share": "NULL", "note": "''"}),
        insert.format(**told | {"role": "'tenant'", "share": "NULL", "until": "'2000-01-01'"}),
        "UPDATE occupancy SET party_id = :li WHERE id = :row",
        "UPDATE occupancy SET share = 1 WHERE id = :row",
        "UPDATE occupancy SET valid_from = '2020-01-01' WHERE id = :row",
        "UPDATE occupancy SET valid_to = '2000-01-01' WHERE id = :row",
        "DELETE FROM occupancy WHERE id = :row",
        "DELETE FROM party_version",
        "UPDATE party_version SET name = 'x'",
        "UPDATE party_version SET id_sealed = NULL",
    ):
        with pytest.raises((IntegrityError, DBAPIError)), house.work() as work:
            work.session.execute(
                text(wrong), {k: v for k, v in (("li", li), ("row", row)) if f":{k}" in wrong}
            )


def test_nothing_ends_before_it_began_or_twice(town: Town, zhang: PartyId) -> None:
    unit = town.unit("3栋", "1201")
    with pytest.raises(EndsBeforeStart):
        holds(town, unit, zhang, "tenant", until=DAY - timedelta(days=1))
    row = holds(town, unit, zhang, "tenant", until=DAY + timedelta(days=365))
    for until, error in (
        (DAY - timedelta(days=1), EndsBeforeStart),
        (DAY + timedelta(days=366), service.EndedAlready),
        (DAY + timedelta(days=100), None),
        (DAY + timedelta(days=90), service.EndedAlready),
    ):
        if error is None:
            with town.house.work(town.keeper) as work:
                service.end_occupancy(work, row, until=until, reason="提前退租")
        else:
            with pytest.raises(error), town.house.work(town.keeper) as work:
                service.end_occupancy(work, row, until=until, reason="x")


def test_a_mistake_ends_on_the_day_it_began_and_counts_for_nothing(
    town: Town, seal: Seal, zhang: PartyId, li: PartyId
) -> None:
    unit = town.unit("3栋", "1201")
    wrong = holds(town, unit, zhang, share=10_000)
    with town.house.work(town.keeper) as work:
        service.end_occupancy(work, wrong, until=DAY, reason="录入错误")
    holds(town, unit, li, share=10_000)
    with town.house.archive.reading() as session:
        live = [o for o in queries.occupancies_of_unit(session, seal, unit) if o.holds_on(DAY)]
    assert [o.party.id for o in live] == [li]


def test_every_entry_says_where_it_is_known_from(town: Town, house: House, zhang: PartyId) -> None:
    unit = town.unit("3栋", "1201")
    told = {"unit_id": unit, "party_id": zhang, "role": OccupancyRole.OWNER, "since": DAY}
    with pytest.raises(service.NeedsSource), house.work(town.keeper) as work:
        service.add_occupancy(work, NewOccupancy(**told))  # type: ignore[arg-type]  # as told
    with pytest.raises(service.UnknownDocument), house.work(town.keeper) as work:
        service.add_occupancy(work, NewOccupancy(**told, document_id=uuid.uuid4()))  # type: ignore[arg-type]
    paper = house.paper(title="不动产权证")
    with house.work(town.keeper) as work:
        service.add_occupancy(work, NewOccupancy(**told, document_id=paper))  # type: ignore[arg-type]


def test_in_clear_for_five_minutes_one_at_a_time(
    town: Town, house: House, zhang: PartyId, li: PartyId
) -> None:
    boss = house.person("赵经理", "sc_manager")

    def open_now() -> list[PartyId]:
        with house.archive.reading() as session:
            now = house.clock.now()
            return [p for p in (zhang, li) if queries.unmasked_until(session, boss.user_id, p, now)]

    with pytest.raises(NeedsReason), house.work(boss) as work:
        service.unmask(work, zhang, reason=" ")
    with house.work(boss) as work:
        until = service.unmask(work, zhang, reason="核对更名申请")
    assert until - house.clock.now() == timedelta(minutes=5) and open_now() == [zhang]
    with house.work(boss) as work:
        service.unmask(work, li, reason="核对租约")
    assert open_now() == [li]
    house.clock.passes(minutes=5)
    assert open_now() == []
    with house.archive.sessions.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT subject, facts FROM audit_event WHERE action = 'party.unmasked'")
        ).all()
    assert [row[0] for row in rows] == [f"party:{zhang}", f"party:{li}"]
    assert not re.search("核对|张", str(rows))


@pytest.mark.parametrize(
    "role", ["front_desk", "archivist", "cashier", "finance", "engineering", "auditor", "it_admin"]
)
def test_who_may_not_unmask(house: House, zhang: PartyId, role: str) -> None:
    with pytest.raises(Forbidden), house.work(house.person("小林", role)) as work:
        service.unmask(work, zhang, reason="好奇")


def test_who_may_not_change_parties(town: Town, house: House, seal: Seal, zhang: PartyId) -> None:
    somebody = house.person("小林", "front_desk")
    unit = town.unit("3栋", "1201")
    row = holds(town, unit, zhang)
    for step in (
        lambda work: service.add_party(work, seal, LI, reason="x"),
        lambda work: service.change_party(work, seal, zhang, LI, seen=1, reason="x"),
        lambda work: service.add_occupancy(
            work, NewOccupancy(unit_id=unit, party_id=zhang, role=OccupancyRole.USER, since=DAY)
        ),
        lambda work: service.end_occupancy(work, row, until=DAY, reason="x"),
    ):
        with pytest.raises(Forbidden), house.work(somebody) as work:
            step(work)


def test_what_is_not_there(house: House, seal: Seal, town: Town) -> None:
    with pytest.raises(NotFound), house.archive.reading() as session:
        queries.party(session, seal, 4711)
    with pytest.raises(NotFound), house.work(town.keeper) as work:
        service.end_occupancy(work, 4711, until=DAY, reason="x")


def test_facts_in_clear_never_show_themselves() -> None:
    assert ID not in repr(ZHANG) and "张" not in str(ZHANG)


def test_masking_leaves_no_way_back() -> None:
    assert rules.masked_name(PartyKind.PERSON, "张三") == "张*"
    assert rules.masked_name(PartyKind.PERSON, "欧阳模拟") == "欧**拟"
    assert rules.masked_name(PartyKind.COMPANY, "示例商业公司") == "示例商业公司"
    assert rules.masked_id(IdType.PASSPORT, "E12345678") == "E******78"
    assert rules.masked_phone("057188001122") != "057188001122"


def test_of_two_owners_who_come_at_once_one_is_refused(town: Town, house: House, seal: Seal) -> None:
    unit = town.unit("3栋", "1201")
    somebody = [entered(town, seal, PartyFacts(PartyKind.PERSON, name)) for name in ("甲", "乙")]
    ready = threading.Barrier(2)

    def come(party_id: PartyId) -> str:
        ready.wait(timeout=30)
        try:
            holds(town, unit, party_id, share=6000)
        except NeedsTransfer:
            return "refused"
        return "in"

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(come, somebody)) == ["in", "refused"]
        with house.archive.reading() as session:
            (live,) = [o for o in queries.occupancies_of_unit(session, seal, unit) if o.valid_to is None]
        with house.work(town.keeper) as work:
            service.end_occupancy(work, live.id, until=DAY, reason="再来一次")
