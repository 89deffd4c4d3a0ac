"""Every query on items, their versions and the proposals to change them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array

from yimen.core.audit import AuditEntry
from yimen.core.caller import Caller
from yimen.core.database import HotStatement, table_of
from yimen.core.outbox import OutboxEvent
from yimen.core.pagination import Listing, SortKey
from yimen.core.repository import Repository
from yimen.domains.catalog.access import departments_seen
from yimen.domains.catalog.enums import ItemStatus, Mark, TaskType
from yimen.domains.catalog.models import (
    ItemProposal,
    ItemVersion,
    ItemWindow,
    ServiceItem,
)
from yimen.domains.catalog.rules import (
    CHARGES,
    MATERIALS,
    NUMBERED_CODE,
    OWN_CODE,
    ItemAsRead,
    ItemContent,
    LockedItem,
    WindowFacts,
)
from yimen.domains.catalog.schemas import ItemProposalQuery, ItemQuery, ItemVersionQuery
from yimen.domains.organisation.enums import WindowKind
from yimen.domains.organisation.models import Department, Window

Values = Mapping[str, object]
"""The columns of one row to be written."""

"""Rows of a page, the cursor of the next, the total if it was asked for."""

_current = sa.and_(
    ItemVersion.item_id == ServiceItem.id, ItemVersion.version_no == ServiceItem.current_version_no
)

_INTAKE_FACTS = HotStatement(
    sa.select(
        ServiceItem.department_id,
        ServiceItem.status,
        ItemVersion.id,
        ItemVersion.version_no,
        ItemVersion.name,
        ItemVersion.kind,
        ItemVersion.committed_days,
        ItemVersion.statutory_days,
        sa.cast(ItemVersion.materials, sa.Text()).label("materials"),
        sa.exists()
        .where(
            ItemWindow.version_id == ItemVersion.id,
            ItemWindow.window_id == sa.bindparam("window_id", type_=sa.Uuid()),
        )
        .label("window_may_take"),
        Department.name.label("department_name"),
        Window.number.label("window_number"),
        Window.department_id.label("window_department_id"),
    )
    .join(ItemVersion, _current)
    .join(Department, Department.id == ServiceItem.department_id)
    .outerjoin(Window, Window.id == sa.bindparam("window_id", type_=sa.Uuid()))
    .where(ServiceItem.id == sa.bindparam("item_id", type_=sa.Uuid()))
)
"""All that an intake asks of the catalogue, in one statement built once."""

_HOLD_NUMBERS = sa.text("SELECT pg_advisory_xact_lock(hashtext('yimen.catalog.numbers'))")
_LAST_NUMBER = sa.select(
    sa.func.max(sa.cast(sa.func.substr(ServiceItem.code, len(OWN_CODE) + 1), sa.BigInteger()))
).where(ServiceItem.code.regexp_match(f"^{NUMBERED_CODE}$"))

_window_ids = sa.func.coalesce(
    sa.select(sa.func.array_agg(aggregate_order_by(ItemWindow.window_id, ItemWindow.window_id)))
    .where(ItemWindow.version_id == ItemVersion.id)
    .scalar_subquery(),
    array([], type_=sa.Uuid()),
).label("window_ids")


def content_of(version: ItemVersion, window_ids: Iterable[UUID]) -> ItemContent:
    """What a stored version says."""
    return ItemContent(
        name=version.name,
        group_name=version.group_name,
        item_code=version.item_code,
        task_type=TaskType(version.task_type),
        category=version.category,
        kind=version.kind,
        statutory_days=version.statutory_days,
        committed_days=version.committed_days,
        legal_basis=version.legal_basis,
        steps=tuple(version.steps),
        charges=CHARGES.validate_python(version.charges),
        materials=MATERIALS.validate_python(version.materials),
        window_ids=tuple(sorted(window_ids)),
        responsible_section=version.responsible_section,
        responsible_person=version.responsible_person,
        breach_liability=version.breach_liability,
        supervision=version.supervision,
        complaint_phone=version.complaint_phone,
        to_complete=tuple(sorted(Mark(mark) for mark in version.to_complete)),
    )


class CatalogRepository(Repository):
    """Items are everybody's to read; proposals only their department's, the office's, the
    director's."""

    # --- what an intake asks

    async def intake_facts(self, item_id: UUID, window_id: UUID) -> Any:
        """The row of ``_INTAKE_FACTS``; none when there is no such item."""
        return await _INTAKE_FACTS.row(self.session, {"item_id": item_id, "window_id": window_id})

    async def materials_json(self, version_id: UUID) -> str | None:
        """The materials of a version, as JSON text; none when there is no such version."""
        found: str | None = await self.session.scalar(
            sa.select(sa.cast(ItemVersion.materials, sa.Text())).where(ItemVersion.id == version_id)
        )
        return found

    async def charges_json(self, version_id: UUID) -> str | None:
        """The charges of a version, as JSON text; none when there is no such version."""
        found: str | None = await self.session.scalar(
            sa.select(sa.cast(ItemVersion.charges, sa.Text())).where(ItemVersion.id == version_id)
        )
        return found

    # --- items

    def _items(self) -> Select[*tuple[Any, ...]]:
        return (
            sa.select(ServiceItem, ItemVersion, Department.name, _window_ids)
            .join(ItemVersion, ItemVersion.item_id == ServiceItem.id)
            .join(Department, Department.id == ServiceItem.department_id)
            .execution_options(populate_existing=True)  # items change by Core statements
        )

    async def find_item(self, item_id: UUID, version_no: int | None = None) -> ItemAsRead | None:
        """An item with its current version, or with the one asked for."""
        wanted = ServiceItem.current_version_no if version_no is None else version_no
        statement = self._items().where(ServiceItem.id == item_id, ItemVersion.version_no == wanted)
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else _as_read(row)

    async def current_items(self, department_ids: Sequence[UUID]) -> list[ItemAsRead]:
        """All items of some departments, each with its current version."""
        statement = (
            self._items()
            .where(_current, ServiceItem.department_id.in_(department_ids))
            .order_by(ServiceItem.code)
        )
        return [_as_read(row) for row in await self.session.execute(statement)]

    async def current_by_id(self, item_ids: Iterable[UUID]) -> list[ItemAsRead]:
        """Items with their current versions."""
        statement = self._items().where(_current, ServiceItem.id.in_(sorted(item_ids)))
        return [_as_read(row) for row in await self.session.execute(statement)]

    async def items_with_code(self, codes: Sequence[str]) -> list[ItemAsRead]:
        """The items that have one of our own codes, each with its current version."""
        statement = self._items().where(_current, ServiceItem.code.in_(codes))
        return [_as_read(row) for row in await self.session.execute(statement)]

    async def page_of_items(self, query: ItemQuery) -> Listing:
        statement = (
            sa.select(
                ServiceItem.id,
                ServiceItem.code,
                ServiceItem.department_id,
                Department.name.label("department_name"),
                ServiceItem.status,
                ServiceItem.is_complete,
                ItemVersion.version_no,
                ServiceItem.name,
                ItemVersion.group_name,
                ItemVersion.item_code,
                ItemVersion.task_type,
                ItemVersion.category,
                ItemVersion.kind,
                ItemVersion.statutory_days,
                ItemVersion.committed_days,
            )
            .join(ItemVersion, _current)
            .join(Department, Department.id == ServiceItem.department_id)
        )
        if query.department_id is not None:
            statement = statement.where(ServiceItem.department_id == query.department_id)
        if query.window_id is not None:
            statement = statement.where(
                sa.exists().where(
                    ItemWindow.version_id == ItemVersion.id, ItemWindow.window_id == query.window_id
                )
            )
        if query.category is not None:
            statement = statement.where(ItemVersion.category == query.category)
        if query.kind is not None:
            statement = statement.where(ItemVersion.kind == query.kind)
        if query.status is not None:
            statement = statement.where(ServiceItem.status == query.status)
        if query.is_complete is not None:
            statement = statement.where(ServiceItem.is_complete == query.is_complete)
        if query.q is not None:
            statement = statement.where(ServiceItem.name.icontains(query.q, autoescape=True))
        return await self.page(statement, query, SortKey((ServiceItem.code,), (str,)))

    async def departments_with_items(self, status: ItemStatus) -> list[tuple[UUID, str, int]]:
        """Departments that have items of a status, by name, each with how many."""
        statement = (
            sa.select(Department.id, Department.name, sa.func.count())
            .join(ServiceItem, ServiceItem.department_id == Department.id)
            .where(ServiceItem.status == status)
            .group_by(Department.id, Department.name)
            .order_by(Department.name, Department.id)
        )
        return [(row[0], row[1], row[2]) for row in await self.session.execute(statement)]

    async def page_of_versions(self, item_id: UUID, query: ItemVersionQuery) -> Listing:
        """An item's versions, the newest first."""
        statement = sa.select(
            ItemVersion.id,
            ItemVersion.version_no,
            ItemVersion.name,
            ItemVersion.kind,
            ItemVersion.committed_days,
            ItemVersion.origin,
            ItemVersion.effective_on,
            ItemVersion.approved_by_name,
            ItemVersion.approved_at,
        ).where(ItemVersion.item_id == item_id)
        newest_first = SortKey((ItemVersion.version_no,), (int,), descending=True)
        return await self.page(statement, query, newest_first)

    async def item_exists(self, item_id: UUID) -> bool:
        found = await self.session.scalar(sa.select(sa.exists().where(ServiceItem.id == item_id)))
        return bool(found)

    async def same_item(
        self, department_id: UUID, name: str, item_code: str | None, *, but_not: UUID | None
    ) -> str | None:
        """The code of another item that is not withdrawn and has this name and national code."""
        statement = sa.select(ServiceItem.code).where(
            ServiceItem.department_id == department_id,
            ServiceItem.name == name,
            ServiceItem.item_code.is_not_distinct_from(item_code),
            ServiceItem.status != ItemStatus.WITHDRAWN,
            ServiceItem.id.is_distinct_from(but_not),
        )
        found: str | None = await self.session.scalar(statement)
        return found

    async def lock_items(self, item_ids: Iterable[UUID]) -> dict[UUID, LockedItem]:
        """Hold items for a change, always in the same order."""
        statement = (
            sa.select(
                ServiceItem.id,
                ServiceItem.code,
                ServiceItem.department_id,
                ServiceItem.name,
                ServiceItem.status,
                ServiceItem.current_version_no,
                ServiceItem.version,
            )
            .where(ServiceItem.id.in_(sorted(item_ids)))
            .order_by(ServiceItem.id)
            .with_for_update()
        )
        rows = await self.session.execute(statement)
        return {row.id: LockedItem(**row._mapping) for row in rows}

    async def hold_last_number(self) -> int:
        """The greatest number in the codes of items, which are never deleted; 0 for none.

        It stays so until the transaction ends, and what is rolled back has not been given out.
        """
        await self.session.execute(_HOLD_NUMBERS)
        found: int | None = await self.session.scalar(_LAST_NUMBER)
        return found or 0

    async def insert_items(self, items: Sequence[Values]) -> None:
        if items:
            await self.session.execute(sa.insert(table_of(ServiceItem)), items)

    async def insert_versions(self, versions: Sequence[Values]) -> None:
        if versions:
            await self.session.execute(sa.insert(table_of(ItemVersion)), versions)

    async def insert_windows(self, windows: Sequence[Values]) -> None:
        if windows:
            await self.session.execute(sa.insert(table_of(ItemWindow)), windows)

    async def move_items(self, moves: Sequence[Values]) -> None:
        """Change items by ``at_id``; the other keys are columns, the same in every move."""
        if not moves:
            return
        table = table_of(ServiceItem)
        statement = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("at_id", type_=sa.Uuid()))
            .values(version=table.c.version + 1)
        )
        await self.session.execute(statement, moves)

    async def insert_audits(self, entries: Sequence[Values]) -> None:
        if entries:
            await self.session.execute(sa.insert(table_of(AuditEntry)), entries)

    async def insert_events(self, events: Sequence[Values]) -> None:
        if events:
            await self.session.execute(sa.insert(table_of(OutboxEvent)), events)

    # --- departments and windows

    async def department_is_open(self, department_id: UUID, day: date) -> bool:
        """Whether a department is in the hall on a day."""
        statement = sa.select(
            sa.exists().where(
                Department.id == department_id,
                sa.or_(Department.closed_on.is_(None), Department.closed_on >= day),
            )
        )
        return bool(await self.session.scalar(statement))

    async def windows(self, window_ids: Iterable[UUID]) -> dict[UUID, WindowFacts]:
        statement = sa.select(Window).where(Window.id.in_(sorted(set(window_ids))))
        return {
            window.id: WindowFacts(
                id=window.id,
                number=window.number,
                name=window.name,
                department_id=window.department_id,
                is_comprehensive=window.kind is WindowKind.COMPREHENSIVE,
                opened_on=window.opened_on,
                closed_on=window.closed_on,
            )
            for window in await self.session.scalars(statement)
        }

    # --- proposals

    def _visible_proposals(self, caller: Caller) -> Select[*tuple[Any, ...]]:
        statement = sa.select(ItemProposal)
        departments = departments_seen(caller)
        if departments is None:
            return statement
        return statement.where(ItemProposal.department_id.in_(departments))

    async def find_proposal(self, proposal_id: UUID, caller: Caller) -> ItemProposal | None:
        found: ItemProposal | None = await self.session.scalar(
            self._visible_proposals(caller).where(ItemProposal.id == proposal_id)
        )
        return found

    async def lock_proposal(self, proposal_id: UUID, caller: Caller) -> ItemProposal | None:
        found: ItemProposal | None = await self.session.scalar(
            self._visible_proposals(caller)
            .where(ItemProposal.id == proposal_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def page_of_proposals(self, query: ItemProposalQuery, caller: Caller) -> Listing:
        """Proposals that the caller may see, the newest first."""
        statement = self._visible_proposals(caller)
        if query.state is not None:
            statement = statement.where(ItemProposal.state == query.state)
        if query.department_id is not None:
            statement = statement.where(ItemProposal.department_id == query.department_id)
        if query.item_id is not None:
            statement = statement.where(ItemProposal.item_id == query.item_id)
        return await self.page(
            statement, query, SortKey((ItemProposal.id,), (UUID,), descending=True)
        )


def _as_read(row: Any) -> ItemAsRead:
    item, version, department_name, window_ids = row
    return ItemAsRead(
        id=item.id,
        code=item.code,
        department_id=item.department_id,
        department_name=department_name,
        status=item.status,
        is_complete=item.is_complete,
        withdrawn_on=item.withdrawn_on,
        current_version_no=item.current_version_no,
        version=item.version,
        version_id=version.id,
        version_no=version.version_no,
        origin=version.origin,
        effective_on=version.effective_on,
        approved_by_name=version.approved_by_name,
        approved_at=version.approved_at,
        content=content_of(version, window_ids),
    )
