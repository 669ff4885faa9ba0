"""Verbs on the file plan. Every change of it is a version of its own: who, when, why and what."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.classification.models import RecordClass, RetentionRule, SchemeVersion
from archive_service.classification.queries import ClassRow, class_row, plan_in_force, rule_value
from archive_service.classification.rules import (
    Change,
    FilePlan,
    PlannedClass,
    changes,
    check,
    closed,
    inserted,
    next_number,
    reopened,
    replaced,
    shipped_plan,
    verify,
    write_plan,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound
from archive_service.unit_of_work import UnitOfWork

MOST_REASON: Final = 255


class UnknownClass(Invalid):
    code = "classification.unknown-class"
    message = N_("There is no class “%(class_code)s” that takes documents.")


class ReasonNeeded(Invalid):
    code = "classification.reason-needed"
    message = N_("Please say in a few words why the plan changes.")


class ReasonTooLong(Invalid):
    code = "classification.reason-too-long"
    message = N_("The reason may have at most %(most)s characters.")


class PlanChangedMeanwhile(Conflict):
    code = "classification.changed-meanwhile"
    message = N_("The plan is at version %(number)s by now. Please look at it again before you change it.")


class NothingChanges(Invalid):
    code = "classification.nothing-changes"
    message = N_("This is the plan as it stands: nothing would change.")


class OtherScheme(Conflict):
    code = "classification.other-scheme"
    message = N_("This is another scheme (%(scheme)s). A centre keeps one scheme and changes it.")


def selectable_class(work: UnitOfWork, code: str) -> ClassRow:
    """The class that documents may be put under. Raises UnknownClass."""
    row = class_row(work.session, code)
    if row is None or not row.takes_documents:
        raise UnknownClass(class_code=code)
    return row


def load_shipped_plan(work: UnitOfWork) -> bool:
    """Make the plan that comes with the service the first version; False if there is a plan already.

    A plan that people may have changed is never overwritten by a new release: they import what they want of it.
    """
    if plan_in_force(work.session) is not None:
        return False
    new = shipped_plan()
    check(new)
    _bring_into_force(work, new, [], reason="")
    work.audit("file-plan.loaded", f"scheme:{new.scheme}", version=new.number, classes=len(new.classes))
    return True


def preview(work: UnitOfWork, new: FilePlan) -> list[Change]:
    """What would change if ``new`` came into force; nothing is changed yet.

    Raises Forbidden, OtherScheme, NothingChanges, and what ``verify``, ``check`` and ``changes`` raise.
    """
    work.actor.must(Permission.MANAGE_PLAN)
    old = _in_force(work)
    if new.scheme != old.scheme:
        raise OtherScheme(scheme=new.scheme)
    verify(new)
    check(new)
    found = changes(old, new)
    if replace(new, number=old.number) == old:
        raise NothingChanges()
    return found


def change_plan(work: UnitOfWork, new: FilePlan, *, reason: str, seen: str) -> FilePlan:
    """Bring ``new`` into force under the next number, which the answer carries.

    ``seen``: the number of the version that ``new`` was made from. Raises ReasonNeeded, ReasonTooLong,
    PlanChangedMeanwhile, and what ``preview`` raises.
    """
    work.actor.must(Permission.MANAGE_PLAN)
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonNeeded(field="reason")
    if len(reason) > MOST_REASON:
        raise ReasonTooLong(field="reason", most=MOST_REASON)
    old = _in_force(work)
    if old.number != seen:
        raise PlanChangedMeanwhile(number=old.number)
    found = preview(work, new)
    numbered = replace(new, number=next_number(old.number))
    _bring_into_force(work, numbered, found, reason=reason)
    work.audit(
        "file-plan.changed",
        f"scheme:{numbered.scheme}",
        version=numbered.number,
        classes=[change.code for change in found],
    )
    for change in found:
        if change.old and change.new.level.rank > change.old.level.rank:
            work.publish("class.level-raised", class_code=change.code)
    return numbered


def add_class(work: UnitOfWork, planned: PlannedClass, *, reason: str, seen: str) -> FilePlan:
    """A new class, behind its sisters. This and the verbs below: answer and errors as of ``change_plan``."""
    work.actor.must(Permission.MANAGE_PLAN)
    return change_plan(work, inserted(_in_force(work), planned), reason=reason, seen=seen)


def change_class(work: UnitOfWork, planned: PlannedClass, *, reason: str, seen: str) -> FilePlan:
    """``planned`` for the class of its code. Raises NotFound besides."""
    work.actor.must(Permission.MANAGE_PLAN)
    plan = _in_force(work)
    _known(plan, planned.code)
    return change_plan(work, replaced(plan, planned), reason=reason, seen=seen)


def close_class(work: UnitOfWork, code: str, *, reason: str, seen: str) -> FilePlan:
    """The class and those below it take no more documents. Raises NotFound besides."""
    work.actor.must(Permission.MANAGE_PLAN)
    plan = _in_force(work)
    _known(plan, code)
    return change_plan(work, closed(plan, code), reason=reason, seen=seen)


def reopen_class(work: UnitOfWork, code: str, *, reason: str, seen: str) -> FilePlan:
    """This class alone takes documents again. Raises NotFound besides."""
    work.actor.must(Permission.MANAGE_PLAN)
    plan = _in_force(work)
    _known(plan, code)
    return change_plan(work, reopened(plan, code), reason=reason, seen=seen)


def _known(plan: FilePlan, code: str) -> None:
    if code not in plan.by_code:
        raise NotFound()


def _in_force(work: UnitOfWork) -> FilePlan:
    plan = plan_in_force(work.session)
    assert plan is not None, "every start loads the shipped plan if there is none"
    return plan


def _bring_into_force(work: UnitOfWork, plan: FilePlan, found: Sequence[Change], *, reason: str) -> None:
    content = write_plan(plan)
    version = SchemeVersion(
        scheme=plan.scheme,
        version=plan.number,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        content=content,
        changes=[{"kind": c.kind.value, "code": c.code, "fields": list(c.fields)} for c in found],
        reason=reason,
        loaded_at=work.now,
        loaded_by=work.actor.user_id,
    )
    try:
        with work.session.begin_nested():
            work.session.add(version)
    except IntegrityError as error:
        # Somebody else took the number at the very same moment.
        raise PlanChangedMeanwhile(number=plan.number) from error
    rows = {row.code: row for row in work.session.scalars(select(RecordClass))}
    rules = {
        row.class_code: row
        for row in work.session.scalars(select(RetentionRule).where(RetentionRule.in_force))
    }
    for position, planned in enumerate(plan.classes):
        if planned.code not in rows:
            rows[planned.code] = RecordClass(code=planned.code, scheme_version_id=version.id)
            work.session.add(rows[planned.code])
        _write(rows[planned.code], planned, position, version.id)
        work.session.flush()  # its parent stands before it
        _rule(work, planned, rules.get(planned.code), version.id)


def _write(row: RecordClass, planned: PlannedClass, position: int, version_id: int) -> None:
    row.position = position
    told: dict[str, object] = {
        "parent_code": planned.parent,
        "name_zh": planned.name_zh,
        "name_en": planned.name_en,
        "selectable": planned.selectable,
        "is_closed": planned.is_closed,
        "level": planned.level.value,
        "disposition": planned.disposition and planned.disposition.value,
        "on_exit": planned.on_exit.value,
        "sources": list(planned.sources),
        "source_status": planned.source_status.value,
        "doc_types": list(planned.doc_types),
        "note": planned.note,
    }
    for name, value in told.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            row.scheme_version_id = version_id


def _rule(work: UnitOfWork, planned: PlannedClass, known: RetentionRule | None, version_id: int) -> None:
    rule = planned.retention
    if known is not None:
        if rule_value(known) == rule:
            return
        known.in_force = False
        work.session.flush()  # before another one is
    if rule is None:
        return
    work.session.add(
        RetentionRule(
            class_code=planned.code,
            scheme_version_id=version_id,
            in_force=True,
            kind=rule.kind.value,
            label_zh=rule.label_zh,
            years=rule.years,
            trigger=rule.trigger,
            period_limit=rule.limit.value,
            code=rule.code,
            figure=rule.figure.value,
            blocked_while=rule.blocked_while,
        )
    )
