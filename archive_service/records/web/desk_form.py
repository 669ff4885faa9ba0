"""The form in which a paper is described and filed at once: what it begins with, what was typed, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, premises
from archive_service.classification import ClassRow, UnknownClass
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.records.queries import pages as page_queries
from archive_service.records.queries import queue
from archive_service.records.queries.case_files import CaseFileRow
from archive_service.records.queries.preparing import prepared_texts
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.rules import LARGEST_REVISION, NO_SUCH_REVISION, Description
from archive_service.records.rules.filing import (
    FACT_NAMES,
    FiledFacts,
    Form,
    Medium,
    MissingFacts,
    Place,
    SourceKind,
    default_pii,
    is_about_a_unit,
    is_drawing,
    read_facts,
    told,
)
from archive_service.records.rules.numbers import DRAWINGS, Pattern, pattern_of
from archive_service.records.rules.review import NewFile
from archive_service.records.rules.usual import usual_dept
from archive_service.records.service.case_files import may_file
from archive_service.records.service.numbering import open_projects
from archive_service.records.web import words
from archive_service.records.web.describing import UnknownLevel
from archive_service.records.web.documents import told_of
from archive_service.records.web.filing import NEEDED, choices, place_of
from archive_service.records.web.furnishing import Seen
from archive_service.web import explain, whole_number

NEW: Final = "new"  # in place of a file's number: one is to be opened
_PLACE: Final = ("fonds", "year", "file_no", "dept", "file_title", "building")
DESK_FIELDS: Final = frozenset(
    {"title", "class_code", "unit", "owner", "doc_number", "doc_date", "level", "revision"}
    | {*FACT_NAMES, *_PLACE}
)
_LOOKED_AT: Final = 4000  # characters of the first page, for the name of the project
_OF_A_CLASS: Final = ("responsible", "form", "medium", "source_kind", "carries_pii", "dept", "fonds")
"""What follows the class as long as nobody typed anything else."""


@dataclass(frozen=True, slots=True)
class Asked:
    description: Description
    facts: FiledFacts
    place: Place
    new_file: NewFile | None
    revision: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What a class asks for. ``pattern`` None: a class is to be chosen first."""

    class_row: ClassRow | None
    pattern: Pattern | None
    unit: bool
    of_unit: tuple[CaseFileRow, ...]
    files: tuple[CaseFileRow, ...]
    projects: tuple[premises.ProjectRow, ...]


def asked_for(typed: Mapping[str, str], row: DocumentRow) -> Asked:
    """Raises BadFact, BadDate, TooLong, UnknownLevel."""
    level = typed["level"]
    if level and level not in tuple(Level):
        raise UnknownLevel(field="level")
    names = ("title", "class_code", "unit", "owner", "doc_number", "doc_date")
    description = Description(
        **{name: typed[name] for name in names}, file_no=row.file_no, level=Level(level) if level else None
    )
    wants_new = typed["file_no"] == NEW
    revision = whole_number(typed["revision"], LARGEST_REVISION)
    return Asked(
        description,
        read_facts(dict(typed), drawing=is_drawing(typed["class_code"])),
        place_of({**typed, "file_no": "" if wants_new else typed["file_no"]}),
        NewFile(typed["file_title"], typed["building"]) if wants_new else None,
        NO_SUCH_REVISION if revision is None else revision,
    )


def beginning(seen: Seen, kept: Mapping[str, str] | None) -> dict[str, str]:
    """What is stored of it; ``kept``: what somebody filled in when they handed it in."""
    typed = dict.fromkeys(DESK_FIELDS, "") | {n: v for n, v in told_of(seen).items() if n in DESK_FIELDS}
    typed |= {"file_no": "", "pages": str(seen.row.pages_total or ""), "language": "zh"}
    if kept:
        typed |= {name: seen.shown(value) for name, value in kept.items() if name in DESK_FIELDS}
        if kept.get("new_file"):
            typed["file_no"] = NEW
    return typed


def needs_of(session: Session, actor: Actor, code: str, unit: str) -> Needs:
    class_row = classification.class_row(session, code) if code else None
    if class_row is None or class_row.retention is None or code == DRAWINGS or not class_row.takes_documents:
        return Needs(class_row, None, False, (), (), ())
    pattern = pattern_of(code, class_row.retention.kind)
    of_unit: list[CaseFileRow] = []
    newest: list[CaseFileRow] = []
    if pattern is not Pattern.ITEM and may_file(actor, code):
        of_unit, newest = queue.open_files_for(session, code, unit.strip())
    known = {file.id for file in of_unit}
    others = tuple(file for file in newest if file.id not in known)
    projects = tuple(open_projects(session))
    return Needs(class_row, pattern, is_about_a_unit(code), tuple(of_unit), others, projects)


def usual(session: Session, actor: Actor, needs: Needs, row: DocumentRow, unit: str) -> dict[str, str]:
    """What papers of the class are as a rule: as the one filed last, else what scans mostly are."""
    if needs.class_row is None:
        return {}
    code = needs.class_row.code
    last = queue.last_filed(session, actor, code)
    project = _likely_project(session, needs, row, unit, last.fonds if last else "")
    likely = FiledFacts(
        responsible=(gettext("%(project)s service centre", project=project.name_zh),) if project else (),
        form=Form.ORIGINAL,
        medium=Medium.BOTH,
        source_kind=SourceKind.SCAN,
        carries_pii=default_pii(needs.class_row.level),
    )
    texts = told(likely)
    if last is not None:
        filed = told(last.facts)
        if filed["form"] == Form.COPY:
            filed["form"] = Form.ORIGINAL.value  # that a paper is a copy is said of each by itself
        if last.fonds == (project.number if project else ""):
            texts["responsible"] = mask(filed["responsible"])
        texts |= {name: filed[name] for name in ("form", "medium", "source_kind", "carries_pii")}
    return {
        **{name: texts[name] for name in _OF_A_CLASS if name in texts},
        "dept": (last.dept if last else "") or usual_dept(code).value,
        "fonds": project.number if project else "",
        **{name: mask(text) for name, text in prepared_texts(session, row.id).items()},
    }


def _likely_project(
    session: Session, needs: Needs, row: DocumentRow, unit: str, last: str
) -> premises.ProjectRow | None:
    """The only one; else that of the unit; else the one whose name the first page says; else that of the paper of the
    class that was filed last, or the first."""
    if len(needs.projects) < 2:
        return needs.projects[0] if needs.projects else None
    by_number = {project.number: project for project in needs.projects}
    meant = premises.unit_meant(session, unit)
    if meant.unit is not None and meant.unit.project_number in by_number:
        return by_number[meant.unit.project_number]
    pages, _ = page_queries.page_texts(session, row.version_id, most=1, characters=_LOOKED_AT)
    words = row.title + "".join(text[:_LOOKED_AT] for _, text in pages)
    named = [project for project in needs.projects if project.name_zh in words]
    return named[0] if named else by_number.get(last, needs.projects[0])


def fill_usual(
    typed: dict[str, str], usual_now: Mapping[str, str], usual_before: Mapping[str, str]
) -> dict[str, str]:
    """``typed`` with what is usual where nothing else was typed; ``usual_before``: of the class it had before."""
    filled = dict(typed)
    for name, value in usual_now.items():
        if not filled[name] or filled[name] == usual_before.get(name):
            filled[name] = value
    return filled


def fill_place(typed: dict[str, str], needs: Needs) -> dict[str, str]:
    """The file it most likely goes into: the one open file of its unit, or a new one with a likely title."""
    if needs.pattern in (None, Pattern.ITEM) or needs.class_row is None:
        return typed | {"file_no": "", "file_title": "", "building": ""}
    known = {file.file_no for file in (*needs.of_unit, *needs.files)}
    filled = dict(typed)
    if filled["file_no"] not in known | {NEW}:
        filled["file_no"] = ""
    if not filled["file_no"]:
        likely = needs.of_unit or (needs.files if not needs.unit else ())
        filled["file_no"] = likely[0].file_no if len(likely) == 1 else "" if likely else NEW
    if not filled["file_title"]:
        filled["file_title"] = f"{filled['unit']}{needs.class_row.name('zh')}"
    return filled


def problems(error: ArchiveError | None) -> dict[str, Any]:
    """``errors`` by field, and the ``trouble`` that belongs to none."""
    if error is None:
        return {"errors": {}, "trouble": None}
    if isinstance(error, MissingFacts):
        names = str(error.facts["fields"]).split(",")
        return {"errors": {name: [gettext(NEEDED)] for name in names}, "trouble": explain(error)}
    field = "class_code" if isinstance(error, UnknownClass) else str(error.facts.get("field", ""))
    if field == "title" and error.code == "case-file.needs-title":
        field = "file_title"
    if field == "year":  # of papers in files nobody types one: it is the date's
        return {"errors": {name: [explain(error)] for name in ("year", "doc_date")}, "trouble": None}
    if field in DESK_FIELDS:
        return {"errors": {field: [explain(error)]}, "trouble": None}
    return {"errors": {}, "trouble": explain(error)}


def shared() -> dict[str, Any]:
    return {**choices(), "new_file_mark": NEW, "field_words": words.FIELDS}
