"""Papers over HTTP: as JSON, as a page to print, as PDF; and their public check."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from fastapi.responses import HTMLResponse

from yimen.core.dependencies import AnyCaller, IfMatch, Now
from yimen.core.downloads import PdfResponse, pdf_reply
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.papers.dependencies import Papers, PdfPrinter
from yimen.domains.papers.schemas import (
    CODE,
    PAPER_ID,
    PaperCheck,
    PaperDetail,
    ReissueCommand,
    VoidCommand,
)
from yimen.domains.papers.service import (
    AlreadyReissued,
    AlreadyVoid,
    InForce,
    NotYoursToVoid,
    ReissuedElsewhere,
    UnknownCode,
)
from yimen.domains.papers.service_printing import FontMissing, PrinterBusy

router = Router(prefix="/papers", tag="papers")
public = Router(prefix="/public/papers", tag="public-papers")

PaperId = Annotated[UUID, Path(examples=[PAPER_ID])]
VerificationCode = Annotated[
    str,
    Path(
        max_length=60,
        description="文书上的验证码；大小写不限，可不写连字符",
        examples=[CODE],
    ),
]

PDF = pdf_reply("可打印的 PDF；同一份文书每次相同")
HTML = {
    200: {
        "description": "供浏览器按 A4 打印的网页",
        "content": {
            "text/html": {
                "schema": {"type": "string"},
                "example": '<!DOCTYPE html><html lang="zh-CN">…</html>',
            }
        },
    }
}


@router.read("/{paper_id}", summary="查看一份文书")
async def read_paper(
    paper_id: PaperId, response: Response, papers: Papers, caller: AnyCaller
) -> PaperDetail:
    paper = await papers.read(paper_id, caller)
    put_etag(response, paper.version)
    return paper


@router.read(
    "/{paper_id}/html",
    summary="文书的网页版，供浏览器打印",
    response_class=HTMLResponse,
    responses=HTML,
)
async def read_html(paper_id: PaperId, papers: Papers, caller: AnyCaller) -> Response:
    page = await papers.as_html(paper_id, caller)
    return HTMLResponse(page.html, headers={"Content-Security-Policy": page.policy})


@router.read(
    "/{paper_id}/pdf",
    summary="文书的 PDF",
    errors=[FontMissing, PrinterBusy],
    response_class=PdfResponse,
    responses=PDF,
)
async def read_pdf(
    paper_id: PaperId, papers: Papers, printer: PdfPrinter, caller: AnyCaller
) -> Response:
    number, pdf = await papers.as_pdf(paper_id, caller, printer)
    return PdfResponse(pdf, headers={"Content-Disposition": f'inline; filename="{number}.pdf"'})


@router.command("/{paper_id}/void", summary="作废一份文书", errors=[NotYoursToVoid, AlreadyVoid])
async def void_paper(
    *,
    paper_id: PaperId,
    wish: VoidCommand,
    seen: IfMatch,
    response: Response,
    papers: Papers,
    now: Now,
    caller: AnyCaller,
) -> PaperDetail:
    paper = await papers.void(paper_id, seen, wish, caller=caller, now=now)
    put_etag(response, paper.version)
    return paper


@router.command(
    "/{paper_id}/reissue",
    summary="照原文补发一份已作废的办件文书",
    errors=[NotYoursToVoid, InForce, ReissuedElsewhere, AlreadyReissued],
)
async def reissue_paper(
    *,
    paper_id: PaperId,
    wish: ReissueCommand,
    seen: IfMatch,
    response: Response,
    papers: Papers,
    now: Now,
    caller: AnyCaller,
) -> PaperDetail:
    paper = await papers.reissue(paper_id, seen, wish, caller=caller, now=now)
    put_etag(response, paper.version)
    response.headers["Location"] = f"/api/v1/papers/{paper.id}"
    return paper


@public.read("/{code}", summary="查验文书真伪", errors=[UnknownCode], public=True)
async def check_paper(code: VerificationCode, papers: Papers) -> PaperCheck:
    return await papers.check(code)
