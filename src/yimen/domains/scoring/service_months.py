"""The months: opened, published, opened again, sealed, and checked against their seal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from yimen.core.audit import record_audit
from yimen.core.caller import Caller
from yimen.core.clock import hall_day
from yimen.core.errors import Conflict, FieldProblem, Forbidden, InvalidInput, NotFound, Refusal
from yimen.core.outbox import publish_event
from yimen.core.pagination import Page, PageQuery
from yimen.core.preconditions import require_version
from yimen.core.schemas import AllowedAction
from yimen.domains.rulebook.service import RulebookService
from yimen.domains.scoring.access import why_not_month
from yimen.domains.scoring.enums import MONTH_MOVES, MonthAction, MonthState
from yimen.domains.scoring.models import ScoreEntry, ScoreMonth, ScoreRule, ScoreTotal, ScoreVersion
from yimen.domains.scoring.repository import EntryRow, ScoreRepository
from yimen.domains.scoring.repository_ledger import Session
from yimen.domains.scoring.rules import (
    ScoreCard,
    Subject,
    digest_of,
    month_of,
    own_scores,
    post,
)
from yimen.domains.scoring.rules_card import card_of
from yimen.domains.scoring.schemas_months import (
    MonthRead,
    Reopening,
    Verification,
    VerifiedVersion,
    VersionList,
    VersionRead,
)
from yimen.domains.scoring.service import score_of
from yimen.domains.scoring.service_gathering import Span
from yimen.domains.scoring.service_posting import EVERYTHING, SUBJECT, PostingService


class MonthNotFound(NotFound):
    code = "score_month_not_found"
    title = "这个月还没有考评。"


class NotYoursToMove(Forbidden):
    code = "score_month_not_yours"
    title = "月度考评由中心办公室公布和封存，由中心主任重新打开。"


class WrongMonthState(Conflict):
    code = "score_month_state"
    title = "该月考评当前的状态不允许这样办理。"


class MonthNotOver(Conflict):
    code = "score_month_not_over"
    title = "这个月还没有结束，不能公布考评结果。"


class AttendanceWaiting(Conflict):
    code = "score_attendance_waiting"
    title = "这个月的考勤还有变动没有计算完，请稍候再办。"


class YearNotFinished(Conflict):
    code = "score_year_not_finished"
    title = "该年度还有月份没有封存，不能封存年度考评。"


class YearSealed(Conflict):
    code = "score_year_sealed"
    title = "该年度考评已经封存，不能再更正其中的月份。"
    constraint = "pk_score_years"


SEAL_GONE = "这一版的封存记录缺失。"

_BY_CODE = {"score_month_state": WrongMonthState, "score_month_not_over": MonthNotOver}


class MonthService:
    """Months as one caller may move them."""

    def __init__(
        self, scores: ScoreRepository, posting: PostingService, caller: Caller, now: datetime
    ) -> None:
        self.scores = scores
        self.posting = posting
        self.caller = caller
        self.now = now

    async def list_page(self, query: PageQuery) -> Page[MonthRead]:
        """All months, the latest first."""
        rows, cursor, total = await self.scores.months_page(query)
        return Page(items=[self.present(row) for row in rows], next_cursor=cursor, total=total)

    async def find(self, month: date) -> ScoreMonth:
        """A month; raises MonthNotFound."""
        row = await self.scores.month(month)
        if row is None:
            raise MonthNotFound
        return row

    async def read(self, month: date) -> MonthRead:
        """One month; raises MonthNotFound."""
        return self.present(await self.find(month))

    async def open(self, month: date) -> MonthRead:
        """Keep a month that had passed before; raises InvalidInput for one to come."""
        if month > hall_day(self.now):
            problem = FieldProblem("/month", "future", "不能提前打开以后的月份。")
            raise InvalidInput(errors=[problem])
        await self.posting.ledger.hold()
        is_new = await self.scores.month(month) is None
        row = await self.posting.open(month)
        if is_new:
            await self.posting.refresh(row, EVERYTHING, roster_changed=True)
            await self._tell(row, "open", old=None)
        return self.present(row)

    async def close(self, month: date, seen: int) -> MonthRead:
        """Publish a month that is over: provisional, may be questioned."""
        row = await self._begin(MonthAction.CLOSE, month, seen)
        await self._take_in(row)
        return await self._move(row, MonthState.PROVISIONAL, "close")

    async def reopen(self, month: date, seen: int, wish: Reopening) -> MonthRead:
        """Take a published month back into work."""
        row = await self._begin(MonthAction.REOPEN, month, seen)
        return await self._move(row, MonthState.OPEN, "reopen", reason=wish.reason)

    async def seal(self, month: date, seen: int) -> MonthRead:
        """Fix a published month as version 1, with its digest."""
        row = await self._begin(MonthAction.SEAL, month, seen)
        await self._take_in(row)
        version = await self.set_seal(row, version_no=row.version_no)
        return await self._move(row, MonthState.SEALED, "seal", digest=version.digest)

    async def _take_in(self, row: ScoreMonth) -> None:
        """Everything that the records say now; nothing that is still being derived."""
        if await self.posting.gatherer.attendance.is_waiting(*Span.of(row.month)):
            raise AttendanceWaiting
        await self.posting.refresh(row, EVERYTHING, roster_changed=True)

    async def set_seal(
        self,
        row: ScoreMonth,
        *,
        version_no: int,
        reason: str | None = None,
        amendment_id: object = None,
    ) -> ScoreVersion:
        """Write the digest of a version: of the one before, its entries and its totals."""
        before = await self._digest_before(row.month, version_no)
        ledger = await self.scores.ledger_of(row.month, version_no)
        totals = await self.scores.totals(row.month, version_no)
        taken = await self.scores.taken_by_rule(row.month, version_no)
        return await self.scores.add(
            ScoreVersion(
                month=row.month,
                version_no=version_no,
                sealed_at=self.now,
                sealed_by_name=self.caller.name,
                reason=reason,
                amendment_id=amendment_id,
                entry_count=len(ledger),
                digest=digest_of(before, _sealed_rows(ledger, totals, taken)),
            )
        )

    async def _digest_before(self, month: date, version_no: int) -> str:
        for version in await self.scores.versions(month):
            if version.version_no == version_no - 1:
                return version.digest
        return f"{month:%Y-%m}"

    async def _begin(self, action: MonthAction, month: date, seen: int) -> ScoreMonth:
        await self.posting.ledger.hold()
        row = await self.find(month)
        refusal = self._refusal(action, row)
        if refusal is not None and refusal.code == "forbidden":
            raise NotYoursToMove(refusal.reason)
        require_version(row.version, seen)
        if refusal is not None:
            allowed = [one.action for one in self._allowed(row) if one.allowed]
            raise _BY_CODE[refusal.code](refusal.reason, allowed=allowed)
        return row

    async def _move(self, row: ScoreMonth, to: MonthState, act: str, **more: object) -> MonthRead:
        assert to in MONTH_MOVES[row.state]
        old = {"state": row.state, "version": row.version}
        row.state = to
        row.version += 1
        await self.scores.flush()
        await self._tell(row, act, old=old, more=more)
        return self.present(row)

    async def _tell(
        self,
        row: ScoreMonth,
        act: str,
        *,
        old: dict[str, object] | None,
        more: dict[str, object] | None = None,
    ) -> None:
        month = f"{row.month:%Y-%m}"
        facts = {"state": row.state, "version_no": row.version_no, "version": row.version}
        await record_audit(
            self.scores.session,
            caller=self.caller,
            action=f"scores.{act}",
            subject_type=SUBJECT,
            subject_id=month,
            old=old,
            new=facts | (more or {}),
        )
        await publish_event(
            self.scores.session,
            kind=f"score.{act}",
            subject_type=SUBJECT,
            subject_id=month,
            occurred_at=self.now,
            facts={"month": month, **facts},
        )

    # Years

    async def seal_year(self, year: int) -> None:
        """Settle a year: none of its months is amended any more. Raises YearNotFinished."""
        await self.posting.ledger.hold()
        months = await self.scores.months_of_year(year)
        if not months or any(row.state is not MonthState.SEALED for row in months):
            raise YearNotFinished
        await self.scores.settle_year(year, at=self.now, by_name=self.caller.name)
        await record_audit(
            self.scores.session,
            caller=self.caller,
            action="scores.seal_year",
            subject_type="score_year",
            subject_id=year,
            new={"months": len(months)},
        )
        await publish_event(
            self.scores.session,
            kind="score.seal_year",
            subject_type="score_year",
            subject_id=year,
            occurred_at=self.now,
            facts={"year": year, "months": len(months)},
        )

    # Checking

    async def versions(self, month: date) -> VersionList:
        """The sealed versions of a month, the first one first."""
        await self.find(month)
        found = await self.scores.versions(month)
        return VersionList(items=[VersionRead.model_validate(each) for each in found])

    async def verify(self, month: date) -> Verification:
        """Recompute every sealed version and compare it with its seal; raises MonthNotFound."""
        row = await self.find(month)
        return await verify_month(self.scores, row, self.posting.card(row))

    # Showing

    def _refusal(self, action: MonthAction, row: ScoreMonth) -> Refusal | None:
        is_over = hall_day(self.now) > Span.of(row.month).last
        return why_not_month(action, row.state, self.caller, is_over=is_over)

    def _allowed(self, row: ScoreMonth) -> list[AllowedAction]:
        return [AllowedAction.of(action, self._refusal(action, row)) for action in MonthAction]

    def present(self, row: ScoreMonth) -> MonthRead:
        """A month as its caller sees it."""
        return MonthRead(
            month=f"{row.month:%Y-%m}",
            state=row.state,
            state_label=row.state.label,
            edition_code=row.edition_code,
            version_no=row.version_no,
            posted_at=row.posted_at,
            allowed_actions=self._allowed(row),
            version=row.version,
        )


async def verify_month(scores: ScoreRepository, row: ScoreMonth, card: ScoreCard) -> Verification:
    """A month's sealed versions, each against its seal and the seal before it."""
    checked = []
    found = {version.version_no: version for version in await scores.versions(row.month)}
    before = f"{row.month:%Y-%m}"
    newest = row.version_no if row.state is MonthState.SEALED else 0
    for version_no in range(1, max(newest, *found, 0) + 1):
        version = found.get(version_no)
        problems = [SEAL_GONE]
        if version is not None:
            problems = await _problems_of(scores, version, card, before)
            before = version.digest
        checked.append(
            VerifiedVersion(version_no=version_no, is_sound=not problems, problems=problems)
        )
    return Verification(
        month=f"{row.month:%Y-%m}",
        is_sound=all(each.is_sound for each in checked),
        versions=checked,
    )


async def verify_as_system(session: Session, month: date | None) -> list[Verification]:
    """For whoever sits at the machine: one month, or all, the earliest first.

    Raises MonthNotFound.
    """
    scores = ScoreRepository(session)
    rulebook = RulebookService()
    await rulebook.reread(session)
    rows = await scores.all_months() if month is None else [await scores.month(month)]
    verified = []
    for row in rows:
        if row is None:
            raise MonthNotFound
        card = card_of(rulebook.edition(row.edition_code))
        verified.append(await verify_month(scores, row, card))
    return verified


async def _problems_of(
    scores: ScoreRepository, version: ScoreVersion, card: ScoreCard, before: str
) -> list[str]:
    month, version_no = version.month, version.version_no
    ledger = await scores.ledger_of(month, version_no)
    totals = await scores.totals(month, version_no)
    taken = await scores.taken_by_rule(month, version_no)
    problems = []
    if digest_of(before, _sealed_rows(ledger, totals, taken)) != version.digest:
        problems.append("台账或得分与封存时的摘要不符。")
    sums = await scores.ledger_sums(month, version_no)
    problems += [
        f"{total.number} {total.name}：台账合计与得分不符。"
        for total in totals
        if total.own != card.base - sums.get(_subject(total), 0)
    ]
    entries = await scores.entries(month, version_no)
    problems += _recomputed_otherwise(entries, totals, card)
    return problems


def _subject(total: ScoreTotal) -> Subject:
    return Subject(total.subject_kind, total.subject_id)


def _sealed_rows(
    ledger: Iterable[tuple[ScoreEntry, ScoreRule]],
    totals: Iterable[ScoreTotal],
    taken: Mapping[Subject, Sequence[tuple[str, int]]],
) -> Iterable[list[object]]:
    """What a seal covers, value by value."""
    for entry, rule in ledger:
        yield [
            entry.id, entry.subject_kind.value, entry.subject_id, entry.day, rule.edition_code,
            rule.code, rule.points, rule.cap_group, rule.cap, rule.article, entry.count,
            entry.asked, entry.taken, entry.room, entry.evidence, entry.why_not,
            entry.source.value, entry.source_id, entry.reverses_id,
        ]  # fmt: skip
    for total in totals:
        yield [
            total.subject_kind.value, total.subject_id, total.number, total.name,
            total.department_id, total.window_ids, total.staff_ids, total.own, total.staff_sum,
            total.numerator, total.denominator, total.ranked_by, taken.get(_subject(total), ()),
        ]  # fmt: skip


def _recomputed_otherwise(
    entries: Iterable[EntryRow], totals: Iterable[ScoreTotal], card: ScoreCard
) -> list[str]:
    """Where the pure rule comes to something else than the ledger and the totals."""
    kept = [entry.posting for entry in entries]
    fresh = post([posting.fact for posting in kept], card)
    problems = []
    if sorted(map(repr, fresh)) != sorted(map(repr, kept)):
        problems.append("按制度重新计算，扣分条目与台账不符。")
    totals = list(totals)
    own = own_scores(fresh, card, [_subject(total) for total in totals])
    for total in totals:
        if month_of(_subject(total), own, total.staff_ids, card) != score_of(total):
            problems.append(f"{total.number} {total.name}：按制度重新计算，得分不符。")
    return problems
