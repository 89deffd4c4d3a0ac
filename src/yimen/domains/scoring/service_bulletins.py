"""The monthly brief of a department (APPRAISE 四(三)2), and explanations as pages to print."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

from yimen.core.audit import record_audit
from yimen.core.caller import Caller, Role
from yimen.core.clock import HALL_ZONE
from yimen.core.errors import Forbidden, NotFound
from yimen.domains.papers.service_printing import Document, Printer
from yimen.domains.rulebook.enums import Proof
from yimen.domains.rulebook.rules import Edition
from yimen.domains.scoring.access import sees_all
from yimen.domains.scoring.enums import WITH_STAFF, SubjectKind
from yimen.domains.scoring.repository_standing import TotalRow
from yimen.domains.scoring.rules import Subject, explain, mean_of, points_text, shown
from yimen.domains.scoring.rules_month import (
    NOT_RATED,
    Bar,
    Brief,
    page_data,
    write_brief,
)
from yimen.domains.scoring.rules_sheet import HtmlSheet, Sheet, SheetLine, to_html
from yimen.domains.scoring.rules_words import say_article, say_line
from yimen.domains.scoring.schemas import ExplanationLine
from yimen.domains.scoring.service import ScoreService, score_of

TEMPLATE = Path(__file__).with_name("brief.typ").read_bytes()
MONTHS_SHOWN = 6


class BriefNotFound(NotFound):
    code = "score_brief_not_found"
    title = "该部门这个月没有考评，或者您无权查看。"


class NoBriefForYou(Forbidden):
    code = "score_brief_not_yours"
    title = "考评简报发给部门，由首席代表、中心办公室和中心主任查看。"


class BulletinService:
    """What goes out on paper."""

    def __init__(self, scores: ScoreService, caller: Caller, now: datetime) -> None:
        self.service = scores
        self.scores = scores.scores
        self.caller = caller
        self.now = now

    async def sheet(
        self, subject: Subject, month: date, version_no: int | None = None
    ) -> HtmlSheet:
        """A score's explanation as a page that a browser prints; raises ScoreNotFound."""
        found = await self.service.explanation(subject, month, version_no)
        score = found.score
        facts = [
            ("考评对象", f"{score.kind_label} {_called(score.number, score.name)}"),
            ("所属部门", score.department_name or "—"),
            ("月度得分", f"{score.score} 分" if score.score else NOT_RATED),
            ("状态", f"{score.state_label}（第 {score.version_no} 版）"),
            ("制度版本", found.edition_code),
        ]
        if found.digest:
            facts.append(("封存摘要", found.digest))
        return to_html(
            Sheet(
                title=f"{month.year}年{month.month}月考评得分说明",
                facts=facts,
                formula=found.formula,
                lines=[_sheet_line(line) for line in found.lines],
                not_counted=[_sheet_line(line) for line in found.not_counted],
                members=[(member.name, member.score) for member in found.members],
                note=self._note_for(subject, month),
            )
        )

    def _note_for(self, subject: Subject, month: date) -> str:
        """What can be done about the score, and what it can lead to."""
        said = "对上列事项有异议的，请按各项下面写的办法提出；不清楚的，请向中心办公室询问。"
        edition = self.service.rulebook.edition_on(month)
        if subject.kind is not SubjectKind.STAFF:
            return said + _what_follows(subject.kind, edition)
        low = edition.rule("scoring.low_month")
        running = "，".join(
            f"连续{ground.times}个月的{ground.measure.label}"
            for ground in edition.grounds
            if ground.proof is Proof.LOW_MONTH
        )
        days = edition.integer("discipline.appeal_days")
        return (
            f"{said}月度得分{low.text}，{running}（{say_article(low.article)}），由人决定。"
            "因得分或上列事项受到诫勉教育、效能告诫的，由中心办公室另行下达文书，"
            f"可在收到之日起{days}个工作日内书面申辩（{say_article('DISCIPLINE 十一')}）。"
        )

    async def workbook(self, department_id: UUID, month: date) -> bytes:
        """A department's brief as XLSX; noted in the audit. Raises BriefNotFound."""
        brief = await self._brief(department_id, month)
        await self._note("xlsx", department_id, month)
        return await asyncio.to_thread(write_brief, brief)

    async def pdf(self, department_id: UUID, month: date, printer: Printer) -> bytes:
        """A department's brief as PDF; noted in the audit. Raises BriefNotFound, FontMissing."""
        brief = await self._brief(department_id, month)
        await self._note("pdf", department_id, month)
        document = Document(TEMPLATE, "brief.json", page_data(brief), brief.texts())
        return await printer.print_document(document, issued_at=self.now)

    async def _note(self, kind: str, department_id: UUID, month: date) -> None:
        await record_audit(
            self.scores.session,
            caller=self.caller,
            action="scores.export_brief",
            subject_type="department",
            subject_id=department_id,
            new={"month": f"{month:%Y-%m}", "format": kind},
        )

    async def _brief(self, department_id: UUID, month: date) -> Brief:
        if self.caller.role is Role.WINDOW:
            raise NoBriefForYou
        if not sees_all(self.caller) and self.caller.department_id != department_id:
            raise BriefNotFound
        department = await self.scores.department(department_id)
        rows = await self.scores.of_department(department_id, month, self.caller)
        if department is None or not rows:
            raise BriefNotFound
        row = rows[0].month
        places = [each for each in rows if each.total.subject_kind in WITH_STAFF]
        people = [each for each in rows if each.total.subject_kind is SubjectKind.STAFF]
        at = self.now.astimezone(HALL_ZONE)
        return Brief(
            title=f"{department.name}{month.year}年{month.month}月考评简报",
            subtitle=f"{row.state.label}，第{row.version_no}版；依据制度版本 {row.edition_code}",
            windows=[_window_row(each) for each in places],
            people=[
                (
                    each.total.number,
                    each.total.name,
                    points_text(each.total.own),
                    _said(each),
                )
                for each in people
            ],
            entries=await self._entries(rows, month),
            months=await self._months(department_id, month),
            note="抄送：县委、县政府、县纪委、县委组织部备案"
            f"（{say_article('APPRAISE 四(三)2')}）。对考评有异议的，请与中心办公室联系。",
            issued=f"县行政服务中心办公室　{at.year}年{at.month}月{at.day}日",
        )

    async def _entries(
        self, rows: Sequence[TotalRow], month: date
    ) -> list[tuple[str, str, str, str]]:
        card = self.service.card(rows[0].month)
        by_subject = defaultdict(list)
        for entry in await self.scores.entries(month, rows[0].total.version_no):
            by_subject[entry.posting.fact.subject].append(entry.posting)
        found = []
        for row in rows:
            total = row.total
            for line in explain(by_subject[Subject(total.subject_kind, total.subject_id)], card):
                fact, taken = line.posting.fact, line.posting.taken
                if taken:
                    who = f"{total.number} {total.name}"
                    points = _signed(points_text(taken))
                    found.append((fact.day.isoformat(), who, say_line(line), points))
        return sorted(found)

    async def _months(self, department_id: UUID, month: date) -> list[Bar]:
        first = month
        for _ in range(MONTHS_SHOWN - 1):
            first = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
        by_month: dict[date, list[Fraction | None]] = defaultdict(list)
        for kind in WITH_STAFF:
            for total, _ in await self.scores.months_of_many(kind, None, first, month):
                if total.department_id == department_id:
                    by_month[total.month].append(score_of(total))
        means = {each: shown(mean_of(scores)) for each, scores in sorted(by_month.items())}
        return [Bar(f"{each:%Y-%m}", mean) for each, mean in means.items() if mean is not None]


def _what_follows(kind: SubjectKind, edition: Edition) -> str:
    """What low scores lead to for guards and agencies; nothing is set for the others."""
    if kind is SubjectKind.GUARD:
        month, year = edition.rule("guards.low_month"), edition.rule("guards.low_year")
        months = edition.integer("guards.low_months")
        return (
            f"一年内{months}个月{month.text}（{say_article(month.article)}），"
            f"或者年度{year.text}（{say_article(year.article)}）的，予以解聘，由人决定。"
        )
    if kind is SubjectKind.AGENCY:
        rule = edition.rule("agencies.last_places_removed")
        return (
            f"年终考评最后一名的通报批评，连续{rule.text}最后一名的清退出中心"
            f"（{say_article(rule.article)}），由人决定。"
        )
    return ""


def _window_row(row: TotalRow) -> tuple[str, str, str, str, str, str]:
    total = row.total
    score = shown(score_of(total))
    mean = None
    if total.staff_sum is not None and total.staff_ids:
        mean = shown(Fraction(total.staff_sum, len(total.staff_ids)))
    return (
        total.number,
        total.name,
        NOT_RATED if score is None else str(score),
        points_text(total.own),
        "—" if mean is None else str(mean),
        "—" if score is None else str(row.rank),
    )


def _said(row: TotalRow) -> str:
    said = [
        f"{indicator.label}{'加' if taken < 0 else '扣'}{points_text(abs(taken))}分"
        for indicator, taken in row.taken.items()
    ]
    return "，".join(said) or "无扣分"


def _sheet_line(line: ExplanationLine) -> SheetLine:
    return SheetLine(
        day=line.day.isoformat(),
        text=line.text,
        remedy=line.remedy,
        taken=_signed(line.taken),
        after=line.score_after,
    )


def _called(number: str, name: str) -> str:
    """A guard or a floor has no number beside its name."""
    return name if number == name else f"{number} {name}"


def _signed(taken: str) -> str:
    """What an entry does to the score: a deduction has a minus, a bonus a plus."""
    return f"＋{taken[1:]}" if taken.startswith("-") else f"－{taken}" if float(taken) else taken
