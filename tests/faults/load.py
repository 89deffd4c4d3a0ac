"""The mixed load: clerks who take in, list, call and finish, and never give up; their tally."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.faults.hall import ROOT, FaultyHall

from yimen.demo.fill import DEMO_PASSWORD

CONTRACT = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))["paths"]
INTAKES = 3
PATIENCE_SECONDS = 120


@dataclass
class Tally:
    """What the clients were told."""

    cases: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Number and id of the case by its key."""
    tickets: dict[str, str] = field(default_factory=dict)
    """Ticket by key."""
    calls: dict[str, str] = field(default_factory=dict)
    """Ticket called by key."""
    granted: set[str] = field(default_factory=set)
    """Cases whose finish was acknowledged."""
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    """An import that was taken over, by its name."""
    replies: Counter[str] = field(default_factory=Counter)
    undocumented: list[str] = field(default_factory=list)
    repeats: int = 0
    doubts: list[str] = field(default_factory=list)
    """What a client saw that cannot be right."""
    is_over: bool = False

    @property
    def acknowledged(self) -> int:
        parts = (self.cases, self.tickets, self.calls, self.granted, self.uploads)
        return sum(len(part) for part in parts)

    async def grow(self) -> float:
        """Wait until every writer is acknowledged again; the seconds until the first was."""
        began, first, before = time.monotonic(), None, (len(self.cases), len(self.calls))
        while True:
            if first is None and len(self.cases) > before[0]:
                first = time.monotonic() - began
            if len(self.cases) > before[0] + INTAKES and len(self.calls) > before[1]:
                assert first is not None
                return first
            assert time.monotonic() - began < PATIENCE_SECONDS, "nothing is acknowledged any more"
            await asyncio.sleep(0.02)

    def take(self, method: str, template: str, reply: httpx.Response) -> None:
        """Note a reply, and whether the contract knows it."""
        said = f"{reply.status_code}"
        known = CONTRACT[f"/api/v1{template}"][method.lower()]["responses"].get(said)
        is_known = known is not None
        if reply.status_code >= 400:
            kind = reply.headers.get("content-type", "")
            is_problem = kind.startswith("application/problem+json")
            said += f" {reply.json()['code']}" if is_problem else f" {kind}"
            told = (known or {}).get("content", {}).get("application/problem+json", {})
            is_known = is_problem and reply.json()["code"] in told.get("examples", {})
        self.replies[said] += 1
        if not is_known:
            self.undocumented.append(f"{method} {template}: {said} {reply.text[:200]}")


class Client:
    """A person at a screen; logs in again when the service asks for it."""

    def __init__(self, hall: FaultyHall, tally: Tally, http: httpx.AsyncClient, name: str) -> None:
        self.hall, self.tally, self.http, self.name = hall, tally, http, name
        self.token: str | None = None

    async def once(
        self, method: str, template: str, *, path: str | None = None, **wish: Any
    ) -> httpx.Response | None:
        """Ask once; None where no answer came."""
        headers = {"Authorization": f"Bearer {self.token}", **wish.pop("headers", {})}
        try:
            reply = await self.http.request(
                method, f"{self.hall.base}{path or template}", headers=headers, **wish
            )
        except httpx.TransportError:
            return None
        self.tally.take(method, template, reply)
        if reply.status_code == 401:
            self.token = None
        return reply

    async def log_in(self) -> None:
        while self.token is None:
            wish = {"username": self.name, "password": DEMO_PASSWORD}
            reply = await self.once("POST", "/auth/token", data=wish)
            if reply is not None and reply.status_code == 200:
                self.token = reply.json()["access_token"]
            else:
                await asyncio.sleep(0.2)

    async def ask(self, method: str, template: str, **wish: Any) -> httpx.Response:
        """Ask until the service has an answer: not 503, not "still running", not silence."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < until, f"{method} {template} has no answer"
            await self.log_in()
            reply = await self.once(method, template, **wish)
            if reply is not None and not must_ask_again(reply):
                return reply
            self.tally.repeats += 1
            await asyncio.sleep(0.2)


def must_ask_again(reply: httpx.Response) -> bool:
    if reply.status_code == 409:
        return bool(reply.json()["code"] == "idempotency_still_running")
    return reply.status_code in (401, 503)


@dataclass(frozen=True)
class Ground:
    """What the clients need to know of the demo."""

    item_id: str
    group_id: str


async def survey(client: Client) -> Ground:
    await client.log_in()
    items = await client.ask("GET", "/service-items", params={"q": "企业变更登记"})
    groups = await client.ask("GET", "/queue-groups")
    return Ground(items.json()["items"][0]["id"], groups.json()["items"][0]["id"])


def intake_of(ground: Ground) -> dict[str, Any]:
    return {
        "item_id": ground.item_id,
        "applicant": {"kind": "person", "name": "示例申请人", "phone": "13899990000"},
        "materials": [{"material_key": "m1"}, {"material_key": "m2"}, {"material_key": "m3"}],
    }


async def take_cases_in(client: Client, ground: Ground, name: str) -> None:
    """One after the other; every second one is finished, too."""
    tally = client.tally
    for number in itertools.count():
        if tally.is_over:
            return
        key = f"{name}-{number}"
        reply = await client.ask(
            "POST", "/cases", json=intake_of(ground), headers={"Idempotency-Key": key}
        )
        if reply.status_code != 201:
            tally.doubts.append(f"intake {key}: {reply.text[:300]}")
            continue
        case = reply.json()
        tally.cases[key] = (case["case_number"], case["id"])
        if number % 2:
            done = await client.ask(
                "POST",
                "/cases/{case_id}/finish",
                path=f"/cases/{case['id']}/finish",
                json={},
                headers={"Idempotency-Key": f"{key}-finish", "If-Match": reply.headers["ETag"]},
            )
            if done.status_code == 200:
                tally.granted.add(case["id"])
            elif done.json()["code"] != "decided_at_out_of_range":  # accepted before the clock fell
                # nobody else touches it: a stale one would mean that it was done and forgotten
                tally.doubts.append(f"finish {key}: {done.text[:300]}")


async def call_tickets(client: Client, ground: Ground, name: str) -> None:
    """A number is taken and the next one called."""
    tally = client.tally
    for number in itertools.count():
        if tally.is_over:
            return
        key = {"Idempotency-Key": f"{name}-take-{number}"}
        wish: dict[str, Any] = {"group_id": ground.group_id}
        taken = await client.ask("POST", "/tickets", json=wish, headers=key)
        if taken.status_code == 201:
            tally.tickets[key["Idempotency-Key"]] = taken.json()["ticket_id"]
        else:
            tally.doubts.append(f"ticket {number}: {taken.text[:300]}")
        key = {"Idempotency-Key": f"{name}-call-{number}"}
        wish |= {"ends_current": True}
        called = await client.ask("POST", "/tickets/call-next", json=wish, headers=key)
        if called.status_code == 200:
            tally.calls[key["Idempotency-Key"]] = called.json()["id"]
        elif called.json()["code"] != "nobody_waiting":  # the clock jumped over midnight between
            tally.doubts.append(f"call {number}: {called.text[:300]}")


async def read_lists(client: Client, _: Ground, __: str) -> None:
    """Cases and tickets by page."""
    while not client.tally.is_over:
        for template in ("/cases", "/tickets", "/cases"):
            reply = await client.ask("GET", template, params={"limit": 50})
            if reply.status_code != 200:
                client.tally.doubts.append(f"list: {reply.text[:300]}")
        await asyncio.sleep(0.02)


Work = Callable[[Client, Ground, str], Coroutine[Any, Any, None]]

WORKERS: list[tuple[str, Work]] = [
    *[("demo-window", take_cases_in)] * INTAKES,
    ("demo-window", call_tickets),
    ("demo-office", read_lists),
    ("demo-window", read_lists),
]


class Listener:
    """A page that follows the hall's events and comes back after every cut."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.last_id: str | None = None
        self.began_at: str | None = None
        self.heard: list[str] = []

    async def listen(self) -> None:
        """Until cancelled."""
        while True:
            await self.client.log_in()
            headers = {"Authorization": f"Bearer {self.client.token}"}
            if self.last_id is not None:
                headers["Last-Event-ID"] = self.last_id
            with suppress(httpx.TransportError):
                await self._read(headers)
            await asyncio.sleep(0.1)

    async def _read(self, headers: dict[str, str]) -> None:
        url = f"{self.client.hall.base}/events/stream"
        async with self.client.http.stream("GET", url, headers=headers, timeout=20) as reply:
            if reply.status_code != 200:
                await reply.aread()
                self.client.tally.take("GET", "/events/stream", reply)
                if reply.status_code == 401:
                    self.client.token = None
                return
            self.client.tally.take("GET", "/events/stream", reply)
            rest = ""
            async for piece in reply.aiter_text():
                *frames, rest = (rest + piece).split("\n\n")
                for frame in frames:
                    self._take(frame)

    def _take(self, frame: str) -> None:
        fields = dict(line.partition(": ")[::2] for line in frame.split("\n"))
        if "id" not in fields:
            return
        self.last_id = fields["id"]
        self.began_at = self.began_at or self.last_id
        if "data" in fields:
            self.heard.append(self.last_id)
