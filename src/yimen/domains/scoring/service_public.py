"""The public board: stored totals of windows and agencies, as of the last posting."""

from datetime import datetime

from yimen.core.clock import hall_day
from yimen.core.errors import NotFound
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.rules import points_text, ranks_of, shown
from yimen.domains.scoring.schemas_public import PublicBoard, PublicBoardQuery, PublicPlace
from yimen.domains.scoring.service import month_from, score_of


class BoardNotFound(NotFound):
    code = "scoreboard_not_found"
    title = "这个月没有考评结果。"


class PublicScoreService:
    """What everybody may know; no caller, nothing of a person."""

    def __init__(self, scores: ScoreRepository, now: datetime) -> None:
        self.scores = scores
        self.now = now

    async def board(self, query: PublicBoardQuery) -> PublicBoard:
        """The scores of windows and agencies in a month; raises BoardNotFound."""
        month = month_from(query.month) if query.month else hall_day(self.now).replace(day=1)
        row = await self.scores.month(month)
        if row is None:
            raise BoardNotFound
        totals = await self.scores.public_board(month)
        scores = {total.subject_id: shown(score_of(total)) for total in totals}
        ranks = ranks_of(scores)
        return PublicBoard(
            month=f"{month:%Y-%m}",
            state=row.state,
            state_label=row.state.label,
            as_of=row.posted_at,
            items=[
                PublicPlace(
                    rank=ranks.get(total.subject_id),
                    kind=total.subject_kind,
                    kind_label=total.subject_kind.label,
                    number=total.number,
                    name=total.name,
                    score=None if total.numerator is None else points_text(total.ranked_by),
                    is_rated=total.numerator is not None,
                )
                for total in totals
            ],
        )
