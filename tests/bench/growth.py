"""How the cost of a request grows with the number of cases."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.ground import Ground, ground_beside
from tests.bench.load import drive, get, post
from tests.bench.requests import LIST, intake
from tests.bench.service import Service, running_service

SMALLEST = 10_000
BETWEEN = 100_000
SEARCH = b'{"phone": "13700000000"}'


@dataclass(frozen=True, slots=True)
class Grown:
    """A request and its median latency over each number of cases."""

    name: str
    p50_ms: dict[str, float]
    factor: float
    """The last median over the first."""


def _requests(ground: Ground) -> dict[str, tuple[int, list[bytes]]]:
    clerks = [(clerk, ground.token(clerk)) for clerk in ground.clerks[:8]]
    tokens = [token for _, token in clerks]
    office = ground.token(ground.office)
    return {
        "窗口的办件列表": (200, [get(LIST, token) for token in tokens]),
        "全部办件列表": (200, [get(LIST, office)]),
        "超期办件": (200, [get(f"{LIST}&view=overdue", office)]),
        "一个事项的办件": (200, [get(f"{LIST}&item_id={clerks[0][0].item_id}", office)]),
        "按电话查找": (200, [post("/api/v1/cases/search", office, SEARCH)]),
        "收件": (
            201,
            [intake(*one, number, is_repeatable=True) for number, one in enumerate(clerks)],
        ),
    }


def _medians(ground: Ground, service: Service, rounds: int, seconds: float) -> dict[str, float]:
    found = {}
    for name, (status, requests) in _requests(ground).items():
        taken = []
        for round_no in range(rounds + 1):
            done = asyncio.run(
                drive(service.port, requests, connections=1, seconds=seconds / 4, status=status)
            )
            if round_no:  # the first warms up
                taken.append(done.p50)
        found[name] = median(taken)
    return found


def run(
    largest: Ground, service: Service, log: Path, rounds: int, seconds: float
) -> Iterator[Grown]:
    """Each request alone, on one connection: over 10,000 cases, 100,000, and all of them."""
    columns: dict[str, dict[str, float]] = {}
    for cases in (SMALLEST, BETWEEN):
        with ExitStack() as stack:
            ground = stack.enter_context(ground_beside(largest, cases))
            beside = stack.enter_context(running_service(ground, log))
            columns[f"{cases:,}"] = _medians(ground, beside, rounds, seconds)
    columns[f"{largest.cases:,}"] = _medians(largest, service, rounds, seconds)
    for name in columns[f"{SMALLEST:,}"]:
        medians = {cases: column[name] for cases, column in columns.items()}
        first, *_, last = medians.values()
        yield Grown(name, medians, last / first)
