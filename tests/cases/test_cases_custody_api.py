"""What a window holds of an applicant's, how it goes back, and what was paid, over HTTP."""

from typing import Any

import httpx
import pytest
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock

HANDED_OVER: dict[str, Any] = {
    "returned_to": "阿依古丽·买买提",
    "identity_checked": "居民身份证",
    "signed_by": "阿依古丽·买买提",
}
VOUCHER: dict[str, Any] = {
    "name": "证照工本费",
    "quantity": 2,
    "amount": "20.00",
    "bank": "农村信用社中心代收点",
    "voucher_number": "NX0001",
}


def held_original() -> list[dict[str, Any]]:
    """A complete application with an extra original that the window keeps for a while."""
    return [
        {"material_key": "m1", "pages": 2, "is_original": True},
        {"material_key": "m2", "pages": 1},
        {"name": "房产证", "pages": 4, "is_original": True, "custody": "held"},
    ]


async def materials_of(client: httpx.AsyncClient, case: dict[str, Any]) -> dict[str, Any]:
    lines = (await client.get(f"/api/v1/cases/{case['id']}/materials")).json()
    return {line["name"]: line for line in lines}


async def papers_of(client: httpx.AsyncClient, case: dict[str, Any]) -> list[dict[str, Any]]:
    papers: list[dict[str, Any]] = (await client.get(f"/api/v1/cases/{case['id']}/papers")).json()
    return papers


async def pay(
    client: httpx.AsyncClient, case: dict[str, Any], *, expect: int = 201, **changes: Any
) -> dict[str, Any]:
    reply = await client.post(f"/api/v1/cases/{case['id']}/charges", json=VOUCHER | changes)
    assert reply.status_code == expect, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def test_materials_go_where_the_item_says_and_originals_are_held_on_request(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=held_original())
    lines = await materials_of(clerk, case)
    assert {name: line["custody"] for name, line in lines.items()} == {
        "申请书": "filed",
        "身份证明": "shown",
        "房产证": "held",
    }
    assert [name for name, line in lines.items() if line["is_outstanding"]] == ["房产证"]
    assert lines["房产证"]["custody_label"] == "窗口代管原件"


async def test_further_materials_have_their_place_too(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    case = await give(
        clerk,
        case,
        "hand-in",
        materials=[
            {"material_key": "m2", "is_original": True},
            {"material_key": "m1", "is_original": True, "custody": "held"},
        ],
    )
    lines = await materials_of(clerk, case)
    assert lines["身份证明"]["custody"] == "shown"
    assert lines["申请书"]["custody"] == "held"


async def test_the_receipt_says_which_originals_the_window_holds_and_until_when(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    """TIMELIMIT 二: names, pages, when to collect, who took it; REJECT 六."""
    brought = [
        *held_original(),
        {"name": "营业执照", "is_original": True, "custody": "shown"},
    ]
    case = await take_in(clerk, items.food, materials=brought)
    receipt, slip = await papers_of(clerk, case)
    for paper in (receipt, slip):
        forms = {row[1]: row[4] for row in paper["content"]["table"]["rows"]}
        assert forms == {
            "申请书": "原件",
            "身份证明": "复印件",
            "房产证": "原件，窗口代管",
            "营业执照": "原件，当场退还",
        }
        facts = dict(paper["content"]["facts"])
        assert facts["取件时间"] == "办结后的办公时间（最迟2026年3月17日（星期二）19:30办结）"
        assert facts["经办人"] == "阿依古丽·买买提"
    assert any("窗口代管" in note for note in receipt["content"]["notes"])


async def test_what_is_brought_later_has_a_receipt_of_its_own(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    """TIMELIMIT 五3: a handler who gives none is warned."""
    case = await take_in(clerk, items.food, materials=[])
    [first] = await papers_of(clerk, case)
    assert dict(first["content"]["facts"])["取件时间"] == "材料齐全并受理后，以受理单为准"
    deed = {"name": "房产证", "pages": 4, "is_original": True, "custody": "held"}
    case = await give(clerk, case, "hand-in", materials=[deed])
    _, second = await papers_of(clerk, case)
    assert second["kind"] == "receipt"
    assert second["content"]["table"]["rows"] == [["1", "房产证", "1", "4", "原件，窗口代管"]]
    event = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()[-1]
    assert event["facts"]["paper_number"] == second["number"]
    # brought back for nothing, it no longer stands as held on the slip
    case = await give(clerk, case, "return-materials", **HANDED_OVER)
    case = await give(
        clerk, case, "hand-in", materials=[{"material_key": "m1"}, {"material_key": "m2"}]
    )
    slip = (await papers_of(clerk, case))[-1]
    assert slip["kind"] == "acceptance_slip"
    assert slip["content"]["table"]["rows"][0][4] == "原件，已退还"


async def test_a_copy_is_never_held(clerk: httpx.AsyncClient, items: Items) -> None:
    body = {
        "item_id": str(items.food.item_id),
        "applicant": {"kind": "person", "name": "巴特尔", "phone": "13899990000"},
        "materials": [{"name": "房产证复印件", "custody": "held"}],
    }
    reply = await clerk.post("/api/v1/cases", json=body)
    assert reply.status_code == 422
    assert "只有原件" in reply.json()["errors"][0]["detail"]


async def test_a_held_original_goes_back_against_a_receipt_before_delivery(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food, materials=held_original())
    case = await give(clerk, case, "finish")
    refused = await give(clerk, case, "deliver", method="pick_up", signed_by="某人", expect=409)
    assert refused["code"] == "originals_held"
    assert "房产证" in refused["detail"]
    clock.set("2026-03-12 11:00")
    case = await give(clerk, case, "return-materials", **HANDED_OVER)
    line = (await materials_of(clerk, case))["房产证"]
    assert line["is_outstanding"] is False
    assert line["returned_at"] == "2026-03-12T11:00:00+08:00"
    assert line["returned_to"] == line["return_signed_by"] == HANDED_OVER["signed_by"]
    assert line["identity_checked"] == "居民身份证"
    receipt = (await papers_of(clerk, case))[-1]
    assert receipt["kind"] == "return_receipt"
    assert receipt["number"] == line["return_receipt_number"]
    assert [row[1] for row in receipt["content"]["table"]["rows"]] == ["房产证"]
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()[-1]
    assert (told["kind"], told["article"]) == ("materials_returned", "REJECT 六")
    assert told["facts"]["paper_number"] == receipt["number"]
    done = await give(clerk, case, "deliver", method="pick_up", signed_by="某人")
    assert done["state"] == "delivered"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("not-accept", {"reason": "属州级部门", "legal_basis": "行政许可法第三十二条"}),
        (
            "dismiss",
            {
                "ground": "against_policy",
                "reason": "不符合规划",
                "legal_basis": "行政许可法第三十二条",
            },
        ),
        ("withdraw", {"reason": "自愿", "signed_by": "阿依古丽·买买提"}),
    ],
)
async def test_nothing_is_closed_while_an_original_is_held(
    clerk: httpx.AsyncClient, items: Items, action: str, body: dict[str, Any]
) -> None:
    case = await take_in(clerk, items.food, materials=held_original(), accept_if_complete=False)
    refused = await give(clerk, case, action, expect=409, **body)
    assert refused["code"] == "originals_held"
    case = await give(clerk, case, "return-materials", **HANDED_OVER)
    ended = await give(clerk, case, action, **body)
    assert ended["state"] in ("not_accepted", "dismissed", "withdrawn")
    # what was filed goes back too, once the request is turned down
    case = await give(clerk, ended, "return-materials", **HANDED_OVER)
    lines = await materials_of(clerk, case)
    assert lines["申请书"]["returned_at"] is not None
    assert lines["身份证明"]["returned_at"] is None
    nothing = await give(clerk, case, "return-materials", expect=409, **HANDED_OVER)
    assert nothing["code"] == "nothing_to_return"


async def test_what_is_on_file_stays_there_while_the_case_goes_on_and_when_it_was_granted(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    filed = (await materials_of(clerk, case))["申请书"]["id"]
    stays = await give(
        clerk, case, "return-materials", material_ids=[filed], expect=409, **HANDED_OVER
    )
    assert stays["code"] == "material_stays"
    unknown = await give(
        clerk, case, "return-materials", material_ids=[case["id"]], expect=422, **HANDED_OVER
    )
    assert unknown["errors"][0]["pointer"] == "/material_ids/0"
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "deliver", method="pick_up", signed_by="某人")
    nothing = await give(clerk, case, "return-materials", expect=409, **HANDED_OVER)
    assert nothing["code"] == "nothing_to_return"


async def test_only_the_cases_own_window_gives_back_and_charges(
    clerk: httpx.AsyncClient,
    clerk_elsewhere: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
) -> None:
    case = await take_in(clerk, items.food, materials=held_original())
    missing = await give(clerk_elsewhere, case, "return-materials", expect=404, **HANDED_OVER)
    assert missing["code"] == "case_not_found"
    await give(office, case, "return-materials", expect=403, **HANDED_OVER)
    await pay(clerk_elsewhere, case, expect=404)
    await pay(office, case, expect=403)
    assert (await clerk_elsewhere.get(f"/api/v1/cases/{case['id']}/charges")).status_code == 404
    assert (await office.get(f"/api/v1/cases/{case['id']}/charges")).status_code == 200
    assert (await give(chief, case, "return-materials", **HANDED_OVER))["version"] == 2


async def test_a_charge_is_taken_by_the_list_and_the_banks_voucher(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    charge = await pay(clerk, case)
    assert charge["unit_amount"] == "10.00"
    assert charge["amount"] == "20.00"
    assert charge["paid_at"] == "2026-03-10T11:00:00+08:00"
    book = (await clerk.get(f"/api/v1/cases/{case['id']}/charges")).json()
    assert book["total"] == "20.00"
    assert book["items"] == [charge]
    assert book["listed"] == [
        {"name": "证照工本费", "amount": "10.00", "unit": "元/本", "basis": "收费目录"}
    ]
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()[-1]
    assert (told["kind"], told["article"]) == ("charged", "MGMT 十四")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": "加急费"}, 409, "charge_not_listed"),
        ({"amount": "20.01"}, 422, "charge_amount_wrong"),
        ({"amount": "10.00"}, 422, "charge_amount_wrong"),
        ({"quantity": 3}, 422, "charge_amount_wrong"),
        ({"paid_at": "2026-03-10T11:00:01+08:00"}, 422, "paid_at_out_of_range"),
        ({"paid_at": "2026-03-10T10:59:59+08:00"}, 422, "paid_at_out_of_range"),
        ({"amount": "20.000"}, 422, "invalid_input"),
    ],
)
async def test_a_charge_off_the_list_is_refused(
    clerk: httpx.AsyncClient, items: Items, changes: dict[str, Any], status: int, code: str
) -> None:
    case = await take_in(clerk, items.food)
    refused = await pay(clerk, case, expect=status, **changes)
    assert refused["code"] == code
    if code in ("charge_not_listed", "charge_amount_wrong"):
        assert refused["article"] == "EFFICACY 十六"
    assert (await clerk.get(f"/api/v1/cases/{case['id']}/charges")).json()["items"] == []


async def test_an_item_without_charges_takes_none(clerk: httpx.AsyncClient, items: Items) -> None:
    case = await take_in(clerk, items.seal)
    refused = await pay(clerk, case, expect=409)
    assert refused["code"] == "charge_not_listed"
    assert "不收费" in refused["detail"]


async def test_nothing_is_charged_before_acceptance(clerk: httpx.AsyncClient, items: Items) -> None:
    case = await take_in(clerk, items.food, materials=[])
    assert (await pay(clerk, case, expect=409))["code"] == "case_state"


async def test_a_voucher_counts_once_until_its_entry_is_reversed(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    other = await take_in(clerk, items.food)
    charge = await pay(clerk, other)
    assert (await pay(clerk, case, expect=409))["code"] == "voucher_taken"
    await pay(clerk, case, bank="工商银行中心代收点")
    path = f"/api/v1/cases/{other['id']}/charges/{charge['id']}"
    stale = await clerk.post(
        f"{path}/reverse", json={"reason": "误登"}, headers={"If-Match": '"2"'}
    )
    assert stale.status_code == 412
    undone = await clerk.post(
        f"{path}/reverse", json={"reason": "误登"}, headers={"If-Match": '"1"'}
    )
    assert undone.status_code == 200, undone.text
    assert undone.json()["is_reversed"] is True
    assert undone.json()["reversal_reason"] == "误登"
    assert undone.json()["allowed_actions"][0]["reason_code"] == "charge_reversed"
    twice = await clerk.post(
        f"{path}/reverse", json={"reason": "误登"}, headers={"If-Match": '"2"'}
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "charge_reversed")
    book = (await clerk.get(f"/api/v1/cases/{other['id']}/charges")).json()
    assert (book["total"], len(book["items"])) == ("0.00", 1)
    assert (await clerk.get(path)).headers["ETag"] == '"2"'
    await pay(clerk, case)
    book = (await clerk.get(f"/api/v1/cases/{case['id']}/charges")).json()
    assert book["total"] == "40.00"
    missing = await clerk.get(f"/api/v1/cases/{case['id']}/charges/{charge['id']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "charge_not_found")
