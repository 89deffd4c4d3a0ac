"""Awards over HTTP: the annual rating and the stars of the quarters."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import (
    AnyCaller,
    ClerkOrChief,
    Director,
    IfMatch,
    Office,
    OfficeOrDirector,
)
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.awards.dependencies import Ratings, Stars
from yimen.domains.awards.schemas import (
    LINE_ID,
    NOMINATION_ID,
    ChooseCommand,
    DecideLine,
    LineQuery,
    LineRead,
    NominationCreate,
    NominationQuery,
    NominationRead,
    RatingDraft,
    RatingRead,
    ViewCommand,
    YearNumber,
)
from yimen.domains.awards.service import (
    LineNotFound,
    LineOwnMatter,
    LinesUndecided,
    MonthsNotSealed,
    OutcomeImpossible,
    PlacesTaken,
    RatingDrafted,
    RatingNotFound,
    RatingPublished,
    YearNotOver,
)
from yimen.domains.awards.service_stars import (
    NominatedAlready,
    NominationNotFound,
    NotYourWindow,
    WrongNominationState,
)

ratings = Router(prefix="/year-ratings", tag="year-ratings")
lines = Router(prefix="/rating-lines", tag="year-ratings")
stars = Router(prefix="/star-nominations", tag="star-nominations")

YearPath = Annotated[YearNumber, Path()]
LineId = Annotated[UUID, Path(examples=[LINE_ID])]
NominationId = Annotated[UUID, Path(examples=[NOMINATION_ID])]


@ratings.create("", summary="拟定一年的考评结果", errors=[RatingDrafted, YearNotOver])
async def draft(wish: RatingDraft, response: Response, service: Ratings, _: Office) -> RatingRead:
    rating = await service.draft(wish)
    put_etag(response, rating.version)
    response.headers["Location"] = f"/api/v1/year-ratings/{rating.year}"
    return rating


@ratings.read("/{year}", summary="年度考评的进度", errors=[RatingNotFound])
async def read_rating(
    year: YearPath, response: Response, service: Ratings, _: AnyCaller
) -> RatingRead:
    rating = await service.read(year)
    put_etag(response, rating.version)
    return rating


@ratings.command("/{year}/refresh", summary="按最新的得分和处理刷新建议", errors=[RatingNotFound])
async def refresh(
    *, year: YearPath, seen: IfMatch, response: Response, service: Ratings, _: OfficeOrDirector
) -> RatingRead:
    rating = await service.refresh(year, seen)
    put_etag(response, rating.version)
    return rating


@ratings.command(
    "/{year}/publish",
    summary="公布年度考评结果",
    errors=[RatingNotFound, RatingPublished, MonthsNotSealed, LinesUndecided],
)
async def publish(
    *, year: YearPath, seen: IfMatch, response: Response, service: Ratings, _: Director
) -> RatingRead:
    rating = await service.publish(year, seen)
    put_etag(response, rating.version)
    return rating


@ratings.read(
    "/{year}/lines", summary="年度考评结果（公布后本人、本部门可见）", errors=[InvalidCursor]
)
async def list_lines(
    year: YearPath, query: Annotated[LineQuery, Query()], service: Ratings, _: AnyCaller
) -> Page[LineRead]:
    return await service.list_lines(year, query)


@lines.read("/{line_id}", summary="查看一项考评结果", errors=[LineNotFound])
async def read_line(
    line_id: LineId, response: Response, service: Ratings, _: AnyCaller
) -> LineRead:
    line = await service.read_line(line_id)
    put_etag(response, line.version)
    return line


@lines.command(
    "/{line_id}/decide",
    summary="决定一项考评结果",
    errors=[LineNotFound, LineOwnMatter, OutcomeImpossible, PlacesTaken, RatingPublished],
)
async def decide(
    *,
    line_id: LineId,
    wish: DecideLine,
    seen: IfMatch,
    response: Response,
    service: Ratings,
    _: Director,
) -> LineRead:
    line = await service.decide(line_id, seen, wish)
    put_etag(response, line.version)
    return line


# Stars


@stars.create("", summary="窗口推荐季度之星", errors=[NominatedAlready, NotYourWindow])
async def nominate(
    wish: NominationCreate, response: Response, service: Stars, _: ClerkOrChief
) -> NominationRead:
    nomination = await service.nominate(wish)
    put_etag(response, nomination.version)
    response.headers["Location"] = f"/api/v1/star-nominations/{nomination.id}"
    return nomination


@stars.read("", summary="推荐列表（本窗口、本部门或全部，按角色）", errors=[InvalidCursor])
async def list_nominations(
    query: Annotated[NominationQuery, Query()], service: Stars, _: AnyCaller
) -> Page[NominationRead]:
    return await service.list_page(query)


@stars.read("/{nomination_id}", summary="查看推荐", errors=[NominationNotFound])
async def read_nomination(
    nomination_id: NominationId, response: Response, service: Stars, _: AnyCaller
) -> NominationRead:
    nomination = await service.read(nomination_id)
    put_etag(response, nomination.version)
    return nomination


@stars.command(
    "/{nomination_id}/view",
    summary="办公室提出意见",
    errors=[NominationNotFound, WrongNominationState],
)
async def view(
    *,
    nomination_id: NominationId,
    wish: ViewCommand,
    seen: IfMatch,
    response: Response,
    service: Stars,
    _: Office,
) -> NominationRead:
    nomination = await service.view(nomination_id, seen, wish)
    put_etag(response, nomination.version)
    return nomination


@stars.command(
    "/{nomination_id}/choose",
    summary="登记集体研究的决定",
    errors=[NominationNotFound, WrongNominationState],
)
async def choose(
    *,
    nomination_id: NominationId,
    wish: ChooseCommand,
    seen: IfMatch,
    response: Response,
    service: Stars,
    _: Director,
) -> NominationRead:
    nomination = await service.choose(nomination_id, seen, wish)
    put_etag(response, nomination.version)
    return nomination
