"""Random lives of a case: its clock against a naive model, its commands against the list."""

import random
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.calendars_factories import published_calendar
from tests.cases_factories import all_materials, take_in
from tests.catalog_factories import Items
from tests.conftest import SetClock
from tests.factories import Hall

from yimen.core.clock import HALL_ZONE
from yimen.core.dependencies import Context
from yimen.core.periodic import run_once
from yimen.domains.cases.enums import SuspensionCause
from yimen.domains.cases.jobs import JOBS
from yimen.domains.cases.rules import ClockAct, ClockEvent, due_date, latest_end

CALENDAR = published_calendar()
MAXIMA = dict(zip(SuspensionCause, (60, 20, 30, 10, 30), strict=True))


class ClockLife(RuleBasedStateMachine):
    """A clock that is started, stopped, let go on and extended at random.

    The model only knows how many minutes of office hours are owed and when they run: it ticks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events: list[ClockEvent] = []
        self.days = 0
        self.owed = 0
        self.last_tick = datetime(2026, 1, 5, tzinfo=HALL_ZONE)
        self.now = self.last_tick
        self.until: datetime | None = None
        self.days_used = dict.fromkeys(SuspensionCause, 0)
        self.cause: SuspensionCause | None = None
        self.stopped_at = self.now

    @initialize(minutes=st.integers(0, 60 * 24 * 60), days=st.integers(1, 30))
    def accept(self, minutes: int, days: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.days = days
        self.events = [ClockEvent(ClockAct.ACCEPTED, self.now)]
        self.last_tick = self.now
        self.owed = CALENDAR.working_minutes_between(self.now, CALENDAR.due_at(self.now, days).at)

    def tick(self, to: datetime) -> None:
        """Minutes of office hours use up what is owed, unless the clock stands still."""
        if self.until is None:
            self.owed -= CALENDAR.working_minutes_between(self.last_tick, to)
        elif to > self.until:
            self.owed -= CALENDAR.working_minutes_between(self.until, to)
        self.last_tick = to

    @rule(minutes=st.integers(1, 60 * 24 * 5))
    def wait(self, minutes: int) -> None:
        self.tick(self.now + timedelta(minutes=minutes))
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.cause is None)
    @rule(cause=st.sampled_from(SuspensionCause))
    def stop(self, cause: SuspensionCause) -> None:
        until = latest_end(
            self.events,
            cause,
            starts_at=self.now,
            maximum_days=MAXIMA[cause],
            calendar=CALENDAR,
        )
        left = MAXIMA[cause] - self.days_used[cause]
        assert (until is None) == (left <= 0)
        if until is None:
            return
        assert until == CALENDAR.due_at(self.now, left).at
        self.events.append(ClockEvent(ClockAct.SUSPENDED, self.now, cause=cause, until=until))
        self.cause, self.until, self.stopped_at = cause, until, self.now

    @precondition(lambda self: self.cause is not None)
    @rule()
    def go_on(self) -> None:
        assert self.cause is not None and self.until is not None
        self.tick(self.now)
        end = min(self.now, self.until)
        self.events.append(ClockEvent(ClockAct.RESUMED, self.now))
        self.days_used[self.cause] += CALENDAR.count_working_days(
            CALENDAR.acceptance_day(self.stopped_at), CALENDAR.acceptance_day(end)
        )
        self.cause = self.until = None

    @precondition(
        lambda self: (
            self.cause is None and not any(event.act is ClockAct.EXTENDED for event in self.events)
        )
    )
    @rule(days=st.integers(1, 10))
    def extend(self, days: int) -> None:
        start = self.events[0].at
        more = CALENDAR.working_minutes_between(
            CALENDAR.due_at(start, self.days).at, CALENDAR.due_at(start, self.days + days).at
        )
        self.events.append(ClockEvent(ClockAct.EXTENDED, self.now, working_days=days))
        self.owed += more

    @invariant()
    def the_due_date_is_when_the_owed_minutes_have_run(self) -> None:
        if not self.events or self.cause is not None:
            return
        due = due_date(self.events, working_days=self.days, calendar=CALENDAR)
        assert due is not None
        assert CALENDAR.working_minutes_between(self.now, due.at) == self.owed
        assert due.at >= CALENDAR.due_at(self.events[0].at, self.days).at


ClockLifeTest = ClockLife.TestCase
ClockLifeTest.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def body_for(
    action: str, hall: Hall, chance: random.Random, now: datetime
) -> dict[str, Any] | None:
    """Something sensible to say with each command; none for those that have tests of their own."""
    bodies: dict[str, dict[str, Any]] = {
        "accept": {},
        "supplement": {"missing": [{"material_key": "m1"}], "reason": "漏列"},
        "hand-in": {"materials": all_materials()[: chance.randint(1, 2)]},
        "not-accept": {"reason": "不属本中心", "legal_basis": "行政许可法第三十二条"},
        "dismiss": {
            "ground": "against_policy",
            "reason": "不符合规划",
            "legal_basis": "城乡规划法",
        },
        "withdraw": {"reason": "自愿撤回", "signed_by": "本人"},
        "finish": {},
        "deliver": {"method": "pick_up", "signed_by": "本人"},
        "transfer": {"handler_id": str(hall.colleague.staff_id), "reason": "换岗"},
        "suspend": {"cause": "hearing", "ground": "听证"},
        "report": {"superior_body": "州局", "reason": "权限属州级"},
        "resume": {"answer": "完成"},
        "request-extension": {"working_days": 2, "reason": "复杂"},
        "decide-extension": {"approve": chance.random() < 0.7, "reason": "研究决定"},
        "request-special": {
            "due_on": (now + timedelta(days=3)).date().isoformat(),
            "approve_first": chance.random() < 0.5,
            "reason": "急需",
        },
        "decide-special": {"approve": chance.random() < 0.7, "reason": "研究决定"},
        "ask-opinion": {"department_id": str(hall.department_b), "question": "可否"},
        "give-opinion": {"agrees": chance.random() < 0.7, "text": "意见"},
    }
    return bodies.get(action)


EXPLAINED = {
    "materials_missing",
    "opinions_outstanding",
    "already_extended",
    "decision_pending",
    "extension_too_late",
    "opinion_already_asked",
    "opinion_deemed",
    "suspension_used_up",
    "special_approval_missing",
    "due_date_not_ahead",
    "special_overdue",
    "materials_held",
}
"""What a command may still find against it when it looks closer than the list of actions does."""


@pytest.mark.parametrize("seed", range(12))
async def test_commands_do_what_the_list_of_actions_says(
    clerk: httpx.AsyncClient,
    chief_elsewhere: httpx.AsyncClient,
    director: httpx.AsyncClient,
    items: Items,
    hall: Hall,
    clock: SetClock,
    context: Context,
    seed: int,
) -> None:
    """What is allowed succeeds, what is not is refused, and the due date stays explained."""
    chance = random.Random(seed)
    materials = all_materials()[: chance.randint(0, 2)]
    case = await take_in(clerk, items.food, materials=materials)
    callers = {"clerk": clerk, "chief_elsewhere": chief_elsewhere, "director": director}
    for _ in range(14):
        clock.advance(minutes=chance.randint(1, 1800))
        for job in JOBS:
            await run_once(job, context.database, context.clock())
        caller = callers[chance.choice(list(callers))]
        seen = await caller.get(f"/api/v1/cases/{case['id']}")
        if seen.status_code == 404:
            assert caller is chief_elsewhere
            continue
        actions = seen.json()["allowed_actions"]
        line = chance.choice([*actions, *(one for one in actions if one["allowed"])])
        action = line["action"]
        body = body_for(action, hall, chance, clock.now)
        if body is None:
            continue
        reply = await caller.post(
            f"/api/v1/cases/{case['id']}/{action}",
            json=body,
            headers={"If-Match": seen.headers["ETag"]},
        )
        if line["allowed"]:
            assert reply.status_code == 200 or reply.json()["code"] in EXPLAINED, reply.text
        else:
            assert reply.status_code in (403, 409), (action, reply.text)
        read = (await clerk.get(f"/api/v1/cases/{case['id']}")).json()
        told = await clerk.get(f"/api/v1/cases/{case['id']}/deadline")
        if read["accepted_at"] is not None and read["state"] != "suspended":
            assert told.json()["due_at"] == read["due_at"]
