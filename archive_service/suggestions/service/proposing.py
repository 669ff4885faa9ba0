"""What is proposed of a version: once, after it has been read, and again when a person or a new model wants it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import classification, records
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.masking import mask
from archive_service.records import DocumentFilter, VersionState
from archive_service.suggestions.models import Likeness, Proposal, SuggestionModel
from archive_service.suggestions.rules import LEAST, Candidate, Field, Known, KnownClass, best
from archive_service.suggestions.rules.classes import agreed, by_words
from archive_service.suggestions.rules.drawings import is_drawing
from archive_service.suggestions.rules.kept import keep
from archive_service.suggestions.rules.likeness import marks
from archive_service.suggestions.rules.paper import Paper, read
from archive_service.suggestions.rules.places import buildings
from archive_service.suggestions.rules.reading import read_fields
from archive_service.suggestions.service.likenesses import keep_marks, likes_of
from archive_service.suggestions.service.units import held_against_register, written_units
from archive_service.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from archive_service.suggestions.rules.trained import ActiveModel

MOST_PAGES: Final = 200
ORDER: Final = tuple(Field)
MOST_RENEWED: Final = 5_000
READ_STATES: Final = (VersionState.READABLE, VersionState.SEARCHABLE)


@dataclass(frozen=True, slots=True)
class Thought:
    """A proposal before it is kept: its fields as the table has them, and the marks of the paper's looks."""

    document_id: DocumentId
    stamp: int
    model_id: int | None
    marks: Mapping[int, int]
    fields: list[dict[str, Any]]


def think(session: Session, version_id: int, model: "ActiveModel | None" = None) -> Thought | None:
    """What to propose of a version; None where nothing is: filed, discarded, replaced by a newer one, or not read."""
    text = next(iter(records.version_texts(session, [version_id])), None)
    if text is None or not text.is_current or text.archival_no or not any(map(str.strip, text.pages)):
        return None
    document_id = records.version_by_id(session, version_id).document_id
    pages = text.pages[:MOST_PAGES]
    paper = read(pages, text.title, text.file_name)
    masked = [mask(page) for page in pages]
    looks = marks(paper)
    known = known_classes(session)
    opinions = [by_words(paper, known)]
    if model is not None:
        opinions.append(model.opinion(read(tuple(masked), mask(text.title), text.file_name), known))
    classes = agreed(opinions, likes_of(session, looks, known, document_id))
    candidates = candidates_of(session, paper, pages, classes, known)
    model_id = model.version if model else None
    return Thought(document_id, text.stamp, model_id, looks, keep(candidates, masked))


def candidates_of(
    session: Session, paper: Paper, pages: tuple[str, ...], classes: list[Candidate], known: Known
) -> list[Candidate]:
    """All candidates of a paper, by field in their order."""
    found = read_fields(paper, pages).fields
    found[Field.CLASS_CODE] = [replace(c, shown=f"{c.value} {known.classes[c.value].name}") for c in classes]
    # By what stands on the paper: what look-alikes make of it is not for everybody.
    code = classes[0].value if classes and classes[0].confidence >= LEAST else ""
    found[Field.UNIT] = best(
        [*written_units(session, paper, code), *buildings(paper, drawing=is_drawing(paper))]
    )
    unit = found[Field.UNIT][0].value if found[Field.UNIT] else ""
    found[Field.OWNER] = held_against_register(session, found.get(Field.OWNER, []), unit)
    return [candidate for field in ORDER for candidate in found.get(field, [])]


def propose(work: UnitOfWork, version_id: int, thought: Thought | None = None) -> bool:
    """Keep what is proposed of a version, in place of an earlier proposal. May be called any number of times.

    ``thought``: see ``think``; without it, it is thought over here, by the rules and look-alikes alone. False where
    there is nothing to propose: then an earlier proposal goes.
    """
    thought = thought or think(work.session, version_id)
    if thought is None or _stands_filed(work.session, thought.document_id):
        work.session.execute(delete(Proposal).where(Proposal.version_id == version_id))
        return False
    keep_marks(work, thought.document_id, thought.marks)
    kept = work.session.get(Proposal, version_id, with_for_update=True)
    if kept is None:
        kept = Proposal(version_id=version_id, document_id=thought.document_id)
        work.session.add(kept)
    kept.fields, kept.made_at, kept.model_id = thought.fields, work.now, thought.model_id
    work.session.execute(
        delete(Proposal).where(Proposal.document_id == thought.document_id, Proposal.version_id < version_id)
    )
    work.session.flush()
    return True


def _stands_filed(session: Session, document_id: uuid.UUID) -> bool:
    row = records.documents_by_id(session, service_actor(), [document_id]).get(DocumentId(document_id))
    return row is None or bool(row.archival_no)


def known_classes(session: Session) -> Known:
    rows = classification.class_rows(session)
    return Known(
        {row.code: KnownClass(row.code, row.name_zh, row.doc_types) for row in rows if row.takes_documents}
    )


def tidy(work: UnitOfWork, limit: int = 500) -> int:
    """Remove proposals of papers that were filed or discarded, and the marks of discarded ones; how many went.

    Nobody sees them any more: what a person typed is in the description, the rest was a guess about personal data.
    """
    waiting = work.session.scalars(
        select(Proposal.document_id).order_by(Proposal.version_id).limit(20 * limit)
    )
    gone = 0
    for chunk in _chunks(list(dict.fromkeys(waiting)), limit):
        open_rows = records.documents_by_id(work.session, service_actor(), chunk)
        over = [i for i in chunk if DocumentId(i) not in open_rows or open_rows[DocumentId(i)].archival_no]
        discarded = [i for i in chunk if DocumentId(i) not in open_rows]
        work.session.execute(delete(Proposal).where(Proposal.document_id.in_(over)))
        work.session.execute(delete(Likeness).where(Likeness.document_id.in_(discarded)))
        gone += len(over)
    return gone


def _chunks(ids: list[uuid.UUID], size: int) -> list[list[uuid.UUID]]:
    return [ids[at : at + size] for at in range(0, len(ids), size)]


def renew(work: UnitOfWork, limit: int = MOST_RENEWED) -> int:
    """Have the newest papers that wait for filing thought over again, where the model that is active now didn't yet
    or nothing did; how many. Their proposals change in the background."""
    active = work.session.scalar(select(SuggestionModel.id).where(SuggestionModel.is_active))
    wanted, asked = DocumentFilter(filed=False, states=READ_STATES), 0
    for offset in range(0, limit, 500):
        rows = records.documents(work.session, service_actor(), wanted, offset=offset, limit=500)
        versions = [row.version_id for row in rows]
        made = select(Proposal.version_id, Proposal.model_id).where(Proposal.version_id.in_(versions))
        by = {row.version_id: row.model_id for row in work.session.execute(made)}
        for version in versions:
            if version not in by or by[version] != active:
                work.publish("suggestions.propose", version_id=version)
                asked += 1
        if len(rows) < 500:
            break
    return asked
