"""Exports: of whoever asked for them, and of those who decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session

from archive_service.bulk.models import ExportItem, ExportRequest
from archive_service.bulk.rules import UNDERWAY_EXPORTS, ExportId, ExportState
from archive_service.bulk.rules.selection import Selection, selection_from
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId


@dataclass(frozen=True, slots=True)
class ExportView:
    """``levels``: documents by level, as gathered. ``withheld``: originals the requester may not take away. ``seal``:
    what the requester saw and took when it was built, see ``building.seal_today``.
    """

    id: ExportId
    state: ExportState
    selection: Selection
    levels: Mapping[str, int]
    with_originals: bool
    fees_only: bool
    reason: str
    requested_at: datetime
    requested_by: int
    decided_at: datetime | None
    decided_by: int | None
    comment: str
    documents: int
    bytes_expected: int
    written: int
    originals: int
    withheld: int
    digest: str
    size: int
    ready_at: datetime | None
    expires_at: datetime
    trouble: str
    seal: str

    @property
    def is_underway(self) -> bool:
        return self.state in UNDERWAY_EXPORTS

    @property
    def needs_approval(self) -> bool:
        return self.with_originals and not self.fees_only

    @property
    def file_name(self) -> str:
        kind = "档案导出" if self.with_originals else "档案清单"
        return f"{kind}-{self.id}.{'zip' if self.with_originals else 'xlsx'}"


def _view(row: ExportRequest) -> ExportView:
    return ExportView(
        id=ExportId(row.id),
        state=ExportState(row.state),
        selection=selection_from(row.selection),
        levels=row.selection.get("levels", {}),
        with_originals=row.with_originals,
        fees_only=row.fees_only,
        reason=row.reason,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        comment=row.comment,
        documents=row.documents,
        bytes_expected=row.bytes_expected,
        written=row.written,
        originals=row.originals,
        withheld=row.withheld,
        digest=row.digest or "",
        size=row.size or 0,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        trouble=row.trouble or "",
        seal=row.selection.get("seal", ""),
    )


def _seen(actor: Actor) -> ColumnElement[bool]:
    if actor.via == "job" and actor.user_id is None:
        return true()
    own = ExportRequest.requested_by == (actor.user_id or 0)
    others = ExportRequest.with_originals if actor.may(Permission.APPROVE_EXPORT) else false()
    return or_(own, others)


def export_view(session: Session, actor: Actor, export_id: int) -> ExportView:
    """Raises NotFound, also for what is neither the actor's own nor theirs to decide."""
    row = session.scalar(select(ExportRequest).where(ExportRequest.id == export_id, _seen(actor)))
    if row is None:
        raise NotFound()
    return _view(row)


def exports(session: Session, actor: Actor, *, offset: int = 0, limit: int = 20) -> list[ExportView]:
    """Newest first."""
    query = select(ExportRequest).where(_seen(actor)).order_by(ExportRequest.id.desc())
    return [_view(row) for row in session.scalars(query.offset(offset).limit(limit))]


def export_count(session: Session, actor: Actor) -> int:
    return session.scalar(select(func.count()).select_from(ExportRequest).where(_seen(actor))) or 0


def undecided_count(session: Session, actor: Actor) -> int:
    """Exports of others that wait for the actor's decision."""
    if not actor.may(Permission.APPROVE_EXPORT):
        return 0
    query = select(func.count()).select_from(ExportRequest)
    waiting = ExportRequest.state == ExportState.REQUESTED.value
    return session.scalar(query.where(waiting, ExportRequest.requested_by != actor.user_id)) or 0


def export_items(
    session: Session, export_id: ExportId, *, after: int = 0, limit: int = 200
) -> list[tuple[int, DocumentId]]:
    """(place, document), in order. Whoever asks has been let in by ``export_view``."""
    query = select(ExportItem.id, ExportItem.document_id)
    query = query.where(ExportItem.export_id == export_id, ExportItem.id > after)
    return [(i, DocumentId(d)) for i, d in session.execute(query.order_by(ExportItem.id).limit(limit))]
