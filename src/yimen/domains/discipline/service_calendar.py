"""The days of an appeal follow the calendar (DISCIPLINE 十一, domain.md §3)."""

from datetime import datetime

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE
from yimen.core.outbox import publish_event
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, MovedDeadline
from yimen.domains.discipline.models import Appeal, DisciplinaryMeasure
from yimen.domains.discipline.repository import DisciplineRepository
from yimen.domains.discipline.service import APPEAL, appeal_last_day, decision_due_at
from yimen.domains.discipline.service_walking import MEASURE
from yimen.domains.rulebook.service import RulebookService


class AppealFollower:
    """Until when a measure can be appealed against, and until when an appeal is to be decided.

    The time to appeal is a right of whoever was told of it: a day that becomes a working day does
    not end it at a moment that has passed.
    """

    def __init__(
        self, discipline: DisciplineRepository, rulebook: RulebookService, now: datetime
    ) -> None:
        self.discipline = discipline
        self.rulebook = rulebook
        self.now = now

    async def moved(self, calendar: WorkCalendar) -> list[MovedDeadline]:
        decisions = [
            MovedDeadline(
                label="申辩的决定期限",
                subject_type=APPEAL,
                subject_id=appeal.id,
                number=appeal.appeal_number,
                old=appeal.due_at.astimezone(HALL_ZONE),
                new=due_at,
                is_past=due_at < self.now,
            )
            for appeal, _ in await self.discipline.undecided_appeals(to_change=False)
            if (due_at := self._decision_due_at(appeal, calendar)) != appeal.due_at
        ]
        rights = [
            MovedDeadline(
                label="提出申辩的期限",
                subject_type=MEASURE,
                subject_id=measure.id,
                number=measure.measure_number,
                old=measure.appeal_due_at.astimezone(HALL_ZONE),
                new=due_at,
                is_past=due_at < self.now,
            )
            for measure in await self.discipline.open_to_appeal(self.now, to_change=False)
            if measure.appeal_due_at is not None
            and (due_at := self._appeal_due_at(measure, calendar)) != measure.appeal_due_at
        ]
        return [*decisions, *rights]

    async def move(self, order: CalendarMove) -> list[MovedDeadline]:
        moved = await self.moved(order.calendar)
        for appeal, measure in await self.discipline.undecided_appeals(to_change=True):
            due_at = self._decision_due_at(appeal, order.calendar)
            if due_at != appeal.due_at:
                old, appeal.due_at = appeal.due_at, due_at
                appeal.version += 1
                await self._tell(order, appeal, measure, old, due_at)
        for measure in await self.discipline.open_to_appeal(self.now, to_change=True):
            due_at = self._appeal_due_at(measure, order.calendar)
            if measure.appeal_due_at is not None and due_at != measure.appeal_due_at:
                old, measure.appeal_due_at = measure.appeal_due_at, due_at
                measure.version += 1
                await self._tell(order, measure, measure, old, due_at)
        return moved

    def _decision_due_at(self, appeal: Appeal, calendar: WorkCalendar) -> datetime:
        return decision_due_at(appeal.filed_at, calendar, self.rulebook.edition_on)

    def _appeal_due_at(self, measure: DisciplinaryMeasure, calendar: WorkCalendar) -> datetime:
        last_day = appeal_last_day(measure, calendar, self.rulebook.edition_on)
        assert last_day is not None and measure.appeal_due_at is not None
        due_at = calendar.close_of_business(last_day.day)
        return measure.appeal_due_at if due_at < self.now else due_at

    async def _tell(
        self,
        order: CalendarMove,
        subject: Appeal | DisciplinaryMeasure,
        measure: DisciplinaryMeasure,
        old: datetime,
        new: datetime,
    ) -> None:
        session = self.discipline.session
        kind = APPEAL if isinstance(subject, Appeal) else MEASURE
        facts = {"due_at": new.isoformat(), "version": subject.version}
        await session.flush()
        await record_audit(
            session,
            caller=order.caller,
            action="discipline.move_deadline",
            subject_type=kind,
            subject_id=subject.id,
            old={"due_at": old.astimezone(HALL_ZONE).isoformat()},
            new={**facts, "reason": order.reason},
        )
        await publish_event(
            session,
            kind=f"{kind}.deadline_moved",
            subject_type=kind,
            subject_id=subject.id,
            department_id=measure.department_id,
            facts=facts,
            occurred_at=self.now,
        )
