"""Awards over HTTP: drafted, decided by people, published; what a revocation opens again."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.awards_factories import LINES, STARS, YEAR_RATINGS, a_years_scores
from tests.conftest import SetClock
from tests.discipline_factories import (
    APPEALS,
    act,
    admonished,
    confirm,
    open_proposals,
    propose,
    send,
    served,
)
from tests.factories import Hall

from yimen.core.errors import BY_CONSTRAINT
from yimen.domains.awards.jobs import follow_changes
from yimen.domains.awards.models import RatingLine
from yimen.domains.awards.service_stars import NominatedAlready
from yimen.domains.scoring.models import ScoreMonth


async def lines_of(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    reply = await client.get(f"{YEAR_RATINGS}/2026/lines", params={"limit": 200, **query})
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


async def line_of(client: httpx.AsyncClient, subject_id: UUID) -> dict[str, Any]:
    [found] = [one for one in await lines_of(client) if one["subject_id"] == str(subject_id)]
    return found


async def decide(
    director: httpx.AsyncClient, line: dict[str, Any], outcome: str, *, expect: int = 200
) -> dict[str, Any]:
    path = f"{LINES}/{line['id']}/decide"
    words = {"outcome": outcome, "reason": "集体研究"}
    return await send(director, path, expect=expect, version=line["version"], **words)


@pytest.fixture
async def more(session: AsyncSession, hall: Hall, clock: SetClock) -> list[UUID]:
    """2026 is over and scored; returns the windows beside those of the standard hall."""
    found = await a_years_scores(session, hall)
    clock.set("2027-01-05 11:00")
    return found


async def draft(office: httpx.AsyncClient) -> dict[str, Any]:
    return await send(office, YEAR_RATINGS, expect=201, year=2026)


async def test_a_year_is_drafted_with_its_places_and_nothing_decided(
    office: httpx.AsyncClient, hall: Hall, more: list[UUID]
) -> None:
    rating = await draft(office)
    assert (rating["excellent_places"], rating["good_places"]) == (1, 1)  # of ten windows
    assert (rating["line_count"], rating["undecided_count"]) == (15, 15)
    clerk = await line_of(office, hall.clerk.staff_id)
    assert (clerk["proposed"], clerk["score"], clerk["outcome"]) == ("competent", "95.00", None)
    tied = [await line_of(office, window) for window in (hall.window_01, more[0])]
    assert [one["proposed"] for one in tied] == [None, None]
    assert {tuple(one["choices"]) for one in tied} == {("window_excellent", "window_good")}
    # 95 × 20 % + 98 × 70 % + 90 × 10 %
    assert tied[0]["score"] == "96.60" and "同分" in tied[0]["reasons"][0]
    [_, last] = await lines_of(office, kind="agency")
    assert (last["proposed"], last["reasons"][1]) == (
        "criticised", "年终考评最后一名（《绩效考评实施办法》六(四)）",
    )  # fmt: skip
    assert (await send(office, YEAR_RATINGS, expect=409, year=2026))["code"] == (
        "year_rating_drafted"
    )


async def test_a_year_that_is_not_over_is_not_rated(
    office: httpx.AsyncClient, more: list[UUID]
) -> None:
    refused = await send(office, YEAR_RATINGS, expect=409, year=2027)
    assert refused["code"] == "year_not_over"


async def test_a_tie_is_broken_by_a_person_within_the_places(
    office: httpx.AsyncClient, director: httpx.AsyncClient, hall: Hall, more: list[UUID]
) -> None:
    await draft(office)
    first, second = await line_of(office, hall.window_01), await line_of(office, more[0])
    await decide(director, first, "window_excellent")
    refused = await decide(director, second, "window_excellent", expect=409)
    assert (
        refused["code"] == "award_places_taken"
        and "《绩效考评实施办法》六(一)" in refused["detail"]
    )
    await decide(director, second, "window_good")
    third = await line_of(office, hall.window_02)
    refused = await decide(director, third, "window_good", expect=422)
    assert refused["code"] == "outcome_impossible"
    # changing one's mind frees the place
    first = await decide(director, await line_of(office, hall.window_01), "window_good", expect=409)
    assert first["code"] == "award_places_taken"


async def decide_all(director: httpx.AsyncClient, hall: Hall) -> None:
    """Whatever is proposed; the tie goes to window 01."""
    for line in await lines_of(director, is_decided=False):
        outcome = line["proposed"]
        if outcome is None:
            first = line["subject_id"] == str(hall.window_01)
            outcome = "window_excellent" if first else "window_good"
        await decide(director, line, outcome)


async def test_the_result_is_published_when_people_have_decided_all_of_it(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    colleague: httpx.AsyncClient,
    client: httpx.AsyncClient,
    hall: Hall,
    more: list[UUID],
) -> None:
    rating = await draft(office)
    path = f"{YEAR_RATINGS}/2026/publish"
    refused = await send(director, path, expect=409, version=rating["version"])
    assert refused["code"] == "rating_lines_undecided" and "15项" in refused["detail"]
    await decide_all(director, hall)
    assert await lines_of(clerk) == []
    assert (await client.get("/api/v1/public/awards/2026")).json()["windows"] == []
    await send(director, path, version=rating["version"])
    seen = {one["kind"]: one["outcome"] for one in await lines_of(clerk)}
    assert seen == {"staff": "competent", "window": "window_excellent"}
    assert {one["subject_id"] for one in await lines_of(colleague, kind="staff")} == {
        str(hall.colleague.staff_id)
    }
    public = (await client.get("/api/v1/public/awards/2026")).json()
    assert [one["outcome_label"] for one in public["windows"]] == ["优秀窗口", "优良窗口"]
    assert hall.clerk.name not in str(public)
    line = await line_of(director, hall.clerk.staff_id)
    refused = await decide(director, line, "excellent", expect=409)
    assert refused["code"] == "year_rating_published"


async def test_a_year_with_an_open_month_is_not_published(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    hall: Hall,
    more: list[UUID],
    session: AsyncSession,
) -> None:
    """The annual score is the mean of every month (APPRAISE 三)."""
    december = date(2026, 12, 1)
    await session.execute(
        sa.insert(ScoreMonth).values(
            month=december, state="provisional", edition_code="2008-01", version_no=1, version=1
        )
    )
    rating = await draft(office)
    await decide_all(director, hall)
    path = f"{YEAR_RATINGS}/2026/publish"
    refused = await send(director, path, expect=409, version=rating["version"])
    assert refused["code"] == "year_rating_months_not_sealed" and "12月" in refused["detail"]
    [_, publish] = (await director.get(f"{YEAR_RATINGS}/2026")).json()["allowed_actions"]
    assert not publish["allowed"] and "12月" in publish["reason"]
    await session.execute(
        sa.update(ScoreMonth).where(ScoreMonth.month == december).values(state="sealed")
    )
    assert (await send(director, path, version=rating["version"]))["state"] == "published"


async def test_a_warning_rules_excellence_out_and_its_revocation_opens_the_grade_again(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    more: list[UUID],
    clock: SetClock,
    session: AsyncSession,
) -> None:
    clock.set("2026-12-28 11:00")
    proposal = await propose(office, "discipline.warning.18", staff_id=hall.clerk.staff_id)
    warning = await served(office, await confirm(office, proposal), "2026-12-28")
    clock.set("2027-01-04 11:00")
    await draft(office)
    line = await line_of(office, hall.clerk.staff_id)
    assert line["choices"] == ["competent", "incompetent"]
    assert (
        "《诫勉教育和效能告诫实施细则》九" in line["reasons"][0]
        and "CF-2026-000001" in line["reasons"][0]
    )
    refused = await decide(director, line, "excellent", expect=422)
    assert "称职、不称职" in refused["detail"]
    await decide(director, line, "competent")
    window = await line_of(office, hall.window_01)
    assert (window["proposed"], window["choices"]) == ("none", ["none"])
    assert "《绩效考评实施办法》六(二)" in window["reasons"][0]
    assert "《诫勉教育和效能告诫实施细则》十" in window["reasons"][1]
    await decide(director, window, "none")
    # the appeal comes in time, and what rested on the warning is a person's to decide again
    appeal = await act(clerk, warning, "appeal", text="当日已请假")
    await send(director, f"{APPEALS}/{appeal['id']}/decide", version=1, revoke=True, reason="属实")
    await follow_changes(session, clock())
    line = await line_of(office, hall.clerk.staff_id)
    assert (line["outcome"], line["choices"][0], line["reasons"]) == (None, "excellent", [])
    assert "原决定“称职”" in line["reopened_reason"]
    window = await line_of(office, hall.window_01)
    assert (window["outcome"], window["proposed"]) == (None, None)  # tied at the top again
    decided = await decide(director, line, "excellent")
    assert (decided["outcome"], decided["reopened_reason"]) == ("excellent", None)


async def test_one_revoked_admonition_takes_the_grade_of_the_year_apart(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    more: list[UUID],
    clock: SetClock,
    session: AsyncSession,
) -> None:
    """Admonition → admonition → warning, with another warning → incompetent (DISCIPLINE 九)."""
    clock.set("2026-12-28 11:00")
    clerk_id = hall.clerk.staff_id
    first = await admonished(office, clerk_id, day="2026-12-28")
    first = await served(office, first, "2026-12-28")
    await admonished(office, clerk_id, "discipline.admonition.12", day="2026-12-28")
    [escalated] = await open_proposals(office, ground_code="discipline.warning.13")
    chained = await confirm(office, escalated)
    other = await admonished(office, clerk_id, "discipline.warning.02", day="2026-12-28")
    clock.set("2027-01-04 11:00")
    await draft(office)
    line = await line_of(office, clerk_id)
    assert (line["proposed"], line["choices"]) == ("incompetent", ["incompetent"])
    for measure in (chained, other):
        assert any(
            "不称职" in reason and measure["measure_number"] in reason for reason in line["reasons"]
        )
    await decide(director, line, "incompetent")
    appeal = await act(clerk, first, "appeal", text="当日另有安排")
    path = f"{APPEALS}/{appeal['id']}/decide"
    decided = await send(director, path, version=1, revoke=True, reason="确有安排")
    assert any("“年度考评应评定为不称职”" in line for line in decided["effects"])
    await follow_changes(session, clock())
    line = await line_of(office, clerk_id)
    assert (line["outcome"], line["choices"]) == (None, ["competent", "incompetent"])
    assert "原决定“不称职”" in line["reopened_reason"]
    assert other["measure_number"] in str(line["reasons"])
    assert chained["measure_number"] not in str(line["reasons"])
    # the warning that is left falls with an appeal of its own: nothing stands against excellence
    other = await served(office, other, "2027-01-04")
    appeal = await act(clerk, other, "appeal", text="查无此事")
    path = f"{APPEALS}/{appeal['id']}/decide"
    await send(director, path, version=1, revoke=True, reason="查无此事")
    await follow_changes(session, clock())
    line = await line_of(office, clerk_id)
    assert (line["choices"][0], line["reasons"]) == ("excellent", [])


async def test_no_outcome_is_without_a_person(
    office: httpx.AsyncClient, more: list[UUID], session: AsyncSession, clock: SetClock
) -> None:
    await draft(office)
    await follow_changes(session, clock())
    decided = sa.select(sa.func.count(RatingLine.id)).where(RatingLine.outcome.is_not(None))
    assert await session.scalar(decided) == 0
    with pytest.raises(sa.exc.IntegrityError, match="decided_by_a_person"):
        async with session.begin_nested():
            await session.execute(sa.update(RatingLine).values(outcome="none"))


# Stars


async def nominate(
    client: httpx.AsyncClient, hall: Hall, *, expect: int = 201, **changes: Any
) -> dict[str, Any]:
    body = {
        "year": 2026,
        "quarter": 1,
        "kind": "service_star",
        "window_id": str(hall.window_01),
        "staff_id": str(hall.colleague.staff_id),
        "reason": "主动帮办",
        **changes,
    }
    return await send(client, STARS, expect=expect, **body)


async def test_a_star_is_nominated_by_the_window_viewed_by_the_office_and_chosen_by_the_group(
    *,
    clerk: httpx.AsyncClient,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    client: httpx.AsyncClient,
    hall: Hall,
) -> None:
    star = await nominate(clerk, hall)
    path = f"{STARS}/{star['id']}"
    early = await send(director, f"{path}/choose", expect=409, version=1, choose=True, reason="好")
    assert early["code"] == "nomination_state" and "还没有提出意见" in early["detail"]
    await send(office, f"{path}/view", version=1, view="季度无扣分，建议评定")
    assert (await client.get("/api/v1/public/awards/2026")).json()["stars"] == []
    await send(director, f"{path}/choose", version=2, choose=True, reason="集体研究同意")
    [public] = (await client.get("/api/v1/public/awards/2026")).json()["stars"]
    assert (public["kind_label"], public["staff_name"], public["quarter"]) == (
        "服务之星", hall.colleague.name, 1,
    )  # fmt: skip
    # the window reads the outcome, not what was said about its people
    seen = (await clerk.get(path)).json()
    assert (seen["state"], seen["view"], seen["decision_reason"]) == ("chosen", None, None)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"quarter": 2}, "/quarter"), ({"staff_id": "next door"}, "/staff_id")],
)
async def test_a_window_nominates_its_own_people_for_a_quarter_that_has_begun(
    clerk: httpx.AsyncClient, hall: Hall, changes: dict[str, Any], pointer: str
) -> None:
    if "staff_id" in changes:
        changes = {"staff_id": str(hall.clerk_next_door.staff_id)}
    refused = await nominate(clerk, hall, expect=422, **changes)
    assert refused["errors"][0]["pointer"] == pointer


async def test_a_window_nominates_one_for_each_honour_and_only_itself(
    clerk: httpx.AsyncClient, clerk_next_door: httpx.AsyncClient, hall: Hall
) -> None:
    await nominate(clerk, hall)
    assert (await nominate(clerk, hall, expect=409))["code"] == "nominated_already"
    assert BY_CONSTRAINT["uq_star_nominations_year_quarter_kind_window_id"] is NominatedAlready
    await nominate(clerk, hall, kind="unity_post")
    refused = await nominate(clerk_next_door, hall, expect=403, kind="party_post")
    assert refused["code"] == "nomination_not_yours"
