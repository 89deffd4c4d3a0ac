"""Every query on bulletins: months as they were published."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from yimen.core.caller import Caller
from yimen.core.database import table_of
from yimen.core.pagination import Listing, PageQuery, SortKey
from yimen.core.repository import Repository
from yimen.domains.attendance.models import (
    AttendanceBulletin,
    AttendanceBulletinLine,
    AttendanceDayChange,
)
from yimen.domains.attendance.repository_punches import visible_staff
from yimen.domains.attendance.schemas_bulletins import BulletinQuery
from yimen.domains.organisation.models import StaffMember

_BY_LINE_NUMBER = SortKey(columns=(AttendanceBulletinLine.__table__.c.staff_number,), types=(str,))
_BY_BULLETIN_ID = SortKey(
    columns=(AttendanceBulletin.__table__.c.id,), types=(UUID,), descending=True
)


class BulletinRepository(Repository):
    """Bulletins, their lines, and what became of their days since."""

    async def hold(self) -> None:
        """Let one bulletin be published at a time."""
        await self.session.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtext('yimen.attendance.bulletins'))")
        )

    async def newest(self, month: date) -> AttendanceBulletin | None:
        """The latest bulletin of a month."""
        found: AttendanceBulletin | None = await self.session.scalar(
            sa.select(AttendanceBulletin)
            .where(AttendanceBulletin.month == month)
            .order_by(AttendanceBulletin.number.desc())
            .limit(1)
        )
        return found

    async def find(self, bulletin_id: UUID) -> AttendanceBulletin | None:
        return await self.session.get(AttendanceBulletin, bulletin_id)

    async def list_page(self, query: BulletinQuery) -> Listing:
        statement = sa.select(AttendanceBulletin)
        if query.month is not None:
            month = date.fromisoformat(f"{query.month}-01")
            statement = statement.where(AttendanceBulletin.month == month)
        return await self.page(statement, query, _BY_BULLETIN_ID)

    async def keep_lines(self, lines: Sequence[Mapping[str, object]]) -> None:
        """Write the lines of a bulletin."""
        if lines:
            await self.session.execute(sa.insert(table_of(AttendanceBulletinLine)), list(lines))

    async def lines_page(
        self, bulletin_id: UUID, query: PageQuery, caller: Caller
    ) -> tuple[list[AttendanceBulletinLine], str | None, int | None]:
        """A bulletin's lines of those whom the caller may see, by staff number."""
        statement = (
            sa.select(AttendanceBulletinLine)
            .join(StaffMember, StaffMember.id == AttendanceBulletinLine.staff_id)
            .where(AttendanceBulletinLine.bulletin_id == bulletin_id, visible_staff(caller))
        )
        return await self.page(statement, query, _BY_LINE_NUMBER)

    async def lines(self, bulletin_id: UUID, caller: Caller) -> Sequence[AttendanceBulletinLine]:
        """All of a bulletin's lines of those whom the caller may see, by staff number."""
        found = await self.session.scalars(
            sa.select(AttendanceBulletinLine)
            .join(StaffMember, StaffMember.id == AttendanceBulletinLine.staff_id)
            .where(AttendanceBulletinLine.bulletin_id == bulletin_id, visible_staff(caller))
            .order_by(AttendanceBulletinLine.staff_number)
        )
        return found.all()

    async def lines_of(
        self, bulletin_id: UUID, staff_ids: Collection[UUID]
    ) -> Sequence[AttendanceBulletinLine]:
        """Some people's lines of a bulletin."""
        found = await self.session.scalars(
            sa.select(AttendanceBulletinLine).where(
                AttendanceBulletinLine.bulletin_id == bulletin_id,
                AttendanceBulletinLine.staff_id.in_(staff_ids),
            )
        )
        return found.all()

    async def changes_since(
        self, first: date, last: date, since: datetime, caller: Caller
    ) -> list[tuple[AttendanceDayChange, str, str]]:
        """What became of a month's days after an instant, with whose they are."""
        rows = await self.session.execute(
            sa.select(AttendanceDayChange, StaffMember.staff_number, StaffMember.name)
            .join(StaffMember, StaffMember.id == AttendanceDayChange.staff_id)
            .where(
                AttendanceDayChange.day.between(first, last),
                AttendanceDayChange.changed_at > since,
                visible_staff(caller),
            )
            .order_by(AttendanceDayChange.id)
        )
        return [(row[0], row[1], row[2]) for row in rows]
