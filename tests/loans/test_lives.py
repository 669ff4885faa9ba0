"""Random lives of several slips: people ask, decide, hand out, bring back, lose, make good, hold and wait, in any order;
what must never happen never does."""

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from archive_service import approvals, holds, loans, records
from archive_service.bootstrap import open_archive
from archive_service.holds import Cause, HoldKind, Scope
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError
from archive_service.loans import (
    MOVES,
    UNDERTAKING_VERSION,
    Finding,
    LoanRow,
    LoanState,
    Outcome,
    Rebuilt,
    Step,
    UseMode,
)
from archive_service.settings import Settings
from tests.loans.counter import Counter
from tests.support.clock import MovableClock
from tests.support.house import House

EXAMPLES = int(os.environ.get("LIVES", "15"))
WHO = st.sampled_from(["lin", "wang", "gu", "chen", "head"])
KEEPERS = st.sampled_from(["chen", "head", "lin"])
SLIP = st.integers(0, 7)
PAPER = st.integers(0, 3)
PAST_REASONABLE = 6  # days that pass at once, at most


def _people(counter: Counter) -> dict[str, Actor]:
    return {
        "lin": counter.lin,
        "wang": counter.wang,
        "chen": counter.chen,
        "gu": counter.house.person("顾", "engineering"),
        "head": counter.decider("archive_head"),
        "manager": counter.decider("sc_manager"),
        "leader": counter.decider("company_leader"),
        # A second of each, so that those who borrow find somebody to decide.
        "manager2": counter.house.person("经二", "sc_manager"),
        "head2": counter.house.person("头二", "archive_head"),
    }


@pytest.fixture(scope="module")
def begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter, Any]:
    """An archive with people, a case file with two papers and two loose ones; every life begins with a copy of it."""
    data = tmp_path_factory.mktemp("lives") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    archive = open_archive(Settings(data_dir=data), MovableClock())
    counter = Counter(House(archive, MovableClock()))
    who = _people(counter)
    file = counter.file()
    papers = [counter.paper(file=file, pages=3), counter.paper(), counter.paper(pages=2), file]
    archive.close()
    return data, counter, (who, papers)


def _machine(begun: tuple[Path, Counter, Any]) -> type[RuleBasedStateMachine]:
    data, begun_with, (people, papers) = begun

    class Lives(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.folder = tempfile.TemporaryDirectory()
            copy = Path(self.folder.name) / "data"
            shutil.copytree(data, copy)
            self.clock = MovableClock()
            self.archive = open_archive(Settings(data_dir=copy), self.clock)
            self.counter = Counter.__new__(Counter)
            self.counter.__dict__ |= begun_with.__dict__ | {"house": House(self.archive, self.clock)}
            self.slips: list[LoanRow] = []
            self.trail = 0

        def teardown(self) -> None:
            if hasattr(self, "archive"):
                self.archive.close()
                self.folder.cleanup()

        def row(self, n: int) -> LoanRow | None:
            return self.counter.row(self.slips[n % len(self.slips)]) if self.slips else None

        def tries(self, what: Callable[[], object]) -> bool:
            """What is refused is refused in words, and changes nothing."""
            before = self._told()
            try:
                what()
            except ArchiveError:
                assert self._told() == before
                return False
            return True

        def _told(self) -> list[tuple[Any, ...]]:
            with self.archive.reading() as session:
                slips = session.execute(text("SELECT id, state, revision, due_on FROM loan ORDER BY id"))
                items = session.execute(text("SELECT id, held, outcome FROM loan_item ORDER BY id"))
                return [tuple(row) for row in [*slips, *items]]

        @rule(
            who=WHO,
            wanted=st.sets(PAPER, min_size=1, max_size=2),
            use=st.sampled_from([UseMode.TAKE_OUT, UseMode.ON_SITE, UseMode.COPY]),
        )
        def asks(self, who: str, wanted: set[int], use: UseMode) -> None:
            if len(self.slips) == 8:
                return

            def ask() -> None:
                self.slips.append(
                    self.counter.asks(people[who], *(papers[n] for n in sorted(wanted)), use=use, days=1)
                )

            self.tries(ask)

        @rule(who=WHO, paper=PAPER, use=st.sampled_from([UseMode.TAKE_OUT, UseMode.ON_SITE]))
        def lends(self, who: str, paper: int, use: UseMode) -> None:
            """The straight way to a paper that is out, as far as it goes."""
            count = len(self.slips)
            self.asks(who, {paper}, use)
            if len(self.slips) > count:
                self.everybody_agrees(count)
                self.hands_out(count, "chen" if who != "chen" else "head")

        @rule(n=SLIP)
        def hands_in_again(self, n: int) -> None:
            if (slip := self.row(n)) is not None:
                asker = next(a for a in people.values() if a.user_id == slip.requested_by)

                def submit() -> None:
                    with self.counter.house.work(asker) as work:
                        loans.submit(work, self.counter.seal, slip.id, undertaking=UNDERTAKING_VERSION)

                self.tries(submit)

        @rule(n=SLIP, who=st.sampled_from(sorted(people)), yes=st.sampled_from([True, True, True, False]))
        def decides(self, n: int, who: str, yes: bool) -> None:
            if (slip := self.row(n)) is not None:
                with self.archive.reading() as session:
                    waits = [a for a in approvals.of_subject(session, slip.subject) if a.waits]

                def decide() -> None:
                    with self.counter.house.work(people[who]) as work:
                        approvals.decide(work, loans.KINDS, waits[0].id, approve=yes, comment="阅")

                if waits:
                    self.tries(decide)

        @rule(n=SLIP)
        def everybody_agrees(self, n: int) -> None:
            """Whoever may; the shortest way to a slip that is out."""
            for who in sorted(people):
                self.decides(n, who, True)
            for who in sorted(people):
                self.decides(n, who, True)

        @rule(n=SLIP, who=WHO)
        def takes_back_the_request(self, n: int, who: str) -> None:
            self._by(n, who, lambda work, slip: loans.cancel(work, slip.id))

        @rule(n=SLIP, who=KEEPERS)
        def hands_out(self, n: int, who: str) -> None:
            if (slip := self.row(n)) is not None:
                self.tries(lambda: self.counter.hands_out(slip, people[who]))

        @rule(n=SLIP, who=WHO)
        def asks_for_more_days(self, n: int, who: str) -> None:
            self._by(n, who, lambda work, slip: loans.ask_renewal(work, slip.id, reason="还要用"))

        @rule(n=SLIP, who=KEEPERS)
        def takes_back(self, n: int, who: str) -> None:
            if (slip := self.row(n)) is not None:
                self.tries(lambda: self.counter.brings_back(slip, people[who]))

        @rule(n=SLIP, who=KEEPERS, told=st.lists(st.sampled_from(list(Outcome)), min_size=2, max_size=2))
        def checks(self, n: int, who: str, told: list[Outcome]) -> None:
            if (slip := self.row(n)) is not None:
                found = [
                    Finding(
                        item.id,
                        outcome,
                        0
                        if outcome is Outcome.LOST
                        else max(0, (item.pages_out or 0) - (outcome is Outcome.INCOMPLETE)),
                        note="少页" if outcome is not Outcome.WHOLE else "",
                    )
                    for item, outcome in zip(self.counter.items(slip), told, strict=False)
                ]
                self._by(n, who, lambda work, slip: loans.check(work, slip.id, found))

        @rule(n=SLIP, told=st.lists(st.sampled_from(list(Outcome)), min_size=2, max_size=2))
        def comes_back(self, n: int, told: list[Outcome]) -> None:
            """Taken in and looked at; whoever may makes it good then."""
            for who in ("chen", "head"):
                self.takes_back(n, who)
                self.checks(n, who, told)
                for step in range(4):
                    self.makes_good(n, who, step)

        @rule(n=SLIP, who=KEEPERS)
        def reports_it_lost(self, n: int, who: str) -> None:
            self._by(n, who, lambda work, slip: loans.report_lost(work, slip.id, comment="找不到"))

        @rule(n=SLIP, who=KEEPERS, step=st.integers(0, 3))
        def makes_good(self, n: int, who: str, step: int) -> None:
            if (slip := self.row(n)) is None:
                return
            with self.archive.reading() as session:
                remedies = loans.remedies_of(session, slip.id)
            for one in remedies:
                steps: list[Callable[[Any], object]] = [
                    lambda work, one=one: loans.give_statement(work, one.id, "路上丢了"),
                    lambda work, one=one: loans.rebuild(work, one.id, Rebuilt.IMPOSSIBLE),
                    lambda work, one=one: loans.compensate(work, one.id, 0),
                    lambda work, one=one: loans.note(work, one.id, "已注明"),
                ]
                self._by(n, who, lambda work, _slip, do=steps[step]: do(work))

        @precondition(lambda self: len(self.slips) > 2)
        @rule(n=PAPER, kind=st.sampled_from(list(HoldKind)))
        def holds_it(self, n: int, kind: HoldKind) -> None:
            thing = papers[n]
            scope = (
                Scope(case_file_id=thing.id)
                if isinstance(thing, records.CaseFileRow)
                else Scope(document_id=thing)
            )
            with self.counter.house.work(people["chen"]) as work:
                holds.place(work, scope, kind, Cause.AUDIT, reason="审计")

        @rule()
        def releases_all(self) -> None:
            with self.counter.house.work(people["manager"]) as work:
                for one in holds.holds(work.session):
                    holds.release(work, one.number, reason="已结束", seen=one.revision)

        @rule(days=st.integers(1, PAST_REASONABLE))
        def days_pass(self, days: int) -> None:
            self.clock.at += timedelta(days=days)
            loans.daily_round(self.archive)

        def _by(self, n: int, who: str, does: Callable[..., object]) -> None:
            if (slip := self.row(n)) is None:
                return

            def do() -> None:
                with self.counter.house.work(people[who]) as work:
                    does(work, slip)

            self.tries(do)

        def _none(self, query: str) -> None:
            with self.archive.reading() as session:
                assert session.execute(text(query)).all() == []

        @invariant()
        def one_live_loan_an_item(self) -> None:
            if hasattr(self, "archive"):
                self._none("SELECT document_id FROM loan_item WHERE held AND document_id IS NOT NULL"
                           " GROUP BY document_id HAVING count(*) > 1")  # fmt: skip
                self._none("SELECT p.id FROM loan_item p JOIN loan_item f ON f.case_file_id = p.within_file_id"
                           " WHERE p.held AND f.held")  # fmt: skip

        @invariant()
        def back_on_the_shelf_only_after_a_check(self) -> None:
            if hasattr(self, "archive"):
                self._none("SELECT i.id FROM loan_item i JOIN loan l ON l.id = i.loan_id WHERE i.exclusive AND NOT i.held"
                           " AND l.state IN ('issued', 'renewal_requested', 'return_pending_check')")  # fmt: skip
                self._none("SELECT i.id FROM loan_item i JOIN loan l ON l.id = i.loan_id WHERE l.use_mode IN"
                           " ('on_site', 'take_out') AND l.state IN ('closed', 'closed_with_remedy')"
                           " AND i.outcome IS NULL")  # fmt: skip

        @invariant()
        def what_is_lost_stays_in_the_inventory(self) -> None:
            if hasattr(self, "archive"):
                self._none("SELECT d.id FROM document d JOIN loan_item i ON i.document_id = d.id WHERE i.outcome = 'lost'"
                           " AND (d.archival_no IS NULL OR d.discarded_at IS NOT NULL)")  # fmt: skip

        @invariant()
        def nobody_decides_their_own(self) -> None:
            if hasattr(self, "archive"):
                self._none("SELECT d.id FROM approval_decision d JOIN approval_request r ON r.id = d.request_id"
                           " WHERE r.requester_id IN (d.decided_by, d.hat_id)")  # fmt: skip
                self._none("SELECT request_id FROM approval_decision GROUP BY request_id, decided_by"
                           " HAVING count(*) > 1")  # fmt: skip
                self._none("SELECT id FROM loan WHERE issued_by = borrower_id")

        @invariant()
        def every_step_stands_in_the_table(self) -> None:
            if not hasattr(self, "archive"):
                return
            with self.archive.reading() as session:
                walked = session.execute(text("SELECT DISTINCT before, step, after FROM loan_change")).all()
                events = session.execute(text("SELECT count(*) FROM audit_event")).scalar_one()
            for before, step, after in walked:
                assert MOVES[LoanState(before), Step(step)].to.value == after, (before, step, after)
            assert events >= self.trail
            self.trail = events

        @invariant()
        def first_come_first_served(self) -> None:
            if hasattr(self, "archive"):
                self._none("SELECT o.id FROM reservation o JOIN reservation w ON w.document_id = o.document_id"
                           " WHERE o.state = 'offered' AND w.state = 'waiting' AND w.id < o.id")  # fmt: skip

    return Lives


def test_lives_of_slips(begun: tuple[Path, Counter, Any]) -> None:
    """LIVES=200 walks longer."""
    run_state_machine_as_test(
        _machine(begun),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
