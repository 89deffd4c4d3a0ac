"""Clocks, their users, touches and their import over HTTP: the office's, others read their own."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch, Office, OfficeOrDirector
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.pagination import InvalidCursor, PageQuery
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.attendance.dependencies import (
    Clocks,
    Punches,
    PunchFiles,
    SentPunches,
)
from yimen.domains.attendance.schemas_clocks import (
    ClockCreate,
    ClockPage,
    ClockRead,
    ClockUpdate,
    ClockUserCreate,
    ClockUserEnd,
    ClockUserList,
    ClockUserPage,
    ClockUserQuery,
    ClockUserRead,
    OffsetList,
    SpanQuery,
    UnknownUserList,
)
from yimen.domains.attendance.schemas_files import (
    BatchPage,
    BatchQuery,
    BatchRead,
    BatchReverse,
    FaultPage,
    FaultQuery,
    FaultRead,
    FaultSettle,
)
from yimen.domains.attendance.schemas_punches import (
    BATCH_ID,
    CLOCK_ID,
    CLOCK_USER_ID,
    FAULT_ID,
    PunchesReceive,
    PunchesReceived,
    PunchPage,
    PunchQuery,
    PunchReceive,
    PunchReceived,
)
from yimen.domains.attendance.service_clocks import (
    ClockDeviceTaken,
    ClockNumberTaken,
    ClockUserTaken,
    PunchSpanTooLong,
)
from yimen.domains.attendance.service_files import BatchReversed
from yimen.domains.attendance.service_punches import (
    ClockRetired,
    ClockUnknown,
    FaultSettled,
    NotThisClock,
)

clocks = Router(prefix="/time-clocks", tag="time-clocks")
users = Router(prefix="/clock-users", tag="clock-users")
punches = Router(prefix="/attendance", tag="punches")

ClockId = Annotated[UUID, Path(examples=[CLOCK_ID])]
ClockUserId = Annotated[UUID, Path(examples=[CLOCK_USER_ID])]
BatchId = Annotated[UUID, Path(examples=[BATCH_ID])]
FaultId = Annotated[UUID, Path(examples=[FAULT_ID])]

# Clocks


@clocks.read("", summary="考勤机列表", errors=[InvalidCursor])
async def list_clocks(
    query: Annotated[PageQuery, Query()], service: Clocks, _: OfficeOrDirector
) -> ClockPage:
    return await service.list_clocks(query)


@clocks.create("", summary="登记考勤机", errors=[ClockNumberTaken, ClockDeviceTaken])
async def create_clock(
    wish: ClockCreate, response: Response, service: Clocks, _: Office
) -> ClockRead:
    clock = await service.create_clock(wish)
    put_etag(response, clock.version)
    return await service.show_clock(clock)


@clocks.read("/{clock_id}", summary="查看考勤机")
async def read_clock(
    clock_id: ClockId, response: Response, service: Clocks, _: OfficeOrDirector
) -> ClockRead:
    shown, version = await service.read_clock(clock_id)
    put_etag(response, version)
    return shown


@clocks.change(
    "/{clock_id}", summary="修改考勤机的名称、设备、启用日或停用日", errors=[ClockDeviceTaken]
)
async def change_clock(
    *,
    clock_id: ClockId,
    wish: ClockUpdate,
    seen: IfMatch,
    response: Response,
    service: Clocks,
    _: Office,
) -> ClockRead:
    clock = await service.change_clock(clock_id, wish, seen=seen)
    put_etag(response, clock.version)
    return await service.show_clock(clock)


@clocks.read(
    "/{clock_id}/offsets", summary="考勤机逐日的快慢（只测量，不校正）", errors=[PunchSpanTooLong]
)
async def list_offsets(
    clock_id: ClockId,
    query: Annotated[SpanQuery, Query()],
    service: Clocks,
    _: OfficeOrDirector,
) -> OffsetList:
    return await service.offsets(clock_id, query)


# Users of clocks


@users.read("", summary="考勤号登记列表", errors=[InvalidCursor])
async def list_users(
    query: Annotated[ClockUserQuery, Query()], service: Clocks, _: OfficeOrDirector
) -> ClockUserPage:
    return await service.list_users(query)


@users.create("", summary="把考勤号登记给工作人员", errors=[ClockUserTaken])
async def add_users(wish: ClockUserCreate, service: Clocks, _: Office) -> ClockUserList:
    return await service.add_users(wish)


@users.read("/unknown", summary="有打卡而没有登记的考勤号", errors=[PunchSpanTooLong])
async def list_unknown_users(
    query: Annotated[SpanQuery, Query()], service: Clocks, _: OfficeOrDirector
) -> UnknownUserList:
    return await service.unknown_users(query)


@users.read("/{clock_user_id}", summary="查看考勤号登记")
async def read_user(
    clock_user_id: ClockUserId, response: Response, service: Clocks, _: OfficeOrDirector
) -> ClockUserRead:
    shown, version = await service.read_user(clock_user_id)
    put_etag(response, version)
    return shown


@users.command(
    "/{clock_user_id}/end", summary="结束（或改定）考勤号登记的最后一日", errors=[ClockUserTaken]
)
async def end_user(
    *,
    clock_user_id: ClockUserId,
    wish: ClockUserEnd,
    seen: IfMatch,
    response: Response,
    service: Clocks,
    _: Office,
) -> ClockUserRead:
    shown, version = await service.end_user(clock_user_id, wish, seen=seen)
    put_etag(response, version)
    return shown


# Touches


@punches.create(
    "/punches",
    summary="接收一条打卡记录",
    errors=[ClockUnknown, ClockRetired, NotThisClock, IdempotencyKeyMissing],
)
async def receive_punch(wish: PunchReceive, service: SentPunches) -> PunchReceived:
    return await service.receive_one(wish)


@punches.create(
    "/punches/batch",
    summary="接收一批打卡记录（最多 1000 条）",
    errors=[ClockUnknown, ClockRetired, NotThisClock, IdempotencyKeyMissing],
)
async def receive_punches(wish: PunchesReceive, service: SentPunches) -> PunchesReceived:
    return await service.receive(wish)


@punches.read(
    "/punches",
    summary="打卡记录（本人、本部门或全部，按角色）",
    errors=[InvalidCursor, PunchSpanTooLong],
)
async def list_punches(query: Annotated[PunchQuery, Query()], service: Punches) -> PunchPage:
    return await service.list_punches(query)


@punches.read("/batches", summary="打卡记录的批次", errors=[InvalidCursor])
async def list_batches(
    query: Annotated[BatchQuery, Query()], service: PunchFiles, _: OfficeOrDirector
) -> BatchPage:
    return await service.list_batches(query)


@punches.read("/batches/{batch_id}", summary="查看一批打卡记录")
async def read_batch(
    batch_id: BatchId, response: Response, service: PunchFiles, _: OfficeOrDirector
) -> BatchRead:
    shown, version = await service.read_batch(batch_id)
    put_etag(response, version)
    return shown


@punches.command(
    "/batches/{batch_id}/reverse",
    summary="撤销一批打卡记录：记录保留，不再计算",
    errors=[BatchReversed],
)
async def reverse_batch(
    *,
    batch_id: BatchId,
    wish: BatchReverse,
    seen: IfMatch,
    response: Response,
    service: PunchFiles,
    _: Office,
) -> BatchRead:
    shown, version = await service.reverse_batch(batch_id, wish, seen=seen)
    put_etag(response, version)
    return shown


@punches.read("/faults", summary="待核的打卡行", errors=[InvalidCursor])
async def list_faults(
    query: Annotated[FaultQuery, Query()], service: Punches, _: OfficeOrDirector
) -> FaultPage:
    return await service.list_faults(query)


@punches.read("/faults/{fault_id}", summary="查看待核的打卡行")
async def read_fault(
    fault_id: FaultId, response: Response, service: Punches, _: OfficeOrDirector
) -> FaultRead:
    shown, version = await service.read_fault(fault_id)
    put_etag(response, version)
    return shown


@punches.command(
    "/faults/{fault_id}/settle", summary="登记对待核打卡行的处理意见", errors=[FaultSettled]
)
async def settle_fault(
    *,
    fault_id: FaultId,
    wish: FaultSettle,
    seen: IfMatch,
    response: Response,
    service: Punches,
    _: Office,
) -> FaultRead:
    shown, version = await service.settle_fault(fault_id, wish, seen=seen)
    put_etag(response, version)
    return shown
