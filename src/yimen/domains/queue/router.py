"""Window groups and tickets over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, ClerkOrChief, IfMatch, Office
from yimen.core.idempotency import IdempotencyKeyMissing
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.service import CaseNotFound
from yimen.domains.queue.dependencies import Board, Calls, Groups, Queue, Taking, TicketCases
from yimen.domains.queue.schemas import (
    GROUP_ID,
    TICKET_ID,
    BoardRead,
    CallCommand,
    CallNextCommand,
    CancelCommand,
    CaseCommand,
    CloseDayCommand,
    ClosedDay,
    GroupClosing,
    GroupCreate,
    GroupPage,
    GroupQuery,
    GroupRead,
    GroupUpdate,
    ParkCommand,
    QueueSummary,
    SummaryQuery,
    TicketCourse,
    TicketCreate,
    TicketPage,
    TicketQuery,
    TicketRead,
    TicketSlip,
    TransferCommand,
)
from yimen.domains.queue.service import (
    GroupIsClosed,
    GroupNotFound,
    NotYourTicket,
    TicketNotFound,
    WrongTicketState,
)
from yimen.domains.queue.service_calls import (
    CaseLinkedAlready,
    NobodyWaiting,
    NotServingThere,
    OtherWindowsCase,
    TicketInHand,
    WindowNotOfGroup,
)
from yimen.domains.queue.service_groups import GroupIsOpen, GroupNameTaken, LetterTaken
from yimen.domains.queue.service_taking import MayNotTake, PriorityNotOffered

groups = Router(prefix="/queue-groups", tag="queue-groups")
tickets = Router(prefix="/tickets", tag="tickets")

GroupId = Annotated[UUID, Path(examples=[GROUP_ID])]
TicketId = Annotated[UUID, Path(examples=[TICKET_ID])]
ACT_ERRORS = [TicketNotFound, NotYourTicket, WrongTicketState]


@groups.read("", summary="排队队列列表", errors=[InvalidCursor])
async def list_groups(query: Annotated[GroupQuery, Query()], queue: Queue) -> GroupPage:
    return await queue.list_groups(query)


@groups.create("", summary="设立队列", errors=[GroupNameTaken, LetterTaken])
async def set_up(wish: GroupCreate, response: Response, service: Groups, _: Office) -> GroupRead:
    group = await service.set_up(wish)
    put_etag(response, group.version)
    response.headers["Location"] = f"/api/v1/queue-groups/{group.id}"
    return group


@groups.read("/{group_id}", summary="查看队列", errors=[GroupNotFound])
async def read_group(group_id: GroupId, response: Response, queue: Queue) -> GroupRead:
    group = await queue.group(group_id)
    put_etag(response, group.version)
    return group


@groups.change(
    "/{group_id}", summary="更改队列的名称、窗口或优先", errors=[GroupNotFound, GroupNameTaken]
)
async def change_group(
    *,
    group_id: GroupId,
    wish: GroupUpdate,
    seen: IfMatch,
    response: Response,
    service: Groups,
    _: Office,
) -> GroupRead:
    group = await service.change(group_id, wish, seen=seen)
    put_etag(response, group.version)
    return group


@groups.command(
    "/{group_id}/close", summary="停用队列，不再取号", errors=[GroupNotFound, GroupIsClosed]
)
async def close_group(
    *,
    group_id: GroupId,
    wish: GroupClosing,
    seen: IfMatch,
    response: Response,
    service: Groups,
    _: Office,
) -> GroupRead:
    group = await service.close(group_id, wish.reason, seen=seen)
    put_etag(response, group.version)
    return group


@groups.command("/{group_id}/reopen", summary="恢复队列", errors=[GroupNotFound, GroupIsOpen])
async def reopen_group(
    *,
    group_id: GroupId,
    seen: IfMatch,
    response: Response,
    service: Groups,
    _: Office,
) -> GroupRead:
    group = await service.reopen(group_id, seen=seen)
    put_etag(response, group.version)
    return group


@tickets.create(
    "",
    summary="取号",
    errors=[GroupNotFound, GroupIsClosed, MayNotTake, PriorityNotOffered, IdempotencyKeyMissing],
    response_model=TicketSlip,
)
async def take(wish: TicketCreate, service: Taking) -> Response:
    slip = await service.take(wish)
    reply = Response(slip.model_dump_json(), 201, media_type="application/json")
    put_etag(reply, slip.version)
    reply.headers["Location"] = f"/api/v1/tickets/{slip.ticket_id}"
    return reply


@tickets.read("", summary="排队号列表", errors=[InvalidCursor])
async def list_tickets(query: Annotated[TicketQuery, Query()], queue: Queue) -> TicketPage:
    return await queue.list_tickets(query)


@tickets.create(
    "/call-next",
    summary="叫下一个号",
    errors=[NobodyWaiting, NotServingThere, TicketInHand],
    status_code=200,
    response_model=TicketRead,
)
async def call_next(wish: CallNextCommand, service: Calls, _: ClerkOrChief) -> Response:
    ticket = await service.call_next(wish)
    reply = Response(ticket.model_dump_json(), media_type="application/json")
    put_etag(reply, ticket.version)
    return reply


@tickets.create("/close-day", summary="日终关闭今天未办的号", status_code=200)
async def close_day(wish: CloseDayCommand, service: Calls, _: Office) -> ClosedDay:
    return await service.close_day(service.desk.today, wish.reason)


@tickets.read("/board", summary="大厅叫号情况（显示屏、自助终端）", errors=[IdempotencyKeyMissing])
async def read_board(board: Board) -> BoardRead:
    return await board.board()


@tickets.read("/summary", summary="各窗口等候与办理时间")
async def summarise(
    query: Annotated[SummaryQuery, Query()], queue: Queue, _: AnyCaller
) -> QueueSummary:
    return await queue.summary(query)


@tickets.read("/{ticket_id}", summary="查看排队号", errors=[TicketNotFound])
async def read_ticket(ticket_id: TicketId, response: Response, queue: Queue) -> TicketRead:
    ticket = await queue.read(ticket_id)
    put_etag(response, ticket.version)
    return ticket


@tickets.read("/{ticket_id}/course", summary="排队号的经过与用时", errors=[TicketNotFound])
async def read_course(ticket_id: TicketId, queue: Queue) -> TicketCourse:
    return await queue.course(ticket_id)


@tickets.command(
    "/{ticket_id}/call",
    summary="叫指定的号",
    errors=[*ACT_ERRORS, NotServingThere, TicketInHand],
)
async def call(
    ticket_id: TicketId, wish: CallCommand, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.call(ticket_id, seen, wish)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/recall", summary="重呼", errors=[*ACT_ERRORS, TicketInHand])
async def recall(
    ticket_id: TicketId, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.recall(ticket_id, seen)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/start", summary="开始办理", errors=[*ACT_ERRORS, TicketInHand])
async def start(
    ticket_id: TicketId, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.start(ticket_id, seen)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/park", summary="挂起", errors=ACT_ERRORS)
async def park(
    ticket_id: TicketId, wish: ParkCommand, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.park(ticket_id, seen, wish.reason)
    put_etag(response, ticket.version)
    return ticket


@tickets.command(
    "/{ticket_id}/transfer",
    summary="转移到其他队列或窗口",
    errors=[*ACT_ERRORS, GroupNotFound, GroupIsClosed, WindowNotOfGroup],
)
async def transfer(
    ticket_id: TicketId, wish: TransferCommand, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.transfer(ticket_id, seen, wish)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/finish", summary="办结", errors=ACT_ERRORS)
async def finish(
    ticket_id: TicketId, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.finish(ticket_id, seen)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/miss", summary="标记过号", errors=ACT_ERRORS)
async def miss(
    ticket_id: TicketId, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.miss(ticket_id, seen)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/requeue", summary="过号重排", errors=ACT_ERRORS)
async def requeue(
    ticket_id: TicketId, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.requeue(ticket_id, seen)
    put_etag(response, ticket.version)
    return ticket


@tickets.command("/{ticket_id}/cancel", summary="取消排队号", errors=ACT_ERRORS)
async def cancel(
    ticket_id: TicketId, wish: CancelCommand, seen: IfMatch, response: Response, service: Calls
) -> TicketRead:
    ticket = await service.cancel(ticket_id, seen, wish.reason)
    put_etag(response, ticket.version)
    return ticket


@tickets.command(
    "/{ticket_id}/case",
    summary="关联此号办理的办件",
    errors=[*ACT_ERRORS, CaseNotFound, CaseLinkedAlready, OtherWindowsCase],
)
async def link_case(
    ticket_id: TicketId,
    wish: CaseCommand,
    seen: IfMatch,
    response: Response,
    service: TicketCases,
) -> TicketRead:
    ticket = await service.link(ticket_id, seen, wish)
    put_etag(response, ticket.version)
    return ticket
