"""The public side of a case: found by number and code, shown without anything personal."""

import hmac
from collections.abc import Sequence
from datetime import date, datetime
from typing import assert_never

import structlog

from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.errors import NotFound
from yimen.domains.calendars.service import CalendarService
from yimen.domains.cases.enums import CaseState
from yimen.domains.cases.models import Case
from yimen.domains.cases.repository import CaseRepository, CaseRow
from yimen.domains.cases.rules import read_clock
from yimen.domains.cases.schemas_public import CaseLookup, LookupCode, PublicCase, PublicPaper
from yimen.domains.cases.service import SUBJECT
from yimen.domains.cases.service_obstacles import missing_of, names_of
from yimen.domains.catalog.service import CatalogService
from yimen.domains.papers.rules import CODE_LENGTH, read_code, say_instant, write_code
from yimen.domains.papers.service import PaperService

__all__ = ["CaseLookup", "LookupCode", "LookupRefused", "PublicCase", "PublicCaseService"]

log = structlog.get_logger()

NO_CODE = write_code(bytes(CODE_LENGTH))
"""What a number without a case is compared with, so that it takes as long as a wrong code."""


class LookupRefused(NotFound):
    code = "case_lookup_refused"
    title = "办件编号或查询码不正确，请对照受理单或回执单重新输入。"


class PublicCaseService:
    """Answers whoever holds a case's number and code."""

    def __init__(
        self,
        cases: CaseRepository,
        *,
        catalog: CatalogService,
        calendars: CalendarService,
        papers: PaperService,
        now: datetime,
    ) -> None:
        self.cases = cases
        self.catalog = catalog
        self.calendars = calendars
        self.papers = papers
        self.now = now

    async def find(self, case_number: str, code: str) -> CaseRow:
        """The case of a number and its code; raises LookupRefused for a wrong code and for an
        unknown number alike: same reply, same query, same comparison.
        """
        row = await self.cases.for_applicant(case_number)
        known = NO_CODE if row is None else row.case.lookup_code
        given = read_code(code) or ""
        if not hmac.compare_digest(known.encode(), given.encode()) or row is None:
            log.warning("case_lookup_refused")
            raise LookupRefused
        return row

    async def look_up(self, wish: CaseLookup) -> PublicCase:
        """Where a case stands at this moment."""
        row = await self.find(wish.case_number, wish.code)
        case = row.case
        calendar = await self.calendars.current()
        clock = read_clock(
            state=case.state,
            due_at=case.due_at,
            suspended_at=case.suspended_at,
            decided_at=case.decided_at,
            now=self.now,
            due_soon_until=self.now,  # soon is the hall's own question
            calendar=calendar,
        )
        missing = names_of((await missing_of([case], self.cases, self.catalog))[case.id])
        return PublicCase(
            case_number=case.case_number,
            item_id=case.item_id,
            item_name=case.item_name,
            kind=case.kind,
            kind_label=case.kind.label,
            department_name=row.department_name,
            window_number=row.window_number,
            state=case.state,
            state_label=case.state.label,
            hint=hint(
                CaseState.RECEIVED if is_waiting_for_the_hall(case) else case.state,
                row.window_number,
                missing,
                case.supplement_due_on,
                is_provisional=case.supplement_due_on is not None
                and calendar.rests_on_unpublished(
                    hall_day(case.received_at), case.supplement_due_on
                ),
            ),
            received_at=case.received_at,
            accepted_at=case.accepted_at,
            due_at=case.due_at,
            due_is_provisional=case.due_is_provisional,
            due_text=_say_due(case),
            clock_status=clock.status,
            clock_status_label=clock.status.label,
            is_overdue=clock.is_overdue,
            missing=missing,
            complete_by=case.supplement_due_on or case.documents_due_on,
            decided_at=case.decided_at,
            delivered_at=case.delivered_at,
            is_ready_for_pick_up=case.state in (CaseState.GRANTED, CaseState.REFUSED),
            pick_up_place=f"{row.window_number}号窗口（{row.department_name}）",
            papers=[
                PublicPaper(
                    number=paper.number,
                    kind=paper.kind,
                    kind_label=paper.kind.label,
                    issued_at=paper.issued_at,
                    is_void=paper.voided_at is not None,
                )
                for paper in await self.papers.of_subject(SUBJECT, case.id)
            ],
        )


def is_waiting_for_the_hall(case: Case) -> bool:
    """All that was told to be missing has been handed in, and nobody has answered yet."""
    return case.state is CaseState.AWAITING_SUPPLEMENT and case.completed_at is not None


def _say_due(case: Case) -> str | None:
    if case.due_at is None:
        return None
    provisional = "（暂定）" if case.due_is_provisional else ""
    return f"{say_instant(case.due_at.astimezone(HALL_ZONE))}{provisional}前"


def hint(  # noqa: PLR0911 - one sentence a state
    state: CaseState,
    window: str,
    missing: Sequence[str],
    complete_by: date | None,
    *,
    is_provisional: bool = False,
) -> str:
    """One sentence for the applicant: how it is, and what to do next."""
    match state:
        case CaseState.RECEIVED:
            return "材料已经收到，窗口正在核对。"
        case CaseState.AWAITING_SUPPLEMENT:
            names = "、".join(missing) or "通知上所列材料"
            until = f"最迟于{complete_by.month}月{complete_by.day}日" if complete_by else ""
            until += "（暂定）" if is_provisional else ""
            return f"还缺少{names}，请{until}一次补齐后交到{window}号窗口。"
        case CaseState.ACCEPTED:
            return "申请正在办理，请留意办结期限。"
        case CaseState.SUSPENDED:
            return "申请正在办理，目前依法中止计时，恢复后会重新计算办结期限。"
        case CaseState.GRANTED | CaseState.REFUSED:
            return f"已经办结，请凭受理单到{window}号窗口领取结果。"
        case CaseState.DELIVERED:
            return "结果已经送达。"
        case CaseState.NOT_ACCEPTED | CaseState.DISMISSED:
            return f"申请未能受理，理由见告知书；有疑问请到{window}号窗口咨询。"
        case CaseState.WITHDRAWN:
            return "申请已经撤回，需要时可以重新提出。"
        case CaseState.LAPSED:
            return "未在期限内补齐材料，本次申请已经终止，可以重新提出。"
        case _:
            assert_never(state)
