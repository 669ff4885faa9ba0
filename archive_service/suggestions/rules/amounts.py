"""Amounts of money on a paper, and the one that it is about. Source of the capitals: domain/workflows.md §6."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, best
from archive_service.suggestions.rules.paper import Paper

_FIGURES: Final = re.compile(
    r"(?:(?P<mark>[¥￥]|RMB) ?)?(?<![\d.])"
    r"(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?) ?(?P<yuan>元|圆|万元)?"
)
_CAPITALS: Final = re.compile(
    r"[壹贰叁肆伍陆柒捌玖拾佰仟万亿零〇]{1,20}[元圆](?:[壹贰叁肆伍陆柒捌玖零]角)?(?:[零]?[壹贰叁肆伍陆柒捌玖]分)?[整正]?"
)
_DIGIT: Final = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")} | {"〇": 0}
_UNIT: Final = {"拾": 10, "佰": 100, "仟": 1000}
_TOTAL: Final = re.compile(
    r"(?:合计|总计|共计|总额|总金额|实收|实付|应退|应收合计|应缴|欠缴.{0,30}|价税合计|小写|人民币|¥|￥|金额)(?:人民币|金额)?[:(]?$"
)
_SUM: Final = re.compile(
    r"(?:保证金|押金|工本费|物业费|物业服务费|服务费|租金|月租金|费用|货款|价款|退款|缴纳|交纳|收取|收款)[:(]?$"
)


def capital_amount(text: str) -> Decimal | None:
    """壹佰贰拾元伍角整 → 120.50; None for what is no number."""
    whole, _, rest = re.sub("[圆]", "元", text).partition("元")
    total, section, digit = 0, 0, 0
    for char in whole:
        if char in _DIGIT:
            digit = _DIGIT[char]
        elif char in _UNIT:
            section += (digit or 1) * _UNIT[char]
            digit = 0
        elif char in ("万", "亿"):
            total = (total + section + digit) * (10_000 if char == "万" else 100_000_000)
            section = digit = 0
        else:
            return None
    value = Decimal(total + section + digit)
    for char, mark, share in (
        (m[0][0], m[0][1], m) for m in re.finditer("[壹贰叁肆伍陆柒捌玖零][角分]", rest)
    ):
        value += Decimal(_DIGIT[char]) / (10 if mark == "角" else 100)
        del share
    return value if value > 0 else None


def amounts(paper: Paper) -> list[Candidate]:
    text = paper.flat
    capitals = [(capital_amount(m[0]), m) for m in _CAPITALS.finditer(text)]
    said = {amount for amount, _ in capitals if amount is not None}
    found = [
        Candidate(Field.AMOUNT, f"{amount:.2f}", 0.8, spans=paper.spans(*match.span()))
        for amount, match in capitals
        if amount is not None
    ]
    for match in _FIGURES.finditer(text):
        if not (match["mark"] or match["yuan"]):
            continue
        try:
            amount = Decimal(match["amount"].replace(",", ""))
        except InvalidOperation:
            continue
        if match["yuan"] == "万元":
            amount *= 10_000
        if not 0 < amount < Decimal(10) ** 10:
            continue
        before = text[max(0, match.start() - 34) : match.start()]
        clause = re.split(r"[,。;\n\f]", before)[-1]
        weight = 0.75 if _TOTAL.search(clause) else 0.55 if _SUM.search(clause) else 0.3
        if amount in said:
            weight = 0.97
        found.append(Candidate(Field.AMOUNT, f"{amount:.2f}", weight, spans=paper.spans(*match.span())))
    return best(found)
