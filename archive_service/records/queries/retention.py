"""How long filed papers are kept: of one, of a file, and which stand under a rule that is no longer their class's."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.classification import RuleRow, rules_by_id, rules_in_force
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records.models import Document, Filing, RetentionTerm, RuleApproval
from archive_service.records.queries.sights import visible
from archive_service.records.rules.retention import (
    Period,
    Shift,
    Standing,
    Term,
    shift,
    shift_of_rules,
    strictest,
    term,
)

MOST_APPROVALS = 50


@dataclass(frozen=True, slots=True)
class TermRow:
    """``rule``: the one that counts for the paper now; ``newer``: that of its class, where that is another one."""

    document_id: DocumentId
    class_code: str
    rule: RuleRow
    newer: RuleRow | None
    term: Term
    happened: date | None

    @property
    def period(self) -> Period:
        return period_of(self.rule)


@dataclass(frozen=True, slots=True)
class OlderRule:
    """Filed papers of a class that stand under ``old`` while ``new`` is in force, as many as the actor sees."""

    class_code: str
    old: RuleRow
    new: RuleRow
    papers: int
    shift: Shift


@dataclass(frozen=True, slots=True)
class PaperUnderOlderRule:
    document_id: DocumentId
    archival_no: str
    title: str
    old: Term
    new: Term
    shift: Shift


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """``number``: of the plan's version whose rule was approved."""

    id: int
    class_code: str
    rule: RuleRow
    approved_by: int | None
    approved_at: datetime
    reason: str
    total: int
    done: int
    finished_at: datetime | None


def period_of(rule: RuleRow) -> Period:
    return Period(rule.rule.years, rule.rule.kind == "event", rule.rule.blocked_while)


def _term(row: RetentionTerm) -> Term:
    return Term(Standing(row.standing), row.trigger_date, row.start_date, row.due_date)


def retention_term(session: Session, document_id: uuid.UUID) -> TermRow | None:
    """None while it isn't filed. Whoever asks has been let in by ``document``."""
    return retention_terms(session, [document_id]).get(DocumentId(document_id))


def retention_terms(session: Session, document_ids: Sequence[uuid.UUID]) -> dict[DocumentId, TermRow]:
    """Of all that are filed, in three statements."""
    rows = list(session.scalars(select(RetentionTerm).where(RetentionTerm.document_id.in_(document_ids))))
    rules = rules_by_id(session, {row.retention_rule_id for row in rows})
    newest = rules_in_force(session, {row.class_code for row in rows})
    found: dict[DocumentId, TermRow] = {}
    for row in rows:
        now = newest.get(row.class_code)
        found[DocumentId(row.document_id)] = TermRow(
            DocumentId(row.document_id),
            row.class_code,
            rules[row.retention_rule_id],
            now if now is not None and now.id != row.retention_rule_id else None,
            _term(row),
            row.happened_on,
        )
    return found


def file_term(session: Session, actor: Actor, case_file_id: int) -> Term | None:
    """The strictest of a file's papers that the actor sees: paper that is bound together is kept together. None where
    they see none. What is done to a whole file is decided by what the service sees: all of it.
    """
    query = (
        select(
            RetentionTerm.standing,
            func.max(RetentionTerm.trigger_date),
            func.max(RetentionTerm.start_date),
            func.max(RetentionTerm.due_date),
        )
        .join(Filing, Filing.document_id == RetentionTerm.document_id)
        .join(Document, Document.id == RetentionTerm.document_id)
        .where(Filing.case_file_id == case_file_id, visible(actor))
        .group_by(RetentionTerm.standing)
    )
    return strictest(Term(Standing(row[0]), *row[1:]) for row in session.execute(query))


def older_rules(session: Session, actor: Actor) -> list[OlderRule]:
    """By class and rule: which filed papers wait for somebody to approve the newer rule of their class."""
    keys = (RetentionTerm.class_code, RetentionTerm.retention_rule_id)
    query = (
        select(*keys, func.count())
        .join(Document, Document.id == RetentionTerm.document_id)
        .where(visible(actor))
        .group_by(*keys)
        .order_by(*keys)
    )
    groups = [(row[0], row[1], row[2]) for row in session.execute(query)]
    newest = rules_in_force(session, {code for code, _, _ in groups})
    stale = [g for g in groups if g[0] in newest and newest[g[0]].id != g[1]]
    rules = rules_by_id(session, {rule_id for _, rule_id, _ in stale})
    return [
        OlderRule(
            code,
            rules[rule_id],
            newest[code],
            count,
            shift_of_rules(period_of(rules[rule_id]), period_of(newest[code])),
        )
        for code, rule_id, count in stale
    ]


def papers_under_older_rules(
    session: Session, actor: Actor, class_code: str, *, offset: int = 0, limit: int = 50
) -> tuple[int, list[PaperUnderOlderRule]]:
    """How many of the class the actor sees, and those asked for with what the newer rule would do to each."""
    newest = rules_in_force(session, [class_code]).get(class_code)
    if newest is None:
        return 0, []
    condition = (
        RetentionTerm.class_code == class_code,
        RetentionTerm.retention_rule_id != newest.id,
        visible(actor),
    )
    counted = select(func.count()).select_from(RetentionTerm)
    total = session.scalar(counted.join(Document, Document.id == RetentionTerm.document_id).where(*condition))
    query = (
        select(RetentionTerm, Document.archival_no, Document.title, Filing.file_year)
        .join(Document, Document.id == RetentionTerm.document_id)
        .join(Filing, Filing.document_id == RetentionTerm.document_id)
        .where(*condition)
        .order_by(RetentionTerm.retention_rule_id, RetentionTerm.document_id)
        .offset(offset)
        .limit(limit)
    )
    found = []
    for row, archival_no, title, year in session.execute(query):
        old, new = _term(row), term(period_of(newest), file_year=year, happened=row.happened_on)
        found.append(
            PaperUnderOlderRule(
                DocumentId(row.document_id), archival_no or "", title, old, new, shift(old, new)
            )
        )
    return total or 0, found


def approvals(session: Session, class_code: str = "") -> list[ApprovalRow]:
    """Newest first; ``class_code`` "" for those of all classes."""
    query = select(RuleApproval).order_by(RuleApproval.id.desc()).limit(MOST_APPROVALS)
    if class_code:
        query = query.where(RuleApproval.class_code == class_code)
    rows = list(session.scalars(query))
    rules = rules_by_id(session, {row.retention_rule_id for row in rows})
    return [
        ApprovalRow(
            a.id,
            a.class_code,
            rules[a.retention_rule_id],
            a.approved_by,
            a.approved_at,
            a.reason,
            a.total,
            a.done,
            a.finished_at,
        )
        for a in rows
    ]
