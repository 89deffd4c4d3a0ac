"""Ratings over HTTP: one a case, after the decision; a bad one is followed up in time."""

import re
from datetime import date, timedelta
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
from tests.factories import Hall

from yimen.core.audit import AuditEntry
from yimen.core.errors import BY_CONSTRAINT
from yimen.core.outbox import OutboxEvent
from yimen.domains.ratings.enums import ACTION_STATES, FOLLOW_UP_MOVES, FollowUp, RatingAction
from yimen.domains.ratings.repository import RatingRepository
from yimen.domains.ratings.service import AlreadyRated

PATH = "/api/v1/ratings"
PUBLIC = "/api/v1/public/ratings"
CODE = re.compile(r"查询码：(\S{14})")


async def code_of(clerk: httpx.AsyncClient, case: dict[str, Any]) -> str:
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    code: str = CODE.findall(papers[0]["text"])[0]
    return code


async def finished(clerk: httpx.AsyncClient, items: Items) -> dict[str, str]:
    """Number and code of a case that was just granted."""
    case = await take_in(clerk, items.food)
    await give(clerk, case, "finish")
    return {"case_number": case["case_number"], "code": await code_of(clerk, case)}


async def rate(
    client: httpx.AsyncClient, key: dict[str, str], level: str, *, expect: int = 201, **more: str
) -> dict[str, Any]:
    reply = await client.post(PUBLIC, json={**key, "level": level, **more})
    assert reply.status_code == expect, reply.text
    said: dict[str, Any] = reply.json()
    return said


async def only(office: httpx.AsyncClient) -> dict[str, Any]:
    [found] = (await office.get(PATH)).json()["items"]
    rating: dict[str, Any] = found
    return rating


act = partial(command, PATH)


HEARD: dict[str, Any] = {"was_reached": True, "note": "申请人反映等候一小时"}
FOUND: dict[str, Any] = {
    "finding": "confirmed",
    "reason": "叫号记录",
    "answer": "情况属实，向您致歉。",
}


async def test_an_applicant_rates_a_finished_case_once(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    key = await finished(clerk, items)
    said = await rate(client, key, "very_satisfied", comment="很方便")
    assert (said["level_label"], said["follow_up"]) == ("非常满意", "not_needed")
    assert said["answer_due_at"] is None
    again = await rate(client, key, "very_dissatisfied", expect=409)
    assert again["code"] == "already_rated"
    rating = await only(office)
    assert (rating["comment"], rating["channel"], rating["due_at"]) == (
        "很方便", "public_link", None,
    )  # fmt: skip


async def test_the_database_itself_keeps_one_rating_a_case(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    """Two that arrive at the same moment both pass the check that comes first."""
    await rate(client, await finished(clerk, items), "satisfied")
    copied = sa.text(
        "INSERT INTO ratings SELECT (jsonb_populate_record(rating, jsonb_build_object("
        "'id', gen_random_uuid()))).* FROM ratings AS rating"
    )
    with pytest.raises(sa.exc.IntegrityError, match="uq_ratings_case_id"):
        async with session.begin_nested():
            await session.execute(copied)
    assert BY_CONSTRAINT["uq_ratings_case_id"] is AlreadyRated


async def test_the_same_key_sent_twice_is_one_rating(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items
) -> None:
    key = await finished(clerk, items)
    body = {**key, "level": "satisfied"}
    headers = {"Idempotency-Key": "kiosk-77"}
    first = await client.post(PUBLIC, json=body, headers=headers)
    second = await client.post(PUBLIC, json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("action", "body", "may"),
    [
        (None, {}, False),
        ("finish", {}, True),
        ("withdraw", {"reason": "不办了", "signed_by": "本人"}, False),
    ],
)
async def test_only_what_the_hall_decided_is_rated(
    action: str | None,
    body: dict[str, Any],
    may: bool,
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    items: Items,
) -> None:
    case = await take_in(clerk, items.food)
    if action is not None:
        await give(clerk, case, action, **body)
    key = {"case_number": case["case_number"], "code": await code_of(clerk, case)}
    said = await rate(client, key, "fair", expect=201 if may else 409)
    if not may:
        assert said["code"] == "rating_too_early"


async def test_a_dismissed_applicant_rates_too(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    await give(
        clerk, case, "dismiss", ground="principal_missing", reason="缺申请书", legal_basis="许可法"
    )
    key = {"case_number": case["case_number"], "code": await code_of(clerk, case)}
    await rate(client, key, "dissatisfied")


async def test_a_wrong_code_rates_nothing_and_is_slowed_down(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    key = await finished(clerk, items)
    for _ in range(10):
        refused = await rate(client, key | {"code": "K7QM-3X9P-2RTD"}, "fair", expect=404)
        assert refused["code"] == "case_lookup_refused"
    await rate(client, key, "fair", expect=429)
    assert (await office.get(PATH)).json()["items"] == []


@pytest.mark.parametrize(("level", "is_bad"), [("fair", False), ("dissatisfied", True)])
async def test_the_two_lowest_levels_open_a_follow_up_with_five_working_days(
    level: str,
    is_bad: bool,
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
) -> None:
    said = await rate(client, await finished(clerk, items), level)
    rating = await only(office)
    due_at = "2026-03-17T19:30:00+08:00" if is_bad else None  # Tuesday 10 March + 5
    assert rating["due_at"] == said["answer_due_at"] == due_at
    assert rating["follow_up"] == ("open" if is_bad else "not_needed")


@pytest.mark.parametrize(
    ("at", "overdue"), [("2026-03-17 19:30", False), ("2026-03-17 19:31", True)]
)
async def test_an_unanswered_bad_rating_is_overdue_after_its_last_instant(
    at: str,
    overdue: bool,
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
) -> None:
    await rate(client, await finished(clerk, items), "very_dissatisfied")
    clock.set(at)
    rating = await only(office)
    assert rating["is_overdue"] is overdue
    for asked in (True, False):
        listed = (await office.get(PATH, params={"is_overdue": asked})).json()["items"]
        assert len(listed) == (1 if asked is overdue else 0)
    rating = await act(office, rating, "contact", **HEARD)
    closed = await act(office, rating, "close", **FOUND)
    assert closed["is_overdue"] is overdue  # answered late stays late
    assert (await office.get(PATH, params={"is_overdue": True})).json()["items"] == []


async def test_the_office_hears_the_applicant_finds_and_answers(
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    key = await finished(clerk, items)
    await rate(client, key, "dissatisfied", comment="等了一小时")
    rating = await only(office)
    unheard = await act(office, rating, "close", expect=409, **FOUND)
    assert (unheard["code"], unheard["allowed"]) == (
        "follow_up_state", ["reveal-contact", "contact"],
    )  # fmt: skip
    shown = await office.post(f"{PATH}/{rating['id']}/reveal-contact", json={"reason": "差评回访"})
    assert shown.json() == {"phone": PHONE}
    audit = await session.scalar(
        sa.select(AuditEntry.new).where(AuditEntry.action == "cases.reveal_phone")
    )
    assert audit == {"reason": "差评回访"}
    tried = await act(office, rating, "contact", was_reached=False, note="无人接听")
    heard = await act(office, tried, "contact", **HEARD)
    assert heard["was_reached"] is True
    stale = await act(office, tried, "close", expect=412, **FOUND)
    assert stale["code"] == "stale"
    closed = await act(office, heard, "close", **FOUND)
    assert (closed["finding_label"], closed["closed_by_name"]) == ("情况属实", "赵敏")
    assert all(not one["allowed"] for one in closed["allowed_actions"])
    answer = await client.post(f"{PUBLIC}/lookup", json=key)
    assert answer.json()["answer"] == "情况属实，向您致歉。"
    assert "叫号记录" not in answer.text and "等了一小时" not in answer.text
    events = await session.scalars(
        sa.select(OutboxEvent.kind).where(OutboxEvent.kind.startswith("rating."))
    )
    assert list(events) == ["rating.rate", "rating.contact", "rating.contact", "rating.close"]
    hidden = await office.post(f"{PATH}/{rating['id']}/reveal-contact", json={"reason": "再看"})
    assert hidden.status_code == 409

    today = clock.now.date()
    [fact] = await RatingRepository(session).confirmed_bad(today, today)
    assert (fact.handler_id, fact.window_id) == (hall.clerk.staff_id, hall.window_01)
    for day in (today - timedelta(days=1), today + timedelta(days=1)):
        assert await RatingRepository(session).confirmed_bad(day, day) == []


async def test_an_unfounded_bad_rating_is_no_fact(
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    session: AsyncSession,
) -> None:
    await rate(client, await finished(clerk, items), "dissatisfied")
    rating = await act(office, await only(office), "contact", **HEARD)
    await act(office, rating, "close", **(FOUND | {"finding": "unfounded"}))
    assert await RatingRepository(session).confirmed_bad(date(2026, 1, 1), date(2026, 12, 31)) == []


async def test_a_rating_that_was_not_given_has_no_answer(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items
) -> None:
    reply = await client.post(f"{PUBLIC}/lookup", json=await finished(clerk, items))
    assert (reply.status_code, reply.json()["code"]) == (404, "not_rated_yet")


@pytest.mark.parametrize("who", ["clerk", "chief", "director"])
async def test_nobody_but_the_office_takes_ratings_down_or_follows_them_up(
    who: str,
    request: pytest.FixtureRequest,
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
) -> None:
    other: httpx.AsyncClient = request.getfixturevalue(who)
    case = await take_in(clerk, items.food)
    await give(clerk, case, "finish")
    body = {"case_id": case["id"], "level": "very_satisfied", "recorded_how": "来电"}
    assert (await other.post(PATH, json=body)).status_code == 403
    bad = body | {"level": "dissatisfied"}
    rating = (await office.post(PATH, json=bad)).json()
    assert (rating["channel_label"], rating["recorded_by_name"]) == ("中心办公室代录", "赵敏")
    await act(other, rating, "contact", expect=403, **HEARD)
    await act(other, rating, "close", expect=403, **FOUND)
    reveal = await other.post(f"{PATH}/{rating['id']}/reveal-contact", json={"reason": "看看"})
    assert reveal.status_code == 403
    said = {one["action"]: one for one in (await only(other))["allowed_actions"]}
    assert set(said) == {action.value for action in RatingAction}
    assert {one["reason_code"] for one in said.values()} == {"forbidden"}


async def test_a_rating_is_seen_by_its_window_department_office_and_director(
    client: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    clerk_next_door: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
) -> None:
    await rate(client, await finished(clerk, items), "satisfied")
    rating = await only(office)
    for sees in (clerk, colleague, chief, office, director):
        assert (await sees.get(f"{PATH}/{rating['id']}")).status_code == 200
        assert len((await sees.get(PATH)).json()["items"]) == 1
    for blind in (clerk_next_door, clerk_elsewhere, chief_elsewhere):
        assert (await blind.get(f"{PATH}/{rating['id']}")).status_code == 404
        assert (await blind.get(PATH)).json()["items"] == []


async def test_ratings_are_filtered_paged_and_counted(
    client: httpx.AsyncClient, clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    for level in ("very_satisfied", "fair", "dissatisfied"):
        await rate(client, await finished(clerk, items), level)
    first = (await office.get(PATH, params={"limit": 2, "with_total": True})).json()
    rest = (await office.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [len(first["items"]), len(rest["items"]), first["total"]] == [2, 1, 3]
    for params, count in (
        ({"is_bad": True}, 1), ({"is_bad": False}, 2), ({"level": "fair"}, 1),
        ({"follow_up": "open"}, 1), ({"finding": "confirmed"}, 0), ({"first": "2026-03-11"}, 0),
        ({"first": "2026-03-10", "last": "2026-03-10"}, 3), ({"last": "2026-03-09"}, 0),
    ):  # fmt: skip
        listed = (await office.get(PATH, params=params)).json()["items"]
        assert len(listed) == count, params
    days = {"first": "2026-03-01", "last": "2026-03-31"}
    summary = (await office.get(f"{PATH}/summary", params=days)).json()
    assert [line["count"] for line in summary["levels"]] == [1, 0, 1, 1, 0]
    assert (summary["total"], summary["good_percent"]) == (3, "66.67")
    empty = (await office.get(f"{PATH}/summary", params=days | {"last": "2026-03-02"})).json()
    assert (empty["total"], empty["good_percent"]) == (0, None)


def test_follow_ups_end_closed() -> None:
    assert {to for moves in FOLLOW_UP_MOVES.values() for to in moves} == {
        FollowUp.CONTACTED,
        FollowUp.CLOSED,
    }
    final = {state for state in FollowUp if not FOLLOW_UP_MOVES[state]}
    assert final == {FollowUp.CLOSED, FollowUp.NOT_NEEDED}
    assert all(not states & final for states in ACTION_STATES.values())
