"""How FastAPI builds the services of the organisation."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyCaller, DbSession, Now
from yimen.domains.organisation.repository import OrganisationRepository, Session
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.organisation.service_directory import DirectoryService
from yimen.domains.organisation.service_posts import PostService
from yimen.domains.organisation.service_staffing import StaffingService


async def organisation_service(
    session: DbSession, caller: AnyCaller, now: Now
) -> OrganisationService:
    return OrganisationService(OrganisationRepository(session), caller=caller, now=now)


async def hall_of_the_clock(session: Session, now: datetime) -> OrganisationService:
    """For what happens by the mere passing of time: no caller."""
    return OrganisationService(OrganisationRepository(session), caller=None, now=now)


Organisation = Annotated[OrganisationService, Depends(organisation_service)]


async def staffing_service(hall: Organisation) -> StaffingService:
    return StaffingService(hall)


async def directory_service(hall: Organisation) -> DirectoryService:
    return DirectoryService(hall)


async def post_service(hall: Organisation) -> PostService:
    return PostService(hall)


Staffing = Annotated[StaffingService, Depends(staffing_service)]
Directory = Annotated[DirectoryService, Depends(directory_service)]
Posts = Annotated[PostService, Depends(post_service)]
