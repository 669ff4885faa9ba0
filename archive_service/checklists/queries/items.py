"""Items of opened lists with what was said of each, as far as the actor may know it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.checklists.models import (
    Checklist,
    ChecklistEntry,
    ChecklistItem,
    ItemSettlement,
    OpenedChecklist,
)
from archive_service.checklists.queries.lists import EntryRow, closed_classes, entry_row
from archive_service.checklists.queries.opened import OpenedRow, opened_row
from archive_service.checklists.queries.sights import told_of
from archive_service.checklists.rules import (
    ItemId,
    ItemStanding,
    Need,
    OpenedId,
    Settlement,
    SettlementId,
    state_of,
)
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.records import DocumentRow


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """``document_id``: None for what is no link. Links to papers that the actor does not see are no rows at all.
    ``stands``: False for a link to a paper whose filing was cancelled; it counts again when the paper is filed again.
    """

    id: SettlementId
    item_id: ItemId
    kind: Settlement
    document_id: DocumentId | None
    promised_for: date | None
    reason: str
    at: datetime
    by: int | None
    ended_at: datetime | None
    ended_by: int | None
    end_reason: str
    stands: bool

    @property
    def is_live(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """``settlements``: newest first, those that were taken back among them."""

    id: ItemId
    opened_id: OpenedId
    entry: EntryRow
    need: Need
    needed_since: date | None
    state: ItemStanding
    settlements: tuple[SettlementRow, ...]

    @property
    def live(self) -> tuple[SettlementRow, ...]:
        return tuple(s for s in self.settlements if s.is_live)

    @property
    def promised_for(self) -> date | None:
        return next((s.promised_for for s in self.live if s.kind is Settlement.PROMISE), None)

    @property
    def seen(self) -> str:
        """What a person looked at, to be sent back with what they say of the item."""
        return "-".join(str(s.id) for s in reversed(self.live)) or "0"


def items(session: Session, actor: Actor, opened_id: int) -> list[ItemRow]:
    """Of one list that the actor was let see, in the list's own order."""
    asked = (
        select(ChecklistItem, ChecklistEntry)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .where(ChecklistItem.opened_id == opened_id)
        .order_by(ChecklistEntry.position)
    )
    rows = list(session.execute(asked))
    hidden = closed_classes(session, actor)
    told = [i.id for i, e in rows if e.class_code not in hidden]
    settled = settlements(session, actor, told)
    return [item_row(i, e, settled.get(i.id, ()), closed=e.class_code in hidden) for i, e in rows]


def item(session: Session, actor: Actor, item_id: int) -> tuple[OpenedRow, ItemRow]:
    """Raises NotFound, also for items that are closed to the actor."""
    hidden = closed_classes(session, actor)
    asked = (
        select(ChecklistItem, ChecklistEntry, OpenedChecklist, Checklist)
        .join(ChecklistEntry, ChecklistEntry.id == ChecklistItem.entry_id)
        .join(OpenedChecklist, OpenedChecklist.id == ChecklistItem.opened_id)
        .join(Checklist, Checklist.id == OpenedChecklist.checklist_id)
        .where(ChecklistItem.id == item_id, told_of(hidden))
    )
    found = session.execute(asked).one_or_none()
    if found is None or found[1].class_code in hidden:
        raise NotFound()
    i, e, o, c = found
    settled = settlements(session, actor, [i.id])
    return opened_row(o, c), item_row(i, e, settled.get(i.id, ()), closed=False)


def item_row(
    i: ChecklistItem, e: ChecklistEntry, settled: Sequence[SettlementRow], *, closed: bool
) -> ItemRow:
    live = [s for s in settled if s.is_live]
    kinds = {s.kind for s in live if s.stands}
    promised = next((s.promised_for for s in live if s.kind is Settlement.PROMISE), None)
    need = Need(i.need)
    state = state_of(
        need,
        linked=Settlement.LINK in kinds,
        waived=Settlement.NOT_APPLICABLE in kinds,
        promised_for=promised,
    )
    return ItemRow(
        id=ItemId(i.id),
        opened_id=OpenedId(i.opened_id),
        entry=entry_row(e),
        need=need,
        needed_since=i.needed_since,
        state=ItemStanding.CLOSED if closed else state,
        settlements=() if closed else tuple(settled),
    )


def settlements(
    session: Session, actor: Actor, item_ids: Sequence[int]
) -> Mapping[int, tuple[SettlementRow, ...]]:
    """By item, newest first; links only to papers that the actor sees."""
    stands = or_(ItemSettlement.document_id.is_(None), records.is_filed(ItemSettlement.document_id))
    asked = select(ItemSettlement, case((stands, 1), else_=0)).where(ItemSettlement.item_id.in_(item_ids))
    if not actor.sees_every_document:
        seen = ItemSettlement.document_id.in_(records.visible_ids(actor))
        asked = asked.where(or_(ItemSettlement.document_id.is_(None), seen))
    found: dict[int, tuple[SettlementRow, ...]] = {}
    for s, counts in session.execute(asked.order_by(ItemSettlement.id.desc())):
        row = SettlementRow(
            id=SettlementId(s.id),
            item_id=ItemId(s.item_id),
            kind=Settlement(s.kind),
            document_id=DocumentId(s.document_id) if s.document_id else None,
            promised_for=s.promised_for,
            reason=s.reason,
            at=s.at,
            by=s.by,
            ended_at=s.ended_at,
            ended_by=s.ended_by,
            end_reason=s.end_reason,
            stands=bool(counts),
        )
        found[s.item_id] = (*found.get(s.item_id, ()), row)
    return found


def linked_papers(
    session: Session, actor: Actor, shown: Sequence[ItemRow]
) -> Mapping[DocumentId, DocumentRow]:
    """The papers that stand for these items, as far as the actor sees them, by id."""
    wanted = {s.document_id for row in shown for s in row.settlements if s.document_id is not None}
    return dict(records.documents_by_id(session, actor, wanted).items())
