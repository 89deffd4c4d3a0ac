"""The table of papers."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, new_id
from yimen.domains.papers.enums import PaperKind


class Paper(Base):
    """An issued paper; a trigger refuses every change but voiding."""

    __tablename__ = "papers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PaperKind]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    content: Mapped[JsonObject]
    text: Mapped[str]
    content_hash: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by_name: Mapped[str]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]
    verification_code: Mapped[str] = mapped_column(unique=True)
    """Printed on the paper; whoever holds it may ask whether it is good."""

    @property
    def version(self) -> int:
        """For the ETag: a paper changes once at most, when it is voided."""
        return 1 if self.voided_at is None else 2

    __table_args__ = (sa.Index("ix_papers_subject", "subject_type", "subject_id"),)
