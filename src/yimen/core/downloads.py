"""Files that go out as they are: workbooks and PDFs, and what the contract says of them."""

from typing import Any

from fastapi import Response

PDF_TYPE = "application/pdf"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Documented = dict[int | str, dict[str, Any]]


class PdfResponse(Response):
    """Bytes that are a PDF."""

    media_type = PDF_TYPE


class XlsxResponse(Response):
    """Bytes that are a workbook."""

    media_type = XLSX_TYPE


def pdf_reply(description: str) -> Documented:
    """What the contract says of an endpoint that answers with a PDF."""
    return _reply(PDF_TYPE, description, "%PDF-1.7 …")


def workbook_reply(description: str = "Excel 文件") -> Documented:
    """What the contract says of an endpoint that answers with a workbook."""
    return _reply(XLSX_TYPE, description, "PK…")


def _reply(media_type: str, description: str, example: str) -> Documented:
    content = {"schema": {"type": "string", "format": "binary"}, "example": example}
    return {200: {"description": description, "content": {media_type: content}}}
