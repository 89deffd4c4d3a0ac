"""Many at once on a real pool: keys, numbers, versions and the calendar hold."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from tests.cases_factories import intake_body, take_in
from tests.catalog_factories import Items, make_items
from tests.conftest import TEST_KEYS, SetClock, SignsIn
from tests.factories import Hall, make_hall

from yimen import registry
from yimen.core.clock import hall_day
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.numbering import take_numbers
from yimen.core.start import make_context
from yimen.domains.cases.repository import CaseRepository
from yimen.main import create_app


class Scene:
    """A hall in a database of its own, where what is done is committed."""

    def __init__(self, context: Context, hall: Hall, items: Items, clock: SetClock) -> None:
        self.context = context
        self.hall = hall
        self.items = items
        self.clock = clock

    def client(self, account_id: UUID, session_id: UUID) -> httpx.AsyncClient:
        app = create_app(context=self.context)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://hall",
            auth=SignsIn(self.context, account_id=account_id, session_id=session_id),
        )

    async def count(self, sql: str) -> int:
        async with self.context.database.reading() as session:
            found: int = await session.scalar(sa.text(sql)) or 0
            return found

    async def column(self, sql: str) -> list[Any]:
        async with self.context.database.reading() as session:
            return list((await session.scalars(sa.text(sql))).all())


@pytest.fixture
async def scene(new_database: Callable[[str], str]) -> AsyncIterator[Scene]:
    settings = Settings(pool_size=10, pool_timeout_seconds=60)
    database = Database.connect(new_database("concurrency"), settings)
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    clock = SetClock()
    context.clock = clock
    async with database.transaction() as session:
        hall = await make_hall(session)
        items = await make_items(session, hall)
    yield Scene(context, hall, items, clock)
    context.passwords.close()
    await database.close()


@pytest.fixture
async def clerk_there(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    person = scene.hall.clerk
    async with scene.client(person.account_id, person.session_id) as client:
        yield client


@pytest.fixture
async def office_there(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    person = scene.hall.office
    async with scene.client(person.account_id, person.session_id) as client:
        yield client


async def test_twenty_posts_with_one_key_make_one_case(
    scene: Scene, clerk_there: httpx.AsyncClient
) -> None:
    body, key = intake_body(scene.items.food), {"Idempotency-Key": "the-one"}
    replies = await asyncio.gather(
        *[clerk_there.post("/api/v1/cases", json=body, headers=key) for _ in range(20)]
    )
    codes = Counter(reply.status_code for reply in replies)
    assert codes.keys() <= {201, 409}
    assert codes[201] >= 1
    assert len({reply.json()["id"] for reply in replies if reply.status_code == 201}) == 1
    assert all(
        reply.json()["code"] == "idempotency_still_running"
        for reply in replies
        if reply.status_code == 409
    )
    again = await clerk_there.post("/api/v1/cases", json=body, headers=key)
    assert again.status_code == 201
    assert await scene.count("SELECT count(*) FROM cases") == 1


async def test_numbers_have_no_gap_and_no_double_when_a_third_of_the_intakes_fail(
    scene: Scene, clerk_there: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = CaseRepository.write_intake
    tries = 0

    async def fail_every_third(self: CaseRepository, **documents: Any) -> None:
        nonlocal tries
        tries += 1
        mine = tries
        await write(self, **documents)
        if mine % 3 == 0:  # after the numbers were taken and everything was written
            raise OperationalError("lost", None, ConnectionError())

    monkeypatch.setattr(CaseRepository, "write_intake", fail_every_third)
    replies = await asyncio.gather(
        *[clerk_there.post("/api/v1/cases", json=intake_body(scene.items.food)) for _ in range(50)]
    )
    codes = Counter(reply.status_code for reply in replies)
    assert codes == {201: 34, 503: 16}
    for table, column, series in (
        ("cases", "case_number", "BJ"),
        ("papers", "number", "HZ"),
        ("papers", "number", "SL"),
    ):
        numbers = await scene.column(
            f"SELECT {column} FROM {table} WHERE {column} LIKE '{series}-%' ORDER BY 1"
        )
        assert [int(number.rsplit("-", 1)[1]) for number in numbers] == list(range(1, 35))


async def test_of_two_who_finish_a_case_one_is_told_that_it_is_stale(
    scene: Scene, clerk_there: httpx.AsyncClient
) -> None:
    for _ in range(5):
        case = await take_in(clerk_there, scene.items.food)
        replies = await asyncio.gather(
            *[
                clerk_there.post(
                    f"/api/v1/cases/{case['id']}/finish",
                    json={},
                    headers={"If-Match": '"1"'},
                )
                for _ in range(2)
            ]
        )
        assert sorted(reply.status_code for reply in replies) == [200, 412]
    assert await scene.count("SELECT count(*) FROM case_events WHERE kind = 'granted'") == 5


async def test_no_case_keeps_a_due_date_of_the_calendar_before(
    scene: Scene, clerk_there: httpx.AsyncClient, office_there: httpx.AsyncClient
) -> None:
    """Intakes, finishes and a publication of the calendar at the same time, several rounds."""
    for day, due in DUE_AFTER_CLOSING.items():
        replies = await asyncio.gather(
            *[take_in_and_stop(scene, clerk_there) for _ in range(6)],
            close_the_hall(office_there, day),
        )
        # a case may have moved between being read and being suspended: 412 is the right answer
        assert {reply.status_code for reply in replies[:-1]} <= {200, 412}
        assert replies[-1].status_code == 200, replies[-1].text
        dues = await scene.column("SELECT DISTINCT due_at::date::text FROM cases")
        assert dues == [due]


async def take_in_and_stop(scene: Scene, clerk: httpx.AsyncClient) -> httpx.Response:
    case = await take_in(clerk, scene.items.food)
    return await clerk.post(
        f"/api/v1/cases/{case['id']}/suspend",
        json={"cause": "hearing", "ground": "听证"},
        headers={"If-Match": '"1"'},
    )


async def close_the_hall(office: httpx.AsyncClient, day: str) -> httpx.Response:
    status = await office.get("/api/v1/calendar/status")
    return await office.post(
        "/api/v1/calendar/overrides",
        json={
            "source": "测试",
            "days": [{"day": day, "kind": "closure", "note": "停办"}],
            "dry_run": False,
        },
        headers={"If-Match": status.headers["ETag"]},
    )


DUE_AFTER_CLOSING = {
    "2026-03-11": "2026-03-18",
    "2026-03-12": "2026-03-19",
    "2026-03-13": "2026-03-20",
    "2026-03-16": "2026-03-23",
}
"""Five working days after 10 March 2026, when every day up to the key is closed one by one."""


async def test_a_series_that_is_taken_out_of_order_cannot_dead_lock(scene: Scene) -> None:
    day = hall_day(scene.clock.now)

    async def one(series: list[str]) -> None:
        async with scene.context.database.transaction() as session:
            await take_numbers(session, series, day)
            await asyncio.sleep(0)

    await asyncio.gather(*[one(["ZA", "ZB"] if n % 2 else ["ZB", "ZA"]) for n in range(40)])
    lasts = await scene.column("SELECT last FROM number_series WHERE series LIKE 'Z_'")
    assert lasts == [40, 40]
