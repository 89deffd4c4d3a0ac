"""Many book at once on a real pool: places and limits hold."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import sqlalchemy as sa
from tests.appointments_factories import API, HOLDER, booking
from tests.catalog_factories import Items, make_items
from tests.conftest import TEST_KEYS, SetClock, SignsIn
from tests.factories import Hall, make_hall

from yimen import registry
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.start import make_context
from yimen.domains.appointments.models import Capacity
from yimen.main import create_app


class Scene:
    """A hall in a database of its own, where what is done is committed; the office is logged in."""

    def __init__(self, context: Context, hall: Hall, items: Items) -> None:
        self.context = context
        self.hall = hall
        self.items = items
        self.office = httpx.AsyncClient(
            transport=httpx.ASGITransport(
                app=create_app(context=context), raise_app_exceptions=False
            ),
            base_url="http://hall",
            auth=SignsIn(
                context, account_id=hall.office.account_id, session_id=hall.office.session_id
            ),
        )

    async def book(self, phone: int, starts_at: str, **changes: object) -> httpx.Response:
        holder = HOLDER | {"phone": f"138{phone:08}"}
        body = booking(self.items.food, starts_at, holder=holder, **changes)
        return await self.office.post(f"{API}/appointments", json=body)


@pytest.fixture
async def scene(new_database: Callable[[str], str]) -> AsyncIterator[Scene]:
    settings = Settings(pool_size=10, pool_timeout_seconds=60)
    database = Database.connect(new_database("appointments"), settings)
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    context.clock = SetClock()
    async with database.transaction() as session:
        hall = await make_hall(session)
        items = await make_items(session, hall)
        session.add(Capacity(window_id=hall.window_01, places=10, version=1))
    made = Scene(context, hall, items)
    yield made
    await made.office.aclose()
    context.passwords.close()
    await database.close()


async def test_of_200_who_book_a_slot_of_10_places_exactly_10_get_one(scene: Scene) -> None:
    window = str(scene.hall.window_01)
    replies = await asyncio.gather(
        *[scene.book(phone, "2026-03-11 10:30", window_id=window) for phone in range(200)]
    )
    codes = Counter((reply.status_code, reply.json().get("code", "booked")) for reply in replies)
    assert codes == {(201, "booked"): 10, (409, "slot_taken"): 190}
    async with scene.context.database.reading() as session:
        rows = await session.execute(
            sa.text("SELECT place_no, appointment_number FROM appointments ORDER BY place_no")
        )
        places, numbers = zip(*rows, strict=True)
    assert places == tuple(range(1, 11))
    assert sorted(numbers) == [f"YY-2026-{n:06}" for n in range(1, 11)]  # gapless


async def test_of_20_that_one_person_books_at_once_three_are_booked(scene: Scene) -> None:
    times = [f"2026-03-{11 + n // 16} {10 + n % 4}:{n % 2 * 3}0" for n in range(20)]
    replies = await asyncio.gather(*[scene.book(7, starts_at) for starts_at in times])
    codes = Counter(reply.json().get("code", "booked") for reply in replies)
    assert codes == {"booked": 3, "too_many_appointments": 17}


async def test_bookings_moves_and_cancellations_of_two_slots_leave_no_place_twice(
    scene: Scene,
) -> None:
    window = str(scene.hall.window_01)
    first = await asyncio.gather(
        *[scene.book(phone, "2026-03-11 10:30", window_id=window) for phone in range(8)],
        *[scene.book(phone, "2026-03-11 11:00", window_id=window) for phone in range(8, 16)],
    )
    assert {reply.status_code for reply in first} == {201}

    async def move(made: dict[str, str], to: str) -> int:
        path = f"{API}/appointments/{made['id']}/move"
        body = {"starts_at": f"2026-03-11T{to}:00+08:00"}
        reply = await scene.office.post(path, json=body, headers={"If-Match": '"1"'})
        return reply.status_code

    there = [move(reply.json(), "11:00") for reply in first[:8]]
    back = [move(reply.json(), "10:30") for reply in first[8:]]
    codes = Counter(await asyncio.gather(*there, *back))
    assert codes.keys() <= {200, 409}
    assert codes[200] >= 2
    async with scene.context.database.reading() as session:
        rows = await session.execute(
            sa.text("SELECT starts_at, count(DISTINCT place_no), count(*), max(place_no)"
                    " FROM appointments GROUP BY starts_at")
        )  # fmt: skip
        found = rows.all()
    assert sum(row[2] for row in found) == 16
    assert all(row[1] == row[2] and row[3] <= 10 for row in found)
