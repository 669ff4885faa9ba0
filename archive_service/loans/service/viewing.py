"""Views on screen: sight of the papers of one slip, for its borrower alone and until its last day, granted by name."""

from datetime import date

from archive_service import people
from archive_service.kernel.clock import business_day
from archive_service.kernel.ids import DocumentId, UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.loans.models import Loan
from archive_service.loans.rules import Step, UseMode
from archive_service.loans.rules.waiting import last_day
from archive_service.loans.service.steps import items, take_step
from archive_service.loans.service.telling import tell
from archive_service.people import SightTarget
from archive_service.unit_of_work import UnitOfWork


def open_views(work: UnitOfWork, loan: Loan) -> bool:
    """Open an approved slip's papers to its borrower, by the word of whoever acts; False where that is nobody else: then
    the desk opens them."""
    if work.actor.user_id in (None, loan.borrower_id) or loan.borrower_id is None:
        return False
    issue_views(work, loan)
    tell(
        work, loan.borrower_id, "loan.view-open", loan, "view-open", due=loan.due_on or business_day(work.now)
    )
    return True


def issue_views(work: UnitOfWork, loan: Loan) -> None:
    """The step itself. The caller has asked who may."""
    today = business_day(work.now)
    loan.issued_at, loan.issued_by = work.now, work.actor.user_id
    loan.due_on = last_day(today, loan.days, UseMode.ELECTRONIC)
    take_step(work, loan, Step.ISSUE)
    _grant(work, loan, today, loan.due_on)


def lengthen_views(work: UnitOfWork, loan: Loan) -> None:
    """After a renewal: sight goes on to the new last day."""
    today = business_day(work.now)
    if loan.due_on is not None and loan.due_on >= today:
        _grant(work, loan, today, loan.due_on)


def _grant(work: UnitOfWork, loan: Loan, first: date, last: date) -> None:
    assert loan.borrower_id is not None
    sight = Sight.MASKED if loan.masked else Sight.VIEW
    for line in items(work, loan.id):
        target = SightTarget(
            document_id=None if line.document_id is None else DocumentId(line.document_id),
            case_file_id=line.case_file_id,
        )
        people.lend_sight(
            work,
            UserId(loan.borrower_id),
            target,
            Level(line.level),
            sight,
            valid_from=first,
            valid_to=last,
            slip=loan.number,
        )
