"""How FastAPI builds the services of ratings."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.calendars.dependencies import Calendars
from yimen.domains.cases.dependencies import Cases, PublicCases
from yimen.domains.ratings.repository import RatingRepository
from yimen.domains.ratings.service import RatingDesk, RatingService
from yimen.domains.ratings.service_public import PublicRatingService
from yimen.domains.rulebook.dependencies import Rulebook


async def rating_desk(
    session: DbSession, calendars: Calendars, rulebook: Rulebook, now: Now
) -> RatingDesk:
    return RatingDesk(RatingRepository(session), calendars, rulebook, now)


Desk = Annotated[RatingDesk, Depends(rating_desk)]


async def rating_service(desk: Desk, cases: Cases, caller: AnyCaller) -> RatingService:
    return RatingService(desk, cases, caller)


async def public_rating_service(desk: Desk, cases: PublicCases) -> PublicRatingService:
    return PublicRatingService(desk, cases)


Ratings = Annotated[RatingService, Depends(rating_service)]
PublicRatings = Annotated[PublicRatingService, Depends(public_rating_service)]
