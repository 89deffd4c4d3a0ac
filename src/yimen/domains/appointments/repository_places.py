"""Every query on places: where an item is handled, what is taken, what the office has set."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from yimen.core.database import HotStatement, table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.appointments.enums import HOLDS_PLACE
from yimen.domains.appointments.models import (
    Appointment,
    AppointmentStaff,
    Capacity,
    Cooperation,
)
from yimen.domains.appointments.rules import Taken
from yimen.domains.appointments.schemas_places import CapacityQuery
from yimen.domains.catalog.enums import ItemStatus
from yimen.domains.catalog.models import ItemVersion, ItemWindow, ServiceItem
from yimen.domains.organisation.models import Department, StaffMember, Window


class WindowFacts(NamedTuple):
    """A window as booking needs it."""

    id: UUID
    number: str
    name: str
    department_id: UUID
    department_name: str
    opened_on: date
    closed_on: date | None

    def is_open_on(self, day: date) -> bool:
        return self.opened_on <= day and (self.closed_on is None or day <= self.closed_on)


class ItemFacts(NamedTuple):
    """An item in force as booking needs it."""

    id: UUID
    name: str
    department_id: UUID


class StaffFacts(NamedTuple):
    """Somebody who may be named to wait for an appointment."""

    id: UUID
    name: str
    left_on: date | None


class FreePlace(NamedTuple):
    """The lowest free places in a slot: of the window, and of a limited item."""

    place_no: int | None
    item_place_no: int | None


class CapacityRow(NamedTuple):
    """What the office has set, with its names."""

    capacity: Capacity
    window_number: str
    item_name: str | None


_HOLD = HotStatement(
    sa.text(
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))"
        " FROM unnest(:keys) WITH ORDINALITY AS named (key, n)"
    ).bindparams(sa.bindparam("keys", type_=sa.ARRAY(sa.Text())))
)

# The lowest free place is the first, or one right after a place that is taken.
_FREE_PLACE = HotStatement(
    sa.text(
        """
        WITH held AS MATERIALIZED (
            SELECT place_no, CASE WHEN item_id = :item_id THEN item_place_no END AS item_place_no
            FROM appointments
            WHERE window_id = :window_id AND starts_at < :ends_at AND ends_at > :starts_at
                AND state IN ('booked', 'checked_in', 'served')
        )
        SELECT
            (SELECT min(n) FROM (SELECT 1 UNION ALL SELECT place_no + 1 FROM held) AS next (n)
                WHERE n <= :places AND n NOT IN (SELECT place_no FROM held)),
            (SELECT min(n) FROM (SELECT 1 UNION ALL SELECT item_place_no + 1 FROM held) AS next (n)
                WHERE n <= :item_places AND n NOT IN (
                    SELECT item_place_no FROM held WHERE item_place_no IS NOT NULL
                ))
        """
    ).bindparams(
        sa.bindparam("window_id", type_=sa.Uuid()),
        sa.bindparam("item_id", type_=sa.Uuid()),
        sa.bindparam("starts_at", type_=sa.DateTime(timezone=True)),
        sa.bindparam("ends_at", type_=sa.DateTime(timezone=True)),
        sa.bindparam("places", type_=sa.Integer()),
        sa.bindparam("item_places", type_=sa.Integer()),
    )
)

_COUNT_AWAITED = HotStatement(
    sa.text(
        """
        SELECT count(*) FROM appointments
        WHERE state IN ('requested', 'booked') AND ends_at > :now
            AND (holder_phone_index = ANY(:phones) OR holder_id_number_index = ANY(:id_numbers))
        """
    ).bindparams(
        sa.bindparam("now", type_=sa.DateTime(timezone=True)),
        sa.bindparam("phones", type_=ARRAY(sa.LargeBinary())),
        sa.bindparam("id_numbers", type_=ARRAY(sa.LargeBinary())),
    )
)

_WINDOWS = sa.select(
    Window.id,
    Window.number,
    Window.name,
    Window.department_id,
    Department.name,
    Window.opened_on,
    Window.closed_on,
).join(Department, Department.id == Window.department_id)


class PlaceRepository(Repository):
    """Windows, their places, and what of them is taken."""

    async def item_at_windows(
        self, item_id: UUID
    ) -> tuple[ItemFacts | None, Sequence[WindowFacts]]:
        """An item in force and the windows that handle it, by number (MGMT 九)."""
        found = await self.session.execute(
            _WINDOWS.add_columns(ServiceItem.id, ServiceItem.name, ServiceItem.department_id)
            .join(ItemWindow, ItemWindow.window_id == Window.id)
            .join(ItemVersion, ItemVersion.id == ItemWindow.version_id)
            .join(
                ServiceItem,
                sa.and_(
                    ServiceItem.id == ItemVersion.item_id,
                    ServiceItem.current_version_no == ItemVersion.version_no,
                ),
            )
            .where(ServiceItem.id == item_id, ServiceItem.status == ItemStatus.IN_FORCE)
            .order_by(sa.func.length(Window.number), Window.number)
        )
        rows = found.all()
        if not rows:
            return None, []
        return ItemFacts(*rows[0][7:]), [WindowFacts(*row[:7]) for row in rows]

    async def items_at_windows(self, item_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
        """The windows that handle items in force."""
        found = await self.session.execute(
            sa.select(ServiceItem.id, ItemWindow.window_id)
            .join(
                ItemVersion,
                sa.and_(
                    ItemVersion.item_id == ServiceItem.id,
                    ItemVersion.version_no == ServiceItem.current_version_no,
                ),
            )
            .join(ItemWindow, ItemWindow.version_id == ItemVersion.id)
            .where(ServiceItem.id.in_(item_ids), ServiceItem.status == ItemStatus.IN_FORCE)
        )
        windows: dict[UUID, set[UUID]] = {}
        for item_id, window_id in found:
            windows.setdefault(item_id, set()).add(window_id)
        return windows

    async def windows(self, window_ids: Collection[UUID]) -> list[WindowFacts]:
        """Windows by number."""
        found = await self.session.execute(
            _WINDOWS.where(Window.id.in_(window_ids)).order_by(
                sa.func.length(Window.number), Window.number
            )
        )
        return [WindowFacts(*row) for row in found]

    async def hold(self, *keys: str) -> None:
        """Wait until nobody else is at these people and slots, and keep them to the end.

        People first, then the slot: always in this order, so that two cannot wait for each other.
        """
        await _HOLD.rows(self.session, {"keys": list(keys)})

    async def count_awaited(
        self, phones: Sequence[bytes], id_numbers: Sequence[bytes], now: datetime
    ) -> int:
        """How many appointments a person still has to come to, by the indexes of the numbers."""
        values = {"phones": phones, "id_numbers": id_numbers, "now": now}
        return int(await _COUNT_AWAITED.value(self.session, values))

    async def free_place(
        self,
        *,
        window_id: UUID,
        item_id: UUID,
        starts_at: datetime,
        ends_at: datetime,
        places: int,
        item_places: int | None,
    ) -> FreePlace:
        """The lowest free place of a slot; hold the slot first."""
        row = await _FREE_PLACE.row(
            self.session,
            {
                "window_id": window_id,
                "item_id": item_id,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "places": places,
                "item_places": item_places or 0,
            },
        )
        assert row is not None
        return FreePlace(*row)

    async def taken(
        self, window_ids: Collection[UUID], starts_at: datetime, ends_at: datetime
    ) -> list[Taken]:
        """What is taken of windows in a time, ordinary appointments only."""
        found = await self.session.execute(
            sa.select(
                Appointment.window_id,
                Appointment.item_id,
                Appointment.starts_at,
                Appointment.ends_at,
                sa.func.count(),
            )
            .where(
                Appointment.window_id.in_(window_ids),
                Appointment.state.in_(HOLDS_PLACE),
                Appointment.place_no > 0,
                Appointment.starts_at < ends_at,
                Appointment.ends_at > starts_at,
            )
            .group_by(
                Appointment.window_id,
                Appointment.item_id,
                Appointment.starts_at,
                Appointment.ends_at,
            )
        )
        return [Taken(*row) for row in found]

    # Who waits

    async def staff(self, staff_ids: Collection[UUID]) -> dict[UUID, StaffFacts]:
        """People by their id."""
        found = await self.session.execute(
            sa.select(StaffMember.id, StaffMember.name, StaffMember.left_on).where(
                StaffMember.id.in_(staff_ids)
            )
        )
        return {row[0]: StaffFacts(*row) for row in found}

    async def release_staff(self, appointment_id: UUID) -> None:
        """Nobody waits for an appointment any more."""
        await self.session.execute(
            sa.delete(AppointmentStaff).where(AppointmentStaff.appointment_id == appointment_id)
        )

    async def drop_colleague(self, appointment_id: UUID, window_id: UUID) -> None:
        """A window that has become an appointment's own is no longer its colleague."""
        await self.session.execute(
            sa.delete(Cooperation).where(
                Cooperation.appointment_id == appointment_id, Cooperation.window_id == window_id
            )
        )

    # What the office has set

    async def capacities(self, window_ids: Collection[UUID]) -> dict[tuple[UUID, UUID | None], int]:
        """Places set for windows, and for items at them, by window and item."""
        found = await self.session.execute(
            sa.select(Capacity.window_id, Capacity.item_id, Capacity.places).where(
                Capacity.window_id.in_(window_ids)
            )
        )
        return {(row[0], row[1]): row[2] for row in found}

    async def capacity(self, capacity_id: UUID, *, lock: bool = False) -> CapacityRow | None:
        """One setting with its names; to be changed when locked."""
        statement = _CAPACITIES.where(Capacity.id == capacity_id)
        if lock:
            statement = statement.with_for_update(of=Capacity)
        found = await self.session.execute(statement.execution_options(populate_existing=True))
        row = found.one_or_none()
        return None if row is None else CapacityRow(*row[1:])

    async def capacities_page(
        self, query: CapacityQuery
    ) -> tuple[list[CapacityRow], str | None, int | None]:
        """All settings, the oldest first."""
        statement = _CAPACITIES
        if query.window_id is not None:
            statement = statement.where(Capacity.window_id == query.window_id)
        oldest_first = SortKey((table_of(Capacity).c.id,), (UUID,))
        rows, cursor, total = await self.page(statement, query, oldest_first)
        return [CapacityRow(*row[1:]) for row in rows], cursor, total

    async def remove(self, capacity: Capacity) -> None:
        await self.session.delete(capacity)
        await self.session.flush()


_CAPACITIES = (
    sa.select(Capacity.id, Capacity, Window.number, ServiceItem.name)
    .join(Window, Window.id == Capacity.window_id)
    .outerjoin(ServiceItem, ServiceItem.id == Capacity.item_id)
)
