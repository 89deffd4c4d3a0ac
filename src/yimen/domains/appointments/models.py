"""The tables of appointments: bookings and their course, who serves, whose help is needed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.database import Base, JsonObject, Sealed, blind_index_of, new_id
from yimen.domains.appointments.enums import (
    AppointmentEventKind,
    AppointmentKind,
    AppointmentState,
    Channel,
)

HOLDING_STATES = "state IN ('booked', 'checked_in', 'served')"
_TIME = "tstzrange(starts_at, ends_at)"


class Appointment(Base):
    """One visit that was booked, or asked for, at a window.

    A place of a window is taken by one appointment at a time: the database says so. Ordinary ones
    take the places 1, 2, … of their slot; place 0 is the window's one special at a time.
    """

    __tablename__ = "appointments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    appointment_number: Mapped[str] = mapped_column(unique=True)
    lookup_code: Mapped[str]
    kind: Mapped[AppointmentKind]
    channel: Mapped[Channel]
    state: Mapped[AppointmentState]
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("service_items.id"))
    item_name: Mapped[str]
    """As it was called when booked."""
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    department_id: Mapped[UUID] = mapped_column(sa.ForeignKey("departments.id"))
    """Whose item it is."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place_no: Mapped[int]
    item_place_no: Mapped[int | None]
    """Its place among those of its item, where the office has limited the item."""
    holder_name: Mapped[str]
    holder_phone: Mapped[Sealed]
    holder_phone_index: Mapped[bytes] = blind_index_of("holder_phone", "phone")
    holder_id_number: Mapped[Sealed | None]
    holder_id_number_index: Mapped[bytes | None] = blind_index_of("holder_id_number", "id_number")
    note: Mapped[str | None]
    """What the holder says; of a special one, why it cannot wait."""
    booked_at: Mapped[datetime]
    booked_by_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    closing_note: Mapped[str | None]
    """Why it was cancelled or refused."""
    checked_in_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint("(kind = 'special') = (place_no = 0) AND place_no >= 0", name="place"),
        ExcludeConstraint(
            (sa.text("uuidrange(window_id, window_id, '[]')"), "&&"),
            (sa.text("int4range(place_no, place_no, '[]')"), "&&"),
            (sa.text(_TIME), "&&"),
            using="gist",
            name="ex_appointments_place",
            where=sa.text(HOLDING_STATES),
        ),
        ExcludeConstraint(
            (sa.text("uuidrange(window_id, window_id, '[]')"), "&&"),
            (sa.text("uuidrange(item_id, item_id, '[]')"), "&&"),
            (sa.text("int4range(item_place_no, item_place_no, '[]')"), "&&"),
            (sa.text(_TIME), "&&"),
            using="gist",
            name="ex_appointments_item_place",
            where=sa.text(f"item_place_no IS NOT NULL AND {HOLDING_STATES}"),
        ),
        sa.Index("ix_appointments_window_id_starts_at", "window_id", "starts_at"),
        sa.Index("ix_appointments_department_id_starts_at", "department_id", "starts_at"),
        sa.Index("ix_appointments_starts_at_id", "starts_at", "id"),
        sa.Index(
            "ix_appointments_holder_phone_index",
            "holder_phone_index",
            postgresql_where=sa.text("state IN ('requested', 'booked')"),
        ),
        sa.Index(
            "ix_appointments_holder_id_number_index",
            "holder_id_number_index",
            postgresql_where=sa.text(
                "holder_id_number_index IS NOT NULL AND state IN ('requested', 'booked')"
            ),
        ),
        sa.Index(
            "ix_appointments_awaited_ends_at",
            "ends_at",
            postgresql_where=sa.text("state IN ('requested', 'booked')"),
        ),
    )


class AppointmentEvent(Base):
    """What happened to an appointment, when, by whom, under which article; never changed."""

    __tablename__ = "appointment_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    appointment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appointments.id"))
    kind: Mapped[AppointmentEventKind]
    occurred_at: Mapped[datetime]
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("accounts.id"))
    actor_name: Mapped[str]
    article: Mapped[str]
    note: Mapped[str | None]
    facts: Mapped[JsonObject]

    __table_args__ = (sa.Index("ix_appointment_events_appointment_id_id", "appointment_id", "id"),)


class AppointmentStaff(Base):
    """Who was named to wait for an appointment; nobody waits for two at once (APPOINT 三, 四)."""

    __tablename__ = "appointment_staff"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    appointment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appointments.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_members.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    __table_args__ = (
        ExcludeConstraint(
            (sa.text("uuidrange(staff_id, staff_id, '[]')"), "&&"),
            (sa.text(_TIME), "&&"),
            using="gist",
            name="ex_appointment_staff_overlap",
        ),
    )


class Cooperation(Base):
    """Another window whose help an appointment needs (APPOINT 四)."""

    __tablename__ = "appointment_cooperations"

    appointment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appointments.id"), primary_key=True)
    window_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("windows.id"), primary_key=True, index=True
    )
    matter: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_name: Mapped[str]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_name: Mapped[str | None]
    told_at: Mapped[datetime]
    """When the window was last told: asked, or reminded."""
    reminders: Mapped[int]

    __table_args__ = (
        sa.Index(
            "ix_appointment_cooperations_told_at",
            "told_at",
            postgresql_where=sa.text("acknowledged_at IS NULL"),
        ),
    )


class Capacity(Base):
    """How many places the office gives a window in each slot, or one item at it."""

    __tablename__ = "appointment_capacities"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    window_id: Mapped[UUID] = mapped_column(sa.ForeignKey("windows.id"))
    item_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("service_items.id"))
    places: Mapped[int]
    note: Mapped[str | None]
    version: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("places >= 0", name="places"),
        sa.Index(
            "uq_appointment_capacities_window_id_item_id",
            "window_id",
            "item_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
