"""Cases over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import ClerkOrChief, IfMatch
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.dependencies import Cases, Intake, Steps
from yimen.domains.cases.schemas import (
    CASE_ID,
    AcceptCommand,
    ApplicantNumbers,
    CaseCreate,
    CaseEventRead,
    CaseMaterialRead,
    CaseQuery,
    CaseRead,
    CaseSearch,
    CaseSummary,
    DeadlinePreviewQuery,
    DeadlineRead,
    DeliverCommand,
    DismissCommand,
    FinishCommand,
    HandInCommand,
    NotAcceptCommand,
    RevealCommand,
    SupplementCommand,
    TransferCommand,
    WithdrawCommand,
    present_deadline,
)
from yimen.domains.cases.service import CaseNotFound, NotAcceptedYet, NotYourCase, WrongCaseState
from yimen.domains.cases.service_intake import (
    ItemNotInForce,
    NotAtThisWindow,
    NotYourWindow,
    ReceivedInFuture,
    UnknownMaterial,
    UnknownWindow,
    WhichWindow,
)
from yimen.domains.cases.service_obstacles import (
    ApprovalMissing,
    MaterialsMissing,
    NobodyAsked,
    NotReported,
    OpinionsOutstanding,
    OriginalsHeld,
)
from yimen.domains.cases.service_steps import (
    DecidedInFuture,
    HandlerElsewhere,
    PrincipalNotMissing,
    ReasonRequired,
    RefusalPending,
)
from yimen.domains.catalog.service import ItemNotFound
from yimen.domains.papers.service import PaperRead

router = Router(prefix="/cases", tag="cases")

CaseId = Annotated[UUID, Path(examples=[CASE_ID])]
STEP_ERRORS = [CaseNotFound, NotYourCase, WrongCaseState]


@router.create(
    "",
    summary="收件：登记申请，材料齐全即受理",
    errors=[
        ItemNotFound,
        ItemNotInForce,
        NotAtThisWindow,
        NotYourWindow,
        ReceivedInFuture,
        UnknownMaterial,
        UnknownWindow,
        WhichWindow,
    ],
)
async def take_in(
    wish: CaseCreate, response: Response, intake: Intake, _: ClerkOrChief
) -> CaseRead:
    case = await intake.take_in(wish)
    put_etag(response, case.version)
    response.headers["Location"] = f"/api/v1/cases/{case.id}"
    return case


@router.read(
    "",
    summary="办件列表",
    errors=[InvalidCursor],
    response_model=Page[CaseSummary],
)
async def list_cases(query: Annotated[CaseQuery, Query()], cases: Cases) -> Response:
    return Response(await cases.list_page(query), media_type="application/json")


@router.create("/search", summary="按编号、姓名、电话、证件号查找办件", status_code=200)
async def search_cases(wish: CaseSearch, cases: Cases) -> list[CaseRead]:
    return await cases.search(wish)


@router.read("/deadline-preview", summary="预估办结期限的逐日说明", errors=[ItemNotFound])
async def preview_deadline(
    query: Annotated[DeadlinePreviewQuery, Query()], cases: Cases
) -> DeadlineRead:
    return present_deadline(*await cases.preview(query.item_id, query.at))


@router.read("/{case_id}", summary="查看办件", errors=[CaseNotFound])
async def read_case(case_id: CaseId, response: Response, cases: Cases) -> CaseRead:
    case = await cases.read(case_id)
    put_etag(response, case.version)
    return case


@router.read(
    "/{case_id}/deadline", summary="办结期限的逐日说明", errors=[CaseNotFound, NotAcceptedYet]
)
async def explain_deadline(case_id: CaseId, cases: Cases) -> DeadlineRead:
    return present_deadline(*await cases.explain(case_id))


@router.read("/{case_id}/timeline", summary="办件经过", errors=[CaseNotFound])
async def read_timeline(case_id: CaseId, cases: Cases) -> list[CaseEventRead]:
    return [CaseEventRead.model_validate(event) for event in await cases.timeline(case_id)]


@router.read("/{case_id}/materials", summary="已收材料", errors=[CaseNotFound])
async def read_materials(case_id: CaseId, cases: Cases) -> list[CaseMaterialRead]:
    return [CaseMaterialRead.model_validate(line) for line in await cases.materials(case_id)]


@router.read("/{case_id}/papers", summary="已出具的文书", errors=[CaseNotFound])
async def read_papers(case_id: CaseId, cases: Cases) -> list[PaperRead]:
    return [PaperRead.model_validate(paper) for paper in await cases.papers(case_id)]


@router.create(
    "/{case_id}/reveal-applicant",
    summary="查看申请人完整号码（留痕）",
    errors=[CaseNotFound, NotYourCase],
    status_code=200,
)
async def reveal_applicant(
    case_id: CaseId, wish: RevealCommand, cases: Cases, _: ClerkOrChief
) -> ApplicantNumbers:
    return await cases.reveal(case_id, wish.reason)


@router.command(
    "/{case_id}/accept", summary="受理", errors=[*STEP_ERRORS, MaterialsMissing, ApprovalMissing]
)
async def accept(
    *,
    case_id: CaseId,
    wish: AcceptCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.accept(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/supplement",
    summary="一次性告知补件",
    errors=[*STEP_ERRORS, UnknownMaterial, ReasonRequired],
)
async def supplement(
    *,
    case_id: CaseId,
    wish: SupplementCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.supplement(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command("/{case_id}/hand-in", summary="补交材料", errors=[*STEP_ERRORS, UnknownMaterial])
async def hand_in(
    *,
    case_id: CaseId,
    wish: HandInCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.hand_in(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command("/{case_id}/not-accept", summary="不予受理", errors=[*STEP_ERRORS, OriginalsHeld])
async def not_accept(
    *,
    case_id: CaseId,
    wish: NotAcceptCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.not_accept(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/dismiss", summary="驳回", errors=[*STEP_ERRORS, PrincipalNotMissing, OriginalsHeld]
)
async def dismiss(
    *,
    case_id: CaseId,
    wish: DismissCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.dismiss(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command("/{case_id}/withdraw", summary="申请人撤回", errors=[*STEP_ERRORS, OriginalsHeld])
async def withdraw(
    *,
    case_id: CaseId,
    wish: WithdrawCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.withdraw(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/finish",
    summary="办结（准予）",
    errors=[
        *STEP_ERRORS,
        DecidedInFuture,
        NobodyAsked,
        NotReported,
        OpinionsOutstanding,
        RefusalPending,
    ],
)
async def finish(
    *,
    case_id: CaseId,
    wish: FinishCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.finish(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command("/{case_id}/deliver", summary="送达签收", errors=[*STEP_ERRORS, OriginalsHeld])
async def deliver(
    *,
    case_id: CaseId,
    wish: DeliverCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.deliver(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.command(
    "/{case_id}/transfer", summary="移交经办人", errors=[*STEP_ERRORS, HandlerElsewhere]
)
async def transfer(
    *,
    case_id: CaseId,
    wish: TransferCommand,
    seen: IfMatch,
    response: Response,
    steps: Steps,
    _: ClerkOrChief,
) -> CaseRead:
    case = await steps.transfer(case_id, seen, wish)
    put_etag(response, case.version)
    return case
