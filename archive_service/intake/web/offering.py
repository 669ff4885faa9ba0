"""What is proposed of a paper, as the filing desk offers it: filled in where it is sure enough, else to pick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, records, suggestions
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import N_
from archive_service.kernel.ids import DocumentId
from archive_service.records import DocumentRow
from archive_service.suggestions import SOURCE_NAMES, Field, Proposed
from archive_service.web import current_language

SURE_ENOUGH: Final = 0.4
"""From this confidence on a candidate is filled in; below it is only offered."""
CLEAR_LEAD: Final = 0.9
NAMES: Final[Mapping[str, Field]] = {
    name: Field(name)
    for name in (
        "class_code",
        "unit",
        "owner",
        "doc_number",
        "doc_date",
        "title",
        "drawing_no",
        "stage",
        "scale",
        "edition",
        "sheet",
        "sheet_of",
        "floors",
        "design_unit",
        "issue_date",
        "change_refs",
    )
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One candidate for one field. ``evidence``: ``[{page, boxes: [[x0, y0, x1, y1]]}]`` in fractions of the page."""

    value: str
    shown: str
    sure: str  # in words
    tone: str
    source: str
    words: str  # as they stand on the paper
    evidence: list[dict[str, Any]]
    confidence: float


def offers_of(session: Session, actor: Actor, row: DocumentRow) -> dict[str, list[Offer]]:
    """By the names of the form's fields, surest first. Nothing with covered digits: they can't be saved."""
    proposal = suggestions.of_document(session, actor, row.id)
    if proposal is None:
        return {}
    found = {name: [_offer(one) for one in proposal.of(field)] for name, field in NAMES.items()}
    if title := proposal.of(Field.DRAWING_TITLE):
        told = {one.value for one in title}
        found["title"] = [_offer(one) for one in title] + [o for o in found["title"] if o.value not in told]
    if found["class_code"]:
        names = {row.code: row.name(current_language()) for row in classification.class_rows(session)}
        found["class_code"] = [
            replace(o, shown=f"{o.value} {names[o.value]}") if o.value in names else o
            for o in found["class_code"]
        ]
    kept = {name: [o for o in offers if "*" not in o.value] for name, offers in found.items()}
    return {name: offers for name, offers in kept.items() if offers}


def fill_offers(
    typed: dict[str, str], offers: Mapping[str, list[Offer]], row: DocumentRow
) -> tuple[dict[str, str], set[str]]:
    """``typed`` with the surest candidate in each empty field, and which fields were filled so.

    A title that is only the file's name counts as empty.
    """
    nameless = typed["title"] == records.title_from_file_name(row.file_name)[: len(typed["title"]) or None]
    filled = dict(typed)
    names = set()
    for name, candidates in offers.items():
        first = candidates[0]
        if first.confidence < SURE_ENOUGH or (filled[name] and not (name == "title" and nameless)):
            continue
        filled[name] = first.value
        names.add(name)
    return filled, names


def class_offers(session: Session, actor: Actor, rows: Sequence[DocumentRow]) -> dict[DocumentId, Offer]:
    """The surest class of each paper that has none yet, where it is sure enough to be filled in at the desk."""
    unclassed = [row for row in rows if not row.class_code]
    proposals = suggestions.of_documents(session, actor, unclassed) if unclassed else {}
    firsts = {i: proposal.first(Field.CLASS_CODE) for i, proposal in proposals.items()}
    return {i: _offer(one) for i, one in firsts.items() if one is not None and one.confidence >= SURE_ENOUGH}


_SURE: Final = (
    (CLEAR_LEAD, N_("very likely"), "green"),
    (0.7, N_("likely"), "blue"),
    (0.0, N_("uncertain: please check"), "orange"),
)


def _offer(one: Proposed) -> Offer:
    words, tone = next((words, tone) for least, words, tone in _SURE if one.confidence >= least)
    return Offer(
        value=one.value,
        shown=one.shown or one.value,
        sure=str(gettext(words)),
        tone=tone,
        source=str(gettext(SOURCE_NAMES[one.source])),
        words="、".join(dict.fromkeys(e.words for e in one.evidence if e.words)),
        evidence=[
            {"page": e.page, "boxes": [[f.x0, f.y0, f.x1, f.y1] for f in e.boxes]} for e in one.evidence
        ],
        confidence=one.confidence,
    )
