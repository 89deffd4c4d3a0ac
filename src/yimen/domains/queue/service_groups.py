"""What the office arranges: window groups."""

from collections.abc import Collection
from uuid import UUID

from yimen.core.audit import AuditFacts, record_audit
from yimen.core.database import new_id
from yimen.core.errors import Conflict, FieldProblem, InvalidInput
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.domains.queue.models import QueueGroup
from yimen.domains.queue.schemas import GroupCreate, GroupRead, GroupUpdate
from yimen.domains.queue.service import GroupIsClosed, GroupNotFound, QueueService

SUBJECT = "queue_group"


class GroupIsOpen(Conflict):
    code = "queue_group_open"
    title = "这个队列没有停用，无须恢复。"


class GroupNameTaken(Conflict):
    code = "queue_group_name_taken"
    title = "已有同名的队列，请换一个名称。"
    constraint = "uq_queue_groups_name"


class LetterTaken(Conflict):
    code = "queue_letter_taken"
    title = "这个字母已有队列使用（停用的队列也保留其字母），请换一个。"
    constraint = "uq_queue_groups_letter"


class GroupService:
    """Sets groups up and changes them; by the router's guard the caller is the office."""

    def __init__(self, queue: QueueService) -> None:
        self.read = queue
        self.queue = queue.queue
        self.desk = queue.desk

    async def set_up(self, data: GroupCreate) -> GroupRead:
        """A queue of its own for some windows; raises GroupNameTaken, LetterTaken."""
        await self._require_windows(data.window_ids)
        group = await self.queue.add(
            QueueGroup(
                id=new_id(),
                name=data.name,
                letter=data.letter,
                priorities=[one.value for one in data.priorities],
                version=1,
            )
        )
        await self.queue.set_windows(group.id, set(data.window_ids))
        return await self._tell("create", group, old=None)

    async def change(self, group_id: UUID, data: GroupUpdate, *, seen: int) -> GroupRead:
        """Another name, other windows or priorities; who waits is called by the new windows."""
        group = await self._begin(group_id, seen)
        old = await self._facts(group)
        group.name = data.name or group.name
        if data.priorities is not None:
            group.priorities = [one.value for one in data.priorities]
        if data.window_ids is not None:
            await self._require_windows(data.window_ids)
            await self.queue.set_windows(group.id, set(data.window_ids))
        return await self._tell("change", group, old=old)

    async def close(self, group_id: UUID, reason: str, *, seen: int) -> GroupRead:
        """Give out no more tickets; those that wait are still called. Raises GroupIsClosed."""
        group = await self._begin(group_id, seen)
        if group.closed_at is not None:
            raise GroupIsClosed
        old = await self._facts(group)
        group.closed_at = self.desk.now
        return await self._tell("close", group, old=old, reason=reason)

    async def reopen(self, group_id: UUID, *, seen: int) -> GroupRead:
        """Give out tickets again; raises GroupIsOpen."""
        group = await self._begin(group_id, seen)
        if group.closed_at is None:
            raise GroupIsOpen
        old = await self._facts(group)
        group.closed_at = None
        return await self._tell("reopen", group, old=old)

    async def _begin(self, group_id: UUID, seen: int) -> QueueGroup:
        group = await self.queue.group_to_change(group_id)
        if group is None:
            raise GroupNotFound
        require_version(group.version, seen)
        return group

    async def _require_windows(self, window_ids: Collection[UUID]) -> None:
        known = await self.queue.windows_known(window_ids)
        problems = [
            FieldProblem(f"/window_ids/{place}", "unknown", "没有这个窗口。")
            for place, one in enumerate(window_ids)
            if one not in known
        ]
        if problems:
            raise InvalidInput(errors=problems)

    async def _facts(self, group: QueueGroup) -> dict[str, object]:
        windows = await self.queue.group_windows([group.id])
        return {
            "name": group.name,
            "letter": group.letter,
            "priorities": list(group.priorities),
            "windows": [window.number for window in windows],
            "closed_at": group.closed_at.isoformat() if group.closed_at else None,
        }

    async def _tell(
        self, act: str, group: QueueGroup, *, old: AuditFacts | None, reason: str | None = None
    ) -> GroupRead:
        if old is not None:
            group.version += 1
        await self.queue.flush()
        facts = await self._facts(group) | ({"reason": reason} if reason else {})
        await record_audit(
            self.queue.session,
            caller=self.desk.actor,
            action=f"queue_groups.{act}",
            subject_type=SUBJECT,
            subject_id=group.id,
            old=old,
            new=facts,
        )
        await publish_event(
            self.queue.session,
            kind=f"queue_group.{act}",
            subject_type=SUBJECT,
            subject_id=group.id,
            occurred_at=self.desk.now,
            facts=facts,
        )
        return await self.read.show_group(group)
