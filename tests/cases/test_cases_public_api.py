"""A case's public side: number and code open it, and it tells nothing personal."""

import json
import re
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import PHONE, RESIDENT_ID, give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.database import Database
from yimen.domains.cases.models import Case
from yimen.domains.cases.service_public import NO_CODE

CODE = re.compile(r"查询码：([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})")
PATH = "/api/v1/public/cases/lookup"


async def code_on_papers(clerk: httpx.AsyncClient, case: dict[str, Any]) -> set[str]:
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    return {found for paper in papers for found in CODE.findall(paper["text"])}


async def look_up(client: httpx.AsyncClient, number: str, code: str) -> httpx.Response:
    return await client.post(PATH, json={"case_number": number, "code": code})


async def test_receipt_and_slip_carry_the_code_that_opens_the_case(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    other = await take_in(clerk, items.food)
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert [len(CODE.findall(paper["text"])) for paper in papers] == [1, 1]
    [code] = await code_on_papers(clerk, case)
    assert {code} != await code_on_papers(clerk, other)

    reply = await look_up(client, case["case_number"], code)
    assert reply.status_code == 200, reply.text
    seen = reply.json()
    assert seen["state_label"] == "办理中"
    assert seen["due_at"] == "2026-03-17T19:30:00+08:00"
    assert seen["due_text"] == "2026年3月17日（星期二）19:30前"
    assert seen["pick_up_place"] == "01号窗口（县市场监督管理局）"
    assert [paper["number"] for paper in seen["papers"]] == [paper["number"] for paper in papers]
    typed = await look_up(client, case["case_number"], f" {code.lower().replace('-', '')} ")
    assert typed.json() == seen


async def test_the_public_side_shows_nothing_personal(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, "finish", result_number="JY16540280001234")
    await give(clerk, case, "deliver", method="pick_up", signed_by="热合曼·代领")
    [code] = await code_on_papers(clerk, case)
    text = (await look_up(client, case["case_number"], code)).text
    assert json.loads(text)["state"] == "delivered"
    personal = [
        case["applicant"]["name"], case["applicant"]["phone_masked"], PHONE, RESIDENT_ID,
        case["applicant"]["id_number_masked"], "热合曼", "JY16540280001234", case["id"],
        hall.clerk.name, str(hall.clerk.staff_id), code,
    ]  # fmt: skip
    assert [secret for secret in personal if secret in text] == []


async def test_a_wrong_code_and_an_unknown_number_cannot_be_told_apart(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items, database: Database
) -> None:
    case = await take_in(clerk, items.food)
    [code] = await code_on_papers(clerk, case)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    statements: list[str] = []
    connection = database.engine.sync_connection  # type: ignore[union-attr]
    assert connection is not None

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "SAVEPOINT" not in statement:  # the tests' own, each with another number
            statements.append(statement)

    sa.event.listen(connection, "before_cursor_execute", count)
    try:
        answers, queries = [], []
        for number, tried in (
            (case["case_number"], wrong),
            (case["case_number"], "no code at all"),
            ("BJ-2026-999999", code),
            ("BJ-2026-999999", NO_CODE),
            ("nothing like a number", code),
        ):
            statements.clear()
            reply = await look_up(client, number, tried)
            answers.append((reply.status_code, {**reply.json(), "request_id": ""}))
            queries.append(list(statements))
    finally:
        sa.event.remove(connection, "before_cursor_execute", count)
    assert answers[0][0] == 404
    assert answers[0][1]["code"] == "case_lookup_refused"
    assert all(answer == answers[0] for answer in answers)
    assert len(queries[0]) > 1
    assert all(asked == queries[0] for asked in queries)


async def test_the_public_side_says_what_is_missing_until_when(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    await give(clerk, case, "supplement", missing=[{"material_key": "m1"}])
    [code] = await code_on_papers(clerk, case)
    seen = (await look_up(client, case["case_number"], code)).json()
    assert seen["state"] == "awaiting_supplement"
    assert seen["missing"] == ["申请书", "身份证明"]
    assert seen["complete_by"] == "2026-04-22"
    assert "申请书、身份证明" in seen["hint"] and "最迟于4月22日" in seen["hint"]
    assert seen["due_at"] is None and seen["due_text"] is None
    assert not seen["is_ready_for_pick_up"]


async def test_a_provisional_due_date_says_so(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    clock.set("2027-03-09 11:00")  # a year without a notice
    case = await take_in(clerk, items.food)
    [code] = await code_on_papers(clerk, case)
    seen = (await look_up(client, case["case_number"], code)).json()
    assert seen["due_is_provisional"]
    assert seen["due_text"].endswith("（暂定）前")


async def test_a_finished_case_is_ready_where_it_was_handed_in(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    await give(clerk, case, "finish")
    [code] = await code_on_papers(clerk, case)
    seen = (await look_up(client, case["case_number"], code)).json()
    assert seen["is_ready_for_pick_up"]
    assert "01号窗口" in seen["hint"]
    assert seen["clock_status"] == "stopped"


async def test_trying_codes_is_slowed_down_by_address(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    [code] = await code_on_papers(clerk, case)
    statuses = [
        (await look_up(client, case["case_number"], "K7QM-3X9P-2RTD")).status_code
        for _ in range(10)
    ]
    assert statuses == [404] * 10
    refused = await look_up(client, case["case_number"], code)
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    clock.advance(seconds=int(refused.headers["Retry-After"]) - 1)
    assert (await look_up(client, case["case_number"], code)).status_code == 429
    clock.advance(seconds=70)
    assert (await look_up(client, case["case_number"], code)).status_code == 200


@pytest.mark.parametrize("body", [{}, {"case_number": "BJ-2026-000001"}, {"code": "x" * 41}])
async def test_a_malformed_lookup_is_told_what_is_wrong(
    client: httpx.AsyncClient, body: dict[str, str]
) -> None:
    reply = await client.post(PATH, json=body)
    assert reply.status_code == 422
    assert reply.json()["errors"]


async def test_every_case_has_a_code_of_its_own(
    clerk: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    for _ in range(5):
        await take_in(clerk, items.seal)
    codes = (await session.scalars(sa.select(Case.lookup_code))).all()
    assert len(codes) == len(set(codes)) == 5
