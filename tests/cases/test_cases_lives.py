"""One life a kind, over HTTP: from the window where it comes in to its end, with every paper."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items, make_item
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.dependencies import Context
from yimen.core.periodic import run_once
from yimen.domains.cases.jobs import JOBS
from yimen.domains.catalog.enums import CaseKind
from yimen.domains.catalog.service import PutInForce

Json = dict[str, Any]
COLLECTED: Json = {"method": "pick_up", "signed_by": "阿依古丽·买买提"}
HANDED_OVER: Json = {
    "returned_to": "阿依古丽·买买提",
    "identity_checked": "居民身份证",
    "signed_by": "阿依古丽·买买提",
}


async def item_of(session: AsyncSession, hall: Hall, kind: CaseKind) -> PutInForce:
    """An item of a kind at window 01, promised in five days."""
    return await make_item(
        session, hall.department_a, [hall.window_01], name=f"冷库{kind.label}", kind=kind
    )


async def papers(client: httpx.AsyncClient, case: Json) -> list[str]:
    found = (await client.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert len({paper["number"] for paper in found}) == len(found)
    return [paper["kind"] for paper in found]


async def timeline(client: httpx.AsyncClient, case: Json) -> list[tuple[str, str]]:
    found = (await client.get(f"/api/v1/cases/{case['id']}/timeline")).json()
    return [(line["kind"], line["article"]) for line in found]


async def again(client: httpx.AsyncClient, case: Json) -> Json:
    read: Json = (await client.get(f"/api/v1/cases/{case['id']}")).json()
    return read


async def test_an_immediate_case_is_done_on_the_spot_without_a_receipt(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """MGMT 十一(一), TIMELIMIT 五3."""
    case = await take_in(clerk, items.seal)
    assert (case["kind"], case["state"]) == ("immediate", "accepted")
    assert case["due_at"] == "2026-03-10T19:30:00+08:00"
    clock.set("2026-03-10 11:20")
    case = await give(clerk, case, "finish", result_number="补照2026-01")
    assert case["clock"]["is_overdue"] is False
    case = await give(clerk, case, "deliver", method="in_person", signed_by="阿依古丽·买买提")
    assert (case["state"], case["visit_count"]) == ("delivered", 1)
    assert await papers(clerk, case) == ["acceptance_slip"]
    assert await timeline(clerk, case) == [
        ("received", "TIMELIMIT 二"),
        ("accepted", "MGMT 十二"),
        ("granted", "MGMT 十二"),
        ("delivered", "TIMELIMIT 二"),
    ]


async def test_a_committed_case_is_promised_decided_and_collected(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """MGMT 十一(二)."""
    case = await take_in(clerk, items.food)
    assert (case["kind"], case["state"]) == ("committed", "accepted")
    assert case["due_at"] == "2026-03-17T19:30:00+08:00"
    clock.set("2026-03-17 19:30")
    case = await give(clerk, case, "finish", result_number="食2026-01")
    assert case["clock"]["is_overdue"] is False
    clock.set("2026-03-19 11:00")
    case = await give(clerk, case, "deliver", **COLLECTED)
    assert (case["state"], case["visit_count"]) == ("delivered", 2)
    assert case["has_visit_to_avoid"] is False
    assert await papers(clerk, case) == ["receipt", "acceptance_slip"]


async def test_a_special_case_waits_for_the_director_and_keeps_the_day_he_set(
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    """MGMT 十一(三): 特事特办."""
    item = await item_of(session, hall, CaseKind.SPECIAL)
    case = await take_in(clerk, item)
    assert (case["kind"], case["state"]) == ("special", "received")
    early = await give(clerk, case, "accept", expect=409)
    assert early["code"] == "special_approval_missing"
    case = await give(clerk, case, "request-special", due_on="2026-03-12", reason="抗灾物资急需")
    case = await give(director, case, "decide-special", approve=True, reason="同意特办")
    case = await give(clerk, case, "accept")
    assert case["due_at"] == "2026-03-12T19:30:00+08:00"
    clock.set("2026-03-12 11:00")
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "deliver", **COLLECTED)
    assert case["state"] == "delivered"
    assert await papers(clerk, case) == ["receipt", "special_approval", "acceptance_slip"]
    assert ("special_approved", "MGMT 十一(三)") in await timeline(clerk, case)


async def test_a_case_approved_first_owes_its_documents_even_after_it_is_delivered(
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    """MGMT 十一(三): 先批后办."""
    item = await item_of(session, hall, CaseKind.SPECIAL)
    case = await take_in(clerk, item, materials=[{"material_key": "m1"}])
    case = await give(
        clerk, case, "request-special", due_on="2026-03-11", approve_first=True, reason="抗灾急需"
    )
    case = await give(director, case, "decide-special", approve=True, reason="先批后办")
    assert (case["state"], case["missing"]) == ("accepted", ["身份证明"])
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "deliver", **COLLECTED)
    read = await again(clerk, case)
    assert (read["missing"], read["documents_due_on"]) == (["身份证明"], "2026-04-08")
    owing = (await clerk.get("/api/v1/cases?view=undocumented")).json()["items"]
    assert [line["id"] for line in owing] == [case["id"]]
    clock.set("2026-03-12 11:00")
    case = await give(clerk, case, "hand-in", materials=[{"material_key": "m2"}])
    assert (case["state"], case["missing"]) == ("delivered", [])
    assert (await clerk.get("/api/v1/cases?view=undocumented")).json()["items"] == []
    assert await papers(clerk, case) == [
        "receipt",
        "acceptance_slip",
        "special_approval",
        "receipt",
    ]


async def test_a_joint_case_is_ended_by_its_lead_when_the_others_have_agreed(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    """MGMT 十一(四)."""
    item = await item_of(session, hall, CaseKind.JOINT)
    case = await take_in(clerk, item)
    assert (case["kind"], case["state"]) == ("joint", "accepted")
    alone = await give(clerk, case, "finish", expect=409)
    assert (alone["code"], alone["article"]) == ("nobody_asked", "MGMT 十一(四)")
    case = await give(
        clerk, case, "ask-opinion", department_id=str(hall.department_b), question="用地是否合规"
    )
    waiting = await give(clerk, case, "finish", expect=409)
    assert waiting["code"] == "opinions_outstanding"
    clock.set("2026-03-11 11:00")
    case = await give(chief_elsewhere, case, "give-opinion", agrees=True, text="用地合规")
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "deliver", **COLLECTED)
    assert case["state"] == "delivered"
    assert await papers(clerk, case) == ["receipt", "acceptance_slip"]
    assert (await clerk.get("/api/v1/cases?with_total=true")).json()["total"] == 1


async def test_a_reported_case_is_granted_only_after_it_was_reported(
    clerk: httpx.AsyncClient, session: AsyncSession, hall: Hall, clock: SetClock
) -> None:
    """MGMT 十一(六)."""
    item = await item_of(session, hall, CaseKind.REPORTED)
    case = await take_in(clerk, item)
    assert (case["kind"], case["state"]) == ("reported", "accepted")
    early = await give(clerk, case, "finish", expect=409)
    assert (early["code"], early["article"]) == ("not_reported", "MGMT 十一(六)")
    clock.set("2026-03-11 10:00")
    case = await give(clerk, case, "report", superior_body="州市场监督管理局", reason="权限属州级")
    assert (case["state"], case["clock"]["status"]) == ("suspended", "suspended")
    clock.set("2026-03-25 14:00")
    case = await give(clerk, case, "resume", answer="州局同意")
    # stood still 11–24 March, ten days of 480 minutes, and the morning of 25 March: 10.5 days
    assert case["due_at"] == "2026-04-01T14:00:00+08:00"
    clock.set("2026-03-26 11:00")
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "deliver", **COLLECTED)
    assert case["state"] == "delivered"
    assert await papers(clerk, case) == [
        "receipt",
        "acceptance_slip",
        "reporting_notice",
        "resumption_notice",
    ]


async def test_what_was_incomplete_is_told_once_completed_and_granted(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """MGMT 十一(五), ONCE 二, PROMISE 一: 补办件."""
    case = await take_in(clerk, items.food, materials=[{"material_key": "m1", "is_original": True}])
    assert (case["state"], case["clock"]["status"]) == ("received", "not_started")
    case = await give(clerk, case, "supplement", missing=[{"material_key": "m2"}])
    assert case["state"] == "awaiting_supplement"
    assert case["supplement_due_on"] == "2026-04-22"
    clock.set("2026-03-16 11:00")
    case = await give(clerk, case, "hand-in", materials=[{"material_key": "m2"}])
    assert (case["state"], case["due_at"]) == ("accepted", "2026-03-23T19:30:00+08:00")
    case = await give(clerk, case, "finish")
    case = await give(clerk, case, "deliver", method="post", signed_by="阿依古丽·买买提")
    assert (case["visit_count"], case["has_visit_to_avoid"]) == (2, False)
    assert await papers(clerk, case) == [
        "receipt",
        "supplement_notice",
        "receipt",
        "acceptance_slip",
    ]
    assert await timeline(clerk, case) == [
        ("received", "TIMELIMIT 二"),
        ("supplement_requested", "MGMT 十一(五)"),
        ("materials_handed_in", "PROMISE 一"),
        ("accepted", "MGMT 十二"),
        ("granted", "MGMT 十二"),
        ("delivered", "TIMELIMIT 二"),
    ]


async def test_what_lacks_its_principal_is_dismissed_filed_and_goes_back(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """MGMT 十一(七), EFFICACY 十五, REJECT 六: 驳回件."""
    case = await take_in(clerk, items.food, materials=[{"name": "租赁合同", "pages": 3}])
    case = await give(
        clerk,
        case,
        "dismiss",
        ground="principal_missing",
        reason="没有申请书，申请人表示不再补交",
        legal_basis="行政许可法第三十二条",
    )
    assert case["state"] == "dismissed"
    filed = await clerk.post(
        "/api/v1/rejections",
        json={
            "case_id": case["id"],
            "case_version": case["version"],
            "reason": "没有申请书",
            "legal_basis": "行政许可法第三十二条",
            "is_within_authority": True,
        },
    )
    assert filed.status_code == 201, filed.text
    clock.set("2026-03-11 11:00")
    case = await give(clerk, await again(clerk, case), "return-materials", **HANDED_OVER)
    assert await papers(clerk, case) == [
        "receipt",
        "dismissal_notice",
        "rejection_form",
        "return_receipt",
    ]
    assert ("dismissed", "MGMT 十一(七)") in await timeline(clerk, case)


async def test_what_is_not_the_centres_matter_is_told_so_in_writing(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    """ONCE 二."""
    case = await take_in(clerk, items.food, materials=[])
    case = await give(
        clerk,
        case,
        "not-accept",
        reason="该事项由州局办理",
        legal_basis="行政许可法第三十二条",
        go_to="州政务服务中心",
    )
    assert case["state"] == "not_accepted"
    assert await papers(clerk, case) == ["receipt", "non_acceptance_notice"]


async def test_who_reads_a_case_sees_what_the_director_is_asked_and_until_when_it_stands(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    assert (case["pending_decision"], case["suspended_until"]) == (None, None)
    asked = await give(clerk, case, "request-extension", working_days=3, reason="复杂")
    seen = await again(director, asked)
    assert seen["pending_decision_label"] == "延时办理"
    codes = {
        line["action"]: line["reason_code"]
        for line in (await again(clerk, asked))["allowed_actions"]
    }
    assert codes["request-special"] == codes["request-extension"] == "decision_pending"
    assert codes["finish"] is None
    stopped = await give(clerk, asked, "suspend", cause="on_site_survey", ground="现场勘验")
    assert stopped["suspended_until"] == "2026-03-24T19:30:00+08:00"


async def test_a_case_on_whose_refusal_the_director_is_asked_cannot_be_finished(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    """REJECT 三."""
    case = await take_in(clerk, items.food)
    filed = await clerk.post(
        "/api/v1/rejections",
        json={
            "case_id": case["id"],
            "case_version": case["version"],
            "reason": "不具备防火条件",
            "legal_basis": "食品安全法第三十三条",
            "is_within_authority": False,
        },
    )
    assert filed.status_code == 201, filed.text
    seen = await again(clerk, case)
    assert seen["pending_decision"] == "refusal"
    codes = {line["action"]: line["reason_code"] for line in seen["allowed_actions"]}
    assert codes["finish"] == "refusal_pending"
    blocked = await give(clerk, seen, "finish", expect=409)
    assert blocked["code"] == "refusal_pending"


async def test_what_is_taken_back_while_the_clock_stands_ends_there(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, "suspend", cause="hearing", ground="听证")
    case = await give(clerk, case, "withdraw", reason="不再经营", signed_by="阿依古丽·买买提")
    assert (case["state"], case["clock"]["status"]) == ("withdrawn", "stopped")
    assert case["clock"]["is_overdue"] is False
    assert {line["action"] for line in case["allowed_actions"] if line["allowed"]} == {
        "return-materials"
    }


@pytest.mark.parametrize("kind", [CaseKind.COMMITTED, CaseKind.JOINT])
async def test_a_chief_is_asked_nothing_more_once_the_case_has_ended(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
    context: Context,
    kind: CaseKind,
) -> None:
    """Silence on a case that was taken back is no agreement, and no work on a list."""
    case = await take_in(clerk, await item_of(session, hall, kind))
    case = await give(
        clerk, case, "ask-opinion", department_id=str(hall.department_b), question="可否"
    )
    asked = "/api/v1/opinions?state=asked"
    assert len((await chief_elsewhere.get(asked)).json()["items"]) == 1
    ended = await give(clerk, case, "withdraw", reason="不再经营", signed_by="本人")
    assert (await chief_elsewhere.get(asked)).json()["items"] == []
    clock.set("2026-03-30 11:00")
    for job in JOBS:
        assert await run_once(job, context.database, context.clock())
    [opinion] = (await clerk.get(f"/api/v1/cases/{case['id']}/opinions")).json()
    assert opinion["state"] == "asked"
    assert (await again(clerk, case))["version"] == ended["version"]
