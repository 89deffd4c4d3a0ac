"""Days, months, bulletins and corrections over HTTP: to each their own, to the office all."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from yimen.core.dependencies import IfMatch, Office, OfficeOrDirector
from yimen.core.downloads import XlsxResponse, workbook_reply
from yimen.core.pagination import InvalidCursor, PageQuery
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.attendance.dependencies import Bulletins, Corrections, Months
from yimen.domains.attendance.enums import CorrectionAction
from yimen.domains.attendance.schemas import (
    BULLETIN_ID,
    CORRECTION_ID,
    STAFF_ID,
    AttendanceStatus,
    ChangePage,
    ChangeQuery,
    DayDetail,
    DayPage,
    DayQuery,
    MonthOnly,
    MonthQuery,
    PersonMonthDetail,
    PersonMonthPage,
    WindowMonthList,
)
from yimen.domains.attendance.schemas_bulletins import (
    BulletinDifferenceList,
    BulletinLinePage,
    BulletinPage,
    BulletinPublish,
    BulletinQuery,
    BulletinRead,
)
from yimen.domains.attendance.schemas_corrections import (
    CorrectionAsk,
    CorrectionDecide,
    CorrectionPage,
    CorrectionQuery,
    CorrectionRead,
)
from yimen.domains.attendance.service_bulletins import (
    BulletinPublished,
    MonthNotDerived,
    MonthNotOver,
    MonthWithoutDays,
    show_bulletin,
)
from yimen.domains.attendance.service_corrections import (
    CorrectionStanding,
    NothingToCorrect,
    NotYourCorrection,
    OwnCorrection,
    WrongCorrectionState,
)
from yimen.domains.attendance.service_months import DaySpanTooLong, NoAttendanceRecord
from yimen.domains.calendars.rules import BeyondCalendar
from yimen.domains.rulebook.rules import NoEditionInForce

router = Router(prefix="/attendance", tag="attendance")
corrections = Router(prefix="/attendance/corrections", tag="attendance-corrections")

StaffId = Annotated[UUID, Path(examples=[STAFF_ID])]
CorrectionId = Annotated[UUID, Path(examples=[CORRECTION_ID])]
BulletinId = Annotated[UUID, Path(examples=[BULLETIN_ID])]
MonthText = Annotated[
    str, Path(pattern=r"^(20\d\d)-(0[1-9]|1[0-2])$", description="月份", examples=["2026-03"])
]
Day = Annotated[date, Path(examples=["2026-03-10"])]

XLSX = workbook_reply("通报的 Excel 文件")
CALENDAR_ERRORS = [BeyondCalendar, NoEditionInForce]
DECISION_ERRORS = [NotYourCorrection, OwnCorrection, WrongCorrectionState]


# Days and months


@router.read(
    "/me",
    summary="本人的考勤（按月）",
    errors=[NoAttendanceRecord, *CALENDAR_ERRORS],
)
async def read_own_month(query: Annotated[MonthOnly, Query()], months: Months) -> PersonMonthDetail:
    return await months.own_month(query.month)


@router.read("/status", summary="考勤计算的进度")
async def read_status(months: Months) -> AttendanceStatus:
    return await months.status()


@router.read(
    "/days",
    summary="逐人逐日的考勤（本人、本部门或全部，按角色）",
    errors=[InvalidCursor, DaySpanTooLong, *CALENDAR_ERRORS],
)
async def list_days(query: Annotated[DayQuery, Query()], months: Months) -> DayPage:
    return await months.list_days(query)


@router.read(
    "/days/{staff_id}/{day}",
    summary="一人一日的考勤：结果、依据、打卡和变动",
    errors=CALENDAR_ERRORS,
)
async def read_day(staff_id: StaffId, day: Day, months: Months) -> DayDetail:
    return await months.read_day(staff_id, day)


@router.read(
    "/changes",
    summary="已有结果后来又变动的考勤",
    errors=[InvalidCursor, DaySpanTooLong, *CALENDAR_ERRORS],
)
async def list_changes(query: Annotated[ChangeQuery, Query()], months: Months) -> ChangePage:
    return await months.list_changes(query)


@router.read(
    "/months/{month}",
    summary="一个月的考勤，按人员",
    errors=[InvalidCursor, *CALENDAR_ERRORS],
)
async def list_months(
    month: MonthText, query: Annotated[MonthQuery, Query()], months: Months
) -> PersonMonthPage:
    return await months.list_months(month, query)


@router.read("/months/{month}/windows", summary="一个月各窗口的考勤", errors=CALENDAR_ERRORS)
async def list_window_months(
    month: MonthText, months: Months, _: OfficeOrDirector
) -> WindowMonthList:
    return await months.list_windows(month)


@router.read(
    "/months/{month}/staff/{staff_id}", summary="一人一月的考勤，逐日", errors=CALENDAR_ERRORS
)
async def read_person_month(
    month: MonthText, staff_id: StaffId, months: Months
) -> PersonMonthDetail:
    return await months.person_month(staff_id, month)


# Bulletins


@router.read("/bulletins", summary="考勤通报列表", errors=[InvalidCursor])
async def list_bulletins(
    query: Annotated[BulletinQuery, Query()], bulletins: Bulletins
) -> BulletinPage:
    return await bulletins.list_bulletins(query)


@router.create(
    "/bulletins",
    summary="发布一个月的考勤通报",
    errors=[
        MonthNotOver, MonthNotDerived, MonthWithoutDays, BulletinPublished, *CALENDAR_ERRORS,
    ],
)  # fmt: skip
async def publish_bulletin(wish: BulletinPublish, bulletins: Bulletins, _: Office) -> BulletinRead:
    return show_bulletin(await bulletins.publish(wish))


@router.read("/bulletins/{bulletin_id}", summary="查看考勤通报")
async def read_bulletin(bulletin_id: BulletinId, bulletins: Bulletins) -> BulletinRead:
    return await bulletins.read(bulletin_id)


@router.read(
    "/bulletins/{bulletin_id}/lines",
    summary="通报中各人的考勤（发布时的数字）",
    errors=[InvalidCursor],
)
async def list_bulletin_lines(
    bulletin_id: BulletinId, query: Annotated[PageQuery, Query()], bulletins: Bulletins
) -> BulletinLinePage:
    return await bulletins.list_lines(bulletin_id, query)


@router.read(
    "/bulletins/{bulletin_id}/differences",
    summary="通报发布以后的变动",
    errors=CALENDAR_ERRORS,
)
async def read_differences(bulletin_id: BulletinId, bulletins: Bulletins) -> BulletinDifferenceList:
    return await bulletins.differences(bulletin_id)


@router.create(
    "/bulletins/{bulletin_id}/xlsx",
    summary="导出通报的 Excel 文件（记入审计）",
    status_code=200,
    response_class=XlsxResponse,
    responses=XLSX,
)
async def export_bulletin(bulletin_id: BulletinId, bulletins: Bulletins) -> Response:
    content = await bulletins.as_workbook(bulletin_id)
    disposition = f'attachment; filename="attendance-{bulletin_id}.xlsx"'
    return XlsxResponse(content, headers={"Content-Disposition": disposition})


# Corrections


@corrections.read(
    "", summary="更正和说明列表（本人、本部门或全部，按角色）", errors=[InvalidCursor]
)
async def list_corrections(
    query: Annotated[CorrectionQuery, Query()], service: Corrections
) -> CorrectionPage:
    return await service.list_page(query)


@corrections.create(
    "",
    summary="申请对本人的缺卡、迟到、早退、离岗或旷工予以说明",
    errors=[NoAttendanceRecord, NothingToCorrect, CorrectionStanding, *CALENDAR_ERRORS],
)
async def ask_correction(
    wish: CorrectionAsk, response: Response, service: Corrections
) -> CorrectionRead:
    shown, version = await service.read(await service.ask(wish))
    put_etag(response, version)
    return shown


@corrections.read("/{correction_id}", summary="查看更正和说明")
async def read_correction(
    correction_id: CorrectionId, response: Response, service: Corrections
) -> CorrectionRead:
    shown, version = await service.read(correction_id)
    put_etag(response, version)
    return shown


@corrections.command("/{correction_id}/grant", summary="同意说明", errors=DECISION_ERRORS)
async def grant_correction(
    *,
    correction_id: CorrectionId,
    wish: CorrectionDecide,
    seen: IfMatch,
    response: Response,
    service: Corrections,
    _: Office,
) -> CorrectionRead:
    await service.decide(correction_id, CorrectionAction.GRANT, wish.note, seen=seen)
    shown, version = await service.read(correction_id)
    put_etag(response, version)
    return shown


@corrections.command("/{correction_id}/refuse", summary="不同意说明", errors=DECISION_ERRORS)
async def refuse_correction(
    *,
    correction_id: CorrectionId,
    wish: CorrectionDecide,
    seen: IfMatch,
    response: Response,
    service: Corrections,
    _: Office,
) -> CorrectionRead:
    await service.decide(correction_id, CorrectionAction.REFUSE, wish.note, seen=seen)
    shown, version = await service.read(correction_id)
    put_etag(response, version)
    return shown


@corrections.command("/{correction_id}/revoke", summary="撤销已同意的说明", errors=DECISION_ERRORS)
async def revoke_correction(
    *,
    correction_id: CorrectionId,
    wish: CorrectionDecide,
    seen: IfMatch,
    response: Response,
    service: Corrections,
    _: Office,
) -> CorrectionRead:
    await service.decide(correction_id, CorrectionAction.REVOKE, wish.note, seen=seen)
    shown, version = await service.read(correction_id)
    put_etag(response, version)
    return shown


@corrections.command("/{correction_id}/withdraw", summary="本人撤回说明", errors=DECISION_ERRORS)
async def withdraw_correction(
    correction_id: CorrectionId, seen: IfMatch, response: Response, service: Corrections
) -> CorrectionRead:
    await service.decide(correction_id, CorrectionAction.WITHDRAW, None, seen=seen)
    shown, version = await service.read(correction_id)
    put_etag(response, version)
    return shown
