"""Departments, windows, staff, service and chief representatives through HTTP."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import (
    Hall,
    make_department,
    make_service,
    make_staff_member,
    make_window,
)
from tests.statements import counted

from yimen.core.audit import AuditEntry
from yimen.core.clock import hall_day
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.domains.organisation.dependencies import organisation_service
from yimen.domains.organisation.enums import DepartmentKind, WindowKind
from yimen.domains.organisation.models import ChiefRepresentative, WindowService


async def etag_of(client: httpx.AsyncClient, path: str) -> str:
    reply = await client.get(path)
    assert reply.status_code == 200, reply.text
    return reply.headers["ETag"]


async def command(
    client: httpx.AsyncClient, resource: str, act: str, **body: Any
) -> httpx.Response:
    """Give a command on a resource, with the ETag that it has now."""
    headers = {"If-Match": await etag_of(client, resource)}
    return await client.post(f"{resource}/{act}", json=body, headers=headers)


async def change(client: httpx.AsyncClient, resource: str, **body: Any) -> httpx.Response:
    headers = {"If-Match": await etag_of(client, resource)}
    return await client.patch(resource, json=body, headers=headers)


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


def staff(staff_id: UUID | str) -> str:
    return f"/api/v1/staff/{staff_id}"


def window(window_id: UUID | str) -> str:
    return f"/api/v1/windows/{window_id}"


def department(department_id: UUID | str) -> str:
    return f"/api/v1/departments/{department_id}"


async def current_service(client: httpx.AsyncClient, staff_id: UUID) -> str:
    shown = (await client.get(staff(staff_id))).json()
    return str(shown["current_service"]["id"])


async def actions_told(session: AsyncSession) -> list[str]:
    return list(await session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


# Departments


async def test_the_office_registers_a_department_and_all_see_it(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, session: AsyncSession
) -> None:
    body = {"code": "nyj", "name": "县农业农村局", "kind": "department"}
    made = await office.post("/api/v1/departments", json=body)
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'

    shown = (await clerk.get(department(made.json()["id"]))).json()
    assert shown["name"] == "县农业农村局"
    assert (shown["kind"], shown["kind_label"]) == ("department", "部门")
    assert shown["is_open"] and shown["chief_representative"] is None

    refused = await clerk.post("/api/v1/departments", json=body | {"code": "x"})
    assert problem(refused) == (403, "forbidden")
    assert problem(await office.post("/api/v1/departments", json=body)) == (
        409,
        "department_code_taken",
    )
    assert await actions_told(session) == ["departments.create"]


async def test_a_change_needs_the_version_that_was_seen(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    path = department(hall.department_a)
    unseen = await office.patch(path, json={"name": "县市监局"})
    assert problem(unseen) == (428, "precondition_required")
    changed = await office.patch(path, json={"name": "县市监局"}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["code"]) == ("县市监局", "a")
    assert changed.headers["ETag"] == '"2"'
    stale = await office.patch(path, json={"name": "别的名字"}, headers={"If-Match": '"1"'})
    assert problem(stale) == (412, "stale")

    [entry] = await session.scalars(sa.select(AuditEntry))
    assert entry.old is not None and entry.new is not None
    assert (entry.old["name"], entry.new["name"]) == ("县市场监督管理局", "县市监局")
    assert entry.actor == "office"


async def test_a_department_leaves_after_its_windows_and_people(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    path = department(hall.department_b)
    early = await command(office, path, "close", closed_on="2026-03-31")
    assert problem(early) == (409, "department_has_open_windows")
    assert "03" in early.json()["detail"]

    elsewhere = await make_window(session, hall.department_a, kind=WindowKind.COMPREHENSIVE)
    helper = await make_staff_member(session, hall.department_b, name="马丽")
    await make_service(session, helper, elsewhere)
    closed = await command(office, window(hall.window_03), "close", closed_on="2026-03-31")
    assert closed.status_code == 200
    busy = await command(office, path, "close", closed_on="2026-03-31")
    assert problem(busy) == (409, "department_has_serving_staff")
    assert "马丽" in busy.json()["detail"]

    await session.execute(
        sa.update(WindowService)
        .where(WindowService.staff_id == helper)
        .values(ends_on=date(2026, 3, 31))
    )
    gone = await command(office, path, "close", closed_on="2026-03-31")
    assert gone.status_code == 200
    assert gone.json()["is_open"] and gone.json()["closed_on"] == "2026-03-31"
    again = await command(office, path, "close")
    assert problem(again) == (409, "department_closed")

    clock.set("2026-04-01 11:00")
    shown = (await office.get(path)).json()
    assert not shown["is_open"] and shown["chief_representative"] is None
    refused = await office.post(
        "/api/v1/windows",
        json={
            "number": "33",
            "name": "窗口",
            "department_id": str(hall.department_b),
            "kind": "independent",
        },
    )
    assert problem(refused) == (409, "department_closed")
    back = await command(office, path, "reopen")
    assert back.json()["is_open"]
    assert problem(await command(office, path, "reopen")) == (409, "department_not_closed")


# Windows


async def test_a_window_opens_unstaffed_and_says_so(
    hall: Hall, office: httpx.AsyncClient, clerk: httpx.AsyncClient
) -> None:
    body = {
        "number": "07",
        "name": "市监三窗",
        "department_id": str(hall.department_a),
        "kind": "independent",
    }
    made = await office.post("/api/v1/windows", json=body)
    assert made.status_code == 201
    assert made.json()["opened_on"] == "2026-03-10"
    assert made.json()["is_open"] and not made.json()["is_staffed"]
    assert problem(await office.post("/api/v1/windows", json=body)) == (409, "window_number_taken")
    assert problem(await clerk.post("/api/v1/windows", json=body)) == (403, "forbidden")
    unknown = await office.post(
        "/api/v1/windows", json=body | {"number": "08", "department_id": str(hall.window_01)}
    )
    assert problem(unknown) == (422, "invalid_input")
    assert unknown.json()["errors"][0]["pointer"] == "/department_id"

    async def numbers(**query: Any) -> list[str]:
        reply = await clerk.get("/api/v1/windows", params=query)
        return [item["number"] for item in reply.json()["items"]]

    assert await numbers() == ["01", "02", "03", "07"]
    assert await numbers(is_staffed=False) == ["07"]
    assert await numbers(department_id=str(hall.department_b)) == ["03"]
    assert await numbers(kind="comprehensive") == []

    newcomer = await office.post(
        "/api/v1/staff",
        json={
            "staff_number": "S1",
            "name": "新人",
            "department_id": str(hall.department_a),
            "post": "窗口工作人员",
        },
    )
    begun = await command(
        office, staff(newcomer.json()["id"]), "services", window_id=made.json()["id"]
    )
    assert begun.json()["current_service"]["window_number"] == "07"
    shown = (await clerk.get(window(made.json()["id"]))).json()
    assert shown["is_staffed"]
    assert [service["staff_name"] for service in shown["services"]] == ["新人"]


async def test_closing_a_window_ends_the_service_there(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    path = window(hall.window_01)
    before = await command(office, path, "close", closed_on="1999-12-31")
    assert problem(before) == (422, "invalid_input")
    closed = await command(office, path, "close", closed_on="2026-03-13")
    assert closed.status_code == 200
    ends = await session.scalars(
        sa.select(WindowService.ends_on).where(WindowService.window_id == hall.window_01)
    )
    assert list(ends) == [date(2026, 3, 13)] * 2
    assert problem(await command(office, path, "close")) == (409, "window_closed")

    clock.set("2026-03-16 11:00")
    shown = (await office.get(path)).json()
    assert (shown["is_open"], shown["is_staffed"]) == (False, False)
    late = await command(
        office, staff(hall.clerk.staff_id), "services", window_id=str(hall.window_01)
    )
    assert problem(late) == (409, "window_closed")
    assert (await command(office, path, "reopen")).json()["is_open"]
    assert problem(await command(office, path, "reopen")) == (409, "window_not_closed")


async def test_a_comprehensive_window_takes_staff_of_any_department(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    guest = await make_staff_member(session, hall.department_b)
    asked = {"window_id": str(hall.window_01)}
    refused = await command(office, staff(guest), "services", **asked)
    assert problem(refused) == (409, "staff_of_other_department")

    widened = await change(office, window(hall.window_01), kind="comprehensive")
    assert widened.json()["kind_label"] == "综合窗口"
    begun = await command(office, staff(guest), "services", **asked)
    assert begun.status_code == 200
    narrowed = await change(office, window(hall.window_01), kind="independent")
    assert problem(narrowed) == (409, "staff_of_other_department")


async def test_what_a_caller_may_do_stands_on_the_window(
    hall: Hall, office: httpx.AsyncClient, clerk: httpx.AsyncClient
) -> None:
    async def allowed(client: httpx.AsyncClient) -> dict[str, str | None]:
        shown = (await client.get(window(hall.window_01))).json()
        return {each["action"]: each["reason_code"] for each in shown["allowed_actions"]}

    assert await allowed(clerk) == dict.fromkeys(("change", "close", "reopen"), "forbidden")
    assert await allowed(office) == {"change": None, "close": None, "reopen": "window_not_closed"}


# Service


async def test_one_window_at_a_time(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    path = staff(hall.colleague.staff_id)
    move = {"window_id": str(hall.window_02), "starts_on": "2026-03-11"}
    refused = await command(office, path, "services", **move)
    assert problem(refused) == (409, "overlapping_service")
    assert "01 号窗口" in refused.json()["detail"]

    moved = await command(office, path, "services", **move, ends_previous=True)
    assert moved.status_code == 200
    assert moved.json()["current_service"]["ends_on"] == "2026-03-10"
    clock.set("2026-03-11 11:00")
    assert (await office.get(path)).json()["current_service"]["window_number"] == "02"
    history = (await office.get(f"{path}/services")).json()["items"]
    assert [(each["window_number"], each["ends_on"]) for each in history] == [
        ("02", None),
        ("01", "2026-03-10"),
    ]
    assert await actions_told(session) == ["services.end", "services.begin"]


async def test_a_move_on_the_first_day_takes_the_mistaken_service_back(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    newcomer = await make_staff_member(session, hall.department_a)
    begun = await command(office, staff(newcomer), "services", window_id=str(hall.window_01))
    assert begun.status_code == 200
    moved = await command(
        office, staff(newcomer), "services", window_id=str(hall.window_02), ends_previous=True
    )
    assert moved.json()["current_service"]["window_number"] == "02"
    history = (await office.get(f"{staff(newcomer)}/services")).json()["items"]
    assert [each["window_number"] for each in history] == ["02"]


async def test_a_planned_move_is_not_overrun(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    path = staff(hall.colleague.staff_id)
    planned = await command(
        office, path, "services",
        window_id=str(hall.window_02), starts_on="2026-04-01", ends_previous=True,
    )  # fmt: skip
    assert planned.status_code == 200
    overrun = await command(
        office, path, "services",
        window_id=str(hall.window_02), starts_on="2026-03-20", ends_previous=True,
    )  # fmt: skip
    assert problem(overrun) == (409, "overlapping_service")
    assert "2026-04-01" in overrun.json()["detail"]
    short = await command(
        office, path, "services",
        window_id=str(hall.window_02), starts_on="2026-03-20", ends_on="2026-03-31",
        ends_previous=True,
    )  # fmt: skip
    assert short.status_code == 200


async def test_the_last_one_at_a_window_needs_a_follower(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock
) -> None:
    path = staff(hall.clerk_next_door.staff_id)
    act = f"services/{await current_service(office, hall.clerk_next_door.staff_id)}/end"
    refused = await command(office, path, act, ends_on="2026-03-13")
    assert problem(refused) == (409, "window_without_staff")
    assert "02 号窗口自 2026-03-14 起" in refused.json()["detail"]
    assert refused.json()["article"] == "MGMT 二十一"

    busy = await command(
        office, path, act, ends_on="2026-03-13",
        followed_by_staff_id=str(hall.colleague.staff_id),
    )  # fmt: skip
    assert problem(busy) == (409, "overlapping_service")
    stranger = await command(
        office, path, act, ends_on="2026-03-13",
        followed_by_staff_id=str(hall.chief_elsewhere.staff_id),
    )  # fmt: skip
    assert problem(stranger) == (409, "staff_of_other_department")
    nobody = await command(
        office, path, act, ends_on="2026-03-13", followed_by_staff_id=str(hall.window_01)
    )
    assert nobody.json()["errors"][0]["pointer"] == "/followed_by_staff_id"

    ended = await command(
        office, path, act, ends_on="2026-03-13", followed_by_staff_id=str(hall.chief.staff_id)
    )
    assert ended.status_code == 200
    clock.set("2026-03-14 11:00")
    served = (await office.get(window(hall.window_02))).json()["services"]
    assert [each["staff_name"] for each in served] == [hall.chief.name]


async def test_one_of_two_may_go_but_not_the_second(hall: Hall, office: httpx.AsyncClient) -> None:
    for person, expected in ((hall.clerk, 200), (hall.colleague, 409)):
        act = f"services/{await current_service(office, person.staff_id)}/end"
        ended = await command(office, staff(person.staff_id), act)
        assert ended.status_code == expected, ended.text


async def test_a_later_gap_counts_as_well(hall: Hall, office: httpx.AsyncClient) -> None:
    first = f"services/{await current_service(office, hall.clerk.staff_id)}/end"
    second = f"services/{await current_service(office, hall.colleague.staff_id)}/end"
    assert (
        await command(office, staff(hall.clerk.staff_id), first, ends_on="2026-12-31")
    ).status_code == 200
    refused = await command(office, staff(hall.colleague.staff_id), second, ends_on="2026-03-31")
    assert problem(refused) == (409, "window_without_staff")
    assert "2027-01-01" in refused.json()["detail"]


async def test_a_closing_window_needs_nobody(hall: Hall, office: httpx.AsyncClient) -> None:
    path = staff(hall.clerk_next_door.staff_id)
    act = f"services/{await current_service(office, hall.clerk_next_door.staff_id)}/end"
    await command(office, window(hall.window_02), "close", closed_on="2026-03-13")
    early = await command(office, path, act, ends_on="2026-03-12")
    assert problem(early) == (409, "window_without_staff")
    later = await command(office, path, act, ends_on="2026-03-14")
    assert problem(later) == (422, "invalid_input")
    assert (await command(office, path, act, ends_on="2026-03-13")).status_code == 200


async def test_moving_the_last_one_away_needs_a_follower_too(
    hall: Hall, office: httpx.AsyncClient
) -> None:
    path = staff(hall.clerk_next_door.staff_id)
    move = {"window_id": str(hall.window_01), "starts_on": "2026-03-16", "ends_previous": True}
    refused = await command(office, path, "services", **move)
    assert problem(refused) == (409, "window_without_staff")
    moved = await command(
        office, path, "services", **move, followed_by_staff_id=str(hall.chief.staff_id)
    )
    assert moved.status_code == 200


async def test_days_gone_by_may_stand_empty(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    lone = await make_window(session, hall.department_a, number="55")
    person = await make_staff_member(session, hall.department_a)
    await make_service(session, person, lone, ends_on=date(2026, 3, 9))
    service = (await office.get(f"{staff(person)}/services")).json()["items"][0]["id"]
    ended = await command(office, staff(person), f"services/{service}/end", ends_on="2026-03-02")
    assert ended.status_code == 200


async def test_a_service_is_taken_back_only_before_it_has_begun(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock, session: AsyncSession
) -> None:
    person = await make_staff_member(session, hall.department_a)
    planned = await make_service(session, person, hall.window_01, starts_on=date(2026, 3, 20))
    cancel = f"services/{planned}/cancel"
    stranger = await command(office, staff(hall.clerk.staff_id), cancel)
    assert problem(stranger) == (404, "not_found")
    clock.set("2026-03-21 11:00")
    assert problem(await command(office, staff(person), cancel)) == (409, "service_has_begun")
    clock.set("2026-03-20 11:00")
    assert (await command(office, staff(person), cancel)).status_code == 200
    assert (await office.get(f"{staff(person)}/services")).json()["items"] == []
    [entry] = await session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "services.cancel")
    )
    assert entry.old is not None and entry.old["starts_on"] == "2026-03-20"
    assert entry.new is None


async def test_overlap_is_refused_by_the_database_too(hall: Hall, session: AsyncSession) -> None:
    with pytest.raises(IntegrityError, match="ex_window_services_overlap"):
        async with session.begin_nested():
            await make_service(
                session, hall.clerk.staff_id, hall.window_02, starts_on=date(2026, 3, 10)
            )
    with pytest.raises(IntegrityError, match="ex_chief_representatives_overlap"):
        async with session.begin_nested():
            session.add(
                ChiefRepresentative(
                    department_id=hall.department_a,
                    staff_id=hall.clerk.staff_id,
                    starts_on=date(2026, 3, 10),
                )
            )
            await session.flush()


async def test_whoever_leaves_the_hall_cannot_log_in_the_next_day(
    hall: Hall, office: httpx.AsyncClient, colleague: httpx.AsyncClient, clock: SetClock
) -> None:
    path = staff(hall.colleague.staff_id)
    assert (await command(office, path, "depart", left_on="2026-03-11")).status_code == 200
    assert problem(await command(office, path, "depart")) == (409, "staff_member_left")
    clock.set("2026-03-11 11:00")
    assert (await colleague.get("/api/v1/windows")).status_code == 200
    clock.set("2026-03-12 11:00")
    assert problem(await colleague.get("/api/v1/windows")) == (401, "unauthenticated")
    begun = await command(office, path, "services", window_id=str(hall.window_01))
    assert problem(begun) == (409, "staff_member_left")

    assert (await command(office, path, "rejoin")).json()["left_on"] is None
    assert problem(await command(office, path, "rejoin")) == (409, "staff_member_present")
    assert (await colleague.get("/api/v1/windows")).status_code == 200


async def test_the_last_one_at_a_window_does_not_leave_without_a_follower(
    hall: Hall, office: httpx.AsyncClient
) -> None:
    path = staff(hall.clerk_elsewhere.staff_id)
    assert problem(await command(office, path, "depart")) == (409, "window_without_staff")
    left = await command(
        office, path, "depart", followed_by_staff_id=str(hall.chief_elsewhere.staff_id)
    )
    assert left.json()["left_on"] == "2026-03-10"


async def test_staff_change_department_only_when_nothing_rests_on_them(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    to_b = {"department_id": str(hall.department_b)}
    serving = await change(office, staff(hall.clerk.staff_id), **to_b)
    assert problem(serving) == (409, "staff_of_other_department")
    standing = await change(office, staff(hall.chief.staff_id), **to_b)
    assert problem(standing) == (409, "staff_member_is_chief")
    free = await make_staff_member(session, hall.department_a)
    moved = await change(office, staff(free), **to_b)
    assert moved.json()["department_name"] == "县自然资源局"
    to_office = await change(office, staff(free), department_id=None)
    assert to_office.json()["department_id"] is None
    renamed = await change(office, staff(free), post="咨询台")
    assert renamed.json()["post"] == "咨询台" and renamed.json()["department_id"] is None
    taken = await change(office, staff(free), staff_number="N01")
    assert problem(taken) == (409, "staff_number_taken")


async def test_staff_are_listed_by_number_window_and_presence(
    hall: Hall, clerk: httpx.AsyncClient, session: AsyncSession
) -> None:
    await make_staff_member(session, hall.department_a, staff_number="A1", left_on=date(2026, 3, 9))

    async def numbers(**query: Any) -> list[str]:
        reply = await clerk.get("/api/v1/staff", params=query)
        return [item["staff_number"] for item in reply.json()["items"]]

    assert await numbers(window_id=str(hall.window_01)) == ["N01", "N02"]
    assert await numbers(has_left=True) == ["A1"]
    assert await numbers(department_id=str(hall.department_b)) == ["N04", "N06"]
    first = (await clerk.get("/api/v1/staff", params={"limit": 5, "with_total": True})).json()
    rest = (await clerk.get("/api/v1/staff", params={"cursor": first["next_cursor"]})).json()
    seen = [item["staff_number"] for item in first["items"] + rest["items"]]
    assert seen == sorted(seen) and len(seen) == first["total"] == 9


# Chief representatives


async def test_a_department_has_one_chief_representative(
    hall: Hall, office: httpx.AsyncClient, chief: httpx.AsyncClient, clock: SetClock
) -> None:
    path = department(hall.department_a)
    asked = {"staff_id": str(hall.clerk.staff_id), "starts_on": "2026-03-12"}
    second = await command(office, path, "chief-representative", **asked)
    assert problem(second) == (409, "second_chief_representative")
    assert hall.chief.name in second.json()["detail"]
    assert second.json()["article"] == "MGMT 十七"
    refused = await chief.post(
        f"{path}/chief-representative", json=asked, headers={"If-Match": '"1"'}
    )
    assert problem(refused) == (403, "forbidden")

    replaced = await command(office, path, "chief-representative", **asked, replaces_current=True)
    assert replaced.json()["chief_representative"]["staff_name"] == hall.chief.name
    assert replaced.json()["chief_representative"]["ends_on"] == "2026-03-11"
    clock.set("2026-03-12 11:00")
    shown = (await office.get(path)).json()
    assert shown["chief_representative"]["staff_name"] == hall.clerk.name
    history = (await office.get(f"{path}/chief-representatives")).json()["items"]
    assert [each["starts_on"] for each in history] == ["2026-03-12", "2000-01-01"]


async def test_only_its_own_people_stand_for_a_department(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    path = department(hall.department_a)
    foreign = await command(
        office, path, "chief-representative",
        staff_id=str(hall.clerk_elsewhere.staff_id), replaces_current=True,
    )  # fmt: skip
    assert problem(foreign) == (409, "chief_of_other_department")
    agency = await make_department(session, kind=DepartmentKind.AGENCY)
    agent = await make_staff_member(session, agency)
    refused = await command(office, department(agency), "chief-representative", staff_id=str(agent))
    assert problem(refused) == (409, "agency_has_no_chief_representative")


async def test_a_chief_representative_steps_down(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock
) -> None:
    path = department(hall.department_a)
    act = "chief-representative/end"
    assert (await command(office, path, act, ends_on="2026-03-10")).status_code == 200
    later = await command(office, path, act, ends_on="2026-03-20")
    assert problem(later) == (422, "invalid_input")
    clock.set("2026-03-11 11:00")
    assert problem(await command(office, path, act)) == (409, "no_chief_representative")


# What other domains and the contract rely on


async def test_the_service_answers_who_is_at_a_window(
    hall: Hall, database: Database, clock: SetClock
) -> None:
    day = hall_day(clock())
    async with database.reading() as reading:
        service = await organisation_service(reading, None, clock())  # type: ignore[arg-type]
        assert [each.staff_number for each in await service.staff_at(hall.window_01, day)] == [
            "N01",
            "N02",
        ]
        assert await service.is_staffed(hall.window_03, day)
        assert not await service.is_staffed(hall.window_03, date(1999, 12, 31))
        windows = await service.windows_of_department(hall.department_a)
        assert [each.number for each in windows] == ["01", "02"]
        assert (await service.window(hall.window_03)).department.code == "b"


@pytest.mark.parametrize("path", ["/departments", "/windows", "/staff"])
async def test_a_list_has_a_fixed_number_of_queries(
    path: str, hall: Hall, clerk: httpx.AsyncClient, session: AsyncSession, database: Database
) -> None:

    async def ask() -> int:
        with counted(database) as statements:
            assert (await clerk.get(f"/api/v1{path}")).status_code == 200
        return len(statements)

    few = await ask()
    for number in range(20):
        made = await make_department(session)
        person = await make_staff_member(session, made)
        await make_service(session, person, await make_window(session, made, number=f"9{number}"))
    assert await ask() == few == 3  # the caller, the page, who is there today


async def test_every_change_is_told_with_its_event(
    hall: Hall, office: httpx.AsyncClient, session: AsyncSession
) -> None:
    await command(office, window(hall.window_03), "close", closed_on="2026-03-13")
    [ended, closed] = await session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.id))
    assert (ended.kind, closed.kind) == ("services.end", "windows.close")
    assert closed.subject_id == str(hall.window_03)
    assert closed.facts["closed_on"] == "2026-03-13"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/departments"),
        ("GET", "/windows"),
        ("GET", "/staff"),
        ("POST", "/departments"),
        ("POST", "/windows"),
        ("POST", "/staff"),
    ],
)
async def test_nobody_reads_or_writes_without_logging_in(
    method: str, path: str, client: httpx.AsyncClient
) -> None:
    reply = await client.request(method, f"/api/v1{path}", json={})
    assert problem(reply) == (401, "unauthenticated")
