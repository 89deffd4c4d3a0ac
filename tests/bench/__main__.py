"""``make bench``: how fast the service is, against PostgreSQL itself.

How a ratio is taken. One worker of the service runs as it does in production (its own process, all
settings at their defaults, logs to a file) on a PostgreSQL of its own with production's durability.
This process is the client: as many keep-alive connections as the service's pool has, each sending
the next prepared request as soon as the last is answered. The yardstick is pgbench with as many
connections on the same socket, running in ``-M prepared`` exactly the statements that PostgreSQL
was seen to get for these requests, BEGIN and COMMIT included (see :mod:`tests.bench.pgbench`); it
has both cores and does nothing between two statements, so 1.00 cannot be reached. Rounds of both
alternate, so that what else the machine does falls on both; a ratio is the median of the rounds'.

Nothing is left behind: the database lies in a temporary folder.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from tests.bench import (
    attendance,
    exports,
    floor_appointments,
    floor_queue,
    growth,
    imports,
    papers,
    pgbench,
    recompute,
    scoring,
)
from tests.bench.arithmetic import microseconds_a_call
from tests.bench.events import measure_fan_out
from tests.bench.ground import Ground, ground_of_open_cases, prepared_ground
from tests.bench.load import Round, drive, get
from tests.bench.requests import LIST, intake
from tests.bench.service import Service, running_service

from yimen.core.clock import hall_day, system_now
from yimen.core.config import Settings
from yimen.core.pagination import encode_cursor

CONNECTIONS = Settings.model_fields["pool_size"].default
LIGHT = "/api/v1/rulebook/editions"
DEEP_PAGE = 10_000
OPEN_CASES = 100_000


@dataclass
class Finding:
    """One measured thing and what it must reach."""

    name: str
    value: float
    unit: str
    must: str
    is_met: bool
    details: dict[str, float] = field(default_factory=dict)


@dataclass
class Bench:
    """What all measurements share."""

    ground: Ground
    service: Service
    log: Path
    rounds: int
    seconds: float

    def clerks(self, count: int) -> list[tuple[Any, str]]:
        """Some clerks, each with a token."""
        return [(clerk, self.ground.token(clerk)) for clerk in self.ground.clerks[:count]]

    def drive(self, requests: Sequence[bytes], status: int = 200, **changes: Any) -> Round:
        wish = {"connections": CONNECTIONS, "seconds": self.seconds} | changes
        port = wish.pop("port", self.service.port)
        return asyncio.run(drive(port, requests, status=status, **wish))


def against_pgbench(
    bench: Bench,
    name: str,
    requests: Sequence[bytes],
    status: int,
    *,
    must: float,
    each_its_own: bool = False,
    adapt: Callable[[pgbench.Script], pgbench.Script] | None = None,
) -> Finding:
    """A request's throughput as a ratio to pgbench's."""
    scripts = asyncio.run(
        pgbench.record(
            bench.ground, bench.service.port, requests, status, each_its_own=each_its_own
        )
    )
    statements = scripts[0].statements
    if adapt is not None:
        scripts = [adapt(script) for script in scripts]
    if each_its_own:
        scripts = [pgbench.each_by_its_client(scripts)]
    bench.drive(requests, status, seconds=2, each_its_own=each_its_own)
    ratios, rates, yardsticks, p50s, p99s, cpu = [], [], [], [], [], []
    for _ in range(bench.rounds):
        before = bench.service.cpu_seconds()
        ours = bench.drive(requests, status, each_its_own=each_its_own)
        cpu.append((bench.service.cpu_seconds() - before) / ours.count * 1e6)
        theirs = pgbench.run(
            bench.ground, scripts, clients=CONNECTIONS, seconds=round(bench.seconds)
        )
        ratios.append(ours.per_second / theirs.per_second)
        rates.append(ours.per_second)
        yardsticks.append(theirs.per_second)
        p50s.append(ours.p50)
        p99s.append(ours.p99)
    return Finding(
        name,
        median(ratios),
        "× pgbench",
        f"≥ {must:.2f}",
        median(ratios) >= must,
        {
            "requests_per_second": median(rates),
            "pgbench_per_second": median(yardsticks),
            "statements": statements,
            "p50_ms": median(p50s),
            "p99_ms": median(p99s),
            "worker_cpu_us": median(cpu),
        },
    )


def measure_list(bench: Bench) -> list[Finding]:
    """The first page of 50 at eight windows."""
    requests = [get(LIST, token) for _, token in bench.clerks(8)]
    return [against_pgbench(bench, "办件列表 50 行", requests, 200, must=0.20)]


def measure_intake(bench: Bench) -> list[Finding]:
    """Complete applications at eight windows: case, two papers, audit row, event."""
    found = []
    for name, is_repeatable in (("收件 POST", False), ("收件 POST,带 Idempotency-Key", True)):
        requests = [
            intake(clerk, token, number, is_repeatable=is_repeatable)
            for number, (clerk, token) in enumerate(bench.clerks(8))
        ]
        found.append(against_pgbench(bench, name, requests, 201, must=0.20))
    return found


def measure_depth(bench: Bench) -> list[Finding]:
    """The office's first page and its page 10,000, one request after the other."""
    offset = min(DEEP_PAGE * 50, bench.ground.cases // 2)
    last = asyncio.run(_case_at(bench.ground, offset))
    token = bench.ground.token(bench.ground.office)
    first = [get(LIST, token)]
    deep = [get(f"{LIST}&cursor={encode_cursor([last])}", token)]
    for requests in (first, deep):
        bench.drive(requests, connections=1, seconds=1)
    ratios, p50s = [], []
    for _ in range(bench.rounds * 2):
        one = bench.drive(first, connections=1, seconds=bench.seconds / 3)
        other = bench.drive(deep, connections=1, seconds=bench.seconds / 3)
        ratios.append(other.p50 / one.p50)
        p50s.append((one.p50, other.p50))
    details = {
        "page": offset // 50,
        "first_p50_ms": median(one for one, _ in p50s),
        "deep_p50_ms": median(other for _, other in p50s),
    }
    value = median(ratios)
    return [Finding(f"第 {offset // 50} 页", value, "× 第 1 页", "≤ 1.50", value <= 1.5, details)]


async def _case_at(ground: Ground, offset: int) -> UUID:
    connection = await ground.connect()
    found: UUID = await connection.fetchval(
        "SELECT id FROM cases ORDER BY id DESC OFFSET $1 LIMIT 1", offset
    )
    await connection.close()
    return found


def measure_middleware(bench: Bench) -> list[Finding]:
    """A light request with and without our own middleware, by the worker's processor time."""
    shares, costs = [], []
    with running_service(bench.ground, bench.log, observed=False) as bare:
        requests = [get(LIGHT, token) for _, token in bench.clerks(8)]
        for service in (bench.service, bare):
            bench.drive(requests, port=service.port, seconds=1)
        for _ in range(bench.rounds * 2):
            pair = []
            for service in (bench.service, bare):
                before = service.cpu_seconds()
                done = bench.drive(requests, port=service.port, seconds=bench.seconds / 2)
                pair.append((service.cpu_seconds() - before) / done.count * 1e6)
            shares.append(1 - pair[1] / pair[0])
            costs.append(pair)
    value = median(shares) * 100
    details = {
        "with_cpu_us": median(one for one, _ in costs),
        "without_cpu_us": median(other for _, other in costs),
    }
    return [Finding("自有中间件", value, "% 处理时间", "≤ 10", value <= 10, details)]


def measure_arithmetic(_: Bench) -> list[Finding]:
    """Deadline arithmetic."""
    return [
        Finding(f"期限计算 {name}", value, "µs/次", "≤ 5", value <= 5)
        for name, value in microseconds_a_call().items()
    ]


def measure_papers(_: Bench) -> list[Finding]:
    """Printing a receipt of two pages as PDF."""
    printed = papers.run()
    return [Finding("PDF", printed.milliseconds_a_page, "毫秒/页", "只测量", True, asdict(printed))]


def measure_recompute(bench: Bench) -> list[Finding]:
    """A day's override, which moves the due dates of 100,000 open cases."""
    with (
        ground_of_open_cases(bench.ground, OPEN_CASES) as ground,
        running_service(ground, bench.log) as service,
    ):
        found = asyncio.run(recompute.measure(ground, service))
    details = {
        name: value for name, value in asdict(found).items() if isinstance(value, int | float)
    }
    say("重算期间持有的锁:" + ",".join(found.locks))
    return [Finding("重算 10 万件在办件期限", found.seconds, "秒", "只测量", True, details)]


def measure_attendance(bench: Bench) -> list[Finding]:
    """Files of 100,000 touches against a bare COPY of their rows; a month of 10,000 people."""
    log, xlsx, month = attendance.run(bench.ground.socket_dir, bench.ground.url, bench.rounds)
    return [
        *_imported("导入考勤日志 10 万行", log, must=0.55),
        *_imported("导入考勤 XLSX 10 万行", xlsx, must=0.40),
        Finding("推算一万人一个月考勤", month.seconds, "秒", "只测量", True, asdict(month)),
    ]


def _imported(name: str, found: attendance.Imported, *, must: float) -> list[Finding]:
    ratio, extra = found.ratio, found.extra_mb
    return [
        Finding(name, ratio, "× 裸 COPY", f"≥ {must:.2f}", ratio >= must, asdict(found)),
        Finding(f"{name} 内存", extra, "MB 高于空闲", "≤ 64", extra <= 64),
    ]


def measure_exports(bench: Bench) -> list[Finding]:
    """One window's cases as CSV and as XLSX."""
    found = []
    for one in exports.run(bench.ground, bench.service):
        details = {name: value for name, value in asdict(one).items() if name != "form"}
        name = f"导出办件 {one.form.upper()}"
        found += [
            Finding(name, one.rows_per_second, "行/秒", "只测量", True, details),
            Finding(f"{name} 内存", one.extra_mb, "MB 高于空闲", "≤ 32", one.extra_mb <= 32),
        ]
    return found


def measure_imports(bench: Bench) -> list[Finding]:
    """Files of rows, tried and taken over, of one size and four times that."""
    found = []
    for kind, timed in imports.run(bench.ground).items():
        details = {
            f"{act}_per_second_of_{one.rows}": rate
            for one in timed
            for act, rate in (("tried", one.tried_per_second), ("taken", one.taken_per_second))
        }
        largest = timed[-1]
        name = f"导入{kind.label} {largest.rows:,} 行"
        found.append(Finding(name, largest.taken_per_second, "行/秒", "只测量", True, details))
    return found


def measure_queue(bench: Bench) -> list[Finding]:
    """Numbers taken at six queues, then tickets called at six windows from one queue."""
    clerks = bench.clerks(CONNECTIONS)
    tokens = [token for _, token in clerks]
    *own, shared = asyncio.run(floor_queue.set_up(bench.ground, [clerk for clerk, _ in clerks]))
    took = against_pgbench(
        bench, "取号 POST,带 Idempotency-Key", floor_queue.taking(own, tokens), 201, must=0.20
    )
    asyncio.run(floor_queue.let_many_wait(bench.ground, shared))
    called = against_pgbench(
        bench,
        "叫号 call-next",
        floor_queue.calling(shared, tokens),
        200,
        must=0.20,
        each_its_own=True,
        adapt=floor_queue.ends_what_it_called,
    )
    return [took, called]


def measure_events(bench: Bench) -> list[Finding]:
    """From the commit of a ticket's call to the last of 200 streams, ten calls a second."""
    found = asyncio.run(measure_fan_out(bench.ground, bench.service.port))
    return [
        Finding(
            "事件到 200 路订阅 p99", found.p99, "毫秒", "≤ 1000", found.p99 <= 1000, asdict(found)
        )
    ]


def measure_bookings(bench: Bench) -> list[Finding]:
    """Slots at four windows, booked by the office for one person after the other."""
    asyncio.run(floor_appointments.set_up(bench.ground))
    clerks = [clerk for clerk, _ in bench.clerks(4)]
    token = bench.ground.token(bench.ground.office)
    requests = floor_appointments.booking(clerks, token, hall_day(system_now()))
    return [
        against_pgbench(
            bench,
            "预约 POST",
            requests,
            201,
            must=0.20,
            adapt=floor_appointments.each_in_its_own_slot,
        )
    ]


def measure_scores(bench: Bench) -> list[Finding]:
    """A month's scores for 100 to 100,000 people at 40 facts each, against the bare aggregate."""
    found = []
    for scored in scoring.run(bench.ground, bench.log, bench.rounds):
        name = f"{scored.people:,} 人一个月考评"
        details = asdict(scored)
        found.append(Finding(name, scored.ratio, "× GROUP BY", "≤ 2", scored.ratio <= 2, details))
    return found


def measure_growth(bench: Bench) -> list[Finding]:
    """The same requests over 10,000 cases and over all of them, one after the other."""
    found = []
    for grown in growth.run(bench.ground, bench.service, bench.log, bench.rounds, bench.seconds):
        name = f"{grown.name}:{bench.ground.cases:,} 件比 {growth.SMALLEST:,} 件"
        found.append(Finding(name, grown.factor, "倍用时", "只测量", True, grown.p50_ms))
    return found


def measure_workers(bench: Bench) -> list[Finding]:
    """Lists and intakes with two service processes on one port instead of one."""
    found = []
    wishes = {
        "办件列表": (200, [get(LIST, token) for _, token in bench.clerks(8)]),
        "收件": (
            201,
            [intake(*one, n, is_repeatable=True) for n, one in enumerate(bench.clerks(8))],
        ),
    }
    with running_service(bench.ground, bench.log, workers=2) as two:
        for name, (status, requests) in wishes.items():
            rates: dict[int, list[float]] = {1: [], 2: []}
            for service in (bench.service, two):
                bench.drive(requests, status, port=service.port, seconds=2)
            for _ in range(bench.rounds):
                for count, service in ((1, bench.service), (2, two)):
                    done = bench.drive(
                        requests, status, port=service.port, connections=2 * CONNECTIONS
                    )
                    rates[count].append(done.per_second)
            one, both = median(rates[1]), median(rates[2])
            details = {"one_per_second": one, "two_per_second": both}
            found.append(Finding(f"{name},两个进程", both / one, "× 一个", "只测量", True, details))
    return found


MEASUREMENTS: dict[str, Callable[[Bench], list[Finding]]] = {
    # the list first: intakes change what its first page shows
    "list": measure_list,
    "depth": measure_depth,
    "exports": measure_exports,
    "imports": measure_imports,
    "middleware": measure_middleware,
    "intake": measure_intake,
    "growth": measure_growth,
    "workers": measure_workers,
    "bookings": measure_bookings,
    "queue": measure_queue,
    "events": measure_events,
    "arithmetic": measure_arithmetic,
    "papers": measure_papers,
    "recompute": measure_recompute,
    "attendance": measure_attendance,
    "scores": measure_scores,
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def show(findings: Sequence[Finding]) -> None:
    """The table, and below each line what it was taken from."""
    for finding in findings:
        mark = "达到" if finding.is_met else "未达"
        print(f"{finding.name}  {finding.value:.2f} {finding.unit}  要求 {finding.must}  {mark}")
        if finding.details:
            told = (f"{name} {value:,.2f}" for name, value in finding.details.items())
            print("    " + ", ".join(told))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="测量性能,与 pgbench 相比。")
    parser.add_argument("--cases", type=int, default=1_000_000, help="办件数(默认一百万)")
    parser.add_argument("--only", help="只测其中几项:" + ",".join(MEASUREMENTS))
    parser.add_argument("--rounds", type=int, default=5, help="每项交替测几轮")
    parser.add_argument("--seconds", type=float, default=4, help="每轮几秒")
    parser.add_argument("--data", type=Path, help="数据库目录,保留供下次使用(默认用完即删)")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else list(MEASUREMENTS)
    if unknown := [name for name in wanted if name not in MEASUREMENTS]:
        parser.error(f"没有这一项:{','.join(unknown)}")
    started = time.monotonic()
    findings: list[Finding] = []
    with ExitStack() as stack:
        folder = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        say(f"准备 {options.cases:,} 件办件 …")
        ground = stack.enter_context(prepared_ground(folder, options.cases))
        say(f"就绪,用时 {time.monotonic() - started:.0f} 秒")
        log = folder / "service.log"
        service = stack.enter_context(running_service(ground, log))
        bench = Bench(ground, service, log, options.rounds, options.seconds)
        for name, measure in MEASUREMENTS.items():
            if name in wanted:
                say(f"测量 {name} …")
                try:
                    findings += measure(bench)
                except Exception as error:  # what else was measured is not lost
                    say(f"{name} 没有测成:{error}")
                    findings.append(Finding(name, float("nan"), "", "测成", False))
    load = os.getloadavg()[0]
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        print(f"{ground.cases:,} 件办件,{CONNECTIONS} 个连接,1 个服务进程,{os.cpu_count()} 核")
        show(findings)
    say(f"共 {time.monotonic() - started:.0f} 秒,系统负载 {load:.1f}")
    return 0 if all(finding.is_met for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
