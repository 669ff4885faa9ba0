"""The unit a paper is about: as it is written there, held against the register."""

import re
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from archive_service import premises, records
from archive_service.suggestions.rules import Candidate, Field
from archive_service.suggestions.rules.paper import Paper
from search_index.units import units_in, written

MOST_ASKED: Final = 6
_TELLS_A_UNIT: Final = ("KU", "KF", "YS.02", "YS.03", "KJ.08")
"""Classes besides whose papers tell a unit, if not always."""
_LABEL: Final = re.compile(
    r"(?:房号|铺位|铺号|房屋|单元号|地址|房产|坐落|业主|申请人|投诉人|报修人|委托人|交款人|承租人|租户|住户|租住|位于)[^。;\n]{0,14}$"
)
_OTHER: Final = re.compile(
    r"(?:楼上|楼下|邻居|隔壁|反映.{0,6}|对面|现场|①|②|③|例如|其中|不满意\d单:|差异:)[^。;\n]{0,4}$"
)

_NO_PLACE: Final = re.compile(
    r"(?:钥匙|编号|号码|配电[房箱室柜]|配电|阀门?|设备|档案?柜|盒|存放|柜|回路|图号|密封袋|证号|单号|车牌号?|房卡|门卡|型号|规格)[^,。;\n]{0,3}$"
)
"""Before what is written like a unit, a letter and digits, and numbers a thing: 钥匙K-0811, 配电房P-021."""


def written_units(session: Session, paper: Paper, class_code: str = "") -> list[Candidate]:
    """Candidates for the unit, read as search reads it; those of the register are called as it calls them."""
    found: dict[str, list[tuple[int, int]]] = {}
    for unit in units_in(paper.flat.lower()):
        found.setdefault(unit.name, []).append((unit.begin, unit.end))
    named = {unit.name for unit in units_in(paper.name.lower())}
    about = not class_code or records.is_about_a_unit(class_code) or class_code.startswith(_TELLS_A_UNIT)
    candidates = []
    for name in list(dict.fromkeys([*found, *named]))[:MOST_ASKED]:
        places = found.get(name, [])
        weight = max((_weight(paper, start) for start, _ in places), default=0.55)
        if name in named and places:
            weight = max(weight, 0.9)
        weight += 0.03 * min(3, len(places))
        known = premises.units_called(session, written(name), limit=3)
        if len(known) == 1:
            value, shown, weight = known[0].short_form, known[0].display, weight + 0.1
        else:
            value, shown = written(name), ""
            weight *= 0.9
        if not known and places and all(_NO_PLACE.search(paper.flat[max(0, b - 10) : b]) for b, _ in places):
            continue
        if not about:
            weight *= 0.45
        spans = tuple(span for start, end in places[:2] for span in paper.spans(start, end))
        candidates.append(Candidate(Field.UNIT, value, min(0.98, weight), spans=spans, shown=shown))
    return candidates


def held_against_register(session: Session, owners: list[Candidate], unit: str) -> list[Candidate]:
    """Names that the register has with the unit are surer, others less so, for those who see the register. It confirms
    what stands on the paper and is never quoted: what it knows besides stays there."""
    known = premises.units_called(session, unit, limit=2) if owners and unit else []
    names = premises.names_with_unit(session, known[0].id) if len(known) == 1 else frozenset()
    if not names:
        return owners
    return [replace(c, checked=0.97 if c.value in names else round(0.8 * c.confidence, 4)) for c in owners]


def _weight(paper: Paper, start: int) -> float:
    before = paper.flat[max(0, start - 20) : start]
    if _OTHER.search(before):
        return 0.3
    if _LABEL.search(before):
        return 0.85
    return 0.8 if start < paper.heading else 0.6
