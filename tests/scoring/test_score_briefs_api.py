"""What goes out on paper: explanations to print, a department's brief as XLSX and PDF."""

import io
from decimal import Decimal
from html.parser import HTMLParser
from zipfile import ZipFile

import httpx
import openpyxl
import pypdf
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from tests.conftest import SetClock
from tests.factories import Hall
from tests.scoring_factories import SCORES, Scoring

from yimen.core.audit import AuditEntry
from yimen.domains.scoring.rules_month import Bar, chart_range

BRIEFS = "/api/v1/score-briefs/2026-03"


@pytest.fixture
async def scoring(
    office: httpx.AsyncClient, session: AsyncSession, clock: SetClock, hall: Hall
) -> Scoring:
    """A March with a staff change and a commendation."""
    made = Scoring(office, session, clock)
    await made.post()
    await made.record("staff_change", "window", hall.window_01, "2026-03-10", title="换人<b>")
    await made.record("commendation", "staff", hall.clerk.staff_id, "2026-03-09", title="=1+1")
    await made.post()
    return made


class Tags(HTMLParser):
    """Which tags a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


async def test_an_explanation_prints_as_a_page_that_nothing_can_break_out_of(
    scoring: Scoring, hall: Hall, clerk: httpx.AsyncClient
) -> None:
    reply = await clerk.get(f"{SCORES}/window/{hall.window_01}/months/2026-03/html")
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    text = reply.text
    for words in ("2026年3月考评得分说明", "市监一窗", "换人&lt;b&gt;", "97.20",
                  "《管理暂行办法》二十三", "中心办公室", "工作人员平均得分"):  # fmt: skip
        assert words in text
    tags = Tags()
    tags.feed(text)
    assert "b" not in tags.seen
    assert "script" not in tags.seen


async def test_a_persons_page_says_what_to_do_by_when_and_what_it_can_lead_to(
    scoring: Scoring, hall: Hall, clerk: httpx.AsyncClient
) -> None:
    text = (await clerk.get(f"{SCORES}/staff/{hall.clerk.staff_id}/months/2026-03/html")).text
    for words in (
        "月度得分65分以下，连续2个月的诫勉教育，连续3个月的退回原单位（《绩效考评实施办法》六(二)）",
        "由人决定",
        "收到之日起5个工作日内书面申辩（《诫勉教育和效能告诫实施细则》十一）",
        "＋1.00",
    ):
        assert words in text
    window = (await clerk.get(f"{SCORES}/window/{hall.window_01}/months/2026-03/html")).text
    assert "书面申辩" not in window and "－5.00" in window
    assert "最迟在本月得分封存前提出" in window


async def test_a_guards_page_says_what_it_can_lead_to(scoring: Scoring) -> None:
    reply = await scoring.client.post(
        "/api/v1/inspection-subjects",
        json={"kind": "guard", "name": "保安一岗", "starts_on": "2026-03-01"},
    )
    await scoring.post()
    path = f"{SCORES}/guard/{reply.json()['id']}/months/2026-03/html"
    text = (await scoring.client.get(path)).text
    assert "基础分 100.00 分（本中心自定）" in text
    assert "逐项加减后为 100.00 分（《安全保卫制度》考评标准）" in text
    assert (
        "一年内2个月低于60分（《安全保卫制度》备注1），"
        "或者年度低于60分（《安全保卫制度》备注2）的，予以解聘，由人决定。"
    ) in text


async def test_a_departments_brief_is_a_workbook_with_a_chart(
    scoring: Scoring, hall: Hall, chief: httpx.AsyncClient, session: AsyncSession
) -> None:
    reply = await chief.post(f"{BRIEFS}/{hall.department_a}/xlsx")
    assert reply.status_code == 200, reply.text
    book = openpyxl.load_workbook(io.BytesIO(reply.content))
    assert book.sheetnames == ["窗口得分", "人员得分", "扣分明细", "历月得分"]
    windows = [[cell.value for cell in row] for row in book["窗口得分"].iter_rows(min_row=5)]
    assert windows == [
        ["01", "市监一窗", "97.20", "95.00", "100.50", "3"],
        ["02", "市监二窗", "100.00", "100.00", "100.00", "1"],
    ]
    entries = [[cell.value for cell in row] for row in book["扣分明细"].iter_rows(min_row=5)]
    assert [row[3] for row in entries] == ["＋1.00", "－5.00"]
    assert "=1+1" in str(entries[0][2])
    assert all(cell.data_type != "f" for row in book["扣分明细"].iter_rows() for cell in row)
    assert book["历月得分"]["B2"].value == 98.6
    assert any(
        name.startswith("xl/charts/") for name in ZipFile(io.BytesIO(reply.content)).namelist()
    )
    noted = await session.scalar(
        sa.select(AuditEntry.new).where(AuditEntry.action == "scores.export_brief")
    )
    assert noted == {"month": "2026-03", "format": "xlsx"}


async def test_the_brief_is_printed_with_every_window_person_and_entry(
    scoring: Scoring, hall: Hall
) -> None:
    reply = await scoring.client.post(f"{BRIEFS}/{hall.department_a}/pdf")
    assert reply.status_code == 200, reply.text
    pages = pypdf.PdfReader(io.BytesIO(reply.content)).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    for words in ("2026年3月考评简报", "市监一窗", hall.clerk.name, "97.20", "98.60", "换人<b>",
                  "窗口历月得分"):  # fmt: skip
        assert words in text, words


async def test_a_brief_of_a_month_without_scores_is_not_there(scoring: Scoring, hall: Hall) -> None:
    reply = await scoring.client.post(f"/api/v1/score-briefs/2020-01/{hall.department_a}/xlsx")
    assert (reply.status_code, reply.json()["code"]) == (404, "score_brief_not_found")


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], (0, 100)), (["100"], (95, 100)), (["97.4", "99"], (95, 100)), (["88", "101"], (85, 105)),
     (["-3"], (-5, 0))],
)  # fmt: skip
def test_a_chart_shows_the_differences(values: list[str], expected: tuple[int, int]) -> None:
    assert chart_range([Bar("2026-03", Decimal(value)) for value in values]) == expected
