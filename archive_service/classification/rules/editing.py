"""What people do to a plan, as plans: a class comes, changes, closes, opens again. The given plan stays as it is."""

from dataclasses import replace

from archive_service.classification.rules.plan import (
    Figure,
    FilePlan,
    Limit,
    PlannedClass,
    RetentionKind,
    RetentionRule,
    retention_code,
    retention_label,
)


def replaced(plan: FilePlan, planned: PlannedClass) -> FilePlan:
    """With ``planned`` in the place of the class of its code."""
    return replace(plan, classes=tuple(planned if c.code == planned.code else c for c in plan.classes))


def inserted(plan: FilePlan, planned: PlannedClass) -> FilePlan:
    """With ``planned`` behind its sisters and what lies below them."""
    place = max(
        (
            number + 1
            for number, c in enumerate(plan.classes)
            if planned.parent is not None and (c.code + ".").startswith(planned.parent + ".")
        ),
        default=len(plan.classes),
    )
    return replace(plan, classes=(*plan.classes[:place], planned, *plan.classes[place:]))


def closed(plan: FilePlan, code: str) -> FilePlan:
    """With the class and all that lies below it closed."""
    for planned in plan.below(code):
        plan = replaced(plan, replace(planned, is_closed=True))
    return plan


def reopened(plan: FilePlan, code: str) -> FilePlan:
    """With this class alone open again: those below it may have been closed for reasons of their own."""
    return replaced(plan, replace(plan.by_code[code], is_closed=False))


def retention_of(
    plan: FilePlan,
    known: RetentionRule | None,
    *,
    kind: RetentionKind,
    years: int | None,
    trigger: str | None,
    limit: Limit,
    figure: Figure,
) -> RetentionRule:
    """The rule of these facts, named and coded as the scheme does it; ``known`` itself if they are its own.

    ``years`` and ``trigger`` count for nothing where papers are kept for ever.
    """
    if kind is RetentionKind.PERMANENT:
        years = trigger = None
    rule = RetentionRule(
        kind=kind,
        label_zh=retention_label(
            kind, years, next((t.name_zh for t in plan.triggers if t.code == trigger), "")
        ),
        limit=limit,
        code=retention_code(kind, years),
        figure=figure,
        years=years,
        trigger=trigger or None,
        blocked_while=known.blocked_while if known else "",
    )
    # A label that was worded by hand stays with the rule it words.
    return known if known and replace(rule, label_zh=known.label_zh) == known else rule
