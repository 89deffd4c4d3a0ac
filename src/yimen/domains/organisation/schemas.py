"""How departments, windows, staff and their service look on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, computed_field

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import AllowedAction, Code, Label, ReadSchema, Schema, example, page_example
from yimen.domains.organisation.enums import DepartmentKind, WindowKind

DEPARTMENT_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e01"
WINDOW_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e02"
STAFF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e03"
SERVICE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e04"
CHIEF_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e05"

Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
WindowNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Z][0-9A-Z-]{0,9}$"),
    Field(description="窗口编号，如 07；列表按此排序"),
]

_MAY_CHANGE = {"action": "change", "allowed": True, "reason_code": None, "reason": None}
_SERVICE = {
    "id": SERVICE_ID,
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "window_id": WINDOW_ID,
    "window_number": "07",
    "window_name": "市场监管窗口",
    "starts_on": "2026-01-05",
    "ends_on": None,
}
_CHIEF = {
    "id": CHIEF_ID,
    "department_id": DEPARTMENT_ID,
    "staff_id": STAFF_ID,
    "staff_number": "S007",
    "staff_name": "阿依古丽·买买提",
    "starts_on": "2026-01-05",
    "ends_on": None,
}
_DEPARTMENT = {
    "id": DEPARTMENT_ID,
    "code": "scjg",
    "name": "县市场监督管理局",
    "kind": "department",
    "kind_label": "部门",
    "closed_on": None,
    "is_open": True,
    "chief_representative": _CHIEF,
    "allowed_actions": [_MAY_CHANGE],
}
_WINDOW = {
    "id": WINDOW_ID,
    "number": "07",
    "name": "市场监管窗口",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "kind": "independent",
    "kind_label": "独立窗口",
    "opened_on": "2018-10-26",
    "closed_on": None,
    "is_open": True,
    "is_staffed": True,
    "services": [_SERVICE],
    "allowed_actions": [_MAY_CHANGE],
}
_STAFF_MEMBER = {
    "id": STAFF_ID,
    "staff_number": "S007",
    "name": "阿依古丽·买买提",
    "department_id": DEPARTMENT_ID,
    "department_name": "县市场监督管理局",
    "post": "窗口工作人员",
    "left_on": None,
    "current_service": _SERVICE,
    "allowed_actions": [_MAY_CHANGE],
}


class ChiefRead(ReadSchema):
    """From when to when someone stands for a department."""

    model_config = example(_CHIEF)

    id: UUID
    department_id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    starts_on: date
    ends_on: Annotated[date | None, Field(description="最后一日（含）；未定时为 null")]


class ServiceRead(ReadSchema):
    """From when to when someone serves at a window."""

    model_config = example(_SERVICE)

    id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    window_id: UUID
    window_number: str
    window_name: str
    starts_on: date
    ends_on: Annotated[date | None, Field(description="最后一日（含）；未定时为 null")]


class DepartmentCreate(Schema):
    """A department or agency that comes into the hall."""

    model_config = example({"code": "scjg", "name": "县市场监督管理局", "kind": "department"})

    code: Code
    name: Label
    kind: DepartmentKind


class DepartmentUpdate(Schema):
    """What changes; a field that is absent or null stays."""

    model_config = example({"name": "县市场监督管理局（知识产权局）"})

    code: Code | None = None
    name: Label | None = None


class DepartmentRead(ReadSchema):
    """A department or agency."""

    model_config = example(_DEPARTMENT)

    id: UUID
    code: str
    name: str
    kind: DepartmentKind
    closed_on: Annotated[date | None, Field(description="在中心的最后一日（含）")]
    is_open: Annotated[bool, Field(description="今天是否仍进驻")]
    chief_representative: Annotated[ChiefRead | None, Field(description="今天的首席代表")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label


class DepartmentQuery(PageQuery):
    """Which departments."""

    kind: DepartmentKind | None = None
    is_open: Annotated[bool | None, Field(description="今天是否仍进驻")] = None


class WindowCreate(Schema):
    """A window that opens; until somebody serves there it is shown as not staffed."""

    model_config = example(
        {
            "number": "07",
            "name": "市场监管窗口",
            "department_id": DEPARTMENT_ID,
            "kind": "independent",
            "opened_on": "2026-03-10",
        }
    )

    number: WindowNumber
    name: Label
    department_id: UUID
    kind: WindowKind
    opened_on: Annotated[Day | None, Field(description="启用日；缺省为今天")] = None


class WindowUpdate(Schema):
    """What changes; a field that is absent or null stays."""

    model_config = example({"name": "市场监管综合窗口", "kind": "comprehensive"})

    number: WindowNumber | None = None
    name: Label | None = None
    kind: WindowKind | None = None


class WindowRead(ReadSchema):
    """A window and who serves there today."""

    model_config = example(_WINDOW)

    id: UUID
    number: str
    name: str
    department_id: UUID
    department_name: str
    kind: WindowKind
    opened_on: date
    closed_on: Annotated[date | None, Field(description="办公的最后一日（含）")]
    is_open: Annotated[bool, Field(description="今天是否启用")]
    is_staffed: Annotated[bool, Field(description="今天是否有人在岗")]
    services: Annotated[list[ServiceRead], Field(description="今天在此窗口的工作人员")]
    allowed_actions: list[AllowedAction]

    @computed_field
    def kind_label(self) -> str:
        return self.kind.label


class WindowQuery(PageQuery):
    """Which windows."""

    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    kind: WindowKind | None = None
    is_open: Annotated[bool | None, Field(description="今天是否启用")] = None
    is_staffed: Annotated[bool | None, Field(description="今天是否有人在岗")] = None


class StaffCreate(Schema):
    """Someone who comes to work in the hall."""

    model_config = example(
        {
            "staff_number": "S007",
            "name": "阿依古丽·买买提",
            "department_id": DEPARTMENT_ID,
            "post": "窗口工作人员",
        }
    )

    staff_number: Code
    name: Label
    department_id: Annotated[
        UUID | None, Field(description="派遣部门；中心办公室与中心领导为 null")
    ] = None
    post: Label


class StaffUpdate(Schema):
    """What changes; a field that is absent stays."""

    model_config = example({"post": "窗口负责人"})

    staff_number: Code | None = None
    name: Label | None = None
    department_id: Annotated[UUID | None, Field(description="缺省表示不变；null 表示调入中心")] = (
        None
    )
    post: Label | None = None


class StaffRead(ReadSchema):
    """Someone who works in the hall, and where today."""

    model_config = example(_STAFF_MEMBER)

    id: UUID
    staff_number: str
    name: str
    department_id: UUID | None
    department_name: str | None
    post: str
    left_on: Annotated[date | None, Field(description="在中心的最后一日（含）")]
    current_service: Annotated[ServiceRead | None, Field(description="今天所在的窗口")]
    allowed_actions: list[AllowedAction]


class StaffQuery(PageQuery):
    """Which staff."""

    department_id: Annotated[UUID | None, Field(examples=[DEPARTMENT_ID])] = None
    window_id: Annotated[
        UUID | None, Field(description="今天在此窗口的人员", examples=[WINDOW_ID])
    ] = None
    has_left: Annotated[bool | None, Field(description="是否已离开中心")] = None


class ServiceBegin(Schema):
    """Where someone is to serve, and from when."""

    model_config = example(
        {"window_id": WINDOW_ID, "starts_on": "2026-03-11", "ends_previous": True}
    )

    window_id: UUID
    starts_on: Annotated[Day | None, Field(description="第一日；缺省为今天")] = None
    ends_on: Annotated[Day | None, Field(description="最后一日（含）；缺省为未定")] = None
    ends_previous: Annotated[
        bool, Field(description="同时结束此人在原窗口的服务，原服务止于第一日的前一天")
    ] = False
    followed_by_staff_id: Annotated[
        UUID | None, Field(description="在原窗口接替此人的工作人员")
    ] = None


class ServiceEnd(Schema):
    """When someone's service ends, and who follows."""

    model_config = example({"ends_on": "2026-03-31", "followed_by_staff_id": STAFF_ID})

    ends_on: Annotated[Day | None, Field(description="最后一日（含）；缺省为今天")] = None
    followed_by_staff_id: Annotated[UUID | None, Field(description="次日起接替的工作人员")] = None


class ServiceCancel(Schema):
    """Who takes over the days of a service that is not to be."""

    model_config = example({}, {"followed_by_staff_id": STAFF_ID})

    followed_by_staff_id: UUID | None = None


class Departure(Schema):
    """When someone leaves the hall for good, and who follows at the window."""

    model_config = example({"left_on": "2026-03-31", "followed_by_staff_id": STAFF_ID})

    left_on: Annotated[Day | None, Field(description="最后一日（含）；缺省为今天")] = None
    followed_by_staff_id: Annotated[UUID | None, Field(description="次日起接替的工作人员")] = None


class Closing(Schema):
    """The last day."""

    model_config = example({"closed_on": "2026-03-31"}, {})

    closed_on: Annotated[Day | None, Field(description="最后一日（含）；缺省为今天")] = None


class ChiefAppoint(Schema):
    """Who stands for the department, and from when (MGMT 十七)."""

    model_config = example(
        {"staff_id": STAFF_ID, "starts_on": "2026-03-11", "replaces_current": True}
    )

    staff_id: UUID
    starts_on: Annotated[Day | None, Field(description="第一日；缺省为今天")] = None
    replaces_current: Annotated[
        bool, Field(description="同时结束现任首席代表的任期，止于第一日的前一天")
    ] = False


class ChiefEnd(Schema):
    """The last day of the present chief representative."""

    model_config = example({"ends_on": "2026-03-31"}, {})

    ends_on: Annotated[Day | None, Field(description="最后一日（含）；缺省为今天")] = None


class DepartmentPage(Page[DepartmentRead]):
    """Departments by code."""

    model_config = page_example(_DEPARTMENT)


class WindowPage(Page[WindowRead]):
    """Windows by number."""

    model_config = page_example(_WINDOW)


class StaffPage(Page[StaffRead]):
    """Staff by staff number."""

    model_config = page_example(_STAFF_MEMBER)


class ServicePage(Page[ServiceRead]):
    """Services, the newest first."""

    model_config = page_example(_SERVICE)


class ChiefPage(Page[ChiefRead]):
    """Chief representatives, the newest first."""

    model_config = page_example(_CHIEF)
