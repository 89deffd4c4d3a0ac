"""Every query on cases. Reads start at what the caller may see."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from yimen.core.caller import Caller, Role
from yimen.core.database import HotStatement, new_id, table_of
from yimen.core.pagination import Listing, SortKey, decode_cursor, encode_cursor
from yimen.core.repository import Repository
from yimen.domains.cases.access import sees_all
from yimen.domains.cases.enums import (
    BEFORE_ACCEPTANCE,
    CLOCK_EVENTS,
    MOVING_EVENTS,
    OPINION_STATES,
    CaseEventKind,
    CaseSort,
    CaseState,
    CaseView,
    OpinionState,
)
from yimen.domains.cases.models import Case, CaseCharge, CaseEvent, CaseMaterial, CaseOpinion
from yimen.domains.cases.schemas_clock import OpinionQuery
from yimen.domains.organisation.models import Department, StaffMember, Window
from yimen.domains.papers.models import Paper

_cases = table_of(Case)
_windows = table_of(Window)
_departments = table_of(Department)
_staff = table_of(StaffMember)

Document = Mapping[str, object]
"""A row to be inserted, by column name."""

# Intake is the hall's busiest write: the case, its materials, events, papers, audit row and outbox
# event go in as one statement, each row a JSON document that PostgreSQL spreads over the columns.
_WRITE_INTAKE = HotStatement(
    sa.text("""
    WITH new_case AS (
        INSERT INTO cases
        SELECT * FROM jsonb_populate_record(NULL::cases, CAST(:case AS jsonb))
    ), new_materials AS (
        INSERT INTO case_materials
        SELECT * FROM jsonb_populate_recordset(NULL::case_materials, CAST(:materials AS jsonb))
    ), new_events AS (
        INSERT INTO case_events
        SELECT * FROM jsonb_populate_recordset(NULL::case_events, CAST(:events AS jsonb))
    ), new_papers AS (
        INSERT INTO papers
        SELECT * FROM jsonb_populate_recordset(NULL::papers, CAST(:papers AS jsonb))
    ), new_audit AS (
        INSERT INTO audit_entries
            (account_id, actor, action, subject_type, subject_id, new, request_id)
        SELECT account_id, actor, action, subject_type, subject_id, new, request_id
        FROM jsonb_populate_record(NULL::audit_entries, CAST(:audit AS jsonb))
    )
    INSERT INTO outbox_events
        (kind, subject_type, subject_id, department_id, window_id, facts, occurred_at)
    SELECT kind, subject_type, subject_id, department_id, window_id, facts, occurred_at
    FROM jsonb_populate_record(NULL::outbox_events, CAST(:event AS jsonb))
    """)
)


_NO_TIME_OUT = sa.text("SET LOCAL statement_timeout = 0")

_MOVE_DEADLINES = sa.text(
    """
    WITH moves AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:moves AS jsonb)) AS move(
            id uuid, due_at timestamptz, due_is_provisional boolean,
            deemed_acceptance_at timestamptz, supplement_due_on date, event_id uuid, facts jsonb
        )
    ), moved AS (
        UPDATE cases SET
            due_at = moves.due_at,
            due_is_provisional = moves.due_is_provisional,
            deemed_acceptance_at = moves.deemed_acceptance_at,
            supplement_due_on = moves.supplement_due_on,
            version = cases.version + 1
        FROM moves WHERE cases.id = moves.id
        RETURNING cases.id, cases.case_number, cases.department_id, cases.window_id
    ), told AS (
        INSERT INTO outbox_events
            (kind, subject_type, subject_id, department_id, window_id, facts, occurred_at)
        SELECT 'case.' || CAST(:kind AS text), 'case', moved.id::text, moved.department_id,
            moved.window_id, jsonb_build_object('case_number', moved.case_number), :now
        FROM moved
    )
    INSERT INTO case_events
        (id, case_id, kind, occurred_at, recorded_at, account_id, actor_name, article, note, facts)
    SELECT event_id, id, CAST(:kind AS text), :now, :now, :account_id, :actor_name,
        'ATTEND 一(一)', :reason, facts
    FROM moves
    """
).bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("account_id", type_=sa.Uuid()),
    sa.bindparam("actor_name", type_=sa.Text()),
    sa.bindparam("reason", type_=sa.Text()),
    sa.bindparam("kind", type_=sa.Text()),
)


def as_json(value: object) -> str:
    """A document for PostgreSQL; binary columns go as ``\\x…``."""
    return orjson.dumps(value, default=_as_text).decode()


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, UUID):  # asyncpg's own subclass
        return str(value)
    raise TypeError


class CaseRow(NamedTuple):
    """A case with the names that its representation shows."""

    case: Case
    window_number: str
    department_name: str
    handler_name: str
    is_asked: bool = False
    """Whether the caller's department was asked for its opinion."""


class SummaryRow(NamedTuple):
    """One line of a list, in the order of the columns of :func:`list_statement`."""

    id: UUID
    kind: str
    state: str
    due_at: datetime | None
    suspended_at: datetime | None
    decided_at: datetime | None
    document: str
    """What the list shows of the case itself, as a JSON object; instants with +08:00."""


class OpenClock(NamedTuple):
    """What the deadlines of an open case are reckoned from, and what they are now."""

    case_id: UUID
    case_number: str
    received_at: datetime
    accepted_at: datetime | None
    noticed_at: datetime | None
    """When the applicant was last told what is missing."""
    completed_at: datetime | None
    working_days: int
    due_at: datetime | None
    due_is_provisional: bool
    deemed_acceptance_at: datetime | None
    supplement_due_on: date | None


Move = tuple[UUID, datetime | None, bool, datetime | None, date | None, Mapping[str, object]]
"""A case's new deadlines (due, provisional, deemed acceptance, completion) and what to tell."""


@dataclass(frozen=True, slots=True)
class ListShape:
    """Which conditions a list has; statements are built once for each shape."""

    seen_by: str
    view: CaseView | None
    mine: bool
    by_window: bool
    by_department: bool
    by_item: bool
    by_state: bool
    sort: CaseSort
    has_cursor: bool


@dataclass(frozen=True, slots=True)
class ListWish:
    """The values for a list's conditions."""

    view: CaseView | None = None
    mine: bool = False
    window_id: UUID | None = None
    department_id: UUID | None = None
    item_id: UUID | None = None
    state: CaseState | None = None
    sort: CaseSort = CaseSort.NEWEST
    limit: int = 50
    cursor: str | None = None
    with_total: bool = False


def _seen_by(caller: Caller) -> str:
    if sees_all(caller):
        return "all"
    if caller.role is Role.CHIEF_REPRESENTATIVE:
        return "department_and_absent" if caller.deputised_staff_ids else "department"
    if caller.deputised_staff_ids:
        return "windows_and_absent"
    return "window" if len(caller.window_ids) == 1 else "windows"


_AT_WINDOWS = _cases.c.window_id == sa.any_(sa.bindparam("seen_windows", type_=sa.ARRAY(sa.Uuid())))
_IN_DEPARTMENT = _cases.c.department_id == sa.bindparam("seen_department", type_=sa.Uuid())
_OF_ABSENT = _cases.c.handler_id == sa.any_(sa.bindparam("seen_absent", type_=sa.ARRAY(sa.Uuid())))


_SEEN: dict[str, ColumnElement[bool] | None] = {
    "all": None,
    "department": sa.or_(_IN_DEPARTMENT, _AT_WINDOWS),
    "department_and_absent": sa.or_(_IN_DEPARTMENT, _AT_WINDOWS, _OF_ABSENT),
    # a plain equality lets the index give the order; a list of windows would have to be sorted
    "window": _cases.c.window_id == sa.bindparam("seen_window", type_=sa.Uuid()),
    "windows": _AT_WINDOWS,
    "windows_and_absent": sa.or_(_AT_WINDOWS, _OF_ABSENT),
}


def _in_state(*states: CaseState) -> ColumnElement[bool]:
    """One of some states, said as the partial indexes say it, or no planner would take them."""
    return _cases.c.state.in_([sa.literal_column(f"'{state.value}'") for state in states])


_IS_OPEN = _in_state(
    CaseState.RECEIVED, CaseState.AWAITING_SUPPLEMENT, CaseState.ACCEPTED, CaseState.SUSPENDED
)
_RUNS = sa.and_(_cases.c.state == "accepted", _cases.c.due_at.is_not(None))
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_SOON = sa.bindparam("soon", type_=sa.DateTime(timezone=True))

_VIEWS: dict[CaseView, ColumnElement[bool]] = {
    CaseView.OPEN: _IS_OPEN,
    CaseView.DUE_SOON: sa.and_(_RUNS, _cases.c.due_at >= _NOW, _cases.c.due_at <= _SOON),
    CaseView.OVERDUE: sa.and_(
        _in_state(CaseState.ACCEPTED, CaseState.SUSPENDED),
        _cases.c.due_at < _NOW,
        sa.or_(_cases.c.state == "accepted", _cases.c.due_at < _cases.c.suspended_at),
    ),
    CaseView.FINISHED_LATE: _cases.c.decided_at > _cases.c.due_at,
    CaseView.UNDELIVERED: _in_state(CaseState.GRANTED, CaseState.REFUSED),
    CaseView.AWAITING_DIRECTOR: _cases.c.pending_decision.is_not(None),
    CaseView.UNDOCUMENTED: _cases.c.documents_due_on.is_not(None),
}


def _conditions(shape: ListShape) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    seen = _SEEN[shape.seen_by]
    if seen is not None:
        found.append(seen)
    if shape.view is not None:
        found.append(_VIEWS[shape.view])
    if shape.mine:
        found.append(_cases.c.handler_id == sa.bindparam("handler", type_=sa.Uuid()))
    if shape.by_window:
        found.append(_cases.c.window_id == sa.bindparam("window", type_=sa.Uuid()))
    if shape.by_department:
        found.append(_cases.c.department_id == sa.bindparam("department", type_=sa.Uuid()))
    if shape.by_item:
        found.append(_cases.c.item_id == sa.bindparam("item", type_=sa.Uuid()))
    if shape.by_state:
        found.append(_cases.c.state == sa.bindparam("state", type_=sa.Text()))
    if shape.sort is CaseSort.DUE_FIRST:
        found += [
            _in_state(CaseState.ACCEPTED, CaseState.SUSPENDED),  # the index holds no others
            _cases.c.due_at.is_not(None),
        ]
    return found


@lru_cache(maxsize=512)
def list_statement(shape: ListShape) -> HotStatement:
    """The page query of a shape: names joined to the few rows of the page only.

    PostgreSQL writes each line as JSON: a list is read all day, and Python would take longer.
    """
    statement = sa.select(_cases).where(*_conditions(shape))
    by_due = shape.sort is CaseSort.DUE_FIRST
    last_id = sa.bindparam("last_id", type_=sa.Uuid())
    if shape.has_cursor and by_due:
        last_due = sa.bindparam("last_due", type_=sa.DateTime(timezone=True))
        statement = statement.where(
            sa.tuple_(_cases.c.due_at, _cases.c.id) > sa.tuple_(last_due, last_id)
        )
    elif shape.has_cursor:
        statement = statement.where(_cases.c.id < last_id)
    order = [_cases.c.due_at, _cases.c.id] if by_due else [_cases.c.id.desc()]
    page = statement.order_by(*order).limit(sa.bindparam("rows", type_=sa.Integer())).subquery()
    by = [page.c.due_at, page.c.id] if by_due else [page.c.id.desc()]
    line = (
        sa.select(
            page.c.id,
            page.c.case_number,
            page.c.kind,
            page.c.state,
            page.c.item_name,
            page.c.applicant_name,
            _windows.c.number.label("window_number"),
            _departments.c.name.label("department_name"),
            _staff.c.name.label("handler_name"),
            page.c.received_at,
            page.c.due_at,
            page.c.due_is_provisional,
            page.c.version,
        )
        .correlate(page, _windows, _departments, _staff)
        .lateral("line")
    )
    return HotStatement(
        sa.select(
            page.c.id,
            page.c.kind,
            page.c.state,
            page.c.due_at,
            page.c.suspended_at,
            page.c.decided_at,
            sa.cast(sa.func.row_to_json(line.table_valued()), sa.Text()),
        )
        .select_from(
            page.join(_windows, _windows.c.id == page.c.window_id)
            .join(_departments, _departments.c.id == page.c.department_id)
            .join(_staff, _staff.c.id == page.c.handler_id)
            .join(line, sa.true())
        )
        .order_by(*by)
    )


@lru_cache(maxsize=512)
def count_statement(shape: ListShape) -> Select[Any]:
    """How many cases a list has in all."""
    return sa.select(sa.func.count()).select_from(_cases).where(*_conditions(shape))


def _is_asked(caller: Caller | None) -> ColumnElement[bool]:
    """Whether the caller is the chief representative of a department asked about the case."""
    if caller is None or caller.role is not Role.CHIEF_REPRESENTATIVE:
        return sa.false()
    return sa.exists().where(
        CaseOpinion.case_id == Case.id, CaseOpinion.department_id == caller.department_id
    )


def _handled_by(caller: Caller) -> ColumnElement[bool]:
    """The cases of the caller's windows, and of those for whom the caller stands in today."""
    here = Case.window_id.in_(caller.window_ids)
    if not caller.deputised_staff_ids:
        return here
    return sa.or_(here, Case.handler_id.in_(caller.deputised_staff_ids))


class CaseRepository(Repository):
    """Cases, as far as the caller may see them."""

    def _visible(self, caller: Caller) -> Select[Any]:
        statement = sa.select(Case)
        if sees_all(caller):
            return statement
        if caller.role is Role.CHIEF_REPRESENTATIVE:
            return statement.where(
                sa.or_(
                    Case.department_id == caller.department_id,
                    _handled_by(caller),
                    _is_asked(caller),  # a cooperating department reads what it is asked about
                )
            )
        return statement.where(_handled_by(caller))

    async def find(self, case_id: UUID, caller: Caller) -> CaseRow | None:
        """A case with its names, if the caller may see it."""
        statement = self._with_names(self._visible(caller).where(Case.id == case_id), caller)
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else CaseRow(*row)

    async def for_applicant(self, case_number: str) -> CaseRow | None:
        """A case by its number, for whoever can show its code; without looking at a caller."""
        statement = self._with_names(sa.select(Case).where(Case.case_number == case_number), None)
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else CaseRow(*row)

    async def name(self, case: Case) -> CaseRow:
        """A case just changed, with its names."""
        statement = (
            sa.select(Window.number, Department.name, StaffMember.name)
            .select_from(sa.join(Window, Department, Department.id == case.department_id))
            .join(StaffMember, StaffMember.id == case.handler_id)
            .where(Window.id == case.window_id)
        )
        number, department, handler = (await self.session.execute(statement)).one()
        return CaseRow(case, number, department, handler)

    @staticmethod
    def _with_names(statement: Select[Any], caller: Caller | None) -> Select[Any]:
        return (
            statement.add_columns(
                Window.number, Department.name, StaffMember.name, _is_asked(caller)
            )
            .join(Window, Window.id == Case.window_id)
            .join(Department, Department.id == Case.department_id)
            .join(StaffMember, StaffMember.id == Case.handler_id)
        )

    async def lock(self, case_id: UUID, caller: Caller) -> Case | None:
        """A case to be changed: nobody else changes it until the transaction ends."""
        found: Case | None = await self.session.scalar(
            self._visible(caller)
            .where(Case.id == case_id)
            .with_for_update()
            # as it is now that we hold it, also if it was read before
            .execution_options(populate_existing=True)
        )
        return found

    async def list_page(
        self, wish: ListWish, caller: Caller, *, now: datetime, soon: datetime
    ) -> tuple[Sequence[SummaryRow], str | None, int | None]:
        """One page of a list, the cursor of the next, and the total if it was asked for."""
        by_due = wish.sort is CaseSort.DUE_FIRST
        shape = ListShape(
            seen_by=_seen_by(caller),
            view=wish.view,
            mine=wish.mine,
            by_window=wish.window_id is not None,
            by_department=wish.department_id is not None,
            by_item=wish.item_id is not None,
            by_state=wish.state is not None,
            sort=wish.sort,
            has_cursor=wish.cursor is not None,
        )
        values: dict[str, object] = {
            "seen_department": caller.department_id,
            "seen_window": caller.window_ids[0] if caller.window_ids else None,
            "seen_windows": list(caller.window_ids),
            "seen_absent": list(caller.deputised_staff_ids),
            "handler": caller.staff_id,
            "window": wish.window_id,
            "department": wish.department_id,
            "item": wish.item_id,
            "state": wish.state,
            "now": now,
            "soon": soon,
            "rows": wish.limit + 1,
        }
        if wish.cursor is not None and by_due:
            values["last_due"], values["last_id"] = decode_cursor(wish.cursor, (datetime, UUID))
        elif wish.cursor is not None:
            (values["last_id"],) = decode_cursor(wish.cursor, (UUID,))
        result = await list_statement(shape).rows(self.session, values)
        rows = [SummaryRow._make(row) for row in result]
        cursor = None
        if len(rows) > wish.limit:
            rows.pop()
            last = rows[-1]
            cursor = encode_cursor([last.due_at, last.id] if by_due else [last.id])
        total: int | None = None
        if wish.with_total:
            total = await self.session.scalar(count_statement(shape), values)
        return rows, cursor, total

    async def search(
        self,
        caller: Caller,
        *,
        case_number: str | None,
        name: str | None,
        id_number_indexes: Sequence[bytes] | None,
        phone_indexes: Sequence[bytes] | None,
        limit: int,
    ) -> Sequence[CaseRow]:
        """Newest cases that meet every condition given."""
        statement = self._visible(caller)
        if case_number is not None:
            statement = statement.where(Case.case_number == case_number)
        if name is not None:
            statement = statement.where(Case.applicant_name.startswith(name, autoescape=True))
        if id_number_indexes is not None:
            statement = statement.where(Case.applicant_id_number_index.in_(id_number_indexes))
        if phone_indexes is not None:
            statement = statement.where(Case.applicant_phone_index.in_(phone_indexes))
        statement = self._with_names(statement, caller).order_by(Case.id.desc()).limit(limit)
        return [CaseRow(*row) for row in await self.session.execute(statement)]

    async def events(self, case_id: UUID) -> Sequence[CaseEvent]:
        """The timeline, oldest first."""
        statement = sa.select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)
        return (await self.session.scalars(statement)).all()

    async def materials(self, case_id: UUID) -> Sequence[CaseMaterial]:
        """What was handed in, in the order it came."""
        statement = (
            sa.select(CaseMaterial).where(CaseMaterial.case_id == case_id).order_by(CaseMaterial.id)
        )
        return (await self.session.scalars(statement)).all()

    async def keys_handed_in(self, case_ids: Collection[UUID]) -> dict[UUID, set[str]]:
        """Which of the item's materials were handed in for each of these cases."""
        rows = await self.session.execute(
            sa.select(CaseMaterial.case_id, CaseMaterial.material_key).where(
                CaseMaterial.case_id.in_(case_ids), CaseMaterial.material_key.is_not(None)
            )
        )
        found: dict[UUID, set[str]] = {case_id: set() for case_id in case_ids}
        for case_id, key in rows:
            assert key is not None
            found[case_id].add(key)
        return found

    async def charges(self, case_id: UUID) -> Sequence[CaseCharge]:
        """What was paid for a case, in the order it was recorded."""
        statement = (
            sa.select(CaseCharge).where(CaseCharge.case_id == case_id).order_by(CaseCharge.id)
        )
        return (await self.session.scalars(statement)).all()

    async def opinions(self, case_id: UUID) -> Sequence[tuple[CaseOpinion, str]]:
        """What the cooperating departments were asked, with their names, in the order asked."""
        statement = (
            sa.select(CaseOpinion, Department.name)
            .join(Department, Department.id == CaseOpinion.department_id)
            .where(CaseOpinion.case_id == case_id)
            .order_by(CaseOpinion.id)
        )
        return [(opinion, name) for opinion, name in await self.session.execute(statement)]

    async def is_asked(self, case_id: UUID, caller: Caller) -> bool:
        """Whether the caller's department was asked for its opinion on a case."""
        if caller.role is not Role.CHIEF_REPRESENTATIVE:
            return False
        asked = sa.select(_is_asked(caller)).where(Case.id == case_id)
        return bool(await self.session.scalar(asked))

    async def opinion_to_give(self, case_id: UUID, department_id: UUID) -> CaseOpinion:
        """The opinion that a department was asked for, locked."""
        statement = (
            sa.select(CaseOpinion)
            .where(CaseOpinion.case_id == case_id, CaseOpinion.department_id == department_id)
            .with_for_update()
        )
        found: CaseOpinion = (await self.session.scalars(statement)).one()
        return found

    async def lock_for_opinion(
        self, case_id: UUID, department_id: UUID
    ) -> tuple[Case, CaseOpinion | None]:
        """A case and what a department has said of it, both locked; without looking at a caller."""
        case = (
            await self.session.scalars(
                sa.select(Case)
                .where(Case.id == case_id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).one()
        opinion = await self.session.scalar(
            sa.select(CaseOpinion)
            .where(CaseOpinion.case_id == case_id, CaseOpinion.department_id == department_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return case, opinion

    async def opinions_page(self, query: OpinionQuery, caller: Caller) -> Listing:
        """Opinions asked of the caller's department, or of all, newest first."""
        statement = sa.select(
            CaseOpinion.id, CaseOpinion, Department.name.label("department_name")
        ).join(Department, Department.id == CaseOpinion.department_id)
        if not sees_all(caller):
            statement = statement.where(CaseOpinion.department_id == caller.department_id)
        if query.state is not None:
            statement = statement.where(CaseOpinion.state == query.state)
        if query.state is OpinionState.ASKED:  # of a case that has ended nothing is awaited
            statement = statement.join(Case, Case.id == CaseOpinion.case_id).where(
                Case.state.in_(OPINION_STATES)
            )
        sort = SortKey((table_of(CaseOpinion).c.id,), (UUID,), descending=True)
        return await self.page(statement, query, sort)

    async def awaited_opinions(
        self, now: datetime, *, to_change: bool
    ) -> Sequence[tuple[CaseOpinion, Case, str]]:
        """Opinions on open cases that may still be given in time, with case and department.

        In the order of intake; locked, cases too, where they are to be changed.
        """
        statement = (
            sa.select(CaseOpinion, Case, Department.name)
            .join(Case, Case.id == CaseOpinion.case_id)
            .join(Department, Department.id == CaseOpinion.department_id)
            .where(
                Case.state.in_(OPINION_STATES),
                CaseOpinion.state == OpinionState.ASKED,
                CaseOpinion.due_at >= now,
            )
            .order_by(Case.id, CaseOpinion.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update(of=[CaseOpinion, Case])
        return [
            (opinion, case, name) for opinion, case, name in await self.session.execute(statement)
        ]

    async def with_silent_opinions(self, now: datetime, limit: int) -> Sequence[Case]:
        """Open cases on which a department has let its time to speak pass, locked."""
        statement = (
            sa.select(Case)
            .where(
                Case.state.in_(OPINION_STATES),
                sa.exists().where(
                    CaseOpinion.case_id == Case.id,
                    CaseOpinion.state == OpinionState.ASKED,
                    CaseOpinion.due_at < now,
                ),
            )
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(statement)).all()

    async def write_intake(
        self,
        *,
        case: Document,
        materials: Sequence[Document],
        events: Sequence[Document],
        papers: Sequence[Document],
        audit: Document,
        event: Document,
    ) -> None:
        """A new case with all that belongs to it, in one statement."""
        await _WRITE_INTAKE.rows(
            self.session,
            {
                "case": as_json(case),
                "materials": as_json(materials),
                "events": as_json(events),
                "papers": as_json(papers),
                "audit": as_json(audit),
                "event": as_json(event),
            },
        )

    async def write_papers(self, papers: Iterable[Document]) -> None:
        """Papers issued by a command."""
        documents = list(papers)
        if documents:
            await self.session.execute(sa.insert(table_of(Paper)), documents)

    async def silent_too_long(self, now: datetime, limit: int) -> Sequence[Case]:
        """Cases that count as accepted since nobody answered, locked; others' locks are skipped."""
        statement = (
            sa.select(Case)
            .where(Case.state.in_(BEFORE_ACCEPTANCE), Case.deemed_acceptance_at < now)
            .order_by(Case.deemed_acceptance_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(statement)).all()

    async def suspended_too_long(self, now: datetime, limit: int) -> Sequence[Case]:
        """Suspended cases whose cause has reached its maximum, locked."""
        statement = (
            sa.select(Case)
            .where(Case.state == CaseState.SUSPENDED, Case.suspended_until < now)
            .order_by(Case.suspended_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(statement)).all()

    async def not_completed(self, today: date, limit: int) -> Sequence[Case]:
        """Cases whose applicants let the time to complete them pass, locked."""
        statement = (
            sa.select(Case)
            .where(Case.state == CaseState.AWAITING_SUPPLEMENT, Case.supplement_due_on < today)
            .order_by(Case.supplement_due_on)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(statement)).all()

    async def undocumented(self, *, to_change: bool) -> Sequence[Case]:
        """Cases approved first that still owe documents, in the order of intake."""
        statement = (
            sa.select(Case)
            .where(Case.documents_due_on.is_not(None))
            .order_by(Case.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).all()

    async def suspended(self, *, to_change: bool) -> Sequence[Case]:
        """Cases whose clock stands still, in the order of intake."""
        statement = (
            sa.select(Case)
            .where(Case.state == CaseState.SUSPENDED)
            .order_by(Case.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).all()

    async def open_clocks(self) -> Sequence[OpenClock]:
        """Every open case with a deadline, in the order of intake."""
        noticed = (
            sa.select(sa.func.max(CaseEvent.occurred_at))
            .where(
                CaseEvent.case_id == Case.id,
                CaseEvent.kind == CaseEventKind.SUPPLEMENT_REQUESTED,
                Case.state == CaseState.AWAITING_SUPPLEMENT,
            )
            .scalar_subquery()
        )
        statement = (
            sa.select(
                Case.id,
                Case.case_number,
                Case.received_at,
                Case.accepted_at,
                noticed,
                Case.completed_at,
                Case.working_days,
                Case.due_at,
                Case.due_is_provisional,
                Case.deemed_acceptance_at,
                Case.supplement_due_on,
            )
            .where(_IS_OPEN)
            .order_by(Case.id)
        )
        return [OpenClock._make(row) for row in await self.session.execute(statement)]

    async def moved_clocks(self) -> dict[UUID, list[CaseEvent]]:
        """The clock events of those open cases whose clock was ever moved, by case."""
        moved = sa.select(CaseEvent.case_id).where(CaseEvent.kind.in_(MOVING_EVENTS))
        statement = (
            sa.select(CaseEvent)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(_IS_OPEN, CaseEvent.kind.in_(CLOCK_EVENTS), CaseEvent.case_id.in_(moved))
            .order_by(CaseEvent.case_id, CaseEvent.id)
        )
        found: dict[UUID, list[CaseEvent]] = {}
        for event in await self.session.scalars(statement):
            found.setdefault(event.case_id, []).append(event)
        return found

    async def move_deadlines(
        self, moves: Sequence[Move], *, reason: str, now: datetime, caller: Caller
    ) -> None:
        """Give cases their new deadlines, each with a line in its timeline."""
        if not moves:
            return
        await self.session.execute(_NO_TIME_OUT)
        await self.session.execute(
            _MOVE_DEADLINES,
            {
                "moves": as_json(
                    [
                        {
                            "id": case_id,
                            "due_at": due_at,
                            "due_is_provisional": is_provisional,
                            "deemed_acceptance_at": deemed_at,
                            "supplement_due_on": lapses_on,
                            "event_id": new_id(),
                            "facts": facts,
                        }
                        for case_id, due_at, is_provisional, deemed_at, lapses_on, facts in moves
                    ]
                ),
                "kind": CaseEventKind.DUE_DATE_MOVED.value,
                "now": now,
                "account_id": caller.account_id,
                "actor_name": caller.name,
                "reason": reason,
            },
        )
