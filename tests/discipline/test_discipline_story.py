"""One year of a clerk, through HTTP, up to its consequences, read back with every article."""

from collections.abc import Mapping
from datetime import date, timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncSession
from tests.attendance_factories import FULL, open_office
from tests.awards_factories import LINES, YEAR_RATINGS
from tests.conftest import SetClock
from tests.discipline_factories import (
    APPEALS,
    MEASURES,
    act,
    confirm,
    open_proposals,
    search,
    send,
    served,
    year_of,
)
from tests.factories import Hall
from tests.scoring_factories import MONTHS, Scoring
from tests.scoring_factories import act as act_on_month

LATE_MORNING = FULL.replace("9:58", "10:07")
LATE_AND_EARLY = "10:07 13:50 15:40 19:20"
"""Four times a day."""


def weekdays(first: date, last: date) -> list[str]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day.isoformat() for day in days if day.weekday() < 5]


def a_quarter() -> Mapping[str, Mapping[str, str]]:
    """January late four times, February and March late and early at every end."""
    january = weekdays(date(2026, 1, 5), date(2026, 1, 31))
    made_up = ["2026-02-14", "2026-02-28"]  # Saturdays worked for Spring Festival
    rest = [*weekdays(date(2026, 2, 2), date(2026, 3, 31)), *made_up]
    others = {"12": "9:50 19:35", "13": FULL, "21": FULL}
    plan = {
        day: {"11": LATE_MORNING if n in (1, 4, 8, 12) else FULL, **others}
        for n, day in enumerate(january)
    }
    return plan | {day: {"11": LATE_AND_EARLY, **others} for day in rest}


async def test_a_clerks_year_from_the_clock_on_the_wall_to_its_consequences(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    chief: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    clock: SetClock,
) -> None:
    clock.set("2026-04-01 11:00")
    at_work = await open_office(office, session, clock, hall)
    await at_work.bring(a_quarter())
    scoring = Scoring(office, session, clock)
    for month in ("2026-01", "2026-02", "2026-03"):
        await office.post(MONTHS, json={"month": month})
    await scoring.post()
    clerk_id = hall.clerk.staff_id
    scores = [await scoring.score("staff", clerk_id, f"2026-0{month}") for month in (1, 2, 3)]
    assert scores[0] == "93.00"  # 4 × 0.5 and half a day of absence
    assert scores[1:] == ["63.00", "51.00"]  # 65 or less: 16 and 22 days, four times each, and 5
    for month in ("2026-01", "2026-02", "2026-03"):
        await act_on_month(office, f"{MONTHS}/{month}", "close")
        await act_on_month(office, f"{MONTHS}/{month}", "seal")

    # what the records prove is proposed, with its evidence and its article
    await search(office, "2026-01-01", "2026-04-01")
    found = await open_proposals(office, staff_id=str(clerk_id))
    proposed = {(one["day"], one["ground_code"]): one for one in found}
    assert sorted((one["article"], one["measure"]) for one in found) == [
        ("APPRAISE 六(二)", "admonition"),
        ("DISCIPLINE 六(十八)", "warning"),
        ("DISCIPLINE 六(十八)", "warning"),
        ("DISCIPLINE 六(十八)", "warning"),
    ]
    low = proposed["2026-03-01", "appraise.01"]
    assert [line["text"][:8] for line in low["evidence"]] == ["2026年02月", "2026年03月"]
    assert "《绩效考评实施办法》六(二)：65分以下" in low["evidence"][0]["text"]
    late = min(one for one in proposed if one[1] == "discipline.warning.18")
    assert "《考勤管理办法》三(五)" in proposed[late]["evidence"][0]["text"]

    # people decide: the four late arrivals, the two low months; the rest is let go with a reason
    warning = await confirm(
        office,
        proposed[late],
        reason="四次迟到均无正当理由",
        statement="2026年1月上班迟到四次，按规定计旷工半天。",
    )
    admonition = await confirm(
        office,
        low,
        reason="连续两月在65分以下",
        statement="2026年2月、3月考评得分连续在65分以下。",
    )
    for key, one in proposed.items():
        if key not in (late, ("2026-03-01", "appraise.01")):
            await send(
                office,
                f"/api/v1/measure-proposals/{one['id']}/drop",
                version=1,
                reason="已按连续低分月份处理",
            )
    assert await open_proposals(office, staff_id=str(clerk_id)) == []
    warning = await served(office, warning, "2026-04-01")
    admonition = await served(office, admonition, "2026-04-01")
    for measure in (warning, admonition):
        told = await act(office, measure, "tell-department", told_on="2026-04-01")
        await act(office, told, "file-with-county", filed_on="2026-04-01")
    letters = (await clerk.get(f"{MEASURES}/{warning['id']}/papers")).json()
    assert "效能告诫书" in letters[0]["text"]
    assert (
        "《行政服务中心工作人员诫勉教育和效能告诫实施细则》第六条第（十八）项" in letters[0]["text"]
    )
    assert len((await chief.get(MEASURES)).json()["items"]) == 2

    # the clerk objects to one in time, and it is upheld
    admonition = (await clerk.get(f"{MEASURES}/{admonition['id']}")).json()
    appeal = await act(clerk, admonition, "appeal", text="二月春节前后公交停运")
    decided = await send(
        director,
        f"{APPEALS}/{appeal['id']}/decide",
        version=1,
        revoke=False,
        reason="未曾说明，也未曾请假",
    )
    assert decided["state_label"] == "维持"

    # the year, read back with every article
    year = await year_of(clerk, "staff", clerk_id)
    assert [(one["kind"], one["article"]) for one in year["consequences"]] == [
        ("not_excellent", "DISCIPLINE 九"),
        ("window_loses_eligibility", "APPRAISE 六(二)"),
    ]
    for one in year["consequences"]:
        assert warning["measure_number"] in one["because"][0]
        assert "《诫勉教育和效能告诫实施细则》六(十八)" in one["because"][0]
    window = await year_of(chief, "windows", hall.window_01)
    assert [(one["kind"], one["article"]) for one in window["consequences"]] == [
        ("not_eligible", "APPRAISE 六(二)"),
        ("no_advanced_collective", "DISCIPLINE 十"),
    ]
    # the grade of the year: what the measures leave is a person's to choose
    clock.set("2027-01-05 11:00")
    rating = await send(office, YEAR_RATINGS, expect=201, year=2026)
    lines = (await office.get(f"{YEAR_RATINGS}/2026/lines", params={"limit": 200})).json()["items"]
    [line] = [one for one in lines if one["subject_id"] == str(clerk_id)]
    assert (line["outcome"], line["choices"]) == (None, ["competent", "incompetent"])
    assert all(
        article in "".join(line["reasons"])
        for article in (
            "《诫勉教育和效能告诫实施细则》九",
            "《诫勉教育和效能告诫实施细则》六(十八)",
            warning["measure_number"],
        )
    )
    graded = await send(
        director,
        f"{LINES}/{line['id']}/decide",
        version=line["version"],
        outcome="incompetent",
        reason="年内一次效能告诫，两月得分在65分以下，经集体研究",
    )
    assert (graded["outcome_label"], rating["year"]) == ("不称职", 2026)

    # and next year a second one would not be the first: one is not two (DISCIPLINE 九)
    assert (await year_of(clerk, "staff", clerk_id, 2027))["consequences"] == []
