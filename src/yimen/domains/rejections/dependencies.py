"""How FastAPI builds the services of refusals."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import DbSession
from yimen.domains.cases.dependencies import Cases, Refusals
from yimen.domains.organisation.dependencies import Organisation
from yimen.domains.rejections.repository import RejectionRepository
from yimen.domains.rejections.service import RejectionService
from yimen.domains.rejections.service_filing import FilingService


async def rejection_service(session: DbSession, cases: Cases) -> RejectionService:
    return RejectionService(RejectionRepository(session), cases)


Rejections = Annotated[RejectionService, Depends(rejection_service)]


async def filing_service(
    rejections: Rejections, refusals: Refusals, organisation: Organisation
) -> FilingService:
    return FilingService(rejections, refusals, organisation)


Filing = Annotated[FilingService, Depends(filing_service)]
