"""What clocks send, touches as they came, and lines that cannot be right."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from yimen.core.audit import AuditFacts
from yimen.core.caller import Actor, Caller, DeviceCaller
from yimen.core.clock import HALL_ZONE
from yimen.core.errors import Conflict, Forbidden
from yimen.core.preconditions import require_version
from yimen.domains.attendance.enums import (
    FaultKind,
    PunchOutcome,
)
from yimen.domains.attendance.models import PunchFault, TimeClock
from yimen.domains.attendance.rules_files import (
    LineFault,
    Plausible,
    ReadPiece,
    TouchReader,
)
from yimen.domains.attendance.schemas_files import FaultPage, FaultQuery, FaultRead, FaultSettle
from yimen.domains.attendance.schemas_punches import (
    PunchesReceive,
    PunchesReceived,
    PunchPage,
    PunchQuery,
    PunchRead,
    PunchReceive,
    PunchReceived,
    PunchSend,
    device_time_of,
)
from yimen.domains.attendance.service_clocks import (
    ClockService,
    judge,
    require,
)

FUTURE_TOLERANCE = timedelta(days=1)
"""A clock may be fast; a touch later than this after it was received cannot have been."""
SEEN_EVERY = timedelta(seconds=30)


class ClockUnknown(Conflict):
    code = "clock_unknown"
    title = "没有这个编号的考勤机，请先登记。"


class NotThisClock(Forbidden):
    code = "not_this_clock"
    title = "这台设备没有登记为该考勤机，不能为它上传打卡；请由中心办公室登记。"


class ClockRetired(Conflict):
    code = "clock_retired"
    title = "这台考勤机已经停用，请先恢复使用。"


class FaultSettled(Conflict):
    code = "punch_fault_settled"
    title = "这一行已经处理过。"


class PunchService:
    """Touches come in one by one and are never altered afterwards."""

    def __init__(self, clocks: ClockService) -> None:
        self.clocks = clocks
        self.punches = clocks.punches
        self.caller = clocks.caller
        self.now = clocks.now
        self.today = clocks.today

    # What clocks send

    async def receive_one(self, data: PunchReceive) -> PunchReceived:
        """A single touch that a clock sends."""
        return (await self._receive(data.clock_number, [data])).items[0]

    async def receive(self, data: PunchesReceive) -> PunchesReceived:
        """Touches that a clock sends together; each is answered for, none sent twice counts."""
        return await self._receive(data.clock_number, data.punches)

    async def _receive(
        self, clock_number: str | None, sent: Sequence[PunchSend]
    ) -> PunchesReceived:
        clock = await self._clock_in_use(clock_number)
        await self.punches.hold_for_sending(clock.id)
        reader = TouchReader(self.plausible_for(clock))
        piece = ReadPiece()
        for position, touch in enumerate(sent, 1):
            codes = (touch.state, touch.verify_mode, touch.work_code)
            read = reader.read_sent(
                position, user=touch.device_user_id, time=touch.device_time, codes=codes
            )
            piece.touches += read.touches
            piece.faults += read.faults
        batch_id = await self.punches.live_batch(
            clock.id, self.today, now=self.now, caller=self.caller
        )
        fresh = await self.punches.receive(
            clock.id,
            piece.touches,
            batch_id=batch_id,
            received_at=self.now,
            day_begins=self.clocks.day_begins,
        )
        await self.list_faulty(clock.id, piece.faults, batch_id)
        await self.punches.see_clock(clock.id, self.now, SEEN_EVERY)
        items = list(self._answers(sent, piece, fresh))
        outcomes = Counter(item.outcome for item in items)
        received = PunchesReceived(
            batch_id=batch_id,
            counted_count=outcomes[PunchOutcome.COUNTED],
            repeated_count=outcomes[PunchOutcome.REPEATED],
            unknown_count=outcomes[PunchOutcome.UNKNOWN_USER],
            faulty_count=outcomes[PunchOutcome.FAULTY],
            items=items,
        )
        facts: AuditFacts = {
            "clock": clock.number,
            **{outcome.value: outcomes[outcome] for outcome in PunchOutcome},
        }
        await self.clocks.tell("punches.receive", clock, new=facts)
        return received

    def _answers(
        self, sent: Sequence[PunchSend], piece: ReadPiece, fresh: dict[int, bool]
    ) -> Iterator[PunchReceived]:
        read = {touch[0]: touch for touch in piece.touches}
        faults = {fault.line: fault.kind for fault in piece.faults}
        for position, touch in enumerate(sent, 1):
            at = read.get(position)
            if at is None:
                outcome = PunchOutcome.FAULTY
            elif position not in fresh:
                outcome = PunchOutcome.REPEATED
            elif fresh[position]:
                outcome = PunchOutcome.COUNTED
            else:
                outcome = PunchOutcome.UNKNOWN_USER
            yield PunchReceived(
                device_user_id=touch.device_user_id.strip(),
                device_time=touch.device_time,
                punched_at=None if at is None else instant_of(at[2]),
                received_at=self.now,
                outcome=outcome,
                fault=faults.get(position, FaultKind.NO_USER_ID if at is None else None),
            )

    async def _clock_in_use(self, number: str | None) -> TimeClock:
        """The clock named; a machine sends for its own and need not name it."""
        clock = None
        if isinstance(self.caller, DeviceCaller):
            clock = await self.punches.clock_of_device(self.caller.device_id)
            if clock is None or number not in (None, clock.number):
                raise NotThisClock
        elif number is not None:
            clock = await self.punches.clock_numbered(number)
        if clock is None:
            raise ClockUnknown
        if clock.retired_on is not None and clock.retired_on < self.today:
            raise ClockRetired
        return clock

    def plausible_for(self, clock: TimeClock) -> Plausible:
        """When touches of a clock can have been."""
        latest = (self.now + FUTURE_TOLERANCE).astimezone(HALL_ZONE).replace(tzinfo=None)
        return Plausible.between(clock.in_use_from, latest)

    # Touches

    async def list_punches(self, query: PunchQuery) -> PunchPage:
        """Touches as they came, of the people whom the caller may see."""
        assert isinstance(self.caller, Caller)
        first, last = self.clocks.span(query.first, query.last)
        rows, cursor, total = await self.punches.punches_page(
            query, self.caller, first=first, last=last, day_begins=self.clocks.day_begins
        )
        items = [
            PunchRead(
                clock_id=row.clock_id,
                clock_number=row.clock_number,
                device_user_id=row.device_user_id,
                staff_id=row.staff_id,
                staff_name=row.staff_name,
                punched_at=row.punched_at,
                device_time=device_time_of(row.device_time, row.punched_at.astimezone(HALL_ZONE)),
                received_at=row.received_at,
                batch_id=row.batch_id,
                line=row.line,
                state=row.state,
                verify_mode=row.verify_mode,
                work_code=row.work_code,
                is_reversed=row.is_reversed,
            )
            for row in rows
        ]
        return PunchPage(items=items, next_cursor=cursor, total=total)

    # Faults

    async def list_faulty(
        self, clock_id: UUID, faults: Iterable[LineFault], batch_id: UUID
    ) -> None:
        """List faulty lines for the office, each once."""
        listed = {_digest_of(clock_id, fault): fault for fault in faults}
        await self.punches.list_faults(
            clock_id,
            [(fault, digest) for digest, fault in listed.items()],
            batch_id=batch_id,
            received_at=self.now,
        )

    async def settle_fault(
        self, fault_id: UUID, data: FaultSettle, *, seen: int
    ) -> tuple[FaultRead, int]:
        """The office has looked at a faulty line; its words are kept, the line stays as it is."""
        require(await self.punches.fault(fault_id), "没有这一行待核记录。")
        fault = require(await self.punches.lock_fault(fault_id), "没有这一行待核记录。")
        require_version(fault.version, seen)
        if fault.settled_at is not None:
            raise FaultSettled
        fault.settled_at = self.now
        fault.settled_by = self.caller.account_id if self.caller else None
        fault.settled_by_name = self.caller.name if self.caller else "系统"
        fault.settlement = data.settlement
        fault.version += 1
        await self.punches.flush()
        await self.clocks.tell("punch_faults.settle", fault, new={"settlement": data.settlement})
        return await self.read_fault(fault_id)

    async def read_fault(self, fault_id: UUID) -> tuple[FaultRead, int]:
        """A fault and its version; raises NotFound."""
        fault, number = require(await self.punches.fault(fault_id), "没有这一行待核记录。")
        return _show_fault(fault, number, self.caller), fault.version

    async def list_faults(self, query: FaultQuery) -> FaultPage:
        rows, cursor, total = await self.punches.faults_page(query)
        items = [_show_fault(fault, number, self.caller) for fault, number in rows]
        return FaultPage(items=items, next_cursor=cursor, total=total)


def _digest_of(clock_id: UUID, fault: LineFault) -> bytes:
    text = f"{clock_id}\n{fault.kind}\n{fault.raw}"
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]


def instant_of(text: str) -> datetime:
    """A clock's time as an instant of the hall."""
    return datetime.fromisoformat(text).replace(tzinfo=HALL_ZONE)


def _show_fault(fault: PunchFault, clock_number: str, caller: Actor | None) -> FaultRead:
    obstacle = FaultSettled() if fault.settled_at else None
    return FaultRead(
        id=fault.id,
        clock_id=fault.clock_id,
        clock_number=clock_number,
        batch_id=fault.batch_id,
        line=fault.line,
        kind=fault.kind,
        raw=fault.raw,
        received_at=fault.received_at,
        settled_at=fault.settled_at,
        settled_by_name=fault.settled_by_name,
        settlement=fault.settlement,
        allowed_actions=[judge("settle", caller, obstacle)],
    )
