"""What a day can be."""

from enum import StrEnum


class DayKind(StrEnum):
    """What a calendar day is to the hall (ATTEND 一(一)); decides whether it counts."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    STATUTORY_HOLIDAY = "statutory_holiday"
    REST_DAY = "rest_day"
    """A day off that is not itself a holiday: moved there by a notice (调休) or in lieu (补休)."""
    MAKEUP_WORKDAY = "makeup_workday"
    REGIONAL_HOLIDAY = "regional_holiday"
    """A holiday of the autonomous region, such as Xinjiang's two Eid festivals."""
    CLOSURE = "closure"
    """The hall stays shut on a day that would be a working day."""

    @property
    def label(self) -> str:
        return DAY_KIND_LABELS[self]

    @property
    def is_working(self) -> bool:
        """Whether a day of this kind counts when working days are counted."""
        return self in WORKING_KINDS


DAY_KIND_LABELS = {
    DayKind.WORKDAY: "工作日",
    DayKind.WEEKEND: "周末",
    DayKind.STATUTORY_HOLIDAY: "法定节假日",
    DayKind.REST_DAY: "放假调休",
    DayKind.MAKEUP_WORKDAY: "调休上班",
    DayKind.REGIONAL_HOLIDAY: "自治区法定节日",
    DayKind.CLOSURE: "临时停止办公",
}

WORKING_KINDS = frozenset({DayKind.WORKDAY, DayKind.MAKEUP_WORKDAY})

NOTICE_KINDS = frozenset({DayKind.STATUTORY_HOLIDAY, DayKind.REST_DAY, DayKind.MAKEUP_WORKDAY})
"""What a yearly notice can say of a day; the rest is the office's own to set."""

OFFICE_KINDS = frozenset(DayKind) - {DayKind.WEEKEND}
"""What the office can set a single day to; a plain weekend is had by taking the entry away."""
