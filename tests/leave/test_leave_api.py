"""Leave through HTTP, from the asking to the return (ATTEND 二, 三, 四, 五)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from tests.conftest import SetClock, SignIn
from tests.factories import (
    Hall,
    make_account,
    make_chief,
    make_department,
    make_login,
    make_service,
    make_staff_member,
    make_window,
)

from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.core.periodic import run_once
from yimen.domains.leave.dependencies import leave_of_the_clock
from yimen.domains.leave.enums import Half, LeaveKind, LeaveState
from yimen.domains.leave.jobs import JOBS
from yimen.domains.leave.models import LeaveRequest
from yimen.domains.organisation.models import Deputy, WindowService

LEAVE = "/api/v1/leave-requests"
SUBSTITUTIONS = "/api/v1/substitutions"


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


def asking(
    starts_on: str = "2026-03-11",
    ends_on: str | None = None,
    *,
    kind: str = "annual",
    halves: tuple[str, str] = ("morning", "afternoon"),
    **changes: Any,
) -> dict[str, Any]:
    """A request; one whole day unless said otherwise."""
    return {
        "kind": kind,
        "starts_on": starts_on,
        "starts_half": halves[0],
        "ends_on": ends_on or starts_on,
        "ends_half": halves[1],
        "reason": "家中有事。",
    } | changes


async def ask(client: httpx.AsyncClient, *args: Any, **changes: Any) -> dict[str, Any]:
    reply = await client.post(LEAVE, json=asking(*args, **changes))
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def give(
    client: httpx.AsyncClient, leave: Mapping[str, Any], act: str, **body: Any
) -> httpx.Response:
    """Give a command on a leave, as whoever can read it sees it now."""
    path = f"{LEAVE}/{leave['id']}"
    seen = await client.get(path)
    headers = {"If-Match": seen.headers.get("ETag", '"1"')}
    return await client.post(f"{path}/{act}", json=body, headers=headers)


async def done(
    client: httpx.AsyncClient, leave: Mapping[str, Any], act: str, **body: Any
) -> dict[str, Any]:
    reply = await give(client, leave, act, **body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def granted(
    client: httpx.AsyncClient, director: httpx.AsyncClient, *args: Any, **changes: Any
) -> dict[str, Any]:
    """A leave of a day or less, approved."""
    return await done(director, await ask(client, *args, **changes), "approve")


async def granted_long(
    client: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    *args: Any,
    **changes: Any,
) -> dict[str, Any]:
    """A leave of more than a day, agreed and approved."""
    leave = await ask(client, *args, **changes)
    await done(chief, leave, "agree")
    return await done(director, leave, "approve")


async def course(client: httpx.AsyncClient, leave: Mapping[str, Any]) -> list[str]:
    timeline = (await client.get(f"{LEAVE}/{leave['id']}/timeline")).json()
    return [event["kind"] for event in timeline["items"]]


def allowed(leave: Mapping[str, Any]) -> set[str]:
    return {action["action"] for action in leave["allowed_actions"] if action["allowed"]}


# Asking, agreeing, approving


@pytest.mark.parametrize(
    ("ends_on", "halves", "half_days", "state"),
    [
        ("2026-03-11", ("morning", "morning"), 1, "awaiting_approval"),
        ("2026-03-11", ("morning", "afternoon"), 2, "awaiting_approval"),
        ("2026-03-12", ("afternoon", "morning"), 2, "awaiting_approval"),
        ("2026-03-12", ("morning", "morning"), 3, "awaiting_agreement"),
        ("2026-03-12", ("morning", "afternoon"), 4, "awaiting_agreement"),
    ],
)
async def test_who_decides_goes_by_the_length(
    clerk: httpx.AsyncClient,
    *,
    ends_on: str,
    halves: tuple[str, str],
    half_days: int,
    state: str,
) -> None:
    leave = await ask(clerk, "2026-03-11", ends_on, halves=halves)
    assert (leave["half_days"], leave["state"]) == (half_days, state)
    assert leave["leave_number"] == "QJ-2026-000001"
    assert leave["substitute_article"] == ("ATTEND 二(三)" if half_days == 4 else None)


async def test_a_long_leave_is_agreed_by_the_chief_and_approved_by_the_director(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
) -> None:
    leave = await ask(clerk, "2026-03-11", "2026-03-12", halves=("morning", "morning"))
    early = await give(director, leave, "approve")
    assert problem(early) == (409, "leave_state")
    assert "待派出单位同意" in early.json()["detail"]
    agreed = await done(chief, leave, "agree")
    assert agreed["state"] == "awaiting_approval"
    approved = await done(director, leave, "approve")
    assert (approved["state"], approved["state_label"]) == ("approved", "已批准")
    assert await course(clerk, leave) == ["requested", "agreed", "approved"]
    told = (
        await session.scalars(
            sa.select(OutboxEvent)
            .where(OutboxEvent.subject_type == "leave_request")
            .order_by(OutboxEvent.id)
        )
    ).all()
    assert [event.kind for event in told] == ["leave.requested", "leave.agreed", "leave.approved"]
    assert told[-1].facts == {
        "leave_number": "QJ-2026-000001",
        "kind": "annual",
        "state": "approved",
        "staff_id": str(hall.clerk.staff_id),
        "first_day": "2026-03-11",
        "last_day": "2026-03-12",
    }
    assert told[-1].department_id == hall.department_a
    audited = await session.scalar(
        sa.select(AuditEntry).where(AuditEntry.action == "leave.approved")
    )
    assert audited is not None and audited.old is not None and audited.new is not None
    assert (audited.old["state"], audited.new["state"]) == ("awaiting_approval", "approved")
    assert "家中有事" not in str([audited.old, audited.new, told[-1].facts])


async def test_nobody_but_the_chief_agrees_and_nobody_but_the_director_approves(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:
    leave = await ask(clerk, "2026-03-11", "2026-03-12")
    assert problem(await give(colleague, leave, "agree")) == (404, "leave_not_found")
    assert problem(await give(chief_elsewhere, leave, "agree")) == (404, "leave_not_found")
    assert problem(await give(clerk, leave, "agree")) == (403, "own_leave")
    assert problem(await give(director, leave, "agree")) == (403, "not_your_leave")
    assert problem(await give(office, leave, "agree", note="同意")) == (403, "not_your_leave")
    await done(chief, leave, "agree")
    for person in (clerk, chief, office):
        assert (await give(person, leave, "approve")).status_code == 403
    assert (await done(director, leave, "approve"))["state"] == "approved"


async def test_the_department_of_a_chief_on_leave_speaks_through_the_office(
    chief: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    leave = await ask(chief, "2026-03-11", "2026-03-13")
    assert problem(await give(chief, leave, "agree")) == (403, "own_leave")
    assert problem(await give(office, leave, "agree")) == (422, "invalid_input")
    agreed = await done(office, leave, "agree", note="分管局长 3 月 10 日书面同意。")
    assert agreed["state"] == "awaiting_approval"
    await done(director, leave, "approve")
    timeline = (await office.get(f"{LEAVE}/{leave['id']}/timeline")).json()["items"]
    assert timeline[1]["note"] == "分管局长 3 月 10 日书面同意。"


async def test_while_the_chief_is_away_the_office_records_the_departments_agreement(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
) -> None:
    await granted(chief, director, "2026-03-11")
    leave = await ask(clerk, "2026-03-12", "2026-03-13")
    assert problem(await give(office, leave, "agree", note="同意")) == (403, "not_your_leave")
    clock.set("2026-03-11 11:00")
    assert "agree" in allowed((await office.get(f"{LEAVE}/{leave['id']}")).json())
    assert (await done(office, leave, "agree", note="局长电话同意"))["state"] == "awaiting_approval"


async def test_a_department_without_a_chief_speaks_through_the_office(
    office: httpx.AsyncClient, session: AsyncSession
) -> None:
    department = await make_department(session)
    person = await make_staff_member(session, department)
    leave = await ask(office, "2026-03-11", "2026-03-12", staff_id=str(person))
    assert (await done(office, leave, "agree", note="局长同意"))["state"] == "awaiting_approval"


async def test_the_centres_own_people_go_straight_to_a_director_who_is_not_themselves(
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    sign_in: SignIn,
    session: AsyncSession,
) -> None:
    of_the_office = await ask(office, "2026-03-11", "2026-03-13")
    assert of_the_office["state"] == "awaiting_approval"
    assert (await done(director, of_the_office, "approve"))["state"] == "approved"
    own = await ask(director, "2026-03-11")
    assert problem(await give(director, own, "approve")) == (403, "own_leave")
    assert problem(await give(director, own, "refuse", reason="不")) == (403, "own_leave")
    other = await make_account(session, Role.DIRECTOR)
    deputy_director = sign_in(other, await make_login(session, other))
    assert (await done(deputy_director, own, "approve"))["state"] == "approved"


async def test_a_refusal_has_a_reason_and_ends_the_matter(
    clerk: httpx.AsyncClient, chief: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    long = await ask(clerk, "2026-03-11", "2026-03-12")
    assert problem(await give(chief, long, "refuse", reason=" ")) == (422, "invalid_input")
    refused = await done(chief, long, "refuse", reason="窗口人手不足。")
    assert (refused["state"], allowed(refused)) == ("refused", set())
    short = await ask(clerk, "2026-03-11")
    assert problem(await give(chief, short, "refuse", reason="不")) == (403, "not_your_leave")
    assert (await done(director, short, "refuse", reason="改日。"))["state"] == "refused"
    timeline = (await clerk.get(f"{LEAVE}/{short['id']}/timeline")).json()["items"]
    assert (timeline[-1]["kind"], timeline[-1]["note"]) == ("refused", "改日。")


async def test_the_office_enters_leave_for_whoever_cannot_come(
    office: httpx.AsyncClient, chief: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall
) -> None:
    wish = asking(kind="sick", staff_id=str(hall.clerk.staff_id))
    assert problem(await chief.post(LEAVE, json=wish)) == (403, "not_your_leave")
    made = await office.post(LEAVE, json=wish)
    assert made.status_code == 201, made.text
    assert made.json()["staff_name"] == hall.clerk.name
    assert (await clerk.get(f"{LEAVE}/{made.json()['id']}")).status_code == 200
    unknown = asking(staff_id="019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e99")
    assert problem(await office.post(LEAVE, json=unknown)) == (422, "invalid_input")


async def test_an_account_without_a_person_cannot_be_on_leave(
    sign_in: SignIn, session: AsyncSession
) -> None:
    account = await make_account(session, Role.OFFICE)
    machine = sign_in(account, await make_login(session, account))
    assert problem(await machine.post(LEAVE, json=asking())) == (409, "no_staff_record")


async def test_what_cannot_be_asked_for(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, session: AsyncSession, hall: Hall
) -> None:
    async def answer(*args: Any, **changes: Any) -> tuple[int, str]:
        return problem(await clerk.post(LEAVE, json=asking(*args, **changes)))

    assert await answer("2026-03-12", "2026-03-11") == (422, "invalid_input")
    assert await answer(halves=("afternoon", "morning")) == (422, "invalid_input")
    assert await answer("2026-03-11", "2027-03-12") == (422, "invalid_input")
    assert await answer("2026-03-14", "2026-03-15") == (409, "leave_counts_nothing")
    assert await answer("2026-10-01", "2026-10-07") == (409, "leave_counts_nothing")
    leaver = await make_staff_member(session, hall.department_a, left_on=date(2026, 3, 12))
    wish = asking("2026-03-12", "2026-03-13", staff_id=str(leaver))
    assert problem(await office.post(LEAVE, json=wish)) == (409, "not_at_the_hall_then")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "halves", "is_free"),
    [
        ("2026-03-11", "2026-03-11", ("morning", "afternoon"), False),
        ("2026-03-10", "2026-03-11", ("morning", "morning"), True),
        ("2026-03-10", "2026-03-11", ("morning", "afternoon"), False),
        ("2026-03-12", "2026-03-13", ("morning", "afternoon"), False),
        ("2026-03-12", "2026-03-13", ("afternoon", "afternoon"), True),
    ],
)
async def test_two_leaves_of_one_person_do_not_overlap(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    *,
    starts_on: str,
    ends_on: str,
    halves: tuple[str, str],
    is_free: bool,
) -> None:
    first = await ask(clerk, "2026-03-11", "2026-03-12", halves=("afternoon", "morning"))
    second = asking(starts_on, ends_on, halves=halves)
    reply = await clerk.post(LEAVE, json=second)
    if is_free:
        assert reply.status_code == 201, reply.text
    else:
        assert problem(reply) == (409, "overlapping_leave")
        assert first["leave_number"] in reply.json()["detail"]
        await done(clerk, first, "cancel")
        assert (await clerk.post(LEAVE, json=second)).status_code == 201
    assert (await colleague.post(LEAVE, json=second)).status_code == 201


async def test_the_database_itself_refuses_overlapping_half_days(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    await ask(clerk, "2026-03-11", "2026-03-12", halves=("afternoon", "morning"))
    connection = database.engine
    assert isinstance(connection, AsyncConnection)
    found = (await connection.execute(sa.select(LeaveRequest))).mappings().one()

    async def insert(number: str, **changes: Any) -> None:
        row = dict(found) | {"id": UUID(int=int(number)), "leave_number": number} | changes
        async with connection.begin_nested():
            await connection.execute(sa.insert(LeaveRequest).values(row))

    day = date(2026, 3, 12)
    with pytest.raises(IntegrityError, match="ex_leave_requests_overlap"):
        await insert("1", starts_on=day, starts_half=Half.MORNING, ends_half=Half.AFTERNOON)
    await insert("2", starts_on=day, starts_half=Half.AFTERNOON, ends_half=Half.AFTERNOON)
    await insert("3", state=LeaveState.CANCELLED)


# What is not counted


async def test_leave_over_national_day_counts_the_days_around_it(
    clerk: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.set("2026-09-28 11:00")
    leave = await ask(clerk, "2026-09-30", "2026-10-08", kind="home_visit")
    assert (leave["half_days"], leave["days"]) == (4, "2")
    outlook = (await clerk.get(f"{LEAVE}/{leave['id']}/outlook")).json()
    lines = {(line["day"], line["half"]): line for line in outlook["lines"]}
    assert len(lines) == 18
    holiday = lines["2026-10-01", "morning"]
    assert (holiday["counts"], holiday["source"]) == (False, "ATTEND 五(一)")
    assert holiday["day_kind"] == "statutory_holiday"
    assert [key for key, line in lines.items() if line["counts"]] == [
        ("2026-09-30", "morning"),
        ("2026-09-30", "afternoon"),
        ("2026-10-08", "morning"),
        ("2026-10-08", "afternoon"),
    ]


async def test_a_makeup_saturday_inside_a_leave_counts(
    clerk: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.set("2026-10-08 11:00")
    leave = await ask(clerk, "2026-10-09", "2026-10-10")
    assert leave["half_days"] == 4
    alone = await ask(clerk, "2026-10-24", "2026-10-26")
    assert alone["half_days"] == 2  # an ordinary weekend does not


# Foreseeing


async def test_a_preview_says_all_before_anything_is_asked(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
) -> None:
    await granted(colleague, director, "2026-03-11", halves=("morning", "morning"))
    wish = asking("2026-03-11", "2026-03-12", kind="sick")
    wish.pop("reason")
    outlook = await clerk.post(f"{LEAVE}/preview", json=wish)
    assert outlook.status_code == 200, outlook.text
    said = outlook.json()
    assert (said["half_days"], said["days"], said["needs_agreement"]) == (4, "2", True)
    assert said["steps"] == ["派出单位（首席代表）同意（本中心自定）", "中心主任批准"]
    assert said["substitute_article"] == "ATTEND 二(三)"
    assert said["needs_certificate"] is True
    assert [(e["window_number"], e["day"], e["half"]) for e in said["empty_windows"]] == [
        ("01", "2026-03-11", "morning")
    ]
    assert {warning["code"] for warning in said["warnings"]} == {
        "substitute_missing", "window_empty", "no_deputy", "certificate_missing",
    }  # fmt: skip
    assert await session.scalar(sa.select(sa.func.count(LeaveRequest.id))) == 1


async def test_only_who_would_see_the_leave_previews_it(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    hall: Hall,
) -> None:
    wish = asking(staff_id=str(hall.clerk.staff_id))
    wish.pop("reason")
    for person in (clerk, chief, office):
        assert (await person.post(f"{LEAVE}/preview", json=wish)).status_code == 200
    for person in (colleague, chief_elsewhere):
        answer = await person.post(f"{LEAVE}/preview", json=wish)
        assert problem(answer) == (403, "not_your_leave")


@pytest.mark.parametrize(
    ("halves", "demanded"), [(("morning", "morning"), False), (("morning", "afternoon"), True)]
)
async def test_a_window_of_one_needs_a_substitute_from_one_day_on(
    clerk_next_door: httpx.AsyncClient, *, halves: tuple[str, str], demanded: bool
) -> None:
    leave = await ask(clerk_next_door, halves=halves)
    assert (leave["substitute_article"] is not None) is demanded
    assert leave["lacks_substitute"] is demanded
    outlook = (await clerk_next_door.get(f"{LEAVE}/{leave['id']}/outlook")).json()
    assert len(outlook["empty_windows"]) == (2 if demanded else 1)


async def test_windows_left_empty_are_listed_for_all(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:
    query = {"from_on": "2026-03-09", "to_on": "2026-03-15"}
    await ask(clerk_next_door, halves=("morning", "morning"))  # not granted yet
    assert (await office.get(f"{LEAVE}/empty-windows", params=query)).json()["items"] == []
    await granted(clerk, director)
    await granted(colleague, director, halves=("afternoon", "afternoon"))
    items = (await office.get(f"{LEAVE}/empty-windows", params=query)).json()["items"]
    assert [(e["window_number"], e["day"], e["half_label"]) for e in items] == [
        ("01", "2026-03-11", "下午")
    ]
    wide = {"from_on": "2026-03-09", "to_on": "2026-06-15"}
    assert (await office.get(f"{LEAVE}/empty-windows", params=wide)).status_code == 422


# Sickness


CERTIFICATE = {"hospital": "伊宁市人民医院", "number": "B-17", "issued_on": "2026-03-11"}


async def test_a_sick_leave_with_its_certificate_stays_sick_leave(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, clock: SetClock
) -> None:
    leave = await granted(clerk, director, kind="sick")
    assert leave["lacks_certificate"] is True
    clock.set("2026-03-12 09:50")
    back = await done(clerk, leave, "return", certificate=CERTIFICATE)
    assert (back["state"], back["counts_as"]) == ("returned", "sick")
    assert back["certificate"] == CERTIFICATE
    assert (back["returned_on"], back["returned_half"]) == ("2026-03-12", "morning")


async def test_without_a_certificate_on_return_it_becomes_personal_leave(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, office: httpx.AsyncClient,
    clock: SetClock,
) -> None:  # fmt: skip
    leave = await granted(clerk, director, kind="sick")
    lacking = {"view": "lacking_certificate"}
    assert len((await office.get(LEAVE, params=lacking)).json()["items"]) == 1
    clock.set("2026-03-12 09:50")
    back = await done(clerk, leave, "return")
    assert (back["kind"], back["counts_as"], back["counts_as_label"]) == (
        "sick", "personal", "事假",
    )  # fmt: skip
    assert await course(clerk, leave) == ["requested", "approved", "returned", "became_personal"]
    late = await give(clerk, leave, "certificate", **CERTIFICATE)
    assert problem(late) == (409, "leave_state")
    assert (await office.get(LEAVE, params=lacking)).json()["items"] == []


async def test_a_certificate_is_handed_in_before_the_return_and_only_for_sickness(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, clock: SetClock
) -> None:
    sick = await granted(clerk, director, kind="sick")
    clock.set("2026-03-11 16:00")
    assert (await done(clerk, sick, "certificate", **CERTIFICATE))["lacks_certificate"] is False
    clock.set("2026-03-12 09:50")
    assert (await done(clerk, sick, "return"))["counts_as"] == "sick"
    other = await granted(clerk, director, "2026-03-13")
    assert problem(await give(clerk, other, "certificate", **CERTIFICATE)) == (
        409, "not_sick_leave",
    )  # fmt: skip


# Return, early, late


async def test_an_early_return_gives_the_rest_back(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    leave = await granted_long(clerk, chief, director, "2026-03-11", "2026-03-13")
    assert problem(await give(clerk, leave, "return")) == (409, "leave_not_begun")
    clock.set("2026-03-12 12:00")  # the morning has begun, the afternoon is served
    back = await done(clerk, leave, "return")
    assert (back["ends_on"], back["ends_half"], back["half_days"]) == ("2026-03-12", "morning", 3)
    assert (back["returned_on"], back["returned_half"]) == ("2026-03-12", "afternoon")
    assert back["overstayed_half_days"] == 0
    again = await ask(clerk, "2026-03-13")
    assert again["state"] == "awaiting_approval"
    facts = await session.scalar(
        sa.select(OutboxEvent.facts).where(OutboxEvent.kind == "leave.returned")
    )
    assert facts is not None
    assert (facts["first_day"], facts["last_day"]) == ("2026-03-11", "2026-03-13")


async def test_an_overstay_is_noted_and_counted_on_return(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    database: Database,
) -> None:
    leave = await granted(clerk, director)
    [job] = JOBS
    path = f"{LEAVE}/{leave['id']}"
    overstaying = {"view": "overstaying"}
    for now, is_overstaying in (("2026-03-12 10:00", False), ("2026-03-12 10:01", True)):
        await run_once(job, database, clock.set(now))
        assert (await clerk.get(path)).json()["is_overstaying"] is is_overstaying
        listed = (await office.get(LEAVE, params=overstaying)).json()["items"]
        assert len(listed) == is_overstaying
    await run_once(job, database, clock.set("2026-03-12 12:00"))
    assert (await course(clerk, leave)).count("overstayed") == 1
    clock.set("2026-03-13 16:00")
    back = await done(clerk, leave, "return")
    assert (back["overstayed_half_days"], back["half_days"]) == (3, 2)
    assert (back["returned_on"], back["returned_half"]) == ("2026-03-13", "afternoon")
    timeline = (await clerk.get(f"{path}/timeline")).json()["items"]
    assert timeline[-1]["article"] == "ATTEND 三(三)"


async def test_only_the_office_says_since_when_someone_is_back(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient,
    clock: SetClock,
) -> None:  # fmt: skip
    leave = await granted(clerk, director)
    clock.set("2026-03-13 16:00")
    since = {"back_on": "2026-03-12", "back_half": "morning"}
    assert problem(await give(clerk, leave, "return", **since)) == (
        403, "only_the_office_says_when",
    )  # fmt: skip
    for wrong in (
        {"back_on": "2026-03-12"},
        {"back_on": "2026-03-11", "back_half": "morning"},
        {"back_on": "2026-03-16", "back_half": "morning"},
    ):
        assert problem(await give(office, leave, "return", **wrong)) == (422, "invalid_input")
    assert (await done(office, leave, "return", **since))["overstayed_half_days"] == 0


async def test_leave_is_cancelled_before_it_begins_and_returned_from_after(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, clock: SetClock
) -> None:
    first = await granted(clerk, director)
    clock.set("2026-03-11 10:00")
    assert (await done(clerk, first, "cancel"))["state"] == "cancelled"
    second = await granted(clerk, director, "2026-03-12")
    clock.set("2026-03-12 10:01")
    assert problem(await give(clerk, second, "cancel")) == (409, "leave_has_begun")


# Extension


@pytest.mark.parametrize(
    ("now", "is_in_time"),
    [("2026-03-11 19:29", True), ("2026-03-11 19:30", False), ("2026-03-12 09:00", False)],
)
async def test_an_extension_is_asked_for_before_the_leave_ends(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    *,
    now: str,
    is_in_time: bool,
) -> None:
    leave = await granted(clerk, director)
    clock.set(now)
    longer = {"ends_on": "2026-03-12", "ends_half": "morning", "reason": "事未办完。"}
    reply = await give(clerk, leave, "extend", **longer)
    if not is_in_time:
        assert problem(reply) == (409, "leave_is_over")
        return
    assert reply.json()["state"] == "extension_awaiting_agreement"  # 1.5 days in all
    assert reply.json()["extension"] == longer
    await done(chief, leave, "agree")
    after = await done(director, leave, "approve")
    assert (after["state"], after["ends_on"], after["ends_half"]) == (
        "approved", "2026-03-12", "morning",
    )  # fmt: skip
    assert (after["half_days"], after["extension"]) == (3, None)
    assert await course(clerk, leave) == [
        "requested", "approved", "extension_asked", "extension_agreed", "extension_granted",
    ]  # fmt: skip


async def test_the_sick_may_follow_up_after_the_end(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, chief: httpx.AsyncClient,
    clock: SetClock, database: Database,
) -> None:  # fmt: skip
    leave = await granted(clerk, director, kind="sick")
    clock.set("2026-03-12 12:00")
    await run_once(JOBS[0], database, clock())
    asked = await done(clerk, leave, "extend", ends_on="2026-03-12", reason="医嘱续休。")
    assert asked["is_overstaying"] is False
    await done(chief, leave, "agree")
    after = await done(director, leave, "approve")
    assert (after["half_days"], after["is_overstaying"]) == (4, False)
    timeline = (await clerk.get(f"{LEAVE}/{leave['id']}/timeline")).json()["items"]
    [asked_line] = [event for event in timeline if event["kind"] == "extension_asked"]
    assert (asked_line["facts"]["is_late"], asked_line["article"]) == (True, "ATTEND 二(五)")


async def test_a_refused_or_withdrawn_extension_leaves_the_leave_as_it_was(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    leave = await granted(clerk, director, halves=("morning", "morning"))
    longer = {"ends_on": "2026-03-11", "ends_half": "afternoon", "reason": "事未办完。"}
    asked = await done(clerk, leave, "extend", **longer)
    assert asked["state"] == "extension_awaiting_approval"  # one day in all
    assert (await done(director, leave, "refuse", reason="人手不足。"))["state"] == "approved"
    await done(clerk, leave, "extend", **longer)
    after = await done(clerk, leave, "withdraw-extension")
    assert (after["state"], after["extension"], after["half_days"]) == ("approved", None, 1)
    assert (await course(clerk, leave))[2:] == [
        "extension_asked", "extension_refused", "extension_asked", "extension_withdrawn",
    ]  # fmt: skip


async def test_what_is_no_extension(clerk: httpx.AsyncClient, director: httpx.AsyncClient) -> None:
    leave = await granted(clerk, director, "2026-03-13")
    await ask(clerk, "2026-03-17")

    async def answer(**body: Any) -> tuple[int, str]:
        return problem(await give(clerk, leave, "extend", reason="续假", **body))

    assert await answer(ends_on="2026-03-13") == (409, "extension_not_later")
    assert await answer(ends_on="2026-03-15") == (409, "leave_counts_nothing")
    assert await answer(ends_on="2026-03-17") == (409, "overlapping_leave")
    assert await answer(ends_on="2028-03-17") == (422, "invalid_input")


async def test_a_return_lets_a_pending_extension_lapse(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, clock: SetClock
) -> None:
    leave = await granted(clerk, director)
    await done(clerk, leave, "extend", ends_on="2026-03-12", reason="续假")
    clock.set("2026-03-12 09:00")
    back = await done(clerk, leave, "return")
    assert (back["state"], back["extension"], back["half_days"]) == ("returned", None, 2)


# After the fact, and deceit


async def test_leave_asked_for_afterwards_is_marked_and_closed_on_approval(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall
) -> None:
    leave = await ask(office, "2026-03-09", kind="sick", staff_id=str(hall.clerk.staff_id))
    assert leave["is_retrospective"] is True
    after = await done(director, leave, "approve")
    assert (after["state"], after["counts_as"]) == ("returned", "personal")
    assert (after["returned_on"], after["overstayed_half_days"]) == ("2026-03-10", 0)
    assert await course(office, leave) == [
        "requested", "approved", "returned", "became_personal",
    ]  # fmt: skip


async def test_leave_got_by_deceit_covers_nothing(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    hall: Hall,
) -> None:
    leave = await granted(clerk, director, kind="sick")
    clock.set("2026-03-13 11:00")
    await done(clerk, leave, "return")
    assert problem(await give(director, leave, "deceit", reason="假条系伪造。"))[0] == 403
    found = await done(office, leave, "deceit", reason="假条系伪造。")
    assert found["state"] == "deceitful"
    service = await leave_of_the_clock(session, clock())
    assert await service.cover_on([hall.clerk.staff_id], date(2026, 3, 1), date(2026, 3, 31)) == []
    own = await granted(office, director, "2026-03-16")
    assert problem(await give(office, own, "deceit", reason="误")) == (403, "own_leave")


# Substitutes


@pytest.fixture
async def spare(session: AsyncSession, hall: Hall) -> UUID:
    """Someone of department A who serves at no window."""
    return await make_staff_member(session, hall.department_a, name="沙吾列·努尔别克")


def sending(person: UUID, **changes: Any) -> dict[str, Any]:
    return {"substitute_id": str(person), "sent_by": "县市监局办公室"} | changes


async def test_a_substitute_is_registered_gets_a_badge_and_brings_it_back(
    clerk_next_door: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    spare: UUID,
    hall: Hall,
) -> None:
    leave = await granted(clerk_next_door, director)
    lacking = {"view": "lacking_substitute"}
    assert [one["id"] for one in (await office.get(LEAVE, params=lacking)).json()["items"]] == [
        leave["id"]
    ]
    after = await done(office, leave, "substitutes", **sending(spare))
    assert after["lacks_substitute"] is False
    assert (await office.get(LEAVE, params=lacking)).json()["items"] == []
    [row] = (await office.get(SUBSTITUTIONS, params={"leave_id": leave["id"]})).json()["items"]
    assert (row["window_number"], row["starts_on"], row["ends_on"], row["is_late"]) == (
        "02", "2026-03-11", "2026-03-11", False,
    )  # fmt: skip
    serves = await session.scalar(
        sa.select(WindowService.window_id).where(WindowService.staff_id == spare)
    )
    assert serves == hall.window_02
    empty = (await office.get(f"{LEAVE}/{leave['id']}/outlook")).json()["empty_windows"]
    assert empty == []

    path = f"{SUBSTITUTIONS}/{row['id']}"

    async def act(name: str, **body: Any) -> httpx.Response:
        etag = (await office.get(path)).headers["ETag"]
        return await office.post(f"{path}/{name}", json=body, headers={"If-Match": etag})

    assert problem(await act("hand-back")) == (409, "badge_not_out")
    out = await act("hand-out", badge_number="临03", plate_number="临03")
    assert out.json()["is_outstanding"] is True
    assert problem(await act("hand-out", badge_number="1", plate_number="1")) == (
        409, "badge_handed_out",
    )  # fmt: skip
    clock.set("2026-03-12 11:00")
    outstanding = {"view": "outstanding"}
    [late] = (await office.get(SUBSTITUTIONS, params=outstanding)).json()["items"]
    assert late["is_overdue"] is True
    assert (await act("hand-back", plate=False)).json()["is_outstanding"] is True
    assert (await act("hand-back")).json()["is_outstanding"] is False
    assert problem(await act("hand-back")) == (409, "badge_not_out")
    assert (await office.get(SUBSTITUTIONS, params=outstanding)).json()["items"] == []


async def test_a_substitute_of_some_days_leaves_the_others_lacking(
    clerk_next_door: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    spare: UUID,
) -> None:
    leave = await granted_long(clerk_next_door, chief, director, "2026-03-12", "2026-03-16")
    part = await done(office, leave, "substitutes", **sending(spare, ends_on="2026-03-13"))
    assert part["lacks_substitute"] is True
    rest = await done(office, leave, "substitutes", **sending(spare, starts_on="2026-03-16"))
    assert rest["lacks_substitute"] is False


async def test_a_substitute_registered_after_the_leave_began_is_late(
    clerk_next_door: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    spare: UUID,
) -> None:
    leave = await granted(clerk_next_door, director)
    clock.set("2026-03-11 10:30")
    await done(office, leave, "substitutes", **sending(spare))
    [row] = (await office.get(SUBSTITUTIONS)).json()["items"]
    assert row["is_late"] is True


async def test_who_cannot_be_a_substitute(
    clerk_next_door: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    spare: UUID,
) -> None:
    leave = await granted(clerk_next_door, director)

    async def answer(person: UUID, **changes: Any) -> tuple[int, str]:
        return problem(await give(office, leave, "substitutes", **sending(person, **changes)))

    assert await answer(hall.clerk_next_door.staff_id) == (409, "own_substitute")
    assert await answer(hall.clerk.staff_id) == (409, "substitute_serves_elsewhere")
    foreign = await make_staff_member(session, hall.department_b)
    assert await answer(foreign) == (409, "substitute_of_other_department")
    assert await answer(spare, ends_on="2026-03-12") == (422, "invalid_input")
    assert await answer(UUID(int=7)) == (422, "invalid_input")
    await ask(office, staff_id=str(spare))
    assert await answer(spare) == (409, "substitute_on_leave")
    gone = await make_staff_member(session, hall.department_a, left_on=date(2026, 3, 10))
    assert await answer(gone) == (409, "staff_member_left")
    reply = await give(chief, leave, "substitutes", **sending(spare))
    assert reply.status_code == 403
    without_window = await granted(chief, director)
    reply = await give(office, without_window, "substitutes", **sending(spare))
    assert problem(reply) == (409, "no_window_to_stand_in_at")


async def test_substitutes_end_with_the_absence(
    clerk_next_door: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    spare: UUID,
) -> None:
    leave = await granted_long(clerk_next_door, chief, director, "2026-03-11", "2026-03-13")
    await done(office, leave, "substitutes", **sending(spare))
    clock.set("2026-03-12 09:55")
    await done(clerk_next_door, leave, "return")
    [row] = (await office.get(SUBSTITUTIONS)).json()["items"]
    assert row["ends_on"] == "2026-03-11"
    ends_on = await session.scalar(
        sa.select(WindowService.ends_on).where(WindowService.staff_id == spare)
    )
    assert ends_on == date(2026, 3, 11)
    later = await granted(clerk_next_door, director, "2026-03-16")
    await done(office, later, "substitutes", **sending(spare))
    await done(clerk_next_door, later, "cancel")
    services = (
        await session.scalars(sa.select(WindowService).where(WindowService.staff_id == spare))
    ).all()
    assert len(services) == 1  # the one that never began is gone


async def test_a_substitute_is_recalled_and_the_leave_lacks_one_again(
    clerk_next_door: httpx.AsyncClient, office: httpx.AsyncClient, director: httpx.AsyncClient,
    spare: UUID,
) -> None:  # fmt: skip
    leave = await granted(clerk_next_door, director)
    await done(office, leave, "substitutes", **sending(spare))
    [row] = (await office.get(SUBSTITUTIONS)).json()["items"]
    path = f"{SUBSTITUTIONS}/{row['id']}"
    for status in (200, 409):
        etag = (await office.get(path)).headers["ETag"]
        reply = await office.post(f"{path}/recall", headers={"If-Match": etag})
        assert reply.status_code == status, reply.text
    assert (await office.get(f"{LEAVE}/{leave['id']}")).json()["lacks_substitute"] is True
    hand_out = await office.post(
        f"{path}/hand-out",
        json={"badge_number": "1", "plate_number": "1"},
        headers={"If-Match": (await office.get(path)).headers["ETag"]},
    )
    assert problem(hand_out) == (409, "substitution_over")


async def test_who_sees_a_substitution(
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    spare: UUID,
) -> None:
    leave = await granted(clerk_next_door, director)
    await done(office, leave, "substitutes", **sending(spare))
    [row] = (await office.get(SUBSTITUTIONS)).json()["items"]
    path = f"{SUBSTITUTIONS}/{row['id']}"
    for person, status in (
        (clerk_next_door, 200), (chief, 200), (director, 200), (clerk, 404), (chief_elsewhere, 404),
    ):  # fmt: skip
        assert (await person.get(path)).status_code == status


# Deputies


async def test_the_named_deputy_steps_in_when_the_leave_is_approved(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    hall: Hall,
) -> None:
    deputy = str(hall.clerk_next_door.staff_id)
    leave = await granted_long(clerk, chief, director, "2026-03-12", "2026-03-17", deputy_id=deputy)
    assert (leave["is_deputised"], leave["deputy_name"]) == (True, hall.clerk_next_door.name)
    row = await session.scalar(sa.select(Deputy))
    assert row is not None
    assert (row.starts_on, row.ends_on) == (date(2026, 3, 12), date(2026, 3, 17))
    assert (row.staff_id, row.deputy_id) == (hall.clerk.staff_id, hall.clerk_next_door.staff_id)
    clock.set("2026-03-13 12:00")
    await done(clerk, leave, "return")
    await session.refresh(row)
    assert row.ends_on == date(2026, 3, 13)  # the morning was still leave


async def test_the_standing_deputy_steps_in_when_nobody_is_named(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
) -> None:
    standing = {
        "kind": "standing",
        "staff_id": str(hall.clerk.staff_id),
        "deputy_id": str(hall.colleague.staff_id),
    }
    assert (await chief.post("/api/v1/deputies", json=standing)).status_code == 201
    wish = asking()
    wish.pop("reason")
    outlook = (await clerk.post(f"{LEAVE}/preview", json=wish)).json()
    assert outlook["deputy_name"] == hall.colleague.name
    leave = await granted(clerk, director)
    assert (leave["is_deputised"], leave["deputy_id"]) == (True, None)
    acting = (await chief.get("/api/v1/deputies", params={"kind": "temporary"})).json()["items"]
    assert [(row["deputy_name"], row["starts_on"]) for row in acting] == [
        (hall.colleague.name, "2026-03-11")
    ]
    await done(clerk, leave, "cancel")
    assert await session.scalar(sa.select(sa.func.count(Deputy.id))) == 1


async def test_who_cannot_be_named_as_deputy(clerk: httpx.AsyncClient, hall: Hall) -> None:
    async def answer(person: UUID) -> tuple[int, str]:
        return problem(await clerk.post(LEAVE, json=asking(deputy_id=str(person))))

    assert await answer(hall.clerk.staff_id) == (409, "own_deputy")
    assert await answer(hall.clerk_elsewhere.staff_id) == (409, "deputy_not_near")
    assert await answer(UUID(int=7)) == (422, "invalid_input")


async def test_an_extension_keeps_the_deputy(
    clerk: httpx.AsyncClient, chief: httpx.AsyncClient, director: httpx.AsyncClient,
    session: AsyncSession, hall: Hall,
) -> None:  # fmt: skip
    leave = await granted(clerk, director, deputy_id=str(hall.colleague.staff_id))
    await done(clerk, leave, "extend", ends_on="2026-03-12", reason="续假")
    await done(chief, leave, "agree")
    await done(director, leave, "approve")
    assert await session.scalar(sa.select(Deputy.ends_on)) == date(2026, 3, 12)


# Seeing


async def test_who_sees_whose_leave(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    client: httpx.AsyncClient,
) -> None:
    leave = await ask(clerk)
    paths = [f"{LEAVE}/{leave['id']}{part}" for part in ("", "/outlook", "/timeline")]
    for path in paths:
        for person in (clerk, chief, office, director):
            assert (await person.get(path)).status_code == 200
        for person in (colleague, chief_elsewhere):
            assert problem(await person.get(path)) == (404, "leave_not_found")
        assert (await client.get(path)).status_code == 401
    for person, count in (
        (clerk, 1), (colleague, 0), (chief, 1), (chief_elsewhere, 0), (office, 1), (director, 1),
    ):  # fmt: skip
        assert len((await person.get(LEAVE)).json()["items"]) == count


async def test_leave_is_listed_by_what_is_asked(
    clerk: httpx.AsyncClient, colleague: httpx.AsyncClient, office: httpx.AsyncClient,
    director: httpx.AsyncClient, clock: SetClock, hall: Hall,
) -> None:  # fmt: skip
    sick = await granted(clerk, director, kind="sick")
    await ask(colleague, "2026-03-20")

    async def count(**query: str) -> int:
        reply = await office.get(LEAVE, params=query)
        assert reply.status_code == 200, reply.text
        return len(reply.json()["items"])

    assert await count() == 2
    assert await count(staff_id=str(hall.clerk.staff_id)) == 1
    assert await count(department_id=str(hall.department_b)) == 0
    assert await count(kind="annual") == 1
    assert await count(state="approved") == 1
    assert await count(view="awaiting_decision") == 1
    assert await count(from_on="2026-03-12") == 1
    assert await count(to_on="2026-03-12") == 1
    assert await count(view="away") == 0
    clock.set("2026-03-11 12:00")
    assert await count(view="away") == 1
    page = (await office.get(LEAVE, params={"limit": "1", "with_total": "true"})).json()
    assert page["total"] == 2
    rest = (await office.get(LEAVE, params={"cursor": page["next_cursor"]})).json()["items"]
    assert [one["id"] for one in rest] == [sick["id"]]


async def test_a_leave_says_what_each_may_do_with_it(
    clerk: httpx.AsyncClient, chief: httpx.AsyncClient, office: httpx.AsyncClient,
    director: httpx.AsyncClient,
) -> None:  # fmt: skip
    leave = await ask(clerk, "2026-03-11", "2026-03-12")
    path = f"{LEAVE}/{leave['id']}"
    assert allowed(leave) == {"cancel", "certificate"}
    assert allowed((await chief.get(path)).json()) == {"agree", "refuse"}
    assert allowed((await director.get(path)).json()) == {"refuse"}
    assert allowed((await office.get(path)).json()) == {"cancel", "certificate", "substitutes"}
    stale = await clerk.post(f"{path}/cancel", headers={"If-Match": '"9"'})
    assert problem(stale) == (412, "stale")
    assert problem(await clerk.post(f"{path}/cancel")) == (428, "precondition_required")


# What attendance asks


async def test_cover_says_which_half_days_are_explained(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    hall: Hall,
) -> None:
    leave = await granted(
        clerk, director, "2026-03-13", "2026-03-16", halves=("afternoon", "morning")
    )
    await granted(colleague, director, kind="official_business")
    await ask(colleague, "2026-03-12")  # not granted
    service = await leave_of_the_clock(session, clock())
    people = [hall.clerk.staff_id, hall.colleague.staff_id]
    covers = await service.cover_on(people, date(2026, 3, 1), date(2026, 3, 31))
    by_person = {cover.staff_id: cover for cover in covers}
    assert len(covers) == 2
    own = by_person[hall.clerk.staff_id]
    assert (own.kind, own.leave_kind, str(own.source_id)) == (
        "leave",
        LeaveKind.ANNUAL,
        leave["id"],
    )
    assert own.half_days == (
        (date(2026, 3, 13), Half.AFTERNOON), (date(2026, 3, 16), Half.MORNING),
    )  # fmt: skip
    assert (own.starts_at.isoformat(), own.ends_at.isoformat()) == (
        "2026-03-13T15:30:00+08:00", "2026-03-16T14:00:00+08:00",
    )  # fmt: skip
    assert by_person[hall.colleague.staff_id].kind == "official_business"
    cut = await service.cover_on([hall.clerk.staff_id], date(2026, 3, 16), date(2026, 3, 20))
    assert [cover.half_days for cover in cut] == [((date(2026, 3, 16), Half.MORNING),)]
    assert len(await service.cover_on(None, date(2026, 3, 1), date(2026, 3, 31))) == 2


async def test_each_departments_own_chief_agrees(
    clerk: httpx.AsyncClient, session: AsyncSession, hall: Hall, sign_in: SignIn
) -> None:
    department = await make_department(session)
    window = await make_window(session, department)
    person = await make_staff_member(session, department)
    await make_service(session, person, window)
    head = await make_staff_member(session, department)
    await make_chief(session, department, head)
    accounts = {
        staff: await make_account(session, role, staff_id=staff)
        for staff, role in ((person, Role.WINDOW), (head, Role.CHIEF_REPRESENTATIVE))
    }
    asker, agreer = [
        sign_in(account, await make_login(session, account)) for account in accounts.values()
    ]
    leave = await ask(asker, "2026-03-11", "2026-03-12")
    assert (await done(agreer, leave, "agree"))["state"] == "awaiting_approval"
