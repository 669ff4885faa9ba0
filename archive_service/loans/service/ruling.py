"""The case table: what comes with the service, and what somebody changed of it."""

from dataclasses import replace

from sqlalchemy import update

from archive_service import approvals
from archive_service.kernel.actor import Permission
from archive_service.loans.models import LoanRule
from archive_service.loans.queries.rulebook import KIND, RuleRow, rules, shipped_chains
from archive_service.loans.rules.asking import clean
from archive_service.loans.rules.cases import SHIPPED, CaseRule
from archive_service.loans.rules.refusals import RuleMoved, RuleNeedsReason, RuleUnchanged, WrongRule
from archive_service.unit_of_work import UnitOfWork

SHIPPED_WHY = "workflows.md §2"


def load_shipped_rules(work: UnitOfWork) -> int:
    """Bring cases that are not there yet, and who decides them; how many came. What a person changed stays."""
    known = rules(work.session)
    new = [rule for case, rule in SHIPPED.items() if case not in known]
    for rule in new:
        _add(work, rule, 1, SHIPPED_WHY, None)
    if new:
        work.audit("loan-rules.loaded", "loan-rules", cases=[rule.case.value for rule in new])
    return len(new) + approvals.load_chains(work, KIND, shipped_chains())


def change_rule(work: UnitOfWork, rule: CaseRule, *, reason: str, seen: int) -> RuleRow:
    """A new revision of one row, for slips that are handed in from now on. Who decides is changed by
    ``approvals.change_chain``. Raises Forbidden, WrongRule, RuleNeedsReason, RuleMoved, RuleUnchanged."""
    work.actor.must(Permission.MANAGE_LOAN_RULES)
    why = clean(reason, "reason", 255)
    if not why:
        raise RuleNeedsReason(field="reason")
    good_days = 1 <= rule.days <= 365 and 0 <= rule.renewals <= 12 and 0 <= rule.renewal_days <= 365
    if not good_days or (rule.renewals == 0) != (rule.renewal_days == 0) or not rule.uses:
        raise WrongRule(field="days")
    before = rules(work.session)[rule.case]
    if before.revision != seen:
        raise RuleMoved()
    if before.rule == replace(rule):
        raise RuleUnchanged()
    ended = work.session.execute(
        update(LoanRule)
        .where(LoanRule.loan_case == rule.case.value, LoanRule.revision == seen, LoanRule.in_force)
        .values(in_force=False)
        .execution_options(synchronize_session=False)
        .returning(LoanRule.id)
    ).all()
    if not ended:
        raise RuleMoved()
    _add(work, rule, seen + 1, why, work.actor.user_id)
    work.audit("loan-rule.changed", f"loan-rule:{rule.case.value}", revision=seen + 1)
    return rules(work.session)[rule.case]


def _add(work: UnitOfWork, rule: CaseRule, revision: int, why: str, by: int | None) -> None:
    work.session.add(
        LoanRule(
            loan_case=rule.case.value,
            revision=revision,
            in_force=True,
            days=rule.days,
            renewals=rule.renewals,
            renewal_days=rule.renewal_days,
            uses=sorted(use.value for use in rule.uses),
            masked=rule.masked,
            watermark=rule.watermark,
            stamped=rule.stamped,
            legal_basis=rule.legal_basis,
            asks_reason=rule.reason,
            own_department_free=rule.own_department_free,
            original_stays=rule.original_stays,
            changed_at=work.now,
            changed_by=by,
            why=why,
        )
    )
    work.session.flush()
