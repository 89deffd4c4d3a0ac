"""The derived day: tables of touches, covers and excuses, and what they come to."""

from collections.abc import Sequence
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yimen.domains.attendance.enums import (
    AT_POST,
    CORRECTION_MOVES,
    CorrectionKind,
    CorrectionState,
    EventKind,
    HalfState,
)
from yimen.domains.attendance.rules import (
    DAY,
    Cover,
    DayFacts,
    DayRules,
    DerivedDay,
    DerivedHalf,
    Event,
    Excuse,
    Ground,
    Reason,
    Span,
    derive_day,
    measure,
    merge_touches,
    seconds_of,
    split_touches,
    subtract,
)
from yimen.domains.attendance.rules_kept import read_half, write_half
from yimen.domains.attendance.rules_month import MonthDay, sum_up
from yimen.domains.attendance.rules_words import clock_text, explain_half
from yimen.domains.leave.enums import CoverKind, Half
from yimen.domains.rulebook.service import RulebookService

EDITION = RulebookService().editions()[0]
RULES = DayRules.of(EDITION)


def at(text: str) -> int:
    """``at("10:07:12")`` in seconds; ``at("24:10")`` is ten past midnight."""
    hour, minute, *second = (int(part) for part in text.split(":"))
    return hour * 3600 + minute * 60 + (second[0] if second else 0)


def span(start: str, end: str) -> Span:
    return Span(at(start), at(end))


SUMMER = (span("10:00", "14:00"), span("16:00", "20:00"))
WINTER = (span("10:00", "14:00"), span("15:30", "19:30"))
FULL = "10:00 14:00 15:30 19:30"


def cover(kind: CoverKind, start: str, end: str, label: str = "临时外出") -> Cover:
    return Cover(kind, at(start), at(end), label)


def day_of(
    touches: str = "",
    *,
    shifts: tuple[Span, ...] = WINTER,
    covers: Sequence[Cover] = (),
    excuses: Sequence[Excuse] = (),
    silent: Sequence[Half] = (),
    grounds: Sequence[Ground] = (),
    is_serving: bool = True,
    is_enrolled: bool = True,
    now: str | None = None,
) -> DerivedDay:
    return derive_day(
        DayFacts(
            is_serving=is_serving,
            shifts=shifts,
            touches=[at(touch) for touch in touches.split()],
            covers=covers,
            excuses=excuses,
            silent=frozenset(silent),
            grounds=grounds,
            is_enrolled=is_enrolled,
            now=None if now is None else at(now),
        ),
        RULES,
    )


def states(day: DerivedDay) -> tuple[str, str]:
    morning, afternoon = day.halves
    return morning.state.value, afternoon.state.value


def counted(half: DerivedHalf) -> list[tuple[str, int]]:
    return [(event.kind.value, event.minutes) for event in half.events if event.counts]


# --- punctuality


@pytest.mark.parametrize(
    ("touches", "morning", "events"),
    [
        ("9:58 14:02", "present", []),
        ("10:00:00 14:00:00", "present", []),
        ("10:00:01 14:00:00", "late", [("late", 1)]),
        ("10:01:00 14:00:00", "late", [("late", 1)]),
        ("10:01:01 14:00:00", "late", [("late", 2)]),
        ("10:00 13:59:59", "early_leave", [("early_leave", 1)]),
        ("10:07 13:50", "late_and_early", [("late", 7), ("early_leave", 10)]),
        ("9:58", "missing_punch", [("missing_departure", 0)]),
        ("10:20", "missing_punch", [("late", 20), ("missing_departure", 0)]),
        ("14:02", "missing_punch", [("missing_arrival", 0)]),
        ("13:40", "missing_punch", [("early_leave", 20), ("missing_arrival", 0)]),
        ("", "absent", [("absence", 240)]),
        # seconds apart: one touch, whose first arrives and whose last leaves
        ("9:59:30 10:00:40", "missing_punch", [("missing_departure", 0)]),
        ("9:59:30 10:00:40 13:59:10 14:01:00", "present", []),
        # exact repetitions
        ("9:58 9:58 9:58 14:02 14:02", "present", []),
    ],
)
def test_a_morning_comes_to_what_its_touches_show(
    touches: str, morning: str, events: list[tuple[str, int]]
) -> None:
    day = day_of(f"{touches} 15:30 19:30")
    assert states(day) == (morning, "present")
    assert counted(day.halves[0]) == events


@pytest.mark.parametrize(
    ("apart", "is_one"), [("0:02:00", True), ("0:02:01", False), ("0:00:01", True)]
)
def test_touches_within_two_minutes_are_one(apart: str, is_one: bool) -> None:
    first = at("10:00")
    merged = merge_touches([first + at(apart), first], RULES.same_touch)
    assert len(merged) == (1 if is_one else 2)


def test_a_row_of_touches_is_counted_from_the_first_of_them() -> None:
    touches = [at("10:00") + 90 * n for n in range(5)]  # 10:00:00 … 10:06:00
    merged = merge_touches(touches, RULES.same_touch)
    assert [touch.first for touch in merged] == [at("10:00"), at("10:03"), at("10:06")]
    assert merged[0].last == at("10:01:30")


@pytest.mark.parametrize(
    ("shifts", "afternoon", "events"),
    [
        (SUMMER, "present", []),  # 15:45 is early enough from 1 May on
        (WINTER, "late", [("late", 15)]),
    ],
)
def test_the_season_moves_the_afternoon(
    shifts: tuple[Span, ...], afternoon: str, events: list[tuple[str, int]]
) -> None:
    day = day_of("9:50 14:10 15:45 20:00", shifts=shifts)
    assert states(day) == ("present", afternoon)
    assert counted(day.halves[1]) == events


# --- which touch belongs to which half


@pytest.mark.parametrize(
    ("touches", "early", "late"),
    [
        ("9:58 14:10 15:20 19:31", "9:58 14:10", "15:20 19:31"),
        ("9:58 14:45 14:46 19:31", "9:58 14:45", "14:46 19:31"),  # the middle is 14:45
        ("9:58 14:05 14:40 19:31", "9:58 14:05", "14:40 19:31"),  # back early, and stayed
        ("9:58 14:50 15:20 19:31", "9:58 14:50", "15:20 19:31"),  # left late
        ("9:58 14:10 19:31", "9:58 14:10", "19:31"),
        ("9:58 15:20 19:31", "9:58", "15:20 19:31"),
        ("9:58 13:50 14:50 15:20 19:31", "9:58 13:50", "14:50 15:20 19:31"),
        ("", "", ""),
    ],
)
def test_touches_of_the_break_go_to_the_half_that_needs_them(
    touches: str, early: str, late: str
) -> None:
    merged = merge_touches([at(touch) for touch in touches.split()], 0)
    found = split_touches(merged, *WINTER)
    assert [[touch.first for touch in half] for half in found] == [
        [at(touch) for touch in half.split()] for half in (early, late)
    ]


MORNING_OFF = cover(CoverKind.LEAVE, "10:00", "14:00", "年休假")
AFTERNOON_OFF = cover(CoverKind.LEAVE, "15:30", "19:30", "年休假")


@pytest.mark.parametrize(
    ("covers", "touches", "expected"),
    [
        # on leave for one half: what lies in the break signs the other, however near
        ([MORNING_OFF], "14:30 19:31", ("on_leave", "present")),
        ([MORNING_OFF], "14:00 19:31", ("on_leave", "present")),
        ([MORNING_OFF], "13:59:30 14:00:30 19:31", ("on_leave", "present")),
        ([AFTERNOON_OFF], "9:58 14:50", ("present", "on_leave")),
        ([AFTERNOON_OFF], "9:58 15:30", ("present", "on_leave")),
        ([MORNING_OFF], "14:30", ("on_leave", "missing_punch")),
        ([MORNING_OFF, AFTERNOON_OFF], "14:30 14:50", ("on_leave", "on_leave")),
        # out up to the break, or from it on: that end needs no signing, the other one does
        ([cover(CoverKind.OUTING, "12:00", "14:00")], "9:58 14:30 19:31", ("present", "present")),
        ([cover(CoverKind.OUTING, "15:30", "16:30")], "9:58 15:00 19:31", ("present", "present")),
        # and without a cover the nearer half has it, as before
        ([], "9:58 14:30 19:31", ("present", "missing_punch")),
        # on leave, come in all the same, and gone: nothing signs the afternoon
        ([MORNING_OFF], "10:30 12:00", ("on_leave", "absent")),
    ],
)
def test_touches_of_the_break_sign_the_end_that_has_to_be_signed(
    covers: Sequence[Cover], touches: str, expected: tuple[str, str]
) -> None:
    assert states(day_of(touches, covers=covers)) == expected


# --- away


@pytest.mark.parametrize(
    ("touches", "morning", "events"),
    [
        # out at 11:00, back 120 minutes later, and 121
        ("9:58 11:00 13:00 14:02", "present", [("away", 120)]),
        ("9:58 11:00 13:01 14:02", "absent", [("absence", 121)]),
        ("9:58 11:00 13:00:01 14:02", "absent", [("absence", 121)]),
        # late by as much, and early by as much
        ("12:00 14:00", "late", [("late", 120)]),
        ("12:01 14:00", "absent", [("absence", 121)]),
        ("10:00 12:00", "early_leave", [("early_leave", 120)]),
        ("10:00 11:59", "absent", [("absence", 121)]),
        # what is missing adds up
        (
            "10:30 11:00 12:00 13:30",
            "late_and_early",
            [("late", 30), ("early_leave", 30), ("away", 60)],
        ),
        ("10:30 11:00 12:01 13:30", "absent", [("absence", 121)]),
        # three touches do not pair, so the middle one proves nothing
        ("10:00 12:00 14:00", "present", []),
    ],
)
def test_more_than_two_hours_away_is_half_a_day_of_absence(
    touches: str, morning: str, events: list[tuple[str, int]]
) -> None:
    day = day_of(f"{touches} 15:30 19:30")
    assert states(day) == (morning, "present")
    assert counted(day.halves[0]) == events


@pytest.mark.parametrize(
    ("touches", "grounds", "article", "reason"),
    [
        ("", (), "ATTEND 三(一)", "没有打卡，也没有请假或报备"),
        (
            "",
            (Ground(Half.MORNING, "ATTEND 三(二)", "请假未获批准"),),
            "ATTEND 三(二)",
            "没有打卡，请假未获批准",
        ),
        ("12:01 13:59", (), "ATTEND 三(六)", "迟到121分钟、早退1分钟"),
    ],
)
def test_an_absence_of_the_month_says_what_shows_it(
    touches: str, grounds: Sequence[Ground], article: str, reason: str
) -> None:
    day = day_of(f"{touches} 15:30 19:30", grounds=grounds)
    month = sum_up([MonthDay(date(2026, 3, 9), None, day)], EDITION)
    assert [(one.article, one.reason) for one in month.absences] == [(article, reason)]


@pytest.mark.parametrize(("late", "absences"), [(3, 0), (4, 1), (5, 1), (8, 1)])
def test_four_or_more_late_or_early_make_one_absence(late: int, absences: int) -> None:
    """以上 includes the number, and it is once a month (ATTEND 三(五))."""
    days = [
        MonthDay(date(2026, 3, 2 + n), None, day_of("10:01 14:00 15:30 19:30")) for n in range(late)
    ]
    month = sum_up(days, EDITION)
    assert (month.late_count, len(month.absences)) == (late, absences)
    assert all((one.article, len(one.events)) == ("ATTEND 三(五)", 4) for one in month.absences)


def test_an_absence_keeps_what_it_consists_of_but_counts_it_once() -> None:
    morning = day_of("12:01 13:59 15:30 19:30").halves[0]
    assert [(e.kind, e.minutes, e.counts) for e in morning.events] == [
        (EventKind.LATE, 121, False),
        (EventKind.EARLY_LEAVE, 1, False),
        (EventKind.ABSENCE, 122, True),
    ]


# --- covers


@pytest.mark.parametrize(
    ("kind", "label", "state"),
    [
        (CoverKind.LEAVE, "年休假", "on_leave"),
        (CoverKind.OFFICIAL_BUSINESS, "公务", "on_business"),
        (CoverKind.TRAINING, "培训", "training"),
        (CoverKind.OUTING, "临时外出", "outing"),
    ],
)
def test_a_half_day_that_is_covered_is_no_absence(kind: CoverKind, label: str, state: str) -> None:
    day = day_of("15:30 19:30", covers=[cover(kind, "10:00", "14:00", label)])
    assert states(day) == (state, "present")
    assert day.halves[0].covers == ((kind, label),)
    assert counted(day.halves[0]) == []


def test_whoever_comes_in_on_leave_is_on_leave() -> None:
    day = day_of("10:30 12:00 15:30 19:30", covers=[cover(CoverKind.LEAVE, "10:00", "14:00")])
    assert states(day) == ("on_leave", "present")
    assert (day.halves[0].arrived, day.halves[0].left) == (at("10:30"), at("12:00"))


@pytest.mark.parametrize(
    ("covers", "touches", "state", "events"),
    [
        # out from 11 to 12, signed or not
        ([("11:00", "12:00")], "10:00 14:00", "present", []),
        ([("11:00", "12:00")], "10:00 11:00 12:00 14:00", "present", []),
        ([("11:00", "12:00")], "10:00 11:00 12:30 14:00", "present", [("away", 30)]),
        ([("11:00", "12:00")], "10:00 10:50 13:01 14:00", "present", [("away", 71)]),
        ([("11:00", "12:00")], "10:00 10:50 13:51 14:00", "absent", [("absence", 121)]),
        # straight from outside: an end that is covered needs no touch
        ([("10:00", "11:00")], "14:00", "present", []),
        ([("10:00", "11:00")], "11:20 14:00", "late", [("late", 20)]),
        ([("13:00", "14:00")], "10:00", "present", []),
        ([("13:00", "14:00")], "10:00 12:40", "early_leave", [("early_leave", 20)]),
        ([("9:00", "11:00"), ("13:00", "15:00")], "", "outing", []),
        ([("10:00", "12:00")], "", "missing_punch", [("missing_departure", 0)]),
        ([("10:00", "11:59")], "", "absent", [("absence", 121)]),
        ([("11:00", "12:00")], "", "absent", [("absence", 180)]),
        ([("10:00", "12:30"), ("12:00", "14:00")], "", "outing", []),
    ],
)
def test_an_outing_covers_its_time_and_no_more(
    covers: list[tuple[str, str]], touches: str, state: str, events: list[tuple[str, int]]
) -> None:
    day = day_of(
        f"{touches} 15:30 19:30",
        covers=[cover(CoverKind.OUTING, start, end) for start, end in covers],
    )
    assert states(day)[0] == state
    assert counted(day.halves[0]) == events


# --- days off, service, silence


def test_nothing_is_expected_on_a_day_off_or_out_of_service() -> None:
    assert states(day_of(shifts=())) == ("day_off", "day_off")
    assert states(day_of(is_serving=False)) == ("not_serving", "not_serving")
    assert states(day_of(is_serving=False, shifts=())) == ("not_serving", "not_serving")


def test_a_silent_clock_proves_no_absence() -> None:
    assert states(day_of(silent=list(Half))) == ("unknown", "unknown")
    assert states(day_of("10:00 14:00", silent=[Half.AFTERNOON])) == ("present", "unknown")
    # of two clocks one is silent: what the other shows still holds, what is missing is open
    day = day_of("10:05", silent=[Half.MORNING, Half.AFTERNOON])
    assert states(day) == ("late", "unknown")
    assert counted(day.halves[0]) == [("late", 5)]


def test_whom_no_clock_knows_cannot_be_judged() -> None:
    assert states(day_of(is_enrolled=False)) == ("unknown", "unknown")


def test_leave_is_leave_whether_the_clock_was_silent_or_not() -> None:
    day = day_of(silent=list(Half), covers=[cover(CoverKind.LEAVE, "10:00", "14:00", "病假")])
    assert states(day) == ("on_leave", "unknown")


# --- a day that is under way


@pytest.mark.parametrize(
    ("now", "touches", "expected"),
    [
        ("9:00", "", ("in_progress", "in_progress")),
        ("10:30", "9:58", ("in_progress", "in_progress")),
        ("10:30", "10:04", ("late", "in_progress")),
        ("14:30", "9:58", ("in_progress", "in_progress")),
        ("14:45", "9:58 13:00", ("in_progress", "in_progress")),
        ("14:45:01", "9:58 13:00", ("early_leave", "in_progress")),
        ("15:40", "", ("absent", "in_progress")),
        ("20:00", "15:40", ("absent", "late")),
        ("28:59", "15:40 19:30", ("absent", "late")),
    ],
)
def test_a_half_is_judged_when_no_touch_can_belong_to_it_any_more(
    now: str, touches: str, expected: tuple[str, str]
) -> None:
    day = day_of(touches, now=now)
    assert states(day) == expected
    assert not day.is_settled


# --- overtime


@pytest.mark.parametrize(
    ("shifts", "touches", "minutes"),
    [
        ((), "10:05 12:35", 115),  # from the first touch to the end of the overtime
        ((), "", 0),
        ((), "13:00 14:00", 0),
        (WINTER, f"{FULL} 21:10", 100),
        (WINTER, FULL, 0),
        (WINTER, f"{FULL} 24:20", 180),  # past midnight
    ],
)
def test_overtime_is_what_was_approved_and_is_signed(
    shifts: tuple[Span, ...], touches: str, minutes: int
) -> None:
    approved = ("19:30", "22:30") if shifts else ("10:00", "12:00")
    day = day_of(touches, shifts=shifts, covers=[cover(CoverKind.OVERTIME, *approved)])
    assert day.overtime_minutes == minutes


def test_overtime_covers_no_absence() -> None:
    day = day_of(covers=[cover(CoverKind.OVERTIME, "10:00", "14:00")])
    assert states(day) == ("absent", "absent")


def test_touches_after_midnight_end_the_day_before() -> None:
    day = day_of("10:00 14:00 15:30 25:00")
    assert states(day) == ("present", "present")
    assert day.halves[1].left == at("25:00")


# --- corrections and excuses


def excuse(kind: CorrectionKind, half: Half = Half.MORNING) -> Excuse:
    return Excuse(half, kind, f"c-{kind}")


@pytest.mark.parametrize(
    ("touches", "kind", "state"),
    [
        ("10:07 14:00", CorrectionKind.LATE, "present"),
        ("10:00 13:50", CorrectionKind.EARLY_LEAVE, "present"),
        ("10:07 13:50", CorrectionKind.LATE, "early_leave"),
        ("9:58", CorrectionKind.MISSING_PUNCH, "present"),
        ("14:01", CorrectionKind.MISSING_PUNCH, "present"),
        ("10:20", CorrectionKind.MISSING_PUNCH, "late"),
        ("12:01 14:00", CorrectionKind.LATE, "present"),
        ("10:00 11:00 13:30 14:00", CorrectionKind.AWAY, "present"),
        ("10:40 11:00 12:30 14:00", CorrectionKind.LATE, "present"),
        ("", CorrectionKind.PRESENCE, "present"),
        ("10:07 13:50", CorrectionKind.PRESENCE, "present"),
        ("", CorrectionKind.LATE, "absent"),
    ],
)
def test_what_the_office_excuses_no_longer_counts(
    touches: str, kind: CorrectionKind, state: str
) -> None:
    day = day_of(f"{touches} 15:30 19:30", excuses=[excuse(kind)])
    assert states(day) == (state, "present")
    excused = [event for event in day.halves[0].events if event.excused_by]
    assert all(not event.counts and event.excused_by == f"c-{kind}" for event in excused)
    if touches and kind is not CorrectionKind.PRESENCE:
        assert len(excused) == 1


def test_an_excuse_holds_for_its_half_only() -> None:
    day = day_of("10:07 14:00 15:37 19:30", excuses=[excuse(CorrectionKind.LATE, Half.AFTERNOON)])
    assert states(day) == ("late", "present")


def test_presence_proves_what_a_silent_clock_left_open() -> None:
    day = day_of(silent=list(Half), excuses=[excuse(CorrectionKind.PRESENCE)])
    assert states(day) == ("present", "unknown")
    assert day.halves[0].attested_by == "c-presence"


# --- everything at once


def test_a_day_with_every_kind_of_event() -> None:
    day = day_of(
        "10:12:30 10:12:31 11:00 11:40 13:55 15:33 19:25 20:31",
        covers=[
            cover(CoverKind.OUTING, "11:00", "11:30"),
            cover(CoverKind.TRAINING, "15:30", "17:00", "外出培训"),
            cover(CoverKind.OVERTIME, "19:30", "21:00", "加班"),
        ],
        excuses=[excuse(CorrectionKind.EARLY_LEAVE)],
    )
    morning, afternoon = day.halves
    assert states(day) == ("late", "present")
    assert [(e.kind.value, e.minutes, e.counts) for e in morning.events] == [
        ("late", 13, True),
        ("early_leave", 5, False),
        ("away", 10, True),
    ]
    assert afternoon.events == ()
    assert day.overtime_minutes == 61
    told = [reason.text for reason in explain_half(morning, RULES)]
    assert told == [
        "上午有临时外出。",
        "10:12:30到岗，迟到13分钟（10:00上班）。",
        "13:55:00离岗，早退5分钟（14:00下班）；已说明，不计。",
        "11:00:00起中途离岗10分钟。",
    ]
    assert [half.state for half in (morning, afternoon)] == [HalfState.LATE, HalfState.PRESENT]


# --- why


@pytest.mark.parametrize(
    ("day", "texts", "articles"),
    [
        (day_of(FULL), ["按时上下班。"], ["ATTEND 一(二)"]),
        (day_of(), ["没有打卡，也没有请假或报备，计旷工半天。"], ["ATTEND 三(一)"]),
        (
            day_of(grounds=[Ground(Half.MORNING, "ATTEND 三(二)", "请假未获批准")]),
            ["没有打卡，请假未获批准，计旷工半天。"],
            ["ATTEND 三(二)"],
        ),
        (
            day_of(grounds=[Ground(Half.AFTERNOON, "ATTEND 三(三)", "超假未归")]),
            ["没有打卡，也没有请假或报备，计旷工半天。"],
            ["ATTEND 三(一)"],
        ),
        (
            day_of("12:01 14:00", grounds=[Ground(Half.MORNING, "ATTEND 三(二)", "请假未获批准")]),
            [
                "12:01:00到岗，迟到121分钟（10:00上班）。",
                "不在岗合计121分钟，超过120分钟，计旷工半天。",
            ],
            ["ATTEND 一(二)", "ATTEND 三(六)"],
        ),
        (
            day_of("12:01 14:00"),
            [
                "12:01:00到岗，迟到121分钟（10:00上班）。",
                "不在岗合计121分钟，超过120分钟，计旷工半天。",
            ],
            ["ATTEND 一(二)", "ATTEND 三(六)"],
        ),
        (
            day_of("10:00"),
            ["下班没有打卡，未经说明按早退计。"],
            ["ATTEND 一(三)"],
        ),
        (
            day_of(is_serving=False),
            ["当日没有安排此人在窗口服务。"],
            ["ATTEND 一(五)"],
        ),
        (day_of(shifts=()), ["周六，不上班。"], ["ATTEND 一(一)"]),
        (day_of(now="9:00"), ["班次尚未结束。"], ["ATTEND 一(三)"]),
        (
            day_of(silent=list(Half)),
            ["上午有考勤机没有任何记录，不能据此认定缺勤，请核实后更正。"],
            ["ATTEND 一(三)"],
        ),
        (
            day_of(is_enrolled=False),
            ["当日没有为此人登记考勤号，无从判定出勤。"],
            ["ATTEND 一(三)"],
        ),
        (
            day_of(excuses=[excuse(CorrectionKind.PRESENCE)]),
            ["经核实，此人当时在岗。"],
            ["ATTEND 一(五)"],
        ),
    ],
)
def test_a_half_day_says_why_and_by_which_article(
    day: DerivedDay, texts: list[str], articles: list[str]
) -> None:
    found = explain_half(day.halves[0], RULES, Reason("周六，不上班。", "ATTEND 一(一)"))
    assert [reason.text for reason in found] == texts
    assert [reason.article for reason in found] == articles


# --- spans


def test_what_is_covered_is_taken_away() -> None:
    whole = span("10:00", "14:00")
    covers = [
        cover(CoverKind.OUTING, "13:00", "15:00"),
        cover(CoverKind.OUTING, "9:00", "10:30"),
        cover(CoverKind.OUTING, "10:15", "10:45"),
        cover(CoverKind.OUTING, "20:00", "21:00"),
    ]
    assert subtract(whole, covers) == [span("10:45", "13:00")]
    assert subtract(whole, []) == [whole]
    assert (
        measure([span("10:00", "11:00"), span("12:00", "13:00")], at("10:30"), at("12:30")) == 3600
    )


def test_moments_are_written_as_on_the_wall() -> None:
    assert clock_text(at("9:05:07")) == "09:05:07"
    assert clock_text(at("24:10")) == "次日00:10:00"
    assert seconds_of(time(15, 30)) == at("15:30")


def test_every_move_of_a_correction_leads_to_a_known_state() -> None:
    assert CORRECTION_MOVES.keys() == set(CorrectionState)
    reached = {CorrectionState.ASKED} | {m for moves in CORRECTION_MOVES.values() for m in moves}
    assert reached == set(CorrectionState)


# --- properties

moments = st.integers(at("5:00"), DAY + at("5:00") - 1)
minutes = st.integers(at("8:00") // 60, at("22:00") // 60).map(lambda n: n * 60)
spans = st.tuples(minutes, minutes).map(sorted).filter(lambda pair: pair[0] < pair[1])
covers_drawn = st.lists(
    st.builds(
        lambda kind, pair: Cover(kind, pair[0], pair[1], kind.value),
        st.sampled_from(CoverKind),
        spans,
    ),
    max_size=4,
)
excuses_drawn = st.lists(
    st.builds(
        lambda half, kind: Excuse(half, kind, "c"),
        st.sampled_from(Half),
        st.sampled_from(CorrectionKind),
    ),
    max_size=4,
)
facts_drawn = st.builds(
    DayFacts,
    is_serving=st.booleans(),
    shifts=st.sampled_from([(), SUMMER, WINTER]),
    touches=st.lists(moments, max_size=9),
    covers=covers_drawn,
    excuses=excuses_drawn,
    grounds=st.lists(
        st.builds(Ground, st.sampled_from(Half), st.just("ATTEND 三(二)"), st.just("请假未获批准")),
        max_size=2,
    ),
    silent=st.frozensets(st.sampled_from(Half)),
    is_enrolled=st.booleans(),
    now=st.none() | moments,
)


@given(facts=facts_drawn, data=st.data())
def test_the_order_in_which_facts_arrive_changes_nothing(
    facts: DayFacts, data: st.DataObject
) -> None:
    again = DayFacts(
        is_serving=facts.is_serving,
        shifts=facts.shifts,
        touches=data.draw(st.permutations([*facts.touches, *facts.touches])),
        covers=data.draw(st.permutations(facts.covers)),
        excuses=facts.excuses,
        grounds=facts.grounds,
        silent=facts.silent,
        is_enrolled=facts.is_enrolled,
        now=facts.now,
    )
    one, other = derive_day(facts, RULES), derive_day(again, RULES)
    assert [(h.state, h.events, h.arrived, h.left) for h in one.halves] == [
        (h.state, h.events, h.arrived, h.left) for h in other.halves
    ]
    assert one.overtime_minutes == other.overtime_minutes


@given(facts=facts_drawn)
def test_a_day_never_has_more_minutes_than_its_schedule(facts: DayFacts) -> None:
    for half, shift in zip(derive_day(facts, RULES).halves, facts.shifts, strict=False):
        scheduled = (shift.end - shift.start) // 60
        parts = [event for event in half.events if event.kind is not EventKind.ABSENCE]
        assert sum(event.minutes for event in parts) <= scheduled
        assert all(0 <= event.minutes <= scheduled for event in half.events)
        assert half.late_minutes + half.early_minutes + half.away_minutes <= scheduled


@given(
    came=st.integers(at("9:40"), at("10:05")),
    went=st.integers(at("13:55"), at("14:50")),
    returned=st.integers(at("14:40"), at("15:40")),
    left=st.integers(at("19:25"), at("19:40")),
)
def test_a_plain_day_is_read_at_a_glance_as_it_would_be_at_length(
    came: int, went: int, returned: int, left: int
) -> None:
    touches = [came, went, returned, left]
    elsewhere = [cover(CoverKind.OUTING, "6:00", "7:00")]  # bears on neither half
    one, other = (
        derive_day(DayFacts(is_serving=True, shifts=WINTER, touches=touches, covers=covers), RULES)
        for covers in ([], elsewhere)
    )
    assert [(h.state, h.events, h.arrived, h.left) for h in one.halves] == [
        (h.state, h.events, h.arrived, h.left) for h in other.halves
    ]


@given(facts=facts_drawn)
def test_a_state_says_what_its_events_say(facts: DayFacts) -> None:
    for half in derive_day(facts, RULES).halves:
        against = {event.kind for event in half.events if event.counts}
        assert (HalfState.ABSENT is half.state) == (EventKind.ABSENCE in against)
        if half.state in AT_POST and half.state is not HalfState.PRESENT:
            assert against - {EventKind.AWAY}
        if half.state not in AT_POST | {HalfState.ABSENT, HalfState.IN_PROGRESS}:
            assert against <= {EventKind.AWAY}


@given(facts=facts_drawn)
def test_a_half_reads_back_as_it_was_written(facts: DayFacts) -> None:
    for half in derive_day(facts, RULES).halves:
        assert read_half(write_half(half), half.half) == half
        explain_half(half, RULES, Reason("周末", "ATTEND 一(一)"))


@given(facts=facts_drawn, extra=moments)
def test_a_granted_presence_leaves_nothing_against_the_half(facts: DayFacts, extra: int) -> None:
    proof = [Excuse(half, CorrectionKind.PRESENCE, "c") for half in Half]
    day = derive_day(
        DayFacts(
            is_serving=True,
            shifts=WINTER,
            touches=[*facts.touches, extra],
            covers=facts.covers,
            excuses=proof,
        ),
        RULES,
    )
    for half in day.halves:
        assert not [event for event in half.events if event.counts]
        assert half.state is not HalfState.ABSENT


def test_an_event_counts_unless_it_says_otherwise() -> None:
    assert Event(EventKind.LATE, 3).counts
