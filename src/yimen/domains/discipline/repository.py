"""Every query of discipline. Reads of measures start at what the caller may see."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.discipline.access import sees_all
from yimen.domains.discipline.enums import (
    AppealState,
    MeasureKind,
    MeasureState,
    ProposalState,
)
from yimen.domains.discipline.models import Appeal, DisciplinaryMeasure, MeasureProposal
from yimen.domains.discipline.rules import LetGo
from yimen.domains.discipline.schemas import AppealQuery, LedgerQuery, MeasureQuery, ProposalQuery
from yimen.domains.organisation.models import Department, StaffMember, Window, WindowService
from yimen.domains.papers.models import Paper
from yimen.domains.rulebook.enums import Proof, Target

Session: TypeAlias = AsyncSession
Measure = DisciplinaryMeasure

COUNTS = sa.and_(Measure.state != MeasureState.REVOKED, Measure.review_since.is_(None))
"""In force, and what it rests on stands."""


class Names(NamedTuple):
    """What a thing of discipline is shown with."""

    staff_name: str | None
    window_number: str | None
    department_name: str | None


class MeasureRow(NamedTuple):
    measure: DisciplinaryMeasure
    names: Names
    appeal: Appeal | None


class ProposalRow(NamedTuple):
    proposal: MeasureProposal
    names: Names
    measure_id: UUID | None


class AppealRow(NamedTuple):
    appeal: Appeal
    measure: DisciplinaryMeasure
    names: Names


class DisciplineRepository(Repository):
    """Proposals are the office's and the director's; measures also theirs whom they concern."""

    def _seen(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        own = sa.or_(
            Measure.staff_id == caller.staff_id,
            sa.and_(Measure.target == Target.WINDOW, Measure.window_id.in_(caller.window_ids)),
        )
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            return sa.or_(own, Measure.department_id == caller.department_id)
        return own

    def _visible(self, caller: Caller) -> Select[Any]:
        return sa.select(Measure).where(self._seen(caller))

    # Measures

    @staticmethod
    def _named(statement: Select[Any], of: type[Measure] | type[MeasureProposal]) -> Select[Any]:
        return (
            statement.add_columns(StaffMember.name, Window.number, Department.name)
            .outerjoin(StaffMember, StaffMember.id == of.staff_id)
            .outerjoin(Window, Window.id == of.window_id)
            .outerjoin(Department, Department.id == of.department_id)
        )

    def _with_appeal(self, statement: Select[Any]) -> Select[Any]:
        named = self._named(statement, Measure)
        return named.add_columns(Appeal).outerjoin(Appeal, Appeal.measure_id == Measure.id)

    async def find(self, measure_id: UUID, caller: Caller) -> MeasureRow | None:
        statement = self._with_appeal(self._visible(caller).where(Measure.id == measure_id))
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else MeasureRow(row[0], Names(*row[1:4]), row[4])

    async def lock(self, measure_id: UUID, caller: Caller) -> Measure | None:
        """A measure to be acted on: nobody else changes it until the transaction ends."""
        found: Measure | None = await self.session.scalar(
            self._visible(caller)
            .where(Measure.id == measure_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def page_of(
        self, query: MeasureQuery, caller: Caller
    ) -> tuple[list[MeasureRow], str | None, int | None]:
        """Measures that the caller may see, the newest first."""
        conditions = _equal(
            (query.kind, Measure.kind),
            (query.state, Measure.state),
            (query.target, Measure.target),
            (query.staff_id, Measure.staff_id),
            (query.window_id, Measure.window_id),
            (query.department_id, Measure.department_id),
        )
        if query.year is not None:
            conditions.append(_in_year(Measure.decided_on, query.year))
        if query.is_under_review is not None:
            waits = sa.and_(Measure.review_since.is_not(None), Measure.revoked_at.is_(None))
            conditions.append(waits if query.is_under_review else sa.not_(waits))
        statement = self._with_appeal(
            sa.select(table_of(Measure).c.id.label("id"), Measure)
            .where(self._seen(caller))
            .where(*conditions)
        )
        newest_first = SortKey((table_of(Measure).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        shown = [MeasureRow(row[1], Names(*row[2:5]), row[5]) for row in rows]
        return shown, cursor, total

    async def ledger(self, query: LedgerQuery) -> list[MeasureRow]:
        """The year's measures in the order in which they were decided."""
        statement = self._with_appeal(
            sa.select(Measure).where(_in_year(Measure.decided_on, query.year))
        ).order_by(Measure.decided_on, Measure.measure_number)
        rows = await self.session.execute(statement)
        return [MeasureRow(row[0], Names(*row[1:4]), row[4]) for row in rows]

    async def of_person(self, staff_id: UUID, first: date, last: date) -> Sequence[Measure]:
        """Every measure against a person decided on these days, the earliest first."""
        statement = (
            sa.select(Measure)
            .where(Measure.staff_id == staff_id, Measure.decided_on.between(first, last))
            .order_by(Measure.decided_on, Measure.measure_number)
        )
        return (await self.session.scalars(statement)).all()

    async def of_window(self, window_id: UUID, first: date, last: date) -> Sequence[Measure]:
        """Those against a window, and all of everybody who got one while serving there."""
        between = Measure.decided_on.between(first, last)
        people = (
            sa.select(Measure.staff_id)
            .where(Measure.window_id == window_id, Measure.staff_id.is_not(None), between)
            .scalar_subquery()
        )
        statement = (
            sa.select(Measure)
            .where(
                sa.or_(Measure.window_id == window_id, Measure.staff_id.in_(people)),
                between,
            )
            .order_by(Measure.decided_on, Measure.measure_number)
        )
        return (await self.session.scalars(statement)).all()

    async def between(self, first: date, last: date) -> Sequence[Measure]:
        """Every measure decided on these days, the earliest first."""
        statement = (
            sa.select(Measure)
            .where(Measure.decided_on.between(first, last))
            .order_by(Measure.decided_on, Measure.measure_number)
        )
        return (await self.session.scalars(statement)).all()

    async def admonitions(
        self, first: date, last: date, staff_ids: Collection[UUID] | None = None
    ) -> Sequence[Measure]:
        """Admonitions of people that count, decided on these days."""
        statement = sa.select(Measure).where(
            Measure.kind == MeasureKind.ADMONITION,
            Measure.target == Target.PERSON,
            COUNTS,
            Measure.decided_on.between(first, last),
        )
        if staff_ids is not None:
            statement = statement.where(Measure.staff_id.in_(staff_ids))
        return (await self.session.scalars(statement)).all()

    async def of_proposal(self, proposal_id: UUID) -> Measure | None:
        """The measure that was decided on a proposal, to be put under review."""
        found: Measure | None = await self.session.scalar(
            sa.select(Measure).where(Measure.proposal_id == proposal_id).with_for_update()
        )
        return found

    # Proposals

    async def proposal(self, proposal_id: UUID) -> ProposalRow | None:
        statement = self._with_measure(
            sa.select(MeasureProposal).where(MeasureProposal.id == proposal_id)
        )
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else ProposalRow(row[0], Names(*row[1:4]), row[4])

    async def lock_proposal(self, proposal_id: UUID) -> MeasureProposal | None:
        found: MeasureProposal | None = await self.session.scalar(
            sa.select(MeasureProposal)
            .where(MeasureProposal.id == proposal_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    def _with_measure(self, statement: Select[Any]) -> Select[Any]:
        named = self._named(statement, MeasureProposal)
        return named.add_columns(Measure.id.label("measure_id")).outerjoin(
            Measure, Measure.proposal_id == MeasureProposal.id
        )

    async def proposals_page(
        self, query: ProposalQuery
    ) -> tuple[list[ProposalRow], str | None, int | None]:
        """What was proposed, the newest first; for the office and the director only."""
        conditions = _equal(
            (query.state, MeasureProposal.state),
            (query.measure, MeasureProposal.measure),
            (query.ground_code, MeasureProposal.ground_code),
            (query.staff_id, MeasureProposal.staff_id),
            (query.window_id, MeasureProposal.window_id),
            (query.department_id, MeasureProposal.department_id),
        )
        statement = self._with_measure(
            sa.select(table_of(MeasureProposal).c.id.label("id"), MeasureProposal).where(
                *conditions
            )
        )
        newest_first = SortKey((table_of(MeasureProposal).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        shown = [ProposalRow(row[1], Names(*row[2:5]), row[5]) for row in rows]
        return shown, cursor, total

    async def from_records(
        self,
        first: date,
        last: date,
        proofs: Collection[Proof],
        staff_ids: Collection[UUID] | None,
    ) -> Sequence[MeasureProposal]:
        """What the records have proposed of these days, locked to be walked again."""
        statement = sa.select(MeasureProposal).where(
            MeasureProposal.proof.in_(proofs), MeasureProposal.day.between(first, last)
        )
        if staff_ids is not None:
            statement = statement.where(MeasureProposal.staff_id.in_(staff_ids))
        locked = statement.order_by(MeasureProposal.id).with_for_update()
        return (await self.session.scalars(locked)).all()

    async def because_of(self, source: str) -> Sequence[MeasureProposal]:
        """What was proposed because of a measure itself: the responsible leader's part."""
        statement = (
            sa.select(MeasureProposal)
            .where(MeasureProposal.source == source, MeasureProposal.proof.is_(None))
            .with_for_update()
        )
        return (await self.session.scalars(statement)).all()

    async def let_go(self, first: date, last: date) -> set[LetGo]:
        """Facts of these days on which nothing follows: let go, or revoked with their measure."""
        statement = (
            sa.select(MeasureProposal.proof, MeasureProposal.source, MeasureProposal.staff_id)
            .outerjoin(Measure, Measure.proposal_id == MeasureProposal.id)
            .where(
                MeasureProposal.proof.is_not(None),
                MeasureProposal.day.between(first, last),
                sa.or_(
                    MeasureProposal.state == ProposalState.DROPPED,
                    Measure.state == MeasureState.REVOKED,
                ),
            )
        )
        return {
            LetGo(row[0], row[1], row[2])
            for row in await self.session.execute(statement)
            if row[0] is not None and row[1] is not None and row[2] is not None
        }

    async def place_of(self, staff_id: UUID, day: date) -> tuple[UUID | None, UUID | None]:
        """Department and window of a person on a day."""
        row = (
            await self.session.execute(
                sa.select(StaffMember.department_id, WindowService.window_id)
                .outerjoin(
                    WindowService,
                    sa.and_(
                        WindowService.staff_id == StaffMember.id,
                        WindowService.starts_on <= day,
                        sa.or_(WindowService.ends_on.is_(None), WindowService.ends_on >= day),
                    ),
                )
                .where(StaffMember.id == staff_id)
            )
        ).first()
        return (None, None) if row is None else (row[0], row[1])

    # Appeals

    async def appeal(self, appeal_id: UUID, caller: Caller) -> AppealRow | None:
        statement = self._with_measure_of_appeal(
            sa.select(Appeal).where(Appeal.id == appeal_id), caller
        )
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else AppealRow(row[0], row[1], Names(*row[2:]))

    def _with_measure_of_appeal(self, statement: Select[Any], caller: Caller) -> Select[Any]:
        joined = statement.add_columns(Measure).join(Measure, Measure.id == Appeal.measure_id)
        return self._named(joined, Measure).where(self._seen(caller))

    async def lock_appeal(self, appeal_id: UUID, caller: Caller) -> Appeal | None:
        seen = sa.select(Measure.id).where(self._seen(caller))
        found: Appeal | None = await self.session.scalar(
            sa.select(Appeal)
            .where(Appeal.id == appeal_id, Appeal.measure_id.in_(seen))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def appeals_page(
        self, query: AppealQuery, caller: Caller
    ) -> tuple[list[AppealRow], str | None, int | None]:
        """Appeals against measures that the caller may see, the newest first."""
        conditions = _equal((query.state, Appeal.state))
        statement = self._with_measure_of_appeal(
            sa.select(table_of(Appeal).c.id.label("id"), Appeal).where(*conditions), caller
        )
        newest_first = SortKey((table_of(Appeal).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        return [AppealRow(row[1], row[2], Names(*row[3:])) for row in rows], cursor, total

    async def undecided_appeals(
        self, *, to_change: bool
    ) -> Sequence[tuple[Appeal, DisciplinaryMeasure]]:
        """Appeals that wait for a decision, the oldest first; locked to be changed."""
        statement = (
            sa.select(Appeal, Measure)
            .join(Measure, Measure.id == Appeal.measure_id)
            .where(Appeal.state == AppealState.FILED)
            .order_by(Appeal.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update(of=Appeal)
        return [(row[0], row[1]) for row in await self.session.execute(statement)]

    async def open_to_appeal(self, now: datetime, *, to_change: bool) -> Sequence[Measure]:
        """Measures against which an appeal can still come; locked to be changed."""
        statement = (
            sa.select(Measure)
            .where(
                Measure.state == MeasureState.RECEIVED,
                Measure.appeal_due_at >= now,
                ~sa.exists().where(Appeal.measure_id == Measure.id),
            )
            .order_by(Measure.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).all()

    async def write_paper(self, values: Mapping[str, object]) -> None:
        """A document, in the transaction of the act that it proves."""
        await self.session.execute(sa.insert(table_of(Paper)), [dict(values)])

    async def begin_walk(self) -> None:
        """One walk at a time: the same fact must not be proposed twice."""
        await self.session.execute(sa.select(sa.func.pg_advisory_xact_lock(WALK_LOCK)))


WALK_LOCK = 0x6469_7363_6970_6C69
"""The advisory lock of whoever compares the records with the proposals."""


def _in_year(column: Any, year: int) -> ColumnElement[bool]:
    within: ColumnElement[bool] = column.between(date(year, 1, 1), date(year, 12, 31))
    return within


def _equal(*pairs: tuple[object | None, Any]) -> list[ColumnElement[bool]]:
    return [column == value for value, column in pairs if value is not None]
