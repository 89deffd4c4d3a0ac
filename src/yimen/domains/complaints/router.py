"""Complaints over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, Director, IfMatch, OfficeOrDirector
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.complaints.dependencies import Complaints, ComplaintSteps
from yimen.domains.complaints.schemas import (
    COMPLAINT_ID,
    AcceptCommand,
    AnswerCommand,
    ComplainantRead,
    ComplaintCreate,
    ComplaintQuery,
    ComplaintRead,
    DeclineCommand,
    FindCommand,
    InvestigateCommand,
    ReopenCommand,
    RevealCommand,
    StepRead,
    WithdrawCommand,
)
from yimen.domains.complaints.service import (
    ComplaintNotFound,
    OwnMatter,
    WrongComplaintState,
)
from yimen.domains.complaints.service_steps import InvestigatorPartial, NobodyAnswers

router = Router(prefix="/complaints", tag="complaints")

ComplaintId = Annotated[UUID, Path(examples=[COMPLAINT_ID])]
ACT_ERRORS = [ComplaintNotFound, OwnMatter, WrongComplaintState]


@router.create("", summary="登记投诉")
async def register(
    wish: ComplaintCreate, response: Response, complaints: Complaints, _: OfficeOrDirector
) -> ComplaintRead:
    complaint = await complaints.register(wish)
    put_etag(response, complaint.version)
    response.headers["Location"] = f"/api/v1/complaints/{complaint.id}"
    return complaint


@router.read("", summary="投诉列表", errors=[InvalidCursor])
async def list_complaints(
    query: Annotated[ComplaintQuery, Query()], complaints: Complaints, _: AnyCaller
) -> Page[ComplaintRead]:
    return await complaints.list_page(query)


@router.read("/{complaint_id}", summary="查看投诉", errors=[ComplaintNotFound])
async def read_complaint(
    complaint_id: ComplaintId, response: Response, complaints: Complaints
) -> ComplaintRead:
    complaint = await complaints.read(complaint_id)
    put_etag(response, complaint.version)
    return complaint


@router.read("/{complaint_id}/timeline", summary="投诉的办理经过", errors=[ComplaintNotFound])
async def read_timeline(
    complaint_id: ComplaintId, complaints: Complaints, _: OfficeOrDirector
) -> list[StepRead]:
    return await complaints.timeline(complaint_id)


@router.create(
    "/{complaint_id}/reveal-complainant",
    summary="查看投诉人与投诉原文（留痕）",
    errors=ACT_ERRORS,
    status_code=200,
)
async def reveal_complainant(
    complaint_id: ComplaintId, wish: RevealCommand, complaints: Complaints, _: OfficeOrDirector
) -> ComplainantRead:
    return await complaints.reveal(complaint_id, wish)


@router.command("/{complaint_id}/accept", summary="受理投诉", errors=ACT_ERRORS)
async def accept(
    *,
    complaint_id: ComplaintId,
    wish: AcceptCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: OfficeOrDirector,
) -> ComplaintRead:
    complaint = await steps.accept(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint


@router.command("/{complaint_id}/decline", summary="不予受理并告知向谁提出", errors=ACT_ERRORS)
async def decline(
    *,
    complaint_id: ComplaintId,
    wish: DeclineCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: OfficeOrDirector,
) -> ComplaintRead:
    complaint = await steps.decline(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint


@router.command(
    "/{complaint_id}/investigate",
    summary="指派或更换调查人",
    errors=[*ACT_ERRORS, InvestigatorPartial],
)
async def investigate(
    *,
    complaint_id: ComplaintId,
    wish: InvestigateCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: OfficeOrDirector,
) -> ComplaintRead:
    complaint = await steps.investigate(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint


@router.command(
    "/{complaint_id}/find",
    summary="认定投诉是否属实",
    errors=[*ACT_ERRORS, InvestigatorPartial, NobodyAnswers],
)
async def find(
    *,
    complaint_id: ComplaintId,
    wish: FindCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: OfficeOrDirector,
) -> ComplaintRead:
    complaint = await steps.find(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint


@router.command("/{complaint_id}/answer", summary="书面答复投诉人", errors=ACT_ERRORS)
async def answer(
    *,
    complaint_id: ComplaintId,
    wish: AnswerCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: OfficeOrDirector,
) -> ComplaintRead:
    complaint = await steps.answer(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint


@router.command("/{complaint_id}/withdraw", summary="登记投诉人撤回", errors=ACT_ERRORS)
async def withdraw(
    *,
    complaint_id: ComplaintId,
    wish: WithdrawCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: OfficeOrDirector,
) -> ComplaintRead:
    complaint = await steps.withdraw(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint


@router.command("/{complaint_id}/reopen", summary="发回重查", errors=ACT_ERRORS)
async def reopen(
    *,
    complaint_id: ComplaintId,
    wish: ReopenCommand,
    seen: IfMatch,
    response: Response,
    steps: ComplaintSteps,
    _: Director,
) -> ComplaintRead:
    complaint = await steps.reopen(complaint_id, seen, wish)
    put_etag(response, complaint.version)
    return complaint
