"""Which events a caller is told, in which order, and what becomes of those who listen slowly."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import TEST_KEYS, SetClock, SignsIn
from tests.factories import Hall, Person, make_hall

from yimen import registry
from yimen.core.caller import Caller, DeviceCaller, DeviceKind, Role
from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings
from yimen.core.database import Database, new_id
from yimen.core.dependencies import Context
from yimen.core.outbox import publish_event
from yimen.core.start import make_context
from yimen.domains.events import service, service_feed
from yimen.domains.events.access import may_listen, may_see
from yimen.domains.events.rules import BadPosition, HallEvent, Position, is_wanted, parse_position
from yimen.domains.events.service_feed import EventFeed
from yimen.domains.organisation.enums import DeputyKind
from yimen.domains.organisation.models import Deputy
from yimen.main import create_app

LISTENING = 30
"""Seconds to wait at most: other tests' open transactions hold the horizon back."""


class OpenHall:
    """The standard hall with committed rows: uncommitted events are told to nobody."""

    def __init__(self, hall: Hall, context: Context, stack: AsyncExitStack) -> None:
        self.hall = hall
        self.context = context
        self.app = create_app(context=context)
        self.stack = stack

    async def client_of(self, person: Person) -> httpx.AsyncClient:
        auth = SignsIn(self.context, account_id=person.account_id, session_id=person.session_id)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return await self.stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://hall/api/v1", auth=auth)
        )

    async def publish(self, *kinds: str, **more: Any) -> None:
        async with self.context.database.transaction() as session:
            for kind in kinds:
                await publish(session, kind, self.context, **more)

    async def kinds_for(self, person: Person, *, wait_for: str) -> list[str]:
        """What a person is told, once the horizon has passed the event waited for."""
        await self.settled(wait_for)
        client = await self.client_of(person)
        reply = await client.get("/events", params={"limit": 200})
        assert reply.status_code == 200, reply.text
        return [event["kind"] for event in reply.json()["items"]]

    async def settled(self, kind: str) -> None:
        office = await self.client_of(self.hall.office)
        for _ in range(LISTENING * 20):
            reply = await office.get("/events", params={"kind": kind})
            if reply.json()["items"]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{kind} never came")


async def publish(
    session: AsyncSession,
    kind: str,
    context: Context,
    *,
    subject_type: str = "case",
    department_id: UUID | None = None,
    window_id: UUID | None = None,
    facts: dict[str, object] | None = None,
) -> None:
    await publish_event(
        session,
        kind=kind,
        subject_type=subject_type,
        subject_id="1",
        occurred_at=context.clock(),
        facts=facts or {"note": "窗口\n一"},
        department_id=department_id,
        window_id=window_id,
    )


@pytest.fixture
async def open_hall(
    new_database: Callable[[str], str], settings: Settings, clock: SetClock
) -> AsyncIterator[OpenHall]:
    database = Database.connect(new_database("events"), settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        async with database.transaction() as session:
            hall = await make_hall(session)
        context = make_context(
            settings, database, TEST_KEYS, registry.find_caller, registry.find_device
        )
        context.clock = clock
        yield OpenHall(hall, context, stack)


async def test_each_is_told_what_concerns_their_window_and_department(open_hall: OpenHall) -> None:
    hall = open_hall.hall
    place = {"department_id": hall.department_a, "window_id": hall.window_01}
    await open_hall.publish("case.accepted", **place)
    await open_hall.publish("leave.requested", department_id=hall.department_a)
    await open_hall.publish("webhook.paused", subject_type="webhook")
    await open_hall.publish("windows.open", subject_type="window")
    everything = ["case.accepted", "leave.requested", "webhook.paused", "windows.open"]
    expected = {
        hall.clerk: ["case.accepted", "windows.open"],
        hall.colleague: ["case.accepted", "windows.open"],
        hall.clerk_next_door: ["windows.open"],
        hall.clerk_elsewhere: ["windows.open"],
        hall.chief: ["case.accepted", "leave.requested", "windows.open"],
        hall.chief_elsewhere: ["windows.open"],
        hall.office: everything,
        hall.director: everything,
    }
    for person, kinds in expected.items():
        assert await open_hall.kinds_for(person, wait_for="windows.open") == kinds, person.username


async def test_a_deputy_is_told_of_the_absent_persons_matters_and_no_others(
    open_hall: OpenHall,
) -> None:
    """ABPOST 三: as the cases themselves are seen, at whichever window, for that time."""
    hall = open_hall.hall
    async with open_hall.context.database.transaction() as session:
        session.add(
            Deputy(
                kind=DeputyKind.TEMPORARY,
                staff_id=hall.clerk.staff_id,
                deputy_id=hall.clerk_next_door.staff_id,
                starts_on=date(2026, 3, 9),
                ends_on=date(2026, 3, 10),
                reason="请假",
            )
        )
    for kind, handler in (("case.accepted", hall.clerk), ("case.granted", hall.colleague)):
        facts = {"handler_id": str(handler.staff_id)}
        await open_hall.publish(kind, window_id=hall.window_01, facts=facts)
    told = await open_hall.kinds_for(hall.clerk_next_door, wait_for="case.granted")
    assert told == ["case.accepted"]
    open_hall.context.clock = lambda: datetime(2026, 3, 11, 11, 0, tzinfo=HALL_ZONE)
    assert await open_hall.kinds_for(hall.clerk_next_door, wait_for="case.granted") == []


async def test_everyone_is_told_what_becomes_of_their_own_wishes(open_hall: OpenHall) -> None:
    hall = open_hall.hall
    facts: dict[str, object] = {"staff_id": str(hall.clerk.staff_id)}
    for kind, subject in (("leave.approve", "leave_request"), ("measures.propose", "measure")):
        await open_hall.publish(kind, subject_type=subject, facts=facts)
    await open_hall.publish("attendance.publish_bulletin", subject_type="attendance_bulletin")
    both = ["leave.approve", "attendance.publish_bulletin"]
    for person, kinds in ((hall.clerk, both), (hall.colleague, both[1:]), (hall.chief, both[1:])):
        told = await open_hall.kinds_for(person, wait_for="attendance.publish_bulletin")
        assert told == kinds, person.username


async def test_an_event_waits_for_the_oldest_open_transaction(open_hall: OpenHall) -> None:
    """A transaction that took its number first and commits last loses nothing."""
    database = open_hall.context.database
    office = await open_hall.client_of(open_hall.hall.office)
    async with database.transaction() as session:
        await publish(session, "case.first", open_hall.context)
        await open_hall.publish("case.second")
        shown = (await office.get("/events")).json()
        assert shown["items"] == []
    kinds = await open_hall.kinds_for(open_hall.hall.office, wait_for="case.second")
    assert kinds == ["case.first", "case.second"]
    resumed = await office.get("/events", params={"after": shown["next_after"]})
    assert [event["kind"] for event in resumed.json()["items"]] == kinds


async def test_what_is_rolled_back_is_told_to_nobody(open_hall: OpenHall) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_hall.context.database.transaction() as session:
            await publish(session, "case.undone", open_hall.context)
            raise ZeroDivisionError
    await open_hall.publish("case.done")
    kinds = await open_hall.kinds_for(open_hall.hall.office, wait_for="case.done")
    assert kinds == ["case.done"]


async def test_pages_follow_one_another_without_gap_or_repetition(
    open_hall: OpenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall = open_hall.hall
    for number in range(40):
        own = number % 3 == 0
        window = hall.window_01 if own else hall.window_03
        await open_hall.publish(f"case.n{number}", window_id=window)
    await open_hall.settled("case.n39")
    monkeypatch.setattr(service, "SCANNED", 7)
    clerk = await open_hall.client_of(hall.clerk)
    after, kinds = "0-0", []
    for _ in range(100):
        page = (await clerk.get("/events", params={"after": after, "limit": 2})).json()
        assert len(page["items"]) <= 2
        kinds += [event["kind"] for event in page["items"]]
        after = page["next_after"]
        if not page["has_more"]:
            break
    assert kinds == [f"case.n{number}" for number in range(0, 40, 3)]


async def test_a_file_of_events_goes_on_to_the_last_one_there_is(
    open_hall: OpenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        await open_hall.publish(f"case.n{number}")
    await open_hall.settled("case.n29")
    office = await open_hall.client_of(open_hall.hall.office)
    after = await position(office, "case.n9")
    monkeypatch.setattr(service, "SCANNED", 7)
    as_csv = {"Accept": "text/csv"}
    for query, first in (({"limit": 3}, 0), ({"after": after}, 10)):
        reply = await office.get("/events", params=query, headers=as_csv)
        _, *rows = csv.reader(io.StringIO(reply.text))
        kinds = [cell for row in rows for cell in row if cell.startswith("case.")]
        assert kinds == [f"case.n{number}" for number in range(first, 30)]


async def position(office: httpx.AsyncClient, kind: str) -> str:
    """Where an event lies."""
    [event] = (await office.get("/events", params={"kind": kind})).json()["items"]
    found: str = event["position"]
    return found


@pytest.mark.parametrize("query", ["after=x", "after=1", "after=9223372036854775808-1", "kind=A"])
async def test_a_bad_query_is_refused(office: httpx.AsyncClient, query: str) -> None:
    for path in ("/api/v1/events", "/api/v1/events/stream"):
        assert (await office.get(f"{path}?{query}")).status_code == 422


async def test_nobody_listens_without_a_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/events")).status_code == 401
    assert (await client.get("/api/v1/events/stream")).status_code == 401


# The feed


async def take(frames: AsyncIterator[bytes], wanted: str) -> bytes:
    """Frames up to the one that contains a text."""
    taken = b""
    async with asyncio.timeout(LISTENING):
        async for frame in frames:
            taken += frame
            if wanted.encode() in taken:
                return taken
    raise AssertionError(taken)


def actor_of(person: Person, hall: Hall) -> Caller:
    return Caller(
        account_id=person.account_id,
        session_id=person.session_id,
        username=person.username,
        role=person.role,
        staff_id=person.staff_id,
        staff_name=person.name,
        department_id=hall.department_a,
        window_ids=(hall.window_01,) if person.role is Role.WINDOW else (),
    )


async def test_a_listener_gets_what_it_missed_then_what_happens(open_hall: OpenHall) -> None:
    feed = EventFeed(open_hall.context)
    actor = actor_of(open_hall.hall.office, open_hall.hall)
    await open_hall.publish("case.old")
    await open_hall.settled("case.old")
    async with feed.listen(actor, (), Position(0, 0)) as frames:
        missed = await take(frames, "event: case.old")
        assert missed.startswith(b"retry: 1000\nid: 0-0\n\n")
        await open_hall.publish("case.new")
        live = await take(frames, "event: case.new")
    assert b"case.old" not in live
    assert feed.position is None and not feed.streams  # nobody listens: nobody polls


async def test_one_poller_serves_all_and_each_hears_its_own(open_hall: OpenHall) -> None:
    feed = EventFeed(open_hall.context)
    hall = open_hall.hall
    async with (
        feed.listen(actor_of(hall.clerk, hall), (), None) as clerk,
        feed.listen(actor_of(hall.office, hall), ("case.two",), None) as office,
    ):
        await anext(clerk), await anext(office)
        await open_hall.publish("case.one", "case.two", window_id=hall.window_01)
        heard = await take(clerk, "case.two")
        assert b"case.one" in heard
        assert b"case.one" not in await take(office, "case.two")


async def test_a_quiet_stream_moves_its_position_on(
    open_hall: OpenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_feed, "HEARTBEAT_SECONDS", 0.3)
    feed = EventFeed(open_hall.context)
    async with feed.listen(
        actor_of(open_hall.hall.office, open_hall.hall), ("ticket.*",), None
    ) as frames:
        first = await anext(frames)
        await open_hall.publish("case.one")
        await open_hall.settled("case.one")
        await anext(frames)
        beat = await anext(frames)
    assert beat.startswith(b": \nid: ") and beat.endswith(b"\n\n")
    start = parse_position(first.decode().split("id: ")[1].strip())
    assert parse_position(beat.decode().split("id: ")[1].strip()) > start


async def test_who_is_logged_out_is_cut_within_seconds(open_hall: OpenHall) -> None:
    feed = EventFeed(open_hall.context)
    hall = open_hall.hall
    clerk = await open_hall.client_of(hall.clerk)
    async with feed.listen(actor_of(hall.clerk, hall), (), None) as frames:
        await anext(frames)
        assert (await clerk.post("/auth/logout")).status_code == 204
        async with asyncio.timeout(service_feed.CHECK_SECONDS + 3):
            assert [frame async for frame in frames] == []


async def test_a_slow_listener_is_cut_and_nothing_is_kept_for_it(
    open_hall: OpenHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_feed, "WAITING", 5)
    feed = EventFeed(open_hall.context)
    hall = open_hall.hall
    async with (
        feed.listen(actor_of(hall.office, hall), (), None) as slow,
        feed.listen(actor_of(hall.director, hall), (), None) as quick,
    ):
        await anext(slow), await anext(quick)
        for number in range(8):
            await open_hall.publish(f"case.n{number}")
            await take(quick, f"case.n{number}")
        assert sum(stream.waiting.qsize() for stream in feed.streams) <= 2
        assert [frame async for frame in slow] == []


# The policy and the positions, without a database


def event_of(kind: str = "ticket.called", window_id: UUID | None = None) -> HallEvent:
    return HallEvent(
        position=Position(1, 1),
        kind=kind,
        subject_type=kind.partition(".")[0],
        subject_id="1",
        department_id=None,
        window_id=window_id,
        facts={},
        occurred_at=SetClock().now,
    )


@pytest.mark.parametrize(
    ("kind", "listens"),
    [
        (DeviceKind.SCREEN, True),
        (DeviceKind.KIOSK, True),
        (DeviceKind.QUEUE_MACHINE, True),
        (DeviceKind.EVALUATOR, True),
        (DeviceKind.TIME_CLOCK, False),
    ],
)
def test_a_machine_hears_calls_alone(kind: DeviceKind, listens: bool) -> None:
    here, there = new_id(), new_id()
    hall_wide = DeviceCaller(new_id(), new_id(), "a", kind, None)
    at_window = DeviceCaller(new_id(), new_id(), "b", kind, here)
    assert may_listen(hall_wide) is listens
    assert may_see(event_of(window_id=there), hall_wide) is listens
    assert may_see(event_of(window_id=here), at_window) is listens
    assert not may_see(event_of(window_id=there), at_window)
    for other in ("case.accepted", "windows.open", "ticketing.x"):
        assert not may_see(event_of(other), hall_wide)


@pytest.mark.parametrize(
    ("kind", "wanted", "is_it"),
    [
        ("ticket.called", (), True),
        ("ticket.called", ("ticket.*",), True),
        ("ticket.called", ("ticket.called",), True),
        ("ticket.called", ("ticket.call",), False),
        ("tickets.called", ("ticket.*",), False),
        ("case.accepted", ("ticket.*", "case.accepted"), True),
    ],
)
def test_kinds_are_named_or_taken_by_their_first_part(
    kind: str, wanted: tuple[str, ...], is_it: bool
) -> None:
    assert is_wanted(kind, wanted) is is_it


def test_a_position_reads_as_it_is_written() -> None:
    assert parse_position(str(Position(1042, 7))) == Position(1042, 7)
    for bad in ("", "1", "1-", "-1-1", "1-1 ", "a-b", "１-１", "1-9223372036854775808"):
        with pytest.raises(BadPosition):
            parse_position(bad)
