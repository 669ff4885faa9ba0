"""Many at once: one slip gets the paper, the rest stand in line. The long version is a trial."""

import pytest

from tests.loans.counter import Counter
from tests.loans.racing import Came, borrowers, race


@pytest.mark.parametrize("written_before", [False, True])
def test_of_twenty_who_ask_at_once_one_gets_it(counter: Counter, written_before: bool) -> None:
    who = borrowers(counter, 20)
    for _ in range(3):
        paper = counter.paper()
        assert race(counter, who, paper, written_before=written_before) == Came(1, 19, 19)


def test_a_paper_and_its_file_asked_for_at_once_go_to_one(counter: Counter) -> None:
    from concurrent.futures import ThreadPoolExecutor

    who = borrowers(counter, 6)
    for _ in range(2):
        file = counter.file()
        paper = counter.paper(file=file)
        with ThreadPoolExecutor(6) as pool:
            rows = list(
                pool.map(lambda n: counter.asks(who[n], file if n % 2 else paper), range(6))  # noqa: B023
            )
        assert sum(not row.queued for row in rows) == 1
