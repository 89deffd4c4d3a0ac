"""How rounds and findings look on the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Instant, Label, Note, ReadSchema, Schema, example
from yimen.domains.inspections.enums import FindingState, RoundState, TableKind

ROUND_ID = "019a4f3e-0061-7b60-9d0e-6a2f4c8b1e61"
FINDING_ID = "019a4f3e-0062-7b60-9d0e-6a2f4c8b1e62"
SUBJECT_ID = "019a4f3e-0063-7b60-9d0e-6a2f4c8b1e63"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"


RowCode = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,79}$"),
    Field(description="扣分项代码，见制度版本中的扣分表"),
]
PhotoReference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$"),
    Field(description="照片的存放编号，如文件名"),
]

_CONTENT: dict[str, JsonValue] = {
    "row_code": "hygiene.window.07",
    "count": 2,
    "window_id": WINDOW_ID,
    "photo_reference": "20260310/w07-1.jpg",
}


class FindingCreate(Schema):
    """One row of the round's table, found at one place."""

    model_config = example(_CONTENT)

    row_code: RowCode
    count: Annotated[int, Field(ge=1, le=99, description="发现几处（次）")] = 1
    window_id: Annotated[UUID | None, Field(description="窗口；办公室、保安、保洁区不填")] = None
    subject_id: Annotated[UUID | None, Field(description="办公室、保安或保洁区")] = None
    staff_ids: Annotated[
        list[UUID] | None,
        Field(
            max_length=20,
            description="责任人。窗口卫生不填时为当天在岗的工作人员，窗口无人在岗时填空列表；"
            "行为规范和计算机使用必须填写",
        ),
    ] = None
    photo_reference: PhotoReference | None = None
    note: Note | None = None


class RoundCreate(Schema):
    """A round begins; what it has found so far may come along."""

    model_config = example(
        {
            "kind": "windows",
            "inspected_on": "2026-03-10",
            "inspectors": ["赵敏"],
            "findings": [_CONTENT],
        }
    )

    kind: TableKind
    inspected_on: date
    inspectors: Annotated[list[Label], Field(min_length=1, max_length=10, description="督查人员")]
    note: Note | None = None
    findings: Annotated[list[FindingCreate], Field(max_length=200, default_factory=list)]


class FindingsCreate(Schema):
    """More that a round has found."""

    model_config = example({"findings": [_CONTENT]})

    findings: Annotated[list[FindingCreate], Field(min_length=1, max_length=200)]


SpokenBy = Annotated[
    Label | None,
    Field(description="保安、保洁员或办公室由谁答复；由中心办公室代录时必填，其他人不填"),
]


class ConfirmCommand(Schema):
    """The inspected accept a finding."""

    model_config = example({})

    spoken_by: SpokenBy = None


class RefuseCommand(Schema):
    """The inspected do not accept it, and say why."""

    model_config = example({"reason": "当天该柜台由物业施工，不属窗口保洁范围"})

    reason: Note
    spoken_by: SpokenBy = None


class DecideCommand(Schema):
    """The office answers an objection."""

    model_config = example({"is_upheld": False, "reason": "经核对照片，情况属实，予以撤销"})

    is_upheld: Annotated[bool, Field(description="true：异议不成立，维持原记录；false：撤销")]
    reason: Note


class WithdrawCommand(Schema):
    """The office takes a finding back."""

    model_config = example({"reason": "重复登记"})

    reason: Note


class CorrectCommand(Schema):
    """The office puts another finding in the place of a wrong one, which is kept."""

    model_config = example({"reason": "应为1处", "content": _CONTENT | {"count": 1}})

    reason: Note
    content: FindingCreate


# Reading


class RoundQuery(PageQuery):
    """Which rounds to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    kind: TableKind | None = None
    state: RoundState | None = None
    first: Annotated[date | None, Field(description="督查日期从（含）")] = None
    last: Annotated[date | None, Field(description="督查日期到（含）")] = None


_ROUND: dict[str, JsonValue] = {
    "id": ROUND_ID,
    "round_number": "DC-2026-000001",
    "kind": "windows",
    "kind_label": "窗口卫生",
    "inspected_on": "2026-03-10",
    "inspectors": ["赵敏"],
    "note": None,
    "state": "open",
    "state_label": "督查中",
    "finding_count": 1,
    "opened_at": "2026-03-10T11:00:00+08:00",
    "opened_by_name": "赵敏",
    "closed_at": None,
    "allowed_actions": [{"action": "close", "allowed": True, "reason_code": None, "reason": None}],
    "version": 1,
}


class RoundRead(ReadSchema):
    """A round of inspection."""

    model_config = example(_ROUND)

    id: UUID
    round_number: str
    kind: TableKind
    kind_label: str
    inspected_on: date
    inspectors: list[str]
    note: str | None
    state: RoundState
    state_label: str
    finding_count: Annotated[int, Field(description="登记的问题条数，不含已撤销、已更正的")]
    opened_at: Instant
    opened_by_name: str
    closed_at: Instant | None
    allowed_actions: list[AllowedAction]
    version: int


class FindingQuery(PageQuery):
    """Which findings to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    round_id: UUID | None = None
    kind: TableKind | None = None
    state: FindingState | None = None
    is_effective: Annotated[bool | None, Field(description="是否计分")] = None
    window_id: UUID | None = None
    staff_id: Annotated[UUID | None, Field(description="责任人")] = None
    subject_id: UUID | None = None
    row_code: Annotated[RowCode | None, Field(examples=["hygiene.window.07"])] = None
    first: Annotated[date | None, Field(description="督查日期从（含）")] = None
    last: Annotated[date | None, Field(description="督查日期到（含）")] = None


class ResponsibleRead(ReadSchema):
    """A person whom a finding hits."""

    model_config = example({"staff_id": STAFF_ID, "name": "阿依古丽·买买提"})

    staff_id: UUID
    name: str


_FINDING: dict[str, JsonValue] = {
    "id": FINDING_ID,
    "finding_number": "DC-2026-000001-01",
    "round_id": ROUND_ID,
    "kind": "windows",
    "kind_label": "窗口卫生",
    "found_on": "2026-03-10",
    "row_code": "hygiene.window.07",
    "row_label": "柜台表面",
    "area_label": "窗口",
    "article": "HYGIENE 附件(窗口)7",
    "basis": "regulation",
    "basis_label": "制度规定",
    "points": "1",
    "count": 2,
    "points_asked": "2",
    "edition_code": "2008-01",
    "window_id": WINDOW_ID,
    "window_number": "07",
    "department_id": DEPARTMENT_ID,
    "subject_id": None,
    "subject_name": None,
    "responsible": [{"staff_id": STAFF_ID, "name": "阿依古丽·买买提"}],
    "photo_reference": "20260310/w07-1.jpg",
    "note": None,
    "state": "recorded",
    "state_label": "已登记，待确认",
    "is_effective": True,
    "why_ineffective": None,
    "recorded_at": "2026-03-10T11:00:00+08:00",
    "recorded_by_name": "赵敏",
    "refusable_until": "2026-03-13",
    "answered_at": None,
    "answered_by_name": None,
    "answer_reason": None,
    "decided_at": None,
    "decided_by_name": None,
    "decision_reason": None,
    "replaces_id": None,
    "replaced_by_id": None,
    "allowed_actions": [
        {"action": "confirm", "allowed": True, "reason_code": None, "reason": None}
    ],
    "version": 1,
}


class FindingRead(ReadSchema):
    """A finding with what it costs, who answers for it and what became of it."""

    model_config = example(_FINDING)

    id: UUID
    finding_number: str
    round_id: UUID
    kind: TableKind
    kind_label: str
    found_on: date
    row_code: str
    row_label: str
    area_label: str
    article: str
    basis: str
    basis_label: str
    points: Annotated[Decimal, Field(description="每处（次）扣分")]
    count: int
    points_asked: Annotated[Decimal, Field(description="应扣分；计入考评时受每月封顶限制")]
    edition_code: Annotated[str, Field(description="所依据的制度版本")]
    window_id: UUID | None
    window_number: str | None
    department_id: UUID | None
    subject_id: UUID | None
    subject_name: str | None
    responsible: list[ResponsibleRead]
    photo_reference: str | None
    note: str | None
    state: FindingState
    state_label: str
    is_effective: Annotated[bool, Field(description="是否计分")]
    why_ineffective: Annotated[str | None, Field(description="不计分的原因")]
    recorded_at: Instant
    recorded_by_name: str
    refusable_until: Annotated[date, Field(description="提出异议的最后一日")]
    answered_at: Instant | None
    answered_by_name: str | None
    answer_reason: Annotated[str | None, Field(description="异议的理由")]
    decided_at: Instant | None
    decided_by_name: str | None
    decision_reason: Annotated[str | None, Field(description="维持、撤销或更正的理由")]
    replaces_id: Annotated[UUID | None, Field(description="更正的是哪一条")]
    replaced_by_id: Annotated[UUID | None, Field(description="被哪一条更正")]
    allowed_actions: list[AllowedAction]
    version: int


class RoundWithFindings(ReadSchema):
    """A round and what was just recorded in it."""

    model_config = example({"round": _ROUND, "findings": [_FINDING]})

    round: RoundRead
    findings: list[FindingRead]
