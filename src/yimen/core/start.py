"""How a process comes by its context: the checks before it serves, the secrets of the demo."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from yimen.core.clock import system_now
from yimen.core.config import Settings
from yimen.core.crypto import PersonalData, keys_from_settings
from yimen.core.database import Database
from yimen.core.dependencies import Context, FindCaller, FindDevice
from yimen.core.embedded_postgres import EmbeddedPostgres, start_embedded
from yimen.core.passwords import PasswordHasher
from yimen.core.tokens import TokenSigner, WeakKey, check_key

log = structlog.get_logger()

SECRETS_FILE = "secrets.json"
"""The embedded demo's own keys, in its data directory."""


class CannotStart(RuntimeError):
    """The service must not start like this; the text says how to mend it."""


class Secrets:
    """The keys of one deployment."""

    def __init__(
        self, *, jwt: str, personal_data: str, index: str, old_jwt: str | None = None
    ) -> None:
        self.jwt = jwt
        self.old_jwt = old_jwt
        self.personal_data = personal_data
        self.index = index


def load_secrets(settings: Settings) -> Secrets:
    """Keys from the settings; the embedded demo makes its own once and keeps them in its data
    directory, readable by its owner alone. Raises :class:`CannotStart` without a good key.
    """
    given = {
        "YIMEN_JWT_SECRET": settings.jwt_secret,
        "YIMEN_PERSONAL_DATA_KEYS": settings.personal_data_keys,
        "YIMEN_PERSONAL_DATA_INDEX_KEY": settings.personal_data_index_key,
    }
    values = {name: value.get_secret_value() for name, value in given.items() if value is not None}
    missing = [name for name in given if name not in values]
    if missing and not settings.is_embedded:
        raise CannotStart(
            f"缺少设置 {'、'.join(missing)}。用 `yimen keys` 生成一组密钥，写入环境变量后再启动。"
        )
    if missing:
        own = _demo_secrets(settings.data_dir)
        values = {name: values.get(name, own[name]) for name in given}
    old = settings.jwt_old_secret
    old_jwt = None if old is None else old.get_secret_value()
    for name, key in (
        ("YIMEN_JWT_SECRET", values["YIMEN_JWT_SECRET"]),
        ("YIMEN_JWT_OLD_SECRET", old_jwt),
    ):
        try:
            if key is not None:
                check_key(key)
        except WeakKey as error:
            raise CannotStart(f"{name} 不合格：{error}用 `yimen keys` 生成一个。") from error
    return Secrets(
        jwt=values["YIMEN_JWT_SECRET"],
        old_jwt=old_jwt,
        personal_data=values["YIMEN_PERSONAL_DATA_KEYS"],
        index=values["YIMEN_PERSONAL_DATA_INDEX_KEY"],
    )


def new_secrets() -> dict[str, str]:
    """Fresh random keys, by the name of their setting."""
    return {
        "YIMEN_JWT_SECRET": secrets.token_urlsafe(48),
        "YIMEN_PERSONAL_DATA_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "YIMEN_PERSONAL_DATA_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def _demo_secrets(data_dir: Path) -> dict[str, str]:
    path = data_dir / SECRETS_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(new_secrets(), file)
        try:
            os.link(draft, path)  # of two processes that start together, the first one's keys stand
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    found: dict[str, str] = json.loads(path.read_text())
    return found


def open_personal_data(keys: Secrets) -> PersonalData:
    """The cipher of personal data; raises :class:`CannotStart` for malformed keys."""
    try:
        return keys_from_settings(keys.personal_data, keys.index)
    except ValueError as error:
        raise CannotStart(str(error)) from error


def start_database(settings: Settings) -> str:
    """The database's URL; starts the embedded PostgreSQL when none is configured. Blocking."""
    if settings.database_url is not None:
        if not settings.database_url.startswith("postgresql+asyncpg://"):
            raise CannotStart(
                "YIMEN_DATABASE_URL 应形如 postgresql+asyncpg://用户:密码@主机:5432/数据库。"
            )
        return settings.database_url
    return embedded(settings).url


_embedded: dict[Path, EmbeddedPostgres] = {}


def embedded(settings: Settings) -> EmbeddedPostgres:
    """This process's handle on the embedded PostgreSQL of a data directory."""
    folder = settings.data_dir.expanduser().absolute()
    if folder not in _embedded:
        folder.mkdir(parents=True, exist_ok=True)
        _embedded[folder] = start_embedded(folder / "postgres")
    return _embedded[folder]


def stop_embedded() -> None:
    """Leave every embedded PostgreSQL that this process uses."""
    while _embedded:
        _, server = _embedded.popitem()
        server.stop()


async def watch_embedded(settings: Settings) -> None:
    """Bring the embedded PostgreSQL back when it has died under the running service."""
    server = await asyncio.to_thread(embedded, settings)
    while True:
        await asyncio.sleep(1)
        try:
            if await asyncio.to_thread(server.ensure_running):
                log.warning("embedded_postgres_restarted")
        except Exception as error:
            log.error("embedded_postgres_will_not_start", exc_info=error)


def make_context(
    settings: Settings,
    database: Database,
    keys: Secrets,
    find_caller: FindCaller,
    find_device: FindDevice | None = None,
) -> Context:
    """Everything a request needs, from settings and an open database."""
    return Context(
        settings=settings,
        database=database,
        clock=system_now,
        signer=TokenSigner(
            key=keys.jwt, old_key=keys.old_jwt, access_seconds=settings.access_token_seconds
        ),
        passwords=PasswordHasher(max_concurrent=settings.password_concurrency),
        personal_data=open_personal_data(keys),
        find_caller=find_caller,
        find_device=find_device,
    )


@asynccontextmanager
async def open_context(
    settings: Settings, find_caller: FindCaller, find_device: FindDevice
) -> AsyncIterator[Context]:
    """The running process's context, from its settings."""
    keys = load_secrets(settings)
    url = await asyncio.to_thread(start_database, settings)
    database = Database.connect(url, settings)
    context = make_context(settings, database, keys, find_caller, find_device)
    try:
        yield context
    finally:
        context.passwords.close()
        await database.close()
        if settings.is_embedded:
            await asyncio.to_thread(stop_embedded)
