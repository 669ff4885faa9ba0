"""The invented centre's lending of the last weeks: slips at every step, one overdue, one that came back with a page
missing, a line of people for one paper, and papers that a lawsuit holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from archive_service import approvals, holds, loans, premises, records
from archive_service.bootstrap import Archive
from archive_service.holds import Cause, HoldKind, Scope
from archive_service.kernel.actor import Actor
from archive_service.loans import (
    UNDERTAKING_VERSION,
    Asked,
    AskedItem,
    BorrowerKind,
    Finding,
    Handed,
    LoanRow,
    Outcome,
    Outsider,
    Purpose,
    UseMode,
)
from archive_service.records import DocumentFilter
from bench.earlier import days_ago

Person = Callable[[str], Actor]
DECIDERS: Final = {
    "archivist": "chen",
    "sc_manager": "zhao",
    "finance": "sun",
    "engineering": "wu",
    "archive_head": "qian",
    "company_leader": "li",
    "pi_officer": "zhou",
}


@dataclass(frozen=True, slots=True)
class Counter:
    """The lending desk, so many days ago."""

    archive: Archive
    person: Person

    def ago(self, days: int, hour: int = 2) -> "Counter":
        return replace(self, archive=days_ago(self.archive, days, hour))

    def asks(self, who: str, papers: Sequence[AskedItem], **told: object) -> LoanRow:
        form = Asked(items=tuple(papers), purpose=Purpose.WORK, use=UseMode.TAKE_OUT, days=3)
        form = replace(form, **told)  # type: ignore[arg-type]  # fields of the form
        seal = premises.seal_of(self.archive)
        with self.archive.unit_of_work(self.person(who)) as work:
            return loans.request(work, seal, form, undertaking=UNDERTAKING_VERSION)

    def agreed(self, slip: LoanRow, words: int = 9) -> LoanRow:
        """So many of those whose word it needs say yes."""
        for _ in range(words):
            with self.archive.reading() as session:
                waiting = [one for one in approvals.of_subject(session, slip.subject) if one.waits]
            if not waiting or waiting[0].role is None:
                break
            with self.archive.unit_of_work(self.person(DECIDERS[waiting[0].role.value])) as work:
                approvals.decide(work, loans.KINDS, waiting[0].id, approve=True, comment="同意")
        with self.archive.reading() as session:
            return loans.loan(session, self.person("chen"), slip.id)

    def hands_out(self, slip: LoanRow) -> LoanRow:
        with self.archive.unit_of_work(self.person("chen")) as work:
            lines = loans.items_of(work.session, work.actor, slip.id)
            copies = 1 if slip.use is UseMode.COPY else 0
            return loans.issue(work, slip.id, [Handed(one.id, one.pages, copies=copies) for one in lines])

    def takes_back(self, slip: LoanRow) -> LoanRow:
        with self.archive.unit_of_work(self.person("chen")) as work:
            lines = loans.items_of(work.session, work.actor, slip.id)
            return loans.take_back(work, slip.id, [one.id for one in lines])

    def checks(self, slip: LoanRow, outcome: Outcome = Outcome.WHOLE, note: str = "") -> LoanRow:
        with self.archive.unit_of_work(self.person("chen")) as work:
            lines = loans.items_of(work.session, work.actor, slip.id)
            less = outcome is Outcome.INCOMPLETE
            found = [Finding(one.id, outcome, (one.pages_out or 1) - less, note=note) for one in lines]
            return loans.check(work, slip.id, found)


def fill_lending(archive: Archive, person: Person) -> int:
    """Once, after papers were filed; how many slips there are then."""
    desk = Counter(archive, person)
    papers = _papers(archive, person("chen"))
    with archive.reading() as session:
        if loans.loan_count(session, person("chen")) or len(papers) < 8:
            return 0
    for days, who, paper in ((33, "lin", 0), (27, "wu", 1), (20, "sun", 2), (16, "lin", 3)):
        slip = desk.ago(days, 5).hands_out(
            desk.ago(days, 3).agreed(desk.ago(days).asks(who, [papers[paper]]))
        )
        desk.ago(days - 2).checks(desk.ago(days - 2).takes_back(slip))
    # Came back with a page missing: the borrower's statement is waited for.
    torn = desk.ago(9).hands_out(desk.ago(10).agreed(desk.ago(11).asks("lin", [papers[4]])))
    desk.ago(6).checks(desk.ago(6).takes_back(torn), Outcome.INCOMPLETE, "缺最后一页")
    # Out, and four days late; somebody else waits for it.
    desk.ago(9).hands_out(desk.ago(9).agreed(desk.ago(10).asks("wu", [papers[5]], purpose=Purpose.REPAIR)))
    desk.ago(1).asks("sun", [papers[5]])
    # Out and due soon.
    desk.ago(1).hands_out(desk.ago(2).agreed(desk.ago(2).asks("sun", [papers[6]])))
    # The police with papers: a copy, to be fetched.
    police = Outsider(
        "张示例",
        "id_card",
        "110101199003070011",
        "13800000000",
        True,
        organisation="云栖派出所",
        letter_no="云公函〔2026〕12号",
    )
    asked = desk.ago(1).asks(
        "chen",
        [papers[7]],
        use=UseMode.COPY,
        purpose=Purpose.LITIGATION,
        borrower=BorrowerKind.ORGANISATION,
        outsider=police,
    )
    desk.ago(0).agreed(asked)
    # Two that wait: for the first word, and for the second.
    desk.ago(0, 1).asks("lin", [papers[0], papers[1]], purpose=Purpose.AUDIT, purpose_text="年度检查备查")
    desk.ago(0, 1).agreed(desk.ago(1).asks("sun", [papers[2]]), 1)
    with archive.unit_of_work(person("chen")) as work:
        holds.place(
            work,
            Scope(class_code="ZX"),
            HoldKind.PRESERVE,
            Cause.LITIGATION,
            reason="（2026）示01民初128号装修渗水案，法律顾问来函",
        )
    loans.daily_round(archive)
    with archive.reading() as session:
        return loans.loan_count(session, person("chen"))


def _papers(archive: Archive, archivist: Actor) -> list[AskedItem]:
    """Filed papers that any decider may see; none of accounts or renovations."""
    with archive.reading() as session:
        rows = records.documents(session, archivist, DocumentFilter(filed=True), sort="date", limit=200)
        known = records.lendable_papers(session, [row.id for row in rows])
    return [
        AskedItem(document_id=row.id)
        for row in rows
        if (thing := known.get(row.id))
        and not thing.class_code.startswith(("KU", "ZX"))
        and thing.level.rank <= 1
    ]
