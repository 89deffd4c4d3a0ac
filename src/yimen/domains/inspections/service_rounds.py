"""Inspectors at work: a round begins, what it finds is recorded, it ends."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from yimen.core.database import new_id
from yimen.core.errors import FieldProblem, InvalidInput, NotFound
from yimen.core.numbering import take_numbers
from yimen.core.preconditions import require_version
from yimen.domains.inspections.access import why_not_round
from yimen.domains.inspections.enums import (
    SUBJECT_OF,
    FindingState,
    RoundAction,
    RoundState,
    TableKind,
)
from yimen.domains.inspections.models import Finding, InspectionRound, InspectionSubject
from yimen.domains.inspections.rules import Named, Slip, slip_of
from yimen.domains.inspections.schemas import (
    FindingCreate,
    FindingsCreate,
    RoundCreate,
    RoundRead,
    RoundWithFindings,
)
from yimen.domains.inspections.service import (
    InspectionService,
    RoundIsClosed,
    RoundNotFound,
    last_day_to_refuse,
)
from yimen.domains.organisation.models import StaffMember, Window
from yimen.domains.organisation.service import is_open
from yimen.domains.rulebook.rules_tables import TableRow

__all__ = ["FindingCreate", "FindingsCreate", "RoundCreate", "RoundService", "RoundWithFindings"]

SERIES = "DC"


class RoundService:
    """The acts on a round, and the writing down of one finding."""

    def __init__(self, reading: InspectionService) -> None:
        self.reading = reading
        self.desk = reading.desk
        self.inspections = reading.inspections

    async def open(self, wish: RoundCreate) -> RoundWithFindings:
        """A round begins, today or on a day before."""
        if wish.inspected_on > self.desk.today:
            raise _invalid("/inspected_on", Slip("", "in_future", "督查日期不能晚于今天。"))
        self.desk.rulebook.edition_on(wish.inspected_on)
        hold = await self.desk.calendars.hold()
        numbers = await take_numbers(self.inspections.session, [SERIES], wish.inspected_on)
        found = await self.inspections.add(
            InspectionRound(
                id=new_id(),
                round_number=numbers[SERIES],
                kind=wish.kind,
                inspected_on=wish.inspected_on,
                inspectors=list(wish.inspectors),
                note=wish.note,
                state=RoundState.OPEN,
                opened_at=self.desk.now,
                opened_by=self.desk.asker.account_id,
                opened_by_name=self.desk.asker.name,
                closed_at=None,
                version=1,
            )
        )
        await self.reading.tell_round(found, "opened")
        until = last_day_to_refuse(self.desk.today, hold, self.desk.rulebook)
        return await self._record(found, wish.findings, until)

    async def record(self, round_id: UUID, wish: FindingsCreate) -> RoundWithFindings:
        """More findings of a round; raises RoundNotFound, RoundIsClosed, InvalidInput."""
        calendar = await self.desk.calendars.hold()
        found = await self._to_change(round_id, RoundAction.RECORD)
        until = last_day_to_refuse(self.desk.today, calendar, self.desk.rulebook)
        return await self._record(found, wish.findings, until)

    async def close(self, round_id: UUID, seen: int) -> RoundRead:
        """A round ends; what it found stands as it is."""
        found = await self._to_change(round_id, RoundAction.CLOSE, seen)
        found.state = RoundState.CLOSED
        found.closed_at = self.desk.now
        found.version += 1
        await self.inspections.flush()
        await self.reading.tell_round(found, "closed")
        return await self.reading.read_round(round_id)

    async def _to_change(
        self, round_id: UUID, action: RoundAction, seen: int | None = None
    ) -> InspectionRound:
        found = await self.inspections.lock_round(round_id)
        if found is None:
            raise RoundNotFound
        if seen is not None:
            require_version(found.version, seen)
        refusal = why_not_round(action, found.state, self.desk.asker)
        if refusal is not None:
            raise RoundIsClosed(refusal.reason)
        return found

    async def _record(
        self, found: InspectionRound, wishes: Sequence[FindingCreate], until: date
    ) -> RoundWithFindings:
        made = [
            (await self.write(found, wish, until, at=f"/findings/{index}")).id
            for index, wish in enumerate(wishes)
        ]
        rows = await self.inspections.of_ids(made, self.desk.asker)
        return RoundWithFindings(
            round=await self.reading.read_round(found.id),
            findings=await self.reading.present(rows),
        )

    # One finding

    async def write(
        self,
        found: InspectionRound,
        wish: FindingCreate,
        until: date,
        *,
        at: str,
        replaces_id: UUID | None = None,
    ) -> Finding:
        """Write a finding into a locked round; raises InvalidInput pointing below ``at``."""
        row = self._row(found, wish)
        named = Named(wish.window_id, wish.subject_id, wish.staff_ids)
        slip = slip_of(found.kind, row, named)
        if slip is not None or row is None:
            raise _invalid(at, slip)
        window = await self._window(wish, found.inspected_on, at)
        if wish.subject_id is not None:
            await self._check_subject(wish.subject_id, found, row, at)
        hit = await self._responsible(found, row, window, wish, at)
        line_no = await self.inspections.last_line(found.id) + 1
        finding = await self.inspections.add(
            Finding(
                id=new_id(),
                round_id=found.id,
                line_no=line_no,
                finding_number=f"{found.round_number}-{line_no:02d}",
                kind=found.kind,
                found_on=found.inspected_on,
                row_code=row.code,
                count=wish.count,
                window_id=wish.window_id,
                department_id=window.department_id if window else _department_of(hit),
                subject_id=wish.subject_id,
                photo_reference=wish.photo_reference,
                note=wish.note,
                state=FindingState.RECORDED,
                recorded_at=self.desk.now,
                recorded_by_name=self.desk.asker.name,
                refusable_until=until,
                replaces_id=replaces_id,
                version=1,
            )
        )
        await self.inspections.add_responsible([(finding.id, one.id) for one in hit])
        await self.reading.tell(finding, "recorded")
        return finding

    def _row(self, found: InspectionRound, wish: FindingCreate) -> TableRow | None:
        edition = self.desk.rulebook.edition_on(found.inspected_on)
        return edition.row(wish.row_code) if edition.has_row(wish.row_code) else None

    async def _window(self, wish: FindingCreate, day: date, at: str) -> Window | None:
        if wish.window_id is None:
            return None
        try:
            window = await self.desk.hall.window(wish.window_id)
        except NotFound:
            raise _invalid(at, Slip("window_id", "unknown", "没有这个窗口。")) from None
        if not is_open(window, day):
            raise _invalid(at, Slip("window_id", "closed", f"该窗口 {day} 没有开放。"))
        return window

    async def _check_subject(
        self, subject_id: UUID, found: InspectionRound, row: TableRow, at: str
    ) -> None:
        subject = await self.inspections.subject(subject_id)
        if subject is None or subject.kind is not SUBJECT_OF[found.kind]:
            raise _invalid(
                at, Slip("subject_id", "unknown", f"没有登记这个{found.kind.label}对象。")
            )
        if not _is_in_register(subject, found.inspected_on):
            day = found.inspected_on
            raise _invalid(at, Slip("subject_id", "closed", f"该对象 {day} 不在册。"))
        if subject.table_code is not None and subject.table_code != row.table_code:
            raise _invalid(at, Slip("row_code", "other_floor", "这一项不属于该保洁区的扣分表。"))

    async def _responsible(
        self,
        found: InspectionRound,
        row: TableRow,
        window: Window | None,
        wish: FindingCreate,
        at: str,
    ) -> list[StaffMember]:
        """Whom the finding hits: those named, else those on duty at the window that day."""
        if row.is_window_only or found.kind in SUBJECT_OF:
            return []
        if found.kind is TableKind.WINDOWS:
            assert window is not None
            present = await self.desk.hall.staff_at(window.id, found.inspected_on)
            if wish.staff_ids is None:
                away = await self._away([one.id for one in present], found.inspected_on)
                return [one for one in present if one.id not in away]
            by_id = {one.id: one for one in present}
            if not set(wish.staff_ids) <= by_id.keys():
                detail = f"责任人中有人 {found.inspected_on} 不在该窗口服务，请核对。"
                raise _invalid(at, Slip("staff_ids", "not_here", detail))
            return [by_id[one] for one in sorted(set(wish.staff_ids))]
        hit = [await self._person(one, found, at) for one in sorted(set(wish.staff_ids or ()))]
        if window is None and len({one.department_id for one in hit}) > 1:
            detail = "不同部门的工作人员请分别登记。"
            raise _invalid(at, Slip("staff_ids", "departments", detail))
        return hit

    async def _person(self, staff_id: UUID, found: InspectionRound, at: str) -> StaffMember:
        try:
            person = await self.desk.hall.staff_member(staff_id)
        except NotFound:
            raise _invalid(at, Slip("staff_ids", "unknown", "没有这个工作人员。")) from None
        if person.left_on is not None and person.left_on < found.inspected_on:
            raise _invalid(at, Slip("staff_ids", "left", f"{person.name}当时已离开中心。"))
        return person

    async def _away(self, staff_ids: Collection[UUID], day: date) -> set[UUID]:
        """Who of these is covered by leave or official business for the whole day."""
        covers = await self.desk.leave.cover_on(staff_ids, day, day)
        halves: dict[UUID, set[str]] = {}
        for cover in covers:
            on_day = {half.value for on, half in cover.half_days or () if on == day}
            halves.setdefault(cover.staff_id, set()).update(on_day)
        return {staff_id for staff_id, covered in halves.items() if len(covered) == 2}


def _is_in_register(subject: InspectionSubject, day: date) -> bool:
    return subject.starts_on <= day and (subject.ends_on is None or day <= subject.ends_on)


def _department_of(hit: Sequence[StaffMember]) -> UUID | None:
    return hit[0].department_id if hit else None


def _invalid(at: str, slip: Slip | None) -> InvalidInput:
    assert slip is not None
    pointer = f"{at}/{slip.field}" if slip.field else at
    return InvalidInput(slip.detail, errors=[FieldProblem(pointer, slip.code, slip.detail)])
