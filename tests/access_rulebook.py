"""Who drafts an edition of the rulebook and who publishes it (domain.md §10)."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_hall import HALL_CALLERS

from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.jobs import post_facts

# The clock stands in March 2026; the draft is of April.
TABLE = """
                                                 clerk       chief
                                           all   A     B     A     B     office director
GET   /rulebook/editions                   401   200   200   200   200   200   200
GET   /rulebook/editions/{code}            401   200   200   200   200   200   200
POST  /rulebook/check                      401   403   403   403   403   200   200
GET   /rulebook/drafts                     401   403   403   403   403   seen  seen
POST  /rulebook/drafts                     401   403   403   403   403   201   403
POST  /rulebook/drafts/upload              401   403   403   403   403   201   403
GET   /rulebook/drafts/{draft_id}          401   403   403   403   403   200   200
GET   /rulebook/drafts/{draft_id}/text     401   403   403   403   403   200   200
GET   /rulebook/drafts/{draft_id}/differences \
                                           401   403   403   403   403   200   200
GET   /rulebook/drafts/{draft_id}/effects/{month} \
                                           401   403   403   403   403   200   200
POST  /rulebook/drafts/{draft_id}/change   401   403   403   403   403   200   403
POST  /rulebook/drafts/{draft_id}/replace  401   403   403   403   403   200   403
POST  /rulebook/drafts/{draft_id}/discard  401   403   403   403   403   200   403
POST  /rulebook/drafts/{draft_id}/publish  401   403   403   403   403   403   200
"""


async def nothing(world: World) -> Ask:
    return Ask()


async def the_packaged_edition(world: World) -> Ask:
    return Ask(of={"code": "2008-01"})


async def a_text(world: World) -> Ask:
    text = RulebookService().text_of("2008-01")
    return Ask(json={"text": text.replace('code: "2008-01"', 'code: "2026-04"', 1)})


async def a_wish(world: World) -> Ask:
    return Ask(json={"code": "2026-04", "title": "修订版", "takes_effect_on": "2026-04-01"})


async def a_draft(world: World) -> Ask:
    made = await world.made("office", "POST /rulebook/drafts", await a_wish(world))
    return Ask(of={"draft_id": made["id"]}, looks_for=made["id"])


async def a_draft_to_try(world: World) -> Ask:
    await post_facts(world.session, world.clock())
    ask = await a_draft(world)
    return replace(ask, of={**ask.of, "month": "2026-03"})


async def one_to_change(world: World) -> Ask:
    return replace(await a_draft(world), json={"code": "points.late", "value": "1"}, version=1)


async def one_to_replace(world: World) -> Ask:
    return replace(await a_draft(world), json=(await a_text(world)).json, version=1)


async def one_to_discard(world: World) -> Ask:
    return replace(await a_draft(world), json={"reason": "另拟"}, version=1)


async def one_to_publish(world: World) -> Ask:
    return replace(await a_draft(world), json={"dry_run": False}, version=1)


SCENES: dict[str, Scene] = {
    "GET /rulebook/editions": nothing,
    "GET /rulebook/editions/{code}": the_packaged_edition,
    "POST /rulebook/check": a_text,
    "GET /rulebook/drafts": a_draft,
    "POST /rulebook/drafts": a_wish,
    "POST /rulebook/drafts/upload": a_text,
    "GET /rulebook/drafts/{draft_id}": a_draft,
    "GET /rulebook/drafts/{draft_id}/text": a_draft,
    "GET /rulebook/drafts/{draft_id}/differences": a_draft,
    "GET /rulebook/drafts/{draft_id}/effects/{month}": a_draft_to_try,
    "POST /rulebook/drafts/{draft_id}/change": one_to_change,
    "POST /rulebook/drafts/{draft_id}/replace": one_to_replace,
    "POST /rulebook/drafts/{draft_id}/discard": one_to_discard,
    "POST /rulebook/drafts/{draft_id}/publish": one_to_publish,
}

RULEBOOK = Table(read_table(TABLE, HALL_CALLERS), SCENES)
