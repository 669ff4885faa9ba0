"""Owners see papers of their own and nothing else; long lists walk along an index."""

from datetime import date

import pytest
from sqlalchemy import text

from archive_service import loans, records
from archive_service.bootstrap import Archive
from archive_service.kernel.ids import DocumentId
from archive_service.loans import BorrowerKind, LoanCase, LoanFilter, LoanState, Outsider, Purpose, UseMode
from archive_service.loans.rules.refusals import (
    NeedsIdentityCheck,
    NotOwnPapers,
    OriginalStays,
    UseNotAllowed,
)
from archive_service.premises import PartyFacts, PartyKind
from tests.loans.counter import Counter
from tests.premises.test_parties import entered, holds

IN_LINE = "reservation.state IN ('waiting', 'offered')"
ZHANG = Outsider("张示例", "id_card", "11010519491231002X", "12000000044", True)


@pytest.fixture
def unit(counter: Counter) -> int:
    return counter.town.unit("3栋", "1201")


def asked_by_owner(counter: Counter, paper: DocumentId, party: int, **told: object) -> loans.LoanRow:
    said: dict[str, object] = {
        "borrower": BorrowerKind.OWNER,
        "party_id": party,
        "outsider": ZHANG,
        "purpose": Purpose.OWNER_ENQUIRY,
        "use": UseMode.ON_SITE,
        "days": 1,
    }
    return counter.asks(counter.lin, paper, **said | told)


def test_owners_are_shown_their_own_papers_after_their_card_was_seen(counter: Counter, unit: int) -> None:
    zhang = entered(counter.town, counter.seal, PartyFacts(PartyKind.PERSON, "张示例"))
    other = entered(counter.town, counter.seal, PartyFacts(PartyKind.PERSON, "李模拟"))
    holds(counter.town, unit, zhang, since=date(2024, 1, 1))
    file = counter.file()
    theirs = counter.paper(file=file)
    slip = asked_by_owner(counter, theirs, zhang)
    assert slip.case is LoanCase.OWNER_OWN and slip.masked
    assert counter.approved(slip).state is LoanState.APPROVED
    strange = counter.paper(file=file, owner="李模拟")
    for paper, party in ((strange, zhang), (theirs, other), (counter.paper(), zhang)):
        with pytest.raises(NotOwnPapers):
            asked_by_owner(counter, paper, party)
    with pytest.raises(UseNotAllowed):
        asked_by_owner(counter, theirs, zhang, use=UseMode.TAKE_OUT)
    unseen = Outsider("张示例", "id_card", "11010519491231002X", "12000000044", False)
    with pytest.raises(NeedsIdentityCheck):
        asked_by_owner(counter, theirs, zhang, outsider=unseen)


def test_the_only_set_of_as_built_drawings_never_leaves(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is filed as the original; a blueprint that is filed as a copy may go."""
    from archive_service.loans.rules import cases

    monkeypatch.setattr(cases, "AS_BUILT_CLASSES", ("WS.02",))
    with pytest.raises(OriginalStays):
        counter.asks(counter.lin, counter.paper())
    blueprint = counter.paper(form=records.Form.COPY)
    slip = counter.asks(counter.lin, blueprint, days=5)
    assert (slip.case, slip.state) == (LoanCase.AS_BUILT, LoanState.SUBMITTED)


@pytest.mark.parametrize(
    ("asks", "index"),
    [
        ("SELECT id FROM loan WHERE requested_by = 7 ORDER BY id DESC LIMIT 50", "ix_loan_requested_by_id"),
        ("SELECT id FROM loan WHERE created_on >= '2026-01-01' AND created_on <= '2026-01-31'", "ix_loan_created_on_id"),
        ("SELECT loan_id FROM loan_item WHERE document_id = 'x' ORDER BY id DESC LIMIT 50", "ix_loan_item_document_id_id"),
        (f"SELECT id FROM reservation WHERE document_id = 'x' AND {IN_LINE} ORDER BY id", "ix_reservation_document"),
        # What is out, or waits to be fetched, are few among all: found by their state.
        ("SELECT id FROM loan WHERE state IN ('issued', 'renewal_requested') AND due_on < '2026-01-01'", "ix_loan_"),
        ("SELECT i.id FROM loan_item i WHERE i.held AND i.within_file_id = 3", "ix_loan_item_held_within"),
    ],
)  # fmt: skip
def test_lists_walk_along_an_index(on_sqlite: Archive, asks: str, index: str) -> None:
    with on_sqlite.reading() as session:
        plan = " ".join(row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {asks}")))
        assert index in plan and "SCAN loan" not in plan, plan


def test_lists_take_no_more_statements_for_more_slips(counter: Counter) -> None:
    for _ in range(3):
        counter.asks(counter.lin, counter.paper())
    with counter.house.archive.reading() as session:
        rows = loans.loans(session, counter.chen, LoanFilter(states=(LoanState.SUBMITTED,)), limit=2)
        assert [row.number for row in rows] == ["JY-2026-0003", "JY-2026-0002"]
        assert loans.loan_count(session, counter.chen, LoanFilter(text="JY-2026")) == 3
        assert loans.loans(session, counter.wang) == []
        found = loans.register(session, counter.chen, date(2026, 3, 1), date(2026, 3, 31))
        assert [row.items for row in found] == [1, 1, 1]
