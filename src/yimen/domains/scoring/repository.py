"""Every query that reads scores; each starts at what the caller may see."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import PageQuery, SortKey
from yimen.core.repository import Repository
from yimen.domains.organisation.models import Department
from yimen.domains.scoring.access import sees_all
from yimen.domains.scoring.enums import FactSource, Indicator, RecordKind, SubjectKind
from yimen.domains.scoring.models import (
    ScoreAmendment,
    ScoreEntry,
    ScoreFigures,
    ScoreMonth,
    ScoreRecord,
    ScoreRule,
    ScoreTotal,
    ScoreVersion,
    ScoreYear,
)
from yimen.domains.scoring.repository_standing import TotalRow, told
from yimen.domains.scoring.rules import Fact, Posting, Rate, Subject
from yimen.domains.scoring.schemas import BoardQuery
from yimen.domains.scoring.schemas_records import RecordQuery

WINDOW_KINDS = (SubjectKind.WINDOW, SubjectKind.AGENCY)


class EntryRow(NamedTuple):
    """An entry that stands, as the rules know it."""

    id: int
    posting: Posting


_UNDOING = aliased(ScoreEntry)


_NEWEST = (
    sa.select(ScoreMonth.version_no).where(ScoreMonth.month == ScoreTotal.month).scalar_subquery()
)


def _newest_of(month: date) -> list[ColumnElement[bool]]:
    newest = sa.select(ScoreMonth.version_no).where(ScoreMonth.month == month).scalar_subquery()
    return [ScoreTotal.month == month, ScoreTotal.version_no == newest]


class ScoreRepository(Repository):
    """Scores: all for office and director, else those of the own department, window and self."""

    def _seen(self, caller: Caller) -> ColumnElement[bool]:
        if sees_all(caller):
            return sa.true()
        own = sa.or_(
            sa.and_(
                ScoreTotal.subject_kind == SubjectKind.STAFF,
                ScoreTotal.subject_id == caller.staff_id,
            ),
            sa.and_(
                ScoreTotal.subject_kind.in_(WINDOW_KINDS),
                ScoreTotal.window_ids.overlap(list(caller.window_ids)),
            ),
        )
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            return sa.or_(ScoreTotal.department_id == caller.department_id, own)
        return own

    def _visible(self, caller: Caller) -> Select[ScoreTotal]:
        """The totals that are read; what is told of them beside is joined to few, not to all."""
        return sa.select(ScoreTotal).where(self._seen(caller))

    async def board(
        self, query: BoardQuery, month: date, caller: Caller
    ) -> tuple[list[TotalRow], str | None, int | None]:
        """A month's scores, the highest first; those not rated come last."""
        statement = self._visible(caller).where(*_newest_of(month))
        if query.kind is not None:
            statement = statement.where(ScoreTotal.subject_kind == query.kind)
        if query.department_id is not None:
            statement = statement.where(ScoreTotal.department_id == query.department_id)
        if query.window_id is not None:
            statement = statement.where(ScoreTotal.window_ids.contains([query.window_id]))
        totals = table_of(ScoreFigures).c
        sort = SortKey(
            (totals.subject_kind, totals.ranked_by, totals.subject_id),
            (str, int, UUID),
            descending=True,
        )
        rows, cursor, total = await self.page(statement, query, sort)
        is_narrowed = query.department_id is not None or query.window_id is not None
        is_top = query.cursor is None and not is_narrowed and sees_all(caller)
        return await told(self.session, rows, is_top=is_top), cursor, total

    async def find(
        self, subject: Subject, month: date, caller: Caller, version_no: int | None = None
    ) -> TotalRow | None:
        """A subject's month in its newest version, or in a certain one."""
        version = [ScoreTotal.version_no == version_no] if version_no else _newest_of(month)
        statement = self._visible(caller).where(
            *version,
            ScoreTotal.month == month,
            ScoreTotal.subject_kind == subject.kind,
            ScoreTotal.subject_id == subject.id,
        )
        rows = await told(self.session, await self.session.scalars(statement))
        return rows[0] if rows else None

    async def months_of(
        self, subject: Subject, first: date, last: date, caller: Caller
    ) -> list[TotalRow]:
        """A subject's months, the earliest first."""
        statement = (
            self._visible(caller)
            .where(
                ScoreTotal.subject_kind == subject.kind,
                ScoreTotal.subject_id == subject.id,
                ScoreTotal.month.between(first, last),
                ScoreTotal.version_no == _NEWEST,
            )
            .order_by(ScoreTotal.month)
        )
        return await told(self.session, await self.session.scalars(statement))

    async def months_of_many(
        self, kind: SubjectKind, ids: Collection[UUID] | None, first: date, last: date
    ) -> list[tuple[ScoreTotal, ScoreMonth]]:
        """Months of many subjects, for what judges and does not show; without ids, of all."""
        statement = (
            sa.select(ScoreTotal, ScoreMonth)
            .join(
                ScoreMonth,
                sa.and_(
                    ScoreMonth.month == ScoreTotal.month,
                    ScoreMonth.version_no == ScoreTotal.version_no,
                ),
            )
            .where(ScoreTotal.subject_kind == kind, ScoreTotal.month.between(first, last))
            .order_by(ScoreTotal.subject_id, ScoreTotal.month)
        )
        if ids is not None:
            statement = statement.where(ScoreTotal.subject_id.in_(ids))
        return [(row[0], row[1]) for row in await self.session.execute(statement)]

    async def of_department(
        self, department_id: UUID, month: date, caller: Caller
    ) -> list[TotalRow]:
        """A department's windows and people in a month, by number."""
        rows = await self.session.scalars(
            self._visible(caller)
            .where(*_newest_of(month), ScoreTotal.department_id == department_id)
            .order_by(ScoreTotal.subject_kind, ScoreTotal.number)
        )
        return await told(self.session, rows)

    async def members(self, total: ScoreTotal) -> Sequence[ScoreTotal]:
        """The people whose mean goes into a window's month, by number."""
        found = await self.session.scalars(
            sa.select(ScoreTotal)
            .where(
                ScoreTotal.month == total.month,
                ScoreTotal.version_no == total.version_no,
                ScoreTotal.subject_kind == SubjectKind.STAFF,
                ScoreTotal.subject_id.in_(total.staff_ids),
            )
            .order_by(ScoreTotal.number)
        )
        return found.all()

    async def windows_with(self, total: ScoreTotal) -> Sequence[ScoreTotal]:
        """The windows and agencies into whose month a person's score goes."""
        found = await self.session.scalars(
            sa.select(ScoreTotal)
            .where(
                ScoreTotal.month == total.month,
                ScoreTotal.version_no == total.version_no,
                ScoreTotal.subject_kind.in_(WINDOW_KINDS),
                ScoreTotal.staff_ids.contains([total.subject_id]),
            )
            .order_by(ScoreTotal.number)
        )
        return found.all()

    async def totals(self, month: date, version_no: int) -> Sequence[ScoreTotal]:
        """Everybody's month in a version, for what checks and does not show."""
        found = await self.session.scalars(
            sa.select(ScoreTotal)
            .where(ScoreTotal.month == month, ScoreTotal.version_no == version_no)
            .order_by(ScoreTotal.subject_kind, ScoreTotal.subject_id)
            .execution_options(populate_existing=True)
        )
        return found.all()

    async def public_board(self, month: date) -> Sequence[ScoreTotal]:
        """Windows and agencies of a month, as everybody may know them."""
        found = await self.session.scalars(
            sa.select(ScoreTotal)
            .join(
                ScoreMonth,
                sa.and_(
                    ScoreMonth.month == ScoreTotal.month,
                    ScoreMonth.version_no == ScoreTotal.version_no,
                ),
            )
            .where(ScoreTotal.month == month, ScoreTotal.subject_kind.in_(WINDOW_KINDS))
            .order_by(ScoreTotal.ranked_by.desc(), ScoreTotal.number)
        )
        return found.all()

    # Entries

    async def entries(
        self, month: date, version_no: int, subject: Subject | None = None
    ) -> list[EntryRow]:
        """The entries that stand in a version, of one subject or of all, in the fixed order."""
        undone = (
            sa.exists()
            .where(_UNDOING.reverses_id == ScoreEntry.id, _UNDOING.version_no <= version_no)
            .correlate(ScoreEntry)
        )
        statement = (
            sa.select(ScoreEntry, ScoreRule)
            .join(ScoreRule, ScoreRule.id == ScoreEntry.rule_id)
            .where(
                ScoreEntry.month == month,
                ScoreEntry.version_no <= version_no,
                ScoreEntry.reverses_id.is_(None),
                ~undone,
            )
        )
        if subject is not None:
            statement = statement.where(
                ScoreEntry.subject_kind == subject.kind, ScoreEntry.subject_id == subject.id
            )
        rows = [_entry(row[0], row[1]) for row in await self.session.execute(statement)]
        return sorted(rows, key=lambda row: (row.posting.fact.subject, row.posting.fact.order))

    async def ledger_of(self, month: date, version_no: int) -> list[tuple[ScoreEntry, ScoreRule]]:
        """All that was ever entered for a version, reversals too, in the order of the ledger."""
        rows = await self.session.execute(
            sa.select(ScoreEntry, ScoreRule)
            .join(ScoreRule, ScoreRule.id == ScoreEntry.rule_id)
            .where(ScoreEntry.month == month, ScoreEntry.version_no == version_no)
            .order_by(ScoreEntry.id)
        )
        return [(row[0], row[1]) for row in rows]

    async def ledger_sums(self, month: date, version_no: int) -> dict[Subject, int]:
        """What each subject has lost by the plain sum of the ledger."""
        rows = await self.session.execute(
            sa.select(ScoreEntry.subject_kind, ScoreEntry.subject_id, sa.func.sum(ScoreEntry.taken))
            .where(ScoreEntry.month == month, ScoreEntry.version_no <= version_no)
            .group_by(ScoreEntry.subject_kind, ScoreEntry.subject_id)
        )
        return {Subject(row[0], row[1]): row[2] for row in rows}

    async def taken_by_rule(
        self, month: date, version_no: int
    ) -> dict[Subject, list[tuple[str, int]]]:
        """What each subject has lost under each rule (``hygiene/hygiene.window.07``), by rule."""
        lost = sa.func.sum(ScoreEntry.taken)
        rows = await self.session.execute(
            sa.select(
                ScoreEntry.subject_kind,
                ScoreEntry.subject_id,
                ScoreRule.indicator,
                ScoreRule.code,
                lost,
            )
            .join(ScoreRule, ScoreRule.id == ScoreEntry.rule_id)
            .where(ScoreEntry.month == month, ScoreEntry.version_no <= version_no)
            .group_by(
                ScoreEntry.subject_kind,
                ScoreEntry.subject_id,
                ScoreRule.indicator,
                ScoreRule.code,
            )
            .having(lost != 0)
        )
        found: dict[Subject, list[tuple[str, int]]] = {}
        for kind, subject_id, indicator, code, taken in rows:
            found.setdefault(Subject(kind, subject_id), []).append((f"{indicator}/{code}", taken))
        return {subject: sorted(taken) for subject, taken in found.items()}

    # Months, versions, amendments

    async def month(self, month: date) -> ScoreMonth | None:
        return await self.session.get(ScoreMonth, month, populate_existing=True)

    async def months_page(
        self, query: PageQuery
    ) -> tuple[list[ScoreMonth], str | None, int | None]:
        """All months, the latest first."""
        sort = SortKey((table_of(ScoreMonth).c.month,), (date,), descending=True)
        return await self.page(sa.select(ScoreMonth), query, sort)

    async def all_months(self) -> Sequence[ScoreMonth]:
        """Every month that is kept, the earliest first, for what checks and does not show."""
        return (await self.session.scalars(sa.select(ScoreMonth).order_by(ScoreMonth.month))).all()

    async def versions(self, month: date) -> Sequence[ScoreVersion]:
        """The sealed versions of a month, the first one first."""
        found = await self.session.scalars(
            sa.select(ScoreVersion)
            .where(ScoreVersion.month == month)
            .order_by(ScoreVersion.version_no)
        )
        return found.all()

    async def months_of_year(self, year: int) -> Sequence[ScoreMonth]:
        """The months of a year that are kept."""
        found = await self.session.scalars(
            sa.select(ScoreMonth).where(
                ScoreMonth.month.between(date(year, 1, 1), date(year, 12, 1))
            )
        )
        return found.all()

    async def is_year_sealed(self, year: int) -> bool:
        """Whether a year's rating is settled."""
        return await self.session.get(ScoreYear, year) is not None

    async def settle_year(self, year: int, *, at: datetime, by_name: str) -> None:
        """Settle a year's rating."""
        await self.add(ScoreYear(year=year, sealed_at=at, sealed_by_name=by_name))

    async def amendment(self, amendment_id: UUID) -> ScoreAmendment | None:
        return await self.session.get(ScoreAmendment, amendment_id, populate_existing=True)

    async def proposed(self, month: date) -> ScoreAmendment | None:
        """The amendment of a month that waits for the director."""
        found: ScoreAmendment | None = await self.session.scalar(
            sa.select(ScoreAmendment).where(
                ScoreAmendment.month == month, ScoreAmendment.decided_at.is_(None)
            )
        )
        return found

    async def amendments_page(
        self, query: PageQuery
    ) -> tuple[list[ScoreAmendment], str | None, int | None]:
        """All amendments, the newest first."""
        sort = SortKey((table_of(ScoreAmendment).c.id,), (UUID,), descending=True)
        return await self.page(sa.select(ScoreAmendment), query, sort)

    # Records

    async def record(self, record_id: UUID) -> ScoreRecord | None:
        return await self.session.get(ScoreRecord, record_id, populate_existing=True)

    async def records_page(
        self, query: RecordQuery
    ) -> tuple[list[ScoreRecord], str | None, int | None]:
        """What the office entered, the newest first."""
        statement = sa.select(ScoreRecord)
        for value, column in (
            (query.kind, ScoreRecord.kind),
            (query.subject_id, ScoreRecord.subject_id),
            (query.department_id, ScoreRecord.department_id),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if query.first is not None:
            statement = statement.where(ScoreRecord.day >= query.first)
        if query.last is not None:
            statement = statement.where(ScoreRecord.day <= query.last)
        sort = SortKey((table_of(ScoreRecord).c.id,), (UUID,), descending=True)
        return await self.page(statement, query, sort)

    async def reviews(self, year: int, ids: Collection[UUID]) -> dict[UUID, int]:
        """The comprehensive reviews of a year, in hundredths."""
        rows = await self.session.execute(
            sa.select(ScoreRecord.subject_id, ScoreRecord.points).where(
                ScoreRecord.kind == RecordKind.REVIEW,
                ScoreRecord.reversed_at.is_(None),
                ScoreRecord.subject_id.in_(ids),
                sa.extract("year", ScoreRecord.day) == year,
            )
        )
        return {row[0]: row[1] or 0 for row in rows}

    async def department(self, department_id: UUID) -> Department | None:
        return await self.session.get(Department, department_id)

    async def flush(self) -> None:
        """Write what was changed, so that a constraint and the next query see it."""
        await self.session.flush()


def _entry(entry: ScoreEntry, rule: ScoreRule) -> EntryRow:
    fact = Fact(
        source=FactSource(entry.source),
        source_id=entry.source_id,
        subject=Subject(SubjectKind(entry.subject_kind), entry.subject_id),
        day=entry.day,
        rule=rule.code,
        count=entry.count,
        evidence=entry.evidence,
        why_not=entry.why_not,
    )
    return EntryRow(entry.id, Posting(fact, rate_of(rule), entry.asked, entry.taken, entry.room))


def rate_of(rule: ScoreRule) -> Rate:
    """A rule as it was written down."""
    return Rate(
        code=rule.code,
        label=rule.label,
        indicator=Indicator(rule.indicator),
        points=rule.points,
        article=rule.article,
        basis=rule.basis,
        cap_group=rule.cap_group,
        cap=rule.cap,
    )
