"""What was awarded, for everybody: published windows and stars, no grade of a person."""

from yimen.domains.awards.repository import AwardRepository
from yimen.domains.awards.schemas import PublicAward, PublicAwards, PublicStar


class PublicAwardService:
    """No caller: an honour is public, all else is not."""

    def __init__(self, awards: AwardRepository) -> None:
        self.awards = awards

    async def year(self, year: int) -> PublicAwards:
        """The year's awarded windows, once published, and its stars."""
        windows = await self.awards.awarded_windows(year)
        return PublicAwards(
            year=year,
            windows=[
                PublicAward(
                    outcome=row.outcome,
                    outcome_label=row.outcome.label,
                    number=row.number,
                    name=row.name,
                )
                for row in windows
                if row.outcome is not None
            ],
            stars=[
                PublicStar(
                    quarter=row.nomination.quarter,
                    kind=row.nomination.kind,
                    kind_label=row.nomination.kind.label,
                    staff_name=row.staff_name,
                    window_number=row.window_number,
                )
                for row in await self.awards.stars(year)
            ],
        )
