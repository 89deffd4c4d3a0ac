"""What is decided about complaints: values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yimen.domains.complaints.enums import (
    COMPLAINT_MOVES,
    STAGE_OF,
    ComplaintStage,
    ComplaintState,
)


@dataclass(frozen=True, slots=True)
class Accused:
    """Whom and what a complaint is about, as far as it is known."""

    staff_id: UUID | None
    window_id: UUID | None
    department_id: UUID | None
    """The window's, or the person's own."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Someone who is to look into a complaint or decide it."""

    staff_id: UUID | None
    department_id: UUID | None
    window_ids: frozenset[UUID]
    """Windows at which the person served on the complaint's day or serves today."""


@dataclass(frozen=True, slots=True)
class ComplaintFact:
    """A complaint that was decided, for whoever judges the month."""

    complaint_id: UUID
    complaint_number: str
    day: date
    """When it happened."""
    window_id: UUID | None
    staff_id: UUID | None
    is_substantiated: bool
    label: str
    """What was complained about, without the complainant."""


@dataclass(frozen=True, slots=True)
class ComplaintClock:
    """Which clock runs, until when, and which have been missed."""

    stage: ComplaintStage | None
    due_at: datetime | None
    is_overdue: bool
    missed: tuple[ComplaintStage, ...]
    """Stages that were finished, or are still open, after their time."""


def may_move(current: ComplaintState, to: ComplaintState) -> bool:
    """Whether a complaint may go from one state to another."""
    return to in COMPLAINT_MOVES[current]


def why_partial(judge: Judge, accused: Accused) -> str | None:
    """Why someone cannot look into or decide a complaint: none judges in their own matter."""
    if judge.staff_id is not None and judge.staff_id == accused.staff_id:
        return "投诉针对的正是本人，应当回避。"
    if accused.window_id is not None and accused.window_id in judge.window_ids:
        return "投诉针对的是本人所在的窗口，应当回避。"
    if judge.department_id is not None and judge.department_id == accused.department_id:
        return "投诉针对的是本人所在部门的窗口或人员，应当回避。"
    return None


def read_clock(
    state: ComplaintState,
    *,
    due: Mapping[ComplaintStage, datetime | None],
    done: Mapping[ComplaintStage, datetime | None],
    now: datetime,
) -> ComplaintClock:
    """The running clock, and the stages that took longer than they may."""
    stage = STAGE_OF[state]
    due_at = due[stage] if stage is not None else None
    missed = tuple(
        one for one in ComplaintStage if _is_missed(due[one], now if one is stage else done[one])
    )
    return ComplaintClock(
        stage=stage,
        due_at=due_at,
        is_overdue=due_at is not None and now > due_at,
        missed=missed,
    )


def _is_missed(due_at: datetime | None, ended_at: datetime | None) -> bool:
    return due_at is not None and ended_at is not None and ended_at > due_at
