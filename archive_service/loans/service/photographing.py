"""Photographs of an item as it went out and as it came back. Their bytes are never served, only the picture that the
background makes of them safely, as of every upload."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.loans.models import LoanItem, LoanPhoto
from archive_service.loans.rules import IN_REMEDY, LoanItemId, LoanState
from archive_service.loans.rules.refusals import OwnLoan, TooManyPhotos, WrongStep
from archive_service.loans.service.steps import locked
from archive_service.unit_of_work import UnitOfWork

MOST_PHOTOS: Final = 10
_MOMENTS: Final = {
    LoanState.APPROVED: "issue",
    LoanState.ISSUED: "issue",
    LoanState.RETURN_PENDING_CHECK: "return",
}


def add_photo(work: UnitOfWork, item_id: LoanItemId, digest: str, size: int) -> int:
    """A photograph whose bytes are stored already, of an item at the desk: at its issue, or at its return. Raises
    NotFound, Forbidden, OwnLoan, WrongStep, TooManyPhotos."""
    work.actor.must(Permission.HAND_OUT_LOANS)
    item = work.session.get(LoanItem, item_id)
    if item is None:
        raise NotFound()
    loan = locked(work, item.loan_id)
    if loan.borrower_id is not None and loan.borrower_id == work.actor.user_id:
        raise OwnLoan()
    state = LoanState(loan.state)
    moment = "return" if state in IN_REMEDY else _MOMENTS.get(state)
    if moment is None:
        raise WrongStep()
    taken = select(func.count()).select_from(LoanPhoto).where(LoanPhoto.loan_item_id == item_id)
    if (work.session.scalar(taken) or 0) >= MOST_PHOTOS:
        raise TooManyPhotos(field="photos", most=MOST_PHOTOS)
    row = LoanPhoto(
        loan_item_id=item_id,
        moment=moment,
        digest=digest,
        size=size,
        state="received",
        added_at=work.now,
        added_by=work.actor.user_id,
    )
    work.session.add(row)
    work.session.flush()
    work.audit("loan.photographed", f"loan:{loan.id}", photo=row.id, item=item.position, moment=moment)
    work.publish("loan-photo.received", photo_id=row.id)
    return row.id


def photo_to_read(session: Session, photo_id: int) -> str | None:
    """Digest of its bytes as they came; None if a picture was made of it, or none can be."""
    row = session.get(LoanPhoto, photo_id)
    return row.digest if row is not None and row.state == "received" else None


def keep_photo(work: UnitOfWork, photo_id: int, picture: str | None) -> None:
    """The picture that was made of it; None: it is none, or none that can be shown."""
    work.session.execute(
        update(LoanPhoto)
        .where(LoanPhoto.id == photo_id, LoanPhoto.state == "received")
        .values(state="ready" if picture else "refused", picture=picture)
    )


def referenced_digests(session: Session, digests: Sequence[str]) -> set[str]:
    """Which of these are photographs, or pictures made of them."""
    wanted = list(digests)
    came = session.scalars(select(LoanPhoto.digest).where(LoanPhoto.digest.in_(wanted)))
    made = session.scalars(select(LoanPhoto.picture).where(LoanPhoto.picture.in_(wanted)))
    return {*came, *(one for one in made if one is not None)}
