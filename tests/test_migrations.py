"""The migrations: one line of them, each goes up, down and up, and together they are the models."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from tests.conftest import outside_the_loop

from yimen import registry
from yimen.core.database import Base
from yimen.core.embedded_postgres import EmbeddedPostgres
from yimen.core.migrations import alembic_config, migrations_folder

assert registry.TABLES


def test_there_is_one_line_of_dated_migrations() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert len(scripts.get_heads()) == 1
    files = list((migrations_folder() / "versions").glob("*.py"))
    assert len(files) == len(list(scripts.walk_revisions()))
    for path in files:
        assert re.fullmatch(r"2\d{3}_\d\d_\d\d_\d{4}_[a-z_]+\.py", path.name), path.name


async def test_every_migration_goes_up_down_and_up(
    postgres: EmbeddedPostgres, new_database: Callable[[str], str]
) -> None:
    url = new_database("stairs")
    config = alembic_config(url)
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

    def walk() -> None:
        command.downgrade(config, "base")
        for revision in reversed(revisions):
            command.upgrade(config, revision)
            command.downgrade(config, "-1")
            command.upgrade(config, revision)

    outside_the_loop(walk)


async def test_the_migrated_database_is_what_the_models_say(
    new_database: Callable[[str], str],
) -> None:
    engine = create_async_engine(new_database("compared"), poolclass=NullPool)

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with engine.connect() as connection:
        differences = await connection.run_sync(compare)
    await engine.dispose()
    assert differences == []


@pytest.mark.parametrize("path", sorted((migrations_folder() / "versions").glob("*.py")), ids=str)
def test_a_migration_names_its_revision_after_what_it_makes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.search(r'^revision = "[a-z_]+"$', text, re.MULTILINE)
