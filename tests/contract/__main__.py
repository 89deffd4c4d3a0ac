"""``make contract``: the contract as a front end would use it.

1. A breaking change since the last promise is named in ``openapi/CHANGES.md``, or it fails here.
2. Redocly and Spectral read the contract, by the rules that lie beside it.
3. Its TypeScript types are made, and the stories in ``src`` compiled under ``strict``.
4. The stories run against a demo hall of its own, whose clock they move.

    python -m tests.contract [--against REF] [--only changes|lint|stories]
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tests.contract.breaking import JsonObject, breaches
from tests.demo_service import DEMO_PASSWORD, running_service

from yimen.core.clock import HALL_ZONE, system_now

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OPENAPI = ROOT / "openapi"
CONTRACT = OPENAPI / "openapi.json"
CHANGES = OPENAPI / "CHANGES.md"
NODE = (20, 19)
BEGINS_AT = datetime(2026, 3, 2, 9, 30, tzinfo=HALL_ZONE)
"""A Monday before the hall opens; from here the stories put the clock on, never back."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def git(*arguments: str) -> str:
    asked = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def last_promise() -> str:
    """The newest tag, or the commit that began the list of changes, or what is committed last."""
    if tags := git("tag", "--list", "v*", "--sort=-v:refname").split():
        return tags[0]
    began = git("log", "--diff-filter=A", "--format=%H", "--", str(CHANGES)).split()
    return began[-1] if began else "HEAD"


def check_changes(against: str | None) -> None:
    """Every breach of the promise is named; else it is said which are not."""
    promise = against or last_promise()
    old: JsonObject = json.loads(git("show", f"{promise}:openapi/openapi.json"))
    found = breaches(old, json.loads(CONTRACT.read_text(encoding="utf-8")))
    told = CHANGES.read_text(encoding="utf-8")
    missing = [breach for breach in found if f"`{breach}`" not in told]
    say(f"against {promise[:12]}: {len(found)} breaking changes, {len(missing)} not named")
    if missing:
        lines = "\n".join(f"- `{breach}`: why" for breach in missing)
        raise SystemExit(f"name them in openapi/CHANGES.md, each with its reason:\n{lines}")


def run(*command: str, **settings: str) -> None:
    """A tool of the folder's own; ends here when it fails."""
    environment = os.environ | {
        "REDOCLY_TELEMETRY": "off",
        "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    }
    tool = [str(HERE / "node_modules" / ".bin" / command[0]), *command[1:]]
    ended = subprocess.run(tool, cwd=HERE, env=environment | settings, check=False)
    if ended.returncode:
        raise SystemExit(f"{command[0]} found faults")


def install() -> None:
    """The locked packages, again only when the lock has changed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    asked = [node, "--version"] if node and npm else None
    version = (
        subprocess.run(asked, capture_output=True, text=True, check=True).stdout if asked else ""
    )
    if npm is None or tuple(map(int, re.findall(r"\d+", version)[:2])) < NODE:
        raise SystemExit(f"make contract needs Node {'.'.join(map(str, NODE))} or newer, with npm")
    state = HERE / "node_modules" / ".lock-digest"
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if not state.exists() or state.read_text() != digest:
        subprocess.run([npm, "ci", "--silent"], cwd=HERE, check=True)
        state.write_text(digest)


def lint() -> None:
    run("redocly", "lint", str(CONTRACT), "--config", str(OPENAPI / "redocly.yaml"))
    ruleset = str(OPENAPI / "spectral.yaml")
    run("spectral", "lint", str(CONTRACT), "--ruleset", ruleset, "--fail-severity", "warn")


def tell_stories() -> None:
    types = ["--default-non-nullable=false", "--output", "src/contract.d.ts"]
    run("openapi-typescript", str(CONTRACT), *types)
    shutil.rmtree(HERE / "build", ignore_errors=True)
    run("tsc", "--project", ".")
    with tempfile.TemporaryDirectory(prefix="yimen-contract-") as folder:
        clock = Path(folder) / "seconds-ahead"
        clock.write_text(str((BEGINS_AT - system_now()).total_seconds()))
        service = [sys.executable, "-m", "tests.contract.service", "serve"]
        path = f"{ROOT}{os.pathsep}{ROOT / 'src'}"
        moved = {"YIMEN_CONTRACT_CLOCK": str(clock), "PYTHONPATH": path}
        with running_service(service, **moved) as base:
            told = subprocess.run(
                ["node", "--test", "--test-reporter", "spec", "build/stories.js"],
                cwd=HERE,
                env=os.environ
                | moved
                | {"YIMEN_CONTRACT_URL": base, "YIMEN_CONTRACT_PASSWORD": DEMO_PASSWORD},
                check=False,
            )
    if told.returncode:
        raise SystemExit("a story went otherwise")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="the promise to compare with, as git names it")
    parser.add_argument("--only", choices=["changes", "lint", "stories"])
    wish = parser.parse_args(arguments)
    if wish.only in (None, "changes"):
        check_changes(wish.against)
    if wish.only != "changes":
        install()
    if wish.only in (None, "lint"):
        lint()
    if wish.only in (None, "stories"):
        tell_stories()


if __name__ == "__main__":
    main()
