"""What imports, edits and exports are called, and why something can't be, in the words of the page's language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask_babel import gettext

from archive_service.bulk.rules import EditState, ExportState, ImportState, ItemState, RowState
from archive_service.bulk.rules.selection import Origin, Selection
from archive_service.kernel.errors import N_, ArchiveError
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.kernel.masking import mask
from archive_service.web import explain

IMPORT_STATES: Final = {
    ImportState.CHECKING: (N_("Being checked"), "blue", "hourglass"),
    ImportState.CHECKED: (N_("Waits for your decision"), "yellow", "clipboard-check"),
    ImportState.IMPORTING: (N_("Being imported"), "blue", "hourglass"),
    ImportState.DONE: (N_("Finished"), "green", "circle-check"),
    ImportState.CANCELLED: (N_("Stopped"), "secondary", "circle-x"),
    ImportState.FAILED: (N_("Failed"), "red", "alert-triangle"),
    ImportState.EXPIRED: (N_("Left undecided"), "secondary", "clock"),
}
ROW_STATES: Final = {
    RowState.READY: N_("can be imported"),
    RowState.BAD: N_("rows with problems"),
    RowState.UNLISTED: N_("files that no row speaks of"),
    RowState.DONE: N_("imported"),
    RowState.HERE_ALREADY: N_("here already"),
    RowState.FAILED: N_("refused while importing"),
}
EDIT_STATES: Final = {
    EditState.CHOSEN: (N_("Chosen"), "yellow", "pencil"),
    EditState.PREVIEWED: (N_("Waits for your decision"), "yellow", "clipboard-check"),
    EditState.APPLYING: (N_("Being changed"), "blue", "hourglass"),
    EditState.DONE: (N_("Finished"), "green", "circle-check"),
    EditState.CANCELLED: (N_("Stopped"), "secondary", "circle-x"),
}
ITEM_STATES: Final = {
    ItemState.CHOSEN: (N_("Chosen"), "secondary"),
    ItemState.READY: (N_("Will change"), "blue"),
    ItemState.SAME: (N_("Says so already"), "secondary"),
    ItemState.CANNOT: (N_("Can't be changed"), "orange"),
    ItemState.DONE: (N_("Changed"), "green"),
    ItemState.STALE: (N_("Changed by somebody else meanwhile"), "orange"),
    ItemState.FAILED: (N_("Refused"), "red"),
}
EXPORT_STATES: Final = {
    ExportState.GATHERING: (N_("Being gathered"), "blue", "hourglass"),
    ExportState.REQUESTED: (N_("Waits for approval"), "yellow", "gavel"),
    ExportState.APPROVED: (N_("Being built"), "blue", "hourglass"),
    ExportState.READY: (N_("Ready to fetch"), "green", "download"),
    ExportState.REFUSED: (N_("Not approved"), "red", "circle-x"),
    ExportState.CANCELLED: (N_("Given up"), "secondary", "circle-x"),
    ExportState.FAILED: (N_("Failed"), "red", "alert-triangle"),
    ExportState.EXPIRED: (N_("Its time is over"), "secondary", "clock"),
}
FIELD_NAMES: Final = {
    "class_code": N_("Class"),
    "level": N_("Level"),
    "unit": N_("Unit"),
    "owner": N_("Owner"),
    "doc_date": N_("Date of the paper"),
    "file_no": N_("File number"),
    "responsible": N_("Responsible"),
    "keywords": N_("Keywords"),
}


def trouble_text(code: str, facts: Mapping[str, Any], column: str = "") -> str:
    """The words of an error that happened earlier, from what was kept of it. Raises nothing."""
    kind = next((kind for kind in _kinds(ArchiveError) if kind.code == code), ArchiveError)
    told = {**facts, "field": column} if column else dict(facts)
    return mask(explain(kind(**told)))


def _kinds(kind: type[ArchiveError]) -> Iterator[type[ArchiveError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def field_text(name: str, value: str) -> str:
    """A value of a preview as people read it, with numbers covered."""
    if name == "level" and value in set(Level):
        return str(gettext(LEVEL_NAMES[Level(value)]))
    return mask(value)


def selection_text(selection: Selection) -> str:
    """What was asked for, in words, with numbers covered."""
    match selection.origin:
        case Origin.TICKED:
            return str(gettext("%(count)s ticked documents", count=len(selection.ids)))
        case Origin.SEARCH:
            query = mask(selection.one("q"))
            chosen = "、".join(
                mask(value)
                for name in ("class", "year", "building", "state", "level")
                for value in selection.asked.get(name, ())
            )
            text = gettext("All that the search “%(query)s” finds", query=query or "*")
            return f"{text} ({chosen})" if chosen else str(text)
        case Origin.CLASS:
            code = selection.one("code")
            if code:
                return str(gettext("All of class %(code)s", code=code))
            return str(gettext("All documents"))
        case Origin.INBOX:
            return str(gettext("All of the inbox"))
        case Origin.FILE:
            return str(gettext("A whole case file"))
