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


WORDS: Final[dict[str, str]] = {
    "hash-equal": N_("The bytes in the store are the ones that were received (SHA-256)."),
    "hash-differs": N_("The bytes in the store are not the ones that were received. They may not be used."),
    "hash-missing": N_("The file is missing in the store."),
    "hash-unread": N_("The bytes were not read again for this check; that follows in the background."),
    "source-known": N_("Who brought it in, when and from where is on record."),
    "source-service": N_("It came by a command or a watched folder; when and from where is on record."),
    "name-fits": N_("The name fits what is in the file."),
    "name-differs": N_("The file name ends in %(ending)s, but the file is %(kind)s."),
    "dates-fit": N_("The date and the class are possible ones."),
    "date-ahead": N_("The date of the paper lies in the future."),
    "class-unknown": N_("It has no class of the file plan."),
    "unsigned": N_("There is no electronic signature in the file."),
    "signed": N_("Electronic signatures present: %(count)s; they are not verified, for want of a verifier."),
    "sheet-fits": N_("The sheet measures what its title block says (%(sheet)s)."),
    "sheet-differs": N_("The title block says %(sheet)s, but the scan measures %(found)s."),
    "sheet-unknown": N_("The size of the sheet could not be measured."),
    "pages-equal": N_("Pages: %(found)s, as many as declared."),
    "pages-differ": N_("Pages declared: %(declared)s; counted: %(found)s."),
    "pages-uncounted": N_("Pages of such files can't be counted; declared: %(declared)s."),
    "pages-unread": N_("Only %(read)s of %(found)s pages could be kept."),
    "facts-complete": N_("All that the class asks for is filled in."),
    "facts-missing": N_("Mandatory facts missing: %(count)s."),
    "series-whole": N_("The numbers of its series have no gap (papers: %(papers)s)."),
    "series-gap": N_("Numbers of its series without a paper: %(gaps)s; they should be on record as void."),
    "attachments-none": N_("The text names no attachments."),
    "attachments-here": N_("Attachments named in the text: %(count)s; the further pages may be them."),
    "attachments-absent": N_(
        "Attachments named in the text: %(count)s; but there is one page only. Please look for them."
    ),
    "opens": N_("It opens, and all its pages can be shown."),
    "opaque": N_("Files of this kind are kept as they came; nobody can look into them here."),
    "unopened": N_("It can't be opened or has not been read completely."),
    "format-keeps": N_("%(kind)s: a format for keeping."),
    "format-claims": N_("It says of itself that it is PDF/A-%(level)s; that is a claim, not a proof."),
    "format-accepted": N_("%(kind)s: accepted; PDF/A or OFD are better for keeping."),
    "format-rendition": N_("%(kind)s: kept, and should have a PDF/A or OFD beside it."),
    "format-refused": N_("Files with the ending %(ending)s hold programs and are not filed."),
    "open-to-all": N_("It is not encrypted."),
    "encrypted": N_("It is encrypted, although it opens without a password."),
    "locked": N_("It is locked with a password."),
    "self-contained": N_("It needs nothing from elsewhere to be shown."),
    "links-out": N_("It would fetch parts of itself from elsewhere."),
    "text-present": N_("All pages (%(pages)s) have text that can be searched."),
    "text-partly": N_(
        "Pages without text: %(without)s of %(pages)s; they are found by their description only."
    ),
    "text-none": N_("None of its pages has text; it is found by its description only."),
    "read-surely": N_("The recognised text is sure enough."),
    "read-unsurely": N_("Pages recognised with little certainty: %(pages)s."),
    "fonts-embedded": N_("All fonts (%(fonts)s) are in the file."),
    "fonts-missing": N_("Fonts not in the file: %(missing)s of %(fonts)s; it may look different elsewhere."),
    "fonts-none": N_("It needs no fonts."),
    "fonts-unknown": N_("Whether its fonts are in the file could not be found out."),
    "fine-enough": N_("Scanned at %(dpi)s dpi or finer."),
    "too-coarse": N_("Scanned at %(dpi)s dpi; at least %(least)s are asked for here."),
    "drawn": N_("Its pages were written by a program, not scanned."),
    "dpi-unknown": N_("The file does not say at which resolution it was scanned."),
    "sizes": N_("Paper: %(sheets)s."),
    "sizes-unknown": N_("The file does not say how big the paper is."),
    "virus-unchecked": N_("No virus scanner is connected, so nobody has looked for viruses."),
    "quiet": N_("There are no programs, macros or attachments in it."),
    "active": N_("It contains programs or other files. It is only shown as pictures."),
    "launches": N_("It tries to start other programs."),
    "unlooked": N_("Nobody could check whether it contains programs."),
    "level-set": N_("Its level is at least the one of its class."),
    "level-low": N_("Its level is lower than the one of its class."),
    "unmarked": N_("It bears no mark of a state secret."),
    "marked": N_("It bears the mark %(mark)s of a state secret. It must not be kept here."),
    "trail-there": N_("The trail tells of its receipt (entries: %(events)s)."),
    "trail-absent": N_("The trail does not tell of its receipt."),
}
"""What a finding says, by its key: message ids."""


def _finding(verdict: Verdict, words: str, **figures: Figure) -> Finding:
    return Finding(verdict, words, figures)


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
    Check("series", Property.INTEGRITY, N_("No gap in the numbers"), _series),
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
