"""The demo's scores: one month sealed, with an amendment proposed; one published; one running.

Two articles of the month before were adopted, one of them by the prefecture, with an instruction.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.dependencies import Context
from yimen.domains.news.enums import Level, MeritKind
from yimen.domains.news.repository import NewsRepository
from yimen.domains.news.schemas_records import MeritCreate
from yimen.domains.news.service_records import MeritService
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.models import Department, StaffMember, Window, WindowService
from yimen.domains.organisation.repository import OrganisationRepository
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.scoring.dependencies import posting_of_the_clock
from yimen.domains.scoring.enums import RecordKind, SubjectKind
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.schemas_months import AmendmentCreate
from yimen.domains.scoring.schemas_records import RecordCreate
from yimen.domains.scoring.service_amending import AmendmentService
from yimen.domains.scoring.service_months import MonthService
from yimen.domains.scoring.service_records import RecordService


class Scores:
    """The office at its scores."""

    def __init__(self, session: AsyncSession, context: Context, office: Caller) -> None:
        self.session = session
        self.office = office
        self.now: datetime = context.clock().replace(microsecond=0)

    async def add(self) -> None:
        """Enter some records, then keep the months one after the other."""
        this = hall_day(self.now).replace(day=1)
        last = (this - timedelta(days=1)).replace(day=1)
        before = (last - timedelta(days=1)).replace(day=1)
        windows = list(
            await self.session.scalars(
                sa.select(Window.id)
                .join(Department, Department.id == Window.department_id)
                .where(Department.kind == DepartmentKind.DEPARTMENT)
                .order_by(Window.number)
            )
        )
        people = list(
            await self.session.scalars(
                sa.select(StaffMember.id)
                .join(WindowService, WindowService.staff_id == StaffMember.id)
                .order_by(StaffMember.staff_number)
                .limit(3)
            )
        )
        articles: list[UUID] = []
        for month in (before, last):
            for place, window_id in enumerate(windows):
                if place % 4 != 0:
                    for title in ("窗口信息两篇之一", "窗口信息两篇之二"):
                        articles.append(
                            await self._enter(RecordKind.ARTICLE, month, window_id, title)
                        )
                if place % 3 != 0:
                    await self._enter(RecordKind.LEADER_VISIT, month, window_id, "分管领导到窗口")
        await self._adopt(before, articles, await self._somebody_at(windows[1]))
        await self._praise(last, people[0], "群众送来锦旗")
        posting = await posting_of_the_clock(self.session, self.now)
        months = MonthService(ScoreRepository(self.session), posting, self.office, self.now)
        for month in (before, last):
            await months.open(month)
            await months.close(month, (await months.find(month)).version)
        await months.seal(before, (await months.find(before)).version)
        await self._praise(before, people[-1], "补登：帮老人代办业务")
        amending = AmendmentService(months, self.office, self.now)
        await amending.propose(before, AmendmentCreate(reason="封存后补登一次表扬"))
        await posting.catch_up()

    async def _enter(self, kind: RecordKind, month: date, window_id: UUID, title: str) -> UUID:
        record = await self._records().enter(
            RecordCreate(
                kind=kind,
                day=month + timedelta(days=9),
                subject_kind=SubjectKind.WINDOW,
                subject_id=window_id,
                title=title,
            )
        )
        return record.id

    async def _somebody_at(self, window_id: UUID) -> UUID:
        found = await self.session.scalars(
            sa.select(WindowService.staff_id).where(WindowService.window_id == window_id).limit(1)
        )
        return found.one()

    async def _adopt(self, month: date, articles: list[UUID], author_id: UUID) -> None:
        merits = MeritService(NewsRepository(self.session), self._hall(), self.office, self.now)
        adoption, instruction = MeritKind.ADOPTION, MeritKind.INSTRUCTION
        for article_id, kind, level, source in (
            (articles[0], adoption, Level.CENTRE, "县行政服务中心"),
            (articles[1], adoption, Level.PREFECTURE, "州政务服务简报"),
            (articles[1], instruction, Level.PREFECTURE, "州政府主要领导"),
        ):
            await merits.record(
                MeritCreate(
                    article_id=article_id,
                    kind=kind,
                    level=level,
                    day=month + timedelta(days=15),
                    source=source,
                    author_id=author_id if article_id == articles[1] else None,
                )
            )

    async def _praise(self, month: date, staff_id: UUID, title: str) -> None:
        await self._records().enter(
            RecordCreate(
                kind=RecordKind.COMMENDATION,
                day=month + timedelta(days=11),
                subject_kind=SubjectKind.STAFF,
                subject_id=staff_id,
                title=title,
            )
        )

    def _hall(self) -> OrganisationService:
        return OrganisationService(
            OrganisationRepository(self.session), caller=self.office, now=self.now
        )

    def _records(self) -> RecordService:
        return RecordService(ScoreRepository(self.session), self._hall(), self.office, self.now)
