import pytest

from archive_service.kernel.actor import Actor
from tests.approvals.keys import KeyRoom
from tests.support.house import House


@pytest.fixture
def room(house: House) -> KeyRoom:
    return KeyRoom(house)


@pytest.fixture
def chen(house: House) -> Actor:
    """The archivist, who asks."""
    return house.person("陈", "archivist")


@pytest.fixture
def wang(house: House) -> Actor:
    """The manager."""
    return house.person("王", "sc_manager")


@pytest.fixture
def gu(house: House) -> Actor:
    """The head of archives."""
    return house.person("顾", "archive_head")
