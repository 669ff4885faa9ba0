"""Reading the plan: every class with its level, how long papers are kept, and what belongs there."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, render_template
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import people
from archive_service.classification import queries
from archive_service.classification.queries import ClassRow, class_rows
from archive_service.classification.rules import CHANGE_NAMES, FilePlan, PlannedClass, Term, changes, plan
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    only_asked,
)
from archive_service.web.meanwhile import Line

blueprint = Blueprint("classification", __name__, template_folder="../templates")

PAGE_SIZE: Final = 50

FIELD_NAMES: Final = {
    "name_zh": N_("Chinese name"),
    "name_en": N_("English name"),
    "selectable": N_("Takes documents"),
    "is_closed": N_("Closed"),
    "level": N_("Level"),
    "retention": N_("Kept for"),
    "disposition": N_("When the time is over"),
    "on_exit": N_("When the service contract ends"),
    "sources": N_("Sources"),
    "source_status": N_("Duty to keep"),
    "doc_types": N_("For example"),
    "note": N_("Remark"),
}


def words() -> dict[str, Any]:
    """The names of codes that pages of the plan show."""
    return {
        "language": current_language(),
        "kept_for": kept_for,
        "term_name": term_name,
        "level_names": LEVEL_NAMES,
        "kind_names": plan.KIND_NAMES,
        "limit_names": plan.LIMIT_NAMES,
        "figure_names": plan.FIGURE_NAMES,
        "disposition_names": plan.DISPOSITION_NAMES,
        "exit_names": plan.ON_EXIT_NAMES,
        "status_names": plan.SOURCE_STATUS_NAMES,
        "change_names": {kind.value: name for kind, name in CHANGE_NAMES.items()},
        "field_names": FIELD_NAMES,
        "may_change": current_actor().may(Permission.MANAGE_PLAN),
    }


def kept_for(rule: plan.RetentionRule | None) -> str:
    """A period in the reader's words; the plan itself words it in Chinese."""
    if rule is None:
        return ""
    if current_language().startswith("zh"):
        return rule.label_zh
    if rule.years is None:
        return str(gettext(plan.KIND_NAMES[rule.kind]))
    return str(gettext("%(years)s years", years=rule.years))


def term_name(term: Term) -> str:
    """What an event is called; in English if the plan knows how."""
    return term.name_zh if current_language().startswith("zh") else term.about or term.name_zh


def present_plan() -> FilePlan:
    with current_archive().reading() as session:
        found = queries.plan_in_force(session)
    assert found is not None, "every start loads the shipped plan if there is none"
    return found


@blueprint.get("/file-plan")
def page() -> str:
    only_asked()
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        rows = class_rows(session)
        newest = queries.scheme_versions(session, limit=1)
    return render_template("classification/plan.html", rows=rows, version=newest[0], **words())


@blueprint.get("/file-plan/classes/<code>")
def one(code: str) -> str:
    only_asked()
    current_actor().must(Permission.SEARCH)
    current = present_plan()
    with current_archive().reading() as session:
        row = queries.class_row(session, code)
        touching = queries.versions_of_class(session, code)
        names = people.display_names(session)
    if row is None:
        raise NotFound()
    return render_template(
        "classification/class.html",
        row=row,
        below=[c for c in current.classes if c.parent == code],
        sources=[s for s in current.sources if s.code in row.sources],
        trigger=next(
            (t for t in current.triggers if row.retention and t.code == row.retention.trigger), None
        ),
        versions=touching,
        names=names,
        seen=current.number,
        **words(),
    )


@blueprint.get("/file-plan/versions")
def versions() -> str:
    only_asked("page")
    current_actor().must(Permission.SEARCH)
    number = asked_page()
    with current_archive().reading() as session:
        total = queries.scheme_version_count(session)
        rows = queries.scheme_versions(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        names = people.display_names(session)
    return render_template(
        "classification/versions.html",
        rows=rows,
        names=names,
        paging=Paging(number, PAGE_SIZE, total),
        **words(),
    )


@blueprint.get("/file-plan/versions/<edition>")
def version(edition: str) -> str:
    """What one version changed, old beside new."""
    only_asked()
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        row, before = queries.scheme_version(session, edition)
        new = queries.plan_of_version(session, edition)
        old = queries.plan_of_version(session, before) if before else None
        names = people.display_names(session)
    told = [
        (change, old.by_code.get(str(change["code"])), new.by_code[str(change["code"])])
        for change in row.changes
        if old is not None
    ]
    return render_template(
        "classification/version.html", row=row, before=before, told=told, names=names, value=shown, **words()
    )


def shown(planned: PlannedClass, name: str) -> str:
    """A field of a class in the reader's words. Plain text: what people typed must not pass the translation,
    whose answers count as markup on a page."""
    value = getattr(planned, name)
    match value:
        case plan.RetentionRule():
            return kept_for(value)
        case tuple():
            return "、".join(value)
        case bool():
            return str(gettext("yes") if value else gettext("no"))
        case Level():
            return str(gettext(LEVEL_NAMES[value]))
        case plan.Disposition():
            return str(gettext(plan.DISPOSITION_NAMES[value]))
        case plan.OnExit():
            return str(gettext(plan.ON_EXIT_NAMES[value]))
        case plan.SourceStatus():
            return str(gettext(plan.SOURCE_STATUS_NAMES[value]))
    return str(value or "")


def changed_since(session: Session, number: str) -> list[Line]:
    """What later versions made of the plan of this one; nothing for a number that no version has."""
    now = queries.plan_in_force(session)
    try:
        then = queries.plan_of_version(session, number)
    except NotFound:
        return []
    assert now is not None, "there is a version"
    return [
        Line(
            f"{change.code} {gettext(FIELD_NAMES[name])}",
            shown(change.old, name) if change.old else "",
            shown(change.new, name),
        )
        for change in changes(then, now)
        for name in change.fields or ("name_zh", "level")
    ]


def class_groups(classes: Sequence[ClassRow], kept: str = "") -> list[tuple[str, list[ClassRow]]]:
    """The classes under which the person may put papers, under their main classes: for a select.

    ``kept``: the one that a paper has already; it is among them even if it is closed by now.
    """
    actor, language = current_actor(), current_language()
    names = {row.code: row.name(language) for row in classes}
    groups: dict[str, list[ClassRow]] = {}
    for row in classes:
        if (row.takes_documents or row.code == kept) and people.may_upload_to(actor, row.code):
            groups.setdefault(row.code.split(".")[0], []).append(row)
    return [(f"{code} {names.get(code, '')}", rows) for code, rows in groups.items()]
