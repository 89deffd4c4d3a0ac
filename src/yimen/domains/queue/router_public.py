"""The queue over HTTP without a token."""

from fastapi import Depends

from yimen.core.rate_limits import limit_lookups
from yimen.core.routing import Router
from yimen.domains.queue.dependencies import PublicQueue
from yimen.domains.queue.schemas import BoardRead, PublicTicket, PublicTicketLookup
from yimen.domains.queue.service_public import TicketLookupRefused

public = Router(prefix="/public/queue", tag="public-queue")


@public.read("", summary="各队列等候人数与叫号情况", public=True)
async def read_board(queue: PublicQueue) -> BoardRead:
    return await queue.board()


@public.create(
    "/ticket-lookup",
    summary="凭号码和查询码查看排队进度",
    errors=[TicketLookupRefused],
    public=True,
    repeatable=False,  # changes nothing, and a kept reply would be an old one
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def look_up(wish: PublicTicketLookup, queue: PublicQueue) -> PublicTicket:
    return await queue.look_up(wish)
