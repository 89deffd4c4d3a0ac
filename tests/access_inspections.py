"""Who may go round, who answers for what was found, who keeps the register."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS

# What is asked for was found at window 01 of department A, whose clerk answers for it.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /inspections                         401   403   403   403   403   403   403   201   201
GET   /inspections                         401   403   403   403   403   403   403   seen  seen
GET   /inspections/{round_id}              401   403   403   403   403   403   403   200   200
POST  /inspections/{round_id}/findings     401   403   403   403   403   403   403   201   201
POST  /inspections/{round_id}/close        401   403   403   403   403   403   403   200   200
GET   /inspection-findings                 401   seen  none  none  seen  seen  none  seen  seen
GET   /inspection-findings/{finding_id}    401   200   404   404   200   200   404   200   200
POST  /inspection-findings/{finding_id}/confirm \
                                           401   200   404   404   200   403   404   403   403
POST  /inspection-findings/{finding_id}/refuse \
                                           401   200   404   404   200   403   404   403   403
POST  /inspection-findings/{finding_id}/decide \
                                           401   403   403   403   403   403   403   200   403
POST  /inspection-findings/{finding_id}/withdraw \
                                           401   403   403   403   403   403   403   200   403
POST  /inspection-findings/{finding_id}/correct \
                                           401   403   403   403   403   403   403   200   403
POST  /inspection-subjects                 401   403   403   403   403   403   403   201   403
GET   /inspection-subjects                 401   403   403   403   403   403   403   seen  seen
GET   /inspection-subjects/{subject_id}    401   403   403   403   403   403   403   200   200
PATCH /inspection-subjects/{subject_id}    401   403   403   403   403   403   403   200   403
POST  /inspection-subjects/{subject_id}/end \
                                           401   403   403   403   403   403   403   200   403
"""


def dusty_counter(world: World) -> dict[str, Any]:
    return {"row_code": "hygiene.window.07", "window_id": str(world.hall.window_01)}


async def a_round_to_begin(world: World) -> Ask:
    day = world.clock.now.date().isoformat()
    return Ask(json={"kind": "windows", "inspected_on": day, "inspectors": ["赵敏"]})


async def a_round(world: World) -> Ask:
    made = await world.made("office", "POST /inspections", await a_round_to_begin(world))
    found = made["round"]["id"]
    return Ask(of={"round_id": found}, looks_for=found)


async def more_findings(world: World) -> Ask:
    return replace(await a_round(world), json={"findings": [dusty_counter(world)]})


async def a_round_to_close(world: World) -> Ask:
    return replace(await a_round(world), version=1)


async def a_finding(world: World) -> Ask:
    ask = await a_round_to_begin(world)
    hit = [str(world.hall.clerk.staff_id)]
    content = {**dusty_counter(world), "staff_ids": hit}
    made = await world.made(
        "office", "POST /inspections", replace(ask, json={**ask.json, "findings": [content]})
    )
    found = made["findings"][0]["id"]
    return Ask(of={"finding_id": found}, looks_for=found)


async def one_to_confirm(world: World) -> Ask:
    return replace(await a_finding(world), json={}, version=1)


async def one_to_refuse(world: World) -> Ask:
    return replace(await a_finding(world), json={"reason": "当天施工"}, version=1)


async def one_to_decide(world: World) -> Ask:
    ask = await one_to_refuse(world)
    name = "POST /inspection-findings/{finding_id}/refuse"
    refused = await world.made("clerk", name, ask)
    body = {"is_upheld": True, "reason": "照片清楚"}
    return replace(ask, json=body, version=refused["version"])


async def one_to_withdraw(world: World) -> Ask:
    return replace(await a_finding(world), json={"reason": "重复登记"}, version=1)


async def one_to_correct(world: World) -> Ask:
    body = {"reason": "应为2处", "content": {**dusty_counter(world), "count": 2}}
    return replace(await a_finding(world), json=body, version=1)


async def a_guard(world: World) -> Ask:
    return Ask(json={"kind": "guard", "name": "张勇", "starts_on": "2026-03-01"})


async def a_guard_on_duty(world: World) -> Ask:
    made = await world.made("office", "POST /inspection-subjects", await a_guard(world))
    return Ask(of={"subject_id": made["id"]}, looks_for=made["id"])


async def a_guard_to_change(world: World) -> Ask:
    return replace(await a_guard_on_duty(world), json={"name": "张永"}, version=1)


async def a_guard_who_leaves(world: World) -> Ask:
    return replace(await a_guard_on_duty(world), json={"last_day": "2026-03-31"}, version=1)


SCENES: dict[str, Scene] = {
    "POST /inspections": a_round_to_begin,
    "GET /inspections": a_round,
    "GET /inspections/{round_id}": a_round,
    "POST /inspections/{round_id}/findings": more_findings,
    "POST /inspections/{round_id}/close": a_round_to_close,
    "GET /inspection-findings": a_finding,
    "GET /inspection-findings/{finding_id}": a_finding,
    "POST /inspection-findings/{finding_id}/confirm": one_to_confirm,
    "POST /inspection-findings/{finding_id}/refuse": one_to_refuse,
    "POST /inspection-findings/{finding_id}/decide": one_to_decide,
    "POST /inspection-findings/{finding_id}/withdraw": one_to_withdraw,
    "POST /inspection-findings/{finding_id}/correct": one_to_correct,
    "POST /inspection-subjects": a_guard,
    "GET /inspection-subjects": a_guard_on_duty,
    "GET /inspection-subjects/{subject_id}": a_guard_on_duty,
    "PATCH /inspection-subjects/{subject_id}": a_guard_to_change,
    "POST /inspection-subjects/{subject_id}/end": a_guard_who_leaves,
}

INSPECTIONS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
