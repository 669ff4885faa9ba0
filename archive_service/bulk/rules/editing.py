"""What is set on many documents at once. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from archive_service.kernel.levels import Level
from archive_service.records.rules import Description, TooLong, clean_date, clean_text
from archive_service.records.rules.filing import LENGTHS, BadFact, listed

FIELDS: Final = ("class_code", "level", "unit", "owner", "doc_date", "file_no", "responsible", "keywords")
OF_DESCRIPTION: Final = ("class_code", "level", "unit", "owner", "doc_date", "file_no")
_LISTS: Final = ("responsible", "keywords")


@dataclass(frozen=True, slots=True)
class Changes:
    """An empty field stays as it is on every document. ``keywords`` are added to those that are there."""

    class_code: str = ""
    level: Level | None = None
    unit: str = ""
    owner: str = ""
    doc_date: str = ""
    file_no: str = ""
    responsible: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()

    @property
    def describes(self) -> bool:
        return any(getattr(self, name) for name in OF_DESCRIPTION)

    @property
    def prepares(self) -> bool:
        return bool(self.responsible or self.keywords)

    def as_json(self) -> dict[str, Any]:
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items() if v}

    def over(self, row: Description) -> Description:
        """The description that a document would have; its title and number are its own."""
        return Description(
            title=row.title,
            doc_number=row.doc_number,
            class_code=self.class_code or row.class_code,
            file_no=self.file_no or row.file_no,
            unit=self.unit or row.unit,
            owner=self.owner or row.owner,
            doc_date=self.doc_date or row.doc_date,
            level=self.level or row.level,
        )


def changes_from(kept: Mapping[str, Any]) -> Changes:
    """The reverse of ``as_json``."""

    def text(name: str) -> str:
        return str(kept.get(name, ""))

    return Changes(
        class_code=text("class_code"),
        level=Level(kept["level"]) if kept.get("level") else None,
        unit=text("unit"),
        owner=text("owner"),
        doc_date=text("doc_date"),
        file_no=text("file_no"),
        responsible=tuple(kept.get("responsible", ())),
        keywords=tuple(kept.get("keywords", ())),
    )


def read_changes(typed: Mapping[str, str]) -> Changes:
    """Raises BadFact, BadDate, TooLong."""
    level = typed.get("level", "")
    if level and level not in set(Level):
        raise BadFact(field="level", value=level[:40])
    texts = {name: clean_text(typed.get(name, "")) for name in ("class_code", "unit", "owner", "file_no")}
    for name, most in (("class_code", 12), ("unit", 64), ("owner", 80), ("file_no", 64)):
        if len(texts[name]) > most:
            raise TooLong(field=name, most=most)
    lists = {name: tuple(filter(None, map(clean_text, listed(typed.get(name, ""))))) for name in _LISTS}
    for name, parts in lists.items():
        if sum(map(len, parts)) > LENGTHS[name]:
            raise TooLong(field=name, most=LENGTHS[name])
    return Changes(
        class_code=texts["class_code"],
        level=Level(level) if level else None,
        unit=texts["unit"],
        owner=texts["owner"],
        doc_date=clean_date(typed.get("doc_date", "")),
        file_no=texts["file_no"],
        responsible=lists["responsible"],
        keywords=lists["keywords"],
    )
