"""A lending counter with everybody whose word a slip may need."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archive_service import approvals, loans, premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.loans import (
    UNDERTAKING_VERSION,
    Asked,
    AskedItem,
    Finding,
    Handed,
    LoanItemRow,
    LoanRow,
    Outcome,
    Purpose,
    UseMode,
)
from archive_service.premises import Seal
from archive_service.records import CaseFileRow, FileFacts, Form, Pii, Place
from archive_service.records.rules.numbers import Dept
from tests.checklists.centre import FACTS
from tests.premises.town import Town
from tests.support.house import House

DECIDERS: Final = ("sc_manager", "finance", "archivist", "archive_head", "pi_officer", "company_leader")


class Counter:
    """``chen`` keeps the archive and hands out; ``lin`` and ``wang`` of the front desk borrow."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.chen = house.person("陈", "archivist")
        self.lin = house.person("林", "front_desk")
        self.wang = house.person("王", "front_desk")
        self.town = Town(house, self.chen)
        self.deciders: dict[str, Actor] = {}
        self.papers = 0
        self.things: list[DocumentId | CaseFileRow] = []

    @property
    def seal(self) -> Seal:
        return premises.seal_of(self.house.archive)

    def decider(self, role: str) -> Actor:
        if role not in self.deciders:
            self.deciders[role] = self.house.person(f"批{role}", role)
        return self.deciders[role]

    def file(self, code: str = "ZX.01") -> CaseFileRow:
        with self.house.work(self.chen) as work:
            return records.open_case_file(work, code, FileFacts(title="3栋2单元1201装修", unit="3-1201"))

    def paper(
        self,
        code: str = "WS.02",
        *,
        file: CaseFileRow | None = None,
        level: Level | None = None,
        form: Form = Form.ORIGINAL,
        dept: Dept = Dept.BG,
        pages: int = 1,
        unit: str = "",
        owner: str = "",
    ) -> DocumentId:
        """A filed paper of so many pages."""
        self.papers += 1
        about = "3-1201" if file or code.startswith("YZ") else ""
        code = file.class_code if file else code
        paper = self.house.paper(
            title=f"第{self.papers}次会议纪要",
            class_code=code,
            level=level,
            pages=["页"] * pages,
            doc_date="2026-03-08",
            unit=unit or about,
            owner=owner or ("张示例" if about else ""),
        )
        facts = replace(FACTS, form=form, pages=pages, carries_pii=Pii.PERSONAL if about else Pii.NONE)
        if form is Form.COPY:
            facts = replace(facts, copy_certified_by="陈", copy_certified_on="2026-03-08")
        place = Place(file_no=file.file_no) if file else Place(dept=dept)
        with self.house.work() as work:
            records.file_document(work, paper, facts, place, revision=1)
        return paper

    def form(self, *papers: DocumentId | CaseFileRow, **told: object) -> Asked:
        items = tuple(
            AskedItem(case_file_id=one.id) if isinstance(one, CaseFileRow) else AskedItem(document_id=one)
            for one in papers
        )
        asked = Asked(items=items, purpose=Purpose.WORK, use=UseMode.TAKE_OUT, days=3)
        return replace(asked, **told)  # type: ignore[arg-type]  # fields of the form

    def asks(self, who: Actor, *papers: DocumentId | CaseFileRow, **told: object) -> LoanRow:
        with self.house.work(who) as work:
            return loans.request(work, self.seal, self.form(*papers, **told), undertaking=UNDERTAKING_VERSION)

    def says(self, who: Actor, loan: LoanRow, approve: bool = True, comment: str = "同意") -> LoanRow:
        with self.house.work(who) as work:
            waiting = next(one for one in approvals.of_subject(work.session, loan.subject) if one.waits)
            approvals.decide(work, loans.KINDS, waiting.id, approve=approve, comment=comment)
        return self.row(loan)

    def approved(self, loan: LoanRow) -> LoanRow:
        """Everybody whose word it needs says yes."""
        for _ in range(9):
            with self.house.archive.reading() as session:
                asked = [one for one in approvals.of_subject(session, loan.subject) if one.waits]
            if not asked:
                break
            role = asked[0].role
            assert role is not None
            self.says(self.decider(role.value), loan)
        return self.row(loan)

    def items(self, loan: LoanRow, actor: Actor | None = None) -> list[LoanItemRow]:
        with self.house.archive.reading() as session:
            return loans.items_of(session, actor or self.chen, loan.id)

    def row(self, loan: LoanRow, actor: Actor | None = None) -> LoanRow:
        with self.house.archive.reading() as session:
            return loans.loan(session, actor or self.chen, loan.id)

    def hands_out(self, loan: LoanRow, who: Actor | None = None) -> LoanRow:
        copies = 1 if loan.use is UseMode.COPY else 0
        handed = [Handed(one.id, one.pages, copies=copies) for one in self.items(loan)]
        with self.house.work(who or self.chen) as work:
            return loans.issue(work, loan.id, handed if loan.use is not UseMode.ELECTRONIC else ())

    def out(self, who: Actor, *papers: DocumentId | CaseFileRow, **told: object) -> LoanRow:
        return self.hands_out(self.approved(self.asks(who, *papers, **told)))

    def brings_back(self, loan: LoanRow, who: Actor | None = None) -> LoanRow:
        with self.house.work(who or self.chen) as work:
            return loans.take_back(work, loan.id, [one.id for one in self.items(loan)])

    def checks(self, loan: LoanRow, outcomes: Sequence[Outcome] = (), who: Actor | None = None) -> LoanRow:
        """As told of the items in their order; whole where nothing is."""
        rows = self.items(loan)
        told = [*outcomes, *[Outcome.WHOLE] * (len(rows) - len(outcomes))]
        findings = [
            Finding(one.id, outcome, (one.pages_out or 0) - (outcome is Outcome.INCOMPLETE))
            for one, outcome in zip(rows, told, strict=True)
        ]
        with self.house.work(who or self.chen) as work:
            return loans.check(work, loan.id, findings)

    def day_passes(self, days: int = 1) -> dict[str, int]:
        self.house.clock.passes(days=days)
        return loans.daily_round(self.house.archive)
