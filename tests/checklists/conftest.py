import pytest

from archive_service.kernel.actor import Actor
from tests.checklists.centre import Centre
from tests.premises.town import Town
from tests.support.house import House
from tests.support.pages import Desk


@pytest.fixture
def chen(house: House) -> Actor:
    """The archivist."""
    return house.person("陈", "archivist")


@pytest.fixture
def lin(house: House) -> Actor:
    """Of the front desk."""
    return house.person("林", "front_desk")


@pytest.fixture
def centre(house: House, chen: Actor) -> Centre:
    return Centre(house, chen, Town(house, chen))


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)
