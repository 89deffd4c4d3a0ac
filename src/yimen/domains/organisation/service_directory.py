"""The hall's directory: lists and representations of departments, windows, staff, service."""

from collections.abc import Sequence
from uuid import UUID

from yimen.core.errors import AppError, Forbidden
from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction
from yimen.domains.organisation.access import may_administer
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    StaffMember,
    Window,
    WindowService,
)
from yimen.domains.organisation.rules import Span
from yimen.domains.organisation.schemas import (
    ChiefPage,
    ChiefRead,
    DepartmentPage,
    DepartmentQuery,
    DepartmentRead,
    ServicePage,
    ServiceRead,
    StaffPage,
    StaffQuery,
    StaffRead,
    WindowPage,
    WindowQuery,
    WindowRead,
)
from yimen.domains.organisation.service import (
    DepartmentIsClosed,
    DepartmentIsOpen,
    OrganisationService,
    StaffMemberLeft,
    StaffMemberPresent,
    WindowIsClosed,
    WindowIsOpen,
    is_open,
    why_no_chief,
)


class DirectoryService:
    """Shows who is where today; each list has a fixed number of queries."""

    def __init__(self, hall: OrganisationService) -> None:
        self.hall = hall
        self.organisation = hall.organisation
        self.today = hall.today

    async def list_departments(self, query: DepartmentQuery) -> DepartmentPage:
        rows, cursor, total = await self.organisation.departments_page(query, self.today)
        items = await self._describe_departments(rows)
        return DepartmentPage(items=items, next_cursor=cursor, total=total)

    async def list_windows(self, query: WindowQuery) -> WindowPage:
        rows, cursor, total = await self.organisation.windows_page(query, self.today)
        items = await self._describe_windows(rows)
        return WindowPage(items=items, next_cursor=cursor, total=total)

    async def list_staff(self, query: StaffQuery) -> StaffPage:
        rows, cursor, total = await self.organisation.staff_page(query, self.today)
        items = await self._describe_staff(rows)
        return StaffPage(items=items, next_cursor=cursor, total=total)

    async def list_chiefs(self, department_id: UUID, query: PageQuery) -> ChiefPage:
        """Everyone who stood for a department, the newest first."""
        await self.hall.department(department_id)
        rows, cursor, total = await self.organisation.chiefs_page(department_id, query)
        items = [_describe_chief(row) for row in rows]
        return ChiefPage(items=items, next_cursor=cursor, total=total)

    async def list_services_at(self, window_id: UUID, query: PageQuery) -> ServicePage:
        """Everyone who served at a window, the newest first."""
        await self.hall.window(window_id)
        rows, cursor, total = await self.organisation.services_page(query, window_id=window_id)
        items = [_describe_service(row) for row in rows]
        return ServicePage(items=items, next_cursor=cursor, total=total)

    async def list_services_of(self, staff_id: UUID, query: PageQuery) -> ServicePage:
        """Every window at which someone served, the newest first."""
        await self.hall.staff_member(staff_id)
        rows, cursor, total = await self.organisation.services_page(query, staff_id=staff_id)
        items = [_describe_service(row) for row in rows]
        return ServicePage(items=items, next_cursor=cursor, total=total)

    async def show_department(self, department: Department) -> DepartmentRead:
        [shown] = await self._describe_departments([department])
        return shown

    async def show_window(self, window: Window) -> WindowRead:
        [shown] = await self._describe_windows([window])
        return shown

    async def show_staff_member(self, staff_member: StaffMember) -> StaffRead:
        [shown] = await self._describe_staff([staff_member])
        return shown

    async def _describe_departments(self, rows: Sequence[Department]) -> list[DepartmentRead]:
        today = Span(self.today, self.today)
        chiefs = {
            chief.department_id: _describe_chief(chief)
            for chief in await self.organisation.chiefs_of([row.id for row in rows], today)
        }
        return [
            DepartmentRead(
                id=row.id,
                code=row.code,
                name=row.name,
                kind=row.kind,
                closed_on=row.closed_on,
                is_open=is_open(row, self.today),
                chief_representative=chiefs.get(row.id),
                allowed_actions=self._judge(
                    ("change", None),
                    ("close", DepartmentIsClosed() if row.closed_on else None),
                    ("reopen", None if row.closed_on else DepartmentIsOpen()),
                    ("chief-representative", why_no_chief(row, self.today)),
                ),
            )
            for row in rows
        ]

    async def _describe_windows(self, rows: Sequence[Window]) -> list[WindowRead]:
        today = Span(self.today, self.today)
        services: dict[UUID, list[ServiceRead]] = {row.id: [] for row in rows}
        for service in await self.organisation.services_at(services, today):
            services[service.window_id].append(_describe_service(service))
        return [
            WindowRead(
                id=row.id,
                number=row.number,
                name=row.name,
                department_id=row.department_id,
                department_name=row.department.name,
                kind=row.kind,
                opened_on=row.opened_on,
                closed_on=row.closed_on,
                is_open=is_open(row, self.today),
                is_staffed=bool(services[row.id]),
                services=services[row.id],
                allowed_actions=self._judge(
                    ("change", None),
                    ("close", WindowIsClosed("该窗口已经停用。") if row.closed_on else None),
                    ("reopen", None if row.closed_on else WindowIsOpen()),
                ),
            )
            for row in rows
        ]

    async def _describe_staff(self, rows: Sequence[StaffMember]) -> list[StaffRead]:
        today = Span(self.today, self.today)
        services = {
            service.staff_id: _describe_service(service)
            for service in await self.organisation.services_of([row.id for row in rows], today)
        }
        return [
            StaffRead(
                id=row.id,
                staff_number=row.staff_number,
                name=row.name,
                department_id=row.department_id,
                department_name=row.department.name if row.department else None,
                post=row.post,
                left_on=row.left_on,
                current_service=services.get(row.id),
                allowed_actions=self._judge(
                    ("change", None),
                    ("services", StaffMemberLeft() if row.left_on else None),
                    ("depart", StaffMemberLeft() if row.left_on else None),
                    ("rejoin", None if row.left_on else StaffMemberPresent()),
                ),
            )
            for row in rows
        ]

    def _judge(self, *actions: tuple[str, AppError | None]) -> list[AllowedAction]:
        outsider = self.hall.caller is not None and not may_administer(self.hall.caller)
        judged = []
        for action, refusal in actions:
            why = Forbidden("此项操作由中心办公室办理。") if outsider else refusal
            judged.append(AllowedAction.of(action, why))
        return judged


def _describe_service(row: WindowService) -> ServiceRead:
    return ServiceRead(
        id=row.id,
        staff_id=row.staff_id,
        staff_number=row.staff_member.staff_number,
        staff_name=row.staff_member.name,
        window_id=row.window_id,
        window_number=row.window.number,
        window_name=row.window.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def _describe_chief(row: ChiefRepresentative) -> ChiefRead:
    return ChiefRead(
        id=row.id,
        department_id=row.department_id,
        staff_id=row.staff_id,
        staff_number=row.staff_member.staff_number,
        staff_name=row.staff_member.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )
