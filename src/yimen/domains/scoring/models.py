"""The ledger of points, what it comes to, and the months it is kept for."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, column_property, mapped_column

from yimen.core.database import Base, JsonObject, new_id, table_of
from yimen.domains.rulebook.enums import Basis
from yimen.domains.scoring.enums import (
    AmendmentState,
    FactSource,
    Indicator,
    MonthState,
    RecordKind,
    SubjectKind,
)


class ScoreRule(Base):
    """A rule with its points as an edition has them; an edition never changes, so neither this."""

    __tablename__ = "score_rules"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(always=True), primary_key=True)
    edition_code: Mapped[str]
    code: Mapped[str]
    label: Mapped[str]
    indicator: Mapped[Indicator]
    points: Mapped[int]
    """In hundredths; a bonus is negative."""
    article: Mapped[str]
    basis: Mapped[Basis]
    cap_group: Mapped[str | None]
    cap: Mapped[int | None]

    __table_args__ = (
        sa.UniqueConstraint("edition_code", "code"),
        sa.CheckConstraint("(cap_group IS NULL) = (cap IS NULL)", name="cap"),
    )


class ScoreMonth(Base):
    """A month, the edition that judges it, and how far it is."""

    __tablename__ = "score_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    state: Mapped[MonthState]
    edition_code: Mapped[str]
    version_no: Mapped[int]
    """The version that is read: while open the one to be sealed first."""
    posted_at: Mapped[datetime | None]
    """When the ledger last took something in."""
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (sa.CheckConstraint("extract(day FROM month) = 1", name="first_day"),)


class ScoreEntry(Base):
    """One line of the ledger; a trigger refuses every change.

    A reversal names the entry it undoes and carries its figures with the opposite sign, so that
    the plain sum of ``taken`` is what a subject has lost.
    """

    __tablename__ = "score_entries"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    month: Mapped[date]
    version_no: Mapped[int] = mapped_column(sa.SmallInteger)
    subject_kind: Mapped[SubjectKind]
    subject_id: Mapped[UUID]
    day: Mapped[date]
    rule_id: Mapped[int] = mapped_column(sa.ForeignKey("score_rules.id"))
    count: Mapped[int]
    asked: Mapped[int]
    taken: Mapped[int]
    room: Mapped[int | None]
    evidence: Mapped[str]
    why_not: Mapped[str | None]
    source: Mapped[FactSource]
    source_id: Mapped[str]
    reverses_id: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey("score_entries.id")
    )
    posted_at: Mapped[datetime]

    __table_args__ = (
        sa.Index("ix_score_entries_month_subject_id", "month", "subject_id"),
        sa.Index(
            "uq_score_entries_reverses_id",
            "reverses_id",
            unique=True,
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        ),
        sa.CheckConstraint("abs(taken) <= abs(asked)", name="asked"),
    )


_KEY = ("subject_id", "month", "version_no", "subject_kind")


class ScoreSubject(Base):
    """Who is scored in one version of a month, as the hall had them."""

    __tablename__ = "score_subjects"

    month: Mapped[date] = mapped_column(sa.ForeignKey("score_months.month"), primary_key=True)
    version_no: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    subject_kind: Mapped[SubjectKind] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    name: Mapped[str]
    department_id: Mapped[UUID | None]
    window_ids: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid()))
    """Where a person served; of an agency its windows; of a window itself."""
    staff_ids: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid()))
    """Who served there."""


class ScoreFigures(Base):
    """What a subject's month comes to in one version; narrow, for a posting writes many."""

    __tablename__ = "score_totals"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    version_no: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    subject_kind: Mapped[SubjectKind] = mapped_column(primary_key=True)
    own: Mapped[int]
    """Base less what was taken, in hundredths."""
    staff_sum: Mapped[int | None] = mapped_column(sa.BigInteger)
    numerator: Mapped[int | None] = mapped_column(sa.BigInteger)
    """With the denominator: the exact score in hundredths; none when not rated."""
    denominator: Mapped[int] = mapped_column(sa.BigInteger)
    ranked_by: Mapped[int]
    """The score in hundredths, rounded half up; far below zero when not rated."""

    __table_args__ = (
        # nothing that a posting changes is in an index: rows are updated in place
        sa.Index(
            "ix_score_totals_month_version_no_subject_kind", "month", "version_no", "subject_kind"
        ),
        sa.ForeignKeyConstraint(
            _KEY, [f"score_subjects.{column}" for column in _KEY], ondelete="CASCADE"
        ),
    )


class ScoreTotal(Base):
    """A subject's month as it is read: who it is and what it comes to; nothing is computed."""

    _figures, _subject = table_of(ScoreFigures), table_of(ScoreSubject)
    __table__ = sa.join(_figures, _subject)

    subject_id: Mapped[UUID] = column_property(_figures.c.subject_id, _subject.c.subject_id)
    month: Mapped[date] = column_property(_figures.c.month, _subject.c.month)
    version_no: Mapped[int] = column_property(_figures.c.version_no, _subject.c.version_no)
    subject_kind: Mapped[SubjectKind] = column_property(
        _figures.c.subject_kind, _subject.c.subject_kind
    )
    number: Mapped[str]
    name: Mapped[str]
    department_id: Mapped[UUID | None]
    window_ids: Mapped[list[UUID]]
    staff_ids: Mapped[list[UUID]]
    own: Mapped[int]
    staff_sum: Mapped[int | None]
    numerator: Mapped[int | None]
    denominator: Mapped[int]
    ranked_by: Mapped[int]


class ScoreVersion(Base):
    """A sealed version of a month, with the digest of all it rests on; never changed."""

    __tablename__ = "score_versions"

    month: Mapped[date] = mapped_column(sa.ForeignKey("score_months.month"), primary_key=True)
    version_no: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    sealed_at: Mapped[datetime]
    sealed_by_name: Mapped[str]
    reason: Mapped[str | None]
    """Why there is a further version."""
    amendment_id: Mapped[UUID | None]
    entry_count: Mapped[int]
    digest: Mapped[str]


class ScoreYear(Base):
    """A year whose rating is settled: none of its months is amended any more; never changed."""

    __tablename__ = "score_years"

    year: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    sealed_by_name: Mapped[str]


class ScoreAmendment(Base):
    """What the office proposes to put right in a sealed month, and what the director said."""

    __tablename__ = "score_amendments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    month: Mapped[date] = mapped_column(sa.ForeignKey("score_months.month"))
    from_version_no: Mapped[int]
    state: Mapped[AmendmentState]
    reason: Mapped[str]
    preview: Mapped[JsonObject]
    """The differences as they were shown when it was proposed."""
    proposed_at: Mapped[datetime]
    proposed_by_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    decision_note: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index(
            "uq_score_amendments_proposed",
            "month",
            unique=True,
            postgresql_where=sa.text("state = 'proposed'"),
        ),
    )


class ScoreRecord(Base):
    """What the office enters by hand; taken back, never erased."""

    __tablename__ = "score_records"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[RecordKind]
    day: Mapped[date]
    subject_kind: Mapped[SubjectKind]
    subject_id: Mapped[UUID]
    department_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("departments.id"))
    title: Mapped[str]
    points: Mapped[int | None]
    """Of a review, in hundredths."""
    recorded_at: Mapped[datetime]
    recorded_by_name: Mapped[str]
    reversed_at: Mapped[datetime | None]
    reversed_by_name: Mapped[str | None]
    reversal_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index("ix_score_records_day", "day"),
        sa.Index("ix_score_records_department_id_id", "department_id", "id"),
        sa.CheckConstraint("(kind = 'review') = (points IS NOT NULL)", name="points"),
        sa.CheckConstraint("points BETWEEN 0 AND 10000", name="points_range"),
        sa.Index(
            "uq_score_records_review",
            "subject_id",
            sa.text("extract(year FROM day)"),
            unique=True,
            postgresql_where=sa.text("kind = 'review' AND reversed_at IS NULL"),
        ),
    )


class ScoreProgress(Base):
    """The one row that says up to which event and moment the ledger has been posted."""

    __tablename__ = "score_progress"

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    event_transaction_id: Mapped[int] = mapped_column(sa.BigInteger)
    event_id: Mapped[int] = mapped_column(sa.BigInteger)
    swept_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("singleton", name="one_row"),)
