"""Inspections over HTTP: rounds, findings, and who else is assessed."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, IfMatch, Office, OfficeOrDirector
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.inspections.dependencies import Findings, Inspections, Rounds, Subjects
from yimen.domains.inspections.schemas import (
    FINDING_ID,
    ROUND_ID,
    SUBJECT_ID,
    ConfirmCommand,
    CorrectCommand,
    DecideCommand,
    FindingQuery,
    FindingRead,
    FindingsCreate,
    RefuseCommand,
    RoundCreate,
    RoundQuery,
    RoundRead,
    RoundWithFindings,
    WithdrawCommand,
)
from yimen.domains.inspections.schemas_subjects import (
    SubjectCreate,
    SubjectEnd,
    SubjectQuery,
    SubjectRead,
    SubjectUpdate,
)
from yimen.domains.inspections.service import (
    FindingNotFound,
    FindingRepeated,
    NotYoursToDo,
    RefusalLate,
    RoundIsClosed,
    RoundNotFound,
    WrongFindingState,
)
from yimen.domains.inspections.service_subjects import FloorTaken, SubjectEnded, SubjectNotFound
from yimen.domains.rulebook.rules import NoEditionInForce

rounds = Router(prefix="/inspections", tag="inspections")
findings = Router(prefix="/inspection-findings", tag="inspection-findings")
subjects = Router(prefix="/inspection-subjects", tag="inspection-subjects")

RoundId = Annotated[UUID, Path(examples=[ROUND_ID])]
FindingId = Annotated[UUID, Path(examples=[FINDING_ID])]
SubjectId = Annotated[UUID, Path(examples=[SUBJECT_ID])]
ACT_ERRORS = [FindingNotFound, NotYoursToDo, WrongFindingState]


# Rounds


@rounds.create(
    "", summary="开始一次督查，可同时登记发现的问题", errors=[FindingRepeated, NoEditionInForce]
)
async def open_round(
    wish: RoundCreate, response: Response, service: Rounds, _: OfficeOrDirector
) -> RoundWithFindings:
    made = await service.open(wish)
    put_etag(response, made.round.version)
    response.headers["Location"] = f"/api/v1/inspections/{made.round.id}"
    return made


@rounds.read("", summary="督查列表", errors=[InvalidCursor])
async def list_rounds(
    query: Annotated[RoundQuery, Query()], service: Inspections, _: OfficeOrDirector
) -> Page[RoundRead]:
    return await service.list_rounds(query)


@rounds.read("/{round_id}", summary="查看一次督查", errors=[RoundNotFound])
async def read_round(
    round_id: RoundId, response: Response, service: Inspections, _: OfficeOrDirector
) -> RoundRead:
    found = await service.read_round(round_id)
    put_etag(response, found.version)
    return found


@rounds.create(
    "/{round_id}/findings",
    summary="登记督查发现的问题",
    errors=[RoundNotFound, RoundIsClosed, FindingRepeated],
)
async def record_findings(
    round_id: RoundId, wish: FindingsCreate, service: Rounds, _: OfficeOrDirector
) -> RoundWithFindings:
    return await service.record(round_id, wish)


@rounds.command("/{round_id}/close", summary="结束督查", errors=[RoundNotFound, RoundIsClosed])
async def close_round(
    *, round_id: RoundId, seen: IfMatch, response: Response, service: Rounds, _: OfficeOrDirector
) -> RoundRead:
    found = await service.close(round_id, seen)
    put_etag(response, found.version)
    return found


# Findings


@findings.read("", summary="督查记录列表", errors=[InvalidCursor])
async def list_findings(
    query: Annotated[FindingQuery, Query()], service: Inspections, _: AnyCaller
) -> Page[FindingRead]:
    return await service.list_findings(query)


@findings.read("/{finding_id}", summary="查看督查记录", errors=[FindingNotFound])
async def read_finding(
    finding_id: FindingId, response: Response, service: Inspections
) -> FindingRead:
    found = await service.read_finding(finding_id)
    put_etag(response, found.version)
    return found


@findings.command("/{finding_id}/confirm", summary="确认督查记录", errors=ACT_ERRORS)
async def confirm(
    *,
    finding_id: FindingId,
    wish: ConfirmCommand,
    seen: IfMatch,
    response: Response,
    service: Findings,
) -> FindingRead:
    found = await service.confirm(finding_id, seen, wish)
    put_etag(response, found.version)
    return found


@findings.command(
    "/{finding_id}/refuse", summary="对督查记录提出异议", errors=[*ACT_ERRORS, RefusalLate]
)
async def refuse(
    *,
    finding_id: FindingId,
    wish: RefuseCommand,
    seen: IfMatch,
    response: Response,
    service: Findings,
) -> FindingRead:
    found = await service.refuse(finding_id, seen, wish)
    put_etag(response, found.version)
    return found


@findings.command("/{finding_id}/decide", summary="裁定异议", errors=ACT_ERRORS)
async def decide(
    *,
    finding_id: FindingId,
    wish: DecideCommand,
    seen: IfMatch,
    response: Response,
    service: Findings,
    _: Office,
) -> FindingRead:
    found = await service.decide(finding_id, seen, wish)
    put_etag(response, found.version)
    return found


@findings.command("/{finding_id}/withdraw", summary="撤销督查记录", errors=ACT_ERRORS)
async def withdraw(
    *,
    finding_id: FindingId,
    wish: WithdrawCommand,
    seen: IfMatch,
    response: Response,
    service: Findings,
    _: Office,
) -> FindingRead:
    found = await service.withdraw(finding_id, seen, wish)
    put_etag(response, found.version)
    return found


@findings.command(
    "/{finding_id}/correct",
    summary="更正督查记录：原记录保留，返回更正后的记录",
    errors=[*ACT_ERRORS, FindingRepeated],
)
async def correct(
    *,
    finding_id: FindingId,
    wish: CorrectCommand,
    seen: IfMatch,
    response: Response,
    service: Findings,
    _: Office,
) -> FindingRead:
    made = await service.correct(finding_id, seen, wish)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/inspection-findings/{made.id}"
    return made


# The register


@subjects.create("", summary="登记办公室、保安或保洁区", errors=[FloorTaken, NoEditionInForce])
async def create_subject(
    wish: SubjectCreate, response: Response, service: Subjects, _: Office
) -> SubjectRead:
    made = await service.create(wish)
    put_etag(response, made.version)
    response.headers["Location"] = f"/api/v1/inspection-subjects/{made.id}"
    return made


@subjects.read("", summary="督查对象列表", errors=[InvalidCursor])
async def list_subjects(
    query: Annotated[SubjectQuery, Query()], service: Subjects, _: OfficeOrDirector
) -> Page[SubjectRead]:
    return await service.list_page(query)


@subjects.read("/{subject_id}", summary="查看督查对象", errors=[SubjectNotFound])
async def read_subject(
    subject_id: SubjectId, response: Response, service: Subjects, _: OfficeOrDirector
) -> SubjectRead:
    found = await service.read(subject_id)
    put_etag(response, found.version)
    return found


@subjects.change("/{subject_id}", summary="修改督查对象", errors=[SubjectNotFound, SubjectEnded])
async def change_subject(
    *,
    subject_id: SubjectId,
    wish: SubjectUpdate,
    seen: IfMatch,
    response: Response,
    service: Subjects,
    _: Office,
) -> SubjectRead:
    found = await service.change(subject_id, wish, seen)
    put_etag(response, found.version)
    return found


@subjects.command(
    "/{subject_id}/end", summary="停用督查对象", errors=[SubjectNotFound, SubjectEnded]
)
async def end_subject(
    *,
    subject_id: SubjectId,
    wish: SubjectEnd,
    seen: IfMatch,
    response: Response,
    service: Subjects,
    _: Office,
) -> SubjectRead:
    found = await service.end(subject_id, wish, seen)
    put_etag(response, found.version)
    return found
