"""Bringing files in by one call each: a document, or a new version of one. Large files come in parts."""

import uuid
from typing import Annotated, Any, Literal

from flask import Flask, Response, url_for
from pydantic import BaseModel, ConfigDict, Field

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.intake.rules import NewVersion, NoFile, Purpose, reason_code_of
from archive_service.intake.service.accepting import OutcomeKind, accept
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.records import Description, SameBytes, VersionState
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive, explain, problem
from archive_service.web.incoming import IncomingFile, Repeated, receive
from storage import Blob

blueprint = doors.blueprint("intake_api", __name__, "documents")


def _with_file(schema: dict[str, Any]) -> None:
    schema["properties"] = {"file": {"type": "string", "format": "binary"}, **schema["properties"]}
    schema["required"] = ["file", *schema.get("required", [])]


class DocumentForm(Asked):
    """The file, and what is known of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_file)

    title: Line = ""
    class_code: Line = ""
    file_no: Line = ""
    doc_number: Line = ""
    unit: Line = ""
    owner: Line = ""
    doc_date: Line = Field(default="", description="2026-03-08, 2026-03 or 2026")
    level: Level | None = Field(default=None, description="empty: the class's")
    keep_both: bool = Field(default=False, description="take it in although the same bytes are here already")


class VersionForm(Asked):
    """The file, and why there is a new version."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_file)

    reason: Annotated[Line, Field(description="in a few words")]
    reason_code: Literal["", "rescan", "completed", "corrected", "new_edition", "other"] = ""


class ReceivedLinks(Told):
    self: str
    content: str
    html: str


class Received(Told):
    """A file whose bytes are durable."""

    id: uuid.UUID
    version: int
    sha256: str
    state: VersionState
    links: ReceivedLinks


class SameLinks(Told):
    self: str
    html: str


class SameElsewhere(Told):
    """A document, and its version with the same bytes."""

    id: uuid.UUID
    title: str
    version: int
    links: SameLinks


class ReceivedVersion(Received):
    """``existing``: other documents with the same bytes that the caller may see; often the wrong file was chosen."""

    existing: list[SameElsewhere]


class Duplicate(Conflict):
    """``existing``: documents with the same bytes that the caller may see."""

    code = "document.duplicate"
    message = N_("These bytes are already here. Send keep_both=true to bring them in all the same.")

    def __init__(self, existing: tuple[SameBytes, ...]) -> None:
        self.existing = existing
        super().__init__()


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.post("/documents")
@blueprint.output(Received, status_code=201)
@blueprint.doc(
    summary=N_("Bring in a document"),
    description="The file comes last in the form. Answers when the bytes are durable. Bytes that are here"
    " already, as a current or an older version: 409 document.duplicate.",
    responses={409: "The same bytes are here already", 413: "Too large", 507: "The disk is full"},
)
@doors.takes_form(DocumentForm)
def add_document() -> Response:
    form, file, blob = _received(DocumentForm)
    told = Description(**form.model_dump(exclude={"keep_both"}))
    try:
        return _accepted(blob, file.file_name, told, form, keep_both=form.keep_both)
    except Duplicate as error:
        existing = [_same(same).model_dump(mode="json") for same in error.existing]
        return problem(409, error.code, explain(error), existing=existing)


@blueprint.post("/documents/<uuid:document_id>/versions")
@blueprint.output(ReceivedVersion, status_code=201)
@blueprint.doc(
    summary=N_("Bring in a new version, with a reason"),
    description="`existing`: other documents that have the same bytes, of those that you may see in clear. The"
    " version is kept all the same.",
    tags=["versions"],
    responses={409: "The same bytes as the current version", 413: "Too large", 507: "The disk is full"},
)
@doors.takes_form(VersionForm)
def add_version(document_id: uuid.UUID) -> Response:
    form, file, blob = _received(VersionForm)
    return _accepted(
        blob, file.file_name, NewVersion(document_id, form.reason, reason_code_of(form.reason_code)), form
    )


def _same(same: SameBytes) -> SameElsewhere:
    where = url_for("documents_api.show", document_id=same.document.id)
    return SameElsewhere(
        id=same.document.id,
        title=mask(same.document.title),
        version=same.version.number,
        links=SameLinks(self=where, html=_address_of(same)),
    )


def _address_of(same: SameBytes) -> str:
    """Of the page that shows these bytes: an old version has one of its own."""
    number = "" if same.version.is_current else f"/versions/{same.version.number}"
    return f"/documents/{same.document.id}{number}"


def _received(model: type[doors.Model]) -> tuple[doors.Model, IncomingFile, Blob]:
    """The form and its one file, whose bytes are durable by now. Raises NoFile, and what ``receive`` does."""
    current_actor().must(Permission.UPLOAD)
    fields = frozenset(model.model_fields)
    incoming = receive(
        current_archive(),
        fields=fields,
        file_fields=frozenset({"file"}),
        token_needed=False,
        file_ends_form=True,
    )
    form = doors.loaded(
        model, {name: text for name, text in incoming.fields.items() if text or name == "reason"}
    )
    if not incoming.files:
        raise NoFile(field="file")
    if len(incoming.files) > 1:
        raise Repeated(field="file")
    file = incoming.files[0]
    if file.error is not None:
        raise file.error
    assert file.blob is not None
    return form, file, file.blob


def _accepted(
    blob: Blob, file_name: str, purpose: Purpose, form: BaseModel, *, keep_both: bool = False
) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        outcome = accept(work, blob, file_name, purpose, keep_both=keep_both)
        if outcome.kind is OutcomeKind.DUPLICATE:
            # The caller is a program that can ask again: no copy waits for a person's decision.
            raise Duplicate(outcome.existing)
        assert outcome.document_id is not None
        facts = _facts(outcome.document_id, outcome.version_number, blob)
        if isinstance(purpose, NewVersion):
            existing = [_same(same) for same in outcome.existing]
            facts = ReceivedVersion(**dict(facts), existing=existing)
        return Reply(201, facts.model_dump(mode="json"), {"Location": facts.links.self})

    told = [f"{name}={value}" for name, value in sorted(form.model_dump(mode="json").items())]
    attempt = doors.attempt(blob.digest, file_name, *told)
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


def _facts(document_id: DocumentId, number: int, blob: Blob) -> Received:
    return Received(
        id=document_id,
        version=number,
        sha256=blob.digest,
        state=VersionState.RECEIVED,
        links=ReceivedLinks(
            self=url_for("documents_api.show", document_id=document_id),
            content=url_for("versions_api.content", document_id=document_id, number=number),
            html=f"/documents/{document_id}",
        ),
    )
