"""How a change of the calendar, and what it does to cases, looks on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from yimen.core.schemas import Instant, Label, ReadSchema, Schema, example
from yimen.domains.calendars.enums import DayKind

Note = Annotated[str, Field(max_length=200)]


class NoticeDayIn(Schema):
    """One day that the year's notice names."""

    day: date
    kind: Annotated[DayKind, Field(description="法定节假日、放假调休或调休上班")]
    note: Note = ""


class PublishYearCommand(Schema):
    """A year's State Council notice."""

    model_config = example(
        {
            "source": "国务院办公厅关于2027年部分节假日安排的通知",
            "days": [{"day": "2027-02-20", "kind": "makeup_workday", "note": "春节调休上班"}],
            "dry_run": True,
        }
    )

    source: Annotated[Label, Field(description="通知名称与文号")]
    days: Annotated[list[NoticeDayIn], Field(max_length=366)]
    dry_run: Annotated[bool, Field(description="只试算，不保存")] = True


class OverrideDayIn(Schema):
    """A single day that the office sets; without a kind it is set free again."""

    day: date
    kind: DayKind | None
    note: Note = ""


class OverrideCommand(Schema):
    """Single days that come out otherwise than the notice has it."""

    model_config = example(
        {
            "source": "自治区人民政府关于肉孜节放假的通知",
            "days": [{"day": "2026-03-20", "kind": "regional_holiday", "note": "肉孜节"}],
            "dry_run": True,
        }
    )

    source: Annotated[Label, Field(description="依据")]
    days: Annotated[list[OverrideDayIn], Field(min_length=1, max_length=366)]
    dry_run: Annotated[bool, Field(description="只试算，不保存")] = True


class DayState(ReadSchema):
    """What a day is, and why."""

    kind: DayKind
    reason: str
    source: str


class DayChangeRead(ReadSchema):
    """A day that comes out otherwise."""

    day: date
    was: DayState
    becomes: DayState


class DeadlinesRead(ReadSchema):
    """The dates of a case that rest on the calendar."""

    due_at: Instant | None
    due_is_provisional: bool
    deemed_acceptance_at: Instant | None
    supplement_due_on: date | None


class MovedCaseRead(ReadSchema):
    """An open case whose deadline moves, or is no longer provisional."""

    case_id: UUID
    case_number: str
    old: DeadlinesRead
    new: DeadlinesRead


class MovedDeadlineRead(ReadSchema):
    """Another deadline that moves: of the director, of a department asked, of an appeal."""

    label: Annotated[str, Field(description="哪种期限")]
    subject_type: str
    subject_id: UUID
    number: Annotated[str, Field(description="所属事务的编号")]
    old: Instant
    new: Instant
    is_past: Annotated[bool, Field(description="新的期限已经过去，变动后即为超期")]


class CalendarOutcomeRead(ReadSchema):
    """What a change of the calendar does, or did."""

    model_config = example(
        {
            "is_applied": False,
            "revision": 3,
            "days": [
                {
                    "day": "2026-03-20",
                    "was": {"kind": "workday", "reason": "周五", "source": "ATTEND 一(一)"},
                    "becomes": {
                        "kind": "regional_holiday",
                        "reason": "肉孜节",
                        "source": "自治区人民政府关于肉孜节放假的通知",
                    },
                }
            ],
            "moved": [
                {
                    "case_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55",
                    "case_number": "BJ-2026-000012",
                    "old": {
                        "due_at": "2026-03-20T19:30:00+08:00",
                        "due_is_provisional": False,
                        "deemed_acceptance_at": None,
                        "supplement_due_on": None,
                    },
                    "new": {
                        "due_at": "2026-03-23T19:30:00+08:00",
                        "due_is_provisional": False,
                        "deemed_acceptance_at": None,
                        "supplement_due_on": None,
                    },
                }
            ],
            "deadlines": [
                {
                    "label": "否定请示的批示期限",
                    "subject_type": "rejection",
                    "subject_id": "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e77",
                    "number": "FB-2026-000003",
                    "old": "2026-03-20T19:30:00+08:00",
                    "new": "2026-03-23T19:30:00+08:00",
                    "is_past": False,
                }
            ],
        }
    )

    is_applied: Annotated[bool, Field(description="false 表示只是试算")]
    revision: Annotated[int, Field(description="工作日历的版本号")]
    days: Annotated[list[DayChangeRead], Field(description="发生变化的日期")]
    moved: Annotated[list[MovedCaseRead], Field(description="期限随之变动的在办件")]
    deadlines: Annotated[list[MovedDeadlineRead], Field(description="随之变动的其他期限")]


class PublishEditionCommand(Schema):
    """A draft of the rulebook becomes an edition."""

    model_config = example({"reason": "经中心会议讨论通过", "dry_run": True})

    reason: Annotated[str | None, Field(min_length=1, max_length=2000)] = None
    dry_run: Annotated[bool, Field(description="只试算，不保存")] = True


class EditionOutcomeRead(ReadSchema):
    """What publishing an edition does, or did."""

    model_config = example(
        {
            "is_applied": False,
            "code": "2027-01",
            "title": "2027年修订版",
            "takes_effect_on": "2027-01-01",
            "version": 3,
            "moved": [],
            "deadlines": [],
        }
    )

    is_applied: Annotated[bool, Field(description="false 表示只是试算")]
    code: str
    title: str
    takes_effect_on: Annotated[date, Field(description="施行日；此前的月份不受影响")]
    version: int
    moved: Annotated[
        list[MovedCaseRead], Field(description="上下班时刻变动后，期限随之变动的在办件")
    ]
    deadlines: Annotated[list[MovedDeadlineRead], Field(description="随之变动的其他期限")]
