"""Every query on ratings. Reads start at what the caller may see."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.clock import start_of_day
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.organisation.models import Department, StaffMember, Window
from yimen.domains.ratings.access import sees_all
from yimen.domains.ratings.enums import AWAITED, BAD_LEVELS, Finding, RatingLevel
from yimen.domains.ratings.models import Rating
from yimen.domains.ratings.schemas import RatingQuery

Session = AsyncSession


class RatingRow(NamedTuple):
    """A rating with the names that are shown."""

    rating: Rating
    department_name: str
    window_number: str
    handler_name: str


class BadRatingFact(NamedTuple):
    """A bad rating that the office found true, for whoever judges it."""

    rating_id: UUID
    case_number: str
    department_id: UUID
    window_id: UUID
    handler_id: UUID
    level: RatingLevel
    rated_at: datetime
    confirmed_at: datetime | None


def _within(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(Rating.rated_at >= start_of_day(first))
    if last is not None:
        found.append(Rating.rated_at < start_of_day(last + timedelta(days=1)))
    return found


class RatingRepository(Repository):
    """Ratings: all for office and director, else those of the own department or windows."""

    def _seen(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            return sa.or_(
                Rating.department_id == caller.department_id,
                Rating.window_id.in_(caller.window_ids),
            )
        return Rating.window_id.in_(caller.window_ids)

    def _visible(self, caller: Caller) -> Select[Any]:
        return sa.select(Rating).where(self._seen(caller))

    @staticmethod
    def _with_names(statement: Select[Any]) -> Select[Any]:
        return (
            statement.add_columns(
                Department.name.label("department_name"),
                Window.number.label("window_number"),
                StaffMember.name.label("handler_name"),
            )
            .join(Department, Department.id == Rating.department_id)
            .join(Window, Window.id == Rating.window_id)
            .join(StaffMember, StaffMember.id == Rating.handler_id)
        )

    async def find(self, rating_id: UUID, caller: Caller) -> RatingRow | None:
        statement = self._with_names(self._visible(caller).where(Rating.id == rating_id))
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else RatingRow(*row)

    async def lock(self, rating_id: UUID, caller: Caller) -> Rating | None:
        """A rating to be followed up: nobody else changes it until the transaction ends."""
        found: Rating | None = await self.session.scalar(
            self._visible(caller)
            .where(Rating.id == rating_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def of_case(self, case_id: UUID) -> Rating | None:
        """The rating of a case, for whoever may see the case or holds its code."""
        found: Rating | None = await self.session.scalar(
            sa.select(Rating).where(Rating.case_id == case_id)
        )
        return found

    async def awaiting_answer(self, *, to_change: bool) -> Sequence[Rating]:
        """Bad ratings that are not closed yet, the oldest first; locked to be changed."""
        statement = (
            sa.select(Rating)
            .where(Rating.follow_up.in_(AWAITED))
            .order_by(Rating.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).all()

    async def page_of(
        self, query: RatingQuery, caller: Caller, now: datetime
    ) -> tuple[list[RatingRow], str | None, int | None]:
        """Ratings that the caller may see, the newest first."""
        overdue = sa.and_(Rating.follow_up.in_(AWAITED), Rating.due_at < now)
        conditions = _within(query.first, query.last)
        for value, column in (
            (query.level, Rating.level),
            (query.follow_up, Rating.follow_up),
            (query.finding, Rating.finding),
            (query.department_id, Rating.department_id),
            (query.window_id, Rating.window_id),
            (query.handler_id, Rating.handler_id),
        ):
            if value is not None:
                conditions.append(column == value)
        if query.is_bad is not None:
            is_bad = Rating.level.in_(BAD_LEVELS)
            conditions.append(is_bad if query.is_bad else sa.not_(is_bad))
        if query.is_overdue is not None:
            conditions.append(overdue if query.is_overdue else overdue.is_not(True))
        statement = self._with_names(
            sa.select(table_of(Rating).c.id.label("id"), Rating)
            .where(self._seen(caller))
            .where(*conditions)
        )
        newest_first = SortKey((table_of(Rating).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        return [RatingRow(*row[1:]) for row in rows], cursor, total

    async def counts(
        self, first: date, last: date, caller: Caller, department_id: UUID | None
    ) -> dict[RatingLevel, int]:
        """How often each level was given on these days, as far as the caller sees."""
        statement = (
            sa.select(Rating.level, sa.func.count())
            .where(self._seen(caller), *_within(first, last))
            .group_by(Rating.level)
        )
        if department_id is not None:
            statement = statement.where(Rating.department_id == department_id)
        return {row[0]: row[1] for row in await self.session.execute(statement)}

    async def confirmed_bad(self, first: date, last: date) -> Sequence[BadRatingFact]:
        """Bad ratings given on these days that were found true, the earliest first."""
        statement = (
            sa.select(
                Rating.id,
                Rating.case_number,
                Rating.department_id,
                Rating.window_id,
                Rating.handler_id,
                Rating.level,
                Rating.rated_at,
                Rating.closed_at,
            )
            .where(Rating.finding == Finding.CONFIRMED, *_within(first, last))
            .order_by(Rating.rated_at, Rating.id)
        )
        return [BadRatingFact(*row) for row in await self.session.execute(statement)]
