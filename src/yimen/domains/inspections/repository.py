"""Every query on inspections. Reads start at what the caller may see."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.inspections.access import sees_all
from yimen.domains.inspections.enums import EFFECTIVE, STANDING, FindingState, TableKind
from yimen.domains.inspections.models import (
    Finding,
    FindingResponsible,
    InspectionRound,
    InspectionSubject,
)
from yimen.domains.inspections.schemas import FindingQuery, RoundQuery
from yimen.domains.inspections.schemas_subjects import SubjectQuery
from yimen.domains.organisation.models import StaffMember, Window

Session: TypeAlias = AsyncSession
"""For the signatures of jobs and dependencies, which leave SQLAlchemy to this module."""

_Next = aliased(Finding)


class FindingRow(NamedTuple):
    """A finding with the names that are shown."""

    finding: Finding
    window_number: str | None
    subject_name: str | None
    replaced_by_id: UUID | None


class RoundRow(NamedTuple):
    """A round with how many findings stand in it."""

    round: InspectionRound
    finding_count: int


def _newest_first(table: type[Any]) -> SortKey:
    return SortKey((table_of(table).c.id,), (UUID,), descending=True)


def _hits(staff_id: UUID) -> ColumnElement[bool]:
    return Finding.id.in_(
        sa.select(FindingResponsible.finding_id).where(FindingResponsible.staff_id == staff_id)
    )


def _seen(caller: Caller) -> ColumnElement[bool]:
    """All for the office and the director; a chief the department's; a clerk the own ones, and
    what the own window's hygiene lacked.
    """
    if sees_all(caller):
        return sa.true()
    own = _hits(caller.staff_id) if caller.staff_id else sa.false()
    here = sa.and_(Finding.kind == TableKind.WINDOWS, Finding.window_id.in_(caller.window_ids))
    if caller.role is Role.CHIEF_REPRESENTATIVE and caller.department_id is not None:
        return sa.or_(own, here, Finding.department_id == caller.department_id)
    return sa.or_(own, here)


class InspectionRepository(Repository):
    """Rounds, findings and the register of who else is assessed."""

    # The register

    async def subject(self, subject_id: UUID) -> InspectionSubject | None:
        return await self.session.get(InspectionSubject, subject_id)

    async def lock_subject(self, subject_id: UUID) -> InspectionSubject | None:
        """An entry to be changed: nobody else changes it until the transaction ends."""
        found: InspectionSubject | None = await self.session.scalar(
            sa.select(InspectionSubject)
            .where(InspectionSubject.id == subject_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def subjects_page(
        self, query: SubjectQuery
    ) -> tuple[list[InspectionSubject], str | None, int | None]:
        statement = sa.select(InspectionSubject)
        if query.kind is not None:
            statement = statement.where(InspectionSubject.kind == query.kind)
        if query.on is not None:
            statement = statement.where(*_in_register(query.on, query.on))
        return await self.page(statement, query, SortKey((InspectionSubject.id,), (UUID,)))

    async def subjects_between(self, first: date, last: date) -> Sequence[InspectionSubject]:
        """Who is assessed on a day from first through last, by the time of entry."""
        found = await self.session.scalars(
            sa.select(InspectionSubject)
            .where(*_in_register(first, last))
            .order_by(InspectionSubject.id)
        )
        return found.all()

    async def last_finding_on(self, subject_id: UUID) -> date | None:
        """The last day on which something stands against an entry."""
        found: date | None = await self.session.scalar(
            sa.select(sa.func.max(Finding.found_on)).where(
                Finding.subject_id == subject_id, Finding.state.in_(STANDING)
            )
        )
        return found

    # Rounds

    def _rounds(self) -> Select[Any]:
        standing = (
            sa.select(sa.func.count())
            .where(Finding.round_id == InspectionRound.id, Finding.state.in_(STANDING))
            .scalar_subquery()
        )
        return sa.select(
            table_of(InspectionRound).c.id.label("id"),
            InspectionRound,
            standing.label("finding_count"),
        )

    async def round(self, round_id: UUID) -> RoundRow | None:
        found = await self.session.execute(
            self._rounds()
            .where(InspectionRound.id == round_id)
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else RoundRow(*row[1:])

    async def lock_round(self, round_id: UUID) -> InspectionRound | None:
        """A round to be added to: its lines are numbered one after another."""
        found: InspectionRound | None = await self.session.scalar(
            sa.select(InspectionRound)
            .where(InspectionRound.id == round_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def rounds_page(self, query: RoundQuery) -> tuple[list[RoundRow], str | None, int | None]:
        """Rounds, the newest first."""
        statement = self._rounds()
        if query.kind is not None:
            statement = statement.where(InspectionRound.kind == query.kind)
        if query.state is not None:
            statement = statement.where(InspectionRound.state == query.state)
        if query.first is not None:
            statement = statement.where(InspectionRound.inspected_on >= query.first)
        if query.last is not None:
            statement = statement.where(InspectionRound.inspected_on <= query.last)
        rows, cursor, total = await self.page(statement, query, _newest_first(InspectionRound))
        return [RoundRow(*row[1:]) for row in rows], cursor, total

    async def last_line(self, round_id: UUID) -> int:
        """The number of a round's last line; 0 without any. Lock the round first."""
        found: int | None = await self.session.scalar(
            sa.select(sa.func.max(Finding.line_no)).where(Finding.round_id == round_id)
        )
        return found or 0

    # Findings

    def _visible(self, caller: Caller) -> Select[Any]:
        return (
            sa.select(
                table_of(Finding).c.id.label("id"),
                Finding,
                Window.number.label("window_number"),
                InspectionSubject.name.label("subject_name"),
                _Next.id.label("replaced_by_id"),
            )
            .outerjoin(Window, Window.id == Finding.window_id)
            .outerjoin(InspectionSubject, InspectionSubject.id == Finding.subject_id)
            .outerjoin(_Next, _Next.replaces_id == Finding.id)
            .where(_seen(caller))
        )

    async def find(self, finding_id: UUID, caller: Caller) -> FindingRow | None:
        """A finding with its names, if the caller may see it."""
        found = await self.session.execute(
            self._visible(caller)
            .where(Finding.id == finding_id)
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else FindingRow(*row[1:])

    async def lock(self, finding_id: UUID, caller: Caller) -> Finding | None:
        """A finding to be changed: nobody else changes it until the transaction ends."""
        found: Finding | None = await self.session.scalar(
            sa.select(Finding)
            .where(Finding.id == finding_id, _seen(caller))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def of_ids(self, finding_ids: Collection[UUID], caller: Caller) -> list[FindingRow]:
        """Findings by their ids, in the order of their lines."""
        found = await self.session.execute(
            self._visible(caller)
            .where(Finding.id.in_(finding_ids))
            .order_by(Finding.round_id, Finding.line_no)
        )
        return [FindingRow(*row[1:]) for row in found]

    async def page_of(
        self, query: FindingQuery, caller: Caller
    ) -> tuple[list[FindingRow], str | None, int | None]:
        """Findings that the caller may see, the newest first."""
        conditions: list[ColumnElement[bool]] = [
            column == value
            for value, column in (
                (query.round_id, Finding.round_id),
                (query.kind, Finding.kind),
                (query.state, Finding.state),
                (query.window_id, Finding.window_id),
                (query.subject_id, Finding.subject_id),
                (query.row_code, Finding.row_code),
            )
            if value is not None
        ]
        if query.staff_id is not None:
            conditions.append(_hits(query.staff_id))
        if query.is_effective is not None:
            effective = Finding.state.in_(EFFECTIVE)
            conditions.append(effective if query.is_effective else sa.not_(effective))
        if query.first is not None:
            conditions.append(Finding.found_on >= query.first)
        if query.last is not None:
            conditions.append(Finding.found_on <= query.last)
        rows, cursor, total = await self.page(
            self._visible(caller).where(*conditions), query, _newest_first(Finding)
        )
        return [FindingRow(*row[1:]) for row in rows], cursor, total

    async def responsible(self, finding_ids: Collection[UUID]) -> dict[UUID, list[StaffMember]]:
        """Whom each finding hits, by staff number."""
        found = await self.session.execute(
            sa.select(FindingResponsible.finding_id, StaffMember)
            .join(StaffMember, StaffMember.id == FindingResponsible.staff_id)
            .where(FindingResponsible.finding_id.in_(finding_ids))
            .order_by(StaffMember.staff_number)
        )
        grouped: dict[UUID, list[StaffMember]] = {}
        for finding_id, staff_member in found:
            grouped.setdefault(finding_id, []).append(staff_member)
        return grouped

    async def add_responsible(self, pairs: Sequence[tuple[UUID, UUID]]) -> None:
        """Note whom findings hit, as (finding, staff member)."""
        if pairs:
            await self.session.execute(
                sa.insert(FindingResponsible),
                [{"finding_id": finding, "staff_id": staff} for finding, staff in pairs],
            )

    async def open_to_refusal(self, today: date, *, to_change: bool) -> Sequence[Finding]:
        """Findings that may still be objected to, the oldest first; locked to be changed."""
        statement = (
            sa.select(Finding)
            .where(Finding.state == FindingState.RECORDED, Finding.refusable_until >= today)
            .order_by(Finding.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).all()

    # Facts

    async def findings_between(self, first: date, last: date) -> Sequence[Finding]:
        """Every finding of the days from first through last, also what does not count."""
        found = await self.session.scalars(
            sa.select(Finding)
            .where(Finding.found_on.between(first, last))
            .order_by(Finding.found_on, Finding.id)
        )
        return found.all()

    async def responsible_between(self, first: date, last: date) -> dict[UUID, list[UUID]]:
        """Whom the findings of these days hit."""
        found = await self.session.execute(
            sa.select(FindingResponsible.finding_id, FindingResponsible.staff_id)
            .join(Finding, Finding.id == FindingResponsible.finding_id)
            .where(Finding.found_on.between(first, last))
            .order_by(FindingResponsible.staff_id)
        )
        grouped: dict[UUID, list[UUID]] = {}
        for finding_id, staff_id in found:
            grouped.setdefault(finding_id, []).append(staff_id)
        return grouped

    async def flush(self) -> None:
        """Write what has changed, so that a constraint speaks here."""
        await self.session.flush()


def _in_register(first: date, last: date) -> list[ColumnElement[bool]]:
    return [
        InspectionSubject.starts_on <= last,
        sa.or_(InspectionSubject.ends_on.is_(None), InspectionSubject.ends_on >= first),
    ]
