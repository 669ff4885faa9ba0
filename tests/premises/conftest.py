import pytest

from archive_service.kernel.actor import Actor
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def town(house: House, chen: Actor) -> Town:
    return Town(house, chen)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)
