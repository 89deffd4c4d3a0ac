"""The tables of conferences: the conference, its agenda, who was invited, what they said."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.cases.enums import OpinionState
from yimen.domains.conferences.enums import ConferenceKind, ConferenceState, Presence


class Conference(Base):
    """One conference, from the call to the archive."""

    __tablename__ = "conferences"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conference_number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ConferenceKind]
    state: Mapped[ConferenceState]
    name: Mapped[str]
    place: Mapped[str]
    starts_at: Mapped[datetime]
    presided_by: Mapped[str]
    """The director, or whom the director has asked (JOINT 二)."""
    documents: Mapped[list[str]]
    """What lies before the participants, by title."""
    opinion_days: Mapped[int]
    """Working days for an opinion after the conference."""
    called_at: Mapped[datetime]
    called_by_name: Mapped[str]
    held_at: Mapped[datetime | None]
    recorded_by: Mapped[str | None]
    record: Mapped[str | None]
    recorded_at: Mapped[datetime | None]
    """When attendance and opinions were entered; the days for opinions run from then."""
    opinions_due_at: Mapped[datetime | None]
    minutes_number: Mapped[str | None]
    concluded_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    archive_place: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    version: Mapped[int]

    __table_args__ = (
        sa.Index("ix_conferences_starts_at_id", "starts_at", "id"),
        sa.Index("ix_conferences_state_starts_at", "state", "starts_at"),
    )


class ConferenceMatter(Base):
    """One matter on the agenda, often a case, and what was resolved on it."""

    __tablename__ = "conference_matters"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conference_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conferences.id"))
    position: Mapped[int]
    subject: Mapped[str]
    explanation: Mapped[str | None]
    case_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    resolution: Mapped[str | None]

    __table_args__ = (sa.UniqueConstraint("conference_id", "position"),)


class ConferenceAttendee(Base):
    """A department that was invited, and whether it was there."""

    __tablename__ = "conference_attendees"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conference_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conferences.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    """The chief representative when the conference was called; none where the post is vacant."""
    staff_name: Mapped[str | None]
    presence: Mapped[Presence]
    leave_reason: Mapped[str | None]
    leave_asked_at: Mapped[datetime | None]
    delegate_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    delegate_name: Mapped[str | None]
    note: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("conference_id", "department_id"),
        sa.Index("ix_conference_attendees_department_id", "department_id"),
    )


class ConferenceOpinion(Base):
    """What a department said on a matter; silence is marked as such, never as an opinion given."""

    __tablename__ = "conference_opinions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conference_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conferences.id"), index=True)
    matter_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conference_matters.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    state: Mapped[OpinionState]
    at_meeting: Mapped[bool]
    due_at: Mapped[datetime]
    text: Mapped[str | None]
    given_at: Mapped[datetime | None]
    """For silence: when the time to speak had run out."""
    given_by_name: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("matter_id", "department_id"),
        sa.Index(
            "ix_conference_opinions_due_at", "due_at", postgresql_where=sa.text("state = 'asked'")
        ),
    )
