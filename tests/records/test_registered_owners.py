"""Whose unit it was on a day stands in the register: papers and files of owners keep to it, and name nobody."""

from datetime import date

import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import DocumentId
from archive_service.premises.rules.owning import Owned
from archive_service.records import Description, FileFacts, Place
from archive_service.records.rules.case_files import NotTheOwner, days_of, owned_then
from tests.premises.test_parties import LI, ZHANG, entered, holds
from tests.records.test_filing import FACTS, file_it
from tests.records.test_transferring import SUN, Flat, flat
from tests.support.filed import moved
from tests.support.house import House

__all__ = ["flat"]


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


def paper(flat: Flat, owner: str, day: str, class_code: str = "YZ.01", unit: str = "7-0402") -> DocumentId:
    return flat.house.paper(class_code=class_code, doc_date=day, unit=unit, owner=owner, pages=["验收"])


def test_a_file_is_opened_for_who_owns_the_unit_and_for_others_after_the_title_transfer(flat: Flat) -> None:
    with pytest.raises(NotTheOwner) as refused:
        flat.file("YZ.01", "孙假设")
    assert "张" not in str(refused.value) + repr(refused.value.facts)
    flat.file("ZX.01", "孙假设")  # a renovation may be a tenant's
    flat.file("YZ.02.T", "孙假设")
    flat.file("YZ.01", "张 示例")
    flat.transfers()
    flat.file("YZ.02", "孙假设")


def test_tenants_are_no_owners_and_owners_in_common_are(flat: Flat) -> None:
    other = flat.town.unit("7栋", "0403")
    li = entered(flat.town, flat.seal, LI)
    holds(flat.town, other, li, role="tenant")
    facts = FileFacts(title="x", unit="7栋0403", owner="王某")
    with flat.house.work(flat.chen) as work:
        file = records.open_case_file(
            work, "YZ.01", facts
        )  # of owners nothing is known: as without a register
    holds(flat.town, other, flat.zhang, share=5000)
    holds(flat.town, other, entered(flat.town, flat.seal, ZHANG), role="co_owner", share=5000)
    with flat.house.work(flat.chen) as work:
        records.close_case_file(work, file.id, revision=1)
    for owner, refused in (("李模拟", True), ("李模拟、张示例", False), ("张*例", False)):
        facts = FileFacts(title="x", unit="7-0403", owner=owner)
        try:
            with flat.house.work(flat.chen) as work:
                file = records.open_case_file(work, "YZ.02", facts)
                records.close_case_file(work, file.id, revision=1)
        except NotTheOwner:
            assert refused, owner
        else:
            assert not refused, owner
    # What was opened before the register knew is not opened again for a stranger.
    with pytest.raises(NotTheOwner), flat.house.work(flat.chen) as work:
        records.reopen_case_file(work, 1, revision=2, reason="补件")


def test_a_paper_names_who_owned_the_unit_on_its_day(flat: Flat) -> None:
    flat.file("YZ.01")
    flat.transfers()  # to Sun, on 2026-03-01
    sun = next(iter(flat_files(flat, "孙假设")))
    for owner, day in (("孙假设", "2026-02-28"), ("孙假设", "2025"), ("张示例、李模拟", "2026-03-01")):
        with pytest.raises((NotTheOwner, records.rules.case_files.OtherOwnersFile)):
            file_it(flat.house, flat.chen, paper(flat, owner, day), place=Place(file_no=sun))
    for day in ("2026-03-01", "2026-03", "2026", "2020-01-01"):  # of 2020 the register knows nobody
        file_it(flat.house, flat.chen, paper(flat, "孙假设", day), place=Place(file_no=sun))


def flat_files(flat: Flat, owner: str, class_code: str = "YZ.01") -> list[str]:
    with flat.house.archive.reading() as session:
        rows = records.case_files(session, flat.chen, records.CaseFileFilter(class_code))
    return [row.file_no for row in rows if row.facts.owner == owner]


def test_papers_of_the_transfer_itself_name_both_sides(flat: Flat) -> None:
    flat.file("YZ.03")
    flat.transfers()
    (sun,) = flat_files(flat, "孙假设", "YZ.03")
    contract = paper(flat, "张示例、孙假设", "2026-01-20", "YZ.03")
    certificate = paper(flat, "孙假设", "2026-02-20", "YZ.03")
    for one in (contract, certificate):
        file_it(flat.house, flat.chen, one, place=Place(file_no=sun))
    with pytest.raises(ArchiveError):
        file_it(flat.house, flat.chen, paper(flat, "李模拟", "2026-02-20", "YZ.03"), place=Place(file_no=sun))


def test_nor_is_it_carried_there_or_made_one_by_a_correction(flat: Flat) -> None:
    flat.file("YZ.01")
    bare = flat.file("YZ.02", "")
    rental = flat.file("YZ.04", "李模拟")
    one = paper(flat, "李模拟", "2026-02-01", "YZ.04")
    file_it(flat.house, flat.chen, one, place=Place(file_no=rental.file_no))
    with pytest.raises(NotTheOwner):
        moved(flat.house, flat.chen, one, "YZ.02", Place(file_no=bare.file_no))
    two = paper(flat, "张示例", "2026-02-01", "YZ.02")
    file_it(flat.house, flat.chen, two, place=Place(file_no=bare.file_no))
    row = flat.house.document(two)
    told = Description(
        title=row.title, class_code="YZ.02", file_no=row.file_no, unit=row.unit, doc_date="2026-02-01", owner="李模拟"
    )  # fmt: skip
    with pytest.raises(NotTheOwner), flat.house.work(flat.chen) as work:
        records.describe(work, two, told, revision=row.revision, reason="更正业主")
    assert flat.house.document(two).owner == "张示例"


def test_described_and_filed_in_one_act_it_is_asked_too(flat: Flat) -> None:
    one = paper(flat, "", "2026-02-01")
    told = Description(title="x", class_code="YZ.01", doc_date="2026-02-01", unit="7-0402", owner="李模拟")
    with pytest.raises(NotTheOwner), flat.house.work(flat.chen) as work:
        records.describe_and_file(
            work, one, told, FACTS, Place(), revision=1, new_file=records.NewFile("李模拟的案卷")
        )


def test_an_old_owners_file_is_opened_for_the_year_in_which_the_unit_was_theirs(flat: Flat) -> None:
    flat.transfers(SUN)
    with flat.house.work(flat.chen) as work:
        for row in records.case_files(work.session, flat.chen, records.CaseFileFilter("YZ.01")):
            records.close_case_file(work, row.id, revision=row.revision)
    facts = FileFacts(title="旧业主", unit="7栋0402", owner="张示例")
    with pytest.raises(NotTheOwner), flat.house.work(flat.chen) as work:
        records.open_case_file(work, "YZ.01", facts)
    with flat.house.work(flat.chen) as work:
        assert records.open_case_file(work, "YZ.01", facts, year=2025).year == 2025


def test_partial_dates_mean_all_of_their_days() -> None:
    today = date(2026, 11, 23)
    assert days_of("", today) == (today, today)
    assert days_of("2024-02", today) == (date(2024, 2, 1), date(2024, 2, 29))
    assert days_of("2024", today) == (date(2024, 1, 1), date(2024, 12, 31))
    assert days_of("2024-02-29", today) == (date(2024, 2, 29), date(2024, 2, 29))


def test_a_former_name_is_a_name_of_the_owner() -> None:
    owners = [
        Owned(frozenset({"张旧名", "张新名"}), date(2020, 1, 1), date(2024, 1, 1)),
        Owned(frozenset({"云栖示例商贸有限公司"}), date(2024, 1, 1)),
    ]
    then, last, now = ((date(y, 6, 1), date(y, 6, 1)) for y in (2019, 2023, 2025))
    assert owned_then("张旧名", owners, last) and owned_then("张新名", owners, last)
    assert not owned_then("张旧名", owners, now) and owned_then("张旧名", owners, now, ever=True)
    assert owned_then("谁", owners, then) and not owned_then("谁", owners, now, ever=True)
    assert "张" not in repr(owners)
