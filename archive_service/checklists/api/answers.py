"""What calls about checklists take and give."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from archive_service.api.schemas import Asked, Line, Told
from archive_service.checklists.queries.items import ItemRow
from archive_service.checklists.queries.lists import EntryRow, ListRow
from archive_service.checklists.queries.missing import MissingRow
from archive_service.checklists.queries.opened import Completeness, OpenedRow
from archive_service.checklists.queries.tasks import TaskRow
from archive_service.checklists.rules import ItemStanding, ListState, Mandatory, PaperForm, Settlement
from archive_service.kernel.masking import mask
from archive_service.records.api.answers import PageNumber, PageSize

Id = Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
QueryId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class EntryTold(Told):
    code: str
    name_zh: str
    name_en: str
    mandatory: Mandatory
    fact: str = Field(description="on which a conditional item depends")
    stage: str
    class_code: str
    form: PaperForm


class CaseFactTold(Told):
    code: str
    name_zh: str
    name_en: str


class ChecklistTold(Told):
    code: str
    version: str
    name_zh: str
    name_en: str
    event_zh: str
    event_en: str
    opens_for: list[str] = Field(description="classes whose case files open it by themselves")
    stages: list[CaseFactTold]
    facts: list[CaseFactTold]
    items: list[EntryTold]


class Checklists(Told):
    checklists: list[ChecklistTold]


class CompletenessTold(Told):
    needed: int
    settled: int
    promised: int
    missing: int
    undecided: int
    partial: bool = Field(description="whether items of classes that are hidden from the caller are left out")


class OpenedTold(Told):
    id: int
    checklist: str
    version: str
    unit_id: int | None
    case_file_id: int | None
    case_name: str
    event_on: date
    steward_id: int | None
    stage: str
    state: ListState
    completeness: CompletenessTold


class SettlementTold(Told):
    id: int
    kind: Settlement
    document_id: uuid.UUID | None
    promised_for: date | None
    reason: str
    at: datetime
    by: int | None
    ended_at: datetime | None
    end_reason: str
    stands: bool = Field(
        description="false for a link to a paper whose filing was cancelled: it does not count until it is filed again"
    )


class ItemTold(Told):
    id: int
    code: str
    name_zh: str
    name_en: str
    class_code: str
    stage: str
    state: ItemStanding = Field(
        description="“closed”: the caller may not learn whether papers of its class are there"
    )
    needed_since: date | None
    seen: str = Field(description="to be sent back with what is said of the item")
    settlements: list[SettlementTold]


class OpenedWithItems(OpenedTold):
    items: list[ItemTold]


class OpenedList(Told):
    total: int
    page: int
    size: int
    opened: list[OpenedTold]


class OpenedQuery(Asked):
    checklist: Line = ""
    unit_id: QueryId | None = None
    case_file_id: QueryId | None = None
    steward_id: QueryId | None = None
    state: ListState | None = None
    page: PageNumber = 1
    size: PageSize = 50


class NewOpened(Asked):
    checklist: Line = Field(description="its code, such as CL-ZX")
    unit_id: Id | None = None
    case_file_id: Id | None = None
    case_name: Line = ""
    event_on: date | None = Field(default=None, description="by default today")
    steward_id: Id | None = Field(default=None, description="by default the caller")


class SettlementAsked(Asked):
    kind: Settlement
    document_id: uuid.UUID | None = None
    archival_no: Line = ""
    promised_for: date | None = None
    reason: Line = ""
    seen: Line | None = Field(
        default=None, description="of the item as it was read; refused if it changed since"
    )


class ChecklistReason(Asked):
    reason: Line = ""


class CaseFactsAsked(Asked):
    facts: dict[str, StrictBool] = Field(max_length=40)


class StageAsked(Asked):
    stage: Line
    seen: Line = Field(description="the stage at which the caller saw the case")
    facts: dict[str, StrictBool] = Field(default_factory=dict, max_length=40)


class MissingQuery(Asked):
    unit_id: QueryId | None = None
    steward_id: QueryId | None = None
    class_code: Line = Field(default="", alias="class")
    checklist: Line = ""
    page: PageNumber = 1
    size: PageSize = 50


class MissingTold(Told):
    item_id: int
    opened_id: int
    checklist: str
    code: str
    name_zh: str
    name_en: str
    class_code: str
    unit_id: int | None
    case_file_id: int | None
    case_name: str
    steward_id: int | None
    needed_since: date
    promised_for: date | None


class MissingList(Told):
    total: int
    page: int
    size: int
    missing: list[MissingTold]


class SupplementTaskQuery(Asked):
    open: bool | None = True
    steward_id: QueryId | None = None
    escalated: bool = False
    page: PageNumber = 1
    size: PageSize = 50


class SupplementTaskTold(Told):
    id: int
    item_id: int
    opened_id: int
    code: str
    name_zh: str
    steward_id: int | None
    opened_on: date
    due_on: date
    reason: str
    escalated: bool
    open: bool
    outcome: str | None
    evidence: uuid.UUID | None


class SupplementTaskList(Told):
    total: int
    page: int
    size: int
    tasks: list[SupplementTaskTold]


class TaskEvidence(Asked):
    document_id: uuid.UUID | None = None
    archival_no: Line = ""


def checklist_told(row: ListRow, entries: list[EntryRow]) -> ChecklistTold:
    return ChecklistTold(
        code=row.code,
        version=row.version,
        name_zh=row.name_zh,
        name_en=row.name_en,
        event_zh=row.event_zh,
        event_en=row.event_en,
        opens_for=list(row.opens_for),
        stages=[CaseFactTold(code=s.code, name_zh=s.name_zh, name_en=s.name_en) for s in row.stages],
        facts=[CaseFactTold(code=f.code, name_zh=f.name_zh, name_en=f.name_en) for f in row.facts],
        items=[
            EntryTold(
                code=e.code,
                name_zh=e.name_zh,
                name_en=e.name_en,
                mandatory=e.mandatory,
                fact=e.fact,
                stage=e.stage,
                class_code=e.class_code,
                form=e.form,
            )
            for e in entries
        ],
    )


def opened_told(row: OpenedRow, full: Completeness) -> OpenedTold:
    return OpenedTold(
        id=row.id,
        checklist=row.checklist.code,
        version=row.checklist.version,
        unit_id=row.unit_id,
        case_file_id=row.case_file_id,
        case_name=mask(row.case_name),
        event_on=row.event_on,
        steward_id=row.steward_id,
        stage=row.stage,
        state=row.state,
        completeness=CompletenessTold(
            needed=full.needed,
            settled=full.settled,
            promised=full.promised,
            missing=full.missing,
            undecided=full.undecided,
            partial=full.partial,
        ),
    )


def item_told(row: ItemRow) -> ItemTold:
    return ItemTold(
        id=row.id,
        code=row.entry.code,
        name_zh=row.entry.name_zh,
        name_en=row.entry.name_en,
        class_code=row.entry.class_code,
        stage=row.entry.stage,
        state=row.state,
        needed_since=None if row.state is ItemStanding.CLOSED else row.needed_since,
        seen=row.seen,
        settlements=[
            SettlementTold(
                id=s.id,
                kind=s.kind,
                document_id=s.document_id,
                promised_for=s.promised_for,
                reason=mask(s.reason),
                at=s.at,
                by=s.by,
                ended_at=s.ended_at,
                end_reason=mask(s.end_reason),
                stands=s.stands,
            )
            for s in row.settlements
        ],
    )


def missing_told(row: MissingRow) -> MissingTold:
    return MissingTold(
        item_id=row.item_id,
        opened_id=row.opened_id,
        checklist=row.list_code,
        code=row.entry.code,
        name_zh=row.entry.name_zh,
        name_en=row.entry.name_en,
        class_code=row.entry.class_code,
        unit_id=row.unit_id,
        case_file_id=row.case_file_id,
        case_name=mask(row.case_name),
        steward_id=row.steward_id,
        needed_since=row.needed_since,
        promised_for=row.promised_for,
    )


def task_told(row: TaskRow) -> SupplementTaskTold:
    return SupplementTaskTold(
        id=row.id,
        item_id=row.item_id,
        opened_id=row.opened_id,
        code=row.entry.code,
        name_zh=row.entry.name_zh,
        steward_id=row.steward_id,
        opened_on=row.opened_on,
        due_on=row.due_on,
        reason=row.reason,
        escalated=row.escalated,
        open=row.is_open,
        outcome=row.outcome.value if row.outcome else None,
        evidence=row.evidence,
    )
