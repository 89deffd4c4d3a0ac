"""Months, their versions and amendments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, Director, IfMatch, Office, OfficeOrDirector
from yimen.core.pagination import InvalidCursor, Page, PageQuery
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.scoring.dependencies import Amendments, Months
from yimen.domains.scoring.router import MonthText, Year
from yimen.domains.scoring.schemas_months import (
    AMENDMENT_ID,
    AmendmentCreate,
    AmendmentRead,
    Decision,
    MonthOpen,
    MonthRead,
    PreviewRead,
    Reopening,
    Verification,
    VersionList,
)
from yimen.domains.scoring.service import month_from
from yimen.domains.scoring.service_amending import (
    AmendmentDecided,
    AmendmentNotFound,
    AmendmentOutdated,
    AmendmentPending,
    NothingToAmend,
    NotYoursToDecide,
)
from yimen.domains.scoring.service_months import (
    AttendanceWaiting,
    MonthNotFound,
    MonthNotOver,
    NotYoursToMove,
    WrongMonthState,
    YearNotFinished,
    YearSealed,
)

months = Router(prefix="/score-months", tag="score-months")
amendments = Router(prefix="/score-amendments", tag="score-amendments")

MOVE_ERRORS = [MonthNotFound, NotYoursToMove, WrongMonthState]
AmendmentId = Annotated[UUID, Path(examples=[AMENDMENT_ID])]
DECISION_ERRORS = [AmendmentNotFound, NotYoursToDecide, AmendmentDecided]


@months.read("", summary="考评月份列表", errors=[InvalidCursor])
async def list_months(
    query: Annotated[PageQuery, Query()], service: Months, _: AnyCaller
) -> Page[MonthRead]:
    return await service.list_page(query)


@months.create("", summary="打开一个以前的月份")
async def open_month(wish: MonthOpen, response: Response, service: Months, _: Office) -> MonthRead:
    month = await service.open(month_from(wish.month))
    put_etag(response, month.version)
    response.headers["Location"] = f"/api/v1/score-months/{month.month}"
    return month


@months.read("/{month}", summary="查看考评月份", errors=[MonthNotFound])
async def read_month(
    month: MonthText, response: Response, service: Months, _: AnyCaller
) -> MonthRead:
    found = await service.read(month_from(month))
    put_etag(response, found.version)
    return found


@months.command(
    "/{month}/close",
    summary="公布月度考评（可以提出异议）",
    errors=[*MOVE_ERRORS, MonthNotOver, AttendanceWaiting],
)
async def close_month(
    month: MonthText, seen: IfMatch, response: Response, service: Months, _: Office
) -> MonthRead:
    found = await service.close(month_from(month), seen)
    put_etag(response, found.version)
    return found


@months.command("/{month}/reopen", summary="重新打开已公布的月份", errors=MOVE_ERRORS)
async def reopen_month(
    *,
    month: MonthText,
    wish: Reopening,
    seen: IfMatch,
    response: Response,
    service: Months,
    _: Director,
) -> MonthRead:
    found = await service.reopen(month_from(month), seen, wish)
    put_etag(response, found.version)
    return found


@months.command("/{month}/seal", summary="封存月度考评", errors=[*MOVE_ERRORS, AttendanceWaiting])
async def seal_month(
    month: MonthText, seen: IfMatch, response: Response, service: Months, _: Office
) -> MonthRead:
    found = await service.seal(month_from(month), seen)
    put_etag(response, found.version)
    return found


@months.read("/{month}/versions", summary="考评月份封存的各版", errors=[MonthNotFound])
async def list_versions(month: MonthText, service: Months, _: AnyCaller) -> VersionList:
    return await service.versions(month_from(month))


@months.read(
    "/{month}/verification",
    summary="封存各版的核对，重新计算并与封存时比较",
    errors=[MonthNotFound],
)
async def verify_month(month: MonthText, service: Months, _: OfficeOrDirector) -> Verification:
    return await service.verify(month_from(month))


@months.read(
    "/{month}/differences",
    summary="封存以后的变动，更正会改变什么",
    errors=[MonthNotFound, WrongMonthState],
)
async def preview_amendment(
    month: MonthText, service: Amendments, _: OfficeOrDirector
) -> PreviewRead:
    return await service.preview(month_from(month))


@months.create(
    "/{month}/amendments",
    summary="提出更正已封存的月份",
    errors=[MonthNotFound, WrongMonthState, AmendmentPending, NothingToAmend, YearSealed],
)
async def propose_amendment(
    *, month: MonthText, wish: AmendmentCreate, response: Response, service: Amendments, _: Office
) -> AmendmentRead:
    amendment = await service.propose(month_from(month), wish)
    put_etag(response, amendment.version)
    response.headers["Location"] = f"/api/v1/score-amendments/{amendment.id}"
    return amendment


@months.create(
    "/years/{year}/seal",
    summary="封存年度考评，此后不再更正其中的月份",
    errors=[YearNotFinished, YearSealed],
    status_code=204,
)
async def seal_year(year: Year, service: Months, _: Director) -> None:
    await service.seal_year(year)


@amendments.read("", summary="更正列表", errors=[InvalidCursor])
async def list_amendments(
    query: Annotated[PageQuery, Query()], service: Amendments, _: OfficeOrDirector
) -> Page[AmendmentRead]:
    return await service.list_page(query)


@amendments.read("/{amendment_id}", summary="查看更正", errors=[AmendmentNotFound])
async def read_amendment(
    amendment_id: AmendmentId, response: Response, service: Amendments, _: OfficeOrDirector
) -> AmendmentRead:
    amendment = await service.read(amendment_id)
    put_etag(response, amendment.version)
    return amendment


@amendments.command(
    "/{amendment_id}/approve",
    summary="批准更正，另立一版",
    errors=[*DECISION_ERRORS, AmendmentOutdated, YearSealed],
)
async def approve_amendment(
    *,
    amendment_id: AmendmentId,
    wish: Decision,
    seen: IfMatch,
    response: Response,
    service: Amendments,
    _: Director,
) -> AmendmentRead:
    amendment = await service.approve(amendment_id, seen, wish)
    put_etag(response, amendment.version)
    return amendment


@amendments.command("/{amendment_id}/refuse", summary="不批准更正", errors=DECISION_ERRORS)
async def refuse_amendment(
    *,
    amendment_id: AmendmentId,
    wish: Decision,
    seen: IfMatch,
    response: Response,
    service: Amendments,
    _: Director,
) -> AmendmentRead:
    amendment = await service.refuse(amendment_id, seen, wish)
    put_etag(response, amendment.version)
    return amendment
