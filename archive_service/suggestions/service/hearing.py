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

    To be called in the transaction that files, once for each field of the form; a later word on the same field
    replaces the earlier. None for an empty value, for papers without a proposal, and for fields nothing is ever
    proposed for.
    """
    if not value.strip() or str(field) not in set(Field):
        return None
    found = kept_of(work.session, document_id)
    if found is None:
        return None
    proposal, kept = found
    wanted = Field(field)
    candidates = [candidate for candidate in kept if candidate.field is wanted]
    outcome = met(wanted, candidates, value)
    said = select(SuggestionFeedback).where(
        SuggestionFeedback.document_id == document_id, SuggestionFeedback.field == wanted.value
    )
    row = work.session.scalar(said.with_for_update())
    if row is None:
        row = SuggestionFeedback(document_id=document_id, field=wanted.value)
        work.session.add(row)
    row.at, row.by, row.met, row.model_id = work.now, work.actor.user_id, outcome.value, proposal.model_id
    row.source = candidates[0].source.value if candidates else None
    row.confidence = candidates[0].confidence if candidates else None
    work.session.flush()
    return outcome


def all_confirmed(work: UnitOfWork, document_id: uuid.UUID, values: Mapping[str, str]) -> None:
    """``confirmed`` for each field of a filed paper; afterwards its proposal goes: nobody needs the guesses now."""
    for field, value in values.items():
        confirmed(work, document_id, field, value)
    work.session.execute(delete(Proposal).where(Proposal.document_id == document_id))
