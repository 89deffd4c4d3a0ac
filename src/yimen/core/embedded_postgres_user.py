"""Whom the embedded PostgreSQL runs as when we are root, and the way there for that user."""

import contextlib
import errno
import logging
import os
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import pwd

SYSTEM_USER = "pgserver"

_log = logging.getLogger(__name__)


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot run; the message says in Chinese why and what to do."""


class ServerOwner(NamedTuple):
    uid: int
    gid: int


def server_owner(data: Path) -> ServerOwner | None:
    """Whom the server runs as; None: as ourselves. Makes the system user on its first use."""
    if sys.platform == "win32":
        return None
    if os.geteuid() != 0:
        return None
    if (data / "PG_VERSION").exists():
        found = data.stat()
        if found.st_uid == 0:
            raise EmbeddedPostgresError(
                f"{data} 归 root 所有，PostgreSQL 不能以 root 运行。"
                f"请执行 chown -R {SYSTEM_USER} 加上这个目录，再启动。"
            )
        return ServerOwner(found.st_uid, found.st_gid)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    reason = ""
    for _ in range(2):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(SYSTEM_USER)
            return ServerOwner(entry.pw_uid, entry.pw_gid)
        try:  # may fail because another service is making the same user just now
            done = subprocess.run(  # noqa: S603 - constant arguments
                [*command, SYSTEM_USER], capture_output=True, text=True, check=False
            )
            reason = done.stderr.strip()
        except FileNotFoundError:
            reason = "useradd: not found"
    raise EmbeddedPostgresError(
        f"PostgreSQL 不能以 root 运行，系统用户 {SYSTEM_USER} 又无法建立（{reason}）。"
        "请先建立这个用户，或改用普通用户运行，或用 YIMEN_DATABASE_URL 指定已有的数据库。"
    )


def make_readable(folder: Path) -> None:
    """Open what was installed under a strict umask to the server's user, as it is no secret."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink() or not path.exists():
            continue
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(stat.S_IMODE(wanted))


def open_way_to(target: Path, owner: ServerOwner) -> None:
    """Let the server's user, and if possible only it, pass through the folders above target."""
    for folder in target.parents:
        found = folder.stat()
        if found.st_mode & stat.S_IXOTH or found.st_uid == owner.uid:
            continue
        try:
            _allow_passage(folder, owner.uid)
        except OSError:  # a file system without access lists
            _log.warning("数据库用户须经过 %s，已允许所有用户进入（不能列出）该目录。", folder)
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


_ACL_ENTRY = struct.Struct("<HHI")  # tag, permissions, uid; see linux/posix_acl_xattr.h
_ACL_USER_OBJ, _ACL_USER, _ACL_GROUP_OBJ, _ACL_MASK, _ACL_OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_ACL_NO_ID = 0xFFFFFFFF
_ACL_EXECUTE = 1


def _allow_passage(folder: Path, uid: int) -> None:
    """What `setfacl -m u:UID:x` does, without needing it installed. Raises OSError."""
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    name = "system.posix_acl_access"
    entries: dict[tuple[int, int], int] = {}
    try:
        for tag, permissions, who in _ACL_ENTRY.iter_unpack(os.getxattr(folder, name)[4:]):
            entries[tag, who] = permissions
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
        mode = folder.stat().st_mode
        for tag, shift in ((_ACL_USER_OBJ, 6), (_ACL_GROUP_OBJ, 3), (_ACL_OTHER, 0)):
            entries[tag, _ACL_NO_ID] = mode >> shift & 7
    mask = entries.get((_ACL_MASK, _ACL_NO_ID), entries[_ACL_GROUP_OBJ, _ACL_NO_ID])
    entries[_ACL_MASK, _ACL_NO_ID] = mask | _ACL_EXECUTE
    entries[_ACL_USER, uid] = entries.get((_ACL_USER, uid), 0) | _ACL_EXECUTE
    packed = [_ACL_ENTRY.pack(tag, entries[tag, who], who) for tag, who in sorted(entries)]
    os.setxattr(folder, name, struct.pack("<I", 2) + b"".join(packed))
