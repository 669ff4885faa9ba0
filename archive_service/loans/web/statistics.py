"""借阅统计: what lending looked like over a period, as charts with their tables, and as a workbook."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import classification, people
from archive_service.classification import ClassRow
from archive_service.kernel.actor import Permission
from archive_service.kernel.masking import mask
from archive_service.loans.queries.statistics import Borrower, Statistics, Sum, statistics
from archive_service.loans.rules import BorrowerKind
from archive_service.loans.web.furnishing import blueprint, today, words
from archive_service.loans.web.lists import XLSX
from archive_service.loans.web.printed_words import IN_CHINESE
from archive_service.loans.web.printing import Period, asked_period
from archive_service.premises.rules.tables import as_workbook
from archive_service.web import current_actor, current_archive, current_language, only_asked

IN_CHARTS: Final = 12
"""Bars of one chart; the table below it has all."""
BANDS: Final = (0, 1, 3, 7, 14, 30, None)
"""Last days of the bands in which days out are counted."""


def _asked() -> Period:
    """This year so far, unless the address says otherwise."""
    return asked_period(today(), since=today().replace(month=1, day=1))


@dataclass(frozen=True, slots=True)
class Called:
    """What borrowers and classes are called."""

    people: dict[int, str]
    classes: dict[str, ClassRow]

    def borrower(self, one: Borrower) -> str:
        if one.kind is BorrowerKind.USER:
            return self.people.get(one.user_id or 0, "")
        return mask(one.organisation) if one.kind is BorrowerKind.ORGANISATION else str(gettext("Owners"))

    def class_(self, code: str, language: str) -> str:
        return self.classes[code].name(language) if code in self.classes else ""


def _found(period: Period) -> tuple[Statistics, Called]:
    with current_archive().reading() as session:
        found = statistics(session, period.first, period.last, today())
        ids = {one.user_id for one in found.by_borrower if one.user_id is not None}
        names = dict(people.display_names(session, ids))
        classes = {row.code: row for row in classification.class_rows(session)}
    return found, Called(names, classes)


@blueprint.get("/statistics")
def show_statistics() -> str:
    only_asked("first", "last")
    current_actor().must(Permission.SEE_LOANS)
    period = _asked()
    found, called = _found(period)
    return render_template(
        "loans/statistics.html",
        period=period,
        found=found,
        months=[f"{month:%Y-%m}" for month, _ in found.by_month],
        names=[called.borrower(one) for one in found.by_borrower],
        titles=[called.class_(row.code, current_language()) for row in found.by_class],
        most=IN_CHARTS,
        share=_share,
        days=_bands(found),
        **words(),
    )


def _share(one: Sum) -> str:
    """``12.5%``; a dash where nothing had to come back."""
    return "–" if one.late_share is None else f"{one.late_share:.1%}"


def _bands(found: Statistics) -> list[tuple[str, int]]:
    """``("4–7", 12)``: slips that were out so many days."""
    bands: list[tuple[str, int]] = []
    first = 0
    for last in BANDS:
        count = sum(n for days, n in found.days_out if first <= days and (last is None or days <= last))
        bands.append(
            (f"≥ {first}" if last is None else str(last) if first == last else f"{first}–{last}", count)
        )
        first = (last or 0) + 1
    return bands


@blueprint.get("/statistics.xlsx")
def statistics_as_table() -> ResponseReturnValue:
    """One sheet, in Chinese as all that is printed; every cell is text."""
    only_asked("first", "last")
    current_actor().must(Permission.SEE_LOANS)
    period = _asked()
    found, called = _found(period)
    content = as_workbook("借阅统计", _cells(period, found, called), (16, 34, 12, 12, 12, 12))
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name="借阅统计.xlsx")


def _cells(period: Period, found: Statistics, called: Called) -> list[list[str]]:
    def sums(one: Sum) -> list[str]:
        return [str(one.slips), str(one.lent), str(one.late), _share(one)]

    heads, zh = ["借阅单", "借出应还", "逾期", "逾期率"], IN_CHINESE
    cells = [["统计", f"{period.first} 至 {period.last}", *heads], ["合计", "", *sums(found.sums)], []]
    cells += [
        ["月份", "", *heads],
        *([f"{month:%Y-%m}", "", *sums(one)] for month, one in found.by_month),
        [],
    ]
    cells += [["利用方式", "", *heads], *([zh["use"][use], "", *sums(one)] for use, one in found.by_use), []]
    cells += [
        ["目的", "", *heads],
        *([zh["purpose"][key], "", *sums(one)] for key, one in found.by_purpose),
        [],
    ]
    cells += [["借阅人", "", *heads]]
    cells += [[zh["borrower"][one.kind], called.borrower(one), *sums(one.sums)] for one in found.by_borrower]
    cells += [[], ["类别", "名称", "件次", "复制份数"]]
    cells += [
        [row.code, called.class_(row.code, "zh"), str(row.items), str(row.copies)] for row in found.by_class
    ]
    cells += [
        [],
        ["借出天数", "", "借阅单"],
        *([f"{name} 天", "", str(count)] for name, count in _bands(found)),
    ]
    middle, longest = found.median_days, found.longest_days
    cells += [
        ["中位数", "" if middle is None else f"{middle} 天"],
        ["最长", "" if longest is None else f"{longest} 天"],
    ]
    return cells
