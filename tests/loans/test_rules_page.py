"""The case table on its pages: read by whoever takes part, changed with a reason, its history kept."""

import pytest

from archive_service import loans
from archive_service.loans import LoanCase
from tests.loans.counter import Counter
from tests.support.house import House
from tests.support.pages import Desk, text_of

ADDRESS = "/loans/rules/take_out"
FORM = {"days": "5", "renewals": "2", "renewal_days": "3", "use_take_out": "yes", "seen": "1"}


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def test_the_head_of_archives_changes_a_row_and_the_next_slip_goes_by_it(
    counter: Counter, desk: Desk, house: House
) -> None:
    page = desk.sits(house.person("头", "archive_head"))
    shown = text_of(page.get("/loans/rules").text)
    assert "外借：原件带离中心" in shown
    assert page.post(ADDRESS, data={**FORM, "reason": ""}).status_code == 422
    for wrong in ({"days": "0"}, {"days": "９e9"}, {"renewals": "0"}, {"use_take_out": ""}):
        assert page.post(ADDRESS, data={**FORM, **wrong, "reason": "试"}).status_code == 422
    assert page.post(ADDRESS, data={**FORM, "reason": "年底清查"}).status_code == 303
    history = text_of(page.get(ADDRESS).text)
    assert "年底清查" in history and "可续借2次" in history and "系统自带" in history
    late = page.post(ADDRESS, data={**FORM, "days": "9", "reason": "再改"})
    assert late.status_code == 409 and "9" in late.text
    row = counter.asks(counter.lin, counter.paper(), days=5)
    assert (row.renewals, row.renewal_days) == (2, 3)


def test_borrowers_read_it_and_change_nothing(counter: Counter, desk: Desk, house: House) -> None:
    page = desk.sits(counter.lin)
    assert ADDRESS in page.get("/loans/rules").text
    assert '<form method="post" action="/loans/rules' not in page.get(ADDRESS).text
    assert page.post(ADDRESS, data={**FORM, "reason": "我要"}).status_code == 403
    assert page.get("/loans/rules/none").status_code == 404
    with house.archive.reading() as session:
        assert loans.rules(session)[LoanCase.TAKE_OUT].revision == 1
    assert ADDRESS in desk.sits(house.person("管", "it_admin")).get("/loans/rules").text
