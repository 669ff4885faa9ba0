"""``archive loans``: the same steps at the command line; whose word a slip needs is not said there."""

import json

import pytest
from click.testing import CliRunner

from archive_service import loans
from archive_service.loans import LoanState, UseMode
from archive_service.loans.cli import loans as commands
from tests.loans.counter import Counter


class Terminal:
    def __init__(self, counter: Counter) -> None:
        self.archive = counter.house.archive

    def says(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(commands, list(words), obj=self.archive)
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture
def terminal(counter: Counter) -> Terminal:
    return Terminal(counter)


def test_a_slip_goes_its_way(counter: Counter, terminal: Terminal) -> None:
    whole, short = counter.paper(pages=3), counter.paper(pages=3)
    numbers = [str(counter.house.document(one).archival_no) for one in (whole, short)]
    asked = terminal.says("request", *numbers, "--use", "take_out", "--days", "3", "--as", "林")
    slip = asked.split()[0]
    assert "submitted" in asked
    assert "WY01-XX" in terminal.says("request", "WY01-XX", "--use", "on_site", "--as", "林", code=1)
    with counter.house.archive.reading() as session:
        row = loans.loan_called(session, counter.chen, slip)
    assert row is not None
    counter.approved(row)
    terminal.says("issue", slip, "--as", "林", code=1)  # who borrows hands nothing out
    terminal.says("issue", slip, "--counted", "2=2", "--as", "陈", code=1)
    assert "issued" in terminal.says("issue", slip, "--counted", "2=2", "--note", "原缺第3页", "--as", "陈")
    terminal.says("issue", slip, "--counted", "zwei=2", "--as", "陈", code=2)
    assert "issued" in terminal.says("return", slip, "--item", "1", "--as", "陈")
    assert "return_pending_check" in terminal.says("return", slip, "--as", "陈")
    assert "remedy" in terminal.says("check", slip, "--counted", "2=1", "--note", "又缺一页", "--as", "陈")
    told = json.loads(terminal.says("show", slip, "--json"))
    assert [one["outcome"] for one in told["lent"]] == ["whole", "incomplete"]
    remedy = str(told["remedies"][0]["id"])
    terminal.says("remedy", slip, remedy, "--step", "note", "--text", "x", "--as", "陈", code=1)
    terminal.says("remedy", slip, remedy, "--step", "statement", "--text", "搬家时遗失", "--as", "陈")
    terminal.says("remedy", slip, remedy, "--step", "rebuild", "--text", "电子原件", "--as", "陈")
    terminal.says("remedy", slip, remedy, "--step", "compensate", "--as", "陈")
    closed = terminal.says("remedy", slip, remedy, "--step", "note", "--text", "补制件", "--as", "陈")
    assert "closed_with_remedy" in closed


def test_lists_chasing_and_the_end_of_what_nobody_needs(counter: Counter, terminal: Terminal) -> None:
    late = counter.out(counter.lin, counter.paper())
    waits = counter.asks(counter.wang, counter.paper(), use=UseMode.TAKE_OUT)
    assert "renewal_requested" in terminal.says("renew", late.number, "--reason", "还没看完", "--as", "林")
    counter.house.clock.passes(days=9)
    listed = terminal.says("list", "--overdue")
    assert late.number in listed and waits.number not in listed and "overdue" in listed
    assert [one["number"] for one in json.loads(terminal.says("list", "--json", "--as", "王"))] == [
        waits.number
    ]
    terminal.says("show", late.number, "--as", "王", code=1)
    terminal.says("chase", late.number, "--as", "陈")
    terminal.says("chase", late.number, "--as", "陈", code=1)
    terminal.says("cancel", waits.number, "--as", "林", code=1)
    assert "cancelled" in terminal.says("cancel", waits.number, "--as", "王")
    assert counter.row(waits).state is LoanState.CANCELLED
    assert "remedy" in terminal.says("lost", late.number, "--comment", "找不到", "--as", "陈")
    assert "take_out" in terminal.says("rules") and json.loads(terminal.says("rules", "--json"))
