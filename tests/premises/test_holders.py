"""A table of owners and tenants: looked at first, then all of it or nothing; nothing that is known is overwritten."""

import json
import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from archive_service import audit
from archive_service.history import Kind, events_of
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.premises import Seal
from archive_service.premises.cli import premises as command
from archive_service.premises.queries import parties as queries
from archive_service.premises.rules import holders as rules
from archive_service.premises.rules.columns import HasProblems
from archive_service.premises.rules.holders import Share, shares_fit
from archive_service.premises.rules.tables import read_table
from archive_service.premises.service import holders as service
from archive_service.premises.service.guesses import TooManyGuesses
from archive_service.premises.service.seals import seal_of
from tests.premises.test_parties import ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of

ID = "11010519491231002X"
GOOD = (
    "房号,身份,姓名,身份证号,手机号,产权份额,起始日期\n"
    f"3-1201,业主,张建国,{ID},13900001111,50%,2024-03-08\n"
    "3栋2单元1201,共有人,李华,,13900002222,50%,2024-03-08\n"
    f"B2-118,业主,张建国,{ID},,,2024-03-08\n"
    "A区108号,租户,云栖示例商贸有限公司,,,,2026年1月1日\n"
)


@pytest.fixture
def seal(house: House) -> Seal:
    return seal_of(house.archive)


@pytest.fixture
def flats(town: Town) -> dict[str, int]:
    return {
        "3-1201": town.unit("3栋", "1201", entrance="2"),
        "B2-118": town.unit("B2", "118", kind="parking"),
        "A-108": town.unit("A区", "108", kind="shop", handover_on="2026-01-01"),
    }


def brought_in(town: Town, seal: Seal, table: str | bytes, *, skip: bool = False) -> service.Outcome:
    data = table.encode() if isinstance(table, str) else table
    with town.house.work(town.keeper) as work:
        return service.import_holders(work, seal, read_table(data), reason="开发商移交", skip=skip)


def of(town: Town, seal: Seal, unit: int) -> list[tuple[str, str, str]]:
    with town.house.archive.reading() as session:
        rows = queries.occupancies_of_unit(session, seal, unit)
    return sorted((row.role.value, row.party.name, row.share_text) for row in rows)


def refused(town: Town, seal: Seal, table: str) -> list[tuple[int, str, str]]:
    with pytest.raises(HasProblems) as stopped:
        brought_in(town, seal, table)
    return [(p.row, p.column, p.error.code) for p in stopped.value.problems]


def test_owners_and_tenants_come_in_each_person_once(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    outcome = brought_in(town, seal, GOOD)
    assert (len(outcome.added), outcome.people, outcome.same) == (4, 3, 0)
    assert of(town, seal, flats["3-1201"]) == [("co_owner", "李*", "50%"), ("owner", "张*国", "50%")]
    assert of(town, seal, flats["B2-118"]) == [("owner", "张*国", "")]
    assert of(town, seal, flats["A-108"]) == [("tenant", "云栖示例商贸有限公司", "")]
    with town.house.archive.reading() as session:
        found = queries.parties_found(session, seal, ID)
        first = queries.occupancies_of_unit(session, seal, flats["3-1201"])[0]
    assert len(found) == 1
    assert (first.source_note, first.valid_from) == ("开发商移交", date(2024, 3, 8))


def test_every_unit_and_person_that_a_table_brings_has_it_in_their_history(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    brought_in(town, seal, GOOD)
    brought_in(
        town, seal, f"房号,身份,姓名,身份证号,起始日期,依据\nA区108号,使用人,张建国,{ID},2026-01-01,来函\n"
    )
    archive, chen = town.house.archive, town.keeper
    with archive.reading() as session:
        (zhang,) = queries.parties_found(session, seal, ID)
        assert audit.verify(session) is None

    def told(kind: Kind, thing: int) -> list[tuple[str, str, str]]:
        events = events_of(archive, chen, kind, str(thing)).events
        return [(event.action, event.who, event.reason) for event in events]

    assert told(Kind.PARTY, zhang.id) == [
        ("party.entries-brought-in", "陈", "来函"),
        ("party.brought-in", "陈", "开发商移交"),
    ]
    assert told(Kind.UNIT, flats["A-108"])[:2] == [
        ("occupancy.brought-in", "陈", "来函"),
        ("occupancy.brought-in", "陈", "开发商移交"),
    ]
    gong = town.house.person("龚", "engineering")  # sees units, and not who holds them
    events = events_of(archive, gong, Kind.UNIT, str(flats["A-108"])).events
    assert {event.reason for event in events} == {""}


def test_the_second_time_nothing_happens(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    brought_in(town, seal, GOOD)
    again = brought_in(town, seal, GOOD)
    assert (again.added, again.people, again.same, again.problems) == ((), 0, 4, ())


def test_since_is_taken_from_the_handover_where_the_table_is_silent(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    (entry,) = brought_in(town, seal, "房号,姓名\nA区108号,李华\n").added
    assert entry.since == date(2026, 1, 1)
    assert refused(town, seal, "房号,姓名\nB2-118,李华\n") == [(2, "since", "premises.needs-since")]


def test_every_problem_is_told_by_row_and_column_and_nothing_is_imported(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    town.unit("3栋", "1201", entrance="1")
    brought_in(town, seal, f"房号,姓名,身份证号,手机,起始日期\nB2-118,张建国,{ID},13900001111,2024-01-01\n")
    table = (
        "项目,房号,身份,姓名,证件类型,证件号码,手机,份额,起始日期\n"
        "WY09,B2-118,租户,李华,,,,,2026-01-01\n"  # no such project
        ",9-901,业主,李华,,,,,2026-01-01\n"  # no such unit
        ",3-1201,业主,李华,,,,,2026-01-01\n"  # in two entrances
        ",A区108号,皇帝,李华,,,,,2026-01-01\n"
        ",A区108号,业主,李华,,,,150%,2026-01-01\n"
        ",A区108号,租户,李华,,,,50%,2026-01-01\n"  # tenants have no share
        ",A区108号,业主,李华,,AB,,,2026-02-30\n"  # number without its kind, and no such day
        ",A区108号,业主,,,,,,2026-01-01\n"
        f",A区108号,租户,张卫国,,{ID},,,2026-01-01\n"  # whoever else has this number
        f",A区108号,业主,张建国,,{ID},13911112222,,2026-01-01\n"  # the number of row 10 with another name
        ",A区108号,业主,李华,,,,60%,2026-01-01\n"
        ",A区108号,共有人,王芳,,,,50%,2026-01-01\n"  # more than the whole
        ",A区108号,业主,李华,,,,60%,2026-01-01\n"
    )
    assert refused(town, seal, table) == [
        (2, "项目", "premises.unknown-project"),
        (3, "房号", "premises.no-unit-called-so"),
        (4, "房号", "premises.many-units-called-so"),
        (5, "身份", "premises.bad-role"),
        (6, "份额", "premises.bad-share"),
        (7, "份额", "premises.bad-share"),
        (8, "证件类型", "premises.bad-id-type"),
        (8, "起始日期", "premises.bad-day"),
        (9, "姓名", "premises.needs-value"),
        (11, "姓名", "premises.known-otherwise"),
        (13, "份额", "premises.shares-dont-fit"),
        (14, "姓名", "premises.twice-held"),
    ]
    assert of(town, seal, flats["A-108"]) == []
    done = brought_in(town, seal, table, skip=True)
    assert (len(done.added), done.left_out) == (2, 11)
    assert of(town, seal, flats["A-108"]) == [("owner", "李*", "60%"), ("tenant", "张*国", "")]


def test_a_number_of_one_person_stands_for_them_in_the_whole_table(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    table = (
        "房号,姓名,身份证号,起始日期\n"
        f"B2-118,张建国,{ID},2024-01-01\n"
        f"A区108号,张建过,{ID},2024-01-01\n"
        f"B2-118,张建国,{ID},2024-02-01\n"
    )
    assert refused(town, seal, table) == [
        (3, "姓名", "premises.known-otherwise"),
        (4, "姓名", "premises.twice-held"),
    ]


def looked_at(town: Town, seal: Seal, rows: list[str]) -> service.Outcome:
    table = "房号,姓名,身份证号,手机,备用电话,起始日期\n" + "".join(f"{row},2024-03-08\n" for row in rows)
    with town.house.work(town.keeper) as work:
        return service.preview(work, seal, read_table(table.encode()))


def looks(town: Town) -> list[tuple[str, object]]:
    with town.house.archive.reading() as session:
        rows = audit.trail(session, subject="units")
    return [(row.action, row.facts["differing"]) for row in rows if row.action.startswith("holders.")]


def test_a_table_full_of_guesses_tells_no_number(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    brought_in(town, seal, GOOD)
    guesses = [f"3-1201,张建国,,139{n:04}1111," for n in (7, 3, 0, 9)]  # 139 0000 1111 is the right one
    found = looked_at(town, seal, guesses)
    assert found.same == 0
    assert [(p.row, p.column, p.error.code) for p in found.problems] == [
        (2, "姓名", "premises.known-otherwise"),
        *((row, "姓名", "premises.twice-held") for row in (3, 4, 5)),
    ]
    # Nor where the same person stands with several units.
    found = looked_at(town, seal, [f"B2-118,张建国,{ID},13900071111,", f"A区108号,张建国,{ID},13900001111,"])
    assert {p.error.code for p in found.problems} == {"premises.known-otherwise"}
    assert (len(found.problems), found.same, found.added) == (2, 0, ())


def test_what_differs_is_not_told(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    brought_in(town, seal, GOOD)
    told = [
        looked_at(town, seal, [row]).problems
        for row in (
            "3-1201,张建国,,13900071111,",
            "3-1201,张建国,,,13900071111",
            f"3-1201,张建国,{ID},,13900071111",
        )
    ]
    assert len({repr(problems) for problems in told}) == 1
    assert all(problems[0].column == "姓名" for problems in told)


def test_after_twenty_that_differ_further_tables_wait_an_hour(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    brought_in(town, seal, GOOD)
    for n in range(1, 20):
        looked_at(town, seal, [f"3-1201,张建国,,139{n:04}1111,"])
    last = "3-1201,张建国,,13900201111,"
    other = "3-1201,张建国,110105194912310038,,"  # makes somebody else of them: that tells, too
    assert looked_at(town, seal, [other]).differing == 1
    with pytest.raises(TooManyGuesses):
        looked_at(town, seal, [last])
    with pytest.raises(TooManyGuesses):
        brought_in(town, seal, "房号,姓名,手机,起始日期\n3-1201,张建国,13900001111,2024-03-08\n")
    assert looked_at(town, seal, [other]).differing == 1  # the same table again: it tells nothing new
    somebody = replace(town.keeper, user_id=town.house.person("孙", "archivist").user_id)
    with town.house.work(somebody) as work:
        service.preview(work, seal, read_table(GOOD.encode()))
    town.house.clock.passes(hours=1, seconds=1)
    assert looked_at(town, seal, [last]).differing == 1


def test_a_refused_table_counts_and_every_look_is_on_record(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    brought_in(town, seal, GOOD)
    looked_at(town, seal, ["3-1201,张建国,,,"])
    assert refused(town, seal, "房号,姓名,手机,起始日期\n3-1201,张建国,13900071111,2024-03-08\n") == [
        (2, "姓名", "premises.known-otherwise")
    ]
    assert looks(town) == [("holders.refused", 1), ("holders.previewed", 0), ("holders.imported", 0)]


def test_an_owner_whose_shares_end_makes_room_for_the_next() -> None:
    old = Share(10_000, date(2020, 1, 1), date(2024, 1, 1))
    assert shares_fit([old, Share(10_000, date(2024, 1, 1))])
    assert not shares_fit([old, Share(1, date(2023, 12, 31))])
    assert not shares_fit([Share(None, date(2024, 1, 1)), Share(5_000, date(2025, 1, 1))])
    assert shares_fit([Share(None, date(2024, 1, 1)), Share(None, date(2025, 1, 1))])


def test_what_is_known_of_the_unit_counts(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    holds(town, flats["A-108"], entered(town, seal, ZHANG), share=10_000)
    table = (
        "房号,身份,姓名,份额,起始日期\n"
        "A区108号,业主,李华,50%,2026-01-01\n"
        "A区108号,业主,李华,,2026-01-01\n"
        "A区108号,共有人,王芳,50%,2026-01-01\n"
        "B2-118,业主,李华,60%,2026-01-01\n"
        "B2-118,共有人,王芳,60%,2026-01-01\n"
    )
    assert refused(town, seal, table) == [
        *((row, "姓名", "premises.needs-transfer") for row in (2, 3, 4)),
        (6, "份额", "premises.shares-dont-fit"),  # with each other, where nobody is known
    ]


def test_a_joint_owner_goes_beside_the_known_ones_and_a_second_first_owner_does_not(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    holds(town, flats["A-108"], entered(town, seal, ZHANG))
    holds(town, flats["B2-118"], entered(town, seal, ZHANG), share=5000)
    brought_in(
        town,
        seal,
        "房号,身份,姓名,份额,起始日期\nA区108号,共有人,李华,,2026-01-01\nB2-118,业主,李华,50%,2026-01-01\n",
    )
    table = "房号,姓名,起始日期\nA区108号,王芳,2026-01-01\n"
    assert refused(town, seal, table) == [(2, "姓名", "premises.needs-transfer")]


def test_who_ceased_to_own_leaves_room_for_the_next(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    holds(town, flats["A-108"], entered(town, seal, ZHANG), share=10_000, until=date(2026, 1, 1))
    assert len(brought_in(town, seal, "房号,姓名,起始日期\nA区108号,李华,2026-01-01\n").added) == 1


def test_a_number_that_does_not_check_out_comes_in_with_a_warning(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    wrong = ID[:-1] + "1"
    table = f"房号,姓名,身份证号,起始日期\nA区108号,李华,{wrong},2026-01-01\nB2-118,王芳,{ID},2026-01-01\n"
    outcome = brought_in(town, seal, table)
    assert [(w.row, w.column, w.error.code) for w in outcome.warnings] == [
        (2, "身份证号", "premises.doubtful-id")
    ]
    assert wrong not in repr(outcome) and len(outcome.added) == 2


@pytest.mark.parametrize("name", ["张建国", "王某"])
def test_a_table_of_invented_people_does_not_tell_which_number_is_known(
    town: Town, seal: Seal, flats: dict[str, int], name: str
) -> None:
    """Whatever is guessed, and however the rows are arranged: right and wrong numbers are answered alike."""
    brought_in(town, seal, GOOD)

    def answer(number: str, mobile: str, rows: str) -> str:
        table = rows.format(name=name, id=number, mobile=mobile)
        return repr(looked_at(town, seal, table.split()))

    arrangements = (
        "A区108号,{name},{id},,",
        "A区108号,{name},{id},13900071111,",
        "A区108号,{name},{id},, A区108号,{name},{id},,",
        "A区108号,{name},{id},, A区108号,另一人,{id},,",
        "A区108号,{name},{id},13900001111, A区108号,{name},,13900001111,",
        "A区108号,{name},,{mobile}, A区108号,{name},,,",
    )
    for rows in arrangements:
        right, wrong = answer(ID, "13900001111", rows), answer("110105194912310038", "13900077777", rows)
        assert right == wrong, rows


def test_who_may_see_the_numbers_is_told_whose_they_are_already(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    brought_in(town, seal, GOOD)
    both = town.house.person("周", "archivist", "archive_head")
    table = read_table(f"房号,身份,姓名,身份证号,起始日期\nA区108号,租户,王某,{ID},2026-01-01\n".encode())
    with town.house.work(both) as work:
        found = service.preview(work, seal, table)
    assert [p.error.code for p in found.problems] == ["premises.known-otherwise"]


def test_somebody_known_by_name_and_number_is_entered_once(
    town: Town, seal: Seal, flats: dict[str, int]
) -> None:
    brought_in(town, seal, GOOD)
    brought_in(
        town,
        seal,
        f"房号,身份,姓名,身份证号,手机,起始日期\nA区108号,使用人,张建国,{ID},13911112222,2026-01-01\n",
    )
    with town.house.archive.reading() as session:
        (zhang,) = queries.parties_found(session, seal, ID)
        assert zhang.mobile.endswith("1111")  # nothing that is known is overwritten
        assert len(queries.occupancies_of_party(session, seal, zhang.id)) == 3


def test_a_thousand_rows_take_as_many_questions_as_ten(town: Town, seal: Seal, house: House) -> None:
    building = town.building("9栋")
    values = [(building, f"{n:04}") for n in range(400)]
    for _, room in values[:400]:
        town.unit("9栋", room)

    def sent(rows: int) -> int:
        table = "房号,姓名,起始日期\n" + "".join(
            f"9-{room},李{n},2024-01-01\n" for n, (_, room) in enumerate(values[:rows])
        )
        with counted(house.archive.sessions.engine) as statements, house.work(town.keeper) as work:
            service.preview(work, seal, read_table(table.encode()))
        return statements.count

    assert sent(400) == sent(10)


def test_numbers_stand_in_clear_nowhere(town: Town, seal: Seal, flats: dict[str, int], house: House) -> None:
    outcome = brought_in(town, seal, GOOD)
    assert "张建国" not in repr(outcome)
    with house.archive.reading() as session:
        for table in ("party_version", "audit_event", "occupancy"):
            kept = repr(session.execute(text(f"SELECT * FROM {table}")).all())
            assert ID not in kept and "13900001111" not in kept


def test_who_may_not_enter_people_brings_none_in(house: House, town: Town, seal: Seal) -> None:
    with pytest.raises(Forbidden), house.work(house.person("林", "front_desk")) as work:
        service.import_holders(work, seal, read_table(GOOD.encode()), reason="试试")


def test_the_template_shows_how(town: Town, seal: Seal, flats: dict[str, int]) -> None:
    outcome = brought_in(town, seal, rules.template())
    assert len(outcome.added) == 3 and not outcome.unread


def test_at_the_counter_it_is_looked_at_first(
    town: Town, chen: Actor, desk: Desk, flats: dict[str, int]
) -> None:
    client = desk.sits(chen)
    address = "/premises/parties/import"
    assert client.get(f"{address}/template.xlsx").data[:2] == b"PK"
    looked = client.post(address, data={"file": (BytesIO(GOOD.encode()), "业主.csv")})
    # The table travels on with the form, for the person who chose it and nobody else.
    assert looked.headers["Cache-Control"] == "no-store"
    shown = text_of(re.sub(r"<textarea.*?</textarea>", "", looked.text, flags=re.DOTALL))
    assert "3栋2单元1201 · 张*国 · 业主" in shown and "13900001111" not in shown
    told = {"table": GOOD, "reason": ""}
    assert client.post(address, data=told).status_code == 422
    done = client.post(address, data=told | {"reason": "开发商移交"}, follow_redirects=True)
    assert "已登记 4 条" in text_of(done.text)
    assert "premises/parties/import" in client.get("/premises/parties").text


def test_by_command(town: Town, house: House, tmp_path: Path, flats: dict[str, int]) -> None:
    table = tmp_path / "业主.csv"
    table.write_text(GOOD + "9-901,业主,李华,,,,\n", encoding="utf-8")
    run = CliRunner()
    first = run.invoke(command, ["import-people", str(table)], obj=house.archive)
    assert first.exit_code == 1 and "row 6, 房号" in first.output
    args = ["import-people", str(table), "--skip-problems", "--json"]
    second = run.invoke(command, args, obj=house.archive)
    told = json.loads(second.stdout)
    assert second.exit_code == 0 and (told["imported"], told["added"], told["left_out"]) == (True, 4, 1)
