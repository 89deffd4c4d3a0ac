"""A short run of ``make faults``, and that its own checks would see a loss."""

import random

import pytest
from tests.faults.checks import Findings
from tests.faults.scene import Wish, run


@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_or_doubled_when_service_and_database_fail() -> None:
    outcome = await run(Wish(kills=3, hole_seconds=4, is_whole=False), random.Random(SEED))
    killed = {injury.name for injury in outcome.report.injected}
    assert {"kill -9 service", "kill -9 PostgreSQL", "kill -9 PostgreSQL backend"} < killed
    assert len(outcome.tally.cases) > 30
    assert outcome.tally.repeats > 0, "the faults interrupted nothing"
    assert outcome.tally.undocumented == [], outcome.logged
    assert outcome.findings == Findings()
    assert outcome.complaints == []


SEED = 12
"""Draws each kind of kill once."""


def test_a_loss_a_double_and_an_intruder_are_found() -> None:
    findings = Findings()
    findings.compare("case", ["1", "2", "3"], ["2", "3", "3", "4"])
    assert findings == Findings(
        lost=["case 1"], doubled=["case 3"], others=["case 4: nobody was told"]
    )
    findings = Findings()
    findings.compare("ticket", ["7", "7"], ["7"])  # one number told to two
    assert findings.doubled == ["ticket 7"]
