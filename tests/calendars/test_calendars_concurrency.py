"""The calendar under several writers: nothing is reckoned on a calendar that is being replaced."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest
from tests.conftest import SetClock

from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.errors import Stale
from yimen.domains.calendars.enums import DayKind
from yimen.domains.calendars.repository import CalendarRepository
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.calendars.rules_notices import DayOverride
from yimen.domains.calendars.service import CalendarService, OverrideOrder
from yimen.domains.rulebook.service import RulebookService

EID = date(2026, 5, 27)
A_WHILE = 0.3
LONG = 20


@pytest.fixture
async def hall_database(
    new_database: Callable[[str], str], settings: Settings
) -> AsyncIterator[Database]:
    """A database of its own, in which transactions really commit."""
    database = Database.connect(new_database("calendar"), settings)
    yield database
    await database.close()


def order(kind: DayKind | None, day: date = EID) -> OverrideOrder:
    return OverrideOrder("中心通知", (DayOverride(day, kind),))


class Office:
    """Acts of several people, each in a transaction of its own."""

    def __init__(self, database: Database, clock: SetClock) -> None:
        self.database = database
        self.clock = clock

    def service(self, session: object) -> CalendarService:
        return CalendarService(CalendarRepository(session), RulebookService(), self.clock())  # type: ignore[arg-type]

    async def set_day(self, kind: DayKind | None, *, seen: int, day: date = EID) -> int:
        async with self.database.transaction() as session:
            change = await self.service(session).override_days(
                order(kind, day), caller=None, seen=seen
            )
        return change.after.revision

    async def read(self) -> WorkCalendar:
        async with self.database.reading() as session:
            return await self.service(session).current()

    async def reckon(self, held: asyncio.Event, done: asyncio.Event) -> WorkCalendar:
        """An intake that takes its time between reading the calendar and committing."""
        async with self.database.transaction() as session:
            calendar = await self.service(session).hold()
            held.set()
            await done.wait()
        return calendar


@pytest.fixture
def people(hall_database: Database, clock: SetClock) -> Office:
    return Office(hall_database, clock)


async def test_a_change_waits_for_those_who_are_reckoning(people: Office) -> None:
    held, done = asyncio.Event(), asyncio.Event()
    intake = asyncio.create_task(people.reckon(held, done))
    await asyncio.wait_for(held.wait(), LONG)
    publication = asyncio.create_task(people.set_day(DayKind.CLOSURE, seen=1))
    await asyncio.sleep(A_WHILE)
    assert not publication.done()
    done.set()
    assert (await asyncio.wait_for(intake, LONG)).revision == 1
    assert await asyncio.wait_for(publication, LONG) == 2


async def test_those_who_reckon_wait_for_a_change_and_then_have_it(people: Office) -> None:
    held, done = asyncio.Event(), asyncio.Event()
    async with people.database.transaction() as session:
        await people.service(session).override_days(order(DayKind.CLOSURE), caller=None, seen=1)
        intake = asyncio.create_task(people.reckon(held, done))
        await asyncio.sleep(A_WHILE)
        assert not held.is_set()
        assert (await people.read()).is_working_day(EID)  # reading waits for nobody
    done.set()
    calendar = await asyncio.wait_for(intake, LONG)
    assert calendar.revision == 2
    assert not calendar.is_working_day(EID)


async def test_many_reckon_at_once(people: Office) -> None:
    done = asyncio.Event()
    held = [asyncio.Event() for _ in range(5)]
    intakes = [asyncio.create_task(people.reckon(event, done)) for event in held]
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in held)), LONG)
    done.set()
    calendars = await asyncio.wait_for(asyncio.gather(*intakes), LONG)
    assert all(calendar is calendars[0] for calendar in calendars)


async def test_a_change_elsewhere_is_seen_by_the_next_call(
    people: Office, settings: Settings, hall_database: Database
) -> None:
    assert (await people.read()).is_working_day(EID)
    elsewhere = Database.connect(
        hall_database.engine.url.render_as_string(hide_password=False),  # type: ignore[union-attr]
        settings,
    )
    await Office(elsewhere, people.clock).set_day(DayKind.CLOSURE, seen=1)
    await elsewhere.close()
    assert not (await people.read()).is_working_day(EID)


async def test_a_change_that_was_undone_leaves_nothing_behind(people: Office) -> None:
    with pytest.raises(RuntimeError, match="undone"):
        async with people.database.transaction() as session:
            service = people.service(session)
            await service.override_days(order(DayKind.CLOSURE), caller=None, seen=1)
            assert not (await service.current()).is_working_day(EID)
            raise RuntimeError("undone")
    assert (await people.read()).is_working_day(EID)
    other = date(2026, 5, 28)
    assert await people.set_day(DayKind.CLOSURE, seen=1, day=other) == 2
    calendar = await people.read()
    assert calendar.is_working_day(EID)
    assert not calendar.is_working_day(other)


async def test_of_two_changes_previewed_on_one_calendar_the_second_is_refused(
    people: Office,
) -> None:
    results = await asyncio.wait_for(
        asyncio.gather(
            people.set_day(DayKind.CLOSURE, seen=1),
            people.set_day(DayKind.REGIONAL_HOLIDAY, seen=1),
            return_exceptions=True,
        ),
        LONG,
    )
    assert [result for result in results if result == 2] == [2]
    assert [type(result) for result in results if result != 2] == [Stale]
    assert (await people.read()).revision == 2
