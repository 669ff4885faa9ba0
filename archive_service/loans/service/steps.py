"""One step of a slip: the table is asked, the row changed where it is still what was read, and both written down."""

from sqlalchemy import select, update

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.loans.models import Loan, LoanChange, LoanItem
from archive_service.loans.queries.slips import loan as visible
from archive_service.loans.rules import ENDED, MOVES, Guard, LoanState, Move, Step
from archive_service.loans.rules.refusals import LoanMoved, NotYours, OwnLoan, WrongStep
from archive_service.unit_of_work import UnitOfWork


def locked(work: UnitOfWork, loan_id: int, *, seen: int | None = None) -> Loan:
    """The slip, held until the transaction ends. ``seen``: the revision that the person looked at. Raises NotFound,
    LoanMoved."""
    query = select(Loan).where(Loan.id == loan_id).with_for_update()
    loan = work.session.scalar(query.execution_options(populate_existing=True))
    if loan is None:
        raise NotFound()
    if seen is not None and loan.revision != seen:
        visible(work.session, work.actor, loan_id)  # who may not know the slip is told that there is none
        raise LoanMoved()
    return loan


def items(work: UnitOfWork, loan_id: int) -> list[LoanItem]:
    query = select(LoanItem).where(LoanItem.loan_id == loan_id).order_by(LoanItem.position)
    return list(work.session.scalars(query))


def must(work: UnitOfWork, loan: Loan, step: Step) -> Move:
    """The move that the actor is about to make. Who may not even know the slip is told that there is none. Raises
    NotFound, Forbidden, SignInNeeded, NotYours, OwnLoan, WrongStep."""
    move = MOVES.get((LoanState(loan.state), step))
    needs = {one.needs for (_, other), one in MOVES.items() if other is step}
    guards = next(one.guards for (_, other), one in MOVES.items() if other is step)
    for permission in needs - {None}:
        assert permission is not None
        work.actor.must(permission)
    if None in needs:
        raise Forbidden()
    mine = loan.requested_by == work.actor.user_id
    if Guard.OWN in guards and not mine:
        if not work.actor.may(Permission.SEE_LOANS):
            raise NotFound()
        raise NotYours()
    if Guard.NOT_OWN in guards and loan.borrower_id == work.actor.user_id:
        raise OwnLoan()
    if move is None:
        raise WrongStep()
    return move


def take_step(work: UnitOfWork, loan: Loan, step: Step, comment: str = "", **facts: object) -> None:
    """Make the move: the caller has asked ``must``, or it is one that nobody makes by themselves. Raises WrongStep,
    LoanMoved."""
    before = LoanState(loan.state)
    move = MOVES.get((before, step))
    if move is None:
        raise WrongStep()
    work.session.flush()
    values: dict[str, object] = {"state": move.to.value, "revision": loan.revision + 1}
    if move.to in ENDED:
        values["ended_at"] = work.now
    moved = work.session.execute(
        update(Loan)
        .where(Loan.id == loan.id, Loan.state == before.value, Loan.revision == loan.revision)
        .values(**values)
        .execution_options(synchronize_session=False)
        .returning(Loan.id)
    ).all()
    if not moved:
        raise LoanMoved()
    work.session.refresh(loan)
    work.session.add(
        LoanChange(
            loan_id=loan.id,
            at=work.now,
            by=work.actor.user_id,
            step=step.value,
            before=before.value,
            after=move.to.value,
            comment=comment,
        )
    )
    work.session.flush()
    work.audit(
        f"loan.{step.value.replace('_', '-')}",
        f"loan:{loan.id}",
        before=before.value,
        after=move.to.value,
        **facts,
    )


def count_up(work: UnitOfWork, loan: Loan) -> None:
    """Something of the slip changed without a step."""
    loan.revision += 1
    work.session.flush()
