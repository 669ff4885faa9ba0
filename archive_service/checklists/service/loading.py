"""The lists that come with the service, loaded beside those that are there already."""

from dataclasses import asdict

from sqlalchemy import select, update

from archive_service.checklists.models import Checklist, ChecklistEntry
from archive_service.checklists.rules.shipped import ShippedList, shipped_lists
from archive_service.unit_of_work import UnitOfWork


def load_shipped_lists(work: UnitOfWork) -> int:
    """Bring the shipped version into force where it is not there yet; answers how many lists came.

    Lists that were opened under an older version keep it.
    """
    shipped = shipped_lists()
    asked = select(Checklist.code).where(Checklist.version == shipped.version)
    known = set(work.session.scalars(asked))
    new = [(position, one) for position, one in enumerate(shipped.lists, 1) if one.code not in known]
    for position, one in new:
        _load(work, shipped.version, position, one)
    if new:
        work.audit("checklists.loaded", f"checklists:{shipped.version}", lists=[one.code for _, one in new])
    return len(new)


def _load(work: UnitOfWork, version: str, position: int, told: ShippedList) -> None:
    work.session.execute(
        update(Checklist).where(Checklist.code == told.code, Checklist.in_force).values(in_force=False)
    )
    row = Checklist(
        code=told.code,
        version=version,
        in_force=True,
        position=position,
        name_zh=told.name_zh,
        name_en=told.name_en,
        event_zh=told.event_zh,
        event_en=told.event_en,
        opens_for=list(told.opens_for),
        note_zh=told.note_zh,
        note_en=told.note_en,
        sources=list(told.sources),
        completion_rules=list(told.completion_rules),
        promise_opens_task=told.promise_opens_task,
        stages=[asdict(stage) for stage in told.stages],
        facts=[asdict(fact) for fact in told.facts],
        loaded_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    for place, entry in enumerate(told.entries, 1):
        work.session.add(
            ChecklistEntry(
                checklist_id=row.id,
                code=entry.code,
                position=place,
                name_zh=entry.name_zh,
                name_en=entry.name_en,
                mandatory=entry.mandatory.value,
                fact=entry.when,
                stage=entry.stage,
                class_code=entry.class_code,
                form=entry.form.value,
                pii=entry.pii,
                note_zh=entry.note_zh,
                note_en=entry.note_en,
            )
        )
    work.session.flush()
