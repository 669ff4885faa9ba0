"""What stands on labels: of papers, case files, boxes and places by their codes; cards for people; spines of boxes."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.kernel.actor import Actor, Permission
from archive_service.locations.models import Placement
from archive_service.locations.queries.holdings import Holdings
from archive_service.locations.queries.lying import item_of
from archive_service.locations.queries.places import box_called, boxes_by_id, location_called
from archive_service.locations.rules.codes import Code, CodeKind, person_code
from archive_service.locations.rules.sheets import Label, NotKnownHere, Spine

__all__ = ["cards_for", "labels_for", "spines_for"]


def labels_for(session: Session, holdings: Holdings, actor: Actor, codes: Sequence[str]) -> list[Label]:
    """In the order of the codes. Raises Forbidden, NotKnownHere (also for what the actor may not see)."""
    actor.must(Permission.MANAGE_PLACES)
    parsed = {code: Code.parse(code) for code in codes}
    numbers = {c.text for c in parsed.values() if c is not None and c.kind is CodeKind.ARCHIVAL}
    called = holdings.called(session, actor, numbers) if numbers else {}
    named = holdings.named(session, actor, list(called.values())) if called else {}
    made: list[Label] = []
    unknown: list[str] = []
    for code, meant in parsed.items():
        label: Label | None = None
        if meant is not None and meant.kind is CodeKind.ARCHIVAL:
            told = named.get(called[meant.text]) if meant.text in called else None
            if told is not None:
                label = Label(told.number.replace("·", "."), told.number, (told.title,))
        elif meant is not None and meant.kind is CodeKind.BOX:
            box = box_called(session, code)
            if box is not None:
                label = Label(box.box_no, box.box_no, (box.note,) if box.note else ())
        elif (place := location_called(session, code)) is not None:
            label = Label(place.label, place.path, (place.facts.name,) if place.facts.name else ())
        if label is None:
            unknown.append(code)
        else:
            made.append(label)
    if unknown:
        raise NotKnownHere(field="codes", codes=", ".join(unknown[:8]))
    return made


def cards_for(session: Session, actor: Actor, user_ids: Collection[int], heading: str) -> list[Label]:
    """A card to be scanned at the desk for each of these people who may sign in. Raises Forbidden."""
    actor.must(Permission.MANAGE_PLACES)
    wanted = set(user_ids)
    at_work = people.people_at_work(session)
    return [Label(person_code(i), shown, (heading,)) for i, _, shown in at_work if i in wanted]


def spines_for(
    session: Session,
    holdings: Holdings,
    actor: Actor,
    box_ids: Sequence[int],
    words: Sequence[str],
) -> list[Spine]:
    """``words``: how the rows are called: fonds, class, year, retention period, first and last number, box.

    Raises Forbidden.
    """
    actor.must(Permission.MANAGE_PLACES)
    boxes = boxes_by_id(session, box_ids)
    query = select(Placement).where(
        Placement.in_box_id.in_(box_ids), Placement.box_id.is_(None), Placement.ended_at.is_(None)
    )
    inside = list(session.scalars(query))
    named = holdings.named(session, actor, [item_of(row) for row in inside], unseen=True)
    made = []
    for box_id in box_ids:
        box = boxes.get(box_id)
        if box is None:
            continue
        items = [item_of(row) for row in inside if row.in_box_id == box_id]
        numbers = sorted(named[item].number for item in items if item in named)
        first_last = "\n".join(dict.fromkeys([_tail(numbers[0]), _tail(numbers[-1])])) if numbers else ""
        told = (box.fonds, box.class_code, str(box.year), box.retention, first_last, f"{box.number:03}")
        made.append(Spine(box.box_no, box.width_mm, tuple(zip(words, told, strict=True))))
    return made


def _tail(number: str) -> str:
    """What differs among the papers of one box: the number of the item, or of the file and the item."""
    parts = number.split("-")
    return "-".join(parts[2:]) if parts[-2:-1] and parts[-2].isdigit() else parts[-1]
