import pytest

from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)
