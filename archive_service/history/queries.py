"""Events of one thing, after a look whether the actor may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from archive_service import audit, people, premises, records
from archive_service.audit import AuditRow
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId, parse_uuid
from archive_service.kernel.masking import mask

PAGE_SIZE: Final = 50
_LARGEST_ID: Final = 2**31 - 1


class Kind(StrEnum):
    """What has a history; as the trail names it."""

    DOCUMENT = "document"
    CASE_FILE = "case-file"
    UNIT = "unit"
    PARTY = "party"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Event:
    """``who``: full name, "" for the service itself. ``reason``: why a confidential paper was opened, for those who
    look after that, or why a unit or person came in or changed; masked."""

    seq: int
    at: datetime
    who: str
    door: str
    action: str
    facts: Mapping[str, str]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """``title``: what the thing is called, masked."""

    title: str
    events: tuple[Event, ...]
    further: int | None  # to go on from


def events_of(
    archive: Archive,
    actor: Actor,
    kind: Kind,
    thing: str,
    *,
    before: int | None = None,
    limit: int = PAGE_SIZE,
) -> History:
    """Newest first, always the same few statements. Raises Forbidden; NotFound, also for what is hidden."""
    with archive.reading() as session:
        subject, title = _seen(archive, session, actor, kind, thing)
        without = () if actor.sees_every_document else records.TELLING_OF_OTHERS
        rows = audit.trail(session, subject=subject, before=before, limit=limit + 1, without=without)
        shown = rows[:limit]
        ids = {int(who) for row in shown if (who := _user_id(row.actor)).isdigit()}
        names = people.display_names(session, ids)
        reasons = _reasons(session, actor, kind, thing) | _notes(session, actor, subject, shown)
    return History(
        title,
        tuple(
            Event(
                row.seq,
                row.at,
                names.get(int(who), who) if (who := _user_id(row.actor)).isdigit() else "",
                row.actor.partition("/")[2],
                row.action,
                {name: str(value) for name, value in row.facts.items()},
                reasons.get(_why(row), ""),
            )
            for row in shown
        ),
        shown[-1].seq if len(rows) > limit else None,
    )


def _user_id(actor: str) -> str:
    kind, _, rest = actor.partition("/")[0].partition(":")
    return rest if kind == "user" else ""


def _seen(archive: Archive, session: Session, actor: Actor, kind: Kind, thing: str) -> tuple[str, str]:
    """(subject in the trail, what it is called) of a thing that the actor may see."""
    if kind is Kind.DOCUMENT:
        actor.must(Permission.SEARCH)
        document_id = parse_uuid(thing)
        if document_id is None:
            raise NotFound()
        row = records.document(session, actor, document_id)
        if row.discarded_at is not None:
            raise NotFound()
        return f"document:{row.id}", mask(row.title)
    number = int(thing) if thing.isascii() and thing.isdigit() and len(thing) < 11 else 0
    if not 0 < number <= _LARGEST_ID:
        number = 0
    if kind is Kind.CASE_FILE:
        actor.must(Permission.SEARCH)
        file = records.case_file(session, actor, number)
        return f"case-file:{file.id}", f"{file.file_no} {mask(file.title)}"
    if kind is Kind.UNIT:
        actor.must(Permission.SEE_PREMISES)
        unit = premises.unit(session, number)
        return f"unit:{unit.id}", mask(unit.display)
    if kind is Kind.PARTY:
        actor.must(Permission.SEE_PARTIES)
        party = premises.party(session, premises.seal_of(archive), number)
        return f"party:{number}", party.name
    if actor.user_id != number:
        actor.must(Permission.SEE_PEOPLE)
    person = people.person(session, archive.clock.now(), UserId(number))
    if person is None:
        raise NotFound()
    return f"user:{number}", person.display_name


def _reasons(session: Session, actor: Actor, kind: Kind, thing: str) -> dict[str, str]:
    """By id, for those who grant sight or read the trail."""
    looks_after = actor.may(Permission.GRANT_SIGHT) or actor.may(Permission.READ_AUDIT)
    document_id = parse_uuid(thing) if kind is Kind.DOCUMENT else None
    if document_id is None or not looks_after:
        return {}
    given = records.reasons_given(session, document_id, limit=500)
    return {f"access:{r.id}": mask(r.reason) for r in given}


_TOLD_BY: Final[Mapping[str, str]] = {
    "document.opened": "access",
    "unit.brought-in": "change",
    "unit.changed-by-table": "change",
    "occupancy.added": "occupancy",
    "occupancy.brought-in": "occupancy",
    "party.entries-brought-in": "occupancy",
    "party.brought-in": "version",
    "party.changed": "version",
}
"""Which fact of an action names the row in which its reason stands: the trail itself holds no text that people wrote."""


def _why(row: AuditRow) -> str:
    name = _TOLD_BY.get(row.action, "")
    return f"{name}:{row.facts.get(name)}" if name else ""


def _notes(session: Session, actor: Actor, subject: str, rows: Sequence[AuditRow]) -> dict[str, str]:
    """Reasons of units, people and their entries; of who owns or uses a unit for those who may see that."""
    asked: dict[str, set[int]] = {"change": set(), "occupancy": set(), "version": set()}
    for row in rows:
        name, _, number = _why(row).partition(":")
        if name in asked and number.isdigit():
            asked[name].add(int(number))
    of = int(subject.partition(":")[2]) if any(asked.values()) else 0
    found: dict[str, dict[int, str]] = {"change": {}, "occupancy": {}, "version": {}}
    if asked["change"]:
        found["change"] = premises.change_reasons(session, of, asked["change"])
    if asked["occupancy"] and actor.may(Permission.SEE_PARTIES):
        found["occupancy"] = premises.entry_reasons(session, asked["occupancy"])
    if asked["version"]:
        found["version"] = premises.version_reasons(session, of, asked["version"])
    return {f"{name}:{number}": mask(text) for name, told in found.items() for number, text in told.items()}
