"""How FastAPI, and the clock, build the services of ratings."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.calendars.dependencies import Calendars, calendar_service
from yimen.domains.cases.dependencies import Cases, PublicCases
from yimen.domains.ratings.repository import RatingRepository, Session
from yimen.domains.ratings.service import RatingDesk, RatingService
from yimen.domains.ratings.service_calendar import FollowUpFollower
from yimen.domains.ratings.service_public import PublicRatingService
from yimen.domains.rulebook.dependencies import Rulebook, rulebook_service


async def rating_desk(
    session: DbSession, calendars: Calendars, rulebook: Rulebook, now: Now
) -> RatingDesk:
    return RatingDesk(RatingRepository(session), calendars, rulebook, now)


async def desk_of_the_clock(session: Session, now: datetime) -> RatingDesk:
    """For what judges and does not show: no caller."""
    rulebook = await rulebook_service()
    return RatingDesk(
        RatingRepository(session), await calendar_service(session, rulebook, now), rulebook, now
    )


Desk = Annotated[RatingDesk, Depends(rating_desk)]


async def rating_service(desk: Desk, cases: Cases, caller: AnyCaller) -> RatingService:
    return RatingService(desk, cases, caller)


async def public_rating_service(desk: Desk, cases: PublicCases) -> PublicRatingService:
    return PublicRatingService(desk, cases)


Ratings = Annotated[RatingService, Depends(rating_service)]
PublicRatings = Annotated[PublicRatingService, Depends(public_rating_service)]


async def follow_calendar(session: DbSession, now: datetime) -> FollowUpFollower:
    """What of ratings moves when the calendar changes."""
    return FollowUpFollower(await desk_of_the_clock(session, now))
