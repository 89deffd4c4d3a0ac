"""A whole copy of the database while it runs, and a data directory made from one.

Copies are physical (``pg_basebackup``): event cursors and the chain of the audit trail rest on the
server's transaction numbers, which a dump and restore into another server would begin anew.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from yimen.core.config import Settings
from yimen.core.embedded_postgres import adopt_cluster, binary
from yimen.core.errors import AppError
from yimen.core.start import SECRETS_FILE, start_database

_CLUSTER = "postgres"
_LABEL = "backup.json"


class BackupFailed(AppError):
    """PostgreSQL refused or broke off; its words are in the detail."""

    status = 503
    code = "backup_failed"
    title = "备份没有完成。"


class BackupPlaceTaken(AppError):
    status = 409
    code = "backup_place_taken"
    title = "目标目录已有内容，请换一个空目录。"


class NoBackup(AppError):
    status = 422
    code = "no_backup"
    title = "这个目录里没有完整的备份。"


class RestoreElsewhere(AppError):
    """Only the embedded database is restored by the service."""

    status = 409
    code = "restore_elsewhere"
    title = (
        "设置了 YIMEN_DATABASE_URL：请由数据库管理员停库，"
        "用备份中的 postgres 目录替换数据目录后再启动。"
    )


@dataclass(frozen=True, slots=True)
class BackupLabel:
    """What a backup says of itself."""

    taken_at: str
    revision: str | None
    audit_head: str
    """The audit trail's newest digest then: ``yimen audit verify --expect`` after restoring."""
    has_keys: bool
    """Only the embedded demo's own keys lie in the backup; others are to be kept apart."""


def back_up(
    settings: Settings, folder: Path, *, now: datetime, revision: str | None, audit_head: str
) -> BackupLabel:
    """Copy the running database into an empty or new folder and check the copy. Blocking.

    Raises BackupPlaceTaken, BackupFailed.
    """
    folder = folder.expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupPlaceTaken
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        url = make_url(start_database(settings))
        options = {
            "PGHOST": url.host or str(url.query.get("host", "")),
            "PGPORT": str(url.port or url.query.get("port", 5432)),
            "PGUSER": url.username or "",
            "PGPASSWORD": str(url.password or ""),
        }
        given = os.environ | {name: value for name, value in options.items() if value}
        copy = draft / _CLUSTER
        _copy_cluster(copy, given)
        if faulty := faulty_files(copy):
            raise BackupFailed(f"副本与数据库不符：{'、'.join(faulty[:5])}")
        keys = settings.data_dir / SECRETS_FILE
        has_keys = settings.is_embedded and keys.exists()
        if has_keys:
            shutil.copy2(keys, draft / SECRETS_FILE)
        label = BackupLabel(now.isoformat(), revision, audit_head, has_keys)
        (draft / _LABEL).write_text(json.dumps(asdict(label)), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return label


def restore(settings: Settings, folder: Path) -> BackupLabel:
    """Make the embedded database's data directory from a backup, which stays as it is. Blocking.

    Raises NoBackup, BackupPlaceTaken where data lie already, RestoreElsewhere.
    """
    if not settings.is_embedded:
        raise RestoreElsewhere
    try:
        label = BackupLabel(**json.loads((folder / _LABEL).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise NoBackup from error
    if faulty := faulty_files(folder / _CLUSTER):
        raise NoBackup(f"备份已损坏：{'、'.join(faulty[:5])}")
    target = settings.data_dir.expanduser().absolute()
    target.mkdir(parents=True, exist_ok=True)
    keys = target / SECRETS_FILE
    if label.has_keys and keys.exists() and keys.read_bytes() != _keys_of(folder):
        raise BackupPlaceTaken("目标目录里已有另一组密钥，恢复后的数据会无法解密。")
    if not adopt_cluster(target / "postgres", folder / _CLUSTER):
        raise BackupPlaceTaken("目标目录里已有数据库，没有改动它。请用 YIMEN_DATA_DIR 指定空目录。")
    if label.has_keys and not keys.exists():
        shutil.copy2(folder / SECRETS_FILE, keys)
    return label


def _keys_of(folder: Path) -> bytes:
    return (folder / SECRETS_FILE).read_bytes()


def _copy_cluster(target: Path, env: dict[str, str]) -> None:
    command = [str(binary("pg_basebackup")), f"--pgdata={target}", "--checkpoint=fast"]
    command += ["--manifest-checksums=SHA256", "--no-password"]
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        command, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"pg_basebackup：{done.stderr.strip()[-500:]}")


def faulty_files(copy: Path) -> list[str]:
    """Files that are not as PostgreSQL's own manifest has them; what pg_verifybackup would tell.

    The wheel's pg_verifybackup crashes. The log of changes is not in the manifest: the server
    checks each of its records when it recovers from the copy.
    """
    try:
        manifest = json.loads((copy / "backup_manifest").read_text(encoding="utf-8"))
        listed = {line["Path"]: line["Checksum"] for line in manifest["Files"]}
    except (OSError, ValueError, KeyError):
        return ["backup_manifest"]
    return [path for path, digest in listed.items() if _digest(copy / path) != digest]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
