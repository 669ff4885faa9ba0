"""Owners and tenants at the counter: masked for everybody, in clear for a reason and five minutes."""

import re
from dataclasses import replace
from datetime import date

import pytest

from archive_service import audit
from archive_service.kernel.actor import Actor
from archive_service.premises.queries import parties as queries
from archive_service.premises.rules.parties import NewOccupancy, OccupancyRole, PartyId
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.service import parties as service
from archive_service.premises.service.seals import seal_of
from tests.premises.test_parties import ID, LI, MOBILE, ZHANG, entered, holds
from tests.premises.town import Town
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of

PERSON = {
    "party": "", "kind": "person", "name": "孙假设", "id_type": "id_card", "id_no": "110105198001010010",
    "mobile": "139 0000 1111", "mobile_2": "", "mail_address": "", "role": "owner", "share": "100",
    "since": "2024-03-08", "until": "", "document": "", "source_note": "业主登记表",
}  # fmt: skip


@pytest.fixture
def seal(house: House) -> Seal:
    return seal_of(house.archive)


@pytest.fixture
def zhang(town: Town, seal: Seal) -> PartyId:
    return entered(town, seal, ZHANG)


def shows_secrets(html: str) -> bool:
    return any(
        secret in html for secret in (ID, MOBILE, "张示例", "13900001111", "孙假设", "110105198001010010")
    )


def test_an_owner_is_entered_for_a_unit_and_shown_masked(town: Town, chen: Actor, desk: Desk) -> None:
    unit = town.unit("3栋", "1201")
    client = desk.sits(chen)
    address = f"/premises/units/{unit}/occupancies/new"
    assert client.get(address).status_code == 200
    for wrong in ({"name": ""}, {"share": "200"}, {"since": ""}, {"since": "昨天"}, {"source_note": ""}, {"id_no": "!"},
                  {"document": "no-such"}, {"mobile": "12"}, {"role": "king"}):  # fmt: skip
        assert client.post(address, data=PERSON | wrong).status_code == 422, wrong
    assert client.post(address, data=PERSON).status_code == 303
    card = client.get(f"/premises/units/{unit}").text
    assert "孙*设" in text_of(card) and "139****1111" in text_of(card) and not shows_secrets(card)
    assert "核对" in text_of(card)  # its check digit is wrong: told, and kept
    again = client.post(address, data=PERSON)
    assert again.status_code == 422 and "已有同样身份" in text_of(again.text)
    other = client.post(address, data=PERSON | {"name": "李模拟", "id_no": "", "id_type": "", "share": ""})
    assert other.status_code == 422 and "办理“过户”" in text_of(other.text)


def test_a_paper_is_named_by_its_address(town: Town, chen: Actor, desk: Desk, house: House) -> None:
    unit = town.unit("3栋", "1201")
    paper = house.paper(title="不动产权证")
    client = desk.sits(chen)
    told = PERSON | {"source_note": "", "document": f"http://127.0.0.1:8000/documents/{paper}?page=1"}
    assert client.post(f"/premises/units/{unit}/occupancies/new", data=told).status_code == 303
    assert f"/documents/{paper}" in client.get(f"/premises/units/{unit}").text


def test_somebody_is_found_by_the_whole_number_and_no_address_holds_it(
    town: Town, zhang: PartyId, house: House, desk: Desk
) -> None:
    client = desk.sits(house.person("小林", "front_desk"))
    for typed in ("张", ID, "138-0000-0000"):
        html = client.post("/premises/parties", data={"q": typed}).text
        main = html[html.index("<main") :]
        assert f"/premises/parties/{zhang}" in main and not shows_secrets(main), typed
    assert "没有找到" in text_of(client.post("/premises/parties", data={"q": "1380000"}).text)
    assert client.get(f"/premises/parties?q={ID}").status_code == 400
    page = client.get(f"/premises/parties/{zhang}").text
    assert "110***********002X" in page and not shows_secrets(page)
    assert "/unmasking" not in page and "/edit" not in page


def test_whole_numbers_are_guessed_twenty_times_an_hour_at_most(
    town: Town, zhang: PartyId, house: House, desk: Desk
) -> None:
    lin = house.person("小林", "front_desk")
    client = desk.sits(lin)
    for n in range(19):
        assert client.post("/premises/parties", data={"q": f"138{n + 1:04}0000"}).status_code == 200
    assert client.post("/premises/parties", data={"q": "１３８-0099-0000"}).status_code == 200
    for typed in ("13800770000", MOBILE, ID):
        stopped = client.post("/premises/parties", data={"q": typed})
        assert stopped.status_code == 429 and "一小时" in text_of(stopped.text)
        assert f"/premises/parties/{zhang}" not in stopped.text
    assert (
        client.post("/premises/parties", data={"q": "张"}).status_code == 200
    )  # names as often as work needs
    client = desk.sits(house.person("小周", "front_desk"))
    assert f"/premises/parties/{zhang}" in client.post("/premises/parties", data={"q": MOBILE}).text
    client = desk.sits(lin)
    house.clock.passes(hours=1, seconds=1)
    assert f"/premises/parties/{zhang}" in client.post("/premises/parties", data={"q": MOBILE}).text
    with house.archive.reading() as session:
        tries = audit.trail(session, subject="parties", limit=200)
    assert [row.facts for row in tries] == [{"found": 1}] * 2 + [{"found": 0}] * 20


def test_in_clear_for_five_minutes(town: Town, zhang: PartyId, house: House, desk: Desk) -> None:
    client = desk.sits(house.person("赵经理", "sc_manager"))
    address = f"/premises/parties/{zhang}"
    assert client.post(f"{address}/unmasking", data={"reason": ""}).status_code == 303
    assert not shows_secrets(client.get(address).text)
    client.post(f"{address}/unmasking", data={"reason": "核对更名申请"})
    seen = client.get(address).text
    assert ID in seen and MOBILE in seen and "张示例" in seen
    desk.sits(house.person("钱馆长", "archive_head"))
    assert not shows_secrets(client.get(address).text)
    house.clock.passes(minutes=5, seconds=1)
    desk.sits(house.person("周经理", "sc_manager"))
    assert not shows_secrets(client.get(address).text)


def test_a_telephone_changes_without_seeing_the_rest(
    town: Town, zhang: PartyId, chen: Actor, desk: Desk, seal: Seal
) -> None:
    client = desk.sits(chen)
    address = f"/premises/parties/{zhang}/edit"
    form = client.get(address).text
    assert not shows_secrets(form)
    told = {
        "seen": "1", "kind": "person", "id_type": "id_card", "name": "", "id_no": "", "mobile": "13900001111",
        "mobile_2": "", "mail_address": "", "document": "", "reason": "电话变更登记",
    }  # fmt: skip
    assert client.post(address, data=told | {"reason": ""}).status_code == 422
    assert client.post(address, data=told | {"name": "张更名"}).status_code == 422  # no paper
    assert client.post(address, data=told).status_code == 303
    assert client.post(address, data=told).status_code == 409  # stale
    with town.house.archive.reading() as session:
        row = queries.party(session, seal, zhang, in_clear=True)
    assert (row.mobile, row.id_no, row.name) == ("13900001111", ID, "张示例")


def test_a_unit_is_transferred_at_the_counter(
    town: Town, zhang: PartyId, chen: Actor, desk: Desk, seal: Seal, house: House
) -> None:
    unit = town.unit("7栋", "0402")
    holds(town, unit, zhang, share=10_000)
    rents = holds(town, unit, entered(town, seal, LI), "tenant")
    paper = house.paper(title="业主更名(过户)申请")
    client = desk.sits(chen)
    address = f"/premises/units/{unit}/transfer"
    first = client.get(address).text
    assert "decision" not in first and "张*例" in text_of(first) and 'name="day"' in first
    page = client.get(address, query_string={"day": "2026-03-01"}).text
    names = {
        a["name"] for tag, a in elements(page) if tag == "input" and str(a.get("name")).startswith("decision")
    }
    assert names == {f"decision:occupancy:{rents}", f"decision:phone:{zhang}"} and not shows_secrets(page)
    assert 'value="id_card" selected' not in page  # nobody is made to tell a number
    told = {
        "day": "2026-03-01", "document": str(paper), "reason": "买卖", "kind_1": "person", "name_1": "孙假设",
        "id_type_1": "", "id_no_1": "", "mobile_1": "13900001111", "share_1": "100",
        f"decision:occupancy:{rents}": "carry", f"decision:phone:{zhang}": "end",
    }  # fmt: skip
    for wrong in (
        {"document": ""},
        {"name_1": ""},
        {f"decision:phone:{zhang}": ""},
        {"day": ""},
        {"day": "2026-03-10"},
        {"share_1": "x"},
    ):
        assert client.post(address, data=told | wrong).status_code == 422, wrong
    lacking = {
        "day": "x", "id_type_1": "id_card", "kind_2": "person", "name_2": "李示范", "id_no_2": "11010519491231002X",
        "mobile_2": "12", "kind_3": "person", "mobile_3": "13900001111",
    }  # fmt: skip
    refused = client.post(address, data=told | lacking)
    shown = text_of(refused.text)
    assert refused.status_code == 422
    for sentence in (
        "过户日期：", "第 1 位新业主，证件号码：请填写证件号码，或把证件类型改为“未提供”。",
        "第 2 位新业主，证件类型：请选择这个号码的证件类型。", "第 2 位新业主，手机：", "第 3 位新业主，姓名 / 名称：",
    ):  # fmt: skip
        assert sentence in shown, sentence
    marked = {a.get("name") for tag, a in elements(refused.text) if a.get("aria-invalid") == "true"}
    assert marked == {"day", "id_no_1", "id_type_2", "mobile_2", "name_3"}
    assert client.post(address, data=told | {"document": ""}).text.count('aria-invalid="true"') == 1
    assert client.post(address, data=told | {"owner_id": "1"}).status_code == 400
    assert client.post(address, data=told).status_code == 303
    card = text_of(client.get(f"/premises/units/{unit}").text)
    assert re.search(r"孙\*设.*李\*拟.*张\*例", card) or re.search(r"李\*拟.*孙\*设.*张\*例", card)


def test_the_page_of_a_transfer_asks_for_what_hung_on_the_unit_on_that_day(
    town: Town, zhang: PartyId, chen: Actor, desk: Desk, seal: Seal, house: House
) -> None:
    unit = town.unit("7栋", "0402")
    holds(town, unit, zhang, share=10_000)
    rents = holds(town, unit, entered(town, seal, LI), "tenant", since=date(2026, 2, 1))
    client = desk.sits(chen)
    address = f"/premises/units/{unit}/transfer"

    def decisions(html: str) -> set[str]:
        return {
            str(a["name"])
            for tag, a in elements(html)
            if tag == "input" and str(a.get("name")).startswith("decision")
        }

    before, after = {f"decision:phone:{zhang}"}, {f"decision:phone:{zhang}", f"decision:occupancy:{rents}"}
    assert decisions(client.get(address, query_string={"day": "2026-01-15"}).text) == before
    assert decisions(client.get(address, query_string={"day": "2026-03-01"}).text) == after
    for wrong in ("x", "2026-03-10"):
        refused = client.get(address, query_string={"day": wrong})
        assert refused.status_code == 422 and decisions(refused.text) == set()
    told = {
        "day": "2026-03-01", "document": str(house.paper()), "reason": "买卖", "kind_1": "person", "name_1": "孙假设",
        "share_1": "100", f"decision:phone:{zhang}": "carry",
    }  # fmt: skip
    changed = client.post(address, data=told)  # the day was put right after the page was built for another
    assert changed.status_code == 422 and decisions(changed.text) == after and "孙假设" in changed.text
    told |= {"day": "2026-01-15", f"decision:occupancy:{rents}": "end"}
    assert client.post(address, data=told).status_code == 303
    with town.house.archive.reading() as session:
        (tenant,) = (row for row in queries.occupancies_of_unit(session, seal, unit) if not row.owns)
    assert tenant.id == rents and tenant.valid_to is None  # it didn't hang on the unit that day


def test_an_entry_ends_at_the_counter(town: Town, zhang: PartyId, chen: Actor, desk: Desk) -> None:
    unit = town.unit("7栋", "0402")
    row = holds(town, unit, zhang, "tenant")
    client = desk.sits(chen)
    address = f"/premises/occupancies/{row}/ending"
    client.post(address, data={"unit": str(unit), "until": "", "reason": "退租"})
    assert "结束这条登记" in client.get(f"/premises/units/{unit}").text
    client.post(address, data={"unit": str(unit), "until": "2026-03-01", "reason": "退租"})
    assert "结束原因：退租" in text_of(client.get(f"/premises/units/{unit}").text)


def test_numbers_in_reasons_and_sources_are_covered_like_any_other(
    town: Town, chen: Actor, desk: Desk, seal: Seal, house: House
) -> None:
    unit = town.unit("7栋", "0402")
    with house.work(town.keeper) as work:
        zhang = service.add_party(work, seal, ZHANG, reason=f"电话登记{MOBILE}")
        entry = service.add_occupancy(
            work, NewOccupancy(unit_id=unit, party_id=zhang, role=OccupancyRole.TENANT, since=date(2024, 3, 8),
            source_note=f"身份证{ID}",))  # fmt: skip
        service.end_occupancy(work, entry, until=date(2026, 3, 1), reason=f"本人{MOBILE}来电退租")
    for reader in (house.person("小林", "front_desk"), chen):
        client = desk.sits(reader)
        for page in (f"/premises/units/{unit}", f"/premises/parties/{zhang}"):
            html = client.get(page).text
            assert "本人138****0000来电退租" in html and "身份证110***********002X" in html
            assert not shows_secrets(html)
    assert "电话登记138****0000" in html


@pytest.mark.parametrize("role", ["cashier", "finance", "engineering"])
def test_from_some_it_is_hidden_who_lives_where(
    town: Town, zhang: PartyId, house: House, desk: Desk, role: str
) -> None:
    unit = town.unit("3栋", "1201")
    bare = desk.sits(house.person("小钱", role)).get(f"/premises/units/{unit}").text
    holds(town, unit, zhang)
    html = desk.client.get(f"/premises/units/{unit}").text
    assert text_of(html) == text_of(bare) and "张" not in html
    assert desk.client.get(f"/premises/parties/{zhang}").status_code == 403


def test_a_card_takes_as_many_statements_for_ten_tenants_as_for_one(
    town: Town, zhang: PartyId, chen: Actor, desk: Desk, seal: Seal
) -> None:
    unit = town.unit("3栋", "1201")
    holds(town, unit, zhang)
    client = desk.sits(chen)

    def statements() -> list[int]:
        numbers = []
        for page in (f"/premises/units/{unit}", f"/premises/parties/{zhang}"):
            with counted(town.house.archive.sessions.engine) as sent:
                assert client.get(page).status_code == 200
            numbers.append(sent.count)
        return numbers

    before = statements()
    for number in range(10):
        holds(town, unit, entered(town, seal, LI), "tenant")
        holds(town, town.unit("9栋", f"{number}01"), zhang, "tenant")
    assert statements() == before


@pytest.mark.parametrize("nasty", ['"><img src=x onerror=alert(1)>', "{{7*7}}", "<svg/onload=alert(1)>"])
def test_what_was_typed_about_somebody_stays_text(
    town: Town, chen: Actor, desk: Desk, nasty: str, house: House
) -> None:
    unit = town.unit("3栋", "1201")
    client = desk.sits(chen)
    told = PERSON | {"kind": "company", "name": nasty, "id_type": "", "id_no": "", "source_note": nasty}
    assert client.post(f"/premises/units/{unit}/occupancies/new", data=told).status_code == 303
    for page in (f"/premises/units/{unit}", "/premises/parties/1", f"/premises/units/{unit}/transfer"):
        html = client.get(page).text
        main = html[html.index("<main") :]
        assert "img" not in dict(elements(main)) and not [a for _, a in elements(main) if "onload" in a]
        assert nasty in text_of(main)


def test_a_form_sent_too_late_does_not_tell_whether_a_number_was_guessed(
    town: Town, zhang: PartyId, chen: Actor, desk: Desk, seal: Seal
) -> None:
    later = replace(ZHANG, mobile="13900001111", mobile_2="13700002222", mail_address="云栖路2号")
    with town.house.work(town.keeper) as work:
        service.change_party(work, seal, zhang, later, seen=1, reason="电话变更登记")
    client = desk.sits(chen)
    told = {"seen": "1", "kind": "person", "id_type": "id_card", "name": "", "document": "", "reason": "来电"}
    right = {"id_no": ID, "mobile": "13900001111", "mobile_2": "13700002222", "mail_address": "云栖路2号"}
    former = {"id_no": ID, "mobile": MOBILE, "mobile_2": "", "mail_address": ZHANG.mail_address}
    wrong = {
        "id_no": "110105198001010010",
        "mobile": "13911112222",
        "mobile_2": "13722221111",
        "mail_address": "别处",
    }
    pages = []
    for guess in (wrong, right, former | {"mobile_2": "13700002222"}):
        late = client.post(f"/premises/parties/{zhang}/edit", data=told | guess)
        assert late.status_code == 409
        html = late.text
        for typed in guess.values():
            html = html.replace(f'value="{typed}"', "")
        pages.append(re.sub(r'(csrf_token"[^>]*value=")[^"]*|nonce="[^"]*"|content="[^"]*"', "", html))
    assert pages[0] == pages[1] == pages[2] and pages[0].count('name="take"') == 3
