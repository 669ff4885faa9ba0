"""Proposals for programs: what a paper most likely is, and how good that usually is."""

import uuid

from flask import Flask
from pydantic import Field as Described

from archive_service.api import doors
from archive_service.api.schemas import Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.suggestions.queries.proposals import Evidence, Proposal, Proposed, of_document
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("suggestions_api", __name__, "documents")


class EvidenceBox(Told):
    """Fractions of the page's width and height."""

    x0: float
    y0: float
    x1: float
    y1: float


class EvidencePlace(Told):
    page: int
    words: str = Described(description="as they stand there; numbers covered for who sees the paper so")
    boxes: list[EvidenceBox] = Described(description="one for each line; empty where reading found no places")


class ProposedValue(Told):
    field: str = Described(
        description="class_code, unit, owner, doc_number, doc_date, amount, title, drawing_no …"
    )
    value: str = Described(description="as the field takes it")
    shown: str = Described(description="as a person reads it")
    confidence: float = Described(description="0 … 1")
    source: str = Described(description="rule, model or look-alike")
    evidence: list[EvidencePlace]


class DocumentSuggestions(Told):
    version_id: int | None = Described(description="what was looked at; null while nothing is proposed")
    model: int | None = Described(description="version of the trained model that had a say")
    fields: list[ProposedValue] = Described(
        description="several candidates of a field stand together, surest first"
    )


@blueprint.get("/documents/<uuid:document_id>/suggestions")
@blueprint.output(DocumentSuggestions)
@blueprint.doc(summary=N_("What is proposed for a document that waits for filing, with evidence"))
def suggestions(document_id: uuid.UUID) -> DocumentSuggestions:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        proposal = of_document(session, actor, document_id)
    return _told(proposal)


def _told(proposal: Proposal | None) -> DocumentSuggestions:
    if proposal is None:
        return DocumentSuggestions(version_id=None, model=None, fields=[])
    return DocumentSuggestions(
        version_id=proposal.version_id,
        model=proposal.model_version,
        fields=[_value(proposed) for proposed in proposal.fields],
    )


def _value(proposed: Proposed) -> ProposedValue:
    return ProposedValue(
        field=proposed.field.value,
        value=proposed.value,
        shown=proposed.shown,
        confidence=proposed.confidence,
        source=proposed.source.value,
        evidence=[_place(evidence) for evidence in proposed.evidence],
    )


def _place(evidence: Evidence) -> EvidencePlace:
    boxes = [EvidenceBox(x0=b.x0, y0=b.y0, x1=b.x1, y1=b.y1) for b in evidence.boxes]
    return EvidencePlace(page=evidence.page, words=evidence.words, boxes=boxes)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
