"""Scores and the office's register over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Response
from fastapi.responses import HTMLResponse

from yimen.core.dependencies import IfMatch, Office, OfficeOrDirector, require_caller
from yimen.core.downloads import PdfResponse, XlsxResponse, pdf_reply, workbook_reply
from yimen.core.errors import NotFound
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.papers.dependencies import PdfPrinter
from yimen.domains.papers.service_printing import FontMissing, PrinterBusy
from yimen.domains.scoring.dependencies import Bulletins, Records, Scores
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.rules import Subject
from yimen.domains.scoring.schemas import (
    DEPARTMENT_ID,
    STAFF_ID,
    BoardQuery,
    ExplanationRead,
    RuleList,
    ScoreRead,
    TrendQuery,
    TrendRead,
    WhatIfRead,
    WhatIfWish,
    YearRead,
)
from yimen.domains.scoring.schemas_records import (
    RECORD_ID,
    RecordCreate,
    RecordQuery,
    RecordRead,
    RecordReversal,
)
from yimen.domains.scoring.service import ScoreNotFound, month_from
from yimen.domains.scoring.service_bulletins import BriefNotFound, NoBriefForYou
from yimen.domains.scoring.service_records import RecordNotFound, RecordReversed, ReviewEntered

router = Router(prefix="/scores", tag="scores")
records = Router(prefix="/score-records", tag="score-records")
briefs = Router(prefix="/score-briefs", tag="score-briefs")

Kind = Annotated[SubjectKind, Path(description="考评对象的类别", examples=["staff"])]
SubjectId = Annotated[UUID, Path(description="工作人员、窗口、部门等的编号", examples=[STAFF_ID])]
MonthText = Annotated[
    str,
    Path(description="月份", pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-03"]),
]
Year = Annotated[int, Path(ge=2000, le=2100, examples=[2026])]
DepartmentId = Annotated[UUID, Path(description="部门或中介机构", examples=[DEPARTMENT_ID])]
VersionNo = Annotated[
    int | None, Query(ge=1, le=1000, description="第几版，缺省为现行版", examples=[1])
]

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
PDF = pdf_reply("可打印的 PDF")
XLSX = workbook_reply()


@router.read("", summary="月度得分与排名", errors=[InvalidCursor])
async def list_scores(query: Annotated[BoardQuery, Query()], scores: Scores) -> Page[ScoreRead]:
    return await scores.board(query)


@router.read(
    "/rules/{month}", summary="某月考评的全部扣分项", dependencies=[Depends(require_caller)]
)
async def list_rules(month: MonthText, scores: Scores) -> RuleList:
    return await scores.rules(month_from(month))


@router.read("/{kind}/{subject_id}/trend", summary="历月得分", errors=[ScoreNotFound])
async def read_trend(
    kind: Kind, subject_id: SubjectId, query: Annotated[TrendQuery, Query()], scores: Scores
) -> TrendRead:
    return await scores.trend(Subject(kind, subject_id), query)


@router.read("/{kind}/{subject_id}/years/{year}", summary="年度得分", errors=[ScoreNotFound])
async def read_year(kind: Kind, subject_id: SubjectId, year: Year, scores: Scores) -> YearRead:
    return await scores.year(Subject(kind, subject_id), year)


@router.read(
    "/{kind}/{subject_id}/months/{month}", summary="某月得分的逐项说明", errors=[ScoreNotFound]
)
async def explain_score(
    *,
    kind: Kind,
    subject_id: SubjectId,
    month: MonthText,
    version_no: VersionNo = None,
    scores: Scores,
) -> ExplanationRead:
    return await scores.explanation(Subject(kind, subject_id), month_from(month), version_no)


@router.read(
    "/{kind}/{subject_id}/months/{month}/html",
    summary="逐项说明的网页版，供打印",
    errors=[ScoreNotFound],
    response_class=HTMLResponse,
    responses=HTML,
)
async def print_score(
    *,
    kind: Kind,
    subject_id: SubjectId,
    month: MonthText,
    version_no: VersionNo = None,
    bulletins: Bulletins,
) -> Response:
    sheet = await bulletins.sheet(Subject(kind, subject_id), month_from(month), version_no)
    return HTMLResponse(sheet.html, headers={"Content-Security-Policy": sheet.policy})


@router.create(
    "/{kind}/{subject_id}/months/{month}/what-if",
    summary="试算：撤销或新增若干项后得分如何（不保存）",
    errors=[ScoreNotFound],
    status_code=200,
)
async def try_out(
    *, kind: Kind, subject_id: SubjectId, month: MonthText, wish: WhatIfWish, scores: Scores
) -> WhatIfRead:
    return await scores.what_if(Subject(kind, subject_id), month_from(month), wish)


# The brief of a department


@briefs.create(
    "/{month}/{department_id}/xlsx",
    summary="部门考评简报的 Excel 文件，附图（记入审计）",
    errors=[BriefNotFound, NoBriefForYou],
    status_code=200,
    response_class=XlsxResponse,
    responses=XLSX,
)
async def export_brief(
    month: MonthText, department_id: DepartmentId, bulletins: Bulletins
) -> Response:
    content = await bulletins.workbook(department_id, month_from(month))
    disposition = f'attachment; filename="scores-{month}.xlsx"'
    return XlsxResponse(content, headers={"Content-Disposition": disposition})


@briefs.create(
    "/{month}/{department_id}/pdf",
    summary="部门考评简报的 PDF，附图（记入审计）",
    errors=[BriefNotFound, NoBriefForYou, FontMissing, PrinterBusy],
    status_code=200,
    response_class=PdfResponse,
    responses=PDF,
)
async def print_brief(
    month: MonthText, department_id: DepartmentId, bulletins: Bulletins, printer: PdfPrinter
) -> Response:
    content = await bulletins.pdf(department_id, month_from(month), printer)
    disposition = f'inline; filename="scores-{month}.pdf"'
    return PdfResponse(content, headers={"Content-Disposition": disposition})


# The office's register

RecordId = Annotated[UUID, Path(examples=[RECORD_ID])]


@records.create(
    "",
    summary="登记稿件、看望、人员变动、表扬、综合评议",
    errors=[NotFound, ReviewEntered],
)
async def enter_record(
    wish: RecordCreate, response: Response, service: Records, _: Office
) -> RecordRead:
    record = await service.enter(wish)
    put_etag(response, record.version)
    response.headers["Location"] = f"/api/v1/score-records/{record.id}"
    return record


@records.read("", summary="考评登记列表", errors=[InvalidCursor])
async def list_records(
    query: Annotated[RecordQuery, Query()], service: Records, _: OfficeOrDirector
) -> Page[RecordRead]:
    return await service.list_page(query)


@records.read("/{record_id}", summary="查看考评登记", errors=[RecordNotFound])
async def read_record(
    record_id: RecordId, response: Response, service: Records, _: OfficeOrDirector
) -> RecordRead:
    record = await service.read(record_id)
    put_etag(response, record.version)
    return record


@records.command(
    "/{record_id}/reverse", summary="撤销考评登记", errors=[RecordNotFound, RecordReversed]
)
async def reverse_record(
    *,
    record_id: RecordId,
    wish: RecordReversal,
    seen: IfMatch,
    response: Response,
    service: Records,
    _: Office,
) -> RecordRead:
    record = await service.reverse(record_id, seen, wish)
    put_etag(response, record.version)
    return record
