"""Files and their rows; what an import asks of departments, windows and staff."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.pagination import PageQuery, SortKey
from yimen.core.repository import Repository
from yimen.domains.attendance.models import TimeClock
from yimen.domains.catalog.models import ServiceItem
from yimen.domains.imports.enums import ImportKind, ImportState, RowState
from yimen.domains.imports.models import ImportJob, ImportRow
from yimen.domains.inspections.enums import SubjectKind
from yimen.domains.inspections.models import InspectionSubject
from yimen.domains.organisation.enums import WindowKind
from yimen.domains.organisation.models import Department, StaffMember, Window

Session = AsyncSession

_HOLD = sa.text("SELECT pg_advisory_xact_lock(hashtext('yimen.imports.items'))")


@dataclass(frozen=True, slots=True)
class KnownDepartment:
    """A department by name."""

    id: UUID
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item, whether in force or withdrawn."""

    id: UUID
    name: str
    department_id: UUID


@dataclass(frozen=True, slots=True)
class KnownWindow:
    """A window by number."""

    id: UUID
    number: str
    department_id: UUID
    is_comprehensive: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """What is said of rows, and of how many."""

    state: RowState
    column: str | None
    code: str
    detail: str
    row_count: int
    first_line: int
    group_count: int
    """How many such groups there are, however many were asked for."""


Tally = dict[tuple[RowState, bool], int]
"""How many rows are in a state, settled or not."""

_NEWEST_JOBS = SortKey((ImportJob.id,), (UUID,), descending=True)
_BY_LINE = SortKey((ImportRow.line,), (int,))


class JobRepository(Repository):
    """Files that came to be imported."""

    async def job(self, job_id: UUID) -> ImportJob | None:
        return await self.session.get(ImportJob, job_id)

    async def lock_job(self, job_id: UUID) -> ImportJob | None:
        """A job to change; waits for the batch that a worker is at."""
        found: ImportJob | None = await self.session.scalar(
            _jobs(job_id).with_for_update().execution_options(populate_existing=True)
        )
        return found

    async def lock_free_job(self, job_id: UUID) -> ImportJob | None:
        """A job to get on with; none while another worker is at it."""
        found: ImportJob | None = await self.session.scalar(
            _jobs(job_id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return found

    async def others(self, job_id: UUID) -> bytes | None:
        """What stands in no known column of a file, as it was sealed."""
        statement = sa.select(ImportJob.others).where(ImportJob.id == job_id)
        found: bytes | None = await self.session.scalar(statement)
        return found

    async def stopped(self, before: datetime) -> Sequence[ImportJob]:
        """Jobs under way that nobody has got on with since."""
        under_way = [state for state in ImportState if state.is_under_way]
        statement = sa.select(ImportJob).where(
            ImportJob.state.in_(under_way), ImportJob.stepped_at < before
        )
        return (await self.session.scalars(statement)).all()

    async def forget(self, before: datetime) -> None:
        """Delete files sent before, with their rows, unless a worker is to get on with them."""
        under_way = [state for state in ImportState if state.is_under_way]
        await self.session.execute(
            sa.delete(ImportJob).where(
                ImportJob.uploaded_at < before, ImportJob.state.not_in(under_way)
            )
        )

    async def jobs_page(
        self, query: PageQuery, *, kind: ImportKind | None, state: ImportState | None
    ) -> tuple[list[ImportJob], str | None, int | None]:
        statement = sa.select(ImportJob)
        if kind is not None:
            statement = statement.where(ImportJob.kind == kind)
        if state is not None:
            statement = statement.where(ImportJob.state == state)
        return await self.page(statement, query, _NEWEST_JOBS)

    async def add_rows(self, rows: Sequence[Mapping[str, object]]) -> None:
        await self.session.execute(sa.insert(ImportRow), list(rows))

    async def rows_page(
        self, job_id: UUID, query: PageQuery, *, state: RowState | None
    ) -> tuple[list[ImportRow], str | None, int | None]:
        statement = sa.select(ImportRow).where(ImportRow.job_id == job_id)
        if state is not None:
            statement = statement.where(ImportRow.state == state)
        return await self.page(statement, query, _BY_LINE)

    async def drop_rows(self, job_id: UUID) -> None:
        await self.session.execute(sa.delete(ImportRow).where(ImportRow.job_id == job_id))

    async def has_clock(self, number: str) -> bool:
        statement = sa.select(sa.exists().where(TimeClock.number == number))
        return bool(await self.session.scalar(statement))

    async def refused(self, job_id: UUID) -> Sequence[ImportRow]:
        """The refused rows, by line."""
        statement = (
            sa.select(ImportRow)
            .where(ImportRow.job_id == job_id, ImportRow.state == RowState.REFUSED)
            .order_by(ImportRow.line)
        )
        return (await self.session.scalars(statement)).all()

    async def reason_counts(self, job_id: UUID, *, most: int) -> list[ReasonCount]:
        """What is said of the rows of a file, what is said of most of them first."""
        reason = sa.func.jsonb_array_elements(ImportRow.reasons).table_valued(
            sa.column("value", JSONB), name="reason"
        )
        said = [reason.c.value[name].astext for name in ("column", "code", "detail")]
        count, first = sa.func.count(), sa.func.min(ImportRow.line)
        statement = (
            sa.select(ImportRow.state, *said, count, first, sa.func.count().over())
            .join(reason, sa.true())
            .where(ImportRow.job_id == job_id)
            .group_by(ImportRow.state, *said)
            .order_by(count.desc(), first)
            .limit(most)
        )
        return [ReasonCount(*row) for row in await self.session.execute(statement)]

    async def next_batch(self, job_id: UUID, *, is_check: bool) -> Sequence[ImportRow]:
        """The rows of the first batch that has some yet to be tried, or to be taken over."""
        open_ = ImportRow.state == RowState.WAITING if is_check else sa.not_(ImportRow.is_settled)
        first = sa.select(sa.func.min(ImportRow.batch_no)).where(
            ImportRow.job_id == job_id, sa.not_(ImportRow.is_settled), open_
        )
        statement = (
            sa.select(ImportRow)
            .where(
                ImportRow.job_id == job_id,
                ImportRow.batch_no == first.scalar_subquery(),
                sa.not_(ImportRow.is_settled),
                open_,
            )
            .order_by(ImportRow.group_no, ImportRow.line)
        )
        return (await self.session.scalars(statement)).all()

    async def tallies(self, job_ids: Sequence[UUID]) -> dict[UUID, Tally]:
        """How far the rows of each job are."""
        statement = (
            sa.select(ImportRow.job_id, ImportRow.state, ImportRow.is_settled, sa.func.count())
            .where(ImportRow.job_id.in_(job_ids))
            .group_by(ImportRow.job_id, ImportRow.state, ImportRow.is_settled)
        )
        found: dict[UUID, Tally] = {one: {} for one in job_ids}
        for job_id, state, is_settled, count in await self.session.execute(statement):
            found[job_id][state, is_settled] = count
        return found

    async def flush(self) -> None:
        await self.session.flush()


def _jobs(job_id: UUID) -> sa.Select[ImportJob]:
    return sa.select(ImportJob).where(ImportJob.id == job_id)


Found = TypeVar("Found")


class ImportRepository(Repository):
    """What the rows of a file name; places and items are looked up once for a batch."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._known: dict[Hashable, Any] = {}

    async def _once(self, key: Hashable, find: Callable[[], Awaitable[Found]]) -> Found:
        if key not in self._known:
            self._known[key] = await find()
        found: Found = self._known[key]
        return found

    async def hold(self) -> None:
        """Wait for any other import of items, and keep the next one waiting."""
        await self.session.execute(_HOLD)

    async def departments(self, day: date) -> list[KnownDepartment]:
        statement = sa.select(Department.id, Department.name, Department.closed_on)
        return [
            KnownDepartment(row.id, row.name, row.closed_on is None or day <= row.closed_on)
            for row in await self.session.execute(statement)
        ]

    async def windows(self, day: date) -> list[KnownWindow]:
        """All windows there ever were, by number."""
        statement = sa.select(
            Window.id,
            Window.number,
            Window.department_id,
            Window.kind,
            Window.opened_on,
            Window.closed_on,
        ).order_by(Window.number)
        return [
            KnownWindow(
                id=row.id,
                number=row.number,
                department_id=row.department_id,
                is_comprehensive=row.kind is WindowKind.COMPREHENSIVE,
                is_open=row.opened_on <= day and (row.closed_on is None or day <= row.closed_on),
            )
            for row in await self.session.execute(statement)
        ]

    async def departments_called(self, name: str) -> Sequence[Department]:
        """Departments of that name, or the one of that code."""

        async def find() -> Sequence[Department]:
            statement = sa.select(Department).where(
                sa.or_(Department.name == name, Department.code == name)
            )
            return (await self.session.scalars(statement)).all()

        return await self._once(("department", name), find)

    async def items_called(
        self, *, code: str | None, name: str | None, department: str | None
    ) -> list[KnownItem]:
        """Items of our own code, or of a name (in the department of a name or code)."""

        async def find() -> list[KnownItem]:
            return [KnownItem(*row) for row in await self.session.execute(statement)]

        statement = sa.select(ServiceItem.id, ServiceItem.name, ServiceItem.department_id)
        if code is not None:
            statement = statement.where(ServiceItem.code == code)
        if name is not None:
            statement = statement.where(ServiceItem.name == name)
        if department is not None:
            statement = statement.join(
                Department, Department.id == ServiceItem.department_id
            ).where(sa.or_(Department.name == department, Department.code == department))
        return await self._once(("item", code, name, department), find)

    async def window_numbered(self, number: str) -> UUID | None:
        async def find() -> UUID | None:
            return await self.session.scalar(sa.select(Window.id).where(Window.number == number))

        return await self._once(("window", number), find)

    async def subject_called(self, kind: SubjectKind, name: str, day: date) -> UUID | None:
        """An inspected office, guard or floor that was in the register on a day."""
        return await self.session.scalar(
            sa.select(InspectionSubject.id).where(
                InspectionSubject.kind == kind,
                InspectionSubject.name == name,
                InspectionSubject.starts_on <= day,
                sa.or_(InspectionSubject.ends_on.is_(None), InspectionSubject.ends_on >= day),
            )
        )

    async def staff_numbered(self, number: str) -> UUID | None:
        return await self.session.scalar(
            sa.select(StaffMember.id).where(StaffMember.staff_number == number)
        )
