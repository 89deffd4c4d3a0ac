"""What the regulations decide about a case: values in, values out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.enums import (
    MOVES,
    CaseState,
    ClockStatus,
    Custody,
    OpinionState,
    SuspensionCause,
)
from yimen.domains.catalog.enums import OriginalHandling
from yimen.domains.catalog.rules import Material


def may_move(current: CaseState, to: CaseState) -> bool:
    """Whether a case may go from one state to another (domain.md §4)."""
    return to in MOVES[current]


# The clock


class ClockAct(StrEnum):
    """What starts, moves or stops the promised time."""

    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    LIMIT_MOVED = "limit_moved"
    """The calendar changed, and with it the end of a suspension's maximum."""
    RESUMED = "resumed"
    EXTENDED = "extended"
    DUE_SET = "due_set"
    """The director gave a special case a due date of its own."""
    DECIDED = "decided"


ENDS_OF_SUSPENSION = frozenset({ClockAct.RESUMED, ClockAct.DECIDED})
"""A case may be withdrawn while its clock stands still."""


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One dated event of a case's clock."""

    act: ClockAct
    at: datetime
    cause: SuspensionCause | None = None
    until: datetime | None = None
    """Of a suspension, or of a limit that moved: when it ends at the latest, by the maximum of its
    cause."""
    working_days: int = 0
    """Of an extension."""
    due_on: date | None = None
    """Of a due date that was set."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time in which the clock stood still; ``ends_at`` is none while it still does."""

    cause: SuspensionCause
    starts_at: datetime
    until: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueDate:
    """Until when the hall has promised a decision."""

    at: datetime
    is_provisional: bool
    counted_from: date
    """The working day for which the acceptance counts."""


def suspensions_of(events: Sequence[ClockEvent]) -> list[Suspension]:
    """The suspensions among a case's clock events; none lasts beyond its cause's maximum."""
    found: list[Suspension] = []
    for event in events:
        if event.act is ClockAct.SUSPENDED:
            assert event.cause is not None and event.until is not None
            found.append(Suspension(event.cause, event.at, event.until, None))
        elif not found or found[-1].ends_at is not None:
            continue
        elif event.act is ClockAct.LIMIT_MOVED and event.until is not None:
            found[-1] = replace(found[-1], until=event.until)
        elif event.act in ENDS_OF_SUSPENSION:
            found[-1] = replace(found[-1], ends_at=min(event.at, found[-1].until))
    return found


def last_due_set(events: Sequence[ClockEvent], calendar: WorkCalendar) -> int | None:
    """Where among the events the director last set a due date that holds; none without one.

    A day that was over before the case was accepted is nobody's due date.
    """
    accepted_at = next((event.at for event in events if event.act is ClockAct.ACCEPTED), None)
    return max(
        (
            n
            for n, event in enumerate(events)
            if event.due_on is not None
            and (accepted_at is None or due_instant(event.due_on, calendar) >= accepted_at)
        ),
        default=None,
    )


def due_instant(due_on: date, calendar: WorkCalendar) -> datetime:
    """Close of business on a day that was set, or on the next working day (民法典 203)."""
    return calendar.close_of_business(calendar.add_working_days(due_on, 0).day)


def suspended_minutes(
    stood: Suspension, calendar: WorkCalendar, *, since: datetime | None = None
) -> int:
    """Office-hour minutes for which the clock stood still; none while it still does.

    ``since``: when the director set a due date, which knew of all that had happened before.
    """
    starts_at = stood.starts_at if since is None else max(stood.starts_at, since)
    if stood.ends_at is None or stood.ends_at <= starts_at:
        return 0
    return calendar.working_minutes_between(starts_at, stood.ends_at)


def due_date(
    events: Sequence[ClockEvent], *, working_days: int, calendar: WorkCalendar
) -> DueDate | None:
    """Close of business on the N-th working day after acceptance; none before acceptance.

    ``working_days`` is 0 for a matter finished on the spot. Extensions add working days, and the
    due instant moves by the working time for which the clock stood still. A due date that the
    director set stands instead of the promise and of all that had moved it before. MGMT 十一(三),
    十二, TIMELIMIT 一 and 三, domain.md §4.
    """
    accepted = next((event for event in events if event.act is ClockAct.ACCEPTED), None)
    if accepted is None:
        return None
    set_at = last_due_set(events, calendar)
    later = events if set_at is None else events[set_at:]
    extension = sum(event.working_days for event in later if event.act is ClockAct.EXTENDED)
    counted_from = calendar.acceptance_day(accepted.at)
    if set_at is not None and (fixed := events[set_at].due_on) is not None:
        at = calendar.close_of_business(calendar.add_working_days(fixed, extension).day)
    else:
        at = calendar.due_at(accepted.at, working_days + extension).at
    since = None if set_at is None else events[set_at].at
    stood_still = sum(
        suspended_minutes(stood, calendar, since=since) for stood in suspensions_of(events)
    )
    at = calendar.add_working_minutes(at, stood_still)
    first_day = min(accepted.at.astimezone(at.tzinfo).date(), at.date())
    return DueDate(at, calendar.rests_on_unpublished(first_day, at.date()), counted_from)


def latest_end(
    events: Sequence[ClockEvent],
    cause: SuspensionCause,
    *,
    starts_at: datetime,
    maximum_days: int,
    calendar: WorkCalendar,
) -> datetime | None:
    """When a suspension ends at the latest; none when its cause has used up its working days.

    Close of business on the last working day left of the cause's maximum, in all suspensions of
    the case together; the day on which one begins is not counted.
    """
    used = sum(
        calendar.count_working_days(
            calendar.acceptance_day(stood.starts_at), calendar.acceptance_day(stood.ends_at)
        )
        for stood in suspensions_of(events)
        if stood.cause is cause and stood.ends_at is not None
    )
    left = maximum_days - used
    return calendar.due_at(starts_at, left).at if left > 0 else None


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
    suspended_at: datetime | None,
    decided_at: datetime | None,
    now: datetime,
    due_soon_until: datetime,
    calendar: WorkCalendar,
) -> ClockReading:
    """Remaining time, due soon and overdue, as facts of this moment (domain.md §4).

    Overdue is a decision, or now, after the due date; the due instant itself is in time. While the
    clock stands still it says what it said when it stopped.
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
        is_overdue = suspended_at is not None and suspended_at > due_at
        return ClockReading(ClockStatus.SUSPENDED, None, False, is_overdue)
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
class DeadlineDay:
    """One calendar day of the reckoning."""

    day: date
    counted_as: int | None
    kind: DayKind
    reason: str
    source: str
    is_provisional: bool
    suspended_minutes: int


@dataclass(frozen=True, slots=True)
class DeadlineExplanation:
    """How a due date came about: the steps, then every calendar day."""

    due: DueDate
    steps: tuple[DeadlineStep, ...]
    days: tuple[DeadlineDay, ...]


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
    steps = _explain_steps(
        events, due, working_days=working_days, is_deemed=is_deemed, calendar=calendar
    )
    return DeadlineExplanation(due, tuple(steps), tuple(_explain_days(events, due, calendar)))


def _explain_days(
    events: Sequence[ClockEvent], due: DueDate, calendar: WorkCalendar
) -> list[DeadlineDay]:
    """Every day up to the due date, counted unless the clock stood still throughout."""
    last = due.at.date()
    to_count = max(0, calendar.count_working_days(due.counted_from, last))
    stood_still = [stood for stood in suspensions_of(events) if stood.ends_at is not None]
    lines: list[DeadlineDay] = []
    counted = 0
    for line in calendar.explain(due.counted_from, to_count):
        opens = datetime.combine(line.day, time(), due.at.tzinfo)
        closes = opens + timedelta(days=1)
        minutes = sum(
            max(
                0,
                calendar.working_minutes_between(
                    max(stood.starts_at, opens), min(stood.ends_at or closes, closes)
                ),
            )
            for stood in stood_still
            if stood.starts_at < closes and (stood.ends_at or closes) > opens
        )
        counts = line.counted_as is not None
        reason = line.reason
        if counts and minutes >= calendar.working_minutes_between(opens, closes):
            counts, reason = False, f"中止计时（{reason}）"
        elif minutes:
            reason = f"{reason}，其中中止计时 {minutes} 分钟"
        counted += counts
        lines.append(
            DeadlineDay(
                line.day,
                counted if counts else None,
                line.kind,
                reason,
                line.source,
                line.is_provisional,
                minutes,
            )
        )
    return lines


def _explain_steps(
    events: Sequence[ClockEvent],
    due: DueDate,
    *,
    working_days: int,
    is_deemed: bool,
    calendar: WorkCalendar,
) -> list[DeadlineStep]:
    accepted = next(event for event in events if event.act is ClockAct.ACCEPTED)
    steps = [
        DeadlineStep(
            "逾期未告知，视为自收到申请材料之日受理" if is_deemed else "受理",
            accepted.at,
            None,
            "行政许可法 32" if is_deemed else "MGMT 十二",
        )
    ]
    if due.counted_from != accepted.at.astimezone(due.at.tzinfo).date():
        label = f"下班后或非工作日受理，计入下一工作日 {due.counted_from}"
        steps.append(DeadlineStep(label, None, None, "ATTEND 一(一)"))
    promise = f"承诺时限 {working_days} 个工作日" if working_days else "即办件，受理当日办结"
    article = "MGMT 十一(二)" if working_days else "MGMT 十一(一)"
    steps.append(DeadlineStep(promise, None, working_days, article))
    set_at = last_due_set(events, calendar)
    for event in events:
        if event.act is ClockAct.EXTENDED:
            label = f"批准延时 {event.working_days} 个工作日"
            steps.append(DeadlineStep(label, event.at, event.working_days, "TIMELIMIT 三"))
        elif event.due_on is not None:
            label = f"特办件，领导批准的办结日 {event.due_on}，"
            is_over = due_instant(event.due_on, calendar) < accepted.at
            label += "受理时已过，不再适用" if is_over else "此前的期限不再适用"
            steps.append(DeadlineStep(label, event.at, None, "MGMT 十一(三)"))
    since = None if set_at is None else events[set_at].at
    for stood in suspensions_of(events):
        minutes = suspended_minutes(stood, calendar, since=since)
        if stood.ends_at is None:
            label = f"中止计时（{stood.cause.label}），尚未恢复，恢复后期限顺延"
        elif since is not None and stood.ends_at <= since:
            label = f"中止计时（{stood.cause.label}），领导随后另定了办结日，不再顺延"
        else:
            label = f"中止计时（{stood.cause.label}），期限顺延 {say_working_time(minutes)}"
        steps.append(DeadlineStep(label, stood.starts_at, None, CAUSE_ARTICLES[stood.cause]))
    steps.append(DeadlineStep("期限届满时止", due.at, None, "TIMELIMIT 一"))
    return steps


def say_working_time(minutes: int) -> str:
    """``3 小时 20 分钟`` of office hours."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} 小时" if hours else "", f"{rest} 分钟" if rest or not hours else ""]
    return "工作时间 " + " ".join(part for part in parts if part)


CAUSE_ARTICLES = {
    SuspensionCause.REPORTED: "MGMT 十一(六)",
    SuspensionCause.HEARING: "行政许可法 45",
    SuspensionCause.EXPERT_REVIEW: "行政许可法 45",
    # 行政许可法 45 does not name it; it rests on the rule that provides for surveys
    SuspensionCause.ON_SITE_SURVEY: "MGMT 十一(七)",
    SuspensionCause.TESTING: "行政许可法 45",
}


# Materials


@dataclass(frozen=True, slots=True)
class MaterialCheck:
    """What is there and what is not."""

    missing: tuple[Material, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


def check_materials(required: Sequence[Material], handed_in: Collection[str]) -> MaterialCheck:
    """Compare the keys of what was handed in with what the item asks for (ONCE 二)."""
    return MaterialCheck(
        tuple(
            material
            for material in required
            if (material.is_required or material.is_principal) and material.key not in handed_in
        )
    )


def custody_of(handling: OriginalHandling | None) -> Custody:
    """Where a material goes when the window says nothing else: shown ones go straight back."""
    return Custody.SHOWN if handling is OriginalHandling.SHOWN else Custody.FILED


@dataclass(frozen=True, slots=True)
class AskedDepartment:
    """What a department was asked about a case, and what became of it."""

    department: str
    state: OpinionState
    due_at: datetime


@dataclass(frozen=True, slots=True)
class KeptMaterial:
    """A material that was handed in, and whether it went back."""

    name: str
    custody: Custody
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class CaseLines:
    """What stands beside a case and bears on its commands: of its timeline, opinions, materials."""

    is_reported: bool = False
    is_special_approved: bool = False
    was_refused: bool = False
    extensions: int = 0
    opinions: tuple[AskedDepartment, ...] = ()
    materials: tuple[KeptMaterial, ...] = ()


def goes_back(custody: Custody, *, was_turned_down: bool) -> bool:
    """Whether a material may be given back: held ones always, filed ones of what was turned down.

    REJECT 六. What belongs to the file of a case that goes on, or was granted, stays there.
    """
    return custody is Custody.HELD or (custody is Custody.FILED and was_turned_down)


def is_visit_to_avoid(visits: int, *, threshold: int) -> bool:
    """The applicant had to come once too often, the third time by the rulebook (PROMISE 一)."""
    return visits >= threshold
