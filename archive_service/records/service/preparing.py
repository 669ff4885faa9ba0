"""Keeping what is known of a paper before it is filed: who issued it, its keywords."""

import uuid

from archive_service.records.models import Correction, PreparedFacts
from archive_service.records.queries.preparing import Prepared
from archive_service.records.rules.filing import AlreadyFiled, FiledFacts, clean_facts
from archive_service.records.service.documents import StaleDescription, locked_document, must_describe
from archive_service.records.service.locks import refuse_if_edited
from archive_service.unit_of_work import UnitOfWork


def prepare(
    work: UnitOfWork,
    document_id: uuid.UUID,
    *,
    responsible: tuple[str, ...] = (),
    keywords: tuple[str, ...] = (),
    revision: int,
) -> Prepared:
    """Note what the filing will ask for; an empty one stays as it is. What stood there before is kept.

    Raises NotFound, Forbidden, StaleDescription, AlreadyFiled, BeingEdited, TooLong.
    """
    document = locked_document(work, document_id)
    must_describe(work, document)
    refuse_if_edited(work, document)
    if document.archival_no is not None:
        raise AlreadyFiled(archival_no=document.archival_no)
    if document.revision != revision:
        raise StaleDescription()
    told = clean_facts(FiledFacts(responsible=responsible, keywords=keywords))
    kept = work.session.get(PreparedFacts, document.id)
    if kept is None:
        kept = PreparedFacts(document_id=document.id, responsible=[], keywords=[])
        work.session.add(kept)
    before, after = dict[str, str](), dict[str, str]()
    for name, new in (("responsible", told.responsible), ("keywords", told.keywords)):
        old = tuple(getattr(kept, name))
        if new and new != old:
            setattr(kept, name, list(new))
            before[name], after[name] = "、".join(old), "、".join(new)
    if after:
        document.revision += 1
        work.session.add(
            Correction(
                document_id=document.id,
                at=work.now,
                by=work.actor.user_id,
                revision=document.revision,
                before=before,
                after=after,
                reason="",
            )
        )
        work.audit(
            "document.described", f"document:{document.id}", fields=sorted(after), revision=document.revision
        )
    work.session.flush()
    return Prepared(tuple(kept.responsible), tuple(kept.keywords))


def prepare_new(
    work: UnitOfWork, document_id: uuid.UUID, *, responsible: tuple[str, ...], keywords: tuple[str, ...]
) -> None:
    """The same for a document that this very unit of work has made. Raises TooLong."""
    told = clean_facts(FiledFacts(responsible=responsible, keywords=keywords))
    kept = PreparedFacts(
        document_id=document_id, responsible=list(told.responsible), keywords=list(told.keywords)
    )
    work.session.add(kept)
