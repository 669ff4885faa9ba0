"""Opening lists, settling their items, going on with their cases."""

from collections.abc import Callable

from flask import Response, url_for
from pydantic import BaseModel

from archive_service.api import Reply, doors, once
from archive_service.checklists.api.answers import (
    CaseFactsAsked,
    ChecklistReason,
    ItemTold,
    NewOpened,
    OpenedWithItems,
    SettlementAsked,
    StageAsked,
    item_told,
)
from archive_service.checklists.api.lists import ONE, blueprint, with_items
from archive_service.checklists.queries.items import ItemRow
from archive_service.checklists.rules import Settlement
from archive_service.checklists.service import going_on, opening, settling
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive


def _once(asked: BaseModel, effect: Callable[[UnitOfWork], Reply]) -> Response:
    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.post("/opened-checklists")
@blueprint.input(NewOpened, arg_name="asked")
@blueprint.output(OpenedWithItems, status_code=201)
@blueprint.doc(summary=N_("Open a list for a unit, a case file or a named case"))
def open_list(asked: NewOpened) -> Response:
    current_actor().must(Permission.KEEP_CHECKLISTS)

    def effect(work: UnitOfWork) -> Reply:
        row = opening.open_list(
            work,
            asked.checklist,
            unit_id=asked.unit_id,
            case_file_id=asked.case_file_id,
            case_name=asked.case_name,
            event_on=asked.event_on,
            steward_id=asked.steward_id,
        )
        headers = {"Location": url_for("checklists_api.one", opened_id=row.id)}
        return Reply(201, _told(work, row.id), headers)

    return _once(asked, effect)


def _told(work: UnitOfWork, opened_id: int) -> dict[str, object]:
    work.session.flush()
    return with_items(work.session, work.actor, opened_id).model_dump(mode="json")


@blueprint.post("/checklist-items/<int(max=2147483647):item_id>/settlements")
@blueprint.input(SettlementAsked, arg_name="asked")
@blueprint.output(ItemTold, status_code=201)
@blueprint.doc(
    summary=N_("Say of an item: a filed paper stands for it, it does not apply, or it is promised for a day"),
    responses={409: "Not filed, the list is closed, or somebody dealt with the item since it was read"},
)
def settle(item_id: int, asked: SettlementAsked) -> Response:
    current_actor().must(Permission.KEEP_CHECKLISTS)

    def effect(work: UnitOfWork) -> Reply:
        return Reply(201, item_told(_settled(work, item_id, asked)).model_dump(mode="json"), {})

    return _once(asked, effect)


def _settled(work: UnitOfWork, item_id: int, asked: SettlementAsked) -> ItemRow:
    if asked.kind is Settlement.LINK:
        return settling.link_paper(
            work, item_id, document_id=asked.document_id, archival_no=asked.archival_no, seen=asked.seen
        )
    if asked.kind is Settlement.PROMISE:
        return settling.promise(work, item_id, day=asked.promised_for, reason=asked.reason, seen=asked.seen)
    return settling.set_aside(work, item_id, reason=asked.reason, seen=asked.seen)


@blueprint.post("/checklist-settlements/<int(max=2147483647):settlement_id>/end")
@blueprint.input(ChecklistReason, arg_name="asked")
@blueprint.output(ItemTold)
@blueprint.doc(summary=N_("Take back what was said of an item; that it was said stays on record"))
def take_back(settlement_id: int, asked: ChecklistReason) -> Response:
    current_actor().must(Permission.KEEP_CHECKLISTS)

    def effect(work: UnitOfWork) -> Reply:
        row = settling.take_back(work, settlement_id, reason=asked.reason)
        return Reply(200, item_told(row).model_dump(mode="json"), {})

    return _once(asked, effect)


@blueprint.post(f"{ONE}/facts")
@blueprint.input(CaseFactsAsked, arg_name="asked")
@blueprint.output(OpenedWithItems)
@blueprint.doc(summary=N_("Say what is so and what is not; conditional items follow"))
def tell_facts(opened_id: int, asked: CaseFactsAsked) -> Response:
    current_actor().must(Permission.KEEP_CHECKLISTS)

    def effect(work: UnitOfWork) -> Reply:
        return Reply(200, _told(work, going_on.tell_facts(work, opened_id, asked.facts).id), {})

    return _once(asked, effect)


@blueprint.post(f"{ONE}/stage")
@blueprint.input(StageAsked, arg_name="asked")
@blueprint.output(OpenedWithItems)
@blueprint.doc(
    summary=N_("Let the case go to its next stage, or back"),
    responses={409: "Something is missing before this stage, or the case stands elsewhere by now"},
)
def enter_stage(opened_id: int, asked: StageAsked) -> Response:
    current_actor().must(Permission.KEEP_CHECKLISTS)

    def effect(work: UnitOfWork) -> Reply:
        row = going_on.enter_stage(work, opened_id, asked.stage, seen=asked.seen, facts=asked.facts)
        return Reply(200, _told(work, row.id), {})

    return _once(asked, effect)


@blueprint.post(f"{ONE}/closing")
@blueprint.input(ChecklistReason, arg_name="asked")
@blueprint.output(OpenedWithItems)
@blueprint.doc(summary=N_("Close a list; with gaps only by who oversees the lists, and with a reason"))
def close_list(opened_id: int, asked: ChecklistReason) -> Response:
    _must_keep_or_oversee()

    def effect(work: UnitOfWork) -> Reply:
        return Reply(200, _told(work, going_on.close_list(work, opened_id, reason=asked.reason).id), {})

    return _once(asked, effect)


@blueprint.post(f"{ONE}/reopening")
@blueprint.input(ChecklistReason, arg_name="asked")
@blueprint.output(OpenedWithItems)
@blueprint.doc(summary=N_("Open a closed list again"))
def reopen_list(opened_id: int, asked: ChecklistReason) -> Response:
    _must_keep_or_oversee()

    def effect(work: UnitOfWork) -> Reply:
        return Reply(200, _told(work, going_on.reopen_list(work, opened_id, reason=asked.reason).id), {})

    return _once(asked, effect)


def _must_keep_or_oversee() -> None:
    actor = current_actor()
    if not actor.may(Permission.OVERSEE_CHECKLISTS):
        actor.must(Permission.KEEP_CHECKLISTS)
