"""A demo hall of its own, as a process in a temporary folder: ``make fuzz`` and ``contract``."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from yimen.demo.fill import DEMO_PASSWORD

__all__ = ["DEMO_PASSWORD", "running_service"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_service(command: Sequence[str], **settings: str) -> Iterator[str]:
    """Where it answers, on a port of its own; stopped by its own pid."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="yimen-demo-") as folder:
        log = Path(folder) / "service.log"
        with log.open("w") as out:
            service = subprocess.Popen(
                command,
                env=os.environ
                | settings
                | {
                    "YIMEN_PORT": str(port),
                    "YIMEN_DATA_DIR": f"{folder}/data",
                    "YIMEN_LOG_LEVEL": "WARNING",
                },
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        base = f"http://127.0.0.1:{port}"
        try:
            for _ in range(180):
                try:
                    if httpx.get(f"{base}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                if service.poll() is not None:
                    raise SystemExit(log.read_text())
                time.sleep(1)
            yield base
        finally:
            if service.poll() is None:
                service.send_signal(signal.SIGTERM)
                service.wait(30)
            errors = [line for line in log.read_text().splitlines() if '"level":"error"' in line]
            if errors:
                sys.stdout.write("\n".join(["errors in the log:", *errors[:10], ""]))
