"""Logging in, staying logged in, changing one's password.

These acts open short transactions of their own instead of using the request's: a connection must
not be held while a password waits to be hashed, and what they note of a failure must outlive its
refusal.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

import structlog

from yimen.core.addresses import address_key
from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.database import Database, new_id
from yimen.core.errors import (
    FieldProblem,
    Forbidden,
    InvalidInput,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from yimen.core.passwords import HashingBusy, PasswordHasher
from yimen.core.tokens import TokenSigner
from yimen.domains.accounts.models import Account, LoginSession, RefreshToken
from yimen.domains.accounts.repository import AccountRepository
from yimen.domains.accounts.rules import (
    client_label,
    failures_remembered,
    is_username,
    normalise_username,
    seconds_to_wait,
)
from yimen.domains.accounts.schemas import TokenForm
from yimen.domains.accounts.service import WeakPassword, require_strong

log = structlog.get_logger()


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = "用户名或密码不正确，请检查后重新输入。"


class AccountDisabled(Forbidden):
    code = "account_disabled"
    title = "该账号已停用，请联系中心办公室。"


class TooManyLogins(TooManyRequests):
    code = "too_many_logins"
    title = "密码输错次数太多，请稍候再试；其他电脑不受影响。"


class RefreshInvalid(Unauthenticated):
    code = "refresh_invalid"
    title = "登录已失效，请重新登录。"


class RefreshReused(Unauthenticated):
    code = "refresh_reused"
    title = "刷新令牌被重复使用，为安全起见该登录已结束，请重新登录。"


class WrongPassword(InvalidInput):
    code = "wrong_current_password"
    title = "当前密码不正确，请重新输入。"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    address: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a log-in hands out."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_seconds: int
    refresh_expires_at: datetime
    must_change_password: bool


class LoginService:
    """Hands out tokens for passwords and for refresh tokens."""

    def __init__(
        self,
        database: Database,
        *,
        passwords: PasswordHasher,
        signer: TokenSigner,
        refresh_days: int,
        now: datetime,
        origin: Origin,
    ) -> None:
        self.database = database
        self.passwords = passwords
        self.signer = signer
        self.refresh_days = refresh_days
        self.now = now
        self.origin = origin

    async def grant(self, form: TokenForm) -> Tokens:
        """What the OAuth 2 form asks for: by password or by refresh token."""
        match form.grant_type:
            case "password":
                assert form.username is not None and form.password is not None
                return await self.log_in(form.username, form.password.get_secret_value())
            case "refresh_token":
                assert form.refresh_token is not None
                return await self.refresh(form.refresh_token.get_secret_value())
            case _:
                assert_never(form.grant_type)

    async def log_in(self, username: str, password: str) -> Tokens:
        """Tokens of a new log-in; an unknown user takes as long as a wrong password."""
        name = normalise_username(username)
        found = await self._count_attempt(name)
        if found is None:
            await self._verify(password, None)
            log.warning("login_refused", reason="unknown_user")
            raise WrongCredentials
        if not await self._verify(password, found.password_hash):
            await self._note_refusal(found, "wrong_password")
            raise WrongCredentials
        renewed = None
        if self.passwords.needs_rehash(found.password_hash):
            renewed = await self._hash(password)
        return await self._open_session(found, renewed)

    async def refresh(self, token: str | None) -> Tokens:
        """New tokens for a refresh token that is used for the first time.

        A second use means that two have it, so the log-in ends for both. There is no grace: who
        loses the reply logs in again.
        """
        if not token:
            raise RefreshInvalid
        async with self.database.transaction() as session:
            accounts = AccountRepository(session)
            spent = await accounts.refresh_token_to_use(_hash_token(token))
            if spent is None:
                raise RefreshInvalid
            login = await accounts.session_to_prolong(spent.session_id)
            account = await accounts.account(login.account_id) if login else None
            if login is None or account is None:
                raise RefreshInvalid
            if spent.used_at is None:
                await self._require_open(accounts, login, account)
                spent.used_at = self.now
                return await self._issue(accounts, login, account)
            ended = await accounts.end_sessions(
                account.id, reason="refresh_reused", now=self.now, only=login.id
            )
            for session_id in ended:
                await record_audit(
                    session,
                    caller=_as_caller(account, session_id),
                    action="sessions.reuse",
                    subject_type="login_session",
                    subject_id=session_id,
                )
        raise RefreshReused

    async def change_password(self, caller: Caller, current: str, new: str) -> None:
        """The caller's new password; every other log-in of theirs is over."""
        require_strong(new, caller.username)
        if new == current:
            problem = FieldProblem("/new_password", "same_password", "新密码不能与当前密码相同。")
            raise WeakPassword(errors=[problem])
        found = await self._count_attempt(caller.username)
        if found is None:
            raise Unauthenticated
        if not await self._verify(current, found.password_hash):
            await self._note_refusal(found, "wrong_current_password")
            problem = FieldProblem("/current_password", "wrong", "当前密码不正确。")
            raise WrongPassword(errors=[problem])
        hashed = await self._hash(new)
        async with self.database.transaction() as session:
            accounts = AccountRepository(session)
            account = await accounts.account_to_change(caller.account_id)
            if account is None or account.password_hash != found.password_hash:
                raise Unauthenticated
            account.password_hash = hashed
            account.must_change_password = False
            account.is_demo = False
            account.password_changed_at = self.now
            account.version += 1
            await accounts.flush()
            await accounts.end_sessions(
                account.id, reason="password_changed", now=self.now, but=caller.session_id
            )
            await accounts.forget_attempts(_username_key(account.username), self._address)
            await record_audit(
                session,
                caller=caller,
                action="accounts.change_password",
                subject_type="account",
                subject_id=account.id,
            )

    async def _count_attempt(self, username: str) -> Account | None:
        """Count one more failure before it is one, and find the account; TooManyLogins.

        Counted beforehand and committed on its own, so that parallel guesses are counted too and
        no refusal takes it back; success clears it.
        """
        async with self.database.transaction() as session:
            accounts = AccountRepository(session)
            key = _username_key(username)
            attempts = await accounts.hold_attempts(key, self._address, self.now)
            wait = seconds_to_wait(attempts.failures, attempts.last_failed_at, self.now)
            if wait > 0:
                raise TooManyLogins(retry_after_seconds=wait)
            counted = failures_remembered(attempts.failures, attempts.last_failed_at, self.now)
            attempts.failures = counted + 1
            attempts.last_failed_at = self.now
            await accounts.flush()
            return await accounts.account_named(username) if is_username(username) else None

    async def _note_refusal(self, account: Account, reason: str) -> None:
        """The audit row of a refused log-in, in a transaction of its own: the request raises."""
        async with self.database.transaction() as session:
            await record_audit(
                session,
                caller=None,
                action="sessions.refuse",
                subject_type="account",
                subject_id=account.id,
                new={"reason": reason, "address": self._address},
            )

    async def _open_session(self, verified: Account, renewed_hash: str | None) -> Tokens:
        """A new log-in, if the account is still as it was verified and may be used."""
        async with self.database.transaction() as session:
            accounts = AccountRepository(session)
            account = await accounts.account_to_change(verified.id)
            if account is None or account.password_hash != verified.password_hash:
                raise WrongCredentials
            await accounts.forget_attempts(_username_key(account.username), self._address)
            if await self._can_log_in(accounts, account):
                account.password_hash = renewed_hash or account.password_hash
                login = await accounts.add(
                    LoginSession(
                        id=new_id(),
                        account_id=account.id,
                        created_at=self.now,
                        last_used_at=self.now,
                        expires_at=self._expiry(),
                        client=client_label(self.origin.user_agent),
                        address=self.origin.address,
                    )
                )
                tokens = await self._issue(accounts, login, account)
                await record_audit(
                    session,
                    caller=_as_caller(account, login.id),
                    action="sessions.open",
                    subject_type="login_session",
                    subject_id=login.id,
                )
                return tokens
        await self._note_refusal(verified, "account_disabled")
        raise AccountDisabled

    async def _can_log_in(self, accounts: AccountRepository, account: Account) -> bool:
        if account.disabled_at is not None:
            return False
        if account.staff_id is None:
            return True
        staff_member = (await accounts.staff([account.staff_id]))[account.staff_id]
        return staff_member.left_on is None or hall_day(self.now) <= staff_member.left_on

    async def _require_open(
        self, accounts: AccountRepository, login: LoginSession, account: Account
    ) -> None:
        is_open = login.revoked_at is None and self.now < login.expires_at
        if not is_open or not await self._can_log_in(accounts, account):
            raise RefreshInvalid

    async def _issue(
        self, accounts: AccountRepository, login: LoginSession, account: Account
    ) -> Tokens:
        """A fresh pair of tokens; the log-in lasts from now on."""
        login.last_used_at = self.now
        login.expires_at = self._expiry()
        refresh_token = secrets.token_urlsafe(32)
        await accounts.add(
            RefreshToken(
                token_hash=_hash_token(refresh_token), session_id=login.id, issued_at=self.now
            )
        )
        return Tokens(
            access_token=self.signer.issue(
                subject=str(account.id), session_id=str(login.id), scope="person", now=self.now
            ),
            expires_in=self.signer.access_seconds,
            refresh_token=refresh_token,
            refresh_seconds=self.refresh_days * 86_400,
            refresh_expires_at=login.expires_at,
            must_change_password=account.must_change_password,
        )

    def _expiry(self) -> datetime:
        return self.now + timedelta(days=self.refresh_days)

    @property
    def _address(self) -> str:
        return address_key(self.origin.address)

    async def _verify(self, password: str, hash_: str | None) -> bool:
        try:
            if hash_ is None:
                return await self.passwords.verify_missing(password)
            return await self.passwords.verify(password, hash_)
        except HashingBusy:
            raise Unavailable("登录的人太多，请稍候再试。", retry_after_seconds=2) from None

    async def _hash(self, password: str) -> str:
        try:
            return await self.passwords.hash(password)
        except HashingBusy:
            raise Unavailable("登录的人太多，请稍候再试。", retry_after_seconds=2) from None


def _hash_token(token: str) -> bytes:
    # a random token of 256 bits needs no slow hash
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _username_key(username: str) -> bytes:
    return hashlib.sha256(username.encode("utf-8", "surrogatepass")).digest()


def _as_caller(account: Account, session_id: UUID) -> Caller:
    """The account as the actor of its own log-in, for the audit."""
    return Caller(
        account_id=account.id,
        session_id=session_id,
        username=account.username,
        role=account.role,
        staff_id=account.staff_id,
        staff_name=None,
        department_id=None,
        window_ids=(),
    )
