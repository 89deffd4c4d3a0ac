"""``make faults``: a running hall under load is hurt in every way, and must lose nothing.

A demo hall of its own with its embedded PostgreSQL, in a temporary folder. Clerks take cases in,
finish them, take and call tickets, read lists and follow events, every write under an
Idempotency-Key and sent again until it is acknowledged. Meanwhile come, one after the other:

- ``kill -9`` of the service, of PostgreSQL and of one of its backends, at random (``--kills``)
- PostgreSQL restarted
- SIGTERM while files are uploaded and streams are open
- the disk full (a small one is mounted for that; needs root)
- the service's clock an hour ahead, and an hour behind
- every message to the database 2 s late; then a black hole, twice (``--seconds``)

Afterwards the database is compared with what the clients were told. Fails when anything is lost or
doubled, when a status or code is not in the contract, or when a recovery takes more than 5 s.

    python -m tests.faults [--kills 20] [--seconds 25] [--seed 1]
"""

import argparse
import asyncio
import os
import random
import sys
import time

from tests.faults.scene import MUST_RECOVER_WITHIN_SECONDS, Outcome, Wish, run


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(outcome: Outcome) -> None:
    report, tally, findings = outcome.report, outcome.tally, outcome.findings
    say(f"{'fault':<50}{'ready after':>14}{'case taken in':>16}{'sent again':>12}")
    for one in report.injected:
        seconds = f"{one.ready_seconds:>12.1f} s{one.goes_on_seconds:>14.1f} s"
        say(f"{one.name:<50}{seconds}{one.sent_again:>12}")
    for name, why in report.left_out:
        say(f"{name:<50}  未测:{why}")
    say()
    replies = ", ".join(f"{kind}: {count}" for kind, count in sorted(tally.replies.items()))
    say(f"replies: {replies}")
    say(f"sent again: {tally.repeats}")
    for line in [*tally.undocumented, *findings.lost, *findings.doubled, *outcome.complaints][:40]:
        say(f"  {line}")
    say()
    say(f"faults injected: {len(report.injected)}")
    say(
        f"acknowledged writes: {tally.acknowledged} ({len(tally.cases)} cases, {len(tally.granted)}"
        f" decisions, {len(tally.tickets)} tickets, {len(tally.calls)} calls,"
        f" {len(tally.uploads)} imports)"
    )
    say(f"lost: {len(findings.lost)}")
    say(f"doubled: {len(findings.doubled)}")
    say(f"undocumented errors: {len(tally.undocumented)}")
    say(f"other faults found: {len(outcome.complaints)}")
    say(f"slowest recovery: {report.slowest:.1f} s (must be ≤ {MUST_RECOVER_WITHIN_SECONDS} s)")
    if not outcome.is_good:
        say("\n".join(["", "errors in the service's log:", *outcome.logged[:20]]))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="how often to kill -9")
    parser.add_argument("--seconds", type=float, default=25, help="how long a black hole lasts")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments and victims")
    given = parser.parse_args()
    began, load_before = time.monotonic(), os.getloadavg()[0]
    wish = Wish(kills=given.kills, hole_seconds=given.seconds)
    outcome = asyncio.run(run(wish, random.Random(given.seed)))
    show(outcome)
    say(
        f"{time.monotonic() - began:.0f} s, seed {given.seed}, {os.cpu_count()} cores, "
        f"load {load_before:.1f} before the run"
    )
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
