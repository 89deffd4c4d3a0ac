"""Many at once on a real pool: numbers without gap, no ticket called twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from tests.conftest import TEST_KEYS, SetClock, SignsIn
from tests.factories import (
    Hall,
    make_account,
    make_hall,
    make_login,
    make_service,
    make_staff_member,
)
from tests.queue_factories import API, set_up_group, take

from yimen import registry
from yimen.core.caller import Role
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.start import make_context
from yimen.domains.queue.service import QueueDesk
from yimen.main import create_app

CLERKS = 8


class Scene:
    """A hall in a database of its own, with many clerks at windows 01 and 02."""

    def __init__(self, context: Context, hall: Hall, clerks: list[tuple[UUID, UUID]]) -> None:
        self.context = context
        self.hall = hall
        self.clerks = clerks
        self.app = create_app(context=context)

    def client(self, account_id: UUID, session_id: UUID) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://hall",
            auth=SignsIn(self.context, account_id=account_id, session_id=session_id),
        )

    async def column(self, sql: str) -> list[Any]:
        async with self.context.database.reading() as session:
            return list((await session.scalars(sa.text(sql))).all())


@pytest.fixture
async def scene(new_database: Callable[[str], str]) -> AsyncIterator[Scene]:
    settings = Settings(pool_size=10, pool_timeout_seconds=60)
    database = Database.connect(new_database("queue"), settings)
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    context.clock = SetClock()
    clerks = []
    async with database.transaction() as session:
        hall = await make_hall(session)
        for number in range(CLERKS):
            staff = await make_staff_member(session, hall.department_a)
            window = (hall.window_01, hall.window_02)[number % 2]
            await make_service(session, staff, window)
            account = await make_account(session, Role.WINDOW, staff_id=staff)
            clerks.append((account, await make_login(session, account)))
    yield Scene(context, hall, clerks)
    context.passwords.close()
    await database.close()


@pytest.fixture
async def office(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    person = scene.hall.office
    async with scene.client(person.account_id, person.session_id) as client:
        yield client


async def test_numbers_have_no_gap_and_no_double_when_a_third_of_the_takings_fail(
    scene: Scene, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await set_up_group(office, scene.hall.window_01)
    estimate = QueueDesk.estimate
    tries = 0

    async def fail_every_third(self: QueueDesk, ticket: Any) -> Any:
        nonlocal tries
        tries += 1
        mine = tries
        found = await estimate(self, ticket)
        if mine % 3 == 0:  # after the number was taken and written
            raise OperationalError("lost", None, ConnectionError())
        return found

    monkeypatch.setattr(QueueDesk, "estimate", fail_every_third)
    body = {"group_id": group["id"]}
    replies = await asyncio.gather(*[office.post(f"{API}/tickets", json=body) for _ in range(60)])
    assert Counter(reply.status_code for reply in replies) == {201: 40, 503: 20}
    numbers = await scene.column("SELECT number FROM tickets ORDER BY ordinal")
    assert numbers == [f"A{number:03d}" for number in range(1, 41)]
    told = {reply.json()["number"] for reply in replies if reply.status_code == 201}
    assert told == set(numbers)
    steps = await scene.column("SELECT count(*) FROM ticket_steps")
    assert steps == [40]


async def test_no_two_windows_get_one_ticket_and_all_are_called_in_turn(
    scene: Scene, office: httpx.AsyncClient
) -> None:
    group = await set_up_group(office, scene.hall.window_01, scene.hall.window_02)
    waiting = 60
    for _ in range(waiting):
        await take(office, group)

    async def call_until_nobody_waits(client: httpx.AsyncClient) -> list[str]:
        got: list[str] = []
        while True:
            reply = await client.post(f"{API}/tickets/call-next", json={"ends_current": True})
            if reply.status_code == 409:
                assert reply.json()["code"] == "nobody_waiting"
                return got
            assert reply.status_code == 200, reply.text
            got.append(reply.json()["number"])

    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(scene.client(account, session))
            for account, session in scene.clerks
        ]
        called = await asyncio.gather(*(call_until_nobody_waits(one) for one in clients))
    everything = [number for own in called for number in own]
    assert sorted(everything) == [f"A{number:03d}" for number in range(1, waiting + 1)]
    assert all(own == sorted(own) for own in called)  # each got ever later ones
    assert sum(bool(own) for own in called) > 1
    twice = await scene.column(
        "SELECT ticket_id FROM ticket_steps WHERE kind = 'called' "
        "GROUP BY ticket_id HAVING count(*) > 1"
    )
    assert twice == []


async def test_of_two_calls_at_one_moment_by_one_clerk_one_is_refused(
    scene: Scene, office: httpx.AsyncClient
) -> None:
    group = await set_up_group(office, scene.hall.window_01)
    for _ in range(6):
        await take(office, group)
    async with scene.client(*scene.clerks[0]) as clerk:
        replies = await asyncio.gather(
            *[clerk.post(f"{API}/tickets/call-next", json={}) for _ in range(6)]
        )
    codes = Counter(reply.json().get("code", "called") for reply in replies)
    assert codes == {"called": 1, "ticket_in_hand": 5}
    states = await scene.column("SELECT state FROM tickets WHERE state <> 'waiting'")
    assert states == ["called"]
