"""What REJECT 七 punishes, found from the records: each breach, and its near miss."""

from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import PHONE, give, take_in
from tests.catalog_factories import Items
from tests.commands import command
from tests.conftest import SetClock

Json = dict[str, Any]

REFUSAL: Json = {"reason": "不具备条件", "legal_basis": "食品安全法第三十三条"}
DESK: Json = {
    "requester": {"kind": "person", "name": "巴特尔", "phone": PHONE},
    "matter": "要求开具已取消的证明",
    "reason": "该证明已经取消",
    "legal_basis": "国务院关于取消证明事项的决定",
    "is_within_authority": True,
}
DISMISSAL: Json = {
    "ground": "against_policy",
    "reason": "不符合规划",
    "legal_basis": "行政许可法第三十二条",
}
HANDED_OVER: Json = {"returned_to": "本人", "identity_checked": "身份证", "signed_by": "本人"}


async def file(client: httpx.AsyncClient, **body: Any) -> Json:
    reply = await client.post("/api/v1/rejections", json=body)
    assert reply.status_code == 201, reply.text
    filed: Json = reply.json()
    return filed


async def refuse(client: httpx.AsyncClient, case: Json, *, within: bool = True) -> Json:
    return await file(
        client,
        case_id=case["id"],
        case_version=case["version"],
        is_within_authority=within,
        **REFUSAL,
    )


act = partial(command, "/api/v1/rejections")


async def again(client: httpx.AsyncClient, case: Json) -> Json:
    read: Json = (await client.get(f"/api/v1/cases/{case['id']}")).json()
    return read


async def breaches(
    client: httpx.AsyncClient, first: str = "2026-03-01", last: str = "2026-03-31", **query: str
) -> list[Json]:
    reply = await client.get(
        "/api/v1/rejections/breaches", params={"first": first, "last": last} | query
    )
    assert reply.status_code == 200, reply.text
    found: list[Json] = reply.json()
    return found


async def kinds(client: httpx.AsyncClient) -> list[str]:
    return [line["kind"] for line in await breaches(client)]


@pytest.mark.parametrize("action", ["dismiss", "not-accept"])
async def test_a_dismissal_or_non_acceptance_that_is_on_no_file_is_found_after_its_day(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock, action: str
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    body = DISMISSAL if action == "dismiss" else REFUSAL
    await give(clerk, case, action, **body)
    clock.set("2026-03-11 19:30")
    assert await breaches(clerk) == []
    clock.set("2026-03-11 19:31")
    [found] = await breaches(clerk)
    assert (found["kind"], found["article"]) == ("not_filed", "REJECT 七2")
    assert found["on"] == "2026-03-11"
    assert found["case_number"] == case["case_number"]
    assert found["rejection_id"] is None
    assert found["handler"]["name"] == "阿依古丽·买买提"
    assert found["window"]["number"] == "01"
    assert "2026年3月10日（星期二）11:00" in found["evidence"]
    # filed after all, but late
    await refuse(clerk, await again(clerk, case))
    [found] = await breaches(clerk)
    assert (found["kind"], found["article"]) == ("filed_late", "REJECT 七5")
    assert found["on"] == "2026-03-11"


async def test_a_dismissal_filed_in_time_and_what_nobody_refused_are_no_breach(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    gone = await take_in(clerk, items.food, materials=[])
    await give(clerk, gone, "withdraw", reason="不办了", signed_by="本人")
    dismissed = await give(clerk, case, "dismiss", **DISMISSAL)
    clock.set("2026-03-11 19:30")
    await refuse(clerk, dismissed)
    clock.set("2026-03-31 11:00")
    assert await breaches(clerk) == []


async def test_a_refusal_beyond_authority_without_the_director_is_found(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    asked = await file(clerk, **DESK | {"is_within_authority": False})
    await act(director, asked, "decide", agrees=True, opinion="同意")
    await file(clerk, **DESK)
    assert await breaches(clerk) == []
    alone = await file(
        clerk, **DESK | {"is_within_authority": False, "refused_at": "2026-03-10T10:30:00+08:00"}
    )
    case = await take_in(clerk, items.food, materials=[])
    await refuse(clerk, await give(clerk, case, "dismiss", **DISMISSAL), within=False)
    found = await breaches(clerk)
    assert [line["kind"] for line in found] == ["beyond_authority", "beyond_authority"]
    assert {line["article"] for line in found} == {"REJECT 七3"}
    assert {line["rejection_id"] for line in found} >= {alone["id"]}
    assert {line["case_number"] for line in found} == {None, case["case_number"]}


@pytest.mark.parametrize(("completed_at", "is_late"), [("19:30", False), (None, True)])
async def test_a_form_not_filled_in_by_its_day_is_found(
    clerk: httpx.AsyncClient, hall: Any, clock: SetClock, completed_at: str | None, is_late: bool
) -> None:
    bare = DESK | {"requester": {"kind": "person", "name": "巴特尔"}}
    filed = await file(clerk, **bare)
    filed = await act(clerk, filed, "deliver-notice", method="in_person", signed_by="巴特尔")
    if completed_at:
        clock.set(f"2026-03-11 {completed_at}")
        await act(clerk, filed, "complete", phone=PHONE)
    clock.set("2026-03-11 19:30")
    assert await breaches(clerk) == []
    clock.set("2026-03-11 19:31")
    found = await breaches(clerk)
    assert [(line["kind"], line["article"]) for line in found] == (
        [("form_missing", "REJECT 七4")] if is_late else []
    )


@pytest.mark.parametrize(
    ("refused_at", "is_late"), [("2026-03-17 19:30", False), ("2026-03-17 19:31", True)]
)
async def test_a_refusal_after_the_promised_time_is_found(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock, refused_at: str, is_late: bool
) -> None:
    case = await take_in(clerk, items.food)
    clock.set(refused_at)
    await refuse(clerk, case)
    found = await breaches(clerk)
    assert [(line["kind"], line["article"], line["on"]) for line in found] == (
        [("refused_late", "REJECT 七5", "2026-03-17")] if is_late else []
    )


@pytest.mark.parametrize(
    ("decided_at", "is_late"),
    [
        ("2026-03-12 19:30", False),
        ("2026-03-13 19:30", False),
        ("2026-03-13 19:31", True),
        ("2026-03-16 11:00", True),
    ],
)
@pytest.mark.parametrize("agrees", [True, False])
async def test_the_director_has_three_working_days(
    *,
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    decided_at: str,
    is_late: bool,
    agrees: bool,
) -> None:
    case = await take_in(clerk, items.food)
    asked = await refuse(clerk, case, within=False)
    clock.set(decided_at)
    assert await kinds(clerk) == (["decision_late"] if is_late else [])
    await act(director, asked, "decide", agrees=agrees, opinion="已阅")
    found = await breaches(clerk)
    assert [line["kind"] for line in found] == (["decision_late"] if is_late else [])
    if is_late:
        assert (found[0]["article"], found[0]["on"]) == ("REJECT 三", "2026-03-13")
        assert found[0]["handler"] is None


async def test_a_notice_that_reached_nobody_is_found(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    await refuse(clerk, case)
    told = await take_in(clerk, items.food)
    await refuse(clerk, told)
    desk = await file(clerk, **DESK)
    clock.set("2026-03-24 19:30")  # the tenth working day
    await give(clerk, await again(clerk, told), "deliver", method="post", signed_by="本人")
    await act(clerk, desk, "deliver-notice", method="post", signed_by="巴特尔")
    assert await breaches(clerk) == []
    clock.set("2026-03-24 19:31")
    [found] = await breaches(clerk)
    assert (found["kind"], found["article"]) == ("not_notified", "REJECT 七5")
    assert found["case_number"] == case["case_number"]
    # delivered late it stays a breach
    await give(clerk, await again(clerk, case), "deliver", method="post", signed_by="本人")
    assert await kinds(clerk) == ["not_notified"]


async def test_a_void_notice_tells_nobody(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    filed = await refuse(clerk, case)
    await give(clerk, await again(clerk, case), "deliver", method="post", signed_by="本人")
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    for number in (filed["notice_number"], filed["form_number"]):
        paper = next(paper for paper in papers if paper["number"] == number)
        await office.post(
            f"/api/v1/papers/{paper['id']}/void",
            json={"reason": "写错"},
            headers={"If-Match": '"1"'},
        )
    clock.set("2026-03-31 11:00")
    assert await kinds(clerk) == ["form_missing", "not_notified"]


@pytest.mark.parametrize(
    ("returned_at", "is_late"),
    [("2026-03-13 19:30", False), ("2026-03-13 19:31", True), (None, True)],
)
async def test_materials_not_returned_though_asked_for_are_found(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    returned_at: str | None,
    is_late: bool,
) -> None:
    case = await take_in(clerk, items.food)
    filed = await refuse(clerk, case)
    case = await again(clerk, case)
    await give(clerk, case, "deliver", method="pick_up", signed_by="本人")
    quiet = await take_in(clerk, items.food)
    await refuse(clerk, quiet)  # nobody asked for these
    await give(clerk, await again(clerk, quiet), "deliver", method="post", signed_by="本人")
    await act(clerk, filed, "ask-return")
    if returned_at is not None:
        clock.set(returned_at)
        await give(clerk, await again(clerk, case), "return-materials", **HANDED_OVER)
    clock.set("2026-03-13 19:31")
    found = await breaches(clerk)
    assert [(line["kind"], line["article"], line["on"]) for line in found] == (
        [("not_returned", "REJECT 七6", "2026-03-13")] if is_late else []
    )


async def test_breaches_are_those_of_the_days_asked_for_and_of_ones_own_windows(
    clerk: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    await give(clerk, case, "dismiss", **DISMISSAL)
    clock.set("2026-03-31 11:00")
    for reader in (clerk, chief, office):
        assert await kinds(reader) == ["not_filed"]
    assert await kinds(clerk_elsewhere) == []
    assert len(await breaches(office, "2026-03-11", "2026-03-11")) == 1
    assert await breaches(office, "2026-03-12", "2026-03-31") == []
    assert await breaches(office, "2026-03-01", "2026-03-10") == []
    assert len(await breaches(office, kind="not_filed")) == 1
    assert await breaches(office, kind="filed_late") == []


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        ("2026-03-02", "2026-03-01", 422),
        ("2025-01-01", "2026-01-01", 200),
        ("2025-01-01", "2026-01-02", 422),
    ],
)
async def test_a_period_is_in_order_and_a_year_at_most(
    office: httpx.AsyncClient, first: str, last: str, status: int
) -> None:
    reply = await office.get("/api/v1/rejections/breaches", params={"first": first, "last": last})
    assert reply.status_code == status, reply.text
    if status == 422:
        assert reply.json()["code"] == "breach_period"


async def test_a_breach_after_a_long_holiday_is_still_found(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """Ten working days from before the Spring Festival reach well into another month."""
    clock.set("2026-02-11 11:00")
    filed = await file(clerk, **DESK)
    clock.set("2026-03-31 11:00")
    found = await breaches(clerk, "2026-02-01", "2026-03-31")
    assert [line["kind"] for line in found] == ["not_notified"]
    on = date.fromisoformat(found[0]["on"])
    assert (on - date(2026, 2, 11)).days > 14
    assert [
        line["rejection_id"] for line in await breaches(clerk, on.isoformat(), on.isoformat())
    ] == [filed["id"]]


async def test_a_list_of_breaches_asks_a_fixed_number_of_questions(
    clerk: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    asked: list[str] = []

    def count(*args: Any) -> None:
        if args[2].lstrip().startswith("SELECT"):
            asked.append(args[2])

    connection = await session.connection()
    target = connection.sync_connection
    assert target is not None
    lengths = []
    for _ in range(2):
        for _ in range(3):
            await file(clerk, **DESK)
        sa.event.listen(target.engine, "before_cursor_execute", count)
        before = len(asked)
        reply = await clerk.get("/api/v1/rejections")
        await breaches(clerk)
        lengths.append(len(asked) - before)
        sa.event.remove(target.engine, "before_cursor_execute", count)
        assert reply.status_code == 200
    assert lengths[0] == lengths[1] > 0
