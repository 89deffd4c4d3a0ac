"""Taking rows over, kind by kind, through the services that people use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from yimen.core.errors import AppError, FieldProblem
from yimen.domains.imports.enums import RowState
from yimen.domains.imports.repository import ImportRepository
from yimen.domains.imports.rules_kinds import STAFF
from yimen.domains.imports.rules_tables import CellReader, FileRow, Reason
from yimen.domains.organisation.models import StaffMember
from yimen.domains.organisation.service_staffing import (
    ServiceBegin,
    StaffCreate,
    StaffingService,
    StaffUpdate,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a row."""

    line: int
    state: RowState
    subject: str | None = None
    """The number or code of what it made or changed."""
    reasons: tuple[Reason, ...] = ()


class RowTaker(Protocol):
    """Takes rows of one kind over."""

    async def take(self, rows: Sequence[FileRow]) -> list[Taken]:
        """What became of each row of a group; an AppError refuses them all."""
        ...


def refused(row: FileRow, *reasons: Reason) -> Taken:
    return Taken(row.line, RowState.REFUSED, reasons=reasons)


def settled(row: FileRow, subject: str, changes: Sequence[str]) -> Taken:
    """What became of a row whose subject was there before: these columns say otherwise, or none."""
    if not changes:
        return Taken(row.line, RowState.UNCHANGED, subject)
    return Taken(row.line, RowState.CHANGED, subject, (told(changes),))


def told(changes: Sequence[str]) -> Reason:
    return Reason(None, "changes", f"变更：{'、'.join(changes)}。")


def reasons_of(error: AppError, columns: Mapping[str, object]) -> tuple[Reason, ...]:
    """A refusal, told of the columns that it speaks of."""
    if not error.errors:
        return (Reason(None, error.code, error.detail),)
    return tuple(_reason_of(problem, columns) for problem in error.errors)


def _reason_of(problem: FieldProblem, columns: Mapping[str, object]) -> Reason:
    name = problem.pointer.rpartition("/")[2].removesuffix("_ids").removesuffix("_id")
    return Reason(name if name in columns else None, problem.code, problem.detail)


# Staff

THE_CENTRE = "中心"
"""Where the office's own people and the directors belong."""


class StaffTaker:
    """People who work in the hall, found again by their staff number (MGMT 二十一)."""

    def __init__(self, imports: ImportRepository, staffing: StaffingService) -> None:
        self.imports = imports
        self.staffing = staffing

    async def take(self, rows: Sequence[FileRow]) -> list[Taken]:
        return [await self._take(row) for row in rows]

    async def _take(self, row: FileRow) -> Taken:
        cells = CellReader(row.cells, STAFF.by_name)
        number = cells.text("staff_number") or ""
        department_id, stays = await self._department(cells)
        serves_from = cells.day("serves_from")
        window_id = await self._window(cells)
        known = await self.imports.staff_numbered(number)
        if known is None:
            for name in ("name", "department", "post"):
                if cells.text(name) is None:
                    label = STAFF.by_name[name].label
                    cells.refuse(name, "missing", f"中心没有这个工号，新增时{label}不能为空。")
        if cells.faults:
            return refused(row, *cells.faults)
        if known is None:
            made = await self.staffing.create_staff_member(
                StaffCreate(
                    staff_number=number,
                    name=cells.text("name") or "",
                    department_id=department_id,
                    post=cells.text("post") or "",
                )
            )
            if window_id is not None:
                await self._begin(made, window_id, serves_from or self.staffing.today)
            return Taken(row.line, RowState.CREATED, number)
        changed = await self._change(
            known, cells, moves_to=None if stays else {"department_id": department_id}
        )
        changed += await self._place(known, window_id, serves_from)
        return settled(row, number, changed)

    async def _department(self, cells: CellReader) -> tuple[UUID | None, bool]:
        """The department of a row, none for the centre; and whether it says nothing of it."""
        name = cells.text("department")
        if name is None or name == THE_CENTRE:
            return None, name is None
        found = await self.imports.departments_called(name)
        if len(found) == 1:
            return found[0].id, False
        if found:
            detail = "有多个同名部门，请改填部门代码。"
            cells.refuse("department", "ambiguous_department", detail)
        else:
            detail = "中心没有这个名称或代码的部门，请核对。"
            cells.refuse("department", "unknown_department", detail)
        return None, False

    async def _window(self, cells: CellReader) -> UUID | None:
        number = cells.text("window")
        if number is None:
            return None
        found = await self.imports.window_numbered(number)
        if found is None:
            cells.refuse("window", "unknown_window", "没有这个编号的窗口，请核对。")
        return found

    async def _change(
        self, staff_id: UUID, cells: CellReader, *, moves_to: Mapping[str, UUID | None] | None
    ) -> list[str]:
        """Change what the row says otherwise; the labels of what it was."""
        person = await self.staffing.hall.staff_member(staff_id)
        wanted: dict[str, object] = {
            name: text
            for name in ("name", "post")
            if (text := cells.text(name)) is not None and text != getattr(person, name)
        }
        changed = [STAFF.by_name[name].label for name in wanted]
        if moves_to is not None and moves_to["department_id"] != person.department_id:
            wanted |= moves_to
            changed.append(STAFF.by_name["department"].label)
        if wanted:
            await self.staffing.change_staff_member(
                staff_id, StaffUpdate.model_validate(wanted), seen=person.version
            )
        return changed

    async def _place(
        self, staff_id: UUID, window_id: UUID | None, starts_on: date | None
    ) -> list[str]:
        """Let the person serve at the window from that day on, unless they do already."""
        if window_id is None:
            return []
        first = starts_on or self.staffing.today
        services = await self.staffing.hall.services_of([staff_id], first, first)
        if any(service.window_id == window_id for service in services):
            return []
        person = await self.staffing.hall.staff_member(staff_id)
        await self._begin(person, window_id, first)
        return [STAFF.by_name["window"].label]

    async def _begin(self, person: StaffMember, window_id: UUID, first: date) -> None:
        wish = ServiceBegin(window_id=window_id, starts_on=first, ends_previous=True)
        await self.staffing.begin_service(person.id, wish, seen=person.version)
