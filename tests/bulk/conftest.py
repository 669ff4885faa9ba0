import pytest

from archive_service.kernel.actor import Actor
from tests.bulk.crates import Crates
from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def crates(house: House, chen: Actor) -> Crates:
    return Crates(house, chen)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)
