import pytest

from archive_service.kernel.actor import Actor
from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def head(house: House) -> Actor:
    return house.person("周馆长", "archive_head")


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)
