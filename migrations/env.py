"""Alembic's entry: knows the tables through the registry, the database through the settings."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from yimen import registry
from yimen.core.config import get_settings
from yimen.core.database import Base
from yimen.core.start import start_database

assert registry.TABLES


def run(connection: Connection) -> None:
    """Migrate on an open connection, without waiting for ever behind somebody's lock."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_type=True,
        compare_server_default=False, transaction_per_migration=True,
    )  # fmt: skip
    with context.begin_transaction():
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SELECT pg_advisory_lock(hashtext('yimen.migrations'))"))
        context.run_migrations()


async def connect_and_run(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.attributes.get("url") or start_database(get_settings())
    asyncio.run(connect_and_run(url))
