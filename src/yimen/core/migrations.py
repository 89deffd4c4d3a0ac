"""The database's schema: where its migrations lie, how far it is, how to bring it up."""

from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncSession


def migrations_folder() -> Path:
    """``migrations/`` beside ``src/``, or below the working directory when installed elsewhere."""
    for root in (Path(__file__).parents[3], Path.cwd()):
        if (root / "migrations" / "env.py").is_file():
            return root / "migrations"
    raise FileNotFoundError("找不到 migrations 目录，请在项目根目录下运行。")


def alembic_config(url: str | None = None) -> Config:
    """Alembic's configuration for a database; ``url`` overrides the settings."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option(
        "file_template",
        "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s",
    )
    if url is not None:
        config.attributes["url"] = url
    return config


@lru_cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


async def revision_of(session: AsyncSession) -> str | None:
    """The revision a database is at; none for an empty one."""
    exists = await session.scalar(sa.text("SELECT to_regclass('alembic_version')"))
    if exists is None:
        return None
    found: str | None = await session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision; blocking, to be called outside a running event loop."""
    command.upgrade(alembic_config(url), revision)
