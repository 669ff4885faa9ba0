"""Lists of slips: by what is to be done with them, what one holds oneself, the same as a workbook."""

from datetime import date
from io import BytesIO
from typing import Final

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.ids import UserId
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.slips import LoanFilter
from archive_service.loans.rules import IN_REMEDY, OUT, STATE_NAMES, USE_NAMES, LoanState
from archive_service.loans.web.furnishing import (
    LARGEST_ID,
    PAGE_SIZE,
    blueprint,
    borrower_of,
    me,
    must_take_part,
    names_of,
    today,
    words,
)
from archive_service.premises.rules.tables import as_workbook
from archive_service.web import Paging, asked_page, current_actor, current_archive, only_asked, whole_number
from archive_service.web.formats import day as day_of

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS: Final = 20_000
_ASKED: Final = ("show", "text", "first", "last", "borrower")
_SHOWS: Final[dict[str, tuple[LoanState, ...]]] = {
    "all": (),
    "fetch": (LoanState.APPROVED,),
    "check": (LoanState.RETURN_PENDING_CHECK,),
    "out": tuple(sorted(OUT)),
    "overdue": (),
    "queue": (),
    "remedy": tuple(sorted(IN_REMEDY)),
}
_HEADINGS: Final = (
    "借阅单号",
    "状态",
    "借阅人",
    "利用方式",
    "件数",
    "填单日期",
    "借出日期",
    "应还日期",
    "办结日期",
)
_WIDTHS: Final = (16, 18, 24, 14, 8, 12, 12, 12, 12)


class TooManyForTable(Invalid):
    code = "loans.too-many-for-table"
    message = N_("More than %(most)s slips fit into no table here. Choose a period first.")


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return None


def _wanted() -> tuple[str, LoanFilter]:
    keeps = current_actor().may(Permission.HAND_OUT_LOANS)
    show = request.args.get("show", "fetch" if keeps else "all")
    show = show if show in _SHOWS else "all"
    borrower = whole_number(request.args.get("borrower", ""), LARGEST_ID)
    return show, LoanFilter(
        states=_SHOWS[show],
        text=request.args.get("text", "")[:16],
        first=_day("first"),
        last=_day("last"),
        borrower=None if borrower is None else UserId(borrower),
        overdue_on=today() if show == "overdue" else None,
        queued=show == "queue",
    )


@blueprint.get("")
def page() -> str:
    only_asked(*_ASKED, "page")
    must_take_part()
    actor = current_actor()
    show, wanted = _wanted()
    number = asked_page()
    with current_archive().reading() as session:
        total = queries.loan_count(session, actor, wanted)
        rows = queries.loans(session, actor, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        names = names_of(session, rows)
        everybody = people.display_names(session) if actor.may(Permission.SEE_LOANS) else {}
    return render_template(
        "loans/page.html",
        show=show,
        wanted=wanted,
        rows=rows,
        names=names,
        everybody=everybody,
        paging=Paging(number, PAGE_SIZE, total),
        asked={name: request.args[name] for name in _ASKED if request.args.get(name)},
        **words(),
    )


@blueprint.get("/mine")
def mine() -> str:
    """What the person holds, what is due first on top; then what they asked for."""
    only_asked("page")
    must_take_part()
    actor, user_id = current_actor(), me()
    number, wanted = asked_page(), LoanFilter(mine=True)
    with current_archive().reading() as session:
        held = [row for row in queries.held_by(session, user_id) if row.is_out]
        total = queries.loan_count(session, actor, wanted)
        rows = queries.loans(session, actor, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        names = names_of(session, rows)
    return render_template(
        "loans/mine.html",
        held=held,
        rows=rows,
        names=names,
        paging=Paging(number, PAGE_SIZE, total),
        **words(),
    )


@blueprint.get("/slips.xlsx")
def as_table() -> ResponseReturnValue:
    """The list as it is filtered; every cell is text."""
    only_asked(*_ASKED)
    must_take_part()
    actor = current_actor()
    _, wanted = _wanted()
    with current_archive().reading() as session:
        if queries.loan_count(session, actor, wanted) > MOST_ROWS:
            raise TooManyForTable(most=MOST_ROWS)
        rows = queries.loans(session, actor, wanted, limit=MOST_ROWS)
        names = names_of(session, rows)
    cells: list[list[str]] = [list(_HEADINGS)]
    for row in rows:
        days = (row.created_at, row.issued_at, row.due_on, row.ended_at)
        cells.append(
            [
                row.number,
                str(gettext(STATE_NAMES[row.state])),
                borrower_of(row, names),
                str(gettext(USE_NAMES[row.use])),
                str(row.items),
                *(day_of(one) for one in days),
            ]
        )
    content = as_workbook("借阅登记", cells, _WIDTHS)
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name="借阅登记.xlsx")
