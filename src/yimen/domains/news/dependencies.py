"""How FastAPI builds the services of information work."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.news.repository import NewsRepository
from yimen.domains.news.service import MoneyService
from yimen.domains.news.service_records import MeritService
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.rulebook.dependencies import Rulebook
from yimen.domains.scoring.dependencies import Posting


async def merit_service(
    session: DbSession, hall: Organisation, caller: AnyCaller, now: Now
) -> MeritService:
    return MeritService(NewsRepository(session), hall, caller, now)


async def money_service(
    session: DbSession, posting: Posting, rulebook: Rulebook, now: Now
) -> MoneyService:
    return MoneyService(NewsRepository(session), posting.gatherer, rulebook, now)


Merits = Annotated[MeritService, Depends(merit_service)]
Money = Annotated[MoneyService, Depends(money_service)]
