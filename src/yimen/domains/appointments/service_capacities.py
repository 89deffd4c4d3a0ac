"""How many places the office gives windows, and items at them."""

from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.appointments.access import may_set_capacity
from yimen.domains.appointments.models import Capacity
from yimen.domains.appointments.repository_places import CapacityRow
from yimen.domains.appointments.schemas_places import (
    CapacityCreate,
    CapacityLifted,
    CapacityPage,
    CapacityQuery,
    CapacityRead,
    CapacityUpdate,
)
from yimen.domains.appointments.service_slots import SlotService, WindowNotFound

SUBJECT = "appointment_capacity"


class CapacityNotFound(NotFound):
    code = "capacity_not_found"
    title = "没有这项号数设定，请刷新后再试。"


class CapacityAlreadySet(Conflict):
    code = "capacity_already_set"
    title = "该窗口（或该事项在该窗口）的号数已经设定，请在原设定上修改。"
    constraint = "uq_appointment_capacities_window_id_item_id"


class CapacityService:
    """The office's settings; where there is none, places follow the staff present."""

    def __init__(self, slots: SlotService) -> None:
        self.slots = slots
        self.desk = slots.desk
        self.places = slots.places

    async def list_page(self, query: CapacityQuery) -> CapacityPage:
        rows, cursor, total = await self.places.capacities_page(query)
        items = [self._present(row) for row in rows]
        return CapacityPage(items=items, next_cursor=cursor, total=total)

    async def read(self, capacity_id: UUID) -> CapacityRead:
        """One setting; raises CapacityNotFound."""
        return self._present(await self._find(capacity_id))

    async def set_places(self, wish: CapacityCreate) -> CapacityRead:
        """Raises WindowNotFound, ItemNotBookable, ItemNotAtThisWindow, CapacityAlreadySet."""
        if not await self.places.windows([wish.window_id]):
            raise WindowNotFound
        if wish.item_id is not None:
            await self.slots.where_handled(wish.item_id, wish.window_id)
        made = await self.places.add(
            Capacity(
                window_id=wish.window_id,
                item_id=wish.item_id,
                places=wish.places,
                note=wish.note,
                version=1,
            )
        )
        await self._tell(made, "set", old=None, new=_facts(made))
        return await self.read(made.id)

    async def change(self, capacity_id: UUID, wish: CapacityUpdate, *, seen: int) -> CapacityRead:
        """Another number of places; what is booked already stays booked."""
        capacity = await self._lock(capacity_id, seen)
        old = _facts(capacity)
        capacity.places, capacity.note = wish.places, wish.note
        capacity.version += 1
        await self.places.session.flush()
        await self._tell(capacity, "change", old=old, new=_facts(capacity))
        return await self.read(capacity_id)

    async def lift(self, capacity_id: UUID, *, seen: int) -> CapacityLifted:
        """Places follow the staff present again."""
        capacity = await self._lock(capacity_id, seen)
        await self.places.remove(capacity)
        await self._tell(capacity, "lift", old=_facts(capacity), new=None)
        return CapacityLifted(window_id=capacity.window_id, item_id=capacity.item_id)

    async def _find(self, capacity_id: UUID, *, lock: bool = False) -> CapacityRow:
        row = await self.places.capacity(capacity_id, lock=lock)
        if row is None:
            raise CapacityNotFound
        return row

    async def _lock(self, capacity_id: UUID, seen: int) -> Capacity:
        capacity = (await self._find(capacity_id, lock=True)).capacity
        require_version(capacity.version, seen)
        return capacity

    async def _tell(
        self,
        capacity: Capacity,
        act: str,
        *,
        old: dict[str, object] | None,
        new: dict[str, object] | None,
    ) -> None:
        await record_audit(
            self.places.session,
            caller=self.desk.caller,
            action=f"appointment_capacity.{act}",
            subject_type=SUBJECT,
            subject_id=capacity.id,
            old=old,
            new=new,
        )
        await publish_event(
            self.places.session,
            kind=f"appointment_capacity.{act}",
            subject_type=SUBJECT,
            subject_id=capacity.id,
            window_id=capacity.window_id,
            occurred_at=self.desk.now,
            facts=new or old or {},
        )

    def _present(self, row: CapacityRow) -> CapacityRead:
        capacity = row.capacity
        refusal = None if may_set_capacity(self.desk.caller) else Forbidden
        return CapacityRead(
            id=capacity.id,
            window_id=capacity.window_id,
            window_number=row.window_number,
            item_id=capacity.item_id,
            item_name=row.item_name,
            places=capacity.places,
            note=capacity.note,
            allowed_actions=[
                AllowedAction(
                    action=action,
                    allowed=refusal is None,
                    reason_code=refusal.code if refusal else None,
                    reason="号数由中心办公室设定。" if refusal else None,
                )
                for action in ("change", "lift")
            ],
            version=capacity.version,
        )


def _facts(capacity: Capacity) -> dict[str, object]:
    return {
        "window_id": str(capacity.window_id),
        "item_id": None if capacity.item_id is None else str(capacity.item_id),
        "places": capacity.places,
        "note": capacity.note,
    }
