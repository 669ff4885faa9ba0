"""What calls about places take and give."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from archive_service.api.schemas import Asked, Line, Told
from archive_service.locations.rules.places import Climate, PlaceKind
from archive_service.locations.rules.taking_stock import Resolution, Result
from archive_service.locations.service.placing import MOST_AT_ONCE, MoveStanding

Id = Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
Codes = Annotated[list[Line], Field(min_length=1, max_length=MOST_AT_ONCE)]


class PlaceTold(Told):
    id: int
    parent_id: int | None
    path: str
    label: str
    kind: PlaceKind
    name: str
    capacity_mm: int | None
    used_mm: int
    things: int


class Places(Told):
    places: list[PlaceTold]


class NewPlace(Asked):
    parent_id: Id | None = None
    kind: PlaceKind
    code: Line
    name: Line = ""
    capacity_mm: StrictInt | None = None
    climate: Climate = Climate.NONE
    sensor_id: Line = ""
    note: Line = ""


class WhereAsked(Asked):
    codes: Codes


class LiesTold(Told):
    """``known``: false for what there is not, and for what the caller may not see."""

    code: str
    known: bool
    place: str
    box: str
    out: bool
    missing: bool


class WhereTold(Told):
    things: list[LiesTold]


class MoveAsked(Asked):
    codes: Codes
    to: Line = Field(description="label or full code of a place, or a box number")
    reason: Line
    dry_run: StrictBool = False


class MoveLineTold(Told):
    code: str
    standing: MoveStanding
    place: str


class MoveTold(Told):
    moved: int
    lines: list[MoveLineTold]


class NewStockTake(Asked):
    place: Line = Field(description="label or full code")
    whole_boxes: StrictBool = False


class StockTakeTold(Told):
    id: int
    place: str
    state: str
    results: dict[Result, int]
    unresolved: int


class ScanAsked(Asked):
    code: Line
    at: Line = Field("", description="label of the shelf, or number of the box, that is being counted")


class ScanTold(Told):
    at: str
    result: Result | None
    again: bool


class StockLineTold(Told):
    id: int
    number: str
    result: Result
    expected: str
    seen_at: str
    resolution: Resolution | None


class StockLines(Told):
    lines: list[StockLineTold]


class StepAsked(Asked):
    step: Literal["counted", "closed", "given_up"]


class ResolutionAsked(Asked):
    resolution: Resolution
    result: Result = Field(description="as it was read; 409 if it is another one by now")
    note: Line = ""


class BoxPatch(Asked):
    """What is not sent stays as it is."""

    revision: Id
    retention: Line | None = None
    width_mm: StrictInt | None = None
    note: Line | None = None
    closed: StrictBool | None = None


class BoxTold(Told):
    id: int
    box_no: str
    retention: str
    width_mm: int
    note: str
    closed: bool
    revision: int


class LabelsAsked(Asked):
    codes: Codes
    sheet: Line = "3x8"
    start: Id = 1


class LabelsTold(Told):
    pdf: str = Field(description="base64")
