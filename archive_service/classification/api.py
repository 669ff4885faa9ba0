"""The file plan for programs."""

from flask import Flask
from pydantic import Field

from archive_service.api import doors
from archive_service.api.schemas import Told
from archive_service.classification.queries import class_rows
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.levels import Level
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("classification_api", __name__, "classes")


class RecordClass(Told):
    code: str
    parent: str | None
    name_zh: str
    name_en: str
    selectable: bool = Field(description="whether documents may stand here")
    level: Level
    retention_zh: str
    doc_types: list[str]


class FilePlan(Told):
    classes: list[RecordClass]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/classes")
@blueprint.output(FilePlan)
@blueprint.doc(summary=N_("All classes of the file plan, parents before children"))
def listing() -> FilePlan:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        rows = class_rows(session)
    return FilePlan(
        classes=[
            RecordClass(
                code=row.code,
                parent=row.parent,
                name_zh=row.name_zh,
                name_en=row.name_en,
                selectable=row.selectable,
                level=row.level,
                retention_zh=row.retention_zh,
                doc_types=list(row.doc_types),
            )
            for row in rows
        ]
    )
