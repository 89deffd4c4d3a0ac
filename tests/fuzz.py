"""``make fuzz``: schemathesis against the running service, as each role and as nobody.

Starts a demo hall of its own in a temporary folder, then lets schemathesis work through the whole
contract for some minutes a role. Fails on a server error, an undocumented status or content type,
a reply that does not fit its schema, or a guarded operation that answers without a token.

    python -m tests.fuzz [--seconds 180] [--role demo-window …]
"""

import argparse
import subprocess
import sys
from pathlib import Path

import httpx
from tests.demo_service import DEMO_PASSWORD, running_service
from tests.papers_factories import FONTS

from yimen.demo.fill import DEMO_LOGINS

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,ignored_auth,unsupported_method,allow_header_conformance"
)
ENDS_THE_SESSION = ("/api/v1/auth/logout", "/api/v1/auth/sessions/{session_id}/end")
"""Left out, or the rest of the run would only see 401."""


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
    service = [str(Path(sys.executable).parent / "yimen"), "serve"]
    with running_service(service, YIMEN_FONT_DIR=str(FONTS)) as base:
        failed = [
            name for name in wish.role or list(DEMO_LOGINS) if fuzz(base, name, wish.seconds) != 0
        ]
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "no failures\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
