"""The table of papers."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.clock import hall_day
from yimen.core.database import Base, JsonObject, new_id
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import void_line


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
    issued_text: Mapped[str] = mapped_column("text")
    content_hash: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by_name: Mapped[str]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]
    verification_code: Mapped[str] = mapped_column(unique=True)
    """Printed on the paper; whoever holds it may ask whether it is good."""
    replaces_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("papers.id"), unique=True)
    """The void paper that it was issued in place of."""

    @property
    def void_line(self) -> str:
        """What every rendering of a void paper shows on top; empty while the paper is good."""
        if self.voided_at is None or self.void_reason is None:
            return ""
        return void_line(hall_day(self.voided_at), self.void_reason)

    @property
    def text(self) -> str:
        """The paper as plain text; a void one says so first."""
        return "\n".join(part for part in (self.void_line, self.issued_text) if part)

    @property
    def version(self) -> int:
        """For the ETag: a paper changes once at most, when it is voided."""
        return 1 if self.voided_at is None else 2

    __table_args__ = (sa.Index("ix_papers_subject", "subject_type", "subject_id"),)
