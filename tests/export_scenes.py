"""Scenes in which a list has rows, where the one that decides about its callers leaves it empty."""

from dataclasses import replace

from tests.access import Ask, Scene, World
from tests.access_appointments import to_book
from tests.access_attendance import TOUCH, the_clock
from tests.access_discipline import WORDS, a_body
from tests.access_leave import asking, moved, some_days
from tests.access_rejections import breaches
from tests.access_rulebook import one_to_change
from tests.access_scoring import an_article, posted
from tests.test_access import SCENES


async def a_breach(world: World) -> Ask:
    """A dismissal that is on no file two days later (REJECT 七2)."""
    dismissal = {
        "ground": "against_policy",
        "reason": "不符合规划",
        "legal_basis": "行政许可法第三十二条",
    }
    await world.case(("dismiss", dismissal), materials=[])
    world.clock.set("2026-03-11 19:31")
    return await breaches(world)


async def a_changed_draft(world: World) -> Ask:
    ask = await one_to_change(world)
    await world.made("office", "POST /rulebook/drafts/{draft_id}/change", ask)
    return Ask(of=ask.of)


async def praised(world: World) -> None:
    """Window 01 has a commendation."""
    body = (await an_article(world)).json | {"kind": "commendation"}
    await world.made("office", "POST /score-records", Ask(json=body))
    await posted(world)


async def a_draft_that_moves_a_score(world: World) -> Ask:
    await praised(world)
    ask = await one_to_change(world)
    ask = replace(ask, json={"code": "points.commendation", "value": "2"})
    await world.made("office", "POST /rulebook/drafts/{draft_id}/change", ask)
    return Ask(of={**ask.of, "month": "2026-03"})


async def a_windows_score(world: World) -> Ask:
    await praised(world)
    window = world.hall.window_01
    return Ask(of={"kind": "window", "subject_id": window, "month": "2026-03"})


async def an_empty_window(world: World) -> Ask:
    """The only one of window 03 is away for a morning."""
    morning = {"starts_half": "morning", "ends_half": "morning"}
    who = str(world.hall.clerk_elsewhere.staff_id)
    ask = asking(world, "2026-03-11", "2026-03-11", staff_id=who, **morning)
    made = await world.made("office", "POST /leave-requests", ask)
    of = {"leave_id": made["id"]}
    await moved(world, "director", "approve", Ask(of=of, json={}, version=made["version"]))
    return await some_days(world)


async def a_clock_that_told(world: World) -> Ask:
    ask = await the_clock(world)
    touch = Ask(json=TOUCH | {"clock_number": "K1"}, key="touch-1")
    await world.made("office", "POST /attendance/punches", touch)
    return ask


async def a_booking(world: World) -> Ask:
    made = await world.made("office", "POST /appointments", await to_book(world))
    return Ask(of={"appointment_id": made["id"]})


async def warn(world: World) -> None:
    ask = Ask(json=a_body(world, "discipline.warning.18"))
    made = await world.made("office", "POST /measure-proposals", ask)
    ask = Ask(of={"proposal_id": made["id"]}, version=1, json=WORDS)
    await world.made("office", "POST /measure-proposals/{proposal_id}/confirm", ask)


async def a_persons_measures(world: World) -> Ask:
    await warn(world)
    return Ask(of={"year": 2026, "staff_id": world.hall.clerk.staff_id})


async def a_windows_measures(world: World) -> Ask:
    await warn(world)
    return Ask(of={"year": 2026, "window_id": world.hall.window_01})


WITH_ROWS: dict[str, Scene] = {
    "GET /duties": SCENES["GET /duties/{duty_id}"],
    "GET /deputies": SCENES["GET /deputies/{deputy_id}"],
    "GET /devices": SCENES["GET /devices/{device_id}"],
    "GET /imports": SCENES["GET /imports/{import_id}"],
    "GET /webhooks": SCENES["GET /webhooks/{webhook_id}"],
    "GET /webhooks/{webhook_id}/deliveries": SCENES[
        "GET /webhooks/{webhook_id}/deliveries/{delivery_id}"
    ],
    "GET /cases/{case_id}/opinions": SCENES["POST /cases/{case_id}/give-opinion"],
    "GET /cases/{case_id}/charges": SCENES["GET /cases/{case_id}/charges/{charge_id}"],
    "GET /conferences/{conference_id}/minutes": SCENES[
        "POST /conferences/{conference_id}/reissue-minutes"
    ],
    "GET /score-months/{month}/differences": SCENES["POST /score-months/{month}/amendments"],
    "GET /measures/{measure_id}/papers": SCENES["POST /measures/{measure_id}/receive"],
    "GET /rejections/breaches": a_breach,
    "GET /rulebook/drafts/{draft_id}/differences": a_changed_draft,
    "GET /rulebook/drafts/{draft_id}/effects/{month}": a_draft_that_moves_a_score,
    "GET /scores/{kind}/{subject_id}/months/{month}": a_windows_score,
    "GET /leave-requests/empty-windows": an_empty_window,
    "GET /time-clocks/{clock_id}/offsets": a_clock_that_told,
    "GET /appointments/{appointment_id}/timeline": a_booking,
    "GET /measures/years/{year}/staff/{staff_id}": a_persons_measures,
    "GET /measures/years/{year}/windows/{window_id}": a_windows_measures,
}
