"""Files that come in with a form."""

from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BeforeValidator
from starlette.datastructures import UploadFile as ReceivedFile

LONGEST_NAME = 200


def _must_be_a_file(value: Any) -> Any:
    if not isinstance(value, ReceivedFile):
        raise ValueError("应为上传的文件。")
    return value


FormFile = Annotated[UploadFile, BeforeValidator(_must_be_a_file)]
"""A member of a form that is a file."""


def name_of(file: UploadFile) -> str:
    """What the sender calls a file, the end of it if that is long."""
    return (file.filename or "")[-LONGEST_NAME:]
