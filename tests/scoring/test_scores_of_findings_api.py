"""Findings and complaints in the score: both postings, row 15, the cap, objections, floors."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall
from tests.scoring_factories import Scoring, act

ROUNDS = "/api/v1/inspections"
COUNTER, CORNER = "hygiene.window.07", "hygiene.window.15"


@pytest.fixture
async def scoring(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> Scoring:
    made = Scoring(office, session, clock)
    await made.post()
    return made


async def find(
    scoring: Scoring, row: str, *, kind: str = "windows", on: str = "2026-03-10", **more: Any
) -> dict[str, Any]:
    """One finding of a round; returns it."""
    finding = {"row_code": row} | more
    reply = await scoring.client.post(
        ROUNDS,
        json={"kind": kind, "inspected_on": on, "inspectors": ["赵敏"], "findings": [finding]},
    )
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()["findings"][0]
    return found


def at_window(hall: Hall, **more: Any) -> dict[str, Any]:
    return {"window_id": str(hall.window_01), "staff_ids": [str(hall.clerk.staff_id)]} | more


async def own(scoring: Scoring, kind: str, subject_id: UUID) -> str:
    found: str = (await scoring.explain(kind, subject_id))["score"]["own_score"]
    return found


async def test_a_hygiene_finding_hits_the_window_and_the_person_alike(
    scoring: Scoring, hall: Hall
) -> None:
    finding = await find(scoring, COUNTER, **at_window(hall, count=2, note="柜台积灰"))
    await scoring.post()
    assert await own(scoring, "window", hall.window_01) == "98.00"
    assert await scoring.score("staff", hall.clerk.staff_id) == "98.00"
    assert await scoring.score("staff", hall.colleague.staff_id) == "100.00"
    [line] = (await scoring.explain("staff", hall.clerk.staff_id))["lines"]
    assert line["article"] == "HYGIENE 附件(窗口)7"
    assert finding["finding_number"] in line["evidence"] and "柜台积灰" in line["evidence"]
    assert "依据《卫生制度》附件(窗口)7，每处扣1.00分，2处共扣2.00分" in line["text"]
    assert "提出异议" in line["remedy"]


async def test_row_15_hits_the_window_only(scoring: Scoring, hall: Hall) -> None:
    await find(scoring, CORNER, window_id=str(hall.window_01), count=3)
    await scoring.post()
    assert await own(scoring, "window", hall.window_01) == "99.70"
    assert await scoring.score("staff", hall.clerk.staff_id) == "100.00"


async def test_the_cap_of_six_explains_what_it_leaves_out(scoring: Scoring, hall: Hall) -> None:
    for day, count in (("2026-03-05", 4), ("2026-03-06", 4), ("2026-03-09", 1)):
        await find(scoring, COUNTER, on=day, **at_window(hall, count=count))
    await scoring.post()
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["score"] == "94.00"
    assert [(line["asked"], line["room"], line["taken"]) for line in found["lines"]] == [
        ("4.00", "6.00", "4.00"), ("4.00", "2.00", "2.00"),
    ]  # fmt: skip
    partly, wholly = found["not_counted"]
    assert "最多扣6.00分，此前已扣4.00分，只扣2.00分，余94.00分。" in partly["text"]
    assert "已经扣满，不再扣分。" in wholly["text"]
    # an earlier finding that comes in late takes its turn first; the sum stays
    await find(scoring, COUNTER, on="2026-03-04", **at_window(hall, count=5))
    await scoring.post()
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["score"] == "94.00"
    assert [(line["day"], line["taken"]) for line in found["lines"]] == [
        ("2026-03-04", "5.00"), ("2026-03-05", "1.00"),
    ]  # fmt: skip


async def test_an_objection_suspends_the_points_until_the_office_decides(
    scoring: Scoring, hall: Hall, clerk: httpx.AsyncClient
) -> None:
    finding = await find(scoring, COUNTER, **at_window(hall))
    path = f"/api/v1/inspection-findings/{finding['id']}"
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "99.00"
    await act(clerk, path, "refuse", reason="当天该柜台施工")
    await scoring.post()
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["score"] == "100.00"
    [waived] = found["not_counted"]
    assert waived["why_not"] == "已提出异议，待中心办公室裁定：当天该柜台施工"
    await act(scoring.client, path, "decide", is_upheld=True, reason="照片清楚")
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "99.00"
    assert await own(scoring, "window", hall.window_01) == "99.00"


async def test_a_forbidden_phrase_costs_the_person_two_points_and_the_window_none_of_its_own(
    scoring: Scoring, hall: Hall
) -> None:
    await find(scoring, "conduct.phrases.05", kind="conduct", staff_ids=[str(hall.clerk.staff_id)])
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "98.00"
    assert await own(scoring, "window", hall.window_01) == "100.00"
    [line] = (await scoring.explain("staff", hall.clerk.staff_id))["lines"]
    assert "发现“推说不归自己管”问题1次" in line["evidence"]


@pytest.mark.parametrize(
    ("subject", "row", "kind", "count", "score"),
    [
        ({"kind": "guard", "name": "保安一"}, "security.guard.01a", "guards", 4, "60.00"),
        ({"kind": "guard", "name": "保安一"}, "security.guard.11", "guards", 1, "99.90"),
        ({"kind": "office", "name": "综合办公室"}, "hygiene.office.10", "offices", 10, "90.00"),
        ({"kind": "office", "name": "综合办公室"}, "hygiene.office.10", "offices", 11, "90.00"),
        (
            {"kind": "cleaner", "name": "三楼", "table_code": "hygiene.floor3"},
            "hygiene.floor3.toilets.03", "cleaners", 31, "70.00",
        ),
        (
            {"kind": "cleaner", "name": "二楼", "table_code": "hygiene.floor2"},
            "hygiene.floor2.stairs.05", "cleaners", 41, "80.00",
        ),
    ],
)  # fmt: skip
async def test_guards_offices_and_floors_have_scores_of_their_own(
    scoring: Scoring, subject: dict[str, str], row: str, kind: str, count: int, score: str
) -> None:
    reply = await scoring.client.post(
        "/api/v1/inspection-subjects", json={"starts_on": "2026-03-01", **subject}
    )
    assert reply.status_code == 201, reply.text
    who = reply.json()["id"]
    await scoring.post()
    assert await scoring.score(subject["kind"], who) == "100.00"
    await find(scoring, row, kind=kind, subject_id=who, count=count)
    await scoring.post()
    assert await scoring.score(subject["kind"], who) == score


@pytest.mark.parametrize("is_window_named", [True, False])
async def test_a_substantiated_complaint_costs_person_and_window_five_points(
    scoring: Scoring, hall: Hall, is_window_named: bool
) -> None:
    office = scoring.client
    for finding in ("substantiated", "unsubstantiated"):
        reply = await office.post(
            "/api/v1/complaints",
            json={
                "channel": "phone", "summary": "咨询时被推诿", "content": "不归我管",
                "complainant_name": "热依汗古丽", "complainant_phone": "13899990000",
                "window_id": str(hall.window_01) if is_window_named else None,
                "staff_id": str(hall.clerk.staff_id),
            },
        )  # fmt: skip
        path = f"/api/v1/complaints/{reply.json()['id']}"
        await act(office, path, "accept")
        await act(office, path, "investigate", investigator_id=str(hall.office.staff_id))
        await act(office, path, "find", finding=finding, reason="录像")
    await scoring.post()
    assert await scoring.score("staff", hall.clerk.staff_id) == "95.00"
    assert await own(scoring, "window", hall.window_01) == "95.00"
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert "热依汗古丽" not in str(found)
    [not_counted] = found["not_counted"]
    assert not_counted["why_not"] == "经调查不属实，不扣分。"
