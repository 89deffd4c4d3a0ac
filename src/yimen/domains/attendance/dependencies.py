"""How FastAPI, and the clock, build the services of attendance."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from yimen.core.caller import Actor, Caller, DeviceCaller, DeviceScope, Role
from yimen.core.dependencies import (
    GUARDS,
    AnyActor,
    AnyCaller,
    DbSession,
    Now,
)
from yimen.core.errors import Forbidden
from yimen.core.idempotency import require_key
from yimen.domains.attendance.repository import DayRepository, Session
from yimen.domains.attendance.repository_bulletins import BulletinRepository
from yimen.domains.attendance.repository_corrections import CorrectionRepository
from yimen.domains.attendance.repository_punches import PunchRepository
from yimen.domains.attendance.service import DerivationService
from yimen.domains.attendance.service_bulletins import BulletinService
from yimen.domains.attendance.service_clocks import ClockService
from yimen.domains.attendance.service_corrections import CorrectionService
from yimen.domains.attendance.service_facts import AttendanceFacts
from yimen.domains.attendance.service_files import PunchFileService
from yimen.domains.attendance.service_months import MonthService
from yimen.domains.attendance.service_punches import PunchService
from yimen.domains.calendars.dependencies import Calendars, calendar_service
from yimen.domains.leave.dependencies import Leave, leave_of_the_clock
from yimen.domains.organisation.dependencies import (
    Organisation,
    hall_of_the_clock,
    organisation_service,
)
from yimen.domains.rulebook.dependencies import Rulebook, rulebook_service


async def clock_service(
    *, session: DbSession, caller: AnyCaller, now: Now, hall: Organisation, rulebook: Rulebook
) -> ClockService:
    return ClockService(
        PunchRepository(session), hall=hall, rulebook=rulebook, caller=caller, now=now
    )


Clocks = Annotated[ClockService, Depends(clock_service)]


async def punch_service(clocks: Clocks) -> PunchService:
    return PunchService(clocks)


Punches = Annotated[PunchService, Depends(punch_service)]


async def punch_file_service(punches: Punches) -> PunchFileService:
    return PunchFileService(punches)


async def open_punch_files(session: Session, caller: Caller, now: datetime) -> PunchFileService:
    """Files of touches in the name of somebody of the office, outside a request."""
    clocks = ClockService(
        PunchRepository(session),
        hall=await organisation_service(session, caller, now),
        rulebook=await rulebook_service(),
        caller=caller,
        now=now,
    )
    return PunchFileService(PunchService(clocks))


PunchFiles = Annotated[PunchFileService, Depends(punch_file_service)]


async def month_service(
    *, session: DbSession, caller: AnyCaller, now: Now, calendars: Calendars, rulebook: Rulebook
) -> MonthService:
    return MonthService(
        DayRepository(session), calendars=calendars, rulebook=rulebook, caller=caller, now=now
    )


Months = Annotated[MonthService, Depends(month_service)]


async def bulletin_service(session: DbSession, months: Months) -> BulletinService:
    return BulletinService(BulletinRepository(session), months)


async def correction_service(session: DbSession, months: Months, leave: Leave) -> CorrectionService:
    derivation = DerivationService(
        months.days,
        calendars=months.calendars,
        rulebook=months.rulebook,
        leave=leave,
        now=months.now,
    )
    return CorrectionService(CorrectionRepository(session), months, derivation)


Bulletins = Annotated[BulletinService, Depends(bulletin_service)]
Corrections = Annotated[CorrectionService, Depends(correction_service)]


async def derivation_of_the_clock(session: Session, now: datetime) -> DerivationService:
    """For what happens by the mere passing of time: no caller."""
    rulebook = await rulebook_service()
    return DerivationService(
        DayRepository(session),
        calendars=await calendar_service(session, rulebook, now),
        rulebook=rulebook,
        leave=await leave_of_the_clock(session, now),
        now=now,
    )


async def facts_of_the_clock(session: Session) -> AttendanceFacts:
    """For what judges and does not show: no caller."""
    return AttendanceFacts(DayRepository(session), await rulebook_service())


# --- what is sent and uploaded


async def require_sender(request: Request, actor: AnyActor) -> Actor:
    """A time clock, or the office for one; either names what it sends, so as to send it again."""
    if isinstance(actor, DeviceCaller):
        if DeviceScope.SEND_PUNCHES not in actor.scopes:
            raise Forbidden("此接口只供考勤机和中心办公室使用。")
    elif actor.role is not Role.OFFICE:
        raise Forbidden("此接口只供考勤机和中心办公室使用。")
    require_key(request, "上传打卡记录须带 Idempotency-Key 请求头，以免重复提交。")
    return actor


GUARDS[require_sender] = "考勤机、中心办公室"


async def sending_service(
    session: DbSession,
    sender: Annotated[Actor, Depends(require_sender)],
    now: Now,
    rulebook: Rulebook,
) -> PunchService:
    """Touches that come in: a machine is no person of the organisation."""
    hall = await hall_of_the_clock(session, now)
    clocks = ClockService(
        PunchRepository(session), hall=hall, rulebook=rulebook, caller=sender, now=now
    )
    return PunchService(clocks)


SentPunches = Annotated[PunchService, Depends(sending_service)]
