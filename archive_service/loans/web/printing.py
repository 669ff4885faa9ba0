"""What is printed of loans, on A4 by the browser: 文件借阅申请表, what somebody has (借阅对账单), 借阅登记簿.

The printed forms are Chinese, whoever prints them. Source: workflows.md §2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import render_template, request
from sqlalchemy.orm import Session

from archive_service import approvals, people
from archive_service.approvals import RequestRow
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Forbidden, Invalid, NotFound, SignInNeeded
from archive_service.kernel.ids import UserId
from archive_service.loans.queries import printed, slips
from archive_service.loans.queries.remedies import RemedyRow, remedies_of
from archive_service.loans.queries.rows import LoanItemRow, LoanRow
from archive_service.loans.queries.rulebook import KIND, RENEWAL_KIND
from archive_service.loans.rules import LoanId, LoanState
from archive_service.loans.rules.cases import DEPARTMENT_OF
from archive_service.loans.web.furnishing import ONE, blueprint
from archive_service.loans.web.printed_words import IN_CHINESE, ROLES_ZH
from archive_service.people import Role
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    only_asked,
    whole_number,
)

MOST_LINES: Final = 500
"""Slips on one printed register; a longer period is printed in parts."""
LARGEST_ID: Final = 2**31 - 1


class WrongPeriod(Invalid):
    code = "loans.wrong-period"
    message = N_(
        "The period must begin and end with a day such as 2026-03-01, and must not end before it begins."
    )


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included, Asia/Shanghai."""

    first: date
    last: date


def asked_period(today: date, *, since: date) -> Period:
    """``first`` and ``last`` of the address; without them from ``since`` until today. Raises WrongPeriod."""
    try:
        first = date.fromisoformat(request.args.get("first") or since.isoformat())
        last = date.fromisoformat(request.args.get("last") or max(first, today).isoformat())
    except ValueError as error:
        raise WrongPeriod(field="first") from error
    if last < first:
        raise WrongPeriod(field="last")
    return Period(first, last)


@dataclass(frozen=True, slots=True)
class Names:
    """What people are called, and which post the borrowers hold."""

    people: dict[int, str]
    posts: dict[int, str]

    def person(self, user_id: int | None) -> str:
        return self.people.get(user_id, "") if user_id is not None else ""

    def borrower(self, loan: LoanRow) -> str:
        """``林晓梅``; ``示例市公安局 李*`` of people from outside, who are covered."""
        if loan.borrower_id is not None:
            return self.person(loan.borrower_id)
        return " ".join(part for part in (loan.organisation, loan.person) if part)

    def post(self, loan: LoanRow) -> str:
        return self.posts.get(loan.borrower_id, "") if loan.borrower_id is not None else ""


def _names(session: Session, loans: Iterable[LoanRow], more: Iterable[int | None] = ()) -> Names:
    """Two statements."""
    rows = list(loans)
    concerned = {one for loan in rows for one in (loan.borrower_id, loan.requested_by)} | set(more)
    for loan in rows:
        concerned |= {loan.issued_by, loan.taken_back_by, loan.checked_by, loan.id_checked_by}
    at_work = people.everybody_at_work(session, current_archive().clock.now())
    posts = {int(one.user_id): _post(one) for one in at_work if one.user_id is not None}
    return Names(people.display_names(session, {one for one in concerned if one is not None}), posts)


def _post(person: Actor) -> str:
    """``客服 · 前台``: the department where the post has one, and the posts."""
    held = [role for role in Role if role.value in person.roles]
    depts = dict.fromkeys(IN_CHINESE["dept"][DEPARTMENT_OF[role]] for role in held if role in DEPARTMENT_OF)
    return " · ".join([*depts, "、".join(ROLES_ZH[role] for role in held)])


def _shared() -> dict[str, Any]:
    return {"zh": IN_CHINESE, "roles_zh": ROLES_ZH, "printed_at": current_archive().clock.now()}


@blueprint.get(f"{ONE}/print")
def print_slip(loan_id: int) -> str:
    """文件借阅申请表 with what everybody said, wrote down and is to sign."""
    only_asked()
    actor, archive = current_actor(), current_archive()
    if actor.is_anonymous:
        raise SignInNeeded()
    with archive.reading() as session:
        loan = slips.loan(session, actor, loan_id)
        lines = slips.items_of(session, actor, loan.id)
        asked = approvals.of_subject(session, loan.subject)
        remedies = remedies_of(session, loan.id)
        renewals = slips.renewals_of(session, loan.id)
        by = [one for row in remedies for one in (row.statement_by, row.rebuilt_by, row.closed_by)]
        names = _names(session, [loan], by)
    return render_template(
        "loans/print/slip.html",
        loan=loan,
        lines=lines,
        asked=_latest([one for one in asked if one.kind != RENEWAL_KIND]),
        renewals=list(zip(renewals, _of_renewals(asked, len(renewals)), strict=True)),
        remedies=_by_line(lines, remedies),
        names=names,
        copies=sum(line.copies for line in lines),
        copied_pages=sum(line.copies * (line.pages_out or 0) for line in lines),
        **_shared(),
    )


def _latest(asked: list[RequestRow]) -> RequestRow | None:
    """The request by which the slip stands; an earlier one was void."""
    return asked[0] if asked else None


def _of_renewals(asked: list[RequestRow], count: int) -> list[RequestRow | None]:
    """Requests for more days, in the order of the renewals."""
    found: list[RequestRow | None] = [one for one in reversed(asked) if one.kind == RENEWAL_KIND]
    return [*found, *[None] * count][:count]


def _by_line(
    lines: list[LoanItemRow], remedies: list[RemedyRow]
) -> list[tuple[LoanItemRow | None, RemedyRow]]:
    by_id = {line.id: line for line in lines}
    return [(by_id.get(row.item_id), row) for row in remedies]


@blueprint.get("/statement")
def print_statement() -> str:
    """What a borrower has today: one's own, or that of ``borrower`` or ``organisation``."""
    only_asked("borrower", "organisation")
    actor, archive = current_actor(), current_archive()
    sees = actor.may(Permission.SEE_LOANS)
    if not sees:
        actor.must(Permission.REQUEST_LOAN)
    organisation = request.args.get("organisation", "").replace("\0", "").strip()[:120]
    asked = whole_number(request.args.get("borrower", ""), LARGEST_ID) or actor.user_id
    if not sees and (organisation or asked != actor.user_id):
        raise Forbidden()
    borrower = None if organisation or asked is None else UserId(asked)
    with archive.reading() as session:
        if borrower is not None and people.person(session, archive.clock.now(), borrower) is None:
            raise NotFound()
        rows = printed.statement(session, borrower=borrower, organisation=organisation)
        lines = printed.lines_of(session, actor, [row.id for row in rows])
        remedies = printed.remedies_of_slips(session, [row.id for row in rows])
        names = _names(session, rows, [borrower])
    today = business_day(archive.clock.now())
    open_lines = {row.id: [one for one in lines.get(row.id, []) if _still_out(row, one)] for row in rows}
    return render_template(
        "loans/print/statement.html",
        borrower=names.person(borrower) if borrower is not None else organisation,
        post=names.posts.get(borrower, "") if borrower is not None else "",
        rows=[row for row in rows if open_lines[row.id]],
        lines=open_lines,
        remedies=[one for row in rows for one in remedies.get(row.id, [])],
        numbers={row.id: row.number for row in rows},
        items={line.id: line for some in lines.values() for line in some},
        total=sum(len(some) for some in open_lines.values()),
        overdue=sum(row.is_overdue(today) for row in rows),
        today=today,
        names=names,
        **_shared(),
    )


def _still_out(row: LoanRow, line: LoanItemRow) -> bool:
    """What was brought back to be checked is on it until the check; what came back whole is not."""
    return row.state is not LoanState.REMEDY and (line.back_at is None or not row.is_out)


@blueprint.get("/register")
def print_register() -> str:
    """借阅登记簿 of a period, by the days on which slips were written."""
    only_asked("first", "last", "page")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_LOANS)
    today = business_day(archive.clock.now())
    period, number = asked_period(today, since=today.replace(day=1)), asked_page()
    with archive.reading() as session:
        totals = printed.register_totals(session, period.first, period.last, today)
        start = (number - 1) * MOST_LINES
        rows = printed.register_part(session, period.first, period.last, offset=start, limit=MOST_LINES)
        ids: list[LoanId] = [row.id for row in rows]
        lines = printed.lines_of(session, actor, ids)
        remedies = printed.remedies_of_slips(session, ids)
        words = approvals.of_subjects(session, [row.subject for row in rows], kind=KIND)
        names = _names(session, rows)
    return render_template(
        "loans/print/register.html",
        period=period,
        rows=rows,
        lines=lines,
        remedies=remedies,
        words=words,
        totals=totals,
        first_number=(number - 1) * MOST_LINES + 1,
        today=today,
        names=names,
        paging=Paging(number, MOST_LINES, totals.slips),
        **_shared(),
    )
