"""The stars of a quarter: windows nominate, the office gives its view, the group decides."""

from datetime import date, datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import AppError, Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.awards.access import may_nominate, sees_all
from yimen.domains.awards.enums import NOMINATION_MOVES, NominationState
from yimen.domains.awards.models import StarNomination
from yimen.domains.awards.repository import AwardRepository, NominationRow
from yimen.domains.awards.schemas import (
    ChooseCommand,
    NominationCreate,
    NominationQuery,
    NominationRead,
    ViewCommand,
)
from yimen.domains.organisation.service import OrganisationService

NOMINATION = "star_nomination"


class NominationNotFound(NotFound):
    code = "nomination_not_found"
    title = "没有找到该推荐，或者您无权查看。"


class NotYourWindow(Forbidden):
    code = "nomination_not_yours"
    title = "窗口人员只能为本窗口推荐，首席代表只能为本部门的窗口推荐。"


class NominatedAlready(Conflict):
    code = "nominated_already"
    title = "该窗口本季度这一项已经推荐过，每季度每项推荐一人。"
    constraint = "uq_star_nominations_year_quarter_kind_window_id"


class WrongNominationState(Conflict):
    code = "nomination_state"
    title = "该推荐当前的进度不允许这样办理。"


class StarService:
    """Nominations as one caller may make, see and decide them."""

    def __init__(
        self, awards: AwardRepository, hall: OrganisationService, caller: Caller, now: datetime
    ) -> None:
        self.awards = awards
        self.hall = hall
        self.caller = caller
        self.now = now

    async def list_page(self, query: NominationQuery) -> Page[NominationRead]:
        """Nominations the caller may see, the newest first."""
        rows, cursor, total = await self.awards.nominations_page(query, self.caller)
        return Page(items=[self._show(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, nomination_id: UUID) -> NominationRead:
        """One nomination; raises NominationNotFound."""
        row = await self.awards.nomination(nomination_id, self.caller)
        if row is None:
            raise NominationNotFound
        return self._show(row)

    async def nominate(self, wish: NominationCreate) -> NominationRead:
        """A window nominates one of its people for a quarter that has begun (APPRAISE 五(一))."""
        first = date(wish.year, 3 * wish.quarter - 2, 1)
        today = hall_day(self.now)
        if first > today:
            raise _wrong("/quarter", "该季度还没有开始。")
        try:
            window = await self.hall.window(wish.window_id)
        except NotFound as error:
            raise _wrong("/window_id", "没有这个窗口。") from error
        if not may_nominate(window.id, window.department_id, self.caller):
            raise NotYourWindow
        last = min(today, _last_day(wish.year, wish.quarter))
        served = await self.hall.services_at([window.id], first, last)
        if wish.staff_id not in {service.staff_id for service in served}:
            raise _wrong("/staff_id", "该人员这个季度没有在该窗口服务。")
        nomination = await self.awards.add(
            StarNomination(
                id=new_id(),
                year=wish.year,
                quarter=wish.quarter,
                kind=wish.kind,
                state=NominationState.NOMINATED,
                window_id=window.id,
                department_id=window.department_id,
                staff_id=wish.staff_id,
                reason=wish.reason,
                nominated_at=self.now,
                nominated_by_name=self.caller.name,
                version=1,
            )
        )
        await self._tell(nomination, "nominate", None)
        return await self.read(nomination.id)

    async def view(self, nomination_id: UUID, seen: int, wish: ViewCommand) -> NominationRead:
        """The office says what its records show of whom was nominated."""
        nomination = await self._begin(nomination_id, seen, NominationState.VIEWED)
        old = nomination_facts(nomination)
        nomination.state = NominationState.VIEWED
        nomination.view = wish.view
        nomination.viewed_by_name = self.caller.name
        return await self._end(nomination, "view", old)

    async def choose(self, nomination_id: UUID, seen: int, wish: ChooseCommand) -> NominationRead:
        """The group's decision, entered by the director; public at once (APPRAISE 五(三))."""
        to = NominationState.CHOSEN if wish.choose else NominationState.NOT_CHOSEN
        nomination = await self._begin(nomination_id, seen, to)
        old = nomination_facts(nomination)
        nomination.state = to
        nomination.decided_at = self.now
        nomination.decided_by_id = self.caller.account_id
        nomination.decided_by_name = self.caller.name
        nomination.decision_reason = wish.reason
        return await self._end(nomination, "choose", old)

    async def _begin(self, nomination_id: UUID, seen: int, to: NominationState) -> StarNomination:
        nomination = await self.awards.lock_nomination(nomination_id, self.caller)
        if nomination is None:
            raise NominationNotFound
        require_version(nomination.version, seen)
        refusal = _state_refusal(nomination, to)
        if refusal is not None:
            raise refusal
        return nomination

    async def _end(
        self, nomination: StarNomination, act: str, old: dict[str, object]
    ) -> NominationRead:
        nomination.version += 1
        await self._tell(nomination, act, old)
        return await self.read(nomination.id)

    async def _tell(
        self, nomination: StarNomination, act: str, old: dict[str, object] | None
    ) -> None:
        await self.awards.session.flush()
        await record_audit(
            self.awards.session,
            caller=self.caller,
            action=f"awards.{act}_star",
            subject_type=NOMINATION,
            subject_id=nomination.id,
            old=old,
            new=nomination_facts(nomination),
        )
        await publish_event(
            self.awards.session,
            kind=f"star_nomination.{act}",
            subject_type=NOMINATION,
            subject_id=nomination.id,
            department_id=nomination.department_id,
            window_id=nomination.window_id,
            facts=nomination_facts(nomination),
            occurred_at=self.now,
        )

    def _allowed(self, nomination: StarNomination) -> list[AllowedAction]:
        view: AppError | None = _state_refusal(nomination, NominationState.VIEWED)
        choose: AppError | None = _state_refusal(nomination, NominationState.CHOSEN)
        if self.caller.role is not Role.OFFICE:
            view = Forbidden("此项操作由中心办公室办理。")
        if self.caller.role is not Role.DIRECTOR:
            choose = Forbidden("此项操作由中心主任办理。")
        return [AllowedAction.of("view", view), AllowedAction.of("choose", choose)]

    def _show(self, row: NominationRow) -> NominationRead:
        nomination = row.nomination
        is_office = sees_all(self.caller)
        return NominationRead(
            id=nomination.id,
            year=nomination.year,
            quarter=nomination.quarter,
            kind=nomination.kind,
            kind_label=nomination.kind.label,
            state=nomination.state,
            state_label=nomination.state.label,
            window_id=nomination.window_id,
            window_number=row.window_number,
            staff_id=nomination.staff_id,
            staff_name=row.staff_name,
            reason=nomination.reason,
            nominated_at=nomination.nominated_at,
            nominated_by_name=nomination.nominated_by_name,
            view=nomination.view if is_office else None,
            viewed_by_name=nomination.viewed_by_name,
            decided_at=nomination.decided_at,
            decided_by_name=nomination.decided_by_name,
            decision_reason=nomination.decision_reason if is_office else None,
            allowed_actions=self._allowed(nomination),
            version=nomination.version,
        )


def nomination_facts(nomination: StarNomination) -> dict[str, object]:
    """What an audit row and an event say of a nomination."""
    return {
        "year": nomination.year,
        "quarter": nomination.quarter,
        "kind": nomination.kind,
        "state": nomination.state,
        "staff_id": str(nomination.staff_id),
        "version": nomination.version,
    }


def _state_refusal(nomination: StarNomination, to: NominationState) -> AppError | None:
    if to in NOMINATION_MOVES[nomination.state]:
        return None
    if nomination.state is NominationState.NOMINATED:
        return WrongNominationState("办公室还没有提出意见，不能评定。")
    return WrongNominationState(f"该推荐目前“{nomination.state.label}”，不能再办理。")


def _last_day(year: int, quarter: int) -> date:
    return {
        1: date(year, 3, 31),
        2: date(year, 6, 30),
        3: date(year, 9, 30),
        4: date(year, 12, 31),
    }[quarter]


def _wrong(pointer: str, sentence: str) -> AppError:
    return InvalidInput(errors=[FieldProblem(pointer, "nomination", sentence)])
