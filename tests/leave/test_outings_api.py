"""Outings reported to the office and overtime applied for there (ATTEND 一(三), 二(三)3)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from tests.conftest import SetClock, SignIn
from tests.factories import Hall, make_account, make_login, make_staff_member

from yimen.core.audit import AuditEntry
from yimen.core.caller import Role
from yimen.core.clock import HALL_ZONE
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.domains.leave.dependencies import leave_of_the_clock
from yimen.domains.leave.enums import OUTING_MOVES, OVERTIME_MOVES, OutingState, OvertimeState
from yimen.domains.leave.models import Outing, OvertimeRequest

OUTINGS = "/api/v1/outings"
OVERTIME = "/api/v1/overtime-requests"


def problem(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


def at(clock: str, day: str = "2026-03-10") -> str:
    return f"{day}T{clock}:00+08:00"


def outing(starts: str = "16:00", ends: str = "18:00", **changes: Any) -> dict[str, Any]:
    return {
        "purpose": "errand",
        "reason": "到企业核查住所。",
        "destination": "县工业园区",
        "starts_at": at(starts),
        "ends_at": at(ends),
    } | changes


def overtime(starts: str = "19:30", ends: str = "21:30", **changes: Any) -> dict[str, Any]:
    return {"reason": "年报录入。", "starts_at": at(starts), "ends_at": at(ends)} | changes


async def give(client: httpx.AsyncClient, path: str, act: str, **body: Any) -> httpx.Response:
    seen = await client.get(path)
    headers = {"If-Match": seen.headers.get("ETag", '"1"')}
    return await client.post(f"{path}/{act}", json=body, headers=headers)


async def make(client: httpx.AsyncClient, place: str, body: dict[str, Any]) -> str:
    reply = await client.post(place, json=body)
    assert reply.status_code == 201, reply.text
    return f"{place}/{reply.json()['id']}"


def allowed(thing: dict[str, Any]) -> set[str]:
    return {action["action"] for action in thing["allowed_actions"] if action["allowed"]}


# Outings


async def test_an_outing_is_reported_beforehand_and_ended_on_return(
    clerk: httpx.AsyncClient, clock: SetClock, session: AsyncSession, hall: Hall
) -> None:
    path = await make(clerk, OUTINGS, outing())
    said = (await clerk.get(path)).json()
    assert (said["state_label"], said["purpose_label"], said["is_late"]) == (
        "已报备", "公务外出", False,
    )  # fmt: skip
    assert problem(await give(clerk, path, "return")) == (409, "outing_not_begun")
    clock.set("2026-03-10 17:20")
    back = (await give(clerk, path, "return")).json()
    assert (back["state"], back["back_at"]) == ("returned", "2026-03-10T17:20:00+08:00")
    again = await give(clerk, path, "return")
    assert problem(again) == (409, "outing_state")
    assert again.json()["allowed"] == []
    told = (
        await session.scalars(
            sa.select(OutboxEvent)
            .where(OutboxEvent.subject_type == "outing")
            .order_by(OutboxEvent.id)
        )
    ).all()
    assert [event.kind for event in told] == ["leave.outing_report", "leave.outing_return"]
    assert told[0].facts == {
        "kind": "outing",
        "state": "reported",
        "staff_id": str(hall.clerk.staff_id),
        "first_day": "2026-03-10",
        "last_day": "2026-03-10",
    }
    audited = await session.scalar(
        sa.select(AuditEntry.new).where(AuditEntry.action == "leave.outing_return")
    )
    assert audited is not None and audited["state"] == "returned"


async def test_what_has_begun_is_entered_by_the_office_and_marked_late(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall
) -> None:
    begun = outing("10:30", "12:00")
    assert problem(await clerk.post(OUTINGS, json=begun)) == (409, "outing_begun")
    path = await make(office, OUTINGS, begun | {"staff_id": str(hall.clerk.staff_id)})
    assert (await clerk.get(path)).json()["is_late"] is True
    assert problem(await give(clerk, path, "cancel")) == (409, "outing_begun")
    assert (await give(office, path, "cancel")).json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (at("18:00"), at("16:00")),
        (at("16:00"), at("16:00")),
        (at("16:00"), at("10:00", "2026-03-11")),
    ],
)
async def test_an_outing_is_part_of_one_day(
    clerk: httpx.AsyncClient, *, starts: str, ends: str
) -> None:
    wrong = outing(starts_at=starts, ends_at=ends)
    assert problem(await clerk.post(OUTINGS, json=wrong)) == (422, "invalid_input")


async def test_outings_of_one_person_do_not_overlap(
    clerk: httpx.AsyncClient, colleague: httpx.AsyncClient, database: Database
) -> None:
    path = await make(clerk, OUTINGS, outing())
    reply = await clerk.post(OUTINGS, json=outing("17:00", "19:00"))
    assert problem(reply) == (409, "overlapping_outing")
    assert "16:00至18:00" in reply.json()["detail"]
    await make(colleague, OUTINGS, outing("17:00", "19:00"))
    await make(clerk, OUTINGS, outing("18:00", "19:00"))
    connection = database.engine
    assert isinstance(connection, AsyncConnection)
    found = (await connection.execute(sa.select(Outing).limit(1))).mappings().one()
    with pytest.raises(IntegrityError, match="ex_outings_overlap"):
        async with connection.begin_nested():
            await connection.execute(sa.insert(Outing).values(dict(found) | {"id": UUID(int=1)}))
    assert (await give(clerk, path, "cancel")).status_code == 200
    await make(clerk, OUTINGS, outing("16:30", "17:00"))


async def test_who_sees_and_handles_an_outing(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
) -> None:
    path = await make(clerk, OUTINGS, outing())
    for person, acts in (
        (clerk, {"return", "cancel"}), (office, {"return", "cancel"}), (chief, set()),
        (director, set()),
    ):  # fmt: skip
        assert allowed((await person.get(path)).json()) == acts
        assert len((await person.get(OUTINGS)).json()["items"]) == 1
    for person in (colleague, chief_elsewhere):
        assert problem(await person.get(path)) == (404, "outing_not_found")
        assert problem(await give(person, path, "cancel")) == (404, "outing_not_found")
        assert (await person.get(OUTINGS)).json()["items"] == []
    assert problem(await give(chief, path, "cancel")) == (403, "not_your_leave")
    foreign = outing("18:30", "19:00", staff_id=str(hall.clerk.staff_id))
    assert problem(await chief.post(OUTINGS, json=foreign)) == (403, "not_your_leave")


async def test_outings_are_listed_by_what_is_asked(
    clerk: httpx.AsyncClient, colleague: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall
) -> None:
    await make(clerk, OUTINGS, outing())
    await make(colleague, OUTINGS, outing("18:30", "19:00"))

    async def count(**query: str) -> int:
        return len((await office.get(OUTINGS, params=query)).json()["items"])

    assert await count() == 2
    assert await count(staff_id=str(hall.clerk.staff_id)) == 1
    assert await count(department_id=str(hall.department_b)) == 0
    assert await count(state="cancelled") == 0
    assert await count(from_at=at("18:10")) == 1
    assert await count(to_at=at("18:10")) == 1


# Overtime


@pytest.mark.parametrize(
    ("starts", "ends", "is_free"),
    [
        (at("19:30"), at("21:30"), True),
        (at("19:29"), at("21:30"), False),
        (at("14:00"), at("15:30"), True),  # the midday break
        (at("14:00"), at("15:31"), False),
        (at("20:00"), at("01:00", "2026-03-11"), True),
        (at("10:00", "2026-03-14"), at("19:00", "2026-03-14"), True),  # a Saturday
        (at("10:00", "2026-10-10"), at("12:00", "2026-10-10"), False),  # a make-up Saturday
        (at("19:30", "2026-05-06"), at("21:00", "2026-05-06"), False),  # summer closes at 20:00
    ],
)
async def test_overtime_is_outside_office_hours(
    clerk: httpx.AsyncClient, *, starts: str, ends: str, is_free: bool
) -> None:
    reply = await clerk.post(OVERTIME, json=overtime(starts_at=starts, ends_at=ends))
    if is_free:
        assert reply.status_code == 201, reply.text
    else:
        assert problem(reply) == (409, "overtime_in_office_hours")


async def test_overtime_is_applied_for_beforehand_and_decided_by_the_office(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
) -> None:
    path = await make(clerk, OVERTIME, overtime())
    for person in (clerk, chief, director):
        assert (await give(person, path, "approve")).status_code == 403
    assert allowed((await clerk.get(path)).json()) == {"cancel"}
    assert allowed((await office.get(path)).json()) == {"approve", "refuse", "cancel"}
    approved = (await give(office, path, "approve", note="限年报。")).json()
    assert (approved["state"], approved["decided_by_name"], approved["decision_note"]) == (
        "approved", hall.office.name, "限年报。",
    )  # fmt: skip
    again = await give(office, path, "refuse", note="不")
    assert problem(again) == (409, "overtime_state")
    assert again.json()["allowed"] == ["cancelled"]
    other = await make(clerk, OVERTIME, overtime("22:00", "23:00"))
    assert problem(await give(office, other, "refuse")) == (422, "invalid_input")
    assert (await give(office, other, "refuse", note="可在班内完成。")).json()["state"] == "refused"


async def test_overtime_already_worked_is_entered_by_the_office(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, hall: Hall
) -> None:
    worked = overtime(starts_at=at("20:00", "2026-03-09"), ends_at=at("22:00", "2026-03-09"))
    assert problem(await clerk.post(OVERTIME, json=worked)) == (409, "overtime_begun")
    path = await make(office, OVERTIME, worked | {"staff_id": str(hall.clerk.staff_id)})
    assert (await give(office, path, "approve")).json()["is_late"] is True
    assert problem(await give(clerk, path, "cancel")) == (409, "overtime_begun")


async def test_nobody_of_the_office_approves_their_own_overtime(
    office: httpx.AsyncClient, session: AsyncSession, sign_in: SignIn
) -> None:
    path = await make(office, OVERTIME, overtime())
    assert problem(await give(office, path, "approve")) == (403, "own_leave")
    person = await make_staff_member(session)
    account = await make_account(session, Role.OFFICE, staff_id=person)
    other = sign_in(account, await make_login(session, account))
    assert (await give(other, path, "approve")).status_code == 200


async def test_what_is_no_overtime(clerk: httpx.AsyncClient, office: httpx.AsyncClient) -> None:
    reversed_ = overtime("21:30", "20:00")
    assert problem(await clerk.post(OVERTIME, json=reversed_)) == (422, "invalid_input")
    long = overtime(starts_at=at("20:00"), ends_at=at("20:00", "2026-03-12"))
    assert problem(await clerk.post(OVERTIME, json=long)) == (422, "invalid_input")
    path = await make(clerk, OVERTIME, overtime())
    twice = await clerk.post(OVERTIME, json=overtime("20:00", "21:00"))
    assert problem(twice) == (409, "overlapping_overtime")
    assert (await give(clerk, path, "cancel")).json()["state"] == "cancelled"
    await make(clerk, OVERTIME, overtime("20:00", "21:00"))


async def test_who_sees_overtime(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
) -> None:
    path = await make(clerk, OVERTIME, overtime())
    for person, status in ((clerk, 200), (chief, 200), (colleague, 404), (chief_elsewhere, 404)):
        assert (await person.get(path)).status_code == status
        assert len((await person.get(OVERTIME)).json()["items"]) == (status == 200)


# Cover


async def test_outings_and_approved_overtime_cover_their_time(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    hall: Hall,
) -> None:
    first = await make(clerk, OUTINGS, outing("15:40", "17:00"))
    second = await make(clerk, OUTINGS, outing("18:00", "19:00", purpose="training"))
    dropped = await make(clerk, OUTINGS, outing("17:10", "17:50"))
    await give(clerk, dropped, "cancel")
    approved = await make(clerk, OVERTIME, overtime("19:30", "20:30"))
    await make(clerk, OVERTIME, overtime("21:00", "22:00"))
    await give(office, approved, "approve")
    clock.set("2026-03-10 16:20")
    await give(clerk, first, "return")  # earlier than said
    clock.set("2026-03-10 19:20")
    await give(clerk, second, "return")  # later than said: the rest is not covered
    service = await leave_of_the_clock(session, clock())
    day = date(2026, 3, 10)
    covers = await service.cover_on([hall.clerk.staff_id], day, day)

    def hm(instant: datetime) -> str:
        return f"{instant.astimezone(HALL_ZONE):%H:%M}"

    assert [(cover.kind, hm(cover.starts_at), hm(cover.ends_at)) for cover in covers] == [
        ("outing", "15:40", "16:20"),
        ("training", "18:00", "19:00"),
        ("overtime", "19:30", "20:30"),
    ]
    assert {cover.half_days for cover in covers} == {None}
    assert await service.cover_on([hall.colleague.staff_id], day, day) == []
    assert await service.cover_on(None, date(2026, 3, 11), date(2026, 3, 11)) == []
    assert await session.scalar(sa.select(sa.func.count(OvertimeRequest.id))) == 2


def test_every_state_of_outings_and_overtime_is_reached() -> None:
    assert OUTING_MOVES.keys() == set(OutingState)
    assert {OutingState.REPORTED}.union(*OUTING_MOVES.values()) == set(OutingState)
    assert OVERTIME_MOVES.keys() == set(OvertimeState)
    assert {OvertimeState.APPLIED}.union(*OVERTIME_MOVES.values()) == set(OvertimeState)
