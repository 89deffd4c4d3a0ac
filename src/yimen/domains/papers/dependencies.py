"""How FastAPI builds the service of papers."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import DbSession, ServiceContext
from yimen.domains.papers.repository import PaperRepository
from yimen.domains.papers.service import PaperService
from yimen.domains.papers.service_printing import Printer, printer_for


async def paper_service(session: DbSession) -> PaperService:
    return PaperService(PaperRepository(session))


async def pdf_printer(context: ServiceContext) -> Printer:
    settings = context.settings
    return printer_for(settings.font_dir, settings.pdf_concurrency)


Papers = Annotated[PaperService, Depends(paper_service)]
PdfPrinter = Annotated[Printer, Depends(pdf_printer)]
