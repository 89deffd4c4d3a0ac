"""The embedded server is started, joined, killed and brought back for real."""

import asyncio
import contextlib
import errno
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import make_url

from yimen.core.embedded_postgres import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    binary,
    start_embedded,
)

FAST = {"fsync": "off", "shared_buffers": "16MB"}

Start = Callable[[Path], EmbeddedPostgres]

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")


def ask(server: EmbeddedPostgres, sql: str, *, database: str = "yimen") -> object:
    async def answer() -> object:
        url = server.url_for(database).replace("+asyncpg", "")
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:  # the suite keeps an event loop in this one
        return thread.submit(lambda: asyncio.run(answer())).result()


def socket_dir(server: EmbeddedPostgres) -> Path:
    return Path(str(make_url(server.url).query["host"]))


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def family(data_dir: Path) -> list[psutil.Process]:
    postmaster = psutil.Process(postmaster_pid(data_dir))
    return [postmaster, *postmaster.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    def lives(process: psutil.Process) -> bool:
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return [process for process in processes if lives(process)]


def kill_9(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # ended since they were listed
            process.kill()
    for _ in range(200):
        if not alive(processes):
            return
        time.sleep(0.05)
    raise AssertionError("still alive after SIGKILL")


def psql(server: EmbeddedPostgres) -> list[str]:
    return [str(binary("psql")), "-X", "-h", str(socket_dir(server)), "-U", "postgres", "yimen"]


def session(server: EmbeddedPostgres, sql: str) -> subprocess.Popen[bytes]:
    """A client of its own that has begun with the statement."""
    client = subprocess.Popen(
        [*psql(server), "-c", sql],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        if ask(server, f"SELECT count(*) FROM pg_stat_activity WHERE query = '{sql}'") == 1:
            return client
        time.sleep(0.05)
    raise AssertionError("the statement did not begin")


def users_of(data_dir: Path) -> tuple[int, int]:
    """Uid and gid that the server runs under."""
    info = (data_dir / "postgres").stat()
    return info.st_uid, info.st_gid


@pytest.fixture(scope="module")
def made_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that holds a stopped server with one row in it."""
    data_dir = tmp_path_factory.mktemp("made-before")
    server = start_embedded(data_dir, settings=FAST)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS it")
    server.stop()
    return data_dir


@pytest.fixture
def data_dir(made_before: Path, tmp_path: Path) -> Path:
    target = tmp_path / "data"
    subprocess.run(["cp", "-a", made_before, target], check=True)
    return target


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and stops them when the test is over, however it ends."""
    started: list[EmbeddedPostgres] = []

    def run(data_dir: Path) -> EmbeddedPostgres:
        started.append(start_embedded(data_dir, settings=FAST))
        return started[-1]

    yield run
    for server in started:
        server.stop()


# ---- an ordinary life


def test_first_start_makes_a_utf8_database_with_the_promised_settings(
    tmp_path: Path, start: Start
) -> None:
    server = start(tmp_path)

    def setting(name: str) -> object:
        return ask(server, f"SELECT current_setting('{name}')")

    assert str(setting("server_version")).startswith("18.")
    assert setting("server_encoding") == "UTF8"
    assert setting("data_checksums") == "on"
    assert setting("listen_addresses") == ""
    assert setting("TimeZone") == "Asia/Shanghai"
    assert setting("jit") == "off"
    assert setting("synchronous_commit") == "on"
    assert setting("max_connections") == "100"
    assert setting("fsync") == "off", "what the caller sets comes after our own settings"
    assert ask(server, "SELECT lower('ÄÖ') || '一门'") == "äö一门", "not the bare C locale"


def test_data_outlives_stop_and_start(data_dir: Path, start: Start) -> None:
    server = start(data_dir)
    assert ask(server, "SELECT it FROM kept") == 7
    ask(server, "UPDATE kept SET it = 8")
    server.stop()
    assert ask(start(data_dir), "SELECT it FROM kept") == 8


def test_stop_leaves_no_process_behind(data_dir: Path, start: Start) -> None:
    server = start(data_dir)
    processes = family(data_dir)
    assert len(processes) > 4
    server.stop()
    assert alive(processes) == []
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    server.stop()  # twice does no harm
    assert server.ensure_running() is False, "what was stopped is not brought back"


def test_a_dropped_database_is_made_again_by_the_next_who_joins(
    data_dir: Path, start: Start
) -> None:
    ask(start(data_dir), "DROP DATABASE yimen", database="postgres")
    assert ask(start(data_dir), "SELECT current_database()") == "yimen"


def test_the_server_is_out_of_reach_of_ctrl_c_in_our_terminal(data_dir: Path, start: Start) -> None:
    start(data_dir)
    assert os.getsid(postmaster_pid(data_dir)) != os.getsid(0)
    assert os.getpgid(postmaster_pid(data_dir)) != os.getpgid(0)


def test_old_logs_go_and_recent_ones_stay(data_dir: Path, start: Start) -> None:
    logs = data_dir / "postgres" / "log"
    (logs / "postgresql-8.log").write_text("long ago")
    (logs / "postgresql-9.log").write_text("lately")
    now = (logs / "postgresql-9.log").stat().st_mtime
    os.utime(logs / "postgresql-8.log", (now - 8 * 86_400, now - 8 * 86_400))
    os.utime(logs / "postgresql-9.log", (now - 5 * 86_400, now - 5 * 86_400))
    start(data_dir)
    assert not (logs / "postgresql-8.log").exists()
    assert (logs / "postgresql-9.log").exists()


def test_the_programs_of_version_18_are_there() -> None:
    for name in ("psql", "pg_dump", "pg_restore", "pgbench"):
        version = subprocess.check_output([binary(name), "--version"], text=True)
        assert " 18." in version
    with pytest.raises(EmbeddedPostgresError, match="pg_nothing"):
        binary("pg_nothing")


# ---- several at once


def test_two_data_directories_have_two_servers(
    data_dir: Path, made_before: Path, tmp_path: Path, start: Start
) -> None:
    other_dir = tmp_path / "other"
    subprocess.run(["cp", "-a", made_before, other_dir], check=True)
    one, other = start(data_dir), start(other_dir)
    ask(one, "UPDATE kept SET it = 1")
    assert ask(other, "SELECT it FROM kept") == 7
    one.stop()
    assert ask(other, "SELECT it FROM kept") == 7


def test_who_comes_second_joins_and_the_last_to_leave_stops_the_server(
    data_dir: Path, start: Start
) -> None:
    first = start(data_dir)
    processes = family(data_dir)
    second = start(data_dir)
    assert postmaster_pid(data_dir) == processes[0].pid
    assert second.url == first.url
    first.stop()
    assert ask(second, "SELECT it FROM kept") == 7
    second.stop()
    assert alive(processes) == []


def test_a_server_that_was_started_by_hand_is_joined(data_dir: Path, start: Start) -> None:
    start(data_dir).stop()
    uid, gid = users_of(data_dir)
    switch = os.geteuid() == 0
    subprocess.run(
        [binary("pg_ctl"), "start", "-D", "postgres", "-w", "-s", "-l", "postgres/by-hand.log"],
        cwd=data_dir,
        user=uid if switch else None,
        group=gid if switch else None,
        check=True,
    )
    processes = family(data_dir)
    server = start(data_dir)
    assert postmaster_pid(data_dir) == processes[0].pid
    assert ask(server, "SELECT it FROM kept") == 7
    server.stop()
    assert alive(processes) == []


def test_ten_that_start_at_the_same_time_share_one_server(data_dir: Path, start: Start) -> None:
    with ThreadPoolExecutor(10) as threads:
        servers = list(threads.map(start, [data_dir] * 10))
    processes = family(data_dir)
    for server in servers[:-1]:
        server.stop()
    assert ask(servers[-1], "SELECT it FROM kept") == 7
    servers[-1].stop()
    assert alive(processes) == []


# ---- kills


def test_the_server_outlives_kill_9_of_the_service_and_is_joined_by_the_next(
    data_dir: Path, start: Start
) -> None:
    program = (
        "import sys, time, pathlib; from yimen.core.embedded_postgres import start_embedded;"
        "server = start_embedded(pathlib.Path(sys.argv[1]), settings={'fsync': 'off'});"
        "print('up', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, data_dir],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == b"up\n"
        processes = family(data_dir)
        service.kill()
    server = start(data_dir)
    assert postmaster_pid(data_dir) == processes[0].pid
    assert ask(server, "SELECT it FROM kept") == 7
    server.stop()
    assert alive(processes) == [], "the killed service does not count as a user"


@pytest.mark.parametrize("whole_family", [False, True], ids=["postmaster", "all processes"])
def test_a_committed_row_outlives_kill_9_of_postgres(
    data_dir: Path, start: Start, whole_family: bool
) -> None:
    server = start(data_dir)
    ask(server, "UPDATE kept SET it = 9")
    kill_9(family(data_dir) if whole_family else family(data_dir)[:1])
    assert (data_dir / "postgres" / "postmaster.pid").exists()
    assert (socket_dir(server) / ".s.PGSQL.5432").exists()
    assert ask(start(data_dir), "SELECT it FROM kept") == 9


def test_a_killed_server_is_brought_back_on_the_same_url(data_dir: Path, start: Start) -> None:
    server = start(data_dir)
    assert server.ensure_running() is False
    ask(server, "UPDATE kept SET it = 9")
    kill_9(family(data_dir)[:1])
    assert server.ensure_running() is True
    assert ask(server, "SELECT it FROM kept") == 9
    assert server.ensure_running() is False


def test_a_backend_busy_when_its_postmaster_died_does_not_block_the_restart(
    data_dir: Path, start: Start
) -> None:
    server = start(data_dir)
    busy = session(server, "SELECT count(*) FROM generate_series(1, 10000000000)")
    before = family(data_dir)
    kill_9(before[:1])
    assert alive(before) != []
    assert server.ensure_running() is True
    assert alive(before) == []
    assert ask(server, "SELECT it FROM kept") == 7
    assert busy.wait(10) != 0


def test_only_one_of_many_watchers_restarts_the_server(data_dir: Path, start: Start) -> None:
    servers = [start(data_dir) for _ in range(4)]
    kill_9(family(data_dir))
    with ThreadPoolExecutor(8) as threads:
        restarted = list(threads.map(EmbeddedPostgres.ensure_running, servers * 2))
    assert sum(restarted) == 1
    assert ask(servers[3], "SELECT it FROM kept") == 7


@pytest.mark.parametrize("killed", [False, True], ids=["after a stop", "after a kill"])
def test_a_stale_pid_file_that_names_another_program_fools_nobody(
    data_dir: Path, start: Start, killed: bool
) -> None:
    server = start(data_dir)
    ask(server, "UPDATE kept SET it = 9")
    pid_file = data_dir / "postgres" / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    if killed:
        kill_9(family(data_dir))
    server.stop()
    uid, gid = users_of(data_dir)
    switch = os.geteuid() == 0
    # Under the server's own uid, as PostgreSQL takes every such process for a running server.
    with subprocess.Popen(
        ["sleep", "600"], user=uid if switch else None, group=gid if switch else None
    ) as bystander:
        try:
            for path in (pid_file, socket_dir(server) / ".s.PGSQL.5432.lock"):
                path.write_text("\n".join([str(bystander.pid), *stale[1:]]) + "\n")
                os.chown(path, uid, gid)
            server = start(data_dir)
            assert postmaster_pid(data_dir) != bystander.pid
            assert ask(server, "SELECT it FROM kept") == 9
            kill_9(family(data_dir))
            pid_file.write_text("\n".join([str(bystander.pid), *stale[1:]]) + "\n")
            assert server.ensure_running() is True
            server.stop()
            assert bystander.poll() is None, "nobody signalled it"
        finally:
            bystander.kill()


def test_a_stale_pid_file_that_names_the_server_of_other_data_fools_nobody(
    data_dir: Path, made_before: Path, tmp_path: Path, start: Start
) -> None:
    other_dir = tmp_path / "other"
    subprocess.run(["cp", "-a", made_before, other_dir], check=True)
    other = start(other_dir)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    shutil.copy(other_dir / "postgres" / "postmaster.pid", pid_file)
    server = start(data_dir)
    ask(server, "UPDATE kept SET it = 9")
    assert ask(other, "SELECT it FROM kept") == 7
    server.stop()
    assert ask(other, "SELECT it FROM kept") == 7


@pytest.mark.parametrize("content", ["", "\n", "rubbish\n"])
def test_a_pid_file_torn_by_a_power_cut_does_not_prevent_the_start(
    data_dir: Path, start: Start, content: str
) -> None:
    (data_dir / "postgres" / "postmaster.pid").write_text(content)
    assert ask(start(data_dir), "SELECT it FROM kept") == 7


def test_a_shutdown_that_a_kill_cut_short_is_waited_for(data_dir: Path, start: Start) -> None:
    server = start(data_dir)
    open_session = session(server, "SELECT pg_sleep(600)")
    first = postmaster_pid(data_dir)
    os.kill(first, signal.SIGTERM)  # waits for the session, which does not end by itself
    for _ in range(100):
        if "stopping" in (data_dir / "postgres" / "postmaster.pid").read_text():
            break
        time.sleep(0.05)
    assert ask(start(data_dir), "SELECT it FROM kept") == 7
    assert postmaster_pid(data_dir) != first
    assert open_session.wait(10) != 0


def test_a_first_start_that_was_killed_half_way_is_begun_anew(tmp_path: Path, start: Start) -> None:
    half_made = tmp_path / "postgres.new-abc"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    assert ask(start(tmp_path), "SELECT 1") == 1
    assert not half_made.exists()


def test_data_deleted_under_the_service_is_reported_and_not_replaced_by_an_empty_database(
    data_dir: Path, tmp_path: Path, start: Start
) -> None:
    server = start(data_dir)
    kill_9(family(data_dir))
    (data_dir / "postgres").rename(tmp_path / "lost")
    with pytest.raises(EmbeddedPostgresError, match="不见了"):
        server.ensure_running()
    assert not (data_dir / "postgres").exists()


def test_deleting_the_whole_data_directory_leaves_no_process_after_stop(
    data_dir: Path, start: Start
) -> None:
    server = start(data_dir)
    processes = family(data_dir)
    shutil.rmtree(data_dir, ignore_errors=True)
    server.stop()
    assert alive(processes) == []


# ---- where the data lies, and who may come


def test_a_long_path_with_blanks_quotes_and_chinese_works(tmp_path: Path, start: Start) -> None:
    name = "a hall's “一门” data $HOME `id` \\ \" "
    folder = tmp_path / name / ("x" * 150)
    server = start(folder)
    assert len(os.fsencode(folder)) > 190
    assert ask(server, "SELECT 1") == 1
    sockets = socket_dir(server)
    assert sockets.parent == Path("/tmp")
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert start(folder).url == server.url
    for _ in range(2):
        server.stop()
    kill_9(family(folder))
    assert ask(start(folder), "SELECT 1") == 1


def test_a_socket_folder_that_somebody_else_laid_out_is_refused(
    tmp_path: Path, start: Start
) -> None:
    folder = tmp_path / "a hall"
    server = start(folder)
    server.stop()
    sockets = socket_dir(server)
    assert not sockets.exists(), "stop tidies up"
    sockets.mkdir()
    try:
        (sockets / ".s.PGSQL.5432").write_text("a trap")
        sockets.chmod(0o777)
        with pytest.raises(EmbeddedPostgresError, match=str(sockets)):
            start(folder)
        assert (sockets / ".s.PGSQL.5432").exists()
    finally:
        shutil.rmtree(sockets)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Without a program of nobody's own, which could not reach a checkout below a closed folder."""
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def knock(path: Path) -> bytes:
    """What the server answers to a client that wants to be the superuser."""
    hello = struct.pack("!i", 196608) + b"user\0postgres\0database\0yimen\0\0"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(struct.pack("!i", len(hello) + 4) + hello)
        return client.recv(1000)


@only_root
def test_other_users_of_the_machine_do_not_get_in(start: Start) -> None:
    # Its own folder directly below /tmp, so that nothing else is opened for the second try.
    with tempfile.TemporaryDirectory(prefix="yimen-test-", dir="/tmp") as folder:
        server = start(Path(folder))
        sockets = socket_dir(server)
        door = sockets / ".s.PGSQL.5432"
        assert sockets.parent == Path(folder)
        assert knock(door).startswith(b"R\0\0\0\x08\0\0\0\0"), "root comes in"
        with as_nobody(), pytest.raises(PermissionError):
            knock(door)
        for path, mode in ((Path(folder), 0o755), (sockets, 0o755), (door, 0o777)):
            path.chmod(mode)
        with as_nobody():
            assert b"Peer authentication failed" in knock(door), "nor if they reach the socket"
        server.stop()


def keeps_access_lists(folder: Path) -> bool:
    try:
        os.getxattr(folder, "system.posix_acl_access")
    except OSError as error:
        return error.errno == errno.ENODATA
    return True


@only_root
def test_as_root_a_closed_folder_above_the_data_stays_closed_to_everyone_else(
    tmp_path: Path, data_dir: Path, start: Start
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    if not keeps_access_lists(closed):
        pytest.skip("the file system keeps no access lists")
    data_dir = data_dir.rename(closed / "data")
    assert ask(start(data_dir), "SELECT it FROM kept") == 7
    assert closed.stat().st_mode & 0o007 == 0
    uid, gid = users_of(data_dir)
    assert uid != 0

    def may_pass(uid: int, gid: int) -> bool:
        look = ["test", "-e", str(data_dir / "postgres.lock")]
        return subprocess.call(look, user=uid, group=gid, extra_groups=[]) == 0

    assert may_pass(uid, gid)
    assert not may_pass(65534, 65534)


# ---- what cannot be


def test_data_of_another_major_version_is_refused_with_advice(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 16 .*18.*pg_dump"):
        start_embedded(data_dir)


def test_a_folder_with_other_things_in_it_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("dear all")
    with pytest.raises(EmbeddedPostgresError, match="别的文件"):
        start_embedded(tmp_path)
    assert (tmp_path / "postgres" / "letter.txt").read_text() == "dear all"


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"file/data.*YIMEN_DATA_DIR"):
        start_embedded(tmp_path / "file" / "data")


def test_a_failed_start_shows_the_last_lines_of_the_log(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)启动失败.*max_connections"):
        start_embedded(data_dir, settings={"max_connections": "none"})


def test_a_server_that_cannot_read_its_data_shows_why(data_dir: Path, start: Start) -> None:
    (data_dir / "postgres" / "global" / "pg_control").rename(data_dir / "pg_control")
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)启动失败.*pg_control"):
        start(data_dir)
    (data_dir / "pg_control").rename(data_dir / "postgres" / "global" / "pg_control")
    assert ask(start(data_dir), "SELECT it FROM kept") == 7


@only_root
def test_a_full_disk_is_called_by_its_name(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)]
    if subprocess.call(mount, stderr=subprocess.DEVNULL) != 0:
        pytest.skip("may not mount a small disk here")
    try:
        with pytest.raises(EmbeddedPostgresError, match="磁盘已满"):
            start_embedded(disk / "data", settings=FAST)
        assert list((disk / "data").glob("postgres*/*")) == [], "no half-made database stays"
    finally:
        subprocess.run(["umount", str(disk)], check=True)
