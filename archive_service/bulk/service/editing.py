"""The same change of many documents: chosen, tried without keeping anything, then done one by one with a reason."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy import insert, select, update

from archive_service import people, records
from archive_service.bootstrap import Archive
from archive_service.bulk.models import BulkEdit, BulkEditItem
from archive_service.bulk.queries.edits import EditView, edit_view
from archive_service.bulk.rules import (
    LONGEST_REASON,
    MOST_EDITED,
    BringerGone,
    EditId,
    EditState,
    ItemState,
    NoSuchOpenFile,
    NothingChosen,
    NothingToSet,
    WrongStep,
)
from archive_service.bulk.rules.editing import OF_DESCRIPTION, Changes, changes_from
from archive_service.bulk.rules.selection import Selection
from archive_service.bulk.service.selecting import chosen_ids
from archive_service.kernel.actor import Actor, Permission, service_actor
from archive_service.kernel.errors import ArchiveError, Busy, NotFound, StorageBroken, StorageFull
from archive_service.kernel.ids import UserId
from archive_service.records import Description, DocumentRow, FiledFacts, NeedsReason, TooLong
from archive_service.records.service.documents import StaleDescription
from archive_service.unit_of_work import UnitOfWork

TOPIC: Final = "edit.wanted"
TRIED_AT_ONCE: Final = (
    25  # documents whose change is tried in one transaction: others must be able to write between
)
_MAY_PASS: Final = (StorageFull, StorageBroken, Busy)
TRIAL: Final = "…"  # stands for the reason, which is asked for after the preview


def choose(archive: Archive, actor: Actor, selection: Selection) -> EditId:
    """Begin an edit of these documents. Raises Forbidden, NothingChosen, TooManyChosen, NotFound, QueryError."""
    actor.must(Permission.DESCRIBE)
    ids = chosen_ids(archive, actor, selection, MOST_EDITED)
    with archive.unit_of_work(actor) as work:
        assert actor.user_id is not None, "the service itself describes nothing"
        rows = records.documents_by_id(work.session, actor, ids)
        rows = {one: row for one, row in rows.items() if row.trouble != records.MARKED}
        if not rows:
            raise NothingChosen()
        places = {one: place for place, one in enumerate(ids)}
        edit = BulkEdit(
            state=EditState.CHOSEN.value,
            selection=selection.as_json(),
            changes={},
            reason="",
            created_at=work.now,
            created_by=actor.user_id,
        )
        work.session.add(edit)
        work.session.flush()
        work.session.execute(
            insert(BulkEditItem),
            [
                {
                    "edit_id": edit.id,
                    "document_id": row.id,
                    "revision": row.revision,
                    "state": ItemState.CHOSEN.value,
                    "fields": {},
                    "trouble_facts": {},
                }
                for row in sorted(rows.values(), key=lambda row: places[row.id])
            ],
        )
        work.audit("edit.chosen", f"edit:{edit.id}", documents=len(ids))
        return EditId(edit.id)


class _OnlyTried(Exception):
    """Takes back what a trial did."""


def preview(archive: Archive, actor: Actor, edit_id: EditId, changes: Changes) -> EditView:
    """Try the change on every document and keep what it would do, and nothing else.

    Raises Forbidden, NotFound, WrongStep, NothingToSet, NoSuchOpenFile.
    """
    actor.must(Permission.DESCRIBE)
    if not (changes.describes or changes.prepares):
        raise NothingToSet()
    with archive.reading() as session:
        view = edit_view(session, actor, edit_id)
        if view.state not in (EditState.CHOSEN, EditState.PREVIEWED):
            raise WrongStep()
        if changes.file_no:
            file = records.case_file_called(session, actor, changes.file_no)
            if file is None or not file.is_open:
                raise NoSuchOpenFile(field="file_no", value=changes.file_no)
            changes = replace(changes, file_no=file.file_no)
        query = select(BulkEditItem.id, BulkEditItem.document_id).where(BulkEditItem.edit_id == edit_id)
        items = [(i, d) for i, d in session.execute(query.order_by(BulkEditItem.id))]
    _begin_preview(archive, actor, edit_id, changes)
    for at in range(0, len(items), TRIED_AT_ONCE):
        batch = items[at : at + TRIED_AT_ONCE]
        _keep_tried(archive, actor, edit_id, changes, _try(archive, actor, batch, changes))
    with archive.reading() as session:
        return edit_view(session, actor, edit_id)


def _begin_preview(archive: Archive, actor: Actor, edit_id: EditId, changes: Changes) -> None:
    """Forget what an earlier preview said: until every document is tried with these changes there is nothing to do."""
    with archive.unit_of_work(actor) as work:
        edit = _locked(work, edit_id)
        if edit.state not in (EditState.CHOSEN, EditState.PREVIEWED):
            raise WrongStep()
        edit.state, edit.changes = EditState.CHOSEN.value, changes.as_json()
        untried: dict[str, object] = {
            "state": ItemState.CHOSEN.value,
            "fields": {},
            "trouble": None,
            "trouble_facts": {},
        }
        work.session.execute(update(BulkEditItem).where(BulkEditItem.edit_id == edit_id).values(**untried))


def _keep_tried(
    archive: Archive, actor: Actor, edit_id: EditId, changes: Changes, tried: dict[int, dict[str, object]]
) -> None:
    """The batch that leaves no document untried makes the preview whole. Raises WrongStep, also for a preview that
    another one, with other changes, has overtaken."""
    with archive.unit_of_work(actor) as work:
        edit = _locked(work, edit_id)
        if edit.state != EditState.CHOSEN or edit.changes != changes.as_json():
            raise WrongStep()
        for item_id, values in tried.items():
            work.session.execute(update(BulkEditItem).where(BulkEditItem.id == item_id).values(**values))
        untried = select(BulkEditItem.id).where(
            BulkEditItem.edit_id == edit_id, BulkEditItem.state == ItemState.CHOSEN.value
        )
        if work.session.scalar(untried.limit(1)) is None:
            edit.state = EditState.PREVIEWED.value


def _try(
    archive: Archive, actor: Actor, items: list[tuple[int, uuid.UUID]], changes: Changes
) -> dict[int, dict[str, object]]:
    """What the real verbs would do, taken back again: so the preview can't say otherwise than what is done."""
    found: dict[int, dict[str, object]] = {}
    try:
        with archive.unit_of_work(actor) as work:
            for item_id, document_id in items:
                found[item_id] = _tried(work, document_id, changes)
            raise _OnlyTried
    except _OnlyTried:
        return found


def _tried(work: UnitOfWork, document_id: uuid.UUID, changes: Changes) -> dict[str, object]:
    row = next(iter(records.documents_by_id(work.session, work.actor, [document_id]).values()), None)
    values: dict[str, object] = {"fields": {}, "trouble": None, "trouble_facts": {}}
    if row is None:
        return values | {"state": ItemState.CANNOT.value, "trouble": NotFound.code}
    values["revision"] = row.revision
    savepoint = work.session.begin_nested()
    try:
        fields = _change(work, row, changes, TRIAL)
    except _MAY_PASS:
        raise
    except ArchiveError as error:
        facts = {name: str(value)[:200] for name, value in error.facts.items()}
        return values | {"state": ItemState.CANNOT.value, "trouble": error.code, "trouble_facts": facts}
    finally:
        savepoint.rollback()
        work.session.expire_all()
    state = ItemState.READY if fields else ItemState.SAME
    return values | {"state": state.value, "fields": fields}


def _change(work: UnitOfWork, row: DocumentRow, changes: Changes, reason: str) -> dict[str, list[str]]:
    """Through the same verbs as on the document's own page; {field: [old, new]} of what became otherwise."""
    old = Description(
        title=row.title,
        class_code=row.class_code,
        file_no=row.file_no,
        doc_number=row.doc_number,
        unit=row.unit,
        owner=row.owner,
        doc_date=row.doc_date,
        # Sent back as it stands, a level that nobody chose goes on following the class.
        level=row.level if row.level_chosen else None,
    )
    fields: dict[str, list[str]] = {}
    revision = row.revision
    if changes.describes:
        new = records.describe(work, row.id, changes.over(old), revision=revision, reason=reason)
        revision = new.revision
        for name in OF_DESCRIPTION:
            before, after = str(getattr(row, name)), str(getattr(new, name))
            if before != after:
                fields[name] = [before, after]
    if changes.prepares:
        fields |= _prepare(work, row, changes, revision, reason)
    return fields


def _prepare(
    work: UnitOfWork, row: DocumentRow, changes: Changes, revision: int, reason: str
) -> dict[str, list[str]]:
    """Of filed papers a correction, of others a note for their filing."""
    filed = records.filing(work.session, row.id) if row.archival_no else None
    kept: records.Prepared | FiledFacts
    kept = filed.facts if filed else records.prepared(work.session, [row.id]).get(row.id, records.Prepared())
    words = tuple(dict.fromkeys((*kept.keywords, *changes.keywords)))
    issued = changes.responsible or kept.responsible
    if filed:
        facts = replace(filed.facts, keywords=words, responsible=issued)
        records.correct_filing(work, row.id, facts, revision=revision, reason=reason)
    else:
        records.prepare(work, row.id, responsible=issued, keywords=words, revision=revision)
    pairs = {"keywords": (kept.keywords, words), "responsible": (kept.responsible, issued)}
    return {name: ["、".join(a), "、".join(b)] for name, (a, b) in pairs.items() if a != b}


def _locked(work: UnitOfWork, edit_id: EditId) -> BulkEdit:
    edit = work.session.get(BulkEdit, edit_id, with_for_update=True, populate_existing=True)
    if edit is None or (edit.created_by != work.actor.user_id and work.actor.via != "job"):
        raise NotFound()
    return edit


def apply(work: UnitOfWork, edit_id: EditId, *, reason: str) -> None:
    """Begin to change what the preview showed. Raises Forbidden, NotFound, WrongStep, NeedsReason, TooLong, NothingToSet."""
    work.actor.must(Permission.DESCRIBE)
    reason = records.clean_text(reason)
    edit = _locked(work, edit_id)
    if edit.state != EditState.PREVIEWED:
        raise WrongStep()
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > LONGEST_REASON:
        raise TooLong(field="reason", most=LONGEST_REASON)
    view = edit_view(work.session, work.actor, edit_id)
    if not view.count(ItemState.READY):
        raise NothingToSet()
    edit.state, edit.reason = EditState.APPLYING.value, reason
    work.audit(
        "edit.started", f"edit:{edit_id}", documents=view.count(ItemState.READY), fields=sorted(edit.changes)
    )
    work.publish(TOPIC, edit_id=edit_id)


def cancel(work: UnitOfWork, edit_id: EditId) -> None:
    """What is changed already stays. Raises NotFound, WrongStep."""
    edit = _locked(work, edit_id)
    if edit.state in (EditState.DONE, EditState.CANCELLED):
        raise WrongStep()
    edit.state, edit.finished_at = EditState.CANCELLED.value, work.now
    work.audit("edit.cancelled", f"edit:{edit_id}")


def run(archive: Archive, edit_id: EditId, stop: Callable[[], bool] = lambda: False) -> bool:
    """Change what is left of it, each document in its own transaction; False if ``stop`` said so before the end."""
    with archive.reading() as session:
        view = edit_view(session, service_actor(), edit_id)
    while view.state is EditState.APPLYING:
        if stop():
            return False
        item_id = _next(archive, edit_id)
        if item_id is None:
            break
        actor = _editor(archive, view)
        _one(archive, actor, edit_id, item_id)
    with archive.unit_of_work(service_actor()) as work:
        edit = _locked(work, edit_id)
        if edit.state == EditState.APPLYING:
            edit.state, edit.finished_at = EditState.DONE.value, work.now
            done = edit_view(work.session, service_actor(), edit_id)
            work.audit(
                "edit.finished",
                f"edit:{edit_id}",
                documents=done.count(ItemState.DONE),
                stale=done.count(ItemState.STALE),
                failed=done.count(ItemState.FAILED),
            )
    return True


def _next(archive: Archive, edit_id: EditId) -> int | None:
    """None also once it was stopped."""
    with archive.reading() as session:
        query = (
            select(BulkEditItem.id)
            .join(BulkEdit, BulkEdit.id == BulkEditItem.edit_id)
            .where(
                BulkEditItem.edit_id == edit_id,
                BulkEditItem.state == ItemState.READY.value,
                BulkEdit.state == EditState.APPLYING.value,
            )
        )
        return session.scalar(query.order_by(BulkEditItem.id).limit(1))


def _editor(archive: Archive, view: EditView) -> Actor | None:
    """Who began it, with the rights they have today; None if they have none any more."""
    with archive.reading() as session:
        return people.actor_of(session, UserId(view.created_by), archive.clock.now(), via="job")


def _one(archive: Archive, actor: Actor | None, edit_id: EditId, item_id: int) -> None:
    try:
        if actor is None or not actor.may(Permission.DESCRIBE):
            raise BringerGone()
        with archive.unit_of_work(actor) as work:
            edit = _locked(work, edit_id)
            item = work.session.get(BulkEditItem, item_id, with_for_update=True, populate_existing=True)
            if edit.state != EditState.APPLYING or item is None or item.state != ItemState.READY:
                return
            row = records.document(work.session, work.actor, item.document_id)
            if row.revision != item.revision:
                raise StaleDescription()
            if _change(work, row, changes_from(edit.changes), edit.reason) != item.fields:
                raise StaleDescription()  # it would become otherwise than the preview showed
            item.state = ItemState.DONE.value
            work.session.flush()
    except _MAY_PASS:
        raise
    except ArchiveError as error:
        stale = isinstance(error, StaleDescription)
        with archive.unit_of_work(service_actor()) as work:
            item = work.session.get(BulkEditItem, item_id, with_for_update=True, populate_existing=True)
            if item is not None and item.state == ItemState.READY:
                item.state = (ItemState.STALE if stale else ItemState.FAILED).value
                item.trouble = error.code
                item.trouble_facts = {name: str(value)[:200] for name, value in error.facts.items()}


def give_up(work: UnitOfWork, edit_id: EditId) -> None:
    """Tried too often in the background: what is changed stays, the rest is left as it was."""
    edit = _locked(work, edit_id)
    if edit.state == EditState.APPLYING:
        edit.state, edit.finished_at = EditState.CANCELLED.value, work.now
        work.audit("edit.failed", f"edit:{edit_id}")
