"""The yardstick: pgbench running what the service was seen to run.

One request after the other is sent to the running service while PostgreSQL logs every statement
with its parameters (``jsonlog``). Each request so recorded becomes a pgbench script: the same
statements in the same order, BEGIN and COMMIT where the service had them, each parameter a pgbench
variable in ``-M prepared``. What a request makes anew (ids, numbers: whatever differs when the
same request is sent twice) is made anew by pgbench too: the place in the recorded text is filled
with a counter, by ``replace()`` in the statement, which costs PostgreSQL a few microseconds.
"""

import asyncio
import itertools
import json
import random
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ground import Ground
from tests.bench.load import drive

from yimen.core.embedded_postgres import binary

_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_PLACE = re.compile(r"\$(\d+)")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODE = re.compile(r"(?<![0-9A-Z-])[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?![0-9A-Z-])")
_FRESH = re.compile(rf"{_ID.pattern}|{_CODE.pattern}|[A-Z]{{2}}-[0-9]{{4}}-[0-9]{{6}}")
_COUNTER = "<n>"
_WHO = "FROM login_sessions"
"""Every request asks who is calling, and no job does."""
_runs = itertools.count(random.randrange(800))  # a database kept from before has seen others


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the server got it."""

    text: str
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A pgbench script and the values of its variables."""

    text: str
    variables: dict[str, str]

    @property
    def statements(self) -> int:
        return self.text.count(";\n")


@dataclass(frozen=True, slots=True)
class PgbenchRound:
    per_second: float
    latency_average: float
    """In milliseconds."""


class Unrepeatable(RuntimeError):
    """The same request ran other statements when it was sent again."""


async def record(
    ground: Ground,
    port: int,
    requests: Sequence[bytes],
    status: int,
    *,
    each_its_own: bool = False,
) -> list[Script]:
    """What the service runs for each request, as scripts; raises Unrepeatable."""
    connections = len(requests) if each_its_own else 8
    await drive(  # all is prepared and kept
        port,
        requests,
        connections=connections,
        seconds=1,
        status=status,
        each_its_own=each_its_own,
    )
    scripts = []
    async with _logged(ground) as log:
        for number, request in enumerate(requests):
            pair = await _twice_alike(ground, log, port, request, status)
            scripts.append(_script(number, *pair))
    return scripts


async def _twice_alike(
    ground: Ground, log: Path, port: int, request: bytes, status: int
) -> tuple[list[Statement], list[Statement]]:
    """Two recordings of the same statements: in others, a job of the service came in between."""
    seen: list[list[Statement]] = []
    for _ in range(12):
        new = await _statements(ground, log, port, request, status)
        for old in seen:
            if [one.text for one in old] == [one.text for one in new]:
                return old, new
        seen.append(new)
    raise Unrepeatable([one.text[:100] for one in seen[-1]])


@asynccontextmanager
async def _logged(ground: Ground) -> AsyncIterator[Path]:
    settings = {
        "log_destination": "jsonlog",
        "log_statement": "all",
        "log_error_verbosity": "default",
    }
    connection = await ground.connect()
    try:
        for name, value in settings.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await connection.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(1)
        name = await connection.fetchval("SELECT pg_current_logfile('jsonlog')")
        yield ground.postgres_dir / name
    finally:
        for name in settings:
            await connection.execute(f"ALTER SYSTEM RESET {name}")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        await asyncio.sleep(0.5)


async def _statements(
    ground: Ground, log: Path, port: int, request: bytes, status: int
) -> list[Statement]:
    start = log.stat().st_size  # noqa: ASYNC240 - nothing else runs in this loop
    await drive(port, [request], connections=1, seconds=0, status=status)
    for _ in range(20):
        await asyncio.sleep(0.3)  # the log is written by another process
        found = _read(log, start)
        if found and (found[0].text != "BEGIN" or found[-1].text == "COMMIT"):
            break
    return found


def _read(log: Path, start: int) -> list[Statement]:
    """What the asking connection ran, by the log from a place on."""
    with log.open("rb") as file:
        file.seek(start)
        lines = [json.loads(line) for line in file.read().decode().splitlines()]
    asking = {line["pid"] for line in lines if _WHO in line["message"]}
    found = []
    for line in lines:
        kind, _, text = line["message"].partition(": ")
        if line["pid"] not in asking:  # a job of the service, at the same time
            continue
        if kind.startswith(("statement", "execute")):
            values = tuple(
                None if value == "NULL" else value[1:-1].replace("''", "'")
                for _, value in _PARAMETER.findall(line.get("detail", ""))
            )
            found.append(Statement(text.strip().rstrip(";"), values))
    return found


def _script(number: int, first: Sequence[Statement], second: Sequence[Statement]) -> Script:
    """Two recordings of one request, as a script that may be run again and again."""
    fresh = _fresh_texts(first, second)
    variables: dict[str, str] = {}
    lines = [
        r"\set i :i + 1",
        r"\set n 100000000000 + :run * 1000000000 + :client_id * 10000000 + :i",
    ]
    for position, (one, other) in enumerate(zip(first, second, strict=True)):
        places = []
        for index, (value, again) in enumerate(zip(one.values, other.values, strict=True)):
            name = f"s{number}_{position}_{index}"
            if value is None:
                places.append("NULL")
            elif value != again and re.fullmatch(r"-?\d+", value):
                places.append(":n")
            else:
                variables[name] = _FRESH.sub(lambda old: fresh.get(old[0], old[0]), value)
                changed = variables[name] != value
                places.append(f"replace(:{name}, '{_COUNTER}', :n)" if changed else f":{name}")
        lines.append(_PLACE.sub(lambda place: places[int(place[1]) - 1], one.text) + ";")  # noqa: B023
    return Script("\n".join(lines) + "\n", variables)


def _fresh_texts(first: Sequence[Statement], second: Sequence[Statement]) -> dict[str, str]:
    """The ids and numbers that only the first run had, each with what stands for it."""
    one, two = (
        [
            text
            for statement in run
            for value in statement.values
            for text in _FRESH.findall(value or "")
        ]
        for run in (first, second)
    )
    found: dict[str, str] = {}
    for old in dict.fromkeys(old for old, again in zip(one, two, strict=True) if old != again):
        if _ID.fullmatch(old):  # still in the order of time, and unlike the others of the request
            found[old] = f"{old[:19]}{0x8000 + len(found):04x}-{_COUNTER}"
        elif _CODE.fullmatch(old):  # as long as it was
            found[old] = f"{len(found):02}{_COUNTER}"
        else:
            found[old] = old[:-6] + _COUNTER
    return found


def each_by_its_client(scripts: Sequence[Script]) -> Script:
    """One script in which client *k* runs the *k*-th of these alone."""
    parts = [
        f"\\{'elif' if number else 'if'} :client_id = {number}\n{script.text}"
        for number, script in enumerate(scripts)
    ]
    variables = {name: value for script in scripts for name, value in script.variables.items()}
    return Script("".join([*parts, "\\endif\n"]), variables)


def run(ground: Ground, scripts: Sequence[Script], *, clients: int, seconds: int) -> PgbenchRound:
    """The scripts in random turn, over the service's socket and as many connections."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(binary("pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
        command += ["-T", str(seconds), "-h", str(ground.socket_dir), "-U", "postgres"]
        command += ["-D", f"run={next(_runs)}", "-D", "i=0"]
        for number, script in enumerate(scripts):
            file = Path(folder) / f"{number}.sql"
            file.write_text(script.text)
            command += ["-f", str(file)]
            for name, value in script.variables.items():
                command += ["-D", f"{name}={value}"]
        done = subprocess.run([*command, "yimen"], capture_output=True, text=True, check=False)
    if done.returncode or "number of failed transactions: 0 " not in done.stdout:
        raise RuntimeError(f"pgbench:\n{done.stdout}\n{done.stderr[:3000]}")
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    latency = re.search(r"latency average = ([0-9.]+) ms", done.stdout)
    assert rate is not None and latency is not None
    return PgbenchRound(float(rate[1]), float(latency[1]))
