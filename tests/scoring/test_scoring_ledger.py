"""The ledger on the real database: the same as the pure rule, append-only, summing to the score."""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring import repository_reckoning
from yimen.domains.scoring.enums import FactSource, SubjectKind
from yimen.domains.scoring.models import ScoreEntry, ScoreMonth, ScoreTotal
from yimen.domains.scoring.repository_ledger import LedgerRepository
from yimen.domains.scoring.rules import Fact, Posting, Subject, month_of, own_scores, post, shown
from yimen.domains.scoring.rules_card import card_of

MARCH = date(2026, 3, 1)
EDITION = RulebookService().edition_on(MARCH)
CARD = card_of(EDITION)
RULES = (
    "points.late", "points.half_day_absence", "points.commendation", "hygiene.window.07",
    "hygiene.window.13", "hygiene.window.15", "conduct.phrases.02",
)  # fmt: skip


@pytest.fixture
async def ledger(session: AsyncSession, hall: Hall) -> LedgerRepository:
    return LedgerRepository(session)


@pytest.fixture
async def march(ledger: LedgerRepository) -> ScoreMonth:
    await ledger.keep_rules(CARD)
    return await ledger.open_month(MARCH, EDITION.code)


def subjects_of(hall: Hall) -> list[Subject]:
    people = (hall.clerk, hall.colleague, hall.clerk_next_door, hall.clerk_elsewhere)
    return [
        *(Subject(SubjectKind.STAFF, person.staff_id) for person in people),
        *(Subject(SubjectKind.WINDOW, each) for each in (hall.window_01, hall.window_02)),
    ]


def some_facts(chance: random.Random, subjects: Sequence[Subject], most: int = 30) -> list[Fact]:
    return [
        Fact(
            source=FactSource.INSPECTIONS,
            source_id=f"r{number}",
            subject=chance.choice(subjects),
            day=date(2026, 3, chance.randint(1, 31)),
            rule=chance.choice(RULES),
            count=chance.randint(1, 5),
            evidence="检查发现",
            why_not=chance.choice([None, None, None, "已提出异议"]),
        )
        for number in range(chance.randint(0, most))
    ]


async def standing(session: AsyncSession) -> set[tuple[Any, ...]]:
    """The entries that nothing undoes, as far as the rule decides them."""
    undone = sa.select(ScoreEntry.reverses_id).where(ScoreEntry.reverses_id.is_not(None))
    rows = await session.scalars(
        sa.select(ScoreEntry).where(ScoreEntry.reverses_id.is_(None), ScoreEntry.id.not_in(undone))
    )
    return {
        (row.subject_kind, row.subject_id, row.source_id, row.day, row.count, row.asked, row.taken,
         row.room, row.why_not)
        for row in rows
    }  # fmt: skip


def expected(postings: Sequence[Posting]) -> set[tuple[Any, ...]]:
    return {
        (*p.fact.subject, p.fact.source_id, p.fact.day, p.fact.count, p.asked, p.taken, p.room,
         p.fact.why_not)
        for p in postings
    }  # fmt: skip


async def totals(session: AsyncSession) -> dict[Subject, ScoreTotal]:
    rows = await session.scalars(
        sa.select(ScoreTotal)
        .where(ScoreTotal.month == MARCH)
        .execution_options(populate_existing=True)
    )
    return {Subject(row.subject_kind, row.subject_id): row for row in rows}


def figures_of(row: ScoreTotal) -> tuple[int | None, ...]:
    return row.own, row.staff_sum, row.numerator, row.denominator, row.ranked_by


async def test_posting_in_sql_comes_to_what_the_pure_rule_says(
    *, ledger: LedgerRepository, march: ScoreMonth, session: AsyncSession, hall: Hall,
    clock: SetClock,
) -> None:  # fmt: skip
    """Through a history of facts that come, go and change, incrementally and over again."""
    chance = random.Random(20260310)
    subjects = subjects_of(hall)
    sources = [FactSource.INSPECTIONS]
    await ledger.enrol(MARCH, CARD, last=date(2026, 3, 31), version_no=1)
    for _ in range(25):
        facts = some_facts(chance, subjects)
        postings = post(facts, CARD)
        touched = await ledger.post(march, facts, sources, version_no=1, now=clock())
        assert await standing(session) == expected(postings)
        ids = {subject.id for subject in touched}
        await ledger.reckon(MARCH, CARD, last=date(2026, 3, 31), version_no=1, only=ids)
        kept = await totals(session)
        own = own_scores(postings, CARD, kept)
        for subject, row in kept.items():
            assert row.own == own[subject]
            score = month_of(subject, own, row.staff_ids, CARD)
            assert row.numerator is not None and score is not None
            assert (row.numerator, row.denominator) == (
                score.numerator * (row.denominator // score.denominator), row.denominator,
            )  # fmt: skip
            rounded = shown(score)
            assert rounded is not None
            assert row.ranked_by == int(rounded * 100)
        assert await ledger.post(march, facts, sources, version_no=1, now=clock()) == set()
    sums = await session.execute(
        sa.select(ScoreEntry.subject_id, sa.func.sum(ScoreEntry.taken)).group_by(
            ScoreEntry.subject_id
        )
    )
    lost: dict[UUID, int] = {row[0]: row[1] for row in sums}
    for subject, row in (await totals(session)).items():
        assert row.own == CARD.base - lost.get(subject.id, 0), "the ledger's sums are the scores"


@pytest.mark.parametrize("many", [0, repository_reckoning.MANY])
async def test_reckoning_some_comes_to_the_same_as_reckoning_all(
    *, ledger: LedgerRepository, march: ScoreMonth, session: AsyncSession, hall: Hall,
    clock: SetClock, many: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(repository_reckoning, "MANY", many)
    facts = some_facts(random.Random(7), subjects_of(hall), most=60)
    last = date(2026, 3, 31)
    await ledger.enrol(MARCH, CARD, last=last, version_no=1)
    touched = await ledger.post(march, facts, [FactSource.INSPECTIONS], version_no=1, now=clock())
    only = {subject.id for subject in touched}
    await ledger.reckon(MARCH, CARD, last=last, version_no=1, only=only)
    some = {
        who: (row.own, row.staff_sum, row.numerator, row.ranked_by)
        for who, row in (await totals(session)).items()
    }
    await session.execute(sa.text("UPDATE score_totals SET own = 0, numerator = 0"))
    for _ in range(2):  # the second time nothing is left to write
        await ledger.reckon(MARCH, CARD, last=last, version_no=1)
        assert await session.scalar(sa.text("SHOW enable_nestloop")) == "on"
    every = {
        who: (row.own, row.staff_sum, row.numerator, row.ranked_by)
        for who, row in (await totals(session)).items()
    }
    assert some == every
    # four clerks and three windows; who does not serve is not scored
    assert len(every) == 7


async def test_posting_one_source_leaves_the_others_alone(
    *, ledger: LedgerRepository, march: ScoreMonth, session: AsyncSession, hall: Hall,
    clock: SetClock,
) -> None:  # fmt: skip
    clerk = Subject(SubjectKind.STAFF, hall.clerk.staff_id)
    late = Fact(FactSource.ATTENDANCE, "x", clerk, MARCH, "points.late", 1, "迟到")
    rude = Fact(FactSource.INSPECTIONS, "x", clerk, MARCH, "conduct.phrases.01", 1, "用语")
    await ledger.post(march, [late], [FactSource.ATTENDANCE], version_no=1, now=clock())
    await ledger.post(march, [rude], [FactSource.INSPECTIONS], version_no=1, now=clock())
    await ledger.post(march, [], [FactSource.INSPECTIONS], version_no=1, now=clock())
    assert {row[2:7] for row in await standing(session)} == {("x", MARCH, 1, 50, 50)}
    rows = (await session.scalars(sa.select(ScoreEntry).order_by(ScoreEntry.id))).all()
    assert [(row.taken, row.reverses_id) for row in rows] == [
        (50, None), (200, None), (-200, rows[1].id),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE score_entries SET taken = 0",
        "DELETE FROM score_entries",
        "TRUNCATE score_entries CASCADE",
        "UPDATE score_rules SET points = 0",
        "DELETE FROM score_versions",
    ],
)
async def test_the_database_refuses_to_change_the_ledger(
    session: AsyncSession, march: ScoreMonth, change: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with session.begin_nested():
            await session.execute(sa.text(change))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE score_totals SET own = 0",
        "DELETE FROM score_totals",
        """
        INSERT INTO score_entries (month, version_no, subject_kind, subject_id, day, rule_id, count,
            asked, taken, evidence, source, source_id, posted_at)
        SELECT month, version_no, 'staff', gen_random_uuid(), month, min(id), 1, 50, 50, '',
            'records', 'x', sealed_at
        FROM score_versions CROSS JOIN score_rules GROUP BY month, version_no, sealed_at
        """,
    ],
)
async def test_a_sealed_version_takes_nothing_more(
    *, session: AsyncSession, ledger: LedgerRepository, march: ScoreMonth, change: str,
    clock: SetClock,
) -> None:  # fmt: skip
    await ledger.enrol(MARCH, CARD, last=date(2026, 3, 31), version_no=1)
    await session.execute(
        sa.text(
            "INSERT INTO score_versions (month, version_no, sealed_at, sealed_by_name, entry_count,"
            " digest) VALUES (:month, 1, :at, '赵敏', 0, '')"
        ),
        {"month": MARCH, "at": clock()},
    )
    with pytest.raises(DBAPIError, match="sealed"):
        async with session.begin_nested():
            await session.execute(sa.text(change))
