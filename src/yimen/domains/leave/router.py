"""Leave and substitutes over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import Director, IfMatch, Office
from yimen.core.errors import NotFound
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.leave.dependencies import Leave, LeaveSteps, Outlook, Substitutes
from yimen.domains.leave.schemas import (
    LEAVE_ID,
    SUBSTITUTION_ID,
    Agreement,
    CertificateInput,
    EmptyWindowList,
    EmptyWindowQuery,
    ExtensionAsk,
    HandBack,
    HandOut,
    LeaveAsk,
    LeaveCreate,
    LeaveOutlook,
    LeavePage,
    LeaveQuery,
    LeaveRead,
    LeaveTimeline,
    Refusing,
    ReturnFromLeave,
    SubstituteRegister,
    SubstitutionPage,
    SubstitutionQuery,
    SubstitutionRead,
)
from yimen.domains.leave.service import LeaveNotFound, NotYourLeave, OwnLeave, WrongLeaveState
from yimen.domains.leave.service_outlook import NoStaffRecord
from yimen.domains.leave.service_steps import (
    ExtensionNotLater,
    LeaveHasBegun,
    LeaveIsOver,
    LeaveNotBegun,
    NotAtTheHallThen,
    NothingToAskFor,
    NotSickLeave,
    OnlyTheOfficeSaysWhen,
    OverlappingLeave,
)
from yimen.domains.leave.service_substitutes import (
    BadgeHandedOut,
    BadgeNotOut,
    NoWindowToStandInAt,
    OwnSubstitute,
    SubstituteElsewhere,
    SubstituteOfOtherDepartment,
    SubstituteOnLeave,
    SubstitutionNotFound,
    SubstitutionOver,
)
from yimen.domains.organisation.service import ForeignStaff, StaffMemberLeft, WindowIsClosed
from yimen.domains.organisation.service_posts import DeputyIsAbsent, DeputyNotNear, OwnDeputy
from yimen.domains.organisation.service_staffing import OverlappingService

leave_requests = Router(prefix="/leave-requests", tag="leave")
substitutions = Router(prefix="/substitutions", tag="leave")

LeaveId = Annotated[UUID, Path(examples=[LEAVE_ID])]
SubstitutionId = Annotated[UUID, Path(examples=[SUBSTITUTION_ID])]
STEP = (LeaveNotFound, NotYourLeave, OwnLeave, WrongLeaveState)
NO_DEPUTY = (OwnDeputy, DeputyNotNear, DeputyIsAbsent, StaffMemberLeft)


@leave_requests.read("", summary="请假列表", errors=[InvalidCursor])
async def list_leave(query: Annotated[LeaveQuery, Query()], leave: Leave) -> LeavePage:
    return await leave.list_page(query)


@leave_requests.create(
    "",
    summary="提出请假",
    errors=[
        NotYourLeave,
        NoStaffRecord,
        OverlappingLeave,
        NothingToAskFor,
        NotAtTheHallThen,
        *NO_DEPUTY,
    ],
)
async def request_leave(
    data: LeaveCreate, response: Response, steps: LeaveSteps, leave: Leave
) -> LeaveRead:
    made = await steps.request(data)
    shown, version = await leave.show(made.id)
    put_etag(response, version)
    return shown


@leave_requests.create(
    "/preview",
    summary="请假之前预览：计入的半天、审批步骤、替岗要求、无人窗口",
    status_code=200,
    errors=[NotYourLeave, NoStaffRecord, NotFound],
)
async def preview_leave(data: LeaveAsk, outlook: Outlook) -> LeaveOutlook:
    return await outlook.preview(data)


@leave_requests.read("/empty-windows", summary="因请假而无人在岗的窗口")
async def list_empty_windows(
    query: Annotated[EmptyWindowQuery, Query()], outlook: Outlook
) -> EmptyWindowList:
    return await outlook.empty_windows(query)


@leave_requests.read("/{leave_id}", summary="查看请假", errors=[LeaveNotFound])
async def read_leave(leave_id: LeaveId, response: Response, leave: Leave) -> LeaveRead:
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.read(
    "/{leave_id}/outlook", summary="请假的逐日计算、审批步骤和提醒", errors=[LeaveNotFound]
)
async def read_outlook(leave_id: LeaveId, outlook: Outlook) -> LeaveOutlook:
    return await outlook.outlook(leave_id)


@leave_requests.read("/{leave_id}/timeline", summary="请假的经过", errors=[LeaveNotFound])
async def read_leave_timeline(leave_id: LeaveId, leave: Leave) -> LeaveTimeline:
    return await leave.timeline(leave_id)


@leave_requests.command("/{leave_id}/agree", summary="派出单位同意请假或续假", errors=[*STEP])
async def agree_to_leave(
    *,
    leave_id: LeaveId,
    data: Agreement,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.agree(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command(
    "/{leave_id}/approve",
    summary="批准请假或续假",
    errors=[*STEP, NothingToAskFor, OverlappingLeave],
)
async def approve_leave(
    *,
    leave_id: LeaveId,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
    _: Director,
) -> LeaveRead:
    await steps.approve(leave_id, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command("/{leave_id}/refuse", summary="不同意或不批准请假、续假", errors=[*STEP])
async def refuse_leave(
    *,
    leave_id: LeaveId,
    data: Refusing,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.refuse(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command("/{leave_id}/cancel", summary="撤销请假", errors=[*STEP, LeaveHasBegun])
async def cancel_leave(
    *,
    leave_id: LeaveId,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.cancel(leave_id, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command(
    "/{leave_id}/extend",
    summary="申请续假",
    errors=[*STEP, LeaveIsOver, ExtensionNotLater, NothingToAskFor, OverlappingLeave],
)
async def extend_leave(
    *,
    leave_id: LeaveId,
    data: ExtensionAsk,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.extend(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command(
    "/{leave_id}/withdraw-extension", summary="撤回尚未决定的续假", errors=[*STEP]
)
async def withdraw_extension(
    *,
    leave_id: LeaveId,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.withdraw_extension(leave_id, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command(
    "/{leave_id}/certificate", summary="提交《病假证明》", errors=[*STEP, NotSickLeave]
)
async def hand_in_certificate(
    *,
    leave_id: LeaveId,
    data: CertificateInput,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.hand_in_certificate(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command(
    "/{leave_id}/return",
    summary="销假",
    errors=[*STEP, LeaveNotBegun, NotSickLeave, OnlyTheOfficeSaysWhen],
)
async def return_from_leave(
    *,
    leave_id: LeaveId,
    data: ReturnFromLeave,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
) -> LeaveRead:
    await steps.return_from(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command("/{leave_id}/deceit", summary="认定以欺骗手段请假", errors=[*STEP])
async def find_deceitful(
    *,
    leave_id: LeaveId,
    data: Refusing,
    seen: IfMatch,
    response: Response,
    steps: LeaveSteps,
    leave: Leave,
    _: Office,
) -> LeaveRead:
    await steps.find_deceitful(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@leave_requests.command(
    "/{leave_id}/substitutes",
    summary="登记替岗人员",
    errors=[
        *STEP,
        NoWindowToStandInAt,
        OwnSubstitute,
        SubstituteOfOtherDepartment,
        SubstituteOnLeave,
        SubstituteElsewhere,
        OverlappingService,
        WindowIsClosed,
        StaffMemberLeft,
        ForeignStaff,
    ],
)
async def register_substitute(
    *,
    leave_id: LeaveId,
    data: SubstituteRegister,
    seen: IfMatch,
    response: Response,
    substitutes: Substitutes,
    leave: Leave,
    _: Office,
) -> LeaveRead:
    await substitutes.register(leave_id, data, seen=seen)
    shown, version = await leave.show(leave_id)
    put_etag(response, version)
    return shown


@substitutions.read("", summary="替岗列表，含未归还的挂牌和桌牌", errors=[InvalidCursor])
async def list_substitutions(
    query: Annotated[SubstitutionQuery, Query()], substitutes: Substitutes
) -> SubstitutionPage:
    return await substitutes.list_page(query)


@substitutions.read("/{substitution_id}", summary="查看替岗", errors=[SubstitutionNotFound])
async def read_substitution(
    substitution_id: SubstitutionId, response: Response, substitutes: Substitutes
) -> SubstitutionRead:
    shown, version = await substitutes.show(substitution_id)
    put_etag(response, version)
    return shown


@substitutions.command(
    "/{substitution_id}/hand-out",
    summary="发放临时工作挂牌和桌牌",
    errors=[SubstitutionNotFound, SubstitutionOver, BadgeHandedOut],
)
async def hand_out_badge(
    *,
    substitution_id: SubstitutionId,
    data: HandOut,
    seen: IfMatch,
    response: Response,
    substitutes: Substitutes,
    _: Office,
) -> SubstitutionRead:
    await substitutes.hand_out(substitution_id, data, seen=seen)
    shown, version = await substitutes.show(substitution_id)
    put_etag(response, version)
    return shown


@substitutions.command(
    "/{substitution_id}/hand-back",
    summary="收回挂牌和桌牌",
    errors=[SubstitutionNotFound, BadgeNotOut],
)
async def hand_back_badge(
    *,
    substitution_id: SubstitutionId,
    data: HandBack,
    seen: IfMatch,
    response: Response,
    substitutes: Substitutes,
    _: Office,
) -> SubstitutionRead:
    await substitutes.hand_back(substitution_id, data, seen=seen)
    shown, version = await substitutes.show(substitution_id)
    put_etag(response, version)
    return shown


@substitutions.command(
    "/{substitution_id}/recall",
    summary="提前结束或取消替岗",
    errors=[SubstitutionNotFound, SubstitutionOver],
)
async def recall_substitute(
    *,
    substitution_id: SubstitutionId,
    seen: IfMatch,
    response: Response,
    substitutes: Substitutes,
    _: Office,
) -> SubstitutionRead:
    await substitutes.recall(substitution_id, seen=seen)
    shown, version = await substitutes.show(substitution_id)
    put_etag(response, version)
    return shown
