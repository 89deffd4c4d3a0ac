"""Clocks, their users and their logs, for tests; and the worker that derives."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.clock import HALL_ZONE
from yimen.core.database import new_id
from yimen.domains.attendance.jobs import derive_marked
from yimen.domains.attendance.models import AttendanceMark, ClockUser, TimeClock
from yimen.domains.calendars.repository import CalendarRepository
from yimen.domains.calendars.rules_notices import known_notice_days

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


async def derive(session: AsyncSession, now: datetime) -> None:
    """Let the worker take account of everything that has happened, however many rounds it takes."""
    for _ in range(100):
        await derive_marked(session, now)
        if not await session.scalar(sa.select(sa.func.count()).select_from(AttendanceMark)):
            return
    raise AssertionError("the marks do not come to an end")
