"""What a row comes to: its own words, then what the item already says, then an assumption."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from yimen.domains.catalog.enums import CaseKind, Category, ItemStatus, Mark, TaskType
from yimen.domains.catalog.service import (
    Charge,
    ItemAsRead,
    ItemContent,
    Material,
    category_of,
    settle,
)
from yimen.domains.imports.enums import ItemColumn
from yimen.domains.imports.rules import ItemRow, RowFault

Value = TypeVar("Value")

ItemKey = tuple[UUID, str, str | None]
"""Department, name, national code: what tells living items apart."""

_TEXTS = (
    "group_name", "item_code", "legal_basis", "responsible_section", "responsible_person",
    "breach_liability", "supervision", "complaint_phone",
)  # fmt: skip


def merge(
    row: ItemRow,
    existing: ItemContent | None,
    *,
    window_ids: tuple[UUID, ...] | None,
    department_window_ids: tuple[UUID, ...],
    permit_days: int,
) -> ItemContent:
    """The content a row asks for.

    What the row says counts; what it does not say stays as it is in the existing item; what nobody
    has ever said is assumed and marked. An assumption is made anew as long as its mark is open.

    ``window_ids`` are those of the numbers the row names, none if it names none;
    ``permit_days`` is what the law gives for a permit, in working days (行政许可法 42).
    """
    return _Merger(row, existing, permit_days).merge(window_ids, department_window_ids)


class _Merger:
    """Gathers the marks while it decides value by value."""

    def __init__(self, row: ItemRow, existing: ItemContent | None, permit_days: int) -> None:
        self.row = row
        self.existing = existing
        self.permit_days = permit_days
        self.marks: set[Mark] = set()

    def merge(
        self, window_ids: tuple[UUID, ...] | None, department_window_ids: tuple[UUID, ...]
    ) -> ItemContent:
        row, old = self.row, self.existing
        task_type = self._decide(
            Mark.TASK_TYPE, row.task_type, lambda item: item.task_type, TaskType.PUBLIC_SERVICE
        )
        category = row.category
        if category is None and old is not None and old.task_type is task_type:
            category = old.category
        category = category_of(task_type, category)
        kind = self._decide(
            Mark.KIND,
            row.kind or (CaseKind.IMMEDIATE if row.committed_days == 0 else None),
            lambda item: item.kind,
            CaseKind.COMMITTED,
        )
        statutory_days = self._statutory_days(category)
        committed_days = self._committed_days(kind, statutory_days)
        return settle(
            ItemContent(
                name=row.name,
                task_type=task_type,
                category=category,
                kind=kind,
                statutory_days=statutory_days,
                committed_days=committed_days,
                steps=row.steps if row.steps is not None else (old.steps if old else ()),
                charges=self._decide(Mark.CHARGES, self._charges(), lambda item: item.charges, ()),
                materials=self._decide(
                    Mark.MATERIALS, self._materials(), lambda item: item.materials, ()
                ),
                window_ids=self._decide(
                    Mark.WINDOWS, window_ids, lambda item: item.window_ids, department_window_ids
                ),
                to_complete=tuple(self.marks),
                **{name: self._text(name) for name in _TEXTS},
            )
        )

    def _text(self, name: str) -> Any:
        return getattr(self.row, name) or (self.existing and getattr(self.existing, name))

    def _is_known(self, mark: Mark) -> bool:
        return self.existing is not None and mark not in self.existing.to_complete

    def _decide(
        self,
        mark: Mark,
        stated: Value | None,
        known: Callable[[ItemContent], Value],
        assumed: Value,
    ) -> Value:
        if stated is not None:
            return stated
        if self.existing is not None and self._is_known(mark):
            return known(self.existing)
        self.marks.add(mark)
        return assumed

    def _statutory_days(self, category: Category) -> int | None:
        row, old = self.row, self.existing
        if row.statutory_days is not None or row.has_no_statutory_limit:
            return row.statutory_days
        if old is not None and self._is_known(Mark.STATUTORY_DAYS):
            return old.statutory_days
        self.marks.add(Mark.STATUTORY_DAYS)
        promised = row.committed_days
        if promised is None and old is not None and self._is_known(Mark.COMMITTED_DAYS):
            promised = old.committed_days
        fits = promised is None or promised <= self.permit_days
        return self.permit_days if category is Category.PERMIT and fits else None

    def _committed_days(self, kind: CaseKind, statutory_days: int | None) -> int:
        old = self.existing
        if self.row.committed_days is not None:
            return self.row.committed_days
        if kind is CaseKind.IMMEDIATE:
            return 0
        if (
            old is not None
            and self._is_known(Mark.COMMITTED_DAYS)
            and old.kind is not CaseKind.IMMEDIATE
        ):
            return old.committed_days
        self.marks.add(Mark.COMMITTED_DAYS)
        return statutory_days if statutory_days is not None else self.permit_days

    def _charges(self) -> tuple[Charge, ...] | None:
        listed = self.row.charges
        if listed is None:
            return None
        return tuple(
            Charge(name=charge.name, amount=charge.amount, unit=charge.unit, basis=charge.basis)
            for charge in listed
        )

    def _materials(self) -> tuple[Material, ...] | None:
        """The materials the row lists, each under the key it already has."""
        listed = self.row.materials
        if listed is None:
            return None
        known = {
            material.name: material.key
            for material in (self.existing.materials if self.existing else ())
        }
        taken = set(known.values())
        free = (f"m{number}" for number in range(1, len(listed) + len(taken) + 1))
        unused = (key for key in free if key not in taken)
        return tuple(
            Material(
                key=known.get(material.name) or next(unused),
                name=material.name,
                copies=material.copies,
                pages=material.pages,
                is_principal=material.is_principal,
                is_required=material.is_required,
                original=material.original,
            )
            for material in listed
        )


class ItemFinder:
    """Finds the items that rows speak of; each item is for one row."""

    def __init__(self, items: Iterable[ItemAsRead], coded: Iterable[ItemAsRead]) -> None:
        self.by_code = {item.code: item for item in coded}
        self.by_key: dict[ItemKey, ItemAsRead] = {}
        self.by_name: dict[tuple[UUID, str], list[ItemAsRead]] = {}
        for item in sorted(items, key=lambda item: item.status is not ItemStatus.WITHDRAWN):
            # withdrawn ones first, so that a living one of the same key takes their place
            content = item.content
            self.by_key[item.department_id, content.name, content.item_code] = item
            self.by_name.setdefault((item.department_id, content.name), []).append(item)

    def owners(self) -> "KeyOwners":
        """The living items by what tells them apart, for claims of names."""
        return KeyOwners(
            {
                key: item
                for key, item in self.by_key.items()
                if item.status is not ItemStatus.WITHDRAWN
            }
        )

    def find(
        self, placed: Sequence[tuple[ItemRow, UUID]]
    ) -> Iterator[tuple[ItemRow, UUID, ItemAsRead | RowFault | None]]:
        """Each row with its department and its item, none for a new one."""
        exact = {row.line: self._exact(row, place) for row, place in placed}
        spoken_for = {item.id for item in exact.values() if item is not None}
        seen_items: dict[UUID, int] = {}
        for row, place in placed:
            found: ItemAsRead | RowFault | None = exact[row.line]
            if found is None and row.code is None:
                found = self._by_name(row, place, spoken_for)
            earlier = row.line
            if isinstance(found, ItemAsRead):
                earlier = seen_items.setdefault(found.id, row.line)
                found = _refusal(row, place, found) or found
            if earlier != row.line:
                detail = f"与第 {earlier} 行是同一个事项，请删去其中一行。"
                found = RowFault(row.line, ItemColumn.NAME, "duplicate_row", detail)
            yield row, place, found

    def _exact(self, row: ItemRow, place: UUID) -> ItemAsRead | None:
        if row.code is not None:
            return self.by_code.get(row.code)
        return self.by_key.get((place, row.name, row.item_code))

    def _by_name(
        self, row: ItemRow, place: UUID, spoken_for: set[UUID]
    ) -> ItemAsRead | RowFault | None:
        """The one item of that name where the row or the item has no national code."""
        candidates = [
            item
            for item in self.by_name.get((place, row.name), [])
            if item.status is not ItemStatus.WITHDRAWN
            and item.id not in spoken_for
            and (row.item_code is None or item.content.item_code is None)
        ]
        if len(candidates) > 1:
            return RowFault(
                row.line,
                ItemColumn.ITEM_CODE,
                "ambiguous_item",
                f"本部门有 {len(candidates)} 个同名事项，请填写国家编码或事项代码加以区分。",
            )
        return candidates[0] if candidates else None


def _refusal(row: ItemRow, place: UUID, item: ItemAsRead) -> RowFault | None:
    if item.status is ItemStatus.WITHDRAWN:
        detail = "该事项已取消，不能用导入恢复；需要恢复的，请按新增事项提出申请。"
        return RowFault(row.line, ItemColumn.NAME, "item_withdrawn", detail)
    if item.department_id != place:
        detail = f"事项代码 {item.code} 属于其他部门的事项，请核对。"
        return RowFault(row.line, ItemColumn.CODE, "item_of_other_department", detail)
    return None


class KeyOwners:
    """No two items of a department share name and national code: first come, first served."""

    def __init__(self, items: dict[ItemKey, ItemAsRead]) -> None:
        self.items = items
        self.lines: dict[ItemKey, int] = {}

    def claim(
        self, row: ItemRow, department_id: UUID, content: ItemContent, own: ItemAsRead | None
    ) -> RowFault | None:
        """Take a key for a row; a fault when an item or an earlier row has it."""
        key = department_id, content.name, content.item_code
        owner = self.items.get(key)
        if owner is not None and (own is None or owner.id != own.id):
            detail = f"本部门的事项 {owner.code} 已用这个名称和国家编码，请核对事项代码。"
            return RowFault(row.line, ItemColumn.NAME, "item_listed", detail)
        earlier = self.lines.setdefault(key, row.line)
        if earlier != row.line:
            detail = f"与第 {earlier} 行是同一个事项，请删去其中一行。"
            return RowFault(row.line, ItemColumn.NAME, "duplicate_row", detail)
        return None
