"""How duties and deputies look on the wire."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import AllowedAction, Instant, Label, Note, ReadSchema, Schema
from yimen.domains.organisation.enums import DeputyKind, DutyLevel
from yimen.domains.organisation.schemas import DEPARTMENT_ID, STAFF_ID, Day

DUTY_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e06"
DEPUTY_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e07"
OTHER_STAFF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e08"

Year = Annotated[int, Field(ge=2008, le=2100)]

_MAY_END = {"action": "end", "allowed": True, "reason_code": None, "reason": None}
_DUTY: dict[str, Any] = {
    "id": DUTY_ID,
    "level": "post",
    "level_label": "岗位职责",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "title": "登记注册岗",
    "content": "受理、审查企业和个体工商户的登记申请，当场告知补正内容。",
    "integrity": None,
    "year": 2026,
    "targets": "全年登记按时办结率百分之百。",
    "staff_id": STAFF_ID,
    "staff_name": "阿依古丽·买买提",
    "starts_on": "2026-01-01",
    "ends_on": None,
    "allowed_actions": [_MAY_END],
}
_DEPUTY: dict[str, Any] = {
    "id": DEPUTY_ID,
    "kind": "temporary",
    "kind_label": "临时AB岗",
    "staff_id": STAFF_ID,
    "staff_name": "阿依古丽·买买提",
    "deputy_id": OTHER_STAFF_ID,
    "deputy_name": "王红",
    "starts_on": "2026-03-11",
    "ends_on": "2026-03-13",
    "reason": "外出培训",
    "handover": "在办 3 件均已说明，其中 1 件待补正。",
    "confirmed_at": "2026-03-10T18:20:00+08:00",
    "is_acting": False,
    "allowed_actions": [_MAY_END],
}


class DutyCreate(Schema):
    """What a department, a section or a post is there for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "level": "post",
                    "department_id": DEPARTMENT_ID,
                    "title": "登记注册岗",
                    "content": "受理、审查企业和个体工商户的登记申请，当场告知补正内容。",
                    "year": 2026,
                    "targets": "全年登记按时办结率百分之百。",
                    "staff_id": STAFF_ID,
                }
            ]
        }
    )

    level: DutyLevel
    department_id: Annotated[UUID | None, Field(description="所属部门；中心自身为 null")] = None
    title: Annotated[Label, Field(description="机关、科室或岗位的名称")]
    content: Note
    integrity: Annotated[Note | None, Field(description="领导岗位“一岗双责”中的廉政职责")] = None
    year: Annotated[Year | None, Field(description="按年度制定时的年度")] = None
    targets: Annotated[Note | None, Field(description="年度工作任务、目标")] = None
    staff_id: Annotated[UUID | None, Field(description="岗位责任人，只有岗位职责才有")] = None
    starts_on: Annotated[Day | None, Field(description="第一日；缺省为今天")] = None


class DutyUpdate(Schema):
    """What changes; a field that is absent or null stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"content": "受理、审查登记申请，负责窗口档案移交。"}]}
    )

    title: Label | None = None
    content: Note | None = None
    integrity: Note | None = None
    targets: Note | None = None
    staff_id: Annotated[UUID | None, Field(description="新的岗位责任人")] = None


class DutyRead(ReadSchema):
    """A statement of duties."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DUTY]})

    id: UUID
    level: DutyLevel
    department_id: UUID | None
    department_name: str | None
    title: str
    content: str
    integrity: str | None
    year: int | None
    targets: str | None
    staff_id: UUID | None
    staff_name: str | None
    starts_on: date
    ends_on: Annotated[date | None, Field(description="最后一日（含）；未定时为 null")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def level_label(self) -> str:
        return self.level.label


class DutyQuery(PageQuery):
    """Which statements of duties."""

    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    level: DutyLevel | None = None
    on: Annotated[Day | None, Field(description="这一天有效的")] = None


class DutyPage(Page[DutyRead]):
    """Statements of duties, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_DUTY], "next_cursor": None, "total": None}]}
    )


class LastDay(Schema):
    """The last day on which something holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ends_on": "2026-12-31"}, {}]})

    ends_on: Annotated[Day | None, Field(description="最后一日（含）；缺省为今天")] = None


class SheetQuery(Schema):
    """Whose responsibilities, and as of when."""

    department_id: Annotated[
        UUID | None, Field(description="缺省为中心自身", examples=[DEPARTMENT_ID])
    ] = None
    on: Annotated[Day | None, Field(description="缺省为今天")] = None


class PostLine(ReadSchema):
    """One person's post: the duties, and who would step in."""

    staff_id: UUID
    staff_number: str
    staff_name: str
    duties: Annotated[list[str], Field(description="岗位职责的名称；没有制定时为空")]
    deputy_id: UUID | None
    deputy_name: Annotated[str | None, Field(description="B岗责任人")]


class ResponsibilitySheet(ReadSchema):
    """The four contents of a department's responsibility system, and what is missing (DUTY 三)."""

    rows_in: ClassVar[str] = "people"

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "department_id": DEPARTMENT_ID,
                    "on": "2026-03-10",
                    "general": [],
                    "sections": [],
                    "posts": [_DUTY],
                    "people": [
                        {
                            "staff_id": STAFF_ID,
                            "staff_number": "S007",
                            "staff_name": "阿依古丽·买买提",
                            "duties": ["登记注册岗"],
                            "deputy_id": None,
                            "deputy_name": None,
                        }
                    ],
                    "gaps": ["没有制定总体职能。", "阿依古丽·买买提没有B岗责任人。"],
                }
            ]
        }
    )

    department_id: UUID | None
    on: date
    general: Annotated[list[DutyRead], Field(description="总体职能")]
    sections: Annotated[list[DutyRead], Field(description="科室职责")]
    posts: Annotated[list[DutyRead], Field(description="岗位职责")]
    people: Annotated[list[PostLine], Field(description="人员及其B岗责任人")]
    gaps: Annotated[list[str], Field(description="岗位责任制尚缺的内容")]


class DeputyCreate(Schema):
    """Who is to be the B-role of whom."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "temporary",
                    "staff_id": STAFF_ID,
                    "deputy_id": OTHER_STAFF_ID,
                    "starts_on": "2026-03-11",
                    "ends_on": "2026-03-13",
                    "reason": "外出培训",
                },
                {"kind": "standing", "staff_id": STAFF_ID, "deputy_id": OTHER_STAFF_ID},
            ]
        }
    )

    kind: DeputyKind
    staff_id: Annotated[UUID, Field(description="A岗")]
    deputy_id: Annotated[UUID, Field(description="B岗")]
    starts_on: Annotated[Day | None, Field(description="第一日；缺省为今天")] = None
    ends_on: Annotated[Day | None, Field(description="最后一日（含）；临时AB岗必填")] = None
    reason: Annotated[Note | None, Field(description="离岗原因；临时AB岗必填")] = None


class Handover(Schema):
    """What the deputy has taken over."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"handover": "在办 3 件均已说明，其中 1 件待补正。"}]}
    )

    handover: Annotated[Note, Field(description="交接的在办事项")]


class DeputyRead(ReadSchema):
    """Who is the B-role of whom, from when to when."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEPUTY]})

    id: UUID
    kind: DeputyKind
    staff_id: UUID
    staff_name: str
    deputy_id: UUID
    deputy_name: str
    starts_on: date
    ends_on: Annotated[date | None, Field(description="最后一日（含）；未定时为 null")]
    reason: str | None
    handover: Annotated[str | None, Field(description="交接的在办事项；B岗确认后才有")]
    confirmed_at: Annotated[Instant | None, Field(description="B岗确认交接的时间")]
    is_acting: Annotated[bool, Field(description="今天是否正在顶岗")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label


class DeputyQuery(PageQuery):
    """Which deputyships."""

    kind: DeputyKind | None = None
    staff_id: Annotated[UUID | None, Field(description="A岗", examples=[STAFF_ID])] = None
    deputy_id: Annotated[UUID | None, Field(description="B岗", examples=[OTHER_STAFF_ID])] = None
    on: Annotated[Day | None, Field(description="这一天有效的")] = None


class DeputyPage(Page[DeputyRead]):
    """Deputyships, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_DEPUTY], "next_cursor": None, "total": None}]}
    )
