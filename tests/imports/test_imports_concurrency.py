"""Imports and decisions at the same moment, on a database of its own with real commits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.catalog_factories import content_body, make_item
from tests.conftest import SetClock
from tests.factories import Hall, Person, make_hall

from yimen.core.caller import Caller
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.errors import AppError
from yimen.domains.catalog.dependencies import proposal_service
from yimen.domains.catalog.enums import ProposalState
from yimen.domains.catalog.models import ItemVersion, ServiceItem
from yimen.domains.catalog.schemas import (
    ItemProposalCreate,
    ProposalApproval,
    ProposalOpinion,
)
from yimen.domains.imports.service import ImportReport, import_items_as_system

FILE = "department,name,item_code,task_type\n" + "".join(
    f"县市场监督管理局,事项{number},{number},1\n" for number in range(300)
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A committed hall, and the clock."""

    database: Database
    settings: Settings
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

    async def run_import(self, file: str) -> ImportReport:
        async with self.database.transaction() as session:
            return await import_items_as_system(
                session,
                file.encode(),
                dry_run=False,
                create_departments=True,
                now=self.now,
                settings=self.settings,
            )


@pytest.fixture
async def scene(
    new_database: Callable[[str], str], settings: Settings, clock: SetClock
) -> AsyncIterator[Scene]:
    database = Database.connect(new_database("imports"), settings)
    async with database.transaction() as session:
        hall = await make_hall(session)
    yield Scene(database, settings, hall, clock())
    await database.close()


async def test_of_two_imports_of_one_file_the_second_finds_all_done(scene: Scene) -> None:
    reports = await asyncio.gather(*(scene.run_import(FILE) for _ in range(2)))
    assert sorted(report.created_count for report in reports) == [0, 300]
    assert sorted(report.unchanged_count for report in reports) == [0, 300]
    async with scene.database.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(ServiceItem)) == 300


async def test_two_imports_that_would_make_one_department_make_it_once(scene: Scene) -> None:
    files = [f"department,name,task_type\n区经信局,事项{number},1\n" for number in range(2)]
    reports = await asyncio.gather(*(scene.run_import(file) for file in files))
    made = sorted(len(report.departments_created) for report in reports)
    assert made == [0, 1]


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
    file = "department,name,committed_days\n县市场监督管理局,甲,2\n"

    async def run_import() -> str:
        try:
            return str((await scene.run_import(file)).changed_count)
        except AppError as error:
            return error.code

    approval, report = await asyncio.gather(approve(scene, proposal), run_import())
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
