"""Nothing is imposed without a person: every path of the records, and of passing time."""

from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.awards_factories import YEAR_RATINGS, a_years_scores
from tests.conftest import SetClock
from tests.discipline_factories import (
    APPEALS,
    act,
    admonished,
    again,
    confirm,
    open_proposals,
    propose,
    send,
    served,
    year_of,
)
from tests.factories import Hall

from yimen import registry
from yimen.core.dependencies import Context
from yimen.core.periodic import run_once
from yimen.domains.awards.models import RatingLine
from yimen.domains.discipline.models import Appeal, DisciplinaryMeasure, MeasureProposal
from yimen.domains.discipline.repository import DisciplineRepository
from yimen.domains.discipline.rules import Fact
from yimen.domains.discipline.service_walking import Walker
from yimen.domains.rulebook.enums import Proof, Target
from yimen.domains.rulebook.rules_tables import Ground
from yimen.domains.rulebook.service import RulebookService

RULEBOOK = RulebookService()
GROUNDS = [
    ground
    for ground in RULEBOOK.edition_on(date(2026, 3, 1)).grounds
    if ground.proof is not None and ground.target is Target.PERSON
]


def enough(ground: Ground, hall: Hall) -> list[Fact]:
    """As many facts as the ground takes, in months that follow each other."""
    assert ground.proof is not None
    return [
        Fact(
            proof=ground.proof,
            source=f"record:{month}",
            staff_id=hall.clerk.staff_id,
            day=date(2026, month, 1),
            text=f"2026年{month}月的记录",
            window_id=hall.window_01,
            row=ground.rows[0] if ground.rows else None,
        )
        for month in range(1, (ground.times or 1) + 1)
    ]


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: ground.code)
async def test_whatever_the_records_prove_is_proposed_and_waits_for_a_person(
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    clock: SetClock,
    ground: Ground,
) -> None:
    """Each ground that a record can prove, with as many facts as it takes."""
    assert ground.proof is not None
    clock.set("2026-12-01 11:00")
    walker = Walker(DisciplineRepository(session), RULEBOOK, clock())
    year = (date(2026, 1, 1), date(2026, 12, 31))
    await walker.walk(enough(ground, hall), *year, {ground.proof})
    found = await open_proposals(office)
    meant = {article for one in found for article in (one["article"], *one["also"])}
    assert ground.article in meant
    assert {one["measure_id"] for one in found} == {None}
    assert await session.scalar(sa.select(sa.func.count(DisciplinaryMeasure.id))) == 0
    assert (await year_of(clerk, "staff", hall.clerk.staff_id))["consequences"] == []


def test_every_kind_of_proof_is_walked() -> None:
    assert {ground.proof for ground in GROUNDS} == set(Proof)


async def outcomes(session: AsyncSession) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a person decides, as it stands."""
    session.expire_all()
    found = {}
    for name, columns in (
        ("proposals", (MeasureProposal.id, MeasureProposal.state, MeasureProposal.decided_by_name)),
        ("measures", (DisciplinaryMeasure.id, DisciplinaryMeasure.state)),
        ("appeals", (Appeal.id, Appeal.state, Appeal.decided_by_id)),
        ("lines", (RatingLine.id, RatingLine.outcome)),
    ):
        rows = await session.execute(sa.select(*columns).order_by(columns[0]))
        found[name] = [tuple(row) for row in rows]
    return found


async def test_time_alone_decides_nothing(
    *,
    office: httpx.AsyncClient,
    director: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    hall: Hall,
    session: AsyncSession,
    clock: SetClock,
    context: Context,
) -> None:
    """One of everything that waits for a person, and every job of the house until long after."""
    clock.set("2026-12-14 11:00")
    decided = await admonished(office, hall.colleague.staff_id, day="2026-12-14")
    first = await served(
        office, await admonished(office, hall.clerk.staff_id, day="2026-12-14"), "2026-12-14"
    )
    second = await served(
        office,
        await admonished(office, hall.clerk.staff_id, "discipline.admonition.12", day="2026-12-14"),
        "2026-12-14",
    )
    [escalated] = await open_proposals(office)
    warning = await confirm(office, escalated)
    for measure in (first, second):
        appeal = await act(clerk, measure, "appeal", text="请予撤销")
    path = f"{APPEALS}/{appeal['id']}/decide"
    await send(director, path, version=1, revoke=True, reason="属实")
    await propose(office, "promise.10", window_id=hall.window_01, day="2026-12-14")
    await a_years_scores(session, hall)
    clock.set("2027-01-05 11:00")
    await send(office, YEAR_RATINGS, expect=201, year=2026)
    before = await outcomes(session)
    assert [len(before[name]) for name in ("measures", "appeals")] == [4, 2]
    for until in ("2027-01-20 11:00", "2027-06-01 11:00"):
        clock.set(until)
        for job in registry.JOBS:
            await run_once(job, context.database, clock())
    assert await outcomes(session) == before
    waiting = await again(director, warning)
    assert (waiting["state"], waiting["counts"]) == ("decided", False)
    assert (await again(office, decided))["state"] == "decided"
    late = (await director.get(APPEALS, params={"state": "filed"})).json()["items"]
    assert [one["is_overdue"] for one in late] == [True]
