"""The measured service: a process of its own, started the way ``yimen serve`` starts it."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvicorn
from tests.bench.ground import Ground, service_environment

from yimen import main
from yimen.core.middleware import Observe


@dataclass(frozen=True, slots=True)
class Service:
    """A running service; of one with several workers, the process that started them."""

    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Processor time that the worker has used up to now."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def running_service(
    ground: Ground, log: Path, *, observed: bool = True, workers: int = 1
) -> Iterator[Service]:
    """A service that answers; with ``observed=False`` one worker without our own middleware."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    arguments = [str(port), str(int(observed)), str(workers)]
    command = [sys.executable, "-m", "tests.bench.service", *arguments]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, env=service_environment(ground, port), stdout=out, stderr=out
        )
    try:
        _await_ready(port, process, log)
        yield Service(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(15)


def _await_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"服务没有启动:\n{log.read_text(errors='replace')[-3000:]}")


def serve(port: int, *, observed: bool, workers: int) -> None:
    """Run the service; blocks."""
    if not observed:
        create_app = main.create_app

        def create_unobserved() -> object:
            app = create_app()
            kept = [own for own in app.user_middleware if getattr(own, "cls", None) is not Observe]
            app.user_middleware = kept
            return app

        main.create_app = create_unobserved  # type: ignore[assignment]
    uvicorn.run(
        "yimen.main:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]), observed=bool(int(sys.argv[2])), workers=int(sys.argv[3]))
