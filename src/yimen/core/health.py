"""Is the process alive, is it ready for work, how does it do; and the catalogue of errors."""

from typing import Annotated, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Path, Response
from prometheus_client import generate_latest
from pydantic import BaseModel, ConfigDict, Field

from yimen.core.dependencies import ServiceContext
from yimen.core.errors import CATALOGUE, InvalidInput, NotFound, Unavailable
from yimen.core.exports import file_contents
from yimen.core.middleware import METRICS
from yimen.core.migrations import newest_revision, revision_of
from yimen.core.problems import CATALOGUE_PATH, problem_responses
from yimen.core.routing import Route


class Health(BaseModel):
    """The answer of a probe."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


class ErrorKind(BaseModel):
    """One entry of the error catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "stale",
                    "status": 412,
                    "title": "该记录已被他人更新，请刷新后再提交。",
                    "type": "/api/v1/errors/stale",
                }
            ]
        }
    )

    code: str
    status: Annotated[int, Field(title="HTTP 状态码")]
    title: str
    type: Annotated[str, Field(title="说明的地址")]


FOR_PROBES = "公开，供探针与反向代理使用。"
FOR_CLIENTS = "公开：程序据此认得 code，不必解析文字。"


class ProgramRoute(Route):
    """A route that shows what the program says of itself: no trace, and no database."""

    leaves_trace: ClassVar[bool] = False


probes = APIRouter(tags=["health"])
catalogue = APIRouter(prefix="/errors", tags=["errors"], route_class=ProgramRoute)


@probes.get("/livez", summary="进程是否存活", description=FOR_PROBES, response_description="存活")
async def live() -> Health:
    return Health(status="ok")


@probes.get(
    "/readyz",
    summary="能否受理请求",
    description=FOR_PROBES,
    response_description="可以受理",
    responses=problem_responses([Unavailable]),
)
async def ready(context: ServiceContext) -> Health:
    async with context.database.reading() as session:
        await session.execute(sa.select(1))
        if await revision_of(session) != newest_revision():
            raise Unavailable("数据库结构与程序版本不一致，请先运行 yimen db upgrade。")
    return Health(status="ok")


@probes.get("/metrics", summary="运行指标（Prometheus 文本）", include_in_schema=False)
async def metrics(context: ServiceContext) -> Response:
    if not context.settings.metrics:
        raise NotFound
    return Response(generate_latest(METRICS), media_type="text/plain; version=0.0.4")


def _describe(code: str) -> ErrorKind:
    kind = CATALOGUE[code]
    return ErrorKind(
        code=code, status=kind.status, title=kind.title, type=f"{CATALOGUE_PATH}/{code}"
    )


@catalogue.get(
    "",
    summary="错误目录",
    description=FOR_CLIENTS,
    response_description="全部错误",
    responses={200: {"content": file_contents(list[ErrorKind])}},
)
async def list_errors() -> list[ErrorKind]:
    return [_describe(code) for code in sorted(CATALOGUE)]


@catalogue.get(
    "/{code}",
    summary="一种错误的说明",
    description=FOR_CLIENTS,
    response_description="说明",
    responses=problem_responses([NotFound, InvalidInput]),
)
async def read_error(code: Annotated[str, Path(max_length=100, examples=["stale"])]) -> ErrorKind:
    if code not in CATALOGUE:
        raise NotFound
    return _describe(code)
