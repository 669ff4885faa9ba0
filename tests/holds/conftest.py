import pytest

from tests.loans.counter import Counter
from tests.support.house import House


@pytest.fixture
def counter(house: House) -> Counter:
    return Counter(house)
