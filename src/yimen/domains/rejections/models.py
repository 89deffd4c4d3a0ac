"""The table of refusals on file."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, Sealed, new_id
from yimen.domains.cases.enums import ApplicantKind, DeliveryMethod
from yimen.domains.rejections.enums import RejectionState


class Rejection(Base):
    """A refusal on file: of a case, or of a request turned away at the desk (REJECT 四).

    A trigger lets no case become refused without an effective row here.
    """

    __tablename__ = "rejections"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rejection_number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[RejectionState]
    case_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("cases.id"))
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    handler_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    requester_kind: Mapped[ApplicantKind]
    requester_name: Mapped[str]
    requester_phone: Mapped[Sealed | None]
    """Encrypted, bound to this row; none when somebody turned away left none."""
    matter: Mapped[str]
    reason: Mapped[str]
    legal_basis: Mapped[str | None]
    is_within_authority: Mapped[bool]
    filed_at: Mapped[datetime]
    filed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    decision_due_at: Mapped[datetime | None]
    """Until when the director is to answer; none where nobody was asked."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_by_name: Mapped[str | None]
    opinion: Mapped[str | None]
    retracted_at: Mapped[datetime | None]
    retraction_reason: Mapped[str | None]
    refused_at: Mapped[datetime | None]
    """When the refusal took effect for the requester."""
    form_number: Mapped[str | None]
    notice_number: Mapped[str | None]
    notice_delivered_at: Mapped[datetime | None]
    """Of a request without a case; a case's notice is delivered with the case."""
    notice_method: Mapped[DeliveryMethod | None]
    notice_signed_by: Mapped[str | None]
    return_asked_at: Mapped[datetime | None]
    """When the requester asked to have the materials back (REJECT 六)."""
    version: Mapped[int]

    __table_args__ = (
        sa.Index("ix_rejections_window_id_id", "window_id", "id"),
        sa.Index("ix_rejections_department_id_id", "department_id", "id"),
        sa.Index("ix_rejections_case_id", "case_id"),
        sa.Index(
            "uq_rejections_case_id_standing",
            "case_id",
            unique=True,
            postgresql_where=sa.text("state IN ('requested', 'effective')"),
        ),
        sa.Index("ix_rejections_refused_at", "refused_at"),
        sa.Index("ix_rejections_filed_at", "filed_at"),
        sa.Index("ix_rejections_decision_due_at", "decision_due_at"),
        sa.Index("ix_rejections_return_asked_at", "return_asked_at"),
        sa.CheckConstraint("(state = 'effective') = (refused_at IS NOT NULL)", name="effective"),
    )
