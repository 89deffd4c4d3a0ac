"""A service that is killed in the middle of an import: every row is there, once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from signal import SIGKILL
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from tests.attendance_factories import log_of, make_clock
from tests.conftest import TEST_KEYS
from tests.factories import Hall, make_hall
from tests.imports_factories import as_csv
from tests.running_service import RunningService, headers_of

from yimen import registry
from yimen.core.audit import AuditEntry
from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.start import make_context
from yimen.domains.accounts.service import office_caller
from yimen.domains.attendance.models import Punch, PunchBatch
from yimen.domains.imports.dependencies import open_file_imports
from yimen.domains.imports.enums import ImportKind, ImportState
from yimen.domains.imports.service_files import RUN, ImportApply
from yimen.domains.organisation.models import StaffMember

COUNT = 600
FILE = as_csv(
    [
        ("staff_number", "name", "department", "post"),
        *((f"K{number:05}", f"职员{number}", "县自然资源局", "科员") for number in range(COUNT)),
    ]
)


@pytest.fixture
async def hall_and_url(
    new_database: Callable[[str], str], settings: Settings
) -> AsyncIterator[tuple[Hall, str, Database]]:
    url = new_database("killed_imports")
    database = Database.connect(url, settings)
    async with database.transaction() as session:
        hall = await make_hall(session)
    yield hall, url, database
    await database.close()


async def written(database: Database) -> tuple[int, int]:
    """How many of the file's people there are, and how often one was made."""
    async with database.reading() as session:
        people = await session.scalar(
            sa.select(sa.func.count()).where(StaffMember.staff_number.like("K%"))
        )
        made = await session.scalar(
            sa.select(sa.func.count()).where(
                AuditEntry.action == "staff.create",
                AuditEntry.new["staff_number"].astext.like("K%"),
            )
        )
    return people or 0, made or 0


async def until(
    client: httpx.AsyncClient, job_id: str, is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(180):
        while True:
            job: dict[str, Any] = (await client.get(f"/imports/{job_id}")).json()
            if is_so(job):
                return job
            await asyncio.sleep(0.02)


async def test_a_killed_service_goes_on_where_it_was_and_doubles_nothing(
    hall_and_url: tuple[Hall, str, Database], tmp_path: Path
) -> None:
    hall, url, database = hall_and_url
    service = RunningService(url, tmp_path / "service.log")
    await service.start()
    try:
        async with httpx.AsyncClient(
            base_url=service.base, headers=headers_of(hall.office), trust_env=False
        ) as client:
            sent = await client.post(
                "/imports",
                files={"file": ("staff.csv", FILE)},
                data={"kind": "staff"},
                headers={"Idempotency-Key": "k"},
            )
            assert sent.status_code == 201, sent.text
            job = await until(client, sent.json()["id"], lambda job: job["state"] == "checked")
            assert job["created_count"] == COUNT
            ordered = await client.post(
                f"/imports/{job['id']}/apply",
                json={},
                headers={"If-Match": f'"{job["version"]}"'},
            )
            assert ordered.status_code == 200, ordered.text
            await until(client, job["id"], lambda job: job["settled_count"] > 0)
            await service.stop(SIGKILL)
            people, made = await written(database)
            assert 0 < people == made < COUNT
            await service.start()
            job = await until(client, job["id"], lambda job: job["state"] == "applied")
    finally:
        await service.close()
    assert (job["created_count"], job["settled_count"]) == (COUNT, COUNT)
    assert await written(database) == (COUNT, COUNT)


async def test_workers_that_are_at_one_file_at_once_do_each_row_once(
    hall_and_url: tuple[Hall, str, Database], settings: Settings
) -> None:
    hall, _, database = hall_and_url
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    async with database.transaction() as session:
        caller = await office_caller(session, hall.office.username)
        files = open_file_imports(session, caller, system_now(), context)
        job = await files.upload(
            FILE, kind=ImportKind.STAFF, file_name="", create_departments=False
        )

    async def all_together() -> None:
        work = registry.QUEUED_WORK[RUN]
        await asyncio.gather(*(work(context, str(job.id)) for _ in range(3)))

    await all_together()
    async with database.transaction() as session:
        files = open_file_imports(session, caller, system_now(), context)
        job = await files.read(job.id)
        await files.apply(job.id, ImportApply(), seen=job.version)
    await all_together()
    assert await written(database) == (COUNT, COUNT)


async def test_workers_that_are_at_one_file_of_touches_at_once_take_it_over_once(
    hall_and_url: tuple[Hall, str, Database], settings: Settings
) -> None:
    hall, _, database = hall_and_url
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    touches = log_of([("11", f"2026-03-{day:02} 09:58:00") for day in range(1, 32)])
    async with database.transaction() as session:
        await make_clock(session)
        caller = await office_caller(session, hall.office.username)
        files = open_file_imports(session, caller, system_now(), context)
        job = await files.upload(
            touches,
            kind=ImportKind.PUNCHES,
            file_name="",
            create_departments=False,
            clock_number="K1",
        )

    async def all_together() -> None:
        work = registry.QUEUED_WORK[RUN]
        await asyncio.gather(*(work(context, str(job.id)) for _ in range(3)))

    await all_together()
    async with database.transaction() as session:
        files = open_file_imports(session, caller, system_now(), context)
        job = await files.read(job.id)
        assert (job.state, job.created_count) == (ImportState.CHECKED, 31)
        await files.apply(job.id, ImportApply(), seen=job.version)
    await all_together()
    async with database.reading() as session:
        batches = (await session.scalars(sa.select(PunchBatch.punch_count))).all()
        assert list(batches) == [31]
        assert await session.scalar(sa.select(sa.func.count()).select_from(Punch)) == 31
