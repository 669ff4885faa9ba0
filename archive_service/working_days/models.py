from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, UtcDateTime


class WorkingYear(Base):
    """A year of which somebody, or the service, entered days. ``revision`` counts its changes."""

    __tablename__ = "working_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    complete: Mapped[bool]  # the yearly notice was entered, not only single days
    source: Mapped[str] = mapped_column(String(200))
    revision: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: came with the service


class WorkingDayException(Base):
    """A day that is announced to be worked or not, whatever day of the week it is."""

    __tablename__ = "working_day_exception"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    day: Mapped[date] = mapped_column(primary_key=True)  # at the counter, Asia/Shanghai
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class WorkingDayChange(Base):
    """What a day was before and is since: ``None`` where it followed the week. Rows are added only."""

    __tablename__ = "working_day_change"
    __table_args__ = (
        CheckConstraint("was IS NOT NULL OR worked IS NOT NULL", name="something"),
        Index("ix_working_day_change_year_id", "year", "id"),
        Index("uq_working_day_change_year_revision_day", "year", "revision", "day", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("working_year.year"))
    revision: Mapped[int]  # of the year, that this change made
    day: Mapped[date]
    was: Mapped[bool | None]
    was_name: Mapped[str] = mapped_column(String(60), default="")
    worked: Mapped[bool | None]
    name: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(String(255), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
