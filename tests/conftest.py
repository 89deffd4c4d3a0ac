"""The tests' ground: a real PostgreSQL, one migrated database a worker, one rollback a test."""

import asyncio
import base64
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from tests.catalog_factories import Items, make_items
from tests.factories import Hall, make_hall
from tests.papers_factories import FONTS

from yimen import registry
from yimen.core.clock import HALL_ZONE
from yimen.core.config import Settings
from yimen.core.database import Database
from yimen.core.dependencies import Context
from yimen.core.embedded_postgres import EmbeddedPostgres, start_embedded
from yimen.core.logs import set_up_logs
from yimen.core.migrations import upgrade
from yimen.core.start import Secrets, make_context
from yimen.domains.rulebook.service import forget_published
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
def postgres() -> Iterator[EmbeddedPostgres]:
    """The suite's PostgreSQL, shared by all workers; durability is not what is tested here.

    Not below pytest's own temporary folder: each run that starts closes that to other users, and as
    root PostgreSQL runs as one.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"yimen-tests-{run}"
    folder.mkdir(mode=0o711, exist_ok=True)
    server = start_embedded(
        folder / "postgres", settings={"fsync": "off", "full_page_writes": "off"}
    )
    yield server
    server.stop()
    if not any(folder.rglob("postmaster.pid")):  # the last worker left
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(postgres: EmbeddedPostgres) -> Iterator[Callable[[str], str]]:
    """Makes an empty migrated database of a name and returns its URL; they end with the server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    template = f"template_{worker}"

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
        return postgres.url_for(database)

    run(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", f"CREATE DATABASE {template}")
    outside_the_loop(lambda: upgrade(postgres.url_for(template)))
    yield make


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logged as in service: without the values that a rich traceback would show."""
    set_up_logs("WARNING")


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(pool_size=10, password_concurrency=2, font_dir=FONTS)


@pytest.fixture(scope="session")
async def engine(new_database: Callable[[str], str]) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(new_database("shared"), poolclass=NullPool)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(autouse=True)
def published_by_one_test() -> Iterator[None]:
    """What a test publishes is known to its process no longer than to its database."""
    yield
    forget_published()


@pytest.fixture
async def database(engine: AsyncEngine) -> AsyncIterator[Database]:
    """All of a test happens in one outer transaction, which is rolled back at its end."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        await connection.execute(sa.text("SELECT 1"))  # SQLAlchemy says BEGIN with the first one
        yield Database(connection)
        await outer.rollback()


@pytest.fixture
def context(settings: Settings, database: Database, clock: SetClock) -> Context:
    made = make_context(settings, database, TEST_KEYS, registry.find_caller, registry.find_device)
    made.clock = clock
    return made


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """For factories and for looking at rows; sees all that the requests of the test did."""
    async with database.transaction() as session:
        yield session


@pytest.fixture(scope="session")
def application(settings: Settings) -> FastAPI:
    """The app is the same for all tests: building its routes takes a second."""
    return create_app(settings)


@pytest.fixture
def app(application: FastAPI, context: Context) -> FastAPI:
    application.state.context = context
    return application


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The public: no token."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        yield client


class SignsIn(httpx.Auth):
    """Gives each request a fresh token of a log-in, so that a test may move the clock freely."""

    def __init__(self, context: Context, *, account_id: UUID, session_id: UUID) -> None:
        self.context = context
        self.account_id = account_id
        self.session_id = session_id

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self.context.signer.issue(
            subject=str(self.account_id),
            session_id=str(self.session_id),
            scope="person",
            now=self.context.clock(),
        )
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


SignIn = Callable[[UUID, UUID], httpx.AsyncClient]


@pytest.fixture
async def sign_in(app: FastAPI, context: Context) -> AsyncIterator[SignIn]:
    """Makes the client of any account: ``sign_in(account_id, await make_login(...))``."""
    async with AsyncExitStack() as clients:

        def make(account_id: UUID, session_id: UUID) -> httpx.AsyncClient:
            made = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
                base_url="http://hall",
                auth=SignsIn(context, account_id=account_id, session_id=session_id),
                trust_env=False,
            )
            clients.push_async_callback(made.aclose)
            return made

        yield make


@pytest.fixture
async def hall(database: Database) -> Hall:
    """The standard hall, without which nobody below could log in."""
    async with database.transaction() as session:
        return await make_hall(session)


@pytest.fixture
def clerk(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    """A window clerk at window 01 of department A."""
    return sign_in(hall.clerk.account_id, hall.clerk.session_id)


@pytest.fixture
def colleague(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    """The other window clerk at window 01."""
    return sign_in(hall.colleague.account_id, hall.colleague.session_id)


@pytest.fixture
def clerk_next_door(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    """A window clerk at window 02, of the same department."""
    return sign_in(hall.clerk_next_door.account_id, hall.clerk_next_door.session_id)


@pytest.fixture
def clerk_elsewhere(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    """A window clerk at window 03 of department B."""
    return sign_in(hall.clerk_elsewhere.account_id, hall.clerk_elsewhere.session_id)


@pytest.fixture
def chief(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    """The chief representative of department A."""
    return sign_in(hall.chief.account_id, hall.chief.session_id)


@pytest.fixture
def chief_elsewhere(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    """The chief representative of department B."""
    return sign_in(hall.chief_elsewhere.account_id, hall.chief_elsewhere.session_id)


@pytest.fixture
def office(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    return sign_in(hall.office.account_id, hall.office.session_id)


@pytest.fixture
def director(hall: Hall, sign_in: SignIn) -> httpx.AsyncClient:
    return sign_in(hall.director.account_id, hall.director.session_id)


@pytest.fixture
async def items(database: Database, hall: Hall) -> Items:
    """The standard hall's items."""
    async with database.transaction() as session:
        return await make_items(session, hall)
