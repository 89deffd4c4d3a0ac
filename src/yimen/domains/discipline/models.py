"""The tables of discipline: what is proposed, what a person decided, what was said against it."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, new_id
from yimen.domains.discipline.enums import AppealState, MeasureKind, MeasureState, ProposalState
from yimen.domains.rulebook.enums import Measure, Proof, Target


class MeasureProposal(Base):
    """What the records, or a person, propose; a person decides (domain.md §7)."""

    __tablename__ = "measure_proposals"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str | None] = mapped_column(unique=True)
    """Of what the records propose: the same facts propose once. None: a person's."""
    state: Mapped[ProposalState]
    ground_code: Mapped[str]
    ground_label: Mapped[str]
    article: Mapped[str]
    also: Mapped[list[str]]
    """Other articles that the same facts meet."""
    edition_code: Mapped[str]
    measure: Mapped[Measure]
    target: Mapped[Target]
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    person_name: Mapped[str | None]
    """A leader of a department need not be on the hall's staff."""
    day: Mapped[date]
    proof: Mapped[Proof | None]
    source: Mapped[str | None]
    evidence: Mapped[list[JsonObject]] = mapped_column(JSONB)
    proposed_at: Mapped[datetime]
    proposed_by_name: Mapped[str | None]
    """None: the records."""
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.CheckConstraint("(key IS NULL) = (proposed_by_name IS NOT NULL)", name="whose"),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'dropped') "
            "OR (decided_by_name IS NOT NULL AND reason IS NOT NULL)",
            name="decided_by_a_person",
        ),
        sa.Index("ix_measure_proposals_day", "day"),
        sa.Index("ix_measure_proposals_staff_id", "staff_id"),
    )


class DisciplinaryMeasure(Base):
    """A measure that a person decided; it stays in force until it is revoked."""

    __tablename__ = "measures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    measure_number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[MeasureKind]
    state: Mapped[MeasureState]
    target: Mapped[Target]
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    """The window it is against, or where the person served when it happened."""
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    person_name: Mapped[str | None]
    proposal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("measure_proposals.id"), unique=True)
    ground_code: Mapped[str]
    ground_label: Mapped[str]
    article: Mapped[str]
    edition_code: Mapped[str]
    statement: Mapped[str]
    """The facts as the document states them."""
    decided_on: Mapped[date]
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_by_name: Mapped[str]
    talked_at: Mapped[datetime | None]
    talked_by: Mapped[str | None]
    talk_note: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    letter_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("papers.id"))
    received_on: Mapped[date | None]
    received_how: Mapped[str | None]
    appeal_due_at: Mapped[datetime | None]
    """Until when it can be appealed against, from its receipt on (DISCIPLINE 十一)."""
    department_told_on: Mapped[date | None]
    county_filed_on: Mapped[date | None]
    county_reference: Mapped[str | None]
    review_since: Mapped[datetime | None]
    """What it rested on fell: it does not count until somebody has decided again."""
    review_reason: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str | None]
    revoked_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.CheckConstraint(
            "(target = 'window') = (staff_id IS NULL AND person_name IS NULL)", name="against"
        ),
        sa.CheckConstraint("target <> 'window' OR window_id IS NOT NULL", name="window"),
        sa.CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
        sa.Index("ix_measures_staff_id_decided_on", "staff_id", "decided_on"),
        sa.Index("ix_measures_window_id_decided_on", "window_id", "decided_on"),
        sa.Index("ix_measures_department_id_id", "department_id", "id"),
    )


class Appeal(Base):
    """What was said in writing against a measure, and what came of it (DISCIPLINE 十一)."""

    __tablename__ = "appeals"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    appeal_number: Mapped[str] = mapped_column(unique=True)
    measure_id: Mapped[UUID] = mapped_column(sa.ForeignKey("measures.id"), unique=True)
    state: Mapped[AppealState]
    filed_at: Mapped[datetime]
    """When the office had it in writing."""
    filed_by_name: Mapped[str]
    text: Mapped[str]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_by_name: Mapped[str | None]
    """The director, or the body above whose decision was recorded."""
    decision_document: Mapped[str | None]
    """Number of the paper with which the body above decided."""
    recorded_at: Mapped[datetime | None]
    recorded_by_name: Mapped[str | None]
    reason: Mapped[str | None]
    is_fact_wrong: Mapped[bool | None]
    """What was held against the person did not happen: the points fall, too."""
    effects: Mapped[list[str]]
    """What the revocation undid, in sentences."""
    answer_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("papers.id"))
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'filed') = (decided_by_id IS NULL)", name="decided_by_a_person"
        ),
        sa.CheckConstraint(
            "num_nulls(decision_document, recorded_at, recorded_by_name) IN (0, 3)",
            name="recorded_with_its_paper",
        ),
    )
