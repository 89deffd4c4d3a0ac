"""How the services of the catalogue are built."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.catalog.repository import CatalogRepository
from yimen.domains.catalog.service import CatalogService
from yimen.domains.catalog.service_proposals import ProposalService
from yimen.domains.catalog.service_public import GuideService
from yimen.domains.rulebook.dependencies import Rulebook


def open_catalog(session: DbSession, caller: Caller | None, now: datetime) -> CatalogService:
    """The catalogue outside a request; without a caller the system itself acts."""
    return CatalogService(CatalogRepository(session), caller, now)


async def catalog_service(session: DbSession, caller: AnyCaller, now: Now) -> CatalogService:
    return open_catalog(session, caller, now)


async def proposal_service(session: DbSession, caller: AnyCaller, now: Now) -> ProposalService:
    items = open_catalog(session, caller, now)
    return ProposalService(items.catalog, items, caller, now)


async def guide_service(session: DbSession, rulebook: Rulebook, now: Now) -> GuideService:
    return GuideService(open_catalog(session, None, now), rulebook, hall_day(now))


Catalog = Annotated[CatalogService, Depends(catalog_service)]
Proposals = Annotated[ProposalService, Depends(proposal_service)]
Guides = Annotated[GuideService, Depends(guide_service)]
