"""Who may do what with proposals, measures and appeals (domain.md §10)."""

from dataclasses import replace
from typing import Any

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS

# The measure is against the clerk at window 01 of department A, decided by the office. A window's
# measures are the director's to decide, which tests/discipline tries.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /measure-proposals                   401   403   403   403   403   403   403   201   201
GET   /measure-proposals                   401   403   403   403   403   403   403   seen  seen
POST  /measure-proposals/search            401   403   403   403   403   403   403   200   200
GET   /measure-proposals/{proposal_id}     401   403   403   403   403   403   403   200   200
POST  /measure-proposals/{proposal_id}/confirm \\
                                           401   403   403   403   403   403   403   200   403
POST  /measure-proposals/{proposal_id}/drop \\
                                           401   403   403   403   403   403   403   200   403
GET   /measures                            401   seen  none  none  seen  none  none  seen  seen
POST  /measures/ledger                     401   403   403   403   403   403   403   200   200
GET   /measures/years/{year}/staff/{staff_id} \\
                                           401   200   404   404   200   404   404   200   200
GET   /measures/years/{year}/windows/{window_id} \\
                                           401   200   404   404   200   200   404   200   200
GET   /measures/{measure_id}               401   200   404   404   200   404   404   200   200
GET   /measures/{measure_id}/papers        401   200   404   404   200   404   404   200   200
POST  /measures/{measure_id}/talk          401   403   403   403   403   403   403   200   200
POST  /measures/{measure_id}/issue         401   403   403   403   403   403   403   200   200
POST  /measures/{measure_id}/receive       401   403   403   403   403   403   403   200   200
POST  /measures/{measure_id}/tell-department \\
                                           401   403   403   403   403   403   403   200   200
POST  /measures/{measure_id}/file-with-county \\
                                           401   403   403   403   403   403   403   200   200
POST  /measures/{measure_id}/review        401   403   403   403   403   403   403   403   200
POST  /measures/{measure_id}/appeal        401   200   404   404   403   404   404   200   403
GET   /appeals                             401   seen  none  none  seen  none  none  seen  seen
GET   /appeals/{appeal_id}                 401   200   404   404   200   404   404   200   200
POST  /appeals/{appeal_id}/decide          401   403   403   403   403   403   403   403   200
POST  /appeals/{appeal_id}/record-decision \\
                                           401   403   403   403   403   403   403   200   403
"""

GROUND = "discipline.admonition.13"
WORDS = {"reason": "属实", "statement": "3月10日拒绝顶岗。"}


def a_body(world: World, ground: str = GROUND) -> dict[str, Any]:
    return {
        "ground_code": ground,
        "staff_id": str(world.hall.clerk.staff_id),
        "day": "2026-03-10",
        "text": "拒绝顶岗",
    }


async def one_to_propose(world: World) -> Ask:
    return Ask(json=a_body(world))


async def proposed(world: World) -> Ask:
    made = await world.made("office", "POST /measure-proposals", await one_to_propose(world))
    return Ask(of={"proposal_id": made["id"]}, version=1, looks_for=made["id"])


async def a_search(world: World) -> Ask:
    return Ask(json={"first": "2026-01-01", "last": "2026-03-10"})


async def a_proposal(world: World) -> Ask:
    return replace(await proposed(world), version=None)


async def one_to_confirm(world: World) -> Ask:
    return replace(await proposed(world), json=WORDS)


async def one_to_drop(world: World) -> Ask:
    return replace(await proposed(world), json={"reason": "情节轻微"})


async def decided(world: World) -> Ask:
    ask = await one_to_confirm(world)
    made = await world.made("office", "POST /measure-proposals/{proposal_id}/confirm", ask)
    return Ask(of={"measure_id": made["id"]}, version=1, looks_for=made["id"])


async def moved(world: World, ask: Ask, action: str, body: dict[str, Any] | None) -> Ask:
    name = f"POST /measures/{{measure_id}}/{action}"
    made = await world.made("office", name, replace(ask, json=body))
    return replace(ask, version=made["version"])


TALK = {"talked_by": "刘强", "note": "表示改正"}
RECEIPT = {"received_on": "2026-03-10", "received_how": "本人签收"}


async def talked(world: World) -> Ask:
    return await moved(world, await decided(world), "talk", TALK)


async def issued(world: World) -> Ask:
    return await moved(world, await talked(world), "issue", None)


async def received(world: World) -> Ask:
    return await moved(world, await issued(world), "receive", RECEIPT)


async def appealed(world: World) -> Ask:
    ask = replace(await received(world), json={"text": "另有安排"})
    made = await world.made("office", "POST /measures/{measure_id}/appeal", ask)
    of = {"appeal_id": made["id"], "measure_id": ask.of["measure_id"]}
    return Ask(of=of, version=1, looks_for=made["id"])


async def a_measure(world: World) -> Ask:
    return replace(await decided(world), version=None)


async def a_ledger(world: World) -> Ask:
    return Ask(json={"year": 2026})


async def a_persons_year(world: World) -> Ask:
    return Ask(of={"year": 2026, "staff_id": world.hall.clerk.staff_id})


async def a_windows_year(world: World) -> Ask:
    return Ask(of={"year": 2026, "window_id": world.hall.window_01})


async def one_to_talk_about(world: World) -> Ask:
    return replace(await decided(world), json=TALK)


async def one_to_receive(world: World) -> Ask:
    return replace(await issued(world), json=RECEIPT)


async def one_to_tell(world: World) -> Ask:
    return replace(await decided(world), json={"told_on": "2026-03-10"})


async def one_to_file(world: World) -> Ask:
    return replace(await decided(world), json={"filed_on": "2026-03-10"})


async def one_to_review(world: World) -> Ask:
    """A warning for two admonitions, of which one was revoked."""
    ask = await appealed(world)
    second = Ask(json=a_body(world, "discipline.admonition.12"))
    made = await world.made("office", "POST /measure-proposals", second)
    confirm = "POST /measure-proposals/{proposal_id}/confirm"
    one = Ask(of={"proposal_id": made["id"]}, version=1, json=WORDS)
    await world.made("office", confirm, one)
    listed = Ask(query={"state": "open"})
    [warning] = (await world.made("office", "GET /measure-proposals", listed))["items"]
    of = {"proposal_id": warning["id"]}
    measure = await world.made("office", confirm, Ask(of=of, version=1, json=WORDS))
    body = {"revoke": True, "reason": "属实"}
    await world.made("director", "POST /appeals/{appeal_id}/decide", replace(ask, json=body))
    return Ask(of={"measure_id": measure["id"]}, version=2, json=body)


async def one_to_appeal(world: World) -> Ask:
    return replace(await received(world), json={"text": "另有安排"})


async def an_appeal(world: World) -> Ask:
    return replace(await appealed(world), version=None)


async def one_to_decide(world: World) -> Ask:
    return replace(await appealed(world), json={"revoke": False, "reason": "属实"})


async def one_to_record(world: World) -> Ask:
    """Of a measure against the window, which the director decided."""
    body = {
        "ground_code": "promise.10",
        "window_id": str(world.hall.window_01),
        "day": "2026-03-10",
        "text": "两项内容未公开",
    }
    made = await world.made("office", "POST /measure-proposals", Ask(json=body))
    confirm = Ask(of={"proposal_id": made["id"]}, version=1, json=WORDS)
    measure = await world.made("director", "POST /measure-proposals/{proposal_id}/confirm", confirm)
    of = {"measure_id": measure["id"]}
    steps: tuple[tuple[str, dict[str, str]], ...] = (
        ("talk", {"talked_by": "刘强", "note": "谈话"}),
        ("issue", {}),
        ("receive", {"received_on": "2026-03-10", "received_how": "签收"}),
        ("appeal", {"text": "已公开"}),
    )
    for version, (action, words) in enumerate(steps, start=1):
        path = f"POST /measures/{{measure_id}}/{action}"
        made = await world.made("office", path, Ask(of=of, version=version, json=words))
    return Ask(
        of={"appeal_id": made["id"]},
        version=1,
        json={
            "revoke": False,
            "reason": "属实",
            "decided_by": "县效能办",
            "document_number": "尼效能复〔2026〕2号",
            "decided_on": "2026-03-10",
        },
    )


SCENES: dict[str, Scene] = {
    "POST /measure-proposals": one_to_propose,
    "GET /measure-proposals": a_proposal,
    "POST /measure-proposals/search": a_search,
    "GET /measure-proposals/{proposal_id}": a_proposal,
    "POST /measure-proposals/{proposal_id}/confirm": one_to_confirm,
    "POST /measure-proposals/{proposal_id}/drop": one_to_drop,
    "GET /measures": a_measure,
    "POST /measures/ledger": a_ledger,
    "GET /measures/years/{year}/staff/{staff_id}": a_persons_year,
    "GET /measures/years/{year}/windows/{window_id}": a_windows_year,
    "GET /measures/{measure_id}": a_measure,
    "GET /measures/{measure_id}/papers": a_measure,
    "POST /measures/{measure_id}/talk": one_to_talk_about,
    "POST /measures/{measure_id}/issue": talked,
    "POST /measures/{measure_id}/receive": one_to_receive,
    "POST /measures/{measure_id}/tell-department": one_to_tell,
    "POST /measures/{measure_id}/file-with-county": one_to_file,
    "POST /measures/{measure_id}/review": one_to_review,
    "POST /measures/{measure_id}/appeal": one_to_appeal,
    "GET /appeals": an_appeal,
    "GET /appeals/{appeal_id}": an_appeal,
    "POST /appeals/{appeal_id}/decide": one_to_decide,
    "POST /appeals/{appeal_id}/record-decision": one_to_record,
}

DISCIPLINE = Table(read_table(TABLE, CASE_CALLERS), SCENES)
