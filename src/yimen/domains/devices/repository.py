"""Every query on machines and their secrets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import DeviceCaller
from yimen.core.pagination import SortKey
from yimen.core.repository import Repository
from yimen.domains.devices.models import Device, DeviceSecret
from yimen.domains.devices.schemas import DeviceQuery
from yimen.domains.organisation.models import Window

_devices = Device.__table__.c
_secrets = DeviceSecret.__table__.c
_now = sa.bindparam("now", type_=sa.DateTime(timezone=True))

_FIND_DEVICE = (
    sa.select(_devices.name, _devices.kind, _devices.window_id)
    .select_from(DeviceSecret.__table__.join(Device.__table__))
    .where(
        _secrets.id == sa.bindparam("secret_id", type_=sa.Uuid()),
        _devices.id == sa.bindparam("device_id", type_=sa.Uuid()),
        _devices.revoked_at.is_(None),
        sa.or_(_secrets.expires_at.is_(None), _secrets.expires_at > _now),
    )
)


async def find_device(
    session: AsyncSession, *, device_id: UUID, secret_id: UUID, now: datetime
) -> DeviceCaller | None:
    """Which machine a secret belongs to at this moment; runs on every request of a machine."""
    found = await session.execute(
        _FIND_DEVICE, {"device_id": device_id, "secret_id": secret_id, "now": now}
    )
    row = found.one_or_none()
    if row is None:
        return None
    return DeviceCaller(
        device_id=device_id,
        secret_id=secret_id,
        name=row.name,
        kind=row.kind,
        window_id=row.window_id,
    )


_BY_NAME = SortKey(columns=(_devices.name, _devices.id), types=(str, UUID))


class DeviceRepository(Repository):
    """Machines and their secrets."""

    async def device(self, device_id: UUID) -> Device | None:
        return await self.session.get(Device, device_id)

    async def device_to_change(self, device_id: UUID) -> Device | None:
        """A machine as it is now, held until the transaction ends."""
        return await self.session.get(
            Device, device_id, with_for_update=True, populate_existing=True
        )

    async def devices_page(self, query: DeviceQuery) -> tuple[list[Device], str | None, int | None]:
        statement = sa.select(Device)
        if query.kind is not None:
            statement = statement.where(Device.kind == query.kind)
        if query.window_id is not None:
            statement = statement.where(Device.window_id == query.window_id)
        if query.is_revoked is not None:
            revoked = Device.revoked_at.is_not(None)
            statement = statement.where(revoked if query.is_revoked else sa.not_(revoked))
        return await self.page(statement, query, _BY_NAME)

    async def good_secrets(self, device_id: UUID, now: datetime) -> Sequence[DeviceSecret]:
        """The secrets that a machine may use at this moment, the newest first."""
        found = await self.session.scalars(
            sa.select(DeviceSecret)
            .where(
                DeviceSecret.device_id == device_id,
                sa.or_(DeviceSecret.expires_at.is_(None), DeviceSecret.expires_at > now),
            )
            .order_by(DeviceSecret.id.desc())
        )
        return found.all()

    async def window_numbers(self, window_ids: set[UUID]) -> dict[UUID, str]:
        found = await self.session.execute(
            sa.select(Window.id, Window.number).where(Window.id.in_(window_ids))
        )
        return {row.id: row.number for row in found}

    async def forget_secrets(self, before: datetime) -> None:
        """Delete secrets that were replaced before an instant."""
        await self.session.execute(sa.delete(DeviceSecret).where(DeviceSecret.expires_at < before))

    async def flush(self) -> None:
        """Write what was changed, so that a constraint speaks here."""
        await self.session.flush()
