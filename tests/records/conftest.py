import pytest

from archive_service.kernel.actor import Actor
from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist: sees and may do everything with documents."""
    return house.person("陈", "archivist")


@pytest.fixture
def lin(house: House) -> Actor:
    """Front desk: sees personal papers with their numbers covered."""
    return house.person("林", "front_desk")
