"""Every query on accounts and log-ins."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.core.database import HotStatement
from yimen.core.pagination import PageQuery, SortKey
from yimen.core.repository import Repository
from yimen.domains.accounts.models import Account, LoginAttempts, LoginSession, RefreshToken
from yimen.domains.accounts.schemas import AccountQuery
from yimen.domains.organisation.enums import DeputyKind
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Deputy,
    StaffMember,
    WindowService,
)

Session: TypeAlias = AsyncSession
"""For the signatures of services, which leave SQLAlchemy to this module."""

_sessions = LoginSession.__table__.c
_accounts = Account.__table__.c
_staff = StaffMember.__table__.c
_services = WindowService.__table__.c
_chiefs = ChiefRepresentative.__table__.c
_deputies = Deputy.__table__.c
_today = sa.bindparam("today", type_=sa.Date())
_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))

_FIND_CALLER = HotStatement(
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
        sa.func.array(
            sa.select(_deputies.staff_id)
            .where(
                _deputies.deputy_id == _accounts.staff_id,
                _deputies.kind == sa.literal_column(f"'{DeputyKind.TEMPORARY}'"),  # the index's own
                _deputies.starts_on <= _today,
                _deputies.ends_on >= _today,
            )
            .scalar_subquery(),
            type_=sa.ARRAY(sa.Uuid()),
        ).label("deputised_staff_ids"),
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
    row = await _FIND_CALLER.row(
        session,
        {"account_id": account_id, "session_id": session_id, "now": now, "today": hall_day(now)},
    )
    if row is None:
        return None
    return Caller(
        account_id=account_id,
        session_id=session_id,
        username=row["username"],
        role=Role(row["role"]),
        staff_id=row["staff_id"],
        staff_name=row["staff_name"],
        department_id=row["department_id"],
        window_ids=tuple(row["window_ids"]),
        deputised_staff_ids=tuple(row["deputised_staff_ids"]),
        must_change_password=row["must_change_password"],
    )


_BY_USERNAME = SortKey(columns=(_accounts.username,), types=(str,))
_NEWEST_LOGIN_FIRST = SortKey(
    columns=(_sessions.created_at, _sessions.id), types=(datetime, UUID), descending=True
)


class AccountRepository(Repository):
    """Accounts, their log-ins and their failed log-ins."""

    async def account(self, account_id: UUID) -> Account | None:
        return await self.session.get(Account, account_id)

    async def account_to_change(self, account_id: UUID) -> Account | None:
        """An account as it is now, held until the transaction ends."""
        return await self.session.get(
            Account, account_id, with_for_update=True, populate_existing=True
        )

    async def account_named(self, username: str) -> Account | None:
        """The account of a normalised user name."""
        found: Account | None = await self.session.scalar(
            sa.select(Account).where(Account.username == username)
        )
        return found

    async def accounts_page(
        self, query: AccountQuery
    ) -> tuple[list[Account], str | None, int | None]:
        statement = sa.select(Account)
        if query.role is not None:
            statement = statement.where(Account.role == query.role)
        if query.staff_id is not None:
            statement = statement.where(Account.staff_id == query.staff_id)
        if query.is_disabled is not None:
            disabled = Account.disabled_at.is_not(None)
            statement = statement.where(disabled if query.is_disabled else sa.not_(disabled))
        return await self.page(statement, query, _BY_USERNAME)

    async def count_demo(self) -> int:
        """How many accounts that can log in still have the published password."""
        found = await self.session.scalar(
            sa.select(sa.func.count()).where(Account.is_demo, Account.disabled_at.is_(None))
        )
        return found or 0

    async def hold_administrators(self, today: date) -> Sequence[Account]:
        """The office's and the director's accounts that can log in, held in one order.

        Taken before the account that is changed, so that two who disable each other wait in line.
        """
        found = await self.session.scalars(
            sa.select(Account)
            .outerjoin(StaffMember, StaffMember.id == Account.staff_id)
            .where(
                Account.role.in_((Role.OFFICE, Role.DIRECTOR)),
                Account.disabled_at.is_(None),
                sa.or_(StaffMember.left_on.is_(None), StaffMember.left_on >= today),
            )
            .order_by(Account.id)
            .with_for_update(of=Account)
        )
        return found.all()

    async def staff(self, staff_ids: Collection[UUID]) -> dict[UUID, StaffMember]:
        """The staff members that accounts belong to."""
        found = await self.session.scalars(
            sa.select(StaffMember).where(StaffMember.id.in_(staff_ids))
        )
        return {member.id: member for member in found}

    async def staff_numbered(self, staff_number: str) -> StaffMember | None:
        found: StaffMember | None = await self.session.scalar(
            sa.select(StaffMember).where(StaffMember.staff_number == staff_number)
        )
        return found

    # Log-ins

    async def own_session(self, account_id: UUID, session_id: UUID) -> LoginSession | None:
        """One log-in of an account."""
        found: LoginSession | None = await self.session.scalar(
            sa.select(LoginSession).where(
                LoginSession.id == session_id, LoginSession.account_id == account_id
            )
        )
        return found

    async def open_sessions_page(
        self, account_id: UUID, query: PageQuery, now: datetime
    ) -> tuple[list[LoginSession], str | None, int | None]:
        """An account's log-ins that are neither ended nor expired."""
        statement = sa.select(LoginSession).where(
            LoginSession.account_id == account_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
        )
        return await self.page(statement, query, _NEWEST_LOGIN_FIRST)

    async def end_sessions(
        self,
        account_id: UUID,
        *,
        reason: str,
        now: datetime,
        only: UUID | None = None,
        but: UUID | None = None,
    ) -> Sequence[UUID]:
        """End an account's open log-ins: all, only one, or all but one; returns those ended."""
        statement = sa.update(LoginSession).where(
            LoginSession.account_id == account_id, LoginSession.revoked_at.is_(None)
        )
        if only is not None:
            statement = statement.where(LoginSession.id == only)
        if but is not None:
            statement = statement.where(LoginSession.id != but)
        found = await self.session.scalars(
            statement.values(revoked_at=now, revoked_reason=reason).returning(LoginSession.id)
        )
        return found.all()

    async def refresh_token_to_use(self, token_hash: bytes) -> RefreshToken | None:
        """A refresh token, held so that it is used once."""
        found: RefreshToken | None = await self.session.scalar(
            sa.select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
        )
        return found

    async def session_to_prolong(self, session_id: UUID) -> LoginSession | None:
        """A log-in, held so that it is not ended meanwhile."""
        return await self.session.get(
            LoginSession, session_id, with_for_update=True, populate_existing=True
        )

    # Failed log-ins

    async def hold_attempts(
        self, username_key: bytes, address: str, now: datetime
    ) -> LoginAttempts:
        """The failures of a user name from an address, held; none yet is a row of zero."""
        await self.session.execute(
            insert(LoginAttempts)
            .values(username_key=username_key, address=address, failures=0, last_failed_at=now)
            .on_conflict_do_nothing()
        )
        found = await self.session.scalars(
            sa.select(LoginAttempts)
            .where(LoginAttempts.username_key == username_key, LoginAttempts.address == address)
            .with_for_update()
        )
        return found.one()

    async def forget_attempts(self, username_key: bytes, address: str) -> None:
        await self.session.execute(
            sa.delete(LoginAttempts).where(
                LoginAttempts.username_key == username_key, LoginAttempts.address == address
            )
        )

    async def purge(self, *, now: datetime, keep: timedelta, forget_after: timedelta) -> None:
        """Delete log-ins long over, refresh tokens long spent, and failures nobody counts."""
        long_ago = now - keep
        await self.session.execute(
            sa.delete(LoginSession).where(
                sa.or_(LoginSession.expires_at < long_ago, LoginSession.revoked_at < long_ago)
            )
        )
        await self.session.execute(sa.delete(RefreshToken).where(RefreshToken.used_at < long_ago))
        await self.session.execute(
            sa.delete(LoginAttempts).where(LoginAttempts.last_failed_at < now - forget_after)
        )

    async def flush(self) -> None:
        """Write what was changed, so that a constraint speaks here."""
        await self.session.flush()
