"""What the embedded PostgreSQL is told at every start: its settings, and who may come in."""

import contextlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from yimen.core.embedded_postgres_user import EmbeddedPostgresError, ServerOwner

if sys.platform != "win32":
    import pwd

PORT = 5432  # only names the socket; nothing listens on TCP outside Windows

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "lc_messages": "C",
    # One file a weekday, begun anew a week later. Terse leaves out DETAIL, which quotes row values.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%u.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_error_verbosity": "terse",
}
_LOG_KEPT_SECONDS = 6 * 86_400


def write_configuration(
    data: Path,
    owner: ServerOwner | None,
    *,
    socket_dir: Path,
    port: int,
    settings: Mapping[str, str],
) -> None:
    """Raises EmbeddedPostgresError if the place of the socket is not safe."""
    chosen = {**_SETTINGS, "port": str(port), "unix_socket_directories": str(socket_dir)}
    names: list[str] = []
    if sys.platform == "win32":
        chosen |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        access = "host all,replication all 127.0.0.1/32 scram-sha-256"
    else:
        # The kernel tells the server who is calling, so there is no password to lose: root and
        # the server's own user come in, nobody else. Others would not reach the socket either,
        # as its folder belongs to the server's user with mode 0700.
        access = "local all,replication all peer map=yimen"
        for uid in {0, os.geteuid() if owner is None else owner.uid}:
            with contextlib.suppress(KeyError):
                names.append(pwd.getpwuid(uid).pw_name)
        if socket_dir != data:
            _make_private(socket_dir, owner or ServerOwner(os.geteuid(), os.getegid()))
        for left_by_a_kill in (f".s.PGSQL.{port}", f".s.PGSQL.{port}.lock"):
            (socket_dir / left_by_a_kill).unlink(missing_ok=True)
    lines = [f"{name} = {_quoted(value)}\n" for name, value in {**chosen, **settings}.items()]
    heading = "# Written anew at every start. For settings of your own use ALTER SYSTEM.\n"
    _write(data / "postgresql.conf", heading + "".join(lines), owner)
    _write(data / "pg_hba.conf", access + "\n", owner)
    _write(data / "pg_ident.conf", "".join(f'yimen "{name}" all\n' for name in names), owner)
    _remove_old_logs(data)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _make_private(folder: Path, owner: ServerOwner) -> None:
    """Anyone can take a name in /tmp first: use the folder only if it is ours and closed."""
    if sys.platform == "win32":
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
        os.chown(folder, *owner, follow_symlinks=False)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or found.st_mode & 0o077:
        raise EmbeddedPostgresError(
            f"{folder} 已被别的用户占用。请删除它，或用 YIMEN_DATA_DIR 指定一个较短的路径。"
        )


def _write(path: Path, text: str, owner: ServerOwner | None) -> None:
    # The folder is the server's: never follow a link that it may have laid for root.
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if sys.platform != "win32" and owner is not None:
            os.fchown(file.fileno(), *owner)
        file.write(text)


def _remove_old_logs(data: Path) -> None:
    """Rotation empties them only where the server runs through midnight."""
    now = (data / "postgresql.conf").stat().st_mtime
    for log in (data / "log").glob("*.log"):
        if now - log.lstat().st_mtime > _LOG_KEPT_SECONDS:
            log.unlink()
