"""The editions that the centre writes itself; the packaged ones are in files."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.rulebook.enums import DraftState


class RulebookEdition(Base):
    """An edition as YAML; a trigger refuses every change of one that is published."""

    __tablename__ = "rulebook_editions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str]
    title: Mapped[str]
    takes_effect_on: Mapped[date]
    document: Mapped[str]
    state: Mapped[DraftState]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    drafted_by_name: Mapped[str]
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    """When it was published or discarded."""
    decided_by_name: Mapped[str | None]
    decision_reason: Mapped[str | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("extract(day FROM takes_effect_on) = 1", name="first_of_month"),
        sa.Index(
            "uq_rulebook_editions_code",
            "code",
            unique=True,
            postgresql_where=sa.text("state <> 'discarded'"),
        ),
        sa.Index(
            "uq_rulebook_editions_month",
            "takes_effect_on",
            unique=True,
            postgresql_where=sa.text("state = 'published'"),
        ),
    )
