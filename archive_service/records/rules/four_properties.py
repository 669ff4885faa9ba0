"""The four-property check (四性检测): what is looked at before a paper is filed, as one table. Pure.

Source: workflows.md §12 (DA/T 70-2018), metadata.md §5 and §8 (DA/T 31-2017, GB/T 14689).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from archive_service.kernel.errors import N_, Conflict
from archive_service.records.rules import READ, VersionState, first_day
from archive_service.records.rules.findings import WORDS
from archive_service.records.rules.formats import ACCEPTED, ENDINGS, KEEPING, WITH_PROGRAMS, kind_of
from archive_service.records.rules.sheets import Sheet, sheet_named

CHECKER: Final = "1"
"""Version of this table; stored with every report."""

Figure = str | int


class Property(StrEnum):
    AUTHENTICITY = "authenticity"
    INTEGRITY = "integrity"
    USABILITY = "usability"
    SECURITY = "security"


PROPERTY_NAMES: Final = {
    Property.AUTHENTICITY: N_("Authenticity"),
    Property.INTEGRITY: N_("Completeness"),
    Property.USABILITY: N_("Usability"),
    Property.SECURITY: N_("Safety"),
}


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  (a verdict, not a password)
    WARN = "warn"
    FATAL = "fatal"
    NOT_CHECKED = "not_checked"


VERDICT_NAMES: Final = {
    Verdict.PASS: N_("Passed"),
    Verdict.WARN: N_("Warning"),
    Verdict.FATAL: N_("Stops the filing"),
    Verdict.NOT_CHECKED: N_("Not checked"),
}


class CheckStage(StrEnum):
    FILING = "filing"  # 归档
    VERSION = "version"  # a new version of a filed paper
    REVIEW = "review"  # asked for by a person
    DELIVERY = "delivery"  # the bytes of a filed paper read once more in the background


STAGE_NAMES: Final = {
    CheckStage.FILING: N_("At filing"),
    CheckStage.VERSION: N_("New version"),
    CheckStage.REVIEW: N_("Asked for"),
    CheckStage.DELIVERY: N_("In the background"),
}


SERIES: Final = "series"
"""Code of the check whose figures count papers that not everybody may know of."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything the checks look at, of one version of one document.

    ``found_digest``: SHA-256 of the bytes as they were read from the store for this check; "" where they were
    missing, None where nobody read them. ``missing``: mandatory facts that nobody filled in. ``sheets``: long side in
    millimetres and pixels of each page, where they are known. ``series``: (papers, last number) of its series.
    """

    today: date
    digest: str
    found_digest: str | None
    size: int
    file_name: str
    media_type: str
    state: VersionState
    trouble: str
    flags: tuple[str, ...]
    has_source: bool  # a person brought it in; else a command or a folder did
    events: int  # of its trail
    doc_date: str
    class_code: str
    class_known: bool
    level_high_enough: bool
    missing: tuple[str, ...]
    declared_pages: int | None
    pages_total: int | None
    pages_read: int
    pages_with_text: int
    pages_unsure: int
    sheets: tuple[Sheet, ...]
    attachments: int  # that the text names
    properties: Mapping[str, Figure] = field(default_factory=dict)
    drawing_sheet: str = ""
    series: tuple[int, int] | None = None
    marked: str = ""  # as what kind of state secret; "" if it isn't


@dataclass(frozen=True, slots=True)
class Finding:
    """``figures``: what was measured, by the names that the words of ``code`` and ``words`` ask for."""

    verdict: Verdict
    words: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    property: Property
    title: str
    judge: Callable[[Subject], Finding | None]
    """None where the check says nothing about papers of this kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """One check's outcome."""

    code: str
    verdict: Verdict
    words: str  # key in WORDS
    figures: Mapping[str, Figure]


class CheckFailed(Conflict):
    """The message is what the first failed check found; ``checks``: codes of all that failed, with commas between."""

    code = "filing.check-failed"
    message = N_("The four-property check stops the filing.")


def failure(failed: Sequence[Line]) -> CheckFailed:
    """One that says in its words what was found, with the figures as its facts."""
    said = type("CheckFailed", (CheckFailed,), {"message": WORDS[failed[0].words]})
    made = said(checks=",".join(line.code for line in failed), **failed[0].figures)
    assert isinstance(made, CheckFailed)
    return made


def _passed(words: str, **figures: Figure) -> Finding:
    return Finding(Verdict.PASS, words, figures)


def _warning(words: str, **figures: Figure) -> Finding:
    return Finding(Verdict.WARN, words, figures)


def _fatal(words: str, **figures: Figure) -> Finding:
    return Finding(Verdict.FATAL, words, figures)


def _unknown(words: str, **figures: Figure) -> Finding:
    return Finding(Verdict.NOT_CHECKED, words, figures)


def _bytes(s: Subject) -> Finding:
    if s.found_digest is None:
        return _unknown("hash-unread")
    if not s.found_digest:
        return _fatal("hash-missing")
    return _passed("hash-equal") if s.found_digest == s.digest else _fatal("hash-differs")


def _source(s: Subject) -> Finding:
    return _passed("source-known") if s.has_source else _passed("source-service")


def ending_of(file_name: str) -> str:
    return PurePath(file_name).suffix.lower()


def _name(s: Subject) -> Finding | None:
    if s.state not in READ:
        return None
    ending = ending_of(s.file_name)
    fitting = ENDINGS.get(s.media_type)
    if fitting is None or ending in fitting:
        return _passed("name-fits")
    return _warning("name-differs", ending=ending or "–", kind=kind_of(s.media_type))


def _values(s: Subject) -> Finding:
    if not s.class_known:
        return _fatal("class-unknown")
    day = first_day(s.doc_date)
    if day is not None and day > s.today:
        return _warning("date-ahead")
    return _passed("dates-fit")


def _signatures(s: Subject) -> Finding | None:
    if "signatures" not in s.properties:
        return None
    count = int(s.properties["signatures"])
    return _warning("signed", count=count) if count else _passed("unsigned")


def _title_block(s: Subject) -> Finding | None:
    if not s.drawing_sheet:
        return None
    wanted = s.drawing_sheet.partition("+")[0]
    names = {sheet_named(sheet) for sheet in s.sheets}
    if not names or names == {""}:
        return _unknown("sheet-unknown")
    # A lengthened sheet is as wide as its kind and longer by parts: nothing to be found in the table of sizes.
    if wanted in names or "+" in s.drawing_sheet:
        return _passed("sheet-fits", sheet=s.drawing_sheet)
    return _warning("sheet-differs", sheet=s.drawing_sheet, found=_listed(s.sheets))


def _pages(s: Subject) -> Finding:
    declared = s.declared_pages or 0
    if s.pages_total is None:
        return _unknown("pages-uncounted", declared=declared)
    if s.state in READ and s.pages_read < s.pages_total:
        return _fatal("pages-unread", read=s.pages_read, found=s.pages_total)
    if s.declared_pages is not None and s.declared_pages != s.pages_total:
        return _warning("pages-differ", declared=declared, found=s.pages_total)
    return _passed("pages-equal", found=s.pages_total)


def _facts(s: Subject) -> Finding:
    return _fatal("facts-missing", count=len(s.missing)) if s.missing else _passed("facts-complete")


def _series(s: Subject) -> Finding | None:
    if s.series is None:
        return None
    papers, last = s.series
    return (
        _warning("series-gap", gaps=last - papers)
        if last > papers
        else _passed("series-whole", papers=papers)
    )


def _attachments(s: Subject) -> Finding | None:
    if s.state not in READ:
        return None
    if not s.attachments:
        return _passed("attachments-none")
    alone = (s.pages_total or 0) <= 1
    return (_warning if alone else _passed)(
        "attachments-absent" if alone else "attachments-here", count=s.attachments
    )


def _opens(s: Subject) -> Finding:
    if s.state in READ:
        return _passed("opens")
    if s.state is VersionState.QUARANTINED and s.trouble == "unsupported":
        return _warning("opaque")
    return _fatal("unopened")


def _format(s: Subject) -> Finding:
    ending = ending_of(s.file_name)
    if ending in WITH_PROGRAMS:
        return _fatal("format-refused", ending=ending)
    level = str(s.properties.get("pdfa", ""))
    if level:
        return _passed("format-claims", level=level)
    kind = kind_of(s.media_type)
    if s.media_type in KEEPING:
        return _passed("format-keeps", kind=kind)
    if s.media_type in ACCEPTED:
        return _passed("format-accepted", kind=kind)
    return _warning("format-rendition", kind=kind)


def _encryption(s: Subject) -> Finding:
    if s.trouble == "password_protected":
        return _fatal("locked")
    return _warning("encrypted") if "encrypted" in s.flags else _passed("open-to-all")


def _links(s: Subject) -> Finding | None:
    if s.state not in READ:
        return None
    outward = {"external-content", "remote-action"} & set(s.flags)
    return _warning("links-out") if outward else _passed("self-contained")


def _text(s: Subject) -> Finding | None:
    if s.state not in READ or not s.pages_read:
        return None
    without = s.pages_read - s.pages_with_text
    if not without:
        return _passed("text-present", pages=s.pages_read)
    if not s.pages_with_text:
        return _warning("text-none")
    return _warning("text-partly", without=without, pages=s.pages_read)


def _certainty(s: Subject) -> Finding | None:
    if s.state not in READ or not s.pages_with_text:
        return None
    return _warning("read-unsurely", pages=s.pages_unsure) if s.pages_unsure else _passed("read-surely")


def _fonts(s: Subject) -> Finding | None:
    if s.media_type != "application/pdf" or s.state not in READ:
        return None
    if "fonts" not in s.properties:
        return _unknown("fonts-unknown")
    fonts, missing = int(s.properties["fonts"]), int(s.properties.get("fonts_missing", 0))
    if not fonts:
        return _passed("fonts-none")
    return (
        _warning("fonts-missing", missing=missing, fonts=fonts)
        if missing
        else _passed("fonts-embedded", fonts=fonts)
    )


LEAST_DPI: Final = 200
LEAST_DPI_FINE: Final = 300
FINE_CLASSES: Final = ("KJ.02", "KU")
"""Drawings and receipts. Source: metadata.md §8."""


def least_dpi(class_code: str) -> int:
    fine = any(class_code == root or class_code.startswith(root + ".") for root in FINE_CLASSES)
    return LEAST_DPI_FINE if fine else LEAST_DPI


def _resolution(s: Subject) -> Finding | None:
    if s.state not in READ or not s.pages_read or s.media_type.startswith("text/"):
        return None
    known = [sheet.dpi for sheet in s.sheets if sheet.dpi]
    if s.sheets and not any(sheet.scanned for sheet in s.sheets):
        return _passed("drawn")
    if not known:
        return _unknown("dpi-unknown")
    least, finest = least_dpi(s.class_code), min(known)
    # Sizes in a file are rounded to points: 299 dpi were 300 at the scanner.
    if finest < least * 0.98:
        return _warning("too-coarse", dpi=finest, least=least)
    return _passed("fine-enough", dpi=finest)


def _sizes(s: Subject) -> Finding | None:
    if s.state not in READ or not s.pages_read or s.media_type.startswith("text/"):
        return None
    known = _listed(s.sheets)
    return _passed("sizes", sheets=known) if known else _unknown("sizes-unknown")


def _listed(sheets: Sequence[Sheet]) -> str:
    """A4 × 3, 180×240 mm × 1"""
    counts: dict[str, int] = {}
    for sheet in sheets:
        if sheet.long_mm:
            name = sheet_named(sheet) or f"{round(sheet.short_mm)}×{round(sheet.long_mm)} mm"
            counts[name] = counts.get(name, 0) + 1
    most = sorted(counts.items(), key=lambda one: -one[1])[:4]
    return ", ".join(name if count == 1 else f"{name} × {count}" for name, count in most)


def _virus(_: Subject) -> Finding:
    return _unknown("virus-unchecked")


_ACTIVE: Final = frozenset(
    {"active-javascript", "javascript-link", "embedded-files", "xfa-form", "remote-action"}
)


def _active(s: Subject) -> Finding | None:
    if s.state not in READ:
        return None
    flags = set(s.flags)
    if "launch-action" in flags:
        return _fatal("launches")
    if flags & _ACTIVE:
        return _warning("active")
    return _warning("unlooked") if "structure-not-verified" in flags else _passed("quiet")


def _level(s: Subject) -> Finding:
    return _passed("level-set") if s.level_high_enough else _fatal("level-low")


def _secret(s: Subject) -> Finding:
    return _fatal("marked", mark=s.marked) if s.marked else _passed("unmarked")


def _trail(s: Subject) -> Finding:
    return _passed("trail-there", events=s.events) if s.events else _fatal("trail-absent")


CHECKS: Final[tuple[Check, ...]] = (
    Check("bytes", Property.AUTHENTICITY, N_("Bytes unchanged since receipt"), _bytes),
    Check("source", Property.AUTHENTICITY, N_("Origin on record"), _source),
    Check("name", Property.AUTHENTICITY, N_("Name and content agree"), _name),
    Check("values", Property.AUTHENTICITY, N_("Date and class possible"), _values),
    Check("signatures", Property.AUTHENTICITY, N_("Electronic signatures and seals"), _signatures),
    Check("title-block", Property.AUTHENTICITY, N_("Title block and sheet agree"), _title_block),
    Check("pages", Property.INTEGRITY, N_("Number of pages"), _pages),
    Check("facts", Property.INTEGRITY, N_("Mandatory facts"), _facts),
    Check(SERIES, Property.INTEGRITY, N_("No gap in the numbers"), _series),
    Check("attachments", Property.INTEGRITY, N_("Attachments named in the text"), _attachments),
    Check("opens", Property.USABILITY, N_("Can be opened"), _opens),
    Check("format", Property.USABILITY, N_("Format for keeping"), _format),
    Check("encryption", Property.USABILITY, N_("Not encrypted"), _encryption),
    Check("links", Property.USABILITY, N_("Needs nothing from elsewhere"), _links),
    Check("text", Property.USABILITY, N_("Text to be searched"), _text),
    Check("certainty", Property.USABILITY, N_("Certainty of the recognised text"), _certainty),
    Check("fonts", Property.USABILITY, N_("Fonts in the file"), _fonts),
    Check("resolution", Property.USABILITY, N_("Resolution of the scan"), _resolution),
    Check("sizes", Property.USABILITY, N_("Size of the paper"), _sizes),
    Check("virus", Property.SECURITY, N_("Viruses"), _virus),
    Check("active", Property.SECURITY, N_("Programs inside"), _active),
    Check("level", Property.SECURITY, N_("Level and rights"), _level),
    Check("state-secret", Property.SECURITY, N_("Marks of state secrets"), _secret),
    Check("trail", Property.SECURITY, N_("Trail of what happened"), _trail),
)
BY_CODE: Final[dict[str, Check]] = {check.code: check for check in CHECKS}


def examine(subject: Subject) -> tuple[Line, ...]:
    """Every check that has something to say, in the order of the table."""
    lines = []
    for check in CHECKS:
        finding = check.judge(subject)
        if finding is not None:
            lines.append(Line(check.code, finding.verdict, finding.words, dict(finding.figures)))
    return tuple(lines)


def verdict_of(lines: Sequence[Line]) -> Verdict:
    """The worst of them; what nobody checked makes nothing worse."""
    found = {line.verdict for line in lines}
    for verdict in (Verdict.FATAL, Verdict.WARN):
        if verdict in found:
            return verdict
    return Verdict.PASS
