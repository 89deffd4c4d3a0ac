"""Who may do what with ratings, and hear of what happens to a case."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS

from yimen.domains.cases.models import Case

# The rating is of a case at window 01 of department A. Of which events one hears is tried where
# they are committed: in one transaction none is told yet. A stream that is asked for something
# impossible, by whoever may listen, says so instead of going on for ever.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /ratings                             401   403   403   403   403   403   403   201   403
GET   /ratings                             401   seen  none  none  seen  seen  none  seen  seen
GET   /ratings/summary                     401   200   200   200   200   200   200   200   200
GET   /ratings/{rating_id}                 401   200   404   404   200   200   404   200   200
POST  /ratings/{rating_id}/reveal-contact  401   403   403   403   403   403   403   200   403
POST  /ratings/{rating_id}/contact         401   403   403   403   403   403   403   200   403
POST  /ratings/{rating_id}/close           401   403   403   403   403   403   403   200   403
POST  /public/ratings                      201   201   201   201   201   201   201   201   201
POST  /public/ratings/lookup               200   200   200   200   200   200   200   200   200
GET   /events                              401   200   200   200   200   200   200   200   200
GET   /events/stream                       401   422   422   422   422   422   422   422   422
"""


async def a_decided_case(world: World) -> dict[str, Any]:
    return await world.case(("finish", {}))


async def key_of(world: World, case: dict[str, Any]) -> dict[str, Any]:
    code = await world.session.scalar(
        sa.select(Case.lookup_code).where(Case.case_number == case["case_number"])
    )
    return {"case_number": case["case_number"], "code": code}


async def a_rating_by_phone(world: World) -> Ask:
    case = await a_decided_case(world)
    return Ask(json={"case_id": case["id"], "level": "dissatisfied", "recorded_how": "来电"})


async def a_public_rating(world: World) -> Ask:
    return Ask(json={**await key_of(world, await a_decided_case(world)), "level": "satisfied"})


async def a_public_rating_to_read(world: World) -> Ask:
    ask = await a_public_rating(world)
    await world.made("public", "POST /public/ratings", ask)
    return Ask(json={"case_number": ask.json["case_number"], "code": ask.json["code"]})


async def a_bad_one(world: World) -> Ask:
    made = await world.made("office", "POST /ratings", await a_rating_by_phone(world))
    return Ask(of={"rating_id": made["id"]}, looks_for=made["id"])


async def a_month(world: World) -> Ask:
    return Ask(query={"first": "2026-03-01", "last": "2026-03-31"})


async def a_call_back(world: World) -> Ask:
    return replace(await a_bad_one(world), json={"reason": "差评回访"})


async def one_to_contact(world: World) -> Ask:
    body = {"was_reached": True, "note": "等候一小时"}
    return replace(await a_bad_one(world), json=body, version=1)


async def one_to_close(world: World) -> Ask:
    ask = await one_to_contact(world)
    heard = await world.made("office", "POST /ratings/{rating_id}/contact", ask)
    body = {"finding": "confirmed", "reason": "叫号记录", "answer": "向您致歉。"}
    return replace(ask, json=body, version=heard["version"])


async def nothing(world: World) -> Ask:
    return Ask()


async def an_impossible_stream(world: World) -> Ask:
    return Ask(query={"until": "never"})


SCENES: dict[str, Scene] = {
    "POST /ratings": a_rating_by_phone,
    "GET /ratings": a_bad_one,
    "GET /ratings/summary": a_month,
    "GET /ratings/{rating_id}": a_bad_one,
    "POST /ratings/{rating_id}/reveal-contact": a_call_back,
    "POST /ratings/{rating_id}/contact": one_to_contact,
    "POST /ratings/{rating_id}/close": one_to_close,
    "POST /public/ratings": a_public_rating,
    "POST /public/ratings/lookup": a_public_rating_to_read,
    "GET /events": nothing,
    "GET /events/stream": an_impossible_stream,
}

RATINGS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
