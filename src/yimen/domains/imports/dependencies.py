"""How FastAPI builds an import and reads its upload."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form, Request, UploadFile
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import UploadFile as ReceivedFile

from yimen.core.dependencies import DbSession, Now, Office, ServiceContext
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.imports.repository import ImportRepository
from yimen.domains.imports.service import IdempotencyKeyMissing, ItemImportService


def _must_be_a_file(value: Any) -> Any:
    if not isinstance(value, ReceivedFile):
        raise ValueError("应为上传的文件。")
    return value


class ItemImportForm(BaseModel):
    """The upload: a file and what to do with it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "file": "department,name,task_type\n县市场监督管理局,食品经营许可（新办）,1\n",
                    "dry_run": True,
                    "skip_faulty": False,
                    "create_departments": False,
                }
            ]
        },
    )

    file: Annotated[
        UploadFile, BeforeValidator(_must_be_a_file), Field(description="CSV，UTF-8 或 GB18030")
    ]
    dry_run: Annotated[bool, Field(description="只检查、不写入；正式导入填 false")] = True
    skip_faulty: Annotated[
        bool, Field(description="跳过有误的行，只导入其余的；默认有误即全部不导入")
    ] = False
    create_departments: Annotated[bool, Field(description="新建文件中出现而中心没有的部门")] = False


@dataclass(frozen=True, slots=True)
class ItemUpload:
    """An upload, read."""

    file: bytes
    dry_run: bool
    skip_faulty: bool
    create_departments: bool


async def read_upload(
    form: Annotated[ItemImportForm, Form(media_type="multipart/form-data")],
    request: Request,
    _: Office,
) -> ItemUpload:
    """The upload of someone who may import; what writes needs its Idempotency-Key."""
    if not form.dry_run and "idempotency-key" not in request.headers:
        raise IdempotencyKeyMissing
    return ItemUpload(
        await form.file.read(), form.dry_run, form.skip_faulty, form.create_departments
    )


async def item_import_service(
    session: DbSession, caller: Office, now: Now, context: ServiceContext
) -> ItemImportService:
    return ItemImportService(
        ImportRepository(session),
        open_catalog(session, caller, now),
        caller=caller,
        now=now,
        max_bytes=context.settings.max_import_bytes,
    )


Upload = Annotated[ItemUpload, Depends(read_upload)]
ItemImport = Annotated[ItemImportService, Depends(item_import_service)]
