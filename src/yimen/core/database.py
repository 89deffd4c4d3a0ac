"""PostgreSQL through SQLAlchemy: the base of all tables, the engine, the one place that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool
from uuid_utils.compat import uuid7

from yimen.core.config import Settings

JsonObject = dict[str, Any]
"""A JSON document as it lies in the database; never passed between layers."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Enum: sa.Enum(
            Enum,
            native_enum=False,
            create_constraint=False,
            length=40,
            values_callable=lambda members: [member.value for member in members],
        ),
        datetime: sa.DateTime(timezone=True),
        date: sa.Date(),
        Decimal: sa.Numeric(),
        str: sa.Text(),
        bytes: sa.LargeBinary(),
        UUID: sa.Uuid(),
        JsonObject: JSONB(),
        list[str]: sa.ARRAY(sa.Text()),
    }


def table_of(model: type[Base]) -> sa.Table:
    """A model's table, for statements that need no objects."""
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made."""
    return uuid7()


class Database:
    """The connections of one process, and the two ways to use one."""

    def __init__(self, engine: AsyncEngine | AsyncConnection) -> None:
        self.engine = engine
        if isinstance(engine, AsyncConnection):  # the tests: everything inside one transaction
            self._writing = async_sessionmaker(
                engine, expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
            self._reading = self._writing
        else:
            self._writing = async_sessionmaker(engine, expire_on_commit=False)
            self._reading = async_sessionmaker(
                engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False
            )

    @classmethod
    def connect(cls, url: str, settings: Settings) -> "Database":
        """A pool of at most ``pool_size`` connections; opens none yet."""
        milliseconds = str(int(settings.statement_timeout_seconds * 1000))
        engine = create_async_engine(
            url,
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout_seconds,
            pool_pre_ping=False,
            pool_use_lifo=True,
            connect_args={
                "timeout": 5,
                "command_timeout": settings.statement_timeout_seconds + 5,
                "prepared_statement_cache_size": 500,
                "server_settings": {
                    "application_name": "yimen",
                    "timezone": "Asia/Shanghai",
                    "statement_timeout": milliseconds,
                    "idle_in_transaction_session_timeout": "60000",
                    "jit": "off",
                },
            },
        )
        return cls(engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when its block ends and undoes everything when it raises."""
        async with self._writing() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for plain reads: each statement sees the newest committed state."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Any]:
        """A driver connection beside the pool, for LISTEN; each of its statements commits."""
        assert isinstance(self.engine, AsyncEngine)
        engine = create_async_engine(
            self.engine.url,
            poolclass=NullPool,
            connect_args={"timeout": 5, "server_settings": {"application_name": "yimen-worker"}},
        )
        try:
            async with engine.connect() as connection:
                yield (await connection.get_raw_connection()).driver_connection
        finally:
            await engine.dispose()

    async def close(self) -> None:
        if isinstance(self.engine, AsyncEngine):
            await self.engine.dispose()
