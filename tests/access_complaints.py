"""Who may do what with complaints: the office and the director, until there is a finding."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS

# The complaint is about the clerk at window 01 of department A. Before it is decided nobody there
# sees it; afterwards the clerk and the chief representative do, which tests/complaints tries.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /complaints                          401   403   403   403   403   403   403   201   201
GET   /complaints                          401   seen  none  none  seen  none  none  seen  seen
GET   /complaints/{complaint_id}           401   200   404   404   200   404   404   200   200
GET   /complaints/{complaint_id}/timeline  401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/reveal-complainant \\
                                           401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/accept    401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/decline   401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/investigate \\
                                           401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/find      401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/answer    401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/withdraw  401   403   403   403   403   403   403   200   200
POST  /complaints/{complaint_id}/reopen    401   403   403   403   403   403   403   403   200
POST  /public/complaints                   201   201   201   201   201   201   201   201   201
POST  /public/complaints/lookup            200   200   200   200   200   200   200   200   200
"""

PUBLIC_BODY = {"summary": "窗口无人", "content": "等了四十分钟。", "window_number": "01"}


def complaint_body(world: World) -> dict[str, Any]:
    return {
        "channel": "desk",
        "summary": "态度生硬",
        "content": "说“不归我管”。",
        "complainant_name": "古丽",
        "complainant_phone": "13899990000",
        "window_id": str(world.hall.window_01),
        "staff_id": str(world.hall.clerk.staff_id),
    }


async def one_to_register(world: World) -> Ask:
    return Ask(json=complaint_body(world))


async def registered(world: World) -> Ask:
    made = await world.made("office", "POST /complaints", await one_to_register(world))
    return Ask(of={"complaint_id": made["id"]}, version=1, looks_for=made["id"])


async def moved(world: World, ask: Ask, action: str, body: dict[str, Any]) -> Ask:
    name = f"POST /complaints/{{complaint_id}}/{action}"
    made = await world.made("director", name, replace(ask, json=body))
    return replace(ask, version=made["version"])


async def accepted(world: World) -> Ask:
    return await moved(world, await registered(world), "accept", {})


async def investigated(world: World) -> Ask:
    body = {"investigator_id": str(world.hall.office.staff_id)}
    return await moved(world, await accepted(world), "investigate", body)


FINDING = {"finding": "substantiated", "reason": "录像"}
ANSWER = {"answer": "情况属实，向您致歉。", "answered_how": "邮寄"}


async def found(world: World) -> Ask:
    return await moved(world, await investigated(world), "find", FINDING)


async def found_to_read(world: World) -> Ask:
    return replace(await found(world), version=None)


async def one_to_reveal(world: World) -> Ask:
    return replace(await registered(world), json={"reason": "联系投诉人"}, version=None)


async def one_to_accept(world: World) -> Ask:
    return replace(await registered(world), json={})


async def one_to_decline(world: World) -> Ask:
    body = {"reason": "非本中心职责", "answer": "请向卫健委提出。", "answered_how": "电话"}
    return replace(await registered(world), json=body)


async def one_to_investigate(world: World) -> Ask:
    body = {"investigator_id": str(world.hall.office.staff_id)}
    return replace(await accepted(world), json=body)


async def one_to_find(world: World) -> Ask:
    return replace(await investigated(world), json=FINDING)


async def one_to_answer(world: World) -> Ask:
    return replace(await found(world), json=ANSWER)


async def one_to_withdraw(world: World) -> Ask:
    return replace(await registered(world), json={"reason": "误会"})


async def one_to_reopen(world: World) -> Ask:
    return replace(await found(world), json={"reason": "新的录音"})


async def one_over_the_web(world: World) -> Ask:
    return Ask(json=PUBLIC_BODY)


async def one_to_look_up(world: World) -> Ask:
    made = await world.made("public", "POST /public/complaints", Ask(json=PUBLIC_BODY))
    return Ask(json={"complaint_number": made["complaint_number"], "code": made["code"]})


SCENES: dict[str, Scene] = {
    "POST /complaints": one_to_register,
    "GET /complaints": found_to_read,
    "GET /complaints/{complaint_id}": found_to_read,
    "GET /complaints/{complaint_id}/timeline": found_to_read,
    "POST /complaints/{complaint_id}/reveal-complainant": one_to_reveal,
    "POST /complaints/{complaint_id}/accept": one_to_accept,
    "POST /complaints/{complaint_id}/decline": one_to_decline,
    "POST /complaints/{complaint_id}/investigate": one_to_investigate,
    "POST /complaints/{complaint_id}/find": one_to_find,
    "POST /complaints/{complaint_id}/answer": one_to_answer,
    "POST /complaints/{complaint_id}/withdraw": one_to_withdraw,
    "POST /complaints/{complaint_id}/reopen": one_to_reopen,
    "POST /public/complaints": one_over_the_web,
    "POST /public/complaints/lookup": one_to_look_up,
}

COMPLAINTS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
