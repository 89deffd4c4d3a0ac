"""The tables of awards: a year's rating with its lines, the stars of the quarters."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.awards.enums import LineKind, NominationState, Outcome, RatingState, StarKind


class YearRating(Base):
    """The rating of a year (APPRAISE 六)."""

    __tablename__ = "year_ratings"

    year: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    state: Mapped[RatingState]
    excellent_places: Mapped[int]
    good_places: Mapped[int]
    drafted_at: Mapped[datetime]
    drafted_by_name: Mapped[str]
    refreshed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by_name: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class RatingLine(Base):
    """What is proposed for one subject, and what a person decided."""

    __tablename__ = "rating_lines"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    year: Mapped[int] = mapped_column(sa.ForeignKey("year_ratings.year"))
    kind: Mapped[LineKind]
    subject_id: Mapped[UUID]
    number: Mapped[str]
    name: Mapped[str]
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    score: Mapped[str | None]
    proposed: Mapped[Outcome | None]
    allowed: Mapped[list[str]]
    reasons: Mapped[list[str]]
    outcome: Mapped[Outcome | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_by_name: Mapped[str | None]
    decision_reason: Mapped[str | None]
    reopened_reason: Mapped[str | None]
    """Why a decision counts no longer: what it rested on has changed."""
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.UniqueConstraint("year", "kind", "subject_id"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by_id IS NULL)", name="decided_by_a_person"
        ),
        sa.Index("ix_rating_lines_year_id", "year", "id"),
    )


class StarNomination(Base):
    """Whom a window nominates for a quarter's honour (APPRAISE 五)."""

    __tablename__ = "star_nominations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    year: Mapped[int]
    quarter: Mapped[int]
    kind: Mapped[StarKind]
    state: Mapped[NominationState]
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    reason: Mapped[str]
    nominated_at: Mapped[datetime]
    nominated_by_name: Mapped[str]
    view: Mapped[str | None]
    viewed_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_by_name: Mapped[str | None]
    decision_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.UniqueConstraint("year", "quarter", "kind", "window_id"),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        sa.CheckConstraint(
            "(state IN ('chosen', 'not_chosen')) = (decided_by_id IS NOT NULL)",
            name="decided_by_a_person",
        ),
        sa.Index("ix_star_nominations_department_id_id", "department_id", "id"),
    )
