"""The lists themselves, as their newest versions have them, and who may be told of which of their items."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.checklists.models import Checklist, ChecklistEntry
from archive_service.checklists.rules import Fact, Mandatory, PaperForm, Stage
from archive_service.checklists.rules.shipped import shipped_lists
from archive_service.classification import class_rows
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Sight


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: int
    code: str
    name_zh: str
    name_en: str
    mandatory: Mandatory
    fact: str
    stage: str
    class_code: str
    form: PaperForm
    pii: str
    note_zh: str
    note_en: str

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en

    def note(self, language: str) -> str:
        return self.note_zh if language.startswith("zh") else self.note_en


@dataclass(frozen=True, slots=True)
class ListRow:
    """``opens_for``: classes whose case files open it by themselves."""

    id: int
    code: str
    version: str
    name_zh: str
    name_en: str
    event_zh: str
    event_en: str
    opens_for: tuple[str, ...]
    note_zh: str
    note_en: str
    sources: tuple[str, ...]
    completion_rules: tuple[str, ...]
    promise_opens_task: bool
    stages: tuple[Stage, ...]
    facts: tuple[Fact, ...]

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en

    def event(self, language: str) -> str:
        return self.event_zh if language.startswith("zh") else self.event_en

    def note(self, language: str) -> str:
        return self.note_zh if language.startswith("zh") else self.note_en

    def stage_name(self, code: str, language: str) -> str:
        return next((stage.name(language) for stage in self.stages if stage.code == code), "")


def list_row(c: Checklist) -> ListRow:
    return ListRow(
        id=c.id,
        code=c.code,
        version=c.version,
        name_zh=c.name_zh,
        name_en=c.name_en,
        event_zh=c.event_zh,
        event_en=c.event_en,
        opens_for=tuple(c.opens_for),
        note_zh=c.note_zh,
        note_en=c.note_en,
        sources=tuple(c.sources),
        completion_rules=tuple(c.completion_rules),
        promise_opens_task=c.promise_opens_task,
        stages=tuple(
            Stage(s["code"], s["name_zh"], s["name_en"], tuple(s["complete_before"])) for s in c.stages
        ),
        facts=tuple(Fact(f["code"], f["name_zh"], f["name_en"]) for f in c.facts),
    )


def entry_row(e: ChecklistEntry) -> EntryRow:
    return EntryRow(
        id=e.id,
        code=e.code,
        name_zh=e.name_zh,
        name_en=e.name_en,
        mandatory=Mandatory(e.mandatory),
        fact=e.fact,
        stage=e.stage,
        class_code=e.class_code,
        form=PaperForm(e.form),
        pii=e.pii,
        note_zh=e.note_zh,
        note_en=e.note_en,
    )


def lists(session: Session) -> list[ListRow]:
    """Those in force, in their own order."""
    asked = select(Checklist).where(Checklist.in_force).order_by(Checklist.position)
    return [list_row(c) for c in session.scalars(asked)]


def are_loaded(session: Session) -> bool:
    """Whether the version that ships with the service is there."""
    asked = select(Checklist.id).where(Checklist.version == shipped_lists().version).limit(1)
    return session.scalar(asked) is not None


def list_called(session: Session, code: str) -> ListRow | None:
    """The one in force."""
    found = session.scalar(select(Checklist).where(Checklist.code == code[:12], Checklist.in_force))
    return list_row(found) if found else None


def entries(session: Session) -> dict[int, list[EntryRow]]:
    """Of all lists in force, by the list's id, in their own order: some two hundred rows."""
    asked = (
        select(ChecklistEntry)
        .join(Checklist, Checklist.id == ChecklistEntry.checklist_id)
        .where(Checklist.in_force)
        .order_by(ChecklistEntry.checklist_id, ChecklistEntry.position)
    )
    found: dict[int, list[EntryRow]] = {}
    for entry in session.scalars(asked):
        found.setdefault(entry.checklist_id, []).append(entry_row(entry))
    return found


def closed_classes(session: Session, actor: Actor) -> frozenset[str]:
    """Classes of whose papers the actor may not learn that there are any. Items of these classes are told of nobody
    to them: not whether they are there, nor missing, nor promised."""
    return frozenset(c.code for c in class_rows(session) if actor.sight(c.level, c.code) is Sight.HIDDEN)
