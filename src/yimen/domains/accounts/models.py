"""Accounts, their log-ins, and what slows down those who guess passwords."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.caller import Role
from yimen.core.database import Base, new_id


class Account(Base):
    """A log-in of one person, with one role."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(unique=True)
    """In lower case, so that it is unique whatever case a person types."""
    password_hash: Mapped[str]
    role: Mapped[Role]
    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_members.id"), unique=True)
    is_demo: Mapped[bool]
    """Has the published password of the demo; a password of its own ends this."""
    must_change_password: Mapped[bool]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.CheckConstraint("username = lower(username)", name="username_lower"),
        sa.Index("ix_accounts_role", "role", postgresql_where=sa.text("disabled_at IS NULL")),
    )


class LoginSession(Base):
    """One log-in on one machine: the ``sid`` of its tokens."""

    __tablename__ = "login_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    """When tokens were last issued; not every request is noted."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    client: Mapped[str | None]
    address: Mapped[str | None]


class RefreshToken(Base):
    """A refresh token by its SHA-256; a session has one that is unused, the rest are spent."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("login_sessions.id", ondelete="CASCADE"), index=True
    )
    issued_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginAttempts(Base):
    """Failed log-ins of one user name from one address, until one succeeds."""

    __tablename__ = "login_attempts"

    username_key: Mapped[bytes] = mapped_column(primary_key=True)
    """SHA-256 of what was typed: some people type their password there."""
    address: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(index=True)
