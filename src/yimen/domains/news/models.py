"""The table of adoptions and instructions."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.news.enums import Level, MeritKind


class NewsMerit(Base):
    """That an article was adopted or written on; taken back, never erased."""

    __tablename__ = "news_merits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    article_id: Mapped[UUID] = mapped_column(sa.ForeignKey("score_records.id"), index=True)
    kind: Mapped[MeritKind]
    level: Mapped[Level]
    day: Mapped[date]
    source: Mapped[str]
    """Who adopted it, or which leader wrote on it."""
    author_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    """To whom the reward comes; none: to the window or agency of the article."""
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str]
    reversed_at: Mapped[datetime | None]
    reversed_by_name: Mapped[str | None]
    reversal_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index("ix_news_merits_day", "day"),
        sa.CheckConstraint(
            "kind = 'adoption' OR level IN ('prefecture', 'region', 'nation')", name="level"
        ),
    )
