"""Charges: only what the item lists, only through the hall's bank (MGMT 十四, EFFICACY 十六)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from yimen.core.clock import HALL_ZONE
from yimen.core.database import new_id
from yimen.core.errors import Conflict, InvalidInput, NotFound
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.cases.access import why_not
from yimen.domains.cases.enums import CaseAction, CaseEventKind
from yimen.domains.cases.models import Case, CaseCharge
from yimen.domains.cases.schemas_charges import (
    ChargeCreate,
    ChargeRead,
    ChargesRead,
    ListedCharge,
    ReverseChargeCommand,
)
from yimen.domains.cases.service import place_of
from yimen.domains.cases.service_steps import StepService
from yimen.domains.catalog.rules import Charge

ARTICLE = "EFFICACY 十六"
THROUGH_THE_BANK = "MGMT 十四"


class ChargeNotListed(Conflict):
    code = "charge_not_listed"
    title = "该事项的收费清单中没有这一项，不能收取。"


class ChargeAmountWrong(InvalidInput):
    code = "charge_amount_wrong"
    title = "金额与收费标准不符，请按标准乘以数量核对。"


class VoucherTaken(Conflict):
    code = "voucher_taken"
    title = "这张银行凭证已经登记过，请核对凭证号。"
    constraint = "uq_case_charges_bank_voucher_number"


class PaidOutOfRange(InvalidInput):
    code = "paid_at_out_of_range"
    title = "缴款时间不能早于收件，也不能晚于现在。"


class ChargeNotFound(NotFound):
    code = "charge_not_found"
    title = "该办件没有这笔缴费。"


class ChargeReversed(Conflict):
    code = "charge_reversed"
    title = "这笔缴费已经冲销。"


class ChargeService:
    """What was paid for a case: recorded by the bank's voucher, never taken as cash."""

    def __init__(self, steps: StepService) -> None:
        self.steps = steps
        self.bench = steps.bench
        self.cases = steps.cases

    async def charge(self, case_id: UUID, wish: ChargeCreate) -> ChargeRead:
        """Record a payment on the case, by the list of the version under which it was taken in.

        Raises ChargeNotListed, ChargeAmountWrong, PaidOutOfRange, VoucherTaken.
        """
        step = await self.steps.begin(case_id, None, CaseAction.CHARGE)
        listed = await self._listed(step.case, wish)
        charge = CaseCharge(
            id=new_id(),
            case_id=step.case.id,
            name=listed.name,
            unit=listed.unit,
            unit_amount=listed.amount,
            quantity=wish.quantity,
            amount=wish.amount,
            bank=wish.bank,
            voucher_number=wish.voucher_number,
            paid_at=self._paid_at(step.case, wish.paid_at),
            recorded_at=self.bench.now,
            recorded_by_name=self.bench.caller.name,
            reversed_at=None,
            reversal_reason=None,
            reversed_by_name=None,
        )
        await self.cases.add(charge)
        step.happened(
            CaseEventKind.CHARGED,
            THROUGH_THE_BANK,
            None,
            {
                "charge_id": charge.id,
                "name": charge.name,
                "amount": f"{charge.amount:.2f}",
                "bank": charge.bank,
                "voucher_number": charge.voucher_number,
            },
        )
        await self.steps.end(step)
        return self.present(charge, step.case)

    async def reverse(
        self, case_id: UUID, charge_id: UUID, seen: int, wish: ReverseChargeCommand
    ) -> ChargeRead:
        """Undo a charge; it stays readable. Raises ChargeNotFound, ChargeReversed."""
        step = await self.steps.begin(case_id, None, CaseAction.REVERSE_CHARGE)
        charge = await self._find(case_id, charge_id)
        require_version(charge.version, seen)
        if charge.reversed_at is not None:
            raise ChargeReversed
        charge.reversed_at = self.bench.now
        charge.reversal_reason = wish.reason
        charge.reversed_by_name = self.bench.caller.name
        step.happened(
            CaseEventKind.CHARGE_REVERSED,
            THROUGH_THE_BANK,
            wish.reason,
            {"charge_id": charge.id, "name": charge.name, "amount": f"{charge.amount:.2f}"},
        )
        await self.steps.end(step)
        return self.present(charge, step.case)

    async def of_case(self, case_id: UUID) -> ChargesRead:
        """What was paid for a case, the total without what was reversed, and the item's list."""
        case = (await self.steps.find(case_id)).case
        charges = await self.cases.charges(case_id)
        listed = await self.bench.catalog.charges_of_version(case.item_version_id)
        return ChargesRead(
            items=[self.present(charge, case) for charge in charges],
            total=sum(
                (charge.amount for charge in charges if charge.reversed_at is None), Decimal(0)
            ),
            listed=[ListedCharge.model_validate(line) for line in listed],
        )

    async def read(self, case_id: UUID, charge_id: UUID) -> ChargeRead:
        """One payment on a case; raises ChargeNotFound."""
        case = (await self.steps.find(case_id)).case
        return self.present(await self._find(case_id, charge_id), case)

    def present(self, charge: CaseCharge, case: Case) -> ChargeRead:
        """A charge as the caller may see it now."""
        refusal = why_not(CaseAction.REVERSE_CHARGE, place_of(case), self.bench.caller)
        code, reason = (refusal.code, refusal.reason) if refusal else (None, None)
        if refusal is None and charge.reversed_at is not None:
            code, reason = ChargeReversed.code, ChargeReversed.title
        action = AllowedAction(
            action="reverse", allowed=code is None, reason_code=code, reason=reason
        )
        return ChargeRead(
            id=charge.id,
            case_id=charge.case_id,
            name=charge.name,
            unit=charge.unit,
            unit_amount=charge.unit_amount,
            quantity=charge.quantity,
            amount=charge.amount,
            bank=charge.bank,
            voucher_number=charge.voucher_number,
            paid_at=charge.paid_at,
            recorded_at=charge.recorded_at,
            recorded_by_name=charge.recorded_by_name,
            reversed_at=charge.reversed_at,
            reversal_reason=charge.reversal_reason,
            reversed_by_name=charge.reversed_by_name,
            allowed_actions=[action],
            version=charge.version,
        )

    async def _find(self, case_id: UUID, charge_id: UUID) -> CaseCharge:
        for charge in await self.cases.charges(case_id):
            if charge.id == charge_id:
                return charge
        raise ChargeNotFound

    async def _listed(self, case: Case, wish: ChargeCreate) -> Charge:
        """The line of the item's list that the payment is for; a name may have several rates."""
        listed = await self.bench.catalog.charges_of_version(case.item_version_id)
        named = [charge for charge in listed if charge.name == wish.name]
        if not named:
            names = "、".join(charge.name for charge in listed)
            allowed = f"只能收取：{names}。" if names else "该事项不收费。"
            raise ChargeNotListed(f"收费清单中没有“{wish.name}”，{allowed}", article=ARTICLE)
        for charge in named:
            if charge.amount * wish.quantity == wish.amount:
                return charge
        rates = "；".join(
            f"标准 {charge.amount:.2f} {charge.unit}，数量 {wish.quantity}，"
            f"应为 {charge.amount * wish.quantity:.2f} 元"
            for charge in named
        )
        raise ChargeAmountWrong(f"“{wish.name}”{rates}。", article=ARTICLE)

    def _paid_at(self, case: Case, told: datetime | None) -> datetime:
        paid_at = (told or self.bench.now).astimezone(HALL_ZONE)
        if not case.received_at <= paid_at <= self.bench.now:
            raise PaidOutOfRange
        return paid_at
