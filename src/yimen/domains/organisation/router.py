"""Departments, windows and staff over HTTP. Everyone who logs in reads, the office writes."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch, Office
from yimen.core.pagination import InvalidCursor, PageQuery
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.organisation.dependencies import Directory, Organisation, Staffing
from yimen.domains.organisation.schemas import (
    DEPARTMENT_ID,
    SERVICE_ID,
    STAFF_ID,
    WINDOW_ID,
    ChiefAppoint,
    ChiefEnd,
    ChiefPage,
    Closing,
    DepartmentCreate,
    DepartmentPage,
    DepartmentQuery,
    DepartmentRead,
    DepartmentUpdate,
    Departure,
    ServiceBegin,
    ServiceCancel,
    ServiceEnd,
    ServicePage,
    StaffCreate,
    StaffPage,
    StaffQuery,
    StaffRead,
    StaffUpdate,
    WindowCreate,
    WindowPage,
    WindowQuery,
    WindowRead,
    WindowUpdate,
)
from yimen.domains.organisation.service import (
    AgencyHasNoChief,
    DepartmentCodeTaken,
    DepartmentHasOpenWindows,
    DepartmentHasServingStaff,
    DepartmentIsClosed,
    DepartmentIsOpen,
    ForeignStaff,
    StaffMemberLeft,
    StaffMemberPresent,
    WindowIsClosed,
    WindowIsOpen,
    WindowNumberTaken,
)
from yimen.domains.organisation.service_staffing import (
    ChiefOfOtherDepartment,
    NoChief,
    OverlappingService,
    SecondChief,
    ServiceHasBegun,
    StaffMemberIsChief,
    StaffNumberTaken,
    WindowWithoutStaff,
)

departments = Router(prefix="/departments", tag="departments")
windows = Router(prefix="/windows", tag="windows")
staff = Router(prefix="/staff", tag="staff")

DepartmentId = Annotated[UUID, Path(examples=[DEPARTMENT_ID])]
WindowId = Annotated[UUID, Path(examples=[WINDOW_ID])]
StaffId = Annotated[UUID, Path(examples=[STAFF_ID])]
ServiceId = Annotated[UUID, Path(examples=[SERVICE_ID])]
History = Annotated[PageQuery, Query()]
CANNOT_SERVE = (WindowIsClosed, StaffMemberLeft, ForeignStaff, OverlappingService)


@departments.read("", summary="部门与中介机构列表", errors=[InvalidCursor])
async def list_departments(
    query: Annotated[DepartmentQuery, Query()], directory: Directory
) -> DepartmentPage:
    return await directory.list_departments(query)


@departments.create("", summary="登记进驻的部门或中介机构", errors=[DepartmentCodeTaken])
async def create_department(
    data: DepartmentCreate,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> DepartmentRead:
    department = await hall.create_department(data)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.read("/{department_id}", summary="查看部门")
async def read_department(
    department_id: DepartmentId, response: Response, hall: Organisation, directory: Directory
) -> DepartmentRead:
    department = await hall.department(department_id)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.change("/{department_id}", summary="修改部门", errors=[DepartmentCodeTaken])
async def change_department(
    *,
    department_id: DepartmentId,
    data: DepartmentUpdate,
    seen: IfMatch,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> DepartmentRead:
    department = await hall.change_department(department_id, data, seen=seen)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.command(
    "/{department_id}/close",
    summary="部门撤出中心",
    errors=[DepartmentIsClosed, DepartmentHasOpenWindows, DepartmentHasServingStaff],
)
async def close_department(
    *,
    department_id: DepartmentId,
    data: Closing,
    seen: IfMatch,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> DepartmentRead:
    department = await hall.close_department(department_id, data, seen=seen)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.command("/{department_id}/reopen", summary="部门恢复进驻", errors=[DepartmentIsOpen])
async def reopen_department(
    *,
    department_id: DepartmentId,
    seen: IfMatch,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> DepartmentRead:
    department = await hall.reopen_department(department_id, seen=seen)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.command(
    "/{department_id}/chief-representative",
    summary="委派首席代表",
    errors=[
        SecondChief,
        ChiefOfOtherDepartment,
        AgencyHasNoChief,
        DepartmentIsClosed,
        StaffMemberLeft,
    ],
)
async def appoint_chief(
    *,
    department_id: DepartmentId,
    data: ChiefAppoint,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> DepartmentRead:
    department = await staffing.appoint_chief(department_id, data, seen=seen)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.command(
    "/{department_id}/chief-representative/end", summary="结束首席代表任期", errors=[NoChief]
)
async def end_chief(
    *,
    department_id: DepartmentId,
    data: ChiefEnd,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> DepartmentRead:
    department = await staffing.end_chief(department_id, data, seen=seen)
    put_etag(response, department.version)
    return await directory.show_department(department)


@departments.read(
    "/{department_id}/chief-representatives", summary="历任首席代表", errors=[InvalidCursor]
)
async def list_chiefs(
    department_id: DepartmentId, query: History, directory: Directory
) -> ChiefPage:
    return await directory.list_chiefs(department_id, query)


@windows.read("", summary="窗口列表", errors=[InvalidCursor])
async def list_windows(query: Annotated[WindowQuery, Query()], directory: Directory) -> WindowPage:
    return await directory.list_windows(query)


@windows.create("", summary="启用窗口", errors=[WindowNumberTaken, DepartmentIsClosed])
async def open_window(
    data: WindowCreate, response: Response, hall: Organisation, directory: Directory, _: Office
) -> WindowRead:
    window = await hall.open_window(data)
    put_etag(response, window.version)
    return await directory.show_window(window)


@windows.read("/{window_id}", summary="查看窗口")
async def read_window(
    window_id: WindowId, response: Response, hall: Organisation, directory: Directory
) -> WindowRead:
    window = await hall.window(window_id)
    put_etag(response, window.version)
    return await directory.show_window(window)


@windows.change("/{window_id}", summary="修改窗口", errors=[WindowNumberTaken, ForeignStaff])
async def change_window(
    *,
    window_id: WindowId,
    data: WindowUpdate,
    seen: IfMatch,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> WindowRead:
    window = await hall.change_window(window_id, data, seen=seen)
    put_etag(response, window.version)
    return await directory.show_window(window)


@windows.command("/{window_id}/close", summary="停用窗口", errors=[WindowIsClosed])
async def close_window(
    *,
    window_id: WindowId,
    data: Closing,
    seen: IfMatch,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> WindowRead:
    window = await hall.close_window(window_id, data, seen=seen)
    put_etag(response, window.version)
    return await directory.show_window(window)


@windows.command(
    "/{window_id}/reopen", summary="恢复启用窗口", errors=[WindowIsOpen, DepartmentIsClosed]
)
async def reopen_window(
    *,
    window_id: WindowId,
    seen: IfMatch,
    response: Response,
    hall: Organisation,
    directory: Directory,
    _: Office,
) -> WindowRead:
    window = await hall.reopen_window(window_id, seen=seen)
    put_etag(response, window.version)
    return await directory.show_window(window)


@windows.read("/{window_id}/services", summary="窗口历来的工作人员", errors=[InvalidCursor])
async def list_services_at(
    window_id: WindowId, query: History, directory: Directory
) -> ServicePage:
    return await directory.list_services_at(window_id, query)


@staff.read("", summary="工作人员列表", errors=[InvalidCursor])
async def list_staff(query: Annotated[StaffQuery, Query()], directory: Directory) -> StaffPage:
    return await directory.list_staff(query)


@staff.create("", summary="登记工作人员", errors=[StaffNumberTaken, DepartmentIsClosed])
async def create_staff_member(
    data: StaffCreate, response: Response, staffing: Staffing, directory: Directory, _: Office
) -> StaffRead:
    staff_member = await staffing.create_staff_member(data)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.read("/{staff_id}", summary="查看工作人员")
async def read_staff_member(
    staff_id: StaffId, response: Response, hall: Organisation, directory: Directory
) -> StaffRead:
    staff_member = await hall.staff_member(staff_id)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.change(
    "/{staff_id}",
    summary="修改工作人员",
    errors=[StaffNumberTaken, DepartmentIsClosed, StaffMemberIsChief, ForeignStaff],
)
async def change_staff_member(
    *,
    staff_id: StaffId,
    data: StaffUpdate,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> StaffRead:
    staff_member = await staffing.change_staff_member(staff_id, data, seen=seen)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.command(
    "/{staff_id}/depart", summary="人员离开中心", errors=[WindowWithoutStaff, *CANNOT_SERVE]
)
async def depart(
    *,
    staff_id: StaffId,
    data: Departure,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> StaffRead:
    staff_member = await staffing.depart(staff_id, data, seen=seen)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.command(
    "/{staff_id}/rejoin", summary="人员恢复在岗", errors=[StaffMemberPresent, DepartmentIsClosed]
)
async def rejoin(
    *,
    staff_id: StaffId,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> StaffRead:
    staff_member = await staffing.rejoin(staff_id, seen=seen)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.command(
    "/{staff_id}/services", summary="开始在窗口服务", errors=[WindowWithoutStaff, *CANNOT_SERVE]
)
async def begin_service(
    *,
    staff_id: StaffId,
    data: ServiceBegin,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> StaffRead:
    staff_member = await staffing.begin_service(staff_id, data, seen=seen)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.command(
    "/{staff_id}/services/{service_id}/end",
    summary="结束窗口服务",
    errors=[WindowWithoutStaff, *CANNOT_SERVE],
)
async def end_service(
    *,
    staff_id: StaffId,
    service_id: ServiceId,
    data: ServiceEnd,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> StaffRead:
    staff_member = await staffing.end_service(staff_id, service_id, data, seen=seen)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.command(
    "/{staff_id}/services/{service_id}/cancel",
    summary="取消尚未开始的窗口服务",
    errors=[ServiceHasBegun, WindowWithoutStaff, *CANNOT_SERVE],
)
async def cancel_service(
    *,
    staff_id: StaffId,
    service_id: ServiceId,
    data: ServiceCancel,
    seen: IfMatch,
    response: Response,
    staffing: Staffing,
    directory: Directory,
    _: Office,
) -> StaffRead:
    staff_member = await staffing.cancel_service(staff_id, service_id, data, seen=seen)
    put_etag(response, staff_member.version)
    return await directory.show_staff_member(staff_member)


@staff.read("/{staff_id}/services", summary="历来服务的窗口", errors=[InvalidCursor])
async def list_services_of(staff_id: StaffId, query: History, directory: Directory) -> ServicePage:
    return await directory.list_services_of(staff_id, query)
