"""Imports over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.config import get_settings
from yimen.core.dependencies import IfMatch, Office
from yimen.core.downloads import XlsxResponse, workbook_reply
from yimen.core.errors import BadRequest
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.attendance.service_punches import ClockUnknown
from yimen.domains.imports.dependencies import FileImports, UploadedFile
from yimen.domains.imports.enums import ImportKind
from yimen.domains.imports.schemas_files import (
    IMPORT_ID,
    ImportApply,
    ImportPage,
    ImportQuery,
    ImportRead,
    ReasonSummary,
    RowPage,
    RowQuery,
)
from yimen.domains.imports.service_files import (
    ImportApplied,
    ImportFileFaulty,
    ImportHasFaultyRows,
    ImportUnderWay,
    ImportUnreadable,
    NoFaultyRows,
)

router = Router(prefix="/imports", tag="imports")
templates = Router(prefix="/import-templates", tag="imports")

ROOM_FOR_THE_FORM = 65_536
"""Bytes of an upload beside its file; the service asks the file's own size."""

XLSX = workbook_reply()

ImportId = Annotated[UUID, Path(examples=[IMPORT_ID])]


@router.create(
    "",
    summary="上传文件：先检查，再按指令导入",
    errors=[BadRequest, ImportFileFaulty, ClockUnknown, IdempotencyKeyMissing],
    max_body_size=get_settings().max_import_bytes + ROOM_FOR_THE_FORM,
)
async def upload_file(upload: UploadedFile, files: FileImports, response: Response) -> ImportRead:
    made = await files.upload(
        upload.content,
        kind=upload.kind,
        file_name=upload.name,
        create_departments=upload.create_departments,
        clock_number=upload.clock_number,
    )
    put_etag(response, made.version)
    return made


@router.read("", summary="导入的文件", errors=[InvalidCursor])
async def list_files(query: Annotated[ImportQuery, Query()], files: FileImports) -> ImportPage:
    return await files.list_files(query)


@templates.read(
    "/{kind}",
    summary="下载填写用的 Excel 模板",
    response_class=XlsxResponse,
    responses=XLSX,
)
async def read_template(
    kind: Annotated[ImportKind, Path(examples=["staff"])], files: FileImports
) -> Response:
    disposition = f'attachment; filename="import-{kind}.xlsx"'
    return XlsxResponse(files.template(kind), headers={"Content-Disposition": disposition})


@router.read("/{import_id}", summary="一次导入：进度与结果")
async def read_file(import_id: ImportId, files: FileImports, response: Response) -> ImportRead:
    found = await files.read(import_id)
    put_etag(response, found.version)
    return found


@router.read("/{import_id}/rows", summary="逐行的结果", errors=[InvalidCursor])
async def list_rows(
    import_id: ImportId, query: Annotated[RowQuery, Query()], files: FileImports
) -> RowPage:
    return await files.list_rows(import_id, query)


@router.read("/{import_id}/reasons", summary="各行的原因，相同的归并计数")
async def sum_up_reasons(import_id: ImportId, files: FileImports) -> ReasonSummary:
    return await files.sum_up(import_id)


@router.read(
    "/{import_id}/faulty-rows",
    summary="下载有误的行（Excel），改好后可原样上传",
    errors=[ImportUnderWay, NoFaultyRows],
    response_class=XlsxResponse,
    responses=XLSX,
)
async def read_faulty_rows(import_id: ImportId, files: FileImports) -> Response:
    content = await files.faulty_rows(import_id)
    disposition = f'attachment; filename="import-{import_id}-faulty.xlsx"'
    return XlsxResponse(content, headers={"Content-Disposition": disposition})


@router.command(
    "/{import_id}/apply",
    summary="按检查的结果导入",
    errors=[ImportUnderWay, ImportUnreadable, ImportApplied, ImportHasFaultyRows],
)
async def apply_file(
    *,
    import_id: ImportId,
    data: ImportApply,
    seen: IfMatch,
    files: FileImports,
    response: Response,
    _: Office,
) -> ImportRead:
    ordered = await files.apply(import_id, data, seen=seen)
    put_etag(response, ordered.version)
    return ordered
