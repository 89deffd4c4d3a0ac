"""Rows of many versions at once: gathered entry by entry, so that each table is written once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from yimen.core.audit import audit_values
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.database import new_id
from yimen.domains.catalog.enums import ItemStatus, VersionOrigin
from yimen.domains.catalog.repository import CatalogRepository, Values
from yimen.domains.catalog.rules import (
    ItemContent,
    LockedItem,
    content_to_json,
    is_complete,
    settle,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEntry:
    """A content to be put in force: for a new item, or as an item's next version."""

    department_id: UUID
    content: ItemContent
    item_id: UUID | None = None
    """The item to change; none for a new one."""
    base_version_no: int | None = None
    """The version that the content was made from; none if that does not matter."""
    code: str | None = None
    """A new item's own code; without one it gets ``SX-000001``, …"""


@dataclass(frozen=True, slots=True)
class PutInForce:
    """What became of an entry."""

    item_id: UUID
    code: str
    version_id: UUID
    version_no: int
    status: ItemStatus


class ItemWriter:
    """Knows what a new item, a new version and a withdrawal leave in each table."""

    def __init__(self, caller: Caller | None, now: datetime, origin: VersionOrigin) -> None:
        self.caller = caller
        self.now = now
        self.origin = origin
        self.items: list[Values] = []
        self.moves: list[Values] = []
        self.versions: list[Values] = []
        self.windows: list[Values] = []
        self.audits: list[Values] = []
        self.events: list[Values] = []

    def create(self, entry: ItemEntry, code: str) -> PutInForce:
        item_id, content = new_id(), settle(entry.content)
        status = ItemStatus.IN_FORCE if content.window_ids else ItemStatus.DRAFT
        self.items.append(
            {
                "id": item_id,
                "code": code,
                "department_id": entry.department_id,
                "name": content.name,
                "item_code": content.item_code,
                "status": status,
                "is_complete": is_complete(content),
                "current_version_no": 1,
                "version": 1,
            }
        )
        document = content_to_json(content)
        new = {"code": code, "department_id": str(entry.department_id)} | document
        done = PutInForce(item_id, code, new_id(), 1, status)
        return self._version(done, content, document, old=None, new=new)

    def change(self, entry: ItemEntry, item: LockedItem, old: ItemContent) -> PutInForce:
        content = settle(entry.content)
        has_window = bool(content.window_ids)
        status = ItemStatus.IN_FORCE if has_window else item.status
        version_no = item.current_version_no + 1
        self.moves.append(
            {
                "at_id": item.id,
                "name": content.name,
                "item_code": content.item_code,
                "status": status,
                "is_complete": is_complete(content),
                "current_version_no": version_no,
            }
        )
        before, after = content_to_json(old), content_to_json(content)
        changed = [name for name in before if before[name] != after[name]]
        done = PutInForce(item.id, item.code, new_id(), version_no, status)
        return self._version(
            done,
            content,
            after,
            old={"version_no": item.current_version_no} | {name: before[name] for name in changed},
            new={"version_no": version_no} | {name: after[name] for name in changed},
        )

    def withdraw(self, item: LockedItem, *, reason: str) -> None:
        self.moves.append(
            {
                "at_id": item.id,
                "status": ItemStatus.WITHDRAWN,
                "withdrawn_on": hall_day(self.now),
            }
        )
        self.audits.append(
            audit_values(
                caller=self.caller,
                action="items.withdraw",
                subject_type="service_item",
                subject_id=item.id,
                old={"status": item.status},
                new={"status": ItemStatus.WITHDRAWN, "reason": reason},
            )
        )
        self.events.append(
            item_event("service_item.withdrawn", item.id, self.now, {"code": item.code})
        )

    async def write(self, catalog: CatalogRepository) -> None:
        """Six statements, however many entries."""
        await catalog.insert_items(self.items)
        await catalog.move_items(self.moves)
        await catalog.insert_versions(self.versions)
        await catalog.insert_windows(self.windows)
        await catalog.insert_audits(self.audits)
        await catalog.insert_events(self.events)

    def _version(
        self,
        done: PutInForce,
        content: ItemContent,
        document: dict[str, Any],
        *,
        old: dict[str, Any] | None,
        new: dict[str, Any],
    ) -> PutInForce:
        columns = {name: value for name, value in document.items() if name != "window_ids"}
        self.versions.append(
            columns
            | {
                "id": done.version_id,
                "item_id": done.item_id,
                "version_no": done.version_no,
                "origin": self.origin,
                "effective_on": hall_day(self.now),
                "approved_by": self.caller.account_id if self.caller else None,
                "approved_by_name": self.caller.name if self.caller else "系统",
                "approved_at": self.now,
            }
        )
        self.windows += [
            {"version_id": done.version_id, "window_id": window_id}
            for window_id in content.window_ids
        ]
        self.audits.append(
            audit_values(
                caller=self.caller,
                action="items.put_in_force",
                subject_type="service_item",
                subject_id=done.item_id,
                old=old,
                new=new | {"origin": self.origin, "status": done.status},
            )
        )
        facts = {
            "code": done.code,
            "version_no": done.version_no,
            "name": content.name,
            "status": done.status,
        }
        self.events.append(item_event("service_item.in_force", done.item_id, self.now, facts))
        return done


def item_event(kind: str, item_id: UUID, now: datetime, facts: dict[str, object]) -> Values:
    """An event about an item: items are everybody's business, so it names no department."""
    return {
        "kind": kind,
        "subject_type": "service_item",
        "subject_id": str(item_id),
        "department_id": None,
        "window_id": None,
        "facts": facts,
        "occurred_at": now,
    }
