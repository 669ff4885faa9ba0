"""What must be known of a paper before it is filed, by its class. Pure. Source: metadata.md §1 and §5."""

import re
import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid
from archive_service.kernel.levels import Level
from archive_service.records.rules import BadDate, TooLong, clean_date, clean_text
from archive_service.records.rules.numbers import DRAWINGS, Dept, Pattern


class Form(StrEnum):
    ORIGINAL = "original"
    COPY = "copy"
    ELECTRONIC = "electronic"


class Medium(StrEnum):
    PAPER = "paper"
    ELECTRONIC = "electronic"
    BOTH = "both"
    OBJECT = "object"


class SourceKind(StrEnum):
    SCAN = "scan"
    BORN_DIGITAL = "born_digital"
    RECEIVED = "received"
    GENERATED = "generated"


class Pii(StrEnum):
    NONE = "none"
    LOW = "low"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Stage(StrEnum):
    CONCEPT = "concept"
    PRELIMINARY = "preliminary"
    CONSTRUCTION = "construction"
    CHANGE = "change"
    AS_BUILT = "as_built"


FORM_NAMES: Final = {Form.ORIGINAL: N_("Original"), Form.COPY: N_("Copy"), Form.ELECTRONIC: N_("Electronic")}
MEDIUM_NAMES: Final = {
    Medium.PAPER: N_("Paper"),
    Medium.ELECTRONIC: N_("Electronic only"),
    Medium.BOTH: N_("Paper and electronic"),
    Medium.OBJECT: N_("An object"),
}
SOURCE_NAMES: Final = {
    SourceKind.SCAN: N_("Scanned here"),
    SourceKind.BORN_DIGITAL: N_("Made on a computer"),
    SourceKind.RECEIVED: N_("Received as a file"),
    SourceKind.GENERATED: N_("Made by the service"),
}
PII_NAMES: Final = {
    Pii.NONE: N_("No personal data"),
    Pii.LOW: N_("Names only"),
    Pii.PERSONAL: N_("Ordinary personal data"),
    Pii.SENSITIVE: N_("Sensitive personal data"),
}
STAGE_NAMES: Final = {
    Stage.CONCEPT: N_("Concept"),
    Stage.PRELIMINARY: N_("Preliminary design"),
    Stage.CONSTRUCTION: N_("Construction drawing"),
    Stage.CHANGE: N_("Design change"),
    Stage.AS_BUILT: N_("As-built drawing"),
}


@dataclass(frozen=True, slots=True)
class DrawingFacts:
    """What stands in a drawing's title block. Its discipline is its class's, its title the document's."""

    drawing_no: str = ""
    stage: Stage | None = None
    scale: str = ""
    edition: str = ""
    sheet: str = ""  # A0 … A4, A0+1/4
    sheet_of: str = ""  # 2/12
    floors: str = ""
    design_unit: str = ""
    designers: str = ""
    issue_date: str = ""
    change_refs: str = ""
    as_built_stamp: str = ""
    set_no: str = ""


@dataclass(frozen=True, slots=True)
class FiledFacts:
    """What is known of a paper when it is filed, beside its description. ``pages``: printed faces.

    ``responsible``: issuing bodies or signers. ``drawing``: of drawings only.
    """

    responsible: tuple[str, ...] = ()
    form: Form | None = None
    medium: Medium | None = None
    source_kind: SourceKind | None = None
    carries_pii: Pii | None = None
    pages: int | None = None
    quantity: int | None = None
    copy_certified_by: str = ""
    copy_certified_on: str = ""
    language: str = "zh"
    keywords: tuple[str, ...] = ()
    summary: str = ""
    drawing: DrawingFacts | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is filed. ``fonds``: "" for the only one there is. ``year``: None for that of the paper's date.

    ``file_no`` for papers that stand in case files, in any spelling; ``dept`` for those that stand by themselves.
    """

    fonds: str = ""
    year: int | None = None
    file_no: str = ""
    dept: Dept | None = None


LENGTHS: Final = {
    "responsible": 200,
    "copy_certified_by": 80,
    "language": 8,
    "keywords": 200,
    "summary": 1000,
    "drawing_no": 40,
    "scale": 40,
    "edition": 20,
    "sheet": 20,
    "sheet_of": 20,
    "floors": 40,
    "design_unit": 120,
    "designers": 120,
    "change_refs": 200,
    "as_built_stamp": 200,
    "set_no": 20,
}
MOST_PAGES: Final = 100_000
FIRST_YEAR: Final = 1900
ABOUT_A_UNIT: Final = ("YZ", "ZX", "KF.02", "KF.03", "KF.05")
"""Classes whose papers belong to one unit; those of the owners' assembly don't."""
NOT_ABOUT_A_UNIT: Final = ("YZ.09",)
IN_THE_REGISTER: Final = ("YZ", "ZX")
"""Of these, the ones whose unit must be one of the register: the owner's file hangs on it."""
DRAWING_FIELDS: Final = tuple(f.name for f in fields(DrawingFacts))
_SHEET: Final = re.compile(r"A[0-4](?:\+\d/\d|\+\d)?", re.ASCII)
_SHEET_OF: Final = re.compile(r"\d{1,4}/\d{1,4}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?", re.ASCII)
Choice = TypeVar("Choice", bound=StrEnum)


class MissingFacts(Invalid):
    """``fields``: all that are missing, with commas between; ``field`` is the first."""

    code = "filing.missing"
    message = N_("Before it can be filed something more must be known of it.")


class BadFact(Invalid):
    code = "filing.bad-fact"
    message = N_("“%(value)s” doesn't fit here.")


class AlreadyFiled(Conflict):
    code = "filing.already"
    message = N_("This document is filed already, as %(archival_no)s.")


class SameBytesFiled(Conflict):
    code = "filing.same-bytes"
    message = N_("The very same file is filed already. Please link to that one instead of filing it twice.")


class NotReadYet(Conflict):
    code = "filing.not-read"
    message = N_("It can be filed as soon as it has been read, or when what stopped the reading is settled.")


class OwnPaper(Forbidden):
    code = "filing.own-paper"
    message = N_("You brought this file in, so somebody else must file it.")


class NeedsDiscipline(Invalid):
    code = "filing.needs-discipline"
    message = N_(
        "Please choose the class of the drawing's discipline, such as KJ.02.DQ: its number carries it."
    )


class StaysFiled(Conflict):
    code = "filing.stays"
    message = N_(
        "A filed document's number carries its class and its file. They are changed under “Change class or file”."
    )


class UnknownUnit(Invalid):
    code = "filing.unknown-unit"
    message = N_(
        "The register of units knows no such unit. Owners' and renovation papers belong to one: please look at how "
        "it is written, or enter the unit first."
    )


class SeveralUnits(Invalid):
    code = "filing.several-units"
    message = N_("Several units are called so: %(units)s. Please write the entrance as well.")


def missing(
    facts: FiledFacts,
    place: Place,
    *,
    class_code: str,
    pattern: Pattern,
    title: str,
    doc_date: str,
    unit: str,
) -> tuple[str, ...]:
    """Names of the fields that the class asks for and nobody filled in."""
    wanted: dict[str, object] = {
        "title": title,
        "doc_date": doc_date,
        "responsible": facts.responsible,
        "form": facts.form,
        "medium": facts.medium,
        "source_kind": facts.source_kind,
        "carries_pii": facts.carries_pii,
        "pages": facts.pages,
    }
    if is_about_a_unit(class_code):
        wanted["unit"] = unit
    if facts.form is Form.COPY:
        wanted |= {"copy_certified_by": facts.copy_certified_by, "copy_certified_on": facts.copy_certified_on}
    if pattern is Pattern.ITEM:
        wanted["dept"] = place.dept
    else:
        wanted["file_no"] = place.file_no
    if pattern is Pattern.DRAWING:
        drawing = facts.drawing or DrawingFacts()
        wanted |= {
            name: getattr(drawing, name) for name in ("drawing_no", "stage", "scale", "edition", "sheet")
        }
    return tuple(name for name, value in wanted.items() if not value)


def is_about_a_unit(class_code: str) -> bool:
    def under(roots: tuple[str, ...]) -> bool:
        return any(class_code == root or class_code.startswith(root + ".") for root in roots)

    return under(ABOUT_A_UNIT) and not under(NOT_ABOUT_A_UNIT)


def needs_known_unit(class_code: str) -> bool:
    """Whether the unit must be one that the register of units knows, where there is a register."""
    return is_about_a_unit(class_code) and class_code.split(".", maxsplit=1)[0] in IN_THE_REGISTER


def is_drawing(class_code: str) -> bool:
    return class_code == DRAWINGS or class_code.startswith(DRAWINGS + ".")


def default_pii(level: Level) -> Pii:
    """What papers of such a level carry as a rule."""
    return {
        Level.PERSONAL: Pii.PERSONAL,
        Level.CONFIDENTIAL: Pii.LOW,
        Level.SENSITIVE: Pii.SENSITIVE,
    }.get(level, Pii.NONE)


def year_of(place: Place, doc_date: str) -> int:
    """The year to which the paper belongs. Raises BadFact."""
    year = place.year or int(doc_date[:4])
    if not FIRST_YEAR <= year < 2200:
        raise BadFact(field="year", value=year)
    return year


def clean_facts(raw: FiledFacts) -> FiledFacts:
    """Texts made safe to store, measured, and dates read. Raises TooLong, BadDate, BadFact."""
    language = _line("language", raw.language).replace("_", "-") or "zh"
    if _LANGUAGE.fullmatch(language) is None:
        raise BadFact(field="language", value=language)
    for name in ("pages", "quantity"):
        number = getattr(raw, name)
        if number is not None and not 1 <= number <= MOST_PAGES:
            raise BadFact(field=name, value=number)
    return replace(
        raw,
        responsible=_lines("responsible", raw.responsible),
        keywords=_lines("keywords", raw.keywords),
        copy_certified_by=_line("copy_certified_by", raw.copy_certified_by) if raw.form is Form.COPY else "",
        copy_certified_on=_day("copy_certified_on", raw.copy_certified_on) if raw.form is Form.COPY else "",
        language=language,
        summary=_line("summary", raw.summary),
        drawing=_clean_drawing(raw.drawing) if raw.drawing else None,
    )


def _clean_drawing(raw: DrawingFacts) -> DrawingFacts:
    texts = {name: _line(name, getattr(raw, name)) for name in DRAWING_FIELDS if name in LENGTHS}
    sheet = unicodedata.normalize("NFKC", texts["sheet"]).upper().replace(" ", "")
    if sheet and _SHEET.fullmatch(sheet) is None:
        raise BadFact(field="sheet", value=texts["sheet"])
    sheet_of = unicodedata.normalize("NFKC", texts["sheet_of"]).replace(" ", "")
    if sheet_of and _SHEET_OF.fullmatch(sheet_of) is None:
        raise BadFact(field="sheet_of", value=texts["sheet_of"])
    texts |= {"sheet": sheet, "sheet_of": sheet_of}
    return DrawingFacts(stage=raw.stage, issue_date=_date("issue_date", raw.issue_date), **texts)


def _line(name: str, text: str) -> str:
    line = clean_text(text)
    if len(line) > LENGTHS[name]:
        raise TooLong(field=name, most=LENGTHS[name])
    return line


def _lines(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    lines = tuple(dict.fromkeys(line for text in texts if (line := clean_text(text))))
    if sum(map(len, lines)) > LENGTHS[name]:
        raise TooLong(field=name, most=LENGTHS[name])
    return lines


def _date(name: str, text: str) -> str:
    try:
        return clean_date(text)
    except BadDate as error:
        raise BadDate(field=name, value=text[:40]) from error


def _day(name: str, text: str) -> str:
    """A whole date: a paper is compared on one day."""
    day = _date(name, text)
    if day:
        try:
            date.fromisoformat(day)
        except ValueError as error:
            raise BadDate(field=name, value=text[:40]) from error
    return day


SPLIT: Final = re.compile(r"[、;；,，\n]+")


def listed(text: str) -> tuple[str, ...]:
    """What people write one after the other: 、 ； ， and new lines part them."""
    return tuple(part.strip() for part in SPLIT.split(text) if part.strip())


def chosen(kind: type[Choice], field: str, text: str) -> Choice | None:
    """Raises BadFact for what is no choice."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise BadFact(field=field, value=text[:40]) from error


def told(facts: FiledFacts) -> dict[str, str]:
    """Every fact as text, for forms and for what is kept of a correction."""
    texts = {
        "responsible": "、".join(facts.responsible),
        "form": facts.form or "",
        "medium": facts.medium or "",
        "source_kind": facts.source_kind or "",
        "carries_pii": facts.carries_pii or "",
        "pages": str(facts.pages or ""),
        "quantity": str(facts.quantity or ""),
        "copy_certified_by": facts.copy_certified_by,
        "copy_certified_on": facts.copy_certified_on,
        "language": facts.language,
        "keywords": "、".join(facts.keywords),
        "summary": facts.summary,
    }
    drawing = facts.drawing or DrawingFacts()
    texts |= {name: str(getattr(drawing, name) or "") for name in DRAWING_FIELDS}
    return {name: str(text) for name, text in texts.items()}


FACT_NAMES: Final = tuple(told(FiledFacts()))


def read_facts(texts: dict[str, str], *, drawing: bool) -> FiledFacts:
    """The reverse of ``told``, of what somebody typed. Raises BadFact, TooLong, BadDate."""

    def count(name: str) -> int | None:
        text = unicodedata.normalize("NFKC", texts.get(name, "")).strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            raise BadFact(field=name, value=text[:40])
        return int(text)

    def text(name: str) -> str:
        return texts.get(name, "")

    sheet = None
    if drawing:
        others = {name: text(name) for name in DRAWING_FIELDS if name != "stage"}
        sheet = DrawingFacts(stage=chosen(Stage, "stage", text("stage")), **others)
    return clean_facts(
        FiledFacts(
            responsible=listed(text("responsible")),
            form=chosen(Form, "form", text("form")),
            medium=chosen(Medium, "medium", text("medium")),
            source_kind=chosen(SourceKind, "source_kind", text("source_kind")),
            carries_pii=chosen(Pii, "carries_pii", text("carries_pii")),
            pages=count("pages"),
            quantity=count("quantity"),
            copy_certified_by=text("copy_certified_by"),
            copy_certified_on=text("copy_certified_on"),
            language=text("language"),
            keywords=listed(text("keywords")),
            summary=text("summary"),
            drawing=sheet,
        )
    )
