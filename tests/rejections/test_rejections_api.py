"""Refusals over HTTP: within and beyond authority, of cases and at the desk, with their papers."""

from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import PHONE, give, take_in
from tests.catalog_factories import Items
from tests.commands import command
from tests.conftest import SetClock
from tests.factories import Hall

REASON = "经营场所不具备防火条件"
BASIS = "食品安全法第三十三条"
HANDED_OVER: dict[str, Any] = {
    "returned_to": "阿依古丽·买买提",
    "identity_checked": "居民身份证",
    "signed_by": "阿依古丽·买买提",
}
DESK: dict[str, Any] = {
    "requester": {"kind": "person", "name": "巴特尔", "phone": PHONE},
    "matter": "要求开具已取消的证明",
    "reason": "该证明已经取消",
    "legal_basis": "国务院关于取消证明事项的决定",
    "is_within_authority": True,
}
Json = dict[str, Any]


async def file(client: httpx.AsyncClient, *, expect: int = 201, **body: Any) -> Json:
    reply = await client.post("/api/v1/rejections", json=body)
    assert reply.status_code == expect, reply.text
    answer: Json = reply.json()
    if expect == 201:
        assert reply.headers["ETag"] == f'"{answer["version"]}"'
    return answer


async def refuse(client: httpx.AsyncClient, case: Json, *, expect: int = 201, **body: Any) -> Json:
    """File the refusal of a case as it was seen; within the own authority unless said."""
    wish = {
        "case_id": case["id"],
        "case_version": case["version"],
        "reason": REASON,
        "legal_basis": BASIS,
        "is_within_authority": True,
    }
    return await file(client, expect=expect, **wish | body)


act = partial(command, "/api/v1/rejections")


async def get(client: httpx.AsyncClient, path: str) -> Any:
    reply = await client.get(f"/api/v1/{path}")
    assert reply.status_code == 200, reply.text
    return reply.json()


async def listed(client: httpx.AsyncClient, **query: str) -> list[str]:
    reply = await client.get("/api/v1/rejections", params=query)
    assert reply.status_code == 200, reply.text
    return [line["id"] for line in reply.json()["items"]]


def facts_of(paper: Json) -> dict[str, str]:
    return dict(paper["content"]["facts"])


def allowed(rejection: Json) -> set[str]:
    return {line["action"] for line in rejection["allowed_actions"] if line["allowed"]}


async def test_a_refusal_within_authority_is_filed_told_returned_and_delivered(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    clock.set("2026-03-11 11:00")
    filed = await refuse(clerk, case)
    assert filed["state"] == "effective"
    assert filed["refused_at"] == filed["filed_at"] == "2026-03-11T11:00:00+08:00"
    assert filed["decision"] is None
    assert filed["missing"] == []
    assert filed["requester"]["name"] == "阿依古丽·买买提"
    assert filed["requester"]["phone_masked"] == "138****0000"
    assert allowed(filed) == {"ask-return"}
    refused = await get(clerk, f"cases/{case['id']}")
    assert refused["state"] == "refused"
    assert refused["decided_at"] == "2026-03-11T11:00:00+08:00"
    assert refused["clock"]["is_overdue"] is False
    papers = {paper["kind"]: paper for paper in await get(clerk, f"cases/{case['id']}/papers")}
    assert list(papers)[-2:] == ["rejection_form", "refusal_notice"]
    form = facts_of(papers["rejection_form"])
    assert papers["rejection_form"]["number"] == filed["form_number"]
    assert form["诉求单位或姓名"] == "阿依古丽·买买提"
    assert form["联系电话"] == "138****0000"
    assert form["诉求事项"] == "食品经营许可（新办）"
    assert form["否定理由"] == REASON
    assert form["否定依据"] == BASIS
    assert form["经办人权限"] == "属职权范围"
    assert "领导审批意见" in form
    notice = papers["refusal_notice"]
    assert notice["number"] == filed["notice_number"]
    assert REASON in notice["text"] and BASIS in notice["text"]
    assert "一式两份" in notice["text"]

    asked = await act(clerk, filed, "ask-return")
    assert await listed(clerk, view="to_return") == [filed["id"]]
    returned = await give(clerk, refused, "return-materials", **HANDED_OVER)
    assert await listed(clerk, view="to_return") == []
    twice = await act(clerk, asked, "ask-return", expect=409)
    assert twice["code"] == "return_already_asked"
    clock.set("2026-03-12 11:00")
    await give(clerk, returned, "deliver", method="pick_up", signed_by="阿依古丽·买买提")

    archive = await get(clerk, f"rejections/{filed['id']}/archive")
    assert archive["case"]["state"] == "delivered"
    assert archive["rejection"]["notice_delivered_at"] == "2026-03-12T11:00:00+08:00"
    assert archive["rejection"]["notice_method"] == "pick_up"
    assert archive["rejection"]["notice_signed_by"] == "阿依古丽·买买提"
    assert [event["kind"] for event in archive["events"]] == [
        "received",
        "accepted",
        "refused",
        "materials_returned",
        "delivered",
    ]
    told = archive["events"][2]
    assert told["article"] == "REJECT 二"
    assert told["facts"]["filing_number"] == filed["rejection_number"]
    assert told["facts"]["paper_number"] == filed["notice_number"]
    assert [paper["kind"] for paper in archive["papers"]] == [
        "receipt",
        "acceptance_slip",
        "rejection_form",
        "refusal_notice",
        "return_receipt",
    ]
    assert [line["name"] for line in archive["materials"] if line["returned_at"]] == ["申请书"]


async def test_beyond_authority_nothing_is_refused_until_the_director_agrees(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    asked = await refuse(clerk, case, is_within_authority=False)
    assert asked["state"] == "requested"
    assert asked["refused_at"] is None
    assert asked["decision"]["due_at"] == "2026-03-13T19:30:00+08:00"
    assert asked["decision"]["is_overdue"] is False
    assert asked["decision"]["remaining_working_minutes"] == (180 + 240) + 3 * 480
    waiting = await get(clerk, f"cases/{case['id']}")
    assert waiting["state"] == "accepted"
    assert waiting["due_at"] == case["due_at"]
    assert [paper["kind"] for paper in await get(clerk, f"cases/{case['id']}/papers")] == [
        "receipt",
        "acceptance_slip",
    ]
    in_view = await get(director, "cases?view=awaiting_director")
    assert [line["id"] for line in in_view["items"]] == [case["id"]]
    # the case cannot be ended otherwise while the director is asked
    blocked = await give(clerk, waiting, "finish", expect=409)
    assert blocked["code"] == "refusal_pending"
    blocked = await refuse(clerk, waiting, expect=409)
    assert blocked["code"] == "refusal_pending"
    again = await refuse(clerk, waiting, is_within_authority=False, expect=409)
    assert again["code"] == "decision_pending"
    clock.set("2026-03-12 11:00")
    decided = await act(director, asked, "decide", agrees=True, opinion="情况属实")
    assert decided["state"] == "effective"
    assert decided["refused_at"] == "2026-03-12T11:00:00+08:00"
    assert decided["decision"]["agrees"] is True
    assert decided["decision"]["is_overdue"] is False
    refused = await get(clerk, f"cases/{case['id']}")
    assert refused["state"] == "refused"
    papers = {paper["kind"]: paper for paper in await get(clerk, f"cases/{case['id']}/papers")}
    form = facts_of(papers["rejection_form"])
    assert form["经办人"] == "阿依古丽·买买提"
    assert form["审批人"] == "刘强"
    assert form["领导审批意见"] == "同意否定。情况属实。"
    assert facts_of(papers["refusal_notice"])["经办人"] == "阿依古丽·买买提"
    await give(clerk, refused, "deliver", method="post", signed_by="阿依古丽·买买提")
    assert (await get(clerk, "cases?view=awaiting_director"))["items"] == []


async def test_what_the_director_does_not_agree_to_goes_on(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    asked = await refuse(clerk, case, is_within_authority=False)
    declined = await act(director, asked, "decide", agrees=False, opinion="材料齐全，应当办理")
    assert declined["state"] == "declined"
    assert declined["decision"]["agrees"] is False
    assert declined["refused_at"] is None
    assert allowed(declined) == set()
    on = await get(clerk, f"cases/{case['id']}")
    assert on["state"] == "accepted"
    form = (await get(clerk, f"cases/{case['id']}/papers"))[-1]
    assert form["number"] == declined["form_number"]
    assert facts_of(form)["领导审批意见"].startswith("不同意否定。")
    twice = await act(director, declined, "decide", agrees=True, opinion="再想", expect=409)
    assert twice["code"] == "rejection_state"
    # another filing may follow, and so may the grant
    again = await refuse(clerk, on, is_within_authority=False)
    back = await act(clerk, again, "retract", reason="申请人已整改")
    assert back["state"] == "retracted"
    on = await get(clerk, f"cases/{case['id']}")
    granted = await give(clerk, on, "finish")
    done = await give(clerk, granted, "deliver", method="post", signed_by="本人")
    assert done["state"] == "delivered"
    read = await get(clerk, f"rejections/{declined['id']}")
    assert read["notice_delivered_at"] is None


async def test_only_the_director_decides_and_never_the_own_request(
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    session: AsyncSession,
) -> None:
    case = await take_in(clerk, items.food)
    asked = await refuse(clerk, case, is_within_authority=False)
    for nobody in (clerk, chief, office):
        refused = await act(nobody, asked, "decide", agrees=True, opinion="好", expect=403)
        assert refused["code"] == "forbidden"
    for nobody in (office, director):
        await refuse(nobody, case, expect=403)
        await act(nobody, asked, "retract", reason="x", expect=403)
    await session.execute(
        sa.text("UPDATE rejections SET filed_by = :director"),
        {"director": hall.director.account_id},
    )
    own = await act(director, asked, "decide", agrees=True, opinion="好", expect=403)
    assert own["code"] == "own_request"


async def test_the_chief_is_within_the_departments_authority_without_saying_so(
    chief: httpx.AsyncClient, clerk: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    body = {
        "case_id": case["id"],
        "case_version": case["version"],
        "reason": REASON,
        "legal_basis": BASIS,
    }
    unsaid = await file(clerk, expect=422, **body)
    assert unsaid["code"] == "authority_not_stated"
    assert unsaid["errors"][0]["pointer"] == "/is_within_authority"
    filed = await file(chief, **body)
    assert (filed["state"], filed["is_within_authority"]) == ("effective", True)


async def test_a_refusal_needs_its_legal_basis_the_case_as_seen_and_an_accepted_case(
    clerk: httpx.AsyncClient, clerk_elsewhere: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    for within in (True, False):
        bare = await refuse(clerk, case, legal_basis=None, is_within_authority=within, expect=422)
        assert bare["code"] == "legal_basis_required"
    stale = await refuse(clerk, case | {"version": 2}, expect=412)
    assert stale["code"] == "stale"
    hidden = await refuse(clerk_elsewhere, case, expect=404)
    assert hidden["code"] == "case_not_found"
    both = await refuse(clerk, case, requester=DESK["requester"], expect=422)
    assert both["code"] == "invalid_input"
    early = await take_in(clerk, items.food, materials=[])
    assert (await refuse(clerk, early, expect=409))["code"] == "case_state"
    assert (await get(clerk, f"cases/{case['id']}"))["state"] == "accepted"


async def test_no_case_becomes_refused_without_its_filing(
    clerk: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    case = await take_in(clerk, items.food)
    with pytest.raises(IntegrityError, match="refused without its filing"):
        async with session.begin_nested():
            await session.execute(
                sa.text("UPDATE cases SET state = 'refused' WHERE id = :id"), {"id": case["id"]}
            )


async def test_a_suspended_case_is_resumed_before_the_director_can_refuse_it(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    asked = await refuse(clerk, case, is_within_authority=False)
    case = await get(clerk, f"cases/{case['id']}")
    stopped = await give(clerk, case, "suspend", cause="hearing", ground="申请人要求听证")
    blocked = await act(director, asked, "decide", agrees=True, opinion="同意", expect=409)
    assert blocked["code"] == "case_state"
    assert (await get(clerk, f"rejections/{asked['id']}"))["state"] == "requested"
    await give(clerk, stopped, "resume", answer="听证结束")
    decided = await act(director, asked, "decide", agrees=True, opinion="同意")
    assert decided["state"] == "effective"


async def test_a_request_is_moot_once_the_applicant_withdraws(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    case = await take_in(clerk, items.food)
    asked = await refuse(clerk, case, is_within_authority=False)
    assert await listed(director, view="awaiting_director") == [asked["id"]]
    case = await get(clerk, f"cases/{case['id']}")
    await give(clerk, case, "withdraw", reason="不办了", signed_by="阿依古丽·买买提")
    clock.set("2026-03-20 11:00")
    assert await listed(director, view="awaiting_director") == []
    assert await listed(director, view="decision_overdue") == []
    read = await get(clerk, f"rejections/{asked['id']}")
    assert read["decision"]["is_overdue"] is False
    assert read["decision"]["remaining_working_minutes"] is None
    late = await act(director, asked, "decide", agrees=True, opinion="同意", expect=409)
    assert late["code"] == "case_state"
    assert (await act(clerk, asked, "retract", reason="申请人已撤回"))["state"] == "retracted"


async def test_an_unanswered_request_shows_as_overdue(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    asked = await refuse(clerk, await take_in(clerk, items.food), is_within_authority=False)
    clock.set("2026-03-13 19:30")
    assert await listed(director, view="decision_overdue") == []
    clock.set("2026-03-13 19:31")
    assert await listed(director, view="decision_overdue") == [asked["id"]]
    read = await get(director, f"rejections/{asked['id']}")
    assert read["decision"]["is_overdue"] is True
    clock.set("2026-03-16 11:00")
    read = await get(director, f"rejections/{asked['id']}")
    assert read["decision"]["remaining_working_minutes"] == -60


@pytest.mark.parametrize(
    ("action", "body", "state", "notice"),
    [
        (
            "not-accept",
            {"reason": "属州级部门", "legal_basis": "行政许可法第三十二条"},
            "not_accepted",
            "non_acceptance_notice",
        ),
        (
            "dismiss",
            {
                "ground": "against_policy",
                "reason": "不符合规划",
                "legal_basis": "行政许可法第三十二条",
            },
            "dismissed",
            "dismissal_notice",
        ),
    ],
)
async def test_what_was_turned_away_before_acceptance_is_filed_too(
    clerk: httpx.AsyncClient, items: Items, action: str, body: Json, state: str, notice: str
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    ended = await give(clerk, case, action, **body)
    filed = await refuse(clerk, ended, legal_basis=None, reason=body["reason"])
    assert filed["state"] == "effective"
    assert filed["legal_basis"] == body["legal_basis"]
    assert filed["missing"] == []
    papers = {paper["kind"]: paper for paper in await get(clerk, f"cases/{case['id']}/papers")}
    assert filed["notice_number"] == papers[notice]["number"]
    assert filed["form_number"] == papers["rejection_form"]["number"]
    assert "refusal_notice" not in papers
    assert (await get(clerk, f"cases/{case['id']}"))["state"] == state
    told = (await get(clerk, f"cases/{case['id']}/timeline"))[-1]
    assert (told["kind"], told["article"]) == ("refusal_filed", "EFFICACY 十五")
    twice = await refuse(clerk, await get(clerk, f"cases/{case['id']}"), expect=409)
    assert twice["code"] == "rejection_already_filed"
    alone = await act(
        clerk, filed, "deliver-notice", method="in_person", signed_by="某人", expect=409
    )
    assert alone["code"] == "notice_with_case"


async def test_a_request_turned_away_at_the_desk_is_filed_and_told_in_writing(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    filed = await file(clerk, **DESK)
    assert (filed["state"], filed["case"]) == ("effective", None)
    assert filed["missing"] == []
    assert allowed(filed) == {"deliver-notice"}
    none = await act(clerk, filed, "ask-return", expect=409)
    assert none["code"] == "nothing_taken_in"
    clock.set("2026-03-10 11:30")
    told = await act(clerk, filed, "deliver-notice", method="in_person", signed_by="巴特尔")
    assert told["notice_delivered_at"] == "2026-03-10T11:30:00+08:00"
    assert told["notice_signed_by"] == "巴特尔"
    twice = await act(clerk, told, "deliver-notice", method="post", signed_by="x", expect=409)
    assert twice["code"] == "notice_already_delivered"
    archive = await get(clerk, f"rejections/{filed['id']}/archive")
    assert archive["case"] is None
    assert {paper["kind"] for paper in archive["papers"]} == {"rejection_form", "refusal_notice"}
    form = next(paper for paper in archive["papers"] if paper["kind"] == "rejection_form")
    assert facts_of(form)["办件编号"] == "未收件（当场诉求）"
    assert facts_of(form)["诉求事项"] == DESK["matter"]


async def test_a_form_that_lacks_something_is_completed(
    clerk: httpx.AsyncClient, items: Items
) -> None:
    bare = DESK | {"requester": {"kind": "person", "name": "巴特尔"}, "legal_basis": None}
    filed = await file(clerk, **bare)
    assert filed["missing"] == ["联系电话", "否定依据", "否定报备登记表", "书面告知"]
    assert await listed(clerk, view="incomplete") == [filed["id"]]
    assert allowed(filed) == {"complete"}
    early = await act(
        clerk, filed, "deliver-notice", method="in_person", signed_by="巴特尔", expect=409
    )
    assert early["code"] == "notice_missing"
    half = await act(clerk, filed, "complete", phone=PHONE, expect=422)
    assert half["code"] == "rejection_incomplete"
    wrong = await act(clerk, filed, "complete", phone="123456", legal_basis=BASIS, expect=422)
    assert wrong["code"] == "invalid_input"
    whole = await act(clerk, filed, "complete", phone=PHONE, legal_basis=BASIS)
    assert whole["missing"] == []
    assert whole["form_number"] and whole["notice_number"]
    assert whole["requester"]["phone_masked"] == "138****0000"
    done = await act(clerk, whole, "complete", phone=PHONE, legal_basis=BASIS, expect=409)
    assert done["code"] == "nothing_to_complete"


async def test_a_void_notice_is_issued_anew(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    filed = await refuse(clerk, await take_in(clerk, items.food))
    archive = await get(clerk, f"rejections/{filed['id']}/archive")
    notice = next(p for p in archive["papers"] if p["number"] == filed["notice_number"])
    void = await office.post(
        f"/api/v1/papers/{notice['id']}/void",
        json={"reason": "依据写错"},
        headers={"If-Match": '"1"'},
    )
    assert void.status_code == 200, void.text
    lacking = await get(clerk, f"rejections/{filed['id']}")
    assert lacking["missing"] == ["书面告知"]
    whole = await act(clerk, lacking, "complete")
    assert whole["missing"] == []
    assert whole["notice_number"] != filed["notice_number"]
    assert whole["form_number"] == filed["form_number"]


async def test_a_void_dismissal_that_was_issued_again_tells_the_applicant(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    body: Json = {"ground": "against_policy", "reason": "不符合规划", "legal_basis": BASIS}
    filed = await refuse(clerk, await give(clerk, case, "dismiss", **body), legal_basis=None)
    papers = (await get(clerk, f"rejections/{filed['id']}/archive"))["papers"]
    notice = next(paper for paper in papers if paper["number"] == filed["notice_number"])
    for act_on_it, version in (("void", 1), ("reissue", 2)):
        reply = await office.post(
            f"/api/v1/papers/{notice['id']}/{act_on_it}",
            json={"reason": "漏盖印章"},
            headers={"If-Match": f'"{version}"'},
        )
        assert reply.status_code == 200, reply.text
        now = await get(clerk, f"rejections/{filed['id']}")
        assert now["missing"] == (["书面告知"] if act_on_it == "void" else [])
    assert now["notice_number"] == reply.json()["number"] != filed["notice_number"]


async def test_a_desk_request_beyond_authority_waits_for_the_director(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    asked = await file(clerk, **DESK | {"is_within_authority": False})
    assert asked["state"] == "requested"
    assert asked["form_number"] is None
    clock.set("2026-03-11 11:00")
    decided = await act(director, asked, "decide", agrees=True, opinion="同意。")
    assert decided["state"] == "effective"
    assert decided["missing"] == []
    archive = await get(clerk, f"rejections/{asked['id']}/archive")
    form = next(paper for paper in archive["papers"] if paper["kind"] == "rejection_form")
    assert facts_of(form)["经办人"] == "阿依古丽·买买提"
    assert facts_of(form)["领导审批意见"] == "同意否定。同意。"
    declined = await file(clerk, **DESK | {"is_within_authority": False})
    declined = await act(director, declined, "decide", agrees=False, opinion="应当办理")
    assert declined["state"] == "declined"
    assert (await get(clerk, f"rejections/{declined['id']}/archive"))["papers"] == []


async def test_a_desk_filing_needs_a_window_of_ones_own_and_a_time_that_has_passed(
    clerk: httpx.AsyncClient, chief: httpx.AsyncClient, items: Items, hall: Hall
) -> None:
    unsaid = await file(chief, expect=409, **DESK)
    assert unsaid["code"] == "which_window"
    other = await file(clerk, expect=403, **DESK | {"window_id": str(hall.window_03)})
    assert other["code"] == "not_your_window"
    unknown = await file(clerk, expect=422, **DESK | {"window_id": str(hall.department_a)})
    assert unknown["code"] == "unknown_window"
    ahead = await file(clerk, expect=422, **DESK | {"refused_at": "2026-03-10T11:00:01+08:00"})
    assert ahead["code"] == "refused_at_in_future"
    nobody = {name: value for name, value in DESK.items() if name != "requester"}
    assert (await file(clerk, expect=422, **nobody))["code"] == "invalid_input"
    mine = await file(chief, **DESK | {"window_id": str(hall.window_02)})
    assert mine["window"]["number"] == "02"


async def test_a_refusal_is_seen_where_its_case_is(
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
    filed = await refuse(clerk, await take_in(clerk, items.food))
    for reader in (clerk, colleague, chief, office, director):
        assert await listed(reader) == [filed["id"]]
        assert (await get(reader, f"rejections/{filed['id']}"))["id"] == filed["id"]
        await get(reader, f"rejections/{filed['id']}/archive")
    for stranger in (clerk_next_door, clerk_elsewhere, chief_elsewhere):
        assert await listed(stranger) == []
        for path in ("", "/archive"):
            reply = await stranger.get(f"/api/v1/rejections/{filed['id']}{path}")
            assert (reply.status_code, reply.json()["code"]) == (404, "rejection_not_found")
        await act(stranger, filed, "ask-return", expect=404)


async def test_lists_are_filtered(
    clerk: httpx.AsyncClient, clerk_elsewhere: httpx.AsyncClient, office: httpx.AsyncClient,
    items: Items, hall: Hall,
) -> None:  # fmt: skip
    case = await take_in(clerk, items.food)
    of_case = await refuse(clerk, case)
    asked = await file(clerk_elsewhere, **DESK | {"is_within_authority": False})
    assert await listed(office) == [asked["id"], of_case["id"]]
    assert await listed(office, limit="1") == [asked["id"]]
    assert await listed(office, state="effective") == [of_case["id"]]
    assert await listed(office, case_id=case["id"]) == [of_case["id"]]
    assert await listed(office, window_id=str(hall.window_03)) == [asked["id"]]
    assert await listed(office, department_id=str(hall.department_a)) == [of_case["id"]]
    assert await listed(office, is_within_authority="false") == [asked["id"]]


async def test_the_phone_is_encrypted_and_every_look_at_it_is_audited(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    filed = await file(clerk, **DESK)
    stored = await session.scalar(sa.text("SELECT requester_phone FROM rejections"))
    assert PHONE.encode() not in stored
    path = f"/api/v1/rejections/{filed['id']}/reveal-requester"
    shown = await clerk.post(path, json={"reason": "电话通知"})
    assert shown.json() == {"phone": PHONE}
    assert (await office.post(path, json={"reason": "看看"})).status_code == 403
    looks = (
        await session.execute(
            sa.text("SELECT new FROM audit_entries WHERE action = 'rejections.reveal'")
        )
    ).all()
    assert [line.new for line in looks] == [{"reason": "电话通知"}]
    for table in ("audit_entries", "outbox_events", "papers"):
        whole = await session.scalar(sa.text(f"SELECT string_agg(t::text, '') FROM {table} t"))
        assert PHONE not in whole


async def test_every_act_is_audited_and_told(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, session: AsyncSession
) -> None:
    asked = await refuse(clerk, await take_in(clerk, items.food), is_within_authority=False)
    await act(director, asked, "decide", agrees=True, opinion="同意")
    for table, column, prefix in (
        ("audit_entries", "action", "rejections."),
        ("outbox_events", "kind", "rejection."),
    ):
        rows = await session.scalars(
            sa.text(f"SELECT {column} FROM {table} WHERE subject_type = 'rejection' ORDER BY id")
        )
        assert rows.all() == [f"{prefix}requested", f"{prefix}upheld"]


async def test_a_refusal_is_changed_only_by_who_has_seen_it(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items
) -> None:
    asked = await refuse(clerk, await take_in(clerk, items.food), is_within_authority=False)
    stale = await act(director, asked | {"version": 2}, "decide", agrees=True, opinion="好",
                      expect=412)  # fmt: skip
    assert stale["code"] == "stale"
    path = f"/api/v1/rejections/{asked['id']}/decide"
    blind = await director.post(path, json={"agrees": True, "opinion": "好"})
    assert blind.status_code == 428
