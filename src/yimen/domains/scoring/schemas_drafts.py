"""What a draft of the rulebook would have made of a month, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from yimen.core.schemas import ReadSchema
from yimen.domains.scoring.enums import SubjectKind


class DraftEffectRead(ReadSchema):
    """A subject whose score comes out otherwise."""

    kind: SubjectKind
    kind_label: str
    subject_id: UUID
    number: str
    name: str
    before: Annotated[str | None, Field(description="现有得分；不予评定时为 null")]
    after: Annotated[str | None, Field(description="按草案的得分")]
    is_low_before: Annotated[bool, Field(description="现为低分（工作人员、保安）")]
    is_low_after: Annotated[bool, Field(description="按草案为低分")]


class DraftEffects(ReadSchema):
    """A month judged by a draft; nothing of it is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "month": "2026-03",
                    "version_no": 1,
                    "edition_code": "2008-01",
                    "draft_code": "2026-05",
                    "compared": 70,
                    "items": [
                        {
                            "kind": "staff",
                            "kind_label": "工作人员",
                            "subject_id": "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05",
                            "number": "0501",
                            "name": "阿依古丽·买买提",
                            "before": "66.00",
                            "after": "64.50",
                            "is_low_before": False,
                            "is_low_after": True,
                        }
                    ],
                }
            ]
        }
    )

    month: str
    version_no: Annotated[int, Field(description="与该月第几版比较")]
    edition_code: Annotated[str, Field(description="该月所执行的版本")]
    draft_code: str
    compared: Annotated[int, Field(description="共比较多少个对象")]
    items: Annotated[list[DraftEffectRead], Field(description="得分会不同的对象")]
