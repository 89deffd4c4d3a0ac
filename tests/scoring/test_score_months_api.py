"""Months through HTTP: published, opened again, sealed, checked, and put right by a version 2."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall
from tests.scoring_factories import AMENDMENTS, MONTHS, RECORDS, SCORES, Scoring, act

from yimen.core.audit import AuditEntry
from yimen.core.outbox import OutboxEvent
from yimen.domains.scoring.dependencies import facts_of_the_clock
from yimen.domains.scoring.enums import SubjectKind
from yimen.domains.scoring.models import ScoreVersion

MARCH = f"{MONTHS}/2026-03"


@pytest.fixture
async def scoring(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> Scoring:
    """March 2026 with one staff change at window 01, on 8 April."""
    made = Scoring(office, session, clock)
    await made.post()
    await made.record("staff_change", "window", hall.window_01, "2026-03-10")
    clock.set("2026-04-08 11:00")
    await made.post()
    return made


async def sealed(scoring: Scoring) -> dict[str, Any]:
    await act(scoring.client, MARCH, "close")
    return await act(scoring.client, MARCH, "seal")


async def propose(scoring: Scoring, *, expect: int = 201) -> dict[str, Any]:
    reply = await scoring.client.post(f"{MARCH}/amendments", json={"reason": "补登表扬"})
    assert reply.status_code == expect, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_a_month_is_published_questioned_and_sealed(
    scoring: Scoring, hall: Hall, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    closed = await act(scoring.client, MARCH, "close")
    assert closed["state_label"] == "已公布，待确认"
    # what is questioned and put right still comes in
    await scoring.record("commendation", "window", hall.window_02, "2026-03-20")
    await scoring.post()
    assert await scoring.score("window", hall.window_02) == "100.60"
    reopened = await act(director, MARCH, "reopen", reason="考勤机停机一天")
    assert reopened["state"] == "open"
    await act(scoring.client, MARCH, "seal", expect=409)
    month = await sealed(scoring)
    assert (month["state"], month["version_no"]) == ("sealed", 1)
    found = await scoring.explain("window", hall.window_01)
    assert found["score"]["state"] == "sealed"
    assert len(found["digest"]) == 64
    assert found["lines"][0]["remedy"].endswith(
        "更正由办公室提出、中心主任批准后另立一版，原版保留。"
    )
    acts = await session.scalars(
        sa.select(AuditEntry.action).where(AuditEntry.subject_id == "2026-03")
    )
    assert {"scores.close", "scores.reopen", "scores.seal"} <= set(acts)


async def test_a_month_that_is_not_over_is_not_published(scoring: Scoring, clock: SetClock) -> None:
    refused = await act(scoring.client, f"{MONTHS}/2026-04", "close", expect=409)
    assert refused["code"] == "score_month_not_over"
    ahead = await scoring.client.post(MONTHS, json={"month": "2026-05"})
    assert (ahead.status_code, ahead.json()["errors"][0]["code"]) == (422, "future")
    clock.set("2026-05-01 00:00")
    await act(scoring.client, f"{MONTHS}/2026-04", "close")


async def test_a_sealed_month_recomputes_to_its_seal(scoring: Scoring) -> None:
    await sealed(scoring)
    found = (await scoring.client.get(f"{MARCH}/verification")).json()
    assert found["versions"] == [{"version_no": 1, "is_sound": True, "problems": []}]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE score_entries SET evidence = '改过'", ["摘要"]),
        ("UPDATE score_entries SET taken = 0", ["摘要", "台账合计", "重新计算"]),
        ("UPDATE score_totals SET own = own + 1 WHERE subject_kind = 'staff'", ["摘要", "合计"]),
        ("DELETE FROM score_entries", ["摘要", "台账合计"]),
        ("DELETE FROM score_versions", ["封存记录缺失"]),
    ],
)
async def test_a_seal_shows_what_was_changed_behind_its_back(
    scoring: Scoring, session: AsyncSession, damage: str, told: list[str]
) -> None:
    await sealed(scoring)
    await session.execute(sa.text("SET session_replication_role = replica"))  # without triggers
    await session.execute(sa.text(damage))
    await session.execute(sa.text("SET session_replication_role = origin"))
    session.expire_all()
    found = (await scoring.client.get(f"{MARCH}/verification")).json()
    assert found["is_sound"] is False
    text = "".join(found["versions"][0]["problems"])
    for words in told:
        assert words in text


async def test_a_late_fact_gives_the_sealed_month_a_version_2_and_leaves_version_1(
    *, scoring: Scoring, hall: Hall, director: httpx.AsyncClient, session: AsyncSession
) -> None:
    await sealed(scoring)
    before = await scoring.explain("window", hall.window_01)
    assert (await scoring.client.get(f"{MARCH}/differences")).json()["differences"] == []
    assert (await propose(scoring, expect=409))["code"] == "score_nothing_to_amend"
    # late: a commendation of the clerk in March, and the staff change taken back
    await scoring.record("commendation", "staff", hall.clerk.staff_id, "2026-03-20")
    [change] = (
        await scoring.client.get(RECORDS, params={"kind": "staff_change"})
    ).json()["items"]  # fmt: skip
    await act(scoring.client, f"{RECORDS}/{change['id']}", "reverse", reason="事先已报中心同意")
    await scoring.post()
    assert await scoring.explain("window", hall.window_01) == before, "nothing moves by itself"
    april = await scoring.explain("staff", hall.clerk.staff_id, "2026-04")
    assert april["score"]["score"] == "100.00", "nor does it move into the current month"
    shown = (await scoring.client.get(f"{MARCH}/differences")).json()["differences"]
    told = {each["subject_id"]: each for each in shown}
    assert set(told) == {str(hall.clerk.staff_id), str(hall.window_01)}
    window = told[str(hall.window_01)]
    assert (window["before"], window["after"]) == ("97.00", "100.20")
    assert [(c["taken_before"], c["taken_after"]) for c in window["changes"]] == [("5.00", None)]
    clerk = told[str(hall.clerk.staff_id)]
    assert (clerk["before"], clerk["after"]) == ("100.00", "101.00")
    amendment = await propose(scoring)
    assert amendment["differences"] == shown
    assert (await propose(scoring, expect=409))["code"] == "score_amendment_pending"
    path = f"{AMENDMENTS}/{amendment['id']}"
    approved = await act(director, path, "approve", note="同意")
    assert approved["state"] == "approved"
    after = await scoring.explain("window", hall.window_01)
    assert (after["score"]["version_no"], after["score"]["score"]) == (2, "100.20")
    first = await scoring.explain("window", hall.window_01, version_no=1)
    before["score"]["rank"] = first["score"]["rank"] = None
    assert first == before, "version 1 reads as it did"
    versions = (await scoring.client.get(f"{MARCH}/versions")).json()["items"]
    assert [(each["version_no"], each["reason"]) for each in versions] == [
        (1, None), (2, "补登表扬"),
    ]  # fmt: skip
    assert versions[0]["digest"] == before["digest"]
    assert (await scoring.client.get(f"{MARCH}/verification")).json()["is_sound"] is True
    # those who rest on the month hear whom it concerns, and read the newest version
    [event] = (
        await session.scalars(sa.select(OutboxEvent).where(OutboxEvent.kind == "score.amended"))
    ).all()  # fmt: skip
    assert event.facts["version_no"] == 2
    assert event.facts["subjects"] == sorted(
        [f"staff/{hall.clerk.staff_id}", f"window/{hall.window_01}"]
    )
    facts = await facts_of_the_clock(session)
    first_day = before["score"]["month"]
    assert first_day == "2026-03"
    [score] = await facts.months(
        SubjectKind.WINDOW, scoring.clock().date().replace(month=3), scoring.clock().date(),
        ids=[hall.window_01],
    )  # fmt: skip
    assert (score.version_no, str(score.score)) == (2, "100.20")


async def test_an_amendment_that_the_records_have_overtaken_is_not_approved(
    scoring: Scoring, hall: Hall, director: httpx.AsyncClient
) -> None:
    await sealed(scoring)
    await scoring.record("commendation", "staff", hall.clerk.staff_id, "2026-03-20")
    path = f"{AMENDMENTS}/{(await propose(scoring))['id']}"
    await scoring.record("commendation", "staff", hall.clerk.staff_id, "2026-03-21")
    refused = await act(director, path, "approve", expect=409, note="同意")
    assert refused["code"] == "score_amendment_outdated"
    await act(director, path, "refuse", note="请重新提出")
    decided = await act(director, path, "refuse", expect=409, note="再次")
    assert decided["code"] == "score_amendment_state"
    second = await propose(scoring)
    await act(director, f"{AMENDMENTS}/{second['id']}", "approve", note="同意")
    assert await scoring.score("staff", hall.clerk.staff_id) == "102.00"


async def test_nothing_is_amended_once_the_year_is_sealed(
    scoring: Scoring, hall: Hall, director: httpx.AsyncClient, clock: SetClock
) -> None:
    path = f"{MONTHS}/years/2026/seal"
    early = await director.post(path)
    assert (early.status_code, early.json()["code"]) == (409, "score_year_not_finished")
    await sealed(scoring)
    clock.set("2026-05-04 11:00")
    await act(scoring.client, f"{MONTHS}/2026-04", "close")
    await act(scoring.client, f"{MONTHS}/2026-04", "seal")
    await scoring.record("commendation", "staff", hall.clerk.staff_id, "2026-03-20")
    amendment = await propose(scoring)
    assert (await director.post(path)).status_code == 204
    approval = await act(
        director, f"{AMENDMENTS}/{amendment['id']}", "approve", expect=409, note="同意"
    )
    assert approval["code"] == "score_year_sealed"
    await act(director, f"{AMENDMENTS}/{amendment['id']}", "refuse", note="年度已封存")
    assert (await propose(scoring, expect=409))["code"] == "score_year_sealed"
    assert (await director.post(path)).json()["code"] == "score_year_sealed"


async def test_people_leaving_after_the_seal_change_nothing_in_it(
    scoring: Scoring, hall: Hall, session: AsyncSession
) -> None:
    await sealed(scoring)
    await session.execute(sa.text("UPDATE staff_members SET name = '改名'"))
    found = await scoring.explain("staff", hall.clerk.staff_id)
    assert found["score"]["name"] == hall.clerk.name
    count = await session.scalar(sa.select(sa.func.count()).select_from(ScoreVersion))
    assert count == 1
    assert (await scoring.client.get(SCORES, params={"month": "2026-03"})).status_code == 200
