"""What is proposed of papers, as far as whoever asks may see them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.boxes import Frame, frames_of_each
from archive_service.kernel.ids import DocumentId, VersionId
from archive_service.kernel.levels import Sight
from archive_service.kernel.masking import mask
from archive_service.records import DocumentRow, PageLayout
from archive_service.suggestions import models
from archive_service.suggestions.rules import Field, Source, Span
from archive_service.suggestions.rules.kept import Kept, as_known, told


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where on a page it stands: ``boxes`` as fractions (0..1) of the page's width and height, one a line."""

    page: int
    boxes: tuple[Frame, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """``value``: as the field takes it. ``shown``: as a person reads it. Both covered for who sees masked only.

    ``evidence`` is empty where it comes from other papers, from the file's name or from the model.
    """

    field: Field
    value: str
    shown: str
    confidence: float  # 0..1
    source: Source
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """``fields``: several candidates for a field stand together, surest first. ``model_version`` None: without one."""

    version_id: VersionId
    model_version: int | None
    fields: tuple[Proposed, ...]
    made_at: datetime | None = None

    def of(self, field: Field) -> tuple[Proposed, ...]:
        """The candidates for one field, surest first."""
        return tuple(proposed for proposed in self.fields if proposed.field is field)

    def first(self, field: Field) -> Proposed | None:
        return next((proposed for proposed in self.fields if proposed.field is field), None)


def of_document(session: Session, actor: Actor, document_id: uuid.UUID) -> Proposal | None:
    """What is proposed of the current version, with its evidence; None where nothing is: not read yet, filed,
    discarded, or its pages are closed to the actor. A constant number of statements. Raises NotFound."""
    row = records.document(session, actor, document_id)
    if row.archival_no or row.discarded_at is not None or records.freely_seen(actor, row) < Sight.MASKED:
        return None
    found = session.get(models.Proposal, row.version_id)
    if found is None:
        return None
    kept = _as_known(session, actor, told(found.fields))
    numbers = sorted({span.page for candidate in kept for span in candidate.spans})
    layouts = (
        {at.row.number: at for at in records.page_layouts(session, row.version_id, numbers)}
        if numbers
        else {}
    )
    in_clear = records.freely_seen(actor, row) >= Sight.VIEW
    shown = {number: at.text if in_clear else mask(at.text) for number, at in layouts.items()}
    fields = tuple(
        _proposed(candidate, in_clear=in_clear, evidence=_evidence(candidate.spans, layouts, shown))
        for candidate in kept
    )
    return Proposal(VersionId(found.version_id), found.model_id, fields, found.made_at)


def of_documents(session: Session, actor: Actor, rows: Sequence[DocumentRow]) -> dict[DocumentId, Proposal]:
    """The same for a list of rows the actor was shown, without evidence, in two statements."""
    open_rows = {
        row.version_id: row
        for row in rows
        if not row.archival_no
        and row.discarded_at is None
        and records.freely_seen(actor, row) >= Sight.MASKED
    }
    if not open_rows:
        return {}
    wanted = select(models.Proposal).where(models.Proposal.version_id.in_(list(open_rows)))
    found = session.scalars(wanted).all()
    kept = {proposal.version_id: told(proposal.fields) for proposal in found}
    seen = _seen(session, actor, (c for candidates in kept.values() for c in candidates))
    proposals = {}
    for proposal in found:
        row = open_rows[VersionId(proposal.version_id)]
        in_clear = records.freely_seen(actor, row) >= Sight.VIEW
        candidates = as_known(kept[proposal.version_id], seen, register=_sees_register(actor))
        fields = tuple(_proposed(c, in_clear=in_clear) for c in candidates)
        proposals[row.id] = Proposal(row.version_id, proposal.model_id, fields, proposal.made_at)
    return proposals


def kept_of(
    session: Session, actor: Actor, document_id: uuid.UUID
) -> tuple[models.Proposal, list[Kept]] | None:
    """The newest proposal of a document with the candidates as the actor knows them, in clear, for the service's own
    use."""
    wanted = select(models.Proposal).where(models.Proposal.document_id == document_id)
    found = session.scalar(wanted.order_by(models.Proposal.version_id.desc()).limit(1))
    return None if found is None else (found, _as_known(session, actor, told(found.fields)))


def _seen(session: Session, actor: Actor, candidates: Iterable[Kept]) -> set[str]:
    """Of the papers that candidates are known from, those that the actor sees: the others must not tell."""
    likes = {uuid.UUID(like.paper) for candidate in candidates for like in candidate.likes}
    return {str(i) for i in records.documents_by_id(session, actor, likes)} if likes else set()


def _sees_register(actor: Actor) -> bool:
    return actor.may(Permission.SEE_PARTIES)


def _as_known(session: Session, actor: Actor, kept: list[Kept]) -> list[Kept]:
    return as_known(kept, _seen(session, actor, kept), register=_sees_register(actor))


def _proposed(kept: Kept, *, in_clear: bool, evidence: tuple[Evidence, ...] = ()) -> Proposed:
    value = kept.value if in_clear else kept.masked
    covered = not in_clear and kept.masked != kept.value
    return Proposed(
        kept.field, value, value if covered else kept.shown, kept.confidence, kept.source, evidence
    )


def _evidence(
    spans: Sequence[Span], layouts: dict[int, PageLayout], shown: dict[int, str]
) -> tuple[Evidence, ...]:
    found = []
    for span in spans:
        layout = layouts.get(span.page)
        if layout is None:
            continue
        (boxes,) = frames_of_each(layout.boxes, [(span.start, span.end)])
        found.append(Evidence(span.page, boxes, shown[span.page][span.start : span.end]))
    return tuple(found)
