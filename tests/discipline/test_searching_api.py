"""What the records propose, found over HTTP and by the job; a person decides all the same."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import OfficeAtWork, a_month, open_office
from tests.awards_factories import seal_month
from tests.cases_factories import give, take_in
from tests.catalog_factories import Items
from tests.complaints_factories import act as act_on_complaint
from tests.complaints_factories import found as a_found_complaint
from tests.conferences.test_conferences_api import LAND, call, call_body, held
from tests.conferences.test_conferences_api import act as act_on_conference
from tests.conftest import SetClock
from tests.discipline_factories import (
    MEASURES,
    PROPOSALS,
    again,
    confirm,
    open_proposals,
    search,
    send,
)
from tests.factories import Hall

from yimen.core.dependencies import Context
from yimen.core.periodic import run_once
from yimen.domains.cases.jobs import JOBS as CASES_JOBS
from yimen.domains.discipline.jobs import search_records
from yimen.domains.discipline.models import DisciplinaryMeasure
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.models import ScoreFigures


async def overdue_case(clerk: httpx.AsyncClient, items: Items, clock: SetClock) -> dict[str, Any]:
    """A case that nobody finished in time; the clock stands a minute after its due date."""
    case = await take_in(clerk, items.food)
    clock.set(case["due_at"][:16].replace("T", " "))
    clock.advance(minutes=1)
    return case


async def of_clerk(office: httpx.AsyncClient, hall: Hall) -> list[tuple[str, str]]:
    found = await open_proposals(office, staff_id=str(hall.clerk.staff_id))
    return [(one["ground_code"], one["article"]) for one in reversed(found)]


async def test_the_first_overdue_case_is_an_admonition_and_the_second_a_warning(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    clock: SetClock,
) -> None:
    case = await overdue_case(clerk, items, clock)
    result = await search(office, "2026-01-01", "2026-12-31")
    assert result == {"proposed": 1, "fallen": 0, "put_under_review": 0}
    [first] = await open_proposals(office)
    assert (first["ground_code"], first["measure"]) == ("promise.05", "admonition")
    assert (first["window_number"], first["person_name"]) == ("01", hall.clerk.name)
    [line] = first["evidence"]
    assert case["case_number"] in line["text"] and "是否属本人责任请核实" in line["text"]
    assert first["also"] == ["DISCIPLINE 五(六)"]
    # the same records propose nothing twice
    assert (await search(office, "2026-01-01", "2026-12-31"))["proposed"] == 0
    clock.set("2026-04-07 11:00")
    await overdue_case(clerk, items, clock)
    await search(office, "2026-01-01", "2026-12-31")
    assert await of_clerk(office, hall) == [
        ("promise.05", "PROMISE 六2"), ("promise.06", "PROMISE 六2"),
    ]  # fmt: skip
    # it was not the clerk's fault: then the second is the first
    await send(
        office, f"{PROPOSALS}/{first['id']}/drop", version=first["version"], reason="系统故障"
    )
    result = await search(office, "2026-01-01", "2026-12-31")
    assert result == {"proposed": 1, "fallen": 1, "put_under_review": 0}
    assert await of_clerk(office, hall) == [("promise.05", "PROMISE 六2")]


async def test_a_second_supplement_notice_is_proposed_with_its_case(
    office: httpx.AsyncClient, clerk: httpx.AsyncClient, hall: Hall, items: Items
) -> None:
    case = await take_in(clerk, items.food, materials=[])
    line = {"name": "营业执照", "requirement": "请补交"}
    case = await give(clerk, case, "supplement", missing=[line])
    await give(clerk, case, "supplement", missing=[line], reason="首次漏列")
    await search(office, "2026-01-01", "2026-03-10")
    assert await of_clerk(office, hall) == [("discipline.admonition.03", "DISCIPLINE 五(三)")]


async def test_a_case_left_untold_is_proposed_and_one_that_was_told_is_not(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    clock: SetClock,
    context: Context,
) -> None:
    """ONCE 五2, 五3: neither slip nor notice until the case counts as accepted (行政许可法 32)."""
    told = await take_in(clerk, items.food, materials=[])
    line = {"name": "营业执照", "requirement": "请补交"}
    await give(clerk, told, "supplement", missing=[line])
    untold = await take_in(clerk, items.food, materials=[])
    for at, expected in (
        ("2026-03-17 19:30", []),
        ("2026-03-17 19:31", [("once.04", "ONCE 五3")]),
    ):
        clock.set(at)
        for job in CASES_JOBS:
            await run_once(job, context.database, context.clock())
        await search(office, "2026-01-01", "2026-03-17")
        found = await of_clerk(office, hall)
        assert [one for one in found if one[0].startswith("once.")] == expected
    [proposal] = await open_proposals(office, ground_code="once.04")
    assert (proposal["measure"], proposal["also"]) == ("warning", ["ONCE 五2"])
    assert untold["case_number"] in proposal["evidence"][0]["text"]


@pytest.mark.parametrize(("presence", "is_proposed"), [("absent", True), ("excused", False)])
async def test_a_conference_missed_without_a_reason_is_proposed_against_the_chief(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    clock: SetClock,
    presence: str,
    is_proposed: bool,
) -> None:
    """DISCIPLINE 五(十二): 无故不参加中心组织的会议."""
    conference = await call(office, call_body(hall))
    clock.set("2026-03-12 18:00")
    body = held(conference, **{LAND: presence, "note": "途中车辆故障"})
    await act_on_conference(office, conference, "hold", **body)
    await search(office, "2026-01-01", "2026-03-12")
    found = await open_proposals(office)
    assert [(one["ground_code"], one["staff_id"]) for one in found] == (
        [("discipline.admonition.12", str(hall.chief_elsewhere.staff_id))] if is_proposed else []
    )


async def test_a_true_complaint_leaves_the_choice_and_falls_when_it_is_reopened(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
) -> None:
    complaint = await a_found_complaint(office, hall)
    await search(office, "2026-01-01", "2026-03-10")
    [proposal] = await open_proposals(office)
    assert (proposal["measure"], proposal["article"]) == ("either", "MGMT 三十二")
    assert proposal["also"] == ["DISCIPLINE 五(十五)"]
    assert complaint["complaint_number"] in proposal["evidence"][0]["text"]
    await act_on_complaint(director, complaint, "reopen", reason="新的录音")
    result = await search(office, "2026-01-01", "2026-03-10")
    assert result == {"proposed": 0, "fallen": 1, "put_under_review": 0}
    fallen = (await office.get(f"{PROPOSALS}/{proposal['id']}")).json()
    assert (fallen["state"], fallen["allowed_actions"][0]["allowed"]) == ("fallen", False)


async def test_a_measure_whose_fact_is_gone_waits_for_review(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
) -> None:
    complaint = await a_found_complaint(office, hall)
    await search(office, "2026-01-01", "2026-03-10")
    [proposal] = await open_proposals(office)
    measure = await confirm(office, proposal, kind="admonition")
    complaint = await act_on_complaint(director, complaint, "reopen", reason="新的录音")
    result = await search(office, "2026-01-01", "2026-03-10")
    assert result == {"proposed": 0, "fallen": 0, "put_under_review": 1}
    measure = await again(office, measure)
    assert (measure["counts"], measure["state"]) == (False, "decided")
    assert "《管理暂行办法》三十二" in measure["review_reason"]
    # asked again, nothing more happens
    assert (await search(office, "2026-01-01", "2026-03-10"))["put_under_review"] == 0


@pytest.fixture
async def at_work(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> OfficeAtWork:
    clock.set("2026-04-01 11:00")
    return await open_office(office, session, clock, hall)


@pytest.mark.parametrize(
    ("late_on", "expected"),
    [((0, 5, 9), []), ((0, 5, 9, 14), [("discipline.warning.18", "DISCIPLINE 六(十八)")])],
)
async def test_a_fourth_late_arrival_is_proposed_and_a_third_is_not(
    *,
    at_work: OfficeAtWork,
    office: httpx.AsyncClient,
    hall: Hall,
    late_on: tuple[int, ...],
    expected: list[tuple[str, str]],
) -> None:
    await at_work.bring(a_month(late_on))
    await search(office, "2026-03-01", "2026-03-31")
    assert await of_clerk(office, hall) == expected
    if expected:
        [proposal] = await open_proposals(office, staff_id=str(hall.clerk.staff_id))
        text = proposal["evidence"][0]["text"]
        assert "迟到、早退4次" in text and "《考勤管理办法》三(五)" in text
        assert "3月20日上午迟到7分钟" in text


async def test_the_job_proposes_once_and_decides_nothing(
    *,
    at_work: OfficeAtWork,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    items: Items,
    clock: SetClock,
    session: AsyncSession,
) -> None:
    """Every kind of fact at once, round after round: proposals, and not one measure."""
    await at_work.bring(a_month((0, 5, 9, 14)))
    clock.set("2026-03-10 11:00")
    await a_found_complaint(office, hall)
    await overdue_case(clerk, items, clock)
    clock.set("2026-04-01 11:00")
    for _ in range(2):
        await search_records(session, clock())
        grounds = {ground for ground, _ in await of_clerk(office, hall)}
        assert grounds == {"mgmt.01", "promise.05", "discipline.warning.18"}
    assert await session.scalar(sa.select(sa.func.count(DisciplinaryMeasure.id))) == 0
    assert (await office.get(MEASURES)).json()["items"] == []


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2026-03-01"), ("2025-01-01", "2026-01-02")]
)
async def test_a_search_spans_a_year_at_most(
    office: httpx.AsyncClient, hall: Hall, first: str, last: str
) -> None:
    refused = await send(office, f"{PROPOSALS}/search", expect=422, first=first, last=last)
    assert refused["code"] == "search_span"


@pytest.mark.parametrize(
    ("february", "march", "expected"),
    [
        (65, 65, [("appraise.01", "APPRAISE 六(二)")]),
        (65, 65.01, []),
        (65.01, 65, []),
    ],
)
async def test_two_sealed_months_of_65_or_less_are_proposed(
    *,
    office: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    february: float,
    march: float,
    expected: list[tuple[str, str]],
) -> None:
    who = (SubjectKind.STAFF, hall.clerk.staff_id)
    await seal_month(session, date(2026, 2, 1), {who: february})
    await seal_month(session, date(2026, 3, 1), {who: march})
    await search(office, "2026-01-01", "2026-03-31")
    assert await of_clerk(office, hall) == expected


async def test_what_rested_on_an_amended_month_is_walked_forward_again(
    office: httpx.AsyncClient, hall: Hall, session: AsyncSession
) -> None:
    """February is amended to more than 65: the run of three is one of two, and March's falls."""
    who = (SubjectKind.STAFF, hall.clerk.staff_id)
    for month in (2, 3, 4):
        await seal_month(session, date(2026, month, 1), {who: 60})
    await search(office, "2026-01-01", "2026-04-30")
    assert sorted(await of_clerk(office, hall)) == [
        ("appraise.01", "APPRAISE 六(二)"), ("appraise.02", "APPRAISE 六(二)"),
    ]  # fmt: skip
    admonition = next(
        one for one in await open_proposals(office) if one["ground_code"] == "appraise.01"
    )
    measure = await confirm(office, admonition)
    await session.execute(
        sa.update(ScoreFigures).where(ScoreFigures.month == date(2026, 2, 1)).values(numerator=7000)
    )
    result = await search(office, "2026-01-01", "2026-04-30")
    assert result == {"proposed": 1, "fallen": 1, "put_under_review": 1}
    assert await of_clerk(office, hall) == [("appraise.01", "APPRAISE 六(二)")]
    assert (await again(office, measure))["counts"] is False


async def test_a_day_away_is_one_absence_though_it_is_two_half_days(
    at_work: OfficeAtWork, office: httpx.AsyncClient, hall: Hall
) -> None:
    """旷工一次（半天）: a day is not two occurrences (DISCIPLINE 六(十八))."""
    await at_work.bring(a_month(()))  # the colleague never comes
    await search(office, "2026-03-01", "2026-03-31")
    found = await open_proposals(office, staff_id=str(hall.colleague.staff_id))
    absences = [one for one in found if one["ground_code"] == "discipline.warning.18"]
    days = [one["day"] for one in absences]
    assert days and len(days) == len(set(days))
    first = min(absences, key=lambda one: one["day"])["evidence"][0]["text"]
    shown = "没有打卡，也没有请假或报备（《考勤管理办法》三(一)）"
    assert first == f"2026-03-02上午旷工半天：{shown}；下午旷工半天：{shown}"


async def test_what_was_seen_twice_in_one_round_was_pointed_out_once(
    office: httpx.AsyncClient, hall: Hall
) -> None:
    """指出不改 takes a second finding, after the one that points it out (DISCIPLINE 五(十))."""
    finding = {
        "row_code": "conduct.prohibition.05", "staff_ids": [str(hall.clerk.staff_id)], "count": 2,
    }  # fmt: skip
    for day, expected in (
        ("2026-03-09", []),
        ("2026-03-10", [("discipline.admonition.10", "DISCIPLINE 五(十)")]),
    ):
        reply = await office.post(
            "/api/v1/inspections",
            json={
                "kind": "conduct", "inspected_on": day, "inspectors": ["赵敏"],
                "findings": [finding],
            },
        )  # fmt: skip
        assert reply.status_code == 201, reply.text
        await search(office, "2026-01-01", "2026-12-31")
        assert await of_clerk(office, hall) == expected
