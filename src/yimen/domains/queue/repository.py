"""Every query on the queue. Tickets hold nothing personal: whoever is logged in sees them all."""

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
from yimen.domains.cases.models import Case
from yimen.domains.organisation.models import Window
from yimen.domains.queue.access import sees_all
from yimen.domains.queue.enums import IN_HAND, OPEN_STATES
from yimen.domains.queue.models import (
    QueueGroup,
    QueueGroupWindow,
    Ticket,
    TicketCase,
    TicketStep,
)
from yimen.domains.queue.repository_calls import (
    AHEAD,
    CALL_NEXT,
    FIND,
    GROUP,
    LOCK,
    LOCK_IN_HAND,
    MOVE,
    PACES,
    TAKE,
    TicketRow,
    given,
    read_row,
    shown,
)
from yimen.domains.queue.schemas import GroupQuery, TicketQuery

Session: TypeAlias = AsyncSession
"""For the signatures of jobs and dependencies, which leave SQLAlchemy to this module."""

_tickets = table_of(Ticket)
_NEWEST_FIRST = SortKey((_tickets.c.id,), (UUID,), descending=True)
_BY_LETTER = SortKey((table_of(QueueGroup).c.letter,), (str,))

_SUMMARY = """
    WITH steps AS (
        SELECT step.*, ticket.day,
            lead(step.at) OVER (PARTITION BY step.ticket_id ORDER BY step.at, step.id) AS until,
            row_number() OVER (
                PARTITION BY step.ticket_id, step.kind ORDER BY step.at, step.id
            ) AS nth
        FROM ticket_steps AS step JOIN tickets AS ticket ON ticket.id = step.ticket_id
        WHERE ticket.day BETWEEN :first AND :last
    ), acts AS (
        SELECT day, window_id,
            count(DISTINCT ticket_id) FILTER (WHERE kind = 'called') AS called,
            count(*) FILTER (WHERE kind = 'finished') AS finished,
            count(*) FILTER (WHERE kind = 'missed') AS missed,
            count(*) FILTER (WHERE kind = 'transferred') AS transferred
        FROM steps WHERE window_id = ANY(:window_ids) GROUP BY day, window_id
    ), first_calls AS (
        SELECT day, ticket_id, window_id, at FROM steps WHERE kind = 'called' AND nth = 1
    ), waits AS (
        SELECT call.day, call.window_id,
            avg(waited.seconds) AS mean_wait,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY waited.seconds) AS median_wait
        FROM first_calls AS call
        JOIN LATERAL (
            SELECT sum(extract(epoch FROM steps.until - steps.at)) AS seconds
            FROM steps
            WHERE steps.ticket_id = call.ticket_id AND steps.state = 'waiting'
                AND steps.until <= call.at
        ) AS waited ON true
        GROUP BY call.day, call.window_id
    ), services AS (
        SELECT day, window_id, avg(seconds) AS mean_service,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_service,
            count(*) AS served
        FROM (
            SELECT day, window_id, ticket_id, sum(extract(epoch FROM until - at)) AS seconds
            FROM steps WHERE state = 'serving' AND until IS NOT NULL
            GROUP BY day, window_id, ticket_id
        ) AS spells
        GROUP BY day, window_id
    )
    SELECT acts.day, acts.window_id, place.number AS window_number,
        acts.called, acts.finished, acts.missed, acts.transferred,
        coalesce(services.served, 0) AS served,
        CAST(round(waits.mean_wait) AS integer) AS mean_wait_seconds,
        CAST(round(waits.median_wait) AS integer) AS median_wait_seconds,
        CAST(round(services.mean_service) AS integer) AS mean_service_seconds,
        CAST(round(services.median_service) AS integer) AS median_service_seconds
    FROM acts
    JOIN windows AS place ON place.id = acts.window_id
    LEFT JOIN waits ON waits.day = acts.day AND waits.window_id = acts.window_id
    LEFT JOIN services ON services.day = acts.day AND services.window_id = acts.window_id
    WHERE acts.called > 0
    ORDER BY acts.day, place.number
"""
_SUMMARISE = sa.text(_SUMMARY).bindparams(
    sa.bindparam("first", type_=sa.Date()),
    sa.bindparam("last", type_=sa.Date()),
    sa.bindparam("window_ids", type_=sa.ARRAY(sa.Uuid())),
)


class GroupWindow(NamedTuple):
    """A window that serves a group."""

    group_id: UUID
    window_id: UUID
    number: str
    department_id: UUID


class TakingGroup(NamedTuple):
    """A group as a ticket of it is written, with its windows by their number."""

    id: UUID
    name: str
    letter: str
    priorities: list[str]
    is_closed: bool
    windows: list[GroupWindow]


class PaceRow(NamedTuple):
    """What was measured of a group lately."""

    group_id: UUID
    median_seconds: int | None
    rests_on: int
    windows: int


class StepRow(NamedTuple):
    """A step with the names that are shown."""

    step: TicketStep
    window_number: str | None


class WindowDay(NamedTuple):
    """What a window's tickets of a day come to; seconds."""

    day: date
    window_id: UUID
    window_number: str
    called: int
    finished: int
    missed: int
    transferred: int
    served: int
    mean_wait_seconds: int | None
    median_wait_seconds: int | None
    mean_service_seconds: int | None
    median_service_seconds: int | None


class QueueRepository(Repository):
    """Groups, tickets and their steps."""

    async def flush(self) -> None:
        """Write what was changed, so that a constraint speaks here."""
        await self.session.flush()

    # Groups

    async def group(self, group_id: UUID) -> QueueGroup | None:
        return await self.session.get(QueueGroup, group_id)

    async def group_to_take(self, group_id: UUID) -> TakingGroup | None:
        """A group with its windows, for whoever takes a number."""
        rows = await GROUP.rows(self.session, given(group_id=group_id))
        if not rows:
            return None
        first = rows[0]
        return TakingGroup(
            id=first["id"],
            name=first["name"],
            letter=first["letter"],
            priorities=first["priorities"],
            is_closed=first["closed_at"] is not None,
            windows=[
                GroupWindow(row["id"], row["window_id"], row["number"], row["department_id"])
                for row in rows
            ],
        )

    async def group_to_change(self, group_id: UUID) -> QueueGroup | None:
        """A group as it is now, held until the transaction ends."""
        return await self.session.get(
            QueueGroup, group_id, with_for_update=True, populate_existing=True
        )

    async def groups_page(
        self, query: GroupQuery
    ) -> tuple[list[QueueGroup], str | None, int | None]:
        """Groups by their letter."""
        statement = sa.select(QueueGroup)
        if query.is_closed is not None:
            closed = QueueGroup.closed_at.is_not(None)
            statement = statement.where(closed if query.is_closed else sa.not_(closed))
        if query.window_id is not None:
            statement = statement.where(
                QueueGroup.id.in_(
                    sa.select(QueueGroupWindow.group_id).where(
                        QueueGroupWindow.window_id == query.window_id
                    )
                )
            )
        return await self.page(statement, query, _BY_LETTER)

    async def open_groups(self) -> Sequence[QueueGroup]:
        """The groups at which tickets can be taken, by their letter."""
        found = await self.session.scalars(
            sa.select(QueueGroup).where(QueueGroup.closed_at.is_(None)).order_by(QueueGroup.letter)
        )
        return found.all()

    async def open_groups_at(self, window_id: UUID) -> Sequence[QueueGroup]:
        """The groups of a window at which tickets can be taken, by their letter."""
        found = await self.session.scalars(
            sa.select(QueueGroup)
            .join(QueueGroupWindow, QueueGroupWindow.group_id == QueueGroup.id)
            .where(QueueGroup.closed_at.is_(None), QueueGroupWindow.window_id == window_id)
            .order_by(QueueGroup.letter)
        )
        return found.all()

    async def group_windows(self, group_ids: Collection[UUID]) -> list[GroupWindow]:
        """The windows of groups, by their number."""
        found = await self.session.execute(
            sa.select(QueueGroupWindow.group_id, Window.id, Window.number, Window.department_id)
            .join(Window, Window.id == QueueGroupWindow.window_id)
            .where(QueueGroupWindow.group_id.in_(group_ids))
            .order_by(Window.number)
        )
        return [GroupWindow(*row) for row in found]

    async def set_windows(self, group_id: UUID, window_ids: Collection[UUID]) -> None:
        """Let these windows and no others serve a group."""
        await self.session.execute(
            sa.delete(QueueGroupWindow).where(QueueGroupWindow.group_id == group_id)
        )
        await self.session.execute(
            sa.insert(QueueGroupWindow),
            [{"group_id": group_id, "window_id": window_id} for window_id in window_ids],
        )

    async def windows_known(self, window_ids: Collection[UUID]) -> set[UUID]:
        """Which of these windows there are."""
        found = await self.session.scalars(sa.select(Window.id).where(Window.id.in_(window_ids)))
        return set(found)

    async def department_of_window(self, window_id: UUID) -> UUID | None:
        found: UUID | None = await self.session.scalar(
            sa.select(Window.department_id).where(Window.id == window_id)
        )
        return found

    async def paces(
        self, group_id: UUID | None, *, at_work_since: datetime, measured: int
    ) -> list[PaceRow]:
        """For one group, or for all: what was measured lately."""
        found = await PACES.rows(
            self.session,
            given(group_id=group_id, at_work_since=at_work_since, measured=measured),
        )
        return [PaceRow(*row) for row in found]

    async def waiting(self, day: date) -> dict[UUID, int]:
        """How many wait at each group; groups at which nobody does are left out."""
        found = await self.session.execute(
            sa.select(_tickets.c.group_id, sa.func.count())
            .where(_tickets.c.state == sa.literal_column("'waiting'"), _tickets.c.day == day)
            .group_by(_tickets.c.group_id)
        )
        return {row[0]: row[1] for row in found}

    # Tickets

    def _visible(self) -> Select[Any]:
        """Nothing of a ticket is personal, and all of it is called out in the hall."""
        return shown(_tickets)

    async def find(self, ticket_id: UUID) -> TicketRow | None:
        row = await FIND.row(self.session, given(ticket_id=ticket_id))
        return None if row is None else read_row(row)

    async def lock(self, ticket_id: UUID) -> TicketRow | None:
        """A ticket to be moved: nobody else moves it until the transaction ends."""
        row = await LOCK.row(self.session, given(ticket_id=ticket_id))
        return None if row is None else read_row(row)

    async def lock_in_hand(self, staff_id: UUID) -> TicketRow | None:
        """The ticket that somebody at a window is at, held likewise."""
        row = await LOCK_IN_HAND.row(self.session, given(staff_id=staff_id))
        return None if row is None else read_row(row)

    async def take(self, values: Mapping[str, object]) -> TicketRow:
        """Write a ticket with the next number of its group's day."""
        [row] = await TAKE.rows(self.session, given(**values))
        return read_row(row)

    async def call_next(self, values: Mapping[str, object]) -> TicketRow | None:
        """Call whose turn it is at a window; what another window is just calling is skipped."""
        row = await CALL_NEXT.row(self.session, given(**values))
        return None if row is None else read_row(row)

    async def move(self, values: Mapping[str, object]) -> TicketRow:
        """Write a ticket's move with its step, event and audit row."""
        [row] = await MOVE.rows(self.session, given(**values))
        return read_row(row)

    async def ahead_of(self, ticket: TicketRow) -> int:
        """How many wait at the group and are called before this one."""
        found: int = await AHEAD.value(
            self.session,
            given(
                group_id=ticket.group_id,
                day=ticket.day,
                ranked_at=ticket.ranked_at,
                ticket_id=ticket.id,
                for_window_id=ticket.for_window_id,
            ),
        )
        return found

    async def tickets_page(
        self, query: TicketQuery, today: date
    ) -> tuple[list[TicketRow], str | None, int | None]:
        """Tickets of a day, the newest first."""
        conditions: list[ColumnElement[bool]] = [_tickets.c.day == (query.day or today)]
        for value, column in (
            (query.group_id, _tickets.c.group_id),
            (query.window_id, _tickets.c.window_id),
            (query.state, _tickets.c.state),
            (query.number, _tickets.c.number),
        ):
            if value is not None:
                conditions.append(column == value)
        rows, cursor, total = await self.page(
            self._visible().where(*conditions), query, _NEWEST_FIRST
        )
        return [read_row(row._mapping) for row in rows], cursor, total

    async def called_last(self, day: date, window_id: UUID | None, limit: int) -> list[TicketRow]:
        """Who was called on a day and has not left the window, the last call first."""
        statement = (
            self._visible()
            .where(_tickets.c.day == day, _tickets.c.state.in_(IN_HAND))
            .order_by(_tickets.c.called_at.desc(), _tickets.c.id.desc())
            .limit(limit)
        )
        if window_id is not None:
            statement = statement.where(_tickets.c.window_id == window_id)
        return [read_row(row._mapping) for row in await self.session.execute(statement)]

    async def for_holder(self, day: date, number: str) -> TicketRow | None:
        """The ticket of a number that is called out on a day."""
        row = (
            await self.session.execute(
                self._visible().where(_tickets.c.day == day, _tickets.c.number == number)
            )
        ).one_or_none()
        return None if row is None else read_row(row._mapping)

    async def left_open(self, until: date, limit: int) -> list[TicketRow]:
        """Open tickets of days up to and with one, held; what others hold is left to them."""
        found = await self.session.execute(
            self._visible()
            .where(_tickets.c.day <= until, _tickets.c.state.in_(OPEN_STATES))
            .order_by(_tickets.c.day, _tickets.c.id)
            .limit(limit)
            .with_for_update(of=_tickets, skip_locked=True)
        )
        return [read_row(row._mapping) for row in found]

    async def steps(self, ticket_id: UUID) -> list[StepRow]:
        """What happened to a ticket, in order."""
        found = await self.session.execute(
            sa.select(TicketStep, Window.number)
            .outerjoin(Window, Window.id == TicketStep.window_id)
            .where(TicketStep.ticket_id == ticket_id)
            .order_by(TicketStep.at, TicketStep.id)
        )
        return [StepRow(*row) for row in found]

    async def cases_of(self, ticket_id: UUID) -> list[tuple[UUID, str]]:
        """The cases that were worked on while a ticket was served: ids and numbers."""
        found = await self.session.execute(
            sa.select(Case.id, Case.case_number)
            .join(TicketCase, TicketCase.case_id == Case.id)
            .where(TicketCase.ticket_id == ticket_id)
            .order_by(Case.case_number)
        )
        return [(row[0], row[1]) for row in found]

    async def has_case(self, ticket_id: UUID, case_id: UUID) -> bool:
        return await self.session.get(TicketCase, (ticket_id, case_id)) is not None

    async def windows_seen(self, caller: Caller) -> list[UUID]:
        """The windows whose figures somebody may see."""
        statement = sa.select(Window.id)
        if not sees_all(caller):
            own: ColumnElement[bool] = Window.id.in_(caller.window_ids)
            if caller.role is Role.CHIEF_REPRESENTATIVE:
                own = sa.or_(own, Window.department_id == caller.department_id)
            statement = statement.where(own)
        return list(await self.session.scalars(statement))

    async def summary(
        self, first: date, last: date, window_ids: Collection[UUID]
    ) -> list[WindowDay]:
        """What the tickets of these days come to, by window and day."""
        found = await self.session.execute(
            _SUMMARISE, {"first": first, "last": last, "window_ids": list(window_ids)}
        )
        return [WindowDay(*row) for row in found]
