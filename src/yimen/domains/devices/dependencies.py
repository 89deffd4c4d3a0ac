"""How FastAPI builds the services of machines."""

from typing import Annotated

from fastapi import Depends

from yimen.core.dependencies import AnyDevice, DbSession, Now, OfficeOrDirector, ServiceContext
from yimen.domains.devices.repository import DeviceRepository
from yimen.domains.devices.schemas import DeviceTokenForm, DeviceTokenRead
from yimen.domains.devices.service import DeviceService, grant_device_token


async def device_service(session: DbSession, caller: OfficeOrDirector, now: Now) -> DeviceService:
    return DeviceService(DeviceRepository(session), caller=caller, now=now)


async def own_device_service(session: DbSession, caller: AnyDevice, now: Now) -> DeviceService:
    return DeviceService(DeviceRepository(session), caller=caller, now=now)


Devices = Annotated[DeviceService, Depends(device_service)]
OwnDevice = Annotated[DeviceService, Depends(own_device_service)]


class DeviceTokens:
    """Grants tokens to machines, in the request's transaction."""

    def __init__(self, session: DbSession, now: Now, context: ServiceContext) -> None:
        self.devices = DeviceRepository(session)
        self.now = now
        self.signer = context.signer

    async def grant(self, form: DeviceTokenForm) -> DeviceTokenRead:
        return await grant_device_token(self.devices, form, signer=self.signer, now=self.now)


async def device_tokens(session: DbSession, now: Now, context: ServiceContext) -> DeviceTokens:
    return DeviceTokens(session, now, context)


Tokens = Annotated[DeviceTokens, Depends(device_tokens)]
