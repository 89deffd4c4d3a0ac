"""Who stands in for an absent handler sees and acts on the cases, and it shows (ABPOST 三)."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall, Person

from yimen.core.audit import AuditEntry
from yimen.core.outbox import OutboxEvent
from yimen.domains.organisation.enums import DeputyKind
from yimen.domains.organisation.models import Deputy

CASES = "/api/v1/cases"


async def name_deputy(
    session: AsyncSession,
    absent: Person,
    deputy: Person,
    *,
    kind: DeputyKind = DeputyKind.TEMPORARY,
    starts_on: date = date(2026, 3, 11),
    ends_on: date = date(2026, 3, 12),
) -> None:
    session.add(
        Deputy(
            kind=kind,
            staff_id=absent.staff_id,
            deputy_id=deputy.staff_id,
            starts_on=starts_on,
            ends_on=ends_on,
            reason="请假",
        )
    )
    await session.flush()


async def seen(client: httpx.AsyncClient, case: dict[str, Any]) -> tuple[int, int]:
    """The status of the case itself, and how many cases the list has."""
    alone = await client.get(f"{CASES}/{case['id']}")
    return alone.status_code, len((await client.get(CASES)).json()["items"])


@pytest.mark.parametrize("sort", ["-registered_at", "due_at"])
async def test_a_deputy_at_another_window_sees_the_absent_persons_cases_for_that_time(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    items: Items,
    hall: Hall,
    sort: str,
) -> None:
    case = await take_in(clerk, items.food)
    await take_in(colleague, items.food)
    await name_deputy(session, hall.clerk, hall.clerk_next_door)
    assert await seen(clerk_next_door, case) == (404, 0)
    for now in ("2026-03-11 00:00", "2026-03-12 23:59"):
        clock.set(now)
        assert await seen(clerk_next_door, case) == (200, 1)  # the colleague's stays unseen
        query = {"sort": sort, "with_total": "true"}
        page = (await clerk_next_door.get(CASES, params=query)).json()
        assert ([one["id"] for one in page["items"]], page["total"]) == ([case["id"]], 1)
    clock.set("2026-03-13 00:00")
    assert await seen(clerk_next_door, case) == (404, 0)


async def test_what_a_deputy_does_is_done_for_the_absent_person(
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk, items.food)
    await name_deputy(session, hall.clerk, hall.clerk_next_door)
    clock.set("2026-03-11 11:00")
    path = f"{CASES}/{case['id']}"
    shown = (await clerk_next_door.get(path)).json()
    assert "finish" in {one["action"] for one in shown["allowed_actions"] if one["allowed"]}
    await give(clerk_next_door, shown, "finish", result_number="许字第1号")
    timeline = (await clerk.get(f"{path}/timeline")).json()
    assert [(one["kind"], one["actor_name"], one["on_behalf_of"]) for one in timeline[-1:]] == [
        ("granted", hall.clerk_next_door.name, hall.clerk.name)
    ]
    assert {one["on_behalf_of"] for one in timeline[:-1]} == {None}


async def test_a_colleague_at_the_window_who_stands_in_for_nobody_acts_for_nobody(
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk, items.food)
    other = await take_in(clerk, items.food)
    await give(colleague, case, "finish", result_number="许字第1号")
    await name_deputy(session, hall.clerk, hall.colleague)
    clock.set("2026-03-11 11:00")
    await give(colleague, other, "finish", result_number="许字第2号")
    for one, expected in ((case, None), (other, hall.clerk.name)):
        timeline = (await clerk.get(f"{CASES}/{one['id']}/timeline")).json()
        assert timeline[-1]["on_behalf_of"] == expected


async def test_a_standing_deputy_and_one_of_another_day_see_nothing(
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk, items.food)
    await name_deputy(
        session,
        hall.clerk,
        hall.clerk_next_door,
        kind=DeputyKind.STANDING,
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 31),
    )
    await name_deputy(
        session, hall.clerk, hall.clerk_next_door, starts_on=date(2026, 3, 9),
        ends_on=date(2026, 3, 9),
    )  # fmt: skip
    assert await seen(clerk_next_door, case) == (404, 0)


async def test_a_chief_who_stands_in_elsewhere_sees_both_departments_cases(
    clerk_elsewhere: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk_elsewhere, items.land)
    await name_deputy(session, hall.clerk_elsewhere, hall.chief)
    assert await seen(chief, case) == (404, 0)
    clock.set("2026-03-11 11:00")
    assert await seen(chief, case) == (200, 1)


async def test_leave_hands_the_open_cases_over_and_the_return_takes_them_back(
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clock: SetClock,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk, items.food)
    asked = await clerk.post(
        "/api/v1/leave-requests",
        json={
            "kind": "annual",
            "starts_on": "2026-03-11",
            "ends_on": "2026-03-11",
            "reason": "家中有事。",
            "deputy_id": str(hall.clerk_next_door.staff_id),
        },
    )
    assert asked.status_code == 201, asked.text
    path = f"/api/v1/leave-requests/{asked.json()['id']}"
    approved = await director.post(f"{path}/approve", headers={"If-Match": '"1"'})
    assert approved.status_code == 200, approved.text
    assert await seen(clerk_next_door, case) == (404, 0)
    clock.set("2026-03-11 10:30")
    assert await seen(clerk_next_door, case) == (200, 1)
    clock.set("2026-03-12 09:30")
    assert await seen(clerk_next_door, case) == (404, 0)


async def test_a_deputy_prints_the_papers_of_the_absent_persons_cases(
    *,
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    case = await take_in(clerk, items.food)
    papers = (await clerk.get(f"{CASES}/{case['id']}/papers")).json()
    page = f"/api/v1/papers/{papers[-1]['id']}/html"
    await name_deputy(session, hall.clerk, hall.clerk_next_door)
    for now, expected in (("2026-03-10", 404), ("2026-03-11", 200), ("2026-03-13", 404)):
        clock.set(f"{now} 11:00")
        assert (await clerk_next_door.get(page)).status_code == expected
        assert (await chief_elsewhere.get(page)).status_code == 404


async def test_a_deputy_refuses_and_files_for_the_absent_person(
    *,
    clerk: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    clock: SetClock,
    session: AsyncSession,
    items: Items,
    hall: Hall,
) -> None:
    """REJECT 三 beyond authority: the request, its sight and its retraction are the deputy's."""
    case = await take_in(clerk, items.food)
    earlier = await take_in(clerk, items.food)
    wish = {"reason": "经营场所不具备防火条件", "legal_basis": "食品安全法第三十三条"}
    own = {"case_id": earlier["id"], "case_version": earlier["version"]} | wish
    filed = await clerk.post("/api/v1/rejections", json=own | {"is_within_authority": False})
    assert filed.status_code == 201, filed.text
    await name_deputy(session, hall.clerk, hall.clerk_next_door)

    async def seen_refusals() -> list[str]:
        listed = (await clerk_next_door.get("/api/v1/rejections")).json()["items"]
        return [one["id"] for one in listed]

    assert await seen_refusals() == []
    clock.set("2026-03-11 11:00")
    assert await seen_refusals() == [filed.json()["id"]]
    path = f"/api/v1/rejections/{filed.json()['id']}"
    shown = (await clerk_next_door.get(path)).json()
    assert "retract" in {one["action"] for one in shown["allowed_actions"] if one["allowed"]}
    seen_version = {"If-Match": f'"{shown["version"]}"'}
    body = {"reason": "改为补件"}
    retracted = await clerk_next_door.post(f"{path}/retract", json=body, headers=seen_version)
    assert retracted.status_code == 200, retracted.text
    within = {"case_id": case["id"], "case_version": case["version"], "is_within_authority": True}
    refused = await clerk_next_door.post("/api/v1/rejections", json=within | wish)
    assert refused.status_code == 201, refused.text
    for one, kind in ((earlier, "refusal_retracted"), (case, "refused")):
        timeline = (await clerk.get(f"{CASES}/{one['id']}/timeline")).json()
        assert (timeline[-1]["kind"], timeline[-1]["on_behalf_of"]) == (kind, hall.clerk.name)
    told = await session.scalars(
        sa.select(AuditEntry.new)
        .where(AuditEntry.subject_type == "rejection", AuditEntry.actor == "clerk.next.door")
        .order_by(AuditEntry.id)
    )
    assert [new and new["on_behalf_of"] for new in told] == [str(hall.clerk.staff_id)] * 2
    # by these the deputy is told of them, too (events.access)
    events = await session.scalars(
        sa.select(OutboxEvent).where(OutboxEvent.subject_type.in_(("case", "rejection")))
    )
    handlers = {(event.kind, event.facts["handler_id"]) for event in events}
    assert handlers == {
        (kind, str(hall.clerk.staff_id))
        for kind in (
            "case.accepted", "case.refusal_requested", "case.refusal_retracted", "case.refused",
            "rejection.requested", "rejection.retracted", "rejection.filed",
        )
    }  # fmt: skip
    clock.set("2026-03-13 11:00")
    assert await seen_refusals() == []
