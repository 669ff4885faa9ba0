import pytest

from archive_service.kernel.actor import Actor
from tests.checklists.centre import Centre
from tests.locations.store import Store
from tests.premises.town import Town
from tests.support.house import House


@pytest.fixture
def chen(house: House) -> Actor:
    """The archivist."""
    return house.person("陈", "archivist")


@pytest.fixture
def lin(house: House) -> Actor:
    """Of the front desk."""
    return house.person("林", "front_desk")


@pytest.fixture
def store(house: House, chen: Actor) -> Store:
    return Store(house, chen, Centre(house, chen, Town(house, chen)))
