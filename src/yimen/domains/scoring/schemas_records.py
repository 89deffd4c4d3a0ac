"""How the office's own register looks on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Instant, Label, Note, ReadSchema, Schema, example
from yimen.domains.scoring.enums import RecordKind, SubjectKind
from yimen.domains.scoring.schemas import WINDOW_ID

RECORD_ID = "019a4f3e-0062-7b60-9d0e-6a2f4c8b1e62"


class RecordCreate(Schema):
    """Enter an article, a visit, a staff change, a commendation or a year's review."""

    model_config = example(
        {
            "kind": "article",
            "day": "2026-03-12",
            "subject_kind": "window",
            "subject_id": WINDOW_ID,
            "title": "市监窗口推行帮办代办",
        }
    )

    kind: RecordKind
    day: date
    subject_kind: Annotated[SubjectKind, Field(description="窗口、中介机构；表扬也可以是工作人员")]
    subject_id: Annotated[UUID, Field(description="窗口、中介机构（部门）或工作人员")]
    title: Annotated[Label, Field(description="稿件标题、来访领导、事由等")]
    points: Annotated[
        str | None,
        StringConstraints(pattern=r"^(100(\.00?)?|\d{1,2}(\.\d{1,2})?)$"),
        Field(description="综合评议得分，0 至 100；其他类别不填", examples=["92.50"]),
    ] = None


class RecordReversal(Schema):
    """Why a record is taken back."""

    model_config = example({"reason": "重复登记"})

    reason: Note


class RecordQuery(PageQuery):
    """Which records to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    kind: RecordKind | None = None
    subject_id: UUID | None = None
    department_id: UUID | None = None
    first: Annotated[date | None, Field(description="日期从（含）")] = None
    last: Annotated[date | None, Field(description="日期到（含）")] = None


class RecordRead(ReadSchema):
    """A record of the office."""

    model_config = example(
        {
            "id": RECORD_ID,
            "kind": "article",
            "kind_label": "信息稿件",
            "day": "2026-03-12",
            "subject_kind": "window",
            "subject_id": WINDOW_ID,
            "title": "市监窗口推行帮办代办",
            "points": None,
            "recorded_at": "2026-03-12T11:00:00+08:00",
            "recorded_by_name": "赵敏",
            "reversed_at": None,
            "reversed_by_name": None,
            "reversal_reason": None,
            "allowed_actions": [
                {"action": "reverse", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    kind: RecordKind
    kind_label: str
    day: date
    subject_kind: SubjectKind
    subject_id: UUID
    title: str
    points: str | None
    recorded_at: Instant
    recorded_by_name: str
    reversed_at: Instant | None
    reversed_by_name: str | None
    reversal_reason: str | None
    allowed_actions: list[AllowedAction]
    version: int
