"""Who may do what with the annual rating and the quarters' stars (domain.md §10)."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_cases import CASE_CALLERS
from tests.awards_factories import a_years_scores

# The line is of the clerk at window 01 of department A, published; before, only the office and the
# director see one, which tests/awards tries. The nomination is window 01's.
TABLE = """
                                                 clerk             chief
                                           all   own   door  else  dept  here  else  office director
POST  /year-ratings                        401   403   403   403   403   403   403   201   403
GET   /year-ratings/{year}                 401   200   200   200   200   200   200   200   200
POST  /year-ratings/{year}/refresh         401   403   403   403   403   403   403   200   200
POST  /year-ratings/{year}/publish         401   403   403   403   403   403   403   403   200
GET   /year-ratings/{year}/lines           401   seen  none  none  seen  none  none  seen  seen
GET   /rating-lines/{line_id}              401   200   404   404   200   404   404   200   200
POST  /rating-lines/{line_id}/decide       401   403   403   403   403   403   403   403   200
POST  /star-nominations                    401   201   403   403   201   201   403   403   403
GET   /star-nominations                    401   seen  none  none  seen  seen  none  seen  seen
GET   /star-nominations/{nomination_id}    401   200   404   404   200   200   404   200   200
POST  /star-nominations/{nomination_id}/view \\
                                           401   403   403   403   403   403   403   200   403
POST  /star-nominations/{nomination_id}/choose \\
                                           401   403   403   403   403   403   403   403   200
GET   /public/awards/{year}                200   200   200   200   200   200   200   200   200
"""


async def a_year_to_draft(world: World) -> Ask:
    await a_years_scores(world.session, world.hall)
    world.clock.set("2027-01-05 11:00")
    return Ask(json={"year": 2026})


async def drafted(world: World) -> Ask:
    await world.made("office", "POST /year-ratings", await a_year_to_draft(world))
    return Ask(of={"year": 2026})


async def one_to_refresh(world: World) -> Ask:
    return replace(await drafted(world), version=1)


async def decided(world: World) -> Ask:
    """A rating of which every line is decided; the tie goes to whichever comes first."""
    ask = await drafted(world)
    name = "POST /rating-lines/{line_id}/decide"
    listed = replace(ask, query={"limit": 200})
    lines = await world.made("office", "GET /year-ratings/{year}/lines", listed)
    free = ["window_excellent", "window_good"]
    for line in lines["items"]:
        outcome = line["proposed"] or free.pop(0)
        body = {"outcome": outcome, "reason": "研究"}
        one = Ask(of={"line_id": line["id"]}, version=1, json=body)
        await world.made("director", name, one)
    return replace(ask, version=1)


async def a_published_line(world: World) -> Ask:
    ask = await decided(world)
    await world.made("director", "POST /year-ratings/{year}/publish", ask)
    lines = await world.made(
        "office",
        "GET /year-ratings/{year}/lines",
        Ask(of={"year": 2026}, query={"limit": 200, "kind": "staff"}),
    )
    own = str(world.hall.clerk.staff_id)
    [line] = [one["id"] for one in lines["items"] if one["subject_id"] == own]
    return Ask(of={"year": 2026, "line_id": line}, query={"limit": 200}, looks_for=line)


async def one_to_read(world: World) -> Ask:
    return replace(await a_published_line(world), query={})


async def one_to_decide(world: World) -> Ask:
    ask = await drafted(world)
    listed = replace(ask, query={"limit": 200, "kind": "staff"})
    lines = await world.made("office", "GET /year-ratings/{year}/lines", listed)
    of = {"line_id": lines["items"][0]["id"]}
    return Ask(of=of, version=1, json={"outcome": "competent", "reason": "研究"})


async def a_nomination(world: World) -> Ask:
    body = {
        "year": 2026,
        "quarter": 1,
        "kind": "service_star",
        "window_id": str(world.hall.window_01),
        "staff_id": str(world.hall.colleague.staff_id),
        "reason": "主动帮办",
    }
    return Ask(json=body)


async def nominated(world: World) -> Ask:
    made = await world.made("clerk", "POST /star-nominations", await a_nomination(world))
    return Ask(of={"nomination_id": made["id"]}, looks_for=made["id"])


async def one_to_view(world: World) -> Ask:
    return replace(await nominated(world), version=1, json={"view": "建议评定"})


async def one_to_choose(world: World) -> Ask:
    ask = await one_to_view(world)
    await world.made("office", "POST /star-nominations/{nomination_id}/view", ask)
    return replace(ask, version=2, json={"choose": True, "reason": "同意"})


async def a_year(world: World) -> Ask:
    return Ask(of={"year": 2026})


SCENES: dict[str, Scene] = {
    "POST /year-ratings": a_year_to_draft,
    "GET /year-ratings/{year}": drafted,
    "POST /year-ratings/{year}/refresh": one_to_refresh,
    "POST /year-ratings/{year}/publish": decided,
    "GET /year-ratings/{year}/lines": a_published_line,
    "GET /rating-lines/{line_id}": one_to_read,
    "POST /rating-lines/{line_id}/decide": one_to_decide,
    "POST /star-nominations": a_nomination,
    "GET /star-nominations": nominated,
    "GET /star-nominations/{nomination_id}": nominated,
    "POST /star-nominations/{nomination_id}/view": one_to_view,
    "POST /star-nominations/{nomination_id}/choose": one_to_choose,
    "GET /public/awards/{year}": a_year,
}

AWARDS = Table(read_table(TABLE, CASE_CALLERS), SCENES)
