"""The queue as it stands: tickets, groups, the board, and what the days came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from yimen.core.audit import audit_values
from yimen.core.caller import Actor, Caller, DeviceCaller
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.core.errors import Conflict, Forbidden, NotFound
from yimen.core.schemas import AllowedAction
from yimen.domains.queue.access import Place, TicketPlace, may_administer, may_watch, why_not
from yimen.domains.queue.enums import HEAD_START_CODES, GroupAction, TicketAction, TicketPriority
from yimen.domains.queue.models import QueueGroup
from yimen.domains.queue.repository import GroupWindow, PaceRow, QueueRepository
from yimen.domains.queue.repository_calls import TicketRow
from yimen.domains.queue.rules import Pace, Reached, estimate_minutes, read_times
from yimen.domains.queue.schemas import (
    BoardGroup,
    BoardRead,
    CallRead,
    GroupPage,
    GroupQuery,
    GroupRead,
    GroupWindowRead,
    LinkedCase,
    PriorityRead,
    QueueSummary,
    StepRead,
    SummaryQuery,
    TicketCourse,
    TicketPage,
    TicketQuery,
    TicketRead,
    WaitEstimate,
    WindowDayRead,
)
from yimen.domains.rulebook.service import RulebookService

CALLS_SHOWN = 50
"""More windows than a hall has."""


class TicketNotFound(NotFound):
    code = "ticket_not_found"
    title = "没有这个号。"


class GroupNotFound(NotFound):
    code = "queue_group_not_found"
    title = "没有这个队列。"


class NotYourTicket(Forbidden):
    code = "not_your_ticket"
    title = "此项操作由办理该号的窗口进行，您只能查看。"


class WrongTicketState(Conflict):
    code = "ticket_state"
    title = "该号当前的状态不允许这样办理。"


class GroupIsClosed(Conflict):
    code = "queue_group_closed"
    title = "这个队列已经停用，不再取号；请选择其他队列。"


@dataclass(frozen=True, slots=True)
class QueueDesk:
    """What every service of the queue works with; no actor: the clock, or the public."""

    queue: QueueRepository
    rulebook: RulebookService
    actor: Actor | None
    now: datetime

    @property
    def today(self) -> date:
        return hall_day(self.now)

    @property
    def person(self) -> Caller:
        """The caller of a command, who is a person by the router's guard."""
        assert isinstance(self.actor, Caller)
        return self.actor

    def limit(self, code: str) -> int:
        """A number of the rulebook in force today."""
        return self.rulebook.edition_on(self.today).integer(code)

    def head_starts(self) -> dict[str, int]:
        """By how many minutes each priority counts as having come earlier."""
        edition = self.rulebook.edition_on(self.today)
        return {one.value: edition.integer(code) for one, code in HEAD_START_CODES.items()}

    async def paces(self, group_id: UUID | None) -> list[PaceRow]:
        """What was measured lately, of one group or of all."""
        since = self.now - timedelta(minutes=self.limit("queue.window_at_work"))
        return await self.queue.paces(
            group_id,
            at_work_since=since,
            measured=self.limit("queue.estimate_tickets"),
        )

    async def estimate(self, ticket: TicketRow) -> WaitEstimate:
        """How long until a waiting ticket is called."""
        ahead = await self.queue.ahead_of(ticket)
        [pace] = await self.paces(ticket.group_id)
        return say_estimate(ahead, pace)

    def told(self, *, note: str | None = None) -> dict[str, object]:
        """What a change says of who made it and when, for the statements that write it."""
        audit = audit_values(
            caller=self.actor, action="", subject_type="ticket", subject_id="", new=None
        )
        match self.actor:
            case None:
                staff_id, name = None, "系统"
            case DeviceCaller():
                staff_id, name = None, self.actor.name
            case _:
                staff_id, name = self.actor.staff_id, self.actor.name
        return {
            "step_id": new_id(),
            "staff_id": staff_id,
            "actor_name": name,
            "note": note,
            "account_id": audit["account_id"],
            "actor": audit["actor"],
            "request_id": audit["request_id"],
            "now": self.now,
        }

    def show(self, ticket: TicketRow) -> TicketRead:
        """A ticket as whoever asks sees it now."""
        return TicketRead(
            id=ticket.id,
            number=ticket.number,
            day=ticket.day,
            group_id=ticket.group_id,
            group_name=ticket.group_name,
            priority=ticket.priority,
            priority_label=ticket.priority.label,
            appointment_id=ticket.appointment_id,
            for_window_id=ticket.for_window_id,
            for_window_number=ticket.for_window_number,
            state=ticket.state,
            state_label=ticket.state.label,
            taken_at=ticket.taken_at,
            ranked_at=ticket.ranked_at,
            window_id=ticket.window_id,
            window_number=ticket.window_number,
            handler_name=ticket.handler_name,
            calls=ticket.calls,
            called_at=ticket.called_at,
            ended_at=ticket.ended_at,
            allowed_actions=self._allowed(ticket),
            version=ticket.version,
        )

    def _allowed(self, ticket: TicketRow) -> list[AllowedAction]:
        if not isinstance(self.actor, Caller):
            return []
        place = place_of(ticket)
        return [
            AllowedAction.of(action, why_not(action, place, self.actor)) for action in TicketAction
        ]


class QueueService:
    """Reading the queue."""

    def __init__(self, desk: QueueDesk) -> None:
        self.desk = desk
        self.queue = desk.queue

    # Groups

    async def list_groups(self, query: GroupQuery) -> GroupPage:
        """Groups by their letter."""
        rows, cursor, total = await self.queue.groups_page(query)
        return GroupPage(items=await self._show_groups(rows), next_cursor=cursor, total=total)

    async def group(self, group_id: UUID) -> GroupRead:
        """One group; raises GroupNotFound."""
        found = await self.queue.group(group_id)
        if found is None:
            raise GroupNotFound
        return await self.show_group(found)

    async def show_group(self, group: QueueGroup) -> GroupRead:
        [shown] = await self._show_groups([group])
        return shown

    async def _show_groups(self, groups: Sequence[QueueGroup]) -> list[GroupRead]:
        windows = by_group(await self.queue.group_windows([group.id for group in groups]))
        return [
            GroupRead(
                id=group.id,
                name=group.name,
                letter=group.letter,
                windows=[
                    GroupWindowRead(window_id=one.window_id, window_number=one.number)
                    for one in windows.get(group.id, ())
                ],
                priorities=self._priorities(group),
                is_closed=group.closed_at is not None,
                closed_at=group.closed_at,
                allowed_actions=self._allowed(group),
                version=group.version,
            )
            for group in groups
        ]

    def _priorities(self, group: QueueGroup) -> list[PriorityRead]:
        starts = self.desk.head_starts()
        return [
            PriorityRead(
                priority=one, priority_label=one.label, head_start_minutes=starts[one.value]
            )
            for one in map(TicketPriority, group.priorities)
        ]

    def _allowed(self, group: QueueGroup) -> list[AllowedAction]:
        found = []
        for action in GroupAction:
            code: str | None = None
            reason: str | None = None
            if not may_administer(self.desk.person):
                code, reason = "forbidden", "此项操作由中心办公室办理。"
            elif action is GroupAction.CLOSE and group.closed_at is not None:
                code, reason = GroupIsClosed.code, GroupIsClosed.title
            elif action is GroupAction.REOPEN and group.closed_at is None:
                code, reason = "queue_group_open", "这个队列没有停用，无须恢复。"
            found.append(
                AllowedAction(
                    action=action.value, allowed=code is None, reason_code=code, reason=reason
                )
            )
        return found

    # Tickets

    async def list_tickets(self, query: TicketQuery) -> TicketPage:
        """Tickets of a day, the newest first."""
        rows, cursor, total = await self.queue.tickets_page(query, self.desk.today)
        return TicketPage(
            items=[self.desk.show(row) for row in rows], next_cursor=cursor, total=total
        )

    async def read(self, ticket_id: UUID) -> TicketRead:
        """One ticket; raises TicketNotFound."""
        return self.desk.show(await self._find(ticket_id))

    async def course(self, ticket_id: UUID) -> TicketCourse:
        """All steps of a ticket, and what waiting and service come to by them."""
        ticket = await self._find(ticket_id)
        rows = await self.queue.steps(ticket_id)
        times = read_times([Reached(row.step.at, row.step.state) for row in rows], self.desk.now)
        return TicketCourse(
            ticket_id=ticket.id,
            number=ticket.number,
            waited_seconds=int(times.waited.total_seconds()),
            served_seconds=None if times.served is None else int(times.served.total_seconds()),
            steps=[
                StepRead(
                    kind=row.step.kind,
                    kind_label=row.step.kind.label,
                    state=row.step.state,
                    state_label=row.step.state.label,
                    at=row.step.at,
                    window_number=row.window_number,
                    actor=row.step.actor,
                    note=row.step.note,
                )
                for row in rows
            ],
            cases=[
                LinkedCase(case_id=case_id, case_number=number)
                for case_id, number in await self.queue.cases_of(ticket_id)
            ],
        )

    async def _find(self, ticket_id: UUID) -> TicketRow:
        ticket = await self.queue.find(ticket_id)
        if ticket is None:
            raise TicketNotFound
        return ticket

    # The hall

    async def board(self) -> BoardRead:
        """Who is called where and how many wait; at a window's own screen that window's calls."""
        actor = self.desk.actor
        if actor is not None and not may_watch(actor):
            raise Forbidden("此设备不显示叫号。")
        window_id = actor.window_id if isinstance(actor, DeviceCaller) else None
        groups = await self.queue.open_groups()
        windows = by_group(await self.queue.group_windows([group.id for group in groups]))
        paces = {pace.group_id: pace for pace in await self.desk.paces(None)}
        waiting = await self.queue.waiting(self.desk.today)
        calls = await self.queue.called_last(self.desk.today, window_id, CALLS_SHOWN)
        return BoardRead(
            day=self.desk.today,
            at=self.desk.now,
            groups=[
                BoardGroup(
                    group_id=group.id,
                    name=group.name,
                    letter=group.letter,
                    window_numbers=[one.number for one in windows.get(group.id, ())],
                    priorities=self._priorities(group),
                    waiting=waiting.get(group.id, 0),
                    estimate=say_estimate(waiting.get(group.id, 0), paces[group.id]),
                )
                for group in groups
            ],
            calls=[
                CallRead(
                    ticket_id=call.id,
                    number=call.number,
                    group_name=call.group_name,
                    window_number=call.window_number,
                    state=call.state,
                    state_label=call.state.label,
                    calls=call.calls,
                    called_at=call.called_at,
                )
                for call in calls
            ],
        )

    async def summary(self, query: SummaryQuery) -> QueueSummary:
        """Waiting and service by window and day, as far as the caller sees windows."""
        seen = await self.queue.windows_seen(self.desk.person)
        rows = await self.queue.summary(query.first, query.last, seen)
        return QueueSummary(
            first=query.first,
            last=query.last,
            windows=[WindowDayRead.model_validate(row) for row in rows],
        )


def place_of(ticket: TicketRow) -> TicketPlace:
    """What access asks of a ticket."""
    at = None
    if ticket.window_id is not None and ticket.window_department_id is not None:
        at = Place(ticket.window_id, ticket.window_department_id)
    return TicketPlace(
        state=ticket.state,
        at=at,
        of_group=tuple(Place(*one) for one in ticket.group_windows),
        for_window_id=ticket.for_window_id,
    )


def by_group(windows: Sequence[GroupWindow]) -> Mapping[UUID, Sequence[GroupWindow]]:
    found: dict[UUID, list[GroupWindow]] = {}
    for window in windows:
        found.setdefault(window.group_id, []).append(window)
    return found


def say_estimate(ahead: int, pace: PaceRow) -> WaitEstimate:
    """An estimate with what it rests on, in a sentence."""
    minutes = estimate_minutes(ahead, Pace(pace.median_seconds, pace.rests_on, pace.windows))
    before = f"前面{ahead}人" if ahead else "前面没有人"
    if minutes is None:
        text = f"{before}；还没有办理记录，无法估算等候时间。"
    elif minutes == 0:
        text = f"{before}，很快叫到（按最近{pace.rests_on}次办理估算）。"
    else:
        text = f"{before}，预计等候约{minutes}分钟（按最近{pace.rests_on}次办理估算）。"
    return WaitEstimate(
        ahead=ahead,
        minutes=minutes,
        rests_on=pace.rests_on,
        windows_at_work=pace.windows,
        text=text,
    )
