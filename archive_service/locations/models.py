import uuid
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, UtcDateTime, among
from archive_service.locations.rules.places import Climate, PlaceKind
from archive_service.locations.rules.taking_stock import Resolution, Result, StockTakeState

OPEN_PLACE = text("closed_at IS NULL")
LYING = text("ended_at IS NULL")
OUT = text("back_at IS NULL")
LIVE_COUNT = text("state IN ('counting', 'reviewing')")
UNKNOWN_CODE = text("code <> ''")
_ONE_ITEM: Final = (
    "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN box_id IS NULL THEN 0 ELSE 1 END)"
)
# Made so that their bytes stand in the right order, which the collation of a language would disturb.
_KEY = String(400).with_variant(String(400, collation="C"), "postgresql")


class PlaceCounter(Base):
    """The last number given in a series of labels or boxes. Triggers refuse to count back."""

    __tablename__ = "place_counter"
    __table_args__ = (CheckConstraint("last >= 1", name="last"),)

    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]


class Location(Base):
    """A room, a cabinet, a shelf: one node of the tree of places. Never deleted: closed, and its label never reused."""

    __tablename__ = "location"
    __table_args__ = (
        CheckConstraint(f"kind IN ({among(PlaceKind)})", name="kind"),
        CheckConstraint(f"climate IN ({among(Climate)})", name="climate"),
        CheckConstraint("capacity_mm > 0", name="capacity_mm"),
        CheckConstraint("parent_id <> id", name="itself"),
        CheckConstraint("temperature_from <= temperature_to", name="temperature"),
        CheckConstraint("humidity_from <= humidity_to", name="humidity"),
        Index(
            "uq_location_open_path",
            "path",
            unique=True,
            sqlite_where=OPEN_PLACE,
            postgresql_where=OPEN_PLACE,
        ),
        Index("ix_location_parent_id_sort_key", "parent_id", "sort_key"),
        Index("ix_location_lineage", "lineage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80))
    path: Mapped[str] = mapped_column(String(120))  # 库1-D3-A-02-4
    sort_key: Mapped[str] = mapped_column(_KEY)
    lineage: Mapped[str] = mapped_column(_KEY)  # /1/5/9/: its ids from the top, itself the last
    label: Mapped[str] = mapped_column(String(12), unique=True)  # P00042 and two check digits
    capacity_mm: Mapped[int | None]
    climate: Mapped[str] = mapped_column(String(8))
    temperature_from: Mapped[int | None]  # °C
    temperature_to: Mapped[int | None]
    humidity_from: Mapped[int | None]  # %
    humidity_to: Mapped[int | None]
    sensor_id: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(255))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class LocationChange(Base):
    """What happened to a place: who, when, why, the old value beside the new one."""

    __tablename__ = "location_change"
    __table_args__ = (
        CheckConstraint("action IN ('added', 'changed', 'closed', 'reopened')", name="action"),
        Index("ix_location_change_location_id_id", "location_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(255))
    fields: Mapped[dict[str, list[Any]]] = mapped_column(JSON)  # {name: [old, new]}


class Box(Base):
    """A box (档案盒) for papers of one class and year, numbered like them. Never deleted: closed once it is empty."""

    __tablename__ = "box"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("width_mm BETWEEN 10 AND 200", name="width_mm"),
        Index("ix_box_class_code_year_number", "class_code", "year", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fonds: Mapped[str] = mapped_column(String(5))
    class_code: Mapped[str] = mapped_column(ForeignKey("record_class.code"))
    year: Mapped[int]
    number: Mapped[int]
    box_no: Mapped[str] = mapped_column(String(40), unique=True)  # WY01-H-ZX.01-2026-003
    retention: Mapped[str] = mapped_column(String(4))  # 保管期限 on the spine: Y, D10, D30, ""
    width_mm: Mapped[int]
    note: Mapped[str] = mapped_column(String(255))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Placement(Base):
    """Something lay somewhere from an instant to another (None: still does). Only its end is written later, once, and
    that a count missed it. Triggers refuse every other change, removal, closed places, and papers that no paper is of.
    """

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint(f"{_ONE_ITEM} = 1", name="one_item"),
        CheckConstraint("(location_id IS NULL) <> (in_box_id IS NULL)", name="one_spot"),
        CheckConstraint("box_id IS NULL OR in_box_id IS NULL", name="box_in_box"),
        CheckConstraint("ended_at >= placed_at", name="ended_at"),
        Index(
            "uq_placement_open_document",
            "document_id",
            unique=True,
            sqlite_where=LYING,
            postgresql_where=LYING,
        ),
        Index(
            "uq_placement_open_case_file",
            "case_file_id",
            unique=True,
            sqlite_where=LYING,
            postgresql_where=LYING,
        ),
        Index("uq_placement_open_box", "box_id", unique=True, sqlite_where=LYING, postgresql_where=LYING),
        Index(
            "ix_placement_lying_location_id", "location_id", "id", sqlite_where=LYING, postgresql_where=LYING
        ),
        Index("ix_placement_lying_in_box_id", "in_box_id", "id", sqlite_where=LYING, postgresql_where=LYING),
        Index("ix_placement_document_id_id", "document_id", "id"),
        Index("ix_placement_case_file_id_id", "case_file_id", "id"),
        Index("ix_placement_box_id_id", "box_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    in_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    reason: Mapped[str] = mapped_column(String(255))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    missing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a stock-take did not find it
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Outing(Base):
    """Something is out of the store for a while: its place is kept for it."""

    __tablename__ = "outing"
    __table_args__ = (
        CheckConstraint(f"{_ONE_ITEM} = 1", name="one_item"),
        CheckConstraint("why <> ''", name="why"),
        CheckConstraint("back_at >= out_at", name="back_at"),
        Index("uq_outing_open_document", "document_id", unique=True, sqlite_where=OUT, postgresql_where=OUT),
        Index(
            "uq_outing_open_case_file", "case_file_id", unique=True, sqlite_where=OUT, postgresql_where=OUT
        ),
        Index("uq_outing_open_box", "box_id", unique=True, sqlite_where=OUT, postgresql_where=OUT),
        Index("ix_outing_document_id_id", "document_id", "id"),
        Index("ix_outing_case_file_id_id", "case_file_id", "id"),
        Index("ix_outing_box_id_id", "box_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    why: Mapped[str] = mapped_column(String(64))  # a code: loan:12
    out_at: Mapped[datetime] = mapped_column(UtcDateTime)
    out_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    back_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class StockTake(Base):
    """A count (盘点) of a place and what lies below it: one at a time for each place."""

    __tablename__ = "stock_take"
    __table_args__ = (
        CheckConstraint(f"state IN ({among(StockTakeState)})", name="state"),
        CheckConstraint("(state IN ('closed', 'given_up')) = (ended_at IS NOT NULL)", name="ended"),
        Index(
            "uq_stock_take_live",
            "location_id",
            unique=True,
            sqlite_where=LIVE_COUNT,
            postgresql_where=LIVE_COUNT,
        ),
        Index("ix_stock_take_location_id_id", "location_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    whole_boxes: Mapped[bool]  # boxes are counted unopened
    state: Mapped[str] = mapped_column(String(9))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class StockTakeLine(Base):
    """What a count expects or finds: one line for each thing, one for each code that stands for nothing."""

    __tablename__ = "stock_take_line"
    __table_args__ = (
        CheckConstraint(f"({_ONE_ITEM}) = (CASE WHEN code = '' THEN 1 ELSE 0 END)", name="one_item"),
        CheckConstraint(f"result IN ({among(Result)})", name="result"),
        CheckConstraint(f"resolution IN ({among(Resolution)})", name="resolution"),
        CheckConstraint("(resolution IS NULL) = (resolved_at IS NULL)", name="resolved"),
        CheckConstraint(
            "resolution IS NULL OR result IN ('missing', 'misplaced', 'not_out', 'unknown')",
            name="resolvable",
        ),
        CheckConstraint(
            "(result IN ('expected', 'on_loan', 'missing')) = (scanned_at IS NULL)", name="scanned"
        ),
        Index("uq_stock_take_line_document", "stock_take_id", "document_id", unique=True),
        Index("uq_stock_take_line_case_file", "stock_take_id", "case_file_id", unique=True),
        Index("uq_stock_take_line_box", "stock_take_id", "box_id", unique=True),
        Index(
            "uq_stock_take_line_code",
            "stock_take_id",
            "code",
            unique=True,
            sqlite_where=UNKNOWN_CODE,
            postgresql_where=UNKNOWN_CODE,
        ),
        Index("ix_stock_take_line_stock_take_id_result_id", "stock_take_id", "result", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stock_take_id: Mapped[int] = mapped_column(ForeignKey("stock_take.id"))
    document_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    code: Mapped[str] = mapped_column(String(64), default="")  # as scanned, where it stands for nothing
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))  # by which it was expected
    result: Mapped[str] = mapped_column(String(9))
    scanned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scanned_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    seen_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    seen_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    resolution: Mapped[str | None] = mapped_column(String(15))
    note: Mapped[str] = mapped_column(String(255), default="")
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
