"""Accounts: who may log in, as what, and who arranges it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.caller import Caller, Role
from yimen.core.clock import hall_day
from yimen.core.errors import (
    AppError,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    Unavailable,
)
from yimen.core.pagination import PageQuery
from yimen.core.passwords import HashingBusy, PasswordHasher, check_password
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.accounts.access import may_manage
from yimen.domains.accounts.models import Account
from yimen.domains.accounts.repository import AccountRepository, Session, find_caller
from yimen.domains.accounts.rules import is_username, normalise_username
from yimen.domains.accounts.schemas import (
    AccountCreate,
    AccountPage,
    AccountQuery,
    AccountRead,
    MeRead,
    PlaceRead,
    RoleChange,
    SessionPage,
    SessionRead,
)
from yimen.domains.organisation.models import StaffMember
from yimen.domains.organisation.service import OrganisationService, StaffMemberLeft

__all__ = [
    "AccountService",
    "count_demo_passwords",
    "create_account_as_system",
    "find_caller",
]

AT_WINDOWS = frozenset({Role.WINDOW, Role.CHIEF_REPRESENTATIVE})
"""Roles of people whom a department sent: their accounts belong to a staff member."""


class UsernameTaken(Conflict):
    code = "username_taken"
    title = "这个用户名已有人使用，请换一个。"
    constraint = "uq_accounts_username"


class StaffHasAccount(Conflict):
    code = "staff_has_account"
    title = "此人已有账号，一人一个账号；请修改原账号的角色。"
    constraint = "uq_accounts_staff_id"


class StaffRequired(InvalidInput):
    code = "staff_required"
    title = "窗口人员和首席代表的账号须属于一名工作人员，请选择工作人员。"


class WeakPassword(InvalidInput):
    code = "weak_password"
    title = "新密码不符合要求，请按提示更换。"


class AlreadyDisabled(Conflict):
    code = "account_already_disabled"
    title = "该账号已经停用。"


class NotDisabled(Conflict):
    code = "account_not_disabled"
    title = "该账号没有停用，无须启用。"


class OwnAccount(Forbidden):
    code = "own_account"
    title = "不能停用自己的账号、更改自己的角色或重置自己的密码，请由他人办理。"


class DirectorAccount(Forbidden):
    code = "director_account"
    title = "主任的账号由主任管理，中心办公室不能建立、更改或停用。"


class LastAdministrator(Conflict):
    code = "last_administrator"
    title = "这是该角色最后一个可用的账号，请先建立另一个，再停用或更改。"


class AccountService:
    """Accounts are made, changed and ended; without a caller (the CLI) by the system."""

    def __init__(
        self,
        accounts: AccountRepository,
        *,
        caller: Caller | None,
        now: datetime,
        passwords: PasswordHasher,
    ) -> None:
        self.accounts = accounts
        self.caller = caller
        self.now = now
        self.passwords = passwords

    # The office's part

    async def list_accounts(self, query: AccountQuery) -> AccountPage:
        rows, cursor, total = await self.accounts.accounts_page(query)
        items = await self._describe(rows)
        return AccountPage(items=items, next_cursor=cursor, total=total)

    async def show(self, account: Account) -> AccountRead:
        [shown] = await self._describe([account])
        return shown

    async def account(self, account_id: UUID) -> Account:
        """One account; raises NotFound."""
        found = await self.accounts.account(account_id)
        if found is None:
            raise NotFound("没有这个账号。")
        return found

    async def create_account(self, data: AccountCreate) -> tuple[Account, str]:
        """A new account and its temporary password, which is known to nobody else."""
        self._require_manager(data.role)
        password = secrets.token_urlsafe(12)
        account = await self.add_account(
            username=data.username,
            role=data.role,
            staff_id=data.staff_id,
            password_hash=await self.hash_password(password),
            must_change_password=True,
        )
        return account, password

    async def add_account(
        self,
        *,
        username: str,
        role: Role,
        staff_id: UUID | None,
        password_hash: str,
        must_change_password: bool = False,
        is_demo: bool = False,
    ) -> Account:
        """A new account with a password hashed before; the demo gives one hash to many."""
        await self._require_staff(role, staff_id)
        made = Account(
            username=username,
            password_hash=password_hash,
            role=role,
            staff_id=staff_id,
            is_demo=is_demo,
            must_change_password=must_change_password,
            created_at=self.now,
            password_changed_at=self.now,
        )
        await self.accounts.add(made)
        await self._record("accounts.create", made.id, new=_facts_of(made))
        return made

    async def change_role(self, account_id: UUID, data: RoleChange, *, seen: int) -> Account:
        """The account is something else from its next request on."""
        able = await self._administrators()
        account = await self._account_to_change(account_id, seen)
        self._require_manager(data.role)
        old = _facts_of(account)
        if data.role is not account.role:
            _require_another(account, able)
        staff_id = data.staff_id or account.staff_id
        await self._require_staff(data.role, staff_id)
        account.role = data.role
        account.staff_id = staff_id
        account.version += 1
        await self.accounts.flush()
        await self._record("accounts.change_role", account.id, old=old, new=_facts_of(account))
        return account

    async def disable(self, account_id: UUID, *, seen: int) -> Account:
        """The account's next request is refused, and its log-ins are over."""
        able = await self._administrators()
        account = await self._account_to_change(account_id, seen)
        if account.disabled_at is not None:
            raise AlreadyDisabled
        _require_another(account, able)
        account.disabled_at = self.now
        account.version += 1
        await self.accounts.flush()
        await self.accounts.end_sessions(account.id, reason="account_disabled", now=self.now)
        await self._record("accounts.disable", account.id)
        return account

    async def enable(self, account_id: UUID, *, seen: int) -> Account:
        """The account may log in again."""
        account = await self._account_to_change(account_id, seen)
        if account.disabled_at is None:
            raise NotDisabled
        account.disabled_at = None
        account.version += 1
        await self.accounts.flush()
        await self._record("accounts.enable", account.id)
        return account

    async def reset_password(self, account_id: UUID, *, seen: int) -> tuple[Account, str]:
        """A temporary password in place of a forgotten one; all log-ins are over."""
        account = await self._account_to_change(account_id, seen)
        password = secrets.token_urlsafe(12)
        account.password_hash = await self.hash_password(password)
        account.must_change_password = True
        account.is_demo = False
        account.password_changed_at = self.now
        account.version += 1
        await self.accounts.flush()
        await self.accounts.end_sessions(account.id, reason="password_reset", now=self.now)
        await self._record("accounts.reset_password", account.id)
        return account, password

    async def hash_password(self, password: str) -> str:
        """Its hash; raises Unavailable when too many wait to be hashed."""
        try:
            return await self.passwords.hash(password)
        except HashingBusy:
            raise Unavailable(retry_after_seconds=2) from None

    async def _account_to_change(self, account_id: UUID, seen: int) -> Account:
        account = await self.accounts.account_to_change(account_id)
        if account is None:
            raise NotFound("没有这个账号。")
        require_version(account.version, seen)
        refusal = self._why_not(account)
        if refusal is not None:
            raise refusal
        return account

    def _require_manager(self, role: Role) -> None:
        if self.caller is not None and not may_manage(role, self.caller):
            raise DirectorAccount

    async def _require_staff(self, role: Role, staff_id: UUID | None) -> None:
        if staff_id is None:
            if role in AT_WINDOWS:
                problem = FieldProblem("/staff_id", "missing", "请选择工作人员。")
                raise StaffRequired(errors=[problem])
            return
        staff_member = (await self.accounts.staff([staff_id])).get(staff_id)
        if staff_member is None:
            problem = FieldProblem("/staff_id", "unknown", "没有这个工作人员。")
            raise InvalidInput(errors=[problem])
        if staff_member.left_on is not None and staff_member.left_on < hall_day(self.now):
            raise StaffMemberLeft

    async def _administrators(self) -> Sequence[Account]:
        return await self.accounts.hold_administrators(hall_day(self.now))

    async def _describe(self, rows: Sequence[Account]) -> list[AccountRead]:
        staff = await self.accounts.staff([row.staff_id for row in rows if row.staff_id])
        return [
            self._describe_one(row, staff.get(row.staff_id) if row.staff_id else None)
            for row in rows
        ]

    def _describe_one(self, row: Account, staff_member: StaffMember | None) -> AccountRead:
        why = self._why_not(row)
        is_disabled = row.disabled_at is not None
        refusals: dict[str, AppError | None] = {
            "change-role": why,
            "reset-password": why,
            "disable": why or (AlreadyDisabled() if is_disabled else None),
            "enable": why or (None if is_disabled else NotDisabled()),
        }
        return AccountRead(
            id=row.id,
            username=row.username,
            role=row.role,
            staff_id=row.staff_id,
            staff_number=staff_member.staff_number if staff_member else None,
            staff_name=staff_member.name if staff_member else None,
            is_disabled=is_disabled,
            disabled_at=row.disabled_at,
            must_change_password=row.must_change_password,
            is_demo=row.is_demo,
            created_at=row.created_at,
            password_changed_at=row.password_changed_at,
            allowed_actions=[
                AllowedAction.of(action, refusal) for action, refusal in refusals.items()
            ],
        )

    def _why_not(self, account: Account) -> AppError | None:
        """Why this caller may not change an account at all."""
        if self.caller is None:
            return None
        if self.caller.account_id == account.id:
            return OwnAccount()
        return None if may_manage(account.role, self.caller) else DirectorAccount()

    async def _record(
        self,
        action: str,
        account_id: UUID,
        *,
        old: AuditFacts | None = None,
        new: AuditFacts | None = None,
    ) -> None:
        await record_audit(
            self.accounts.session,
            caller=self.caller,
            action=action,
            subject_type="account",
            subject_id=account_id,
            old=old,
            new=new,
        )

    # Everyone's own part

    async def log_out(self, caller: Caller) -> None:
        """The caller's log-in is over, and its tokens with it."""
        await self.end_session(caller, caller.session_id)

    async def end_session(self, caller: Caller, session_id: UUID) -> None:
        """One of the caller's log-ins is over; ending it twice is no error."""
        if await self.accounts.own_session(caller.account_id, session_id) is None:
            raise NotFound("没有这个登录。")
        ended = await self.accounts.end_sessions(
            caller.account_id, reason="logged_out", now=self.now, only=session_id
        )
        for each in ended:
            await record_audit(
                self.accounts.session,
                caller=caller,
                action="sessions.end",
                subject_type="login_session",
                subject_id=each,
            )

    async def list_sessions(self, caller: Caller, query: PageQuery) -> SessionPage:
        """The caller's open log-ins."""
        rows, cursor, total = await self.accounts.open_sessions_page(
            caller.account_id, query, self.now
        )
        items = [
            SessionRead(
                id=row.id,
                is_current=row.id == caller.session_id,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                expires_at=row.expires_at,
                client=row.client,
                address=row.address,
            )
            for row in rows
        ]
        return SessionPage(items=items, next_cursor=cursor, total=total)


def _require_another(account: Account, able: Sequence[Account]) -> None:
    """Raise LastAdministrator when the office or the director would have no account left."""
    same = [other.id for other in able if other.role is account.role]
    if same == [account.id]:
        raise LastAdministrator


def _facts_of(account: Account) -> AuditFacts:
    return {
        "username": account.username,
        "role": account.role.value,
        "staff_id": str(account.staff_id) if account.staff_id else None,
    }


async def describe_caller(caller: Caller, hall: OrganisationService) -> MeRead:
    """Who is logged in, with the names of their department and windows."""
    department = await hall.department(caller.department_id) if caller.department_id else None
    windows = [await hall.window(window_id) for window_id in caller.window_ids]
    return MeRead(
        account_id=caller.account_id,
        session_id=caller.session_id,
        username=caller.username,
        name=caller.name,
        role=caller.role,
        staff_id=caller.staff_id,
        department=PlaceRead(id=department.id, number=department.code, name=department.name)
        if department
        else None,
        windows=[
            PlaceRead(id=window.id, number=window.number, name=window.name) for window in windows
        ],
        must_change_password=caller.must_change_password,
    )


def require_strong(password: str, username: str) -> None:
    """Raise WeakPassword with every reason; none of them repeats the password."""
    reasons = check_password(password, username)
    if reasons:
        raise WeakPassword(
            errors=[FieldProblem("/new_password", "weak_password", reason) for reason in reasons]
        )


async def count_demo_passwords(session: Session) -> int:
    """How many accounts that can log in still have the published password of the demo."""
    return await AccountRepository(session).count_demo()


def accounts_as_system(
    session: Session, *, passwords: PasswordHasher, now: datetime
) -> AccountService:
    """The accounts for whoever sits at the machine itself."""
    return AccountService(AccountRepository(session), caller=None, now=now, passwords=passwords)


async def account_named(session: Session, username: str) -> Account:
    """The account of that name; raises NotFound."""
    found = await AccountRepository(session).account_named(normalise_username(username))
    if found is None:
        raise NotFound(f"没有用户名为 {username} 的账号。")
    return found


async def office_caller(session: Session, username: str) -> Caller:
    """Somebody of the office, for whom work is done at the machine itself; raises NotFound."""
    account = await account_named(session, username)
    if account.role is not Role.OFFICE or account.disabled_at is not None:
        raise NotFound(f"{username} 不是可用的中心办公室账号。")
    return Caller(
        account_id=account.id,
        session_id=account.id,
        username=account.username,
        role=account.role,
        staff_id=account.staff_id,
        staff_name=None,
        department_id=None,
        window_ids=(),
    )


async def create_account_as_system(
    session: Session,
    *,
    username: str,
    password: str,
    role: Role,
    staff_number: str | None,
    passwords: PasswordHasher,
    now: datetime,
) -> Account:
    """An account made at the machine itself, such as the first of all; its password is final."""
    accounts = AccountRepository(session)
    service = AccountService(accounts, caller=None, now=now, passwords=passwords)
    name = normalise_username(username)
    if not is_username(name):
        raise InvalidInput("用户名用 2 到 40 个字母、数字、点、下划线或连字符，以字母或数字开头。")
    require_strong(password, name)
    staff_member = None
    if staff_number is not None:
        staff_member = await accounts.staff_numbered(staff_number)
        if staff_member is None:
            raise InvalidInput(f"没有工号为 {staff_number} 的工作人员。")
    return await service.add_account(
        username=name,
        role=role,
        staff_id=staff_member.id if staff_member else None,
        password_hash=await service.hash_password(password),
    )
