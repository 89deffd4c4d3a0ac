"""The register of offices, guards and cleaners' floors."""

from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.database import new_id
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.inspections.access import why_not_subject
from yimen.domains.inspections.enums import SubjectAction, SubjectKind, TableKind
from yimen.domains.inspections.models import InspectionSubject
from yimen.domains.inspections.schemas_subjects import (
    SubjectCreate,
    SubjectEnd,
    SubjectQuery,
    SubjectRead,
    SubjectUpdate,
)
from yimen.domains.inspections.service import InspectionDesk


class SubjectNotFound(NotFound):
    code = "inspection_subject_not_found"
    title = "没有登记这个督查对象。"


class SubjectEnded(Conflict):
    code = "inspection_subject_ended"
    title = "该对象已停用。"


class FloorTaken(Conflict):
    code = "inspection_floor_taken"
    title = "这张保洁区扣分表在该期间已有在册的保洁区，请先停用原来的。"
    constraint = "ex_inspection_subjects_floor"


class SubjectService:
    """Who is assessed beside windows and their staff (domain.md §8)."""

    def __init__(self, desk: InspectionDesk) -> None:
        self.desk = desk
        self.inspections = desk.inspections

    async def list_page(self, query: SubjectQuery) -> Page[SubjectRead]:
        rows, cursor, total = await self.inspections.subjects_page(query)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def read(self, subject_id: UUID) -> SubjectRead:
        """One entry; raises SubjectNotFound."""
        row = await self.inspections.subject(subject_id)
        if row is None:
            raise SubjectNotFound
        return self.present(row)

    async def create(self, wish: SubjectCreate) -> SubjectRead:
        """An office, a guard or a floor begins to be assessed."""
        self._check(wish)
        row = await self.inspections.add(
            InspectionSubject(
                id=new_id(),
                kind=wish.kind,
                name=wish.name,
                keeper_name=wish.keeper_name,
                table_code=wish.table_code,
                starts_on=wish.starts_on,
                ends_on=None,
                version=1,
            )
        )
        await self._tell(row, "created", old=None)
        return self.present(row)

    async def change(self, subject_id: UUID, wish: SubjectUpdate, seen: int) -> SubjectRead:
        """Another name or keeper."""
        row = await self._to_change(subject_id, SubjectAction.CHANGE, seen)
        old = _facts_of(row)
        if wish.name is not None:
            row.name = wish.name
        if wish.keeper_name is not None:
            _require(row.kind is not SubjectKind.GUARD, "/keeper_name", "保安本人就是责任人。")
            row.keeper_name = wish.keeper_name
        return await self._end(row, "changed", old)

    async def end(self, subject_id: UUID, wish: SubjectEnd, seen: int) -> SubjectRead:
        """The last day on which it is assessed; not before what stands against it."""
        row = await self._to_change(subject_id, SubjectAction.END, seen)
        old = _facts_of(row)
        _require(wish.last_day >= row.starts_on, "/last_day", f"不能早于 {row.starts_on}。")
        found_on = await self.inspections.last_finding_on(row.id)
        _require(
            found_on is None or wish.last_day >= found_on,
            "/last_day",
            f"该对象 {found_on} 还有督查记录，停用不能早于这一天。",
        )
        row.ends_on = wish.last_day
        return await self._end(row, "ended", old)

    def _check(self, wish: SubjectCreate) -> None:
        is_floor = wish.kind is SubjectKind.CLEANER
        tables = self.desk.rulebook.edition_on(wish.starts_on).tables_for(TableKind.CLEANERS)
        codes = "、".join(table.code for table in tables)
        _require(
            (wish.table_code in {table.code for table in tables}) == is_floor
            and (wish.table_code is None) != is_floor,
            "/table_code",
            f"保洁区应填写扣分表（{codes}），其他对象不填。",
        )
        _require(
            wish.kind is not SubjectKind.GUARD or wish.keeper_name is None,
            "/keeper_name",
            "保安本人就是责任人。",
        )

    async def _to_change(
        self, subject_id: UUID, action: SubjectAction, seen: int
    ) -> InspectionSubject:
        row = await self.inspections.lock_subject(subject_id)
        if row is None:
            raise SubjectNotFound
        require_version(row.version, seen)
        refusal = why_not_subject(action, row.ends_on, self.desk.asker, self.desk.today)
        if refusal is not None:
            raise SubjectEnded(refusal.reason)
        return row

    async def _end(self, row: InspectionSubject, act: str, old: dict[str, object]) -> SubjectRead:
        row.version += 1
        await self.inspections.flush()
        await self._tell(row, act, old=old)
        return self.present(row)

    async def _tell(
        self, row: InspectionSubject, act: str, *, old: dict[str, object] | None
    ) -> None:
        await record_audit(
            self.inspections.session,
            caller=self.desk.caller,
            action=f"inspection_subjects.{act}",
            subject_type="inspection_subject",
            subject_id=row.id,
            old=old,
            new=_facts_of(row),
        )
        await publish_event(
            self.inspections.session,
            kind=f"inspection_subject.{act}",
            subject_type="inspection_subject",
            subject_id=row.id,
            facts={"kind": row.kind.value},
            occurred_at=self.desk.now,
        )

    def present(self, row: InspectionSubject) -> SubjectRead:
        """An entry as its caller sees it."""
        actions = [
            AllowedAction.of(
                action, why_not_subject(action, row.ends_on, self.desk.asker, self.desk.today)
            )
            for action in SubjectAction
        ]
        return SubjectRead(
            id=row.id,
            kind=row.kind,
            kind_label=row.kind.label,
            name=row.name,
            keeper_name=row.keeper_name,
            table_code=row.table_code,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            allowed_actions=actions,
            version=row.version,
        )


def _facts_of(row: InspectionSubject) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "name": row.name,
        "keeper_name": row.keeper_name,
        "table_code": row.table_code,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
    }


def _require(holds: bool, pointer: str, detail: str) -> None:
    if not holds:
        raise InvalidInput(detail, errors=[FieldProblem(pointer, "not_allowed", detail)])
