"""How items and proposals look on the wire."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    computed_field,
)

from yimen.core.pagination import PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Code,
    Instant,
    Label,
    Note,
    ReadSchema,
    Schema,
    example,
)
from yimen.domains.catalog.enums import (
    CaseKind,
    Category,
    Disclosure,
    ItemStatus,
    Mark,
    Opinion,
    OriginalHandling,
    ProposalKind,
    ProposalState,
    TaskType,
    VersionOrigin,
)
from yimen.domains.catalog.rules import (
    LONGEST_LIMIT_DAYS,
    MOST_ENTRIES,
    Charge,
    ItemContent,
    Material,
)

ITEM_ID = "019a4f3e-0001-7b60-9d0e-6a2f4c8b1e01"
VERSION_ID = "019a4f3e-0003-7b60-9d0e-6a2f4c8b1e03"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
DEPARTMENT_ID = "019a4f3e-0004-7b60-9d0e-6a2f4c8b1e04"
PROPOSAL_ID = "019a4f3e-0005-7b60-9d0e-6a2f4c8b1e05"


_AMOUNT = r"^[0-9]{1,8}(\.[0-9]{1,2})?$"


def _read_amount(value: object) -> object:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and re.fullmatch(_AMOUNT, value.strip(), re.ASCII):
        return Decimal(value.strip())
    raise ValueError('金额应写成文字，单位元，最多两位小数，例如 "12.50"。')


Amount = Annotated[
    Decimal,
    BeforeValidator(_read_amount),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _AMOUNT, "examples": ["12.50"]}),
]
"""Yuan as a decimal string, at most two decimals."""


# What an item says: the same shape coming in and going out, so that what was read can be proposed

MATERIAL_EXAMPLE = {
    "key": "m1",
    "name": "食品经营许可申请书",
    "copies": 1,
    "pages": 3,
    "is_principal": True,
    "is_required": True,
    "original": "kept",
}
CHARGE_EXAMPLE = {
    "name": "证照工本费",
    "amount": "10.00",
    "unit": "元/本",
    "basis": "自治区收费目录",
}
CONTENT_EXAMPLE: dict[str, Any] = {
    "name": "食品经营许可（新办）",
    "group_name": "食品经营许可",
    "item_code": "511A0016700001-654028000000-000-11654028010477777X-1-00",
    "task_type": 1,
    "category": "permit",
    "kind": "committed",
    "statutory_days": 20,
    "committed_days": 5,
    "legal_basis": "食品安全法第三十五条",
    "steps": ["窗口受理", "现场核查", "审批发证"],
    "charges": [CHARGE_EXAMPLE],
    "materials": [MATERIAL_EXAMPLE],
    "window_ids": [WINDOW_ID],
    "responsible_section": "许可科",
    "responsible_person": "市监窗口一岗",
    "breach_liability": "超时一次，对责任人诫勉教育。",
    "supervision": "中心投诉工作台",
    "complaint_phone": "0999-4620000",
    "to_complete": [],
}


class MaterialBody(Schema):
    """A material the applicant hands in."""

    model_config = example(MATERIAL_EXAMPLE) | ConfigDict(from_attributes=True)

    key: Annotated[Code, Field(description="材料代号，在本事项内唯一，修改事项时保持不变")]
    name: Label
    copies: Annotated[int, Field(ge=1, le=99, description="份数")] = 1
    pages: Annotated[int | None, Field(ge=1, le=9999, description="每份页数，不固定的留空")] = None
    is_principal: Annotated[bool, Field(description="是否主件，缺主件的驳回")] = False
    is_required: Annotated[bool, Field(description="是否必交")] = True
    original: Annotated[
        OriginalHandling, Field(description="原件处理：kept 收取、shown 核验、copy 复印件")
    ] = OriginalHandling.COPY


class ChargeBody(Schema):
    """A charge that a bank in the hall takes (MGMT 十四)."""

    model_config = example(CHARGE_EXAMPLE) | ConfigDict(from_attributes=True)

    name: Label
    amount: Annotated[Amount, Field(description="金额，单位元")]
    unit: Annotated[Label, Field(description="计费单位，例如 元/件")]
    basis: Annotated[Note, Field(description="收费依据")]


class ItemContentBody(Schema):
    """All that a version of an item says."""

    model_config = example(CONTENT_EXAMPLE) | ConfigDict(from_attributes=True)

    name: Label
    group_name: Annotated[Label | None, Field(description="所属主项")] = None
    item_code: Annotated[Label | None, Field(description="国家事项编码，可没有、可重复")] = None
    task_type: Annotated[
        TaskType,
        Field(
            description="1 行政许可、5 行政给付、7 行政确认、8 行政奖励、9 行政裁决、"
            "10 其他行政权力、20 公共服务"
        ),
    ]
    category: Category
    kind: CaseKind
    statutory_days: Annotated[
        int | None, Field(ge=1, le=LONGEST_LIMIT_DAYS, description="法定工作日；法律未规定的留空")
    ] = None
    committed_days: Annotated[
        int, Field(ge=0, le=LONGEST_LIMIT_DAYS, description="承诺工作日；即办件为 0")
    ]
    legal_basis: Note | None = None
    steps: Annotated[tuple[Note, ...], Field(max_length=MOST_ENTRIES, description="办事程序")] = ()
    charges: Annotated[tuple[ChargeBody, ...], Field(max_length=MOST_ENTRIES)] = ()
    materials: Annotated[tuple[MaterialBody, ...], Field(max_length=MOST_ENTRIES)] = ()
    window_ids: Annotated[
        tuple[UUID, ...], Field(max_length=MOST_ENTRIES, description="可以办理的窗口，至少一个")
    ]
    responsible_section: Label | None = None
    responsible_person: Label | None = None
    breach_liability: Note | None = None
    supervision: Note | None = None
    complaint_phone: Label | None = None
    to_complete: Annotated[
        tuple[Mark, ...],
        Field(max_length=len(Mark), description="导入时暂定、仍待补全的内容；补全后去掉"),
    ] = ()

    def to_content(self) -> ItemContent:
        """The content as the rules read it."""
        return ItemContent(
            name=self.name,
            group_name=self.group_name,
            item_code=self.item_code,
            task_type=self.task_type,
            category=self.category,
            kind=self.kind,
            statutory_days=self.statutory_days,
            committed_days=self.committed_days,
            legal_basis=self.legal_basis,
            steps=self.steps,
            charges=tuple(
                Charge(name=charge.name, amount=charge.amount, unit=charge.unit, basis=charge.basis)
                for charge in self.charges
            ),
            materials=tuple(
                Material(
                    key=material.key,
                    name=material.name,
                    copies=material.copies,
                    pages=material.pages,
                    is_principal=material.is_principal,
                    is_required=material.is_required,
                    original=material.original,
                )
                for material in self.materials
            ),
            window_ids=self.window_ids,
            responsible_section=self.responsible_section,
            responsible_person=self.responsible_person,
            breach_liability=self.breach_liability,
            supervision=self.supervision,
            complaint_phone=self.complaint_phone,
            to_complete=self.to_complete,
        )


# Items


class ItemQuery(PageQuery):
    """Which items to list; sorted by our own code."""

    department_id: UUID | None = None
    window_id: Annotated[UUID | None, Field(description="该窗口可以办理的事项")] = None
    category: Category | None = None
    kind: CaseKind | None = None
    status: ItemStatus | None = None
    is_complete: Annotated[bool | None, Field(description="八项公开是否齐全、是否没有暂定内容")] = (
        None
    )
    q: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="名称中包含的文字", examples=["食品"]),
    ] = None


class ItemSummary(ReadSchema):
    """An item in a list."""

    model_config = example(
        {
            "id": ITEM_ID,
            "code": "SX-000001",
            "department_id": DEPARTMENT_ID,
            "department_name": "市场监督管理局",
            "status": "in_force",
            "is_complete": True,
            "version_no": 1,
            "name": "食品经营许可（新办）",
            "group_name": "食品经营许可",
            "item_code": None,
            "task_type": 1,
            "category": "permit",
            "kind": "committed",
            "statutory_days": 20,
            "committed_days": 5,
            "status_label": "已生效",
            "task_type_label": "行政许可",
            "category_label": "行政许可",
            "kind_label": "承诺件",
        }
    )

    id: UUID
    code: Annotated[str, Field(description="本中心的事项代码，不变且唯一")]
    department_id: UUID
    department_name: str
    status: ItemStatus
    is_complete: bool
    version_no: int
    name: str
    group_name: str | None
    item_code: str | None
    task_type: TaskType
    category: Category
    kind: CaseKind
    statutory_days: int | None
    committed_days: int

    @computed_field
    def status_label(self) -> str:
        return self.status.label

    @computed_field
    def task_type_label(self) -> str:
        return self.task_type.label

    @computed_field
    def category_label(self) -> str:
        return self.category.label

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label


class ItemWindowRead(ReadSchema):
    """A window that handles the item."""

    id: UUID
    number: str
    name: str


class Named(ReadSchema):
    """A value with its Chinese name."""

    code: str
    label: str


ITEM_EXAMPLE: dict[str, Any] = {
    "id": ITEM_ID,
    "code": "SX-000001",
    "department_id": DEPARTMENT_ID,
    "department_name": "市场监督管理局",
    "status": "in_force",
    "status_label": "已生效",
    "is_complete": True,
    "withdrawn_on": None,
    "version_id": VERSION_ID,
    "version_no": 1,
    "is_current": True,
    "origin": "proposal",
    "origin_label": "审批通过",
    "effective_on": "2026-03-10",
    "approved_by_name": "中心主任",
    "approved_at": "2026-03-10T11:00:00+08:00",
    "task_type_label": "行政许可",
    "category_label": "行政许可",
    "kind_label": "承诺件",
    "time_limit": "承诺 5 个工作日（法定 20 个工作日）",
    "content": CONTENT_EXAMPLE,
    "windows": [{"id": WINDOW_ID, "number": "5", "name": "市场监管窗口"}],
    "missing_disclosures": [],
    "to_complete": [],
    "version": 1,
}


class ItemRead(ReadSchema):
    """An item with one of its versions, whole."""

    model_config = example(ITEM_EXAMPLE)

    id: UUID
    code: Annotated[str, Field(description="本中心的事项代码，不变且唯一")]
    department_id: UUID
    department_name: str
    status: ItemStatus
    status_label: str
    is_complete: Annotated[bool, Field(description="现行版本的八项公开齐全且没有暂定内容")]
    withdrawn_on: date | None
    version_id: UUID
    version_no: int
    is_current: Annotated[bool, Field(description="是否现行版本")]
    origin: VersionOrigin
    origin_label: str
    effective_on: date
    approved_by_name: str
    approved_at: Instant
    task_type_label: str
    category_label: str
    kind_label: str
    time_limit: Annotated[str, Field(description="对外公示的时限")]
    content: ItemContentBody
    windows: list[ItemWindowRead]
    missing_disclosures: Annotated[list[Named], Field(description="尚未公开的内容（PROMISE 三）")]
    to_complete: Annotated[list[Named], Field(description="导入时暂定、待补全的内容")]
    version: int


class ItemVersionQuery(PageQuery):
    """How many versions to list; the newest first."""


class ItemVersionSummary(ReadSchema):
    """A version in the list of an item's versions."""

    model_config = example(
        {
            "id": VERSION_ID,
            "version_no": 1,
            "name": "食品经营许可（新办）",
            "kind": "committed",
            "committed_days": 5,
            "origin": "proposal",
            "effective_on": "2026-03-10",
            "approved_by_name": "中心主任",
            "approved_at": "2026-03-10T11:00:00+08:00",
            "kind_label": "承诺件",
            "origin_label": "审批通过",
        }
    )

    id: UUID
    version_no: int
    name: str
    kind: CaseKind
    committed_days: int
    origin: VersionOrigin
    effective_on: date
    approved_by_name: str
    approved_at: Instant

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label

    @computed_field
    def origin_label(self) -> str:
        return self.origin.label


class DisclosureRead(ReadSchema):
    """One of the eight disclosures."""

    disclosure: Disclosure
    label: str
    text: Annotated[str | None, Field(description="公开的内容；尚未填写时为 null")]
    is_disclosed: bool


class CompletenessRead(ReadSchema):
    """Whether an item discloses all that it must (PROMISE 三)."""

    rows_in: ClassVar[str] = "disclosures"

    model_config = example(
        {
            "item_id": ITEM_ID,
            "version_no": 1,
            "is_complete": False,
            "disclosures": [
                {
                    "disclosure": "legal_basis",
                    "label": "法律依据",
                    "text": "食品安全法第三十五条",
                    "is_disclosed": True,
                },
                {
                    "disclosure": "complaint_phone",
                    "label": "投诉电话",
                    "text": None,
                    "is_disclosed": False,
                },
            ],
            "missing": [{"code": "complaint_phone", "label": "投诉电话"}],
            "to_complete": [{"code": "materials", "label": "申报材料"}],
            "article": "PROMISE 三",
        }
    )

    item_id: UUID
    version_no: int
    is_complete: bool
    disclosures: Annotated[list[DisclosureRead], Field(description="八项公开，逐项")]
    missing: Annotated[list[Named], Field(description="八项中尚缺的")]
    to_complete: Annotated[list[Named], Field(description="导入时暂定、待补全的内容")]
    article: str


# Proposals


class ItemProposalCreate(Schema):
    """A wish to add, change or withdraw an item."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "new",
                    "department_id": DEPARTMENT_ID,
                    "content": CONTENT_EXAMPLE,
                    "reason": "县政府新公布的许可事项，应进中心办理。",
                },
                {
                    "kind": "withdrawal",
                    "item_id": ITEM_ID,
                    "base_version_no": 1,
                    "reason": "该许可已由国务院决定取消。",
                },
            ]
        }
    )

    kind: ProposalKind
    department_id: Annotated[UUID | None, Field(description="新增时必填：由哪个部门办理")] = None
    item_id: Annotated[UUID | None, Field(description="变更、取消时必填")] = None
    base_version_no: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="变更、取消时必填：所见的版本号")
    ] = None
    content: Annotated[
        ItemContentBody | None, Field(description="新增、变更时必填：修改后的全部内容")
    ] = None
    reason: Note


class ItemProposalQuery(PageQuery):
    """Which proposals to list; the newest first."""

    state: ProposalState | None = None
    department_id: UUID | None = None
    item_id: UUID | None = None


class ProposalOpinion(Schema):
    """The office's opinion (MGMT 六)."""

    model_config = example({"opinion": "supports", "text": "材料精简、时限压缩，建议批准。"})

    opinion: Opinion
    text: Note


class ProposalDecision(Schema):
    """What to say with a decision; rejecting and withdrawing need it, approving may go without."""

    model_config = example({"note": "同意，即日起执行。"})

    note: Note


class ProposalApproval(Schema):
    """A remark beside an approval."""

    model_config = example({"note": "同意，即日起执行。"})

    note: Note | None = None


PROPOSAL_EXAMPLE: dict[str, Any] = {
    "id": PROPOSAL_ID,
    "kind": "change",
    "kind_label": "变更事项",
    "state": "opined",
    "state_label": "待主任审批",
    "department_id": DEPARTMENT_ID,
    "item_id": ITEM_ID,
    "base_version_no": 1,
    "item_name": "食品经营许可（新办）",
    "content": CONTENT_EXAMPLE,
    "missing_disclosures": [],
    "reason": "承诺时限由 8 个工作日压缩到 5 个工作日。",
    "proposed_by_name": "市监首席代表",
    "proposed_at": "2026-03-09T11:00:00+08:00",
    "opinion": "supports",
    "opinion_label": "同意",
    "opinion_text": "时限压缩，建议批准。",
    "opined_by_name": "中心办公室",
    "opined_at": "2026-03-09T16:00:00+08:00",
    "closing_note": None,
    "closed_by_name": None,
    "closed_at": None,
    "resulting_version_no": None,
    "allowed_actions": [
        {"action": "approve", "allowed": True, "reason_code": None, "reason": None},
        {
            "action": "opinion",
            "allowed": False,
            "reason_code": "forbidden",
            "reason": "意见由中心办公室提出。",
        },
    ],
    "version": 2,
}


class ItemProposalRead(ReadSchema):
    """A proposal with all that was said on it."""

    model_config = example(PROPOSAL_EXAMPLE)

    id: UUID
    kind: ProposalKind
    kind_label: str
    state: ProposalState
    state_label: str
    department_id: UUID
    item_id: Annotated[UUID | None, Field(description="新增事项批准后才有")]
    base_version_no: int | None
    item_name: str
    content: Annotated[ItemContentBody | None, Field(description="申请的内容；取消事项时为 null")]
    missing_disclosures: Annotated[list[Named], Field(description="批准后仍会缺少的公开内容")]
    reason: str
    proposed_by_name: str
    proposed_at: Instant
    opinion: Opinion | None
    opinion_label: str | None
    opinion_text: str | None
    opined_by_name: str | None
    opined_at: Instant | None
    closing_note: Annotated[str | None, Field(description="批准、不予批准或撤回时的说明")]
    closed_by_name: str | None
    closed_at: Instant | None
    resulting_version_no: Annotated[int | None, Field(description="批准后生效的版本号")]
    allowed_actions: list[AllowedAction]
    version: int


class ItemProposalSummary(ReadSchema):
    """A proposal in a list."""

    model_config = example(
        {
            "id": PROPOSAL_ID,
            "kind": "change",
            "state": "proposed",
            "department_id": DEPARTMENT_ID,
            "item_id": ITEM_ID,
            "item_name": "食品经营许可（新办）",
            "proposed_by_name": "市监首席代表",
            "proposed_at": "2026-03-09T11:00:00+08:00",
            "version": 1,
            "kind_label": "变更事项",
            "state_label": "待中心提出意见",
        }
    )

    id: UUID
    kind: ProposalKind
    state: ProposalState
    department_id: UUID
    item_id: UUID | None
    item_name: str
    proposed_by_name: str
    proposed_at: Instant
    version: int

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label

    @computed_field
    def state_label(self) -> str:
        return self.state.label
