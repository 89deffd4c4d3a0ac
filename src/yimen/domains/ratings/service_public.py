"""Ratings without a token: by the number and the code on the applicant's slip."""

from yimen.core.errors import NotFound
from yimen.domains.cases.service_public import PublicCaseService
from yimen.domains.ratings.models import Rating
from yimen.domains.ratings.schemas import PublicRating, PublicRatingCreate, PublicRatingLookup
from yimen.domains.ratings.service import RatingDesk


class NotRatedYet(NotFound):
    code = "not_rated_yet"
    title = "这个办件还没有评价。"


class PublicRatingService:
    """What the holder of a case's code may do with its rating."""

    def __init__(self, desk: RatingDesk, cases: PublicCaseService) -> None:
        self.desk = desk
        self.cases = cases

    async def rate(self, wish: PublicRatingCreate) -> PublicRating:
        """Rate the service; raises LookupRefused, NotDecidedYet, AlreadyRated."""
        case = (await self.cases.find(wish.case_number, wish.code)).case
        return _present(await self.desk.take(case, wish.level, wish.comment))

    async def look_up(self, wish: PublicRatingLookup) -> PublicRating:
        """What became of the rating; raises LookupRefused, NotRatedYet."""
        case = (await self.cases.find(wish.case_number, wish.code)).case
        rating = await self.desk.ratings.of_case(case.id)
        if rating is None:
            raise NotRatedYet
        return _present(rating)


def _present(rating: Rating) -> PublicRating:
    return PublicRating(
        case_number=rating.case_number,
        level=rating.level,
        level_label=rating.level.label,
        rated_at=rating.rated_at,
        follow_up=rating.follow_up,
        follow_up_label=rating.follow_up.label,
        answer_due_at=rating.due_at,
        answer=rating.answer,
    )
