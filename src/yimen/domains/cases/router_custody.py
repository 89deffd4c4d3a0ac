"""Materials given back, and charges, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from yimen.core.dependencies import ClerkOrChief, IfMatch
from yimen.core.preconditions import put_etag
from yimen.core.routing import Router
from yimen.domains.cases.dependencies import CaseCharges, MaterialCustody
from yimen.domains.cases.router import STEP_ERRORS, CaseId
from yimen.domains.cases.schemas import CaseRead
from yimen.domains.cases.schemas_charges import (
    CHARGE_ID,
    ChargeCreate,
    ChargeRead,
    ChargesRead,
    ReverseChargeCommand,
)
from yimen.domains.cases.schemas_custody import ReturnMaterialsCommand
from yimen.domains.cases.service import CaseNotFound
from yimen.domains.cases.service_charges import (
    ChargeAmountWrong,
    ChargeNotFound,
    ChargeNotListed,
    ChargeReversed,
    PaidOutOfRange,
    VoucherTaken,
)
from yimen.domains.cases.service_custody import StaysOnFile, UnknownCaseMaterial
from yimen.domains.cases.service_obstacles import NothingToReturn

router = Router(prefix="/cases", tag="cases")

ChargeId = Annotated[UUID, Path(examples=[CHARGE_ID])]


@router.command(
    "/{case_id}/return-materials",
    summary="退还材料：核对身份证明并请领取人签收",
    errors=[*STEP_ERRORS, NothingToReturn, StaysOnFile, UnknownCaseMaterial],
)
async def return_materials(
    *,
    case_id: CaseId,
    wish: ReturnMaterialsCommand,
    seen: IfMatch,
    response: Response,
    custody: MaterialCustody,
    _: ClerkOrChief,
) -> CaseRead:
    case = await custody.give_back(case_id, seen, wish)
    put_etag(response, case.version)
    return case


@router.create(
    "/{case_id}/charges",
    summary="登记银行代收的缴费",
    errors=[*STEP_ERRORS, ChargeNotListed, ChargeAmountWrong, PaidOutOfRange, VoucherTaken],
)
async def record_charge(
    *,
    case_id: CaseId,
    wish: ChargeCreate,
    response: Response,
    charges: CaseCharges,
    _: ClerkOrChief,
) -> ChargeRead:
    charge = await charges.charge(case_id, wish)
    put_etag(response, charge.version)
    response.headers["Location"] = f"/api/v1/cases/{case_id}/charges/{charge.id}"
    return charge


@router.read("/{case_id}/charges", summary="缴费记录与收费清单", errors=[CaseNotFound])
async def list_charges(case_id: CaseId, charges: CaseCharges) -> ChargesRead:
    return await charges.of_case(case_id)


@router.read(
    "/{case_id}/charges/{charge_id}",
    summary="查看一笔缴费",
    errors=[CaseNotFound, ChargeNotFound],
)
async def read_charge(
    case_id: CaseId, charge_id: ChargeId, response: Response, charges: CaseCharges
) -> ChargeRead:
    charge = await charges.read(case_id, charge_id)
    put_etag(response, charge.version)
    return charge


@router.command(
    "/{case_id}/charges/{charge_id}/reverse",
    summary="冲销误登的缴费",
    errors=[*STEP_ERRORS, ChargeNotFound, ChargeReversed],
)
async def reverse_charge(
    *,
    case_id: CaseId,
    charge_id: ChargeId,
    wish: ReverseChargeCommand,
    seen: IfMatch,
    response: Response,
    charges: CaseCharges,
    _: ClerkOrChief,
) -> ChargeRead:
    charge = await charges.reverse(case_id, charge_id, seen, wish)
    put_etag(response, charge.version)
    return charge
