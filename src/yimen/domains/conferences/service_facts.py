"""What conferences prove against those who were invited: asked by discipline, without a caller."""

from collections.abc import Sequence
from datetime import date

from yimen.domains.conferences.repository import AbsenceFact, ConferenceRepository

__all__ = ["AbsenceFact", "ConferenceFacts"]


class ConferenceFacts:
    """Reads the facts of some days; they are judged and not shown."""

    def __init__(self, conferences: ConferenceRepository) -> None:
        self.conferences = conferences

    async def absences(self, first: date, last: date) -> Sequence[AbsenceFact]:
        """Who stayed away without a special reason from conferences held on these days."""
        return await self.conferences.absences(first, last)
