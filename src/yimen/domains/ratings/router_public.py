"""Ratings over HTTP without a token."""

from fastapi import Depends

from yimen.core.rate_limits import limit_lookups
from yimen.core.routing import Router
from yimen.domains.cases.service_public import LookupRefused
from yimen.domains.ratings.dependencies import PublicRatings
from yimen.domains.ratings.schemas import PublicRating, PublicRatingCreate, PublicRatingLookup
from yimen.domains.ratings.service import AlreadyRated, NotDecidedYet
from yimen.domains.ratings.service_public import NotRatedYet

public = Router(prefix="/public/ratings", tag="public-ratings")


@public.create(
    "",
    summary="凭编号和查询码评价服务",
    errors=[AlreadyRated, LookupRefused, NotDecidedYet],
    public=True,
    dependencies=[Depends(limit_lookups)],
)
async def rate(wish: PublicRatingCreate, ratings: PublicRatings) -> PublicRating:
    return await ratings.rate(wish)


@public.create(
    "/lookup",
    summary="凭编号和查询码查看评价的答复",
    errors=[LookupRefused, NotRatedYet],
    public=True,
    repeatable=False,  # changes nothing, and a kept reply would be an old one
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def look_up(wish: PublicRatingLookup, ratings: PublicRatings) -> PublicRating:
    return await ratings.look_up(wish)
