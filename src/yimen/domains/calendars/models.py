"""Published years, the days their notices name, the days the office set, and one revision."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base
from yimen.domains.calendars.enums import DayKind


class CalendarYear(Base):
    """A year whose holiday notice is entered; dates in any other year are provisional."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]
    published_by_name: Mapped[str]


class CalendarDay(Base):
    """A day that a year's notice names; of two notices that name it the later year's holds."""

    __tablename__ = "calendar_days"

    year: Mapped[int] = mapped_column(
        sa.ForeignKey("calendar_years.year", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind]
    note: Mapped[str]


class CalendarOverride(Base):
    """A day as the office set it, over whatever a notice says."""

    __tablename__ = "calendar_overrides"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind]
    note: Mapped[str]
    source: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]
    set_by_name: Mapped[str]


class CalendarState(Base):
    """The one row that every change of the calendar renews.

    ``revision`` counts for people and ETags. ``stamp`` is drawn anew with every change and never
    returns, so that a process may keep a calendar under it, even one of a change that was undone.
    """

    __tablename__ = "calendar_state"

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    revision: Mapped[int]
    stamp: Mapped[UUID]

    __table_args__ = (sa.CheckConstraint("singleton", name="one_row"),)
