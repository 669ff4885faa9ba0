"""Whom a slip concerns, told by the reminders; facts are the slip's number and days, and nothing of people or papers."""

from datetime import date

from archive_service import approvals, people, reminders
from archive_service.approvals import RequestRow
from archive_service.kernel.ids import UserId
from archive_service.loans.models import Loan
from archive_service.people import Role
from archive_service.unit_of_work import UnitOfWork


def tell(work: UnitOfWork, to: int, kind: str, loan: Loan, key: str, **facts: str | int | date) -> bool:
    """``key``: what makes it once; the slip stands before it."""
    told: dict[str, object] = {"slip": loan.number, "loan": loan.id, **facts}
    return reminders.notify(work, UserId(to), kind, f"loan:{loan.id}", f"loan:{loan.id}:{key}", told)


def tell_roles(
    work: UnitOfWork, roles: frozenset[Role], kind: str, loan: Loan, key: str, **facts: str | int | date
) -> int:
    """Everybody who holds one of these roles today; how many were told now."""
    wanted = {role.value for role in roles}
    concerned = [one for one in people.everybody_at_work(work.session, work.now) if wanted & set(one.roles)]
    return sum(
        tell(work, one.user_id, kind, loan, key, **facts) for one in concerned if one.user_id is not None
    )


def ask_deciders(work: UnitOfWork, loan: Loan, request: RequestRow) -> int:
    """Everybody who could give the next word on it, once for each level; how many were told now."""
    if not request.waits:
        return 0
    key = f"decide:{request.id}:{request.step}"
    able = approvals.could_decide(work.session, work.now, request)
    return sum(tell(work, one.user_id, "loan.to-decide", loan, key, request=request.id) for one in able)
