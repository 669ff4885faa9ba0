"""Due dates of filed papers: made at filing, made anew when what they come from changes; newer rules by approval.

What becomes of a paper that is due (holds, appraisal, destruction) is no business of this module: it says from which
day on somebody may ask.
"""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import func, select

from archive_service.classification import rules_by_id, rules_in_force
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.records.models import Document, Filing, RetentionTerm, RuleApproval
from archive_service.records.queries import retention as queries
from archive_service.records.queries.retention import ApprovalRow, period_of
from archive_service.records.queries.sights import visible
from archive_service.records.rules import NeedsReason, TooLong, clean_text
from archive_service.records.rules.placing import NotFiled, NothingToApprove, OwnPlan, RuleChangedMeanwhile
from archive_service.records.rules.retention import Term, term
from archive_service.unit_of_work import UnitOfWork

MOST_AT_ONCE: Final = 200
MOST_CHOSEN: Final = 500


def keep_term(
    work: UnitOfWork, document_id: uuid.UUID, *, class_code: str, rule_id: int, file_year: int
) -> Term:
    """Write down until when the paper is kept under this rule; what was known of its event is kept."""
    row = work.session.get(RetentionTerm, document_id, with_for_update=True, populate_existing=True)
    rules = rules_by_id(work.session, {rule_id, *([row.retention_rule_id] if row else [])})
    new, happened = rules[rule_id], row.happened_on if row else None
    if row and rules[row.retention_rule_id].rule.trigger != new.rule.trigger:
        happened = None  # it was the day of another event
    found = term(period_of(new), file_year=file_year, happened=happened)
    if row is None:
        row = RetentionTerm(document_id=document_id)
    row.class_code, row.retention_rule_id, row.happened_on = class_code, rule_id, happened
    row.standing, row.trigger_date = found.standing.value, found.trigger
    row.start_date, row.due_date, row.computed_at = found.start, found.due, work.now
    work.session.add(row)
    work.session.flush()
    return found


def rule_of(work: UnitOfWork, filing: Filing) -> int:
    """The rule that counts for a filed paper now: that of its filing, or a newer one that was approved."""
    row = work.session.get(RetentionTerm, filing.document_id)
    return row.retention_rule_id if row is not None else filing.retention_rule_id


def drop_term(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """The paper is no longer filed, so nothing runs."""
    row = work.session.get(RetentionTerm, document_id, with_for_update=True)
    if row is not None:
        work.session.delete(row)
        work.session.flush()


def event_happened(work: UnitOfWork, document_id: uuid.UUID, day: date | None) -> Term:
    """The event from which a filed paper's period runs was complete on ``day``; None: it wasn't, after all.

    The door for whoever knows of events: a settled deposit, a transfer of title, a contract that ended. Of papers
    whose period runs from a year it changes nothing. Raises Forbidden, NotFiled.
    """
    work.actor.must(Permission.FILE)
    row = work.session.get(RetentionTerm, document_id, with_for_update=True, populate_existing=True)
    filing = work.session.get(Filing, document_id)
    if row is None or filing is None:
        raise NotFiled()
    row.happened_on = day
    found = keep_term(
        work,
        document_id,
        class_code=row.class_code,
        rule_id=row.retention_rule_id,
        file_year=filing.file_year,
    )
    work.audit(
        "retention.event",
        f"document:{document_id}",
        day=day.isoformat() if day else None,
        due=found.due.isoformat() if found.due else None,
    )
    return found


def approve_rule(
    work: UnitOfWork,
    class_code: str,
    *,
    rule_id: int,
    reason: str,
    chosen: Collection[uuid.UUID] | None = None,
) -> ApprovalRow:
    """Filed papers of the class go over to the rule that is in force: all of them, in the background, or those chosen.

    ``rule_id``: the rule that the person saw. Raises Forbidden, OwnPlan, NotFound, NeedsReason, TooLong,
    RuleChangedMeanwhile, NothingToApprove.
    """
    work.actor.must(Permission.APPRAISE)
    reason = clean_text(reason)
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    rule = rules_in_force(work.session, [class_code]).get(class_code)
    if rule is None:
        raise NotFound()
    if rule.id != rule_id:
        raise RuleChangedMeanwhile()
    if rule.made_by is not None and rule.made_by == work.actor.user_id:
        raise OwnPlan()
    wanted = (
        select(RetentionTerm.document_id)
        .join(Document, Document.id == RetentionTerm.document_id)
        .where(RetentionTerm.class_code == class_code, RetentionTerm.retention_rule_id != rule.id)
    )
    ids: list[str] | None = None
    if chosen is not None:
        if len(chosen) > MOST_CHOSEN:
            raise TooLong(field="chosen", most=MOST_CHOSEN)
        found = work.session.scalars(wanted.where(visible(work.actor), Document.id.in_(chosen)))
        ids = sorted(str(document_id) for document_id in found)
    total = (
        len(ids)
        if ids is not None
        else work.session.scalar(select(func.count()).select_from(wanted.subquery()))
    )
    if not total:
        raise NothingToApprove()
    approval = RuleApproval(
        class_code=class_code,
        retention_rule_id=rule.id,
        plan_changed_by=rule.made_by,
        approved_by=work.actor.user_id,
        approved_at=work.now,
        reason=reason,
        chosen=ids,
        total=total,
        done=0,
    )
    work.session.add(approval)
    work.session.flush()
    work.audit(
        "retention.rule-approved",
        f"class:{class_code}",
        approval=approval.id,
        version=rule.number,
        papers=total,
    )
    work.publish("retention.rule-approved", approval_id=approval.id)
    return queries.approvals(work.session, class_code)[0]


def carry_over(work: UnitOfWork, approval_id: int) -> int:
    """Bring up to MOST_AT_ONCE papers of an approval under its rule; how many there were.

    Called again until it answers 0: each call is a whole, so that it may stop and go on anywhere, and papers that
    came under a yet newer rule meanwhile are left alone.
    """
    approval = work.session.get(RuleApproval, approval_id, with_for_update=True, populate_existing=True)
    if approval is None or approval.finished_at is not None:
        return 0
    wanted = (
        select(RetentionTerm)
        .where(
            RetentionTerm.class_code == approval.class_code,
            RetentionTerm.retention_rule_id < approval.retention_rule_id,
        )
        .order_by(RetentionTerm.document_id)
        .limit(MOST_AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if approval.chosen is not None:
        wanted = wanted.where(RetentionTerm.document_id.in_([parse_uuid(one) for one in approval.chosen]))
    rows = work.session.scalars(wanted).all()
    years = dict(
        work.session.execute(
            select(Filing.document_id, Filing.file_year).where(
                Filing.document_id.in_([row.document_id for row in rows])
            )
        ).all()
    )
    rules = rules_by_id(work.session, {approval.retention_rule_id, *(row.retention_rule_id for row in rows)})
    new = rules[approval.retention_rule_id]
    earlier = later = 0
    for row in rows:
        if rules[row.retention_rule_id].rule.trigger != new.rule.trigger:
            row.happened_on = None
        before = row.due_date
        found = term(period_of(new), file_year=years[row.document_id], happened=row.happened_on)
        row.retention_rule_id, row.standing = new.id, found.standing.value
        row.trigger_date, row.start_date, row.due_date = found.trigger, found.start, found.due
        row.computed_at = work.now
        earlier += before is not None and found.due is not None and found.due < before
        later += before is not None and (found.due is None or found.due > before)
    approval.done += len(rows)
    if rows:
        work.audit(
            "retention.carried-over",
            f"class:{approval.class_code}",
            approval=approval.id,
            papers=len(rows),
            earlier=earlier,
            later=later,
        )
    else:
        approval.finished_at = work.now
    work.session.flush()
    return len(rows)
