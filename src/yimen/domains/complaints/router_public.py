"""Complaints over HTTP without a token."""

from fastapi import Depends

from yimen.core.rate_limits import limit_lookups
from yimen.core.routing import Router
from yimen.domains.complaints.dependencies import PublicComplaints
from yimen.domains.complaints.schemas import (
    PublicComplaint,
    PublicComplaintCreate,
    PublicComplaintLookup,
    PublicComplaintReceipt,
)
from yimen.domains.complaints.service_public import ComplaintLookupRefused

public = Router(prefix="/public/complaints", tag="public-complaints")


@public.create("", summary="网上投诉，可以匿名", public=True, dependencies=[Depends(limit_lookups)])
async def complain(
    wish: PublicComplaintCreate, complaints: PublicComplaints
) -> PublicComplaintReceipt:
    return await complaints.complain(wish)


@public.create(
    "/lookup",
    summary="凭编号和查询码查询投诉的处理情况",
    errors=[ComplaintLookupRefused],
    public=True,
    repeatable=False,  # changes nothing, and a kept reply would be an old one
    status_code=200,
    dependencies=[Depends(limit_lookups)],
)
async def look_up(wish: PublicComplaintLookup, complaints: PublicComplaints) -> PublicComplaint:
    return await complaints.look_up(wish)
