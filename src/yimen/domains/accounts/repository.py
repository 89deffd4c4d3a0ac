"""Every query on accounts and log-ins."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.domains.accounts.models import Account, LoginSession
from yimen.domains.organisation.models import ChiefRepresentative, StaffMember, WindowService

_sessions = LoginSession.__table__.c
_accounts = Account.__table__.c
_staff = StaffMember.__table__.c
_services = WindowService.__table__.c
_chiefs = ChiefRepresentative.__table__.c
_today = sa.bindparam("today", type_=sa.Date())
_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))

_FIND_CALLER = (
    sa.select(
        _accounts.username,
        _accounts.role,
        _accounts.staff_id,
        _accounts.must_change_password,
        _staff.name.label("staff_name"),
        sa.case(
            (
                _accounts.role == Role.CHIEF_REPRESENTATIVE,
                sa.select(_chiefs.department_id)
                .where(
                    _chiefs.staff_id == _accounts.staff_id,
                    _chiefs.starts_on <= _today,
                    sa.or_(_chiefs.ends_on.is_(None), _chiefs.ends_on >= _today),
                )
                .limit(1)
                .scalar_subquery(),
            ),
            else_=_staff.department_id,
        ).label("department_id"),
        sa.func.array(
            sa.select(_services.window_id)
            .where(
                _services.staff_id == _accounts.staff_id,
                _services.starts_on <= _today,
                sa.or_(_services.ends_on.is_(None), _services.ends_on >= _today),
            )
            .scalar_subquery(),
            type_=sa.ARRAY(sa.Uuid()),
        ).label("window_ids"),
    )
    .select_from(
        LoginSession.__table__.join(
            Account.__table__, _accounts.id == _sessions.account_id
        ).outerjoin(StaffMember.__table__, _staff.id == _accounts.staff_id)
    )
    .where(
        _sessions.id == sa.bindparam("session_id", type_=sa.Uuid()),
        _sessions.account_id == sa.bindparam("account_id", type_=sa.Uuid()),
        _sessions.revoked_at.is_(None),
        _sessions.expires_at > _now,
        _accounts.disabled_at.is_(None),
        sa.or_(_staff.left_on.is_(None), _staff.left_on >= _today),
    )
)


async def find_caller(
    session: AsyncSession, *, account_id: UUID, session_id: UUID, now: datetime
) -> Caller | None:
    """Who a session belongs to at this moment; runs on every request, so it is one lean query."""
    found = await session.execute(
        _FIND_CALLER,
        {"account_id": account_id, "session_id": session_id, "now": now, "today": hall_day(now)},
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Caller(
        account_id=account_id,
        session_id=session_id,
        username=row.username,
        role=row.role,
        staff_id=row.staff_id,
        staff_name=row.staff_name,
        department_id=row.department_id,
        window_ids=tuple(row.window_ids),
        must_change_password=row.must_change_password,
    )
