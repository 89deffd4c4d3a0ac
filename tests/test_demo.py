"""The demo hall can be filled on any day, and its lists have something to show."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest
from tests.conftest import SetClock

from yimen.core.clock import HALL_ZONE
from yimen.core.dependencies import Context
from yimen.demo.fill import DEMO_PASSWORD, fill_demo

LISTS = (
    "cases", "rejections", "ratings", "conferences", "complaints", "measures", "appeals",
    "inspections", "scores", "news-merits", "appointments", "tickets", "time-clocks", "clock-users",
    "attendance/punches", "attendance/faults", "attendance/batches", "leave-requests", "outings",
    "overtime-requests", "duties", "deputies", "item-proposals", "appointment-capacities",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 10, 11, tzinfo=HALL_ZONE),
        datetime(2026, 10, 4, 9, tzinfo=HALL_ZONE),
        datetime(2026, 12, 31, 23, 59, tzinfo=HALL_ZONE),
        datetime(2027, 1, 1, 10, tzinfo=HALL_ZONE),
    ],
    ids=["a working day", "National Day", "the year's last minute", "the next day"],
)
async def test_the_demo_is_filled_on_any_day_and_shows_something_in_its_lists(
    context: Context, clock: SetClock, client: httpx.AsyncClient, tmp_path: Path, now: datetime
) -> None:
    clock.now = now
    context.settings = context.settings.model_copy(update={"data_dir": tmp_path})
    await fill_demo(context, progress=lambda _done, _total: None)
    login = {"username": "demo-office", "password": DEMO_PASSWORD}
    token = (await client.post("/api/v1/auth/token", data=login)).json()["access_token"]
    empty = []
    for path in LISTS:
        reply = await client.get(
            f"/api/v1/{path}?limit=1", headers={"Authorization": f"Bearer {token}"}
        )
        assert reply.status_code == 200, (path, reply.text)
        if not reply.json()["items"]:
            empty.append(path)
    assert empty == []
