"""Service guides: everything an applicant must know, for anyone, and only of items in force."""

import httpx
from sqlalchemy.ext.asyncio import AsyncSession
from tests.catalog_factories import Items, make_item
from tests.conftest import SetClock
from tests.factories import Hall

PATH = "/api/v1/public/guides"


async def test_anyone_finds_the_items_in_force(
    client: httpx.AsyncClient, items: Items, hall: Hall, session: AsyncSession
) -> None:
    await make_item(session, hall.department_b, [], name="没有窗口的事项")
    listed = (await client.get(PATH, params={"with_total": True})).json()
    assert listed["total"] == 3
    assert {line["name"] for line in listed["items"]} == {
        "食品经营许可（新办）", "营业执照补领", "临时用地审批",
    }  # fmt: skip
    by_name = (await client.get(PATH, params={"q": "用地"})).json()["items"]
    assert [line["name"] for line in by_name] == ["临时用地审批"]
    by_category = (await client.get(PATH, params={"category": "public_service"})).json()["items"]
    assert [line["kind_label"] for line in by_category] == ["即办件"]
    by_department = await client.get(PATH, params={"department_id": str(hall.department_b)})
    assert [line["name"] for line in by_department.json()["items"]] == ["临时用地审批"]


async def test_guides_come_in_pages(client: httpx.AsyncClient, items: Items) -> None:
    first = (await client.get(PATH, params={"limit": 2})).json()
    second = (await client.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert len(first["items"]) == 2 and len(second["items"]) == 1
    assert second["next_cursor"] is None


async def test_a_guide_discloses_the_eight_things_and_where_and_when_to_come(
    client: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    guide = (await client.get(f"{PATH}/{items.food.item_id}")).json()
    assert len(guide["disclosures"]) == 8
    assert all(line["is_disclosed"] for line in guide["disclosures"])
    assert guide["time_limit"] == "承诺 5 个工作日（法定 20 个工作日）"
    assert [window["number"] for window in guide["windows"]] == ["01", "02"]
    assert [material["original_label"] for material in guide["materials"]] == [
        "收取原件", "核验原件后退还", "只收复印件",
    ]  # fmt: skip
    assert guide["charges"][0]["amount"] == "10.00"
    assert {hours["season"]: hours["shifts"] for hours in guide["hours"]} == {
        "summer": ["10:00-14:00", "16:00-20:00"],
        "winter": ["10:00-14:00", "15:30-19:30"],
    }
    assert [hours["season"] for hours in guide["hours"] if hours["is_current"]] == ["winter"]
    clock.set("2026-05-06 11:00")
    later = (await client.get(f"{PATH}/{items.food.item_id}")).json()
    assert [hours["season"] for hours in later["hours"] if hours["is_current"]] == ["summer"]


async def test_a_draft_has_no_guide(
    client: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    draft = await make_item(session, hall.department_b, [], name="没有窗口的事项")
    reply = await client.get(f"{PATH}/{draft.item_id}")
    assert (reply.status_code, reply.json()["code"]) == (404, "item_not_found")


async def test_departments_with_guides_are_listed_with_their_number(
    client: httpx.AsyncClient, items: Items
) -> None:
    found = (await client.get(f"{PATH}/departments")).json()
    assert {line["name"]: line["guide_count"] for line in found} == {
        "县市场监督管理局": 2,
        "县自然资源局": 1,
    }


async def test_reading_guides_is_limited_by_address(
    client: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    for _ in range(120):
        assert (await client.get(f"{PATH}/departments")).status_code == 200
    refused = await client.get(PATH)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    clock.advance(seconds=120)
    assert (await client.get(PATH)).status_code == 200
