"""Calling a conference, changing it, asking leave from it before it meets."""

from collections.abc import Sequence
from uuid import UUID

from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, FieldProblem, InvalidInput
from yimen.core.numbering import take_numbers
from yimen.domains.cases.enums import OPINION_STATES
from yimen.domains.conferences.enums import (
    ConferenceAction,
    ConferenceKind,
    ConferenceState,
    Presence,
)
from yimen.domains.conferences.models import Conference, ConferenceAttendee, ConferenceMatter
from yimen.domains.conferences.repository import Invitee
from yimen.domains.conferences.schemas import (
    AskLeaveCommand,
    CancelCommand,
    ConferenceCreate,
    ConferenceRead,
    ConferenceUpdate,
    MatterIn,
)
from yimen.domains.conferences.service import ConferenceService, facts_of, move

SERIES = "HY"


class StartsInPast(InvalidInput):
    code = "conference_starts_in_past"
    title = "会议时间须在现在之后，受邀单位才来得及准备和请假。"


class UnknownInvitee(InvalidInput):
    code = "unknown_invitee"
    title = "受邀单位不在中心进驻部门之列，请从部门列表中选择。"


class CaseNotOpen(Conflict):
    code = "conference_case_not_open"
    title = "议题所涉办件不在办理中，不能提交联席会议研究。"


class LeaveTooLate(Conflict):
    code = "conference_leave_too_late"
    title = "会议已到开始时间，请假应在会前提出；特殊情况请与中心办公室联系。"


class DelegateRequired(InvalidInput):
    code = "delegate_required"
    title = "请假须委托窗口其他工作人员参加会议，请选择受托人。"


class NotADelegate(InvalidInput):
    code = "not_a_delegate"
    title = "受托人须是首席代表所在窗口的其他工作人员，请重新选择。"


class CallingService:
    """A conference up to the meeting (JOINT 三–五)."""

    def __init__(self, base: ConferenceService) -> None:
        self.base = base
        self.bench = base.bench
        self.conferences = base.conferences
        self.caller = base.caller
        self.now = base.now

    async def call(self, wish: ConferenceCreate) -> ConferenceRead:
        """Call a conference and invite the departments' chief representatives (JOINT 四).

        Raises StartsInPast, UnknownInvitee, CaseNotFound, CaseNotOpen.
        """
        if wish.starts_at <= self.now:
            raise StartsInPast(article="JOINT 四")
        leads = await self._lead_departments(wish.matters)
        invitees = await self._invitees(wish, leads)
        days = wish.opinion_days or self.bench.rulebook.edition_on(hall_day(self.now)).integer(
            "conferences.opinion_days"
        )
        numbers = await take_numbers(self.conferences.session, [SERIES], hall_day(self.now))
        conference = await self.conferences.add(
            Conference(
                id=new_id(),
                conference_number=numbers[SERIES],
                kind=wish.kind,
                state=ConferenceState.CALLED,
                name=wish.name,
                place=wish.place,
                starts_at=wish.starts_at,
                presided_by=wish.presided_by,
                documents=list(wish.documents),
                opinion_days=days,
                called_at=self.now,
                called_by_name=self.caller.name,
                version=1,
            )
        )
        self.conferences.session.add_all(
            ConferenceMatter(
                id=new_id(),
                conference_id=conference.id,
                position=position,
                subject=matter.subject,
                explanation=matter.explanation,
                case_id=matter.case_id,
            )
            for position, matter in enumerate(wish.matters, start=1)
        )
        self.conferences.session.add_all(
            ConferenceAttendee(
                id=new_id(),
                conference_id=conference.id,
                department_id=invitee.department_id,
                staff_id=invitee.staff_id,
                staff_name=invitee.staff_name,
                presence=Presence.INVITED,
            )
            for invitee in invitees
        )
        await self.conferences.session.flush()
        await self.base.tell(conference, "call", old=None)
        return await self.base.present(conference)

    async def _lead_departments(self, matters: Sequence[MatterIn]) -> list[UUID]:
        found = []
        for matter in matters:
            if matter.case_id is None:
                continue
            case = (await self.bench.cases.find(matter.case_id)).case
            if case.state not in OPINION_STATES:
                raise CaseNotOpen(
                    f"办件 {case.case_number} 目前“{case.state.label}”，不能提交联席会议研究。",
                    article="MGMT 十六",
                )
            found.append(case.department_id)
        return found

    async def _invitees(self, wish: ConferenceCreate, leads: Sequence[UUID]) -> list[Invitee]:
        day = hall_day(wish.starts_at)
        if not wish.department_ids and wish.kind is ConferenceKind.REGULAR:
            return await self.conferences.all_invitees(day)
        wanted = {*wish.department_ids, *leads}
        found = await self.conferences.invitees(wanted, day)
        known = {invitee.department_id for invitee in found}
        problems = [
            FieldProblem(
                f"/department_ids/{place}", UnknownInvitee.code, "没有这个部门，或已撤出中心。"
            )
            for place, department_id in enumerate(wish.department_ids)
            if department_id not in known
        ]
        if problems:
            raise UnknownInvitee(errors=problems)
        return found

    async def change(
        self, conference_id: UUID, seen: int, wish: ConferenceUpdate
    ) -> ConferenceRead:
        """Another time or place, before the conference has met; raises StartsInPast."""
        conference, _ = await self.base.begin(conference_id, seen, ConferenceAction.CHANGE)
        old = facts_of(conference)
        if wish.starts_at is not None and wish.starts_at <= self.now:
            raise StartsInPast(article="JOINT 四")
        conference.name = wish.name or conference.name
        conference.starts_at = wish.starts_at or conference.starts_at
        conference.place = wish.place or conference.place
        conference.presided_by = wish.presided_by or conference.presided_by
        if wish.documents is not None:
            conference.documents = list(wish.documents)
        await self.base.tell(conference, "change", old=old)
        return await self.base.present(conference)

    async def cancel(self, conference_id: UUID, seen: int, wish: CancelCommand) -> ConferenceRead:
        """The conference will not meet."""
        conference, _ = await self.base.begin(conference_id, seen, ConferenceAction.CANCEL)
        old = facts_of(conference)
        move(conference, ConferenceState.CANCELLED)
        conference.cancel_reason = wish.reason
        await self.base.tell(conference, "cancel", old=old)
        return await self.base.present(conference)

    async def ask_leave(
        self, conference_id: UUID, seen: int, wish: AskLeaveCommand
    ) -> ConferenceRead:
        """The chief cannot come and sends somebody of the window (JOINT 五); may be said anew.

        Raises LeaveTooLate, DelegateRequired, NotADelegate.
        """
        conference, parts = await self.base.begin(conference_id, seen, ConferenceAction.ASK_LEAVE)
        if self.now >= conference.starts_at:
            raise LeaveTooLate(article="JOINT 五")
        attendee = next(
            attendee
            for attendee, _ in parts.attendees
            if attendee.department_id == self.caller.department_id
        )
        found = await self.base.delegates_for(conference, attendee)
        candidates = {member.id: member for member in found}
        if wish.delegate_id is None and candidates:
            raise DelegateRequired(article="JOINT 五")
        if wish.delegate_id is not None and wish.delegate_id not in candidates:
            raise NotADelegate(article="JOINT 五")
        old = facts_of(conference)
        attendee.leave_reason = wish.reason
        attendee.leave_asked_at = self.now
        attendee.delegate_id = wish.delegate_id
        attendee.delegate_name = candidates[wish.delegate_id].name if wish.delegate_id else None
        await self.base.tell(conference, "ask-leave", old=old)
        return await self.base.present(conference)
