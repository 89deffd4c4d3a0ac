"""Who may do what with queues and tickets."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_appointments import booked
from tests.access_cases import CASE_CALLERS

# The queue is window 01's of department A; the ticket was called there by its clerk, or waits.
# A machine alone checks in for somebody it cannot see; people do it on the appointment.
TABLE = """
                                          clerk             chief
                                    all   own   door  else  dept  here  else  office director
GET   /queue-groups                 401   seen  seen  seen  seen  seen  seen  seen  seen
POST  /queue-groups                 401   403   403   403   403   403   403   201   403
GET   /queue-groups/{group_id}      401   200   200   200   200   200   200   200   200
PATCH /queue-groups/{group_id}      401   403   403   403   403   403   403   200   403
POST  /queue-groups/{group_id}/close \
                                    401   403   403   403   403   403   403   200   403
POST  /queue-groups/{group_id}/reopen \
                                    401   403   403   403   403   403   403   200   403
GET   /tickets                      401   seen  seen  seen  seen  seen  seen  seen  seen
POST  /tickets                      401   201   403   403   201   201   403   201   403
GET   /tickets/board                401   200   200   200   200   200   200   200   200
GET   /tickets/summary              401   seen  none  none  seen  seen  none  seen  seen
GET   /tickets/{ticket_id}          401   200   200   200   200   200   200   200   200
GET   /tickets/{ticket_id}/course   401   200   200   200   200   200   200   200   200
POST  /tickets/call-next            401   200   403   403   200   200   403   403   403
POST  /tickets/close-day            401   403   403   403   403   403   403   200   403
POST  /tickets/{ticket_id}/call     401   200   403   403   200   200   403   403   403
POST  /tickets/{ticket_id}/recall   401   200   403   403   200   200   403   403   403
POST  /tickets/{ticket_id}/start    401   200   403   403   200   200   403   403   403
POST  /tickets/{ticket_id}/park     401   200   403   403   200   200   403   403   403
POST  /tickets/{ticket_id}/transfer 401   200   403   403   200   200   403   200   403
POST  /tickets/{ticket_id}/finish   401   200   403   403   200   200   403   403   403
POST  /tickets/{ticket_id}/miss     401   200   403   403   200   200   403   403   403
POST  /tickets/{ticket_id}/requeue  401   200   403   403   200   200   403   200   403
POST  /tickets/{ticket_id}/cancel   401   200   403   403   200   200   403   200   403
POST  /tickets/{ticket_id}/case     401   200   403   403   200   200   403   403   403
POST  /appointments/check-in        401   201   403   403   201   201   403   201   403
GET   /public/queue                 200   200   200   200   200   200   200   200   200
POST  /public/queue/ticket-lookup   200   200   200   200   200   200   200   200   200
"""


async def a_new_queue(world: World) -> Ask:
    body = {"name": "企业登记", "letter": "A", "window_ids": [str(world.hall.window_01)]}
    return Ask(json=body)


async def a_queue(world: World) -> Ask:
    made = await world.made("office", "POST /queue-groups", await a_new_queue(world))
    return Ask(of={"group_id": made["id"]}, looks_for=made["id"])


async def a_queue_to_change(world: World) -> Ask:
    return replace(await a_queue(world), json={"name": "企业开办"}, version=1)


async def a_queue_to_close(world: World) -> Ask:
    return replace(await a_queue(world), json={"reason": "事项调整"}, version=1)


async def a_closed_queue(world: World) -> Ask:
    ask = await a_queue_to_close(world)
    closed = await world.made("office", "POST /queue-groups/{group_id}/close", ask)
    return replace(ask, json=None, version=closed["version"])


async def a_number_to_take(world: World) -> Ask:
    group = await a_queue(world)
    return Ask(json={"group_id": group.of["group_id"]})


async def waiting(world: World, **body: Any) -> Ask:
    slip = await world.made("office", "POST /tickets", await a_number_to_take(world))
    found = slip["ticket_id"]
    body = {name: value or slip["group_id"] for name, value in body.items()}
    return Ask(of={"ticket_id": found}, json=body, version=1, looks_for=found)


async def moved(world: World, ask: Ask, *actions: str) -> Ask:
    for action in actions:
        body = {"window_id": str(world.hall.window_01)} if action == "call" else {}
        name = f"POST /tickets/{{ticket_id}}/{action}"
        made = await world.made("clerk", name, replace(ask, json=body))
        ask = replace(ask, version=made["version"])
    return ask


async def to_read(world: World) -> Ask:
    return replace(await waiting(world), version=None, json=None)


async def days(world: World) -> Ask:
    await moved(world, await waiting(world), "call")
    query = {"first": "2026-03-10", "last": "2026-03-10"}
    return Ask(query=query, looks_for=str(world.hall.window_01))


async def somebody_waits(world: World) -> Ask:
    await waiting(world)
    return Ask(json={"window_id": str(world.hall.window_01)})


async def to_call(world: World) -> Ask:
    return replace(await waiting(world), json={"window_id": str(world.hall.window_01)})


async def called(world: World) -> Ask:
    return await moved(world, await waiting(world), "call")


async def to_park(world: World) -> Ask:
    return await moved(world, await waiting(world, reason="去复印"), "call")


async def to_send_on(world: World) -> Ask:
    return await moved(world, await waiting(world, group_id=None, reason="另一窗口"), "call")


async def being_served(world: World) -> Ask:
    return await moved(world, await waiting(world), "call", "start")


async def missed(world: World) -> Ask:
    return await moved(world, await waiting(world), "call", "miss")


async def to_cancel(world: World) -> Ask:
    return await waiting(world, reason="本人离开")


async def with_a_case(world: World) -> Ask:
    case = await world.case()
    return replace(await being_served(world), json={"case_id": case["id"]})


async def the_end_of_the_day(world: World) -> Ask:
    await waiting(world)
    return Ask(json={"reason": "提前闭馆"})


async def somebody_comes(world: World) -> Ask:
    ask = await booked(world)
    made = await world.people["office"].get(f"/api/v1/appointments/{ask.of['appointment_id']}")
    number = made.json()["appointment_number"]
    return Ask(json={"appointment_number": number, "code": "K7QM-3X9P-2RTD"})


async def the_board(world: World) -> Ask:
    await waiting(world)
    return Ask()


async def ones_own(world: World) -> Ask:
    slip = await world.made("office", "POST /tickets", await a_number_to_take(world))
    return Ask(json={"number": slip["number"], "code": slip["code"]})


SCENES: dict[str, Scene] = {
    "GET /queue-groups": a_queue,
    "POST /queue-groups": a_new_queue,
    "GET /queue-groups/{group_id}": a_queue,
    "PATCH /queue-groups/{group_id}": a_queue_to_change,
    "POST /queue-groups/{group_id}/close": a_queue_to_close,
    "POST /queue-groups/{group_id}/reopen": a_closed_queue,
    "GET /tickets": to_read,
    "POST /tickets": a_number_to_take,
    "GET /tickets/board": the_board,
    "GET /tickets/summary": days,
    "GET /tickets/{ticket_id}": to_read,
    "GET /tickets/{ticket_id}/course": to_read,
    "POST /tickets/call-next": somebody_waits,
    "POST /tickets/close-day": the_end_of_the_day,
    "POST /tickets/{ticket_id}/call": to_call,
    "POST /tickets/{ticket_id}/recall": called,
    "POST /tickets/{ticket_id}/start": called,
    "POST /tickets/{ticket_id}/park": to_park,
    "POST /tickets/{ticket_id}/transfer": to_send_on,
    "POST /tickets/{ticket_id}/finish": being_served,
    "POST /tickets/{ticket_id}/miss": called,
    "POST /tickets/{ticket_id}/requeue": missed,
    "POST /tickets/{ticket_id}/cancel": to_cancel,
    "POST /tickets/{ticket_id}/case": with_a_case,
    "POST /appointments/check-in": somebody_comes,
    "GET /public/queue": the_board,
    "POST /public/queue/ticket-lookup": ones_own,
}

QUEUE = Table(read_table(TABLE, CASE_CALLERS), SCENES)
