"""How FastAPI builds the service of papers."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from yimen.core.caller import Caller
from yimen.core.dependencies import DbSession, ServiceContext
from yimen.domains.papers.repository import PaperRepository
from yimen.domains.papers.service import PaperService
from yimen.domains.papers.service_printing import Printer, printer_for

OpenReader = Callable[[DbSession, UUID, Caller], Awaitable[bool]]
"""How a domain above says whether a caller sees the thing that a paper is about."""


async def paper_service(session: DbSession) -> PaperService:
    """For acts that issue papers; reading goes by their place alone."""
    return PaperService(PaperRepository(session))


async def readable_papers(session: DbSession, request: Request) -> PaperService:
    above: Mapping[str, OpenReader] = request.app.state.paper_readers
    readers = {subject_type: partial(reads, session) for subject_type, reads in above.items()}
    return PaperService(PaperRepository(session), readers)


async def pdf_printer(context: ServiceContext) -> Printer:
    settings = context.settings
    return printer_for(settings.font_dir, settings.pdf_concurrency)


Papers = Annotated[PaperService, Depends(readable_papers)]
PdfPrinter = Annotated[Printer, Depends(pdf_printer)]
