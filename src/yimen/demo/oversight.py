"""The demo's complaints, what the records propose, one measure under appeal, a star."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.demo.scene import Scene
from yimen.domains.accounts.models import Account
from yimen.domains.awards.enums import StarKind
from yimen.domains.awards.repository import AwardRepository
from yimen.domains.awards.schemas import ChooseCommand, NominationCreate, ViewCommand
from yimen.domains.awards.service_stars import StarService
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.complaints.enums import ComplaintChannel, ComplaintFinding
from yimen.domains.complaints.repository import ComplaintRepository
from yimen.domains.complaints.schemas import (
    AcceptCommand,
    AnswerCommand,
    ComplaintCreate,
    FindCommand,
    InvestigateCommand,
    PublicComplaintCreate,
)
from yimen.domains.complaints.service import ComplaintDesk, ComplaintService
from yimen.domains.complaints.service_public import PublicComplaintService
from yimen.domains.complaints.service_steps import ComplaintStepService
from yimen.domains.discipline.enums import MeasureKind
from yimen.domains.discipline.jobs import search_records
from yimen.domains.discipline.repository import DisciplineRepository
from yimen.domains.discipline.schemas import (
    AppealCreate,
    ConfirmCommand,
    ProposalCreate,
    ReceiveCommand,
    TalkCommand,
    TellCommand,
)
from yimen.domains.discipline.service import DisciplineDesk, MeasureService
from yimen.domains.discipline.service_appeals import AppealService
from yimen.domains.discipline.service_proposals import ProposalService
from yimen.domains.discipline.service_steps import MeasureStepService
from yimen.domains.organisation.models import StaffMember
from yimen.domains.organisation.repository import OrganisationRepository
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.dependencies import paper_service
from yimen.domains.rulebook.dependencies import rulebook_service

MINUTES_A_DAY = 480
QUARTER_MONTHS = 3


class Oversight(Scene):
    """The office at work on its own hall; each act at a past moment, by the services themselves."""

    def __post_init__(self) -> None:
        self.blamed, self.objecting, self.praised = self.window_clerks[:3]

    async def add(self) -> None:
        """Complaints in every stage, a measure that was appealed against, the quarter's star."""
        rulebook = await rulebook_service()
        calendar = await (await calendar_service(self.session, rulebook, self.now)).current()
        days = [self._ago(calendar, number) for number in (9, 7, 6, 5, 4, 3, 2, 1)]
        await self._complaints(days)
        await self._measure(days)
        await self._star(days[-1])
        await search_records(self.session, self.now)

    def _ago(self, calendar: WorkCalendar, working_days: int) -> datetime:
        """The same time of day, so many working days ago; in office hours."""
        day = hall_day(self.now)
        while calendar.count_working_days(day, hall_day(self.now)) < working_days:
            day -= timedelta(days=1)
        return calendar.close_of_business(day) - timedelta(hours=1)

    def _hall(self, caller: Caller, now: datetime) -> OrganisationService:
        return OrganisationService(OrganisationRepository(self.session), caller=caller, now=now)

    # Complaints

    async def _complaint_steps(self, now: datetime) -> ComplaintStepService:
        rulebook = await rulebook_service()
        desk = ComplaintDesk(
            ComplaintRepository(self.session),
            await calendar_service(self.session, rulebook, now),
            rulebook,
            self.context.personal_data,
            now,
        )
        base = ComplaintService(desk, self._hall(self.office, now), self.office)
        return ComplaintStepService(base)

    async def _complaints(self, days: Sequence[datetime]) -> None:
        found = await self._investigated(
            days, "咨询时被推诿", ComplaintChannel.PHONE, self.blamed.staff_id
        )
        steps = await self._complaint_steps(days[3])
        decided = await steps.find(
            found,
            3,
            FindCommand(
                finding=ComplaintFinding.SUBSTANTIATED,
                reason="调看录像，当日确有该情形。",
                statement="当时在办另一件，承认没有说清找谁。",
            ),
        )
        steps = await self._complaint_steps(days[4])
        await steps.answer(
            decided.id,
            decided.version,
            AnswerCommand(
                answer="您反映的情况属实，已责成改正，向您致歉。", answered_how="电话答复并邮寄"
            ),
        )
        await self._investigated(days[2:], "等候时间过长", ComplaintChannel.BOX, None)
        desk = (await self._complaint_steps(days[-1])).desk
        await PublicComplaintService(desk).complain(
            PublicComplaintCreate(
                summary="午间窗口无人", content="中午一点到大厅，两个窗口都没有人。"
            )
        )

    async def _investigated(
        self,
        days: Sequence[datetime],
        summary: str,
        channel: ComplaintChannel,
        staff_id: UUID | None,
    ) -> UUID:
        assert self.office.staff_id is not None
        steps = await self._complaint_steps(days[0])
        complaint = await steps.base.register(
            ComplaintCreate(
                channel=channel,
                summary=summary,
                content="投诉人反映的具体经过，加密保存，只有经办的人凭事由查看。",
                complainant_name="示例投诉人",
                complainant_phone="13900000000",
                window_id=self.blamed.window_ids[0],
                staff_id=staff_id,
            )
        )
        steps = await self._complaint_steps(days[1])
        await steps.accept(complaint.id, 1, AcceptCommand(note="属服务质量问题"))
        wish = InvestigateCommand(investigator_id=self.office.staff_id)
        await steps.investigate(complaint.id, 2, wish)
        return complaint.id

    # A measure

    async def _desk(self, caller: Caller, now: datetime) -> DisciplineDesk:
        rulebook = await rulebook_service()
        return DisciplineDesk(
            discipline=DisciplineRepository(self.session),
            calendars=await calendar_service(self.session, rulebook, now),
            rulebook=rulebook,
            hall=self._hall(caller, now),
            papers=await paper_service(self.session),
            caller=caller,
            now=now,
        )

    async def _measure(self, days: Sequence[datetime]) -> None:
        desk = await self._desk(self.office, days[3])
        measures = MeasureService(desk)
        proposals = ProposalService(desk, measures)
        proposal = await proposals.propose(
            ProposalCreate(
                ground_code="timelimit.06",
                staff_id=self.objecting.staff_id,
                day=hall_day(days[2]),
                text="交办的窗口月报逾期三天",
            )
        )
        measure = await proposals.confirm(
            proposal.id,
            proposal.version,
            ConfirmCommand(
                reason="两次催办未交",
                statement="交办的窗口月报未在规定的时限内办结。",
                kind=MeasureKind.ADMONITION,
            ),
        )
        steps = MeasureStepService(MeasureService(await self._desk(self.office, days[4])))
        talk = TalkCommand(talked_by=self.office.name, note="指出问题，本人表示改正。")
        await steps.talk(measure.id, 1, talk)
        await steps.issue(measure.id, 2)
        day = hall_day(days[4])
        await steps.receive(measure.id, 3, ReceiveCommand(received_on=day, received_how="本人签收"))
        await steps.tell_department(measure.id, 4, TellCommand(told_on=day))
        objecting = await self._desk(self.objecting, days[5])
        appeals = AppealService(MeasureStepService(MeasureService(objecting)))
        await appeals.file(measure.id, 5, AppealCreate(text="当周请假，月报由顶岗人员负责。"))

    # A star

    async def _star(self, now: datetime) -> None:
        assert self.praised.staff_id is not None
        day = hall_day(now)
        last_quarter = (day.replace(day=1) - timedelta(days=31 * QUARTER_MONTHS)).replace(day=1)
        hall = self._hall(self.praised, now)
        awards = AwardRepository(self.session)
        star = await StarService(awards, hall, self.praised, now).nominate(
            NominationCreate(
                year=last_quarter.year,
                quarter=(last_quarter.month - 1) // QUARTER_MONTHS + 1,
                kind=StarKind.SERVICE_STAR,
                window_id=self.praised.window_ids[0],
                staff_id=self.praised.staff_id,
                reason="主动帮办，群众评价好。",
            )
        )
        viewing = StarService(awards, hall, self.office, now)
        await viewing.view(star.id, 1, ViewCommand(view="季度考评靠前，建议评定。"))
        director = await self._director()
        choosing = StarService(awards, hall, director, now)
        await choosing.choose(star.id, 2, ChooseCommand(choose=True, reason="集体研究同意。"))

    async def _director(self) -> Caller:
        account, name = (
            await self.session.execute(
                sa.select(Account, StaffMember.name)
                .join(StaffMember, StaffMember.id == Account.staff_id)
                .where(Account.role == Role.DIRECTOR)
                .order_by(Account.id)
                .limit(1)
            )
        ).one()
        return Caller(
            account_id=account.id,
            session_id=account.id,
            username=account.username,
            role=Role.DIRECTOR,
            staff_id=account.staff_id,
            staff_name=name,
            department_id=None,
            window_ids=(),
        )
