"""The file plan as a page: every class with its level, how long papers are kept, and what belongs there."""

from collections.abc import Sequence

from flask import Blueprint, Flask, render_template

from archive_service import people
from archive_service.classification.queries import ClassRow, class_rows
from archive_service.kernel.actor import Permission
from archive_service.kernel.levels import LEVEL_NAMES
from archive_service.web import current_actor, current_archive, current_language

blueprint = Blueprint("classification", __name__, template_folder="templates")


@blueprint.get("/file-plan")
def page() -> str:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        rows = class_rows(session)
    return render_template(
        "classification/plan.html", rows=rows, language=current_language(), level_names=LEVEL_NAMES
    )


def class_groups(classes: Sequence[ClassRow]) -> list[tuple[str, list[ClassRow]]]:
    """The classes under which the person may put papers, under their main classes: for a select."""
    actor, language = current_actor(), current_language()
    names = {row.code: row.name(language) for row in classes}
    groups: dict[str, list[ClassRow]] = {}
    for row in classes:
        if row.selectable and people.may_upload_to(actor.roles, row.code):
            groups.setdefault(row.code.split(".")[0], []).append(row)
    return [(f"{code} {names.get(code, '')}", rows) for code, rows in groups.items()]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
