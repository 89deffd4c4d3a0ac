"""A conference that has met: who came, what was said then and later, minutes, archive."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, FieldProblem, InvalidInput
from yimen.core.numbering import take_numbers
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.enums import OpinionState
from yimen.domains.cases.service_joint import ConferenceOpinions, DeemedAlready
from yimen.domains.conferences.enums import (
    PRESENT,
    ConferenceAction,
    ConferenceKind,
    ConferenceState,
    Presence,
)
from yimen.domains.conferences.models import Conference, ConferenceAttendee, ConferenceOpinion
from yimen.domains.conferences.repository import AgendaLine, ConferenceRepository, Parts
from yimen.domains.conferences.rules import CENTRE, say_presence, say_silence, standing
from yimen.domains.conferences.schemas import (
    ArchiveCommand,
    AttendanceIn,
    ConcludeCommand,
    ConferenceRead,
    HoldCommand,
    OpinionCommand,
    ReissueCommand,
    ResolutionIn,
    StatementIn,
)
from yimen.domains.conferences.service import (
    SUBJECT,
    ConferenceService,
    facts_of,
    move,
    tell_conference,
)
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.rules import (
    AttendeeLine,
    ConferenceFacts,
    Issue,
    MatterLine,
    conference_minutes,
)
from yimen.domains.papers.service import paper_values


class NotYetStarted(Conflict):
    code = "conference_not_started"
    title = "会议还没有到开始时间，不能登记会议情况。"


class HeldInFuture(InvalidInput):
    code = "conference_held_in_future"
    title = "开会时间不能晚于现在。"


class AttendanceIncomplete(InvalidInput):
    code = "attendance_incomplete"
    title = "请逐一登记所有受邀单位的到会情况。"


class NoDelegateNamed(InvalidInput):
    code = "no_delegate_named"
    title = "该单位会前没有委托他人参会，不能登记为委托出席。"


class ReasonMissing(InvalidInput):
    code = "absence_reason_missing"
    title = "没有事先请假的，登记为有特殊情况须写明情况。"


class SpeakerAbsent(InvalidInput):
    code = "speaker_absent"
    title = "未到会的单位不能登记会上意见，其意见由首席代表会后提出。"


class UnknownMatter(InvalidInput):
    code = "unknown_matter"
    title = "没有这个议题，请核对议题序号。"


class NoOpinionSought(Conflict):
    code = "no_opinion_sought"
    title = "本议题不征求贵单位意见。"


class OpinionsAwaited(Conflict):
    code = "conference_opinions_awaited"
    title = "还有单位的会后意见没有到期，暂不能出具会议纪要。"


class ResolutionMissing(InvalidInput):
    code = "resolution_missing"
    title = "请为每个议题填写会议意见，再出具纪要。"


class MeetingService:
    """Acts on a conference from its meeting on."""

    def __init__(self, base: ConferenceService) -> None:
        self.base = base
        self.bench = base.bench
        self.conferences = base.conferences
        self.caller = base.caller
        self.now = base.now

    async def hold(self, conference_id: UUID, seen: int, wish: HoldCommand) -> ConferenceRead:
        """Take down who came and what was said; whoever has not spoken may do so in the days set.

        The days run from this entry, not from the meeting: now the absent can know of it.
        """
        # the calendar before any row, as everybody who reckons with it does
        calendar = await self.bench.calendars.hold()
        conference, parts = await self.base.begin(conference_id, seen, ConferenceAction.HOLD)
        if self.now < conference.starts_at:
            raise NotYetStarted(article="JOINT 四")
        held_at = wish.held_at or conference.starts_at
        if held_at > self.now:
            raise HeldInFuture
        old = facts_of(conference)
        self._take_attendance(parts, wish.attendance)
        _take_resolutions(parts, wish.resolutions)
        statements = self._statements(conference, parts, wish.opinions)
        conference.held_at = held_at
        conference.recorded_at = self.now
        conference.recorded_by = wish.recorded_by
        conference.record = wish.record
        move(conference, ConferenceState.HELD)
        if conference.kind is ConferenceKind.JOINT:
            await self._take_opinions(conference, parts, statements, calendar)
        await self.base.tell(conference, "hold", old=old)
        return await self.base.present(conference)

    def _take_attendance(self, parts: Parts, lines: Sequence[AttendanceIn]) -> None:
        attendees = {attendee.department_id: attendee for attendee, _ in parts.attendees}
        if len(lines) != len(attendees) or {line.department_id for line in lines} != set(attendees):
            missing = [
                name
                for attendee, name in parts.attendees
                if attendee.department_id not in {line.department_id for line in lines}
            ]
            told = (
                f"还没有登记：{'、'.join(missing)}。" if missing else "有的单位重复或者没有受邀。"
            )
            raise AttendanceIncomplete(told, article="JOINT 四")
        for place, line in enumerate(lines):
            attendee = attendees[line.department_id]
            where = f"/attendance/{place}/presence"
            if line.presence is Presence.DELEGATED and attendee.delegate_id is None:
                raise NoDelegateNamed(
                    article="JOINT 五",
                    errors=[FieldProblem(where, NoDelegateNamed.code, NoDelegateNamed.title)],
                )
            needs_reason = line.presence is Presence.EXCUSED and attendee.leave_reason is None
            if needs_reason and line.note is None:
                raise ReasonMissing(
                    article="MGMT 十六",
                    errors=[FieldProblem(where, ReasonMissing.code, ReasonMissing.title)],
                )
            attendee.presence = line.presence
            attendee.note = line.note

    def _statements(
        self, conference: Conference, parts: Parts, lines: Sequence[StatementIn]
    ) -> dict[tuple[int, UUID], StatementIn]:
        attendees = {attendee.department_id: attendee for attendee, _ in parts.attendees}
        positions = {line.matter.position for line in parts.matters}
        for place, line in enumerate(lines):
            if line.matter not in positions or conference.kind is ConferenceKind.REGULAR:
                where = f"/opinions/{place}/matter"
                raise UnknownMatter(
                    errors=[FieldProblem(where, UnknownMatter.code, UnknownMatter.title)]
                )
            attendee = attendees.get(line.department_id)
            if attendee is None or attendee.presence not in PRESENT:
                where = f"/opinions/{place}/department_id"
                raise SpeakerAbsent(
                    errors=[FieldProblem(where, SpeakerAbsent.code, SpeakerAbsent.title)]
                )
        return {(line.matter, line.department_id): line for line in lines}

    async def _take_opinions(
        self,
        conference: Conference,
        parts: Parts,
        statements: dict[tuple[int, UUID], StatementIn],
        calendar: WorkCalendar,
    ) -> None:
        due_at = calendar.due_at(self.now, conference.opinion_days).at
        conference.opinions_due_at = due_at
        for line in _by_case(parts):
            for attendee, name in parts.attendees:
                if attendee.department_id == line.lead_department_id:
                    continue
                said = statements.get((line.matter.position, attendee.department_id))
                opinion = ConferenceOpinion(
                    id=new_id(),
                    conference_id=conference.id,
                    matter_id=line.matter.id,
                    department_id=attendee.department_id,
                    state=OpinionState.ASKED,
                    at_meeting=said is not None,
                    due_at=due_at,
                )
                self.conferences.session.add(opinion)
                if said is not None:
                    speaker = (
                        attendee.delegate_name
                        if attendee.presence is Presence.DELEGATED
                        else attendee.staff_name
                    )
                    assert conference.held_at is not None
                    _speak(
                        opinion,
                        agrees=said.agrees,
                        text=said.text,
                        at=conference.held_at,
                        by=speaker or name,
                    )
                    await self._give_in_case(line, opinion)
                elif line.matter.case_id is not None and attendee.presence is not Presence.EXCUSED:
                    await self.bench.case_opinions.ask(
                        line.matter.case_id,
                        attendee.department_id,
                        department_name=name,
                        question=line.matter.subject,
                        working_days=conference.opinion_days,
                        due_at=due_at,
                    )

    async def _give_in_case(self, line: AgendaLine, opinion: ConferenceOpinion) -> None:
        if line.matter.case_id is None:
            return
        assert opinion.given_at is not None and opinion.given_by_name is not None
        await self.bench.case_opinions.give(
            line.matter.case_id,
            opinion.department_id,
            agrees=opinion.state is OpinionState.AGREED,
            text=opinion.text or "",
            given_at=opinion.given_at,
            given_by_name=opinion.given_by_name,
            question=line.matter.subject,
        )

    async def give_opinion(
        self, conference_id: UUID, seen: int, wish: OpinionCommand
    ) -> ConferenceRead:
        """A chief representative speaks after the conference; until the minutes are out, anew.

        Raises UnknownMatter, NoOpinionSought, DeemedAlready.
        """
        conference, _ = await self.base.begin(conference_id, seen, ConferenceAction.GIVE_OPINION)
        old = facts_of(conference)
        await self._settle(conference)
        parts = await self.conferences.parts(conference.id)
        line = next((one for one in parts.matters if one.matter.position == wish.matter), None)
        if line is None:
            raise UnknownMatter
        opinion = next(
            (
                one
                for one in parts.opinions
                if one.matter_id == line.matter.id
                and one.department_id == self.caller.department_id
            ),
            None,
        )
        if opinion is None:
            raise NoOpinionSought(article="MGMT 十六")
        if opinion.state is OpinionState.DEEMED_AGREED:
            raise DeemedAlready(article="MGMT 十六")
        opinion.at_meeting = False
        _speak(opinion, agrees=wish.agrees, text=wish.text, at=self.now, by=self.caller.name)
        await self._give_in_case(line, opinion)
        await self.base.tell(conference, "give-opinion", old=old)
        return await self.base.present(conference)

    async def conclude(
        self, conference_id: UUID, seen: int, wish: ConcludeCommand
    ) -> ConferenceRead:
        """Issue the minutes when everybody has spoken or had the time to (MGMT 十六, JOINT 四).

        Raises OpinionsAwaited, UnknownMatter, ResolutionMissing.
        """
        conference, _ = await self.base.begin(conference_id, seen, ConferenceAction.CONCLUDE)
        old = facts_of(conference)
        await self._settle(conference)
        parts = await self.conferences.parts(conference.id)
        self._require_opinions(parts)
        _take_resolutions(parts, wish.resolutions)
        if any(line.matter.resolution is None for line in parts.matters):
            raise ResolutionMissing(article=conference.kind.article)
        conference.minutes_number = await self._issue_minutes(conference, parts)
        conference.concluded_at = self.now
        move(conference, ConferenceState.CONCLUDED)
        await self.base.tell(conference, "conclude", old=old)
        return await self.base.present(conference)

    async def reissue_minutes(
        self, conference_id: UUID, seen: int, wish: ReissueCommand
    ) -> ConferenceRead:
        """Issue minutes in place of void ones, with what was wrong in them set right (JOINT 四).

        Raises MinutesInForce, UnknownMatter.
        """
        conference, parts = await self.base.begin(
            conference_id, seen, ConferenceAction.REISSUE_MINUTES
        )
        old = facts_of(conference)
        _take_resolutions(parts, wish.resolutions)
        conference.minutes_number = await self._issue_minutes(
            conference, parts, replaces=conference.minutes_number
        )
        await self.base.tell(conference, "reissue-minutes", old=old)
        return await self.base.present(conference)

    def _require_opinions(self, parts: Parts) -> None:
        names = {attendee.department_id: name for attendee, name in parts.attendees}
        awaited = sorted(
            {
                names[opinion.department_id]
                for opinion in parts.opinions
                if opinion.state is OpinionState.ASKED and self.now <= opinion.due_at
            }
        )
        if awaited:
            raise OpinionsAwaited(
                f"{'、'.join(awaited)}的会后意见尚未提出，期限也没有到。", article="MGMT 十六"
            )

    async def _issue_minutes(
        self, conference: Conference, parts: Parts, *, replaces: str | None = None
    ) -> str:
        assert conference.held_at is not None and conference.recorded_by is not None
        kind = PaperKind.CONFERENCE_MINUTES
        numbers = await take_numbers(self.conferences.session, [kind.series], hall_day(self.now))
        case_numbers = [line.case_number for line in parts.matters if line.case_number]
        body = conference_minutes(
            ConferenceFacts(
                name=conference.name,
                held_at=conference.held_at.astimezone(HALL_ZONE),
                place=conference.place,
                presided_by=conference.presided_by,
                recorded_by=conference.recorded_by,
                centre_name=CENTRE,
            ),
            attendees=[
                AttendeeLine(
                    name,
                    attendee.staff_name or "（未派首席代表）",
                    say_presence(attendee.presence, attendee.delegate_name),
                )
                for attendee, name in parts.attendees
            ],
            matters=[
                MatterLine(
                    line.matter.subject,
                    _with_opinions(line.matter.resolution or "", line, parts),
                )
                for line in parts.matters
            ],
            deemed_to_agree=_deemed_by_absence(parts),
            case_number="、".join(case_numbers) or None,
            replaces=replaces,
        )
        body = replace(body, article=conference.kind.article)
        issue = Issue(kind, numbers[kind.series], body, self.now)
        await self.conferences.write_paper(
            paper_values(
                issue,
                paper_id=new_id(),
                subject_type=SUBJECT,
                subject_id=conference.id,
                department_id=None,
                window_id=None,
                issued_by_name=self.caller.name,
            )
        )
        return issue.number

    async def archive(self, conference_id: UUID, seen: int, wish: ArchiveCommand) -> ConferenceRead:
        """Put the conference's papers away; nothing of it changes any more (JOINT 四)."""
        conference, _ = await self.base.begin(conference_id, seen, ConferenceAction.ARCHIVE)
        old = facts_of(conference)
        move(conference, ConferenceState.ARCHIVED)
        conference.archived_at = self.now
        conference.archive_place = wish.archive_place
        await self.base.tell(conference, "archive", old=old)
        return await self.base.present(conference)

    async def _settle(self, conference: Conference) -> None:
        await settle_conference(
            conference,
            conferences=self.conferences,
            case_opinions=self.bench.case_opinions,
            now=self.now,
        )


async def settle_conference(
    conference: Conference,
    *,
    conferences: ConferenceRepository,
    case_opinions: ConferenceOpinions,
    now: datetime,
) -> None:
    """Bring a locked conference up to date: opinions given in the case, and silence (MGMT 十六)."""
    old = facts_of(conference)
    changed = False
    for opinion, given in await conferences.given_in_cases(conference.id):
        opinion.state, opinion.text = given.state, given.text
        opinion.given_at, opinion.given_by_name = given.given_at, given.given_by_name
        changed = True
    parts = await conferences.parts(conference.id)
    attendees = {attendee.department_id: (attendee, name) for attendee, name in parts.attendees}
    cases = {line.matter.id: line.matter.case_id for line in parts.matters}
    for opinion in parts.opinions:
        attendee, name = attendees[opinion.department_id]
        state = standing(opinion.state, attendee.presence, due_at=opinion.due_at, now=now)
        if state is opinion.state:
            continue
        opinion.state = state
        opinion.given_at = opinion.due_at
        changed = True
        case_id = cases[opinion.matter_id]
        if case_id is not None:
            await case_opinions.deem(
                case_id, opinion.department_id, department_name=name, due_at=opinion.due_at
            )
    if changed:
        conference.version += 1
        await conferences.session.flush()
        await tell_conference(
            conferences, conference, "opinion-deemed", caller=None, now=now, old=old
        )


def _speak(opinion: ConferenceOpinion, *, agrees: bool, text: str, at: datetime, by: str) -> None:
    opinion.state = OpinionState.AGREED if agrees else OpinionState.OBJECTED
    opinion.text = text
    opinion.given_at = at
    opinion.given_by_name = by


def _by_case(parts: Parts) -> list[AgendaLine]:
    """The agenda in the order of its cases, so that two conferences lock them alike."""
    return sorted(parts.matters, key=lambda line: (str(line.matter.case_id), line.matter.position))


def _take_resolutions(parts: Parts, lines: Sequence[ResolutionIn]) -> None:
    matters = {line.matter.position: line.matter for line in parts.matters}
    for place, line in enumerate(lines):
        if line.matter not in matters:
            where = f"/resolutions/{place}/matter"
            raise UnknownMatter(
                errors=[FieldProblem(where, UnknownMatter.code, UnknownMatter.title)]
            )
        matters[line.matter].resolution = line.resolution


def _deemed_by_absence(parts: Parts) -> list[str]:
    """Departments that neither came nor spoke on some matter, by name."""
    deemed = {
        opinion.department_id
        for opinion in parts.opinions
        if opinion.state is OpinionState.DEEMED_AGREED
    }
    return [
        name
        for attendee, name in parts.attendees
        if attendee.presence is Presence.ABSENT and attendee.department_id in deemed
    ]


def _with_opinions(resolution: str, line: AgendaLine, parts: Parts) -> str:
    """A resolution, and under it who said what; silence under its own name."""
    said = [
        f"{name}{_say_opinion(opinion, attendee)}"
        for attendee, name in parts.attendees
        for opinion in parts.opinions
        if opinion.matter_id == line.matter.id and opinion.department_id == attendee.department_id
    ]
    closed = resolution if resolution.endswith(("。", "！", "？")) else f"{resolution}。"
    return f"{closed}各单位意见：{'；'.join(said)}。" if said else closed


def _say_opinion(opinion: ConferenceOpinion, attendee: ConferenceAttendee) -> str:
    text = f"（{opinion.text}）" if opinion.text else ""
    match opinion.state:
        case OpinionState.AGREED | OpinionState.OBJECTED:
            return f"{opinion.state.label}{text}"
        case OpinionState.DEEMED_AGREED:
            return f"视为同意（{say_silence(attendee.presence)}）"
        case OpinionState.ASKED:
            return "有特殊情况未参加，未提出意见"
