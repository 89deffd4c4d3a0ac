"""Refusals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, ClerkOrChief, Director, IfMatch
from yimen.core.errors import Stale
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.service import CaseNotFound, NotYourCase, WrongCaseState
from yimen.domains.cases.service_clock import DecisionPending, NothingPending, OwnRequest
from yimen.domains.cases.service_intake import NotYourWindow, UnknownWindow, WhichWindow
from yimen.domains.cases.service_steps import RefusalPending
from yimen.domains.rejections.dependencies import Filing, Rejections
from yimen.domains.rejections.schemas import (
    REJECTION_ID,
    AskReturnCommand,
    BreachQuery,
    BreachRead,
    CompleteCommand,
    DecideCommand,
    DeliverNoticeCommand,
    RejectionArchive,
    RejectionCreate,
    RejectionQuery,
    RejectionRead,
    RequesterPhone,
    RetractCommand,
    RevealRequesterCommand,
)
from yimen.domains.rejections.service import NotYourRejection, RejectionNotFound
from yimen.domains.rejections.service_breaches import PeriodFaulty
from yimen.domains.rejections.service_filing import (
    AlreadyFiled,
    AuthorityNotStated,
    LegalBasisRequired,
    NothingTakenIn,
    NothingToComplete,
    NoticeDelivered,
    NoticeMissing,
    NoticeWithCase,
    RefusedOutOfRange,
    ReturnAlreadyAsked,
    StillIncomplete,
    WrongRejectionState,
)

router = Router(prefix="/rejections", tag="rejections")

RejectionId = Annotated[UUID, Path(examples=[REJECTION_ID])]
ACT_ERRORS = [RejectionNotFound, NotYourRejection, WrongRejectionState]


@router.create(
    "",
    summary="否定报备：权限内否定并登记，超越权限的请示领导",
    errors=[
        AlreadyFiled,
        AuthorityNotStated,
        CaseNotFound,
        DecisionPending,
        LegalBasisRequired,
        NotYourCase,
        NotYourWindow,
        RefusalPending,
        RefusedOutOfRange,
        Stale,
        UnknownWindow,
        WhichWindow,
        WrongCaseState,
    ],
)
async def file_rejection(
    wish: RejectionCreate, response: Response, filing: Filing, _: ClerkOrChief
) -> RejectionRead:
    rejection = await filing.file(wish)
    put_etag(response, rejection.version)
    response.headers["Location"] = f"/api/v1/rejections/{rejection.id}"
    return rejection


@router.read("", summary="否定报备列表", errors=[InvalidCursor])
async def list_rejections(
    query: Annotated[RejectionQuery, Query()], rejections: Rejections, _: AnyCaller
) -> Page[RejectionRead]:
    return await rejections.list_page(query)


@router.read("/breaches", summary="违反否定报备制的情形，从记录中查出", errors=[PeriodFaulty])
async def list_breaches(
    query: Annotated[BreachQuery, Query()], rejections: Rejections, _: AnyCaller
) -> list[BreachRead]:
    return await rejections.list_breaches(query)


@router.read("/{rejection_id}", summary="查看否定报备", errors=[RejectionNotFound])
async def read_rejection(
    rejection_id: RejectionId, response: Response, rejections: Rejections, _: AnyCaller
) -> RejectionRead:
    rejection = await rejections.read(rejection_id)
    put_etag(response, rejection.version)
    return rejection


@router.read(
    "/{rejection_id}/archive",
    summary="否定报备档案：登记、批示、文书、材料和办件经过",
    errors=[RejectionNotFound],
)
async def read_archive(
    rejection_id: RejectionId, rejections: Rejections, _: AnyCaller
) -> RejectionArchive:
    return await rejections.archive(rejection_id)


@router.create(
    "/{rejection_id}/reveal-requester",
    summary="查看诉求人完整电话（留痕）",
    errors=[RejectionNotFound, NotYourRejection],
    status_code=200,
)
async def reveal_requester(
    rejection_id: RejectionId,
    wish: RevealRequesterCommand,
    rejections: Rejections,
    _: ClerkOrChief,
) -> RequesterPhone:
    return await rejections.reveal(rejection_id, wish.reason)


@router.command(
    "/{rejection_id}/decide",
    summary="批示超越权限的否定（中心领导）",
    errors=[*ACT_ERRORS, CaseNotFound, NothingPending, OwnRequest, WrongCaseState],
)
async def decide_rejection(
    *,
    rejection_id: RejectionId,
    wish: DecideCommand,
    seen: IfMatch,
    response: Response,
    filing: Filing,
    _: Director,
) -> RejectionRead:
    rejection = await filing.decide(rejection_id, seen, wish)
    put_etag(response, rejection.version)
    return rejection


@router.command("/{rejection_id}/retract", summary="收回否定请示", errors=ACT_ERRORS)
async def retract_rejection(
    *,
    rejection_id: RejectionId,
    wish: RetractCommand,
    seen: IfMatch,
    response: Response,
    filing: Filing,
    _: ClerkOrChief,
) -> RejectionRead:
    rejection = await filing.retract(rejection_id, seen, wish)
    put_etag(response, rejection.version)
    return rejection


@router.command(
    "/{rejection_id}/complete",
    summary="补全登记表和告知书",
    errors=[*ACT_ERRORS, NothingToComplete, StillIncomplete],
)
async def complete_rejection(
    *,
    rejection_id: RejectionId,
    wish: CompleteCommand,
    seen: IfMatch,
    response: Response,
    filing: Filing,
    _: ClerkOrChief,
) -> RejectionRead:
    rejection = await filing.complete(rejection_id, seen, wish)
    put_etag(response, rejection.version)
    return rejection


@router.command(
    "/{rejection_id}/ask-return",
    summary="登记退还材料的要求",
    errors=[*ACT_ERRORS, NothingTakenIn, RefusedOutOfRange, ReturnAlreadyAsked],
)
async def ask_return(
    *,
    rejection_id: RejectionId,
    wish: AskReturnCommand,
    seen: IfMatch,
    response: Response,
    filing: Filing,
    _: ClerkOrChief,
) -> RejectionRead:
    rejection = await filing.ask_return(rejection_id, seen, wish)
    put_etag(response, rejection.version)
    return rejection


@router.command(
    "/{rejection_id}/deliver-notice",
    summary="登记告知书送达（未收件的诉求）",
    errors=[*ACT_ERRORS, NoticeDelivered, NoticeMissing, NoticeWithCase],
)
async def deliver_notice(
    *,
    rejection_id: RejectionId,
    wish: DeliverNoticeCommand,
    seen: IfMatch,
    response: Response,
    filing: Filing,
    _: ClerkOrChief,
) -> RejectionRead:
    rejection = await filing.deliver_notice(rejection_id, seen, wish)
    put_etag(response, rejection.version)
    return rejection
