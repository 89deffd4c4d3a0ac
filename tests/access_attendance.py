"""Who may do what with clocks, touches, days, bulletins and corrections (domain.md §10)."""

from dataclasses import replace

from tests.access import Ask, Scene, Table, World, read_table
from tests.access_hall import HALL_CALLERS
from tests.attendance_factories import OfficeAtWork, a_month, open_office

# Whatever is somebody's is the clerk's, who serves at window 01 of department A.
TABLE = """
                                                 clerk       chief
                                           all   A     B     A     B     office director
GET   /time-clocks                         401   403   403   403   403   seen  seen
POST  /time-clocks                         401   403   403   403   403   201   403
GET   /time-clocks/{clock_id}              401   403   403   403   403   200   200
PATCH /time-clocks/{clock_id}              401   403   403   403   403   200   403
GET   /time-clocks/{clock_id}/offsets      401   403   403   403   403   200   200
GET   /clock-users                         401   403   403   403   403   seen  seen
POST  /clock-users                         401   403   403   403   403   201   403
GET   /clock-users/unknown                 401   403   403   403   403   seen  seen
GET   /clock-users/{clock_user_id}         401   403   403   403   403   200   200
POST  /clock-users/{clock_user_id}/end     401   403   403   403   403   200   403
POST  /attendance/punches                  401   403   403   403   403   201   403
POST  /attendance/punches/batch            401   403   403   403   403   201   403
GET   /attendance/punches                  401   seen  none  seen  none  seen  seen
GET   /attendance/batches                  401   403   403   403   403   seen  seen
GET   /attendance/batches/{batch_id}       401   403   403   403   403   200   200
POST  /attendance/batches/{batch_id}/reverse \
                                           401   403   403   403   403   200   403
GET   /attendance/faults                   401   403   403   403   403   seen  seen
GET   /attendance/faults/{fault_id}        401   403   403   403   403   200   200
POST  /attendance/faults/{fault_id}/settle 401   403   403   403   403   200   403
GET   /attendance/me                       401   seen  none  none  none  none  none
GET   /attendance/status                   401   200   200   200   200   200   200
GET   /attendance/days                     401   seen  none  seen  none  seen  seen
GET   /attendance/days/{staff_id}/{day}    401   200   404   200   404   200   200
GET   /attendance/changes                  401   seen  none  seen  none  seen  seen
GET   /attendance/months/{month}           401   seen  none  seen  none  seen  seen
GET   /attendance/months/{month}/windows   401   403   403   403   403   200   200
GET   /attendance/months/{month}/staff/{staff_id} \
                                           401   200   404   200   404   200   200
GET   /attendance/bulletins                401   seen  seen  seen  seen  seen  seen
POST  /attendance/bulletins                401   403   403   403   403   201   403
GET   /attendance/bulletins/{bulletin_id}  401   200   200   200   200   200   200
GET   /attendance/bulletins/{bulletin_id}/lines \
                                           401   seen  none  seen  none  seen  seen
GET   /attendance/bulletins/{bulletin_id}/differences \
                                           401   seen  none  seen  none  seen  seen
POST  /attendance/bulletins/{bulletin_id}/xlsx \
                                           401   200   200   200   200   200   200
GET   /attendance/corrections              401   seen  none  seen  none  seen  seen
POST  /attendance/corrections              401   201   409   409   409   409   409
GET   /attendance/corrections/{correction_id} \
                                           401   200   404   200   404   200   200
POST  /attendance/corrections/{correction_id}/grant \
                                           401   403   403   403   403   200   403
POST  /attendance/corrections/{correction_id}/refuse \
                                           401   403   403   403   403   200   403
POST  /attendance/corrections/{correction_id}/revoke \
                                           401   403   403   403   403   200   403
POST  /attendance/corrections/{correction_id}/withdraw \
                                           401   200   404   403   404   403   403
"""

TOUCH = {"device_user_id": "11", "device_time": "2026-03-10 09:58:12"}
LATE_DAY = "2026-03-10"


async def at_work(world: World) -> OfficeAtWork:
    """The office on 1 April 2026."""
    world.clock.set("2026-04-01 11:00")
    return await open_office(world.people["office"], world.session, world.clock, world.hall)


async def the_clock(world: World) -> Ask:
    """The clock that knows the clerk as 11."""
    await at_work(world)
    listed = (await world.people["office"].get("/api/v1/time-clocks")).json()
    [clock] = listed["items"]
    return Ask(of={"clock_id": clock["id"]}, looks_for=clock["id"])


async def a_clock_to_hang_up(world: World) -> Ask:
    return Ask(json={"number": "K2", "name": "后门考勤机", "in_use_from": "2026-03-09"})


async def a_clock_to_take_down(world: World) -> Ask:
    return replace(await the_clock(world), json={"retired_on": "2026-03-31"}, version=1)


async def the_clerks_user_id(world: World) -> Ask:
    await at_work(world)
    params = {"staff_id": str(world.hall.clerk.staff_id)}
    listed = (await world.people["office"].get("/api/v1/clock-users", params=params)).json()
    [user] = listed["items"]
    return Ask(of={"clock_user_id": user["id"]}, looks_for=user["id"])


async def a_user_id_to_give(world: World) -> Ask:
    clock = await the_clock(world)
    body = {
        "clock_ids": [clock.of["clock_id"]],
        "device_user_id": "31",
        "staff_id": str(world.hall.chief.staff_id),
        "starts_on": "2026-03-09",
    }
    return Ask(json=body)


async def a_user_id_to_end(world: World) -> Ask:
    return replace(await the_clerks_user_id(world), json={"ends_on": "2026-03-31"}, version=1)


async def a_touch_of_nobody(world: World) -> Ask:
    await (await at_work(world)).bring([("99-unknown", "2026-03-10 10:00:00")])
    return Ask(query={"first": "2026-03-01", "last": "2026-03-31"}, looks_for="99-unknown")


async def a_touch(world: World) -> Ask:
    await at_work(world)
    return Ask(json=TOUCH | {"clock_number": "K1"}, key="touch-1")


async def some_touches(world: World) -> Ask:
    await at_work(world)
    return Ask(json={"clock_number": "K1", "punches": [TOUCH]}, key="touches-1")


async def a_batch(world: World) -> Ask:
    """Of a line that cannot be right, and the clerk's late morning."""
    lines = [("11", f"{LATE_DAY} {at}") for at in ("10:07:00", "14:02:00", "15:28:00", "19:31:00")]
    report = await (await at_work(world)).bring([*lines, ("11", "2131-01-01 10:00:00")])
    return Ask(of={"batch_id": report["batch_id"]}, looks_for=report["batch_id"])


async def a_batch_to_reverse(world: World) -> Ask:
    return replace(await a_batch(world), json={"reason": "选错了考勤机"}, version=1)


async def a_fault(world: World) -> Ask:
    await a_batch(world)
    listed = (await world.people["office"].get("/api/v1/attendance/faults")).json()
    [fault] = listed["items"]
    return Ask(of={"fault_id": fault["id"]}, looks_for=fault["id"])


async def a_fault_to_settle(world: World) -> Ask:
    return replace(await a_fault(world), json={"settlement": "考勤机时钟曾被重置"}, version=1)


async def the_clerks_day(world: World) -> Ask:
    await a_batch(world)
    staff_id = str(world.hall.clerk.staff_id)
    return Ask(
        of={"staff_id": staff_id, "day": LATE_DAY, "month": "2026-03"},
        query={"first": "2026-03-01", "last": "2026-03-31"},
        looks_for=staff_id,
    )


async def the_clerks_month(world: World) -> Ask:
    return replace(await the_clerks_day(world), query={})


async def the_clerks_own_month(world: World) -> Ask:
    return replace(await the_clerks_day(world), query={"month": "2026-03"})


async def a_day_that_changed(world: World) -> Ask:
    """An hour later a touch of the late morning comes in that was on time."""
    ask = await the_clerks_day(world)
    office = OfficeAtWork(world.people["office"], world.session, world.clock)
    world.clock.advance(hours=1)
    await office.bring([("11", f"{LATE_DAY} 09:58:00")])
    return ask


async def a_month_to_publish(world: World) -> Ask:
    await (await at_work(world)).bring(a_month())
    return Ask(json={"month": "2026-03"})


async def a_bulletin(world: World) -> Ask:
    ask = await a_month_to_publish(world)
    made = await world.made("office", "POST /attendance/bulletins", ask)
    return Ask(of={"bulletin_id": made["id"]}, looks_for=made["id"])


async def a_bulletin_with_the_clerk(world: World) -> Ask:
    return replace(await a_bulletin(world), looks_for=str(world.hall.clerk.staff_id))


async def a_bulletin_overtaken(world: World) -> Ask:
    ask = await a_bulletin_with_the_clerk(world)
    office = OfficeAtWork(world.people["office"], world.session, world.clock)
    world.clock.advance(hours=1)
    # of the two touches of that morning the later one is gone: the clock's log is undone
    [batch] = (await office.client.get("/api/v1/attendance/batches")).json()["items"]
    undo = Ask(of={"batch_id": batch["id"]}, json={"reason": "选错了考勤机"}, version=1)
    await world.made("office", "POST /attendance/batches/{batch_id}/reverse", undo)
    await office.derive()
    return ask


async def a_late_morning_to_explain(world: World) -> Ask:
    await a_batch(world)
    body = {"day": LATE_DAY, "half": "morning", "kind": "late", "reason": "途中车辆故障。"}
    return Ask(json=body)


async def a_correction(world: World) -> Ask:
    ask = await a_late_morning_to_explain(world)
    made = await world.made("clerk", "POST /attendance/corrections", ask)
    return Ask(of={"correction_id": made["id"]}, looks_for=made["id"])


async def a_correction_to_decide(world: World) -> Ask:
    return replace(await a_correction(world), json={"note": "情况属实"}, version=1)


async def a_correction_to_revoke(world: World) -> Ask:
    ask = await a_correction_to_decide(world)
    made = await world.made("office", "POST /attendance/corrections/{correction_id}/grant", ask)
    return replace(ask, json={"note": "情况不实"}, version=made["version"])


SCENES: dict[str, Scene] = {
    "GET /time-clocks": the_clock,
    "POST /time-clocks": a_clock_to_hang_up,
    "GET /time-clocks/{clock_id}": the_clock,
    "PATCH /time-clocks/{clock_id}": a_clock_to_take_down,
    "GET /time-clocks/{clock_id}/offsets": the_clock,
    "GET /clock-users": the_clerks_user_id,
    "POST /clock-users": a_user_id_to_give,
    "GET /clock-users/unknown": a_touch_of_nobody,
    "GET /clock-users/{clock_user_id}": the_clerks_user_id,
    "POST /clock-users/{clock_user_id}/end": a_user_id_to_end,
    "POST /attendance/punches": a_touch,
    "POST /attendance/punches/batch": some_touches,
    "GET /attendance/punches": the_clerks_day,
    "GET /attendance/batches": a_batch,
    "GET /attendance/batches/{batch_id}": a_batch,
    "POST /attendance/batches/{batch_id}/reverse": a_batch_to_reverse,
    "GET /attendance/faults": a_fault,
    "GET /attendance/faults/{fault_id}": a_fault,
    "POST /attendance/faults/{fault_id}/settle": a_fault_to_settle,
    "GET /attendance/me": the_clerks_own_month,
    "GET /attendance/status": the_clerks_month,
    "GET /attendance/days": the_clerks_day,
    "GET /attendance/days/{staff_id}/{day}": the_clerks_month,
    "GET /attendance/changes": a_day_that_changed,
    "GET /attendance/months/{month}": the_clerks_month,
    "GET /attendance/months/{month}/windows": the_clerks_month,
    "GET /attendance/months/{month}/staff/{staff_id}": the_clerks_month,
    "GET /attendance/bulletins": a_bulletin,
    "POST /attendance/bulletins": a_month_to_publish,
    "GET /attendance/bulletins/{bulletin_id}": a_bulletin,
    "GET /attendance/bulletins/{bulletin_id}/lines": a_bulletin_with_the_clerk,
    "GET /attendance/bulletins/{bulletin_id}/differences": a_bulletin_overtaken,
    "POST /attendance/bulletins/{bulletin_id}/xlsx": a_bulletin,
    "GET /attendance/corrections": a_correction,
    "POST /attendance/corrections": a_late_morning_to_explain,
    "GET /attendance/corrections/{correction_id}": a_correction,
    "POST /attendance/corrections/{correction_id}/grant": a_correction_to_decide,
    "POST /attendance/corrections/{correction_id}/refuse": a_correction_to_decide,
    "POST /attendance/corrections/{correction_id}/revoke": a_correction_to_revoke,
    "POST /attendance/corrections/{correction_id}/withdraw": a_correction_to_decide,
}

ATTENDANCE = Table(read_table(TABLE, HALL_CALLERS), SCENES)
