"""What an import would do: each row beside the file it speaks of, and everything that is wrong with either. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from archive_service.bulk.rules import (
    ClosedClass,
    NoSuchFile,
    NotListed,
    NotYourClass,
    UnknownClassCode,
    UnknownUnit,
)
from archive_service.bulk.rules.manifest import (
    COLUMNS,
    MANIFEST_ENDINGS,
    MANIFEST_NAMES,
    Listed,
    Manifest,
    Problem,
    class_code_in,
)
from archive_service.bulk.rules.names import common_folder
from archive_service.kernel.errors import Invalid
from archive_service.kernel.levels import Level
from archive_service.records.rules import Description
from archive_service.records.rules.filing import listed as split

PATH: Final = COLUMNS["path"][0]


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are compared with. ``classes``: code → whether it takes documents; ``names``: Chinese name → code;
    ``mine``: codes into which the bringer brings papers; ``unknown_units``: of the names in the table; ``against``: by
    row, what files and the register of owners have against it."""

    classes: Mapping[str, bool]
    names: Mapping[str, str]
    mine: Collection[str]
    unknown_units: Collection[str] = ()
    against: Mapping[int, Sequence[Invalid]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that came: see ``service.sources.Entry``."""

    path: str
    place: str
    size: int
    trouble: Invalid | None


@dataclass(frozen=True, slots=True)
class Planned:
    """``row`` None: a file that no row speaks of. Without problems it can be imported."""

    row: int | None
    path: str
    place: str
    size: int
    told: Mapping[str, Any]
    problems: tuple[Problem, ...]


def manifest_among(paths: Iterable[str]) -> str | None:
    """The table among the files: at the top, or in the one folder that holds everything; workbooks before CSV."""
    every = list(paths)
    top = common_folder(every)
    for folder in ("", top):
        for ending in MANIFEST_ENDINGS:
            for path in every:
                name = path.removeprefix(folder).lower()
                if (
                    path.startswith(folder)
                    and name.endswith(ending)
                    and name[: -len(ending)] in MANIFEST_NAMES
                ):
                    return path
    return None


def units_named(text: str) -> tuple[str, ...]:
    """One paper may be about several units: 3-1201、3-1202."""
    return split(text)


def compare(
    manifest: Manifest, files: Iterable[Found], known: Known, *, table_path: str | None
) -> list[Planned]:
    """Rows in the order of the table, then the files that none of them speaks of."""
    there = {file.path: file for file in files if file.path != table_path}
    beside = table_path.rpartition("/")[0] + "/" if table_path and "/" in table_path else ""
    above = common_folder(there)
    wrong: dict[int, list[Problem]] = {}
    for problem in manifest.problems:
        if problem.row is not None:
            wrong.setdefault(problem.row, []).append(problem)
    taken: set[str] = set()
    planned: list[Planned] = []
    for row in manifest.rows:
        file = next((there[p] for p in (row.path, beside + row.path, above + row.path) if p in there), None)
        problems, told = _judged(row, file, manifest, known)
        if file is not None:
            taken.add(file.path)
        planned.append(
            Planned(
                row.row,
                file.path if file else row.path,
                file.place if file else "",
                file.size if file else 0,
                told,
                tuple(problems),
            )
        )
    for number, problems in wrong.items():
        path = manifest.paths.get(number, "")[:400]
        taken.update(p for p in (path, beside + path, above + path) if p in there)
        planned.append(Planned(number, path, "", 0, {}, tuple(problems)))
    planned.sort(key=lambda one: one.row or 0)
    for file in there.values():
        if file.path not in taken:
            trouble = file.trouble or NotListed(field="path")
            problem = Problem(None, manifest.heading("path"), trouble)
            planned.append(Planned(None, file.path, file.place, file.size, {}, (problem,)))
    return planned


def _judged(
    row: Listed, file: Found | None, manifest: Manifest, known: Known
) -> tuple[list[Problem], dict[str, Any]]:
    errors: list[Invalid] = []
    if file is None:
        errors.append(NoSuchFile(field="path"))
    elif file.trouble is not None:
        errors.append(file.trouble)
    code = ""
    try:
        code = class_of(row.class_text, known)
    except Invalid as error:
        errors.append(error)
    lost = next((name for name in units_named(row.told.unit) if name in known.unknown_units), None)
    if lost is not None:
        errors.append(UnknownUnit(field="unit", value=lost[:40]))
    errors += known.against.get(row.row, ())
    problems = [
        Problem(row.row, manifest.heading(str(error.facts.get("field", "path"))), error) for error in errors
    ]
    told = kept_of(replace(row.told, class_code=code))
    told |= {"responsible": list(row.responsible), "keywords": list(row.keywords)}
    return problems, told


def class_of(text: str, known: Known) -> str:
    """The code of the class that is meant; "" for an empty text. Raises UnknownClassCode, ClosedClass, NotYourClass."""
    if not text:
        return ""
    code = class_code_in(text)
    if code not in known.classes:
        code = known.names.get(text.strip(), code)
    if code not in known.classes:
        raise UnknownClassCode(field="class_code", value=text[:40])
    if not known.classes[code]:
        raise ClosedClass(field="class_code", value=code)
    if code not in known.mine:
        raise NotYourClass(field="class_code", value=code)
    return code


_TEXTS: Final = ("title", "class_code", "file_no", "doc_number", "unit", "owner", "doc_date")


def kept_of(told: Description) -> dict[str, Any]:
    """For the row's own column."""
    texts = {name: getattr(told, name) for name in _TEXTS if getattr(told, name)}
    return texts | ({"level": told.level.value} if told.level else {})


def description_of(kept: Mapping[str, Any]) -> Description:
    """The reverse of ``kept_of``."""
    texts = {name: str(kept.get(name, "")) for name in _TEXTS}
    return Description(level=Level(kept["level"]) if kept.get("level") else None, **texts)
