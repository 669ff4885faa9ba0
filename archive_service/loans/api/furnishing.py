"""What the calls about lending share."""

from collections.abc import Callable
from typing import Final

from flask import Response
from pydantic import BaseModel

from archive_service.api import Reply, doors, once
from archive_service.kernel.clock import business_day
from archive_service.loans.api.answers import SlipTold, slip_told
from archive_service.loans.queries import remedies as remedy_queries
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.web.furnishing import borrower_of, names_of
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("loans_api", __name__, "loans")
ONE: Final = "/loans/<int(max=2147483647):loan_id>"


def told(work: UnitOfWork, loan: LoanRow) -> SlipTold:
    session, actor = work.session, work.actor
    return slip_told(
        loan,
        borrower_of(loan, names_of(session, [loan])),
        queries.items_of(session, actor, loan.id),
        remedy_queries.remedies_of(session, loan.id),
        business_day(work.now),
    )


def step(asked: BaseModel, verb: Callable[[UnitOfWork], LoanRow], status: int = 200) -> Response:
    """One step in one transaction, once for one key; the answer is the slip as it stands then."""
    return once_told(asked, lambda work: told(work, verb(work)), status)


def once_told(asked: BaseModel, verb: Callable[[UnitOfWork], BaseModel], status: int = 200) -> Response:
    def reply(work: UnitOfWork) -> Reply:
        return Reply(status, verb(work).model_dump(mode="json"), {})

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, reply))
