"""What a change of the file plan does to the papers that stand in it already."""

from typing import Final

from sqlalchemy import select

from archive_service.classification import class_row
from archive_service.kernel.levels import Level
from archive_service.records.models import Correction, Document
from archive_service.records.service.indexing import announce_document
from archive_service.records.service.settling import end_level_request
from archive_service.unit_of_work import UnitOfWork

MOST_AT_ONCE: Final = 200


def raise_levels(work: UnitOfWork, class_code: str) -> int:
    """Bring up to MOST_AT_ONCE papers of the class to its level that are below it; how many there were.

    Called again until it answers 0: each call is a whole, so that it may stop and go on anywhere.
    """
    row = class_row(work.session, class_code)
    if row is None:
        return 0
    lower = [level.value for level in Level if level.rank < row.level.rank]
    wanted = (
        select(Document)
        .where(Document.class_code == class_code, Document.level.in_(lower))
        .order_by(Document.id)
        .limit(MOST_AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    documents = work.session.scalars(wanted).all()
    for document in documents:
        before, document.level = document.level, row.level.value
        document.revision += 1
        work.session.add(
            Correction(
                document_id=document.id,
                at=work.now,
                by=work.actor.user_id,
                revision=document.revision,
                before={"level": before},
                after={"level": row.level.value},
            )
        )
        work.session.flush()
        end_level_request(work, document.id)
        announce_document(work, document.id)
    if documents:
        work.audit("class.levels-raised", f"class:{class_code}", count=len(documents), level=row.level.value)
    return len(documents)
