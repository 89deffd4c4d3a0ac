"""Changes of items: proposed, commented on by the office, decided by the director (MGMT 六)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, FieldProblem, Forbidden, InvalidInput, NotFound
from yimen.core.outbox import publish_event
from yimen.core.pagination import Listing
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.catalog.access import ProposalPlace, may_propose, why_not
from yimen.domains.catalog.enums import (
    PROPOSAL_MOVES,
    ItemStatus,
    ProposalAction,
    ProposalKind,
    ProposalState,
    VersionOrigin,
)
from yimen.domains.catalog.models import ItemProposal
from yimen.domains.catalog.repository import CatalogRepository
from yimen.domains.catalog.rules import (
    ContentFault,
    ItemAsRead,
    ItemContent,
    content_from_json,
    content_to_json,
    missing_disclosures,
    settle,
)
from yimen.domains.catalog.schemas import (
    ItemContentBody,
    ItemProposalCreate,
    ItemProposalQuery,
    ItemProposalRead,
    Named,
    ProposalApproval,
    ProposalDecision,
    ProposalOpinion,
)
from yimen.domains.catalog.service import (
    CatalogService,
    ContentFaulty,
    ItemEntry,
    ItemListed,
    ItemVersionOutdated,
    ItemWithdrawn,
)

ARTICLE = "MGMT 六"


class ProposalNotFound(NotFound):
    code = "item_proposal_not_found"
    title = "没有这份事项申请，或者它属于其他部门。"


class ProposalIncomplete(InvalidInput):
    code = "item_proposal_incomplete"
    title = "事项申请缺少必填项，或填了这类申请不需要的内容，请按提示修改。"


class ProposalClosed(Conflict):
    code = "proposal_state"
    title = "这份申请目前的状态不允许此项操作。"


class ProposalOpen(Conflict):
    code = "item_proposal_open"
    title = "该事项还有一份未办完的申请，请先办完或撤回它。"
    constraint = "uq_item_proposals_item_id_open"


class ProposalUnfit(Conflict):
    code = "item_proposal_unfit"
    title = "申请的内容已不符合现状（例如窗口已关闭），请撤回后重新提出。"


class DepartmentNotOpen(InvalidInput):
    code = "item_department_unknown"
    title = "没有这个部门，或者它已撤出中心，请从部门列表中选择。"


class ProposalService:
    """Proposals as one caller sees them now."""

    def __init__(
        self,
        catalog: CatalogRepository,
        items: CatalogService,
        caller: Caller,
        now: datetime,
    ) -> None:
        self.catalog = catalog
        self.items = items
        self.caller = caller
        self.now = now

    async def list_proposals(self, query: ItemProposalQuery) -> Listing:
        return await self.catalog.page_of_proposals(query, self.caller)

    async def proposal(self, proposal_id: UUID) -> ItemProposal:
        """A proposal the caller may see; raises ProposalNotFound."""
        found = await self.catalog.find_proposal(proposal_id, self.caller)
        if found is None:
            raise ProposalNotFound
        return found

    def allowed_actions(self, proposal: ItemProposal) -> list[AllowedAction]:
        """Every command with whether the caller may give it now, and if not, why."""
        refusals = {
            action: why_not(action, _place(proposal), self.caller) for action in ProposalAction
        }
        return [AllowedAction.of(action, refusal) for action, refusal in refusals.items()]

    def show(self, proposal: ItemProposal) -> ItemProposalRead:
        """A proposal as the wire has it, with what its content would still not disclose."""
        content = None if proposal.content is None else content_from_json(proposal.content)
        return ItemProposalRead(
            id=proposal.id,
            kind=proposal.kind,
            kind_label=proposal.kind.label,
            state=proposal.state,
            state_label=proposal.state.label,
            department_id=proposal.department_id,
            item_id=proposal.item_id,
            base_version_no=proposal.base_version_no,
            item_name=proposal.item_name,
            content=None if content is None else ItemContentBody.model_validate(content),
            missing_disclosures=[
                Named(code=missing, label=missing.label)
                for missing in (missing_disclosures(content) if content else ())
            ],
            reason=proposal.reason,
            proposed_by_name=proposal.proposed_by_name,
            proposed_at=proposal.proposed_at,
            opinion=proposal.opinion,
            opinion_label=proposal.opinion.label if proposal.opinion else None,
            opinion_text=proposal.opinion_text,
            opined_by_name=proposal.opined_by_name,
            opined_at=proposal.opined_at,
            closing_note=proposal.closing_note,
            closed_by_name=proposal.closed_by_name,
            closed_at=proposal.closed_at,
            resulting_version_no=proposal.resulting_version_no,
            allowed_actions=self.allowed_actions(proposal),
            version=proposal.version,
        )

    # --- proposing

    async def propose(self, wish: ItemProposalCreate) -> ItemProposal:
        """Ask for a new item, a change or a withdrawal (MGMT 六).

        Raises Forbidden, ProposalIncomplete, ContentFaulty, ItemNotFound, ItemWithdrawn,
        ItemVersionOutdated, ItemListed, ProposalOpen.
        """
        _check_fields(wish)
        item = None if wish.item_id is None else await self.items.item(wish.item_id)
        department_id = wish.department_id if item is None else item.department_id
        assert department_id is not None, "a new item names its department"
        if not may_propose(department_id, self.caller):
            raise Forbidden("事项申请由本部门首席代表或中心办公室提出。", article=ARTICLE)
        if item is None and not await self.catalog.department_is_open(
            department_id, hall_day(self.now)
        ):
            raise DepartmentNotOpen
        if item is not None:
            _check_base(item, wish.base_version_no)
        content = None if wish.content is None else wish.content.to_content()
        if content is not None:
            await self._check_content(content, department_id, item)
        proposal = await self.catalog.add(
            ItemProposal(
                kind=wish.kind,
                state=ProposalState.PROPOSED,
                department_id=department_id,
                item_id=wish.item_id,
                base_version_no=wish.base_version_no,
                item_name=content.name if content else _name_of(item),
                content=None if content is None else content_to_json(settle(content)),
                reason=wish.reason,
                proposed_by=self.caller.account_id,
                proposed_by_name=self.caller.name,
                proposed_at=self.now,
            )
        )
        await self._tell(proposal, None)
        return proposal

    async def _check_content(
        self, content: ItemContent, department_id: UUID, item: ItemAsRead | None
    ) -> None:
        faults = [*_proposed_faults(content, item)]
        entry = ItemEntry(department_id=department_id, content=content)
        faults += (await self.items.faults_of([entry]))[0]
        if faults:
            raise ContentFaulty(faults)
        same = await self.catalog.same_item(
            department_id, content.name, content.item_code, but_not=item.id if item else None
        )
        if same is not None:
            raise ItemListed(f"本部门已有名称和国家编码都相同的事项 {same}，请在原事项上修改。")

    # --- on the way to a decision

    async def give_opinion(
        self, proposal_id: UUID, opinion: ProposalOpinion, *, seen: int
    ) -> ItemProposal:
        """The office's opinion, which the decision needs (MGMT 六)."""
        proposal = await self._hold(proposal_id, ProposalAction.OPINION, seen)
        proposal.opinion = opinion.opinion
        proposal.opinion_text = opinion.text
        proposal.opined_by = self.caller.account_id
        proposal.opined_by_name = self.caller.name
        proposal.opined_at = self.now
        return await self._move(proposal, ProposalAction.OPINION)

    async def approve(
        self, proposal_id: UUID, approval: ProposalApproval, *, seen: int
    ) -> ItemProposal:
        """Put the proposed version in force, or withdraw the item, at once (MGMT 六).

        Raises ItemVersionOutdated, ItemWithdrawn, ItemListed and ProposalUnfit when the world has
        moved on since it was proposed.
        """
        proposal = await self._hold(proposal_id, ProposalAction.APPROVE, seen)
        await self._check_still_current(proposal)
        if proposal.content is None:
            assert proposal.item_id is not None, "a withdrawal names its item"
            await self.items.withdraw_item(proposal.item_id, reason=proposal.reason)
        else:
            await self._put_in_force(proposal, content_from_json(proposal.content))
        return await self._close(proposal, ProposalAction.APPROVE, approval.note)

    async def reject(
        self, proposal_id: UUID, decision: ProposalDecision, *, seen: int
    ) -> ItemProposal:
        """Leave everything as it is, and say why."""
        proposal = await self._hold(proposal_id, ProposalAction.REJECT, seen)
        return await self._close(proposal, ProposalAction.REJECT, decision.note)

    async def withdraw(
        self, proposal_id: UUID, decision: ProposalDecision, *, seen: int
    ) -> ItemProposal:
        """Take back a proposal that is not decided."""
        proposal = await self._hold(proposal_id, ProposalAction.WITHDRAW, seen)
        return await self._close(proposal, ProposalAction.WITHDRAW, decision.note)

    async def _hold(self, proposal_id: UUID, action: ProposalAction, seen: int) -> ItemProposal:
        """Lock a proposal for a command: seen? theirs? up to date? possible in its state?"""
        proposal = await self.catalog.lock_proposal(proposal_id, self.caller)
        if proposal is None:
            raise ProposalNotFound
        refusal = why_not(action, _place(proposal), self.caller)
        if refusal is not None and refusal.code == "forbidden":
            raise Forbidden(refusal.reason, article=ARTICLE)
        require_version(proposal.version, seen)
        if refusal is not None:
            raise ProposalClosed(refusal.reason, allowed=sorted(PROPOSAL_MOVES[proposal.state]))
        return proposal

    async def _check_still_current(self, proposal: ItemProposal) -> None:
        if proposal.item_id is not None:
            locked = await self.catalog.lock_items([proposal.item_id])
            item = locked[proposal.item_id]
            if item.status is ItemStatus.WITHDRAWN:
                raise ItemWithdrawn
            if item.current_version_no != proposal.base_version_no:
                raise ItemVersionOutdated

    async def _put_in_force(self, proposal: ItemProposal, content: ItemContent) -> None:
        if not await self.catalog.department_is_open(proposal.department_id, hall_day(self.now)):
            raise ProposalUnfit("该部门已撤出中心，其事项不能再生效，请不予批准或撤回。")
        entry = ItemEntry(
            department_id=proposal.department_id, content=content, item_id=proposal.item_id
        )
        try:
            done = await self.items.put_in_force([entry], origin=VersionOrigin.PROPOSAL)
        except ContentFaulty as faulty:  # right when proposed: what it names has changed since
            raise ProposalUnfit(faulty.detail, errors=faulty.errors) from faulty
        proposal.item_id = done[0].item_id
        proposal.resulting_version_no = done[0].version_no

    async def _close(
        self, proposal: ItemProposal, action: ProposalAction, note: str | None
    ) -> ItemProposal:
        proposal.closing_note = note
        proposal.closed_by = self.caller.account_id
        proposal.closed_by_name = self.caller.name
        proposal.closed_at = self.now
        return await self._move(proposal, action)

    async def _move(self, proposal: ItemProposal, action: ProposalAction) -> ItemProposal:
        before = proposal.state
        proposal.state = PROPOSAL_MOVES[before][action]
        await self.catalog.session.flush()
        await self._tell(proposal, before)
        return proposal

    async def _tell(self, proposal: ItemProposal, before: ProposalState | None) -> None:
        state: dict[str, object] = {
            "state": proposal.state,
            "kind": proposal.kind,
            "item_name": proposal.item_name,
        }
        said: dict[str, object] = {
            "opinion": proposal.opinion,
            "note": proposal.closing_note or proposal.opinion_text,
        }
        await record_audit(
            self.catalog.session,
            caller=self.caller,
            action=f"item_proposals.{proposal.state}",
            subject_type="item_proposal",
            subject_id=proposal.id,
            old=None if before is None else {"state": before},
            new=state | ({"reason": proposal.reason} if before is None else said),
        )
        await publish_event(
            self.catalog.session,
            kind=f"item_proposal.{proposal.state}",
            subject_type="item_proposal",
            subject_id=proposal.id,
            occurred_at=self.now,
            facts=state,
            department_id=proposal.department_id,
        )


def _place(proposal: ItemProposal) -> ProposalPlace:
    return ProposalPlace(proposal.department_id, proposal.proposed_by, proposal.state)


def _name_of(item: ItemAsRead | None) -> str:
    assert item is not None, "a withdrawal names its item"
    return item.content.name


_NEEDED = {
    ProposalKind.NEW: ("department_id", "content"),
    ProposalKind.CHANGE: ("item_id", "base_version_no", "content"),
    ProposalKind.WITHDRAWAL: ("item_id", "base_version_no"),
}
_ALL_FIELDS = ("department_id", "item_id", "base_version_no", "content")


def _check_fields(wish: ItemProposalCreate) -> None:
    """Each kind of proposal has its own fields, no more and no less."""
    given = {name for name in _ALL_FIELDS if getattr(wish, name) is not None}
    needed = _NEEDED[wish.kind]
    problems = [
        FieldProblem(f"/{name}", "missing", f"{wish.kind.label}的申请必须填写此项。")
        for name in needed
        if name not in given
    ] + [
        FieldProblem(f"/{name}", "not_needed", f"{wish.kind.label}的申请不需要此项，请删去。")
        for name in _ALL_FIELDS
        if name in given and name not in needed
    ]
    if problems:
        raise ProposalIncomplete(errors=problems)


def _check_base(item: ItemAsRead, base_version_no: int | None) -> None:
    if item.status is ItemStatus.WITHDRAWN:
        raise ItemWithdrawn
    if item.version_no != base_version_no:
        raise ItemVersionOutdated(
            f"该事项现行版本是第 {item.version_no} 版，请按现行版本重新提出申请。"
        )


def _proposed_faults(content: ItemContent, item: ItemAsRead | None) -> Iterable[ContentFault]:
    """What a person may not leave open, though an import may."""
    if not content.window_ids:
        yield ContentFault(
            "/window_ids",
            "no_window",
            "请至少选择一个办理窗口：事项必须在中心窗口办理（MGMT 九）。",
        )
    open_marks = item.content.to_complete if item else ()
    for place, mark in enumerate(content.to_complete):
        if mark not in open_marks:
            yield ContentFault(
                f"/to_complete/{place}",
                "not_assumed",
                f"{mark.label}在现行版本中不是暂定内容，请直接填写后从待补全中去掉。",
            )
    if item is not None and settle(content) == item.content:
        yield ContentFault("", "nothing_changed", "申请的内容与现行版本完全相同，没有需要变更的。")
