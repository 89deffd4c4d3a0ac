"""Importing the list of service items: check every row, then write what it comes to."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.config import Settings
from yimen.core.database import new_id
from yimen.core.errors import BodyTooLarge, FieldProblem, InvalidInput
from yimen.core.files import FileFault
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.outbox import publish_event
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.enums import Mark, VersionOrigin
from yimen.domains.catalog.service import (
    CatalogService,
    ContentFault,
    ItemAsRead,
    ItemContent,
    ItemEntry,
)
from yimen.domains.imports.enums import ASSUMED, COLUMN_OF_FIELD, ItemColumn, RowAction
from yimen.domains.imports.repository import ImportRepository, KnownWindow, Session
from yimen.domains.imports.rules import (
    ItemRow,
    RowFault,
    read_file,
    read_item_row,
)
from yimen.domains.imports.schemas import Assumed, ImportedRow, ImportReport, ReportedFault
from yimen.domains.imports.service_rows import ItemFinder, merge
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.models import Department
from yimen.domains.rulebook.service import RulebookService

__all__ = [
    "IdempotencyKeyMissing",
    "ImportReport",
    "ItemImportService",
    "import_items_as_system",
]

MOST_LISTED = 500
MOST_PROBLEMS = 100
ROWS_AT_ONCE = 500

Progress = Callable[[int, int], None]
"""Told how many of how many rows are done."""


class ImportFileFaulty(InvalidInput):
    code = "import_file_faulty"
    title = "文件无法读取，请按提示处理后重新上传。"


class ImportRefused(InvalidInput):
    """Some rows are faulty, so that nothing was written; ``report`` is what a dry run says."""

    code = "import_refused"
    title = "文件中有错误的行，没有写入任何内容；请修改后重新导入，或选择跳过有误的行。"

    def __init__(self, report: ImportReport | None = None) -> None:
        self.report = report
        if report is None:
            super().__init__()
            return
        problems = [
            FieldProblem(f"/rows/{fault.line}/{fault.column or ''}".rstrip("/"), fault.code, detail)
            for fault in report.faults[:MOST_PROBLEMS]
            for detail in [f"第 {fault.line} 行：{fault.detail}"]
        ]
        super().__init__(
            f"共 {report.row_count} 行，其中 {report.refused_count} 行有误，没有写入任何内容；"
            "请修改后重新导入，或选择跳过有误的行。",
            errors=problems,
        )


@dataclass(slots=True)
class ItemPlan:
    """What one good row comes to."""

    row: ItemRow
    department_id: UUID
    existing: ItemAsRead | None
    content: ItemContent
    action: RowAction
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


class ItemImportService:
    """Imports of the list that the county government has published (MGMT 四).

    An item is found again by our own code if the row has one, else by department, name and
    national code; where one side lacks the national code, by department and name alone.
    """

    def __init__(
        self,
        imports: ImportRepository,
        catalog: CatalogService,
        *,
        caller: Caller | None,
        now: datetime,
        max_bytes: int,
    ) -> None:
        self.imports = imports
        self.catalog = catalog
        self.caller = caller
        self.now = now
        self.max_bytes = max_bytes

    async def run(
        self,
        file: bytes,
        *,
        dry_run: bool,
        skip_faulty: bool = False,
        create_departments: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Check a CSV file of items and, unless it is a dry run, take them over.

        All rows or none: a faulty row refuses the file, unless ``skip_faulty``. Departments that
        the hall does not know are faults, unless ``create_departments``. Raises BodyTooLarge,
        ImportFileFaulty, ImportRefused.
        """
        if len(file) > self.max_bytes:
            raise BodyTooLarge(f"文件超过 {self.max_bytes // 1024} KB，请拆开后分次导入。")
        rows = await asyncio.to_thread(_read, file)
        if not dry_run:
            await self.imports.hold()
        hall = await self._look_around(rows, create_departments=create_departments)
        plans, faults = await self._plan(rows, hall)
        report = _report(rows, plans, faults, hall, dry_run=dry_run)
        if dry_run:
            return report
        if report.has_errors and not skip_faulty:
            raise ImportRefused(report)
        await self._apply(plans, hall, progress or _in_silence)
        report = _report(rows, plans, faults, hall, dry_run=False)
        await record_audit(
            self.imports.session,
            caller=self.caller,
            action="items.import",
            subject_type="import_file",
            subject_id=hashlib.sha256(file).hexdigest(),
            new={
                "rows": report.row_count,
                "created": report.created_count,
                "changed": report.changed_count,
                "refused": report.refused_count,
                "departments": report.departments_created,
            },
        )
        return report

    async def take(
        self, rows: Sequence[ItemRow], *, create_departments: bool
    ) -> tuple[list[ItemPlan], list[RowFault]]:
        """Take over the good ones of some rows: what they came to, and the others' faults."""
        await self.imports.hold()
        hall = await self._look_around(rows, create_departments=create_departments)
        plans, faults = await self._plan(rows, hall)
        await self._apply(plans, hall, _in_silence)
        return plans, faults

    # --- checking

    async def _look_around(self, rows: Sequence[ItemRow], *, create_departments: bool) -> _Hall:
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
        if create_departments:
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

    async def _apply(self, plans: Sequence[ItemPlan], hall: _Hall, progress: Progress) -> None:
        used = {plan.department_id for plan in plans}
        for name, department_id in hall.new_departments.items():
            if department_id in used:
                await self._create_department(name, department_id)
        writing = [plan for plan in plans if plan.action is not RowAction.UNCHANGED]
        progress(0, len(writing))
        for start in range(0, len(writing), ROWS_AT_ONCE):
            batch = writing[start : start + ROWS_AT_ONCE]
            done = await self.catalog.put_in_force(
                [plan.entry for plan in batch], origin=VersionOrigin.IMPORT
            )
            for plan, result in zip(batch, done, strict=True):
                plan.code = result.code
            progress(start + len(batch), len(writing))

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


async def import_items_as_system(
    session: Session,
    file: bytes,
    *,
    dry_run: bool,
    create_departments: bool,
    now: datetime,
    settings: Settings,
    progress: Progress | None = None,
) -> ImportReport:
    """An import at the machine itself; raises what :meth:`ItemImportService.run` raises."""
    service = ItemImportService(
        ImportRepository(session),
        open_catalog(session, None, now),
        caller=None,
        now=now,
        max_bytes=settings.max_import_bytes,
    )
    return await service.run(
        file, dry_run=dry_run, create_departments=create_departments, progress=progress
    )


def _in_silence(_done: int, _total: int) -> None:
    """Nobody is watching."""


def _read(file: bytes) -> list[ItemRow]:
    try:
        return [read_item_row(row) for row in read_file(file)]
    except FileFault as fault:
        raise ImportFileFaulty(
            fault.detail, errors=[FieldProblem("/file", fault.code, fault.detail)]
        ) from fault


def _plan_of(
    row: ItemRow, department_id: UUID, existing: ItemAsRead | None, content: ItemContent
) -> ItemPlan:
    if existing is None:
        return ItemPlan(row, department_id, None, content, RowAction.CREATE, row.code)
    is_same = content == existing.content
    action = RowAction.UNCHANGED if is_same else RowAction.CHANGE
    return ItemPlan(row, department_id, existing, content, action, existing.code)


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
        detail = "中心没有这个名称的部门，请核对名称，或选择新建文件中出现的部门。"
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


def _unknown_departments(rows: Sequence[ItemRow], faults: Sequence[RowFault]) -> list[str]:
    lines = {fault.line for fault in faults if fault.code == "unknown_department"}
    names = dict.fromkeys(row.department for row in rows if row.line in lines)
    return list(names)[:MOST_LISTED]


def _report(
    rows: Sequence[ItemRow],
    plans: Sequence[ItemPlan],
    faults: Sequence[RowFault],
    hall: _Hall,
    *,
    dry_run: bool,
) -> ImportReport:
    counts = Counter(plan.action for plan in plans)
    writing = [plan for plan in plans if plan.action is not RowAction.UNCHANGED]
    marks = Counter(mark for plan in writing for mark in plan.content.to_complete)
    used = {plan.department_id for plan in plans}
    return ImportReport(
        dry_run=dry_run,
        applied=not dry_run,
        row_count=len(rows),
        created_count=counts[RowAction.CREATE],
        changed_count=counts[RowAction.CHANGE],
        unchanged_count=counts[RowAction.UNCHANGED],
        refused_count=len({fault.line for fault in faults}),
        draft_count=sum(not plan.content.window_ids for plan in writing),
        departments_created=[name for name, place in hall.new_departments.items() if place in used],
        departments_unknown=_unknown_departments(rows, faults),
        assumed=[
            Assumed(mark, mark.label, ASSUMED[mark], marks[mark]) for mark in Mark if marks[mark]
        ],
        rows=[
            ImportedRow(
                line=plan.row.line,
                action=plan.action,
                action_label=plan.action.label,
                department=plan.row.department,
                name=plan.row.name,
                item_code=plan.content.item_code,
                code=plan.code,
                changed=plan.changed(),
            )
            for plan in writing[:MOST_LISTED]
        ],
        rows_left_off=max(0, len(writing) - MOST_LISTED),
        faults=[
            ReportedFault(
                line=fault.line,
                column=fault.column,
                column_label=fault.column.label if fault.column else None,
                code=fault.code,
                detail=fault.detail,
            )
            for fault in faults[:MOST_LISTED]
        ],
        faults_left_off=max(0, len(faults) - MOST_LISTED),
    )
