"""The application: middleware, error handlers, routers. Nothing else."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from yimen import registry
from yimen.core.config import Settings, get_settings
from yimen.core.dependencies import Context
from yimen.core.error_handlers import install_error_handlers
from yimen.core.health import catalogue, probes
from yimen.core.job_queue import work_queue
from yimen.core.logs import set_up_logs
from yimen.core.middleware import Observe
from yimen.core.openapi import DESCRIPTION, describe_api, name_operation
from yimen.core.periodic import keep_running, run_once
from yimen.core.start import open_context, watch_embedded
from yimen.pages.serving import add_pages


async def prepare(context: Context) -> None:
    """Read what a process keeps for itself, before it answers anybody."""
    for job in registry.JOBS:
        if job.in_each_process:
            await run_once(job, context.database, context.clock())


def start_background(context: Context, *, works: bool = True) -> list[asyncio.Task[None]]:
    """The work that comes round by itself, and the queued work; to be cancelled at the end.

    Where another process works, only what each keeps for itself.
    """
    tasks = [
        asyncio.create_task(keep_running(job, context.database, context.clock))
        for job in registry.JOBS
        if works or job.in_each_process
    ]
    if works:
        tasks.append(asyncio.create_task(work_queue(context, registry.QUEUED_WORK)))
    return tasks


def settle() -> None:
    """What is there when the work begins stays to the end; at the end, too, nobody looks at it."""
    gc.collect()
    gc.freeze()


def create_app(settings: Settings | None = None, context: Context | None = None) -> FastAPI:
    """The service. With a ``context`` (the tests) it opens no database of its own."""
    settings = settings or (context.settings if context else get_settings())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if context is not None:
            app.state.context = context
            yield
            return
        set_up_logs(settings.log_level)
        async with AsyncExitStack() as stack:
            own = await stack.enter_async_context(
                open_context(settings, registry.find_caller, registry.find_device)
            )
            app.state.context = own
            await prepare(own)
            tasks = start_background(own, works=settings.in_process_worker)
            if settings.is_embedded:
                tasks.append(asyncio.create_task(watch_embedded(settings)))
            settle()
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPIOffline(
        title="一门受理 Yimen",
        version="1",
        summary="政务服务中心后台",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        openapi_tags=[{"name": name, "description": said} for name, said in registry.TAGS.items()],
        generate_unique_id_function=name_operation,
        swagger_ui_parameters={"persistAuthorization": True, "docExpansion": "none"},
    )
    app.state.calendar_followers = registry.CALENDAR_FOLLOWERS
    app.state.paper_readers = registry.PAPER_READERS
    if context is not None:
        app.state.context = context
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes)
    app.add_middleware(Observe)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH"],
            allow_headers=[
                "Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Last-Event-ID",
            ],
            expose_headers=[
                "ETag", "X-Request-ID", "Retry-After", "Location", "Idempotency-Replayed",
                "Content-Disposition",
            ],
            allow_credentials=True,
        )  # fmt: skip
    app.add_middleware(CorrelationIdMiddleware)
    install_error_handlers(app)
    app.include_router(probes)
    app.include_router(catalogue, prefix="/api/v1")
    for router in registry.ROUTERS:
        app.include_router(router, prefix="/api/v1")
    add_pages(app)
    describe_api(app, settings.root_path)
    return app
