"""Company levels of confidentiality, least first. Source: the file plan's confidentiality_levels."""

from enum import IntEnum, StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class Level(StrEnum):
    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    PERSONAL = "PERSONAL"
    CONFIDENTIAL = "CONFIDENTIAL"
    SENSITIVE = "SENSITIVE"

    @property
    def rank(self) -> int:
        return tuple(Level).index(self)


OPEN_TO_BRINGER: Final = frozenset({Level.PUBLIC, Level.INTERNAL, Level.PERSONAL})
"""Levels up to which people view what they brought in themselves, as long as it has no class. What somebody raised
above is for those whom the view table names."""

LEVEL_NAMES: Final = {
    Level.PUBLIC: N_("Public"),
    Level.INTERNAL: N_("Internal"),
    Level.PERSONAL: N_("Personal data"),
    Level.CONFIDENTIAL: N_("Confidential"),
    Level.SENSITIVE: N_("Sensitive personal data"),
}


class Sight(IntEnum):
    """How much of a document a person may see; each step includes the ones before it."""

    HIDDEN = 0  # not even that it exists
    FACTS = 1  # its description and history, with personal numbers covered, and nothing of what its pages say
    MASKED = 2  # its pages, with personal numbers covered, in text and on pictures
    VIEW = 3
    DOWNLOAD = 4
