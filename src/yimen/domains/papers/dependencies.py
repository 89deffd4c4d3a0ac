"""How FastAPI builds the service of papers."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import DbSession
from yimen.domains.papers.repository import PaperRepository
from yimen.domains.papers.service import PaperService


async def paper_service(session: DbSession) -> PaperService:
    return PaperService(PaperRepository(session))


Papers = Annotated[PaperService, Depends(paper_service)]
