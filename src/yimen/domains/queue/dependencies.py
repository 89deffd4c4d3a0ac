"""How FastAPI, and the clock, build the services of the queue."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyActor, AnyCaller, DbSession, Now, ServiceContext
from yimen.domains.appointments.dependencies import CheckIns, open_appointments
from yimen.domains.appointments.service_check_in import CheckInService
from yimen.domains.cases.dependencies import Cases
from yimen.domains.queue.repository import QueueRepository, Session
from yimen.domains.queue.service import QueueDesk, QueueService
from yimen.domains.queue.service_arrivals import ArrivalService
from yimen.domains.queue.service_calls import CallService, TicketCaseService
from yimen.domains.queue.service_groups import GroupService
from yimen.domains.queue.service_public import PublicQueueService
from yimen.domains.queue.service_taking import TakingService
from yimen.domains.rulebook.dependencies import Rulebook
from yimen.domains.rulebook.service import RulebookService


async def desk_of_a_person(
    session: DbSession, caller: AnyCaller, rulebook: Rulebook, now: Now
) -> QueueDesk:
    return QueueDesk(QueueRepository(session), rulebook, caller, now)


async def desk_of_anyone(
    session: DbSession, actor: AnyActor, rulebook: Rulebook, now: Now
) -> QueueDesk:
    return QueueDesk(QueueRepository(session), rulebook, actor, now)


async def desk_of_the_public(session: DbSession, rulebook: Rulebook, now: Now) -> QueueDesk:
    return QueueDesk(QueueRepository(session), rulebook, None, now)


def calls_of_the_clock(session: Session, now: datetime) -> CallService:
    """For what happens by the mere passing of time: no caller, and nothing personal is opened."""

    async def open_check_ins() -> CheckInService:
        return CheckInService(await open_appointments(session, None, None, now, nobody="系统"))

    desk = QueueDesk(QueueRepository(session), RulebookService(), None, now)
    return CallService(desk, open_check_ins)


PersonsDesk = Annotated[QueueDesk, Depends(desk_of_a_person)]
AnyonesDesk = Annotated[QueueDesk, Depends(desk_of_anyone)]


async def queue_service(desk: PersonsDesk) -> QueueService:
    return QueueService(desk)


async def board_service(desk: AnyonesDesk) -> QueueService:
    return QueueService(desk)


async def group_service(desk: PersonsDesk) -> GroupService:
    return GroupService(QueueService(desk))


async def taking_service(desk: AnyonesDesk) -> TakingService:
    return TakingService(desk)


Taking = Annotated[TakingService, Depends(taking_service)]


async def arrival_service(taking: Taking, check_ins: CheckIns) -> ArrivalService:
    return ArrivalService(taking, check_ins)


async def call_service(desk: PersonsDesk, context: ServiceContext) -> CallService:
    async def open_check_ins() -> CheckInService:
        return CheckInService(
            await open_appointments(desk.queue.session, context.personal_data, desk.actor, desk.now)
        )

    return CallService(desk, open_check_ins)


Calls = Annotated[CallService, Depends(call_service)]


async def ticket_case_service(calls: Calls, cases: Cases) -> TicketCaseService:
    return TicketCaseService(calls, cases)


async def public_queue_service(
    desk: Annotated[QueueDesk, Depends(desk_of_the_public)],
) -> PublicQueueService:
    return PublicQueueService(QueueService(desk))


Queue = Annotated[QueueService, Depends(queue_service)]
Board = Annotated[QueueService, Depends(board_service)]
Groups = Annotated[GroupService, Depends(group_service)]
Arrivals = Annotated[ArrivalService, Depends(arrival_service)]
TicketCases = Annotated[TicketCaseService, Depends(ticket_case_service)]
PublicQueue = Annotated[PublicQueueService, Depends(public_queue_service)]
