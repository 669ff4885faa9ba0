"""Stock-takes (盘点): what a count finds of each thing and what becomes of what doesn't agree. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Invalid


class StockTakeState(StrEnum):
    COUNTING = "counting"
    REVIEWING = "reviewing"
    CLOSED = "closed"
    GIVEN_UP = "given_up"


STATE_NAMES: Final = {
    StockTakeState.COUNTING: N_("being counted"),
    StockTakeState.REVIEWING: N_("to be resolved"),
    StockTakeState.CLOSED: N_("closed"),
    StockTakeState.GIVEN_UP: N_("given up"),
}


class Result(StrEnum):
    EXPECTED = "expected"  # not seen yet
    ON_LOAN = "on_loan"  # out, as it should be
    FOUND = "found"
    MISSING = "missing"
    MISPLACED = "misplaced"  # seen, but by its record it lies elsewhere or nowhere
    NOT_OUT = "not_out"  # seen here though it is noted as out
    UNKNOWN = "unknown"  # a code that stands for nothing here


RESULT_NAMES: Final = {
    Result.EXPECTED: N_("expected"),
    Result.ON_LOAN: N_("on loan"),
    Result.FOUND: N_("found"),
    Result.MISSING: N_("missing"),
    Result.MISPLACED: N_("misplaced"),
    Result.NOT_OUT: N_("here, though noted as out"),
    Result.UNKNOWN: N_("unknown code"),
}


class Resolution(StrEnum):
    MOVED_HERE = "moved_here"
    PUT_BACK = "put_back"
    NOTED_MISSING = "noted_missing"
    MOVED_MEANWHILE = "moved_meanwhile"
    NOTED = "noted"


RESOLUTION_NAMES: Final = {
    Resolution.MOVED_HERE: N_("its place is where it was seen"),
    Resolution.PUT_BACK: N_("put where it belongs"),
    Resolution.NOTED_MISSING: N_("noted as missing"),
    Resolution.MOVED_MEANWHILE: N_("moved or handed out meanwhile"),
    Resolution.NOTED: N_("looked into"),
}
RESOLUTIONS: Final[Mapping[Result, tuple[Resolution, ...]]] = {
    Result.MISSING: (Resolution.PUT_BACK, Resolution.NOTED_MISSING, Resolution.MOVED_MEANWHILE),
    Result.MISPLACED: (Resolution.MOVED_HERE, Resolution.PUT_BACK),
    Result.NOT_OUT: (Resolution.NOTED,),
    Result.UNKNOWN: (Resolution.NOTED,),
}
"""What can be said of a line that doesn't agree; of every other result nothing needs to be said."""
NEEDS_NOTE: Final = frozenset({Resolution.NOTED, Resolution.NOTED_MISSING})


class StockTakeRuns(Conflict):
    code = "stock-take.runs"
    message = N_("This place is being counted already. Go on with that stock-take.")


class NotCounting(Conflict):
    code = "stock-take.not-counting"
    message = N_("This stock-take is no longer open. Look at its report.")


class NotReviewing(Conflict):
    code = "stock-take.not-reviewing"
    message = N_("First finish counting, then resolve what does not agree.")


class StillUnresolved(Conflict):
    code = "stock-take.unresolved"
    message = N_("%(count)s lines are not resolved yet.")


class ResolvedMeanwhile(Conflict):
    code = "stock-take.resolved-meanwhile"
    message = N_("Somebody else resolved or counted this line in the meantime. Please look at it again.")


class WrongResolution(Invalid):
    code = "stock-take.wrong-resolution"
    message = N_("This can't be said of this line.")


class NotMovedMeanwhile(Conflict):
    code = "stock-take.not-moved"
    message = N_("By its record it still lies where it was expected.")


class OutsideScope(Invalid):
    code = "stock-take.outside"
    message = N_("%(place)s does not belong to this stock-take.")


class NoSuchCode(Invalid):
    code = "stock-take.no-code"
    message = N_("Nothing was scanned. Scan or type a code.")


class ScanPlaceFirst(Invalid):
    code = "stock-take.place-first"
    message = N_("First scan the label of the shelf that you count.")
