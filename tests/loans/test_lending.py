"""A slip from the form to the return."""

from archive_service import loans
from archive_service.loans import LoanState, Outcome
from tests.loans.counter import Counter


def test_an_original_goes_out_under_three_words_and_comes_back_counted(counter: Counter) -> None:
    paper = counter.paper(pages=12)
    slip = counter.asks(counter.lin, paper)
    assert (slip.number, slip.state) == ("JY-2026-0001", LoanState.SUBMITTED)
    assert slip.case is loans.LoanCase.TAKE_OUT
    slip = counter.says(counter.decider("sc_manager"), slip)
    assert slip.state is LoanState.DEPT_APPROVED
    slip = counter.says(counter.decider("archive_head"), slip)
    assert slip.state is LoanState.ARCHIVE_CHECKED
    slip = counter.says(counter.decider("company_leader"), slip)
    assert slip.state is LoanState.APPROVED and slip.fetch_by is not None
    slip = counter.hands_out(slip)
    assert slip.state is LoanState.ISSUED and slip.due_on is not None
    with counter.house.archive.reading() as session:
        assert loans.held_by(session, slip.borrower_id or 0)[0].id == slip.id  # type: ignore[arg-type]
    slip = counter.checks(counter.brings_back(slip))
    assert slip.state is LoanState.CLOSED
    assert counter.items(slip)[0].outcome is Outcome.WHOLE and not counter.items(slip)[0].held
