"""The money of information work over HTTP: what comes to whom and why, for office and director."""

import csv
import io
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall
from tests.scoring_factories import RECORDS, Scoring, act

MERITS = "/api/v1/news-merits"
MONEY = "/api/v1/news-money"


@pytest.fixture
def scoring(office: httpx.AsyncClient, session: AsyncSession, clock: SetClock) -> Scoring:
    return Scoring(office, session, clock)


async def an_article(scoring: Scoring, window_id: UUID, day: str = "2026-03-02") -> dict[str, Any]:
    return await scoring.record("article", "window", window_id, day, title="帮办代办")


async def adopt(
    office: httpx.AsyncClient, article: dict[str, Any], level: str, day: str, **more: Any
) -> dict[str, Any]:
    body = {"article_id": article["id"], "kind": "adoption", "level": level, "day": day}
    reply = await office.post(MERITS, json=body | {"source": "伊犁日报"} | more)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def lines(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    reply = await client.get(MONEY, params={"period": "2026-03"} | query)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


async def test_a_reward_comes_to_the_author_and_names_its_article(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient, director: httpx.AsyncClient
) -> None:
    article = await an_article(scoring, hall.window_01)
    author = str(hall.clerk.staff_id)
    merit = await adopt(office, article, "prefecture", "2026-03-05", author_id=author)
    [line] = await lines(director)
    assert (line["kind"], line["amount"], line["rate"]) == ("adoption", "30.00", "30.00")
    assert (line["article"], line["basis"], line["edition_code"]) == (
        "NEWS 四(一)", "regulation", "2008-01",
    )  # fmt: skip
    assert (line["author_id"], line["merit_id"]) == (author, merit["id"])
    assert line["article_id"] == article["id"]
    assert line["evidence"] == "“帮办代办”3月5日由伊犁日报采用（州级）"
    assert await lines(director, author_id=str(hall.chief.staff_id)) == []
    assert await lines(director, department_id=str(hall.department_b)) == []
    assert len(await lines(director, department_id=str(hall.department_a))) == 1


async def test_a_higher_level_in_a_later_month_brings_the_difference(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient, clock: SetClock
) -> None:
    article = await an_article(scoring, hall.window_01)
    await adopt(office, article, "centre", "2026-03-02")
    clock.set("2026-04-10 11:00")
    await adopt(office, article, "city", "2026-04-07")
    await adopt(office, article, "centre", "2026-04-08")
    await adopt(office, article, "region", "2026-04-09", kind="instruction", source="自治区领导")
    [march] = [line for line in await lines(office) if line["kind"] != "missing"]
    assert march["amount"] == "5.00"
    april = await lines(office, period="2026-04")
    assert [(line["kind"], line["amount"]) for line in april] == [
        ("adoption", "10.00"), ("adoption", "0.00"), ("instruction", "60.00"),
    ]  # fmt: skip
    assert "该稿此前采用已奖5.00元" in april[0]["evidence"]
    assert "不另奖" in april[1]["evidence"]
    [total] = [
        total
        for total in (await office.get(f"{MONEY}/totals", params={"period": "2026"})).json()[
            "items"
        ]
        if total["subject_id"] == str(hall.window_01)
    ]
    assert (total["reward"], total["penalty"], total["line_count"]) == ("75.00", "20.00", 5)


async def test_what_is_missing_costs_the_window_when_the_month_is_over(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient, session: AsyncSession, clock: SetClock
) -> None:
    await an_article(scoring, hall.window_01)
    await an_article(scoring, hall.window_01, "2026-03-03")
    clock.set("2026-03-31 23:59")
    assert await lines(office) == []
    clock.set("2026-04-01 00:00")
    found = {line["subject_id"]: line for line in await lines(office)}
    assert str(hall.window_01) not in found
    [line] = [found[str(hall.window_02)]]
    assert (line["kind"], line["count"], line["rate"], line["amount"]) == (
        "missing", 2, "20.00", "40.00",
    )  # fmt: skip
    assert (line["article"], line["author_id"]) == ("NEWS 四(二)", None)
    assert line["evidence"] == "3月应交信息2篇，实交0篇"
    # one handed in for March, though entered later: half of it is gone
    await an_article(scoring, hall.window_02, "2026-03-31")
    found = {line["subject_id"]: line for line in await lines(office)}
    assert found[str(hall.window_02)]["amount"] == "20.00"


async def test_before_a_register_is_kept_nothing_is_missing(
    hall: Hall, office: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.set("2026-04-01 11:00")
    assert await lines(office) == []


async def test_what_is_taken_back_brings_nothing(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient
) -> None:
    article = await an_article(scoring, hall.window_01)
    low = await adopt(office, article, "city", "2026-03-03")
    await adopt(office, article, "nation", "2026-03-04")
    assert [line["amount"] for line in await lines(office)] == ["15.00", "85.00"]
    taken_back = await act(office, f"{MERITS}/{low['id']}", "reverse", reason="误登")
    assert taken_back["reversal_reason"] == "误登"
    assert taken_back["allowed_actions"][0]["allowed"] is False
    assert [line["amount"] for line in await lines(office)] == ["100.00"]
    again = await act(office, f"{MERITS}/{low['id']}", "reverse", expect=409, reason="误登")
    assert again["code"] == "news_merit_reversed"
    await act(office, f"{RECORDS}/{article['id']}", "reverse", reason="误登")
    assert await lines(office) == []
    body = {"article_id": article["id"], "kind": "adoption", "level": "city", "day": "2026-03-04"}
    reply = await office.post(MERITS, json=body | {"source": "某报"})
    assert (reply.status_code, reply.json()["code"]) == (404, "article_not_found")


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"day": "2026-03-01"}, "/day"),
        ({"day": "2026-03-11"}, "/day"),
        ({"kind": "instruction", "level": "city"}, "/level"),
    ],
)
async def test_a_senseless_adoption_is_refused(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient, wish: dict[str, str], pointer: str
) -> None:
    article = await an_article(scoring, hall.window_01)
    body = {
        "article_id": article["id"],
        "kind": "adoption",
        "level": "city",
        "day": "2026-03-10",
        "source": "某报",
    }
    reply = await office.post(MERITS, json=body | wish)
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]


async def test_totals_are_by_recipient_or_by_department(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient
) -> None:
    article = await an_article(scoring, hall.window_01)
    author = str(hall.clerk.staff_id)
    await adopt(office, article, "city", "2026-03-03", author_id=author)
    await adopt(office, await an_article(scoring, hall.window_01), "centre", "2026-03-03")
    query = {"period": "2026-03"}
    found = (await office.get(f"{MONEY}/totals", params=query)).json()["items"]
    assert [(one["author_id"], one["reward"]) for one in found] == [
        (None, "5.00"), (author, "15.00"),
    ]  # fmt: skip
    [one] = (await office.get(f"{MONEY}/totals", params=query | {"by": "department"})).json()[
        "items"
    ]
    assert (one["department_id"], one["reward"]) == (str(hall.department_a), "20.00")
    assert one["subject_id"] is None


async def test_pages_and_files_tell_the_same_lines(
    scoring: Scoring, hall: Hall, office: httpx.AsyncClient
) -> None:
    for level in ("centre", "city", "nation"):
        await adopt(office, await an_article(scoring, hall.window_01), level, "2026-03-04")
    whole = (await office.get(MONEY, params={"period": "2026-03", "with_total": True})).json()
    assert whole["total"] == 3
    seen, query = [], {"period": "2026-03", "limit": "1"}
    while True:
        page = (await office.get(MONEY, params=query)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == whole["items"]
    reply = await office.get(MONEY, params={"period": "2026"}, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    assert sorted(float(row["金额（元）"]) for row in rows) == [5, 15, 100]
    wrong = await office.get(MONEY, params={"period": "2026-03", "cursor": "WyJ4Il0"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_cursor")


async def test_a_month_before_the_first_edition_is_said_to_have_none(
    office: httpx.AsyncClient,
) -> None:
    reply = await office.get(MONEY, params={"period": "2007-12"})
    assert (reply.status_code, reply.json()["code"]) == (422, "no_edition_in_force")
    assert (await office.get(MONEY, params={"period": "2026-13"})).status_code == 422
