"""Departments, windows, staff, and who served or stood for a department from when to when.

All end days are inclusive: ``closed_on``, ``ends_on`` and ``left_on`` are the last day that counts.
"""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from yimen.core.database import Base, new_id
from yimen.domains.organisation.enums import DepartmentKind, WindowKind


def _one_at_a_time(owner: str, name: str) -> ExcludeConstraint:
    """Dated rows of one owner never overlap; a range of one id stands in for btree_gist."""
    return ExcludeConstraint(
        (sa.text(f"uuidrange({owner}, {owner}, '[]')"), "&&"),
        (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
        using="gist",
        name=name,
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
