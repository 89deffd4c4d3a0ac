"""Imports and decisions at the same moment, on a database of its own with real commits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.catalog_factories import content_body, make_item
from tests.conftest import TEST_KEYS, SetClock
from tests.factories import Hall, Person, make_hall

from yimen import registry
from yimen.core.caller import Caller
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.errors import AppError
from yimen.core.start import make_context
from yimen.domains.catalog.dependencies import proposal_service
from yimen.domains.catalog.enums import ProposalState
from yimen.domains.catalog.models import ItemVersion, ServiceItem
from yimen.domains.catalog.schemas import (
    ItemProposalCreate,
    ProposalApproval,
    ProposalOpinion,
)
from yimen.domains.imports.dependencies import open_file_imports, taker_opener
from yimen.domains.imports.enums import ImportKind
from yimen.domains.imports.schemas_files import ImportApply, ImportRead
from yimen.domains.imports.service_running import run_import
from yimen.domains.organisation.models import Department

FILE = "department,name,item_code,task_type\n" + "".join(
    f"县市场监督管理局,事项{number},{number},1\n" for number in range(300)
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A committed hall, and the clock."""

    database: Database
    context: Context
    hall: Hall
    now: datetime

    def caller(self, person: Person) -> Caller:
        return Caller(
            account_id=person.account_id,
            session_id=person.session_id,
            username=person.username,
            role=person.role,
            staff_id=person.staff_id,
            staff_name=person.name,
            department_id=None,
            window_ids=(),
        )

    async def tried(self, file: str) -> UUID:
        """A file of items that was sent and tried, to be taken over in nobody's name."""
        async with self.database.transaction() as session:
            files = open_file_imports(session, None, self.now, self.context)
            job = await files.upload(
                file.encode(), kind=ImportKind.ITEMS, file_name="", create_departments=True
            )
        await self._get_on(job.id)
        return job.id

    async def take_over(self, job_id: UUID) -> ImportRead:
        async with self.database.transaction() as session:
            files = open_file_imports(session, None, self.now, self.context)
            seen = (await files.read(job_id)).version
            await files.apply(job_id, ImportApply(), seen=seen)
        await self._get_on(job_id)
        async with self.database.reading() as session:
            return await open_file_imports(session, None, self.now, self.context).read(job_id)

    async def _get_on(self, job_id: UUID) -> None:
        opener = taker_opener(self.context, registry.CALENDAR_FOLLOWERS)
        await run_import(self.context, job_id, opener)

    async def reasons(self, job_id: UUID) -> list[str]:
        """What is said of the rows, by code."""
        async with self.database.reading() as session:
            files = open_file_imports(session, None, self.now, self.context)
            return [one.code for one in (await files.sum_up(job_id)).reasons]


@pytest.fixture
async def scene(
    new_database: Callable[[str], str], settings: Settings, clock: SetClock
) -> AsyncIterator[Scene]:
    database = Database.connect(new_database("imports"), settings)
    async with database.transaction() as session:
        hall = await make_hall(session)
    context = make_context(settings, database, TEST_KEYS, registry.find_caller)
    yield Scene(database, context, hall, clock())
    await database.close()


async def test_of_two_imports_of_one_file_the_second_finds_all_done(scene: Scene) -> None:
    jobs = [await scene.tried(FILE) for _ in range(2)]
    taken = await asyncio.gather(*(scene.take_over(job) for job in jobs))
    assert sorted(job.created_count for job in taken) == [0, 300]
    assert sorted(job.unchanged_count for job in taken) == [0, 300]
    async with scene.database.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(ServiceItem)) == 300


async def test_two_imports_that_would_make_one_department_make_it_once(scene: Scene) -> None:
    files = [f"department,name,task_type\n区经信局,事项{number},1\n" for number in range(2)]
    jobs = [await scene.tried(file) for file in files]
    for job in jobs:
        assert "department_created" in await scene.reasons(job)
    await asyncio.gather(*(scene.take_over(job) for job in jobs))
    told = [("department_created" in await scene.reasons(job)) for job in jobs]
    assert sorted(told) == [False, True]
    async with scene.database.reading() as session:
        made = sa.select(sa.func.count()).where(Department.name == "区经信局")
        assert await session.scalar(made) == 1


async def proposed(scene: Scene, wish: ItemProposalCreate) -> tuple[UUID, int]:
    """A proposal with the office's opinion: its id and version."""
    async with scene.database.transaction() as session:
        office = await proposal_service(session, scene.caller(scene.hall.office), scene.now)
        proposal = await office.propose(wish)
        opinion = ProposalOpinion.model_validate({"opinion": "supports", "text": "同意"})
        proposal = await office.give_opinion(proposal.id, opinion, seen=proposal.version)
        return proposal.id, proposal.version


async def approve(scene: Scene, proposal: tuple[UUID, int]) -> str:
    """The state it comes to, or the code of the refusal."""
    try:
        async with scene.database.transaction() as session:
            director = await proposal_service(session, scene.caller(scene.hall.director), scene.now)
            done = await director.approve(proposal[0], ProposalApproval(), seen=proposal[1])
            return done.state.value
    except AppError as error:
        return error.code


async def test_an_approval_sent_twice_makes_one_version(scene: Scene) -> None:
    hall = scene.hall
    async with scene.database.transaction() as session:
        item = await make_item(session, hall.department_a, [hall.window_01])
    wish = ItemProposalCreate.model_validate(
        {
            "kind": "change",
            "item_id": item.item_id,
            "base_version_no": 1,
            "content": content_body(hall.window_01, committed_days=3),
            "reason": "压缩时限",
        }
    )
    proposal = await proposed(scene, wish)
    outcomes = await asyncio.gather(*(approve(scene, proposal) for _ in range(4)))
    assert sorted(outcomes) == sorted([ProposalState.APPROVED.value, "stale", "stale", "stale"])
    async with scene.database.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(ItemVersion)) == 2


async def test_an_import_and_an_approval_of_one_item_both_stand_or_one_is_refused(
    scene: Scene,
) -> None:
    """Neither undoes the other unseen: each version is made from the one before it."""
    hall = scene.hall
    async with scene.database.transaction() as session:
        item = await make_item(session, hall.department_a, [hall.window_01], name="甲")
    wish = ItemProposalCreate.model_validate(
        {
            "kind": "change",
            "item_id": item.item_id,
            "base_version_no": 1,
            "content": content_body(hall.window_01, name="甲", complaint_phone="12345"),
            "reason": "电话变更",
        }
    )
    proposal = await proposed(scene, wish)
    job_id = await scene.tried("department,name,committed_days\n县市场监督管理局,甲,2\n")

    async def take_over() -> str:
        job = await scene.take_over(job_id)
        return str(job.changed_count) if not job.refused_count else (await scene.reasons(job_id))[0]

    approval, report = await asyncio.gather(approve(scene, proposal), take_over())
    assert (approval, report) in [
        ("approved", "1"),
        ("approved", "item_version_outdated"),
        ("item_version_outdated", "1"),
    ]
    async with scene.database.reading() as session:
        newest = await session.scalar(
            sa.select(ItemVersion).order_by(ItemVersion.version_no.desc()).limit(1)
        )
    assert newest is not None
    if (approval, report) == ("approved", "1"):
        assert (newest.version_no, newest.complaint_phone, newest.committed_days) == (3, "12345", 2)
    else:
        assert newest.version_no == 2
