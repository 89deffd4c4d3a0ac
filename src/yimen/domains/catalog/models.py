"""Items, their immutable versions, the windows of each version, and proposals to change them."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, new_id
from yimen.domains.catalog.enums import (
    CaseKind,
    Category,
    ItemStatus,
    Opinion,
    ProposalKind,
    ProposalState,
    VersionOrigin,
)


class ServiceItem(Base):
    """A matter that one department handles in the hall; what it says is in its versions."""

    __tablename__ = "service_items"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    """Our own code: never changes, never used twice."""
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"), index=True)
    name: Mapped[str]
    """Name and national code of the current version, so that no two items share both."""
    item_code: Mapped[str | None]
    status: Mapped[ItemStatus]
    is_complete: Mapped[bool]
    current_version_no: Mapped[int]
    withdrawn_on: Mapped[date | None]
    version: Mapped[int]

    __table_args__ = (
        sa.Index(
            "uq_service_items_department_id_name_item_code",
            "department_id",
            "name",
            "item_code",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sa.text("status <> 'withdrawn'"),
        ),
    )


class ItemVersion(Base):
    """What an item said from a day on; a trigger refuses every change."""

    __tablename__ = "item_versions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("service_items.id"))
    version_no: Mapped[int]
    name: Mapped[str]
    group_name: Mapped[str | None]
    item_code: Mapped[str | None]
    task_type: Mapped[int] = mapped_column(sa.SmallInteger)
    category: Mapped[Category]
    kind: Mapped[CaseKind]
    statutory_days: Mapped[int | None]
    committed_days: Mapped[int]
    legal_basis: Mapped[str | None]
    steps: Mapped[list[str]]
    charges: Mapped[list[JsonObject]] = mapped_column(JSONB)
    materials: Mapped[list[JsonObject]] = mapped_column(JSONB)
    responsible_section: Mapped[str | None]
    responsible_person: Mapped[str | None]
    breach_liability: Mapped[str | None]
    supervision: Mapped[str | None]
    complaint_phone: Mapped[str | None]
    to_complete: Mapped[list[str]]
    origin: Mapped[VersionOrigin]
    effective_on: Mapped[date]
    approved_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    approved_by_name: Mapped[str]
    approved_at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("item_id", "version_no"),
        sa.CheckConstraint("committed_days <= statutory_days", name="commitment"),
        sa.CheckConstraint("(kind = 'immediate') = (committed_days = 0)", name="immediate"),
        sa.CheckConstraint("committed_days >= 0 AND statutory_days > 0", name="days"),
    )


class ItemWindow(Base):
    """A window that may take a version's cases (MGMT 九)."""

    __tablename__ = "item_windows"

    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_versions.id"), primary_key=True)
    window_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("windows.id"), primary_key=True, index=True
    )


class ItemProposal(Base):
    """A wish to add, change or withdraw an item, on its way to a decision (MGMT 六)."""

    __tablename__ = "item_proposals"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ProposalKind]
    state: Mapped[ProposalState]
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"), index=True)
    item_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("service_items.id"))
    """For a new item: set when it is approved."""
    base_version_no: Mapped[int | None]
    """The version that the proposer had before him; none for a new item."""
    item_name: Mapped[str]
    content: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    """The whole content asked for; none for a withdrawal."""
    reason: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    proposed_by_name: Mapped[str]
    proposed_at: Mapped[datetime]
    opinion: Mapped[Opinion | None]
    opinion_text: Mapped[str | None]
    opined_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    opined_by_name: Mapped[str | None]
    opined_at: Mapped[datetime | None]
    closing_note: Mapped[str | None]
    closed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    closed_by_name: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    """When it was approved, rejected or withdrawn, and by whom and why."""
    resulting_version_no: Mapped[int | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads a plain dict
    __table_args__ = (
        sa.Index(
            "uq_item_proposals_item_id_open",
            "item_id",
            unique=True,
            postgresql_where=sa.text("state IN ('proposed', 'opined')"),
        ),
        sa.Index("ix_item_proposals_state_id", "state", "id"),
    )
