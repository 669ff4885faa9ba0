"""Every date on a paper, and which of them is the paper's own. Source of the writings: domain/metadata.md §7."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, best
from archive_service.suggestions.rules.paper import Paper

_HAN: Final = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "O": "0",
}
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_WRITTEN: Final = re.compile(
    rf"(?<!\d){_YEAR}年(?:(?P<month>1[0-2]|0?[1-9])月(?:份)?(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号])?)?"
)
_POINTED: Final = re.compile(
    rf"(?<![A-Za-z0-9.-]){_YEAR}(?P<mark>[-./])(?P<month>1[0-2]|0?[1-9])(?P=mark)(?P<day>3[01]|[12]\d|0?[1-9])(?![\d-])"
)
_COMPACT: Final = re.compile(
    r"(?<![\dA-Za-z-])(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)
_SPOKEN: Final = re.compile(
    r"(?P<year>[二一][〇零○O一二三四五六七八九]{3})年(?:(?P<month>十[一二]?|[一二三四五六七八九])月"
    r"(?:(?P<day>三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])[日号])?)?"
)
_SHORT: Final = re.compile(r"(?<![\d年-])(?P<month>1[0-2]|0?[1-9])月(?P<day>3[01]|[12]\d|0?[1-9])[日号]")
_NUMBERED: Final = re.compile(
    r"(?<![A-Z])[A-Z]{2,3}-?(?P<year>20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-2]\d|3[01])-\d"
)

_OWN: Final = re.compile(
    r"(?:(?:开票|开具|填表|填单|填写|填报|制表|签订|签署|签发|签收|签字|签约|申请|登记|办理|受理|验收|初验|查验|检查|巡查|回访|"
    r"借阅|盘点|发文|印发|成文|编制|出图|检测|维保|保养|点火|安装|投诉|来电|报修|收款|交款|记录|交接|移交|备份|"
    r"发证|领取|放行|搬出|形成|报告|送达|公示|公告|开工检查|发生|转移登记|过户|退款|审批|统计|通知|下发|发出)(?:日期|时间|日|于)|"
    r"(?<![到期限效楼伙生])日期|时间|落款):?$"
)
_LIMIT: Final = re.compile(
    r"(?:有效期?(?:至|到|限)?|租期|期限|限期?|工期|截至|截止|至|到|前|请于|应于|须于|约定|承诺|续签至|预计|计划|"
    r"定于|拟于|下次|起租|起算|自|收楼日期|入伙日期|出生(?:日期)?|生于|还款日|到期日?|合同期|质保期?|保修期?|期初|期末|原证.{0,20})"
    r"[^\d。;]{0,3}$"
)
_LABEL_ABOVE: Final = re.compile(r"(?:^|[\n\f。,;])(?P<label>[\u4e00-\u9fff]{2,8}:?)\n$")
_TERM: Final = re.compile(
    r" ?(?:至|到|~|—|-) ?(?:(?:19|20)\d\d(?P<mark>[-./年])(?:1[0-2]|0?[1-9])(?:(?P=mark)|月)\d|长期)"
)
_BEFORE_LIMIT: Final = re.compile(r"(?:前|之前|以前|止|起至|截止|到期|以前)")
_RANGE: Final = re.compile(
    r"(?:上午|下午)?(?:\d{1,2}[时:点](?:\d{1,2}分?)?)?(?:至|到|~|—|-)(?:次?年?\d{1,4}年?)?"
)
_SEEN: Final = re.compile(
    r"(?:来电|巡查|检查|复验|完成|签收|领取|到场|上门|核对|盘点|办理|共同|查验|录入|批准|回访|暴雨|发生|退回|转账)"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A date at ``start`` … ``end`` of the flat text. ``iso`` may be partial; ``sure``: how clearly it is a date."""

    iso: str
    start: int
    end: int
    sure: float


def han_number(text: str) -> int:
    """一 … 三十一."""
    if "十" not in text:
        return int("".join(_HAN[char] for char in text))
    tens, _, ones = text.partition("十")
    return (int(_HAN[tens]) if tens else 1) * 10 + (int(_HAN[ones]) if ones else 0)


def written(text: str) -> Iterator[Written]:
    """Every possible date of an evened out text; a day and month without a year take that of the one before."""
    found: list[Written] = []
    for expression, sure in ((_WRITTEN, 1.0), (_POINTED, 0.95), (_COMPACT, 0.6), (_NUMBERED, 0.5)):
        for match in expression.finditer(text):
            parts = match["year"], match["month"], match["day"]
            # A number that carries a day tells it without standing for it: the whole number is its place.
            _add(found, parts, match, sure)
    for match in _SPOKEN.finditer(text):
        year = "".join(_HAN[char] for char in match["year"])
        month, day = (str(han_number(match[name])) if match[name] else None for name in ("month", "day"))
        _add(found, (year, month, day), match, 1.0)
    found.sort(key=lambda w: w.start)
    years = [(w.end, w.iso[:4]) for w in found]
    for match in _SHORT.finditer(text):
        if any(w.start <= match.start() < w.end for w in found):
            continue
        before = [year for end, year in years if end <= match.start()]
        if before:
            _add(found, (before[-1], match["month"], match["day"]), match, 0.5)
    yield from sorted(found, key=lambda w: w.start)


def _add(
    found: list[Written], parts: tuple[str, str | None, str | None], match: re.Match[str], sure: float
) -> None:
    year, month, day = (int(part) if part else 0 for part in parts)
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return
    if not 1900 <= year <= 2200 or any(w.start < match.end() and match.start() < w.end for w in found):
        return
    iso = "-".join([f"{year:04}", *(f"{part:02}" for part in (month, day) if part)])
    found.append(Written(iso, match.start(), match.end(), sure))


def own_dates(paper: Paper) -> list[Candidate]:
    """Candidates for the date of the paper itself: not when something ends, begins or shall be done."""
    text = paper.flat
    body = text.rstrip("\n\f")
    all_written = list(written(text))
    scored = [(w, _score(w, text, body, paper.heading)) for w in all_written]
    # The first that is nothing else than a date is the likelier the fewer others there are.
    plain = [w for w, score in scored if score >= 0.3 and len(w.iso) == 10]
    candidates = []
    for w, score in scored:
        if plain and w is plain[0]:
            score += 0.15
        if len(w.iso) == 7 and plain:
            score *= 0.6
        if len(w.iso) == 4:
            score = min(score, 0.3 if not plain else 0.06)
        candidates.append(
            Candidate(
                Field.DOC_DATE,
                w.iso,
                min(0.97, max(0.02, score * w.sure)),
                spans=paper.spans(w.start, w.end),
            )
        )
    if not any(c.confidence >= 0.2 for c in candidates) and paper.name:
        candidates += [Candidate(Field.DOC_DATE, w.iso, 0.45 * w.sure) for w in written(paper.name)]
    return best(candidates)


def _clause(text: str, start: int) -> str:
    """What stands before a date and says which it is; cards and forms have it on the line above: 有效期限, 出生."""
    clause = re.split(r"[,。;\n\f]", text[max(0, start - 12) : start])[-1]
    label = None if clause else _LABEL_ABOVE.search(text[max(0, start - 14) : start])
    return label["label"] if label else clause


def _score(w: Written, text: str, body: str, heading: int) -> float:
    after = text[w.end : w.end + 8]
    clause = _clause(text, w.start)
    score = 0.5
    if _OWN.search(clause):
        score = 0.85
    elif _LIMIT.search(clause):
        score = 0.12
    elif w.start < heading:
        score = 0.6
    if w.sure < 0.55 and text[w.start : w.start + 1].isalpha():
        return 0.7 if w.start < heading + 40 else 0.3
    # From one whole day to another: how long something holds.
    lasts = _TERM.match(text[w.end : w.end + 24]) and not _OWN.search(clause)
    if lasts or _BEFORE_LIMIT.match(after):
        score = min(score, 0.12)
    elif _RANGE.match(after) and not _OWN.search(clause):
        score *= 0.75
    elif _SEEN.match(after.lstrip("0123456789时分:上下午,")):
        score += 0.08
    if clause.endswith(("/", "-", ":")) and not _OWN.search(clause):
        score += 0.02
    # At the end, on a line of its own or behind the signatures, a paper tells its day.
    own_line = (w.start == 0 or text[w.start - 1] in "\n\f") and (w.end >= len(text) or text[w.end] in "\n\f")
    if score <= 0.12:
        return score
    if (own_line and w.start > heading) or len(body) - w.end <= 2:
        score = max(score, 0.88)
    elif own_line or w.start < heading + 30:
        score += 0.12
    return score
