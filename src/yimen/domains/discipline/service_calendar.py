"""The days of an appeal follow the calendar (DISCIPLINE 十一, domain.md §3)."""

from datetime import datetime

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE
from yimen.core.outbox import publish_event
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.service_calendar import CalendarMove, DeadlineFollower, MovedDeadline
from yimen.domains.discipline.models import Appeal, DisciplinaryMeasure
from yimen.domains.discipline.repository import DisciplineRepository
from yimen.domains.discipline.service import APPEAL, appeal_last_day, decision_due_at
from yimen.domains.discipline.service_walking import MEASURE
from yimen.domains.rulebook.service import RulebookService

_Held = tuple[Appeal | DisciplinaryMeasure, DisciplinaryMeasure]
"""Whose the deadline is, and the measure that it is about."""


class AppealFollower(DeadlineFollower[_Held]):
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

    async def _moving(
        self, calendar: WorkCalendar, *, to_change: bool
    ) -> list[tuple[MovedDeadline, _Held]]:
        found: list[tuple[MovedDeadline, _Held]] = []
        for appeal, measure in await self.discipline.undecided_appeals(to_change=to_change):
            due_at = self._decision_due_at(appeal, calendar)
            if due_at != appeal.due_at:
                line = self._line("申辩的决定期限", appeal, appeal.due_at, due_at)
                found.append((line, (appeal, measure)))
        for measure in await self.discipline.open_to_appeal(self.now, to_change=to_change):
            due_at = self._appeal_due_at(measure, calendar)
            if measure.appeal_due_at is not None and due_at != measure.appeal_due_at:
                line = self._line("提出申辩的期限", measure, measure.appeal_due_at, due_at)
                found.append((line, (measure, measure)))
        return found

    async def _move(self, order: CalendarMove, line: MovedDeadline, held: _Held) -> None:
        subject, measure = held
        if isinstance(subject, Appeal):
            subject.due_at = line.new
        else:
            subject.appeal_due_at = line.new
        subject.version += 1
        await self._tell(order, line, subject.version, measure)

    def _line(
        self, label: str, subject: Appeal | DisciplinaryMeasure, old: datetime, new: datetime
    ) -> MovedDeadline:
        if isinstance(subject, Appeal):
            kind, number = APPEAL, subject.appeal_number
        else:
            kind, number = MEASURE, subject.measure_number
        return MovedDeadline(
            label=label,
            subject_type=kind,
            subject_id=subject.id,
            number=number,
            old=old.astimezone(HALL_ZONE),
            new=new,
            is_past=new < self.now,
        )

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
        line: MovedDeadline,
        version: int,
        measure: DisciplinaryMeasure,
    ) -> None:
        session = self.discipline.session
        facts = {"due_at": line.new.isoformat(), "version": version}
        await session.flush()
        await record_audit(
            session,
            caller=order.caller,
            action="discipline.move_deadline",
            subject_type=line.subject_type,
            subject_id=line.subject_id,
            old={"due_at": line.old.isoformat()},
            new={**facts, "reason": order.reason},
        )
        await publish_event(
            session,
            kind=f"{line.subject_type}.deadline_moved",
            subject_type=line.subject_type,
            subject_id=line.subject_id,
            department_id=measure.department_id,
            facts=facts,
            occurred_at=self.now,
        )
