"""What two people do at the same moment, on a database of its own with real commits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from tests.conftest import TEST_KEYS, SetClock, SignsIn
from tests.factories import Hall, Person, make_account, make_hall, make_login

from yimen import registry
from yimen.core.caller import Role
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.start import make_context
from yimen.main import create_app

SEEN = {"If-Match": '"1"'}


class OpenHall:
    """The standard hall with committed rows, and clients for its people."""

    def __init__(self, hall: Hall, context: Context, clients: AsyncExitStack) -> None:
        self.hall = hall
        self.context = context
        self.app = create_app(context=context)
        self.clients = clients

    async def client(self, auth: httpx.Auth) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return await self.clients.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://hall/api/v1", auth=auth)
        )

    async def client_of(self, person: Person) -> httpx.AsyncClient:
        return await self.client(
            SignsIn(self.context, account_id=person.account_id, session_id=person.session_id)
        )


@pytest.fixture
async def open_hall(
    new_database: Callable[[str], str], settings: Settings, clock: SetClock
) -> AsyncIterator[OpenHall]:
    database = Database.connect(new_database("organisation"), settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        async with database.transaction() as session:
            hall = await make_hall(session)
        context = make_context(settings, database, TEST_KEYS, registry.find_caller)
        context.clock = clock
        yield OpenHall(hall, context, stack)


async def test_of_the_last_two_at_a_window_only_one_gets_away(open_hall: OpenHall) -> None:
    hall, office = open_hall.hall, await open_hall.client_of(open_hall.hall.office)
    leaving = [
        office.post(f"/staff/{person.staff_id}/depart", json={}, headers=SEEN)
        for person in (hall.clerk, hall.colleague)
    ]
    replies = await asyncio.gather(*leaving)
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    refused = next(reply for reply in replies if reply.status_code == 409)
    assert refused.json()["code"] == "window_without_staff"


async def test_of_two_chief_representatives_named_at_once_one_stands(open_hall: OpenHall) -> None:
    hall, office = open_hall.hall, await open_hall.client_of(open_hall.hall.office)
    path = f"/departments/{hall.department_a}/chief-representative"
    naming = [
        office.post(
            path, json={"staff_id": str(person.staff_id), "replaces_current": True}, headers=SEEN
        )
        for person in (hall.clerk, hall.colleague, hall.clerk_next_door)
    ]
    replies = await asyncio.gather(*naming)
    assert sorted(reply.status_code for reply in replies) == [200, 412, 412]
    shown = (await office.get(f"/departments/{hall.department_a}")).json()
    winner = next(reply for reply in replies if reply.status_code == 200).json()
    assert shown["chief_representative"] == winner["chief_representative"]


async def test_two_of_the_office_do_not_lock_each_other_out(open_hall: OpenHall) -> None:
    first = open_hall.hall.office
    async with open_hall.context.database.transaction() as session:
        second_id = await make_account(session, Role.OFFICE)
        login = await make_login(session, second_id)
    one = await open_hall.client_of(first)
    other = await open_hall.client(
        SignsIn(open_hall.context, account_id=second_id, session_id=login)
    )
    replies = await asyncio.gather(
        one.post(f"/accounts/{second_id}/disable", headers=SEEN),
        other.post(f"/accounts/{first.account_id}/disable", headers=SEEN),
    )
    codes = sorted(reply.status_code for reply in replies)
    assert codes[0] == 200
    assert codes[1] in (401, 409)  # disabled before asking, or the last one by then
    assert [(await client.get("/auth/me")).status_code for client in (one, other)].count(200) == 1
