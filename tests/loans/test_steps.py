"""Every state × every step × every role, from the one table; and random lives of several slips."""

import contextlib
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from archive_service import approvals, loans
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import SystemClock
from archive_service.kernel.errors import ArchiveError, Forbidden, NotFound
from archive_service.kernel.ids import UserId
from archive_service.loans import UNDERTAKING_VERSION, LoanState, Outcome, Step
from archive_service.loans.models import Loan
from archive_service.loans.rules import MOVES, Guard
from archive_service.loans.rules.refusals import NotYours, OwnLoan, WrongStep
from archive_service.loans.service.steps import must
from archive_service.people import Role, actor_for
from archive_service.unit_of_work import UnitOfWork
from tests.loans.counter import Counter

GUARDS = {step: next(m.guards for (_, other), m in MOVES.items() if other is step) for step in Step}
NEEDS = {step: next(m.needs for (_, other), m in MOVES.items() if other is step) for step in Step}


def expected(state: LoanState, step: Step, role: Role, own: bool) -> type[ArchiveError] | None:
    needs, may = NEEDS[step], actor_for(UserId(1), "x", [role], via="page").permissions
    if needs is None or needs not in may:
        return Forbidden
    if Guard.OWN in GUARDS[step] and not own:
        return NotYours if Permission.SEE_LOANS in may else NotFound
    if Guard.NOT_OWN in GUARDS[step] and own:
        return OwnLoan
    return None if (state, step) in MOVES else WrongStep


@pytest.mark.parametrize("role", list(Role))
def test_who_may_take_which_step_in_which_state(role: Role) -> None:
    """3 × 17 × 21 answers a role; nobody but its permission, its person and its state lets anybody take a step."""
    wrong = []
    for state, step, own in product(LoanState, Step, (False, True)):
        actor = actor_for(UserId(1), "x", [role], via="page")
        borrower = 1 if own else 2
        loan = Loan(state=state.value, requested_by=borrower, borrower_id=borrower)
        try:
            must(UnitOfWork(Session(), actor, SystemClock().now()), loan, step)
            came: type[ArchiveError] | None = None
        except ArchiveError as error:
            came = type(error)
        if came is not expected(state, step, role, own):
            wrong.append((state, step, own, came))
    assert wrong == []


def test_roles_that_lend_and_borrow() -> None:
    borrow = {role for role in Role if expected(LoanState.DRAFT, Step.SUBMIT, role, True) is None}
    lend = {role for role in Role if expected(LoanState.APPROVED, Step.ISSUE, role, False) is None}
    assert lend == {Role.ARCHIVIST, Role.ARCHIVE_HEAD}
    assert borrow == {
        Role.FRONT_DESK, Role.ARCHIVIST, Role.FINANCE, Role.ENGINEERING, Role.SC_MANAGER, Role.ARCHIVE_HEAD,
        Role.COMPANY_LEADER,
    }  # fmt: skip


DOINGS = (
    "ask",
    "decide",
    "refuse",
    "cancel",
    "issue",
    "back",
    "check",
    "harm",
    "lost",
    "renew",
    "time",
    "submit",
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(DOINGS), st.integers(0, 5)), min_size=15, max_size=30))
def test_random_lives_keep_what_must_hold(counter: Counter, life: list[tuple[str, int]]) -> None:
    """The archive goes on from life to life, so that slips of earlier ones are in the way of later ones."""
    if not counter.papers:
        file = counter.file()
        counter.things = [counter.paper(file=file), file, counter.paper()]
    for doing, pick in life:
        with contextlib.suppress(ArchiveError):
            _do(counter, doing, pick)
        _holds(counter)


def _do(counter: Counter, doing: str, pick: int) -> None:
    who = (counter.lin, counter.wang, counter.chen)[pick % 3]
    if doing == "ask":
        counter.asks(who, counter.things[pick % len(counter.things)])
        return
    if doing == "time":
        counter.day_passes(pick)
        return
    with counter.house.archive.reading() as session:
        rows = loans.loans(session, counter.chen, limit=6)
    if not rows:
        return
    slip = rows[pick % len(rows)]
    mine = next(one for one in (counter.lin, counter.wang, counter.chen) if one.user_id == slip.requested_by)
    if doing in ("decide", "refuse"):
        with counter.house.archive.reading() as session:
            waits = [one for one in approvals.of_subject(session, slip.subject) if one.waits]
        if waits and waits[0].role is not None:
            counter.says(counter.decider(waits[0].role.value), slip, approve=doing == "decide")
    elif doing == "issue":
        counter.hands_out(slip)
    elif doing == "back":
        counter.brings_back(slip, who)
    elif doing in ("check", "harm"):
        counter.checks(slip, [Outcome.DAMAGED] if doing == "harm" else (), who)
    else:
        with counter.house.work(counter.chen if doing == "lost" else mine) as work:
            if doing == "cancel":
                loans.cancel(work, slip.id)
            elif doing == "lost":
                loans.report_lost(work, slip.id, comment="")
            elif doing == "renew":
                loans.ask_renewal(work, slip.id, reason="还要用")
            else:
                loans.submit(work, counter.seal, slip.id, undertaking=UNDERTAKING_VERSION)


def _holds(counter: Counter) -> None:
    with counter.house.archive.reading() as session:
        held = session.execute(
            text(
                "SELECT i.document_id, i.case_file_id, i.within_file_id, l.state FROM loan_item i"
                " JOIN loan l ON l.id = i.loan_id WHERE i.held"
            )
        ).all()
        files = [row.case_file_id for row in held if row.case_file_id is not None]
        papers = [row.document_id for row in held if row.document_id is not None]
        assert len(set(files)) == len(files) and len(set(papers)) == len(papers)
        assert not {row.within_file_id for row in held} & set(files)
        live = {LoanState(row.state) for row in held}
        assert not live & (loans.ENDED | {LoanState.DRAFT})
        unchecked = text(
            "SELECT count(*) FROM loan WHERE state = 'closed' AND use_mode = 'take_out' AND checked_at IS NULL"
        )
        assert session.execute(unchecked).scalar_one() == 0
        own = text(
            "SELECT count(*) FROM loan WHERE issued_by = borrower_id OR checked_by = borrower_id"
            " OR taken_back_by = borrower_id"
        )
        assert session.execute(own).scalar_one() == 0
        numbers = session.execute(text("SELECT number FROM loan ORDER BY id")).scalars().all()
        assert [int(one[-4:]) for one in numbers] == list(range(1, len(numbers) + 1))
        lost = text(
            "SELECT count(*) FROM loan_item i LEFT JOIN document d ON d.id = i.document_id"
            " WHERE i.outcome = 'lost' AND i.document_id IS NOT NULL AND d.archival_no IS NULL"
        )
        assert session.execute(lost).scalar_one() == 0
