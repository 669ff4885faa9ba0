"""Filed papers under a rule that is no longer their class's: what the newer one would do, and its approval."""

from typing import Any, Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from archive_service import classification, people
from archive_service.classification.web import kept_for
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.records.queries import retention as queries
from archive_service.records.service import retention as service
from archive_service.records.web.case_files import LARGEST_ID
from archive_service.records.web.furnishing import blueprint
from archive_service.records.web.standing import shared
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

PAGE_SIZE: Final = 50


@blueprint.get("/retention/rules")
def older_rules() -> str:
    """By class: how many filed papers stand under an older rule; what was approved of late, and how far it is."""
    only_asked()
    actor = current_actor()
    actor.must(Permission.APPRAISE)
    with current_archive().reading() as session:
        rows = queries.older_rules(session, actor)
        approved = queries.approvals(session)
        names = people.display_names(session)
    return render_template(
        "records/older_rules.html", rows=rows, approvals=approved, names=names, **_shared()
    )


def _shared() -> dict[str, Any]:
    with current_archive().reading() as session:
        classes = {row.code: row for row in classification.class_rows(session)}
    return {"classes": classes, "kept_for": kept_for, "language": current_language(), **shared()}


@blueprint.route("/retention/rules/<code>", methods=["GET", "POST"])
def older_rule(code: str) -> Response | str:
    """The papers of one class, old date beside new; approved for all of them or for those that are ticked."""
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.APPRAISE)
    if request.method == "POST":
        return _approved(code)
    number = asked_page()
    with current_archive().reading() as session:
        total, papers = queries.papers_under_older_rules(
            session, actor, code[:12], offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
        rules = [row for row in queries.older_rules(session, actor) if row.class_code == code]
        approved = queries.approvals(session, code[:12])
        names = people.display_names(session)
    if not rules and not approved:
        raise NotFound()
    return render_template(
        "records/older_rule.html",
        code=code,
        rules=rules,
        papers=papers,
        approvals=approved,
        names=names,
        own=bool(rules) and rules[0].new.made_by is not None and rules[0].new.made_by == actor.user_id,
        paging=Paging(number, PAGE_SIZE, total),
        **_shared(),
    )


def _approved(code: str) -> Response:
    refuse_unknown(frozenset({"rule", "reason", "scope", "document"}))
    ticked = [parse_uuid(text) for text in request.form.getlist("document")]
    chosen = [one for one in ticked if one is not None] if request.form.get("scope") != "all" else None
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            row = service.approve_rule(
                work,
                code[:12],
                rule_id=whole_number(request.form.get("rule", ""), LARGEST_ID) or 0,
                reason=request.form.get("reason", ""),
                chosen=chosen,
            )
    except (Invalid, Conflict, Forbidden) as error:
        flash(explain(error), "danger")
    else:
        flash(
            str(
                gettext(
                    "Approved for %(count)s papers. Their dates change in the background.", count=row.total
                )
            ),
            "success",
        )
    answer = redirect(url_for("records.older_rule", code=code), code=303)
    assert isinstance(answer, Response)
    return answer
