"""The title block (图签) of a drawing. Source: domain/metadata.md §5."""

import re
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, best
from archive_service.suggestions.rules.dates import written
from archive_service.suggestions.rules.paper import Paper

DISCIPLINES: Final = {
    "ZT": "总图",
    "JZ": "建筑",
    "JG": "结构",
    "SS": "给排水",
    "NT": "暖通",
    "DQ": "电气",
    "RD": "弱电智能化",
    "XF": "消防",
    "RQ": "燃气",
    "DT": "电梯",
    "GW": "室外管网",
    "JT": "景观",
}
"""By the last part of the class under KJ.02."""

_PREFIXES: Final = (
    (r"水消|消|XF", "XF"),
    (r"弱|智|RD", "RD"),
    (r"电梯|梯|DT", "DT"),
    (r"电|强电|DQ?", "DQ"),
    (r"建|JZ?|A", "JZ"),
    (r"结|JG|S", "JG"),
    (r"室外|管|GW", "GW"),
    (r"给排水|水|SS|P", "SS"),
    (r"暖|通|NT|M", "NT"),
    (r"燃|气|RQ", "RQ"),
    (r"景|园|绿|JT", "JT"),
    (r"总|ZT", "ZT"),
)
_WORDS: Final = (
    ("XF", "喷水灭火|消火栓|喷淋|消防|火灾|防排烟|烟感"),
    ("RD", "弱电|智能化|综合布线|监控系统|可视对讲|安防|门禁"),
    ("DT", "电梯井道|电梯土建|电梯"),
    ("DQ", "照明|配电|电气|动力|防雷|接地|强电|插座|桥架"),
    ("RQ", "燃气|天然气"),
    ("GW", "室外管网|室外给水|室外排水|管线综合|雨污"),
    ("SS", "给排水|给水|排水|卫生间大样|水泵房|热水"),
    ("NT", "暖通|空调|通风|采暖|新风"),
    ("JT", "景观|绿化|园林|种植|铺装"),
    ("JG", "结构|基础|梁配筋|板配筋|柱|配筋|承台|楼梯结构|剪力墙"),
    ("ZT", "总平面|总图|竖向布置"),
    ("JZ", "建筑平面|立面|剖面|建筑|门窗|屋顶平面|墙身"),
)
_NUMBER: Final = re.compile(
    r"(?P<no>(?:竣)?[-]?(?:水消|给排水|电梯|室外|强电|弱电|[建结水电暖弱智消燃景园总通气管梯])"
    r"(?:施|竣|变|初|方|通|图)?[- ]?\d{1,3}(?:[A-Za-z]|[-/.]\d{1,2})?)(?!\d)(?!栋)"
)
_LATIN: Final = re.compile(r"[A-Z]{1,3}(?:-[A-Z]{1,2})?-\d{1,4}[A-Za-z]?")
_LABELLED: Final = re.compile(r"图(?:纸编)?号[:.]? ?(?P<no>[\u4e00-\u9fffA-Z]{0,4}[-A-Za-z0-9/]{1,14})")
_STAGES: Final = (
    ("as_built", "竣工图|竣工|竣[A-Z]?版"),
    ("change", "设计变更|变更图|修改图"),
    ("construction", "施工图"),
    ("preliminary", "初步设计|初设|扩初"),
    ("concept", "方案设计|方案图|概念设计"),
)
_SCALE: Final = re.compile(
    r"(?:比例[:.]? ?)?(?<!\d)1:(?P<n>10|20|25|30|50|75|100|150|200|250|300|400|500|1000|2000)(?!\d)"
)
_EDITION: Final = re.compile(
    r"(?:版次|版本|版号)[:.]? ?(?P<edition>竣?第?[A-Z0-9一二三四五六七八九]{1,3}版?)"
)
_SHEET: Final = re.compile(r"(?:图幅|幅面|图纸规格)[:.]? ?(?P<sheet>A[0-4](?:加长|\+\d/\d|\+\d)?)")
_SHEET_OF: Final = re.compile(
    r"第(?P<n>\d{1,4})张[,/ ]?共(?P<all>\d{1,4})张|共(?P<all2>\d{1,4})张[,/ ]?第(?P<n2>\d{1,4})张"
)
_TITLE: Final = re.compile(
    r"(?:图名|图纸题名|图纸名称)[:.]? ?(?P<title>[^,。;\n\f:]{3,60}?)"
    # Beside it the block goes on without a mark between: 图名:南立面图 图号:建施-35.
    r"(?=[,。;\n\f:]|图纸?编?号|图幅|图别|比例[:.]|比例 ?1|版次|版本|专业[:.]|设计单位|日期|$)"
)
_DESIGN: Final = re.compile(
    r"设计单位[:.]? ?(?P<unit>[\u4e00-\u9fffA-Za-z()]{3,40}?(?:院|公司|事务所|中心|所))"
)
_ISSUED: Final = re.compile(r"(?:出图|编制|设计|签发|竣工)?日期[:.]? ?$")
_CHANGE: Final = re.compile(
    r"(?:设计变更|变更单?)(?:单号|号)?[:.]? ?(?P<ref>[\u4e00-\u9fff]变-?\d{2,4}|[A-Z]{1,3}B?-\d{2,4}(?:-\d{1,3})?)"
)
_FLOORS: Final = re.compile(
    r"(?P<floors>标准层|地下[一二三四]层|地下室|屋面层|屋顶层?|首层|[一二三四五六七八九十]{1,3}(?:至[一二三四五六七八九十]{1,3})?层|\d{1,2}(?:[-~至]\d{1,2})?[层F])"
)
_BLOCK: Final = re.compile(r"图号|图幅|版次|比例|图纸题名|图名|设计单位|竣工图章|专业|图纸目录")


_SIMPLE: Final = (
    (Field.DRAWING_TITLE, _TITLE, "title", 0.93),
    (Field.EDITION, _EDITION, "edition", 0.92),
    (Field.DESIGN_UNIT, _DESIGN, "unit", 0.92),
    (Field.CHANGE_REFS, _CHANGE, "ref", 0.8),
    (Field.FLOORS, _FLOORS, "floors", 0.6),
)


def is_drawing(paper: Paper) -> bool:
    """Whether there is a title block: several of its words, a number among them."""
    words = {match[0] for match in _BLOCK.finditer(paper.flat)}
    if len(words) >= 2 and "图号" in words:
        return True
    return len(words) >= (2 if "比例" in words else 3) and bool(_NUMBER.search(paper.flat))


def title_block(paper: Paper) -> dict[Field, list[Candidate]]:
    """Everything that the block tells; nothing for what is no drawing."""
    if not is_drawing(paper):
        return {}
    text = paper.flat
    found: dict[Field, list[Candidate]] = {Field.DRAWING_NO: _drawing_numbers(paper)}
    for field, expression, group, confidence in _SIMPLE:
        found[field] = [
            Candidate(field, m[group], confidence, spans=paper.spans(*m.span(group)))
            for m in expression.finditer(text)
        ]
    for stage, words in _STAGES:
        # A sheet that was built speaks of the changes that went into it.
        if (match := re.search(words, text)) and not (stage == "change" and Field.STAGE in found):
            sure = 0.9 if stage != "change" else 0.4
            candidate = Candidate(Field.STAGE, stage, sure, spans=paper.spans(*match.span()), shown=match[0])
            found.setdefault(Field.STAGE, []).append(candidate)
    for match in _SCALE.finditer(text):
        sure = 0.95 if match[0].startswith("比例") else 0.6
        scale = Candidate(Field.SCALE, f"1:{match['n']}", sure, spans=paper.spans(*match.span()))
        found.setdefault(Field.SCALE, []).append(scale)
    for match in _SHEET.finditer(text):
        value, spans = match["sheet"].replace("加长", "+1"), paper.spans(*match.span("sheet"))
        sheet = Candidate(Field.SHEET, value, 0.93, spans=spans, shown=match["sheet"])
        found.setdefault(Field.SHEET, []).append(sheet)
    for match in _SHEET_OF.finditer(text):
        value = f"{match['n'] or match['n2']}/{match['all'] or match['all2']}"
        part = Candidate(Field.SHEET_OF, value, 0.93, spans=paper.spans(*match.span()))
        found.setdefault(Field.SHEET_OF, []).append(part)
    found[Field.ISSUE_DATE] = [
        Candidate(Field.ISSUE_DATE, day.iso, 0.9, spans=paper.spans(day.start, day.end))
        for day in written(text)
        if _ISSUED.search(text[max(0, day.start - 8) : day.start])
    ]
    found[Field.DISCIPLINE] = [
        Candidate(Field.DISCIPLINE, DISCIPLINES[code], min(0.95, confidence))
        for code, confidence in discipline(paper)[:2]
    ]
    return {field: kept for field, candidates in found.items() if (kept := best(candidates))}


def _drawing_numbers(paper: Paper) -> list[Candidate]:
    found = []
    for match in _LABELLED.finditer(paper.flat):
        value = match["no"].rstrip("-/")
        number = _NUMBER.match(value) or _LATIN.match(value)
        value = number[0] if number else value
        if re.search(r"\d", value):
            start = match.start("no")
            spans = paper.spans(start, start + len(value))
            found.append(Candidate(Field.DRAWING_NO, spelled(value), 0.95, spans=spans))
    of_changes = [match.span() for match in _CHANGE.finditer(paper.flat)]
    for match in _NUMBER.finditer(paper.flat):
        if any(start <= match.start("no") < end for start, end in of_changes):
            continue  # 按设计变更电变-007替换: the sheet names it and isn't it
        spans = paper.spans(*match.span("no"))
        found.append(Candidate(Field.DRAWING_NO, spelled(match["no"]), 0.5, spans=spans))
    return [
        *found,
        *(Candidate(Field.DRAWING_NO, spelled(m["no"]), 0.6) for m in _NUMBER.finditer(paper.name)),
    ]


def spelled(number: str) -> str:
    """电施12, 电施 12 → 电施-12."""
    return re.sub(r"^([\u4e00-\u9fff]+)[- ]?(\d)", r"\1-\2", number.replace(" ", ""))


def discipline(paper: Paper) -> list[tuple[str, float]]:
    """(last part of the class, how sure), surest first, by the number, by 专业, by the title's words."""
    text = paper.flat
    votes: dict[str, float] = {}
    numbers = [m["no"] for m in _LABELLED.finditer(text)] or [m["no"] for m in _NUMBER.finditer(text)]
    numbers += [m["no"] for m in _NUMBER.finditer(paper.name)]
    for number in numbers[:2]:
        plain = number.removeprefix("竣").lstrip("-")
        for prefix, code in _PREFIXES:
            if re.match(rf"(?:{prefix})(?:施|竣|变|初|方|通|图)?[- ]?\d", plain):
                votes[code] = max(votes.get(code, 0), 0.9)
                break
    said = re.search(r"专业[:.]? ?([\u4e00-\u9fff]{2,6})", text)
    heads = [text[: paper.heading], paper.name, *(m["title"] for m in _TITLE.finditer(text))]
    for code, words in _WORDS:
        if said and re.match(words, said[1]):
            votes[code] = max(votes.get(code, 0), 0.92)
        elif any(re.search(words, head) for head in heads):
            votes[code] = max(votes.get(code, 0) + 0.03, 0.55)
    return sorted(votes.items(), key=lambda vote: -vote[1])
