"""How conferences look on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field, model_validator

from yimen.core.pagination import PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Label,
    Note,
    PastInstant,
    ReadSchema,
    Schema,
    example,
)
from yimen.domains.cases.enums import OpinionState
from yimen.domains.conferences.enums import ConferenceKind, ConferenceState, Presence

CONFERENCE_ID = "019a4f3e-0021-7b60-9d0e-6a2f4c8b1e21"
MATTER_ID = "019a4f3e-0022-7b60-9d0e-6a2f4c8b1e22"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"
CASE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"


Position = Annotated[int, Field(ge=1, le=100, description="议题序号，从 1 起")]


class MatterIn(Schema):
    """A matter for the agenda."""

    subject: Label
    explanation: Note | None = None
    case_id: Annotated[UUID | None, Field(description="议题所涉办件")] = None


class ConferenceCreate(Schema):
    """Call a conference."""

    model_config = example(
        {
            "kind": "joint",
            "name": "某冷库项目联合审批联席会议",
            "starts_at": "2026-03-12T16:00:00+08:00",
            "place": "中心三楼会议室",
            "presided_by": "中心主任",
            "department_ids": [DEPARTMENT_ID],
            "matters": [{"subject": "冷库选址是否可行", "case_id": CASE_ID}],
        }
    )

    kind: ConferenceKind
    name: Label
    starts_at: PastInstant
    place: Label
    presided_by: Annotated[Label, Field(description="主持人：中心主任或受其委托的同志")]
    matters: Annotated[list[MatterIn], Field(min_length=1, max_length=50, description="议题")]
    department_ids: Annotated[
        list[UUID],
        Field(
            max_length=100,
            description="参会单位；联席会议自动加上办件的牵头部门，例会不填即全部进驻部门",
        ),
    ] = Field(default_factory=list)
    documents: Annotated[list[Label], Field(max_length=50, description="会议材料的名称")] = Field(
        default_factory=list
    )
    opinion_days: Annotated[
        int | None, Field(ge=1, le=60, description="会后提意见的期限（工作日）；默认按制度")
    ] = None

    @model_validator(mode="after")
    def _check_kind(self) -> "ConferenceCreate":
        with_case = any(matter.case_id for matter in self.matters)
        if self.kind is ConferenceKind.REGULAR and (with_case or self.opinion_days is not None):
            raise ValueError("首席代表例会不研究具体办件，也不征求会后意见，请改为联席会议。")
        if self.kind is ConferenceKind.JOINT and not self.department_ids:
            raise ValueError("请至少邀请一个部门参加联席会议。")
        return self


class ConferenceUpdate(Schema):
    """Change when, where and under whom a conference meets."""

    model_config = example({"starts_at": "2026-03-13T16:00:00+08:00", "place": "中心二楼会议室"})

    name: Label | None = None
    starts_at: PastInstant | None = None
    place: Label | None = None
    presided_by: Label | None = None
    documents: Annotated[list[Label] | None, Field(max_length=50)] = None


class CancelCommand(Schema):
    """The conference will not meet."""

    model_config = example({"reason": "申请人已撤回项目"})

    reason: Note


class AskLeaveCommand(Schema):
    """A chief representative cannot come, and names who will (JOINT 五)."""

    model_config = example({"reason": "在州里参加培训", "delegate_id": STAFF_ID})

    reason: Note
    delegate_id: Annotated[
        UUID | None, Field(description="受托参会的窗口工作人员；窗口确无他人时可不填")
    ] = None


class AttendanceIn(Schema):
    """Whether a department was there."""

    department_id: UUID
    presence: Annotated[
        Literal[Presence.ATTENDED, Presence.DELEGATED, Presence.EXCUSED, Presence.ABSENT],
        Field(description="attended 出席、delegated 委托出席、excused 有特殊情况、absent 缺席"),
    ]
    note: Annotated[Note | None, Field(description="特殊情况的说明；没有事先请假的必填")] = None


class StatementIn(Schema):
    """What a department said at the conference on a matter."""

    matter: Position
    department_id: UUID
    agrees: bool
    text: Note


class ResolutionIn(Schema):
    """What was resolved on a matter."""

    matter: Position
    resolution: Note


class HoldCommand(Schema):
    """The conference has met: who came, what was said, what was resolved."""

    model_config = example(
        {
            "recorded_by": "办公室一岗",
            "record": "各单位就选址发表意见。",
            "attendance": [{"department_id": DEPARTMENT_ID, "presence": "attended"}],
            "opinions": [
                {
                    "matter": 1,
                    "department_id": DEPARTMENT_ID,
                    "agrees": True,
                    "text": "符合规划，同意",
                }
            ],
            "resolutions": [{"matter": 1, "resolution": "同意选址，按程序办理"}],
        }
    )

    held_at: Annotated[PastInstant | None, Field(description="实际开会时间；默认按通知的时间")] = (
        None
    )
    recorded_by: Label
    record: Annotated[Note, Field(description="会议记录")]
    attendance: Annotated[list[AttendanceIn], Field(min_length=1, max_length=200)]
    opinions: Annotated[list[StatementIn], Field(max_length=500)] = Field(default_factory=list)
    resolutions: Annotated[list[ResolutionIn], Field(max_length=100)] = Field(default_factory=list)


class OpinionCommand(Schema):
    """A department's opinion after the conference."""

    model_config = example({"matter": 1, "agrees": True, "text": "经研究，同意"})

    matter: Position
    agrees: bool
    text: Note


class ConcludeCommand(Schema):
    """The resolutions as they stand after all opinions; the minutes are issued."""

    model_config = example({"resolutions": [{"matter": 1, "resolution": "同意选址，按程序办理"}]})

    resolutions: Annotated[list[ResolutionIn], Field(max_length=100)] = Field(default_factory=list)


class ReissueCommand(Schema):
    """Minutes in place of void ones; resolutions that were taken down wrongly are set right."""

    model_config = example({"resolutions": [{"matter": 1, "resolution": "同意选址，先办规划许可"}]})

    resolutions: Annotated[
        list[ResolutionIn], Field(max_length=100, description="只写需要更正的议题")
    ] = Field(default_factory=list)


class ArchiveCommand(Schema):
    """The papers of the conference go into the archive (JOINT 四)."""

    model_config = example({"archive_place": "2026 年会议卷第 3 号"})

    archive_place: Label


# Reading


class ConferenceQuery(PageQuery):
    """Which conferences to list; the latest first."""

    model_config = ConfigDict(extra="forbid")

    kind: ConferenceKind | None = None
    state: Annotated[ConferenceState | None, Field(description="archived 即会议档案")] = None
    department_id: Annotated[UUID | None, Field(description="受邀单位")] = None
    case_id: Annotated[UUID | None, Field(description="议题所涉办件")] = None
    first: Annotated[date | None, Field(description="会议日期从（含）")] = None
    last: Annotated[date | None, Field(description="会议日期到（含）")] = None


class ConferenceSummary(ReadSchema):
    """A conference in a list."""

    model_config = example(
        {
            "id": CONFERENCE_ID,
            "conference_number": "HY-2026-000003",
            "kind": "joint",
            "state": "held",
            "name": "某冷库项目联合审批联席会议",
            "place": "中心三楼会议室",
            "starts_at": "2026-03-12T16:00:00+08:00",
            "held_at": "2026-03-12T16:00:00+08:00",
            "opinions_due_at": "2026-03-17T19:30:00+08:00",
            "minutes_number": None,
            "version": 2,
            "kind_label": "联席会议",
            "state_label": "已召开",
        }
    )

    id: UUID
    conference_number: str
    kind: ConferenceKind
    state: ConferenceState
    name: str
    place: str
    starts_at: Instant
    held_at: Instant | None
    opinions_due_at: Annotated[Instant | None, Field(description="会后提意见的期限")]
    minutes_number: Annotated[str | None, Field(description="纪要编号；未出具为 null")]
    version: int

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label

    @computed_field
    def state_label(self) -> str:
        """The state in Chinese."""
        return self.state.label


class AttendeeRead(ReadSchema):
    """An invited department."""

    department_id: UUID
    department_name: str
    staff_id: UUID | None
    staff_name: Annotated[str | None, Field(description="首席代表；未派的为 null")]
    presence: Presence
    presence_label: str
    leave_reason: str | None
    leave_asked_at: Instant | None
    delegate_id: UUID | None
    delegate_name: str | None
    note: str | None


class ConferenceOpinionRead(ReadSchema):
    """What a department said on a matter, or that it did not."""

    department_id: UUID
    department_name: str
    state: OpinionState
    state_label: str
    at_meeting: Annotated[bool, Field(description="会上提出的；否则为会后")]
    due_at: Instant
    text: str | None
    given_at: Annotated[Instant | None, Field(description="提出时间；视为同意时为期限届满时")]
    given_by_name: str | None
    article: Annotated[str | None, Field(description="视为同意的依据")]


class MatterRead(ReadSchema):
    """A matter with the opinions on it."""

    id: UUID
    position: int
    subject: str
    explanation: str | None
    case_id: UUID | None
    case_number: str | None
    resolution: str | None
    opinions: list[ConferenceOpinionRead]


class ConferenceRead(ReadSchema):
    """A conference, whole."""

    model_config = example(
        {
            "id": CONFERENCE_ID,
            "conference_number": "HY-2026-000003",
            "kind": "joint",
            "kind_label": "联席会议",
            "state": "held",
            "state_label": "已召开",
            "name": "某冷库项目联合审批联席会议",
            "place": "中心三楼会议室",
            "starts_at": "2026-03-12T16:00:00+08:00",
            "presided_by": "中心主任",
            "documents": ["选址论证报告"],
            "called_at": "2026-03-10T11:00:00+08:00",
            "called_by_name": "办公室一岗",
            "held_at": "2026-03-12T16:00:00+08:00",
            "recorded_by": "办公室一岗",
            "record": "各单位就选址发表意见。",
            "opinion_days": 3,
            "opinions_due_at": "2026-03-17T19:30:00+08:00",
            "attendees": [
                {
                    "department_id": DEPARTMENT_ID,
                    "department_name": "县自然资源局",
                    "staff_id": STAFF_ID,
                    "staff_name": "自然资源首席代表",
                    "presence": "absent",
                    "presence_label": "缺席",
                    "leave_reason": None,
                    "leave_asked_at": None,
                    "delegate_id": None,
                    "delegate_name": None,
                    "note": None,
                }
            ],
            "matters": [
                {
                    "id": MATTER_ID,
                    "position": 1,
                    "subject": "冷库选址是否可行",
                    "explanation": None,
                    "case_id": CASE_ID,
                    "case_number": "BJ-2026-000012",
                    "resolution": "同意选址，按程序办理",
                    "opinions": [
                        {
                            "department_id": DEPARTMENT_ID,
                            "department_name": "县自然资源局",
                            "state": "deemed_agreed",
                            "state_label": "视为同意",
                            "at_meeting": False,
                            "due_at": "2026-03-17T19:30:00+08:00",
                            "text": None,
                            "given_at": "2026-03-17T19:30:00+08:00",
                            "given_by_name": None,
                            "article": "MGMT 十六",
                        }
                    ],
                }
            ],
            "minutes_number": None,
            "minutes_are_void": False,
            "concluded_at": None,
            "archived_at": None,
            "archive_place": None,
            "cancel_reason": None,
            "allowed_actions": [
                {"action": "conclude", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 2,
        }
    )

    id: UUID
    conference_number: str
    kind: ConferenceKind
    kind_label: str
    state: ConferenceState
    state_label: str
    name: str
    place: str
    starts_at: Instant
    presided_by: str
    documents: list[str]
    called_at: Instant
    called_by_name: str
    held_at: Instant | None
    recorded_by: str | None
    record: str | None
    opinion_days: int
    opinions_due_at: Instant | None
    attendees: list[AttendeeRead]
    matters: list[MatterRead]
    minutes_number: str | None
    minutes_are_void: Annotated[bool, Field(description="纪要已作废，尚未重新出具")]
    concluded_at: Instant | None
    archived_at: Instant | None
    archive_place: str | None
    cancel_reason: str | None
    allowed_actions: list[AllowedAction]
    version: int


class DelegateRead(ReadSchema):
    """Somebody whom the chief representative may send (JOINT 五)."""

    model_config = example({"id": STAFF_ID, "staff_number": "S012", "name": "自然资源窗口一岗"})

    id: UUID
    staff_number: str
    name: str
