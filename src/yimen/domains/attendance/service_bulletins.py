"""Publishing a month, and what has come out otherwise since (ATTEND 一(五))."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.clock import HALL_ZONE, start_of_day
from yimen.core.errors import Conflict, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import PageQuery
from yimen.domains.attendance.models import AttendanceBulletin, AttendanceBulletinLine
from yimen.domains.attendance.repository import PersonRow
from yimen.domains.attendance.repository_bulletins import BulletinRepository
from yimen.domains.attendance.rules_workbook import Bulletin, Row, write_workbook
from yimen.domains.attendance.schemas import FiguresRead, PersonMonthRead
from yimen.domains.attendance.schemas_bulletins import (
    BulletinDifference,
    BulletinDifferenceList,
    BulletinLinePage,
    BulletinPage,
    BulletinPublish,
    BulletinQuery,
    BulletinRead,
    HeadFigures,
)
from yimen.domains.attendance.service_months import (
    PEOPLE_AT_ONCE,
    CountedMonth,
    MonthService,
    MonthSpan,
    show_change,
    show_figures,
)

ONE_DAY = timedelta(days=1)


class MonthNotOver(Conflict):
    code = "attendance_month_not_over"
    title = "这个月还没有结束，不能发布通报。"


class MonthNotDerived(Conflict):
    code = "attendance_month_not_derived"
    title = "这个月还有变动没有计算完，请稍候再发布。"


class BulletinPublished(Conflict):
    code = "attendance_bulletin_published"
    title = "这个月的通报已经发布；如要再次发布，请写明原因。"


class MonthWithoutDays(Conflict):
    code = "attendance_month_without_days"
    title = "这个月没有任何考勤，无法发布通报。"


class BulletinService:
    """Bulletins are kept as they were published; what comes later is shown beside them."""

    def __init__(self, bulletins: BulletinRepository, months: MonthService) -> None:
        self.bulletins = bulletins
        self.months = months
        self.days = months.days
        self.caller = months.caller
        self.now = months.now

    async def publish(self, data: BulletinPublish) -> AttendanceBulletin:
        """Publish a month that is over and derived; again only with a note."""
        span = MonthSpan.of(data.month)
        await self.bulletins.hold()
        await self._require_derived(span)
        before = await self.bulletins.newest(span.first)
        if before is not None and data.note is None:
            raise BulletinPublished
        people = await self.days.people_with_days(*span)
        if not people:
            raise MonthWithoutDays
        made = AttendanceBulletin(
            month=span.first,
            number=1 if before is None else before.number + 1,
            edition_code=self.months.rulebook.edition_on(span.first).code,
            note=data.note,
            published_at=self.now,
            published_by=self.caller.account_id,
            published_by_name=self.caller.name,
            person_count=len(people),
        )
        await self.bulletins.add(made)
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            some = people[start : start + PEOPLE_AT_ONCE]
            months = await self.months.months_of([person.staff_id for person in some], span)
            await self.bulletins.keep_lines(
                [_line_of(made.id, person, months[person.staff_id]) for person in some]
            )
        await self._tell(made)
        return made

    async def _require_derived(self, span: MonthSpan) -> None:
        frames = await self.months.frames()
        if span.last >= frames.today:
            raise MonthNotOver
        over_at = start_of_day(span.last + ONE_DAY)
        over_at += timedelta(seconds=frames.frame(span.last).rules.day_begins)
        progress = await self.days.hold_progress()
        waiting = await self.days.count_marks(*span)
        if waiting or progress.swept_at is None or progress.swept_at < over_at:
            raise MonthNotDerived

    async def _tell(self, bulletin: AttendanceBulletin) -> None:
        facts = {
            "month": f"{bulletin.month:%Y-%m}",
            "number": bulletin.number,
            "people": bulletin.person_count,
        }
        await record_audit(
            self.days.session,
            caller=self.caller,
            action="attendance.publish_bulletin",
            subject_type="attendance_bulletin",
            subject_id=bulletin.id,
            new=facts | {"note": bulletin.note},
        )
        await publish_event(
            self.days.session,
            kind="attendance.publish_bulletin",
            subject_type="attendance_bulletin",
            subject_id=bulletin.id,
            occurred_at=self.now,
            facts=facts,
        )

    async def _find(self, bulletin_id: UUID) -> AttendanceBulletin:
        found = await self.bulletins.find(bulletin_id)
        if found is None:
            raise NotFound("没有这份通报。")
        return found

    async def list_bulletins(self, query: BulletinQuery) -> BulletinPage:
        rows, cursor, total = await self.bulletins.list_page(query)
        items = [show_bulletin(row) for row in rows]
        return BulletinPage(items=items, next_cursor=cursor, total=total)

    async def read(self, bulletin_id: UUID) -> BulletinRead:
        return show_bulletin(await self._find(bulletin_id))

    async def list_lines(self, bulletin_id: UUID, query: PageQuery) -> BulletinLinePage:
        """The people of a bulletin whom the caller may see, as published."""
        await self._find(bulletin_id)
        rows, cursor, total = await self.bulletins.lines_page(bulletin_id, query, self.caller)
        items = [_show_line(row) for row in rows]
        return BulletinLinePage(items=items, next_cursor=cursor, total=total)

    async def differences(self, bulletin_id: UUID) -> BulletinDifferenceList:
        """Whose month has come out otherwise since it was published, and through what."""
        bulletin = await self._find(bulletin_id)
        span = MonthSpan.around(bulletin.month)
        changes = await self.bulletins.changes_since(*span, bulletin.published_at, self.caller)
        frames = await self.months.frames()
        by_person = defaultdict(list)
        for change, staff_number, staff_name in changes:
            rules = frames.frame(change.day).rules
            by_person[change.staff_id].append(show_change(change, staff_number, staff_name, rules))
        months = await self.months.months_of(by_person, span)
        lines = {
            line.staff_id: line for line in await self.bulletins.lines_of(bulletin_id, by_person)
        }
        items = []
        for staff_id, shown in by_person.items():
            line = lines.get(staff_id)
            published = None if line is None else _head(FiguresRead.model_validate(line.figures))
            items.append(
                BulletinDifference(
                    staff_id=staff_id,
                    staff_number=shown[0].staff_number,
                    staff_name=shown[0].staff_name,
                    published=published,
                    now=_head(show_figures(months[staff_id].figures)),
                    changes=shown,
                )
            )
        items.sort(key=lambda item: item.staff_number)
        return BulletinDifferenceList(bulletin=show_bulletin(bulletin), items=items)

    async def as_workbook(self, bulletin_id: UUID) -> bytes:
        """The bulletin as XLSX, of those whom the caller may see; noted in the audit."""
        bulletin = await self._find(bulletin_id)
        lines = await self.bulletins.lines(bulletin_id, self.caller)
        windows = await self.days.windows_named(
            {UUID(key) for line in lines for key in line.windows}
        )
        await record_audit(
            self.days.session,
            caller=self.caller,
            action="attendance.export_bulletin",
            subject_type="attendance_bulletin",
            subject_id=bulletin_id,
            new={"people": len(lines)},
        )
        return await asyncio.to_thread(_workbook_of, bulletin, lines, windows)


def _line_of(bulletin_id: UUID, person: PersonRow, counted: CountedMonth) -> dict[str, object]:
    return {
        "bulletin_id": bulletin_id,
        **person._asdict(),
        "figures": show_figures(counted.figures).model_dump(mode="json"),
        "windows": {
            str(window_id): show_figures(replace(part, events=(), absences=())).model_dump(
                mode="json"
            )
            for window_id, part in counted.by_window().items()
        },
    }


def show_bulletin(row: AttendanceBulletin) -> BulletinRead:
    """A bulletin's head."""
    return BulletinRead(
        id=row.id,
        month=f"{row.month:%Y-%m}",
        number=row.number,
        edition_code=row.edition_code,
        note=row.note,
        published_at=row.published_at,
        published_by_name=row.published_by_name,
        person_count=row.person_count,
    )


def _show_line(line: AttendanceBulletinLine) -> PersonMonthRead:
    return PersonMonthRead(
        staff_id=line.staff_id,
        staff_number=line.staff_number,
        staff_name=line.staff_name,
        department_id=line.department_id,
        department_name=line.department_name,
        figures=FiguresRead.model_validate(line.figures),
    )


def _head(figures: FiguresRead) -> HeadFigures:
    return HeadFigures(
        late_count=figures.late_count,
        early_count=figures.early_count,
        absent_half_days=figures.absent_half_days,
    )


def _workbook_of(
    bulletin: AttendanceBulletin,
    lines: Sequence[AttendanceBulletinLine],
    windows: dict[UUID, tuple[str, str]],
) -> bytes:
    people: list[Row] = []
    events: list[Row] = []
    absences: list[Row] = []
    parts: dict[UUID, list[FiguresRead]] = defaultdict(list)
    for line in lines:
        figures = FiguresRead.model_validate(line.figures)
        who = line.staff_number, line.staff_name
        people.append((*who, line.department_name, *_numbers(figures)))
        events += [
            (
                *who, event.day.isoformat(), event.half.label, event.kind.label, event.minutes,
                event.at, "是" if event.counts else "否",
            )
            for event in figures.events
        ]  # fmt: skip
        absences += [
            (
                *who, absence.day.isoformat(), absence.half.label if absence.half else "累计",
                absence.article,
                "；".join(f"{e.day} {e.half.label}{e.kind.label}" for e in absence.events),
            )
            for absence in figures.absences
        ]  # fmt: skip
        for key, part in line.windows.items():
            parts[UUID(key)].append(FiguresRead.model_validate(part))
    by_number = sorted(parts, key=lambda each: windows[each][0])
    return write_workbook(
        Bulletin(
            title=f"{bulletin.month:%Y}年{bulletin.month.month}月窗口工作人员考勤通报",
            subtitle=(
                f"第{bulletin.number}次发布，{bulletin.published_at.astimezone(HALL_ZONE):%Y-%m-%d}，"
                f"{bulletin.published_by_name}；依据制度版本 {bulletin.edition_code}。"
            ),
            people=people,
            windows=[
                (*windows[window_id], len(parts[window_id]), *_sums(parts[window_id]))
                for window_id in by_number
            ],
            events=events,
            absences=absences,
        )
    )


def _numbers(figures: FiguresRead) -> tuple[int, ...]:
    return (
        figures.scheduled_half_days,
        figures.present_half_days,
        sum(cover.half_days for cover in figures.covered),
        figures.unknown_half_days,
        figures.late_count,
        figures.early_count,
        figures.missing_count,
        figures.excused_count,
        figures.late_minutes,
        figures.early_minutes,
        figures.away_minutes,
        figures.overtime_minutes,
        figures.absent_half_days,
    )


def _sums(parts: Sequence[FiguresRead]) -> list[int]:
    return [sum(numbers) for numbers in zip(*map(_numbers, parts), strict=True)]
