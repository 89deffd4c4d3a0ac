"""The tables of cases: the case, its events, materials, opinions and charges."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, Sealed, blind_index_of, new_id
from yimen.domains.cases.enums import (
    ApplicantKind,
    CaseEventKind,
    CaseState,
    Custody,
    DeliveryMethod,
    DismissalGround,
    IdKind,
    OpinionState,
    PastOutcome,
    PendingDecision,
)
from yimen.domains.catalog.enums import CaseKind


class Case(Base):
    """One application at one window. The due date is reckoned from the events, and kept here."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_number: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("service_items.id"))
    item_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_versions.id"))
    item_name: Mapped[str]
    """The name in the version under which the case was taken in."""
    kind: Mapped[CaseKind]
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    handler_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    state: Mapped[CaseState]
    working_days: Mapped[int]
    """The promise in working days; 0 for a matter finished on the spot."""
    applicant_kind: Mapped[ApplicantKind]
    applicant_name: Mapped[str]
    applicant_id_kind: Mapped[IdKind | None]
    applicant_id_number: Mapped[Sealed | None]
    """Encrypted, bound to this row."""
    applicant_id_number_index: Mapped[bytes | None] = blind_index_of(
        "applicant_id_number", "id_number"
    )
    applicant_phone: Mapped[Sealed]
    """Encrypted, bound to this row."""
    applicant_phone_index: Mapped[bytes] = blind_index_of("applicant_phone", "phone")
    received_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    is_late_entry: Mapped[bool]
    deemed_acceptance_at: Mapped[datetime | None]
    """While the hall has neither accepted nor told: when the case will count as accepted."""
    supplement_due_on: Mapped[date | None]
    """While something is missing: the last day to complete it."""
    completed_at: Mapped[datetime | None]
    """When all was there that the applicant had been told to bring; silence counts from then."""
    accepted_at: Mapped[datetime | None]
    is_deemed_accepted: Mapped[bool]
    due_at: Mapped[datetime | None]
    due_is_provisional: Mapped[bool]
    decided_at: Mapped[datetime | None]
    result_number: Mapped[str | None]
    dismissal_ground: Mapped[DismissalGround | None]
    delivered_at: Mapped[datetime | None]
    delivery_method: Mapped[DeliveryMethod | None]
    received_by: Mapped[str | None]
    """Who signed for the result."""
    visit_count: Mapped[int]
    supplement_count: Mapped[int]
    suspended_at: Mapped[datetime | None]
    """While the clock stands still: since when."""
    suspended_until: Mapped[datetime | None]
    """While the clock stands still: when it starts again by itself."""
    pending_decision: Mapped[PendingDecision | None]
    """What the director has been asked and has not decided."""
    documents_due_on: Mapped[date | None]
    """Approved first: until when the missing materials must follow."""
    lookup_code: Mapped[str]
    """On receipt and slip: with the number it opens the public side, which shows nothing personal.
    In the clear, as on the papers that are kept."""
    version: Mapped[int]

    __table_args__ = (
        sa.Index("ix_cases_window_id_id", "window_id", "id"),
        sa.Index("ix_cases_department_id_id", "department_id", "id"),
        sa.Index("ix_cases_handler_id_id", "handler_id", "id"),
        sa.Index("ix_cases_item_id_id", "item_id", "id"),
        sa.Index(
            "ix_cases_window_id_due_at_id",
            "window_id",
            "due_at",
            "id",
            postgresql_where=sa.text("state IN ('accepted', 'suspended')"),
        ),
        sa.Index(
            "ix_cases_due_at_id",
            "due_at",
            "id",
            postgresql_where=sa.text("state IN ('accepted', 'suspended')"),
        ),
        sa.Index(
            "ix_cases_deemed_acceptance_at",
            "deemed_acceptance_at",
            postgresql_where=sa.text("deemed_acceptance_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_cases_supplement_due_on",
            "supplement_due_on",
            postgresql_where=sa.text("state = 'awaiting_supplement'"),
        ),
        sa.Index(
            "ix_cases_suspended_until",
            "suspended_until",
            postgresql_where=sa.text("state = 'suspended'"),
        ),
        sa.Index(
            "ix_cases_pending_decision_id",
            "pending_decision",
            "id",
            postgresql_where=sa.text("pending_decision IS NOT NULL"),
        ),
        sa.Index(
            "ix_cases_documents_due_on",
            "documents_due_on",
            postgresql_where=sa.text("documents_due_on IS NOT NULL"),
        ),
        sa.Index(
            "ix_cases_decided_at_turned_away",
            "decided_at",
            postgresql_where=sa.text("state IN ('not_accepted', 'dismissed')"),
        ),
        sa.Index(
            "ix_cases_due_at_decided_late",
            "due_at",
            postgresql_where=sa.text("decided_at > due_at"),
        ),
        sa.Index(
            "ix_cases_registered_at_late",
            "registered_at",
            postgresql_where=sa.text("is_late_entry"),
        ),
        sa.Index("ix_cases_id_told_again", "id", postgresql_where=sa.text("supplement_count >= 2")),
        sa.Index(
            "ix_cases_applicant_name",
            "applicant_name",
            postgresql_ops={"applicant_name": "text_pattern_ops"},
        ),
        sa.Index("ix_cases_applicant_id_number_index", "applicant_id_number_index"),
        sa.Index("ix_cases_applicant_phone_index", "applicant_phone_index"),
    )


ENTERED_LATE = {"is_late_entry": True}
"""A fact of an event that was recorded later after it happened than the rulebook lets pass."""


class CaseEvent(Base):
    """What happened to a case, when, by whom, under which article; never changed."""

    __tablename__ = "case_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("cases.id"))
    kind: Mapped[CaseEventKind]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    actor_name: Mapped[str]
    on_behalf_of: Mapped[str | None]
    """The absent handler for whom a deputy acted (ABPOST 三)."""
    article: Mapped[str]
    note: Mapped[str | None]
    facts: Mapped[JsonObject]

    __table_args__ = (
        sa.Index("ix_case_events_case_id_id", "case_id", "id"),
        sa.Index(
            "ix_case_events_recorded_at_late",
            "recorded_at",
            postgresql_where=sa.text("facts @> '{\"is_late_entry\": true}'"),
        ),
    )


class CaseMaterial(Base):
    """One material as it was handed in."""

    __tablename__ = "case_materials"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("cases.id"))
    material_key: Mapped[str | None]
    """Which material of the item it is; none for something extra."""
    name: Mapped[str]
    copies: Mapped[int]
    pages: Mapped[int]
    is_original: Mapped[bool]
    handed_in_at: Mapped[datetime]
    custody: Mapped[Custody]
    returned_at: Mapped[datetime | None]
    returned_to: Mapped[str | None]
    identity_checked: Mapped[str | None]
    """By which document the window knew to whom it gave it back."""
    return_signed_by: Mapped[str | None]
    return_receipt_number: Mapped[str | None]

    @property
    def is_outstanding(self) -> bool:
        """An original that the window still holds."""
        return self.custody is Custody.HELD and self.returned_at is None

    __table_args__ = (sa.Index("ix_case_materials_case_id_id", "case_id", "id"),)


class CaseCharge(Base):
    """What the bank in the hall took for a case, by its voucher; never cash (MGMT 十四)."""

    __tablename__ = "case_charges"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("cases.id"))
    name: Mapped[str]
    """As the item's list has it, in the version of the case."""
    unit: Mapped[str]
    unit_amount: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2))
    quantity: Mapped[int]
    amount: Mapped[Decimal] = mapped_column(sa.Numeric(14, 2))
    bank: Mapped[str]
    voucher_number: Mapped[str]
    paid_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str]
    reversed_at: Mapped[datetime | None]
    reversal_reason: Mapped[str | None]
    reversed_by_name: Mapped[str | None]

    @property
    def version(self) -> int:
        """For the ETag: a charge changes once at most, when it is reversed."""
        return 1 if self.reversed_at is None else 2

    __table_args__ = (
        sa.Index("ix_case_charges_case_id_id", "case_id", "id"),
        # an entry made in error is reversed, and the voucher entered again as it is
        sa.Index(
            "uq_case_charges_bank_voucher_number",
            "bank",
            "voucher_number",
            unique=True,
            postgresql_where=sa.text("reversed_at IS NULL"),
        ),
        sa.CheckConstraint("amount = unit_amount * quantity", name="amount"),
    )


class CaseOpinion(Base):
    """What a cooperating department of a joint case has been asked, and said (MGMT 十一(四))."""

    __tablename__ = "case_opinions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("cases.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    question: Mapped[str]
    working_days: Mapped[int]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[OpinionState]
    text: Mapped[str | None]
    given_at: Mapped[datetime | None]
    """For silence: when the time to speak had run out."""
    given_by_name: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("case_id", "department_id"),
        sa.Index("ix_case_opinions_department_id_state", "department_id", "state"),
        sa.Index("ix_case_opinions_due_at", "due_at", postgresql_where=sa.text("state = 'asked'")),
    )


class PastCase(Base):
    """A case that another system closed: a record, of which nothing can still come.

    It has the number that system gave it, and no clock, papers, materials or public side.
    """

    __tablename__ = "past_cases"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_number: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("service_items.id"))
    item_name: Mapped[str]
    """As the other system had it."""
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    applicant_kind: Mapped[ApplicantKind]
    applicant_name: Mapped[str]
    received_on: Mapped[date]
    accepted_on: Mapped[date | None]
    closed_on: Mapped[date]
    delivered_on: Mapped[date | None]
    outcome: Mapped[PastOutcome]
    handler_name: Mapped[str | None]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index("ix_past_cases_item_id_id", "item_id", "id"),
        sa.Index("ix_past_cases_department_id_id", "department_id", "id"),
        sa.Index("ix_past_cases_window_id_id", "window_id", "id"),
    )
