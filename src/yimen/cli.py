"""The ``yimen`` command: run the service, look after its database, bring data in.

Exit codes: 0 done; 1 refused or incomplete (the reason is printed); 2 wrong usage; 3 the service or
its database cannot start like this.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import orjson
import sqlalchemy as sa
import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from yimen import registry
from yimen.core.audit_chain import ChainVerdict, audit_head, verify_audit
from yimen.core.backup import back_up, restore
from yimen.core.caller import Caller, Role
from yimen.core.clock import system_now
from yimen.core.config import Settings, get_settings
from yimen.core.crypto import Undecipherable
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.embedded_postgres import EmbeddedPostgresError
from yimen.core.errors import AppError
from yimen.core.key_rotation import encrypt_anew, find_unreadable, index_anew
from yimen.core.logs import set_up_logs
from yimen.core.migrations import newest_revision, revision_of, upgrade
from yimen.core.start import (
    CannotStart,
    load_secrets,
    make_context,
    new_secrets,
    open_context,
    open_personal_data,
    start_database,
    stop_embedded,
)
from yimen.demo.fill import DEMO_LOGINS, DEMO_PASSWORD, fill_demo, is_empty
from yimen.demo.floor import read_secrets
from yimen.domains.accounts.schemas import AccountQuery, AccountRead
from yimen.domains.accounts.service import (
    account_named,
    accounts_as_system,
    count_demo_passwords,
    create_account_as_system,
    office_caller,
)
from yimen.domains.imports.dependencies import open_file_imports, taker_opener
from yimen.domains.imports.enums import ImportKind, ImportState
from yimen.domains.imports.service_files import ImportApply, ImportRead
from yimen.domains.imports.service_running import run_import
from yimen.domains.rulebook.service import RulebookService, check_edition
from yimen.domains.scoring.schemas_months import Verification
from yimen.domains.scoring.service_months import verify_as_system
from yimen.main import create_app, prepare, settle, start_background

Result = TypeVar("Result")

app = typer.Typer(
    name="yimen",
    help="一门受理：政务服务中心后台。设置见环境变量 YIMEN_*（README 有全表）。",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
database_app = typer.Typer(help="数据库：升级与查看。", no_args_is_help=True)
demo_app = typer.Typer(help="演示大厅。", no_args_is_help=True)
import_app = typer.Typer(help="批量导入。", no_args_is_help=True)
rulebook_app = typer.Typer(help="制度版本。", no_args_is_help=True)
audit_app = typer.Typer(help="审计。", no_args_is_help=True)
scoring_app = typer.Typer(help="考评。", no_args_is_help=True)
account_app = typer.Typer(help="账号。", no_args_is_help=True)
for name, part in {
    "db": database_app,
    "demo": demo_app,
    "import": import_app,
    "rulebook": rulebook_app,
    "audit": audit_app,
    "scoring": scoring_app,
    "accounts": account_app,
}.items():
    app.add_typer(part, name=name)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出，供脚本使用")]


def main() -> None:
    """Entry point: known refusals become one sentence and an exit code."""
    gc.freeze()  # what was imported stays; looking through it when the command ends takes a second
    try:
        app()
    except (CannotStart, EmbeddedPostgresError, FileNotFoundError) as error:
        err.print(f"无法启动：{error}")
        sys.exit(3)
    except AppError as error:
        err.print(error.detail)
        for problem in error.errors:
            err.print(f"  {problem.pointer} {problem.detail}")
        sys.exit(1)
    except sa.exc.ProgrammingError:
        err.print("数据库结构与程序不符。请先运行 yimen db upgrade。")
        sys.exit(3)
    except (OSError, sa.exc.DBAPIError) as error:
        err.print(f"数据库连接不上：{type(error).__name__}。请检查 YIMEN_DATABASE_URL 与数据库。")
        sys.exit(3)


def show_json(value: object) -> None:
    """A document on standard output, and nothing else."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def run_with_database(
    work: Callable[[Database, Settings], Coroutine[Any, Any, Result]],
) -> Result:
    """Start what is needed, do the work, leave everything as it was."""
    settings = get_settings()
    url = start_database(settings)

    async def run() -> Result:
        database = Database.connect(url, settings)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    finally:
        stop_embedded()


# Running


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认 YIMEN_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="监听端口，默认 YIMEN_PORT")] = None,
    workers: Annotated[int | None, typer.Option(help="进程数，默认 YIMEN_WORKERS")] = None,
    root_path: Annotated[str | None, typer.Option(help="反向代理去掉的路径前缀")] = None,
) -> None:
    """启动服务（没有 YIMEN_DATABASE_URL 时连同内嵌数据库与演示大厅）。"""
    if root_path is not None:
        os.environ["YIMEN_ROOT_PATH"] = root_path  # for the worker processes, too
        get_settings.cache_clear()
    settings = get_settings()
    address, number = host or settings.host, settings.port if port is None else port
    load_secrets(settings)
    require_free_port(address, number)
    try:
        prepare_database(settings)
        print_banner(settings, address, number)
        uvicorn.run(
            "yimen.main:create_app",
            factory=True,
            host=address,
            port=number,
            workers=workers or settings.workers,
            root_path=settings.root_path,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=4,
        )
    finally:
        stop_embedded()


@app.command()
def worker() -> None:
    """只做后台工作（定时任务、推送），不提供接口；服务端请设 YIMEN_IN_PROCESS_WORKER=false。"""
    settings = get_settings()
    load_secrets(settings)
    set_up_logs(settings.log_level)
    try:
        prepare_database(settings)
        out.print("后台工作已开始，按 Ctrl+C 结束。")
        sys.stdout.flush()
        asyncio.run(work_until_stopped(settings))
    finally:
        stop_embedded()


async def work_until_stopped(settings: Settings) -> None:
    """Do the background work until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with open_context(settings, registry.find_caller, registry.find_device) as context:
        await prepare(context)
        tasks = start_background(context)
        settle()
        await stopped.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def require_free_port(host: str, port: int) -> None:
    """Say so before anything is started when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"{host}:{port} 不能监听（{error.strerror}）。服务可能已在运行；"
                "也可用 YIMEN_PORT 换一个端口。"
            ) from error


def prepare_database(settings: Settings) -> None:
    """Bring the embedded database up to date and fill the demo; check any other.

    Raises :class:`CannotStart` for a database that is not migrated, still has demo passwords, or
    has personal data of other keys.
    """
    url = start_database(settings)
    if settings.is_embedded:
        upgrade(url)
    asyncio.run(look_over(url, settings))


async def look_over(url: str, settings: Settings) -> None:
    """What a database needs before it is served, on one connection."""
    database = Database.connect(url, settings)
    try:
        if settings.is_embedded:
            await fill_if_empty(database, settings)
        else:
            await require_own_database(database)
        await require_fitting_keys(database, settings)
    finally:
        await database.close()


async def require_own_database(database: Database) -> None:
    async with database.reading() as session:
        found = await revision_of(session)
        if found != newest_revision():
            raise CannotStart(
                f"数据库结构是“{found or '空'}”，程序需要“{newest_revision()}”。"
                "请先运行 yimen db upgrade。"
            )
        if await count_demo_passwords(session):
            raise CannotStart(
                "数据库里还有使用演示密码的账号，不能用于正式环境。请用 yimen accounts list "
                "查看，用 yimen accounts disable 停用，或用 reset-password 换掉密码。"
            )


async def require_fitting_keys(database: Database, settings: Settings) -> None:
    """The keys read and find the personal data that there is."""
    data = open_personal_data(load_secrets(settings))
    try:
        async with database.reading() as session:
            column = await find_unreadable(session, data)
    except Undecipherable as error:
        raise CannotStart(f"YIMEN_PERSONAL_DATA_KEYS：{error}") from error
    if column is not None:
        raise CannotStart(
            f"检索密钥找不到已有的个人信息（{column}）。请把旧的检索密钥加在 "
            "YIMEN_PERSONAL_DATA_INDEX_KEY 的新密钥之后，启动后运行 "
            "yimen db encrypt-anew，再去掉旧密钥。"
        )


async def fill_if_empty(database: Database, settings: Settings) -> None:
    """Furnish an empty database with the demo hall, in one transaction."""
    async with database.reading() as session:
        if not await is_empty(session):
            return
    context = make_context(settings, database, load_secrets(settings), registry.find_caller)
    with progress_bar("准备演示大厅") as show:
        await fill_demo(context, progress=show)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows done and total of long work on standard error; silent when that is no terminal."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_banner(settings: Settings, host: str, port: int) -> None:
    """Where the explorer is, and how to log in to the demo."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    base = f"http://{shown}:{port}{settings.root_path}"
    out.print(f"一门受理  {base}")
    out.print(f"接口说明  {base}/docs（可直接调用）  {base}/redoc")
    if settings.is_embedded:
        folder = settings.data_dir.expanduser().absolute()
        out.print(f"内嵌数据库在 {folder}，仅供演示与试用；正式部署请设置 YIMEN_DATABASE_URL。")
        table = Table("角色", "用户名", "密码", box=None, pad_edge=False)
        for username, role in DEMO_LOGINS.items():
            table.add_row(role.label, username, DEMO_PASSWORD)
        out.print(table)
        for page, given in read_secrets(settings.data_dir).items():
            title = {"screen": "叫号显示屏", "kiosk": "自助取号机"}[page]
            out.print(f"{title}  {base}/{page}#{urlencode(given)}")
        if host not in ("127.0.0.1", "::1", "localhost"):
            err.print("注意：演示密码是公开的，而服务正对外监听。请勿存放真实数据。")
    sys.stdout.flush()


@app.command()
def keys() -> None:
    """生成一组新的密钥，写入环境变量即可（不会保存到任何地方）。"""
    for name, value in new_secrets().items():
        out.print(f"{name}={value}")


@app.command()
def openapi(
    check: Annotated[bool, typer.Option("--check", help="只核对文件是否与代码一致")] = False,
    path: Annotated[Path, typer.Option(help="合同文件")] = Path("openapi/openapi.json"),
) -> None:
    """写出（或核对）接口合同 openapi.json。"""
    document = create_app(Settings()).openapi()
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        out.print(f"已写入 {path}")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        err.print(f"{path} 与代码不一致，请运行 yimen openapi 重新生成并提交。")
        raise typer.Exit(1)


# The database


@database_app.command("upgrade")
def upgrade_database(
    revision: Annotated[str, typer.Option(help="升级到的版本")] = "head",
) -> None:
    """把数据库结构升级到程序所需的版本。"""
    try:
        upgrade(start_database(get_settings()), revision)
    finally:
        stop_embedded()
    out.print("数据库结构已是所需版本。")


@database_app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """数据库结构的版本，与程序是否一致。"""

    async def read(database: Database, _: Settings) -> str | None:
        async with database.reading() as session:
            return await revision_of(session)

    found, wanted = run_with_database(read), newest_revision()
    if as_json:
        show_json({"revision": found, "wanted": wanted, "is_current": found == wanted})
    else:
        out.print(f"数据库：{found or '空'}；程序：{wanted}")
    if found != wanted:
        raise typer.Exit(1)


@database_app.command("backup")
def back_up_database(
    folder: Annotated[Path, typer.Argument(help="备份写入的目录，须不存在或为空")],
    as_json: AsJson = False,
) -> None:
    """在运行中完整备份数据库，并校验备份。"""

    async def read(database: Database, _: Settings) -> tuple[str | None, str]:
        async with database.transaction() as session:
            return await revision_of(session), await audit_head(session)

    settings = get_settings()
    try:
        start_database(settings)
        revision, head = run_with_database(read)
        label = back_up(settings, folder, now=system_now(), revision=revision, audit_head=head)
    finally:
        stop_embedded()
    if as_json:
        show_json(label)
        return
    out.print(f"备份已写入 {folder} 并通过校验。")
    if label.audit_head:
        out.print(f"审计链首摘要（恢复后用 yimen audit verify --expect 核对）：{label.audit_head}")
    if label.has_keys:
        out.print("备份里有演示环境的密钥，请按密件保管。")
    else:
        out.print("密钥不在备份里，请另行保管；没有密钥，个人信息无法解密。")


@database_app.command("restore")
def restore_database(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="备份目录")],
) -> None:
    """把备份恢复到一个空的数据目录（YIMEN_DATA_DIR），备份本身不变。"""
    label = restore(get_settings(), folder)
    out.print(f"已恢复 {label.taken_at} 的备份（结构版本 {label.revision}）。")
    if label.audit_head:
        out.print(f"可用 yimen audit verify --expect {label.audit_head} 核对。")


@database_app.command("encrypt-anew")
def encrypt_database_anew(as_json: AsJson = False) -> None:
    """换密钥之后：把旧密钥加密、检索的个人信息改用当前密钥。服务可照常运行，可以中断、重复。"""

    async def work(database: Database, settings: Settings) -> tuple[int, int]:
        data = open_personal_data(load_secrets(settings))
        with progress_bar("重新加密") as show:
            encrypted = await encrypt_anew(database, data, progress=show)
        with progress_bar("重建检索") as show:
            return encrypted, await index_anew(database, data, progress=show)

    try:
        encrypted, indexed = run_with_database(work)
    except Undecipherable as error:
        err.print(str(error))
        raise typer.Exit(1) from error
    if as_json:
        show_json({"encrypted": encrypted, "indexed": indexed})
    else:
        out.print(
            f"重新加密了 {encrypted} 项，重建了 {indexed} 项检索；现在可以从设置中去掉旧密钥。"
        )


@demo_app.command("fill")
def fill_demo_hall() -> None:
    """把演示大厅写入一个空的、已升级的数据库。"""

    async def fill(database: Database, settings: Settings) -> bool:
        async with database.reading() as session:
            if not await is_empty(session):
                return False
        context = make_context(settings, database, load_secrets(settings), registry.find_caller)
        with progress_bar("准备演示大厅") as show:
            await fill_demo(context, progress=show)
        return True

    if not run_with_database(fill):
        err.print("数据库不是空的，没有写入演示数据。")
        raise typer.Exit(1)
    out.print("演示大厅已就绪。")


# The audit trail


@audit_app.command("verify")
def verify_audit_trail(
    expect: Annotated[
        str | None, typer.Option(help="以前抄录在别处的链首摘要，核对它是否仍在链上")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """核对审计记录的哈希链：被改动、删除、插入或调换的记录会断链，退出码 1。"""

    async def verify(database: Database, _: Settings) -> ChainVerdict:
        async with database.transaction() as session:
            return await verify_audit(session, expected=expect and expect.strip().lower())

    verdict = run_with_database(verify)
    if as_json:
        show_json(asdict(verdict) | {"is_sound": verdict.is_sound})
    else:
        for seal in verdict.broken:
            out.print(
                f"第 {seal.number} 段（{seal.sealed_at:%Y-%m-%d %H:%M} 封存）与封存时不符："
                f"封存 {seal.sealed_count} 条，现有 {seal.found_count} 条。"
            )
        if not verdict.is_expected_head_found:
            out.print("抄录的摘要不在链上：链被截断或重写过。")
        out.print(
            f"共 {verdict.seals} 段 {verdict.entries} 条，"
            f"另有 {verdict.unsealed} 条尚未封存（每分钟封存一次）。"
        )
        if verdict.head:
            out.print(f"链首摘要（请抄录到别处保存）：{verdict.head}")
        if verdict.is_sound:
            out.print("没有发现改动。")
    if not verdict.is_sound:
        raise typer.Exit(1)


# Scores


@scoring_app.command("verify")
def verify_scores(
    month: Annotated[
        datetime | None,
        typer.Argument(formats=["%Y-%m"], metavar="[MONTH]", help="月份，如 2026-03；默认全部"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """核对已封存的考评：按制度重新计算，与封存的得分、台账和各版摘要链比较；不符时退出码 1。"""

    async def verify(database: Database, _: Settings) -> list[Verification]:
        async with database.reading() as session:
            return await verify_as_system(session, month and month.date())

    verified = run_with_database(verify)
    is_sound = all(each.is_sound for each in verified)
    if as_json:
        months = [each.model_dump(mode="json") for each in verified]
        show_json({"is_sound": is_sound, "months": months})
    else:
        for each in verified:
            for version in each.versions:
                for problem in version.problems:
                    out.print(f"{each.month} 第 {version.version_no} 版：{problem}")
        versions = sum(len(each.versions) for each in verified)
        unsealed = [each.month for each in verified if not each.versions]
        out.print(f"已核对 {len(verified) - len(unsealed)} 个月的 {versions} 个封存版本。")
        if unsealed:
            out.print(f"尚未封存、没有核对的月份：{'、'.join(unsealed)}。")
        if is_sound and versions:
            out.print("重新计算与封存一致，没有发现改动。")
    if not is_sound:
        raise typer.Exit(1)


# Bringing data in


ImportFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="CSV、Excel（.xlsx）或 JSON Lines 文件")
]
Office = Annotated[str, typer.Option("--as", help="以哪个办公室账号的名义导入（用户名）")]
Apply = Annotated[bool, typer.Option("--apply", help="检查后即导入；默认只检查、不写入")]
SkipFaulty = Annotated[bool, typer.Option("--skip-faulty", help="跳过有误的行，导入其余的")]
FaultyRows = Annotated[
    Path | None,
    typer.Option("--faulty-rows", help="把有误的行写成 Excel 文件（.xlsx），改好后可原样导入"),
]


@import_app.command("items")
def import_items(  # noqa: PLR0917 - what the command line gives
    file: ImportFile,
    apply: Apply = False,
    create_departments: Annotated[
        bool, typer.Option("--create-departments", help="新建文件中出现的部门")
    ] = False,
    office: Annotated[
        str | None, typer.Option("--as", help="以哪个办公室账号的名义导入（用户名）；默认为系统")
    ] = None,
    skip_faulty: SkipFaulty = False,
    faulty_rows: FaultyRows = None,
    as_json: AsJson = False,
) -> None:
    """导入服务事项。有错误的行逐行列出，退出码 1。"""
    import_file(
        ImportKind.ITEMS,
        file,
        office,
        apply=apply,
        create_departments=create_departments,
        skip_faulty=skip_faulty,
        faulty_rows=faulty_rows,
        as_json=as_json,
    )


@import_app.command("calendar")
def import_calendar(
    file: ImportFile,
    office: Office,
    apply: Apply = False,
    faulty_rows: FaultyRows = None,
    as_json: AsJson = False,
) -> None:
    """导入年度放假安排（整年公布，未办结办件的期限随之变动）。有错误的行逐行列出，退出码 1。"""
    import_file(
        ImportKind.CALENDAR, file, office, apply=apply, faulty_rows=faulty_rows, as_json=as_json
    )


def offer_import(name: str, kind: ImportKind, words: str) -> None:
    """A command that imports files of a kind, faulty rows skipped if so asked."""

    @import_app.command(name, help=f"{words}。有错误的行逐行列出，退出码 1。")
    def import_rows(  # noqa: PLR0917 - what the command line gives
        file: ImportFile,
        office: Office,
        apply: Apply = False,
        skip_faulty: SkipFaulty = False,
        faulty_rows: FaultyRows = None,
        as_json: AsJson = False,
    ) -> None:
        import_file(
            kind,
            file,
            office,
            apply=apply,
            skip_faulty=skip_faulty,
            faulty_rows=faulty_rows,
            as_json=as_json,
        )


offer_import("staff", ImportKind.STAFF, "导入工作人员")
offer_import("inspections", ImportKind.INSPECTIONS, "导入督查记录")
offer_import("past-cases", ImportKind.PAST_CASES, "导入原系统已办结的办件，只作记录")


@import_app.command("punches")
def import_punches(  # noqa: PLR0917 - what the command line gives
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="attlog、CSV、Excel（.xlsx）或 JSON Lines 文件"
        ),
    ],
    clock: Annotated[str, typer.Option(help="文件出自哪台考勤机（编号）")],
    office: Office,
    apply: Apply = False,
    skip_faulty: SkipFaulty = False,
    faulty_rows: FaultyRows = None,
    as_json: AsJson = False,
) -> None:
    """导入考勤机的打卡记录，重复导入不会重复记录。有误的行逐行列出，退出码 1。"""
    import_file(
        ImportKind.PUNCHES,
        file,
        office,
        apply=apply,
        clock=clock,
        skip_faulty=skip_faulty,
        faulty_rows=faulty_rows,
        as_json=as_json,
    )


def import_file(
    kind: ImportKind,
    file: Path,
    office: str | None,
    *,
    apply: bool,
    clock: str | None = None,
    create_departments: bool = False,
    skip_faulty: bool = False,
    faulty_rows: Path | None = None,
    as_json: bool,
) -> None:
    """Try a file and, on the word given, take it over; exit code 1 where rows are faulty.

    Items alone may come in nobody's name.
    """
    content = file.read_bytes()

    async def work(
        database: Database, settings: Settings
    ) -> tuple[ImportRead, list[str], bytes | None]:
        context = make_context(settings, database, load_secrets(settings), registry.find_caller)
        await prepare(context)
        async with database.transaction() as session:
            caller = None if office is None else await office_caller(session, office)
            files = open_file_imports(session, caller, system_now(), context)
            job = await files.upload(
                content,
                kind=kind,
                file_name=file.name,
                create_departments=create_departments,
                clock_number=clock,
            )
        job = await get_on(context, job.id, caller)
        is_good = job.state is ImportState.CHECKED and (skip_faulty or not job.refused_count)
        if apply and is_good:
            async with database.transaction() as session:
                files = open_file_imports(session, caller, system_now(), context)
                wish = ImportApply(skip_faulty=skip_faulty)
                job = await files.apply(job.id, wish, seen=job.version)
            job = await get_on(context, job.id, caller)
        async with database.transaction() as session:
            files = open_file_imports(session, caller, system_now(), context)
            lines = [line async for line in files.lines(job.id)]
            is_wanted = faulty_rows is not None and job.refused_count
            return job, lines, await files.faulty_rows(job.id) if is_wanted else None

    job, lines, to_mend = run_with_database(work)
    if faulty_rows is not None and to_mend is not None:
        faulty_rows.write_bytes(to_mend)
    if as_json:
        show_json(job.model_dump(mode="json"))
    else:
        for line in lines:
            out.print(line, markup=False)
        if job.state is ImportState.CHECKED and not job.refused_count:
            err.print("要写入，请加上 --apply 再运行一次。")
    if job.fault is not None or job.refused_count:
        raise typer.Exit(1)


async def get_on(context: Context, job_id: UUID, caller: Caller | None) -> ImportRead:
    """Get on with a file, beside whoever else is at it, until it waits or is done."""
    opener = taker_opener(context, registry.CALENDAR_FOLLOWERS)
    with progress_bar("导入") as show:
        while True:
            await run_import(context, job_id, opener, progress=show)
            async with context.database.reading() as session:
                files = open_file_imports(session, caller, system_now(), context)
                job = await files.read(job_id)
            if not job.state.is_under_way:
                return job
            await asyncio.sleep(0.2)


# The rulebook


@rulebook_app.command("list")
def list_editions(as_json: AsJson = False) -> None:
    """随程序附带的制度版本。本中心自己发布的见接口 /rulebook/editions。"""
    editions = RulebookService().editions()
    if as_json:
        show_json([{"code": found.code, "title": found.title} for found in editions])
    else:
        for found in editions:
            out.print(f"{found.code}  {found.title}")


@rulebook_app.command("check")
def check_rulebook(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML 文件")],
    as_json: AsJson = False,
) -> None:
    """检查一份制度版本文件，逐条说明问题。"""
    problems = check_edition(file.read_text(encoding="utf-8"))
    if as_json:
        show_json({"problems": problems})
    else:
        for problem in problems:
            out.print(problem)
        out.print("没有问题。" if not problems else f"共 {len(problems)} 个问题。")
    if problems:
        raise typer.Exit(1)


# Accounts


@account_app.command("create")
def create_account(
    username: Annotated[str, typer.Argument(help="用户名")],
    role: Annotated[Role, typer.Option(help="角色")],
    staff_number: Annotated[str | None, typer.Option(help="工作人员编号")] = None,
) -> None:
    """建立一个账号（例如正式部署的第一个办公室账号）；密码从标准输入读取。"""
    password = typer.prompt("密码", hide_input=True) if sys.stdin.isatty() else input()

    async def work(database: Database, settings: Settings) -> None:
        context = make_context(settings, database, load_secrets(settings), registry.find_caller)
        async with database.transaction() as session:
            await create_account_as_system(
                session,
                username=username,
                password=password,
                role=role,
                staff_number=staff_number,
                passwords=context.passwords,
                now=system_now(),
            )

    run_with_database(work)
    out.print(f"账号 {username} 已建立。")


@account_app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """全部账号：角色、是否停用、是否仍用演示密码。"""

    async def work(database: Database, settings: Settings) -> list[AccountRead]:
        context = make_context(settings, database, load_secrets(settings), registry.find_caller)
        found: list[AccountRead] = []
        query = AccountQuery(limit=200)
        async with database.reading() as session:
            accounts = accounts_as_system(session, passwords=context.passwords, now=system_now())
            while True:
                page = await accounts.list_accounts(query)
                found += page.items
                if page.next_cursor is None:
                    return found
                query = AccountQuery(limit=200, cursor=page.next_cursor)

    accounts = run_with_database(work)
    if as_json:
        show_json([account.model_dump(mode="json") for account in accounts])
        return
    table = Table("用户名", "角色", "状态", "演示密码", box=None, pad_edge=False)
    for account in accounts:
        state = "停用" if account.disabled_at else "可用"
        table.add_row(account.username, account.role.label, state, "是" if account.is_demo else "")
    out.print(table)


@account_app.command("disable")
def disable_account(username: Annotated[str, typer.Argument(help="用户名")]) -> None:
    """停用一个账号，立即生效。"""

    async def work(database: Database, settings: Settings) -> None:
        context = make_context(settings, database, load_secrets(settings), registry.find_caller)
        async with database.transaction() as session:
            account = await account_named(session, username)
            accounts = accounts_as_system(session, passwords=context.passwords, now=system_now())
            await accounts.disable(account.id, seen=account.version)

    run_with_database(work)
    out.print(f"账号 {username} 已停用。")


@account_app.command("reset-password")
def reset_password(username: Annotated[str, typer.Argument(help="用户名")]) -> None:
    """换一个临时密码（只显示这一次），下次登录后必须修改。"""

    async def work(database: Database, settings: Settings) -> str:
        context = make_context(settings, database, load_secrets(settings), registry.find_caller)
        async with database.transaction() as session:
            account = await account_named(session, username)
            accounts = accounts_as_system(session, passwords=context.passwords, now=system_now())
            _, password = await accounts.reset_password(account.id, seen=account.version)
        return password

    out.print(f"{username} 的临时密码：{run_with_database(work)}")


if __name__ == "__main__":
    main()
