"""What the regulations decide about a case: values in, values out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from yimen.domains.calendars.rules import DayCount, WorkCalendar
from yimen.domains.cases.enums import MOVES, CaseState, ClockStatus
from yimen.domains.catalog.rules import Material


def may_move(current: CaseState, to: CaseState) -> bool:
    """Whether a case may go from one state to another (domain.md §4)."""
    return to in MOVES[current]


# The clock


class ClockAct(StrEnum):
    """What starts, moves or stops the promised time."""

    ACCEPTED = "accepted"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One dated event of a case's clock."""

    act: ClockAct
    at: datetime


@dataclass(frozen=True, slots=True)
class DueDate:
    """Until when the hall has promised a decision."""

    at: datetime
    is_provisional: bool
    counted_from: date
    """The working day for which the acceptance counts."""


def due_date(
    events: Sequence[ClockEvent], *, working_days: int, calendar: WorkCalendar
) -> DueDate | None:
    """Close of business on the N-th working day after acceptance; none before acceptance.

    ``working_days`` is 0 for a matter finished on the spot. MGMT 十二, TIMELIMIT 一, domain.md §4.
    """
    accepted = next((event for event in events if event.act is ClockAct.ACCEPTED), None)
    if accepted is None:
        return None
    due = calendar.due_at(accepted.at, working_days)
    return DueDate(due.at, due.is_provisional, due.counted_from)


def deemed_acceptance_at(received_at: datetime, *, days: int, calendar: WorkCalendar) -> datetime:
    """The end of the time to accept or to tell; after it the case counts as accepted.

    Close of business on the N-th working day after receipt (行政许可法 32).
    """
    return calendar.due_at(received_at, days).at


def lapse_day(noticed_at: datetime, *, days: int, calendar: WorkCalendar) -> date:
    """The last day to complete what a supplement notice lists (domain.md §4)."""
    return calendar.due_at(noticed_at, days).day


def is_late_entry(
    received_at: datetime, entered_at: datetime, *, days: int, calendar: WorkCalendar
) -> bool:
    """Entered more than so many working days after it happened (DISCIPLINE 五(十八))."""
    happened = calendar.acceptance_day(received_at)
    entered = calendar.acceptance_day(entered_at)
    return calendar.count_working_days(happened, entered) > days


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What the clock of a case says at one moment."""

    status: ClockStatus
    remaining_working_minutes: int | None
    """Office-hour minutes up to the due date, negative when it has passed; none unless running."""
    is_due_soon: bool
    is_overdue: bool


def read_clock(
    *,
    state: CaseState,
    due_at: datetime | None,
    decided_at: datetime | None,
    now: datetime,
    due_soon_until: datetime,
    calendar: WorkCalendar,
) -> ClockReading:
    """Remaining time, due soon and overdue, as facts of this moment (domain.md §4).

    Overdue is a decision, or now, after the due date; the due instant itself is in time.
    """
    if due_at is None:
        return ClockReading(ClockStatus.NOT_STARTED, None, False, False)
    if decided_at is not None:
        return ClockReading(ClockStatus.STOPPED, None, False, decided_at > due_at)
    if state is CaseState.ACCEPTED:
        return ClockReading(
            ClockStatus.RUNNING,
            calendar.working_minutes_between(now, due_at),
            now <= due_at <= due_soon_until,
            now > due_at,
        )
    if state is CaseState.SUSPENDED:
        return ClockReading(ClockStatus.SUSPENDED, None, False, False)
    return ClockReading(ClockStatus.STOPPED, None, False, False)


def due_soon_until(now: datetime, *, days: int, calendar: WorkCalendar) -> datetime:
    """What falls due up to this instant is due soon: close of business, N working days ahead."""
    return calendar.due_at(now, days).at


@dataclass(frozen=True, slots=True)
class DeadlineStep:
    """One step of the reckoning of a due date."""

    label: str
    at: datetime | None
    working_days: int | None
    article: str


@dataclass(frozen=True, slots=True)
class DeadlineExplanation:
    """How a due date came about: the steps, then every calendar day."""

    due: DueDate
    steps: tuple[DeadlineStep, ...]
    days: tuple[DayCount, ...]


def explain_deadline(
    events: Sequence[ClockEvent],
    *,
    working_days: int,
    is_deemed: bool,
    calendar: WorkCalendar,
) -> DeadlineExplanation | None:
    """The due date with its reasons; none before acceptance."""
    due = due_date(events, working_days=working_days, calendar=calendar)
    if due is None:
        return None
    accepted = next(event for event in events if event.act is ClockAct.ACCEPTED)
    steps = [
        DeadlineStep(
            "视为自收件之日受理" if is_deemed else "受理",
            accepted.at,
            None,
            "行政许可法 32" if is_deemed else "MGMT 十二",
        )
    ]
    if due.counted_from != accepted.at.astimezone(due.at.tzinfo).date():
        steps.append(
            DeadlineStep(
                f"下班后或非工作日受理，计入下一工作日 {due.counted_from}",
                None,
                None,
                "ATTEND 一(一)",
            )
        )
    promise = f"承诺时限 {working_days} 个工作日" if working_days else "即办件，受理当日办结"
    steps.append(
        DeadlineStep(
            promise, None, working_days, "MGMT 十一(二)" if working_days else "MGMT 十一(一)"
        )
    )
    steps.append(DeadlineStep("期限届满日下班时止", due.at, None, "TIMELIMIT 一"))
    days = calendar.explain(due.counted_from, working_days)
    return DeadlineExplanation(due, tuple(steps), tuple(days))


# Materials


@dataclass(frozen=True, slots=True)
class MaterialCheck:
    """What is there and what is not."""

    missing: tuple[Material, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def lacks_principal(self) -> bool:
        return any(material.is_principal for material in self.missing)


def check_materials(required: Sequence[Material], handed_in: Collection[str]) -> MaterialCheck:
    """Compare the keys of what was handed in with what the item asks for (ONCE 二)."""
    return MaterialCheck(
        tuple(
            material
            for material in required
            if (material.is_required or material.is_principal) and material.key not in handed_in
        )
    )


def is_visit_to_avoid(visits: int, *, threshold: int) -> bool:
    """The applicant had to come once too often, the third time by the rulebook (PROMISE 一)."""
    return visits >= threshold
