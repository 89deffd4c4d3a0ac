"""What articles come to in yuan: pure functions of what the office recorded and the rulebook."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from yimen.domains.news.enums import RULE_OF_MERIT, Level, MeritKind

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Merit:
    """An adoption of an article or an instruction on it, with what the edition of its day pays."""

    id: UUID
    article_id: UUID
    kind: MeritKind
    level: Level
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Reward:
    """What one merit brings; ``before`` is what the article had brought by then."""

    merit: Merit
    before: Decimal
    amount: Decimal


def is_paid(kind: MeritKind, level: Level) -> bool:
    """Whether the regulation names a sum for it (NEWS 四(一))."""
    return level in RULE_OF_MERIT[kind]


def rewards(merits: Iterable[Merit]) -> list[Reward]:
    """What each merit brings, in yuan, in the order of their days.

    An article is rewarded by the highest level that adopts it, and likewise by the highest leader
    who wrote on it (domain.md §8): a higher one that comes later brings what it is worth more.
    """
    brought: dict[tuple[UUID, MeritKind], Decimal] = {}
    found = []
    for merit in sorted(merits, key=lambda one: (one.day, one.rate, str(one.id))):
        article = merit.article_id, merit.kind
        before = brought.get(article, NOTHING)
        amount = max(merit.rate - before, NOTHING)
        brought[article] = before + amount
        found.append(Reward(merit, before, amount))
    return found


def penalty(missing: int, rate: Decimal) -> Decimal:
    """What missing articles cost, in yuan (NEWS 四(二))."""
    return max(missing, 0) * rate
