"""Registered machines and their secrets."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from yimen.core.caller import DeviceKind
from yimen.core.database import Base, new_id


class Device(Base):
    """A machine that calls the API in its own name."""

    __tablename__ = "devices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    kind: Mapped[DeviceKind]
    window_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("windows.id"), index=True)
    place: Mapped[str | None]
    """Where it stands, in words."""
    registered_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    """When it last came for a token; not every request is noted."""
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.Index(
            "uq_devices_name", "name", unique=True, postgresql_where=sa.text("revoked_at IS NULL")
        ),
    )


class DeviceSecret(Base):
    """A secret by its SHA-256; while secrets are changed over, a machine has two."""

    __tablename__ = "device_secrets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("devices.id", ondelete="CASCADE"), index=True
    )
    secret_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """None: good until it is changed."""
