"""The machines of the hall: registration, secrets, revocation, and their tokens."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.caller import SCOPES_OF_DEVICES, Caller, DeviceCaller
from yimen.core.database import new_id
from yimen.core.errors import (
    AppError,
    Conflict,
    FieldProblem,
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthenticated,
)
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.core.tokens import TokenSigner
from yimen.domains.devices.access import may_administer
from yimen.domains.devices.models import Device, DeviceSecret
from yimen.domains.devices.repository import DeviceRepository, find_device
from yimen.domains.devices.schemas import (
    DeviceCreate,
    DeviceCredentials,
    DevicePage,
    DeviceQuery,
    DeviceRead,
    DeviceTokenForm,
    DeviceTokenRead,
    DeviceUpdate,
)

__all__ = ["DeviceService", "find_device", "grant_device_token"]

log = structlog.get_logger()


class DeviceNameTaken(Conflict):
    code = "device_name_taken"
    title = "已有同名的设备，请换一个名称。"
    constraint = "uq_devices_name"


class DeviceRevoked(Conflict):
    code = "device_revoked"
    title = "该设备已停用，不能再办理；如需继续使用，请重新登记。"


class NotOffice(Forbidden):
    code = "devices_office_only"
    title = "设备由中心办公室登记和管理。"


class WrongDeviceCredentials(Unauthenticated):
    code = "wrong_device_credentials"
    title = "设备编号或密钥不正确，或设备已停用；请由中心办公室核对后重新配置。"


class DeviceService:
    """What the office does with machines, and what a machine sees of itself."""

    def __init__(
        self, devices: DeviceRepository, *, caller: Caller | DeviceCaller, now: datetime
    ) -> None:
        self.devices = devices
        self.caller = caller
        self.now = now

    async def list_devices(self, query: DeviceQuery) -> DevicePage:
        """Machines by name."""
        rows, cursor, total = await self.devices.devices_page(query)
        return DevicePage(items=await self._show_all(rows), next_cursor=cursor, total=total)

    async def device(self, device_id: UUID) -> Device:
        """A machine; raises NotFound."""
        found = await self.devices.device(device_id)
        if found is None:
            raise NotFound("没有这台设备。")
        return found

    async def register(self, data: DeviceCreate) -> DeviceCredentials:
        """A machine with its first secret, which is kept only as a hash."""
        self._require_office()
        await self._require_window(data.window_id)
        device = await self.devices.add(
            Device(
                id=new_id(),
                name=data.name,
                kind=data.kind,
                window_id=data.window_id,
                place=data.place,
                registered_at=self.now,
                version=1,
            )
        )
        secret = await self._add_secret(device)
        await self._tell("devices.register", device, new=_facts_of(device))
        return await self._hand_over(device, secret, None)

    async def change(self, device_id: UUID, data: DeviceUpdate, *, seen: int) -> Device:
        """Another name or place."""
        device = await self._device_to_change(device_id, seen)
        old = _facts_of(device)
        given = data.model_dump(exclude_unset=True)
        if given.get("window_id") is not None:
            await self._require_window(given["window_id"])
        if given.get("name"):
            device.name = given["name"]
        device.window_id = given.get("window_id", device.window_id)
        device.place = given.get("place", device.place)
        device.version += 1
        await self.devices.flush()
        await self._tell("devices.change", device, old=old, new=_facts_of(device))
        return device

    async def rotate(
        self, device_id: UUID, *, overlap_minutes: int, seen: int
    ) -> DeviceCredentials:
        """A new secret; the newest old one serves on for the overlap, any other ends now."""
        device = await self._device_to_change(device_id, seen)
        until = self.now + timedelta(minutes=overlap_minutes)
        for age, known in enumerate(await self.devices.good_secrets(device.id, self.now)):
            ends = until if age == 0 else self.now
            known.expires_at = min(known.expires_at or ends, ends)
        secret = await self._add_secret(device)
        device.version += 1
        await self.devices.flush()
        await self._tell("devices.rotate", device, new={"old_secret_until": until.isoformat()})
        return await self._hand_over(device, secret, until)

    async def revoke(self, device_id: UUID, reason: str, *, seen: int) -> Device:
        """The machine is refused from its next request on, and its streams end."""
        device = await self._device_to_change(device_id, seen)
        device.revoked_at, device.revoked_reason = self.now, reason
        for known in await self.devices.good_secrets(device.id, self.now):
            known.expires_at = self.now
        device.version += 1
        await self.devices.flush()
        await self._tell("devices.revoke", device, new={"reason": reason})
        return device

    async def show(self, device: Device) -> DeviceRead:
        [shown] = await self._show_all([device])
        return shown

    async def _show_all(self, devices: Sequence[Device]) -> list[DeviceRead]:
        at = {device.window_id for device in devices if device.window_id is not None}
        numbers = await self.devices.window_numbers(at) if at else {}
        return [
            DeviceRead(
                id=device.id,
                name=device.name,
                kind=device.kind,
                window_id=device.window_id,
                window_number=numbers.get(device.window_id) if device.window_id else None,
                place=device.place,
                registered_at=device.registered_at,
                last_seen_at=device.last_seen_at,
                is_revoked=device.revoked_at is not None,
                revoked_at=device.revoked_at,
                revoked_reason=device.revoked_reason,
                allowed_actions=self._allowed_actions(device),
            )
            for device in devices
        ]

    def _allowed_actions(self, device: Device) -> list[AllowedAction]:
        refusal: AppError | None = None
        if isinstance(self.caller, DeviceCaller) or not may_administer(self.caller):
            refusal = NotOffice()
        elif device.revoked_at is not None:
            refusal = DeviceRevoked()
        return [AllowedAction.of(action, refusal) for action in ("change", "rotate", "revoke")]

    def _require_office(self) -> None:
        if isinstance(self.caller, DeviceCaller) or not may_administer(self.caller):
            raise NotOffice

    async def _device_to_change(self, device_id: UUID, seen: int) -> Device:
        self._require_office()
        device = await self.devices.device_to_change(device_id)
        if device is None:
            raise NotFound("没有这台设备。")
        require_version(device.version, seen)
        if device.revoked_at is not None:
            raise DeviceRevoked
        return device

    async def _require_window(self, window_id: UUID | None) -> None:
        if window_id is not None and not await self.devices.window_numbers({window_id}):
            problem = FieldProblem("/window_id", "unknown", "没有这个窗口。")
            raise InvalidInput(errors=[problem])

    async def _add_secret(self, device: Device) -> str:
        secret = secrets.token_urlsafe(32)
        await self.devices.add(
            DeviceSecret(
                id=new_id(),
                device_id=device.id,
                secret_hash=_hash_secret(secret),
                created_at=self.now,
            )
        )
        return secret

    async def _hand_over(
        self, device: Device, secret: str, old_until: datetime | None
    ) -> DeviceCredentials:
        return DeviceCredentials(
            device=await self.show(device),
            client_id=device.id,
            client_secret=secret,
            previous_secret_expires_at=old_until,
        )

    async def _tell(
        self, action: str, device: Device, *, old: AuditFacts | None = None, new: AuditFacts
    ) -> None:
        await record_audit(
            self.devices.session,
            caller=self.caller,
            action=action,
            subject_type="device",
            subject_id=device.id,
            old=old,
            new=new,
        )
        await publish_event(
            self.devices.session,
            kind=action,
            subject_type="device",
            subject_id=device.id,
            occurred_at=self.now,
            window_id=device.window_id,
            facts={"name": device.name, "kind": device.kind.value},
        )


async def grant_device_token(
    devices: DeviceRepository, form: DeviceTokenForm, *, signer: TokenSigner, now: datetime
) -> DeviceTokenRead:
    """A token for a machine's id and secret; raises WrongDeviceCredentials, whatever is wrong.

    Every good secret is compared, in constant time each; last seen is noted here and only here.
    """
    given = _hash_secret(form.client_secret.get_secret_value())
    device = await devices.device_to_change(_device_id(form.client_id))
    known = await devices.good_secrets(device.id, now) if device else []
    matching = [one for one in known if hmac.compare_digest(one.secret_hash, given)]
    if device is None or device.revoked_at is not None or not matching:
        log.warning("device_token_refused")
        raise WrongDeviceCredentials
    device.last_seen_at = now
    return DeviceTokenRead(
        access_token=signer.issue(
            subject=str(device.id), session_id=str(matching[0].id), scope="device", now=now
        ),
        expires_in=signer.access_seconds,
        scope=" ".join(sorted(SCOPES_OF_DEVICES[device.kind])),
    )


def _device_id(client_id: str) -> UUID:
    try:
        return UUID(client_id)
    except ValueError:
        raise WrongDeviceCredentials from None


def _hash_secret(secret: str) -> bytes:
    # a random secret of 256 bits needs no slow hash
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _facts_of(device: Device) -> AuditFacts:
    return {
        "name": device.name,
        "kind": device.kind.value,
        "window_id": str(device.window_id) if device.window_id else None,
        "place": device.place,
    }
