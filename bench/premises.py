"""The invented centre's register: Yunqi Garden and its shopping street, with owners, tenants and parking spaces.

Every name and number is made up. Telephones begin with 120, which no network uses; identity numbers have an area that
is given to nobody.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from archive_service import premises
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.premises import IdType, OccupancyRole, PartyFacts, PartyKind, UnitKind, UseState
from archive_service.premises.rules.tables import as_csv, read_table
from archive_service.premises.service.importing import import_units
from archive_service.unit_of_work import UnitOfWork

HEADINGS: Final = (
    "项目",
    "分期",
    "楼栋",
    "单元",
    "楼层",
    "房号",
    "类型",
    "建筑面积",
    "套内面积",
    "使用状态",
    "收楼日期",
)
HEADINGS_MORE: Final = ("水表底数", "电表底数", "燃气表底数")
FAMILY: Final = "张王李赵钱孙周吴郑陈林黄何高罗梁宋唐许邓"
GIVEN: Final = ("示例", "模拟", "假设", "演示", "样例", "虚构", "试名", "范文")
REASON: Final = "开发商移交的房屋清册（虚构）"
SHOPS: Final = ("示例市小满茶铺", "虚构文具店", "样例面馆", "云栖商业示例公司", "演示药房", "假设便利店")

WRITTEN_OWNERS: Final = {"3栋1201": "张示例", "5栋0803": "王测试", "7栋0402": "钱模拟"}
"""Who owns a unit by the sample papers: a paper of another owner is not filed."""


def register(seed: int = 2026) -> Iterator[tuple[str, ...]]:
    """Rows of the table that is imported: eleven houses, a zone of shops, a parking deck, storage rooms."""
    chance = random.Random(seed)
    first = date(2025, 12, 1)
    for house in range(1, 12):
        phase = "一期" if house <= 5 else "二期"
        for storey in range(1, 19):
            for flat in range(1, 7):
                room = f"{storey:02}{flat:02}"
                area = chance.choice((7250, 8950, 10_320, 12_460))
                use = chance.choices(("自住", "空置", "出租", "装修中", "未售"), (60, 14, 12, 8, 6))[0]
                if (house, room) == (3, "1201"):
                    use = "自住"  # the flat of which most samples tell
                handed = "" if use == "未售" else (first + timedelta(days=chance.randrange(90))).isoformat()
                yield (
                    "WY01", phase, f"{house}栋", "", str(storey), room, "住宅", _area(area), _area(area * 79 // 100),
                    use, handed, "0" * (use == "空置") or str(chance.randrange(40)), str(chance.randrange(600)), "0",
                )  # fmt: skip
    for number in range(101, 131):
        area = chance.randrange(2800, 9000, 50)
        use = chance.choice(("经营", "经营", "经营", "空置", "装修中"))
        yield (
            "WY02",
            "",
            "A区",
            "",
            "1",
            str(number),
            "商铺",
            _area(area),
            "",
            use,
            "2026-06-01",
            "86",
            "1520.3",
            "",
        )
    for number in range(1, 161):
        yield ("WY01", "", "B2", "", "B2", f"{number:03}", "车位", "12.72", "", "空置", "", "", "", "")
    for number in range(1, 21):
        yield ("WY01", "", "储物间", "", "B1", f"{number:02}", "仓储", "6.50", "", "空置", "", "", "", "")


def _area(value: int) -> str:
    return f"{value // 100}.{value % 100:02}"


def fill_premises(archive: Archive, keeper: Actor) -> None:
    """Projects, units, who owns and uses them; once."""
    with archive.reading() as session:
        if premises.projects(session):
            return
    table = read_table(as_csv(HEADINGS + HEADINGS_MORE, list(register())).encode())
    with archive.unit_of_work(keeper) as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园", name_en="Yunqi Garden")
        premises.add_project(work, number="WY02", name_zh="云栖步行街", name_en="Yunqi Street")
        import_units(work, table, reason=REASON)
    with archive.unit_of_work(keeper) as work:
        _people(work, premises.seal_of(archive))


def _people(work: UnitOfWork, seal: premises.Seal, seed: int = 2026) -> None:
    chance = random.Random(seed)
    every = premises.units(work.session, premises.UnitFilter(), limit=10_000)
    spaces = [unit for unit in every if unit.facts.kind is UnitKind.PARKING]
    for unit in every:
        since = unit.facts.handover_on
        if since is None or unit.facts.kind in (UnitKind.PARKING, UnitKind.STORAGE):
            continue
        bought = since - timedelta(days=chance.randrange(60, 700))
        couple = chance.random() < 0.25
        owner = _somebody(chance)
        owner = replace(owner, name=WRITTEN_OWNERS.get(unit.display, owner.name))
        _enters(work, seal, unit.id, owner, OccupancyRole.OWNER, bought, 5000 if couple else 10_000)
        if couple:
            _enters(work, seal, unit.id, _somebody(chance), OccupancyRole.CO_OWNER, bought, 5000)
        if unit.facts.kind is UnitKind.SHOP and unit.facts.use_state is not UseState.VACANT:
            shop = PartyFacts(PartyKind.COMPANY, chance.choice(SHOPS), mobile=_telephone(chance))
            _enters(work, seal, unit.id, shop, OccupancyRole.TENANT, since)
        elif unit.facts.use_state is UseState.LET:
            _enters(work, seal, unit.id, _somebody(chance), OccupancyRole.TENANT, since)
        if spaces and unit.facts.kind is UnitKind.FLAT and chance.random() < 0.15:
            premises.link(work, unit.id, spaces.pop(0).id, since=since)


def _enters(
    work: UnitOfWork,
    seal: premises.Seal,
    unit_id: premises.UnitId,
    facts: PartyFacts,
    role: OccupancyRole,
    since: date,
    share: int | None = None,
) -> None:
    party_id = premises.add_party(work, seal, facts, reason=REASON)
    premises.add_occupancy(
        work,
        premises.NewOccupancy(
            unit_id=unit_id, party_id=party_id, role=role, since=since, share=share, source_note=REASON
        ),
    )


def _somebody(chance: random.Random) -> PartyFacts:
    born = date(1955, 1, 1) + timedelta(days=chance.randrange(18_000))
    digits = f"990101{born:%Y%m%d}{chance.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return PartyFacts(
        PartyKind.PERSON,
        chance.choice(FAMILY) + chance.choice(GIVEN),
        IdType.ID_CARD,
        digits + "10X98765432"[rest],
        _telephone(chance),
    )


def _telephone(chance: random.Random) -> str:
    return f"120{chance.randrange(10**8):08}"
