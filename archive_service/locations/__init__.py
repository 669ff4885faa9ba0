"""Places (库房): one tree of rooms, cabinets and shelves; boxes; where each thing lies and lay; labels; stock-takes.

Papers and case files are known by their ids only; what they are called and who sees them is asked of ``Holdings``, which
the capability that keeps papers answers. Nothing is deleted: places and boxes are closed, a place ends when the next
one begins, labels are never given twice.
"""

from archive_service.locations.queries.holdings import Holdings, Named
from archive_service.locations.queries.lying import OutRow, PastRow, PlaceRow, past, where
from archive_service.locations.queries.places import (
    BoxRow,
    LocationRow,
    box,
    box_called,
    location,
    location_called,
    spot_called,
    tree,
)
from archive_service.locations.rules.codes import Code, CodeKind, person_code
from archive_service.locations.rules.items import BoxId, ItemRef, LocationId, Spot, StockTakeId
from archive_service.locations.rules.places import Air, Climate, PlaceFacts, PlaceKind
from archive_service.locations.rules.sheets import SHEETS, Label, Sheet, sheet_called
from archive_service.locations.service.boxes import change_box, close_box, open_box, reopen_box
from archive_service.locations.service.drawing import labels_pdf
from archive_service.locations.service.outings import AlreadyOut, NotOut, put_back, take_out
from archive_service.locations.service.places import (
    add_location,
    change_location,
    close_location,
    reopen_location,
)
from archive_service.locations.service.placing import move, move_shelf, place, preview, preview_shelf

__all__ = [
    "SHEETS",
    "Air",
    "AlreadyOut",
    "BoxId",
    "BoxRow",
    "Climate",
    "Code",
    "CodeKind",
    "Holdings",
    "ItemRef",
    "Label",
    "LocationId",
    "LocationRow",
    "Named",
    "NotOut",
    "OutRow",
    "PastRow",
    "PlaceFacts",
    "PlaceKind",
    "PlaceRow",
    "Sheet",
    "Spot",
    "StockTakeId",
    "add_location",
    "box",
    "box_called",
    "change_box",
    "change_location",
    "close_box",
    "close_location",
    "labels_pdf",
    "location",
    "location_called",
    "move",
    "move_shelf",
    "open_box",
    "past",
    "person_code",
    "place",
    "preview",
    "preview_shelf",
    "put_back",
    "reopen_box",
    "reopen_location",
    "sheet_called",
    "spot_called",
    "take_out",
    "tree",
    "where",
]
