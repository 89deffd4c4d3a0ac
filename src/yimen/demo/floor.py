"""The demo's hall floor: queues, machines, and the tickets of the last hour and a half."""

import heapq
import json
import os
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from yimen.core.caller import Caller, DeviceKind
from yimen.core.clock import hall_day
from yimen.demo.scene import Scene
from yimen.domains.devices.repository import DeviceRepository
from yimen.domains.devices.schemas import DeviceCreate
from yimen.domains.devices.service import DeviceService
from yimen.domains.organisation.models import Window
from yimen.domains.queue.enums import TicketPriority
from yimen.domains.queue.repository import QueueRepository
from yimen.domains.queue.schemas import (
    CallNextCommand,
    GroupCreate,
    GroupRead,
    TicketCreate,
    TicketRead,
)
from yimen.domains.queue.service import QueueDesk, QueueService
from yimen.domains.queue.service_calls import CallService, NobodyWaiting
from yimen.domains.queue.service_groups import GroupService
from yimen.domains.queue.service_taking import TakingService
from yimen.domains.rulebook.service import RulebookService

QUEUES = {
    "A": ("企业登记和许可", ("04", "05"), 21),
    "B": ("社保和就业", ("08", "09"), 19),
    "C": ("不动产和规划", ("10", "11"), 18),
    "D": ("户政和出入境", ("06", "07"), 19),
    "E": ("医疗保障", ("24",), 11),
    "F": ("综合窗口", ("01", "02", "03"), 24),
    "G": ("办税", ("25",), 12),
}
"""Letter: name, windows, and how many came in the last hour and a half."""

MACHINES = {
    "screen": ("大厅显示屏", DeviceKind.SCREEN, "大厅正面"),
    "kiosk": ("大厅自助终端", DeviceKind.KIOSK, "大厅入口"),
}
"""By the page that acts as it."""

MINUTES = 90
PRIORITIES = [*[TicketPriority.NORMAL] * 12, TicketPriority.ELDERLY, TicketPriority.WITH_CHILD]


class _Moment(NamedTuple):
    """Something that happens at a time of the demo's day; the ordinal settles ties."""

    at: datetime
    ordinal: int
    act: str
    group: GroupRead
    clerk: Caller | None = None
    ticket: TicketRead | None = None


class Floor(Scene):
    """The hall floor at work: each act at its own past moment, by the services themselves."""

    def __post_init__(self) -> None:
        self.chance = random.Random(4)  # noqa: S311 - a demo that is the same each time
        self.ordinals = count()
        self.moments: list[_Moment] = []
        self.idle: dict[UUID, list[Caller]] = {}

    async def add(self) -> dict[str, tuple[UUID, str]]:
        """Queues, an hour and a half of tickets, and the machines: id and secret of each."""
        for group, came in await self._set_up():
            for _ in range(came):
                minutes = self.chance.uniform(2, MINUTES)
                self._plan(self.now - timedelta(minutes=minutes), "take", group)
        while self.moments and self.moments[0].at < self.now:
            await self._live(heapq.heappop(self.moments))
        devices = DeviceService(DeviceRepository(self.session), caller=self.office, now=self.now)
        machines = {}
        for page, (name, kind, where) in MACHINES.items():
            given = await devices.register(DeviceCreate(name=name, kind=kind, place=where))
            machines[page] = (given.client_id, given.client_secret)
        return machines

    async def _set_up(self) -> list[tuple[GroupRead, int]]:
        found = await self.session.execute(sa.select(Window.number, Window.id))
        windows = {row.number: row.id for row in found}
        service = GroupService(QueueService(self._desk(self.office, self.now)))
        groups = []
        for letter, (name, numbers, came) in QUEUES.items():
            group = await service.set_up(
                GroupCreate(
                    name=name, letter=letter, window_ids=[windows[number] for number in numbers]
                )
            )
            self.idle[group.id] = [self.clerks[windows[number]][0] for number in numbers]
            groups.append((group, came))
        return groups

    def _desk(self, caller: Caller, now: datetime) -> QueueDesk:
        return QueueDesk(QueueRepository(self.session), RulebookService(), caller, now)

    def _plan(
        self,
        at: datetime,
        act: str,
        group: GroupRead,
        clerk: Caller | None = None,
        ticket: TicketRead | None = None,
    ) -> None:
        if hall_day(at) == hall_day(self.now):
            moment = _Moment(at, next(self.ordinals), act, group, clerk, ticket)
            heapq.heappush(self.moments, moment)

    async def _live(self, moment: _Moment) -> None:
        if moment.act == "take":
            desk = self._desk(self.office, moment.at)
            priority = self.chance.choice(PRIORITIES)
            await TakingService(desk).take(
                TicketCreate(group_id=moment.group.id, priority=priority)
            )
            if self.idle[moment.group.id]:
                self._call_soon(moment, self.idle[moment.group.id].pop())
            return
        assert moment.clerk is not None
        calls = CallService(self._desk(moment.clerk, moment.at))
        if moment.act == "call":
            try:
                ticket = await calls.call_next(CallNextCommand(group_id=moment.group.id))
            except NobodyWaiting:
                self.idle[moment.group.id].append(moment.clerk)
                return
            comes = self.chance.random() < 0.93
            seconds = self.chance.uniform(20, 60) if comes else 150
            act = "start" if comes else "miss"
            self._plan(
                moment.at + timedelta(seconds=seconds), act, moment.group, moment.clerk, ticket
            )
            return
        assert moment.ticket is not None
        if moment.act == "start":
            ticket = await calls.start(moment.ticket.id, moment.ticket.version)
            lasts = timedelta(minutes=self.chance.uniform(4, 18))
            self._plan(moment.at + lasts, "finish", moment.group, moment.clerk, ticket)
            return
        close = calls.finish if moment.act == "finish" else calls.miss
        await close(moment.ticket.id, moment.ticket.version)
        self._call_soon(moment, moment.clerk)

    def _call_soon(self, moment: _Moment, clerk: Caller) -> None:
        self._plan(moment.at + timedelta(seconds=20), "call", moment.group, clerk)


def _place_of_secrets(data_dir: Path) -> Path:
    return data_dir / "demo-devices.json"


def keep_secrets(data_dir: Path, machines: Mapping[str, tuple[UUID, str]]) -> None:
    """Keep what the pages log in with, readable by its owner alone; goes with the demo's data."""
    data_dir.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(_place_of_secrets(data_dir), flags, 0o600), "w") as file:
        json.dump(
            {
                page: {"client_id": str(client_id), "client_secret": secret}
                for page, (client_id, secret) in machines.items()
            },
            file,
        )


def read_secrets(data_dir: Path) -> dict[str, dict[str, str]]:
    """What the demo's pages log in with; empty when there is no demo."""
    path = _place_of_secrets(data_dir)
    found: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}
    return found
