"""The one page that leads to imports, edits and exports, and what the others share."""

from typing import Any, Final

from flask import Blueprint, render_template, request

from archive_service import people
from archive_service.bulk.queries import edits as edit_queries
from archive_service.bulk.queries import exports as export_queries
from archive_service.bulk.queries import imports as import_queries
from archive_service.bulk.web import words
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import SignInNeeded
from archive_service.kernel.masking import mask
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    only_asked,
)

blueprint = Blueprint("bulk", __name__, template_folder="../templates")

PAGE_SIZE: Final = 20
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def furniture() -> dict[str, Any]:
    """What every page of this capability says things with."""
    return {
        "import_states": words.IMPORT_STATES,
        "edit_states": words.EDIT_STATES,
        "item_states": words.ITEM_STATES,
        "export_states": words.EXPORT_STATES,
        "field_labels": words.FIELD_NAMES,
        "field_text": words.field_text,
        "trouble_text": words.trouble_text,
        "selection_text": words.selection_text,
        "mask": mask,
        "language": current_language(),
    }


@blueprint.get("/bulk")
def page() -> str:
    """One's own imports, edits and exports; for those who decide, the exports of others as well."""
    only_asked("show", "page")
    actor = current_actor()
    if actor.is_anonymous:
        raise SignInNeeded()
    actor.must(Permission.SEARCH)
    tabs = [name for name, right in _TABS.items() if actor.may(right)]
    asked = request.args.get("show", "")
    shown = asked if asked in tabs else tabs[0]
    number = asked_page()
    window = {"offset": (number - 1) * PAGE_SIZE, "limit": PAGE_SIZE}
    rows: list[Any]
    with current_archive().reading() as session:
        match shown:
            case "imports":
                rows = list(import_queries.imports(session, actor, **window))
                total = import_queries.import_count(session, actor)
            case "edits":
                rows = list(edit_queries.edits(session, actor, **window))
                total = edit_queries.edit_count(session, actor)
            case _:
                rows = list(export_queries.exports(session, actor, **window))
                total = export_queries.export_count(session, actor)
        undecided = export_queries.undecided_count(session, actor)
        names = people.display_names(session)
    return render_template(
        "bulk/page.html",
        tabs=tabs,
        shown=shown,
        rows=rows,
        paging=Paging(number, PAGE_SIZE, total),
        undecided=undecided,
        names=names,
        **furniture(),
    )


_TABS: Final = {
    "imports": Permission.UPLOAD,
    "edits": Permission.DESCRIBE,
    "exports": Permission.SEARCH,
}
