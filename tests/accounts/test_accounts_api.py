"""The office's management of accounts, and what the machine itself may do, through HTTP and not."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock, SignIn
from tests.factories import Hall, make_account, make_login, make_staff_member
from tests.statements import counted

from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.errors import InvalidInput
from yimen.core.idempotency import IdempotencyKey
from yimen.domains.accounts.models import Account, LoginSession
from yimen.domains.accounts.repository import AccountRepository
from yimen.domains.accounts.service import (
    AccountService,
    LastAdministrator,
    StaffRequired,
    WeakPassword,
    count_demo_passwords,
    create_account_as_system,
)

STRONG = "Blaue-Dächer im Schnee 3"


async def command(
    client: httpx.AsyncClient, account_id: UUID | str, act: str, **body: Any
) -> httpx.Response:
    """Give a command on an account, with the ETag that it has now."""
    path = f"/api/v1/accounts/{account_id}"
    seen = (await client.get(path)).headers.get("ETag", '"0"')
    return await client.post(f"{path}/{act}", json=body, headers={"If-Match": seen})


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


@pytest.fixture
async def newcomer(hall: Hall, session: AsyncSession) -> UUID:
    """A staff member without an account."""
    return await make_staff_member(session, hall.department_a, name="热依汗·阿不都")


async def test_the_office_makes_an_account_with_a_temporary_password(
    newcomer: UUID, office: httpx.AsyncClient, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    body = {"username": "Reyhan", "role": "window", "staff_id": str(newcomer)}
    made = await office.post(
        "/api/v1/accounts", json=body, headers={"Idempotency-Key": "one-account"}
    )
    assert made.status_code == 201
    shown, password = made.json()["account"], made.json()["temporary_password"]
    assert (shown["username"], shown["staff_name"]) == ("reyhan", "热依汗·阿不都")
    assert shown["must_change_password"] and not shown["is_disabled"]

    form = {"username": "reyhan", "password": password}
    tokens = await client.post("/api/v1/auth/token", data=form)
    assert tokens.json()["must_change_password"]

    stored = list(await session.scalars(sa.select(IdempotencyKey)))
    assert stored == []  # the reply holds a secret, so it is not kept
    entry = (
        await session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "accounts.create"))
    ).one()
    assert entry.actor == "office"
    assert password not in str(entry.new)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"username": "office"}, (409, "username_taken")),
        ({"username": "OFFICE"}, (409, "username_taken")),
        ({"username": "x", "role": "office"}, (422, "invalid_input")),
        ({"role": "window"}, (422, "staff_required")),
        ({"role": "chief_representative"}, (422, "staff_required")),
        ({"role": "director"}, (403, "director_account")),
        ({"staff_id": "clerk"}, (409, "staff_has_account")),
        ({"staff_id": str(uuid4())}, (422, "invalid_input")),
        ({"staff_id": "gone"}, (409, "staff_member_left")),
    ],
)
async def test_an_account_that_cannot_be_is_refused(
    body: dict[str, str],
    refusal: tuple[int, str],
    hall: Hall,
    office: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    gone = await make_staff_member(session, left_on=clock().date().replace(day=1))
    known = {"clerk": str(hall.clerk.staff_id), "gone": str(gone)}
    asked = {"username": "someone", "role": "office"} | body
    if "staff_id" in asked:
        asked["staff_id"] = known.get(asked["staff_id"], asked["staff_id"])
    assert problem(await office.post("/api/v1/accounts", json=asked)) == refusal
    fine = await office.post("/api/v1/accounts", json={"username": "someone", "role": "office"})
    assert fine.status_code == 201


async def test_accounts_are_the_offices_matter(
    hall: Hall, clerk: httpx.AsyncClient, chief: httpx.AsyncClient
) -> None:
    path = f"/api/v1/accounts/{hall.colleague.account_id}"
    seen = {"If-Match": '"1"'}
    body = {"username": "someone", "role": "office"}
    for client in (clerk, chief):
        assert problem(await client.get("/api/v1/accounts")) == (403, "forbidden")
        assert problem(await client.get(path)) == (403, "forbidden")
        assert problem(await client.post("/api/v1/accounts", json=body)) == (403, "forbidden")
        for act in ("change-role", "disable", "enable", "reset-password"):
            reply = await client.post(f"{path}/{act}", json={"role": "office"}, headers=seen)
            assert problem(reply) == (403, "forbidden")


async def test_disabling_counts_at_the_next_request_and_enabling_too(
    hall: Hall,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    sign_in: SignIn,
    session: AsyncSession,
) -> None:
    account_id = hall.clerk.account_id
    assert (await clerk.get("/api/v1/auth/me")).status_code == 200
    disabled = await command(office, account_id, "disable")
    assert disabled.json()["is_disabled"]
    assert problem(await clerk.get("/api/v1/auth/me")) == (401, "unauthenticated")
    assert problem(await command(office, account_id, "disable")) == (
        409,
        "account_already_disabled",
    )
    login = await session.get(LoginSession, hall.clerk.session_id, populate_existing=True)
    assert login is not None and login.revoked_reason == "account_disabled"

    assert not (await command(office, account_id, "enable")).json()["is_disabled"]
    assert problem(await command(office, account_id, "enable")) == (409, "account_not_disabled")
    assert (await clerk.get("/api/v1/auth/me")).status_code == 401  # that log-in stays over
    again = sign_in(account_id, await make_login(session, account_id))
    assert (await again.get("/api/v1/auth/me")).status_code == 200
    told = list(await session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))
    assert told == ["accounts.disable", "accounts.enable"]


async def test_a_new_role_counts_at_the_next_request(
    hall: Hall, office: httpx.AsyncClient, colleague: httpx.AsyncClient, session: AsyncSession
) -> None:
    assert (await colleague.get("/api/v1/accounts")).status_code == 403
    changed = await command(office, hall.colleague.account_id, "change-role", role="office")
    assert changed.json()["role_label"] == "中心办公室"
    assert (await colleague.get("/api/v1/accounts")).status_code == 200
    me = (await colleague.get("/api/v1/auth/me")).json()
    assert me["role"] == "office"
    [entry] = await session.scalars(sa.select(AuditEntry))
    assert entry.old is not None and entry.new is not None
    assert (entry.old["role"], entry.new["role"]) == ("window", "office")


async def test_a_chief_representative_is_one_only_while_appointed(
    hall: Hall, chief: httpx.AsyncClient, office: httpx.AsyncClient, clock: SetClock
) -> None:
    me = (await chief.get("/api/v1/auth/me")).json()
    assert me["department"]["name"] == "县市场监督管理局"
    path = f"/api/v1/departments/{hall.department_a}"
    seen = (await office.get(path)).headers["ETag"]
    ended = await office.post(
        f"{path}/chief-representative/end", json={}, headers={"If-Match": seen}
    )
    assert ended.status_code == 200
    assert (await chief.get("/api/v1/auth/me")).json()["department"] is not None
    clock.set("2026-03-11 11:00")
    assert (await chief.get("/api/v1/auth/me")).json()["department"] is None


async def test_me_names_the_window_of_today(
    hall: Hall, clerk: httpx.AsyncClient, office: httpx.AsyncClient, clock: SetClock
) -> None:
    me = (await clerk.get("/api/v1/auth/me")).json()
    assert [each["number"] for each in me["windows"]] == ["01"]
    assert me["name"] == hall.clerk.name
    path = f"/api/v1/staff/{hall.clerk.staff_id}"
    seen = (await office.get(path)).headers["ETag"]
    move = {"window_id": str(hall.window_02), "starts_on": "2026-03-11", "ends_previous": True}
    assert (
        await office.post(f"{path}/services", json=move, headers={"If-Match": seen})
    ).status_code == 200
    clock.set("2026-03-11 11:00")
    me = (await clerk.get("/api/v1/auth/me")).json()
    assert [each["number"] for each in me["windows"]] == ["02"]


async def test_a_reset_password_is_temporary_and_ends_every_session(
    hall: Hall, office: httpx.AsyncClient, clerk: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    reset = await command(office, hall.clerk.account_id, "reset-password")
    assert reset.status_code == 200
    assert reset.json()["account"]["must_change_password"]
    assert (await clerk.get("/api/v1/auth/me")).status_code == 401
    form = {"username": "clerk", "password": reset.json()["temporary_password"]}
    tokens = (await client.post("/api/v1/auth/token", data=form)).json()
    assert tokens["must_change_password"]


async def test_nobody_acts_on_their_own_account(
    hall: Hall, office: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    for client, person in ((office, hall.office), (director, hall.director)):
        for act, body in (
            ("disable", {}),
            ("change-role", {"role": "window"}),
            ("reset-password", {}),
        ):
            refused = await command(client, person.account_id, act, **body)
            assert problem(refused) == (403, "own_account")


async def test_the_office_leaves_the_directors_account_alone(
    hall: Hall, office: httpx.AsyncClient, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    second = await make_account(session, Role.DIRECTOR, username="deputy")
    for act in ("disable", "reset-password"):
        assert problem(await command(office, second, act)) == (403, "director_account")
    promoted = await command(office, hall.clerk.account_id, "change-role", role="director")
    assert problem(promoted) == (403, "director_account")
    assert (await command(director, second, "disable")).status_code == 200


async def test_the_last_office_account_stays(
    hall: Hall, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    last = await command(director, hall.office.account_id, "disable")
    assert problem(last) == (409, "last_administrator")
    demoted = await command(director, hall.office.account_id, "change-role", role="window")
    assert problem(demoted) == (409, "last_administrator")
    await make_account(session, Role.OFFICE)
    assert (await command(director, hall.office.account_id, "disable")).status_code == 200


async def test_the_last_director_stays_even_for_the_machine(
    hall: Hall, session: AsyncSession, clock: SetClock, context: Context
) -> None:
    accounts = AccountRepository(session)
    service = AccountService(accounts, caller=None, now=clock(), passwords=context.passwords)
    with pytest.raises(LastAdministrator):
        await service.disable(hall.director.account_id, seen=1)


async def test_a_stale_command_on_an_account_is_refused(
    hall: Hall, office: httpx.AsyncClient
) -> None:
    path = f"/api/v1/accounts/{hall.clerk.account_id}/disable"
    assert problem(await office.post(path)) == (428, "precondition_required")
    assert problem(await office.post(path, headers={"If-Match": '"7"'})) == (412, "stale")


async def test_accounts_are_listed_with_a_fixed_number_of_queries(
    hall: Hall, office: httpx.AsyncClient, database: Database, session: AsyncSession
) -> None:
    with counted(database) as few:
        first = (await office.get("/api/v1/accounts", params={"limit": 3})).json()
    for number in range(10):
        person = await make_staff_member(session, hall.department_a)
        await make_account(session, Role.WINDOW, staff_id=person, username=f"zz{number}")
    with counted(database) as many:
        rest = await office.get("/api/v1/accounts", params={"cursor": first["next_cursor"]})
    assert len(few) == len(many) == 3  # the caller, the page, their staff
    names = [each["username"] for each in first["items"] + rest.json()["items"]]
    assert names == sorted(names) and len(names) == 18
    chiefs = await office.get("/api/v1/accounts", params={"role": "chief_representative"})
    assert [each["username"] for each in chiefs.json()["items"]] == ["chief", "chief.elsewhere"]
    shut = await office.get("/api/v1/accounts", params={"is_disabled": True})
    assert shut.json()["items"] == []


async def test_the_machine_makes_the_first_account(
    session: AsyncSession, clock: SetClock, context: Context, client: httpx.AsyncClient
) -> None:
    async def make(username: str, password: str, role: Role = Role.DIRECTOR) -> Account:
        return await create_account_as_system(
            session,
            username=username,
            password=password,
            role=role,
            staff_number=None,
            passwords=context.passwords,
            now=clock(),
        )

    with pytest.raises(WeakPassword):
        await make("boss", "password")
    with pytest.raises(InvalidInput):
        await make("not a name", STRONG)
    with pytest.raises(StaffRequired):
        await make("clerk", STRONG, Role.WINDOW)
    made = await make("Boss", STRONG)
    assert (made.username, made.must_change_password) == ("boss", False)
    form = {"username": "boss", "password": STRONG}
    assert (await client.post("/api/v1/auth/token", data=form)).status_code == 200
    entry = (
        await session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "accounts.create"))
    ).one()
    assert entry.actor == "system"


async def test_published_passwords_are_counted_until_changed_or_disabled(
    session: AsyncSession, clock: SetClock
) -> None:
    demo = await make_account(session, Role.OFFICE, is_demo=True)
    await make_account(session, Role.OFFICE)
    assert await count_demo_passwords(session) == 1
    await session.execute(sa.update(Account).where(Account.id == demo).values(disabled_at=clock()))
    assert await count_demo_passwords(session) == 0
