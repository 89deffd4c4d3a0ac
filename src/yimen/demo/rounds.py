"""The demo's inspections: a window with its cap full, forbidden words, a guard on his round."""

from dataclasses import replace
from datetime import date, timedelta

from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.demo.scene import Scene
from yimen.domains.inspections.dependencies import inspections_of_the_clock
from yimen.domains.inspections.enums import SubjectKind
from yimen.domains.inspections.schemas import FindingCreate, RoundCreate
from yimen.domains.inspections.schemas_subjects import SubjectCreate
from yimen.domains.inspections.service import InspectionService
from yimen.domains.inspections.service_rounds import RoundService
from yimen.domains.inspections.service_subjects import SubjectService
from yimen.domains.rulebook.enums import TableKind

DAYS_AGO = 4
ONE_DAY = timedelta(days=1)


class Rounds(Scene):
    """The office on its rounds through the hall."""

    def __post_init__(self) -> None:
        self.untidy, self.rude = self.window_clerks[:2]

    async def add(self) -> None:
        """A window over its cap, a forbidden phrase, a guard who wrote nothing down."""
        reading = await self._reading()
        rounds = RoundService(reading)
        day = reading.desk.today
        window_id = self.untidy.window_ids[0]
        findings = [
            FindingCreate(row_code="hygiene.window.07", count=4, window_id=window_id, note="积灰"),
            FindingCreate(row_code="hygiene.window.01", count=3, window_id=window_id),
            FindingCreate(row_code="hygiene.window.15", count=1, window_id=window_id),
        ]
        await rounds.open(_round(TableKind.WINDOWS, day, self.office, findings))
        assert self.rude.staff_id is not None
        spoken = FindingCreate(
            row_code="conduct.phrases.05",
            window_id=self.rude.window_ids[0],
            staff_ids=[self.rude.staff_id],
        )
        await rounds.open(_round(TableKind.CONDUCT, day, self.office, [spoken]))
        guard = await SubjectService(reading.desk).create(
            SubjectCreate(
                kind=SubjectKind.GUARD,
                name="保安一岗",
                starts_on=(day.replace(day=1) - timedelta(days=40)).replace(day=1),
            )
        )
        unwritten = FindingCreate(row_code="security.guard.04", count=2, subject_id=guard.id)
        await rounds.open(_round(TableKind.GUARDS, day, self.office, [unwritten]))

    async def _reading(self) -> InspectionService:
        """On a working day some days ago, as the office."""
        reading = await inspections_of_the_clock(self.session, self.now)
        calendar = await reading.desk.calendars.current()
        ago = DAYS_AGO
        while calendar.count_working_days(*self._around(ago)) == 0:
            ago += 1
        then = await inspections_of_the_clock(self.session, self.now - ago * ONE_DAY)
        return InspectionService(replace(then.desk, caller=self.office))

    def _around(self, ago: int) -> tuple[date, date]:
        day = hall_day(self.now - ago * ONE_DAY)
        return day - ONE_DAY, day


def _round(
    kind: TableKind, day: date, inspector: Caller, findings: list[FindingCreate]
) -> RoundCreate:
    return RoundCreate(kind=kind, inspected_on=day, inspectors=[inspector.name], findings=findings)
