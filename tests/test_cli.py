"""The command: its help, its exit codes, its refusals in one Chinese sentence."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from importlib import resources
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from tests.attendance_factories import log_of, make_clock
from tests.conftest import outside_the_loop
from tests.factories import make_account, make_hall
from tests.imports_factories import cells_of
from typer.testing import CliRunner

from yimen import cli
from yimen.core.caller import Caller, Role
from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings, get_settings
from yimen.core.crypto import keys_from_settings, place
from yimen.core.database import Database, new_id
from yimen.core.embedded_postgres import EmbeddedPostgres
from yimen.domains.complaints.enums import ComplaintChannel, ComplaintState
from yimen.domains.complaints.models import Complaint
from yimen.domains.scoring.dependencies import posting_of_the_clock
from yimen.domains.scoring.repository import ScoreRepository
from yimen.domains.scoring.service_months import MonthService

YIMEN = Path(sys.executable).parent / "yimen"


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own, as a script would call it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("YIMEN_")}
    return subprocess.run(
        [YIMEN, *arguments], env=clean | settings, capture_output=True, text=True, check=False
    )


def test_help_lists_every_group() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for command in ("serve", "db", "demo", "import", "rulebook", "accounts", "keys", "openapi"):
        assert command in shown.stdout


def test_a_wrong_option_is_wrong_usage() -> None:
    assert run("serve", "--no-such-option").returncode == 2


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"YIMEN_DATABASE_URL": "mysql://x"}, "postgresql+asyncpg://"),
        ({"YIMEN_DATABASE_URL": "postgresql+asyncpg://x@127.0.0.1:1/x"}, "连接不上"),
    ],
)
def test_a_database_that_cannot_be_reached_says_so(settings: dict[str, str], sentence: str) -> None:
    refused = run("db", "status", **settings)
    assert refused.returncode == 3
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def good_keys() -> dict[str, str]:
    lines = run("keys").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"YIMEN_JWT_SECRET": None}, "缺少设置 YIMEN_JWT_SECRET"),
        ({"YIMEN_JWT_SECRET": "too-short"}, "YIMEN_JWT_SECRET 不合格"),
        ({}, "yimen db upgrade"),
    ],
)
def test_outside_the_demo_the_service_refuses_to_start_unprepared(
    postgres: EmbeddedPostgres, changes: dict[str, str | None], sentence: str
) -> None:
    wanted = good_keys() | changes | {"YIMEN_DATABASE_URL": postgres.url_for("postgres")}
    given = {name: value for name, value in wanted.items() if value is not None}
    refused = run("serve", "--port", "0", **given)
    assert refused.returncode == 3
    assert sentence in refused.stderr


def test_keys_that_do_not_fit_the_data_are_refused_and_an_older_one_mends_it(
    new_database: Callable[[str], str],
) -> None:
    url = new_database("other_keys")
    used, others = good_keys(), good_keys()
    data = keys_from_settings(
        used["YIMEN_PERSONAL_DATA_KEYS"], used["YIMEN_PERSONAL_DATA_INDEX_KEY"]
    )

    async def complain() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with AsyncSession(engine) as session, session.begin():
            made, phone = new_id(), "13899990000"
            complaint = Complaint(
                id=made,
                complaint_number="TS-2026-1",
                channel=ComplaintChannel.PHONE,
                state=ComplaintState.REGISTERED,
                summary="咨询时被推诿",
                content=data.encrypt("……", bound_to=place(made, "content")),
                complainant_phone=data.encrypt(phone, bound_to=place(made, "complainant_phone")),
                complainant_phone_index=data.blind_index(phone, kind="phone"),
                occurred_on=date(2026, 3, 9),
                received_at=datetime(2026, 3, 9, 11, tzinfo=HALL_ZONE),
                registered_at=datetime(2026, 3, 9, 11, tzinfo=HALL_ZONE),
                acceptance_due_at=datetime(2026, 3, 10, 19, tzinfo=HALL_ZONE),
                lookup_code="K7QM-3X9P-2RTD",
                version=1,
            )
            session.add(complaint)
        await engine.dispose()

    outside_the_loop(lambda: asyncio.run(complain()))

    def serve(**changes: str) -> subprocess.CompletedProcess[str]:
        return run("worker", **(used | {"YIMEN_DATABASE_URL": url} | changes))

    name = "YIMEN_PERSONAL_DATA_INDEX_KEY"
    refused = serve(**{name: others[name]})
    assert (refused.returncode, "检索密钥找不到已有的个人信息" in refused.stderr) == (3, True)
    refused = serve(YIMEN_PERSONAL_DATA_KEYS=others["YIMEN_PERSONAL_DATA_KEYS"].replace("k1", "k9"))
    assert (refused.returncode, "找不到加密这条个人信息的密钥" in refused.stderr) == (3, True)
    both = used | {"YIMEN_DATABASE_URL": url, name: f"{others[name]},{used[name]}"}
    anew = run("db", "encrypt-anew", "--json", **both)
    assert json.loads(anew.stdout) == {"encrypted": 0, "indexed": 1}
    refused = serve()
    assert (refused.returncode, "检索密钥找不到已有的个人信息" in refused.stderr) == (3, True)


def test_the_rulebook_is_checked_in_words(tmp_path: Path) -> None:
    edition = resources.files("yimen.domains.rulebook") / "editions" / "2008-01.yaml"
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    text = edition.read_text(encoding="utf-8")
    good.write_text(text, encoding="utf-8")
    bad.write_text(text.replace('operator: ">="', 'operator: ">"', 1), encoding="utf-8")
    runner = CliRunner()
    assert runner.invoke(cli.app, ["rulebook", "check", str(good)]).exit_code == 0
    refused = runner.invoke(cli.app, ["rulebook", "check", str(bad), "--json"])
    assert refused.exit_code == 1
    (problem,) = json.loads(refused.stdout)["problems"]
    assert "以上" in problem


def test_an_audit_trail_is_verified_against_a_digest_noted_elsewhere(
    new_database: Callable[[str], str],
) -> None:
    at = {"YIMEN_DATABASE_URL": new_database("verified")}
    sound = run("audit", "verify", "--json", **at)
    assert sound.returncode == 0
    assert json.loads(sound.stdout)["is_sound"] is True
    cut = run("audit", "verify", "--expect", "ab" * 32, **at)
    assert cut.returncode == 1
    assert "抄录的摘要不在链上" in cut.stdout


async def seal_march(session: AsyncSession) -> None:
    """A hall's month, opened, published and sealed by the office on 2 April 2026."""
    office = (await make_hall(session)).office
    caller = Caller(
        account_id=office.account_id,
        session_id=office.session_id,
        username=office.username,
        role=office.role,
        staff_id=office.staff_id,
        staff_name=office.name,
        department_id=None,
        window_ids=(),
    )
    now, march = datetime(2026, 4, 2, 11, tzinfo=HALL_ZONE), date(2026, 3, 1)
    posting = await posting_of_the_clock(session, now)
    months = MonthService(ScoreRepository(session), posting, caller, now)
    opened = await months.open(march)
    closed = await months.close(march, opened.version)
    await months.seal(march, closed.version)


def test_sealed_scores_are_recomputed_and_a_change_behind_their_back_is_named(
    new_database: Callable[[str], str],
) -> None:
    url = new_database("sealed_scores")
    at = {"YIMEN_DATABASE_URL": url}

    def meanwhile(work: Callable[[AsyncSession], Awaitable[object]]) -> None:
        async def do() -> None:
            database = Database.connect(url, Settings())
            async with database.transaction() as session:
                await work(session)
            await database.close()

        outside_the_loop(lambda: asyncio.run(do()))

    async def raise_a_score(session: AsyncSession) -> None:
        await session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await session.execute(
            sa.text("UPDATE score_totals SET own = own + 1 WHERE subject_kind = 'window'")
        )

    meanwhile(seal_march)
    sound = run("scoring", "verify", **at)
    assert (sound.returncode, sound.stdout.splitlines()) == (
        0,
        ["已核对 1 个月的 1 个封存版本。", "重新计算与封存一致，没有发现改动。"],
    )
    meanwhile(raise_a_score)
    broken = run("scoring", "verify", "2026-03", **at)
    assert broken.returncode == 1
    assert "2026-03 第 1 版：台账或得分与封存时的摘要不符。" in broken.stdout
    told = json.loads(run("scoring", "verify", "--json", **at).stdout)
    assert (told["is_sound"], [month["month"] for month in told["months"]]) == (False, ["2026-03"])
    unknown = run("scoring", "verify", "2020-01", **at)
    assert (unknown.returncode, unknown.stderr) == (1, "这个月还没有考评。\n")
    assert run("scoring", "verify", "March", **at).returncode == 2


def test_a_contract_that_drifted_is_named(tmp_path: Path) -> None:
    get_settings.cache_clear()
    stale = tmp_path / "openapi.json"
    stale.write_text("{}", encoding="utf-8")
    runner = CliRunner()
    assert runner.invoke(cli.app, ["openapi", "--check", "--path", str(stale)]).exit_code == 1
    assert runner.invoke(cli.app, ["openapi", "--path", str(stale)]).exit_code == 0
    assert runner.invoke(cli.app, ["openapi", "--check", "--path", str(stale)]).exit_code == 0


def test_a_clocks_log_is_imported_at_the_machine_and_a_second_time_changes_nothing(
    new_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_database("punched")
    log = tmp_path / "1_attlog.dat"
    log.write_bytes(log_of([("11", "2020-09-30 10:10:37"), ("11", "2020-09-30 14:02:00")]))
    order = ("import", "punches", str(log), "--clock", "K1", "--as", "office")
    keys = good_keys() | {"YIMEN_DATABASE_URL": url}

    async def open_an_account() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with AsyncSession(engine) as session, session.begin():
            await make_account(session, Role.OFFICE, username="office")
        await engine.dispose()

    async def hang_up_a_clock() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with AsyncSession(engine) as session, session.begin():
            await make_clock(session, in_use_from=date(2020, 1, 1))
        await engine.dispose()

    outside_the_loop(lambda: asyncio.run(open_an_account()))
    unknown = run(*order, **keys)
    assert (unknown.returncode, unknown.stderr) == (1, "没有这个编号的考勤机，请先登记。\n")
    outside_the_loop(lambda: asyncio.run(hang_up_a_clock()))
    reports = []
    for options in ([], ["--apply"], ["--apply"]):
        done = run(*order, "--json", *options, **keys)
        assert done.returncode == 0, done.stderr
        reports.append(json.loads(done.stdout))
    assert [(one["state"], one["created_count"], one["unchanged_count"]) for one in reports] == [
        ("checked", 2, 0),
        ("applied", 2, 0),
        ("applied", 0, 2),
    ]
    log.write_bytes(log_of([("11", "2131-01-08 08:46:56"), ("11", "2020-09-30 19:31:00")]))
    held = run(*order, "--apply", **keys)
    assert (held.returncode, held.stdout.splitlines()[0]) == (
        1,
        "只做了检查，没有写入任何内容。",
    )
    dirty = run(*order, "--apply", "--skip-faulty", **keys)
    assert dirty.returncode == 1  # a line could not be taken in; the other one was
    assert dirty.stdout.splitlines() == [
        "共 2 行：已新增 1，已变更 0，无变化 0，有误 1。",
        "打卡时间自 2020-09-30 19:31:00 至 2020-09-30 19:31:00。",
        "不可能的时间：1 行。",
        "考勤号 11 没有登记：1 条，自第 2 行起；登记后自动计入。",
        "第 1 行 打卡时间：不可能的时间：早于考勤机启用，或晚于收到文件的时刻。",
    ]


def test_items_are_tried_and_taken_over_at_the_machine_without_an_account(
    new_database: Callable[[str], str], tmp_path: Path
) -> None:
    file, to_mend = tmp_path / "items.csv", tmp_path / "faulty.xlsx"
    header = "department,name,task_type\n"
    file.write_text(header + "区经信局,甲,1\n区经信局,乙,1\n区商务局,丙,2\n", encoding="utf-8")
    order = ("import", "items", str(file))
    keys = good_keys() | {"YIMEN_DATABASE_URL": new_database("listed")}
    held = run(*order, "--faulty-rows", str(to_mend), **keys)
    assert (held.returncode, held.stdout.splitlines()[:4]) == (
        1,
        [
            "只做了检查，没有写入任何内容。",
            "共 3 行：将新增 0，将变更 0，无变化 0，有误 3。",
            "部门：中心没有部门“区经信局”，请核对名称，或选择新建文件中出现的部门。（2 行）",
            "第 2 行 部门：中心没有部门“区经信局”，请核对名称，或选择新建文件中出现的部门。",
        ],
    )
    assert [row[-2] for row in cells_of(to_mend.read_bytes())] == ["行号", "2", "3", "4"]

    file.write_text(header + "区经信局,甲,1\n区经信局,乙,1\n", encoding="utf-8")
    tried = run(*order, "--create-departments", **keys)
    assert (tried.returncode, tried.stderr) == (0, "要写入，请加上 --apply 再运行一次。\n")
    assert tried.stdout.splitlines() == [
        "只做了检查，没有写入任何内容。",
        "共 2 行：将新增 2，将变更 0，无变化 0，有误 0。",
        "文件没有写明、暂定待补全：收费标准、承诺时限、办件类型、申报材料、法定时限、办理窗口。"
        "（2 行）",
        "办理窗口：没有窗口可以办理，待启用。（2 行）",
        "部门：中心没有这个部门，随这一行新建。（1 行）",
    ]
    reports = []
    for _ in range(2):
        done = run(*order, "--create-departments", "--apply", "--json", **keys)
        assert done.returncode == 0, done.stderr
        reports.append(json.loads(done.stdout))
    assert [
        (one["state"], one["created_count"], one["unchanged_count"], one["uploaded_by_name"])
        for one in reports
    ] == [("applied", 2, 0, "系统"), ("applied", 0, 2, "系统")]
    nobody = run(*order, "--as", "office", **keys)
    assert (nobody.returncode, nobody.stderr) == (1, "没有用户名为 office 的账号。\n")


def test_staff_are_tried_at_the_machine_and_taken_over_on_the_word(
    new_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = new_database("staffed")
    file = tmp_path / "staff.jsonl"
    file.write_text('{"工号": "9001", "姓名": "李强", "派遣部门": "中心", "职务": "科员"}\n')
    order = ("import", "staff", str(file), "--as", "office")
    keys = good_keys() | {"YIMEN_DATABASE_URL": url}
    nobody = run(*order, **keys)
    assert (nobody.returncode, nobody.stderr) == (1, "没有用户名为 office 的账号。\n")

    async def open_an_account() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with AsyncSession(engine) as session, session.begin():
            await make_account(session, Role.OFFICE, username="office")
        await engine.dispose()

    outside_the_loop(lambda: asyncio.run(open_an_account()))
    tried = run(*order, **keys)
    assert (tried.returncode, tried.stdout.splitlines()) == (
        0,
        [
            "只做了检查，没有写入任何内容。",
            "共 1 行：将新增 1，将变更 0，无变化 0，有误 0。",
        ],
    )
    reports = [json.loads(run(*order, "--apply", "--json", **keys).stdout) for _ in range(2)]
    assert [(one["state"], one["created_count"], one["unchanged_count"]) for one in reports] == [
        ("applied", 1, 0),
        ("applied", 0, 1),
    ]
    file.write_text('{"工号": "9002", "姓名": "王芳", "派遣部门": "无此局", "职务": "科员"}\n')
    faulty = run(*order, "--apply", **keys)
    assert faulty.returncode == 1
    assert faulty.stdout.splitlines()[1:] == [
        "共 1 行：将新增 0，将变更 0，无变化 0，有误 1。",
        "第 1 行 派遣部门：中心没有这个名称或代码的部门，请核对。",
    ]
