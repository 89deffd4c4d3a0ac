"""Tables of inspections: who is looked at, rounds, findings and who answers for them."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.inspections.enums import (
    FindingState,
    RoundState,
    SubjectKind,
    TableKind,
)

_STANDS = "state NOT IN ('withdrawn', 'corrected')"


class InspectionSubject(Base):
    """An office, a guard or a cleaner's floor, for as long as it is assessed."""

    __tablename__ = "inspection_subjects"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[SubjectKind]
    name: Mapped[str]
    keeper_name: Mapped[str | None]
    """Who keeps an office or a floor; a guard is the person already."""
    table_code: Mapped[str | None]
    """A cleaner's floor: the deduction table that is used there."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("(kind = 'cleaner') = (table_code IS NOT NULL)", name="floor"),
        ExcludeConstraint(
            (sa.text("textrange(table_code, table_code, '[]')"), "&&"),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            name="ex_inspection_subjects_floor",
            where=sa.text("table_code IS NOT NULL"),
        ),
    )


class InspectionRound(Base):
    """Inspectors go round with one kind of table in hand."""

    __tablename__ = "inspection_rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[TableKind]
    inspected_on: Mapped[date]
    inspectors: Mapped[list[str]]
    note: Mapped[str | None]
    state: Mapped[RoundState]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    opened_by_name: Mapped[str]
    closed_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (sa.Index("ix_inspection_rounds_inspected_on_id", "inspected_on", "id"),)


class Finding(Base):
    """One row of a deduction table, found ``count`` times at one place on one day."""

    __tablename__ = "inspection_findings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID] = mapped_column(sa.ForeignKey("inspection_rounds.id"))
    line_no: Mapped[int]
    finding_number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[TableKind]
    found_on: Mapped[date]
    row_code: Mapped[str]
    count: Mapped[int]
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    subject_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("inspection_subjects.id"))
    photo_reference: Mapped[str | None]
    note: Mapped[str | None]
    state: Mapped[FindingState]
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str]
    refusable_until: Mapped[date]
    """The last day on which the inspected may object."""
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None]
    answer_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    decision_reason: Mapped[str | None]
    """Why it is upheld, withdrawn or replaced."""
    replaces_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("inspection_findings.id"), unique=True
    )
    version: Mapped[int]

    __table_args__ = (
        sa.UniqueConstraint("round_id", "line_no"),
        sa.CheckConstraint("count > 0", name="count"),
        sa.CheckConstraint("window_id IS NULL OR subject_id IS NULL", name="place"),
        sa.Index(
            "uq_inspection_findings_window",
            "round_id",
            "row_code",
            "window_id",
            unique=True,
            postgresql_where=sa.text(f"kind = 'windows' AND {_STANDS}"),
        ),
        sa.Index(
            "uq_inspection_findings_subject",
            "round_id",
            "row_code",
            "subject_id",
            unique=True,
            postgresql_where=sa.text(f"subject_id IS NOT NULL AND {_STANDS}"),
        ),
        sa.Index("ix_inspection_findings_found_on_id", "found_on", "id"),
        sa.Index("ix_inspection_findings_window_id_id", "window_id", "id"),
        sa.Index("ix_inspection_findings_department_id_id", "department_id", "id"),
        sa.Index("ix_inspection_findings_subject_id_id", "subject_id", "id"),
    )


class FindingResponsible(Base):
    """A member of staff whom a finding hits beside the window."""

    __tablename__ = "inspection_responsibles"

    finding_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("inspection_findings.id"), primary_key=True
    )
    staff_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("staff_members.id"), primary_key=True, index=True
    )
