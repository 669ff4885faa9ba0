"""The file plan as a page: every class with its level, how long papers are kept, and what belongs there."""

from flask import Blueprint, Flask, render_template

from archive_service.classification.queries import class_rows
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


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
