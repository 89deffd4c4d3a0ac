"""The clock after acceptance: suspension, resumption, extension, a special case's own date."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.errors import Conflict, Forbidden, InvalidInput
from yimen.domains.cases.enums import (
    CaseAction,
    CaseEventKind,
    CaseState,
    PendingDecision,
    SuspensionCause,
)
from yimen.domains.cases.models import ENTERED_LATE, CaseEvent
from yimen.domains.cases.rules import CAUSE_ARTICLES, due_instant, is_late_entry, latest_end
from yimen.domains.cases.schemas import CaseRead
from yimen.domains.cases.schemas_clock import (
    DecideExtensionCommand,
    DecideSpecialCommand,
    ReportCommand,
    RequestExtensionCommand,
    RequestSpecialCommand,
    ResumeCommand,
    SuspendCommand,
)
from yimen.domains.cases.service import clock_events
from yimen.domains.cases.service_obstacles import names_of
from yimen.domains.cases.service_silence import resume_case
from yimen.domains.cases.service_steps import Step, StepService
from yimen.domains.catalog.enums import CaseKind
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    extension_notice,
    reporting_notice,
    say_instant,
    special_approval,
    suspension_notice,
)


class CauseUsedUp(Conflict):
    code = "suspension_used_up"
    title = "该中止事由的最长期限已经用完，不能再次中止计时。"


class ExtensionTooLong(InvalidInput):
    code = "extension_too_long"
    title = "延时超过规定的最长天数。"


class DecisionPending(Conflict):
    code = "decision_pending"
    title = "该办件已有请示等待领导批示。"


class NothingPending(Conflict):
    code = "nothing_pending"
    title = "该办件没有等待批示的此类请示。"


class OwnRequest(Forbidden):
    code = "own_request"
    title = "不能批示自己提出的请示。"


class SpecialOverdue(Conflict):
    code = "special_overdue"
    title = "办件已经超过办结期限，特办不能改变已经发生的超期。"


class ResumedOutOfRange(InvalidInput):
    code = "resumed_at_out_of_range"
    title = "恢复计时的时间须在中止之后，且不能晚于现在。"


class DueDateNotAhead(InvalidInput):
    code = "due_date_not_ahead"
    title = "办结日须是今天或以后的日期。"


class ClockService:
    """Acts that move a running clock; each recomputes the due date from all events."""

    def __init__(self, steps: StepService) -> None:
        self.steps = steps
        self.bench = steps.bench
        self.cases = steps.cases

    async def suspend(self, case_id: UUID, seen: int, wish: SuspendCommand) -> CaseRead:
        """Stop the clock for a statutory cause, with a written notice (行政许可法 45).

        Raises CauseUsedUp, ImmediateCannotStop.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.SUSPEND)
        until = await self._stop(step, wish.cause, wish.ground)
        days = self._maximum(wish.cause)
        step.issue(
            PaperKind.SUSPENSION_NOTICE,
            lambda head: suspension_notice(
                head,
                cause_label=wish.cause.label,
                ground=wish.ground,
                article=CAUSE_ARTICLES[wish.cause],
                suspended_at=self.bench.now,
                until=until,
                maximum_days=days,
                is_provisional=self._is_provisional(step, until),
            ),
        )
        return await self.steps.end(step)

    async def report(self, case_id: UUID, seen: int, wish: ReportCommand) -> CaseRead:
        """Send the case up; its time there is not the hall's (MGMT 十一(六)).

        Raises CauseUsedUp, ImmediateCannotStop.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.REPORT)
        until = await self._stop(
            step, SuspensionCause.REPORTED, wish.reason, superior_body=wish.superior_body
        )
        step.issue(
            PaperKind.REPORTING_NOTICE,
            lambda head: reporting_notice(
                head,
                superior_body=wish.superior_body,
                reason=wish.reason,
                sent_at=self.bench.now,
                until=until,
                is_provisional=self._is_provisional(step, until),
            ),
        )
        return await self.steps.end(step)

    async def resume(self, case_id: UUID, seen: int, wish: ResumeCommand) -> CaseRead:
        """Let the clock go on; the due date moves by the working time it stood still.

        It goes on from the answer, not from its entry. Raises ResumedOutOfRange.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.RESUME)
        events = await self._events(step)
        resumed_at = (wish.resumed_at or self.bench.now).astimezone(HALL_ZONE)
        assert step.case.suspended_at is not None
        if not step.case.suspended_at <= resumed_at <= self.bench.now:
            raise ResumedOutOfRange
        step.move(CaseState.ACCEPTED)
        make, event = resume_case(
            step.case,
            events,
            at=resumed_at,
            note=wish.answer,
            now=self.bench.now,
            account_id=self.bench.caller.account_id,
            actor_name=self.bench.caller.name,
            calendar=step.calendar,
        )
        days = self.bench.limit("cases.late_entry_days")
        if is_late_entry(resumed_at, self.bench.now, days=days, calendar=step.calendar):
            event.facts = ENTERED_LATE
        step.events.append(event)
        step.issue(PaperKind.RESUMPTION_NOTICE, make)
        return await self.steps.end(step)

    async def request_extension(
        self, case_id: UUID, seen: int, wish: RequestExtensionCommand
    ) -> CaseRead:
        """Ask the director for more time, before the due date and with a reason (TIMELIMIT 三).

        Raises AlreadyExtended, ExtensionTooLate, ExtensionTooLong, DecisionPending.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.REQUEST_EXTENSION)
        self._require_nothing_pending(step)
        await self.steps.require(step)
        most = self.bench.limit("cases.extension_days")
        if wish.working_days > most:
            raise ExtensionTooLong(f"延时最多 {most} 个工作日。", article="TIMELIMIT 三")
        step.case.pending_decision = PendingDecision.EXTENSION
        step.happened(
            CaseEventKind.EXTENSION_REQUESTED,
            "TIMELIMIT 三",
            wish.reason,
            {"working_days": wish.working_days},
        )
        return await self.steps.end(step)

    async def decide_extension(
        self, case_id: UUID, seen: int, wish: DecideExtensionCommand
    ) -> CaseRead:
        """The director grants or refuses it; the applicant is told why in the same act.

        Raises NothingPending, OwnRequest.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.DECIDE_EXTENSION)
        case = step.case
        events = await self._events(step)
        asked = self._asked(step, events, PendingDecision.EXTENSION)
        case.pending_decision = None
        if not wish.approve:
            step.happened(CaseEventKind.EXTENSION_REFUSED, "TIMELIMIT 三", wish.reason, {})
            return await self.steps.end(step)
        days = int(asked.facts["working_days"])
        old = case.due_at
        assert old is not None
        step.happened(CaseEventKind.EXTENDED, "TIMELIMIT 三", wish.reason, {"working_days": days})
        await self.steps.recompute(step)
        new = case.due_at
        assert new is not None
        step.issue(
            PaperKind.EXTENSION_NOTICE,
            lambda head: extension_notice(
                head,
                reason=asked.note or wish.reason,
                working_days=days,
                old_due_at=old.astimezone(HALL_ZONE),
                new_due_at=new,
                is_provisional=case.due_is_provisional,
                decided_by=self.bench.caller.name,
            ),
        )
        return await self.steps.end(step)

    async def request_special(
        self, case_id: UUID, seen: int, wish: RequestSpecialCommand
    ) -> CaseRead:
        """Ask the director to handle the case specially (MGMT 十一(三)).

        Raises DecisionPending, DueDateNotAhead, SpecialOverdue.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.REQUEST_SPECIAL)
        self._require_nothing_pending(step)
        self._require_due_day(step, wish.due_on)
        step.case.pending_decision = PendingDecision.SPECIAL
        step.happened(
            CaseEventKind.SPECIAL_REQUESTED,
            "MGMT 十一(三)",
            wish.reason,
            {"due_on": wish.due_on.isoformat(), "approve_first": wish.approve_first},
        )
        return await self.steps.end(step)

    async def decide_special(
        self, case_id: UUID, seen: int, wish: DecideSpecialCommand
    ) -> CaseRead:
        """The director approves, with a due date of its own, or refuses (MGMT 十一(三)).

        Approved first and documented later: the case is accepted as it is, and what is missing
        stays an open obligation. Raises NothingPending, OwnRequest, DueDateNotAhead,
        SpecialOverdue.
        """
        step = await self.steps.begin(case_id, seen, CaseAction.DECIDE_SPECIAL)
        case = step.case
        events = await self._events(step)
        asked = self._asked(step, events, PendingDecision.SPECIAL)
        case.pending_decision = None
        if not wish.approve:
            step.happened(CaseEventKind.SPECIAL_REFUSED, "MGMT 十一(三)", wish.reason, {})
            return await self.steps.end(step)
        due_on = wish.due_on or date.fromisoformat(asked.facts["due_on"])
        self._require_due_day(step, due_on)
        case.kind = CaseKind.SPECIAL
        step.happened(
            CaseEventKind.SPECIAL_APPROVED,
            "MGMT 十一(三)",
            wish.reason,
            {"due_on": due_on.isoformat(), "approve_first": asked.facts["approve_first"]},
        )
        if case.accepted_at is not None:
            await self.steps.recompute(step)
        elif asked.facts["approve_first"]:
            await self.steps.accept_first(step, due_on=due_on)
        missing = names_of(await self.steps.missing(case))
        last = step.calendar.add_working_days(due_on, 0).day
        due_at = case.due_at or step.calendar.close_of_business(last)
        step.issue(
            PaperKind.SPECIAL_APPROVAL,
            lambda head: special_approval(
                head,
                reason=asked.note or wish.reason,
                due_at=due_at,
                is_provisional=step.calendar.rests_on_unpublished(due_on, last),
                approved_by=self.bench.caller.name,
                approved_at=self.bench.now,
                missing=missing,
                documents_due_on=case.documents_due_on,
                are_documents_provisional=case.documents_due_on is not None
                and step.calendar.rests_on_unpublished(
                    hall_day(self.bench.now), case.documents_due_on
                ),
            ),
        )
        return await self.steps.end(step)

    def _is_provisional(self, step: Step, until: datetime) -> bool:
        return step.calendar.rests_on_unpublished(hall_day(self.bench.now), hall_day(until))

    def _maximum(self, cause: SuspensionCause) -> int:
        return self.bench.limit(f"cases.suspension_days.{cause.value}")

    async def _events(self, step: Step) -> Sequence[CaseEvent]:
        return await self.cases.events(step.case.id)

    async def _stop(
        self,
        step: Step,
        cause: SuspensionCause,
        ground: str,
        *,
        superior_body: str | None = None,
    ) -> datetime:
        await self.steps.require(step)
        events = clock_events(await self._events(step))
        maximum = self._maximum(cause)
        until = latest_end(
            events,
            cause,
            starts_at=self.bench.now,
            maximum_days=maximum,
            calendar=step.calendar,
        )
        if until is None:
            raise CauseUsedUp(
                f"“{cause.label}”最多中止 {maximum} 个工作日，已经用完。",
                article=CAUSE_ARTICLES[cause],
            )
        step.move(CaseState.SUSPENDED)
        step.case.suspended_at = self.bench.now
        step.case.suspended_until = until
        step.happened(
            CaseEventKind.SUSPENDED,
            CAUSE_ARTICLES[cause],
            ground,
            {"cause": cause.value, "until": until, "superior_body": superior_body},
        )
        return until

    def _require_nothing_pending(self, step: Step) -> None:
        pending = step.case.pending_decision
        if pending is not None:
            raise DecisionPending(f"“{pending.label}”的请示正等待领导批示。")

    def _require_due_day(self, step: Step, day: date) -> None:
        """Ahead; and a new day makes no overdue case timely."""
        if day < hall_day(self.bench.now):
            raise DueDateNotAhead
        if due_instant(day, step.calendar) < self.bench.now:
            raise DueDateNotAhead("今天已经下班，办结日须是下一个工作日或以后的日期。")
        due_at = step.case.due_at
        if due_at is not None and due_at < self.bench.now:
            raise SpecialOverdue(
                f"办件应在{say_instant(due_at.astimezone(HALL_ZONE))}前办结，"
                "已经超期，特办不能改变已经发生的超期。",
                article="TIMELIMIT 二",
            )

    def _asked(self, step: Step, events: Sequence[CaseEvent], kind: PendingDecision) -> CaseEvent:
        if step.case.pending_decision is not kind:
            raise NothingPending
        wanted = (
            CaseEventKind.EXTENSION_REQUESTED
            if kind is PendingDecision.EXTENSION
            else CaseEventKind.SPECIAL_REQUESTED
        )
        asked = next(event for event in reversed(events) if event.kind is wanted)
        if asked.account_id == self.bench.caller.account_id:
            raise OwnRequest
        return asked
