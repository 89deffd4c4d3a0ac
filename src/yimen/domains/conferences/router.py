"""Conferences over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import AnyCaller, Chief, IfMatch, Office
from yimen.core.pagination import InvalidCursor, Page
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.service import CaseNotFound
from yimen.domains.cases.service_joint import DeemedAlready
from yimen.domains.conferences.dependencies import Calling, Conferences, Meeting
from yimen.domains.conferences.schemas import (
    CONFERENCE_ID,
    ArchiveCommand,
    AskLeaveCommand,
    CancelCommand,
    ConcludeCommand,
    ConferenceCreate,
    ConferenceQuery,
    ConferenceRead,
    ConferenceSummary,
    ConferenceUpdate,
    DelegateRead,
    HoldCommand,
    OpinionCommand,
    ReissueCommand,
)
from yimen.domains.conferences.service import (
    ConferenceNotFound,
    MinutesInForce,
    NotYourConference,
    WrongConferenceState,
)
from yimen.domains.conferences.service_calling import (
    CaseNotOpen,
    DelegateRequired,
    LeaveTooLate,
    NotADelegate,
    StartsInPast,
    UnknownInvitee,
)
from yimen.domains.conferences.service_meeting import (
    AttendanceIncomplete,
    HeldInFuture,
    NoDelegateNamed,
    NoOpinionSought,
    NotYetStarted,
    OpinionsAwaited,
    ReasonMissing,
    ResolutionMissing,
    SpeakerAbsent,
    UnknownMatter,
)
from yimen.domains.papers.service import PaperRead

router = Router(prefix="/conferences", tag="conferences")

ConferenceId = Annotated[UUID, Path(examples=[CONFERENCE_ID])]
ACT_ERRORS = [ConferenceNotFound, NotYourConference, WrongConferenceState]


@router.create(
    "",
    summary="召集会议并通知参会单位",
    errors=[CaseNotFound, CaseNotOpen, StartsInPast, UnknownInvitee],
)
async def call(
    wish: ConferenceCreate, response: Response, calling: Calling, _: Office
) -> ConferenceRead:
    conference = await calling.call(wish)
    put_etag(response, conference.version)
    response.headers["Location"] = f"/api/v1/conferences/{conference.id}"
    return conference


@router.read("", summary="会议列表", errors=[InvalidCursor])
async def list_conferences(
    query: Annotated[ConferenceQuery, Query()], conferences: Conferences, _: AnyCaller
) -> Page[ConferenceSummary]:
    return await conferences.list_page(query)


@router.read("/{conference_id}", summary="查看会议", errors=[ConferenceNotFound])
async def read_conference(
    conference_id: ConferenceId, response: Response, conferences: Conferences
) -> ConferenceRead:
    conference = await conferences.read(conference_id)
    put_etag(response, conference.version)
    return conference


@router.read("/{conference_id}/minutes", summary="会议纪要", errors=[ConferenceNotFound])
async def read_minutes(conference_id: ConferenceId, conferences: Conferences) -> list[PaperRead]:
    return [PaperRead.model_validate(paper) for paper in await conferences.minutes(conference_id)]


@router.read(
    "/{conference_id}/delegates", summary="本单位可以受托参会的人员", errors=[ConferenceNotFound]
)
async def list_delegates(
    conference_id: ConferenceId, conferences: Conferences, _: Chief
) -> list[DelegateRead]:
    return await conferences.delegates(conference_id)


@router.change("/{conference_id}", summary="修改会议安排", errors=[*ACT_ERRORS, StartsInPast])
async def change(
    *,
    conference_id: ConferenceId,
    wish: ConferenceUpdate,
    seen: IfMatch,
    response: Response,
    calling: Calling,
    _: Office,
) -> ConferenceRead:
    conference = await calling.change(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command("/{conference_id}/cancel", summary="取消会议", errors=ACT_ERRORS)
async def cancel(
    *,
    conference_id: ConferenceId,
    wish: CancelCommand,
    seen: IfMatch,
    response: Response,
    calling: Calling,
    _: Office,
) -> ConferenceRead:
    conference = await calling.cancel(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command(
    "/{conference_id}/ask-leave",
    summary="首席代表会前请假并委托他人参会",
    errors=[*ACT_ERRORS, DelegateRequired, LeaveTooLate, NotADelegate],
)
async def ask_leave(
    *,
    conference_id: ConferenceId,
    wish: AskLeaveCommand,
    seen: IfMatch,
    response: Response,
    calling: Calling,
    _: Chief,
) -> ConferenceRead:
    conference = await calling.ask_leave(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command(
    "/{conference_id}/hold",
    summary="登记会议情况：到会、会上意见、会议意见",
    errors=[
        *ACT_ERRORS, AttendanceIncomplete, HeldInFuture, NoDelegateNamed, NotYetStarted,
        ReasonMissing, SpeakerAbsent, UnknownMatter,
    ],
)  # fmt: skip
async def hold(
    *,
    conference_id: ConferenceId,
    wish: HoldCommand,
    seen: IfMatch,
    response: Response,
    meeting: Meeting,
    _: Office,
) -> ConferenceRead:
    conference = await meeting.hold(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command(
    "/{conference_id}/give-opinion",
    summary="首席代表会后提出意见",
    errors=[*ACT_ERRORS, DeemedAlready, NoOpinionSought, UnknownMatter],
)
async def give_opinion(
    *,
    conference_id: ConferenceId,
    wish: OpinionCommand,
    seen: IfMatch,
    response: Response,
    meeting: Meeting,
    _: Chief,
) -> ConferenceRead:
    conference = await meeting.give_opinion(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command(
    "/{conference_id}/conclude",
    summary="出具会议纪要",
    errors=[*ACT_ERRORS, OpinionsAwaited, ResolutionMissing, UnknownMatter],
)
async def conclude(
    *,
    conference_id: ConferenceId,
    wish: ConcludeCommand,
    seen: IfMatch,
    response: Response,
    meeting: Meeting,
    _: Office,
) -> ConferenceRead:
    conference = await meeting.conclude(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command(
    "/{conference_id}/reissue-minutes",
    summary="重新出具会议纪要（原纪要作废后）",
    errors=[*ACT_ERRORS, MinutesInForce, UnknownMatter],
)
async def reissue_minutes(
    *,
    conference_id: ConferenceId,
    wish: ReissueCommand,
    seen: IfMatch,
    response: Response,
    meeting: Meeting,
    _: Office,
) -> ConferenceRead:
    conference = await meeting.reissue_minutes(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference


@router.command("/{conference_id}/archive", summary="会议归档", errors=ACT_ERRORS)
async def archive(
    *,
    conference_id: ConferenceId,
    wish: ArchiveCommand,
    seen: IfMatch,
    response: Response,
    meeting: Meeting,
    _: Office,
) -> ConferenceRead:
    conference = await meeting.archive(conference_id, seen, wish)
    put_etag(response, conference.version)
    return conference
