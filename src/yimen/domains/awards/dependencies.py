"""How FastAPI, and the clock, build the services of awards."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.awards.repository import AwardRepository, Session
from yimen.domains.awards.service import RatingDesk, RatingService
from yimen.domains.awards.service_public import PublicAwardService
from yimen.domains.awards.service_stars import StarService
from yimen.domains.discipline.dependencies import facts_of_the_clock as discipline_facts
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.rulebook.dependencies import rulebook_service
from yimen.domains.scoring.dependencies import facts_of_the_clock as score_facts


async def rating_of_the_clock(session: Session, now: datetime) -> RatingDesk:
    """Working out a year asks as nobody: what is judged is not shown."""
    return RatingDesk(
        awards=AwardRepository(session),
        scores=await score_facts(session),
        discipline=await discipline_facts(session),
        rulebook=await rulebook_service(),
        now=now,
    )


async def rating_service(session: DbSession, caller: AnyCaller, now: Now) -> RatingService:
    return RatingService(await rating_of_the_clock(session, now), caller)


async def star_service(
    session: DbSession, hall: Organisation, caller: AnyCaller, now: Now
) -> StarService:
    return StarService(AwardRepository(session), hall, caller, now)


async def public_award_service(session: DbSession) -> PublicAwardService:
    return PublicAwardService(AwardRepository(session))


Ratings = Annotated[RatingService, Depends(rating_service)]
Stars = Annotated[StarService, Depends(star_service)]
PublicAwardsOf = Annotated[PublicAwardService, Depends(public_award_service)]
