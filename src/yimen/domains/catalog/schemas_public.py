"""How an item looks to the public: the service guide with its eight disclosures."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, computed_field

from yimen.core.pagination import PageQuery
from yimen.core.schemas import ReadSchema, example
from yimen.domains.catalog.enums import CaseKind, Category, OriginalHandling
from yimen.domains.catalog.schemas import (
    CHARGE_EXAMPLE,
    DEPARTMENT_ID,
    ITEM_ID,
    WINDOW_ID,
    ChargeBody,
    DisclosureRead,
)


class GuideQuery(PageQuery):
    """Which guides to list; sorted by our own code."""

    model_config = ConfigDict(extra="forbid")

    department_id: UUID | None = None
    window_id: Annotated[UUID | None, Field(description="该窗口可以办理的事项")] = None
    category: Category | None = None
    kind: CaseKind | None = None
    q: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="名称中包含的文字", examples=["食品"]),
    ] = None


class GuideSummary(ReadSchema):
    """A guide in a list."""

    model_config = example(
        {
            "id": ITEM_ID,
            "code": "SX-000001",
            "name": "食品经营许可（新办）",
            "department_id": DEPARTMENT_ID,
            "department_name": "市场监督管理局",
            "category": "permit",
            "kind": "committed",
            "committed_days": 5,
            "category_label": "行政许可",
            "kind_label": "承诺件",
        }
    )

    id: UUID
    code: str
    name: str
    department_id: UUID
    department_name: str
    category: Category
    kind: CaseKind
    committed_days: Annotated[int, Field(description="承诺工作日；即办件为 0")]

    @computed_field
    def category_label(self) -> str:
        """The category in Chinese."""
        return self.category.label

    @computed_field
    def kind_label(self) -> str:
        """The kind of case in Chinese."""
        return self.kind.label


class GuideMaterial(ReadSchema):
    """What to bring."""

    name: str
    copies: int
    pages: int | None
    is_principal: Annotated[bool, Field(description="主件，缺少的将被驳回")]
    is_required: bool
    original: OriginalHandling
    original_label: str


class GuideWindow(ReadSchema):
    """Where to go."""

    id: UUID
    number: str
    name: str


class GuideHours(ReadSchema):
    """When the hall is open on working days of a season (ATTEND 一(一))."""

    season: Annotated[str, Field(description="summer 夏季、winter 冬季")]
    label: str
    starts_on: Annotated[str, Field(description="每年从该日（月-日）起")]
    shifts: Annotated[list[str], Field(description="各班次的起止时刻")]
    is_current: bool


class GuideRead(ReadSchema):
    """All that an applicant must know of an item (MGMT 十三, PROMISE 三, DISCLOSE 一)."""

    model_config = example(
        {
            "id": ITEM_ID,
            "code": "SX-000001",
            "name": "食品经营许可（新办）",
            "group_name": "食品经营许可",
            "item_code": None,
            "department_id": DEPARTMENT_ID,
            "department_name": "市场监督管理局",
            "category": "permit",
            "category_label": "行政许可",
            "kind": "committed",
            "kind_label": "承诺件",
            "time_limit": "承诺 5 个工作日（法定 20 个工作日）",
            "steps": ["窗口受理", "现场核查", "审批发证"],
            "disclosures": [
                {
                    "disclosure": "legal_basis",
                    "label": "法律依据",
                    "text": "食品安全法第三十五条",
                    "is_disclosed": True,
                }
            ],
            "materials": [
                {
                    "name": "食品经营许可申请书",
                    "copies": 1,
                    "pages": 3,
                    "is_principal": True,
                    "is_required": True,
                    "original": "kept",
                    "original_label": "收取原件",
                }
            ],
            "charges": [CHARGE_EXAMPLE],
            "windows": [{"id": WINDOW_ID, "number": "5", "name": "市场监管窗口"}],
            "hours": [
                {
                    "season": "summer",
                    "label": "夏季",
                    "starts_on": "05-01",
                    "shifts": ["10:00-14:00", "16:00-20:00"],
                    "is_current": True,
                }
            ],
            "to_be_completed": ["收费标准"],
            "effective_on": "2026-03-10",
            "version_no": 1,
        }
    )

    id: UUID
    code: str
    name: str
    group_name: str | None
    item_code: str | None
    department_id: UUID
    department_name: str
    category: Category
    category_label: str
    kind: CaseKind
    kind_label: str
    time_limit: str
    steps: Annotated[list[str], Field(description="办事程序")]
    disclosures: Annotated[list[DisclosureRead], Field(description="八项公开，逐项")]
    materials: Annotated[list[GuideMaterial], Field(description="申报材料")]
    charges: Annotated[list[ChargeBody], Field(description="收费标准；空即不收费")]
    windows: Annotated[list[GuideWindow], Field(description="今天开放的办理窗口")]
    hours: Annotated[list[GuideHours], Field(description="办公时间")]
    to_be_completed: Annotated[list[str], Field(description="暂定、以窗口答复为准的内容")]
    effective_on: date
    version_no: int


class DepartmentGuides(ReadSchema):
    """A department that has guides."""

    model_config = example({"id": DEPARTMENT_ID, "name": "市场监督管理局", "guide_count": 12})

    id: UUID
    name: str
    guide_count: int
