"""Taking over the list of service items that the county government has published (MGMT 四)."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.outbox import publish_event
from yimen.domains.catalog.enums import VersionOrigin
from yimen.domains.catalog.service import (
    CatalogService,
    ContentFault,
    ItemAsRead,
    ItemContent,
    ItemEntry,
)
from yimen.domains.imports.enums import COLUMN_OF_FIELD, ItemColumn, RowState
from yimen.domains.imports.repository import ImportRepository, KnownWindow
from yimen.domains.imports.rules import ItemRow, RowFault, read_item_row
from yimen.domains.imports.rules_tables import FileRow, Reason
from yimen.domains.imports.service_rows import ItemFinder, merge
from yimen.domains.imports.service_taking import Taken, refused, told
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.models import Department
from yimen.domains.rulebook.service import RulebookService

ROWS_AT_ONCE = 500


@dataclass(slots=True)
class ItemPlan:
    """What one good row comes to."""

    row: ItemRow
    department_id: UUID
    existing: ItemAsRead | None
    content: ItemContent
    state: RowState
    code: str | None
    """The item's own code, once it has one."""

    @property
    def entry(self) -> ItemEntry:
        if self.existing is None:
            return ItemEntry(
                department_id=self.department_id, content=self.content, code=self.row.code
            )
        return ItemEntry(
            department_id=self.department_id,
            content=self.content,
            item_id=self.existing.id,
            base_version_no=self.existing.version_no,
        )

    def changed(self) -> list[str]:
        if self.existing is None:
            return []
        old, new = self.existing.content, self.content
        names = [
            entry.name
            for entry in fields(ItemContent)
            if getattr(old, entry.name) != getattr(new, entry.name)
        ]
        return [
            COLUMN_OF_FIELD[name].label if name in COLUMN_OF_FIELD else "待补全" for name in names
        ]


@dataclass(slots=True)
class _Hall:
    """Departments and windows by the names and numbers that rows use."""

    departments: dict[str, list[UUID]]
    """Those in the hall."""
    closed: set[str]
    windows: dict[str, KnownWindow]
    new_departments: dict[str, UUID] = field(default_factory=dict)

    def default_windows(self, department_id: UUID) -> tuple[UUID, ...]:
        """The department's open windows; without any, the open comprehensive ones."""
        open_windows = [window for window in self.windows.values() if window.is_open]
        own = [window.id for window in open_windows if window.department_id == department_id]
        shared = [window.id for window in open_windows if window.is_comprehensive]
        return tuple(own or shared)


class ItemTaker:
    """Service items; what the file does not say is assumed and marked, as the row's remark says.

    An item is found again by our own code if the row has one, else by department, name and
    national code; where one side lacks the national code, by department and name alone.
    Departments that the hall does not know are faults, unless ``create_departments``.
    """

    def __init__(
        self,
        imports: ImportRepository,
        catalog: CatalogService,
        *,
        caller: Caller | None,
        now: datetime,
        create_departments: bool,
    ) -> None:
        self.imports = imports
        self.catalog = catalog
        self.caller = caller
        self.now = now
        self.create_departments = create_departments

    async def take(self, rows: Sequence[FileRow]) -> list[Taken]:
        """Take over the good ones of some rows, and say what is wrong with the others."""
        await self.imports.hold()
        read = [read_item_row(row) for row in rows]
        hall = await self._look_around(read)
        plans, faults = await self._plan(read, hall)
        made = await self._apply(plans, hall)
        taken = {plan.row.line: _taken(plan, is_first=plan.row.line in made) for plan in plans}
        reasons: dict[int, list[Reason]] = defaultdict(list)
        for fault in faults:
            reasons[fault.line].append(Reason(fault.column, fault.code, fault.detail))
        return [taken.get(row.line) or refused(row, *reasons[row.line]) for row in rows]

    # --- checking

    async def _look_around(self, rows: Sequence[ItemRow]) -> _Hall:
        today = hall_day(self.now)
        known: dict[str, list[UUID]] = {}
        closed: set[str] = set()
        for department in await self.imports.departments(today):
            if department.is_open:
                known.setdefault(department.name, []).append(department.id)
            else:
                closed.add(department.name)
        windows = {window.number: window for window in await self.imports.windows(today)}
        hall = _Hall(known, closed - known.keys(), windows)
        if self.create_departments:
            names = dict.fromkeys(row.department for row in rows if not row.faults)
            hall.new_departments = {
                name: new_id()
                for name in names
                if name and name not in known and name not in hall.closed
            }
        return hall

    async def _plan(
        self, rows: Sequence[ItemRow], hall: _Hall
    ) -> tuple[list[ItemPlan], list[RowFault]]:
        """What the good rows come to, and every fault of the others, by line."""
        faults = [fault for row in rows for fault in row.faults]
        placed = []
        for row in rows:
            if row.faults:
                continue
            place = _place(row, hall)
            if isinstance(place, RowFault):
                faults.append(place)
            else:
                placed.append((row, place))
        finder = ItemFinder(
            await self.catalog.current_items(sorted({place for _, place in placed})),
            await self.catalog.items_with_code([row.code for row in rows if row.code]),
        )
        permit_days = RulebookService().edition_on(hall_day(self.now)).integer("items.permit_days")
        plans, owners = [], finder.owners()
        for row, department_id, found in finder.find(placed):
            window_ids = _named_windows(row, hall)
            wrong = [fault for fault in (found, window_ids) if isinstance(fault, RowFault)]
            if isinstance(found, RowFault) or isinstance(window_ids, RowFault):
                faults += wrong
                continue
            content = merge(
                row,
                found.content if found else None,
                window_ids=window_ids,
                department_window_ids=hall.default_windows(department_id),
                permit_days=permit_days,
            )
            claimed = owners.claim(row, department_id, content, found)
            if claimed is not None:
                faults.append(claimed)
            else:
                plans.append(_plan_of(row, department_id, found, content))
        checked = await self.catalog.faults_of([plan.entry for plan in plans])
        good = []
        for plan, content_faults in zip(plans, checked, strict=True):
            faults += [_row_fault(plan.row.line, fault) for fault in content_faults]
            if not content_faults:
                good.append(plan)
        return good, sorted(faults, key=lambda fault: fault.line)

    # --- writing

    async def _apply(self, plans: Sequence[ItemPlan], hall: _Hall) -> set[int]:
        """Write what the rows come to; the lines of those for which a department was made."""
        first_of = {plan.department_id: plan.row.line for plan in reversed(plans)}
        made = set()
        for name, department_id in hall.new_departments.items():
            if department_id in first_of:
                await self._create_department(name, department_id)
                made.add(first_of[department_id])
        writing = [plan for plan in plans if plan.state is not RowState.UNCHANGED]
        for start in range(0, len(writing), ROWS_AT_ONCE):
            batch = writing[start : start + ROWS_AT_ONCE]
            done = await self.catalog.put_in_force(
                [plan.entry for plan in batch], origin=VersionOrigin.IMPORT
            )
            for plan, result in zip(batch, done, strict=True):
                plan.code = result.code
        return made

    async def _create_department(self, name: str, department_id: UUID) -> None:
        code = f"d-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        await self.imports.add(
            Department(id=department_id, code=code, name=name, kind=DepartmentKind.DEPARTMENT)
        )
        facts = {"code": code, "name": name, "kind": DepartmentKind.DEPARTMENT}
        await record_audit(
            self.imports.session,
            caller=self.caller,
            action="departments.create",
            subject_type="department",
            subject_id=department_id,
            new=facts,
        )
        await publish_event(
            self.imports.session,
            kind="departments.create",
            subject_type="department",
            subject_id=department_id,
            occurred_at=self.now,
            facts=facts,
        )


def _plan_of(
    row: ItemRow, department_id: UUID, existing: ItemAsRead | None, content: ItemContent
) -> ItemPlan:
    if existing is None:
        return ItemPlan(row, department_id, None, content, RowState.CREATED, row.code)
    is_same = content == existing.content
    state = RowState.UNCHANGED if is_same else RowState.CHANGED
    return ItemPlan(row, department_id, existing, content, state, existing.code)


def _row_fault(line: int, fault: ContentFault) -> RowFault:
    """A fault of the content, told of the column it came from."""
    name = fault.pointer.split("/")[1]
    return RowFault(line, COLUMN_OF_FIELD.get(name), fault.code, fault.detail)


def _place(row: ItemRow, hall: _Hall) -> UUID | RowFault:
    """The department of a row, perhaps one that is to be made."""
    known = hall.departments.get(row.department, [])
    if len(known) == 1:
        return known[0]
    new = hall.new_departments.get(row.department)
    if new is not None:
        return new
    if known:
        code, detail = "ambiguous_department", "有多个同名部门，请先把部门名称改得可以区分。"
    elif row.department in hall.closed:
        code, detail = "department_closed", "该部门已撤出中心，请先恢复进驻，或删去这一行。"
    else:
        code = "unknown_department"
        detail = f"中心没有部门“{row.department[:50]}”，请核对名称，或选择新建文件中出现的部门。"
    return RowFault(row.line, ItemColumn.DEPARTMENT, code, detail)


def _named_windows(row: ItemRow, hall: _Hall) -> tuple[UUID, ...] | RowFault | None:
    if row.window_numbers is None:
        return None
    unknown = [number for number in row.window_numbers if number not in hall.windows]
    if unknown:
        listed = "、".join(number[:20] for number in unknown[:5])
        return RowFault(
            row.line, ItemColumn.WINDOWS, "unknown_window", f"没有编号为 {listed} 的窗口。"
        )
    return tuple(hall.windows[number].id for number in dict.fromkeys(row.window_numbers))


def _taken(plan: ItemPlan, *, is_first: bool) -> Taken:
    """What became of a good row; ``is_first`` where its department was made for it."""
    remarks = []
    if is_first:
        detail = "中心没有这个部门，随这一行新建。"
        remarks.append(Reason(ItemColumn.DEPARTMENT, "department_created", detail))
    changed = plan.changed()
    if changed:
        remarks.append(told(changed))
    if plan.state is not RowState.UNCHANGED:
        marks = "、".join(mark.label for mark in plan.content.to_complete)
        if marks:
            remarks.append(Reason(None, "assumed", f"文件没有写明、暂定待补全：{marks}。"))
        if not plan.content.window_ids:
            detail = "没有窗口可以办理，待启用。"
            remarks.append(Reason(ItemColumn.WINDOWS, "item_draft", detail))
    return Taken(plan.row.line, plan.state, plan.code, tuple(remarks))
