"""Who may do what with a refusal and its filing (domain.md §10)."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS
from tests.cases_factories import PHONE

# The refusal is of a case at window 01 of department A, or was made at its desk.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /rejections                          401   201   404   404   201   201   404   403   403
GET   /rejections                          401   seen  none  none  seen  seen  none  seen  seen
GET   /rejections/breaches                 401   200   200   200   200   200   200   200   200
GET   /rejections/{rejection_id}           401   200   404   404   200   200   404   200   200
GET   /rejections/{rejection_id}/archive   401   200   404   404   200   200   404   200   200
POST  /rejections/{rejection_id}/reveal-requester \
                                           401   200   404   404   200   200   404   403   403
POST  /rejections/{rejection_id}/decide    401   403   403   403   403   403   403   403   200
POST  /rejections/{rejection_id}/retract   401   200   404   404   200   200   404   403   403
POST  /rejections/{rejection_id}/complete  401   200   404   404   200   200   404   403   403
POST  /rejections/{rejection_id}/ask-return \
                                           401   200   404   404   200   200   404   403   403
POST  /rejections/{rejection_id}/deliver-notice \
                                           401   200   404   404   200   200   404   403   403
"""

GROUNDS = {"reason": "场所不具备防火条件", "legal_basis": "食品安全法第三十三条"}
AT_THE_DESK: dict[str, Any] = GROUNDS | {
    "requester": {"kind": "person", "name": "巴特尔", "phone": PHONE},
    "matter": "要求开具已取消的证明",
    "is_within_authority": True,
}


async def a_refusal(world: World) -> Ask:
    case = await world.case()
    body = GROUNDS | {"case_id": case["id"], "case_version": case["version"]}
    return Ask(json=body | {"is_within_authority": True})


async def filed(world: World, ask: Ask) -> Ask:
    rejection = await world.made("clerk", "POST /rejections", ask)
    of = {"rejection_id": rejection["id"]}
    return Ask(of=of, version=rejection["version"], looks_for=rejection["id"])


async def an_effective_one(world: World) -> Ask:
    return replace(await filed(world, await a_refusal(world)), json={})


async def one_to_read(world: World) -> Ask:
    return replace(await an_effective_one(world), version=None)


async def breaches(world: World) -> Ask:
    return Ask(query={"first": "2026-03-01", "last": "2026-03-31"})


async def a_phone(world: World) -> Ask:
    return replace(await one_to_read(world), json={"reason": "电话通知"})


async def a_request(world: World) -> Ask:
    wish = await a_refusal(world)
    asked = await filed(world, replace(wish, json=wish.json | {"is_within_authority": False}))
    return replace(asked, json={"agrees": True, "opinion": "情况属实", "reason": "已整改"})


async def a_request_to_decide(world: World) -> Ask:
    return replace(await a_request(world), json={"agrees": True, "opinion": "情况属实"})


async def a_request_to_retract(world: World) -> Ask:
    return replace(await a_request(world), json={"reason": "申请人已整改"})


async def one_without_basis(world: World) -> Ask:
    wish = {name: value for name, value in AT_THE_DESK.items() if name != "legal_basis"}
    lacking = await filed(world, Ask(json=wish))
    return replace(lacking, json={"legal_basis": GROUNDS["legal_basis"]})


async def one_at_the_desk(world: World) -> Ask:
    told = {"method": "in_person", "signed_by": "巴特尔"}
    return replace(await filed(world, Ask(json=AT_THE_DESK)), json=told)


SCENES: dict[str, Scene] = {
    "POST /rejections": a_refusal,
    "GET /rejections": one_to_read,
    "GET /rejections/breaches": breaches,
    "GET /rejections/{rejection_id}": one_to_read,
    "GET /rejections/{rejection_id}/archive": one_to_read,
    "POST /rejections/{rejection_id}/reveal-requester": a_phone,
    "POST /rejections/{rejection_id}/decide": a_request_to_decide,
    "POST /rejections/{rejection_id}/retract": a_request_to_retract,
    "POST /rejections/{rejection_id}/complete": one_without_basis,
    "POST /rejections/{rejection_id}/ask-return": an_effective_one,
    "POST /rejections/{rejection_id}/deliver-notice": one_at_the_desk,
}

REJECTIONS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
