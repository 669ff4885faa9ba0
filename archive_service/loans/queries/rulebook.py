"""The case table as it stands, and as it stood."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import approvals
from archive_service.loans.models import IN_FORCE, LoanRule
from archive_service.loans.rules import UseMode
from archive_service.loans.rules.cases import CASE_NAMES, SHIPPED, SHIPPED_CHAINS, CaseRule, LoanCase

KIND = "loan"
RENEWAL_KIND = "loan-renewal"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """``changed_by``: None as the service ships it. ``revision``: what a form gives back as ``seen``."""

    rule: CaseRule
    revision: int
    in_force: bool
    changed_at: datetime
    changed_by: int | None
    why: str

    @property
    def name(self) -> str:
        """Message id."""
        return CASE_NAMES[self.rule.case]


def rule_of(row: LoanRule) -> CaseRule:
    return CaseRule(
        case=LoanCase(row.loan_case),
        days=row.days,
        renewals=row.renewals,
        renewal_days=row.renewal_days,
        uses=frozenset(UseMode(one) for one in row.uses),
        masked=row.masked,
        watermark=row.watermark,
        stamped=row.stamped,
        legal_basis=row.legal_basis,
        reason=row.asks_reason,
        own_department_free=row.own_department_free,
        original_stays=row.original_stays,
    )


def _row(row: LoanRule) -> RuleRow:
    return RuleRow(rule_of(row), row.revision, row.in_force, row.changed_at, row.changed_by, row.why)


def rules(session: Session) -> dict[LoanCase, RuleRow]:
    """Those in force, in the order of §2's strictness."""
    found = {LoanCase(r.loan_case): _row(r) for r in session.scalars(select(LoanRule).where(IN_FORCE))}
    return {case: found[case] for case in LoanCase if case in found}


def table(session: Session) -> dict[LoanCase, CaseRule]:
    return {case: row.rule for case, row in rules(session).items()}


def rule_history(session: Session, case: LoanCase) -> list[RuleRow]:
    """Every revision, newest first."""
    query = select(LoanRule).where(LoanRule.loan_case == case.value).order_by(LoanRule.revision.desc())
    return [_row(row) for row in session.scalars(query.limit(100))]


def shipped_chains() -> dict[str, tuple[approvals.ChainStep, ...]]:
    return {
        case.value: tuple(approvals.ChainStep(role) for role in roles)
        for case, roles in SHIPPED_CHAINS.items()
    }


def are_loaded(session: Session) -> bool:
    return set(table(session)) == set(SHIPPED) and approvals.are_loaded(session, KIND, shipped_chains())
