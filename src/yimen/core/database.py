"""PostgreSQL through SQLAlchemy: the base of all tables, the engine, the one place that commits."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from sqlalchemy.pool import NullPool
from uuid_utils.compat import uuid7

from yimen.core.config import Settings
from yimen.core.crypto import IndexKind

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


Sealed = Annotated[bytes, mapped_column(info={"is_sealed": True})]
"""A column that ``PersonalData`` encrypts, bound to the row's ``id`` and the column's name."""


def blind_index_of(column: str, kind: IndexKind) -> MappedColumn[Any]:
    """A column by which the sealed column of the same row is found."""
    return mapped_column(info={"index_of": (column, kind)})


def table_of(model: type[Base]) -> sa.Table:
    """A model's table, for statements that need no objects."""
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made."""
    return uuid7()


class Database:
    """The connections of one process, and the two ways to use one.

    SQLAlchemy's connections are in AUTOCOMMIT. A transaction is one of the driver's, which costs a
    third of SQLAlchemy's; session and :class:`HotStatement` both take part in it.
    """

    def __init__(self, engine: AsyncEngine | AsyncConnection) -> None:
        """An engine in AUTOCOMMIT; or, in the tests, the one connection that all happens on."""
        self.engine = engine

    @classmethod
    def connect(cls, url: str, settings: Settings) -> "Database":
        """A pool of at most ``pool_size`` connections; opens none yet."""
        milliseconds = str(int(settings.statement_timeout_seconds * 1000))
        engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=settings.pool_timeout_seconds,
            pool_pre_ping=False,
            pool_reset_on_return=None,
            pool_use_lifo=True,
            connect_args={
                "timeout": 5,
                "command_timeout": settings.statement_timeout_seconds + 5,
                "prepared_statement_cache_size": 500,
                "server_settings": {
                    "application_name": "yimen",
                    "timezone": "Asia/Shanghai",
                    "default_transaction_isolation": "read committed",
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
        async with self._connection() as connection:
            transaction = _driver_of(connection).transaction()
            try:
                await transaction.start()
            except BaseException as error:
                if isinstance(self.engine, AsyncEngine):
                    await connection.invalidate()  # to the driver it is in a transaction now
                if isinstance(error, _DRIVER_ERRORS):
                    raise _as_sqlalchemy(error) from error
                raise
            try:
                async with _session_on(connection) as session:
                    yield session
            except BaseException:
                with suppress(*_DRIVER_ERRORS, OSError):  # then the connection is thrown away
                    await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except _DRIVER_ERRORS as error:
                raise _as_sqlalchemy(error) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for plain reads: each statement sees the newest committed state."""
        if isinstance(self.engine, AsyncConnection):  # a read that fails must not end the test's
            async with self.transaction() as session:
                yield session
            return
        async with self._connection() as connection, _session_on(connection) as session:
            yield session

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        if isinstance(self.engine, AsyncConnection):
            yield self.engine
            return
        connection = await self.engine.connect()
        while (driver := _driver_of(connection)).is_closed():  # by PostgreSQL, unused in the pool
            await connection.invalidate()
            await connection.close()
            connection = await self.engine.connect()
        try:
            yield connection
        finally:
            if not connection.closed and (driver.is_closed() or driver.is_in_transaction()):
                await connection.invalidate()
            await connection.close()

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


@asynccontextmanager
async def _session_on(connection: AsyncConnection) -> AsyncIterator[AsyncSession]:
    session = AsyncSession(
        connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",  # in the tests, where one is under way
        info={_DRIVER: _driver_of(connection)},
    )
    try:
        yield session
        if session.in_transaction():
            await session.commit()  # writes what is new; the transaction goes on
    finally:
        if session.in_transaction():
            await session.close()


@asynccontextmanager
async def savepoint(session: AsyncSession, *, is_undone: bool = False) -> AsyncIterator[None]:
    """A part of a transaction: undone alone when its block raises, or in any case."""
    async with session.begin_nested() as part:
        yield
        if is_undone:
            await session.flush()
            await part.rollback()


async def let_go(session: AsyncSession) -> None:
    """Give a reading session's connection back before slow work; what was read stays readable."""
    await session.close()
    if isinstance(session.bind, AsyncConnection) and not session.bind.in_transaction():
        await session.bind.close()


_DRIVER = "driver"
_DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def _driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    assert connection.sync_connection is not None
    return connection.sync_connection.connection.driver_connection


def _as_sqlalchemy(error: Exception) -> sa.exc.DBAPIError:
    """An error of the driver, as the one that SQLAlchemy would raise."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return sa.exc.IntegrityError(None, None, error)
    return sa.exc.DBAPIError(None, None, error)


class HotStatement:
    """A Core statement of the few that run all the time: compiled once, run by the driver itself.

    SQLAlchemy takes four times as long for one. It sees what the session has flushed. Rows are the
    driver's, by place or name; enums and documents come and go as text.
    """

    def __init__(self, statement: sa.Executable) -> None:
        compiled = statement.compile(  # type: ignore[attr-defined]
            dialect=asyncpg_dialect()  # type: ignore[no-untyped-call]
        )
        self.text: str = compiled.string
        assert "POSTCOMPILE" not in self.text, "a list to be IN is unknown when this is compiled"
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants = {
            name: value for name, value in compiled.params.items() if value is not None
        }

    async def rows(
        self, session: AsyncSession, values: Mapping[str, object] | None = None
    ) -> Sequence[asyncpg.Record]:
        """Run it with the values that it names; others are passed over."""
        given = {**self._constants, **values} if values else self._constants
        driver: asyncpg.Connection = session.info[_DRIVER]
        if session.in_nested_transaction():
            await session.connection()  # says SAVEPOINT, unless something has before
        try:
            found: list[asyncpg.Record] = await driver.fetch(
                self.text, *[given[name] for name in self._names]
            )
        except _DRIVER_ERRORS as error:
            raise _as_sqlalchemy(error) from error
        return found

    async def row(
        self, session: AsyncSession, values: Mapping[str, object] | None = None
    ) -> asyncpg.Record | None:
        """The first row, if there is one."""
        found = await self.rows(session, values)
        return found[0] if found else None

    async def value(self, session: AsyncSession, values: Mapping[str, object] | None = None) -> Any:
        """The one value of a statement that always has a row."""
        return (await self.rows(session, values))[0][0]
