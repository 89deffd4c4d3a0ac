"""Issuing papers, reading, printing, checking and voiding them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from secrets import token_bytes
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.database import new_id
from yimen.core.errors import AppError, Conflict, Forbidden, NotFound
from yimen.core.numbering import take_numbers
from yimen.core.outbox import publish_event
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.papers.access import may_void
from yimen.domains.papers.enums import WRITTEN_ANEW
from yimen.domains.papers.models import Paper
from yimen.domains.papers.repository import PaperRepository
from yimen.domains.papers.rules import (
    CODE_LENGTH,
    Issue,
    hash_of,
    mask_name,
    read_body,
    read_code,
    reissued,
    render_text,
    write_code,
)
from yimen.domains.papers.rules_html import HtmlPage, to_html
from yimen.domains.papers.rules_page import Page, lay_out
from yimen.domains.papers.schemas import (
    PaperCheck,
    PaperDetail,
    PaperRead,
    ReissueCommand,
    VoidCommand,
)
from yimen.domains.papers.service_printing import Printer

__all__ = ["PaperRead", "PaperService", "paper_values"]  # a domain with papers shows them as we do

SUBJECT = "paper"
Reader = Callable[[UUID, Caller], Awaitable[bool]]


class UnknownCode(NotFound):
    code = "paper_code_unknown"
    title = "没有这个验证码的文书，请核对后重新输入。"


class NotYoursToVoid(Forbidden):
    code = "paper_not_yours"
    title = "文书由中心办公室或出具窗口的首席代表作废，您只能查看。"


class AlreadyVoid(Conflict):
    code = "paper_already_void"
    title = "该文书已经作废。"


class InForce(Conflict):
    code = "paper_in_force"
    title = "该文书有效，无须补发；有误的请先作废。"


class ReissuedElsewhere(Conflict):
    code = "paper_reissued_elsewhere"
    title = "这类文书不照原文补发：否定报备、会议纪要由其办理环节重新出具，答复、处理文书随其决定。"


class AlreadyReissued(Conflict):
    code = "paper_already_reissued"
    title = "该文书已经补发。"
    constraint = "uq_papers_replaces_id"


def paper_values(
    issue: Issue,
    *,
    paper_id: UUID,
    subject_type: str,
    subject_id: UUID,
    department_id: UUID | None,
    window_id: UUID | None,
    issued_by_name: str,
    replaces_id: UUID | None = None,
) -> dict[str, object]:
    """The columns of a new paper, also for statements that write it together with its act."""
    content = issue.content()
    code = write_code(token_bytes(CODE_LENGTH))
    return {
        "id": paper_id,
        "number": issue.number,
        "kind": issue.kind.value,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "department_id": department_id,
        "window_id": window_id,
        "content": content,
        "text": render_text(
            issue.body, number=issue.number, issued_at=issue.issued_at, verification_code=code
        ),
        "content_hash": hash_of(issue.number, content),
        "issued_at": issue.issued_at,
        "issued_by_name": issued_by_name,
        "verification_code": code,
        "replaces_id": replaces_id,
    }


class PaperService:
    """Papers are written in the transaction of the act they prove."""

    def __init__(
        self, papers: PaperRepository, readers: Mapping[str, Reader] | None = None
    ) -> None:
        """``readers``: of papers that belong to no window, who sees them by what they are about."""
        self.papers = papers
        self.readers = readers or {}

    async def read(self, paper_id: UUID, caller: Caller) -> PaperDetail:
        """One paper that the caller may see, with what the caller may do with it."""
        return await self._present(await self._find(paper_id, caller), caller)

    async def of_subject(self, subject_type: str, subject_id: UUID) -> Sequence[Paper]:
        """The papers of a thing that the caller was already allowed to see, oldest first."""
        return await self.papers.of_subject(subject_type, subject_id)

    async def as_html(self, paper_id: UUID, caller: Caller) -> HtmlPage:
        """A paper as a page that a browser prints."""
        return to_html(page_of(await self._find(paper_id, caller)))

    async def as_pdf(self, paper_id: UUID, caller: Caller, printer: Printer) -> tuple[str, bytes]:
        """A paper's number, and the paper as PDF; raises FontMissing, PrinterBusy."""
        paper = await self._find(paper_id, caller)
        await self.papers.let_go()
        return paper.number, await printer.print_pdf(page_of(paper), issued_at=paper.issued_at)

    async def check(self, typed: str) -> PaperCheck:
        """What anyone may know who holds a paper with this code; raises UnknownCode."""
        code = read_code(typed)
        found = None if code is None else await self.papers.by_code(code)
        if found is None:
            raise UnknownCode
        paper, window = found.paper, found.window_number
        return PaperCheck(
            verification_code=paper.verification_code,
            is_valid=paper.voided_at is None,
            kind=paper.kind,
            kind_label=paper.kind.label,
            number=paper.number,
            issued_on=hall_day(paper.issued_at),
            department_name=found.department_name,
            window_name=None if window is None else f"{window}号窗口",
            addressee=mask_name(read_body(paper.content).addressee),
            content_hash=paper.content_hash,
            voided_on=None if paper.voided_at is None else hall_day(paper.voided_at),
        )

    async def void(
        self, paper_id: UUID, seen: int, wish: VoidCommand, *, caller: Caller, now: datetime
    ) -> PaperDetail:
        """Declare a paper no longer good; it stays readable, marked on every rendering.

        Raises NotYoursToVoid, AlreadyVoid.
        """
        paper = await self._lock(paper_id, "void", seen, caller)
        paper.voided_at = now
        paper.void_reason = wish.reason
        await record_audit(
            self.papers.session,
            caller=caller,
            action="papers.void",
            subject_type=SUBJECT,
            subject_id=paper.id,
            old={"version": 1},
            new={"version": 2, "number": paper.number, "reason": wish.reason},
        )
        await publish_event(
            self.papers.session,
            kind="paper.voided",
            subject_type=SUBJECT,
            subject_id=paper.id,
            department_id=paper.department_id,
            window_id=paper.window_id,
            facts={"number": paper.number, "kind": paper.kind},
            occurred_at=now,
        )
        return await self._present(paper, caller)

    async def reissue(
        self, paper_id: UUID, seen: int, wish: ReissueCommand, *, caller: Caller, now: datetime
    ) -> PaperDetail:
        """Issue a void paper of a case again, word for word, under a number and code of its own.

        The applicant is owed it in writing (ONCE 二, TIMELIMIT 二); what it says is what was
        decided, which only an act on the case changes. Raises NotYoursToVoid, InForce,
        ReissuedElsewhere, AlreadyReissued.
        """
        paper = await self._lock(paper_id, "reissue", seen, caller)
        numbers = await take_numbers(self.papers.session, [paper.kind.series], hall_day(now))
        body = reissued(
            read_body(paper.content),
            number=paper.number,
            issued_on=hall_day(paper.issued_at),
            reason=wish.reason,
        )
        made = await self.papers.issue(
            paper_values(
                Issue(paper.kind, numbers[paper.kind.series], body, now),
                paper_id=new_id(),
                subject_type=paper.subject_type,
                subject_id=paper.subject_id,
                department_id=paper.department_id,
                window_id=paper.window_id,
                issued_by_name=caller.name,
                replaces_id=paper.id,
            )
        )
        facts = {"number": made.number, "kind": made.kind, "replaces": paper.number}
        await record_audit(
            self.papers.session,
            caller=caller,
            action="papers.reissue",
            subject_type=SUBJECT,
            subject_id=made.id,
            new={**facts, "reason": wish.reason},
        )
        await publish_event(
            self.papers.session,
            kind="paper.reissued",
            subject_type=SUBJECT,
            subject_id=made.id,
            department_id=made.department_id,
            window_id=made.window_id,
            facts=facts,
            occurred_at=now,
        )
        return await self._present(made, caller)

    async def _lock(self, paper_id: UUID, action: str, seen: int, caller: Caller) -> Paper:
        """A paper as the caller saw it, held, with which they may do this now."""
        paper = await self.papers.lock(paper_id, caller)
        if paper is None:
            await self._find(paper_id, caller)
            raise NotYoursToVoid
        against = (await self._against(paper, caller))[action]
        if isinstance(against, NotYoursToVoid):
            raise against
        require_version(paper.version, seen)
        if against is not None:
            raise against
        return paper

    async def _against(self, paper: Paper, caller: Caller) -> dict[str, AppError | None]:
        """What stands against each command on a paper; none: nothing does."""
        if not may_void(paper.department_id, paper.window_id, caller):
            return {"void": NotYoursToVoid(), "reissue": NotYoursToVoid()}
        void: AppError | None = None
        reissue: AppError | None = None
        if paper.voided_at is not None:
            void = AlreadyVoid()
        if paper.kind not in WRITTEN_ANEW:
            reissue = ReissuedElsewhere()
        elif paper.voided_at is None:
            reissue = InForce()
        elif await self.papers.is_replaced(paper.id):
            reissue = AlreadyReissued()
        return {"void": void, "reissue": reissue}

    async def _present(self, paper: Paper, caller: Caller) -> PaperDetail:
        return present_paper(paper, await self._against(paper, caller))

    async def _find(self, paper_id: UUID, caller: Caller) -> Paper:
        paper = await self.papers.find(paper_id, caller)
        if paper is None:
            paper = await self._find_by_subject(paper_id, caller)
        if paper is None:
            raise NotFound
        return paper

    async def _find_by_subject(self, paper_id: UUID, caller: Caller) -> Paper | None:
        """A paper about something that its own domain shows to the caller."""
        paper = await self.papers.of_centre(paper_id)
        reads = None if paper is None else self.readers.get(paper.subject_type)
        if paper is None or reads is None or not await reads(paper.subject_id, caller):
            return None
        return paper


def page_of(paper: Paper) -> Page:
    """A paper laid out as it was issued, or as void."""
    return lay_out(
        read_body(paper.content),
        number=paper.number,
        issued_at=paper.issued_at.astimezone(HALL_ZONE),
        verification_code=paper.verification_code,
        void_line=paper.void_line,
    )


def present_paper(paper: Paper, against: Mapping[str, AppError | None]) -> PaperDetail:
    """A paper as its caller sees it, and what stands against each command on it."""
    shown = PaperRead.model_validate(paper)
    return PaperDetail(
        id=shown.id,
        number=shown.number,
        kind=shown.kind,
        content=shown.content,
        text=shown.text,
        content_hash=shown.content_hash,
        verification_code=shown.verification_code,
        issued_at=shown.issued_at,
        issued_by_name=shown.issued_by_name,
        voided_at=shown.voided_at,
        void_reason=shown.void_reason,
        replaces_id=shown.replaces_id,
        version=paper.version,
        allowed_actions=[AllowedAction.of(*each) for each in against.items()],
    )
