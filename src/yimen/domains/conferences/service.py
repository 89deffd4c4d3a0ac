"""Reading conferences, and what all acts on a conference share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.calendars.service import CalendarService
from yimen.domains.cases.enums import OpinionState
from yimen.domains.cases.service import CaseService
from yimen.domains.cases.service_joint import ConferenceOpinions
from yimen.domains.conferences.access import why_not
from yimen.domains.conferences.enums import (
    ConferenceAction,
    ConferenceState,
)
from yimen.domains.conferences.models import (
    Conference,
    ConferenceAttendee,
    ConferenceOpinion,
)
from yimen.domains.conferences.repository import (
    ConferenceRepository,
    Parts,
)
from yimen.domains.conferences.rules import (
    article_of_silence,
    delegates_of,
    may_move,
    standing,
)
from yimen.domains.conferences.schemas import (
    AttendeeRead,
    ConferenceOpinionRead,
    ConferenceQuery,
    ConferenceRead,
    ConferenceSummary,
    DelegateRead,
    MatterRead,
)
from yimen.domains.organisation.models import StaffMember
from yimen.domains.papers.models import Paper
from yimen.domains.rulebook.service import RulebookService

SUBJECT = "conference"


class ConferenceNotFound(NotFound):
    code = "conference_not_found"
    title = "没有找到该会议，或者您无权查看。"


class NotYourConference(Forbidden):
    code = "not_your_conference"
    title = "会议由中心办公室组织，意见和请假由受邀单位首席代表提出。"


class WrongConferenceState(Conflict):
    code = "conference_state"
    title = "会议当前的状态不允许这样办理。"


class MinutesInForce(Conflict):
    code = "minutes_in_force"
    title = "会议纪要有效，先作废原纪要，才能重新出具。"


@dataclass(frozen=True, slots=True)
class ConferenceBench:
    """What one request on conferences works with."""

    conferences: ConferenceRepository
    cases: CaseService
    case_opinions: ConferenceOpinions
    calendars: CalendarService
    rulebook: RulebookService
    caller: Caller
    now: datetime


class ConferenceService:
    """Conferences up to the meeting, and as they are read."""

    def __init__(self, bench: ConferenceBench) -> None:
        self.bench = bench
        self.conferences = bench.conferences
        self.caller = bench.caller
        self.now = bench.now

    # Reading

    async def list_page(self, query: ConferenceQuery) -> Page[ConferenceSummary]:
        """Conferences the caller may see, the latest first."""
        rows, cursor, total = await self.conferences.page_of(query, self.caller)
        items = [ConferenceSummary.model_validate(row) for row in rows]
        return Page(items=items, next_cursor=cursor, total=total)

    async def find(self, conference_id: UUID) -> Conference:
        """One conference that the caller may see; raises ConferenceNotFound."""
        found = await self.conferences.find(conference_id, self.caller)
        if found is None:
            raise ConferenceNotFound
        return found

    async def read(self, conference_id: UUID) -> ConferenceRead:
        """A conference, whole, as it stands now."""
        return await self.present(await self.find(conference_id))

    async def present(self, conference: Conference) -> ConferenceRead:
        """The representation of a conference at this moment."""
        parts = await self.conferences.parts(conference.id)
        return present_conference(conference, parts, caller=self.caller, now=self.now)

    async def minutes(self, conference_id: UUID) -> Sequence[Paper]:
        """The minutes, and any that they replaced, for whoever was invited."""
        await self.find(conference_id)
        return await self.conferences.minutes(conference_id)

    async def delegates(self, conference_id: UUID) -> list[DelegateRead]:
        """Whom the caller's department may send instead of its chief (JOINT 五)."""
        conference = await self.find(conference_id)
        parts = await self.conferences.parts(conference.id)
        for attendee, _ in parts.attendees:
            if attendee.department_id == self.caller.department_id:
                found = await self.delegates_for(conference, attendee)
                return [DelegateRead.model_validate(member) for member in found]
        return []

    # Shared by all acts

    async def delegates_for(
        self, conference: Conference, attendee: ConferenceAttendee
    ) -> list[StaffMember]:
        """Who may come instead of a department's chief, by staff number (JOINT 五)."""
        day, department_id = hall_day(conference.starts_at), attendee.department_id
        beside: Sequence[StaffMember] = []
        if attendee.staff_id is not None:
            beside = await self.conferences.staff_beside(attendee.staff_id, department_id, day)
        around = await self.conferences.staff_of_windows(department_id, day)
        may = delegates_of(
            attendee.staff_id,
            at_own_window=[member.id for member in beside],
            in_department=[member.id for member in around],
        )
        people = {member.id: member for member in (*beside, *around)}
        return sorted(
            (people[staff_id] for staff_id in may), key=lambda member: member.staff_number
        )

    async def begin(
        self, conference_id: UUID, seen: int, action: ConferenceAction
    ) -> tuple[Conference, Parts]:
        """Lock a conference for an act that the caller may do; raises what stands against it."""
        # the calendar before any row: its change moves the time for opinions, too
        await self.bench.calendars.hold()
        conference = await self.conferences.lock(conference_id, self.caller)
        if conference is None:
            raise ConferenceNotFound
        parts = await self.conferences.parts(conference.id)
        refusal = why_not(
            action,
            conference.kind,
            conference.state,
            invited=invited_of(parts),
            has_minutes=parts.has_minutes,
            caller=self.caller,
        )
        if refusal is not None and refusal.code == "forbidden":
            raise NotYourConference(refusal.reason)
        require_version(conference.version, seen)
        if refusal is not None:
            if refusal.code == MinutesInForce.code:
                raise MinutesInForce(refusal.reason, article=conference.kind.article)
            allowed = [
                one.action for one in allowed_actions(conference, parts, self.caller) if one.allowed
            ]
            raise WrongConferenceState(
                refusal.reason, allowed=allowed, article=conference.kind.article
            )
        return conference, parts

    async def tell(
        self, conference: Conference, act: str, *, old: dict[str, object] | None
    ) -> None:
        """Write an act's audit row, and an event for each department that is invited."""
        if old is not None:
            conference.version += 1
        await self.conferences.session.flush()
        await tell_conference(
            self.conferences, conference, act, caller=self.caller, now=self.now, old=old
        )


async def tell_conference(
    conferences: ConferenceRepository,
    conference: Conference,
    act: str,
    *,
    caller: Caller | None,
    now: datetime,
    old: dict[str, object] | None,
) -> None:
    """The audit row and the events of a change that is already written."""
    await record_audit(
        conferences.session,
        caller=caller,
        action=f"conferences.{act}",
        subject_type=SUBJECT,
        subject_id=conference.id,
        old=old,
        new=facts_of(conference),
    )
    parts = await conferences.parts(conference.id)
    for department_id in sorted(invited_of(parts)):
        await publish_event(
            conferences.session,
            kind=f"conference.{act.replace('-', '_')}",
            subject_type=SUBJECT,
            subject_id=conference.id,
            department_id=department_id,
            facts={
                "conference_number": conference.conference_number,
                "state": conference.state,
                "starts_at": conference.starts_at.isoformat(),
            },
            occurred_at=now,
        )


def move(conference: Conference, to: ConferenceState) -> None:
    """Change the state along the table of moves, and no other way."""
    if not may_move(conference.state, to):
        raise WrongConferenceState(
            f"会议目前“{conference.state.label}”，不能变为“{to.label}”。",
            article=conference.kind.article,
        )
    conference.state = to


def facts_of(conference: Conference) -> dict[str, object]:
    """What an audit row says of a conference."""
    return {
        "state": conference.state,
        "starts_at": conference.starts_at.isoformat(),
        "place": conference.place,
        "opinions_due_at": (
            conference.opinions_due_at.isoformat() if conference.opinions_due_at else None
        ),
        "version": conference.version,
    }


def invited_of(parts: Parts) -> set[UUID]:
    """The departments that are invited."""
    return {attendee.department_id for attendee, _ in parts.attendees}


def allowed_actions(conference: Conference, parts: Parts, caller: Caller) -> list[AllowedAction]:
    """Every command, and why those that the caller may not give now are not theirs to give."""
    invited = invited_of(parts)
    found = []
    for action in ConferenceAction:
        refusal = why_not(
            action,
            conference.kind,
            conference.state,
            invited=invited,
            has_minutes=parts.has_minutes,
            caller=caller,
        )
        found.append(AllowedAction.of(action, refusal))
    return found


def present_conference(
    conference: Conference, parts: Parts, *, caller: Caller, now: datetime
) -> ConferenceRead:
    """A conference as its caller sees it at this moment."""
    return ConferenceRead(
        id=conference.id,
        conference_number=conference.conference_number,
        kind=conference.kind,
        kind_label=conference.kind.label,
        state=conference.state,
        state_label=conference.state.label,
        name=conference.name,
        place=conference.place,
        starts_at=conference.starts_at,
        presided_by=conference.presided_by,
        documents=list(conference.documents),
        called_at=conference.called_at,
        called_by_name=conference.called_by_name,
        held_at=conference.held_at,
        recorded_by=conference.recorded_by,
        record=conference.record,
        opinion_days=conference.opinion_days,
        opinions_due_at=conference.opinions_due_at,
        attendees=[_present_attendee(attendee, name) for attendee, name in parts.attendees],
        matters=[
            MatterRead(
                id=matter.id,
                position=matter.position,
                subject=matter.subject,
                explanation=matter.explanation,
                case_id=matter.case_id,
                case_number=case_number,
                resolution=matter.resolution,
                opinions=_present_opinions(matter.id, parts, now),
            )
            for matter, case_number, _ in parts.matters
        ],
        minutes_number=conference.minutes_number,
        minutes_are_void=parts.has_minutes is False,
        concluded_at=conference.concluded_at,
        archived_at=conference.archived_at,
        archive_place=conference.archive_place,
        cancel_reason=conference.cancel_reason,
        allowed_actions=allowed_actions(conference, parts, caller),
        version=conference.version,
    )


def _present_attendee(attendee: ConferenceAttendee, department_name: str) -> AttendeeRead:
    return AttendeeRead(
        department_id=attendee.department_id,
        department_name=department_name,
        staff_id=attendee.staff_id,
        staff_name=attendee.staff_name,
        presence=attendee.presence,
        presence_label=attendee.presence.label,
        leave_reason=attendee.leave_reason,
        leave_asked_at=attendee.leave_asked_at,
        delegate_id=attendee.delegate_id,
        delegate_name=attendee.delegate_name,
        note=attendee.note,
    )


def _present_opinions(matter_id: UUID, parts: Parts, now: datetime) -> list[ConferenceOpinionRead]:
    by_department = {
        opinion.department_id: opinion
        for opinion in parts.opinions
        if opinion.matter_id == matter_id
    }
    return [
        _present_opinion(by_department[attendee.department_id], attendee, name, now)
        for attendee, name in parts.attendees
        if attendee.department_id in by_department
    ]


def _present_opinion(
    opinion: ConferenceOpinion, attendee: ConferenceAttendee, department_name: str, now: datetime
) -> ConferenceOpinionRead:
    state = standing(opinion.state, attendee.presence, due_at=opinion.due_at, now=now)
    is_deemed = state is OpinionState.DEEMED_AGREED
    return ConferenceOpinionRead(
        department_id=opinion.department_id,
        department_name=department_name,
        state=state,
        state_label=state.label,
        at_meeting=opinion.at_meeting,
        due_at=opinion.due_at,
        text=opinion.text,
        given_at=opinion.due_at if is_deemed else opinion.given_at,
        given_by_name=opinion.given_by_name,
        article=article_of_silence(attendee.presence) if is_deemed else None,
    )
