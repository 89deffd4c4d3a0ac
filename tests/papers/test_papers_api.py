"""Papers over HTTP: who sees and voids them, as what they are shown, what the public may know."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cases_factories import PHONE, RESIDENT_ID, take_in
from tests.catalog_factories import Items
from tests.conftest import SignIn
from tests.factories import Hall, Person
from tests.papers_factories import APPLICANT, FONTS, make_paper, sample, words_of

from yimen.core.audit import AuditEntry
from yimen.core.caller import Caller
from yimen.core.database import Database
from yimen.core.outbox import OutboxEvent
from yimen.domains.papers.dependencies import pdf_printer
from yimen.domains.papers.enums import PaperKind
from yimen.domains.papers.models import Paper
from yimen.domains.papers.repository import PaperRepository
from yimen.domains.papers.rules import hash_of
from yimen.domains.papers.rules_page import Page
from yimen.domains.papers.service import PaperService
from yimen.domains.papers.service_printing import Printer

PAPERS = "/api/v1/papers"
Clients = Callable[[str], httpx.AsyncClient]

CHECK = "/api/v1/public/papers"

PRINTER = Printer(font_dir=FONTS, max_concurrent=1, system_folders=())
FONTLESS = Printer(font_dir=None, max_concurrent=1, system_folders=())


@pytest.fixture(autouse=True)
def printer(app: FastAPI) -> Iterator[None]:
    """Prints with the tests' own font, whatever fonts the machine has."""
    app.dependency_overrides[pdf_printer] = lambda: PRINTER
    yield
    del app.dependency_overrides[pdf_printer]


@pytest.fixture
async def slip(database: Database, hall: Hall) -> UUID:
    """An acceptance slip of window 01, department A."""
    async with database.transaction() as session:
        return await make_paper(session, department_id=hall.department_a, window_id=hall.window_01)


@pytest.fixture
async def minutes(database: Database, hall: Hall) -> UUID:
    """A paper of the centre itself: of no department and no window."""
    async with database.transaction() as session:
        return await make_paper(
            session, PaperKind.CONFERENCE_MINUTES, department_id=None, window_id=None
        )


async def void(
    client: httpx.AsyncClient,
    paper_id: UUID,
    *,
    etag: str | None = '"1"',
    reason: str = "申请人姓名登记有误，已重新出具。",
) -> httpx.Response:
    return await client.post(
        f"{PAPERS}/{paper_id}/void",
        json={"reason": reason},
        headers={} if etag is None else {"If-Match": etag},
    )


@pytest.fixture
def clients(client: httpx.AsyncClient, hall: Hall, sign_in: SignIn) -> Clients:
    """The client of anyone of the standard hall, by name; ``client`` is the public."""

    def of(who: str) -> httpx.AsyncClient:
        if who == "client":
            return client
        person: Person = getattr(hall, who)
        return sign_in(person.account_id, person.session_id)

    return of


SEES = {
    "clerk": 200,
    "colleague": 200,
    "clerk_next_door": 404,
    "clerk_elsewhere": 404,
    "chief": 200,
    "chief_elsewhere": 404,
    "office": 200,
    "director": 200,
    "client": 401,
}
"""Who sees a paper of window 01."""

VOIDS = SEES | {"clerk": 403, "colleague": 403, "director": 403}


@pytest.mark.parametrize(("who", "status"), SEES.items())
@pytest.mark.parametrize("form", ["", "/html", "/pdf"])
async def test_a_paper_is_seen_by_those_of_its_window_and_department(
    clients: Clients, slip: UUID, who: str, status: int, form: str
) -> None:
    client = clients(who)
    reply = await client.get(f"{PAPERS}/{slip}{form}")
    assert reply.status_code == status, reply.text


@pytest.mark.parametrize(("who", "status"), SEES.items())
async def test_a_paper_of_the_centre_is_for_office_and_director(
    clients: Clients, minutes: UUID, who: str, status: int
) -> None:
    client = clients(who)
    reply = await client.get(f"{PAPERS}/{minutes}")
    assert reply.status_code == (status if who in ("office", "director", "client") else 404)


@pytest.mark.parametrize(("who", "status"), VOIDS.items())
async def test_a_paper_is_voided_by_the_office_or_the_chief(
    clients: Clients, slip: UUID, who: str, status: int
) -> None:
    client = clients(who)
    if status in (200, 403):
        seen = (await client.get(f"{PAPERS}/{slip}")).json()["allowed_actions"]
        assert [one["allowed"] for one in seen] == [status == 200, False]
        assert (seen[0]["reason_code"] == "paper_not_yours") == (status == 403)
    reply = await void(client, slip)
    assert reply.status_code == status, reply.text


async def test_a_paper_shows_its_structure_its_text_and_its_code(
    clerk: httpx.AsyncClient, slip: UUID
) -> None:
    reply = await clerk.get(f"{PAPERS}/{slip}")
    paper = reply.json()
    assert reply.headers["ETag"] == '"1"'
    assert paper["kind_label"] == "受理单"
    assert paper["content"]["issuer"] == "县市场监督管理局"
    assert f"验证码：{paper['verification_code']}" in paper["text"]
    assert paper["content_hash"] == hash_of(paper["number"], paper["content"])


async def test_the_page_may_use_its_own_style_and_nothing_else(
    clerk: httpx.AsyncClient, slip: UUID
) -> None:
    reply = await clerk.get(f"{PAPERS}/{slip}/html")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    [policy] = reply.headers.get_list("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert reply.headers["Cache-Control"] == "no-store"
    assert APPLICANT in reply.text
    other = await clerk.get(f"{PAPERS}/{slip}")
    assert other.headers.get_list("Content-Security-Policy") == [
        "default-src 'none'; frame-ancestors 'none'"
    ]


async def test_the_pdf_is_named_by_its_number_and_the_same_each_time(
    clerk: httpx.AsyncClient, office: httpx.AsyncClient, slip: UUID
) -> None:
    reply = await clerk.get(f"{PAPERS}/{slip}/pdf")
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Disposition"] == 'inline; filename="SL-2026-000012.pdf"'
    assert (await office.get(f"{PAPERS}/{slip}/pdf")).content == reply.content
    [words] = words_of(reply.content)
    assert APPLICANT in words
    assert "2026年3月17日（星期二）19:30前" in words


async def test_without_a_font_the_pdf_is_refused_and_the_page_still_served(
    app: FastAPI, clerk: httpx.AsyncClient, slip: UUID
) -> None:
    app.dependency_overrides[pdf_printer] = lambda: FONTLESS
    refused = await clerk.get(f"{PAPERS}/{slip}/pdf")
    assert refused.status_code == 503
    assert refused.json()["code"] == "font_missing"
    assert refused.headers["Retry-After"] == "3600"
    assert "apt-get install fonts-noto-cjk" in refused.json()["detail"]
    assert (await clerk.get(f"{PAPERS}/{slip}/html")).status_code == 200


async def test_a_void_paper_stays_readable_and_is_marked_on_every_rendering(
    chief: httpx.AsyncClient, clerk: httpx.AsyncClient, slip: UUID, session: AsyncSession
) -> None:
    good = (await clerk.get(f"{PAPERS}/{slip}/pdf")).content
    reply = await void(chief, slip)
    assert reply.status_code == 200, reply.text
    assert reply.headers["ETag"] == '"2"'
    voided = reply.json()
    assert voided["voided_at"] == "2026-03-10T11:00:00+08:00"
    assert voided["allowed_actions"][0]["reason_code"] == "paper_already_void"

    line = "【作废】本文书已于2026年3月10日（星期二）作废。原因：申请人姓名登记有误，已重新出具。"
    paper = (await clerk.get(f"{PAPERS}/{slip}")).json()
    assert paper["text"].startswith(f"{line}\n受理单\n")
    assert line in (await clerk.get(f"{PAPERS}/{slip}/html")).text
    pdf = (await clerk.get(f"{PAPERS}/{slip}/pdf")).content
    assert pdf != good
    assert line in words_of(pdf)[0]

    audit = await session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "papers.void"))
    assert audit is not None and audit.subject_id == str(slip)
    event = await session.scalar(sa.select(OutboxEvent).where(OutboxEvent.kind == "paper.voided"))
    assert event is not None and event.facts == {
        "number": "SL-2026-000012",
        "kind": "acceptance_slip",
    }


async def test_a_paper_is_voided_once_as_it_was_seen_and_with_a_reason(
    office: httpx.AsyncClient, slip: UUID
) -> None:
    assert (await void(office, slip, etag=None)).status_code == 428
    assert (await void(office, slip, reason=" ")).status_code == 422
    assert (await void(office, slip, etag='"2"')).status_code == 412
    assert (await void(office, slip)).status_code == 200
    assert (await void(office, slip)).status_code == 412
    again = await void(office, slip, etag='"2"')
    assert again.status_code == 409
    assert again.json()["code"] == "paper_already_void"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE papers SET text = 'x'",
        "UPDATE papers SET verification_code = 'x'",
        "UPDATE papers SET content = '{}'",
        "UPDATE papers SET voided_at = now()",
        "UPDATE papers SET voided_at = now(), void_reason = 'x', number = 'x'",
        "DELETE FROM papers",
    ],
)
async def test_the_database_refuses_every_other_change(
    session: AsyncSession, slip: UUID, change: str
) -> None:
    with pytest.raises(DBAPIError, match="can only be voided"):
        async with session.begin_nested():
            await session.execute(sa.text(change))


async def test_a_void_paper_cannot_be_made_good_again(
    office: httpx.AsyncClient, session: AsyncSession, slip: UUID
) -> None:
    await void(office, slip)
    for change in ("voided_at = NULL, void_reason = NULL", "void_reason = 'x', voided_at = now()"):
        with pytest.raises(DBAPIError, match="can only be voided"):
            async with session.begin_nested():
                await session.execute(sa.text(f"UPDATE papers SET {change}"))


async def test_anyone_can_check_a_paper_and_learns_nothing_personal(
    client: httpx.AsyncClient, office: httpx.AsyncClient, slip: UUID
) -> None:
    paper = (await office.get(f"{PAPERS}/{slip}")).json()
    code = paper["verification_code"]
    reply = await client.get(f"{CHECK}/{code}")
    assert reply.status_code == 200
    assert reply.json() == {
        "verification_code": code,
        "is_valid": True,
        "kind": "acceptance_slip",
        "kind_label": "受理单",
        "number": "SL-2026-000012",
        "issued_on": "2026-03-10",
        "department_name": "县市场监督管理局",
        "window_name": "01号窗口",
        "addressee": "阿**",
        "content_hash": paper["content_hash"],
        "voided_on": None,
    }
    await void(office, slip, reason=f"{APPLICANT}的姓名有误")
    voided = await client.get(f"{CHECK}/{code.replace('-', '').lower()}")
    assert voided.json() == reply.json() | {"is_valid": False, "voided_on": "2026-03-10"}
    assert APPLICANT not in voided.text


async def test_a_paper_of_the_centre_can_be_checked_too(
    client: httpx.AsyncClient, office: httpx.AsyncClient, minutes: UUID
) -> None:
    code = (await office.get(f"{PAPERS}/{minutes}")).json()["verification_code"]
    found = (await client.get(f"{CHECK}/{code}")).json()
    assert found["is_valid"]
    assert (found["department_name"], found["window_name"], found["addressee"]) == (None, None, "")


@pytest.mark.parametrize("code", ["K7QM-3X9P-2RTD", "0000", "SL-2026-000012", "%00", "验证码"])
async def test_an_unknown_code_is_not_found(client: httpx.AsyncClient, code: str) -> None:
    reply = await client.get(f"{CHECK}/{code}")
    assert reply.status_code == 404
    assert reply.json()["code"] == "paper_code_unknown"


async def test_papers_of_intake_have_codes_and_can_be_printed(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, items: Items
) -> None:
    case = await take_in(clerk, items.food)
    papers: list[dict[str, Any]] = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert len({paper["verification_code"] for paper in papers}) == len(papers) == 2
    for paper in papers:
        checked = await client.get(f"{CHECK}/{paper['verification_code']}")
        assert checked.json()["number"] == paper["number"]
        for personal in (case["applicant"]["name"], PHONE, RESIDENT_ID, case["case_number"]):
            assert personal not in checked.text
        pdf = await clerk.get(f"{PAPERS}/{paper['id']}/pdf")
        assert case["case_number"] in "".join(words_of(pdf.content))


@pytest.mark.parametrize("kind", list(PaperKind))
async def test_every_kind_is_served_in_every_form(
    office: httpx.AsyncClient, database: Database, hall: Hall, kind: PaperKind
) -> None:
    async with database.transaction() as session:
        made = await make_paper(
            session, kind, department_id=hall.department_a, window_id=hall.window_01
        )
    body = sample(kind)
    shown = (await office.get(f"{PAPERS}/{made}")).json()
    assert shown["kind_label"] == body.title
    page = await office.get(f"{PAPERS}/{made}/html")
    pdf = await office.get(f"{PAPERS}/{made}/pdf")
    assert (page.status_code, pdf.status_code) == (200, 200)
    for _, value in body.facts:
        assert value in shown["text"]
        assert value in page.text
        assert "".join(value.split()) in "".join(words_of(pdf.content))


async def test_the_rows_are_those_of_the_model(session: AsyncSession, slip: UUID) -> None:
    paper = await session.get_one(Paper, slip)
    assert paper.version == 1
    assert paper.void_line == ""
    assert paper.text == paper.issued_text


class WatchingPrinter(Printer):
    """Notes whether a session still holds a connection while it prints."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__(font_dir=FONTS, max_concurrent=1, system_folders=())
        self.session = session
        self.held: bool | None = None

    async def print_pdf(self, page: Page, *, issued_at: datetime) -> bytes:
        self.held = self.session.in_transaction()
        return await super().print_pdf(page, issued_at=issued_at)


async def test_no_connection_is_held_while_a_pdf_is_made(
    database: Database, hall: Hall, slip: UUID
) -> None:
    person = hall.office
    caller = Caller(
        account_id=person.account_id,
        session_id=person.session_id,
        username=person.username,
        role=person.role,
        staff_id=person.staff_id,
        staff_name=person.name,
        department_id=None,
        window_ids=(),
    )
    async with database.reading() as session:
        printer = WatchingPrinter(session)
        number, pdf = await PaperService(PaperRepository(session)).as_pdf(slip, caller, printer)
    assert printer.held is False
    assert number == "SL-2026-000012"
    assert pdf.startswith(b"%PDF-")


# Issued again


async def reissue(
    client: httpx.AsyncClient, paper_id: UUID | str, *, etag: str = '"2"'
) -> httpx.Response:
    return await client.post(
        f"{PAPERS}/{paper_id}/reissue",
        json={"reason": "原件漏盖印章"},
        headers={"If-Match": etag},
    )


async def offers(client: httpx.AsyncClient, paper_id: UUID | str) -> dict[str, str | None]:
    """What a paper offers, and the code of what it does not."""
    shown = (await client.get(f"{PAPERS}/{paper_id}")).json()["allowed_actions"]
    return {one["action"]: one["reason_code"] for one in shown}


async def test_a_void_slip_is_issued_again_word_for_word(
    *,
    office: httpx.AsyncClient,
    clerk: httpx.AsyncClient,
    client: httpx.AsyncClient,
    items: Items,
    session: AsyncSession,
) -> None:
    """ONCE 二: the applicant is owed the slip in writing, and a void one is worth nothing."""
    case = await take_in(clerk, items.food)
    papers = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    old = next(paper for paper in papers if paper["kind"] == "acceptance_slip")
    assert (await offers(office, old["id"]))["reissue"] == "paper_in_force"
    assert (await reissue(office, old["id"], etag='"1"')).json()["code"] == "paper_in_force"
    await void(office, old["id"], reason="漏盖印章")
    assert (await offers(office, old["id"]))["reissue"] is None
    made = await reissue(office, old["id"])
    assert made.status_code == 200, made.text
    new = made.json()
    assert made.headers["Location"].endswith(new["id"]) and made.headers["ETag"] == '"1"'
    assert (new["replaces_id"], new["kind"]) == (old["id"], "acceptance_slip")
    assert new["number"] != old["number"] and new["voided_at"] is None
    assert new["verification_code"] != old["verification_code"]
    *same, said = new["content"]["notes"]
    assert new["content"] | {"notes": same} == old["content"]
    assert old["number"] in said and "原件漏盖印章" in said
    check = (await client.get(f"{CHECK}/{new['verification_code']}")).json()
    assert (check["is_valid"], check["number"]) == (True, new["number"])
    listed = (await clerk.get(f"/api/v1/cases/{case['id']}/papers")).json()
    assert [paper["id"] for paper in listed] == [paper["id"] for paper in papers] + [new["id"]]
    event = (await session.scalars(sa.select(OutboxEvent).order_by(OutboxEvent.id))).all()[-1]
    assert (event.kind, event.subject_id) == ("paper.reissued", new["id"])

    assert (await offers(office, old["id"]))["reissue"] == "paper_already_reissued"
    assert (await reissue(office, old["id"])).json()["code"] == "paper_already_reissued"
    # the new one may be void in its turn
    await void(office, new["id"])
    third = await reissue(office, new["id"])
    assert third.json()["replaces_id"] == new["id"]


@pytest.mark.parametrize("who", ["clerk", "clerk_elsewhere", "chief_elsewhere", "director"])
async def test_a_paper_is_issued_again_by_whoever_may_void_it(
    clients: Clients, slip: UUID, who: str
) -> None:
    await void(clients("office"), slip)
    reply = await reissue(clients(who), slip)
    assert reply.status_code == (404 if "elsewhere" in who else 403)
    assert (await reissue(clients("chief"), slip)).status_code == 200


@pytest.mark.parametrize(
    "kind", [PaperKind.REFUSAL_NOTICE, PaperKind.REJECTION_FORM, PaperKind.WARNING_LETTER]
)
async def test_what_has_a_command_of_its_own_is_not_copied(
    database: Database, hall: Hall, office: httpx.AsyncClient, kind: PaperKind
) -> None:
    async with database.transaction() as session:
        paper_id = await make_paper(
            session, kind, department_id=hall.department_a, window_id=hall.window_01
        )
    await void(office, paper_id)
    refused = await reissue(office, paper_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "paper_reissued_elsewhere")
    assert (await offers(office, paper_id))["reissue"] == "paper_reissued_elsewhere"
