"""Documents: list, look at, describe. They are brought in by ``intake``."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from archive_service.api import doors
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import N_, Conflict
from archive_service.kernel.levels import Sight
from archive_service.records.api.answers import (
    DescriptionPatch,
    Document,
    DocumentList,
    DocumentQuery,
    document_facts,
)
from archive_service.records.api.pages import CURRENT, seen_document
from archive_service.records.queries import documents as queries
from archive_service.records.queries.documents import DocumentFilter
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.rules import FIELD_LENGTHS, LARGEST_REVISION, NO_SUCH_REVISION, Description
from archive_service.records.service import documents as service
from archive_service.records.service.misplaced import misplaced
from archive_service.web import current_actor, current_archive, explain, problem, whole_number

blueprint = doors.blueprint("documents_api", __name__, "documents")


class NeedsRevision(Conflict):
    code = "document.needs-revision"
    message = N_("Say which state the change is meant for: send the revision that you read, or If-Match.")


@blueprint.get("/documents")
@blueprint.input(DocumentQuery, location="query", arg_name="asked")
@blueprint.output(DocumentList)
@blueprint.doc(summary=N_("Documents that the caller may see"))
def listing(asked: DocumentQuery) -> DocumentList:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    wanted = DocumentFilter(
        class_code=asked.class_code,
        unclassified=asked.unclassified,
        states=(asked.state,) if asked.state else (),
        mine=asked.mine,
    )
    with current_archive().reading() as session:
        total = queries.document_count(session, actor, wanted)
        offset = (asked.page - 1) * asked.size
        rows = queries.documents(session, actor, wanted, sort=asked.sort, offset=offset, limit=asked.size)
    documents = [document_facts(row, actor) for row in rows]
    return DocumentList(total=total, page=asked.page, size=asked.size, documents=documents)


@blueprint.get(CURRENT)
@blueprint.output(Document)
@blueprint.doc(summary=N_("One document with its current version"))
def show(document_id: uuid.UUID) -> tuple[Document, int, dict[str, str]]:
    with current_archive().reading() as session:
        row, sight = seen_document(session, document_id)
        return _answer(session, row, current_actor(), sight)


def _answer(
    session: Session, row: DocumentRow, actor: Actor, sight: Sight | None = None
) -> tuple[Document, int, dict[str, str]]:
    facts, apart = document_facts(row, actor, sight), misplaced(session, actor, row)
    if apart is not None:
        facts = facts.model_copy(update={"misplaced": apart.apart.value})
    return facts, 200, {"ETag": f'"{row.revision}"'}


@blueprint.patch(CURRENT)
@blueprint.input(DescriptionPatch, arg_name="patch")
@blueprint.output(Document)
@blueprint.doc(
    summary=N_("Change the description"),
    description="Only what is sent is changed. A stale revision: 409, a stale If-Match: 412, neither: 428.",
    responses={409: "Somebody else was faster", 412: "If-Match does not hold", 428: "No revision was sent"},
)
def describe(
    document_id: uuid.UUID, patch: DescriptionPatch
) -> Response | tuple[Document, int, dict[str, str]]:
    actor = current_actor()
    matched = _matched_revision()
    revision = matched if patch.revision is None else patch.revision
    if revision is None or (matched is not None and matched != revision):
        return problem(428, NeedsRevision.code, explain(NeedsRevision()))
    try:
        with current_archive().unit_of_work(actor) as work:
            row = queries.document(work.session, actor, document_id)
            row = service.describe(
                work, document_id, _described(row, patch), revision=revision, reason=patch.reason
            )
    except service.StaleDescription as error:
        return problem(409 if matched is None else 412, error.code, explain(error))
    with current_archive().reading() as session:
        return _answer(session, row, actor)


def _matched_revision() -> int | None:
    """The revision in If-Match; one that no document has for a tag that isn't ours."""
    tags = list(request.if_match.as_set())
    if not tags:
        return None
    revision = whole_number(tags[0], LARGEST_REVISION) if len(tags) == 1 else None
    return NO_SUCH_REVISION if revision is None else revision


def _described(row: DocumentRow, patch: DescriptionPatch) -> Description:
    """The whole description as it shall be: what is stored with what was sent."""
    kept = Description(**{name: getattr(row, name) for name in FIELD_LENGTHS}, level=patch.level)
    changes: dict[str, Any] = {
        name: getattr(patch, name) or "" for name in FIELD_LENGTHS if name in patch.model_fields_set
    }
    return replace(kept, **changes)
