"""Files that came to be imported, and what becomes of each of their rows."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, Sealed, new_id
from yimen.domains.imports.enums import FileForm, ImportKind, ImportState, RowState


class ImportJob(Base):
    """A file: read and tried first, then taken over a batch of rows at a time."""

    __tablename__ = "import_jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ImportKind]
    state: Mapped[ImportState]
    file_name: Mapped[str]
    file_form: Mapped[FileForm]
    file_hash: Mapped[bytes]
    content: Mapped[bytes | None]
    """The file until its rows are read; from then on they are kept, and it is not.

    One of touches is kept until it is taken over, and then with its batch.
    """
    create_departments: Mapped[bool]
    clock_number: Mapped[str | None]
    """Of touches, which clock's they are."""
    punches: Mapped[JsonObject | None]
    """What a file of touches comes to; of its lines, only the faulty ones are kept as rows."""
    columns: Mapped[list[str]] = mapped_column(default=list)
    """Those of the kind that the file has, in its order."""
    passed_over: Mapped[list[str]] = mapped_column(default=list)
    """Headers that are no column of the kind."""
    others: Mapped[Sealed | None] = mapped_column(deferred=True)
    """What stands in no known column, for whoever mends a row; it may tell of people."""
    fault_code: Mapped[str | None]
    fault_detail: Mapped[str | None]
    row_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[UUID | None]
    """None: at the machine itself, in nobody's name."""
    uploaded_by_name: Mapped[str]
    checked_at: Mapped[datetime | None]
    ordered_at: Mapped[datetime | None]
    ordered_by: Mapped[UUID | None]
    ordered_by_name: Mapped[str | None]
    applied_at: Mapped[datetime | None]
    stepped_at: Mapped[datetime]
    """When a worker last got on with it; one that has stopped is given to another."""

    __table_args__ = (
        sa.Index(
            "ix_import_jobs_under_way",
            "stepped_at",
            postgresql_where=sa.text("state IN ('checking', 'applying')"),
        ),
    )


class ImportRow(Base):
    """A row of a file: what it says, what it would do, and then what it did."""

    __tablename__ = "import_rows"

    job_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch_no: Mapped[int]
    """Rows of one batch are written in one transaction."""
    group_no: Mapped[int]
    """Rows of one group are taken together or not at all."""
    cells: Mapped[JsonObject]
    state: Mapped[RowState]
    reasons: Mapped[list[JsonObject]] = mapped_column(sa.dialects.postgresql.JSONB, default=list)
    subject: Mapped[str | None]
    """The number or code of what the row made or changed."""
    is_settled: Mapped[bool] = mapped_column(default=False)
    """Taken over, or refused for its form: an interrupted import passes over it."""

    __table_args__ = (
        sa.Index("ix_import_rows_job_id_state_line", "job_id", "state", "line"),
        sa.Index(
            "ix_import_rows_unsettled",
            "job_id",
            "batch_no",
            postgresql_where=sa.text("NOT is_settled"),
        ),
    )
