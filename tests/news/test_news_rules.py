"""What articles come to: tables of values on both sides of each edge."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from yimen.domains.news.enums import RULE_OF_MERIT, Level, MeritKind
from yimen.domains.news.rules import Merit, is_paid, penalty, rewards
from yimen.domains.rulebook.service import RulebookService

EDITION = RulebookService().edition("2008-01")
ADOPTED = MeritKind.ADOPTION
WRITTEN = MeritKind.INSTRUCTION
ARTICLE = UUID(int=1)
ANOTHER = UUID(int=2)


def merit(
    kind: MeritKind, level: Level, day: int, *, article: UUID = ARTICLE, number: int = 0
) -> Merit:
    rate = EDITION.yuan(RULE_OF_MERIT[kind][level])
    return Merit(UUID(int=100 + number), article, kind, level, date(2026, 3, day), rate)


@pytest.mark.parametrize(
    ("kind", "level", "yuan"),
    [  # NEWS 四(一)
        (ADOPTED, Level.CENTRE, "5"),
        (ADOPTED, Level.CITY, "15"),
        (ADOPTED, Level.PREFECTURE, "30"),
        (ADOPTED, Level.REGION, "60"),
        (ADOPTED, Level.NATION, "100"),
        (WRITTEN, Level.PREFECTURE, "40"),
        (WRITTEN, Level.REGION, "60"),
        (WRITTEN, Level.NATION, "100"),
    ],
)
def test_one_article_brings_what_the_regulation_says(
    kind: MeritKind, level: Level, yuan: str
) -> None:
    rule = EDITION.rule(RULE_OF_MERIT[kind][level])
    assert (rule.article, rule.basis, rule.unit) == ("NEWS 四(一)", "regulation", "yuan")
    [reward] = rewards([merit(kind, level, 10)])
    assert reward.amount == Decimal(yuan)
    assert is_paid(kind, level)


@pytest.mark.parametrize("level", [Level.CENTRE, Level.CITY])
def test_no_sum_is_named_for_instructions_below_the_prefecture(level: Level) -> None:
    assert not is_paid(WRITTEN, level)


@pytest.mark.parametrize(
    ("merits", "amounts"),
    [
        # the highest level counts: a higher one later brings what it is worth more
        ([(ADOPTED, Level.CENTRE, 2), (ADOPTED, Level.CITY, 3)], [5, 10]),
        ([(ADOPTED, Level.CENTRE, 2), (ADOPTED, Level.NATION, 3)], [5, 95]),
        # the same level again, or a lower one, brings nothing more
        ([(ADOPTED, Level.CITY, 2), (ADOPTED, Level.CITY, 3)], [15, 0]),
        ([(ADOPTED, Level.NATION, 2), (ADOPTED, Level.REGION, 3)], [100, 0]),
        # up, down and up again
        (
            [(ADOPTED, Level.CITY, 2), (ADOPTED, Level.CENTRE, 3), (ADOPTED, Level.PREFECTURE, 4)],
            [15, 0, 15],
        ),
        # by the days, however they were entered; on one day the lower first
        ([(ADOPTED, Level.NATION, 9), (ADOPTED, Level.CENTRE, 2)], [5, 95]),
        ([(ADOPTED, Level.REGION, 9), (ADOPTED, Level.CENTRE, 9)], [5, 55]),
        # an instruction comes on top, on a scale of its own
        ([(ADOPTED, Level.PREFECTURE, 2), (WRITTEN, Level.PREFECTURE, 3)], [30, 40]),
        ([(WRITTEN, Level.PREFECTURE, 2), (WRITTEN, Level.NATION, 3)], [40, 60]),
        ([(WRITTEN, Level.NATION, 2), (WRITTEN, Level.REGION, 3)], [100, 0]),
    ],
)
def test_an_article_brings_the_highest_of_each_scale(
    merits: list[tuple[MeritKind, Level, int]], amounts: list[int]
) -> None:
    found = rewards([merit(*one, number=place) for place, one in enumerate(merits)])
    assert [reward.amount for reward in found] == amounts
    for reward in found:
        assert reward.before + reward.amount >= reward.merit.rate


def test_each_article_is_rewarded_by_itself() -> None:
    found = rewards(
        [merit(ADOPTED, Level.CITY, 2), merit(ADOPTED, Level.CITY, 3, article=ANOTHER, number=1)]
    )
    assert [str(reward.before) for reward in found] == ["0", "0"]
    assert [reward.amount for reward in found] == [15, 15]


def test_nothing_brings_nothing() -> None:
    assert rewards([]) == []


@pytest.mark.parametrize(("missing", "yuan"), [(-1, 0), (0, 0), (1, 20), (2, 40), (3, 60)])
def test_each_missing_article_costs_twenty_yuan(missing: int, yuan: int) -> None:
    rule = EDITION.rule("news.missing_article")
    assert (rule.article, rule.basis, rule.unit) == ("NEWS 四(二)", "regulation", "yuan")
    assert penalty(missing, EDITION.yuan(rule.code)) == yuan
