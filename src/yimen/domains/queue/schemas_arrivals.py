"""How a check-in looks on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from yimen.core.schemas import Instant, Label, ReadSchema, Schema, example
from yimen.domains.queue.schemas import APPOINTMENT_ID, SLIP, TicketSlip


class CodeCheckIn(Schema):
    """The holder is here and shows what was given at the booking."""

    model_config = example({"appointment_number": "YY-2026-000017", "code": "K7QM-3X9P-2RTD"})

    appointment_number: Label
    code: Annotated[Label, Field(max_length=40)]


class ArrivalRead(ReadSchema):
    """Somebody with an appointment is here, and has a ticket if the window has a queue."""

    model_config = example(
        {
            "appointment_id": APPOINTMENT_ID,
            "appointment_number": "YY-2026-000017",
            "item_name": "企业变更登记",
            "starts_at": "2026-03-10T11:00:00+08:00",
            "ticket": SLIP,
            "hint": "签到成功，请等候叫号：A017。",
        }
    )

    appointment_id: UUID
    appointment_number: str
    item_name: str
    starts_at: Annotated[Instant, Field(description="预约的时间")]
    ticket: Annotated[TicketSlip | None, Field(description="窗口没有设队列时为 null，请直接到窗口")]
    hint: str
