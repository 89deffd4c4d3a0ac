"""Who may do what with leave, substitutes, outings and overtime (ATTEND, domain.md §10)."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_hall import HALL_CALLERS
from tests.factories import make_staff_member

# All of it is the clerk's, who serves at window 01 of department A.
TABLE = """
                                                 clerk       chief
                                           all   A     B     A     B     office director
GET   /leave-requests                      401   seen  none  seen  none  seen  seen
POST  /leave-requests                      401   201   403   403   403   201   403
POST  /leave-requests/preview              401   200   403   200   403   200   200
GET   /leave-requests/empty-windows        401   200   200   200   200   200   200
GET   /leave-requests/{leave_id}           401   200   404   200   404   200   200
GET   /leave-requests/{leave_id}/outlook   401   200   404   200   404   200   200
GET   /leave-requests/{leave_id}/timeline  401   200   404   200   404   200   200
POST  /leave-requests/{leave_id}/agree     401   403   404   200   404   403   403
POST  /leave-requests/{leave_id}/approve   401   403   403   403   403   403   200
POST  /leave-requests/{leave_id}/refuse    401   403   404   403   404   403   200
POST  /leave-requests/{leave_id}/cancel    401   200   404   403   404   200   403
POST  /leave-requests/{leave_id}/extend    401   200   404   403   404   200   403
POST  /leave-requests/{leave_id}/withdraw-extension \
                                           401   200   404   403   404   200   403
POST  /leave-requests/{leave_id}/certificate \
                                           401   200   404   403   404   200   403
POST  /leave-requests/{leave_id}/return    401   200   404   403   404   200   403
POST  /leave-requests/{leave_id}/deceit    401   403   403   403   403   200   403
POST  /leave-requests/{leave_id}/substitutes \
                                           401   403   403   403   403   200   403
GET   /substitutions                       401   seen  none  seen  none  seen  seen
GET   /substitutions/{substitution_id}     401   200   404   200   404   200   200
POST  /substitutions/{substitution_id}/hand-out \
                                           401   403   403   403   403   200   403
POST  /substitutions/{substitution_id}/hand-back \
                                           401   403   403   403   403   200   403
POST  /substitutions/{substitution_id}/recall \
                                           401   403   403   403   403   200   403
GET   /outings                             401   seen  none  seen  none  seen  seen
POST  /outings                             401   201   403   403   403   201   403
GET   /outings/{outing_id}                 401   200   404   200   404   200   200
POST  /outings/{outing_id}/return          401   200   404   403   404   200   403
POST  /outings/{outing_id}/cancel          401   200   404   403   404   200   403
GET   /overtime-requests                   401   seen  none  seen  none  seen  seen
POST  /overtime-requests                   401   201   403   403   403   201   403
GET   /overtime-requests/{overtime_id}     401   200   404   200   404   200   200
POST  /overtime-requests/{overtime_id}/approve \
                                           401   403   403   403   403   200   403
POST  /overtime-requests/{overtime_id}/refuse \
                                           401   403   403   403   403   200   403
POST  /overtime-requests/{overtime_id}/cancel \
                                           401   200   404   403   404   200   403
"""


def asking(world: World, first: str, last: str, **changes: Any) -> Ask:
    body = {
        "staff_id": str(world.hall.clerk.staff_id),
        "kind": "annual",
        "starts_on": first,
        "ends_on": last,
        "reason": "家中有事。",
    }
    return Ask(json=body | changes)


async def a_day(world: World) -> Ask:
    return asking(world, "2026-03-11", "2026-03-11")


async def a_preview(world: World) -> Ask:
    ask = await a_day(world)
    return replace(ask, json={name: ask.json[name] for name in ask.json if name != "reason"})


async def some_days(world: World) -> Ask:
    return Ask(query={"from_on": "2026-03-09", "to_on": "2026-03-15"})


async def asked(world: World, ask: Ask) -> Ask:
    leave = await world.made("clerk", "POST /leave-requests", ask)
    of = {"leave_id": leave["id"]}
    return Ask(of=of, json={}, version=leave["version"], looks_for=leave["id"])


async def moved(world: World, who: str, action: str, ask: Ask) -> Ask:
    leave = await world.made(who, f"POST /leave-requests/{{leave_id}}/{action}", ask)
    return replace(ask, json={}, version=leave["version"])


async def one_to_approve(world: World) -> Ask:
    return await asked(world, await a_day(world))


async def one_to_read(world: World) -> Ask:
    return replace(await one_to_approve(world), version=None)


async def one_to_agree_to(world: World) -> Ask:
    return await asked(world, asking(world, "2026-03-11", "2026-03-12"))


async def one_to_refuse(world: World) -> Ask:
    return replace(await one_to_approve(world), json={"reason": "当日窗口人手不足"})


async def approved(world: World, ask: Ask) -> Ask:
    return await moved(world, "director", "approve", await asked(world, ask))


async def one_approved(world: World) -> Ask:
    return await approved(world, await a_day(world))


async def one_to_extend(world: World) -> Ask:
    body = {"ends_on": "2026-03-12", "reason": "尚未办完"}
    return replace(await one_approved(world), json=body)


async def an_extension(world: World) -> Ask:
    return await moved(world, "clerk", "extend", await one_to_extend(world))


async def one_of_the_sick(world: World) -> Ask:
    sick = await approved(world, asking(world, "2026-03-11", "2026-03-11", kind="sick"))
    return replace(sick, json={"hospital": "市人民医院", "issued_on": "2026-03-10"})


async def one_that_is_over(world: World) -> Ask:
    leave = await one_approved(world)
    world.clock.set("2026-03-12 09:50")
    return leave


async def one_got_by_deceit(world: World) -> Ask:
    return replace(await one_approved(world), json={"reason": "并无此事"})


async def one_to_stand_in_for(world: World) -> Ask:
    spare = await make_staff_member(world.session, world.hall.department_a)
    body = {"substitute_id": str(spare), "sent_by": "县市监局办公室"}
    return replace(await one_approved(world), json=body)


async def a_substitution(world: World) -> Ask:
    ask = await one_to_stand_in_for(world)
    await world.made("office", "POST /leave-requests/{leave_id}/substitutes", ask)
    listed = await world.people["office"].get("/api/v1/substitutions")
    [made] = listed.json()["items"]
    of = {"substitution_id": made["id"]}
    made = await world.made("office", "GET /substitutions/{substitution_id}", Ask(of=of))
    return Ask(of=of, json={}, version=made["version"], looks_for=made["id"])


async def a_substitution_to_read(world: World) -> Ask:
    return replace(await a_substitution(world), version=None)


async def a_badge_to_hand_out(world: World) -> Ask:
    badge = {"badge_number": "临03", "plate_number": "临03"}
    return replace(await a_substitution(world), json=badge)


async def a_badge_to_take_back(world: World) -> Ask:
    ask = await a_badge_to_hand_out(world)
    name = "POST /substitutions/{substitution_id}/hand-out"
    out = await world.made("office", name, ask)
    return replace(ask, json={}, version=out["version"])


def later(world: World, starts: str, ends: str, **words: str) -> Ask:
    body = {
        "staff_id": str(world.hall.clerk.staff_id),
        "starts_at": f"2026-03-10T{starts}:00+08:00",
        "ends_at": f"2026-03-10T{ends}:00+08:00",
    }
    return Ask(json=body | words)


async def an_outing_to_report(world: World) -> Ask:
    words = {"purpose": "errand", "reason": "核查住所。", "destination": "县工业园区"}
    return later(world, "16:00", "18:00", **words)


async def an_outing(world: World) -> Ask:
    made = await world.made("clerk", "POST /outings", await an_outing_to_report(world))
    return Ask(of={"outing_id": made["id"]}, version=made["version"], looks_for=made["id"])


async def an_outing_to_read(world: World) -> Ask:
    return replace(await an_outing(world), version=None)


async def an_outing_under_way(world: World) -> Ask:
    outing = await an_outing(world)
    world.clock.set("2026-03-10 17:00")
    return outing


async def overtime_to_apply_for(world: World) -> Ask:
    return later(world, "19:30", "21:30", reason="年报录入。")


async def overtime(world: World) -> Ask:
    wish = await overtime_to_apply_for(world)
    made = await world.made("clerk", "POST /overtime-requests", wish)
    of = {"overtime_id": made["id"]}
    return Ask(of=of, json={"note": "知悉"}, version=made["version"], looks_for=made["id"])


async def overtime_to_read(world: World) -> Ask:
    return replace(await overtime(world), version=None)


SCENES: dict[str, Scene] = {
    "GET /leave-requests": one_to_read,
    "POST /leave-requests": a_day,
    "POST /leave-requests/preview": a_preview,
    "GET /leave-requests/empty-windows": some_days,
    "GET /leave-requests/{leave_id}": one_to_read,
    "GET /leave-requests/{leave_id}/outlook": one_to_read,
    "GET /leave-requests/{leave_id}/timeline": one_to_read,
    "POST /leave-requests/{leave_id}/agree": one_to_agree_to,
    "POST /leave-requests/{leave_id}/approve": one_to_approve,
    "POST /leave-requests/{leave_id}/refuse": one_to_refuse,
    "POST /leave-requests/{leave_id}/cancel": one_approved,
    "POST /leave-requests/{leave_id}/extend": one_to_extend,
    "POST /leave-requests/{leave_id}/withdraw-extension": an_extension,
    "POST /leave-requests/{leave_id}/certificate": one_of_the_sick,
    "POST /leave-requests/{leave_id}/return": one_that_is_over,
    "POST /leave-requests/{leave_id}/deceit": one_got_by_deceit,
    "POST /leave-requests/{leave_id}/substitutes": one_to_stand_in_for,
    "GET /substitutions": a_substitution_to_read,
    "GET /substitutions/{substitution_id}": a_substitution_to_read,
    "POST /substitutions/{substitution_id}/hand-out": a_badge_to_hand_out,
    "POST /substitutions/{substitution_id}/hand-back": a_badge_to_take_back,
    "POST /substitutions/{substitution_id}/recall": a_substitution,
    "GET /outings": an_outing_to_read,
    "POST /outings": an_outing_to_report,
    "GET /outings/{outing_id}": an_outing_to_read,
    "POST /outings/{outing_id}/return": an_outing_under_way,
    "POST /outings/{outing_id}/cancel": an_outing,
    "GET /overtime-requests": overtime_to_read,
    "POST /overtime-requests": overtime_to_apply_for,
    "GET /overtime-requests/{overtime_id}": overtime_to_read,
    "POST /overtime-requests/{overtime_id}/approve": overtime,
    "POST /overtime-requests/{overtime_id}/refuse": overtime,
    "POST /overtime-requests/{overtime_id}/cancel": overtime,
}

LEAVE = Table(read_table(TABLE, HALL_CALLERS), SCENES)
