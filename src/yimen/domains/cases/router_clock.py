"""The acts on a running clock, and joint opinions, over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from yimen.core.dependencies import AnyCaller, Chief, ClerkOrChief, Director, IfMatch
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.dependencies import Clock, Joint
from yimen.domains.cases.router import STEP_ERRORS, CaseId
from yimen.domains.cases.schemas import CaseRead
from yimen.domains.cases.schemas_clock import (
    AskOpinionCommand,
    DecideExtensionCommand,
    DecideSpecialCommand,
    GiveOpinionCommand,
    OpinionQuery,
    OpinionRead,
    ReportCommand,
    RequestExtensionCommand,
    RequestSpecialCommand,
    ResumeCommand,
    SuspendCommand,
)
from yimen.domains.cases.service import CaseNotFound
from yimen.domains.cases.service_clock import (
    CauseUsedUp,
    DecisionPending,
    DueDateNotAhead,
    ExtensionTooLong,
    NothingPending,
    OwnRequest,
    ResumedOutOfRange,
    SpecialOverdue,
)
from yimen.domains.cases.service_joint import AlreadyAsked, DeemedAlready, OwnDepartment
from yimen.domains.cases.service_obstacles import (
    AlreadyExtended,
    ExtensionTooLate,
    ImmediateCannotStop,
)

router = Router(prefix="/cases", tag="cases")
opinions = Router(prefix="/opinions", tag="cases")


@router.command(
    "/{case_id}/suspend",
    summary="中止计时（听证、评审、勘验、检测）",
    errors=[*STEP_ERRORS, CauseUsedUp, ImmediateCannotStop],
)
async def suspend(
    *,
    case_id: CaseId,
    wish: SuspendCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: ClerkOrChief,
) -> CaseRead:
    case = await clock.suspend(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/report",
    summary="上报上级部门",
    errors=[*STEP_ERRORS, CauseUsedUp, ImmediateCannotStop],
)
async def report(
    *,
    case_id: CaseId,
    wish: ReportCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: ClerkOrChief,
) -> CaseRead:
    case = await clock.report(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command("/{case_id}/resume", summary="恢复计时", errors=[*STEP_ERRORS, ResumedOutOfRange])
async def resume(
    *,
    case_id: CaseId,
    wish: ResumeCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: ClerkOrChief,
) -> CaseRead:
    case = await clock.resume(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/request-extension",
    summary="申请延时办理",
    errors=[*STEP_ERRORS, AlreadyExtended, DecisionPending, ExtensionTooLate, ExtensionTooLong],
)
async def request_extension(
    *,
    case_id: CaseId,
    wish: RequestExtensionCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: ClerkOrChief,
) -> CaseRead:
    case = await clock.request_extension(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/decide-extension",
    summary="审批延时办理",
    errors=[*STEP_ERRORS, NothingPending, OwnRequest],
)
async def decide_extension(
    *,
    case_id: CaseId,
    wish: DecideExtensionCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: Director,
) -> CaseRead:
    case = await clock.decide_extension(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/request-special",
    summary="请示特办",
    errors=[*STEP_ERRORS, DecisionPending, DueDateNotAhead, SpecialOverdue],
)
async def request_special(
    *,
    case_id: CaseId,
    wish: RequestSpecialCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: ClerkOrChief,
) -> CaseRead:
    case = await clock.request_special(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/decide-special",
    summary="审批特办",
    errors=[*STEP_ERRORS, DueDateNotAhead, NothingPending, OwnRequest, SpecialOverdue],
)
async def decide_special(
    *,
    case_id: CaseId,
    wish: DecideSpecialCommand,
    seen: IfMatch,
    response: Response,
    clock: Clock,
    _: Director,
) -> CaseRead:
    case = await clock.decide_special(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/ask-opinion",
    summary="征求协办部门意见",
    errors=[*STEP_ERRORS, AlreadyAsked, OwnDepartment],
)
async def ask_opinion(
    *,
    case_id: CaseId,
    wish: AskOpinionCommand,
    seen: IfMatch,
    response: Response,
    joint: Joint,
    _: ClerkOrChief,
) -> CaseRead:
    case = await joint.ask(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/give-opinion",
    summary="答复意见（被征求部门首席代表）",
    errors=[*STEP_ERRORS, DeemedAlready],
)
async def give_opinion(
    *,
    case_id: CaseId,
    wish: GiveOpinionCommand,
    seen: IfMatch,
    response: Response,
    joint: Joint,
    _: Chief,
) -> CaseRead:
    case = await joint.give(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.read("/{case_id}/opinions", summary="协办部门意见", errors=[CaseNotFound])
async def read_opinions(case_id: CaseId, joint: Joint) -> list[OpinionRead]:
    return await joint.of_case(case_id)


@opinions.read("", summary="征求本部门意见的列表", errors=[InvalidCursor])
async def list_opinions(
    query: Annotated[OpinionQuery, Query()], joint: Joint, _: AnyCaller
) -> Page[OpinionRead]:
    return await joint.list_page(query)
