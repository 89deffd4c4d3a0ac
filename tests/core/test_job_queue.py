"""Leaving the queue: whoever works at it is made to go."""

import asyncio

import pytest

from yimen.core import job_queue


async def test_a_worker_that_waits_for_its_jobs_when_cancelled_still_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_queue, "_LEAVE_SECONDS", 0.01)

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:  # as the queue manager does
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    async with asyncio.timeout(30):
        await job_queue.end_in_time(working)
    assert working.done()
