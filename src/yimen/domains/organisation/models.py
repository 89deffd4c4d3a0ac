"""Departments, windows, staff, and who served or stood for a department from when to when.

All end days are inclusive: ``closed_on``, ``ends_on`` and ``left_on`` are the last day that counts.
"""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from yimen.core.database import Base, new_id
from yimen.domains.organisation.enums import DepartmentKind, DeputyKind, DutyLevel, WindowKind


def _one_at_a_time(owner: str, name: str, *, only: str | None = None) -> ExcludeConstraint:
    """Dated rows of one owner never overlap; a range of one id stands in for btree_gist."""
    return ExcludeConstraint(
        (sa.text(f"uuidrange({owner}, {owner}, '[]')"), "&&"),
        (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
        using="gist",
        name=name,
        where=sa.text(only) if only else None,
    )


class Department(Base):
    """A department or agency that has windows in the hall."""

    __tablename__ = "departments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[DepartmentKind]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Window(Base):
    """A numbered place in the hall where one department or agency serves applicants."""

    __tablename__ = "windows"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"), index=True)
    kind: Mapped[WindowKind]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship(lazy="raise")

    __table_args__ = (sa.CheckConstraint("closed_on >= opened_on", name="dates"),)


class StaffMember(Base):
    """A person who works in the hall; without a department: the office's or a director."""

    __tablename__ = "staff_members"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"), index=True)
    post: Mapped[str]
    left_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department | None] = relationship(lazy="raise")


class WindowService(Base):
    """The days on which a staff member serves at a window; at one window at a time."""

    __tablename__ = "window_services"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")
    window: Mapped[Window] = relationship(lazy="raise")

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        _one_at_a_time("staff_id", "ex_window_services_overlap"),
        sa.Index("ix_window_services_staff_id_starts_on", "staff_id", "starts_on"),
        sa.Index("ix_window_services_window_id_starts_on", "window_id", "starts_on"),
    )


class ChiefRepresentative(Base):
    """The days on which a staff member stands for the department; one at a time (MGMT 十七)."""

    __tablename__ = "chief_representatives"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    staff_member: Mapped[StaffMember] = relationship(lazy="raise")

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        _one_at_a_time("department_id", "ex_chief_representatives_overlap"),
        sa.Index("ix_chief_representatives_department_id_starts_on", "department_id", "starts_on"),
        sa.Index("ix_chief_representatives_staff_id_starts_on", "staff_id", "starts_on"),
    )


class Duty(Base):
    """What a department, a section or a post is there for, from when to when (DUTY 三)."""

    __tablename__ = "duties"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    level: Mapped[DutyLevel]
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    """None: the centre's own office."""
    title: Mapped[str]
    content: Mapped[str]
    integrity: Mapped[str | None]
    """The second half of a leader's double duty (一岗双责)."""
    year: Mapped[int | None]
    targets: Mapped[str | None]
    """The year's tasks, where duties are set year by year."""
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    """Who holds the post; none while it is vacant."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department | None] = relationship(lazy="raise")
    staff_member: Mapped[StaffMember | None] = relationship(lazy="raise")

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("staff_id IS NULL OR level = 'post'", name="holder"),
        sa.Index("ix_duties_department_id_starts_on", "department_id", "starts_on"),
        sa.Index("ix_duties_staff_id_starts_on", "staff_id", "starts_on"),
    )


class Deputy(Base):
    """Who is the B-role of whom (ABPOST 二, 三).

    A standing deputy is who would step in. A temporary one has stepped in: for its days the deputy
    acts on the absent person's cases.
    """

    __tablename__ = "deputies"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[DeputyKind]
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    deputy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    reason: Mapped[str | None]
    handover: Mapped[str | None]
    """What was handed over, in the deputy's words."""
    confirmed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    staff_member: Mapped[StaffMember] = relationship(lazy="raise", foreign_keys=[staff_id])
    deputy: Mapped[StaffMember] = relationship(lazy="raise", foreign_keys=[deputy_id])

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("staff_id <> deputy_id", name="not_self"),
        sa.CheckConstraint(
            "kind = 'standing' OR (ends_on IS NOT NULL AND reason IS NOT NULL)", name="absence"
        ),
        _one_at_a_time("staff_id", "ex_deputies_standing", only="kind = 'standing'"),
        _one_at_a_time("staff_id", "ex_deputies_temporary", only="kind = 'temporary'"),
        sa.Index("ix_deputies_staff_id_starts_on", "staff_id", "starts_on"),
        sa.Index(
            "ix_deputies_deputy_id_ends_on",
            "deputy_id",
            "ends_on",
            postgresql_where=sa.text("kind = 'temporary'"),
        ),
    )
