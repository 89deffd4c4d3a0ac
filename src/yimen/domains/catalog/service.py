"""Items as the office keeps them: reading, what an intake needs, putting versions in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, FieldProblem, InvalidInput, NotFound
from yimen.core.pagination import Listing
from yimen.domains.catalog.enums import (
    ITEM_MOVES,
    CaseKind,
    Category,
    Disclosure,
    ItemStatus,
    Mark,
    OriginalHandling,
    TaskType,
    VersionOrigin,
)
from yimen.domains.catalog.repository import CatalogRepository
from yimen.domains.catalog.rules import (
    CHARGES,
    MATERIALS,
    Charge,
    ContentFault,
    ItemAsRead,
    ItemContent,
    LockedItem,
    Material,
    WindowFacts,
    category_of,
    check_content,
    disclosed,
    is_complete,
    missing_disclosures,
    next_codes,
    settle,
    time_limit_text,
)
from yimen.domains.catalog.schemas import (
    CompletenessRead,
    DisclosureRead,
    ItemContentBody,
    ItemQuery,
    ItemRead,
    ItemVersionQuery,
    ItemWindowRead,
    Named,
)
from yimen.domains.catalog.service_writing import ItemEntry, ItemWriter, PutInForce

__all__ = [
    "CaseKind",
    "CatalogService",
    "Category",
    "Charge",
    "ContentFault",
    "ContentFaulty",
    "Disclosure",
    "IntakeFacts",
    "ItemAsRead",
    "ItemContent",
    "ItemEntry",
    "ItemListed",
    "ItemNotFound",
    "ItemWithdrawn",
    "Mark",
    "Material",
    "OriginalHandling",
    "PutInForce",
    "TaskType",
    "VersionOrigin",
    "WindowFacts",
    "category_of",
    "check_content",
    "settle",
]


class ItemNotFound(NotFound):
    code = "item_not_found"
    title = "没有这个事项或这个版本，请从事项列表中选择。"


class ItemWithdrawn(Conflict):
    code = "item_withdrawn"
    title = "该事项已取消，不能再修改；需要恢复的，请按新增事项提出申请。"


class ItemVersionOutdated(Conflict):
    code = "item_version_outdated"
    title = "该事项已有新版本，请按现行版本重新提出。"


class ItemListed(Conflict):
    code = "item_listed"
    title = "本部门已有名称和国家编码都相同的事项，请在原事项上修改。"
    constraint = "uq_service_items_department_id_name_item_code"


class ItemCodeTaken(Conflict):
    code = "item_code_taken"
    title = "这个事项代码已被使用，请换一个。"
    constraint = "uq_service_items_code"


class ContentFaulty(InvalidInput):
    """The content breaks a rule; every fault has its pointer, code and sentence."""

    code = "item_content_faulty"
    title = "事项内容不符合规定，请按提示逐项修改。"

    def __init__(self, faults: Sequence[ContentFault] = (), *, under: str = "/content") -> None:
        problems = [
            FieldProblem(under + fault.pointer, fault.code, fault.detail) for fault in faults
        ]
        super().__init__(faults[0].detail if len(faults) == 1 else None, errors=problems)


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What an intake asks of an item's current version, and of one window."""

    item_id: UUID
    department_id: UUID
    status: ItemStatus
    version_id: UUID
    version_no: int
    name: str
    kind: CaseKind
    committed_days: int
    """Working days; 0 for immediate items."""
    statutory_days: int | None
    window_may_take: bool
    """Whether the window is one of the version's (MGMT 九); the status is a question apart."""
    department_name: str
    window_number: str | None
    """None when there is no such window."""
    window_department_id: UUID | None
    _materials_json: str = field(repr=False)

    @property
    def materials(self) -> tuple[Material, ...]:
        """Parsed on first use; a version never changes, so once a version is enough."""
        known = _materials_of.get(self.version_id)
        return _keep(self.version_id, self._materials_json) if known is None else known


_MOST_MATERIALS_KEPT = 2048
_materials_of: dict[UUID, tuple[Material, ...]] = {}


def _keep(version_id: UUID, materials_json: str) -> tuple[Material, ...]:
    if len(_materials_of) >= _MOST_MATERIALS_KEPT:
        del _materials_of[next(iter(_materials_of))]
    known = MATERIALS.validate_json(materials_json)
    _materials_of[version_id] = known
    return known


class CatalogService:
    """The catalogue as one caller sees it now; without a caller: the system itself."""

    def __init__(self, catalog: CatalogRepository, caller: Caller | None, now: datetime) -> None:
        self.catalog = catalog
        self.caller = caller
        self.now = now

    # --- reading

    async def items(self, query: ItemQuery) -> Listing:
        return await self.catalog.page_of_items(query)

    async def item(self, item_id: UUID, version_no: int | None = None) -> ItemAsRead:
        """An item with its current version, or the one asked for; raises ItemNotFound."""
        found = await self.catalog.find_item(item_id, version_no)
        if found is None:
            raise ItemNotFound
        return found

    async def show(self, item: ItemAsRead) -> ItemRead:
        """An item as the wire has it, with its windows by number."""
        content = item.content
        windows = sorted(
            (await self.catalog.windows(content.window_ids)).values(),
            key=lambda window: (len(window.number), window.number),
        )
        return ItemRead(
            id=item.id,
            code=item.code,
            department_id=item.department_id,
            department_name=item.department_name,
            status=item.status,
            status_label=item.status.label,
            is_complete=item.is_complete,
            withdrawn_on=item.withdrawn_on,
            version_id=item.version_id,
            version_no=item.version_no,
            is_current=item.version_no == item.current_version_no,
            origin=item.origin,
            origin_label=item.origin.label,
            effective_on=item.effective_on,
            approved_by_name=item.approved_by_name,
            approved_at=item.approved_at,
            task_type_label=content.task_type.label,
            category_label=content.category.label,
            kind_label=content.kind.label,
            time_limit=time_limit_text(content),
            content=ItemContentBody.model_validate(content),
            windows=[
                ItemWindowRead.model_validate(window)
                for window in sorted(
                    windows, key=lambda window: (len(window.number), window.number)
                )
            ],
            missing_disclosures=[_named(missing) for missing in missing_disclosures(content)],
            to_complete=[_named(mark) for mark in content.to_complete],
            version=item.version,
        )

    def completeness(self, item: ItemAsRead) -> CompletenessRead:
        """The eight disclosures of an item's current version, and what is missing (PROMISE 三)."""
        texts = disclosed(item.content)
        return CompletenessRead(
            item_id=item.id,
            version_no=item.version_no,
            is_complete=is_complete(item.content),
            disclosures=[
                DisclosureRead(
                    disclosure=disclosure,
                    label=disclosure.label,
                    text=text,
                    is_disclosed=text is not None,
                )
                for disclosure, text in texts.items()
            ],
            missing=[_named(missing) for missing in missing_disclosures(item.content)],
            to_complete=[_named(mark) for mark in item.content.to_complete],
            article="PROMISE 三",
        )

    async def versions(self, item_id: UUID, query: ItemVersionQuery) -> Listing:
        """An item's versions, the newest first; raises ItemNotFound."""
        if not await self.catalog.item_exists(item_id):
            raise ItemNotFound
        return await self.catalog.page_of_versions(item_id, query)

    async def current_items(self, department_ids: Sequence[UUID]) -> list[ItemAsRead]:
        """All items of some departments, withdrawn ones too, each with its current version."""
        return await self.catalog.current_items(department_ids)

    async def items_with_code(self, codes: Sequence[str]) -> list[ItemAsRead]:
        """The items that have one of our own codes, each with its current version."""
        return await self.catalog.items_with_code(codes)

    async def intake_facts(self, item_id: UUID, window_id: UUID) -> IntakeFacts:
        """What an intake at a window needs to know, in one statement; raises ItemNotFound."""
        row = await self.catalog.intake_facts(item_id, window_id)
        if row is None:
            raise ItemNotFound
        return IntakeFacts(
            item_id=item_id,
            department_id=row["department_id"],
            status=ItemStatus(row["status"]),
            version_id=row["id"],
            version_no=row["version_no"],
            name=row["name"],
            kind=CaseKind(row["kind"]),
            committed_days=row["committed_days"],
            statutory_days=row["statutory_days"],
            window_may_take=row["window_may_take"],
            department_name=row["department_name"],
            window_number=row["window_number"],
            window_department_id=row["window_department_id"],
            _materials_json=row["materials"],
        )

    async def materials_of_version(self, version_id: UUID) -> tuple[Material, ...]:
        """What a version asks an applicant to bring; raises ItemNotFound."""
        known = _materials_of.get(version_id)
        if known is not None:
            return known
        materials = await self.catalog.materials_json(version_id)
        if materials is None:
            raise ItemNotFound
        return _keep(version_id, materials)

    async def charges_of_version(self, version_id: UUID) -> tuple[Charge, ...]:
        """What a bank may take under a version (MGMT 十四); raises ItemNotFound."""
        charges = await self.catalog.charges_json(version_id)
        if charges is None:
            raise ItemNotFound
        return CHARGES.validate_json(charges)

    # --- putting in force

    async def faults_of(self, entries: Sequence[ItemEntry]) -> list[list[ContentFault]]:
        """For each entry what is wrong with it, its windows included; writes nothing.

        An entry without windows passes: its item stays a draft (an import found none).
        """
        wanted = {window_id for entry in entries for window_id in entry.content.window_ids}
        windows = await self.catalog.windows(wanted) if wanted else {}
        return [
            [
                *check_content(entry.content),
                *self._window_faults(entry.department_id, entry.content.window_ids, windows),
            ]
            for entry in entries
        ]

    def _window_faults(
        self, department_id: UUID, window_ids: Iterable[UUID], windows: dict[UUID, WindowFacts]
    ) -> Iterable[ContentFault]:
        today = hall_day(self.now)
        for place, window_id in enumerate(window_ids):
            pointer = f"/window_ids/{place}"
            window = windows.get(window_id)
            if window is None:
                yield ContentFault(pointer, "unknown_window", "没有这个窗口，请从窗口列表中选择。")
            elif not window.is_open_on(today):
                yield ContentFault(
                    pointer, "window_closed", f"{window.number}号窗口未开放，请改选其他窗口。"
                )
            elif window.department_id != department_id and not window.is_comprehensive:
                yield ContentFault(
                    pointer,
                    "window_of_other_department",
                    f"{window.number}号窗口属于其他部门且不是综合窗口，不能办理本部门的事项。",
                )

    async def put_in_force(
        self, entries: Sequence[ItemEntry], *, origin: VersionOrigin
    ) -> list[PutInForce]:
        """Write each entry's version and make it the current one; approved by the caller.

        Raises ContentFaulty, ItemNotFound, ItemWithdrawn, ItemVersionOutdated, ItemListed. Few
        statements, however many entries.
        """
        for faults in await self.faults_of(entries):
            if faults:
                raise ContentFaulty(faults)
        old = await self._current_for_change(entries)
        numbers = iter(await self._take_codes(entries))
        writer = ItemWriter(self.caller, self.now, origin)
        done = []
        for entry in entries:
            if entry.item_id is None:
                done.append(writer.create(entry, entry.code or next(numbers)))
            else:
                done.append(writer.change(entry, *old[entry.item_id]))
        await writer.write(self.catalog)
        return done

    async def _current_for_change(
        self, entries: Sequence[ItemEntry]
    ) -> dict[UUID, tuple[LockedItem, ItemContent]]:
        item_ids = [entry.item_id for entry in entries if entry.item_id is not None]
        if not item_ids:
            return {}
        assert len(item_ids) == len(set(item_ids)), "one entry an item"
        locked = await self.catalog.lock_items(item_ids)
        if len(locked) < len(item_ids):
            raise ItemNotFound
        if any(not ITEM_MOVES[item.status] for item in locked.values()):
            raise ItemWithdrawn
        for entry in entries:
            if entry.item_id is not None and entry.base_version_no is not None:
                item = locked[entry.item_id]
                if item.current_version_no != entry.base_version_no:
                    raise ItemVersionOutdated(
                        f"事项 {item.code} 已有新版本，请按现行版本重新提出。"
                    )
        return {
            item.id: (locked[item.id], item.content)
            for item in await self.catalog.current_by_id(item_ids)
        }

    async def _take_codes(self, entries: Sequence[ItemEntry]) -> list[str]:
        codes = [entry.code for entry in entries if entry.item_id is None]
        if None not in codes:
            return []
        given = [code for code in codes if code is not None]
        return next_codes(await self.catalog.hold_last_number(), given, len(codes) - len(given))

    async def withdraw_item(self, item_id: UUID, *, reason: str) -> LockedItem:
        """Take an item out of the catalogue; open cases keep their version.

        Raises ItemNotFound, ItemWithdrawn.
        """
        item = (await self.catalog.lock_items([item_id])).get(item_id)
        if item is None:
            raise ItemNotFound
        if ItemStatus.WITHDRAWN not in ITEM_MOVES[item.status]:
            raise ItemWithdrawn
        writer = ItemWriter(self.caller, self.now, VersionOrigin.PROPOSAL)
        writer.withdraw(item, reason=reason)
        await writer.write(self.catalog)
        return item


def _named(value: Disclosure | Mark) -> Named:
    return Named(code=value, label=value.label)
