"""Ratings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, IfMatch, Office
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.service import CaseNotFound
from yimen.domains.ratings.dependencies import Ratings
from yimen.domains.ratings.schemas import (
    RATING_ID,
    ApplicantContact,
    CloseCommand,
    ContactCommand,
    RatingCreate,
    RatingQuery,
    RatingRead,
    RatingSummary,
    RevealContactCommand,
    SummaryQuery,
)
from yimen.domains.ratings.service import (
    AlreadyRated,
    NotDecidedYet,
    NotYoursToFollowUp,
    RatingNotFound,
    WrongFollowUpState,
)

router = Router(prefix="/ratings", tag="ratings")

RatingId = Annotated[UUID, Path(examples=[RATING_ID])]
ACT_ERRORS = [RatingNotFound, NotYoursToFollowUp, WrongFollowUpState]


@router.create(
    "",
    summary="中心办公室代录申请人的评价",
    errors=[AlreadyRated, CaseNotFound, NotDecidedYet],
)
async def record(wish: RatingCreate, response: Response, ratings: Ratings, _: Office) -> RatingRead:
    rating = await ratings.record(wish)
    put_etag(response, rating.version)
    response.headers["Location"] = f"/api/v1/ratings/{rating.id}"
    return rating


@router.read("", summary="评价列表", errors=[InvalidCursor])
async def list_ratings(
    query: Annotated[RatingQuery, Query()], ratings: Ratings, _: AnyCaller
) -> Page[RatingRead]:
    return await ratings.list_page(query)


@router.read("/summary", summary="满意度统计")
async def summarise(query: Annotated[SummaryQuery, Query()], ratings: Ratings) -> RatingSummary:
    return await ratings.summary(query)


@router.read("/{rating_id}", summary="查看评价", errors=[RatingNotFound])
async def read_rating(rating_id: RatingId, response: Response, ratings: Ratings) -> RatingRead:
    rating = await ratings.read(rating_id)
    put_etag(response, rating.version)
    return rating


@router.create(
    "/{rating_id}/reveal-contact",
    summary="回访时查看申请人电话（留痕）",
    errors=ACT_ERRORS,
    status_code=200,
)
async def reveal_contact(
    rating_id: RatingId, wish: RevealContactCommand, ratings: Ratings, _: Office
) -> ApplicantContact:
    return await ratings.reveal_contact(rating_id, wish)


@router.command("/{rating_id}/contact", summary="登记差评回访的联系情况", errors=ACT_ERRORS)
async def contact(
    *,
    rating_id: RatingId,
    wish: ContactCommand,
    seen: IfMatch,
    response: Response,
    ratings: Ratings,
    _: Office,
) -> RatingRead:
    rating = await ratings.contact(rating_id, seen, wish)
    put_etag(response, rating.version)
    return rating


@router.command("/{rating_id}/close", summary="认定差评并答复申请人", errors=ACT_ERRORS)
async def close(
    *,
    rating_id: RatingId,
    wish: CloseCommand,
    seen: IfMatch,
    response: Response,
    ratings: Ratings,
    _: Office,
) -> RatingRead:
    rating = await ratings.close(rating_id, seen, wish)
    put_etag(response, rating.version)
    return rating
