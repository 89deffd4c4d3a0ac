"""What importing a file of rows costs: trial and taking over, at two sizes, so that growth shows.

Each kind and size has a hall of its own, empty but for its departments and windows, and is run as
the worker runs it: a batch to a transaction, through the services that people use.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.bench.ground import Ground, another_database
from tests.catalog_factories import make_item
from tests.factories import make_account, make_department, make_staff_member, make_window
from tests.imports_factories import as_csv

from yimen import registry
from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day, system_now
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.start import Secrets, make_context, new_secrets
from yimen.domains.imports.dependencies import open_file_imports, taker_opener
from yimen.domains.imports.enums import ImportKind
from yimen.domains.imports.schemas_files import ImportApply, ImportRead
from yimen.domains.imports.service_running import run_import

SIZES = (1_000, 4_000)
PLACES = 30
"""Departments, each with a window and an item."""

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Timed:
    """What a file of so many rows took, in rows a second."""

    rows: int
    tried_per_second: float
    taken_per_second: float


def staff_rows(count: int) -> Rows:
    """People who come new, each to a department and its window."""
    rows = [("工号", "姓名", "派遣部门", "职务", "窗口")]
    for number in range(count):
        place = number % PLACES
        rows.append((f"N{number}", "李强", _department(place), "窗口工作人员", _window(place)))
    return rows


def item_rows(count: int) -> Rows:
    """Items as a county's list has them: a department, a name, a code."""
    return [
        ("部门", "事项名称", "国家编码", "事项类型"),
        *(
            (_department(number % PLACES), f"事项（第{number}项）", f"511A{number:08}", "1")
            for number in range(count)
        ),
    ]


def past_rows(count: int) -> Rows:
    """Closed cases of ten years."""
    day = date(2010, 1, 4)
    rows = [
        ("原办件编号", "部门", "事项名称", "窗口", "申请人类型", "申请人", "收件日期", "办结日期",
         "结果"),
    ]  # fmt: skip
    for number in range(count):
        place, received = number % PLACES, day + timedelta(days=number % 3650)
        rows.append(
            (f"G-{number}", _department(place), _item(place), _window(place), "个人", "李强",
             f"{received}", f"{received + timedelta(days=9)}", "准予")
        )  # fmt: skip
    return rows


def inspection_rows(count: int) -> Rows:
    """Rounds of the last months, each of as many findings as there are windows."""
    today = hall_day(system_now())
    rows = [("督查类型", "督查日期", "督查人员", "扣分项", "窗口")]
    for number in range(count):
        round_no, place = divmod(number, PLACES)
        day = today - timedelta(days=1 + round_no % 60)
        inspector = "赵敏李强王芳"[round_no // 60 % 3 * 2 :][:2]
        rows.append(("窗口卫生", f"{day}", inspector, "hygiene.window.07", _window(place)))
    return rows


FILES: dict[ImportKind, Callable[[int], Rows]] = {
    ImportKind.STAFF: staff_rows,
    ImportKind.ITEMS: item_rows,
    ImportKind.PAST_CASES: past_rows,
    ImportKind.INSPECTIONS: inspection_rows,
}


def run(ground: Ground) -> dict[ImportKind, list[Timed]]:
    """Every kind at every size."""
    return {kind: [measure(ground.url, kind, size) for size in SIZES] for kind in FILES}


def measure(url: str, kind: ImportKind, rows: int) -> Timed:
    """A file of so many rows, tried and then taken over, in a hall of its own."""
    with another_database(url, f"imports_{os.getpid()}") as own:
        return asyncio.run(_measure(own, kind, as_csv(FILES[kind](rows)), rows))


async def _measure(url: str, kind: ImportKind, file: bytes, rows: int) -> Timed:
    settings = Settings()
    database = Database.connect(url, settings)
    context = make_context(settings, database, _keys(), registry.find_caller)
    try:
        caller = await _furnish(database)
        opener = taker_opener(context, registry.CALENDAR_FOLLOWERS)

        async def worked(job: ImportRead) -> tuple[ImportRead, float]:
            started = time.perf_counter()
            await run_import(context, job.id, opener)
            took = time.perf_counter() - started
            async with database.reading() as session:
                files = open_file_imports(session, caller, system_now(), context)
                return await files.read(job.id), took

        async with database.transaction() as session:
            files = open_file_imports(session, caller, system_now(), context)
            job = await files.upload(file, kind=kind, file_name="", create_departments=False)
        job, trial = await worked(job)
        assert job.created_count == rows, job
        async with database.transaction() as session:
            files = open_file_imports(session, caller, system_now(), context)
            job = await files.apply(job.id, ImportApply(skip_faulty=False), seen=job.version)
        job, taking = await worked(job)
        assert job.settled_count == rows, job
    finally:
        await database.close()
    return Timed(rows, rows / trial, rows / taking)


async def _furnish(database: Database) -> Caller:
    async with database.transaction() as session:
        for place in range(PLACES):
            department = await make_department(session, name=_department(place))
            window = await make_window(session, department, number=_window(place))
            await make_item(
                session, department, [window], name=_item(place), item_code=None, committed_days=5
            )
        office = await make_staff_member(session)
        account = await make_account(session, Role.OFFICE, staff_id=office)
    return Caller(account, account, "office", Role.OFFICE, office, "办公室", None, ())


def _keys() -> Secrets:
    jwt, personal_data, index = new_secrets().values()
    return Secrets(jwt=jwt, personal_data=personal_data, index=index)


def _department(place: int) -> str:
    return f"县第{place + 1}局"


def _window(place: int) -> str:
    return f"{place + 1:02}"


def _item(place: int) -> str:
    return f"食品经营许可（第{place + 1}类）"
