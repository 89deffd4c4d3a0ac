"""Imports over HTTP."""

from yimen.core.config import get_settings
from yimen.core.errors import BadRequest
from yimen.core.routing import Router
from yimen.domains.catalog.service import (
    ItemCodeTaken,
    ItemListed,
    ItemVersionOutdated,
    ItemWithdrawn,
)
from yimen.domains.imports.dependencies import ItemImport, Upload
from yimen.domains.imports.schemas import ImportReport
from yimen.domains.imports.service import IdempotencyKeyMissing, ImportFileFaulty, ImportRefused

router = Router(prefix="/imports", tag="imports")

ROOM_FOR_THE_FORM = 65_536
"""Bytes of an upload beside its file; the service asks the file's own size."""


@router.create(
    "/items",
    summary="导入服务事项清单（CSV），默认试运行",
    errors=[
        BadRequest, ImportFileFaulty, ImportRefused, IdempotencyKeyMissing, ItemCodeTaken,
        ItemListed, ItemVersionOutdated, ItemWithdrawn,
    ],
    status_code=200,
    max_body_size=get_settings().max_import_bytes + ROOM_FOR_THE_FORM,
)  # fmt: skip
async def import_items(upload: Upload, imports: ItemImport) -> ImportReport:
    return await imports.run(
        upload.file,
        dry_run=upload.dry_run,
        skip_faulty=upload.skip_faulty,
        create_departments=upload.create_departments,
    )
