"""Who may do what with scores, months, amendments and the office's register (domain.md §10)."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS

from yimen.domains.scoring.jobs import post_facts

# The score is of a clerk at window 01 of department A. One sees one's own and the own window's,
# a chief representative the department's.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
GET   /scores                              401   seen  none  none  seen  none  none  seen  seen
GET   /scores/rules/{month}                401   200   200   200   200   200   200   200   200
GET   /scores/{kind}/{subject_id}/trend    401   200   404   404   200   404   404   200   200
GET   /scores/{kind}/{subject_id}/years/{year} \
                                           401   200   404   404   200   404   404   200   200
GET   /scores/{kind}/{subject_id}/months/{month} \
                                           401   200   404   404   200   404   404   200   200
POST  /scores/{kind}/{subject_id}/months/{month}/what-if \
                                           401   200   404   404   200   404   404   200   200
GET   /scores/{kind}/{subject_id}/months/{month}/html \
                                           401   200   404   404   200   404   404   200   200
POST  /score-briefs/{month}/{department_id}/xlsx \
                                           401   403   403   403   200   404   404   200   200
POST  /score-briefs/{month}/{department_id}/pdf \
                                           401   403   403   403   200   404   404   200   200
POST  /score-records                       401   403   403   403   403   403   403   201   403
GET   /score-records                       401   403   403   403   403   403   403   seen  seen
GET   /score-records/{record_id}           401   403   403   403   403   403   403   200   200
POST  /score-records/{record_id}/reverse   401   403   403   403   403   403   403   200   403
GET   /score-months                        401   200   200   200   200   200   200   200   200
POST  /score-months                        401   403   403   403   403   403   403   201   403
GET   /score-months/{month}                401   200   200   200   200   200   200   200   200
POST  /score-months/{month}/close          401   403   403   403   403   403   403   200   403
POST  /score-months/{month}/reopen         401   403   403   403   403   403   403   403   200
POST  /score-months/{month}/seal           401   403   403   403   403   403   403   200   403
GET   /score-months/{month}/versions       401   200   200   200   200   200   200   200   200
GET   /score-months/{month}/verification   401   403   403   403   403   403   403   200   200
GET   /score-months/{month}/differences    401   403   403   403   403   403   403   200   200
POST  /score-months/{month}/amendments     401   403   403   403   403   403   403   201   403
POST  /score-months/years/{year}/seal      401   403   403   403   403   403   403   403   204
GET   /score-amendments                    401   403   403   403   403   403   403   seen  seen
GET   /score-amendments/{amendment_id}     401   403   403   403   403   403   403   200   200
POST  /score-amendments/{amendment_id}/approve \
                                           401   403   403   403   403   403   403   403   200
POST  /score-amendments/{amendment_id}/refuse \
                                           401   403   403   403   403   403   403   403   200
GET   /public/scoreboard                   200   200   200   200   200   200   200   200   200
"""


async def posted(world: World) -> None:
    await post_facts(world.session, world.clock())


async def a_score(world: World) -> Ask:
    await posted(world)
    who = str(world.hall.clerk.staff_id)
    of = {"kind": "staff", "subject_id": who, "month": "2026-03", "year": 2026}
    return Ask(of=of, looks_for=who)


async def a_brief(world: World) -> Ask:
    await posted(world)
    return Ask(of={"month": "2026-03", "department_id": str(world.hall.department_a)})


async def a_trend(world: World) -> Ask:
    return replace(await a_score(world), query={"first": "2026-01", "last": "2026-03"})


async def a_trial(world: World) -> Ask:
    return replace(await a_score(world), json={"leave_out": [], "add": []})


async def an_article(world: World) -> Ask:
    body = {
        "kind": "article",
        "day": "2026-03-10",
        "subject_kind": "window",
        "subject_id": str(world.hall.window_01),
        "title": "帮办代办",
    }
    return Ask(json=body)


async def a_record(world: World) -> Ask:
    made = await world.made("office", "POST /score-records", await an_article(world))
    return Ask(of={"record_id": made["id"]}, looks_for=made["id"])


async def a_record_to_reverse(world: World) -> Ask:
    return replace(await a_record(world), json={"reason": "重复登记"}, version=1)


async def an_earlier_month(world: World) -> Ask:
    return Ask(json={"month": "2026-01"})


async def the_month(world: World) -> Ask:
    await posted(world)
    return Ask(of={"month": "2026-03"})


async def moved(world: World, ask: Ask, who: str, act: str) -> Ask:
    seen = await world.people["office"].get("/api/v1/score-months/2026-03")
    ask = replace(ask, version=seen.json()["version"])
    made = await world.made(who, f"POST /score-months/{{month}}/{act}", ask)
    return replace(ask, version=made["version"])


async def a_month_to_close(world: World) -> Ask:
    ask = await the_month(world)
    world.clock.set("2026-04-01 11:00")
    seen = await world.people["office"].get("/api/v1/score-months/2026-03")
    return replace(ask, version=seen.json()["version"])


async def a_month_to_seal(world: World) -> Ask:
    return await moved(world, await a_month_to_close(world), "office", "close")


async def a_month_to_reopen(world: World) -> Ask:
    return replace(await a_month_to_seal(world), json={"reason": "考勤机停机"})


async def a_sealed_month(world: World) -> Ask:
    ask = await moved(world, await a_month_to_seal(world), "office", "seal")
    return replace(ask, version=None)


async def a_sealed_year(world: World) -> Ask:
    await a_sealed_month(world)
    return Ask(of={"year": 2026})


async def a_month_to_amend(world: World) -> Ask:
    ask = await a_sealed_month(world)
    body = (await an_article(world)).json | {"kind": "commendation"}
    await world.made("office", "POST /score-records", Ask(json=body))
    return replace(ask, json={"reason": "补登表扬"})


async def an_amendment(world: World) -> Ask:
    ask = await a_month_to_amend(world)
    made = await world.made("office", "POST /score-months/{month}/amendments", ask)
    return Ask(of={"amendment_id": made["id"]}, looks_for=made["id"])


async def an_amendment_to_decide(world: World) -> Ask:
    return replace(await an_amendment(world), json={"note": "情况属实"}, version=1)


SCENES: dict[str, Scene] = {
    "GET /scores": a_score,
    "GET /scores/rules/{month}": the_month,
    "GET /scores/{kind}/{subject_id}/trend": a_trend,
    "GET /scores/{kind}/{subject_id}/years/{year}": a_score,
    "GET /scores/{kind}/{subject_id}/months/{month}": a_score,
    "GET /scores/{kind}/{subject_id}/months/{month}/html": a_score,
    "POST /score-briefs/{month}/{department_id}/xlsx": a_brief,
    "POST /score-briefs/{month}/{department_id}/pdf": a_brief,
    "POST /scores/{kind}/{subject_id}/months/{month}/what-if": a_trial,
    "POST /score-records": an_article,
    "GET /score-records": a_record,
    "GET /score-records/{record_id}": a_record,
    "POST /score-records/{record_id}/reverse": a_record_to_reverse,
    "GET /score-months": the_month,
    "POST /score-months": an_earlier_month,
    "GET /score-months/{month}": the_month,
    "POST /score-months/{month}/close": a_month_to_close,
    "POST /score-months/{month}/reopen": a_month_to_reopen,
    "POST /score-months/{month}/seal": a_month_to_seal,
    "GET /score-months/{month}/versions": a_sealed_month,
    "GET /score-months/{month}/verification": a_sealed_month,
    "GET /score-months/{month}/differences": a_sealed_month,
    "POST /score-months/{month}/amendments": a_month_to_amend,
    "POST /score-months/years/{year}/seal": a_sealed_year,
    "GET /score-amendments": an_amendment,
    "GET /score-amendments/{amendment_id}": an_amendment,
    "POST /score-amendments/{amendment_id}/approve": an_amendment_to_decide,
    "POST /score-amendments/{amendment_id}/refuse": an_amendment_to_decide,
    "GET /public/scoreboard": the_month,
}

SCORING = Table(read_table(TABLE, CASE_CALLERS), SCENES)
