"""Cross-references between papers, and between case files. Pure."""

from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Invalid


class RelationKind(StrEnum):
    SEE_ALSO = "see_also"  # 互见: the same from both ends
    REFERS_TO = "refers_to"  # 参见
    SUPERSEDES = "supersedes"
    AMENDS = "amends"
    ANSWERS = "answers"
    ATTACHED_TO = "attached_to"


SYMMETRIC: Final = frozenset({RelationKind.SEE_ALSO})
BETWEEN_FILES: Final = (RelationKind.SEE_ALSO, RelationKind.REFERS_TO, RelationKind.SUPERSEDES)
"""Case files don't answer or amend one another."""
RELATION_NAMES: Final = {
    RelationKind.SEE_ALSO: N_("See also"),
    RelationKind.REFERS_TO: N_("Refers to"),
    RelationKind.SUPERSEDES: N_("Takes the place of"),
    RelationKind.AMENDS: N_("Changes"),
    RelationKind.ANSWERS: N_("Answers"),
    RelationKind.ATTACHED_TO: N_("Is attached to"),
}
REVERSE_NAMES: Final = {
    RelationKind.SEE_ALSO: N_("See also"),
    RelationKind.REFERS_TO: N_("Is referred to by"),
    RelationKind.SUPERSEDES: N_("Has given its place to"),
    RelationKind.AMENDS: N_("Is changed by"),
    RelationKind.ANSWERS: N_("Is answered by"),
    RelationKind.ATTACHED_TO: N_("Has as attachment"),
}
"""The same, read from the other end."""


class RelatedToItself(Invalid):
    code = "relation.itself"
    message = N_("Nothing refers to itself. Please choose another one.")


class RelatedAlready(Conflict):
    code = "relation.already"
    message = N_("The two are linked in this way already.")


class NoSuchPaper(Invalid):
    code = "relation.unknown"
    message = N_("There is nothing with this number, or you may not see it.")


class NotBetweenFiles(Invalid):
    code = "relation.not-between-files"
    message = N_("Case files are not linked in this way.")
