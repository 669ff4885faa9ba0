"""Cross-references between documents and between case files (互见), for programs."""

import uuid
from datetime import datetime
from typing import Annotated, Final

from flask import Response, url_for
from pydantic import Field

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.masking import mask
from archive_service.records.api.pages import CURRENT, seen_document
from archive_service.records.queries import case_files as file_queries
from archive_service.records.queries import relations
from archive_service.records.queries.relations import RelationRow
from archive_service.records.rules.relations import NoSuchPaper, RelationKind
from archive_service.records.service import relating
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("relating_api", __name__, "filing")

FILE: Final = "/case-files/<int(max=2147483647):case_file_id>"
ONE_RELATION: Final = "/relations/<int(max=2147483647):relation_id>"


class RelationAsked(Asked):
    kind: RelationKind
    other: Annotated[str, Field(max_length=400)] = Field(
        description="number of the other one, present or former; of a document also its id or address"
    )
    note: Line = ""


class RelationTold(Told):
    id: int
    kind: RelationKind
    outward: bool = Field(description="whether it reads from this one to the other")
    document: str | None
    case_file: str | None
    number: str
    title: str
    note: str
    added_at: datetime


class RelationList(Told):
    relations: list[RelationTold]


class RelationGone(Told):
    id: int


def _relations(rows: list[RelationRow]) -> RelationList:
    return RelationList(
        relations=[
            RelationTold(
                id=row.id,
                kind=row.kind,
                outward=row.outward,
                document=url_for("documents_api.show", document_id=row.document_id)
                if row.document_id
                else None,
                case_file=url_for("case_files_api.case_file", case_file_id=row.case_file_id)
                if row.case_file_id
                else None,
                number=row.number,
                title=mask(row.title),
                note=mask(row.note),
                added_at=row.added_at,
            )
            for row in rows
        ]
    )


@blueprint.get(f"{CURRENT}/relations")
@blueprint.output(RelationList)
@blueprint.doc(summary=N_("What a document refers to, and what refers to it"))
def relations_of_document(document_id: uuid.UUID) -> RelationList:
    with current_archive().reading() as session:
        seen_document(session, document_id)
        return _relations(relations.relations_of_document(session, current_actor(), document_id))


@blueprint.post(f"{CURRENT}/relations")
@blueprint.input(RelationAsked, arg_name="asked")
@blueprint.output(RelationList, status_code=201)
@blueprint.doc(summary=N_("Link a document with another one"), responses={409: "Linked so already"})
def relate(document_id: uuid.UUID, asked: RelationAsked) -> Response:
    current_actor().must(Permission.SEARCH)

    def effect(work: UnitOfWork) -> Reply:
        relating.must_link(work, document_id)
        other = relations.document_called(work.session, work.actor, asked.other)
        if other is None:
            raise NoSuchPaper(field="other")
        relating.relate_documents(work, document_id, other, asked.kind, note=asked.note)
        rows = relations.relations_of_document(work.session, work.actor, document_id)
        return Reply(201, _relations(rows).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.get(f"{FILE}/relations")
@blueprint.output(RelationList)
@blueprint.doc(summary=N_("What a case file refers to, and what refers to it"))
def relations_of_file(case_file_id: int) -> RelationList:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        file_queries.case_file(session, actor, case_file_id)
        return _relations(relations.relations_of_case_file(session, actor, case_file_id))


@blueprint.post(f"{FILE}/relations")
@blueprint.input(RelationAsked, arg_name="asked")
@blueprint.output(RelationList, status_code=201)
@blueprint.doc(summary=N_("Link a case file with another one"), responses={409: "Linked so already"})
def relate_files(case_file_id: int, asked: RelationAsked) -> Response:
    current_actor().must(Permission.FILE)

    def effect(work: UnitOfWork) -> Reply:
        other = file_queries.case_file_called(work.session, work.actor, asked.other[:80])
        if other is None:
            raise NoSuchPaper(field="other")
        relating.relate_case_files(work, case_file_id, other.id, asked.kind, note=asked.note)
        rows = relations.relations_of_case_file(work.session, work.actor, case_file_id)
        return Reply(201, _relations(rows).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.post(f"{ONE_RELATION}/removal")
@blueprint.output(RelationGone)
@blueprint.doc(summary=N_("Take a link between two documents or case files away"))
def unrelate(relation_id: int) -> RelationGone:
    current_actor().must(Permission.SEARCH)
    with current_archive().unit_of_work(current_actor()) as work:
        relating.unrelate(work, relation_id)
    return RelationGone(id=relation_id)
