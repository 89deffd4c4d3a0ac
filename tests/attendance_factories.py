"""Clocks, their users and their logs, for tests; and the worker that derives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories import Hall

from yimen.core.clock import HALL_ZONE
from yimen.core.database import new_id
from yimen.domains.attendance.jobs import derive_marked
from yimen.domains.attendance.models import AttendanceMark, ClockUser, TimeClock
from yimen.domains.attendance.repository_punches import PunchRepository
from yimen.domains.attendance.service_clocks import ClockService
from yimen.domains.attendance.service_files import PunchFileReport, PunchFileService
from yimen.domains.attendance.service_punches import PunchService
from yimen.domains.calendars.repository import CalendarRepository
from yimen.domains.calendars.rules_notices import known_notice_days
from yimen.domains.organisation.dependencies import hall_of_the_clock
from yimen.domains.rulebook.service import RulebookService

CLOCK_HUNG_UP = date(2026, 1, 5)


async def make_clock(
    session: AsyncSession,
    *,
    number: str = "K1",
    in_use_from: date = CLOCK_HUNG_UP,
    retired_on: date | None = None,
    device_id: UUID | None = None,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(TimeClock).values(
            id=made,
            number=number,
            name="大厅正门考勤机",
            in_use_from=in_use_from,
            retired_on=retired_on,
            device_id=device_id,
        )
    )
    return made


async def make_clock_user(
    session: AsyncSession,
    clock_id: UUID,
    device_user_id: str,
    staff_id: UUID,
    *,
    starts_on: date = CLOCK_HUNG_UP,
    ends_on: date | None = None,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(ClockUser).values(
            id=made,
            clock_id=clock_id,
            device_user_id=device_user_id,
            staff_id=staff_id,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    return made


async def publish_years(session: AsyncSession, *years: int) -> None:
    """Enter the notices of years, as ``holidays`` knows them, make-up days and all."""
    calendars = CalendarRepository(session)
    for year in years:
        await calendars.replace_notice(
            year,
            source=f"国办发明电〔{year - 1}〕",
            entries=known_notice_days(year),
            now=datetime(year, 1, 1, tzinfo=HALL_ZONE),
            caller=None,
        )
    await calendars.renew()


def log_of(lines: Iterable[tuple[str, str]]) -> bytes:
    """A clock's log of users and times, as such clocks write it: padded, no newline at the end."""
    return "\n".join(f"{user:>9}\t{at}\t1\t0\t1\t0" for user, at in lines).encode()


def days_of(plan: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """``{"2026-03-10": {"11": "9:58 14:02"}}`` as users and times."""
    return [
        (user, f"{day} {_padded(at)}")
        for day, people in plan.items()
        for user, times in people.items()
        for at in times.split()
    ]


def _padded(at: str) -> str:
    hour, minute, *second = at.split(":")
    return f"{int(hour):02d}:{minute}:{second[0] if second else '00'}"


async def take_file(session: AsyncSession, file: bytes, now: datetime) -> PunchFileReport:
    """Take a file of clock K1 over, as the worker does."""
    clocks = ClockService(
        PunchRepository(session),
        hall=await hall_of_the_clock(session, now),
        rulebook=RulebookService(),
        caller=None,
        now=now,
    )
    files = PunchFileService(PunchService(clocks))
    taken = await files.import_file(file, file_name="attlog.dat", clock_number="K1", dry_run=False)
    return taken.report


async def derive(session: AsyncSession, now: datetime) -> None:
    """Let the worker take account of everything that has happened, however many rounds it takes."""
    for _ in range(100):
        await derive_marked(session, now)
        if not await session.scalar(sa.select(sa.func.count()).select_from(AttendanceMark)):
            return
    raise AssertionError("the marks do not come to an end")


ATTENDANCE = "/api/v1/attendance"
FULL = "9:58 14:02 15:28 19:31"
"""A winter day on time."""

MARCH = [date(2026, 3, 2) + timedelta(days=n) for n in range(30)]
WORKING = [day.isoformat() for day in MARCH if day.weekday() < 5 and day.month == 3]
"""The 22 working days of March 2026, which has neither holiday nor make-up day."""
IN_MARCH = {"first": "2026-03-01", "last": "2026-03-31"}

Plan = Mapping[str, Mapping[str, str]]
"""Whose touches come when: ``{"2026-03-10": {"11": "9:58 14:02"}}``."""


def a_month(late_on: Sequence[int] = ()) -> Plan:
    """The clerk on time all March, but for some mornings; and somebody else's touches."""
    return {
        day: {"11": FULL.replace("9:58", "10:07") if n in late_on else FULL, "12": "9:50 19:35"}
        for n, day in enumerate(WORKING)
    }


class OfficeAtWork:
    """What the tests let the hall do: bring a clock's log, derive, look."""

    def __init__(
        self, client: httpx.AsyncClient, session: AsyncSession, now: Callable[[], datetime]
    ) -> None:
        self.client = client
        self.session = session
        self.now = now

    async def bring(self, plan: Plan | Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Take a log of touches over and derive; returns the report."""
        lines = days_of(plan) if isinstance(plan, Mapping) else plan
        report = await take_file(self.session, log_of(lines), self.now())
        await self.derive()
        return asdict(report) | {"batch_id": str(report.batch_id)}

    async def derive(self) -> None:
        await derive(self.session, self.now())

    async def day(self, staff_id: UUID, day: str) -> dict[str, Any]:
        """A person's day; it must be there."""
        reply = await self.client.get(f"{ATTENDANCE}/days/{staff_id}/{day}")
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    async def states(self, staff_id: UUID, day: str) -> tuple[str, str]:
        morning, afternoon = (await self.day(staff_id, day))["halves"]
        return morning["state"], afternoon["state"]

    async def month(self, staff_id: UUID, month: str = "2026-03") -> dict[str, Any]:
        """The figures of a person's month."""
        reply = await self.client.get(f"{ATTENDANCE}/months/{month}/staff/{staff_id}")
        assert reply.status_code == 200, reply.text
        figures: dict[str, Any] = reply.json()["figures"]
        return figures


async def open_office(
    client: httpx.AsyncClient, session: AsyncSession, now: Callable[[], datetime], hall: Hall
) -> OfficeAtWork:
    """A hall with the year's calendar and a clock that knows its clerks as 11, 12, 13 and 21."""
    await publish_years(session, 2026)
    made = await make_clock(session)
    people = (hall.clerk, hall.clerk_next_door, hall.colleague, hall.clerk_elsewhere)
    for user, person in zip(("11", "12", "13", "21"), people, strict=True):
        await make_clock_user(session, made, user, person.staff_id)
    found = OfficeAtWork(client, session, now)
    await found.derive()
    return found
