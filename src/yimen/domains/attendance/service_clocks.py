"""Clocks and their users: what hangs where, and whose touches a user id stands for."""

from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.caller import Actor
from yimen.core.clock import hall_day
from yimen.core.errors import (
    AppError,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
)
from yimen.core.outbox import publish_event
from yimen.core.pagination import PageQuery
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.attendance.access import may_administer
from yimen.domains.attendance.enums import MarkCause
from yimen.domains.attendance.models import ClockUser, PunchBatch, PunchFault, TimeClock
from yimen.domains.attendance.repository_punches import OffsetRow, PunchRepository, UserRow
from yimen.domains.attendance.rules import DayRules
from yimen.domains.attendance.schemas_clocks import (
    ClockCreate,
    ClockPage,
    ClockRead,
    ClockUpdate,
    ClockUserCreate,
    ClockUserEnd,
    ClockUserList,
    ClockUserPage,
    ClockUserQuery,
    ClockUserRead,
    OffsetList,
    OffsetRead,
    SpanQuery,
    UnknownUserList,
    UnknownUserRead,
    offset_text,
)
from yimen.domains.organisation.service import OrganisationService, require_given
from yimen.domains.rulebook.service import RulebookService

MOST_LISTED = 500
LONGEST_SPAN_DAYS = 400
USUAL_SPAN = timedelta(days=30)
ONE_DAY = timedelta(days=1)
ALL_TIME = date(9999, 12, 31)
OFFICE_ONLY = "考勤机、考勤号和打卡记录由中心办公室管理，您只能查看。"

Row = TimeClock | ClockUser | PunchBatch | PunchFault
Found = TypeVar("Found")


class ClockNumberTaken(Conflict):
    code = "clock_number_taken"
    title = "这个编号已有考勤机使用，请换一个。"
    constraint = "uq_time_clocks_number"


class ClockDeviceTaken(Conflict):
    code = "clock_device_taken"
    title = "这台设备已为另一台考勤机上传打卡，请先解除。"
    constraint = "uq_time_clocks_device_id"


class ClockUserTaken(Conflict):
    code = "clock_user_taken"
    title = "这个考勤号在这段时间已登记给他人，请先结束原来的登记。"
    constraint = "ex_clock_users_overlap"


class PunchSpanTooLong(AppError):
    status = 422
    code = "punch_span_too_long"
    title = f"查询的日期范围有误：起始日不晚于结束日，且最多 {LONGEST_SPAN_DAYS} 天。"


class ClockService:
    """The office's clocks; without a caller the system acts."""

    def __init__(
        self,
        punches: PunchRepository,
        *,
        hall: OrganisationService,
        rulebook: RulebookService,
        caller: Actor | None,
        now: datetime,
    ) -> None:
        self.punches = punches
        self.hall = hall
        self.caller = caller
        self.now = now
        self.today = hall_day(now)
        self.day_begins = DayRules.of(rulebook.edition_on(self.today)).day_begins

    # Clocks

    async def create_clock(self, data: ClockCreate) -> TimeClock:
        """A time clock is hung up."""
        await self._require_device(data.device_id)
        made = TimeClock(
            number=data.number,
            name=data.name,
            in_use_from=data.in_use_from,
            device_id=data.device_id,
        )
        await self.punches.add(made)
        await self.tell("time_clocks.create", made, new=_facts_of_clock(made))
        await self._mark_everybody(made.in_use_from, MarkCause.CLOCK)
        return made

    async def change_clock(self, clock_id: UUID, data: ClockUpdate, *, seen: int) -> TimeClock:
        """New name, machine, first or last day; the days concerned are derived again."""
        clock = require(await self.punches.lock_clock(clock_id), "没有这台考勤机。")
        require_version(clock.version, seen)
        old = _facts_of_clock(clock)
        changed_from = [clock.in_use_from]
        clock.name = data.name or clock.name
        clock.in_use_from = data.in_use_from or clock.in_use_from
        changed_from.append(clock.in_use_from)
        if "retired_on" in data.model_fields_set:
            clock.retired_on = data.retired_on
        if "device_id" in data.model_fields_set:
            await self._require_device(data.device_id)
            clock.device_id = data.device_id
        if clock.retired_on is not None and clock.retired_on < clock.in_use_from:
            problem = FieldProblem("/retired_on", "before_start", "停用日不能早于启用日。")
            raise InvalidInput(errors=[problem])
        clock.version += 1
        await self.punches.flush()
        new = _facts_of_clock(clock)
        await self.tell("time_clocks.change", clock, old=old, new=new)
        if (old["in_use_from"], old["retired_on"]) != (new["in_use_from"], new["retired_on"]):
            await self._mark_everybody(min(changed_from), MarkCause.CLOCK)
        return clock

    async def _require_device(self, device_id: UUID | None) -> None:
        if device_id is not None and not await self.punches.is_time_clock(device_id):
            problem = FieldProblem("/device_id", "unknown", "没有这台考勤机设备，或者它已停用。")
            raise InvalidInput(errors=[problem])

    async def list_clocks(self, query: PageQuery) -> ClockPage:
        rows, cursor, total = await self.punches.clocks_page(query)
        offsets = await self.punches.latest_offsets([row.id for row in rows])
        items = [_show_clock(row, offsets.get(row.id), self.caller) for row in rows]
        return ClockPage(items=items, next_cursor=cursor, total=total)

    async def read_clock(self, clock_id: UUID) -> tuple[ClockRead, int]:
        """A clock and its version; raises NotFound."""
        clock = require(await self.punches.clock(clock_id), "没有这台考勤机。")
        return await self.show_clock(clock), clock.version

    async def show_clock(self, clock: TimeClock) -> ClockRead:
        offsets = await self.punches.latest_offsets([clock.id])
        return _show_clock(clock, offsets.get(clock.id), self.caller)

    async def offsets(self, clock_id: UUID, query: SpanQuery) -> OffsetList:
        """How far a clock was off, day by day: measured and shown, never corrected."""
        require(await self.punches.clock(clock_id), "没有这台考勤机。")
        first, last = self.span(query.first, query.last)
        rows = await self.punches.offsets(clock_id, first, last)
        return OffsetList(items=[_show_offset(row) for row in rows])

    # Users of clocks

    async def add_users(self, data: ClockUserCreate) -> ClockUserList:
        """A user id is a person's, at each of the clocks; earlier touches of it count from now."""
        person = require_given(
            await self.hall.organisation.staff_member(data.staff_id),
            "/staff_id",
            "没有这个工作人员。",
        )
        if data.ends_on is not None and data.ends_on < data.starts_on:
            problem = FieldProblem("/ends_on", "before_start", "最后一日不能早于第一日。")
            raise InvalidInput(errors=[problem])
        wanted = list(dict.fromkeys(data.clock_ids))
        clocks = await self.punches.clocks_named(wanted)
        if len(clocks) < len(wanted):
            raise InvalidInput(
                errors=[FieldProblem("/clock_ids", "unknown", "其中有不存在的考勤机。")]
            )
        rows = []
        for clock in clocks:
            made = ClockUser(
                clock_id=clock.id,
                device_user_id=data.device_user_id,
                staff_id=person.id,
                starts_on=data.starts_on,
                ends_on=data.ends_on,
            )
            await self.punches.add(made)
            await self.tell("clock_users.add", made, new=_facts_of_user(made))
            rows.append(UserRow(made, clock.number, person.staff_number, person.name))
        await self._mark_person(person.id, data.starts_on, data.ends_on)
        return ClockUserList(items=[_show_user(row, self.caller) for row in rows])

    async def end_user(
        self, user_id: UUID, data: ClockUserEnd, *, seen: int
    ) -> tuple[ClockUserRead, int]:
        """The last day on which a user id is that person's; a later one lengthens it."""
        user = require(await self.punches.lock_user(user_id), "没有这项考勤号登记。")
        require_version(user.version, seen)
        if data.ends_on < user.starts_on:
            detail = f"最后一日不能早于 {user.starts_on}。"
            raise InvalidInput(errors=[FieldProblem("/ends_on", "before_start", detail)])
        old = _facts_of_user(user)
        was = user.ends_on or ALL_TIME
        user.ends_on = data.ends_on
        user.version += 1
        await self.punches.flush()
        await self.tell("clock_users.end", user, old=old, new=_facts_of_user(user))
        first, last = sorted((was, data.ends_on))
        await self._mark_person(user.staff_id, first + ONE_DAY, last)
        return await self.read_user(user_id)

    async def read_user(self, user_id: UUID) -> tuple[ClockUserRead, int]:
        row = require(await self.punches.user(user_id), "没有这项考勤号登记。")
        return _show_user(row, self.caller), row.user.version

    async def list_users(self, query: ClockUserQuery) -> ClockUserPage:
        rows, cursor, total = await self.punches.users_page(query)
        return ClockUserPage(
            items=[_show_user(row, self.caller) for row in rows], next_cursor=cursor, total=total
        )

    async def unknown_users(self, query: SpanQuery) -> UnknownUserList:
        """User ids that touched a clock on days on which they were nobody's."""
        first, last = self.span(query.first, query.last)
        rows, left_off = await self.punches.unknown_users(
            first, last, day_begins=self.day_begins, limit=MOST_LISTED
        )
        items = [UnknownUserRead.model_validate(row) for row in rows]
        return UnknownUserList(items=items, left_off=left_off)

    # Shared with service_punches

    def span(self, first: date | None, last: date | None) -> tuple[date, date]:
        """The days asked for, or the last 31; raises PunchSpanTooLong."""
        last = last or self.today
        first = first or last - USUAL_SPAN
        if not 0 <= (last - first).days < LONGEST_SPAN_DAYS:
            raise PunchSpanTooLong
        return first, last

    async def tell(
        self,
        action: str,
        row: Row,
        *,
        new: AuditFacts,
        old: AuditFacts | None = None,
    ) -> None:
        """Write an act's audit row and its event."""
        subject = _SUBJECTS[type(row)]
        await record_audit(
            self.punches.session,
            caller=self.caller,
            action=action,
            subject_type=subject,
            subject_id=row.id,
            old=old,
            new=new,
        )
        await publish_event(
            self.punches.session,
            kind=action,
            subject_type=subject,
            subject_id=row.id,
            occurred_at=self.now,
            facts=new,
        )

    async def _mark_everybody(self, first: date, cause: MarkCause) -> None:
        if first <= self.today:
            await self.punches.mark(first, self.today, cause)

    async def _mark_person(self, staff_id: UUID, first: date, last: date | None) -> None:
        last = min(last or self.today, self.today)
        if first <= last:
            await self.punches.mark(first, last, MarkCause.CLOCK_USER, staff_id=staff_id)


_SUBJECTS: dict[type[Row], str] = {
    TimeClock: "time_clock",
    ClockUser: "clock_user",
    PunchBatch: "punch_batch",
    PunchFault: "punch_fault",
}


def require(found: Found | None, sentence: str) -> Found:
    """What was looked for; raises NotFound."""
    if found is None:
        raise NotFound(sentence)
    return found


def _facts_of_clock(clock: TimeClock) -> dict[str, object]:
    return {
        "number": clock.number,
        "name": clock.name,
        "in_use_from": clock.in_use_from.isoformat(),
        "retired_on": clock.retired_on.isoformat() if clock.retired_on else None,
        "device_id": str(clock.device_id) if clock.device_id else None,
    }


def _facts_of_user(user: ClockUser) -> dict[str, object]:
    return {
        "clock_id": str(user.clock_id),
        "device_user_id": user.device_user_id,
        "staff_id": str(user.staff_id),
        "starts_on": user.starts_on.isoformat(),
        "ends_on": user.ends_on.isoformat() if user.ends_on else None,
    }


def judge(action: str, caller: Actor | None, obstacle: AppError | None = None) -> AllowedAction:
    """Whether a command may be given: by the office, unless something stands against it."""
    against = obstacle if may_administer(caller) else Forbidden(OFFICE_ONLY)
    return AllowedAction.of(action, against)


def _show_clock(clock: TimeClock, offset: OffsetRow | None, caller: Actor | None) -> ClockRead:
    return ClockRead(
        id=clock.id,
        number=clock.number,
        name=clock.name,
        in_use_from=clock.in_use_from,
        retired_on=clock.retired_on,
        device_id=clock.device_id,
        last_seen_at=clock.last_seen_at,
        latest_offset=None if offset is None else _show_offset(offset),
        allowed_actions=[judge("change", caller)],
    )


def _show_offset(row: OffsetRow) -> OffsetRead:
    median = round(row.median_seconds)
    return OffsetRead(
        day=row.day,
        punch_count=row.punch_count,
        median_seconds=median,
        least_seconds=round(row.least_seconds),
        most_seconds=round(row.most_seconds),
        text=offset_text(median),
    )


def _show_user(row: UserRow, caller: Actor | None) -> ClockUserRead:
    return ClockUserRead(
        id=row.user.id,
        clock_id=row.user.clock_id,
        clock_number=row.clock_number,
        device_user_id=row.user.device_user_id,
        staff_id=row.user.staff_id,
        staff_number=row.staff_number,
        staff_name=row.staff_name,
        starts_on=row.user.starts_on,
        ends_on=row.user.ends_on,
        allowed_actions=[judge("end", caller)],
    )
