"""The acts on a leave: asked, agreed, approved, extended, returned from (ATTEND 二, 三)."""

from uuid import UUID

from yimen.core.caller import Role
from yimen.core.errors import AppError, Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from yimen.core.numbering import take_numbers
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.access import may_enter_for
from yimen.domains.leave.enums import (
    EXTENDING,
    STANDING,
    Half,
    LeaveAction,
    LeaveEventKind,
    LeaveKind,
    LeaveState,
)
from yimen.domains.leave.models import LeaveRequest
from yimen.domains.leave.rules import (
    HalfDay,
    HalfDays,
    back_at,
    closes_at,
    counted_half_days,
    half_day_of,
    next_worked,
    opens_at,
    overstayed,
)
from yimen.domains.leave.schemas import (
    Agreement,
    CertificateInput,
    ExtensionAsk,
    LeaveCreate,
    Refusing,
    ReturnFromLeave,
)
from yimen.domains.leave.service import (
    APPROVAL,
    LeaveService,
    NotYourLeave,
    facts_of,
    is_overstaying,
    move,
    overlap,
    span_of,
)
from yimen.domains.leave.service_outlook import OutlookService, Reckoning
from yimen.domains.leave.service_substitutes import SubstituteService
from yimen.domains.organisation.models import StaffMember
from yimen.domains.organisation.rules import ONE_DAY, Span

SERIES = "QJ"
PROCEDURE = "ATTEND 二(一)"
SICK = "ATTEND 二(五)"
OVERSTAY = "ATTEND 三(三)"
DECEIT = "ATTEND 三(四)"


class OverlappingLeave(Conflict):
    code = "overlapping_leave"
    title = "此人在这段时间已有请假，请先撤销或销假，或改为续假。"
    constraint = "ex_leave_requests_overlap"


class NothingToAskFor(Conflict):
    code = "leave_counts_nothing"
    title = "所填时间全部是节假日或休息日，无须请假。"


class NotAtTheHallThen(Conflict):
    code = "not_at_the_hall_then"
    title = "此人在这段时间结束之前已离开中心。"


class OnlyTheOfficeSaysWhen(Forbidden):
    code = "only_the_office_says_when"
    title = "返岗时间以办理销假时为准，只有中心办公室可以另行填写。"


class LeaveHasBegun(Conflict):
    code = "leave_has_begun"
    title = "假期已经开始，不能撤销，请办理销假。"


class LeaveNotBegun(Conflict):
    code = "leave_not_begun"
    title = "假期尚未开始，无须销假；如不休假，请撤销。"


class LeaveIsOver(Conflict):
    code = "leave_is_over"
    title = "假期已满，不能再续假；病假以外应在假满之前申请续假。"


class ExtensionNotLater(Conflict):
    code = "extension_not_later"
    title = "续假后的结束时间应晚于现在的结束时间。"


class NotSickLeave(Conflict):
    code = "not_sick_leave"
    title = "只有病假须提供《病假证明》。"


class LeaveStepService:
    """One request at a time is moved on; what was reckoned is reckoned again at every decision."""

    def __init__(self, leave: LeaveService) -> None:
        self.leave = leave
        self.desk = leave.desk
        self.requests = leave.leave
        self.outlook = OutlookService(leave)
        self.substitutes = SubstituteService(leave)

    async def request(self, data: LeaveCreate) -> LeaveRequest:
        """Ask for leave; the office may enter it for whoever is ill at home (ATTEND 二(一))."""
        desk = self.desk
        calendar = await desk.calendars.hold()
        person = await self.outlook.person(data.staff_id)
        if not may_enter_for(person.id, desk.asker):
            raise NotYourLeave("只能为本人请假；因故不能到场的，由中心办公室代为登记。")
        span = self.outlook.asked_span(data)
        reckoned = await self._reckon_new(person, span, calendar)
        await self._require_deputy(person, data.deputy_id, span)
        agreement = person.department_id is not None and reckoned.needs_agreement
        numbers = await take_numbers(self.requests.session, [SERIES], on=desk.today)
        leave = await self.requests.add(
            LeaveRequest(
                leave_number=numbers[SERIES],
                staff_id=person.id,
                department_id=person.department_id,
                kind=data.kind,
                counts_as=data.kind,
                state=LeaveState.AWAITING_AGREEMENT if agreement else LeaveState.AWAITING_APPROVAL,
                starts_on=span.first.day,
                starts_half=span.first.half,
                ends_on=span.last.day,
                ends_half=span.last.half,
                half_days=reckoned.half_days,
                reason=data.reason,
                requested_at=desk.now,
                is_retrospective=desk.now > opens_at(reckoned.counted[0], calendar),
                substitute_article=reckoned.demand.article if reckoned.demand else None,
                lacks_substitute=reckoned.demand is not None,
                deputy_id=data.deputy_id,
                overstayed_half_days=0,
                version=1,
            )
        )
        await self.leave.record(
            leave,
            LeaveEventKind.REQUESTED,
            article=SICK if data.kind is LeaveKind.SICK else PROCEDURE,
            facts={"is_retrospective": leave.is_retrospective, "half_days": leave.half_days},
        )
        return leave

    async def agree(self, leave_id: UUID, data: Agreement, *, seen: int) -> None:
        """The sending department agrees; what the office records for it names who agreed."""
        leave = await self.leave.lock(leave_id, LeaveAction.AGREE, seen=seen)
        if self.desk.asker.role is Role.OFFICE and data.note is None:
            sentence = "请写明派出单位由谁、以何种方式同意。"
            raise InvalidInput(errors=[FieldProblem("/note", "missing", sentence)])
        old = facts_of(leave)
        extending = leave.state in EXTENDING
        move(
            leave,
            LeaveState.EXTENSION_AWAITING_APPROVAL if extending else LeaveState.AWAITING_APPROVAL,
        )
        kind = LeaveEventKind.EXTENSION_AGREED if extending else LeaveEventKind.AGREED
        await self._finish(leave, kind, article=APPROVAL, note=data.note, old=old)

    async def approve(self, leave_id: UUID, *, seen: int) -> None:
        """The director approves a leave or its extension (ATTEND 二(四)2)."""
        calendar = await self.desk.calendars.hold()
        leave = await self.leave.lock(leave_id, LeaveAction.APPROVE, seen=seen)
        old = facts_of(leave)
        if leave.state in EXTENDING:
            await self._grant_extension(leave, calendar, old)
        else:
            await self._grant(leave, calendar, old)

    async def refuse(self, leave_id: UUID, data: Refusing, *, seen: int) -> None:
        """Whoever is to agree or approve does not, and says why; an extension only is refused."""
        leave = await self.leave.lock(leave_id, LeaveAction.REFUSE, seen=seen)
        old = facts_of(leave)
        if leave.state in EXTENDING:
            facts = _forget_extension(leave)
            move(leave, LeaveState.APPROVED)
            kind = LeaveEventKind.EXTENSION_REFUSED
        else:
            facts = {}
            move(leave, LeaveState.REFUSED)
            await self._stand_down(leave, self._from_now(leave))
            kind = LeaveEventKind.REFUSED
        await self._finish(leave, kind, article=APPROVAL, note=data.reason, facts=facts, old=old)

    async def cancel(self, leave_id: UUID, *, seen: int) -> None:
        """Take a leave back: any time before it is granted, afterwards before it begins."""
        calendar = await self.desk.calendars.hold()
        leave = await self.leave.lock(leave_id, LeaveAction.CANCEL, seen=seen)
        if leave.state is LeaveState.APPROVED and self._begun(leave, calendar):
            raise LeaveHasBegun
        old = facts_of(leave)
        move(leave, LeaveState.CANCELLED)
        await self._stand_down(leave, self._from_now(leave))
        await self._finish(leave, LeaveEventKind.CANCELLED, article=PROCEDURE, old=old)

    # Extension

    async def extend(self, leave_id: UUID, data: ExtensionAsk, *, seen: int) -> None:
        """Ask that the leave last longer, before it ends; the sick may follow up (ATTEND 二(五)2).

        Who decides goes by the length of the whole leave, not by what is added.
        """
        calendar = await self.desk.calendars.hold()
        leave = await self.leave.lock(leave_id, LeaveAction.EXTEND, seen=seen)
        last = HalfDay(data.ends_on, data.ends_half)
        span = HalfDays(span_of(leave).first, last)
        if last.slot <= span_of(leave).last.slot:
            raise ExtensionNotLater
        late = self._ended(leave, calendar)
        if late and leave.kind is not LeaveKind.SICK:
            raise LeaveIsOver(article="ATTEND 二(一)")
        self.outlook.require_length(span)
        reckoned = await self.outlook.reckon_leave(leave, calendar, span)
        if reckoned.half_days <= len(counted_half_days(span_of(leave), calendar)):
            raise NothingToAskFor
        await self._require_no_overlap(leave.staff_id, span, but=leave)
        old = facts_of(leave)
        leave.extension_ends_on = data.ends_on
        leave.extension_ends_half = data.ends_half
        leave.extension_reason = data.reason
        agreement = leave.department_id is not None and reckoned.needs_agreement
        move(
            leave,
            LeaveState.EXTENSION_AWAITING_AGREEMENT
            if agreement
            else LeaveState.EXTENSION_AWAITING_APPROVAL,
        )
        await self._finish(
            leave,
            LeaveEventKind.EXTENSION_ASKED,
            article=SICK if leave.kind is LeaveKind.SICK else PROCEDURE,
            facts=_extension_facts(leave) | {"is_late": late, "half_days": reckoned.half_days},
            old=old,
        )

    async def withdraw_extension(self, leave_id: UUID, *, seen: int) -> None:
        """The leave is to end as granted after all."""
        leave = await self.leave.lock(leave_id, LeaveAction.WITHDRAW_EXTENSION, seen=seen)
        old = facts_of(leave)
        facts = _forget_extension(leave)
        move(leave, LeaveState.APPROVED)
        await self._finish(
            leave, LeaveEventKind.EXTENSION_WITHDRAWN, article=PROCEDURE, facts=facts, old=old
        )

    # Return

    async def hand_in_certificate(
        self, leave_id: UUID, data: CertificateInput, *, seen: int
    ) -> None:
        """The hospital's certificate, at the latest on return (ATTEND 二(五)1)."""
        leave = await self.leave.lock(leave_id, LeaveAction.CERTIFICATE, seen=seen)
        if leave.kind is not LeaveKind.SICK:
            raise NotSickLeave
        old = facts_of(leave)
        await self._certify(leave, data)
        await self._finish(
            leave, LeaveEventKind.CERTIFICATE_HANDED_IN, article=SICK, old=old,
            facts={"issued_on": data.issued_on.isoformat()},
        )  # fmt: skip

    async def return_from(self, leave_id: UUID, data: ReturnFromLeave, *, seen: int) -> None:
        """Back at work: early, in time, or after an overstay, which is counted (ATTEND 二(一))."""
        calendar = await self.desk.calendars.hold()
        leave = await self.leave.lock(leave_id, LeaveAction.RETURN, seen=seen)
        if not self._begun(leave, calendar):
            raise LeaveNotBegun
        if data.certificate is not None:
            if leave.kind is not LeaveKind.SICK:
                raise NotSickLeave
            await self._certify(leave, data.certificate)
        back = self._back(leave, data, calendar)
        old = facts_of(leave)
        facts = _forget_extension(leave) if leave.state in EXTENDING else {}
        move(leave, LeaveState.RETURNED)
        await self._come_back(leave, back, calendar, old=old, facts=facts)

    async def find_deceitful(self, leave_id: UUID, data: Refusing, *, seen: int) -> None:
        """The office finds that the leave was got by deceit: it is absence (ATTEND 三(四))."""
        leave = await self.leave.lock(leave_id, LeaveAction.DECEIT, seen=seen)
        old = facts_of(leave)
        facts = _forget_extension(leave) if leave.state in EXTENDING else {}
        move(leave, LeaveState.DECEITFUL)
        await self._stand_down(leave, self._from_now(leave))
        await self._finish(
            leave,
            LeaveEventKind.FOUND_DECEITFUL,
            article=DECEIT,
            note=data.reason,
            facts=facts,
            old=old,
        )

    async def note_overstays(self, limit: int) -> None:
        """Leave that has ended without a return is a fact from the next shift on."""
        calendar = await self.desk.calendars.hold()
        for leave in await self.requests.perhaps_overstaying(self.desk.today, limit):
            if is_overstaying(leave, self.desk.now, calendar):
                old = facts_of(leave)
                leave.overstay_noted_at = self.desk.now
                await self._finish(leave, LeaveEventKind.OVERSTAYED, article=OVERSTAY, old=old)

    # Granting

    async def _grant(
        self, leave: LeaveRequest, calendar: WorkCalendar, old: dict[str, object]
    ) -> None:
        reckoned = await self._reckon_again(leave, calendar)
        over = self._ended(leave, calendar)
        move(leave, LeaveState.APPROVED)
        facts: dict[str, object] = {"lacks_substitute": leave.lacks_substitute}
        if not over:
            await self._let_deputy_step_in(leave, reckoned)
            facts["is_deputised"] = leave.deputyship_id is not None
        await self._finish(leave, LeaveEventKind.APPROVED, article=APPROVAL, facts=facts, old=old)
        if over:  # approved after its end: the punches say who was back when
            back = next_worked(span_of(leave).last, calendar)
            move(leave, LeaveState.RETURNED)
            await self._come_back(leave, back, calendar, old=facts_of(leave), facts={})

    async def _grant_extension(
        self, leave: LeaveRequest, calendar: WorkCalendar, old: dict[str, object]
    ) -> None:
        assert leave.extension_ends_on is not None and leave.extension_ends_half is not None
        leave.ends_on, leave.ends_half = leave.extension_ends_on, leave.extension_ends_half
        facts = _forget_extension(leave) | {"ended_on_before": old["ends_on"]}
        leave.overstay_noted_at = None
        reckoned = await self._reckon_again(leave, calendar)
        move(leave, LeaveState.APPROVED)
        if leave.deputyship_id is not None:
            await self.desk.posts.stay_in(leave.deputyship_id, reckoned.counted[-1].day)
        await self._finish(
            leave, LeaveEventKind.EXTENSION_GRANTED, article=APPROVAL, facts=facts, old=old
        )

    async def _reckon_again(self, leave: LeaveRequest, calendar: WorkCalendar) -> Reckoning:
        """As the calendar and the windows are now, which may have changed since it was asked."""
        reckoned = await self.outlook.reckon_leave(leave, calendar)
        if not reckoned.counted:
            raise NothingToAskFor(article="ATTEND 五(一)")
        leave.half_days = reckoned.half_days
        await self.substitutes.recheck(leave, reckoned)
        return reckoned

    async def _let_deputy_step_in(self, leave: LeaveRequest, reckoned: Reckoning) -> None:
        """The named deputy, else the standing one, acts on the open cases (ABPOST 一, 三)."""
        first = max(reckoned.counted[0].day, self.desk.today)
        span = Span(first, max(first, reckoned.counted[-1].day))
        deputy_id = leave.deputy_id
        if deputy_id is None:
            standing = await self.desk.posts.standing_deputies([leave.staff_id], first)
            if leave.staff_id not in standing:
                return
            deputy_id = standing[leave.staff_id].deputy_id
        row = await self.desk.posts.step_in(
            absent_id=leave.staff_id,
            deputy_id=deputy_id,
            span=span,
            reason=f"请假 {leave.leave_number}",
        )
        leave.deputyship_id = row.id if row else None

    # Coming back

    def _back(self, leave: LeaveRequest, data: ReturnFromLeave, calendar: WorkCalendar) -> HalfDay:
        if data.back_on is None and data.back_half is None:
            return back_at(self.desk.now, span_of(leave).last, calendar)
        if self.desk.asker.role is not Role.OFFICE:
            raise OnlyTheOfficeSaysWhen
        if data.back_on is None or data.back_half is None:
            sentence = "返岗日和返岗的半天应一同填写。"
            raise InvalidInput(errors=[FieldProblem("/back_half", "missing", sentence)])
        back = HalfDay(data.back_on, data.back_half)
        if (
            back.slot <= counted_half_days(span_of(leave), calendar)[0].slot
            or back.slot > half_day_of(self.desk.now, calendar).slot
            or not calendar.is_working_day(back.day)
        ):
            sentence = "返岗应在假期开始以后、现在以前的工作日。"
            raise InvalidInput(errors=[FieldProblem("/back_on", "impossible", sentence)])
        return back

    async def _come_back(
        self,
        leave: LeaveRequest,
        back: HalfDay,
        calendar: WorkCalendar,
        *,
        old: dict[str, object],
        facts: dict[str, object],
    ) -> None:
        span = span_of(leave)
        leave.returned_on, leave.returned_half = back.day, back.half
        missed = overstayed(span.last, back, calendar)
        leave.overstayed_half_days = len(missed)
        served = [h for h in counted_half_days(span, calendar) if h.slot < back.slot]
        if back.slot <= span.last.slot:
            last = served[-1]
            facts = facts | {"ended_on_before": leave.ends_on.isoformat()}
            leave.ends_on, leave.ends_half = last.day, last.half
        leave.half_days = len(served)
        await self._stand_down(leave, back)
        facts = facts | {
            "returned_on": back.day.isoformat(),
            "returned_half": back.half.value,
            "overstayed_half_days": len(missed),
        }
        without_certificate = leave.kind is LeaveKind.SICK and leave.certificate_at is None
        if without_certificate:
            leave.counts_as = LeaveKind.PERSONAL
        await self._finish(
            leave,
            LeaveEventKind.RETURNED,
            article=OVERSTAY if missed else PROCEDURE,
            facts=facts,
            old=old,
        )
        if without_certificate:
            await self.leave.record(leave, LeaveEventKind.BECAME_PERSONAL, article=SICK)

    async def _stand_down(self, leave: LeaveRequest, back: HalfDay) -> None:
        """Deputy and substitutes are of no use from the day on which the person is back.

        Who is back for the afternoon only still has them for the morning: they have that day.
        """
        free_on = back.day if back.half is Half.MORNING else back.day + ONE_DAY
        if leave.deputyship_id is not None:
            await self.desk.posts.step_back(leave.deputyship_id, free_on)
            if free_on <= leave.starts_on:
                leave.deputyship_id = None
        await self.substitutes.end_with(leave, free_on - ONE_DAY)

    def _from_now(self, leave: LeaveRequest) -> HalfDay:
        """From when on nobody need stand in: whoever has stood in today has today."""
        if leave.starts_on <= self.desk.today:
            return HalfDay(self.desk.today, Half.AFTERNOON)
        return HalfDay(leave.starts_on, Half.MORNING)

    # Checks

    async def _reckon_new(
        self, person: StaffMember, span: HalfDays, calendar: WorkCalendar
    ) -> Reckoning:
        if person.left_on is not None and person.left_on < span.last.day:
            raise NotAtTheHallThen
        services = await self.outlook.services_around(person.id, span)
        reckoned = self.outlook.reckon(person.id, span, calendar, services)
        if not reckoned.counted:
            raise NothingToAskFor(article="ATTEND 五(一)")
        await self._require_no_overlap(person.id, span)
        return reckoned

    async def _require_no_overlap(
        self, staff_id: UUID, span: HalfDays, *, but: LeaveRequest | None = None
    ) -> None:
        for other in await self.requests.leaves_between(
            span.first.day, span.last.day, states=STANDING, staff_ids=[staff_id]
        ):
            if (but is None or other.id != but.id) and overlap(span_of(other), span):
                raise OverlappingLeave(
                    f"与 {other.leave_number}（{span_of(other).first.label}至"
                    f"{span_of(other).last.label}）重叠，请先撤销或销假，或改为续假。"
                )

    async def _require_deputy(
        self, person: StaffMember, deputy_id: UUID | None, span: HalfDays
    ) -> None:
        if deputy_id is None:
            return
        try:
            deputy = await self.desk.hall.staff_member(deputy_id)
        except NotFound as error:
            problem = FieldProblem("/deputy_id", "unknown", "没有这个工作人员。")
            raise InvalidInput(errors=[problem]) from error
        refusal: AppError | None = await self.desk.posts.why_not_deputy(
            person, deputy, Span(span.first.day, span.last.day)
        )
        if refusal is not None:
            raise refusal

    def _begun(self, leave: LeaveRequest, calendar: WorkCalendar) -> bool:
        """Whether work that the person misses has begun; days off at its start are no leave yet."""
        counted = counted_half_days(span_of(leave), calendar)
        return bool(counted) and self.desk.now > opens_at(counted[0], calendar)

    def _ended(self, leave: LeaveRequest, calendar: WorkCalendar) -> bool:
        counted = counted_half_days(span_of(leave), calendar)
        return bool(counted) and self.desk.now >= closes_at(counted[-1], calendar)

    # Writing

    async def _certify(self, leave: LeaveRequest, data: CertificateInput) -> None:
        leave.certificate_hospital = data.hospital
        leave.certificate_number = data.number
        leave.certificate_issued_on = data.issued_on
        leave.certificate_at = self.desk.now

    async def _finish(
        self,
        leave: LeaveRequest,
        kind: LeaveEventKind,
        *,
        article: str,
        old: dict[str, object],
        note: str | None = None,
        facts: dict[str, object] | None = None,
    ) -> None:
        leave.version += 1
        await self.leave.record(leave, kind, article=article, note=note, facts=facts, old=old)


def _extension_facts(leave: LeaveRequest) -> dict[str, object]:
    assert leave.extension_ends_on is not None and leave.extension_ends_half is not None
    return {
        "extended_to": leave.extension_ends_on.isoformat(),
        "extended_to_half": leave.extension_ends_half.value,
        "ended_on_before": leave.ends_on.isoformat(),
        "reason": leave.extension_reason,
    }


def _forget_extension(leave: LeaveRequest) -> dict[str, object]:
    """Take the extension off the leave; what it was goes into the course."""
    facts = _extension_facts(leave)
    leave.extension_ends_on = None
    leave.extension_ends_half = None
    leave.extension_reason = None
    return facts
