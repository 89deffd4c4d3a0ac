"""Who may do what, decided over HTTP: every route is guarded, and has a row in a table.

A new domain brings its table and scenes in a module ``access_<domain>.py`` and names it here.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from tests.access import PASSWORD, Ask, World, send
from tests.access_appointments import APPOINTMENTS
from tests.access_attendance import ATTENDANCE
from tests.access_awards import AWARDS
from tests.access_cases import CASE_CALLERS, CASES
from tests.access_complaints import COMPLAINTS
from tests.access_conferences import CONFERENCES
from tests.access_discipline import DISCIPLINE
from tests.access_hall import HALL, HALL_CALLERS
from tests.access_imports import IMPORTS
from tests.access_inspections import INSPECTIONS
from tests.access_leave import LEAVE
from tests.access_news import NEWS
from tests.access_queue import QUEUE
from tests.access_ratings import RATINGS
from tests.access_rejections import REJECTIONS
from tests.access_rulebook import RULEBOOK
from tests.access_scoring import SCORING
from tests.access_webhooks import WEBHOOKS
from tests.catalog_factories import Items
from tests.conftest import SetClock, SignIn
from tests.factories import (
    Hall,
    Person,
    make_account,
    make_chief,
    make_department,
    make_login,
    make_service,
    make_staff_member,
)

from yimen import registry
from yimen.core.caller import Role
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.domains.accounts.models import Account

LOGGING_IN = {"POST /auth/token", "POST /auth/refresh", "POST /auth/device-token"}
TABLES = (
    CASES,
    REJECTIONS,
    RATINGS,
    HALL,
    LEAVE,
    ATTENDANCE,
    CONFERENCES,
    COMPLAINTS,
    DISCIPLINE,
    AWARDS,
    SCORING,
    NEWS,
    WEBHOOKS,
    APPOINTMENTS,
    QUEUE,
    INSPECTIONS,
    IMPORTS,
    RULEBOOK,
)
ROWS = {name: row for table in TABLES for name, row in table.rows.items()}
SCENES = {name: scene for table in TABLES for name, scene in table.scenes.items()}


def routes() -> list[tuple[str, APIRoute, bool]]:
    """Every route of the registry as ``METHOD /path``, and whether it is declared public."""
    found = []
    for router in registry.ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            is_public = route.endpoint in router.public_endpoints
            names = [f"{method} {route.path_format}" for method in route.methods or ()]
            found += [(name, route, is_public) for name in names]
    return found


OPEN_TO_ALL = {"/livez", "/readyz", "/api/v1/errors", "/api/v1/errors/{code}"}
"""What the frame itself answers: probes and the catalogue of errors."""


def test_every_route_has_a_row_and_every_row_a_route_and_a_scene(application: FastAPI) -> None:
    names = [name for name, _, _ in routes()]
    assert len(names) > 80
    assert len(set(names)) == len(names)
    assert len(ROWS) == sum(len(table.rows) for table in TABLES), "a route with two rows"
    assert set(names) - set(ROWS) == set(), "no table decides"
    assert set(ROWS) - set(names) == set(), "rows of routes that are gone"
    assert set(SCENES) == set(ROWS)
    served = set(application.openapi()["paths"])
    assert served - {f"/api/v1{name.split()[1]}" for name in names} == OPEN_TO_ALL


def test_only_logging_in_and_what_is_for_the_public_is_open() -> None:
    public = {name for name, _, is_public in routes() if is_public}
    for_everyone = {name for name in public if name.split()[1].startswith("/public/")}
    assert public - for_everyone == LOGGING_IN
    open_to_all = {name for name, row in ROWS.items() if row["public"] != "401"}
    assert open_to_all == public


def filled(path: str) -> str:
    """A path with values that nothing has."""
    known = {"year": "2026", "version_no": "1", "code": "2008-01", "month": "2026-03"}
    nobody = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], nobody), path)


async def test_every_other_route_is_closed_without_a_good_token(
    client: httpx.AsyncClient, hall: Hall, session: AsyncSession, context: Context
) -> None:
    """Even to a request that is empty or wrong: who asks is asked first."""
    ended = context.signer.issue(
        subject=str(hall.clerk.account_id),
        session_id=str(UUID(int=7)),
        scope="person",
        now=context.clock(),
    )
    device = context.signer.issue(
        subject=str(hall.clerk.account_id),
        session_id=str(hall.clerk.session_id),
        scope="device",
        now=context.clock(),
    )
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Basic Y2xlcms6Y2xlcms="},
        {"Authorization": f"Bearer {ended}"},
        {"Authorization": f"Bearer {device}"},
    ]
    for name, route, is_public in routes():
        if is_public:
            continue
        method = name.split()[0]
        for headers in wrong:
            reply = await client.request(
                method, f"/api/v1{filled(route.path_format)}", headers=headers
            )
            assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated"), name
            assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_temporary_password_opens_nothing_but_auth(
    sign_in: SignIn, hall: Hall, session: AsyncSession, database: Database
) -> None:
    account = await make_account(session, Role.DIRECTOR, must_change_password=True)
    newcomer = sign_in(account, await make_login(session, account))
    for name, route, is_public in routes():
        if is_public:
            continue
        async with undone(database):
            reply = await newcomer.request(name.split()[0], f"/api/v1{filled(route.path_format)}")
        refused = reply.status_code == 403 and reply.json()["code"] == "password_must_change"
        assert refused is not route.path_format.startswith("/auth/"), name


# The tables


@pytest.fixture
async def world(
    *,
    hall: Hall,
    items: Items,
    session: AsyncSession,
    clock: SetClock,
    client: httpx.AsyncClient,
    sign_in: SignIn,
) -> World:
    everybody = {*CASE_CALLERS, *HALL_CALLERS} - {"public", "chief_visiting"}
    people = {"public": client}
    for name in everybody:
        person: Person = getattr(hall, name)
        people[name] = sign_in(person.account_id, person.session_id)
    # the chief representative of a third department, who serves at window 01 today
    department = await make_department(session)
    staff = await make_staff_member(session, department, name="吐尔逊·艾山")
    await make_chief(session, department, staff)
    await make_service(session, staff, hall.window_01)
    account = await make_account(session, Role.CHIEF_REPRESENTATIVE, staff_id=staff)
    people["chief_visiting"] = sign_in(account, await make_login(session, account))
    return World(hall, items, session, people, clock)


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[None]:
    """What happens inside has not happened afterwards, so that the next one asks the same."""
    assert isinstance(database.engine, AsyncConnection)
    savepoint = await database.engine.begin_nested()
    yield
    await savepoint.rollback()


def told(reply: httpx.Response, expected: str, ask: Ask) -> str:
    """What the caller got, in the words of the table."""
    if expected in ("seen", "none") and reply.status_code == 200:
        assert ask.looks_for is not None
        return "seen" if ask.looks_for in reply.text else "none"
    return str(reply.status_code)


async def decide(
    name: str, ask: Ask, row: dict[str, str], world: World, database: Database
) -> dict[str, httpx.Response]:
    """Ask as each caller, compare with the table; returns what each was answered."""
    replies = {}
    for who in row:
        async with undone(database):
            replies[who] = await send(world.people[who], name, ask)
    got = {who: told(reply, row[who], ask) for who, reply in replies.items()}
    assert got == row, {who: replies[who].text for who in row if got[who] != row[who]}
    return replies


@pytest.mark.parametrize("name", ROWS)
async def test_who_may_do_what(
    name: str, world: World, database: Database, context: Context, session: AsyncSession
) -> None:
    if name.startswith("POST /auth/"):
        hashed = await context.passwords.hash(PASSWORD)
        await session.execute(sa.update(Account).values(password_hash=hashed))
    ask = await SCENES[name](world)
    replies = await decide(name, ask, ROWS[name], world, database)
    command = re.fullmatch(r"POST (/.+)/([a-z-]+)", name)
    if command is None or ask.version is None:
        return
    # a thing says of each command what the command itself would answer
    for who, reply in replies.items():
        shown = await world.people[who].get(f"/api/v1{command[1].format_map(ask.of)}")
        actions = {
            line["action"]: line
            for line in (shown.json().get("allowed_actions", ()) if shown.is_success else ())
        }
        if command[2] in actions:
            said = actions[command[2]]
            assert said["allowed"] is reply.is_success, who
            assert said["reason_code"] == (None if reply.is_success else reply.json()["code"]), who
