"""Who may do what with adoptions and the money of information work (domain.md §10)."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS
from tests.access_scoring import an_article

TABLE = """
                                           clerk             chief
                                     all   own   door  else  dept  here  else  office director
POST  /news-merits                   401   403   403   403   403   403   403   201   403
GET   /news-merits                   401   403   403   403   403   403   403   seen  seen
GET   /news-merits/{merit_id}        401   403   403   403   403   403   403   200   200
POST  /news-merits/{merit_id}/reverse \
                                     401   403   403   403   403   403   403   200   403
GET   /news-money                    401   403   403   403   403   403   403   seen  seen
GET   /news-money/totals             401   403   403   403   403   403   403   seen  seen
"""


async def an_adoption(world: World) -> Ask:
    article = await world.made("office", "POST /score-records", await an_article(world))
    body = {
        "article_id": article["id"],
        "kind": "adoption",
        "level": "city",
        "day": "2026-03-10",
        "source": "政务信息",
    }
    return Ask(json=body)


async def a_merit(world: World) -> Ask:
    made = await world.made("office", "POST /news-merits", await an_adoption(world))
    return Ask(of={"merit_id": made["id"]}, looks_for=made["id"])


async def a_merit_to_reverse(world: World) -> Ask:
    return replace(await a_merit(world), json={"reason": "重复登记"}, version=1)


async def the_money(world: World) -> Ask:
    await a_merit(world)
    return Ask(query={"period": "2026-03"}, looks_for=str(world.hall.window_01))


SCENES: dict[str, Scene] = {
    "POST /news-merits": an_adoption,
    "GET /news-merits": a_merit,
    "GET /news-merits/{merit_id}": a_merit,
    "POST /news-merits/{merit_id}/reverse": a_merit_to_reverse,
    "GET /news-money": the_money,
    "GET /news-money/totals": the_money,
}

NEWS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
