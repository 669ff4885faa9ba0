"""What people made of proposals, noted when they file."""

import uuid
from collections.abc import Mapping

from sqlalchemy import delete, select

from archive_service.suggestions.models import Proposal, SuggestionFeedback
from archive_service.suggestions.queries.proposals import kept_of
from archive_service.suggestions.rules import Field
from archive_service.suggestions.rules.feedback import Met, met
from archive_service.unit_of_work import UnitOfWork


def confirmed(work: UnitOfWork, document_id: uuid.UUID, field: Field | str, value: str) -> Met | None:
    """Note whether what was proposed for ``field`` is what the person filed; the value itself is not kept.

    To be called in the transaction that files; a later word on the same field replaces the earlier. None for an empty
    value, for papers without a proposal, and for fields nothing is ever proposed for.
    """
    return _noted(work, document_id, {str(field): value}).get(str(field))


def all_confirmed(work: UnitOfWork, document_id: uuid.UUID, values: Mapping[str, str]) -> None:
    """``confirmed`` for each field of a filed paper, in a constant number of statements; afterwards its proposal goes:
    nobody needs the guesses now. Fields nothing is ever proposed for may stand among them."""
    _noted(work, document_id, values)
    work.session.execute(delete(Proposal).where(Proposal.document_id == document_id))


def _noted(work: UnitOfWork, document_id: uuid.UUID, values: Mapping[str, str]) -> dict[str, Met]:
    wanted = [field for field in Field if values.get(field.value, "").strip()]
    found = kept_of(work.session, work.actor, document_id) if wanted else None
    if found is None:
        return {}
    proposal, kept = found
    said = select(SuggestionFeedback).where(SuggestionFeedback.document_id == document_id)
    rows = {row.field: row for row in work.session.scalars(said.with_for_update())}
    outcomes: dict[str, Met] = {}
    for field in wanted:
        candidates = [candidate for candidate in kept if candidate.field is field]
        outcomes[field.value] = outcome = met(field, candidates, values[field.value])
        row = rows.get(field.value) or SuggestionFeedback(document_id=document_id, field=field.value)
        row.at, row.by, row.met, row.model_id = work.now, work.actor.user_id, outcome.value, proposal.model_id
        row.source = candidates[0].source.value if candidates else None
        row.confidence = candidates[0].confidence if candidates else None
        work.session.add(row)
    work.session.flush()
    return outcomes
