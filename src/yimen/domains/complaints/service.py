"""Complaints as the office works on them: accepting, investigating, finding, answering."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_bytes
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.crypto import PersonalData, place
from yimen.core.database import new_id
from yimen.core.errors import AppError, Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service import CalendarService
from yimen.domains.complaints.access import why_not
from yimen.domains.complaints.enums import (
    DECIDED,
    ComplaintAct,
    ComplaintAction,
    ComplaintChannel,
    ComplaintStage,
    ComplaintState,
)
from yimen.domains.complaints.models import Complaint, ComplaintStep
from yimen.domains.complaints.repository import ComplaintRepository, ComplaintRow
from yimen.domains.complaints.rules import (
    Accused,
    ComplaintFact,
    Judge,
    read_clock,
    why_partial,
)
from yimen.domains.complaints.schemas import (
    ComplainantRead,
    ComplaintCreate,
    ComplaintQuery,
    ComplaintRead,
    RevealCommand,
    StageRead,
    StepRead,
)
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.rules import CODE_LENGTH, write_code
from yimen.domains.rulebook.service import RulebookService

__all__ = ["ComplaintDesk", "ComplaintFact", "ComplaintFacts", "ComplaintService"]

SUBJECT = "complaint"
SERIES = "TS"
ARTICLE = "EFFICACY 二十二"
DAYS_OF = {
    ComplaintStage.ACCEPTANCE: "complaints.acceptance_days",
    ComplaintStage.FINDING: "complaints.finding_days",
    ComplaintStage.ANSWER: "complaints.answer_days",
}
ACT_OF = {
    ComplaintAct.REGISTERED: "register",
    ComplaintAct.ACCEPTED: "accept",
    ComplaintAct.DECLINED: "decline",
    ComplaintAct.INVESTIGATOR_NAMED: "investigate",
    ComplaintAct.FOUND: "find",
    ComplaintAct.ANSWERED: "answer",
    ComplaintAct.WITHDRAWN: "withdraw",
    ComplaintAct.REOPENED: "reopen",
    ComplaintAct.DEADLINE_MOVED: "move_deadline",
}


class ComplaintNotFound(NotFound):
    code = "complaint_not_found"
    title = "没有找到该投诉，或者您无权查看。"


class OwnMatter(Forbidden):
    code = "complaint_own_matter"
    title = "投诉针对的是您本人或您所在的窗口、部门，应当回避。"


class WrongComplaintState(Conflict):
    code = "complaint_state"
    title = "投诉当前的进度不允许这样办理。"


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint as it came in, by whichever way."""

    channel: ComplaintChannel
    summary: str
    content: str
    name: str | None
    phone: str | None
    window_id: UUID | None
    staff_id: UUID | None
    department_id: UUID | None
    occurred_on: date
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ComplaintDesk:
    """What taking a complaint in needs, with a caller or without."""

    complaints: ComplaintRepository
    calendars: CalendarService
    rulebook: RulebookService
    personal_data: PersonalData
    now: datetime

    async def due_at(self, stage: ComplaintStage, start: datetime) -> datetime:
        """Until when a stage that starts at an instant must be done."""
        return due_by(await self.calendars.hold(), self.rulebook, stage, start)

    async def register(self, new: NewComplaint, *, recorder: Caller | None) -> Complaint:
        """Write a complaint down; its first clock runs from when it was received."""
        due_at = await self.due_at(ComplaintStage.ACCEPTANCE, new.received_at)
        made = new_id()
        secret = self.personal_data
        numbers = await take_numbers(self.complaints.session, [SERIES], hall_day(self.now))
        complaint = await self.complaints.add(
            Complaint(
                id=made,
                complaint_number=numbers[SERIES],
                channel=new.channel,
                state=ComplaintState.REGISTERED,
                summary=new.summary,
                content=secret.encrypt(new.content, bound_to=place(made, "content")),
                complainant_name=self._sealed(made, "complainant_name", new.name),
                complainant_phone=self._sealed(made, "complainant_phone", new.phone),
                complainant_phone_index=(
                    None if new.phone is None else secret.blind_index(new.phone, kind="phone")
                ),
                window_id=new.window_id,
                staff_id=new.staff_id,
                department_id=new.department_id,
                occurred_on=new.occurred_on,
                received_at=new.received_at,
                registered_at=self.now,
                registered_by_name=recorder.name if recorder else None,
                acceptance_due_at=due_at,
                lookup_code=write_code(token_bytes(CODE_LENGTH)),
                version=1,
            )
        )
        await self.tell(complaint, ComplaintAct.REGISTERED, caller=recorder, old=None, note=None)
        return complaint

    async def tell(
        self,
        complaint: Complaint,
        act: ComplaintAct,
        *,
        caller: Caller | None,
        old: dict[str, object] | None,
        note: str | None,
    ) -> None:
        await tell_complaint(
            self.complaints, complaint, act, caller=caller, old=old, note=note, now=self.now
        )

    def _sealed(self, row_id: UUID, column: str, text: str | None) -> bytes | None:
        if text is None:
            return None
        return self.personal_data.encrypt(text, bound_to=place(row_id, column))

    def open(self, complaint: Complaint, column: str, blob: bytes | None) -> str | None:
        """An encrypted column in the clear."""
        if blob is None:
            return None
        return self.personal_data.decrypt(blob, bound_to=place(complaint.id, column))


class ComplaintFacts:
    """What complaints prove: asked by scoring and discipline, without a caller."""

    def __init__(self, complaints: ComplaintRepository) -> None:
        self.complaints = complaints

    async def between(self, first: date, last: date) -> Sequence[ComplaintFact]:
        """What was decided about complaints of the days from first to last, the earliest first."""
        return await self.complaints.facts(first, last)


class ComplaintService:
    """Complaints as one caller may see and handle them."""

    def __init__(self, desk: ComplaintDesk, hall: OrganisationService, caller: Caller) -> None:
        self.desk = desk
        self.complaints = desk.complaints
        self.hall = hall
        self.caller = caller
        self.now = desk.now

    async def list_page(self, query: ComplaintQuery) -> Page[ComplaintRead]:
        """Complaints the caller may see, the newest first."""
        rows, cursor, total = await self.complaints.page_of(query, self.caller, self.now)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, complaint_id: UUID) -> ComplaintRead:
        """One complaint as it stands; raises ComplaintNotFound."""
        row = await self.complaints.find(complaint_id, self.caller)
        if row is None:
            raise ComplaintNotFound
        return self.present(row)

    async def timeline(self, complaint_id: UUID) -> list[StepRead]:
        """What was done with a complaint, oldest first."""
        await self.read(complaint_id)
        return [
            StepRead(
                act=step.act,
                act_label=step.act.label,
                at=step.at,
                by_name=step.by_name,
                note=step.note,
                article=step.article,
            )
            for step in await self.complaints.steps(complaint_id)
        ]

    async def facts(self, month: date) -> Sequence[ComplaintFact]:
        """What was decided about complaints of the month that a day lies in, for scoring."""
        first = month.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        return await ComplaintFacts(self.complaints).between(first, following - timedelta(days=1))

    async def register(self, wish: ComplaintCreate) -> ComplaintRead:
        """Take a complaint down that came to the desk, by phone or from the box."""
        received_at = wish.received_at or self.now
        occurred_on = wish.occurred_on or hall_day(received_at)
        _require_past(received_at > self.now, "/received_at", "收到投诉的时间还没有到。")
        _require_past(
            occurred_on > hall_day(received_at), "/occurred_on", "事情发生的日期晚于收到投诉之日。"
        )
        accused = await self.accused(wish.window_id, wish.staff_id)
        complaint = await self.desk.register(
            NewComplaint(
                channel=wish.channel,
                summary=wish.summary,
                content=wish.content,
                name=wish.complainant_name,
                phone=wish.complainant_phone,
                window_id=accused.window_id,
                staff_id=accused.staff_id,
                department_id=accused.department_id,
                occurred_on=occurred_on,
                received_at=received_at,
            ),
            recorder=self.caller,
        )
        return await self.read(complaint.id)

    async def reveal(self, complaint_id: UUID, wish: RevealCommand) -> ComplainantRead:
        """Who complained and in what words, for a reason; audited. Not to whom it is about."""
        complaint = await self.begin(complaint_id, ComplaintAction.REVEAL)
        await record_audit(
            self.complaints.session,
            caller=self.caller,
            action="complaints.reveal",
            subject_type=SUBJECT,
            subject_id=complaint.id,
            new={"reason": wish.reason},
        )
        content = self.desk.open(complaint, "content", complaint.content)
        assert content is not None
        return ComplainantRead(
            name=self.desk.open(complaint, "complainant_name", complaint.complainant_name),
            phone=self.desk.open(complaint, "complainant_phone", complaint.complainant_phone),
            content=content,
        )

    async def begin(
        self, complaint_id: UUID, action: ComplaintAction, seen: int | None = None
    ) -> Complaint:
        """A complaint locked for an act that the caller may do now; raises what forbids it.

        The calendar is held before the complaint: an act may start a clock.
        """
        await self.desk.calendars.hold()
        complaint = await self.complaints.lock(complaint_id, self.caller)
        if complaint is None:
            raise ComplaintNotFound
        refusal = why_not(
            action, complaint.state, self.caller, partial=self.why_partial_to(complaint)
        )
        if refusal is not None and refusal.code == "forbidden":
            raise Forbidden(refusal.reason)
        if refusal is not None and refusal.code == OwnMatter.code:
            raise OwnMatter(refusal.reason)
        if seen is not None:
            require_version(complaint.version, seen)
        if refusal is not None:
            allowed = [one.action for one in self._allowed(complaint) if one.allowed]
            raise WrongComplaintState(refusal.reason, allowed=allowed)
        return complaint

    async def accused(self, window_id: UUID | None, staff_id: UUID | None) -> Accused:
        """Whom a complaint is about, checked; raises InvalidInput."""
        department_id = None
        try:
            if staff_id is not None:
                department_id = (await self.hall.staff_member(staff_id)).department_id
        except NotFound as error:
            raise unknown("/staff_id", "没有这个工作人员。") from error
        try:
            if window_id is not None:
                department_id = (await self.hall.window(window_id)).department_id
        except NotFound as error:
            raise unknown("/window_id", "没有这个窗口。") from error
        return Accused(staff_id, window_id, department_id)

    def why_partial_to(self, complaint: Complaint) -> str | None:
        """Why the caller must stand aside in this matter."""
        caller = self.caller
        judge = Judge(caller.staff_id, caller.department_id, frozenset(caller.window_ids))
        return why_partial(judge, accused_of(complaint))

    def _allowed(self, complaint: Complaint) -> list[AllowedAction]:
        partial = self.why_partial_to(complaint)
        return [
            AllowedAction.of(action, why_not(action, complaint.state, self.caller, partial=partial))
            for action in ComplaintAction
        ]

    def present(self, row: ComplaintRow) -> ComplaintRead:
        """A complaint as its caller sees it at this moment."""
        complaint = row.complaint
        due, done = due_of(complaint), done_of(complaint)
        clock = read_clock(complaint.state, due=due, done=done, now=self.now)
        return ComplaintRead(
            id=complaint.id,
            complaint_number=complaint.complaint_number,
            channel=complaint.channel,
            channel_label=complaint.channel.label,
            state=complaint.state,
            state_label=complaint.state.label,
            summary=complaint.summary,
            is_anonymous=complaint.complainant_name is None,
            window_id=complaint.window_id,
            window_number=row.window_number,
            staff_id=complaint.staff_id,
            staff_name=row.staff_name,
            department_id=complaint.department_id,
            department_name=row.department_name,
            occurred_on=complaint.occurred_on,
            received_at=complaint.received_at,
            registered_at=complaint.registered_at,
            registered_by_name=complaint.registered_by_name,
            stage=clock.stage,
            stage_label=clock.stage.label if clock.stage else None,
            due_at=clock.due_at,
            is_overdue=clock.is_overdue,
            stages=[
                StageRead(
                    stage=stage,
                    stage_label=stage.label,
                    due_at=due[stage],
                    done_at=done[stage],
                    is_missed=stage in clock.missed,
                )
                for stage in ComplaintStage
            ],
            investigator_id=complaint.investigator_id,
            investigator_name=row.investigator_name,
            finding=complaint.finding,
            finding_label=complaint.finding.label if complaint.finding else None,
            finding_reason=complaint.finding_reason,
            statement=complaint.statement,
            found_by_name=complaint.found_by_name,
            answer=complaint.answer,
            answered_how=complaint.answered_how,
            answer_paper_id=complaint.answer_paper_id,
            allowed_actions=self._allowed(complaint),
            version=complaint.version,
        )


def due_by(
    calendar: WorkCalendar, rulebook: RulebookService, stage: ComplaintStage, start: datetime
) -> datetime:
    """Until when a stage that starts at an instant must be done, by a calendar."""
    days = rulebook.edition_on(hall_day(start)).integer(DAYS_OF[stage])
    return calendar.due_at(start.astimezone(HALL_ZONE), days).at


async def tell_complaint(
    complaints: ComplaintRepository,
    complaint: Complaint,
    act: ComplaintAct,
    *,
    caller: Caller | None,
    old: dict[str, object] | None,
    note: str | None,
    now: datetime,
) -> None:
    """The step, the audit row and the event of an act; the complainant is in none of them."""
    await complaints.add(
        ComplaintStep(
            id=new_id(),
            complaint_id=complaint.id,
            act=act,
            at=now,
            by_name=caller.name if caller else "投诉人",
            note=note,
            article=ARTICLE,
        )
    )
    await record_audit(
        complaints.session,
        caller=caller,
        action=f"complaints.{ACT_OF[act]}",
        subject_type=SUBJECT,
        subject_id=complaint.id,
        old=old,
        new=facts_of(complaint),
    )
    # the department hears of what is decided; the window itself never by an event, since
    # everybody who serves there would
    await publish_event(
        complaints.session,
        kind=f"complaint.{act.value}",
        subject_type=SUBJECT,
        subject_id=complaint.id,
        department_id=complaint.department_id if complaint.state in DECIDED else None,
        facts={
            "complaint_number": complaint.complaint_number,
            "day": complaint.occurred_on.isoformat(),
            **facts_of(complaint),
        },
        occurred_at=now,
    )


def accused_of(complaint: Complaint) -> Accused:
    """Whom a complaint is about, as far as it is known."""
    return Accused(complaint.staff_id, complaint.window_id, complaint.department_id)


def due_of(complaint: Complaint) -> dict[ComplaintStage, datetime | None]:
    """Until when each stage must be done; none: it has not begun."""
    return {
        ComplaintStage.ACCEPTANCE: complaint.acceptance_due_at,
        ComplaintStage.FINDING: complaint.finding_due_at,
        ComplaintStage.ANSWER: complaint.answer_due_at,
    }


def done_of(complaint: Complaint) -> dict[ComplaintStage, datetime | None]:
    """When each stage was done."""
    return {
        ComplaintStage.ACCEPTANCE: complaint.accepted_at,
        ComplaintStage.FINDING: complaint.found_at,
        ComplaintStage.ANSWER: complaint.answered_at,
    }


def facts_of(complaint: Complaint) -> dict[str, object]:
    """What an audit row and an event say of a complaint: nothing personal."""
    return {
        "state": complaint.state,
        "finding": complaint.finding,
        "window_id": str(complaint.window_id) if complaint.window_id else None,
        "staff_id": str(complaint.staff_id) if complaint.staff_id else None,
        "version": complaint.version,
    }


def unknown(pointer: str, sentence: str) -> AppError:
    """A body that names somebody who is not there."""
    return InvalidInput(errors=[FieldProblem(pointer, "unknown", sentence)])


def _require_past(is_future: bool, pointer: str, sentence: str) -> None:
    if is_future:
        raise InvalidInput(errors=[FieldProblem(pointer, "in_the_future", sentence)])
