"""How drafts of editions look on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from yimen.core.pagination import PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Code,
    Instant,
    Label,
    Note,
    ReadSchema,
    Schema,
    example,
)
from yimen.domains.rulebook.enums import DraftState, PartKind
from yimen.domains.rulebook.schemas import (
    EDITION_EXAMPLE,
    GroundRead,
    RuleTableRead,
    RuleValueRead,
)

DRAFT_ID = "019a4f3e-0071-7b60-9d0e-6a2f4c8b1e71"


EditionText = Annotated[
    str, Field(min_length=1, max_length=300_000, description="整份制度版本的 YAML")
]
PartCode = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,79}$"),
    Field(description="规定值、扣分项或区域的代码；区域改的是封顶分"),
]


class EditionCheck(Schema):
    """A text that might be an edition."""

    model_config = example({"text": "code: 2027-01\n"})

    text: EditionText


class EditionProblems(ReadSchema):
    """What is wrong with it, in words."""

    model_config = example({"problems": ["文件缺少 title。"]})

    problems: Annotated[list[str], Field(description="逐条的问题；为空表示没有问题")]


class DraftCreate(Schema):
    """A new edition, to begin with like the one in force on its first day."""

    model_config = example(
        {"code": "2027-01", "title": "2027年修订版", "takes_effect_on": "2027-01-01"}
    )

    code: Code
    title: Label
    takes_effect_on: Annotated[date, Field(description="施行日，今后某月的 1 日")]


class DraftChange(Schema):
    """Another figure for one part."""

    model_config = example({"code": "points.late", "value": "1"})

    code: PartCode
    value: Annotated[
        int | Annotated[str, StringConstraints(min_length=1, max_length=20)],
        Field(description='数量为整数；分、元写作 "0.5"，时刻 "15:30"，日期 "05-01"'),
    ]


class DraftDecision(Schema):
    """Why a draft is discarded."""

    model_config = example({"reason": "另拟新稿"})

    reason: Note


class DraftQuery(PageQuery):
    """Which of the centre's own editions to list; the newest draft first."""

    model_config = ConfigDict(extra="forbid")

    state: DraftState | None = None


_SUMMARY: dict[str, JsonValue] = {
    "id": DRAFT_ID,
    "code": "2027-01",
    "title": "2027年修订版",
    "takes_effect_on": "2027-01-01",
    "state": "draft",
    "state_label": "草案",
    "drafted_at": "2026-11-24T11:00:00+08:00",
    "drafted_by_name": "赵敏",
    "changed_at": "2026-11-24T11:00:00+08:00",
    "decided_at": None,
    "decided_by_name": None,
    "decision_reason": None,
    "allowed_actions": [{"action": "change", "allowed": True, "reason_code": None, "reason": None}],
    "version": 1,
}


class DraftSummary(ReadSchema):
    """An edition of the centre's own in the list."""

    model_config = example(_SUMMARY)

    id: UUID
    code: str
    title: str
    takes_effect_on: Annotated[date, Field(description="施行日，总是某月 1 日")]
    state: DraftState
    state_label: str
    drafted_at: Instant
    drafted_by_name: str
    changed_at: Instant
    decided_at: Annotated[Instant | None, Field(description="发布或作废的时间")]
    decided_by_name: str | None
    decision_reason: str | None
    allowed_actions: list[AllowedAction]
    version: int


class DraftRead(DraftSummary):
    """An edition of the centre's own with all its parts."""

    model_config = example(
        _SUMMARY | {key: EDITION_EXAMPLE[key] for key in ("values", "tables", "grounds")}
    )

    values: list[RuleValueRead]
    tables: list[RuleTableRead]
    grounds: list[GroundRead]


class DraftText(ReadSchema):
    """The edition as a file: to be changed elsewhere, or to go to another county."""

    model_config = example({"code": "2027-01", "text": "code: 2027-01\n", "version": 1})

    code: str
    text: str
    version: int


class DifferenceRead(ReadSchema):
    """A part that comes out otherwise."""

    model_config = example(
        {
            "kind": "value",
            "kind_label": "规定值",
            "code": "points.late",
            "label": "迟到一次扣分",
            "before": "0.5分，本中心自定",
            "after": "1分，本中心自定",
            "article": "ATTEND 一(五)",
        }
    )

    kind: PartKind
    kind_label: str
    code: str
    label: str
    before: Annotated[str | None, Field(description="现行；新增的为 null")]
    after: Annotated[str | None, Field(description="草案；删去的为 null")]
    article: str


class DraftDifferences(ReadSchema):
    """What a draft changes of the edition that would be in force on its first day."""

    model_config = example(
        {"compared_with": "2008-01", "takes_effect_on": "2027-01-01", "items": []}
    )

    compared_with: Annotated[str, Field(description="施行日当天原本执行的版本")]
    takes_effect_on: date
    items: list[DifferenceRead]
