"""Whole buildings and basements that a paper is about, where it names no single flat."""

import re
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, best
from archive_service.suggestions.rules.paper import Paper

_BUILDING: Final = re.compile(
    r"(?<![\d.-])(?P<no>\d{1,3})(?:栋|幢|座|号楼)(?!\d{3}|\d{1,2}单元|[^,。]{0,3}\d{3,4}[室房])(?!至|到|-|、|及|和|\d*栋)"
)
_MANY: Final = re.compile(r"\d{1,3}(?:栋|幢)?[至、到及和,-]$")
_STOREY: Final = re.compile(r"地下(?P<han>[一二三四])层|(?<![A-Za-z0-9])(?P<code>B[1-4])层")
_ZONE: Final = re.compile(r"(?<![A-Za-z0-9])(?P<code>B[1-4])(?:区|车库)")
_LABEL: Final = re.compile(r"(?:使用地点|地点|部位|房号|楼号|题名|图名|工程名称|设备位置|位置)[^,。;]{0,12}$")


def buildings(paper: Paper, *, drawing: bool = False) -> list[Candidate]:
    """3栋, and B2 for a zone of the garage. A storey is what a ``drawing`` is of; a notice that names one is about no
    unit."""
    found = []
    text = paper.flat
    for match in _BUILDING.finditer(text):
        before = text[max(0, match.start() - 16) : match.start()]
        if _MANY.search(before):
            continue
        weight = 0.55 if match.start() < paper.heading else 0.6 if _LABEL.search(before) else 0.25
        found.append(_candidate(paper, f"{int(match['no'])}栋", weight, match))
    for match in (*_ZONE.finditer(text), *(_STOREY.finditer(text) if drawing else ())):
        named = match.groupdict()
        value = named["code"] or f"B{'一二三四'.index(named['han']) + 1}"
        before = text[max(0, match.start() - 16) : match.start()]
        weight = 0.5 if match.start() < paper.heading else 0.55 if _LABEL.search(before) else 0.3
        found.append(_candidate(paper, value, weight, match))
    for match in _BUILDING.finditer(paper.name):
        if not _MANY.search(paper.name[: match.start()]):
            found.append(Candidate(Field.UNIT, f"{int(match['no'])}栋", 0.45))
    return best(found)


def _candidate(paper: Paper, value: str, weight: float, match: re.Match[str]) -> Candidate:
    return Candidate(Field.UNIT, value, weight, spans=paper.spans(*match.span()))
