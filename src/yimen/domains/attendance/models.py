"""Clocks and their users, touches as they came, person-days as derived, corrections, bulletins."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, new_id
from yimen.domains.attendance.enums import (
    BatchKind,
    CorrectionKind,
    CorrectionState,
    FaultKind,
    FileFormat,
    HalfState,
    MarkCause,
)
from yimen.domains.leave.enums import Half


class TimeClock(Base):
    """A time clock of the hall."""

    __tablename__ = "time_clocks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    in_use_from: Mapped[date]
    """Touches from before are impossible."""
    retired_on: Mapped[date | None]
    """The last day in use."""
    device_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("devices.id"), unique=True)
    """The machine that may send its touches; none for one whose log is brought as a file."""
    last_seen_at: Mapped[datetime | None]
    """When it last sent something by itself, to half a minute."""
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (sa.CheckConstraint("retired_on >= in_use_from", name="dates"),)


class ClockUser(Base):
    """Whose touches a user id of a clock stands for, from day to day; one person at a time."""

    __tablename__ = "clock_users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clock_id: Mapped[UUID] = mapped_column(sa.ForeignKey("time_clocks.id"))
    device_user_id: Mapped[str] = mapped_column(sa.Text(collation="C"))
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        ExcludeConstraint(
            (sa.text("uuidrange(clock_id, clock_id, '[]')"), "&&"),
            (sa.text("textrange(device_user_id, device_user_id, '[]')"), "&&"),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            name="ex_clock_users_overlap",
        ),
        sa.Index("ix_clock_users_clock_id_device_user_id", "clock_id", "device_user_id"),
        sa.Index("ix_clock_users_staff_id_starts_on", "staff_id", "starts_on"),
    )


class PunchBatch(Base):
    """Touches that came in together: a file, or what a clock sent on one day."""

    __tablename__ = "punch_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clock_id: Mapped[UUID] = mapped_column(sa.ForeignKey("time_clocks.id"))
    kind: Mapped[BatchKind]
    live_on: Mapped[date | None]
    """The day on which a clock sent them."""
    file_name: Mapped[str | None]
    file_format: Mapped[FileFormat | None]
    file_hash: Mapped[bytes | None]
    received_at: Mapped[datetime]
    received_by: Mapped[UUID | None]
    received_by_name: Mapped[str]
    line_count: Mapped[int]
    punch_count: Mapped[int]
    """New touches of a file; of what a clock sends it is counted when asked."""
    repeated_count: Mapped[int]
    fault_count: Mapped[int]
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    """Since when its touches no longer count."""
    reversed_by: Mapped[UUID | None]
    reversed_by_name: Mapped[str | None]
    reversal_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index("ix_punch_batches_clock_id_id", "clock_id", "id"),
        sa.Index(
            "uq_punch_batches_live",
            "clock_id",
            "live_on",
            unique=True,
            postgresql_where=sa.text("kind = 'live' AND reversed_at IS NULL"),
        ),
    )


class PunchFile(Base):
    """A file as it was uploaded, to the byte (compressed): what every line of a batch says."""

    __tablename__ = "punch_files"

    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("punch_batches.id"), primary_key=True)
    content: Mapped[bytes]


class Punch(Base):
    """A touch as it came; a trigger refuses every change.

    Clock, user and second tell touches apart; a batch that was reversed may have held the same
    one before. There are no foreign keys: checking two of them would cost as much as the row, and
    only two statements write here, with a batch and a clock that they hold.
    """

    __tablename__ = "punches"

    clock_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_user_id: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
    punched_at: Mapped[datetime] = mapped_column(primary_key=True)
    """The clock's time, as it was: never corrected for a clock that is fast or slow."""
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    line: Mapped[int]
    """In the file, from 1; for what a clock sends, the place in its message."""
    device_time: Mapped[str | None]
    """The time as given, where it was not written plainly as ``2020-09-30 10:10:37``."""
    state: Mapped[str | None]
    verify_mode: Mapped[str | None]
    work_code: Mapped[str | None]

    __table_args__ = (
        sa.Index("ix_punches_punched_at", "punched_at", postgresql_using="brin"),
        sa.Index("ix_punches_batch_id", "batch_id", postgresql_using="brin"),
    )


class PunchFault(Base):
    """A line that cannot be right, for the office to look at; the same line is listed once."""

    __tablename__ = "punch_faults"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    clock_id: Mapped[UUID] = mapped_column(sa.ForeignKey("time_clocks.id"))
    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("punch_batches.id"), index=True)
    line: Mapped[int]
    kind: Mapped[FaultKind]
    raw: Mapped[str]
    digest: Mapped[bytes]
    """Of clock, kind and line: what makes it the same."""
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    settled_by_name: Mapped[str | None]
    settlement: Mapped[str | None]
    """What the office found."""
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.UniqueConstraint("digest"),
        sa.Index("ix_punch_faults_open", "id", postgresql_where=sa.text("settled_at IS NULL")),
    )


class AttendanceDay(Base):
    """What a person's day comes to, as last derived; missing where nothing was expected."""

    __tablename__ = "attendance_days"

    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    """Where the person served on that day."""
    morning_state: Mapped[HalfState]
    afternoon_state: Mapped[HalfState]
    morning: Mapped[JsonObject]
    afternoon: Mapped[JsonObject]
    overtime_minutes: Mapped[int]
    is_settled: Mapped[bool]
    """Whether both halves are over."""
    derived_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (sa.Index("ix_attendance_days_day_staff_id", "day", "staff_id"),)


class AttendanceDayChange(Base):
    """What became of a day that had been settled: kept whenever it comes out otherwise."""

    __tablename__ = "attendance_day_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    day: Mapped[date]
    version: Mapped[int]
    """Of the day, after the change."""
    changed_at: Mapped[datetime]
    cause: Mapped[MarkCause]
    old: Mapped[JsonObject]
    new: Mapped[JsonObject]

    __table_args__ = (
        sa.Index("ix_attendance_day_changes_staff_id_day", "staff_id", "day"),
        sa.Index("ix_attendance_day_changes_day_id", "day", "id"),
    )


class AttendanceCorrection(Base):
    """What a person asks to have excused, and what the office decided."""

    __tablename__ = "attendance_corrections"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    day: Mapped[date]
    half: Mapped[Half]
    kind: Mapped[CorrectionKind]
    reason: Mapped[str]
    state: Mapped[CorrectionState]
    asked_at: Mapped[datetime]
    asked_by_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_by_name: Mapped[str | None]
    decision_note: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index("ix_attendance_corrections_staff_id_day", "staff_id", "day"),
        sa.Index(
            "ix_attendance_corrections_asked", "id", postgresql_where=sa.text("state = 'asked'")
        ),
        sa.Index(
            "uq_attendance_corrections_standing",
            "staff_id",
            "day",
            "half",
            "kind",
            unique=True,
            postgresql_where=sa.text("state IN ('asked', 'granted')"),
        ),
    )


class AttendanceBulletin(Base):
    """A month as it was published; what comes later leaves it as it is."""

    __tablename__ = "attendance_bulletins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    month: Mapped[date]
    """Its first day."""
    number: Mapped[int]
    """1 for the first of a month; a later one takes in what came after."""
    edition_code: Mapped[str]
    note: Mapped[str | None]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    published_by_name: Mapped[str]
    person_count: Mapped[int]

    __table_args__ = (sa.UniqueConstraint("month", "number"),)


class AttendanceBulletinLine(Base):
    """One person's month in a bulletin."""

    __tablename__ = "attendance_bulletin_lines"

    bulletin_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("attendance_bulletins.id"), primary_key=True
    )
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"), primary_key=True)
    staff_number: Mapped[str]
    staff_name: Mapped[str]
    department_id: Mapped[UUID | None]
    department_name: Mapped[str | None]
    figures: Mapped[JsonObject]
    windows: Mapped[JsonObject]
    """What of it was served at each window, by the window's id."""

    __table_args__ = (
        sa.Index(
            "ix_attendance_bulletin_lines_bulletin_id_staff_number", "bulletin_id", "staff_number"
        ),
    )


class AttendanceMark(Base):
    """Person-days that are to be derived anew; taken away by whoever does it.

    Marks are added, never merged: one that is committed while another is being worked off stays
    for the next round.
    """

    __tablename__ = "attendance_marks"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    staff_id: Mapped[UUID | None]
    """None for everybody who serves."""
    first_on: Mapped[date]
    last_on: Mapped[date]
    batch_id: Mapped[UUID | None]
    """Of the days, only those that the touches of this batch bear on."""
    cause: Mapped[MarkCause]


class AttendanceProgress(Base):
    """The one row that says how far the hall's events and shifts have been taken account of."""

    __tablename__ = "attendance_progress"

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    event_transaction_id: Mapped[int] = mapped_column(sa.BigInteger)
    event_id: Mapped[int] = mapped_column(sa.BigInteger)
    swept_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("singleton", name="one_row"),)
