"""A four-property report in words, for pages, the API and the command."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext

from archive_service.records.rules.findings import WORDS
from archive_service.records.rules.four_properties import (
    BY_CODE,
    PROPERTY_NAMES,
    STAGE_NAMES,
    VERDICT_NAMES,
    Line,
    Property,
    Verdict,
)

TONES: Final = {
    Verdict.PASS: "green",
    Verdict.WARN: "orange",
    Verdict.FATAL: "red",
    Verdict.NOT_CHECKED: "secondary",
}
ICONS: Final = {
    Verdict.PASS: "check",
    Verdict.WARN: "alert-triangle",
    Verdict.FATAL: "x",
    Verdict.NOT_CHECKED: "minus",
}


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One check of a report, in words."""

    title: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four properties, and its checks."""

    name: str
    lines: tuple[ToldLine, ...]


def told_line(line: Line) -> str:
    """What the check found, in words; a key that this version of the service no longer knows is shown as it is."""
    words = WORDS.get(line.words)
    return line.words if words is None else str(gettext(words)) % dict(line.figures)


def parts_of(lines: Sequence[Line]) -> list[Part]:
    found: dict[Property, list[ToldLine]] = {one: [] for one in Property}
    for line in lines:
        check = BY_CODE[line.code]
        found[check.property].append(ToldLine(str(gettext(check.title)), line.verdict, told_line(line)))
    return [Part(str(gettext(PROPERTY_NAMES[one])), tuple(told)) for one, told in found.items() if told]


def check_words() -> dict[str, object]:
    return {
        "verdict_names": {verdict: str(gettext(name)) for verdict, name in VERDICT_NAMES.items()},
        "stage_names": {stage: str(gettext(name)) for stage, name in STAGE_NAMES.items()},
        "verdict_tones": TONES,
        "verdict_icons": ICONS,
    }
