"""The tests' ground: a real PostgreSQL, one migrated database a worker, one rollback a test."""

import asyncio
import base64
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from yimen import registry
from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.embedded_postgres import EmbeddedPostgres, start_embedded
from yimen.core.migrations import upgrade
from yimen.core.start import Secrets, make_context
from yimen.main import create_app

TEST_KEYS = Secrets(
    jwt="a-key-for-the-tests-with-enough-bytes-7f3a9c",
    personal_data="t1:" + base64.b64encode(bytes(range(32))).decode(),
    index=base64.b64encode(bytes(range(32, 64))).decode(),
)


class SetClock:
    """The hall's clock in a test: stands still until it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 10, 11, 0, tzinfo=HALL_ZONE)  # a Tuesday, in office hours

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> datetime:
        """``clock.set("2026-03-10 11:00")``, hall time."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=HALL_ZONE)
        return self.now

    def advance(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """One event loop for the session."""
    return ("asyncio", {"use_uvloop": True})


def outside_the_loop(work: Callable[[], object]) -> None:
    """Run blocking set-up in a thread, where it may have an event loop of its own."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The suite's PostgreSQL, shared by all workers; durability is not what is tested here."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    server = start_embedded(
        shared / "postgres", settings={"fsync": "off", "full_page_writes": "off"}
    )
    yield server
    server.stop()


@pytest.fixture(scope="session")
def new_database(postgres: EmbeddedPostgres) -> Iterator[Callable[[str], str]]:
    """Makes an empty migrated database of a name and returns its URL."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    template = f"template_{worker}"
    made: list[str] = []

    async def execute(statements: list[str]) -> None:
        engine = create_async_engine(
            postgres.url_for("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(sa.text(statement))
        await engine.dispose()

    def run(*statements: str) -> None:
        scene: Coroutine[Any, Any, None] = execute(list(statements))
        outside_the_loop(lambda: asyncio.run(scene))

    def make(name: str) -> str:
        database = f"{name}_{worker}"
        run(
            f"DROP DATABASE IF EXISTS {database} WITH (FORCE)",
            f"CREATE DATABASE {database} TEMPLATE {template}",
        )
        made.append(database)
        return postgres.url_for(database)

    run(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", f"CREATE DATABASE {template}")
    outside_the_loop(lambda: upgrade(postgres.url_for(template)))
    yield make
    run(*[f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in [*made, template]])


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(pool_size=10, password_concurrency=2)


@pytest.fixture(scope="session")
async def engine(new_database: Callable[[str], str]) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(new_database("shared"), poolclass=NullPool)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def database(engine: AsyncEngine) -> AsyncIterator[Database]:
    """All of a test happens in one outer transaction, which is rolled back at its end."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield Database(connection)
        await outer.rollback()


@pytest.fixture
def context(settings: Settings, database: Database, clock: SetClock) -> Context:
    made = make_context(settings, database, TEST_KEYS, registry.find_caller)
    made.clock = clock
    return made


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """For factories and for looking at rows; sees all that the requests of the test did."""
    async with database.transaction() as session:
        yield session


@pytest.fixture
def app(context: Context) -> FastAPI:
    return create_app(context=context)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The public: no token."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        yield client
