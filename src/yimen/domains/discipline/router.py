"""Measures over HTTP: proposals, what follows a decision, the ledger and the year."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, Director, IfMatch, Office, OfficeOrDirector
from yimen.core.downloads import XlsxResponse, workbook_reply
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.discipline.dependencies import (
    Appeals,
    Measures,
    MeasureSteps,
    Proposals,
    Search,
)
from yimen.domains.discipline.schemas import (
    APPEAL_ID,
    MEASURE_ID,
    PROPOSAL_ID,
    STAFF_ID,
    WINDOW_ID,
    AppealCreate,
    AppealQuery,
    AppealRead,
    ConfirmCommand,
    DecideCommand,
    DropCommand,
    FileCommand,
    LedgerQuery,
    MeasureQuery,
    MeasureRead,
    ProposalCreate,
    ProposalQuery,
    ProposalRead,
    ReceiveCommand,
    RecordDecisionCommand,
    ReviewCommand,
    SearchCommand,
    SearchResult,
    TalkCommand,
    TellCommand,
    Year,
    YearRead,
)
from yimen.domains.discipline.service import (
    MeasureNotFound,
    NotYourMeasure,
    OwnMeasure,
    WrongMeasureState,
)
from yimen.domains.discipline.service_appeals import (
    AppealDecided,
    AppealLate,
    AppealNotAbove,
    AppealNotFound,
    AppealOwnDecision,
    MeasureAppealed,
)
from yimen.domains.discipline.service_proposals import (
    GroundUnfit,
    ProposalDecided,
    ProposalNotFound,
)
from yimen.domains.discipline.service_searching import SearchSpan
from yimen.domains.discipline.service_steps import DayImpossible
from yimen.domains.papers.service import PaperRead

proposals = Router(prefix="/measure-proposals", tag="measure-proposals")
measures = Router(prefix="/measures", tag="measures")
appeals = Router(prefix="/appeals", tag="appeals")

ProposalId = Annotated[UUID, Path(examples=[PROPOSAL_ID])]
MeasureId = Annotated[UUID, Path(examples=[MEASURE_ID])]
AppealId = Annotated[UUID, Path(examples=[APPEAL_ID])]
StaffId = Annotated[UUID, Path(examples=[STAFF_ID])]
WindowId = Annotated[UUID, Path(examples=[WINDOW_ID])]
ACT_ERRORS = [MeasureNotFound, WrongMeasureState]
DAY_ERRORS = [*ACT_ERRORS, DayImpossible]

XLSX = workbook_reply()


# Proposals


@proposals.create("", summary="提出处理建议", errors=[GroundUnfit])
async def propose(
    wish: ProposalCreate, response: Response, service: Proposals, _: OfficeOrDirector
) -> ProposalRead:
    proposal = await service.propose(wish)
    put_etag(response, proposal.version)
    response.headers["Location"] = f"/api/v1/measure-proposals/{proposal.id}"
    return proposal


@proposals.create(
    "/search",
    summary="立即按记录查找应予处理的情形",
    errors=[SearchSpan],
    status_code=200,
)
async def search_records(wish: SearchCommand, search: Search, _: OfficeOrDirector) -> SearchResult:
    walked = await search.search(wish.first, wish.last)
    return SearchResult(
        proposed=walked.proposed,
        fallen=len(walked.fallen),
        put_under_review=len(walked.put_under_review),
    )


@proposals.read("", summary="处理建议列表", errors=[InvalidCursor])
async def list_proposals(
    query: Annotated[ProposalQuery, Query()], service: Proposals, _: OfficeOrDirector
) -> Page[ProposalRead]:
    return await service.list_page(query)


@proposals.read("/{proposal_id}", summary="查看处理建议", errors=[ProposalNotFound])
async def read_proposal(
    proposal_id: ProposalId, response: Response, service: Proposals, _: OfficeOrDirector
) -> ProposalRead:
    proposal = await service.read(proposal_id)
    put_etag(response, proposal.version)
    return proposal


@proposals.command(
    "/{proposal_id}/confirm",
    summary="作出处理",
    errors=[ProposalNotFound, ProposalDecided, GroundUnfit, NotYourMeasure, OwnMeasure],
)
async def confirm(
    *,
    proposal_id: ProposalId,
    wish: ConfirmCommand,
    seen: IfMatch,
    response: Response,
    service: Proposals,
    _: OfficeOrDirector,
) -> MeasureRead:
    measure = await service.confirm(proposal_id, seen, wish)
    put_etag(response, measure.version)
    return measure


@proposals.command(
    "/{proposal_id}/drop",
    summary="不予处理",
    errors=[ProposalNotFound, ProposalDecided, NotYourMeasure, OwnMeasure],
)
async def drop(
    *,
    proposal_id: ProposalId,
    wish: DropCommand,
    seen: IfMatch,
    response: Response,
    service: Proposals,
    _: OfficeOrDirector,
) -> ProposalRead:
    proposal = await service.drop(proposal_id, seen, wish)
    put_etag(response, proposal.version)
    return proposal


# Measures


@measures.read(
    "", summary="诫勉教育和效能告诫列表（本人、本部门或全部，按角色）", errors=[InvalidCursor]
)
async def list_measures(
    query: Annotated[MeasureQuery, Query()], service: Measures, _: AnyCaller
) -> Page[MeasureRead]:
    return await service.list_page(query)


@measures.create(
    "/ledger",
    summary="导出一年的台账（Excel，记入审计）",
    status_code=200,
    response_class=XlsxResponse,
    responses=XLSX,
)
async def export_ledger(wish: LedgerQuery, service: Measures, _: OfficeOrDirector) -> Response:
    content = await service.export_ledger(wish)
    disposition = f'attachment; filename="measures-{wish.year}.xlsx"'
    return XlsxResponse(content, headers={"Content-Disposition": disposition})


@measures.read("/years/{year}/staff/{staff_id}", summary="工作人员一年的处理及其后果")
async def read_year_of_staff(
    year: Annotated[Year, Path()], staff_id: StaffId, service: Measures, _: AnyCaller
) -> YearRead:
    return await service.year_of_staff(staff_id, year)


@measures.read("/years/{year}/windows/{window_id}", summary="窗口一年的处理及其后果")
async def read_year_of_window(
    year: Annotated[Year, Path()], window_id: WindowId, service: Measures, _: AnyCaller
) -> YearRead:
    return await service.year_of_window(window_id, year)


@measures.read("/{measure_id}", summary="查看处理", errors=[MeasureNotFound])
async def read_measure(
    measure_id: MeasureId, response: Response, service: Measures, _: AnyCaller
) -> MeasureRead:
    measure = await service.read(measure_id)
    put_etag(response, measure.version)
    return measure


@measures.read("/{measure_id}/papers", summary="处理文书", errors=[MeasureNotFound])
async def read_papers(measure_id: MeasureId, service: Measures, _: AnyCaller) -> list[PaperRead]:
    return await service.papers(measure_id)


@measures.command("/{measure_id}/talk", summary="登记谈话", errors=ACT_ERRORS)
async def talk(
    *,
    measure_id: MeasureId,
    wish: TalkCommand,
    seen: IfMatch,
    response: Response,
    steps: MeasureSteps,
    _: OfficeOrDirector,
) -> MeasureRead:
    measure = await steps.talk(measure_id, seen, wish)
    put_etag(response, measure.version)
    return measure


@measures.command(
    "/{measure_id}/issue", summary="下达《诫勉教育书》或《效能告诫书》", errors=ACT_ERRORS
)
async def issue(
    *,
    measure_id: MeasureId,
    seen: IfMatch,
    response: Response,
    steps: MeasureSteps,
    _: OfficeOrDirector,
) -> MeasureRead:
    measure = await steps.issue(measure_id, seen)
    put_etag(response, measure.version)
    return measure


@measures.command("/{measure_id}/receive", summary="登记送达", errors=DAY_ERRORS)
async def receive(
    *,
    measure_id: MeasureId,
    wish: ReceiveCommand,
    seen: IfMatch,
    response: Response,
    steps: MeasureSteps,
    _: OfficeOrDirector,
) -> MeasureRead:
    measure = await steps.receive(measure_id, seen, wish)
    put_etag(response, measure.version)
    return measure


@measures.command("/{measure_id}/tell-department", summary="登记通报所在部门", errors=DAY_ERRORS)
async def tell_department(
    *,
    measure_id: MeasureId,
    wish: TellCommand,
    seen: IfMatch,
    response: Response,
    steps: MeasureSteps,
    _: OfficeOrDirector,
) -> MeasureRead:
    measure = await steps.tell_department(measure_id, seen, wish)
    put_etag(response, measure.version)
    return measure


@measures.command("/{measure_id}/file-with-county", summary="登记报县备案", errors=DAY_ERRORS)
async def file_with_county(
    *,
    measure_id: MeasureId,
    wish: FileCommand,
    seen: IfMatch,
    response: Response,
    steps: MeasureSteps,
    _: OfficeOrDirector,
) -> MeasureRead:
    measure = await steps.file_with_county(measure_id, seen, wish)
    put_etag(response, measure.version)
    return measure


@measures.command("/{measure_id}/review", summary="依据变动后的复核：维持或撤销", errors=ACT_ERRORS)
async def review(
    *,
    measure_id: MeasureId,
    wish: ReviewCommand,
    seen: IfMatch,
    response: Response,
    steps: MeasureSteps,
    _: Director,
) -> MeasureRead:
    measure = await steps.review(measure_id, seen, wish)
    put_etag(response, measure.version)
    return measure


@measures.command(
    "/{measure_id}/appeal",
    summary="提出书面申辩",
    errors=[*ACT_ERRORS, NotYourMeasure, AppealLate, MeasureAppealed],
)
async def appeal(
    *,
    measure_id: MeasureId,
    wish: AppealCreate,
    seen: IfMatch,
    response: Response,
    service: Appeals,
    _: AnyCaller,
) -> AppealRead:
    filed = await service.file(measure_id, seen, wish)
    put_etag(response, filed.version)
    return filed


# Appeals


@appeals.read("", summary="申辩列表（本人、本部门或全部，按角色）", errors=[InvalidCursor])
async def list_appeals(
    query: Annotated[AppealQuery, Query()], service: Appeals, _: AnyCaller
) -> Page[AppealRead]:
    return await service.list_page(query)


@appeals.read("/{appeal_id}", summary="查看申辩", errors=[AppealNotFound])
async def read_appeal(
    appeal_id: AppealId, response: Response, service: Appeals, _: AnyCaller
) -> AppealRead:
    found = await service.read(appeal_id)
    put_etag(response, found.version)
    return found


@appeals.command(
    "/{appeal_id}/decide",
    summary="对申辩作出维持或撤销的决定",
    errors=[AppealNotFound, AppealOwnDecision, AppealDecided],
)
async def decide(
    *,
    appeal_id: AppealId,
    wish: DecideCommand,
    seen: IfMatch,
    response: Response,
    service: Appeals,
    _: Director,
) -> AppealRead:
    decided = await service.decide(appeal_id, seen, wish)
    put_etag(response, decided.version)
    return decided


@appeals.command(
    "/{appeal_id}/record-decision",
    summary="登记上级机关对申辩的决定（原处理由中心主任作出）",
    errors=[AppealNotFound, AppealOwnDecision, AppealNotAbove, AppealDecided],
)
async def record_decision(
    *,
    appeal_id: AppealId,
    wish: RecordDecisionCommand,
    seen: IfMatch,
    response: Response,
    service: Appeals,
    _: Office,
) -> AppealRead:
    decided = await service.record_decision(appeal_id, seen, wish)
    put_etag(response, decided.version)
    return decided
