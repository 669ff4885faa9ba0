"""Company levels of confidentiality, least first. Source: the file plan's confidentiality_levels."""

from enum import IntEnum, StrEnum


class Level(StrEnum):
    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    PERSONAL = "PERSONAL"
    CONFIDENTIAL = "CONFIDENTIAL"
    SENSITIVE = "SENSITIVE"

    @property
    def rank(self) -> int:
        return tuple(Level).index(self)


class Sight(IntEnum):
    """How much of a document a person may see; each step includes the ones before it."""

    HIDDEN = 0  # not even that it exists
    MASKED = 1  # with personal numbers covered, in text and on pictures
    VIEW = 2
    DOWNLOAD = 3
