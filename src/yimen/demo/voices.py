"""What the demo's applicants say of the hall, and the conferences its departments met in."""

import random
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller
from yimen.core.dependencies import Context
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.dependencies import open_conference_opinions
from yimen.domains.cases.enums import CaseState
from yimen.domains.cases.models import Case
from yimen.domains.cases.repository import CaseRepository
from yimen.domains.cases.service import Bench, CaseService
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.conferences.enums import ConferenceKind, Presence
from yimen.domains.conferences.repository import ConferenceRepository
from yimen.domains.conferences.schemas import (
    ArchiveCommand,
    AttendanceIn,
    ConcludeCommand,
    ConferenceCreate,
    ConferenceRead,
    HoldCommand,
    MatterIn,
    ResolutionIn,
)
from yimen.domains.conferences.service import ConferenceBench, ConferenceService
from yimen.domains.conferences.service_calling import CallingService
from yimen.domains.conferences.service_meeting import MeetingService
from yimen.domains.organisation.models import ChiefRepresentative
from yimen.domains.papers.dependencies import paper_service
from yimen.domains.ratings.dependencies import rating_desk
from yimen.domains.ratings.enums import Finding, RatingLevel
from yimen.domains.ratings.schemas import CloseCommand, ContactCommand
from yimen.domains.ratings.service import RatingService
from yimen.domains.rulebook.service import RulebookService

LEVELS = [
    *[RatingLevel.VERY_SATISFIED] * 12,
    *[RatingLevel.SATISFIED] * 5,
    *[RatingLevel.FAIR] * 2,
    RatingLevel.DISSATISFIED,
    RatingLevel.VERY_DISSATISFIED,
]
COMMENTS = {
    RatingLevel.VERY_SATISFIED: "一次办好，很方便。",
    RatingLevel.DISSATISFIED: "窗口等候时间太长。",
    RatingLevel.VERY_DISSATISFIED: "要补的材料没有一次讲清。",
}


class Voices:
    """The office at work in the demo's weeks."""

    def __init__(self, session: AsyncSession, context: Context, office: Caller) -> None:
        self.session = session
        self.context = context
        self.office = office
        self.now = context.clock().replace(microsecond=0)
        self.chance = random.Random(16)  # noqa: S311 - a demo that is the same each time

    async def add(self) -> None:
        """Ratings of finished cases, a regular conference in the archive, a joint one under way."""
        calendars = await calendar_service(self.session, RulebookService(), self.now)
        calendar = await calendars.current()
        await self._rate(calendar)
        await self._regular(calendar)
        await self._joint(calendar)

    async def _bench(self, now: datetime) -> Bench:
        rulebook = RulebookService()
        return Bench(
            cases=CaseRepository(self.session),
            catalog=open_catalog(self.session, self.office, now),
            calendars=await calendar_service(self.session, rulebook, now),
            rulebook=rulebook,
            papers=await paper_service(self.session),
            personal_data=self.context.personal_data,
            caller=self.office,
            now=now,
        )

    # Ratings

    async def _rate(self, calendar: WorkCalendar) -> None:
        finished = await self.session.scalars(
            sa.select(Case)
            .where(Case.state.in_([CaseState.GRANTED, CaseState.DELIVERED]))
            .order_by(Case.decided_at, Case.id)
        )
        for case in finished.all():
            assert case.decided_at is not None
            at = case.decided_at + timedelta(minutes=self.chance.randrange(20, 3000))
            if at >= self.now or self.chance.random() < 0.4:
                continue
            level = self.chance.choice(LEVELS)
            bench = await self._bench(at)
            desk = await rating_desk(self.session, bench.calendars, bench.rulebook, at)
            rating = await desk.take(case, level, COMMENTS.get(level))
            if rating.due_at is not None:
                await self._follow_up(rating.id, at, calendar)

    async def _follow_up(self, rating_id: UUID, at: datetime, calendar: WorkCalendar) -> None:
        heard_at = calendar.add_working_minutes(at, self.chance.randrange(60, 900))
        if heard_at >= self.now or self.chance.random() < 0.3:
            return
        ratings = await self._ratings(heard_at)
        rating = await ratings.contact(
            rating_id,
            1,
            ContactCommand(was_reached=True, note="申请人说明了情况，要求改进。"),
        )
        closed_at = calendar.add_working_minutes(heard_at, self.chance.randrange(200, 2500))
        if closed_at >= self.now:
            return
        ratings = await self._ratings(closed_at)
        await ratings.close(
            rating_id,
            rating.version,
            CloseCommand(
                finding=self.chance.choice(list(Finding)),
                reason="调阅了办件经过和窗口当天的情况。",
                answer="您反映的情况已经核实，窗口已经改进，感谢您的监督。",
            ),
        )

    async def _ratings(self, now: datetime) -> RatingService:
        bench = await self._bench(now)
        desk = await rating_desk(self.session, bench.calendars, bench.rulebook, now)
        return RatingService(desk, CaseService(bench), self.office)

    # Conferences

    async def _conferences(self, now: datetime) -> ConferenceService:
        bench = await self._bench(now)
        return ConferenceService(
            ConferenceBench(
                conferences=ConferenceRepository(self.session),
                cases=CaseService(bench),
                case_opinions=open_conference_opinions(self.session, self.office, now),
                calendars=bench.calendars,
                rulebook=bench.rulebook,
                caller=self.office,
                now=now,
            )
        )

    async def _regular(self, calendar: WorkCalendar) -> None:
        called_at = calendar.next_opening(self.now - timedelta(days=30))
        starts_at = calendar.add_working_minutes(called_at, 900)
        base = await self._conferences(called_at)
        conference = await CallingService(base).call(
            ConferenceCreate(
                kind=ConferenceKind.REGULAR,
                name="首席代表例会",
                starts_at=starts_at,
                place="中心三楼会议室",
                presided_by="中心主任岗",
                matters=[
                    MatterIn(subject="通报上月办件和考勤情况"),
                    MatterIn(subject="听取窗口工作人员的意见建议"),
                ],
                documents=["上月工作通报"],
            )
        )
        held_at = starts_at + timedelta(hours=2)
        conference = await self._hold(conference, held_at, absent=1)
        later = await self._conferences(held_at + timedelta(minutes=30))
        meeting = MeetingService(later)
        conference = await meeting.conclude(conference.id, conference.version, ConcludeCommand())
        await meeting.archive(
            conference.id, conference.version, ArchiveCommand(archive_place="会议卷第 1 号")
        )

    async def _joint(self, calendar: WorkCalendar) -> None:
        case = await self.session.scalar(
            sa.select(Case)
            .where(Case.state == CaseState.ACCEPTED, Case.due_at > self.now)
            .order_by(Case.accepted_at)
            .limit(1)
        )
        if case is None or case.accepted_at is None:
            return
        chiefs = await self.session.scalars(
            sa.select(ChiefRepresentative.department_id)
            .where(ChiefRepresentative.department_id != case.department_id)
            .order_by(ChiefRepresentative.id)
            .limit(2)
        )
        called_at = max(case.accepted_at, self.now - timedelta(days=3)) + timedelta(minutes=1)
        starts_at = calendar.add_working_minutes(called_at, 60)
        base = await self._conferences(called_at)
        conference = await CallingService(base).call(
            ConferenceCreate(
                kind=ConferenceKind.JOINT,
                name=f"{case.item_name}联席会议",
                starts_at=starts_at,
                place="中心二楼会议室",
                presided_by="中心主任岗",
                matters=[MatterIn(subject="项目涉及多个部门，研究是否同意", case_id=case.id)],
                department_ids=list(chiefs),
            )
        )
        if starts_at + timedelta(hours=2) < self.now:
            await self._hold(conference, starts_at + timedelta(hours=2), absent=1)

    async def _hold(
        self, conference: ConferenceRead, at: datetime, *, absent: int
    ) -> ConferenceRead:
        away = [attendee.department_id for attendee in conference.attendees][:absent]
        wish = HoldCommand(
            recorded_by=self.office.name,
            record="与会单位逐项研究了议题。",
            attendance=[
                AttendanceIn(
                    department_id=attendee.department_id,
                    presence=(
                        Presence.ABSENT if attendee.department_id in away else Presence.ATTENDED
                    ),
                )
                for attendee in conference.attendees
            ],
            resolutions=[
                ResolutionIn(matter=matter.position, resolution="会议要求各单位按职责抓紧落实。")
                for matter in conference.matters
            ],
        )
        base = await self._conferences(at)
        return await MeetingService(base).hold(conference.id, conference.version, wish)
