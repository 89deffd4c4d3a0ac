"""How charges look on the wire; money as decimal strings, yuan."""

import re
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, computed_field

from yimen.core.schemas import (
    AllowedAction,
    Code,
    Instant,
    Label,
    Note,
    PastInstant,
    ReadSchema,
    Schema,
    example,
)
from yimen.domains.cases.schemas import CASE_ID

_YUAN = r"^[0-9]{1,10}(\.[0-9]{1,2})?$"


def _read_yuan(value: object) -> object:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and re.fullmatch(_YUAN, value.strip(), re.ASCII):
        return Decimal(value.strip())
    raise ValueError('金额应写成文字，单位元，最多两位小数，例如 "12.50"。')


Yuan = Annotated[
    Decimal,
    BeforeValidator(_read_yuan),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": _YUAN, "examples": ["12.50"]}),
]
"""Yuan as a decimal string, at most two decimals."""


class ChargeCreate(Schema):
    """A payment that the bank in the hall has taken, by its voucher."""

    model_config = example(
        {
            "name": "证照工本费",
            "quantity": 2,
            "amount": "20.00",
            "bank": "农村信用社中心代收点",
            "voucher_number": "NX20260310000117",
            "paid_at": "2026-03-10T11:20:00+08:00",
        }
    )

    name: Annotated[Label, Field(description="收费项目，须在事项的收费清单中")]
    quantity: Annotated[int, Field(ge=1, le=10_000, description="按计费单位的数量")] = 1
    amount: Annotated[Yuan, Field(description="实收金额，须等于标准乘以数量")]
    bank: Annotated[Label, Field(description="代收银行")]
    voucher_number: Annotated[Code, Field(description="银行缴款凭证号")]
    paid_at: Annotated[PastInstant | None, Field(description="缴款时间，默认现在")] = None


class ReverseChargeCommand(Schema):
    """Undo a charge that was entered in error."""

    model_config = example({"reason": "误登在此办件，凭证属另一办件"})

    reason: Note


CHARGE_ID = "019a4f3e-0009-7b60-9d0e-6a2f4c8b1e09"

CHARGE_EXAMPLE = {
    "id": CHARGE_ID,
    "case_id": CASE_ID,
    "name": "证照工本费",
    "unit": "元/本",
    "unit_amount": "10.00",
    "quantity": 2,
    "amount": "20.00",
    "bank": "农村信用社中心代收点",
    "voucher_number": "NX20260310000117",
    "paid_at": "2026-03-10T11:20:00+08:00",
    "recorded_at": "2026-03-10T11:25:00+08:00",
    "recorded_by_name": "市监窗口一岗",
    "is_reversed": False,
    "reversed_at": None,
    "reversal_reason": None,
    "reversed_by_name": None,
    "allowed_actions": [
        {"action": "reverse", "allowed": True, "reason_code": None, "reason": None}
    ],
    "version": 1,
}


class ChargeRead(ReadSchema):
    """A payment recorded on a case."""

    model_config = example(CHARGE_EXAMPLE)

    id: UUID
    case_id: UUID
    name: str
    unit: str
    unit_amount: Annotated[Yuan, Field(description="标准，单位元")]
    quantity: int
    amount: Annotated[Yuan, Field(description="金额，单位元")]
    bank: str
    voucher_number: str
    paid_at: Instant
    recorded_at: Instant
    recorded_by_name: str
    reversed_at: Instant | None
    reversal_reason: str | None
    reversed_by_name: str | None
    allowed_actions: list[AllowedAction]
    version: int

    @computed_field
    def is_reversed(self) -> bool:
        """Whether it was undone, and so counts no more."""
        return self.reversed_at is not None


class ListedCharge(ReadSchema):
    """What may be charged under the version of the case (MGMT 十四)."""

    name: str
    amount: Annotated[Yuan, Field(description="标准，单位元")]
    unit: str
    basis: str


class ChargesRead(ReadSchema):
    """What was paid for a case, and what may be."""

    model_config = example(
        {
            "items": [CHARGE_EXAMPLE],
            "total": "20.00",
            "listed": [
                {"name": "证照工本费", "amount": "10.00", "unit": "元/本", "basis": "收费目录"}
            ],
        }
    )

    items: list[ChargeRead]
    total: Annotated[Yuan, Field(description="已缴合计，不含已冲销")]
    listed: Annotated[list[ListedCharge], Field(description="该事项版本的收费清单")]
