"""Closed sets of the organisation: who is in the hall, and what kind of window serves there."""

from enum import StrEnum


class DepartmentKind(StrEnum):
    """Whether a body sends civil servants or is an intermediary (MGMT 八, AGENCY 一)."""

    DEPARTMENT = "department"
    AGENCY = "agency"

    @property
    def label(self) -> str:
        return DEPARTMENT_KIND_LABELS[self]


DEPARTMENT_KIND_LABELS = {DepartmentKind.DEPARTMENT: "部门", DepartmentKind.AGENCY: "中介机构"}


class WindowKind(StrEnum):
    """Whether a window serves one department alone or several together (综合窗口)."""

    INDEPENDENT = "independent"
    COMPREHENSIVE = "comprehensive"

    @property
    def label(self) -> str:
        return WINDOW_KIND_LABELS[self]


WINDOW_KIND_LABELS = {WindowKind.INDEPENDENT: "独立窗口", WindowKind.COMPREHENSIVE: "综合窗口"}


class DutyLevel(StrEnum):
    """Whose duties a statement sets out (DUTY 三)."""

    GENERAL = "general"
    SECTION = "section"
    POST = "post"

    @property
    def label(self) -> str:
        return DUTY_LEVEL_LABELS[self]


DUTY_LEVEL_LABELS = {
    DutyLevel.GENERAL: "总体职能",
    DutyLevel.SECTION: "科室职责",
    DutyLevel.POST: "岗位职责",
}


class DeputyKind(StrEnum):
    """Whether a B-role stands by at all times or steps in for one absence (ABPOST 一)."""

    STANDING = "standing"
    TEMPORARY = "temporary"

    @property
    def label(self) -> str:
        return DEPUTY_KIND_LABELS[self]


DEPUTY_KIND_LABELS = {DeputyKind.STANDING: "常设AB岗", DeputyKind.TEMPORARY: "临时AB岗"}
