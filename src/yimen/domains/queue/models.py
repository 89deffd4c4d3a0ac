"""Window groups, their tickets, and every step of a ticket with its time."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, new_id
from yimen.domains.queue.enums import StepKind, TicketPriority, TicketState


class QueueGroup(Base):
    """Windows that share a queue; its letter begins the numbers of its tickets."""

    __tablename__ = "queue_groups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    letter: Mapped[str] = mapped_column(unique=True)
    """For good: two groups of one letter would print the same number on one day."""
    priorities: Mapped[list[str]]
    """Who is called before others here."""
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class QueueGroupWindow(Base):
    """A window that serves a group; it may serve several."""

    __tablename__ = "queue_group_windows"

    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("queue_groups.id"), primary_key=True)
    window_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("windows.id"), primary_key=True, index=True
    )


class TicketSeries(Base):
    """The last number of a group's day, locked from its taking to the commit: hence gapless."""

    __tablename__ = "ticket_series"

    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("queue_groups.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Ticket(Base):
    """A place in the queue of a hall day; holds nothing personal."""

    __tablename__ = "tickets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    series_id: Mapped[UUID] = mapped_column(sa.ForeignKey("queue_groups.id"))
    """The group at which it was taken: its number is of that group's series."""
    day: Mapped[date]
    ordinal: Mapped[int]
    number: Mapped[str]
    code: Mapped[str]
    """Printed on the ticket; opens its status to whoever holds it."""
    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("queue_groups.id"))
    """Where it waits now, or waited last."""
    priority: Mapped[TicketPriority]
    appointment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("appointments.id"))
    for_window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    """The one window that may call it; none: any of the group."""
    state: Mapped[TicketState]
    taken_at: Mapped[datetime]
    ranked_at: Mapped[datetime]
    """By which it is called: when it was taken, less the head start of its priority."""
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    """Where it was called last."""
    handler_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    calls: Mapped[int]
    called_at: Mapped[datetime | None]
    """The last call, recalls included."""
    ended_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        sa.UniqueConstraint("series_id", "day", "ordinal"),
        sa.Index(
            "uq_tickets_in_hand",
            "handler_id",
            unique=True,
            postgresql_where=sa.text("state IN ('called', 'serving')"),
        ),
        sa.Index(
            "uq_tickets_appointment_id",
            "appointment_id",
            unique=True,
            postgresql_where=sa.text("state <> 'cancelled'"),
        ),
        sa.Index(
            "ix_tickets_waiting",
            "group_id",
            "ranked_at",
            "id",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "ix_tickets_finished",
            "group_id",
            "ended_at",
            postgresql_where=sa.text("state = 'finished'"),
        ),
        sa.Index("ix_tickets_window_id_called_at", "window_id", "called_at"),
        sa.Index("ix_tickets_day_number", "day", "number"),
        sa.CheckConstraint(
            "state NOT IN ('called', 'serving') OR (window_id IS NOT NULL"
            " AND handler_id IS NOT NULL AND called_at IS NOT NULL)",
            name="in_hand",
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('finished', 'cancelled', 'expired'))",
            name="ended",
        ),
    )


class TicketStep(Base):
    """One thing that happened to a ticket, and the state it was in from then on."""

    __tablename__ = "ticket_steps"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ticket_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tickets.id"))
    kind: Mapped[StepKind]
    state: Mapped[TicketState]
    at: Mapped[datetime]
    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("queue_groups.id"))
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"))
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    """Who did it; none for a machine and for the clock."""
    actor: Mapped[str]
    note: Mapped[str | None]

    __table_args__ = (sa.Index("ix_ticket_steps_ticket_id_id", "ticket_id", "id"),)


class TicketCase(Base):
    """A case that was taken in or moved on while a ticket was served."""

    __tablename__ = "ticket_cases"

    ticket_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tickets.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("cases.id"), primary_key=True, index=True)
    linked_at: Mapped[datetime]
