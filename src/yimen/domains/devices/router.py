"""The office's machines, and how a machine comes by its token, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Path, Query, Response

from yimen.core.dependencies import AnyDevice, IfMatch
from yimen.core.errors import Conflict, PreconditionRequired, Stale
from yimen.core.pagination import InvalidCursor
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.devices.dependencies import Devices, OwnDevice, Tokens
from yimen.domains.devices.schemas import (
    DEVICE_ID,
    DeviceCreate,
    DeviceCredentials,
    DevicePage,
    DeviceQuery,
    DeviceRead,
    DeviceRevocation,
    DeviceTokenForm,
    DeviceTokenRead,
    DeviceUpdate,
    SecretRotation,
)
from yimen.domains.devices.service import (
    DeviceNameTaken,
    DeviceRevoked,
    NotOffice,
    WrongDeviceCredentials,
)

auth = Router(prefix="/auth", tag="auth")
router = Router(prefix="/devices", tag="devices")

DeviceId = Annotated[UUID, Path(examples=[DEVICE_ID])]


@auth.create(
    "/device-token",
    summary="设备领取令牌（OAuth2 client_credentials 方式）",
    errors=[WrongDeviceCredentials],
    public=True,
    repeatable=False,
    status_code=200,
)
async def grant_device_token(
    form: Annotated[DeviceTokenForm, Form()], tokens: Tokens
) -> DeviceTokenRead:
    return await tokens.grant(form)


@router.read("", summary="设备列表", errors=[InvalidCursor])
async def list_devices(query: Annotated[DeviceQuery, Query()], devices: Devices) -> DevicePage:
    return await devices.list_devices(query)


@router.create(
    "",
    summary="登记设备，返回密钥（只显示一次）",
    errors=[DeviceNameTaken, NotOffice],
    repeatable=False,
)
async def register_device(
    data: DeviceCreate, response: Response, devices: Devices
) -> DeviceCredentials:
    credentials = await devices.register(data)
    put_etag(response, 1)
    return credentials


@router.read("/me", summary="设备查看自己的登记")
async def read_own_device(device: AnyDevice, devices: OwnDevice) -> DeviceRead:
    return await devices.show(await devices.device(device.device_id))


@router.read("/{device_id}", summary="查看设备")
async def read_device(device_id: DeviceId, response: Response, devices: Devices) -> DeviceRead:
    device = await devices.device(device_id)
    put_etag(response, device.version)
    return await devices.show(device)


@router.change(
    "/{device_id}",
    summary="更改设备的名称或位置",
    errors=[DeviceNameTaken, DeviceRevoked, NotOffice],
)
async def change_device(
    device_id: DeviceId, data: DeviceUpdate, seen: IfMatch, response: Response, devices: Devices
) -> DeviceRead:
    device = await devices.change(device_id, data, seen=seen)
    put_etag(response, device.version)
    return await devices.show(device)


@router.create(
    "/{device_id}/rotate",
    summary="更换设备密钥，旧密钥在过渡期内仍有效",
    errors=[DeviceRevoked, NotOffice, PreconditionRequired, Stale, Conflict],
    repeatable=False,
    status_code=200,
)
async def rotate_secret(
    device_id: DeviceId, data: SecretRotation, seen: IfMatch, response: Response, devices: Devices
) -> DeviceCredentials:
    credentials = await devices.rotate(device_id, overlap_minutes=data.overlap_minutes, seen=seen)
    put_etag(response, seen + 1)
    return credentials


@router.command("/{device_id}/revoke", summary="停用设备", errors=[DeviceRevoked, NotOffice])
async def revoke_device(
    device_id: DeviceId,
    data: DeviceRevocation,
    seen: IfMatch,
    response: Response,
    devices: Devices,
) -> DeviceRead:
    device = await devices.revoke(device_id, data.reason, seen=seen)
    put_etag(response, device.version)
    return await devices.show(device)
