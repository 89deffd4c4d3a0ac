"""What measures come to, as facts for the domain above: asked by awards, shown to nobody."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yimen.domains.discipline.repository import DisciplineRepository
from yimen.domains.discipline.rules_year import (
    Consequence,
    MeasureFact,
    year_of_person,
    year_of_window,
)
from yimen.domains.discipline.service import counting
from yimen.domains.rulebook.service import RulebookService


@dataclass(frozen=True, slots=True)
class YearConsequences:
    """The consequences of a year, by person and by window; who has none is not in it."""

    people: dict[UUID, tuple[Consequence, ...]]
    windows: dict[UUID, tuple[Consequence, ...]]


class DisciplineFacts:
    """Reads what counts at this moment; no caller."""

    def __init__(self, discipline: DisciplineRepository, rulebook: RulebookService) -> None:
        self.discipline = discipline
        self.rulebook = rulebook

    async def year(self, year: int) -> YearConsequences:
        """What the measures of a year, and of the one before, come to."""
        edition = self.rulebook.edition_on(date(year, 12, 1))
        known = await self.discipline.between(date(year - 1, 1, 1), date(year, 12, 31))
        facts = counting(known)
        by_person: dict[UUID, list[MeasureFact]] = defaultdict(list)
        for fact in facts:
            if fact.staff_id is not None:
                by_person[fact.staff_id].append(fact)
        people = {who: year_of_person(own, year, edition) for who, own in by_person.items()}
        windows = {
            window_id: year_of_window(facts, window_id, year, edition)
            for window_id in {fact.window_id for fact in facts if fact.window_id is not None}
        }
        return YearConsequences(
            {who: found for who, found in people.items() if found},
            {where: found for where, found in windows.items() if found},
        )
