"""The table of ratings, each with its follow-up."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.ratings.enums import Finding, FollowUp, RatingChannel, RatingLevel


class Rating(Base):
    """What the applicant of one case said of the service, and what came of it."""

    __tablename__ = "ratings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("cases.id"), unique=True)
    case_number: Mapped[str]
    item_name: Mapped[str]
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    handler_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    """Who had the case in hand when it was rated."""
    level: Mapped[RatingLevel]
    channel: Mapped[RatingChannel]
    comment: Mapped[str | None]
    rated_at: Mapped[datetime]
    recorded_by_name: Mapped[str | None]
    """Of the office, where it was taken down for the applicant."""
    recorded_how: Mapped[str | None]
    follow_up: Mapped[FollowUp]
    due_at: Mapped[datetime | None]
    """Until when a bad rating must be answered."""
    contacted_at: Mapped[datetime | None]
    was_reached: Mapped[bool | None]
    contact_note: Mapped[str | None]
    finding: Mapped[Finding | None]
    finding_reason: Mapped[str | None]
    answer: Mapped[str | None]
    """In words for the applicant."""
    closed_at: Mapped[datetime | None]
    closed_by_name: Mapped[str | None]
    version: Mapped[int]

    __table_args__ = (
        sa.Index("ix_ratings_department_id_id", "department_id", "id"),
        sa.Index("ix_ratings_window_id_id", "window_id", "id"),
        sa.Index("ix_ratings_rated_at", "rated_at"),
        sa.Index(
            "ix_ratings_due_at",
            "due_at",
            postgresql_where=sa.text("follow_up IN ('open', 'contacted')"),
        ),
    )
