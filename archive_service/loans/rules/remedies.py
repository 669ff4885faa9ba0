"""How a loss is made good, in its order. Pure. Source: workflows.md §2, rule 8."""

from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_


class RemedyState(StrEnum):
    SUSPECTED = "suspected"  # long overdue; a person says whether it is lost
    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"  # what was suspected was not so


class Rebuilt(StrEnum):
    MASTER = "master"  # printed from the electronic original
    ISSUER = "issuer"  # got again from whoever issued it: developer, owner
    IMPOSSIBLE = "impossible"


REBUILT_NAMES: Final = {
    Rebuilt.MASTER: N_("Printed again from the electronic original"),
    Rebuilt.ISSUER: N_("Got again from whoever issued it"),
    Rebuilt.IMPOSSIBLE: N_("Can't be had again"),
}


class RemedyStep(StrEnum):
    STATEMENT = "statement"
    REBUILD = "rebuild"
    COMPENSATE = "compensate"
    NOTE = "note"


STEP_NAMES: Final = {
    RemedyStep.STATEMENT: N_("Borrower's statement"),
    RemedyStep.REBUILD: N_("Made again"),
    RemedyStep.COMPENSATE: N_("Compensation"),
    RemedyStep.NOTE: N_("Note in the inventory"),
}


def next_step(*, statement: bool, rebuilt: bool, compensated: bool, noted: bool) -> RemedyStep | None:
    """What has to be done next, or None when all is done. None can be left out or come before."""
    done = (statement, rebuilt, compensated, noted)
    return next((step for step, is_done in zip(RemedyStep, done, strict=True) if not is_done), None)
