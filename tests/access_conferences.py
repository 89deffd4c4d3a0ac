"""Who may do what with a conference (JOINT, domain.md §10)."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_hall import HALL_CALLERS

# Department A is invited.
TABLE = """
                                                 clerk       chief
                                           all   A     B     A     B     office director
POST  /conferences                         401   403   403   403   403   201   403
GET   /conferences                         401   seen  none  seen  none  seen  seen
GET   /conferences/{conference_id}         401   200   404   200   404   200   200
GET   /conferences/{conference_id}/minutes 401   200   404   200   404   200   200
GET   /conferences/{conference_id}/delegates \
                                           401   403   403   200   404   403   403
PATCH /conferences/{conference_id}         401   403   403   403   403   200   403
POST  /conferences/{conference_id}/cancel  401   403   403   403   403   200   403
POST  /conferences/{conference_id}/hold    401   403   403   403   403   200   403
POST  /conferences/{conference_id}/conclude \
                                           401   403   403   403   403   200   403
POST  /conferences/{conference_id}/reissue-minutes \
                                           401   403   403   403   403   200   403
POST  /conferences/{conference_id}/archive 401   403   403   403   403   200   403
POST  /conferences/{conference_id}/ask-leave \
                                           401   403   403   200   404   403   403
POST  /conferences/{conference_id}/give-opinion \
                                           401   403   403   200   404   403   403
"""


async def an_invitation(world: World) -> Ask:
    return Ask(
        json={
            "kind": "joint",
            "name": "冷库项目联席会议",
            "starts_at": "2026-03-12T16:00:00+08:00",
            "place": "中心三楼会议室",
            "presided_by": "刘强",
            "department_ids": [str(world.hall.department_a)],
            "matters": [{"subject": "冷库选址是否可行"}],
        }
    )


async def called(world: World) -> Ask:
    made = await world.made("office", "POST /conferences", await an_invitation(world))
    of = {"conference_id": made["id"]}
    return Ask(of=of, json={}, version=made["version"], looks_for=made["id"])


async def one_to_read(world: World) -> Ask:
    return replace(await called(world), version=None)


async def one_to_move(world: World) -> Ask:
    return replace(await called(world), json={"place": "二楼"})


async def one_to_cancel(world: World) -> Ask:
    return replace(await called(world), json={"reason": "项目撤回"})


async def one_to_stay_away_from(world: World) -> Ask:
    body = {"reason": "培训", "delegate_id": str(world.hall.colleague.staff_id)}
    return replace(await called(world), json=body)


async def one_that_meets(world: World) -> Ask:
    """Department A says nothing there, so that its opinion is still awaited afterwards."""
    ask = await called(world)
    world.clock.set("2026-03-12 17:00")
    attendance = [{"department_id": str(world.hall.department_a), "presence": "attended"}]
    body = {"recorded_by": "赵敏", "record": "各单位发言。", "attendance": attendance}
    return replace(ask, json=body)


async def one_that_met(world: World) -> Ask:
    ask = await one_that_meets(world)
    held = await world.made("office", "POST /conferences/{conference_id}/hold", ask)
    opinion = {"matter": 1, "agrees": True, "text": "符合规划"}
    return replace(ask, json=opinion, version=held["version"])


async def one_to_conclude(world: World) -> Ask:
    ask = await one_that_met(world)
    spoken = await world.made("chief", "POST /conferences/{conference_id}/give-opinion", ask)
    body = {"resolutions": [{"matter": 1, "resolution": "同意选址"}]}
    return replace(ask, json=body, version=spoken["version"])


async def one_to_archive(world: World) -> Ask:
    ask = await one_to_conclude(world)
    done = await world.made("office", "POST /conferences/{conference_id}/conclude", ask)
    return replace(ask, json={"archive_place": "一号柜"}, version=done["version"])


async def one_with_void_minutes(world: World) -> Ask:
    ask = await one_to_archive(world)
    path = f"/api/v1/conferences/{ask.of['conference_id']}/minutes"
    [minutes] = (await world.people["office"].get(path)).json()
    voiding = Ask(of={"paper_id": minutes["id"]}, json={"reason": "议题写错"}, version=1)
    await world.made("office", "POST /papers/{paper_id}/void", voiding)
    return replace(ask, json={})


SCENES: dict[str, Scene] = {
    "POST /conferences": an_invitation,
    "GET /conferences": one_to_read,
    "GET /conferences/{conference_id}": one_to_read,
    "GET /conferences/{conference_id}/minutes": one_to_read,
    "GET /conferences/{conference_id}/delegates": one_to_read,
    "PATCH /conferences/{conference_id}": one_to_move,
    "POST /conferences/{conference_id}/cancel": one_to_cancel,
    "POST /conferences/{conference_id}/ask-leave": one_to_stay_away_from,
    "POST /conferences/{conference_id}/hold": one_that_meets,
    "POST /conferences/{conference_id}/give-opinion": one_that_met,
    "POST /conferences/{conference_id}/conclude": one_to_conclude,
    "POST /conferences/{conference_id}/reissue-minutes": one_with_void_minutes,
    "POST /conferences/{conference_id}/archive": one_to_archive,
}

CONFERENCES = Table(read_table(TABLE, HALL_CALLERS), SCENES)
