"""Adoptions and the money of information work over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch, Office, OfficeOrDirector
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.news.dependencies import Merits, Money
from yimen.domains.news.schemas import MoneyLine, MoneyQuery, MoneyTotal, TotalQuery
from yimen.domains.news.schemas_records import (
    MERIT_ID,
    MeritCreate,
    MeritQuery,
    MeritRead,
    MeritReversal,
)
from yimen.domains.news.service_records import ArticleNotFound, MeritNotFound, MeritReversed
from yimen.domains.rulebook.rules import NoEditionInForce

merits = Router(prefix="/news-merits", tag="news")
money = Router(prefix="/news-money", tag="news")

MeritId = Annotated[UUID, Path(examples=[MERIT_ID])]


@merits.create("", summary="登记信息被采用或获领导批示", errors=[ArticleNotFound])
async def record_merit(
    wish: MeritCreate, response: Response, service: Merits, _: Office
) -> MeritRead:
    merit = await service.record(wish)
    put_etag(response, merit.version)
    response.headers["Location"] = f"/api/v1/news-merits/{merit.id}"
    return merit


@merits.read("", summary="信息采用登记列表", errors=[InvalidCursor])
async def list_merits(
    query: Annotated[MeritQuery, Query()], service: Merits, _: OfficeOrDirector
) -> Page[MeritRead]:
    return await service.list_page(query)


@merits.read("/{merit_id}", summary="查看信息采用登记", errors=[MeritNotFound])
async def read_merit(
    merit_id: MeritId, response: Response, service: Merits, _: OfficeOrDirector
) -> MeritRead:
    merit = await service.read(merit_id)
    put_etag(response, merit.version)
    return merit


@merits.command(
    "/{merit_id}/reverse", summary="撤销信息采用登记", errors=[MeritNotFound, MeritReversed]
)
async def reverse_merit(
    *,
    merit_id: MeritId,
    wish: MeritReversal,
    seen: IfMatch,
    response: Response,
    service: Merits,
    _: Office,
) -> MeritRead:
    merit = await service.reverse(merit_id, seen, wish)
    put_etag(response, merit.version)
    return merit


@money.read(
    "",
    summary="信息奖罚明细（仅供核算，不据此发放或扣缴）",
    errors=[InvalidCursor, NoEditionInForce],
)
async def list_money(
    query: Annotated[MoneyQuery, Query()], service: Money, _: OfficeOrDirector
) -> Page[MoneyLine]:
    return await service.lines(query)


@money.read(
    "/totals", summary="信息奖罚汇总（按所得人或部门）", errors=[InvalidCursor, NoEditionInForce]
)
async def list_money_totals(
    query: Annotated[TotalQuery, Query()], service: Money, _: OfficeOrDirector
) -> Page[MoneyTotal]:
    return await service.totals(query)
