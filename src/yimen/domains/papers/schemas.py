"""How a paper looks on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field

from yimen.core.schemas import AllowedAction, Instant, Note, ReadSchema, Schema
from yimen.domains.papers.enums import PaperKind

PAPER_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"
CODE = "K7QM-3X9P-2RTD"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

PAPER_EXAMPLE: dict[str, Any] = {
    "id": PAPER_ID,
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
        "issuer": "县市场监督管理局",
        "signatures": [],
    },
    "text": "受理单\n编号：SL-2026-000012\n…",
    "content_hash": HASH,
    "verification_code": CODE,
    "issued_at": "2026-03-10T11:00:00+08:00",
    "issued_by_name": "市监窗口一岗",
    "voided_at": None,
    "void_reason": None,
    "replaces_id": None,
}


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
    issuer: Annotated[str, Field(description="落款单位")] = ""
    signatures: Annotated[tuple[str, ...], Field(description="须手写签字的各栏")] = ()


class PaperRead(ReadSchema):
    """An issued paper, as structure and as text."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAPER_EXAMPLE]})

    id: UUID
    number: str
    kind: PaperKind
    content: PaperBodyRead
    text: Annotated[str, Field(description="纯文本全文；作废的文书首行注明作废")]
    content_hash: Annotated[str, Field(description="编号与内容的 SHA-256，十六进制")]
    verification_code: Annotated[str, Field(description="印在文书上，凭此公开查验")]
    issued_at: Instant
    issued_by_name: str
    voided_at: Instant | None
    void_reason: str | None
    replaces_id: Annotated[
        UUID | None, Field(title="所替代的文书", description="补发的文书：所替代的作废文书")
    ]

    @computed_field
    def kind_label(self) -> str:
        """The paper's Chinese title."""
        return self.kind.label


class PaperDetail(PaperRead):
    """A paper with what the caller may do with it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                PAPER_EXAMPLE
                | {
                    "version": 1,
                    "allowed_actions": [
                        {"action": "void", "allowed": True, "reason_code": None, "reason": None},
                        {
                            "action": "reissue",
                            "allowed": False,
                            "reason_code": "paper_in_force",
                            "reason": "该文书有效，无须补发；有误的请先作废。",
                        },
                    ],
                }
            ]
        }
    )

    version: Annotated[int, Field(description="1；作废后为 2")]
    allowed_actions: list[AllowedAction]


class VoidCommand(Schema):
    """Why a paper is no longer good."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "申请人姓名登记有误，已重新出具。"}]}
    )

    reason: Note


class ReissueCommand(Schema):
    """Why a void paper is issued again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "原件漏盖印章，现予补发。"}]}
    )

    reason: Note


class PaperCheck(ReadSchema):
    """What anyone with a paper's code may know of it: nothing personal."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verification_code": CODE,
                    "is_valid": True,
                    "kind": "acceptance_slip",
                    "kind_label": "受理单",
                    "number": "SL-2026-000012",
                    "issued_on": "2026-03-10",
                    "department_name": "县市场监督管理局",
                    "window_name": "01号窗口",
                    "addressee": "阿**",
                    "content_hash": HASH,
                    "voided_on": None,
                }
            ]
        }
    )

    verification_code: str
    is_valid: Annotated[bool, Field(description="是否有效；作废的文书为 false")]
    kind: PaperKind
    kind_label: str
    number: str
    issued_on: date
    department_name: Annotated[str | None, Field(description="出具部门；中心出具的为空")]
    window_name: str | None
    addressee: Annotated[str, Field(description="收件人，只显示首字；存档类文书为空")]
    content_hash: Annotated[str, Field(description="编号与内容的 SHA-256，十六进制")]
    voided_on: date | None
