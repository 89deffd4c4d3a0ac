"""What a list costs as a file: rows a second, and what the service takes for it above idle."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from tests.bench.ground import Ground
from tests.bench.service import Service

from yimen.core.exports import ExportFormat


@dataclass(frozen=True, slots=True)
class Exported:
    """One window's cases as a file."""

    form: ExportFormat
    rows: int
    rows_per_second: float
    seconds_to_first_byte: float
    extra_mb: float
    """Of the service, above what it had before, at the peak."""
    file_mb: float


class _Peak:
    megabytes = 0.0


@contextmanager
def watched(service: Service) -> Iterator[_Peak]:
    """The peak of the service's memory meanwhile, above where it stood."""
    found, done = _Peak(), threading.Event()
    idle = service.process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.005):
            above = (service.process.memory_info().rss - idle) / 2**20
            found.megabytes = max(found.megabytes, above)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def run(ground: Ground, service: Service) -> list[Exported]:
    """The cases of one window, in each format, as the office takes them out."""
    base = f"http://127.0.0.1:{service.port}/api/v1/cases"
    window = str(ground.clerks[0].window_id)
    with httpx.Client(trust_env=False, timeout=600) as client:
        client.headers["Authorization"] = f"Bearer {ground.token(ground.office)}"
        rows = client.get(base, params={"window_id": window, "with_total": "true"}).json()["total"]
        return [_export(client, service, base, window, form, rows) for form in ExportFormat]


def _export(
    client: httpx.Client, service: Service, base: str, window: str, form: ExportFormat, rows: int
) -> Exported:
    size, first = 0, 0.0
    began = time.perf_counter()
    with (
        watched(service) as peak,
        client.stream(
            "GET", base, params={"window_id": window}, headers={"Accept": form.media_type}
        ) as reply,
    ):
        reply.raise_for_status()
        for piece in reply.iter_raw():
            first = first or time.perf_counter() - began
            size += len(piece)
    return Exported(
        form=form,
        rows=rows,
        rows_per_second=rows / (time.perf_counter() - began),
        seconds_to_first_byte=first,
        extra_mb=peak.megabytes,
        file_mb=size / 2**20,
    )
