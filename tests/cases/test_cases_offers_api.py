"""What a case offers is what its command then does: one function answers both."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items, make_item
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.domains.catalog.enums import CaseKind

HELD = [
    {"material_key": "m1", "pages": 2},
    {"material_key": "m2"},
    {"name": "房产证", "pages": 4, "is_original": True, "custody": "held"},
]
HANDED_OVER: dict[str, Any] = {
    "returned_to": "阿依古丽·买买提",
    "identity_checked": "居民身份证",
    "signed_by": "阿依古丽·买买提",
}
EXTENSION: dict[str, Any] = {"working_days": 1, "reason": "复杂"}
Json = dict[str, Any]


async def offered(client: httpx.AsyncClient, case: Json, action: str) -> str | None:
    """The code with which the case says that a command would be refused, read two ways."""
    seen = (await client.get(f"/api/v1/cases/{case['id']}")).json()
    sought = await client.post("/api/v1/cases/search", json={"case_number": case["case_number"]})
    codes = {
        line["reason_code"]
        for shown in (seen, *sought.json())
        for line in shown["allowed_actions"]
        if line["action"] == action
    }
    assert len(codes) == 1, codes
    code: str | None = codes.pop()
    return code


async def refused_alike(
    client: httpx.AsyncClient, case: Json, action: str, code: str, **body: Any
) -> None:
    """Not offered, and refused with the code and the words that it was not offered with."""
    assert await offered(client, case, action) == code
    said = next(one for one in case["allowed_actions"] if one["action"] == action)
    answer = await give(client, case, action, expect=409, **body)
    assert (answer["code"], answer["detail"]) == (code, said["reason"])


async def test_nothing_is_offered_back_where_nothing_goes_back(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    await refused_alike(clerk, case, "return-materials", "nothing_to_return", **HANDED_OVER)
    holding = await take_in(clerk, items.food, materials=HELD)
    assert await offered(clerk, holding, "return-materials") is None
    returned = await give(clerk, holding, "return-materials", **HANDED_OVER)
    await refused_alike(clerk, returned, "return-materials", "nothing_to_return", **HANDED_OVER)


async def test_a_case_is_not_offered_for_closing_while_an_original_is_held(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=HELD)
    withdrawing: Json = {"reason": "自愿", "signed_by": "本人"}
    await refused_alike(clerk, case, "withdraw", "originals_held", **withdrawing)
    case = await give(clerk, case, "finish")
    await refused_alike(clerk, case, "deliver", "originals_held", method="post", signed_by="本人")
    case = await give(clerk, case, "return-materials", **HANDED_OVER)
    assert await offered(clerk, case, "deliver") is None


async def test_a_second_extension_is_not_offered(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    assert await offered(clerk, case, "request-extension") is None
    asked = await give(clerk, case, "request-extension", **EXTENSION)
    granted = await give(director, asked, "decide-extension", approve=True, reason="同意")
    granted = (await clerk.get(f"/api/v1/cases/{granted['id']}")).json()
    await refused_alike(clerk, granted, "request-extension", "already_extended", **EXTENSION)
    late = await take_in(clerk, items.food)
    clock.set("2026-03-17 19:31")
    late = (await clerk.get(f"/api/v1/cases/{late['id']}")).json()
    await refused_alike(clerk, late, "request-extension", "extension_too_late", **EXTENSION)


async def test_the_clock_of_an_immediate_case_is_not_offered_to_stop(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.seal)
    await refused_alike(
        clerk, case, "suspend", "immediate_cannot_stop", cause="hearing", ground="听证"
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [(CaseKind.JOINT, "nobody_asked"), (CaseKind.REPORTED, "not_reported")],
)
async def test_what_must_be_asked_first_is_not_offered_to_be_finished(
    clerk: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    kind: CaseKind,
    code: str,
) -> None:
    """MGMT 十一(四), (六)."""
    item = await make_item(session, hall.department_a, [hall.window_01], name="冷库", kind=kind)
    await refused_alike(clerk, await take_in(clerk, item), "finish", code)


async def test_finishing_is_offered_from_when_the_silent_department_is_deemed_to_agree(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
) -> None:
    ask: Json = {"department_id": str(hall.department_b), "question": "可否", "working_days": 1}
    case = await give(clerk, await take_in(clerk, items.food), "ask-opinion", **ask)
    clock.set("2026-03-11 19:30")
    await refused_alike(clerk, case, "finish", "opinions_outstanding")
    clock.set("2026-03-11 19:31")
    assert await offered(clerk, case, "finish") is None
    assert (await give(clerk, case, "finish"))["state"] == "granted"


async def test_accepting_is_offered_when_nothing_is_missing_and_the_director_has_approved(
    clerk: httpx.AsyncClient, session: AsyncSession, hall: Hall, items: Items
) -> None:
    case = await take_in(clerk, items.food, accept_if_complete=False)
    assert await offered(clerk, case, "accept") is None
    special = await make_item(
        session, hall.department_a, [hall.window_01], name="特办", kind=CaseKind.SPECIAL
    )
    await refused_alike(clerk, await take_in(clerk, special), "accept", "special_approval_missing")
    missing = await take_in(clerk, items.food, materials=[{"material_key": "m1"}])
    said = next(one for one in missing["allowed_actions"] if one["action"] == "accept")
    assert (said["reason_code"], said["allowed"]) == ("materials_missing", False)
    answer = await give(clerk, missing, "accept", expect=409)
    assert (answer["code"], answer["detail"]) == ("materials_missing", said["reason"])


async def test_what_is_missing_is_told_alike_wherever_a_case_is_shown(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    """A complete case and an incomplete one of the same applicant, found by one search."""
    complete = await take_in(clerk, items.food)
    lacking = await take_in(clerk, items.food, materials=[{"material_key": "m1"}])
    sought = await clerk.post(
        "/api/v1/cases/search", json={"applicant_name": lacking["applicant"]["name"]}
    )
    told = {case["id"]: case["missing"] for case in sought.json()}
    assert told == {complete["id"]: [], lacking["id"]: ["身份证明"]}
    await refused_alike(clerk, lacking, "accept", "materials_missing")
    handed_in = await give(clerk, lacking, "hand-in", materials=[{"material_key": "m2"}])
    assert (handed_in["missing"], handed_in["state"]) == ([], "accepted")
