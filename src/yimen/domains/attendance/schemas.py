"""Person-days and months on the wire."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import Instant, PastInstant, ReadSchema, Schema, example, page_example
from yimen.domains.attendance.enums import (
    COVER_LABELS,
    CorrectionKind,
    EventKind,
    HalfState,
    MarkCause,
)
from yimen.domains.leave.enums import CoverKind, Half

STAFF_ID = "0199a0a0-0000-7000-8000-000000000001"
WINDOW_ID = "0199a0a0-0000-7000-8000-000000000002"
DEPARTMENT_ID = "0199a0a0-0000-7000-8000-000000000003"
CORRECTION_ID = "0199a0a0-0000-7000-8000-000000000411"
BULLETIN_ID = "0199a0a0-0000-7000-8000-000000000412"
CHANGE_ID = "0199a0a0-0000-7000-8000-000000000413"

Example = dict[str, JsonValue]


Month = Annotated[
    str,
    StringConstraints(pattern=r"^(20\d\d)-(0[1-9]|1[0-2])$"),
    Field(description="月份，例如 2026-03", examples=["2026-03"]),
]

# --- days

_EVENT: Example = {
    "kind": "late",
    "kind_label": "迟到",
    "minutes": 8,
    "at": "10:07:12",
    "excused_by": None,
    "counts": True,
}
_HALF: Example = {
    "half": "morning",
    "half_label": "上午",
    "state": "late",
    "state_label": "迟到",
    "opens": "10:00",
    "closes": "14:00",
    "arrived_at": "10:07:12",
    "left_at": "14:02:45",
    "late_minutes": 8,
    "early_minutes": 0,
    "away_minutes": 0,
    "events": [_EVENT],
    "why": [
        {"text": "10:07:12到岗，迟到8分钟（10:00上班）。", "article": "ATTEND 一(二)"},
    ],
}
_AFTERNOON: Example = {
    "half": "afternoon",
    "half_label": "下午",
    "state": "present",
    "state_label": "正常",
    "opens": "15:30",
    "closes": "19:30",
    "arrived_at": "15:24:50",
    "left_at": "19:31:03",
    "late_minutes": 0,
    "early_minutes": 0,
    "away_minutes": 0,
    "events": [],
    "why": [{"text": "按时上下班。", "article": "ATTEND 一(二)"}],
}
_DAY: Example = {
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "day": "2026-03-10",
    "window_id": WINDOW_ID,
    "window_number": "07",
    "halves": [_HALF, _AFTERNOON],
    "overtime_minutes": 0,
    "is_settled": True,
    "derived_at": "2026-03-11T05:00:02+08:00",
    "version": 1,
}


class EventRead(ReadSchema):
    """What a half-day shows against the person."""

    model_config = example(_EVENT)

    kind: EventKind
    minutes: int
    at: Annotated[str | None, Field(description="所依据的打卡时刻")]
    excused_by: Annotated[UUID | None, Field(description="予以说明的更正")]
    counts: Annotated[bool, Field(description="是否计入；已说明的、已含在旷工半天内的不再计入")]

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label


class ReasonRead(ReadSchema):
    """Why, and by which article."""

    model_config = example({"text": "按时上下班。", "article": "ATTEND 一(二)"})

    text: str
    article: str


class HalfRead(ReadSchema):
    """What one half of a day comes to, and why."""

    model_config = example(_HALF)

    half: Half
    state: HalfState
    opens: Annotated[str | None, Field(description="上班时刻；不须上班时为 null")]
    closes: str | None
    arrived_at: Annotated[str | None, Field(description="首次打卡（考勤机时间）")]
    left_at: Annotated[str | None, Field(description="末次打卡（考勤机时间）")]
    late_minutes: int
    early_minutes: int
    away_minutes: int
    events: list[EventRead]
    why: list[ReasonRead]

    @computed_field
    def half_label(self) -> str:
        """The half in Chinese."""
        return self.half.label

    @computed_field
    def state_label(self) -> str:
        """The state in Chinese."""
        return self.state.label


class DayRead(ReadSchema):
    """What a person's day comes to."""

    model_config = example(_DAY)

    staff_id: UUID
    staff_number: str
    staff_name: str
    day: date
    window_id: Annotated[UUID | None, Field(description="当日服务的窗口")]
    window_number: str | None
    halves: list[HalfRead]
    overtime_minutes: Annotated[int, Field(description="经同意的加班中有打卡为证的分钟数")]
    is_settled: Annotated[bool, Field(description="两个半天是否都已过去")]
    derived_at: Instant
    version: int


class DayPage(Page[DayRead]):
    model_config = page_example(_DAY)


class DayQuery(PageQuery):
    """Which person-days, the latest first; of this month unless said otherwise."""

    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    window_id: Annotated[UUID | None, Field(examples=[WINDOW_ID])] = None
    state: Annotated[HalfState | None, Field(description="上午或下午为此状态的")] = None
    first: Annotated[date | None, Field(description="默认为结束日所在月的第一天")] = None
    last: Annotated[date | None, Field(description="默认为今天")] = None


_HALF_DIFFERENCE: Example = {
    "half": "morning",
    "half_label": "上午",
    "old_label": "缺卡",
    "old_why": "下班没有打卡，未经说明按早退计。",
    "new_label": "正常",
    "new_why": "下班没有打卡，未经说明按早退计；已说明，不计。",
}
_CHANGE: Example = {
    "id": CHANGE_ID,
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "day": "2026-03-10",
    "version": 2,
    "changed_at": "2026-04-02T11:20:00+08:00",
    "cause": "correction",
    "cause_label": "更正、说明有变动",
    "differences": [_HALF_DIFFERENCE],
}


class DifferenceRead(ReadSchema):
    """A half-day before and after."""

    model_config = example(_HALF_DIFFERENCE)

    half: Half
    old_label: Annotated[str, Field(description="原来的结果")]
    old_why: Annotated[str, Field(description="原来的依据；休息日为空")]
    new_label: Annotated[str, Field(description="现在的结果")]
    new_why: Annotated[str, Field(description="现在的依据；休息日为空")]

    @computed_field
    def half_label(self) -> str:
        """The half in Chinese."""
        return self.half.label


class ChangeRead(ReadSchema):
    """How a settled day came out otherwise later."""

    model_config = example(_CHANGE)

    id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    day: date
    version: int
    changed_at: Instant
    cause: MarkCause
    differences: list[DifferenceRead]

    @computed_field
    def cause_label(self) -> str:
        """The cause in Chinese."""
        return self.cause.label


class ChangePage(Page[ChangeRead]):
    model_config = page_example(_CHANGE)


class ChangeQuery(PageQuery):
    """Which changes, the latest first; of days of this month unless said otherwise."""

    staff_id: Annotated[UUID | None, Field(examples=[STAFF_ID])] = None
    first: Annotated[date | None, Field(description="默认为结束日所在月的第一天")] = None
    last: Annotated[date | None, Field(description="默认为今天")] = None
    changed_after: Annotated[
        PastInstant | None, Field(description="只要此后的变动，例如通报发布以后的")
    ] = None


class DayDetail(DayRead):
    """A person's day with its touches, what was asked for it, and how it has changed."""

    model_config = example(
        _DAY
        | {
            "is_current": True,
            "touches": ["10:07:12", "14:02:45", "15:24:50", "19:31:03"],
            "changes": [_CHANGE],
            "correctable": [{"half": "morning", "kind": "late", "kind_label": "迟到说明"}],
        }
    )

    is_current: Annotated[bool, Field(description="没有等待重新计算的变动")]
    touches: Annotated[list[str], Field(description="当日全部打卡，两分钟内的视为一次")]
    changes: list[ChangeRead]
    correctable: Annotated[list["CorrectableRead"], Field(description="可以申请说明的事项")]


# --- what may be excused


class CorrectableRead(ReadSchema):
    """What of a half-day the person may ask to have excused."""

    model_config = example({"half": "morning", "kind": "late", "kind_label": "迟到说明"})

    half: Half
    kind: CorrectionKind

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label


# --- months

_MONTH_EVENT: Example = {
    "day": "2026-03-10",
    "half": "morning",
    "half_label": "上午",
    "kind": "late",
    "kind_label": "迟到",
    "minutes": 8,
    "at": "10:07:12",
    "excused_by": None,
    "counts": True,
}
_FIGURES: Example = {
    "scheduled_half_days": 44,
    "present_half_days": 41,
    "unknown_half_days": 0,
    "open_half_days": 0,
    "late_count": 3,
    "early_count": 1,
    "missing_count": 1,
    "excused_count": 0,
    "late_minutes": 26,
    "early_minutes": 0,
    "away_count": 0,
    "away_minutes": 0,
    "overtime_minutes": 95,
    "absent_half_days": 1,
    "covered": [
        {"kind": "leave", "kind_label": "请假", "label": "年休假", "half_days": 2},
    ],
    "events": [_MONTH_EVENT],
    "absences": [
        {
            "day": "2026-03-20",
            "half": None,
            "half_label": None,
            "article": "ATTEND 三(五)",
            "events": [_MONTH_EVENT],
        }
    ],
}
_PERSON_MONTH: Example = {
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "figures": _FIGURES,
}


class MonthEventRead(ReadSchema):
    """An event of a month."""

    model_config = example(_MONTH_EVENT)

    day: date
    half: Half
    kind: EventKind
    minutes: int
    at: str | None
    excused_by: UUID | None
    counts: bool

    @computed_field
    def half_label(self) -> str:
        """The half in Chinese."""
        return self.half.label

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return self.kind.label


class AbsenceRead(ReadSchema):
    """Half a day of absence, and what it rests on."""

    model_config = example(
        {
            "day": "2026-03-20",
            "half": None,
            "half_label": None,
            "article": "ATTEND 三(五)",
            "events": [_MONTH_EVENT],
        }
    )

    day: date
    half: Annotated[Half | None, Field(description="由多次迟到早退累计而成的为 null")]
    article: str
    events: list[MonthEventRead]

    @computed_field
    def half_label(self) -> str | None:
        """The half in Chinese."""
        return self.half.label if self.half else None


class CoveredRead(ReadSchema):
    """Half-days on leave or away on business, by what covered them."""

    model_config = example(
        {"kind": "leave", "kind_label": "请假", "label": "年休假", "half_days": 2}
    )

    kind: CoverKind
    label: str
    half_days: int

    @computed_field
    def kind_label(self) -> str:
        """The kind in Chinese."""
        return COVER_LABELS[self.kind]


class FiguresRead(ReadSchema):
    """A month in numbers, with the events behind them."""

    model_config = example(_FIGURES)

    scheduled_half_days: Annotated[int, Field(description="应出勤的半天数")]
    present_half_days: int
    unknown_half_days: Annotated[int, Field(description="考勤机没有记录、无法判定的半天数")]
    open_half_days: Annotated[int, Field(description="尚未结束的半天数")]
    late_count: Annotated[int, Field(description="迟到次数，含未说明的上班缺卡")]
    early_count: Annotated[int, Field(description="早退次数，含未说明的下班缺卡")]
    missing_count: Annotated[int, Field(description="未说明的缺卡次数，已含在迟到、早退内")]
    excused_count: Annotated[int, Field(description="已说明、不计的次数")]
    late_minutes: int
    early_minutes: int
    away_count: int
    away_minutes: int
    overtime_minutes: int
    absent_half_days: Annotated[int, Field(description="旷工半天数，含迟到早退累计的半天")]
    covered: list[CoveredRead]
    events: list[MonthEventRead]
    absences: list[AbsenceRead]


class PersonMonthRead(ReadSchema):
    """A person's month."""

    model_config = example(_PERSON_MONTH)

    staff_id: UUID
    staff_number: str
    staff_name: str
    department_id: UUID | None
    department_name: str | None
    figures: FiguresRead


class PersonMonthPage(Page[PersonMonthRead]):
    model_config = page_example(_PERSON_MONTH)


class MonthQuery(PageQuery):
    """Whose months."""

    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    window_id: Annotated[
        UUID | None, Field(description="当月在此窗口服务过的人员", examples=[WINDOW_ID])
    ] = None


class PersonMonthDetail(PersonMonthRead):
    """A person's month day by day."""

    rows_in: ClassVar[str] = "days"

    model_config = example(_PERSON_MONTH | {"month": "2026-03", "is_current": True, "days": [_DAY]})

    month: str
    is_current: Annotated[bool, Field(description="没有等待重新计算的变动")]
    days: list[DayRead]


_WINDOW_MONTH: Example = {
    "window_id": WINDOW_ID,
    "window_number": "07",
    "window_name": "市场监管窗口",
    "person_count": 2,
    "figures": _FIGURES,
}


class WindowMonthRead(ReadSchema):
    """What a month comes to at a window: what its people served there, together."""

    model_config = example(_WINDOW_MONTH)

    window_id: UUID
    window_number: str
    window_name: str
    person_count: int
    figures: FiguresRead


class WindowMonthList(ReadSchema):
    """All windows with days in a month, by number."""

    model_config = example({"month": "2026-03", "items": [_WINDOW_MONTH]})

    month: str
    items: list[WindowMonthRead]


class MonthOnly(Schema):
    """Which month; this one by default."""

    month: Annotated[Month | None, Field(examples=["2026-03"])] = None


class AttendanceStatus(ReadSchema):
    """Whether all that has come in is taken account of."""

    model_config = example(
        {"waiting_marks": 0, "is_current": True, "swept_at": "2026-03-11T05:00:02+08:00"}
    )

    waiting_marks: Annotated[int, Field(description="等待重新计算的变动数")]
    is_current: bool
    swept_at: Annotated[Instant | None, Field(description="班次结束时的例行计算做到何时")]
