"""Duties and deputies over HTTP. Everyone who logs in reads; chiefs and the office arrange."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch
from yimen.core.errors import NotFound
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.organisation.dependencies import Posts
from yimen.domains.organisation.schemas_posts import (
    DEPUTY_ID,
    DUTY_ID,
    DeputyCreate,
    DeputyPage,
    DeputyQuery,
    DeputyRead,
    DutyCreate,
    DutyPage,
    DutyQuery,
    DutyRead,
    DutyUpdate,
    Handover,
    LastDay,
    ResponsibilitySheet,
    SheetQuery,
)
from yimen.domains.organisation.service import DepartmentIsClosed, StaffMemberLeft
from yimen.domains.organisation.service_posts import (
    DeputyIsAbsent,
    DeputyNotNear,
    DeputyshipOver,
    DutyOver,
    NothingToHandOver,
    NotTheDeputy,
    NotYourPosts,
    OwnDeputy,
    StandingDeputyNamed,
    TemporaryDeputyNamed,
)

duties = Router(prefix="/duties", tag="duties")
deputies = Router(prefix="/deputies", tag="deputies")

DutyId = Annotated[UUID, Path(examples=[DUTY_ID])]
DeputyId = Annotated[UUID, Path(examples=[DEPUTY_ID])]


@duties.read("", summary="岗位职责列表", errors=[InvalidCursor])
async def list_duties(query: Annotated[DutyQuery, Query()], posts: Posts) -> DutyPage:
    return await posts.list_duties(query)


@duties.read("/sheet", summary="一个部门的岗位责任制", errors=[NotFound])
async def read_sheet(query: Annotated[SheetQuery, Query()], posts: Posts) -> ResponsibilitySheet:
    return await posts.sheet(query)


@duties.create("", summary="制定职责", errors=[NotYourPosts, DepartmentIsClosed, StaffMemberLeft])
async def create_duty(data: DutyCreate, response: Response, posts: Posts) -> DutyRead:
    duty = await posts.create_duty(data)
    put_etag(response, duty.version)
    return posts.show_duty(duty)


@duties.read("/{duty_id}", summary="查看职责")
async def read_duty(duty_id: DutyId, response: Response, posts: Posts) -> DutyRead:
    duty = await posts.duty(duty_id)
    put_etag(response, duty.version)
    return posts.show_duty(duty)


@duties.change("/{duty_id}", summary="修改职责", errors=[NotYourPosts, DutyOver, StaffMemberLeft])
async def change_duty(
    duty_id: DutyId, data: DutyUpdate, seen: IfMatch, response: Response, posts: Posts
) -> DutyRead:
    duty = await posts.change_duty(duty_id, data, seen=seen)
    put_etag(response, duty.version)
    return posts.show_duty(duty)


@duties.command("/{duty_id}/end", summary="停止执行职责", errors=[NotYourPosts, DutyOver])
async def end_duty(
    duty_id: DutyId, data: LastDay, seen: IfMatch, response: Response, posts: Posts
) -> DutyRead:
    duty = await posts.end_duty(duty_id, data, seen=seen)
    put_etag(response, duty.version)
    return posts.show_duty(duty)


@deputies.read("", summary="AB岗列表", errors=[InvalidCursor])
async def list_deputies(query: Annotated[DeputyQuery, Query()], posts: Posts) -> DeputyPage:
    return await posts.list_deputies(query)


@deputies.create(
    "",
    summary="指定B岗",
    errors=[
        NotYourPosts,
        OwnDeputy,
        DeputyNotNear,
        StandingDeputyNamed,
        TemporaryDeputyNamed,
        DeputyIsAbsent,
        StaffMemberLeft,
    ],
)
async def name_deputy(data: DeputyCreate, response: Response, posts: Posts) -> DeputyRead:
    deputy = await posts.name_deputy(data)
    put_etag(response, deputy.version)
    return posts.show_deputy(deputy)


@deputies.read("/{deputy_id}", summary="查看AB岗安排")
async def read_deputy(deputy_id: DeputyId, response: Response, posts: Posts) -> DeputyRead:
    deputy = await posts.deputy(deputy_id)
    put_etag(response, deputy.version)
    return posts.show_deputy(deputy)


@deputies.command("/{deputy_id}/end", summary="结束AB岗安排", errors=[NotYourPosts, DeputyshipOver])
async def end_deputy(
    deputy_id: DeputyId, data: LastDay, seen: IfMatch, response: Response, posts: Posts
) -> DeputyRead:
    deputy = await posts.end_deputy(deputy_id, data, seen=seen)
    put_etag(response, deputy.version)
    return posts.show_deputy(deputy)


@deputies.command(
    "/{deputy_id}/confirm",
    summary="B岗确认交接",
    errors=[NotTheDeputy, NothingToHandOver, DeputyshipOver],
)
async def confirm_handover(
    deputy_id: DeputyId, data: Handover, seen: IfMatch, response: Response, posts: Posts
) -> DeputyRead:
    deputy = await posts.confirm_handover(deputy_id, data, seen=seen)
    put_etag(response, deputy.version)
    return posts.show_deputy(deputy)
