"""Every query on conferences. Reads start at what the caller may see."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select

from yimen.core.caller import Caller
from yimen.core.clock import start_of_day
from yimen.core.database import table_of
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.cases.enums import OpinionState
from yimen.domains.cases.models import Case, CaseOpinion
from yimen.domains.conferences.access import sees_all
from yimen.domains.conferences.enums import ConferenceState, Presence
from yimen.domains.conferences.models import (
    Conference,
    ConferenceAttendee,
    ConferenceMatter,
    ConferenceOpinion,
)
from yimen.domains.conferences.schemas import ConferenceQuery
from yimen.domains.organisation.enums import DepartmentKind
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    StaffMember,
    Window,
    WindowService,
)
from yimen.domains.papers.models import Paper

_conferences = table_of(Conference)


class Invitee(NamedTuple):
    """A department in the hall, and who stands for it on a day."""

    department_id: UUID
    department_name: str
    staff_id: UUID | None
    staff_name: str | None


class AgendaLine(NamedTuple):
    """A matter of the agenda, with its case where it has one."""

    matter: ConferenceMatter
    case_number: str | None
    lead_department_id: UUID | None
    """Whose case it is: that department is not asked about it."""


class Parts(NamedTuple):
    """What belongs to a conference, with the names that are shown."""

    matters: Sequence[AgendaLine]
    """In the order of the agenda."""
    attendees: Sequence[tuple[ConferenceAttendee, str]]
    """By department name."""
    opinions: Sequence[ConferenceOpinion]
    has_minutes: bool | None
    """Minutes are out and not void; none when there never were any."""


class AbsenceFact(NamedTuple):
    """A department that was not there without a special reason, for whoever judges it."""

    attendee_id: UUID
    conference_number: str
    conference_name: str
    held_at: datetime | None
    department_id: UUID
    staff_id: UUID | None
    """The chief representative, if the department had one."""


def _on(table: type[WindowService] | type[ChiefRepresentative], day: date) -> Any:
    return sa.and_(table.starts_on <= day, sa.or_(table.ends_on.is_(None), table.ends_on >= day))


class ConferenceRepository(Repository):
    """Conferences: the office and the director see all, others those they are invited to."""

    def _visible(self, caller: Caller) -> Select[Any]:
        statement = sa.select(Conference)
        if sees_all(caller):
            return statement
        return statement.where(
            sa.exists().where(
                ConferenceAttendee.conference_id == Conference.id,
                ConferenceAttendee.department_id == caller.department_id,
            )
        )

    async def find(self, conference_id: UUID, caller: Caller) -> Conference | None:
        found: Conference | None = await self.session.scalar(
            self._visible(caller).where(Conference.id == conference_id)
        )
        return found

    async def lock(self, conference_id: UUID, caller: Caller) -> Conference | None:
        """A conference to be changed: nobody else changes it until the transaction ends."""
        found: Conference | None = await self.session.scalar(
            self._visible(caller)
            .where(Conference.id == conference_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def page_of(
        self, query: ConferenceQuery, caller: Caller
    ) -> tuple[list[Conference], str | None, int | None]:
        """Conferences that the caller may see, the latest first."""
        statement = self._visible(caller)
        if query.kind is not None:
            statement = statement.where(Conference.kind == query.kind)
        if query.state is not None:
            statement = statement.where(Conference.state == query.state)
        if query.department_id is not None:
            statement = statement.where(
                sa.exists().where(
                    ConferenceAttendee.conference_id == Conference.id,
                    ConferenceAttendee.department_id == query.department_id,
                )
            )
        if query.case_id is not None:
            statement = statement.where(
                sa.exists().where(
                    ConferenceMatter.conference_id == Conference.id,
                    ConferenceMatter.case_id == query.case_id,
                )
            )
        if query.first is not None:
            statement = statement.where(Conference.starts_at >= start_of_day(query.first))
        if query.last is not None:
            after = start_of_day(query.last + timedelta(days=1))
            statement = statement.where(Conference.starts_at < after)
        latest_first = SortKey(
            (_conferences.c.starts_at, _conferences.c.id), (datetime, UUID), descending=True
        )
        return await self.page(statement, query, latest_first)

    async def parts(self, conference_id: UUID) -> Parts:
        """Agenda, invitations and opinions of a conference."""
        matters = await self.session.execute(
            sa.select(ConferenceMatter, Case.case_number, Case.department_id)
            .outerjoin(Case, Case.id == ConferenceMatter.case_id)
            .where(ConferenceMatter.conference_id == conference_id)
            .order_by(ConferenceMatter.position)
        )
        attendees = await self.session.execute(
            sa.select(ConferenceAttendee, Department.name)
            .join(Department, Department.id == ConferenceAttendee.department_id)
            .where(ConferenceAttendee.conference_id == conference_id)
            .order_by(Department.name, ConferenceAttendee.id)
        )
        opinions = await self.session.scalars(
            sa.select(ConferenceOpinion)
            .where(ConferenceOpinion.conference_id == conference_id)
            .order_by(ConferenceOpinion.id)
        )
        has_minutes = await self.session.scalar(
            sa.select(sa.func.bool_or(Paper.voided_at.is_(None))).where(
                Paper.subject_type == "conference", Paper.subject_id == conference_id
            )
        )
        return Parts(
            [AgendaLine(*row) for row in matters],
            [(row[0], row[1]) for row in attendees],
            opinions.all(),
            has_minutes,
        )

    async def invitees(self, department_ids: Collection[UUID], day: date) -> list[Invitee]:
        """The named departments that are in the hall on a day, each with its chief."""
        return await self._invitees(Department.id.in_(department_ids), day)

    async def all_invitees(self, day: date) -> list[Invitee]:
        """Every department in the hall on a day; agencies send no chief representative."""
        return await self._invitees(Department.kind == DepartmentKind.DEPARTMENT, day)

    async def _invitees(self, which: sa.ColumnElement[bool], day: date) -> list[Invitee]:
        statement = (
            sa.select(Department.id, Department.name, StaffMember.id, StaffMember.name)
            .outerjoin(
                ChiefRepresentative,
                sa.and_(
                    ChiefRepresentative.department_id == Department.id,
                    _on(ChiefRepresentative, day),
                ),
            )
            .outerjoin(StaffMember, StaffMember.id == ChiefRepresentative.staff_id)
            .where(which, sa.or_(Department.closed_on.is_(None), Department.closed_on >= day))
            .order_by(Department.name)
        )
        return [Invitee(*row) for row in await self.session.execute(statement)]

    async def staff_beside(
        self, chief_id: UUID, department_id: UUID, day: date
    ) -> Sequence[StaffMember]:
        """Who of the department serves at the chief's own window on a day, by staff number."""
        own = sa.select(WindowService.window_id).where(
            WindowService.staff_id == chief_id, _on(WindowService, day)
        )
        return await self._serving(WindowService.window_id.in_(own), department_id, day)

    async def staff_of_windows(self, department_id: UUID, day: date) -> Sequence[StaffMember]:
        """Who of the department serves at its windows on a day, by staff number."""
        windows = sa.select(Window.id).where(Window.department_id == department_id)
        return await self._serving(WindowService.window_id.in_(windows), department_id, day)

    async def _serving(
        self, which: sa.ColumnElement[bool], department_id: UUID, day: date
    ) -> Sequence[StaffMember]:
        statement = (
            sa.select(StaffMember)
            .join(WindowService, WindowService.staff_id == StaffMember.id)
            .where(which, _on(WindowService, day), StaffMember.department_id == department_id)
            .order_by(StaffMember.staff_number)
        )
        return (await self.session.scalars(statement)).all()

    async def given_in_cases(self, conference_id: UUID) -> list[tuple[ConferenceOpinion, Any]]:
        """Opinions still awaited here that the department has given in the case itself."""
        statement = (
            sa.select(
                ConferenceOpinion,
                CaseOpinion.state,
                CaseOpinion.text,
                CaseOpinion.given_at,
                CaseOpinion.given_by_name,
            )
            .join(ConferenceMatter, ConferenceMatter.id == ConferenceOpinion.matter_id)
            .join(
                CaseOpinion,
                sa.and_(
                    CaseOpinion.case_id == ConferenceMatter.case_id,
                    CaseOpinion.department_id == ConferenceOpinion.department_id,
                ),
            )
            .where(
                ConferenceOpinion.conference_id == conference_id,
                ConferenceOpinion.state == OpinionState.ASKED,
                CaseOpinion.state.in_([OpinionState.AGREED, OpinionState.OBJECTED]),
            )
        )
        return [(row[0], row) for row in await self.session.execute(statement)]

    async def with_silence(self, now: datetime, limit: int) -> Sequence[Conference]:
        """Conferences on which a department let its time to speak pass, locked."""
        statement = (
            sa.select(Conference)
            .where(
                Conference.state == ConferenceState.HELD,
                sa.exists().where(
                    ConferenceOpinion.conference_id == Conference.id,
                    ConferenceOpinion.state == OpinionState.ASKED,
                    ConferenceOpinion.due_at < now,
                    ConferenceAttendee.conference_id == Conference.id,
                    ConferenceAttendee.department_id == ConferenceOpinion.department_id,
                    ConferenceAttendee.presence != Presence.EXCUSED,
                ),
            )
            .order_by(Conference.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(statement)).all()

    async def awaiting_opinions(self, now: datetime, *, to_change: bool) -> Sequence[Conference]:
        """Conferences after which departments may still speak; locked to be changed."""
        statement = (
            sa.select(Conference)
            .where(
                Conference.state == ConferenceState.HELD,
                Conference.opinions_due_at >= now,
                Conference.recorded_at.is_not(None),
            )
            .order_by(Conference.id)
            .execution_options(populate_existing=True)
        )
        if to_change:
            statement = statement.with_for_update()
        return (await self.session.scalars(statement)).all()

    async def minutes(self, conference_id: UUID) -> Sequence[Paper]:
        """The papers issued on a conference, oldest first."""
        statement = (
            sa.select(Paper)
            .where(Paper.subject_type == "conference", Paper.subject_id == conference_id)
            .order_by(Paper.id)
        )
        return (await self.session.scalars(statement)).all()

    async def write_paper(self, values: Mapping[str, object]) -> None:
        """The minutes, in the transaction that concludes the conference."""
        await self.session.execute(sa.insert(table_of(Paper)), [dict(values)])

    async def absences(self, first: date, last: date) -> list[AbsenceFact]:
        """Who stayed away without a special reason from conferences held on these days."""
        statement = (
            sa.select(
                ConferenceAttendee.id,
                Conference.conference_number,
                Conference.name,
                Conference.held_at,
                ConferenceAttendee.department_id,
                ConferenceAttendee.staff_id,
            )
            .join(ConferenceAttendee, ConferenceAttendee.conference_id == Conference.id)
            .where(
                ConferenceAttendee.presence == Presence.ABSENT,
                Conference.held_at >= start_of_day(first),
                Conference.held_at < start_of_day(last + timedelta(days=1)),
            )
            .order_by(Conference.held_at, ConferenceAttendee.id)
        )
        return [AbsenceFact(*row) for row in await self.session.execute(statement)]
