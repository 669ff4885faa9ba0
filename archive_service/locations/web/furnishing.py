"""What the pages of places share: the blueprint, words for codes, who answers for papers."""

from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, redirect, url_for

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid, NotFound
from archive_service.locations.queries.holdings import Holdings
from archive_service.locations.rules.items import Spot
from archive_service.locations.rules.places import CLIMATE_NAMES, KIND_NAMES
from archive_service.locations.rules.taking_stock import RESOLUTION_NAMES, RESULT_NAMES, STATE_NAMES, Result
from archive_service.locations.service.placing import STANDING_NAMES, MoveStanding
from archive_service.web import current_actor

blueprint = Blueprint("places", __name__, template_folder="../templates", url_prefix="/places")

LARGEST_ID: Final = 2**31 - 1
ONE: Final = "/<int(max=2147483647):location_id>"
BOX: Final = "/boxes/<int(max=2147483647):box_id>"
COUNT: Final = "/stock-takes/<int(max=2147483647):stock_take_id>"
PAGE_SIZE: Final = 50
_HOLDINGS: Final = "archive_holdings"

TONES: Final = {
    Result.EXPECTED: ("secondary", "hourglass"),
    Result.ON_LOAN: ("blue", "user-check"),
    Result.FOUND: ("green", "circle-check"),
    Result.MISSING: ("red", "circle-x"),
    Result.MISPLACED: ("orange", "alert-triangle"),
    Result.NOT_OUT: ("orange", "alert-triangle"),
    Result.UNKNOWN: ("yellow", "help-circle"),
}
STANDING_TONES: Final = {
    MoveStanding.READY: ("green", "arrow-right"),
    MoveStanding.THERE: ("secondary", "equal"),
    MoveStanding.OUT: ("orange", "user-check"),
    MoveStanding.UNKNOWN: ("red", "help-circle"),
    MoveStanding.NOT_PAPER: ("red", "file-off"),
    MoveStanding.BOX_IN_BOX: ("red", "circle-x"),
}


def register_holdings(app: Flask, holdings: Holdings) -> None:
    """Whoever keeps papers says who answers what is asked of them."""
    app.extensions[_HOLDINGS] = holdings


def current_holdings() -> Holdings:
    found: Holdings = current_app.extensions[_HOLDINGS]
    return found


def words() -> dict[str, Any]:
    """The names of codes, and what the person may do."""
    return {
        "kind_names": KIND_NAMES,
        "climate_names": CLIMATE_NAMES,
        "result_names": RESULT_NAMES,
        "state_names": STATE_NAMES,
        "resolution_names": RESOLUTION_NAMES,
        "standing_names": STANDING_NAMES,
        "result_tones": TONES,
        "standing_tones": STANDING_TONES,
        "may_manage": current_actor().may(Permission.MANAGE_PLACES),
    }


def to(endpoint: str, **values: Any) -> Response:
    answer = redirect(url_for(endpoint, **values), code=303)
    assert isinstance(answer, Response)
    return answer


def to_spot(spot: Spot) -> Response:
    if spot.location_id is not None:
        return to("places.place", location_id=spot.location_id)
    return to("places.box", box_id=spot.box_id)


def bounded(number: int | None) -> int:
    """An id as the database takes it. Raises NotFound."""
    if number is None or not 0 < number <= LARGEST_ID:
        raise NotFound()
    return number


def millimetres(typed: str, error: Invalid) -> int:
    """Raises ``error``."""
    text = typed.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise error
    return int(text)
