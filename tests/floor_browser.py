"""The hall floor in a real browser: a number taken at the kiosk, called, seen on the screen.

Starts a demo hall of its own and a headless Chromium, takes numbers by touching the kiosk's page,
calls each at a window through the API, and measures until the screen's page shows it. Fails when
the slowest takes longer than a second. With ``--pictures`` it keeps what both pages look like.

    python -m tests.floor_browser [--calls 20] [--pictures tests/queue]

Not part of the suite: it needs a Chromium (Debian: ``chromium fonts-noto-cjk``).
"""

import argparse
import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import httpx
import websockets
from tests.running_service import free_port

from yimen.demo.fill import DEMO_PASSWORD
from yimen.demo.floor import read_secrets

WIDTH, HEIGHT = 1280, 800
QUEUE = "企业登记和许可"
CLERK = "demo-0403"
"""Of window 04, with nobody in hand."""
MUST_SECONDS = 1.0

WATCH = """
const shown = document.getElementById("now-number");
window.seen = {};
new MutationObserver(() => {
  window.seen[shown.textContent] ??= Date.now();
}).observe(shown, { childList: true, characterData: true, subtree: true })
"""


@contextmanager
def demo_hall(data: Path) -> Iterator[str]:
    """A service with the demo hall, its data in a folder; its address."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("YIMEN_")}
    port = free_port()
    with (data / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yimen.cli", "serve"],
            env=own | {"YIMEN_PORT": str(port), "YIMEN_DATA_DIR": str(data)},
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(1200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None, (data / "service.log").read_text()[-3000:]
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


class Tab:
    """One page of the browser, by the DevTools protocol."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection
        self.numbers = count(1)

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        await self.connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            reply = json.loads(await self.connection.recv())
            if reply.get("id") == number:
                assert "error" not in reply, reply
                found: dict[str, Any] = reply["result"]
                return found

    async def run(self, script: str) -> Any:
        done = await self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    async def until(self, script: str, seconds: float = 20) -> Any:
        """The first true value of an expression."""
        ends = time.monotonic() + seconds
        while not (value := await self.run(script)):
            assert time.monotonic() < ends, script
            await asyncio.sleep(0.02)
        return value

    async def touch(self, selector: str) -> None:
        """A finger on the middle of an element."""
        place = await self.until(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            " if (!one) return null; const box = one.getBoundingClientRect();"
            " return box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null; })()"
        )
        point = {"x": place[0], "y": place[1]}
        await self.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
        await self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    async def picture(self, path: Path) -> None:
        shot = await self.send("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))


@asynccontextmanager
async def browser(program: str) -> AsyncIterator[str]:
    """A headless Chromium; the address of its DevTools."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [program, "--headless=new", "--remote-debugging-port=0", "--hide-scrollbars"]
        command += [f"--user-data-dir={folder}", f"--window-size={WIDTH},{HEIGHT}", "--disable-gpu"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []
        process = await asyncio.create_subprocess_exec(
            *command, "about:blank", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            port_file = Path(folder) / "DevToolsActivePort"
            for _ in range(300):
                if port_file.exists() and "\n" in port_file.read_text():
                    break
                await asyncio.sleep(0.1)
            yield f"http://127.0.0.1:{port_file.read_text().splitlines()[0]}"
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def tab(devtools: str, url: str) -> AsyncIterator[Tab]:
    async with httpx.AsyncClient(trust_env=False) as client:
        made = (await client.put(f"{devtools}/json/new")).json()
    async with websockets.connect(made["webSocketDebuggerUrl"], max_size=None) as connection:
        page = Tab(connection)
        await page.send(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )
        await page.send("Emulation.setTouchEmulationEnabled", enabled=True)
        await page.send("Page.navigate", url=url)
        yield page


async def take_number(kiosk: Tab) -> str:
    """Touch the queue, touch 普通, read the number, touch 完成."""
    script = (
        f"[...document.querySelectorAll('#queues button')]"
        f".find((one) => one.textContent.includes({json.dumps(QUEUE)}))?.dataset.group"
    )
    group = await kiosk.until(script)
    await kiosk.touch(f"#queues button[data-group='{group}']")
    await kiosk.touch("#priorities button[data-priority='normal']")
    number: str = await kiosk.until(
        "document.querySelector('#done:not([hidden]) .number')?.textContent"
    )
    return number


async def call(client: httpx.AsyncClient, number: str) -> tuple[float, float]:
    """Call a number at the window; when it was asked for, and when it was answered."""
    found = (await client.get("/tickets", params={"number": number})).json()["items"][0]
    seen = {"If-Match": f'"{found["version"]}"'}
    asked = time.time()
    reply = await client.post(f"/tickets/{found['id']}/call", json={}, headers=seen)
    answered = time.time()
    assert reply.status_code == 200, reply.text
    return asked, answered


async def end(client: httpx.AsyncClient, number: str) -> None:
    """Nobody came."""
    found = (await client.get("/tickets", params={"number": number})).json()["items"][0]
    seen = {"If-Match": f'"{found["version"]}"'}
    reply = await client.post(f"/tickets/{found['id']}/miss", headers=seen)
    assert reply.status_code == 200, reply.text


async def prove(base: str, data: Path, program: str, calls: int, pictures: Path | None) -> int:
    secrets = read_secrets(data)
    waits = []
    async with (
        httpx.AsyncClient(base_url=f"{base}/api/v1", trust_env=False, timeout=20) as client,
        browser(program) as devtools,
        tab(devtools, f"{base}/screen#{urlencode(secrets['screen'])}") as screen,
        tab(devtools, f"{base}/kiosk#{urlencode(secrets['kiosk'])}") as kiosk,
    ):
        form = {"username": CLERK, "password": DEMO_PASSWORD}
        token = (await client.post("/auth/token", data=form)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        await screen.until("document.getElementById('link').textContent === '已连接'")
        await screen.run(WATCH)
        assert await screen.run("location.hash") == ""  # the secret is out of the address
        if pictures:
            await kiosk.until("document.querySelectorAll('#queues button').length > 3")
            await kiosk.until("document.getElementById('link').textContent === '已连接'")
            await kiosk.picture(pictures / "kiosk.png")
        for turn in range(calls):
            number = await take_number(kiosk)
            await kiosk.touch("#done button[data-home]")
            asked, answered = await call(client, number)
            shown = await screen.until(f"window.seen?.[{json.dumps(number)}]", seconds=5) / 1000
            waits.append((shown - asked, shown - answered))
            if turn < calls - 1:
                await end(client, number)
        if pictures:
            await asyncio.sleep(4.5)  # the blinking is over
            await screen.picture(pictures / "screen.png")
    from_asking, from_answer = (sorted(column) for column in zip(*waits, strict=True))
    print(
        f"{calls} 次叫号,到显示屏出现:从发出请求起中位 {median(from_asking) * 1000:.0f} ms,"
        f"最慢 {from_asking[-1] * 1000:.0f} ms;从收到答复起中位 "
        f"{median(from_answer) * 1000:.0f} ms,最慢 {from_answer[-1] * 1000:.0f} ms"
    )
    return 0 if from_asking[-1] < MUST_SECONDS else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.floor_browser")
    parser.add_argument("--calls", type=int, default=20, help="叫号次数")
    parser.add_argument("--pictures", type=Path, help="把两个页面的截图存到这个文件夹")
    options = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        parser.error("没有找到 Chromium。")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        demo_hall(Path(folder)) as base,
    ):
        return asyncio.run(prove(base, Path(folder), program, options.calls, options.pictures))


if __name__ == "__main__":
    sys.exit(main())
