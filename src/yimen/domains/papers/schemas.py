"""How a paper looks on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field

from yimen.core.schemas import Instant, ReadSchema
from yimen.domains.papers.enums import PaperKind


class PaperTableRead(ReadSchema):
    """A table in a paper."""

    headers: list[str]
    rows: list[list[str]]


class PaperBodyRead(ReadSchema):
    """The structured content of a paper."""

    title: str
    addressee: str
    facts: Annotated[list[tuple[str, str]], Field(description="逐项的名称与内容")]
    paragraphs: list[str]
    table: PaperTableRead | None
    notes: list[str]
    article: Annotated[str, Field(description="所依据的条款")]


class PaperRead(ReadSchema):
    """An issued paper, as structure and as text."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55",
                    "number": "SL-2026-000012",
                    "kind": "acceptance_slip",
                    "kind_label": "受理单",
                    "content": {
                        "title": "受理单",
                        "addressee": "阿依古丽·买买提",
                        "facts": [["办件编号", "BJ-2026-000012"], ["办理时限", "5个工作日"]],
                        "paragraphs": ["材料齐全、符合要求，现予受理。"],
                        "table": {
                            "headers": ["序号", "材料名称", "份数", "页数", "形式"],
                            "rows": [["1", "申请表", "1", "2", "原件"]],
                        },
                        "notes": [],
                        "article": "ONCE 二",
                    },
                    "text": "受理单\n编号：SL-2026-000012\n…",
                    "content_hash": (
                        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                    ),
                    "issued_at": "2026-03-10T11:00:00+08:00",
                    "issued_by_name": "市监窗口一岗",
                    "voided_at": None,
                    "void_reason": None,
                }
            ]
        }
    )

    id: UUID
    number: str
    kind: PaperKind
    content: PaperBodyRead
    text: Annotated[str, Field(description="纯文本全文")]
    content_hash: Annotated[str, Field(description="编号与内容的 SHA-256,十六进制")]
    issued_at: Instant
    issued_by_name: str
    voided_at: Instant | None
    void_reason: str | None

    @computed_field
    def kind_label(self) -> str:
        """The paper's Chinese title."""
        return self.kind.label
