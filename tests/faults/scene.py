"""The whole run: load, faults, checks."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from tests.faults.checks import Before, Findings, examine
from tests.faults.hall import FaultyHall, new_hall
from tests.faults.injuries import Injuries, Report, Upload, listening
from tests.faults.load import WORKERS, Client, Listener, Tally, survey
from tests.faults.proxy import Wire

MUST_RECOVER_WITHIN_SECONDS = 5
HOUR = 3600


@dataclass(frozen=True)
class Wish:
    """How much is to be done; ``is_whole=False`` leaves kills and one black hole."""

    kills: int
    hole_seconds: float
    is_whole: bool = True


@dataclass(frozen=True)
class Outcome:
    report: Report
    tally: Tally
    findings: Findings
    logged: list[str]
    """What the service said of its own errors; some belong to the faults."""

    @property
    def complaints(self) -> list[str]:
        return [*self.report.doubts, *self.findings.others]

    @property
    def is_good(self) -> bool:
        found = (self.findings.lost, self.findings.doubled, self.tally.undocumented)
        return not any(found) and not self.complaints and self.is_quick

    @property
    def is_quick(self) -> bool:
        return self.report.slowest <= MUST_RECOVER_WITHIN_SECONDS


async def run(wish: Wish, chance: random.Random) -> Outcome:
    """Raises AssertionError where the hall does not come back at all."""
    with new_hall(fillable=wish.is_whole) as (hall, refusal):
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(trust_env=False, timeout=40, limits=limits) as http:
            return await _run(wish, hall, refusal, http, chance)


async def _run(
    wish: Wish,
    hall: FaultyHall,
    refusal: str | None,
    http: httpx.AsyncClient,
    chance: random.Random,
) -> Outcome:
    tally, report = Tally(), Report()
    injuries = Injuries(hall, tally, report, chance)

    def client(name: str) -> Client:
        return Client(hall, tally, http, name)

    listeners = [Listener(client("demo-office")) for _ in range(2 if wish.is_whole else 1)]
    wires = AsyncExitStack()
    hall.spawn()
    try:
        await hall.wait(120)
        before = await read_before(hall)
        ground = await survey(client("demo-window"))
        async with listening(listeners):
            async with asyncio.TaskGroup() as workers:
                for number, (name, work) in enumerate(WORKERS):
                    workers.create_task(work(client(name), ground, f"w{number}"))
                uploaders = [client("demo-office") for _ in range(2)]
                await hurt(wish, injuries, uploaders, refusal, wires)
                tally.is_over = True
            await asyncio.sleep(3)  # the streams hear the last events
        findings = await examine(hall, tally, before, listeners)
    finally:
        if hall.process is not None and hall.process.poll() is None:
            await hall.stop()
        await wires.aclose()
        await hall.leave_database()
    return Outcome(report, tally, findings, hall.complaints())


async def read_before(hall: FaultyHall) -> Before:
    await hall.join_database()
    try:
        rows = await hall.connect()
        try:
            return await Before.read(rows)
        finally:
            await rows.close()
    finally:
        await hall.leave_database()


async def hurt(
    wish: Wish,
    injuries: Injuries,
    uploaders: list[Client],
    refusal: str | None,
    wires: AsyncExitStack,
) -> None:
    """Every fault in turn; at the end the service has its database behind one of the wires."""
    await injuries.tally.grow()
    for _ in range(wish.kills):
        await injuries.kill_something()
    if wish.is_whole:
        await injuries.restart_postgres()
        await injuries.stop_during_uploads(
            [Upload(one, f"U{number}") for number, one in enumerate(uploaders)], listeners=2
        )
        if refusal is None:
            await injuries.fill_disk(8)
        else:
            injuries.report.left_out.append(("disk full", refusal))
        for seconds in (HOUR, -HOUR, 0):
            await injuries.move_clock(seconds)
    wire = await wires.enter_async_context(behind_a_wire(injuries))
    if wish.is_whole:
        await injuries.slow_down(wire, 10)
        await injuries.swallow(wire, wish.hole_seconds, cut=False)
    await injuries.swallow(wire, wish.hole_seconds, cut=True)


@asynccontextmanager
async def behind_a_wire(injuries: Injuries) -> AsyncIterator[Wire]:
    """The service gets its database from elsewhere, as in earnest; PostgreSQL goes on running."""
    hall = injuries.hall
    await hall.join_database()
    rows = await hall.connect()
    await rows.execute("UPDATE accounts SET is_demo = false")  # else it would refuse to start
    await rows.close()
    wire = Wire(hall.socket())
    async with wire.open():
        await hall.stop()
        hall.reach_through(wire.port)
        hall.spawn()
        await hall.wait()
        await injuries.tally.grow()
        yield wire
