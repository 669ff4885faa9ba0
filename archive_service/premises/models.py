import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, UtcDateTime, among
from archive_service.premises.rules.parties import WHOLE, IdType, OccupancyRole, PartyKind
from archive_service.premises.rules.units import UnitKind, UseState

_OPEN = text("closed_on IS NULL")
# Keys are made so that their bytes stand in the right order, which the collation of a language would disturb.
_KEY = String(200).with_variant(String(200, collation="C"), "postgresql")


class Project(Base):
    """A residential compound or a shopping street: one fonds (全宗)."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(5), unique=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120))
    closed_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Phase(Base):
    """A stage in which a project was built (期)."""

    __tablename__ = "phase"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(40))


class Building(Base):
    """A house, a zone of shops or a parking deck; ``code`` stands for it in the short names of its units."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("project_id", "code"),
        Index("ix_building_project_id_sort_key", "project_id", "sort_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("phase.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    sort_key: Mapped[str] = mapped_column(_KEY)
    closed_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)


class Unit(Base):
    """A flat, shop, office, parking space or storage room. Never deleted: one that is merged or torn down is closed,
    and only then may another one have its name."""

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint(f"kind IN ({among(UnitKind)})", name="kind"),
        CheckConstraint(f"use_state IN ({among(UseState)})", name="use_state"),
        CheckConstraint("build_area > 0", name="build_area"),
        CheckConstraint(
            "inner_area > 0 AND (build_area IS NULL OR inner_area <= build_area)", name="inner_area"
        ),
        CheckConstraint("(closed_on IS NULL) = (closed_by_reason IS NULL)", name="closed"),
        Index(
            "uq_unit_open_name",
            "building_id",
            "entrance",
            "room",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_unit_project_id_sort_key_id", "project_id", "sort_key", "id"),
        Index("ix_unit_building_id_sort_key_id", "building_id", "sort_key", "id"),
        Index("ix_unit_full_name", "full_name"),
        Index("ix_unit_short_name", "short_name"),
        Index("ix_unit_squeezed", "squeezed"),
        Index("ix_unit_room", "room"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    entrance: Mapped[str] = mapped_column(String(10), default="")
    floor: Mapped[str] = mapped_column(String(10), default="")
    room: Mapped[str] = mapped_column(String(20))
    display: Mapped[str] = mapped_column(String(80))  # 3栋2单元1201
    full_name: Mapped[str] = mapped_column(_KEY)  # 3/2/1201, as every spelling is read
    short_name: Mapped[str] = mapped_column(_KEY)  # 3/1201: the entrance left out
    squeezed: Mapped[str] = mapped_column(_KEY)  # letters and digits of the display
    sort_key: Mapped[str] = mapped_column(_KEY)
    kind: Mapped[str] = mapped_column(String(8))
    use_state: Mapped[str] = mapped_column(String(12))
    build_area: Mapped[int | None]  # dm²: 1/100 m²
    inner_area: Mapped[int | None]  # dm²
    handover_on: Mapped[date | None]  # 收楼(铺)日期
    meters: Mapped[dict[str, Any]] = mapped_column(JSON)  # {"water": {"number": …, "base": …}, …}
    note: Mapped[str] = mapped_column(String(255), default="")
    closed_on: Mapped[date | None]
    closed_by_reason: Mapped[str | None] = mapped_column(String(255))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class UnitChange(Base):
    """What changed of a unit: who, when, why, the old value beside the new one."""

    __tablename__ = "unit_change"
    __table_args__ = (Index("ix_unit_change_unit_id_id", "unit_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(255))
    fields: Mapped[dict[str, list[Any]]] = mapped_column(JSON)  # {name: [old, new]}


class UnitLink(Base):
    """A parking space or storage room that goes with a unit, from a day to a day (the first on which it no longer
    does)."""

    __tablename__ = "unit_link"
    __table_args__ = (
        CheckConstraint("unit_id <> linked_id", name="itself"),
        CheckConstraint("valid_to >= valid_from", name="valid_to"),
        Index(
            "uq_unit_link_live",
            "linked_id",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_unit_link_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    linked_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Party(Base):
    """A person or company that owns, rents or uses units. What is known of them stands in its versions."""

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class PartyVersion(Base):
    """What was known of a party from a moment on; never changed, another one takes its place.

    Numbers and addresses are sealed (``rules.sealing``); the digests beside them find exactly one number.
    """

    __tablename__ = "party_version"
    __table_args__ = (
        CheckConstraint(f"kind IN ({among(PartyKind)})", name="kind"),
        CheckConstraint(f"id_type IN ({among(IdType)})", name="id_type"),
        UniqueConstraint("party_id", "number"),
        Index(
            "uq_party_version_current",
            "party_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        Index("ix_party_version_name", "name"),
        Index("ix_party_version_id_digest", "id_digest"),
        Index("ix_party_version_mobile_digest", "mobile_digest"),
        Index("ix_party_version_mobile_2_digest", "mobile_2_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    number: Mapped[int]  # 1, 2, 3 …
    is_current: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120).with_variant(String(120, collation="C"), "postgresql"))
    id_type: Mapped[str] = mapped_column(String(12))
    id_sealed: Mapped[bytes | None]
    id_digest: Mapped[str | None] = mapped_column(String(64))
    mobile_sealed: Mapped[bytes | None]
    mobile_digest: Mapped[str | None] = mapped_column(String(64))
    mobile_2_sealed: Mapped[bytes | None]
    mobile_2_digest: Mapped[str | None] = mapped_column(String(64))
    address_sealed: Mapped[bytes | None]
    reason: Mapped[str] = mapped_column(String(255))
    source_document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Occupancy(Base):
    """What a party was to a unit, from a day to a day (the first on which it no longer was; None: still is).

    Nothing of a row is changed but its end. Triggers refuse another unit, party, role, share or beginning, removal,
    and on any day owners with more than the whole, or with and without shares beside each other. A row that was a
    mistake ends on the day it began.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        CheckConstraint(f"role IN ({among(OccupancyRole)})", name="role"),
        CheckConstraint(
            f"share IS NULL OR (share BETWEEN 1 AND {WHOLE} AND role IN ('owner', 'co_owner'))", name="share"
        ),
        CheckConstraint("valid_to >= valid_from", name="valid_to"),
        CheckConstraint("source_document_id IS NOT NULL OR source_note <> ''", name="source"),
        Index(
            "uq_occupancy_open",
            "unit_id",
            "party_id",
            "role",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_occupancy_unit_id", "unit_id"),
        Index("ix_occupancy_party_id", "party_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    role: Mapped[str] = mapped_column(String(8))
    share: Mapped[int | None]  # hundredths of a percent; None: joint ownership, or no owner
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source_document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    source_note: Mapped[str] = mapped_column(String(255))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str] = mapped_column(String(255), default="")
    end_document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"), index=True)


class Unmasking(Base):
    """Somebody looks at one party's data in clear, for a reason and a few minutes."""

    __tablename__ = "unmasking"
    __table_args__ = (
        CheckConstraint("ends_at >= granted_at", name="ends_at"),
        Index("ix_unmasking_user_id_ends_at", "user_id", "ends_at"),
        Index("ix_unmasking_party_id", "party_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(String(255))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TitleTransfer(Base):
    """A unit went to other owners (过户) on a day: who before, who after, and what became of what hung on it."""

    __tablename__ = "title_transfer"
    __table_args__ = (Index("ix_title_transfer_unit_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    day: Mapped[date]
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("document.id"), index=True)
    closed: Mapped[list[int]] = mapped_column(JSON)  # ids of occupancies
    opened: Mapped[list[int]] = mapped_column(JSON)
    decisions: Mapped[dict[str, str]] = mapped_column(JSON)  # {"link:3": "carry", "phone:7": "close", …}
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
