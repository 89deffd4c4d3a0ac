"""Items that tests start from: plain functions over the catalogue's own way of putting in force."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories import Hall

from yimen.core.clock import HALL_ZONE
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.enums import (
    CaseKind,
    Category,
    OriginalHandling,
    TaskType,
    VersionOrigin,
)
from yimen.domains.catalog.rules import Charge, ItemContent, Material, content_to_json
from yimen.domains.catalog.service import ItemEntry, PutInForce

ITEMS_SINCE = datetime(2018, 11, 1, 11, 0, tzinfo=HALL_ZONE)
"""When the items of the tests came into force."""

APPLICATION = Material(
    key="m1",
    name="申请书",
    copies=1,
    pages=2,
    is_principal=True,
    is_required=True,
    original=OriginalHandling.KEPT,
)
IDENTITY = Material(
    key="m2",
    name="身份证明",
    copies=1,
    pages=None,
    is_principal=False,
    is_required=True,
    original=OriginalHandling.SHOWN,
)
FLOOR_PLAN = Material(
    key="m3",
    name="平面图（如有）",
    copies=2,
    pages=None,
    is_principal=False,
    is_required=False,
    original=OriginalHandling.COPY,
)

FOOD_LICENCE = ItemContent(
    name="食品经营许可（新办）",
    group_name="食品经营许可",
    item_code="511A0016700001-654028000000",
    task_type=TaskType.PERMIT,
    category=Category.PERMIT,
    kind=CaseKind.COMMITTED,
    statutory_days=20,
    committed_days=5,
    legal_basis="食品安全法第三十五条",
    steps=("窗口受理", "现场核查", "审批发证"),
    charges=(Charge(name="证照工本费", amount=Decimal("10.00"), unit="元/本", basis="收费目录"),),
    materials=(APPLICATION, IDENTITY, FLOOR_PLAN),
    responsible_section="许可科",
    responsible_person="市监窗口一岗",
    breach_liability="超时一次，对责任人诫勉教育。",
    supervision="中心投诉工作台",
    complaint_phone="0999-4620000",
)
"""A complete committed item; it has no window yet."""


def content(*window_ids: UUID, **changes: Any) -> ItemContent:
    """``FOOD_LICENCE`` at some windows, with changes; immediate items promise 0 days."""
    made = replace(FOOD_LICENCE, window_ids=tuple(sorted(window_ids)))
    if changes.get("kind") is CaseKind.IMMEDIATE:
        changes = {"committed_days": 0} | changes
    return replace(made, **changes)


def content_body(*window_ids: UUID, **changes: Any) -> dict[str, Any]:
    """The same as it goes over the wire."""
    return content_to_json(content(*window_ids, **changes))


async def make_item(
    session: AsyncSession,
    department_id: UUID,
    window_ids: Sequence[UUID],
    *,
    code: str | None = None,
    since: datetime = ITEMS_SINCE,
    **changes: Any,
) -> PutInForce:
    """An item in force (a draft without windows); its name must be its department's only one."""
    entry = ItemEntry(
        department_id=department_id, content=content(*window_ids, **changes), code=code
    )
    done = await open_catalog(session, None, since).put_in_force(
        [entry], origin=VersionOrigin.SET_UP
    )
    return done[0]


async def make_version(
    session: AsyncSession,
    item: PutInForce,
    department_id: UUID,
    window_ids: Sequence[UUID],
    *,
    since: datetime = ITEMS_SINCE,
    **changes: Any,
) -> PutInForce:
    """The item's next version."""
    entry = ItemEntry(
        department_id=department_id, content=content(*window_ids, **changes), item_id=item.item_id
    )
    done = await open_catalog(session, None, since).put_in_force(
        [entry], origin=VersionOrigin.SET_UP
    )
    return done[0]


@dataclass(frozen=True, slots=True)
class Items:
    """The standard hall's items."""

    food: PutInForce
    """Committed, 5 days, at windows 01 and 02 of department A."""
    seal: PutInForce
    """Immediate, at window 01 of department A."""
    land: PutInForce
    """Committed, 15 days, at window 03 of department B."""


async def make_items(session: AsyncSession, hall: Hall) -> Items:
    """One item for each window of the standard hall, and one shared by two."""
    return Items(
        food=await make_item(session, hall.department_a, [hall.window_01, hall.window_02]),
        seal=await make_item(
            session,
            hall.department_a,
            [hall.window_01],
            name="营业执照补领",
            item_code=None,
            task_type=TaskType.PUBLIC_SERVICE,
            category=Category.PUBLIC_SERVICE,
            kind=CaseKind.IMMEDIATE,
            statutory_days=None,
            charges=(),
        ),
        land=await make_item(
            session,
            hall.department_b,
            [hall.window_03],
            name="临时用地审批",
            committed_days=15,
        ),
    )
