"""Cases at the edges of the law: completed but not accepted, approved too late, told late."""

import re
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases.test_cases_clock_api import again, paper_kinds, settle
from tests.cases.test_cases_lives import item_of
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.dependencies import Context
from yimen.domains.cases.repository_facts import CaseFactRepository
from yimen.domains.cases.service_facts import CaseFactKind, CaseFacts
from yimen.domains.catalog.enums import CaseKind


async def test_a_special_case_deemed_accepted_keeps_the_day_the_director_set(
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
    context: Context,
) -> None:
    """MGMT 十一(三): its own due date, also where silence accepted it (行政许可法 32)."""
    case = await take_in(clerk, await item_of(session, hall, CaseKind.SPECIAL))
    case = await give(clerk, case, "request-special", due_on="2026-03-26", reason="抗灾物资急需")
    await give(director, case, "decide-special", approve=True, reason="同意特办")
    clock.set("2026-03-18 10:00")
    await settle(context)
    case = await again(clerk, case)
    assert (case["state"], case["is_deemed_accepted"]) == ("accepted", True)
    assert case["due_at"] == "2026-03-26T19:30:00+08:00"
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/deadline")).json()
    assert told["due_at"] == case["due_at"]


async def test_what_was_completed_does_not_lapse_but_counts_as_accepted(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock, context: Context
) -> None:
    """ONCE 二, 行政许可法 32: who handed everything in has done their part."""
    case = await take_in(clerk, items.food, materials=[])
    case = await give(
        clerk, case, "supplement", missing=[{"material_key": "m1"}, {"material_key": "m2"}]
    )
    clock.set("2026-03-12 11:00")
    case = await give(
        clerk,
        case,
        "hand-in",
        materials=[{"material_key": "m1"}, {"material_key": "m2"}],
        accept_if_complete=False,
    )
    assert case["state"] == "awaiting_supplement"
    assert case["supplement_due_on"] is None
    assert case["deemed_acceptance_at"] == "2026-03-19T19:30:00+08:00"
    clock.set("2026-03-19 19:30")
    await settle(context)
    assert (await again(clerk, case))["state"] == "awaiting_supplement"
    clock.set("2026-03-19 19:31")
    await settle(context)
    case = await again(clerk, case)
    assert (case["state"], case["is_deemed_accepted"]) == ("accepted", True)
    assert case["accepted_at"] == "2026-03-12T11:00:00+08:00"
    assert case["due_at"] == "2026-03-19T19:30:00+08:00"
    assert (await paper_kinds(clerk, case))[-1] == "acceptance_slip"


async def test_a_day_that_passed_before_acceptance_is_no_due_date(
    clerk: httpx.AsyncClient,
    director: httpx.AsyncClient,
    session: AsyncSession,
    hall: Hall,
    clock: SetClock,
) -> None:
    """MGMT 十一(三), 十二: where the applicant completed too late for it, the promise holds."""
    item = await item_of(session, hall, CaseKind.SPECIAL)
    case = await take_in(clerk, item, materials=[{"material_key": "m1"}])
    case = await give(clerk, case, "request-special", due_on="2026-03-11", reason="抗灾物资急需")
    case = await give(director, case, "decide-special", approve=True, reason="同意特办")
    clock.set("2026-03-12 11:00")
    case = await give(clerk, case, "hand-in", materials=[{"material_key": "m2"}])
    assert case["due_at"] == "2026-03-19T19:30:00+08:00"
    assert not case["clock"]["is_overdue"]
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/deadline")).json()
    assert told["due_at"] == case["due_at"]
    assert any("受理时已过" in step["label"] for step in told["steps"])
    case = await give(clerk, case, "request-special", due_on="2026-03-13", reason="抗灾物资急需")
    case = await give(director, case, "decide-special", approve=True, reason="同意特办")
    assert case["due_at"] == "2026-03-13T19:30:00+08:00"


async def test_today_is_no_due_date_once_the_hall_has_closed(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """ATTEND 一(一): the last day ends at close of business; a weekend moves on to Monday."""
    case = await take_in(clerk, items.food)
    clock.set("2026-03-13 19:31")
    late = await give(
        clerk, case, "request-special", due_on="2026-03-13", reason="抗灾物资急需", expect=422
    )
    assert late["code"] == "due_date_not_ahead"
    await give(clerk, case, "request-special", due_on="2026-03-14", reason="抗灾物资急需")


async def test_documents_that_are_owed_follow_the_calendar(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
) -> None:
    """MGMT 十一(三), domain.md §3: also where the case is decided, whose due date stays."""
    case = await take_in(clerk, items.food, materials=[{"material_key": "m1"}])
    case = await give(
        clerk, case, "request-special", due_on="2026-03-12", approve_first=True, reason="抗灾急需"
    )
    case = await give(director, case, "decide-special", approve=True, reason="先批后办")
    case = await give(clerk, case, "finish")
    assert case["documents_due_on"] == "2026-04-08"
    calendar = await office.get("/api/v1/calendar/years")
    body = {
        "dry_run": False,
        "source": "自治区放假通知",
        "days": [{"day": "2026-03-11", "kind": "regional_holiday", "note": "肉孜节"}],
    }
    reply = await office.post(
        "/api/v1/calendar/overrides", json=body, headers={"If-Match": calendar.headers["ETag"]}
    )
    assert reply.status_code == 200, reply.text
    assert [line["label"] for line in reply.json()["deadlines"]] == ["先批后办补齐材料的期限"]
    moved = await again(clerk, case)
    assert moved["documents_due_on"] == "2026-04-09"
    assert moved["due_at"] == case["due_at"]


@pytest.mark.parametrize(
    ("sent_up", "due_at", "is_overdue"),
    [
        ("2026-03-17 19:00", "2026-03-31T19:30:00+08:00", False),
        ("2026-03-18 11:00", "2026-03-31T18:00:00+08:00", True),
    ],
)
async def test_a_case_withdrawn_while_its_clock_stands_still_is_overdue_only_if_it_was_before(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    sent_up: str,
    due_at: str,
    is_overdue: bool,
) -> None:
    """MGMT 十一(六): the time at the superior body is outside the promise."""
    case = await take_in(clerk, items.food)
    clock.set(sent_up)
    case = await give(clerk, case, "report", superior_body="自治州局", reason="权限属州级")
    clock.set("2026-03-31 19:00")
    case = await give(clerk, case, "withdraw", reason="另行申请", signed_by="阿依古丽·买买提")
    assert (case["state"], case["suspended_until"]) == ("withdrawn", None)
    assert case["due_at"] == due_at
    assert case["clock"]["is_overdue"] is is_overdue
    late = (await clerk.get("/api/v1/cases?view=finished_late")).json()["items"]
    assert [line["id"] for line in late] == ([case["id"]] if is_overdue else [])
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/deadline")).json()
    assert told["due_at"] == due_at
    assert (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()[-1]["article"] == ""


@pytest.mark.parametrize(("decided", "is_late"), [("2026-03-12", True), ("2026-03-13", False)])
async def test_a_decision_entered_late_is_a_fact_like_a_late_intake(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    session: AsyncSession,
    decided: str,
    is_late: bool,
) -> None:
    """DISCIPLINE 五(十八), domain.md §4: later than the next working day, by the day of entry."""
    case = await take_in(clerk, items.food)
    clock.set("2026-03-16 11:00")
    done = await give(clerk, case, "finish", decided_at=f"{decided}T11:00:00+08:00")
    assert done["decided_at"] == f"{decided}T11:00:00+08:00"
    day = date(2026, 3, 16)
    facts = await CaseFacts(CaseFactRepository(session), clock.now).between(day, day)
    assert [(fact.kind, fact.case_number) for fact in facts] == (
        [(CaseFactKind.ENTERED_LATE, case["case_number"])] if is_late else []
    )


@pytest.mark.parametrize(
    ("stopped", "is_overdue"), [("2026-03-17 19:30", False), ("2026-03-17 19:31", True)]
)
async def test_stopping_the_clock_does_not_hide_that_the_time_had_run_out(
    clerk: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    session: AsyncSession,
    stopped: str,
    is_overdue: bool,
) -> None:
    """MGMT 十二: what stopped in time is not overdue while it stands still, whatever the day."""
    case = await take_in(clerk, items.food)
    clock.set(stopped)
    case = await give(clerk, case, "suspend", cause="hearing", ground="听证")
    clock.set("2026-03-23 11:00")
    read = await again(clerk, case)
    assert (read["state"], read["clock"]["is_overdue"]) == ("suspended", is_overdue)
    listed = (await clerk.get("/api/v1/cases?view=overdue")).json()["items"]
    assert [(line["id"], line["is_overdue"]) for line in listed] == (
        [(case["id"], True)] if is_overdue else []
    )
    assert [line["is_overdue"] for line in (await clerk.get("/api/v1/cases")).json()["items"]] == [
        is_overdue
    ]
    facts = await CaseFacts(CaseFactRepository(session), clock.now).between(
        date(2026, 3, 17), date(2026, 3, 17)
    )
    assert [fact.kind for fact in facts] == ([CaseFactKind.OVERDUE] if is_overdue else [])


async def test_the_clock_goes_on_from_the_answer_and_not_from_its_entry(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock, session: AsyncSession
) -> None:
    """MGMT 十一(六): suspended from sending up to the answer."""
    case = await take_in(clerk, items.food)
    clock.set("2026-03-11 11:00")
    case = await give(clerk, case, "report", superior_body="自治州局", reason="权限属州级")
    clock.set("2026-03-18 11:00")
    for wrong in ("2026-03-11T10:59:00+08:00", "2026-03-18T11:01:00+08:00"):
        refused = await give(clerk, case, "resume", answer="同意", resumed_at=wrong, expect=422)
        assert refused["code"] == "resumed_at_out_of_range"
    case = await give(clerk, case, "resume", answer="同意", resumed_at="2026-03-16T11:00:00+08:00")
    assert case["due_at"] == "2026-03-20T19:30:00+08:00"
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()[-1]
    assert told["occurred_at"] == "2026-03-16T11:00:00+08:00"
    assert told["recorded_at"] == "2026-03-18T11:00:00+08:00"
    day = date(2026, 3, 18)
    facts = await CaseFacts(CaseFactRepository(session), clock.now).between(day, day)
    assert [fact.kind for fact in facts] == [CaseFactKind.ENTERED_LATE]


async def test_what_was_dismissed_after_it_was_completed_does_not_read_as_being_checked(
    clerk: httpx.AsyncClient, items: Items, context: Context
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    case = await give(clerk, case, "supplement", missing=[{"material_key": "m1"}])
    number = case["case_number"]
    case = await give(
        clerk,
        case,
        "hand-in",
        materials=[{"material_key": "m1"}, {"material_key": "m2"}],
        accept_if_complete=False,
    )
    text = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()[0]["text"]
    code = re.search(r"查询码：([0-9A-Z-]+)", text)
    assert code is not None
    lookup = {"case_number": number, "code": code[1]}

    async def hint() -> str:
        reply = await clerk.post("/api/v1/public/cases/lookup", json=lookup)
        assert reply.status_code == 200, reply.text
        said: str = reply.json()["hint"]
        return said

    assert "正在核对" in await hint()
    await give(
        clerk, case, "dismiss", ground="against_policy", reason="不符合规划", legal_basis="规划条例"
    )
    assert "未能受理" in await hint()


async def test_a_day_in_a_year_without_its_notice_is_told_as_provisional(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """domain.md §3: never guessed silently, neither on the notice nor to who asks."""
    clock.set("2026-11-10 11:00")
    sure = await take_in(clerk, items.food, materials=[])
    sure = await give(clerk, sure, "supplement", missing=[{"material_key": "m1"}])
    assert sure["warnings"] == []
    papers = (await clerk.get(f"/api/v1/cases/{sure['id']}/papers")).json()
    assert "暂定" not in papers[-1]["text"]
    clock.set("2026-11-24 11:00")
    case = await take_in(clerk, items.food, materials=[])
    case = await give(clerk, case, "supplement", missing=[{"material_key": "m1"}])
    assert case["supplement_due_on"] == "2027-01-06"
    assert any("补齐材料的期限" in warning for warning in case["warnings"])
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert "补齐期限：2027年1月6日（星期三）（暂定）" in papers[-1]["text"]
    code = re.search(r"查询码：([0-9A-Z-]+)", papers[-1]["text"])
    assert code is not None
    lookup = {"case_number": case["case_number"], "code": code[1]}
    told = await clerk.post("/api/v1/public/cases/lookup", json=lookup)
    assert "最迟于1月6日（暂定）" in told.json()["hint"]


async def set_day_off(office: httpx.AsyncClient, day: str) -> list[str]:
    """The office sets a day off; which other deadlines moved."""
    status = await office.get("/api/v1/calendar/status")
    reply = await office.post(
        "/api/v1/calendar/overrides",
        json={
            "dry_run": False,
            "source": "自治区放假通知",
            "days": [{"day": day, "kind": "regional_holiday", "note": "肉孜节"}],
        },
        headers={"If-Match": status.headers["ETag"]},
    )
    assert reply.status_code == 200, reply.text
    return [line["label"] for line in reply.json()["deadlines"]]


async def test_the_longest_time_a_clock_stands_still_is_counted_in_working_days_as_they_come_out(
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    items: Items,
    clock: SetClock,
    context: Context,
) -> None:
    """行政许可法 45, domain.md §3: ten working days stay ten when a holiday is set among them."""
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, "suspend", cause="on_site_survey", ground="现场勘验")
    assert case["suspended_until"] == "2026-03-24T19:30:00+08:00"
    clock.set("2026-03-16 11:00")
    assert await set_day_off(office, "2026-03-20") == ["中止计时的最长期限"]
    assert await set_day_off(office, "2026-03-28") == []
    case = await again(clerk, case)
    assert case["suspended_until"] == "2026-03-25T19:30:00+08:00"
    clock.set("2026-03-25 19:30")
    await settle(context)
    assert (await again(clerk, case))["state"] == "suspended"
    clock.set("2026-03-25 19:31")
    await settle(context)
    case = await again(clerk, case)
    # left out: seven hours of 10 March, and ten working days
    assert (case["state"], case["due_at"]) == ("accepted", "2026-04-02T18:30:00+08:00")
    told = (await clerk.get(f"/api/v1/cases/{case['id']}/timeline")).json()
    assert [line["kind"] for line in told if line["kind"] == "due_date_moved"] == ["due_date_moved"]


async def test_a_suspension_into_a_year_without_its_notice_ends_provisionally(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """domain.md §3."""
    clock.set("2026-11-24 11:00")
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, "report", superior_body="自治州局", reason="权限属州级")
    assert any("最长期限" in warning for warning in case["warnings"])
    text = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()[-1]["text"]
    assert re.search(r"最迟恢复计时：2027年2月\d+日（星期.）19:30（暂定）", text), text


async def test_nothing_is_decided_while_the_clock_stands_still(
    clerk: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """domain.md §4: a suspended case goes on before it is decided, also when entered later."""
    case = await take_in(clerk, items.food)
    clock.set("2026-03-11 11:00")
    case = await give(clerk, case, "suspend", cause="hearing", ground="听证")
    clock.set("2026-03-12 11:00")
    case = await give(clerk, case, "resume", answer="听证结束")
    within = await give(clerk, case, "finish", decided_at="2026-03-12T10:59:00+08:00", expect=422)
    assert within["code"] == "decided_at_out_of_range"
    assert "恢复计时" in within["detail"]
    done = await give(clerk, case, "finish", decided_at="2026-03-12T11:00:00+08:00")
    assert done["state"] == "granted"


@pytest.mark.parametrize(
    ("command", "body", "cited"),
    [
        ("report", {"superior_body": "自治州局", "reason": "权限属州级"}, "第十一条第（六）项"),
        ("suspend", {"cause": "on_site_survey", "ground": "现场勘验"}, "第十一条第（七）项"),
        ("suspend", {"cause": "testing", "ground": "抽样检测"}, "行政许可法》第四十五条"),
    ],
)
async def test_both_notices_of_a_suspension_cite_what_it_rests_on(
    clerk: httpx.AsyncClient, items: Items, command: str, body: dict[str, Any], cited: str
) -> None:
    """行政许可法 45 names hearings, tests and expert reviews, neither surveys nor superiors."""
    case = await take_in(clerk, items.food)
    case = await give(clerk, case, command, **body)
    await give(clerk, case, "resume", answer="完成")
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert [cited in paper["text"] for paper in papers[-2:]] == [True, True]


async def test_a_day_of_its_own_makes_no_overdue_case_timely(
    clerk: httpx.AsyncClient, director: httpx.AsyncClient, items: Items, clock: SetClock
) -> None:
    """MGMT 十一(三): a special case has a due date of its own, later or earlier than promised."""
    body: dict[str, Any] = {"reason": "抗灾物资急需"}
    path: dict[str, Any] = {"approve": True, "reason": "同意"}
    case = await take_in(clerk, items.food)  # due at the close of 17 March
    other = await give(
        clerk, await take_in(clerk, items.food), "request-special", due_on="2026-03-19", **body
    )
    other = await give(director, other, "decide-special", **path)
    assert other["due_at"] == "2026-03-19T19:30:00+08:00"
    clock.set("2026-03-17 19:30")
    case = await give(clerk, case, "request-special", due_on="2026-03-18", **body)
    clock.set("2026-03-17 19:31")
    late = await give(director, case, "decide-special", due_on="2026-03-19", expect=409, **path)
    assert late["code"] == "special_overdue"
    assert "2026年3月17日" in late["detail"]
    refused = await give(director, case, "decide-special", approve=False, reason="已超期")
    assert refused["clock"]["is_overdue"]
    again = await give(clerk, refused, "request-special", due_on="2026-03-19", expect=409, **body)
    assert again["code"] == "special_overdue"
