"""Names and numbers that occur nowhere else are written through HTTP, then looked for.

They may lie in the columns that are made for them, and nowhere else: not in another table, a log, a
problem, an event, a delivery to others, the metrics.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from stdnum.cn import ric
from tests.faults.hall import FaultyHall, new_hall
from tests.running_service import eventually
from tests.webhooks.test_webhooks_delivery import Receiver

from yimen.core.clock import hall_day, system_now
from yimen.demo.fill import DEMO_PASSWORD

SECONDS = 60
NAMES = [f"寻踪{n}·卡那利" for n in "甲乙丙丁戊"]
PHONES = ["13917263541", "13917263542", "13917263543", "13917263544", "13917263545", "13917263546"]
STEM = "65402819870707531"
ID_NUMBER = STEM + ric.calc_check_digit(STEM + "0")
STORY = "寻踪之事由"
"""What a complainant wrote, which may tell who they are."""

NAMES_LIE_IN = {
    "appointments",
    "cases",
    "idempotency_keys",
    "import_rows",
    "papers",
    "rejections",
}
"""Windows find people by name; papers are addressed; replies to a key are kept for a week."""


@dataclass
class Scene:
    """A demo hall, its office and a window, and all that was answered with a problem."""

    hall: FaultyHall
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    async def send(self, path: str, body: Any, who: str | None = None, **headers: str) -> Any:
        """POST; the reply's document, whatever it is."""
        if who:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        reply = await self.http.post(f"{self.hall.base}{path}", json=body, headers=headers)
        if reply.status_code >= 400:
            self.problems.append(f"{reply.text} {reply.headers}")
        return reply.json()

    async def get(self, path: str, who: str, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        return (
            await self.http.get(f"{self.hall.base}{path}", params=query, headers=headers)
        ).json()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    with new_hall(fillable=False) as (hall, _):
        async with httpx.AsyncClient(trust_env=False, timeout=SECONDS) as http:
            hall.spawn()
            try:
                await hall.wait(120)
                made = Scene(hall, http)
                for name in ("demo-window", "demo-office", "demo-director"):
                    form = {"username": name, "password": DEMO_PASSWORD}
                    reply = await http.post(f"{hall.base}/auth/token", data=form)
                    made.tokens[name] = reply.json()["access_token"]
                yield made
            finally:
                await hall.stop()
                await hall.leave_database()


@pytest.mark.slow
async def test_personal_data_lie_where_they_belong_and_nowhere_else(scene: Scene) -> None:
    receiver = Receiver()
    await receiver.open()
    try:
        wish = {"name": "县平台", "url": receiver.url, "kinds": []}
        assert "secret" in await scene.send("/webhooks", wish, "demo-office")
        await write_canaries(scene)
        await eventually(SECONDS, receiver.bodies, 5)
        await asyncio.sleep(3)
        events = await all_events(scene)
        assert len(events) > 5
        told = "\n".join([*events, *(body.decode() for body in receiver.bodies)])
        metrics = (await scene.http.get(f"http://127.0.0.1:{scene.hall.port}/metrics")).text
    finally:
        await receiver.close()
    logs = scene.hall.log.read_text() + "".join(
        log.read_text(errors="replace") for log in (scene.hall.cluster / "log").glob("*.log")
    )
    assert '"event":"request"' in logs
    assert len(scene.problems) > 8
    for place, text in {
        "events and deliveries": told,
        "metrics": metrics,
        "logs": logs,
        "problems": "\n".join(scene.problems),
    }.items():
        assert found_in(text, [*NAMES, *PHONES, ID_NUMBER, STORY]) == [], place
    await scene.hall.join_database()
    rows = await scene.hall.connect()
    try:
        tables = await dump(rows)
    finally:
        await rows.close()
    assert found_in(tables["papers"] + tables["cases"], NAMES[:1]) == NAMES[:1]  # it is looked for
    leaks = {
        name: found
        for name, text in tables.items()
        if (found := found_in(text, [*PHONES, ID_NUMBER, STORY]))
    }
    assert leaks == {}
    named = {name for name, text in tables.items() if found_in(text, NAMES)}
    assert named <= NAMES_LIE_IN, named - NAMES_LIE_IN


async def write_canaries(scene: Scene) -> None:
    """Each way by which a person's data come in, once well and once with something wrong."""
    items = await scene.get("/service-items", "demo-window", q="企业变更登记")
    item = items["items"][0]["id"]
    applicant = {
        "kind": "person",
        "name": NAMES[0],
        "id_kind": "resident_id",
        "id_number": ID_NUMBER,
        "phone": PHONES[0],
    }
    materials = [{"material_key": key} for key in ("m1", "m2", "m3")]
    intake = {"item_id": item, "applicant": applicant, "materials": materials}
    case = await scene.send("/cases", intake, "demo-window", **{"Idempotency-Key": "canary"})
    assert case["case_number"]
    asked = {"reason": "电话通知取件"}
    shown = await scene.send(f"/cases/{case['id']}/reveal-applicant", asked, "demo-window")
    assert PHONES[0] in str(shown)
    assert await scene.send("/cases/search", {"phone": PHONES[0]}, "demo-window")
    filing = {
        "requester": {"kind": "person", "name": NAMES[1], "phone": PHONES[1]},
        "matter": "要求当场办理未列入清单的证明",
        "reason": "该证明已经取消",
        "legal_basis": "国务院关于取消证明事项的决定",
        "is_within_authority": True,
    }
    assert "id" in await scene.send("/rejections", filing, "demo-window"), scene.problems
    complaint = {
        "channel": "desk",
        "summary": "窗口工作人员态度生硬",
        "content": STORY,
        "complainant_name": NAMES[2],
        "complainant_phone": PHONES[2],
    }
    assert "id" in await scene.send("/complaints", complaint, "demo-office"), scene.problems
    by_web = {"summary": "窗口无人值守", "content": STORY, "phone": PHONES[3]}
    assert "code" in await scene.send("/public/complaints", by_web)
    booking = {"item_id": item, "holder": {"name": NAMES[3], "phone": PHONES[4]}}
    await book(scene, booking)
    await bring_in(scene)
    for path, body, who in (
        ("/cases", intake, "demo-window"),
        ("/rejections", filing, "demo-window"),
        ("/complaints", complaint, "demo-office"),
        ("/public/complaints", by_web, None),
        ("/public/appointments", booking, None),
    ):
        for wrong in spoilt(body):
            assert "code" in await scene.send(path, wrong, who)
    searched = {"phone": PHONES[0] + "9", "name": NAMES[0]}
    await scene.send("/cases/search", searched, "demo-window")


def spoilt(body: dict[str, Any]) -> list[Any]:
    """The same with an unknown member, with every text in the wrong place, and as a text."""
    text = [*NAMES, *PHONES, ID_NUMBER]
    return [body | {"more": text}, dict.fromkeys(body, text), str(body)]


async def book(scene: Scene, booking: dict[str, Any]) -> None:
    """On the first day that has a place."""
    url = f"{scene.hall.base}/public/appointment-slots"
    for days in range(1, 15):
        day = hall_day(system_now()) + timedelta(days=days)
        query = {"day": day.isoformat(), "item_id": booking["item_id"]}
        windows = (await scene.http.get(url, params=query)).json().get("windows", [])
        free = [(one, slot) for one in windows for slot in one["slots"] if slot["free"] > 0]
        if free:
            booking |= {"window_id": free[0][0]["window_id"], "starts_at": free[0][1]["starts_at"]}
            break
    made = await scene.send("/public/appointments", booking)
    assert "appointment_number" in made, scene.problems


async def bring_in(scene: Scene) -> None:
    """A file of another system, with more about a person than is asked for."""
    row = {
        "原办件编号": "旧-1",
        "部门": "县市场监督管理局",
        "事项名称": "企业变更登记",
        "申请人类型": "个人",
        "申请人": NAMES[4],
        "收件日期": "2019-04-17",
        "办结日期": "2019-04-29",
        "结果": "准予",
        "电话": PHONES[5],
        "身份证号": ID_NUMBER,
    }
    file = "\n".join(",".join(cells) for cells in (row, row.values())).encode()
    reply = await scene.http.post(
        f"{scene.hall.base}/imports",
        data={"kind": "past_cases"},
        files={"file": ("cases.csv", file)},
        headers={
            "Authorization": f"Bearer {scene.tokens['demo-office']}",
            "Idempotency-Key": "canary-file",
        },
    )
    assert reply.status_code < 300, reply.text
    job = reply.json()
    async with asyncio.timeout(SECONDS):
        while job["state"] not in ("checked", "unreadable"):
            await asyncio.sleep(0.2)
            job = await scene.get(f"/imports/{job['id']}", "demo-office")
    assert job["state"] == "checked", job
    assert job["passed_over_columns"] == ["电话", "身份证号"]


async def all_events(scene: Scene) -> list[str]:
    found, after = [], "0-0"
    while True:
        page = await scene.get("/events", "demo-office", after=after, limit=200)
        found += [str(event) for event in page["items"]]
        after = page["next_after"]
        if not page["has_more"]:
            return found


async def dump(rows: asyncpg.Connection) -> dict[str, str]:
    """Every table as text, binary columns in hexadecimal."""
    names = await rows.fetch(
        "SELECT table_schema AS schema, table_name AS name FROM information_schema.tables "
        "WHERE table_type = 'BASE TABLE' "
        "AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    return {
        row["name"]: "\n".join(
            found["line"]
            for found in await rows.fetch(
                f'SELECT t::text AS line FROM "{row["schema"]}"."{row["name"]}" AS t'
            )
        )
        for row in names
    }


def found_in(text: str, canaries: list[str]) -> list[str]:
    """Those that occur: plain, escaped for JSON, in hexadecimal, in base64."""
    return [
        canary
        for canary in canaries
        if canary in text
        or canary.encode().hex() in text
        or base64.b64encode(canary.encode()).decode().rstrip("=") in text
        or (not canary.isascii() and canary.encode("unicode_escape").decode() in text)
    ]
