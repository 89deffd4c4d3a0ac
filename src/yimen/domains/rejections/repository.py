"""Every query on refusals. Reads start at what the caller may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from yimen.core.caller import Caller, Role
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.cases.enums import CaseState, Custody
from yimen.domains.cases.models import Case, CaseMaterial
from yimen.domains.organisation.models import Department, StaffMember, Window
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.models import Paper
from yimen.domains.rejections.access import sees_all
from yimen.domains.rejections.enums import RejectionState, RejectionView
from yimen.domains.rejections.models import Rejection
from yimen.domains.rejections.schemas import RejectionQuery

_HAS_FORM = sa.exists().where(Paper.number == Rejection.form_number, Paper.voided_at.is_(None))
_NOTICE = (
    sa.select(sa.func.max(Paper.number))
    .where(
        Paper.voided_at.is_(None),
        sa.or_(
            Paper.number == Rejection.notice_number,
            # what turned a case away, issued again after it was void
            sa.and_(
                Paper.subject_type == "case",
                Paper.subject_id == Rejection.case_id,
                Paper.kind.in_((PaperKind.NON_ACCEPTANCE_NOTICE, PaperKind.DISMISSAL_NOTICE)),
                Paper.replaces_id.is_not(None),
            ),
        ),
    )
    .scalar_subquery()
)
_HAS_MATERIALS = sa.exists().where(
    CaseMaterial.case_id == Rejection.case_id,
    CaseMaterial.custody != Custody.SHOWN,
    CaseMaterial.returned_at.is_(None),
)
_LAST_RETURNED_AT = (
    sa.select(sa.func.max(CaseMaterial.returned_at))
    .where(CaseMaterial.case_id == Rejection.case_id)
    .scalar_subquery()
)
_WAITS = (
    Rejection.state == RejectionState.REQUESTED,
    Case.decided_at.is_(None),  # of a case that ended otherwise nothing is to be decided
)
_HANDLER_ID = sa.func.coalesce(Case.handler_id, Rejection.handler_id)
_TURNED_AWAY = (CaseState.NOT_ACCEPTED, CaseState.DISMISSED)


Session = AsyncSession


class RejectionRow(NamedTuple):
    """A refusal with what its representation shows besides."""

    id: UUID
    rejection: Rejection
    case: Case | None
    window_number: str
    department_name: str
    handler_name: str
    has_form: bool
    notice_in_force: str | None
    has_materials: bool
    last_returned_at: datetime | None

    @property
    def has_notice(self) -> bool:
        return self.notice_in_force is not None


class UnfiledRow(NamedTuple):
    """A case turned away without a filing, with its names."""

    case: Case
    window_number: str
    department_name: str
    handler_name: str


def _is_seen(
    window_id: InstrumentedAttribute[UUID],
    department_id: InstrumentedAttribute[UUID],
    handler_id: ColumnElement[UUID] | InstrumentedAttribute[UUID],
    caller: Caller | None,
) -> ColumnElement[bool]:
    if caller is None or sees_all(caller):
        return sa.true()
    own: list[ColumnElement[bool]] = [
        window_id.in_(caller.window_ids),
        handler_id.in_(caller.deputised_staff_ids),
    ]
    if caller.role is Role.CHIEF_REPRESENTATIVE:
        own.append(department_id == caller.department_id)
    return sa.or_(*own)


class RejectionRepository(Repository):
    """Refusals, as far as the caller may see them."""

    def _visible(self, caller: Caller | None) -> Select[*tuple[Any, ...]]:
        """Without a caller: everything, for what is judged and not shown."""
        return (
            sa.select(
                Rejection.id,
                Rejection,
                Case,
                Window.number.label("window_number"),
                Department.name.label("department_name"),
                StaffMember.name.label("handler_name"),
                _HAS_FORM.label("has_form"),
                _NOTICE.label("notice_in_force"),
                _HAS_MATERIALS.label("has_materials"),
                _LAST_RETURNED_AT.label("last_returned_at"),
            )
            .outerjoin(Case, Case.id == Rejection.case_id)
            .join(Window, Window.id == Rejection.window_id)
            .join(Department, Department.id == Rejection.department_id)
            .join(StaffMember, StaffMember.id == Rejection.handler_id)
            .where(_is_seen(Rejection.window_id, Rejection.department_id, _HANDLER_ID, caller))
        )

    async def find(self, rejection_id: UUID, caller: Caller) -> RejectionRow | None:
        """A refusal with its names, if the caller may see it."""
        statement = self._visible(caller).where(Rejection.id == rejection_id)
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else RejectionRow(*row)

    async def lock(self, rejection_id: UUID) -> Rejection:
        """A refusal to be changed, as it is now; the case was locked before it."""
        statement = (
            sa.select(Rejection)
            .where(Rejection.id == rejection_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found: Rejection = (await self.session.scalars(statement)).one()
        return found

    async def list_page(
        self, query: RejectionQuery, caller: Caller, now: datetime
    ) -> tuple[list[RejectionRow], str | None, int | None]:
        """One page of refusals, newest first."""
        statement = self._visible(caller)
        for column, wanted in (
            (Rejection.state, query.state),
            (Rejection.case_id, query.case_id),
            (Rejection.window_id, query.window_id),
            (Rejection.department_id, query.department_id),
            (Rejection.is_within_authority, query.is_within_authority),
        ):
            if wanted is not None:
                statement = statement.where(column == wanted)
        if query.view is not None:
            statement = statement.where(*_in_view(query.view, now))
        sort = SortKey((table_of(Rejection).c.id,), (UUID,), descending=True)
        rows, cursor, total = await self.page(statement, query, sort)
        return [RejectionRow(*row) for row in rows], cursor, total

    async def since(
        self, since: datetime, until: datetime, caller: Caller | None
    ) -> Sequence[RejectionRow]:
        """Refusals of which something happened in a time that may have led to a breach."""
        statement = (
            self._visible(caller)
            .where(
                sa.or_(
                    Rejection.refused_at.between(since, until),
                    Rejection.decision_due_at.between(since, until),
                    Rejection.return_asked_at.between(since, until),
                    # a form may be due anew when a filing comes late
                    Rejection.filed_at.between(since, until),
                )
            )
            .order_by(Rejection.id)
        )
        return [RejectionRow(*row) for row in await self.session.execute(statement)]

    async def unfiled(
        self, since: datetime, until: datetime, caller: Caller | None
    ) -> Sequence[UnfiledRow]:
        """Cases turned away before acceptance that are on no file (EFFICACY 十五)."""
        statement = (
            sa.select(Case, Window.number, Department.name, StaffMember.name)
            .join(Window, Window.id == Case.window_id)
            .join(Department, Department.id == Case.department_id)
            .join(StaffMember, StaffMember.id == Case.handler_id)
            .where(
                Case.state.in_(_TURNED_AWAY),
                Case.decided_at.between(since, until),
                ~sa.exists().where(Rejection.case_id == Case.id),
                _is_seen(Case.window_id, Case.department_id, Case.handler_id, caller),
            )
            .order_by(Case.decided_at, Case.id)
        )
        return [UnfiledRow(*row) for row in await self.session.execute(statement)]

    async def awaiting_director(self, *, to_change: bool) -> Sequence[Rejection]:
        """Requests that the director has not answered, the oldest first; locked to be changed."""
        statement = (
            sa.select(Rejection)
            .outerjoin(Case, Case.id == Rejection.case_id)
            .where(*_WAITS)
            .order_by(Rejection.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update(of=Rejection)
        return (await self.session.scalars(statement)).all()

    async def write_papers(self, papers: Sequence[dict[str, object]]) -> None:
        """Papers issued on a refusal."""
        if papers:
            await self.session.execute(sa.insert(table_of(Paper)), list(papers))


def _in_view(view: RejectionView, now: datetime) -> tuple[ColumnElement[bool], ...]:
    match view:
        case RejectionView.AWAITING_DIRECTOR:
            return _WAITS
        case RejectionView.DECISION_OVERDUE:
            return (*_WAITS, Rejection.decision_due_at < now)
        case RejectionView.INCOMPLETE:
            return (
                Rejection.state == RejectionState.EFFECTIVE,
                sa.or_(~_HAS_FORM, _NOTICE.is_(None)),
            )
        case RejectionView.TO_RETURN:
            return (Rejection.return_asked_at.is_not(None), _HAS_MATERIALS)
