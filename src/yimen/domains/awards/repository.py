"""Every query on awards. Reads start at what the caller may see."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.awards.access import sees_all
from yimen.domains.awards.enums import LineKind, NominationState, Outcome, RatingState
from yimen.domains.awards.models import RatingLine, StarNomination, YearRating
from yimen.domains.awards.schemas import LineQuery, NominationQuery
from yimen.domains.organisation.models import StaffMember, Window

Session: TypeAlias = AsyncSession


class NominationRow(NamedTuple):
    """A nomination with the names that are shown."""

    nomination: StarNomination
    window_number: str
    staff_name: str


class AwardRepository(Repository):
    """Lines: one's own once published; nominations: the own window's and department's."""

    def _seen(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        own = sa.or_(
            sa.and_(RatingLine.kind == LineKind.STAFF, RatingLine.subject_id == caller.staff_id),
            sa.and_(
                RatingLine.kind == LineKind.WINDOW, RatingLine.subject_id.in_(caller.window_ids)
            ),
        )
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            own = sa.or_(own, RatingLine.department_id == caller.department_id)
        published = sa.select(YearRating.year).where(YearRating.state == RatingState.PUBLISHED)
        return sa.and_(own, RatingLine.year.in_(published))

    # The year

    async def rating(self, year: int, *, for_change: bool = False) -> YearRating | None:
        """The rating of a year; locked, so that its places are given out one after another."""
        statement = sa.select(YearRating).where(YearRating.year == year)
        if for_change:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        found: YearRating | None = await self.session.scalar(statement)
        return found

    async def drafted_years(self) -> Sequence[int]:
        """The years that have a rating."""
        return (await self.session.scalars(sa.select(YearRating.year))).all()

    async def counts(self, year: int) -> tuple[int, int]:
        """How many lines a year has, and how many of them nobody has decided."""
        row = (
            await self.session.execute(
                sa.select(
                    sa.func.count(),
                    sa.func.count().filter(RatingLine.outcome.is_(None)),
                ).where(RatingLine.year == year)
            )
        ).one()
        return row[0], row[1]

    async def lines(self, year: int) -> Sequence[RatingLine]:
        """Every line of a year, to be compared with what is proposed now."""
        return (
            await self.session.scalars(
                sa.select(RatingLine).where(RatingLine.year == year).order_by(RatingLine.id)
            )
        ).all()

    async def line(self, line_id: UUID, caller: Caller) -> RatingLine | None:
        found: RatingLine | None = await self.session.scalar(
            sa.select(RatingLine).where(RatingLine.id == line_id, self._seen(caller))
        )
        return found

    async def lines_page(
        self, year: int, query: LineQuery, caller: Caller
    ) -> tuple[list[RatingLine], str | None, int | None]:
        """Lines of a year that the caller may see."""
        statement = sa.select(RatingLine).where(RatingLine.year == year, self._seen(caller))
        for value, column in (
            (query.kind, RatingLine.kind),
            (query.outcome, RatingLine.outcome),
            (query.department_id, RatingLine.department_id),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if query.is_decided is not None:
            decided = RatingLine.outcome.is_not(None)
            statement = statement.where(decided if query.is_decided else sa.not_(decided))
        by_id = SortKey((RatingLine.id,), (UUID,))
        return await self.page(statement, query, by_id)

    async def last_agencies(self, year: int) -> frozenset[UUID]:
        """The agencies that people decided were the last of a year."""
        return frozenset(
            await self.session.scalars(
                sa.select(RatingLine.subject_id).where(
                    RatingLine.year == year,
                    RatingLine.kind == LineKind.AGENCY,
                    RatingLine.outcome.in_([Outcome.CRITICISED, Outcome.REMOVED]),
                )
            )
        )

    async def awarded_windows(self, year: int) -> Sequence[RatingLine]:
        """Excellent and good windows of a published year."""
        statement = (
            sa.select(RatingLine)
            .join(YearRating, YearRating.year == RatingLine.year)
            .where(
                RatingLine.year == year,
                YearRating.state == RatingState.PUBLISHED,
                RatingLine.outcome.in_([Outcome.WINDOW_EXCELLENT, Outcome.WINDOW_GOOD]),
            )
            .order_by(RatingLine.outcome, RatingLine.number)
        )
        return (await self.session.scalars(statement)).all()

    # Stars

    def _seen_stars(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        own = StarNomination.window_id.in_(caller.window_ids)
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            return sa.or_(own, StarNomination.department_id == caller.department_id)
        return own

    @staticmethod
    def _with_names(statement: Select[Any]) -> Select[Any]:
        return (
            statement.add_columns(Window.number, StaffMember.name)
            .join(Window, Window.id == StarNomination.window_id)
            .join(StaffMember, StaffMember.id == StarNomination.staff_id)
        )

    async def nomination(self, nomination_id: UUID, caller: Caller) -> NominationRow | None:
        statement = self._with_names(
            sa.select(StarNomination).where(
                StarNomination.id == nomination_id, self._seen_stars(caller)
            )
        )
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else NominationRow(*row)

    async def lock_nomination(self, nomination_id: UUID, caller: Caller) -> StarNomination | None:
        found: StarNomination | None = await self.session.scalar(
            sa.select(StarNomination)
            .where(StarNomination.id == nomination_id, self._seen_stars(caller))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def nominations_page(
        self, query: NominationQuery, caller: Caller
    ) -> tuple[list[NominationRow], str | None, int | None]:
        """Nominations that the caller may see, the newest first."""
        statement = self._with_names(
            sa.select(table_of(StarNomination).c.id.label("id"), StarNomination).where(
                self._seen_stars(caller)
            )
        )
        for value, column in (
            (query.year, StarNomination.year),
            (query.quarter, StarNomination.quarter),
            (query.kind, StarNomination.kind),
            (query.state, StarNomination.state),
        ):
            if value is not None:
                statement = statement.where(column == value)
        newest_first = SortKey((table_of(StarNomination).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, newest_first)
        return [NominationRow(*row[1:]) for row in rows], cursor, total

    async def stars(self, year: int) -> list[NominationRow]:
        """Who was chosen in the quarters of a year, for everybody."""
        statement = self._with_names(
            sa.select(StarNomination).where(
                StarNomination.year == year, StarNomination.state == NominationState.CHOSEN
            )
        ).order_by(StarNomination.quarter, StarNomination.kind, Window.number)
        return [NominationRow(*row) for row in await self.session.execute(statement)]
