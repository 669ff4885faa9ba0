"""What is missing everywhere: by unit, by steward, by class; as a page, on paper, as a workbook."""

from io import BytesIO
from typing import Any, Final

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import classification, people, premises
from archive_service.checklists.queries import lists as list_queries
from archive_service.checklists.queries import missing as queries
from archive_service.checklists.queries.missing import MissingFilter, MissingRow
from archive_service.checklists.web.furnishing import (
    LARGEST_ID,
    PAGE_SIZE,
    Names,
    blueprint,
    names_for,
    words,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Invalid
from archive_service.premises.rules.tables import as_workbook
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    only_asked,
    whole_number,
)

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS: Final = 20_000
MOST_PRINTED: Final = 1_000
_FILTERS: Final = ("unit", "steward", "class", "checklist", "page")
_HEADINGS: Final = (
    "房号/案卷/事项",
    "清单",
    "编号",
    "缺少的资料",
    "类别",
    "形式",
    "应有自",
    "承诺补交",
    "责任人",
)
_WIDTHS: Final = (28, 18, 12, 36, 10, 10, 12, 12, 12)
_FORMS: Final = {"original": "原件", "copy": "复印件", "electronic": "电子记录"}


class TooManyForTable(Invalid):
    code = "checklists.too-many-for-table"
    message = N_("More than %(most)s lines fit into no table here. Choose a unit, a class or a person first.")


class UnknownUnit(Invalid):
    code = "checklists.unknown-unit"
    message = N_("No unit is called that, or several are. Write it like 3栋2单元1201.")


def _filter() -> tuple[MissingFilter, str, bool]:
    """The filter, the unit as it was typed, and whether exactly one unit is called that."""
    asked = request.args
    typed = asked.get("unit", "").replace("\0", "").strip()[:80]
    unit_id: int | None = None
    if typed:
        with current_archive().reading() as session:
            meant = premises.unit_meant(session, typed).unit
        unit_id = meant.id if meant else 0
        typed = meant.display if meant else typed
    steward = asked.get("steward", "")
    me = current_actor().user_id
    wanted = MissingFilter(
        unit_id=unit_id,
        steward_id=me if steward == "me" else whole_number(steward, LARGEST_ID),
        class_code=asked.get("class", "")[:12],
        checklist=asked.get("checklist", "")[:12],
    )
    return wanted, typed, unit_id != 0


@blueprint.get("/missing")
def missing() -> str:
    only_asked(*_FILTERS)
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    wanted, unit, is_one = _filter()
    number = asked_page()
    with current_archive().reading() as session:
        total = queries.missing_count(session, actor, wanted)
        rows = queries.missing(session, actor, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        shown = _shown(session, rows, wanted)
    return render_template(
        "checklists/missing.html",
        rows=rows,
        unit=unit,
        is_one=is_one,
        paging=Paging(number, PAGE_SIZE, total),
        filters={name: request.args[name] for name in _FILTERS[:-1] if request.args.get(name)},
        **shown,
        **words(),
    )


def _shown(session: Any, rows: list[MissingRow], wanted: MissingFilter) -> dict[str, Any]:
    stewards = [row.steward_id for row in rows] + [wanted.steward_id]
    hidden = list_queries.closed_classes(session, current_actor())
    used = {e.class_code for entries in list_queries.entries(session).values() for e in entries}
    return {
        "wanted": wanted,
        "names": names_for(session, rows, stewards),
        "choices": list_queries.lists(session),
        "classes": [c for c in classification.class_rows(session) if c.code in used and c.code not in hidden],
        "everybody": people.display_names(session) if _may_name() else {},
        "partial": bool(hidden),
    }


def _may_name() -> bool:
    """Whether one may look at what others are to get: the manager, and who keeps the archive."""
    actor = current_actor()
    return actor.may(Permission.OVERSEE_CHECKLISTS) or actor.may(Permission.FILE)


@blueprint.get("/missing/print")
def print_all_missing() -> str:
    """缺件清单 as it is filtered, on A4."""
    only_asked(*_FILTERS)
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_CHECKLISTS)
    wanted, unit, _ = _filter()
    with archive.reading() as session:
        total = queries.missing_count(session, actor, wanted)
        if total > MOST_PRINTED:
            raise TooManyForTable(most=MOST_PRINTED)
        rows = queries.missing(session, actor, wanted, limit=MOST_PRINTED)
        shown = _shown(session, rows, wanted)
    return render_template(
        "checklists/print/missing_list.html",
        rows=rows,
        unit=unit,
        today=business_day(archive.clock.now()),
        back=url_for("checklists.missing")
        + ("?" + request.query_string.decode() if request.query_string else ""),
        **shown,
        **words(),
    )


@blueprint.get("/missing.xlsx")
def missing_as_workbook() -> ResponseReturnValue:
    """The list as it is filtered; every cell is text."""
    only_asked(*_FILTERS)
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    wanted, _, _ = _filter()
    with current_archive().reading() as session:
        if queries.missing_count(session, actor, wanted) > MOST_ROWS:
            raise TooManyForTable(most=MOST_ROWS)
        rows = queries.missing(session, actor, wanted, limit=MOST_ROWS)
        names = names_for(session, rows, {row.steward_id for row in rows})
    cells = [list(_HEADINGS), *(_cells(row, names) for row in rows)]
    content = as_workbook("缺件清单", cells, _WIDTHS)
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name="缺件清单.xlsx")


def _cells(row: MissingRow, names: Names) -> list[str]:
    return [
        names.of(row),
        row.list_name(current_language()),
        row.entry.code,
        row.entry.name(current_language()),
        row.entry.class_code,
        _FORMS[row.entry.form.value] if current_language().startswith("zh") else row.entry.form.value,
        row.needed_since.isoformat(),
        row.promised_for.isoformat() if row.promised_for else "",
        names.person(row.steward_id) or str(gettext("nobody")),
    ]
