"""``make fuzz``: schemathesis against the running service, as each role and as nobody.

Starts a demo hall of its own in a temporary folder, then lets schemathesis work through the whole
contract for some minutes a role. Fails on a server error, an undocumented status or content type,
a reply that does not fit its schema, or a guarded operation that answers without a token.

    python -m tests.fuzz [--seconds 180] [--role demo-window …]
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from yimen.demo.fill import DEMO_LOGINS, DEMO_PASSWORD

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,ignored_auth,unsupported_method,allow_header_conformance"
)
ENDS_THE_SESSION = ("/api/v1/auth/logout", "/api/v1/auth/sessions/{session_id}/end")
"""Left out, or the rest of the run would only see 401."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_service() -> Iterator[str]:
    """A demo hall on a port of its own; stopped by its own pid."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="yimen-fuzz-") as folder:
        log = Path(folder) / "service.log"
        with log.open("w") as out:
            service = subprocess.Popen(
                [Path(sys.executable).parent / "yimen", "serve"],
                env=os.environ
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
            errors = [line for line in log.read_text().splitlines() if '"level": "error"' in line]
            if errors:
                sys.stdout.write("\n".join(["errors in the log:", *errors[:10], ""]))


def fuzz(base: str, username: str, seconds: int) -> int:
    reply = httpx.post(
        f"{base}/api/v1/auth/token", data={"username": username, "password": DEMO_PASSWORD}
    )
    reply.raise_for_status()
    excluded = [part for path in ENDS_THE_SESSION for part in ("--exclude-path", path)]
    return subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "run",
            f"{base}/api/v1/openapi.json",
            "--checks",
            CHECKS,
            "--max-time",
            str(seconds),
            "--continue-on-failure",
            "--no-shrink",
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
            "--header",
            f"Authorization: Bearer {reply.json()['access_token']}",
            *excluded,
        ],
        check=False,
    ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=180, help="a role")
    parser.add_argument("--role", action="append", choices=list(DEMO_LOGINS))
    wish = parser.parse_args()
    with running_service() as base:
        failed = [
            name for name in wish.role or list(DEMO_LOGINS) if fuzz(base, name, wish.seconds) != 0
        ]
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "no failures\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
