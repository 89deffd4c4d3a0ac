"""How groups and tickets look on the wire."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from yimen.core.pagination import Page, PageQuery
from yimen.core.schemas import (
    AllowedAction,
    Instant,
    Label,
    Note,
    ReadSchema,
    Schema,
    example,
    page_example,
)
from yimen.domains.queue.enums import (
    ASKED_FOR,
    StepKind,
    TicketPriority,
    TicketState,
)

GROUP_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f01"
TICKET_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f11"
APPOINTMENT_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1f21"
WINDOW_ID = "019a4f3e-0002-7b60-9d0e-6a2f4c8b1e02"
CASE_ID = "019a4f3e-7c1d-7b60-9d0e-6a2f4c8b1e55"

_ACTION = {"action": "change", "allowed": True, "reason_code": None, "reason": None}
_PRIORITIES = [
    {"priority": "elderly", "priority_label": "老年人", "head_start_minutes": 20},
    {"priority": "disabled", "priority_label": "残疾人", "head_start_minutes": 30},
]
_WINDOWS = [{"window_id": WINDOW_ID, "window_number": "02"}]
_ESTIMATE = {
    "ahead": 3,
    "minutes": 14,
    "rests_on": 20,
    "windows_at_work": 2,
    "text": "前面3人，预计等候约14分钟（按最近20次办理估算）。",
}
_GROUP = {
    "id": GROUP_ID,
    "name": "企业登记",
    "letter": "A",
    "windows": _WINDOWS,
    "priorities": _PRIORITIES,
    "is_closed": False,
    "closed_at": None,
    "allowed_actions": [_ACTION],
    "version": 1,
}
TICKET = {
    "id": TICKET_ID,
    "number": "A017",
    "day": "2026-03-10",
    "group_id": GROUP_ID,
    "group_name": "企业登记",
    "priority": "normal",
    "priority_label": "普通",
    "appointment_id": None,
    "for_window_id": None,
    "for_window_number": None,
    "state": "called",
    "state_label": "已叫号",
    "taken_at": "2026-03-10T10:40:00+08:00",
    "ranked_at": "2026-03-10T10:40:00+08:00",
    "window_id": WINDOW_ID,
    "window_number": "02",
    "handler_name": "李军",
    "calls": 1,
    "called_at": "2026-03-10T11:00:00+08:00",
    "ended_at": None,
    "allowed_actions": [{"action": "start", "allowed": True, "reason_code": None, "reason": None}],
    "version": 2,
}
SLIP = {
    "ticket_id": TICKET_ID,
    "number": "A017",
    "code": "K7QM3X",
    "day": "2026-03-10",
    "group_id": GROUP_ID,
    "group_name": "企业登记",
    "priority": "normal",
    "priority_label": "普通",
    "window_numbers": ["02"],
    "taken_at": "2026-03-10T10:40:00+08:00",
    "estimate": _ESTIMATE,
    "version": 1,
}
_CALL = {
    "ticket_id": TICKET_ID,
    "number": "A017",
    "group_name": "企业登记",
    "window_number": "02",
    "state": "called",
    "state_label": "已叫号",
    "calls": 1,
    "called_at": "2026-03-10T11:00:00+08:00",
}


Letter = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{1,2}$"), Field(description="号码开头的字母")
]
WindowIds = Annotated[
    list[UUID], Field(min_length=1, max_length=50, description="办理这个队列的窗口")
]


def _asked_for(priorities: list[TicketPriority] | None) -> None:
    if priorities is not None and (
        len(set(priorities)) != len(priorities)
        or not set(priorities) <= ASKED_FOR | {TicketPriority.APPOINTMENT}
    ):
        raise ValueError("优先种类不能重复，普通不必列出。")


Priorities = Annotated[
    list[TicketPriority], Field(max_length=6, description="在这个队列享受优先的种类")
]


class GroupCreate(Schema):
    """A window group to be set up."""

    model_config = example(
        {
            "name": "企业登记",
            "letter": "A",
            "window_ids": [WINDOW_ID],
            "priorities": ["appointment", "elderly", "disabled"],
        }
    )

    name: Label
    letter: Letter
    window_ids: WindowIds
    priorities: Priorities = Field(default_factory=lambda: list(TicketPriority)[1:])

    @model_validator(mode="after")
    def _check(self) -> "GroupCreate":
        _asked_for(self.priorities)
        return self


class GroupUpdate(Schema):
    """What changes of a group; its letter stays, since it is on printed tickets."""

    model_config = example({"window_ids": [WINDOW_ID]}, {"name": "企业登记（含变更）"})

    name: Label | None = None
    window_ids: WindowIds | None = None
    priorities: Priorities | None = None

    @model_validator(mode="after")
    def _check(self) -> "GroupUpdate":
        _asked_for(self.priorities)
        return self


class GroupClosing(Schema):
    """No more tickets are given out; those that wait are still called."""

    model_config = example({"reason": "事项调整到其他窗口"})

    reason: Note


class GroupQuery(PageQuery):
    """Which groups."""

    window_id: UUID | None = None
    is_closed: bool | None = None


class GroupWindowRead(ReadSchema):
    """A window that serves the group."""

    window_id: UUID
    window_number: str


class PriorityRead(ReadSchema):
    """A priority and what it is worth."""

    priority: TicketPriority
    priority_label: str
    head_start_minutes: Annotated[int, Field(description="视为早到多少分钟（制度版本的本地参数）")]


class GroupRead(ReadSchema):
    """A window group."""

    model_config = example(_GROUP)

    id: UUID
    name: str
    letter: str
    windows: list[GroupWindowRead]
    priorities: list[PriorityRead]
    is_closed: bool
    closed_at: Instant | None
    allowed_actions: list[AllowedAction]
    version: int


class GroupPage(Page[GroupRead]):
    """Groups by their letter."""

    model_config = page_example(_GROUP)


class WaitEstimate(ReadSchema):
    """How many are called before, and how long that takes by what was measured."""

    model_config = example(_ESTIMATE)

    ahead: Annotated[int, Field(description="前面等候的人数")]
    minutes: Annotated[int | None, Field(description="预计等候分钟数；没有实测数据时为 null")]
    rests_on: Annotated[int, Field(description="估算所依据的最近办理次数")]
    windows_at_work: Annotated[int, Field(description="目前在叫号的窗口数")]
    text: str


class TicketCreate(Schema):
    """A number to be taken."""

    model_config = example({"group_id": GROUP_ID}, {"group_id": GROUP_ID, "priority": "elderly"})

    group_id: UUID
    priority: Annotated[TicketPriority, Field(description="优先种类；预约由签到认定，不能自选")] = (
        TicketPriority.NORMAL
    )


class TicketSlip(ReadSchema):
    """What is printed for whoever took a number."""

    model_config = example(SLIP)

    ticket_id: UUID
    number: str
    code: Annotated[str, Field(description="凭号码和此码可查排队进度；只在取号时显示")]
    day: date
    group_id: UUID
    group_name: str
    priority: TicketPriority
    priority_label: str
    window_numbers: Annotated[list[str], Field(description="会叫到此号的窗口")]
    taken_at: Instant
    estimate: WaitEstimate
    version: int


class CallNextCommand(Schema):
    """Call whose turn it is."""

    model_config = example({"window_id": WINDOW_ID}, {"ends_current": True})

    window_id: Annotated[
        UUID | None, Field(description="在哪个窗口叫号；只在一个窗口服务的可不填")
    ] = None
    group_id: Annotated[UUID | None, Field(description="只叫某个队列；缺省为窗口的全部队列")] = None
    ends_current: Annotated[
        bool, Field(description="手上的号先结束：办理中的办结，叫而未到的记过号")
    ] = False


class CallCommand(Schema):
    """Call a certain ticket."""

    model_config = example({"window_id": WINDOW_ID})

    window_id: Annotated[
        UUID | None, Field(description="在哪个窗口叫号；只在一个窗口服务的可不填")
    ] = None


class ParkCommand(Schema):
    """Set a ticket aside: something must be fetched or copied first."""

    model_config = example({"reason": "去复印材料"})

    reason: Note


class TransferCommand(Schema):
    """Send a ticket on; it keeps its place in time and is not queued anew."""

    model_config = example({"group_id": GROUP_ID, "reason": "事项属企业登记窗口"})

    group_id: UUID
    window_id: Annotated[
        UUID | None, Field(description="指定由哪个窗口叫号；不填则该队列任一窗口")
    ] = None
    reason: Note


class CancelCommand(Schema):
    """Give a ticket up."""

    model_config = example({"reason": "本人放弃办理"})

    reason: Note


class CaseCommand(Schema):
    """Name the case that was taken in or worked on while the ticket was served."""

    model_config = example({"case_id": CASE_ID})

    case_id: UUID


class CloseDayCommand(Schema):
    """Close what is still open today."""

    model_config = example({"reason": "今日提前闭馆"})

    reason: Note


class ClosedDay(ReadSchema):
    """What the end of the day closed."""

    model_config = example({"day": "2026-03-10", "closed": 4})

    day: date
    closed: Annotated[int, Field(description="关闭的号数")]


class TicketQuery(PageQuery):
    """Which tickets of a day."""

    day: Annotated[date | None, Field(description="缺省为今天")] = None
    group_id: UUID | None = None
    window_id: UUID | None = None
    state: TicketState | None = None
    number: Annotated[Label | None, Field(max_length=10, examples=["A017"])] = None


class TicketRead(ReadSchema):
    """A ticket as it stands."""

    model_config = example(TICKET)

    id: UUID
    number: str
    day: date
    group_id: UUID
    group_name: str
    priority: TicketPriority
    priority_label: str
    appointment_id: UUID | None
    for_window_id: UUID | None
    for_window_number: Annotated[str | None, Field(description="只能由这个窗口叫号")]
    state: TicketState
    state_label: str
    taken_at: Instant
    ranked_at: Annotated[Instant, Field(description="叫号次序所依据的时间：取号时间减去优先时间")]
    window_id: UUID | None
    window_number: Annotated[str | None, Field(description="最近一次叫号的窗口")]
    handler_name: str | None
    calls: Annotated[int, Field(description="叫号次数，含重呼")]
    called_at: Instant | None
    ended_at: Instant | None
    allowed_actions: list[AllowedAction]
    version: int


class TicketPage(Page[TicketRead]):
    """Tickets, the newest first."""

    model_config = page_example(TICKET)


class StepRead(ReadSchema):
    """One thing that happened to a ticket."""

    kind: StepKind
    kind_label: str
    state: TicketState
    state_label: str
    at: Instant
    window_number: str | None
    actor: str
    note: str | None


class LinkedCase(ReadSchema):
    """A case that was worked on while the ticket was served."""

    case_id: UUID
    case_number: str


class TicketCourse(ReadSchema):
    """All steps of a ticket, and what waiting and service come to."""

    rows_in: ClassVar[str] = "steps"

    model_config = example(
        {
            "ticket_id": TICKET_ID,
            "number": "A017",
            "waited_seconds": 1200,
            "served_seconds": None,
            "steps": [
                {
                    "kind": "taken",
                    "kind_label": "取号",
                    "state": "waiting",
                    "state_label": "等候中",
                    "at": "2026-03-10T10:40:00+08:00",
                    "window_number": None,
                    "actor": "大厅取号机",
                    "note": None,
                }
            ],
            "cases": [],
        }
    )

    ticket_id: UUID
    number: str
    waited_seconds: Annotated[int, Field(description="等候的秒数，转移后再等的计入")]
    served_seconds: Annotated[int | None, Field(description="办理的秒数，挂起的时间不计")]
    steps: list[StepRead]
    cases: list[LinkedCase]


class CallRead(ReadSchema):
    """A number that is being called or served."""

    ticket_id: UUID
    number: str
    group_name: str
    window_number: str | None
    state: TicketState
    state_label: str
    calls: int
    called_at: Instant | None


class BoardGroup(ReadSchema):
    """A queue as the hall sees it."""

    group_id: UUID
    name: str
    letter: str
    window_numbers: list[str]
    priorities: list[PriorityRead]
    waiting: Annotated[int, Field(description="等候人数")]
    estimate: Annotated[WaitEstimate, Field(description="此刻取号的人要等多久")]


class BoardRead(ReadSchema):
    """The hall at this moment: who is called where, and how many wait."""

    rows_in: ClassVar[str] = "groups"

    model_config = example(
        {
            "day": "2026-03-10",
            "at": "2026-03-10T11:00:00+08:00",
            "groups": [
                {
                    "group_id": GROUP_ID,
                    "name": "企业登记",
                    "letter": "A",
                    "window_numbers": ["02"],
                    "priorities": _PRIORITIES,
                    "waiting": 3,
                    "estimate": _ESTIMATE,
                }
            ],
            "calls": [_CALL],
        }
    )

    day: date
    at: Instant
    groups: list[BoardGroup]
    calls: Annotated[list[CallRead], Field(description="正在叫号和办理的，最近的在前")]


class SummaryQuery(Schema):
    """Which days; at most 31."""

    first: Annotated[date, Field(description="第一天")]
    last: Annotated[date, Field(description="最后一天")]

    @model_validator(mode="after")
    def _check(self) -> "SummaryQuery":
        if not 0 <= (self.last - self.first).days <= 30:
            raise ValueError("最后一天不能早于第一天，一次最多查 31 天。")
        return self


_SUMMARY = {
    "day": "2026-03-10",
    "window_id": WINDOW_ID,
    "window_number": "02",
    "called": 24,
    "finished": 21,
    "missed": 2,
    "transferred": 1,
    "served": 22,
    "mean_wait_seconds": 540,
    "median_wait_seconds": 480,
    "mean_service_seconds": 410,
    "median_service_seconds": 390,
}


class WindowDayRead(ReadSchema):
    """What a window's tickets of a day come to."""

    model_config = example(_SUMMARY)

    day: date
    window_id: UUID
    window_number: str
    called: Annotated[int, Field(description="叫到的号数")]
    finished: Annotated[int, Field(description="办结的号数")]
    missed: Annotated[int, Field(description="过号次数")]
    transferred: Annotated[int, Field(description="转出次数")]
    served: Annotated[int, Field(description="平均办理时间所依据的号数")]
    mean_wait_seconds: Annotated[int | None, Field(description="首次叫到前平均等候秒数")]
    median_wait_seconds: Annotated[int | None, Field(description="等候秒数的中位数")]
    mean_service_seconds: Annotated[int | None, Field(description="平均办理秒数，挂起不计")]
    median_service_seconds: Annotated[int | None, Field(description="办理秒数的中位数")]


class QueueSummary(ReadSchema):
    """Waiting and service by window and day, measured from every ticket's steps."""

    rows_in: ClassVar[str] = "windows"

    model_config = example({"first": "2026-03-10", "last": "2026-03-10", "windows": [_SUMMARY]})

    first: date
    last: date
    windows: list[WindowDayRead]


class PublicTicketLookup(Schema):
    """One's own ticket of today, by what is printed on it."""

    model_config = example({"number": "A017", "code": "K7QM3X"})

    number: Annotated[Label, Field(max_length=10)]
    code: Annotated[Label, Field(max_length=20)]


class PublicTicket(ReadSchema):
    """Where one's ticket stands."""

    model_config = example(
        {
            "number": "A017",
            "group_name": "企业登记",
            "state": "waiting",
            "state_label": "等候中",
            "window_number": None,
            "called_at": None,
            "estimate": _ESTIMATE,
            "hint": "请在等候区等候叫号，前面3人。",
        }
    )

    number: str
    group_name: str
    state: TicketState
    state_label: str
    window_number: str | None
    called_at: Instant | None
    estimate: Annotated[WaitEstimate | None, Field(description="只有等候中的号才有")]
    hint: str
