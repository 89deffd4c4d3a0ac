"""How ratings look on the wire."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from yimen.core.pagination import PageQuery
from yimen.core.schemas import AllowedAction, Instant, Label, Note, ReadSchema, Schema, example
from yimen.domains.cases.service_public import LookupCode
from yimen.domains.ratings.enums import Finding, FollowUp, RatingChannel, RatingLevel

RATING_ID = "019a4f3e-0031-7b60-9d0e-6a2f4c8b1e31"
CASE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
STAFF_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"


Comment = Annotated[
    Note,
    StringConstraints(max_length=500),
    Field(description="评价内容；请不要填写身份证号、电话等个人信息"),
]


class PublicRatingCreate(Schema):
    """An applicant rates the service, by the number and the code on the slip."""

    model_config = example(
        {
            "case_number": "BJ-2026-000012",
            "code": "K7QM-3X9P-2RTD",
            "level": "very_satisfied",
            "comment": "一次办好，很方便",
        }
    )

    case_number: Label
    code: LookupCode
    level: RatingLevel
    comment: Comment | None = None


class PublicRatingLookup(Schema):
    """What became of one's rating."""

    model_config = example({"case_number": "BJ-2026-000012", "code": "K7QM-3X9P-2RTD"})

    case_number: Label
    code: LookupCode


class PublicRating(ReadSchema):
    """A rating as its author sees it."""

    model_config = example(
        {
            "case_number": "BJ-2026-000012",
            "level": "dissatisfied",
            "level_label": "不满意",
            "rated_at": "2026-03-17T12:00:00+08:00",
            "follow_up": "open",
            "follow_up_label": "待回访",
            "answer_due_at": "2026-03-24T19:30:00+08:00",
            "answer": None,
        }
    )

    case_number: str
    level: RatingLevel
    level_label: str
    rated_at: Instant
    follow_up: FollowUp
    follow_up_label: str
    answer_due_at: Annotated[Instant | None, Field(description="差评最迟何时得到答复")]
    answer: Annotated[str | None, Field(description="中心办公室的答复")]


class RatingCreate(Schema):
    """The office takes down what an applicant said."""

    model_config = example(
        {"case_id": CASE_ID, "level": "dissatisfied", "recorded_how": "申请人来电评价"}
    )

    case_id: UUID
    level: RatingLevel
    comment: Comment | None = None
    recorded_how: Annotated[Note, Field(description="申请人如何表达的评价：来电、到办公室等")]


class RevealContactCommand(Schema):
    """Show the applicant's phone, for a reason that is kept."""

    model_config = example({"reason": "差评回访"})

    reason: Note


class ContactCommand(Schema):
    """The office has spoken with the applicant, or tried to."""

    model_config = example({"was_reached": True, "note": "申请人反映窗口等候过久"})

    was_reached: Annotated[bool, Field(description="是否联系上申请人")]
    note: Note


class CloseCommand(Schema):
    """The finding, and the answer to the applicant."""

    model_config = example(
        {
            "finding": "confirmed",
            "reason": "调取叫号记录，等候确有一个小时",
            "answer": "您反映的情况属实，已责成窗口整改，向您致歉。",
        }
    )

    finding: Finding
    reason: Annotated[Note, Field(description="认定的依据，不向申请人公开")]
    answer: Annotated[Note, Field(description="给申请人的答复")]


# Reading


class RatingQuery(PageQuery):
    """Which ratings to list; the newest first."""

    model_config = ConfigDict(extra="forbid")

    level: RatingLevel | None = None
    is_bad: Annotated[bool | None, Field(description="差评：不满意、非常不满意")] = None
    follow_up: FollowUp | None = None
    is_overdue: Annotated[bool | None, Field(description="到期未答复的差评")] = None
    finding: Finding | None = None
    department_id: UUID | None = None
    window_id: UUID | None = None
    handler_id: Annotated[UUID | None, Field(description="经办人")] = None
    first: Annotated[date | None, Field(description="评价日期从（含）")] = None
    last: Annotated[date | None, Field(description="评价日期到（含）")] = None


class RatingRead(ReadSchema):
    """A rating with its follow-up."""

    model_config = example(
        {
            "id": RATING_ID,
            "case_id": CASE_ID,
            "case_number": "BJ-2026-000012",
            "item_name": "食品经营许可",
            "department_id": DEPARTMENT_ID,
            "department_name": "县市场监督管理局",
            "window_id": WINDOW_ID,
            "window_number": "07",
            "handler_id": STAFF_ID,
            "handler_name": "市监窗口一岗",
            "level": "dissatisfied",
            "level_label": "不满意",
            "is_bad": True,
            "channel": "public_link",
            "channel_label": "扫码或网上",
            "comment": "等了一个小时",
            "rated_at": "2026-03-17T12:00:00+08:00",
            "recorded_by_name": None,
            "recorded_how": None,
            "follow_up": "open",
            "follow_up_label": "待回访",
            "due_at": "2026-03-24T19:30:00+08:00",
            "is_overdue": False,
            "contacted_at": None,
            "was_reached": None,
            "contact_note": None,
            "finding": None,
            "finding_label": None,
            "finding_reason": None,
            "answer": None,
            "closed_at": None,
            "closed_by_name": None,
            "allowed_actions": [
                {"action": "contact", "allowed": True, "reason_code": None, "reason": None}
            ],
            "version": 1,
        }
    )

    id: UUID
    case_id: UUID
    case_number: str
    item_name: str
    department_id: UUID
    department_name: str
    window_id: UUID
    window_number: str
    handler_id: UUID
    handler_name: str
    level: RatingLevel
    level_label: str
    is_bad: bool
    channel: RatingChannel
    channel_label: str
    comment: str | None
    rated_at: Instant
    recorded_by_name: str | None
    recorded_how: str | None
    follow_up: FollowUp
    follow_up_label: str
    due_at: Annotated[Instant | None, Field(description="差评答复期限；其他评价为 null")]
    is_overdue: Annotated[bool, Field(description="到期未答复，或答复晚于期限")]
    contacted_at: Instant | None
    was_reached: bool | None
    contact_note: str | None
    finding: Finding | None
    finding_label: str | None
    finding_reason: str | None
    answer: str | None
    closed_at: Instant | None
    closed_by_name: str | None
    allowed_actions: list[AllowedAction]
    version: int


class ApplicantContact(ReadSchema):
    """How to reach the applicant; every look at it is audited."""

    model_config = example({"phone": "13899990000"})

    phone: str


class SummaryQuery(Schema):
    """Of which days to count the ratings."""

    first: date
    last: date
    department_id: UUID | None = None


class LevelCount(ReadSchema):
    """How often a level was given."""

    level: RatingLevel
    level_label: str
    count: int


class RatingSummary(ReadSchema):
    """How satisfied the applicants were."""

    rows_in: ClassVar[str] = "levels"

    model_config = example(
        {
            "first": "2026-03-01",
            "last": "2026-03-31",
            "total": 20,
            "levels": [
                {"level": "very_satisfied", "level_label": "非常满意", "count": 18},
                {"level": "dissatisfied", "level_label": "不满意", "count": 2},
            ],
            "good_percent": "90.00",
        }
    )

    first: date
    last: date
    total: int
    levels: Annotated[list[LevelCount], Field(description="五个等级，从高到低")]
    good_percent: Annotated[
        str | None, Field(description="好评率：基本满意以上的百分比，两位小数；没有评价为 null")
    ]
