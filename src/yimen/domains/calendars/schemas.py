"""How the calendar looks on the wire."""

from datetime import date, time
from typing import Annotated, ClassVar

from pydantic import AliasChoices, ConfigDict, Field, JsonValue, PlainSerializer, computed_field

from yimen.core.schemas import Instant, PastInstant, ReadSchema, Schema
from yimen.domains.calendars.enums import DayKind

_NOTICE = "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"
_FACT: dict[str, JsonValue] = {
    "day": "2026-10-10",
    "kind": "makeup_workday",
    "kind_label": "调休上班",
    "is_working_day": True,
    "reason": "与10月7日调休",
    "source": _NOTICE,
    "is_override": False,
    "is_provisional": False,
    "shifts": [{"opens": "10:00", "closes": "14:00"}, {"opens": "15:30", "closes": "19:30"}],
}
_YEAR: dict[str, JsonValue] = {
    "year": 2026,
    "source": _NOTICE,
    "published_at": "2025-11-05T11:00:00+08:00",
    "published_by_name": "中心办公室",
}

WallTime = Annotated[time, PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]


class ShiftRead(ReadSchema):
    """One half of a working day."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"opens": "10:00", "closes": "14:00"}]}
    )

    opens: Annotated[WallTime, Field(examples=["10:00"])]
    closes: Annotated[WallTime, Field(examples=["14:00"])]


class DayRead(ReadSchema):
    """What a day is to the hall, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FACT]})

    day: date
    kind: DayKind
    reason: Annotated[str, Field(description="节日名称、调休说明或星期")]
    source: Annotated[str, Field(description="依据：条款、放假通知或中心的文件")]
    is_override: Annotated[bool, Field(description="由中心办公室单独设定")]
    is_provisional: Annotated[
        bool, Field(description="该年放假安排尚未发布，暂按周末和法定节日推算")
    ]
    shifts: Annotated[list[ShiftRead], Field(description="当日各班次；不上班时为空")]

    @computed_field
    def kind_label(self) -> str:
        """The kind of day in Chinese."""
        return self.kind.label

    @computed_field
    def is_working_day(self) -> bool:
        """Whether the day counts when working days are counted."""
        return self.kind.is_working


class DaysQuery(Schema):
    """Which days to show."""

    first: Annotated[date, Field(alias="from", description="起始日", examples=["2026-10-01"])]
    last: Annotated[date, Field(alias="to", description="结束日", examples=["2026-10-10"])]


class DayList(ReadSchema):
    """Every day asked for, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_FACT]}]})

    items: list[DayRead]


class YearRead(ReadSchema):
    """A published year."""

    model_config = ConfigDict(json_schema_extra={"examples": [_YEAR]})

    year: int
    source: Annotated[str, Field(description="所依据的放假通知")]
    published_at: Instant
    published_by_name: str


class YearList(ReadSchema):
    """The published years, the latest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_YEAR], "revision": 1}]})

    items: list[YearRead]
    revision: Annotated[int, Field(description="日历版次；每次发布或设定后加一")]


class YearWithDaysRead(ReadSchema):
    """A year and its days that are no plain weekdays or weekends."""

    rows_in: ClassVar[str] = "days"

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "published": _YEAR,
                    "working_days": 248,
                    "days": [_FACT],
                }
            ]
        }
    )

    year: int
    published: Annotated[YearRead | None, Field(description="尚未发布时为 null")]
    working_days: Annotated[int, Field(description="全年工作日数")]
    days: Annotated[list[DayRead], Field(description="节假日、调休日和单独设定的日子")]


class DeadlinePreviewQuery(Schema):
    """For which acceptance and how many working days to preview a deadline."""

    working_days: Annotated[
        int, Field(ge=0, le=1000, description="承诺时限（工作日）；0 为当日办结", examples=[5])
    ]
    at: Annotated[
        PastInstant | None,
        Field(description="受理时刻，默认现在", examples=["2026-09-30T11:00:00+08:00"]),
    ] = None


class DayCountRead(ReadSchema):
    """One day of a counted deadline."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "day": "2026-10-08",
                    "counted_as": 1,
                    "kind": "workday",
                    "kind_label": "工作日",
                    "reason": "周四",
                    "source": "ATTEND 一(一)",
                    "is_provisional": False,
                }
            ]
        }
    )

    day: date
    counted_as: Annotated[int | None, Field(description="第几个工作日；不计入时为 null")]
    kind: DayKind
    reason: str
    source: Annotated[str, Field(description="依据：条款、放假通知或中心的文件")]
    is_provisional: bool

    @computed_field
    def kind_label(self) -> str:
        """The kind of day in Chinese."""
        return self.kind.label


class DeadlinePreviewRead(ReadSchema):
    """When a matter would be due, and every day that was looked at."""

    rows_in: ClassVar[str] = "days"

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "due_at": "2026-10-08T19:30:00+08:00",
                    "counted_from": "2026-09-30",
                    "working_days": 1,
                    "is_provisional": False,
                    "days": [
                        {
                            "day": "2026-10-08",
                            "counted_as": 1,
                            "kind": "workday",
                            "kind_label": "工作日",
                            "reason": "周四",
                            "source": "ATTEND 一(一)",
                            "is_provisional": False,
                        }
                    ],
                }
            ]
        }
    )

    due_at: Annotated[
        Instant,
        Field(validation_alias=AliasChoices("at", "due_at"), description="届满日下班时刻"),
    ]
    counted_from: Annotated[date, Field(description="受理计入的工作日，当日不计")]
    working_days: int
    is_provisional: Annotated[bool, Field(description="推算用到尚未发布的年份，日期暂定")]
    days: list[DayCountRead]


class WarningRead(ReadSchema):
    """What the office has yet to enter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "year_not_published",
                    "detail": "2027年的放假安排尚未发布，涉及该年的办理时限都只是暂定。",
                }
            ]
        }
    )

    code: str
    detail: str


class StatusRead(ReadSchema):
    """Where the hall stands in time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 1,
                    "now": "2026-11-02T11:00:00+08:00",
                    "today": _FACT
                    | {
                        "day": "2026-11-02",
                        "kind": "workday",
                        "kind_label": "工作日",
                        "reason": "周一",
                        "source": "ATTEND 一(一)",
                    },
                    "is_open": True,
                    "next_opening_at": "2026-11-02T11:00:00+08:00",
                    "published_through": 2026,
                    "first_day": "2008-01-01",
                    "last_day": "2031-12-31",
                    "warnings": [
                        {
                            "code": "year_not_published",
                            "detail": "2027年的放假安排尚未发布，涉及该年的办理时限都只是暂定。",
                        }
                    ],
                }
            ]
        }
    )

    revision: Annotated[int, Field(description="日历版次；每次发布或设定后加一")]
    now: Instant
    today: DayRead
    is_open: Annotated[bool, Field(description="此刻是否在办公时间内")]
    next_opening_at: Annotated[Instant, Field(description="正在办公时为此刻，否则为下次开门时刻")]
    published_through: Annotated[int | None, Field(description="已发布的最后一年")]
    first_day: Annotated[date, Field(description="日历可推算的第一天")]
    last_day: Annotated[date, Field(description="日历可推算的最后一天")]
    warnings: list[WarningRead]
