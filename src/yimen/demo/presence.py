"""The demo's attendance: a clock's log, a post with its deputy, leave, an outing and overtime."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.demo.scene import Scene
from yimen.domains.attendance.dependencies import open_punch_files
from yimen.domains.attendance.schemas_clocks import ClockCreate, ClockUserCreate
from yimen.domains.attendance.service_clocks import ClockService
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.leave.dependencies import leave_of_the_clock
from yimen.domains.leave.enums import LeaveKind, OutingPurpose
from yimen.domains.leave.schemas import LeaveCreate
from yimen.domains.leave.schemas_outings import OutingCreate, OvertimeCreate
from yimen.domains.leave.service import LeaveService
from yimen.domains.leave.service_outings import OutingService
from yimen.domains.leave.service_steps import LeaveStepService
from yimen.domains.organisation.dependencies import organisation_service
from yimen.domains.organisation.enums import DeputyKind, DutyLevel
from yimen.domains.organisation.schemas_posts import DeputyCreate, DutyCreate
from yimen.domains.organisation.service_posts import PostService
from yimen.domains.rulebook.service import RulebookService

ONE_DAY = timedelta(days=1)
DAYS_LOGGED = 3
CLOCK = "K1"
IN_TIME, LATE = timedelta(minutes=-6), timedelta(minutes=12)
AFTERWARDS = timedelta(minutes=4)
DIRTY = ("   710012\t2000-01-01 00:00:48\t1\t0\t2\t0", "   799999\t{day} 09:55:10\t1\t0\t1\t0")
"""A clock that lost its time, and a user whom nobody knows."""


class Presence(Scene):
    """Some of the staff at the clock by the door."""

    def __post_init__(self) -> None:
        served = [there for there in self.clerks.values() if len(there) > 1]
        # those of the last windows, so that the first ones' scores stay as they are
        self.deputy, self.asking = served[-1][:2]
        self.people = [self.deputy, self.asking, served[-2][0], served[-3][0]]

    async def add(self) -> None:
        """A log with a late arrival and a missing touch; what is asked for in the coming days."""
        calendars = await calendar_service(self.session, RulebookService(), self.now)
        calendar = await calendars.current()
        logged = _working_days(calendar, hall_day(self.now), -ONE_DAY, DAYS_LOGGED)[::-1]
        files = await open_punch_files(self.session, self.office, self.now)
        await self._hang_up(files.clocks, logged[0])
        await files.import_file(
            self._log(calendar, logged), file_name="attlog.dat", clock_number=CLOCK, dry_run=False
        )
        await self._arrange()
        first, second, third = _working_days(calendar, hall_day(self.now), ONE_DAY, 3)
        await LeaveStepService(await self._leave(self.asking)).request(
            LeaveCreate(
                kind=LeaveKind.ANNUAL,
                starts_on=third,
                ends_on=third,
                reason="年休假一天。",
            )
        )
        outings = OutingService(await self._leave(self.people[2]))
        await outings.report(
            OutingCreate(
                purpose=OutingPurpose.ERRAND,
                reason="到企业核查登记住所。",
                destination="县工业园区",
                starts_at=_at(first, 16),
                ends_at=_at(first, 17),
            )
        )
        await outings.apply(
            OvertimeCreate(
                reason="年报集中录入。", starts_at=_at(second, 20), ends_at=_at(second, 21)
            )
        )

    async def _arrange(self) -> None:
        """What a post is there for, and who stands in for whom."""
        posts = PostService(await organisation_service(self.session, self.office, self.now))
        department_id = self.asking.department_id
        assert self.asking.staff_id is not None and self.deputy.staff_id is not None
        await posts.create_duty(
            DutyCreate(
                level=DutyLevel.POST,
                department_id=department_id,
                title="窗口受理岗",
                content="受理申请，一次说清所缺材料，按承诺时限送达结果。",
                staff_id=self.asking.staff_id,
            )
        )
        await posts.name_deputy(
            DeputyCreate(
                kind=DeputyKind.STANDING,
                staff_id=self.asking.staff_id,
                deputy_id=self.deputy.staff_id,
            )
        )

    async def _hang_up(self, clocks: ClockService, first: date) -> None:
        clock = await clocks.create_clock(
            ClockCreate(number=CLOCK, name="大厅正门考勤机", in_use_from=first)
        )
        for place, person in enumerate(self.people):
            assert person.staff_id is not None
            await clocks.add_users(
                ClockUserCreate(
                    clock_ids=[clock.id],
                    device_user_id=_user(place),
                    staff_id=person.staff_id,
                    starts_on=first,
                )
            )

    def _log(self, calendar: WorkCalendar, days: Sequence[date]) -> bytes:
        """Four touches a day; the second person is late once, the third forgets to touch once."""
        lines = [line.format(day=days[-1]) for line in DIRTY]
        for day in days:
            for shift_place, shift in enumerate(calendar.describe(day).shifts):
                for place in range(len(self.people)):
                    is_odd = day == days[0] and shift_place == 0
                    came = _at(day, shift.opens) + (LATE if is_odd and place == 1 else IN_TIME)
                    lines.append(_line(_user(place), came))
                    if not (is_odd and place == 2):
                        lines.append(_line(_user(place), _at(day, shift.closes) + AFTERWARDS))
        return "\n".join(lines).encode()

    async def _leave(self, caller: Caller) -> LeaveService:
        leave = await leave_of_the_clock(self.session, self.now)
        return LeaveService(replace(leave.desk, caller=caller))


def _working_days(calendar: WorkCalendar, day: date, step: timedelta, count: int) -> list[date]:
    """The next working days in a direction, the day itself not among them."""
    found: list[date] = []
    while len(found) < count:
        day += step
        if calendar.describe(day).shifts:
            found.append(day)
    return found


def _at(day: date, at: int | time) -> datetime:
    return datetime.combine(day, time(at) if isinstance(at, int) else at, HALL_ZONE)


def _user(place: int) -> str:
    return str(710_011 + place)


def _line(user: str, at: datetime) -> str:
    return f"{user:>9}\t{at:%Y-%m-%d %H:%M:%S}\t1\t0\t1\t0"
