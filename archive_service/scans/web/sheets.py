"""Separator sheets (分隔页): chosen, and printed on A4 by the browser."""

import segno
from flask import Response, redirect, render_template, request, url_for

from archive_service import classification, records
from archive_service.classification.web import class_groups
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid, NotFound
from archive_service.scans.queries import looks
from archive_service.scans.rules.sheets import payload
from archive_service.scans.service import looking as service
from archive_service.scans.web.furnishing import blueprint, class_names
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

MOST_COPIES = 50


@blueprint.route("/separators", methods=["GET", "POST"])
def separators() -> Response | str | tuple[str, int]:
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    if request.method == "GET":
        only_asked()
        return _choice({})
    only_asked()
    refuse_unknown(frozenset({"class_code", "file_no", "copies"}))
    typed = {name: request.form.get(name, "").strip() for name in ("class_code", "file_no", "copies")}
    copies = whole_number(typed["copies"] or "1", MOST_COPIES) or 1
    try:
        with archive.unit_of_work(actor) as work:
            sheet = service.separator_sheet(work, class_code=typed["class_code"], file_no=typed["file_no"])
    except (Invalid, NotFound) as error:
        return _choice(typed, explain(error)), 422
    answer = redirect(url_for("scans.print_separator", token=sheet.token, copies=copies), code=303)
    assert isinstance(answer, Response)
    return answer


def _choice(typed: dict[str, str], error: str = "") -> str:
    with current_archive().reading() as session:
        classes = classification.class_rows(session)
    return render_template(
        "scans/separators.html",
        groups=class_groups(classes),
        language=current_language(),
        typed=typed,
        error=error,
        most=MOST_COPIES,
    )


@blueprint.get("/separators/<token>")
def print_separator(token: str) -> str:
    only_asked("copies")
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    copies = whole_number(request.args.get("copies", "1"), MOST_COPIES) or 1
    with current_archive().reading() as session:
        sheet = looks.sheet_with(session, token)
        if sheet is None:
            raise NotFound()
        if sheet.file_no and records.case_file_called(session, actor, sheet.file_no) is None:
            raise NotFound()
        name = class_names(session)
        told = name(sheet.class_code) if sheet.class_code else ""
    code = segno.make(payload(sheet.token), error="h", micro=False)
    drawn = code.svg_inline(scale=10, border=4, omitsize=True, svgclass="code", lineclass=None)
    return render_template(
        "scans/print_separator.html", sheet=sheet, class_name=told, code=drawn, copies=copies
    )
