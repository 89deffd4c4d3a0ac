"""The tables of leave: requests and their course, substitutes, outings, overtime."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, new_id
from yimen.domains.leave.enums import (
    Half,
    LeaveEventKind,
    LeaveKind,
    LeaveState,
    OutingPurpose,
    OutingState,
    OvertimeState,
)

_OWN = sa.text("uuidrange(staff_id, staff_id, '[]')")
HALF_DAYS_RANGE = (
    "int4range((starts_on - DATE '2000-01-01') * 2 + (starts_half = 'afternoon')::int,"
    " (ends_on - DATE '2000-01-01') * 2 + (ends_half = 'afternoon')::int, '[]')"
)
STANDING_STATES = (
    "state IN ('awaiting_agreement', 'awaiting_approval', 'approved',"
    " 'extension_awaiting_agreement', 'extension_awaiting_approval', 'returned')"
)


class LeaveRequest(Base):
    """One leave of one person, from a half-day to a half-day, both included."""

    __tablename__ = "leave_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    leave_number: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    """The sending department at the time; none for the centre's own people."""
    kind: Mapped[LeaveKind]
    counts_as: Mapped[LeaveKind]
    """The kind asked for, until a sick leave without certificate becomes personal leave."""
    state: Mapped[LeaveState]
    starts_on: Mapped[date]
    starts_half: Mapped[Half]
    ends_on: Mapped[date]
    ends_half: Mapped[Half]
    """As granted; moved by an extension and by an early return."""
    half_days: Mapped[int]
    """Those that counted when last decided; holidays do not."""
    reason: Mapped[str]
    requested_at: Mapped[datetime]
    is_retrospective: Mapped[bool]
    """Asked for after it had begun."""
    substitute_article: Mapped[str | None]
    """Why a substitute is demanded; none when it is not."""
    lacks_substitute: Mapped[bool]
    """A substitute is demanded and not registered for every day."""
    deputy_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    """Whom the person named to act on the open cases."""
    deputyship_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("deputies.id", ondelete="SET NULL")
    )
    extension_ends_on: Mapped[date | None]
    extension_ends_half: Mapped[Half | None]
    extension_reason: Mapped[str | None]
    certificate_hospital: Mapped[str | None]
    certificate_number: Mapped[str | None]
    certificate_issued_on: Mapped[date | None]
    certificate_at: Mapped[datetime | None]
    returned_on: Mapped[date | None]
    returned_half: Mapped[Half | None]
    """The first half-day back at work."""
    overstayed_half_days: Mapped[int]
    overstay_noted_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        ExcludeConstraint(
            (_OWN, "&&"),
            (sa.text(HALF_DAYS_RANGE), "&&"),
            using="gist",
            name="ex_leave_requests_overlap",
            where=sa.text(STANDING_STATES),
        ),
        sa.Index("ix_leave_requests_staff_id_ends_on", "staff_id", "ends_on"),
        sa.Index("ix_leave_requests_department_id_id", "department_id", "id"),
        sa.Index("ix_leave_requests_ends_on", "ends_on"),
        sa.Index("ix_leave_requests_state_id", "state", "id"),
    )


class LeaveEvent(Base):
    """What happened to a request, when, by whom, under which article; never changed."""

    __tablename__ = "leave_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    leave_id: Mapped[UUID] = mapped_column(sa.ForeignKey("leave_requests.id"))
    kind: Mapped[LeaveEventKind]
    occurred_at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    actor_name: Mapped[str]
    article: Mapped[str]
    note: Mapped[str | None]
    facts: Mapped[JsonObject]

    __table_args__ = (sa.Index("ix_leave_events_leave_id_id", "leave_id", "id"),)


class Substitution(Base):
    """Someone whom the department sends to the window of an absent person (ATTEND 四)."""

    __tablename__ = "substitutions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    leave_id: Mapped[UUID] = mapped_column(sa.ForeignKey("leave_requests.id"), index=True)
    substitute_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"), index=True)
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    service_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("window_services.id", ondelete="SET NULL"), index=True
    )
    """The service at the window that it brings; keeps the person from serving elsewhere."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    registered_at: Mapped[datetime]
    is_late: Mapped[bool]
    """Registered after the leave had begun (ATTEND 四(一))."""
    sent_by: Mapped[str]
    """Who of the department sent the person."""
    badge_number: Mapped[str | None]
    plate_number: Mapped[str | None]
    handed_out_at: Mapped[datetime | None]
    badge_returned_at: Mapped[datetime | None]
    plate_returned_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.Index(
            "ix_substitutions_handed_out_at",
            "handed_out_at",
            postgresql_where=sa.text("badge_returned_at IS NULL OR plate_returned_at IS NULL"),
        ),
    )


class Outing(Base):
    """Someone leaves the post for part of a day and says so beforehand (ATTEND 一(三))."""

    __tablename__ = "outings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    purpose: Mapped[OutingPurpose]
    reason: Mapped[str]
    destination: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[OutingState]
    reported_at: Mapped[datetime]
    is_late: Mapped[bool]
    """Entered by the office after it had begun."""
    back_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        ExcludeConstraint(
            (_OWN, "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_outings_overlap",
            where=sa.text("state <> 'cancelled'"),
        ),
        sa.Index("ix_outings_staff_id_starts_at", "staff_id", "starts_at"),
        sa.Index("ix_outings_starts_at_id", "starts_at", "id"),
    )


class OvertimeRequest(Base):
    """Work outside office hours, applied for at the office (ATTEND 二(三)3)."""

    __tablename__ = "overtime_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    reason: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[OvertimeState]
    applied_at: Mapped[datetime]
    is_late: Mapped[bool]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    decision_note: Mapped[str | None]
    appointment_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("appointments.id"), index=True
    )
    """The visit outside office hours for which the hall named the person (APPOINT 三)."""
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        ExcludeConstraint(
            (_OWN, "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_overtime_requests_overlap",
            where=sa.text("state IN ('applied', 'approved')"),
        ),
        sa.Index("ix_overtime_requests_staff_id_starts_at", "staff_id", "starts_at"),
        sa.Index("ix_overtime_requests_starts_at_id", "starts_at", "id"),
    )
