"""The queue's hot statements, built once: taking a number, calling the next, moving a ticket.

Each writes the ticket, its step, its event and its audit row in one round trip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CTE, FromClause, Select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, insert

from yimen.core.audit import AuditEntry
from yimen.core.database import HotStatement, table_of
from yimen.core.outbox import OutboxEvent
from yimen.domains.organisation.models import StaffMember, Window
from yimen.domains.queue.enums import (
    StepKind,
    TicketPriority,
    TicketState,
)
from yimen.domains.queue.models import (
    QueueGroup,
    QueueGroupWindow,
    Ticket,
    TicketSeries,
    TicketStep,
)

_tickets = table_of(Ticket)
_steps = table_of(TicketStep)
_series = table_of(TicketSeries)
_groups = table_of(QueueGroup)
_group_windows = table_of(QueueGroupWindow)
_windows = table_of(Window)
_for_windows = _windows.alias("for_window")
_windows_at = _windows.alias("window_at")
_staff = table_of(StaffMember)
_events = table_of(OutboxEvent)
_audit = table_of(AuditEntry)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with the names that are shown and the places that access asks for."""

    id: UUID
    series_id: UUID
    day: date
    ordinal: int
    number: str
    code: str
    group_id: UUID
    priority: TicketPriority
    appointment_id: UUID | None
    for_window_id: UUID | None
    state: TicketState
    taken_at: datetime
    ranked_at: datetime
    window_id: UUID | None
    handler_id: UUID | None
    calls: int
    called_at: datetime | None
    ended_at: datetime | None
    version: int
    group_name: str
    window_number: str | None
    window_department_id: UUID | None
    for_window_number: str | None
    handler_name: str | None
    group_windows: tuple[tuple[UUID, UUID], ...]
    """The group's windows, each with its department."""


def shown(ticket: FromClause) -> Select[Any]:
    """Tickets, from the table or from a statement that changes them, as :class:`TicketRow`."""
    places = _group_windows.join(_windows)
    of_group = _group_windows.c.group_id == ticket.c.group_id
    # two lists of one order: a group's windows and their departments
    windows, departments = (
        sa.select(sa.func.array_agg(aggregate_order_by(column, _windows.c.number)))
        .select_from(places)
        .where(of_group)
        .scalar_subquery()
        for column in (_windows.c.id, _windows.c.department_id)
    )
    return sa.select(
        *ticket.c,
        _groups.c.name.label("group_name"),
        _windows_at.c.number.label("window_number"),
        _windows_at.c.department_id.label("window_department_id"),
        _for_windows.c.number.label("for_window_number"),
        _staff.c.name.label("handler_name"),
        windows.label("group_windows"),
        departments.label("group_departments"),
    ).select_from(
        ticket.join(_groups, _groups.c.id == ticket.c.group_id)
        .outerjoin(_windows_at, _windows_at.c.id == ticket.c.window_id)
        .outerjoin(_for_windows, _for_windows.c.id == ticket.c.for_window_id)
        .outerjoin(_staff, _staff.c.id == ticket.c.handler_id)
    )


def read_row(row: Mapping[str, Any]) -> TicketRow:
    """A row of :func:`shown`, by names: the driver's, or SQLAlchemy's mapping."""
    values = dict(row)
    windows, departments = values.pop("group_windows"), values.pop("group_departments")
    values["state"] = TicketState(values["state"])
    values["priority"] = TicketPriority(values["priority"])
    return TicketRow(**values, group_windows=tuple(zip(windows, departments, strict=True)))


_WAITING = sa.literal_column("'waiting'", sa.Text())
"""Written out, not bound: only so does a prepared statement use the index of what waits."""


_is_waiting = sa.cast(_tickets.c.state, sa.Text()) == _WAITING


def _document(**columns: Any) -> Any:
    """A JSON document of columns; its keys are written out, since they never change."""
    pairs: list[tuple[Any, Any]] = [
        (sa.literal_column(f"'{name}'"), column) for name, column in columns.items()
    ]
    return sa.func.jsonb_build_object(*(one for pair in pairs for one in pair), type_=JSONB())


def _bind(name: str, kind: Any) -> sa.BindParameter[Any]:
    # not by the column's own name: an UPDATE would take that for a wish to set the column
    return sa.bindparam(f"given_{name}", type_=kind)


def given(**values: object) -> dict[str, object]:
    """The values of a statement's parameters, by the names they go by here."""
    return {f"given_{name}": value for name, value in values.items()}


_now = _bind("now", sa.DateTime(timezone=True))
_staff_id = _bind("staff_id", sa.Uuid())
_window_id = _bind("window_id", sa.Uuid())
_day = _bind("day", sa.Date())


def _telling(ticket: CTE, *, step: Any, old: Any) -> list[CTE]:
    """What goes with a change: its step, its event, its audit row."""
    stepped = (
        sa.insert(_steps)
        .from_select(
            [
                "id", "ticket_id", "kind", "state", "at",
                "group_id", "window_id", "staff_id", "actor", "note",
            ],
            sa.select(
                _bind("step_id", sa.Uuid()), ticket.c.id, step, ticket.c.state, _now,
                ticket.c.group_id, ticket.c.window_id, _staff_id,
                _bind("actor_name", sa.Text()), _bind("note", sa.Text()),
            ),
        )
        .cte("stepped")
    )  # fmt: skip
    facts = _document(
        number=ticket.c.number,
        group_id=ticket.c.group_id,
        group_name=_groups.c.name,
        state=ticket.c.state,
        priority=ticket.c.priority,
        window_number=_windows_at.c.number,
        calls=ticket.c.calls,
        version=ticket.c.version,
    )
    told = (
        sa.insert(_events)
        .from_select(
            [
                "kind", "subject_type", "subject_id",
                "department_id", "window_id", "facts", "occurred_at",
            ],
            sa.select(
                sa.literal("ticket.", sa.Text()).concat(sa.cast(step, sa.Text())),
                sa.literal("ticket", sa.Text()),
                sa.cast(ticket.c.id, sa.Text()),
                _windows_at.c.department_id,
                sa.func.coalesce(ticket.c.window_id, ticket.c.for_window_id),
                facts,
                _now,
            ).select_from(
                ticket.join(_groups, _groups.c.id == ticket.c.group_id).outerjoin(
                    _windows_at,
                    _windows_at.c.id
                    == sa.func.coalesce(ticket.c.window_id, ticket.c.for_window_id),
                )
            ),
        )
        .cte("told")
    )  # fmt: skip
    audited = (
        sa.insert(_audit)
        .from_select(
            [
                "account_id", "actor", "action", "subject_type",
                "subject_id", "old", "new", "request_id",
            ],
            sa.select(
                _bind("account_id", sa.Uuid()),
                _bind("actor", sa.Text()),
                sa.literal("tickets.", sa.Text()).concat(sa.cast(step, sa.Text())),
                sa.literal("ticket", sa.Text()),
                sa.cast(ticket.c.id, sa.Text()),
                old,
                _document(
                    state=ticket.c.state,
                    group_id=ticket.c.group_id,
                    window_id=ticket.c.window_id,
                    handler_id=ticket.c.handler_id,
                    version=ticket.c.version,
                ),
                _bind("request_id", sa.Text()),
            ),
        )
        .cte("audited")
    )  # fmt: skip
    return [stepped, told, audited]


def _take() -> Select[Any]:
    counted = (
        insert(_series)
        .values(group_id=_bind("group_id", sa.Uuid()), day=_day, last=1)
        .on_conflict_do_update(
            index_elements=["group_id", "day"], set_={"last": _series.c.last + 1}
        )
        .returning(_series.c.last)
        .cte("counted")
    )
    digits = sa.cast(counted.c.last, sa.Text())
    number = _bind("letter", sa.Text()).concat(
        sa.func.lpad(digits, sa.func.greatest(3, sa.func.length(digits)), "0")
    )
    group_id = _bind("group_id", sa.Uuid())
    taken = (
        sa.insert(_tickets)
        .from_select(
            [
                "id", "series_id", "day", "ordinal", "number", "code", "group_id", "priority",
                "appointment_id", "for_window_id", "state", "taken_at", "ranked_at", "calls",
                "version",
            ],
            sa.select(
                _bind("ticket_id", sa.Uuid()), group_id, _day, counted.c.last, number,
                _bind("code", sa.Text()), group_id, _bind("priority", sa.Text()),
                _bind("appointment_id", sa.Uuid()), _bind("for_window_id", sa.Uuid()),
                sa.literal(TicketState.WAITING.value, sa.Text()), _now,
                _bind("ranked_at", sa.DateTime(timezone=True)), sa.literal(0), sa.literal(1),
            ),
        )
        .returning(*_tickets.c)
        .cte("taken")
    )  # fmt: skip
    nothing = sa.cast(sa.null(), JSONB())
    step = _bind("step", sa.Text())
    return shown(taken).add_cte(*_telling(taken, step=step, old=nothing))


def _call_next() -> Select[Any]:
    chosen = (
        sa.select(_tickets.c.id)
        .where(
            _is_waiting,
            _tickets.c.day == _day,
            _tickets.c.group_id.in_(
                sa.select(_group_windows.c.group_id).where(_group_windows.c.window_id == _window_id)
            ),
            sa.or_(
                _bind("only_group_id", sa.Uuid()).is_(None),
                _tickets.c.group_id == _bind("only_group_id", sa.Uuid()),
            ),
            sa.or_(_tickets.c.for_window_id.is_(None), _tickets.c.for_window_id == _window_id),
        )
        .order_by(_tickets.c.ranked_at, _tickets.c.id)
        .limit(1)
        .with_for_update(of=_tickets, skip_locked=True)
        .cte("chosen")
    )
    called = (
        sa.update(_tickets)
        .where(_tickets.c.id == chosen.c.id)
        .values(
            state=sa.literal_column("'called'"),
            window_id=_window_id,
            handler_id=_staff_id,
            calls=_tickets.c.calls + 1,
            called_at=_now,
            version=_tickets.c.version + 1,
        )
        .returning(*_tickets.c)
        .cte("called")
    )
    was = _document(state=_WAITING)
    step = sa.literal(StepKind.CALLED.value, sa.Text())
    return shown(called).add_cte(*_telling(called, step=step, old=was))


def _move() -> Select[Any]:
    moved = (
        sa.update(_tickets)
        .where(_tickets.c.id == _bind("ticket_id", sa.Uuid()))
        .values(
            state=_bind("state", sa.Text()),
            group_id=_bind("group_id", sa.Uuid()),
            for_window_id=_bind("for_window_id", sa.Uuid()),
            window_id=_window_id,
            handler_id=_bind("handler_id", sa.Uuid()),
            ranked_at=_bind("ranked_at", sa.DateTime(timezone=True)),
            calls=_bind("calls", sa.Integer()),
            called_at=_bind("called_at", sa.DateTime(timezone=True)),
            ended_at=_bind("ended_at", sa.DateTime(timezone=True)),
            version=_tickets.c.version + 1,
        )
        .returning(*_tickets.c)
        .cte("moved")
    )
    was = _document(state=_bind("old_state", sa.Text()))
    step = _bind("step", sa.Text())
    return shown(moved).add_cte(*_telling(moved, step=step, old=was))


TAKE = HotStatement(_take())
CALL_NEXT = HotStatement(_call_next())
MOVE = HotStatement(_move())

GROUP = HotStatement(
    sa.select(
        _groups.c.id,
        _groups.c.name,
        _groups.c.letter,
        _groups.c.priorities,
        _groups.c.closed_at,
        _windows.c.id.label("window_id"),
        _windows.c.number,
        _windows.c.department_id,
    )
    .select_from(_groups.join(_group_windows).join(_windows))
    .where(_groups.c.id == _bind("group_id", sa.Uuid()))
    .order_by(_windows.c.number)
)
"""A group, a row for each of its windows: it has at least one."""

_find = shown(_tickets).where(_tickets.c.id == _bind("ticket_id", sa.Uuid()))
FIND = HotStatement(_find)
LOCK = HotStatement(_find.with_for_update(of=_tickets))
LOCK_IN_HAND = HotStatement(
    shown(_tickets)
    .where(
        _tickets.c.handler_id == _staff_id,
        sa.literal_column("tickets.state IN ('called', 'serving')", sa.Boolean()),
    )
    .with_for_update(of=_tickets)
)

_paces = sa.text(
    """
    SELECT groups.id AS group_id, measured.median_seconds, measured.rests_on,
        (
            SELECT count(DISTINCT ticket.window_id)
            FROM queue_group_windows AS place
            JOIN tickets AS ticket ON ticket.window_id = place.window_id
            WHERE place.group_id = groups.id AND ticket.called_at > :given_at_work_since
        ) AS windows
    FROM queue_groups AS groups
    CROSS JOIN LATERAL (
        SELECT CAST(round(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)) AS integer)
                AS median_seconds,
            count(*) AS rests_on
        FROM (
            SELECT (
                SELECT sum(extract(epoch FROM spell.until - spell.at))
                FROM (
                    SELECT step.state, step.at,
                        lead(step.at) OVER (ORDER BY step.at, step.id) AS until
                    FROM ticket_steps AS step WHERE step.ticket_id = ticket.id
                ) AS spell
                WHERE spell.state = 'serving'
            ) AS seconds
            FROM tickets AS ticket
            WHERE ticket.group_id = groups.id AND ticket.state = 'finished'
            ORDER BY ticket.ended_at DESC LIMIT :given_measured
        ) AS recent
    ) AS measured
    WHERE :given_group_id IS NULL OR groups.id = :given_group_id
    """
).bindparams(
    _bind("group_id", sa.Uuid()),
    _bind("at_work_since", sa.DateTime(timezone=True)),
    _bind("measured", sa.Integer()),
)
PACES = HotStatement(_paces)
"""For one group or for all: how long services took lately, and windows at work."""

AHEAD = HotStatement(
    sa.select(sa.func.count())
    .select_from(_tickets)
    .where(
        _tickets.c.group_id == _bind("group_id", sa.Uuid()),
        _is_waiting,
        _tickets.c.day == _day,
        sa.tuple_(_tickets.c.ranked_at, _tickets.c.id)
        < sa.tuple_(_bind("ranked_at", sa.DateTime(timezone=True)), _bind("ticket_id", sa.Uuid())),
        sa.or_(
            _bind("for_window_id", sa.Uuid()).is_(None),
            _tickets.c.for_window_id.is_(None),
            _tickets.c.for_window_id == _bind("for_window_id", sa.Uuid()),
        ),
    )
)
