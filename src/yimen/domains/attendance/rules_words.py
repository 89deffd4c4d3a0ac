"""Why a half-day comes to what it does, in sentences with their articles."""

from collections.abc import Iterable

from yimen.domains.attendance.enums import (
    EventKind,
    HalfState,
)
from yimen.domains.attendance.rules import (
    LEAVE,
    NO_LEAVE,
    PUNCHES,
    PUNCTUALITY,
    RECORDED,
    DayRules,
    DerivedHalf,
    Event,
    Reason,
    Span,
)


def clock_text(moment: int) -> str:
    """``10:07:12``; after midnight ``次日00:10:00``."""
    hours, rest = divmod(moment, 3600)
    text = f"{hours % 24:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"次日{text}" if hours >= 24 else text


def explain_half(half: DerivedHalf, rules: DayRules, day: Reason | None = None) -> list[Reason]:
    """Why a half-day comes to what it does; ``day`` tells what the calendar says of it."""
    return list(_explain(half, rules, day))


def _explain(half: DerivedHalf, rules: DayRules, day: Reason | None) -> Iterable[Reason]:
    if half.state is HalfState.NOT_SERVING:
        yield Reason("当日没有安排此人在窗口服务。", RECORDED)
    if half.state is HalfState.DAY_OFF and day is not None:
        yield day
    for _, label in half.covers:
        yield Reason(f"{half.half.label}有{label}。", LEAVE)
    if half.is_silent and (half.state is HalfState.UNKNOWN or half.left is None):
        yield Reason(
            f"{half.half.label}有考勤机没有任何记录，不能据此认定缺勤，请核实后更正。", PUNCHES
        )
    if not half.is_enrolled and half.state is HalfState.UNKNOWN:
        yield Reason("当日没有为此人登记考勤号，无从判定出勤。", PUNCHES)
    for event in half.events:
        yield _explain_event(event, half, rules)
    if half.state is HalfState.PRESENT:
        if half.attested_by is not None:
            yield Reason("经核实，此人当时在岗。", RECORDED)
        elif not half.events:
            yield Reason("按时上下班。", PUNCTUALITY)
    if half.state is HalfState.IN_PROGRESS:
        yield Reason("班次尚未结束。", PUNCHES)


def _explain_event(event: Event, half: DerivedHalf, rules: DayRules) -> Reason:
    opens, closes = half.shift or Span(0, 0)
    article = PUNCTUALITY
    match event.kind:
        case EventKind.LATE:
            text = (
                f"{clock_text(event.at or 0)}到岗，迟到{event.minutes}分钟"
                f"（{clock_text(opens)[:-3]}上班）"
            )
        case EventKind.EARLY_LEAVE:
            text = (
                f"{clock_text(event.at or 0)}离岗，早退{event.minutes}分钟"
                f"（{clock_text(closes)[:-3]}下班）"
            )
        case EventKind.MISSING_ARRIVAL:
            text, article = "上班没有打卡，未经说明按迟到计", PUNCHES
        case EventKind.MISSING_DEPARTURE:
            text, article = "下班没有打卡，未经说明按早退计", PUNCHES
        case EventKind.AWAY:
            text = f"{clock_text(event.at or 0)}起中途离岗{event.minutes}分钟"
        case EventKind.ABSENCE if len(half.events) > 1:
            text = f"不在岗合计{event.minutes}分钟，{rules.away.text}，计旷工半天"
            article = rules.away.article
        case EventKind.ABSENCE if half.ground is not None:
            text, article = f"没有打卡，{half.ground.label}，计旷工半天", half.ground.article
        case EventKind.ABSENCE:
            text, article = "没有打卡，也没有请假或报备，计旷工半天", NO_LEAVE
    if event.excused_by is not None:
        text += "；已说明，不计"
    return Reason(f"{text}。", article)
