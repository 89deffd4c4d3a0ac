"""The tables of complaints and of what happened to each."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, Sealed, blind_index_of, new_id
from yimen.domains.complaints.enums import (
    ComplaintAct,
    ComplaintChannel,
    ComplaintFinding,
    ComplaintState,
)


class Complaint(Base):
    """One complaint: who complains is encrypted, and shown to nobody it is about."""

    __tablename__ = "complaints"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_number: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[ComplaintChannel]
    state: Mapped[ComplaintState]
    summary: Mapped[str]
    """What it is about in a line; nothing personal."""
    content: Mapped[Sealed]
    """Encrypted: what the complainant wrote may tell who they are."""
    complainant_name: Mapped[Sealed | None]
    """Encrypted; none: they did not give it."""
    complainant_phone: Mapped[Sealed | None]
    complainant_phone_index: Mapped[bytes | None] = blind_index_of("complainant_phone", "phone")
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    """The window's department, or the person's own."""
    occurred_on: Mapped[date]
    received_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    registered_by_name: Mapped[str | None]
    """None: the complainant did, over the web."""
    acceptance_due_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    """When it was accepted, or declined with an answer."""
    investigator_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    finding_due_at: Mapped[datetime | None]
    found_at: Mapped[datetime | None]
    found_by_id: Mapped[UUID | None]
    """The account that decided."""
    found_by_name: Mapped[str | None]
    finding: Mapped[ComplaintFinding | None]
    finding_reason: Mapped[str | None]
    statement: Mapped[str | None]
    """What the person complained about said."""
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_how: Mapped[str | None]
    answer_paper_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("papers.id"))
    lookup_code: Mapped[str]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint(
            "finding IS DISTINCT FROM 'substantiated' OR window_id IS NOT NULL "
            "OR staff_id IS NOT NULL",
            name="somebody_answers",
        ),
        sa.Index("ix_complaints_occurred_on", "occurred_on"),
        sa.Index("ix_complaints_department_id_id", "department_id", "id"),
        sa.Index("ix_complaints_staff_id_id", "staff_id", "id"),
        sa.Index("ix_complaints_complainant_phone_index", "complainant_phone_index"),
    )


class ComplaintStep(Base):
    """One act on a complaint, in the order in which they were done."""

    __tablename__ = "complaint_steps"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    complaint_id: Mapped[UUID] = mapped_column(sa.ForeignKey("complaints.id"), index=True)
    act: Mapped[ComplaintAct]
    at: Mapped[datetime]
    by_name: Mapped[str]
    note: Mapped[str | None]
    article: Mapped[str]
