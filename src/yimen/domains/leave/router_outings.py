"""Outings and overtime over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch, Office
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.leave.dependencies import Outings
from yimen.domains.leave.schemas_outings import (
    OUTING_ID,
    OVERTIME_ID,
    OutingCreate,
    OutingPage,
    OutingQuery,
    OutingRead,
    OvertimeCreate,
    OvertimeDecision,
    OvertimePage,
    OvertimeQuery,
    OvertimeRead,
    OvertimeRefusal,
)
from yimen.domains.leave.service import NotYourLeave, OwnLeave
from yimen.domains.leave.service_outings import (
    OutingBegun,
    OutingNotBegun,
    OutingNotFound,
    OverlappingOuting,
    OverlappingOvertime,
    OvertimeBegun,
    OvertimeInOfficeHours,
    OvertimeNotFound,
    WrongOutingState,
    WrongOvertimeState,
)
from yimen.domains.leave.service_outlook import NoStaffRecord

outings = Router(prefix="/outings", tag="outings")
overtime = Router(prefix="/overtime-requests", tag="overtime")

OutingId = Annotated[UUID, Path(examples=[OUTING_ID])]
OvertimeId = Annotated[UUID, Path(examples=[OVERTIME_ID])]


@outings.read("", summary="临时外出列表", errors=[InvalidCursor])
async def list_outings(query: Annotated[OutingQuery, Query()], service: Outings) -> OutingPage:
    return await service.list_outings(query)


@outings.create(
    "",
    summary="报备临时外出",
    errors=[NotYourLeave, NoStaffRecord, OutingBegun, OverlappingOuting],
)
async def report_outing(data: OutingCreate, response: Response, service: Outings) -> OutingRead:
    shown, version = await service.show_outing(await service.report(data))
    put_etag(response, version)
    return shown


@outings.read("/{outing_id}", summary="查看临时外出", errors=[OutingNotFound])
async def read_outing(outing_id: OutingId, response: Response, service: Outings) -> OutingRead:
    shown, version = await service.show_outing(outing_id)
    put_etag(response, version)
    return shown


@outings.command(
    "/{outing_id}/return",
    summary="登记返岗",
    errors=[OutingNotFound, NotYourLeave, WrongOutingState, OutingNotBegun],
)
async def return_from_outing(
    outing_id: OutingId, seen: IfMatch, response: Response, service: Outings
) -> OutingRead:
    await service.come_back(outing_id, seen=seen)
    shown, version = await service.show_outing(outing_id)
    put_etag(response, version)
    return shown


@outings.command(
    "/{outing_id}/cancel",
    summary="撤销外出报备",
    errors=[OutingNotFound, NotYourLeave, WrongOutingState, OutingBegun],
)
async def cancel_outing(
    outing_id: OutingId, seen: IfMatch, response: Response, service: Outings
) -> OutingRead:
    await service.cancel_outing(outing_id, seen=seen)
    shown, version = await service.show_outing(outing_id)
    put_etag(response, version)
    return shown


@overtime.read("", summary="加班申请列表", errors=[InvalidCursor])
async def list_overtime(query: Annotated[OvertimeQuery, Query()], service: Outings) -> OvertimePage:
    return await service.list_overtime(query)


@overtime.create(
    "",
    summary="申请加班",
    errors=[
        NotYourLeave,
        NoStaffRecord,
        OvertimeBegun,
        OvertimeInOfficeHours,
        OverlappingOvertime,
    ],
)
async def apply_for_overtime(
    data: OvertimeCreate, response: Response, service: Outings
) -> OvertimeRead:
    shown, version = await service.show_overtime(await service.apply(data))
    put_etag(response, version)
    return shown


@overtime.read("/{overtime_id}", summary="查看加班申请", errors=[OvertimeNotFound])
async def read_overtime(
    overtime_id: OvertimeId, response: Response, service: Outings
) -> OvertimeRead:
    shown, version = await service.show_overtime(overtime_id)
    put_etag(response, version)
    return shown


@overtime.command(
    "/{overtime_id}/approve",
    summary="批准加班",
    errors=[OvertimeNotFound, NotYourLeave, OwnLeave, WrongOvertimeState],
)
async def approve_overtime(
    *,
    overtime_id: OvertimeId,
    data: OvertimeDecision,
    seen: IfMatch,
    response: Response,
    service: Outings,
    _: Office,
) -> OvertimeRead:
    await service.approve_overtime(overtime_id, data, seen=seen)
    shown, version = await service.show_overtime(overtime_id)
    put_etag(response, version)
    return shown


@overtime.command(
    "/{overtime_id}/refuse",
    summary="不批准加班",
    errors=[OvertimeNotFound, NotYourLeave, OwnLeave, WrongOvertimeState],
)
async def refuse_overtime(
    *,
    overtime_id: OvertimeId,
    data: OvertimeRefusal,
    seen: IfMatch,
    response: Response,
    service: Outings,
    _: Office,
) -> OvertimeRead:
    await service.refuse_overtime(overtime_id, data, seen=seen)
    shown, version = await service.show_overtime(overtime_id)
    put_etag(response, version)
    return shown


@overtime.command(
    "/{overtime_id}/cancel",
    summary="撤销加班申请",
    errors=[OvertimeNotFound, NotYourLeave, WrongOvertimeState, OvertimeBegun],
)
async def cancel_overtime(
    overtime_id: OvertimeId, seen: IfMatch, response: Response, service: Outings
) -> OvertimeRead:
    await service.cancel_overtime(overtime_id, seen=seen)
    shown, version = await service.show_overtime(overtime_id)
    put_etag(response, version)
    return shown
