"""The printed forms of the trade: 案卷封面, 卷内目录, 备考表 and 归档文件目录, on A4 by the browser.

They list what there is, whole, so they are for those who file. Source: GB/T 9705, GB/T 11822, DA/T 22.
"""

from typing import Any, Final

from flask import render_template

from archive_service import classification
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records.queries import case_files as queries
from archive_service.records.queries import filing as filing_queries
from archive_service.records.queries.filing import Catalogue, CatalogueLine
from archive_service.records.rules.placing import EmptyKind
from archive_service.records.service.case_files import may_file
from archive_service.records.service.numbering import open_projects
from archive_service.records.web.case_files import bounded
from archive_service.records.web.furnishing import blueprint
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    only_asked,
)

EMPTY_ZH: Final = {
    EmptyKind.WITHDRAWN: "归档撤销",
    EmptyKind.RECLASSED: "已改类",
    EmptyKind.MOVED: "已移出",
}
"""The printed forms are Chinese, whoever prints them."""
MOST_LINES: Final = 2000
"""On one printed list; a longer catalogue is printed in parts."""


@blueprint.get("/case-files/<int:case_file_id>/print/<any(cover, contents, note):sheet>")
def print_case_file(case_file_id: int, sheet: str) -> str:
    only_asked()
    actor = current_actor()
    actor.must(Permission.FILE)
    with current_archive().reading() as session:
        row = queries.case_file(session, actor, bounded(case_file_id))
        if not may_file(actor, row.class_code):
            raise Forbidden()
        held = queries.contents(session, actor, row.id)
        lines = (
            filing_queries.file_lines(session, actor, row.id, limit=MOST_LINES) if sheet == "contents" else []
        )
        class_row = classification.class_row(session, row.class_code)
        projects = {p.number: p for p in open_projects(session)}
    return render_template(
        f"records/print/{sheet}.html",
        row=row,
        held=held,
        lines=lines,
        class_row=class_row,
        project=projects.get(row.fonds),
        language=current_language(),
        **_shared(),
    )


def _shared() -> dict[str, Any]:
    return {
        "printed_on": business_day(current_archive().clock.now()),
        "compact": compact,
        "last_page": last_page,
        "empty_zh": EMPTY_ZH,
    }


def compact(doc_date: str) -> str:
    """As lists of contents write it: 20190308, and 00 for a month or day that nobody knows. Source: DA/T 22."""
    return doc_date.replace("-", "").ljust(8, "0") if doc_date else ""


def last_page(line: CatalogueLine) -> int:
    return line.first_page + line.pages - 1


@blueprint.get("/catalogues")
def catalogues() -> str:
    """Which catalogues there are: one for every project, class and year whose papers stand by themselves."""
    only_asked()
    actor = current_actor()
    actor.must(Permission.FILE)
    with current_archive().reading() as session:
        found = filing_queries.catalogues(session, actor)
        classes = {row.code: row for row in classification.class_rows(session)}
    shown = [(one, count) for one, count in found if may_file(actor, one.class_code)]
    return render_template(
        "records/catalogues.html", catalogues=shown, classes=classes, language=current_language()
    )


@blueprint.get("/catalogues/<fonds>/<code>/<int:year>")
def print_catalogue(fonds: str, code: str, year: int) -> str:
    only_asked("page")
    actor = current_actor()
    actor.must(Permission.FILE)
    wanted = Catalogue(fonds[:5], code[:12], bounded(year))
    number = asked_page()
    with current_archive().reading() as session:
        class_row = classification.class_row(session, wanted.class_code)
        if class_row is None or "\0" in fonds:
            raise NotFound()
        if not may_file(actor, class_row.code):
            raise Forbidden()
        total = filing_queries.catalogue_count(session, actor, wanted)
        offset = (number - 1) * MOST_LINES
        lines = filing_queries.catalogue_lines(session, actor, wanted, offset=offset, limit=MOST_LINES)
        projects = {p.number: p for p in open_projects(session)}
    if not lines:
        raise NotFound()
    return render_template(
        "records/print/catalogue.html",
        wanted=wanted,
        lines=lines,
        first=offset + 1,
        class_row=class_row,
        project=projects.get(wanted.fonds),
        paging=Paging(number, MOST_LINES, total),
        language=current_language(),
        **_shared(),
    )
