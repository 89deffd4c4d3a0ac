"""Furnishes an empty database with the demo hall and seven weeks of its work.

Everything is done by the services that a window would call, each at its own past moment, so the
demo's cases have real due dates, papers, numbers and timelines.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib import resources
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Caller, Role
from yimen.core.clock import HALL_ZONE, hall_day
from yimen.core.database import new_id
from yimen.core.dependencies import Context
from yimen.demo.floor import Floor, keep_secrets
from yimen.demo.oversight import Oversight
from yimen.demo.presence import Presence
from yimen.demo.rounds import Rounds
from yimen.demo.scores import Scores
from yimen.demo.visits import Visits
from yimen.demo.voices import Voices
from yimen.domains.accounts.models import Account
from yimen.domains.calendars.dependencies import calendar_service
from yimen.domains.calendars.rules import WorkCalendar
from yimen.domains.cases.enums import (
    ApplicantKind,
    DeliveryMethod,
    DismissalGround,
    IdKind,
)
from yimen.domains.cases.repository import CaseRepository
from yimen.domains.cases.schemas import (
    ApplicantCreate,
    CaseCreate,
    CaseRead,
    DeliverCommand,
    DismissCommand,
    FinishCommand,
    HandInCommand,
    MaterialIn,
    MissingMaterial,
    NotAcceptCommand,
    SupplementCommand,
    WithdrawCommand,
)
from yimen.domains.cases.service import Bench, CaseService
from yimen.domains.cases.service_intake import IntakeService
from yimen.domains.cases.service_refusal import RefusalService
from yimen.domains.cases.service_steps import StepService
from yimen.domains.catalog.dependencies import open_catalog
from yimen.domains.catalog.enums import CaseKind, ProposalKind, VersionOrigin
from yimen.domains.catalog.rules import ItemContent, content_from_json
from yimen.domains.catalog.schemas import ItemProposalCreate
from yimen.domains.catalog.service import ItemEntry, PutInForce
from yimen.domains.catalog.service_proposals import ProposalService
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    StaffMember,
    Window,
    WindowService,
)
from yimen.domains.organisation.repository import OrganisationRepository
from yimen.domains.organisation.service import OrganisationService
from yimen.domains.papers.dependencies import paper_service
from yimen.domains.rejections.repository import RejectionRepository
from yimen.domains.rejections.schemas import RejectionCreate
from yimen.domains.rejections.service import RejectionService
from yimen.domains.rejections.service_filing import FilingService
from yimen.domains.rulebook.service import RulebookService

DEMO_PASSWORD = "Yimen-demo-2018"  # noqa: S105 - published on purpose; refused outside the demo
DEMO_LOGINS = {
    "demo-window": Role.WINDOW,
    "demo-chief": Role.CHIEF_REPRESENTATIVE,
    "demo-office": Role.OFFICE,
    "demo-director": Role.DIRECTOR,
}
SINCE = date(2018, 11, 1)
DAYS_OF_WORK = 49
CASES = 160

Progress = Callable[[int, int], None]

APPLICANTS = (
    ("阿依古丽·买买提", "654028199001010027"),
    ("努尔兰·叶尔肯", "65402819851206003X"),
    ("巴特尔", "65402819920315001X"),
    ("古丽娜尔·吾守尔·阿不都热依木", None),
    ("示例申请人甲", None),
    ("示例申请人乙", None),
)
FIRMS = (
    ("示例农牧专业合作社", None),
    ("示例建筑工程有限公司", None),
    ("示例餐饮店", None),
)


async def is_empty(session: AsyncSession) -> bool:
    """Whether nobody has an account yet, and so nobody can have put anything in."""
    return not await session.scalar(sa.select(sa.exists(sa.select(Account.id))))


async def fill_demo(context: Context, *, progress: Progress) -> None:
    """Write the whole demo in one transaction: either all of it is there afterwards, or nothing."""
    hall = yaml.safe_load((resources.files("yimen.demo") / "hall.yaml").read_text(encoding="utf-8"))
    password_hash = await context.passwords.hash(DEMO_PASSWORD)
    async with context.database.transaction() as session:
        furnished = await _furnish(session, hall, password_hash, context.clock())
        await _Weeks(session, context, furnished).work(progress)
        await _propose(session, furnished, context.clock())
        await Voices(session, context, furnished.office).add()
        clerks = {at: [one.caller for one in there] for at, there in furnished.clerks.items()}
        await Visits(
            session, context, office=furnished.office, windows=clerks, items=furnished.items
        ).add()
        await Oversight(session, context, office=furnished.office, clerks=clerks).add()
        await Rounds(session, context, office=furnished.office, clerks=clerks).add()
        await Scores(session, context, furnished.office).add()
        # last, since a month is not closed while attendance is being derived
        await Presence(session, context, office=furnished.office, clerks=clerks).add()
        machines = await Floor(session, context, office=furnished.office, clerks=clerks).add()
    keep_secrets(context.settings.data_dir, machines)


async def _propose(session: AsyncSession, hall: "_Furnished", now: datetime) -> None:
    """An item is to leave the catalogue; the office has yet to say what it thinks (MGMT 六)."""
    items = open_catalog(session, hall.office, now)
    await ProposalService(items.catalog, items, hall.office, now).propose(
        ItemProposalCreate(
            kind=ProposalKind.WITHDRAWAL,
            item_id=hall.items[-1][0].item_id,
            base_version_no=1,
            reason="该事项已下放乡镇办理。",
        )
    )


@dataclass(frozen=True, slots=True)
class _Clerk:
    """Somebody who can act at a window, as the system would know them."""

    caller: Caller
    window_id: UUID


@dataclass(frozen=True, slots=True)
class _Furnished:
    clerks: Mapping[UUID, Sequence[_Clerk]]
    """By window."""
    items: Sequence[tuple[PutInForce, ItemContent]]
    office: Caller


async def _furnish(
    session: AsyncSession, hall: Mapping[str, Any], password_hash: str, now: datetime
) -> _Furnished:
    departments = {row["code"]: new_id() for row in hall["departments"]}
    windows = {row["number"]: new_id() for row in hall["windows"]}
    staff = {row["number"]: new_id() for row in hall["staff"]}
    session.add_all(
        Department(id=departments[row["code"]], code=row["code"], name=row["name"],
                   kind=row["kind"])
        for row in hall["departments"]
    )  # fmt: skip
    await session.flush()
    session.add_all(
        Window(
            id=windows[row["number"]],
            number=row["number"],
            name=row["name"],
            department_id=departments[row["department"]],
            kind=row["kind"],
            opened_on=SINCE,
        )
        for row in hall["windows"]
    )
    session.add_all(
        StaffMember(
            id=staff[row["number"]],
            staff_number=row["number"],
            name=row["name"],
            department_id=departments.get(row.get("department")),
            post=row["post"],
        )
        for row in hall["staff"]
    )
    await session.flush()
    accounts = {row["number"]: new_id() for row in hall["staff"]}
    session.add_all(
        Account(
            id=accounts[row["number"]],
            username=row.get("login", f"demo-{row['number']}"),
            password_hash=password_hash,
            role=row["role"],
            staff_id=staff[row["number"]],
            is_demo=True,
            must_change_password=False,
            created_at=now,
            password_changed_at=now,
        )
        for row in hall["staff"]
    )
    session.add_all(
        WindowService(
            staff_id=staff[row["number"]], window_id=windows[row["window"]], starts_on=SINCE
        )
        for row in hall["staff"]
        if "window" in row
    )
    session.add_all(
        ChiefRepresentative(
            department_id=departments[row["department"]],
            staff_id=staff[row["staff"]],
            starts_on=SINCE,
        )
        for row in hall["chief_representatives"]
    )
    await session.flush()
    contents = [_content(row, windows) for row in hall["items"]]
    opened_at = datetime.combine(SINCE, time(11), HALL_ZONE)
    done = await open_catalog(session, None, opened_at).put_in_force(
        [
            ItemEntry(
                department_id=departments[row["department"]], content=content, code=row["code"]
            )
            for row, content in zip(hall["items"], contents, strict=True)
        ],
        origin=VersionOrigin.SET_UP,
    )
    clerks: dict[UUID, list[_Clerk]] = {}
    office = next(row for row in hall["staff"] if row["role"] == Role.OFFICE)
    for row in hall["staff"]:
        if "window" not in row:
            continue
        window_id = windows[row["window"]]
        caller = Caller(
            account_id=accounts[row["number"]],
            session_id=new_id(),
            username=row.get("login", f"demo-{row['number']}"),
            role=Role(row["role"]),
            staff_id=staff[row["number"]],
            staff_name=row["name"],
            department_id=departments[row["department"]],
            window_ids=(window_id,),
        )
        if caller.role is Role.WINDOW or window_id not in clerks:
            clerks.setdefault(window_id, []).append(_Clerk(caller, window_id))
    return _Furnished(
        clerks,
        list(zip(done, contents, strict=True)),
        Caller(
            account_id=accounts[office["number"]],
            session_id=new_id(),
            username=office["login"],
            role=Role.OFFICE,
            staff_id=staff[office["number"]],
            staff_name=office["name"],
            department_id=None,
            window_ids=(),
        ),
    )


def _content(row: Mapping[str, Any], windows: Mapping[str, UUID]) -> ItemContent:
    document = {
        name: value for name, value in row.items() if name not in ("code", "department", "windows")
    }
    document["window_ids"] = sorted(windows[number] for number in row["windows"])
    document["materials"] = [{"pages": None} | material for material in row["materials"]]
    return content_from_json(document)


class _Weeks:
    """The hall's last weeks of work, case by case in the order they came in."""

    def __init__(self, session: AsyncSession, context: Context, hall: _Furnished) -> None:
        self.session = session
        self.context = context
        self.hall = hall
        self.now = context.clock().replace(microsecond=0)
        self.chance = random.Random(2018)  # noqa: S311 - a demo that is the same each time

    async def work(self, progress: Progress) -> None:
        calendar = await (
            await calendar_service(self.session, RulebookService(), self.now)
        ).current()
        moments = self._moments(calendar)
        for number, moment in enumerate(moments, start=1):
            await self._one(number, moment, calendar)
            progress(number, len(moments))

    def _moments(self, calendar: WorkCalendar) -> list[datetime]:
        today = hall_day(self.now)
        days = [
            day
            for back in range(DAYS_OF_WORK, -1, -1)
            if calendar.is_working_day(day := today - timedelta(days=back))
        ]
        found = [
            datetime.combine(self.chance.choice(days), time(10), HALL_ZONE)
            + timedelta(minutes=self.chance.choice([*range(230), *range(365, 550)]))
            for _ in range(CASES)
        ]
        return sorted(moment for moment in found if moment < self.now - timedelta(minutes=5))

    async def _one(self, number: int, at: datetime, calendar: WorkCalendar) -> None:
        item, content = self.hall.items[number % len(self.hall.items)]
        if content.kind not in (CaseKind.IMMEDIATE, CaseKind.COMMITTED) or not content.window_ids:
            return
        clerk = self.chance.choice(self.hall.clerks[self.chance.choice(content.window_ids)])
        fate = self.chance.choices(
            ["granted", "open", "late", "supplement", "received", "dismissed", "not_accepted",
             "withdrawn", "completed", "refused"],
            [46, 14, 8, 8, 4, 4, 2, 3, 11, 4],
        )[0]  # fmt: skip
        complete = fate in ("granted", "open", "late", "withdrawn", "refused")
        case = await self._take_in(clerk, item, content, at, complete=complete)
        later = at + timedelta(minutes=20)
        match fate:
            case "granted" | "late":
                await self._finish(clerk, case, calendar, is_late=fate == "late")
            case "supplement" | "completed":
                case = await self._tell(clerk, case, content, later)
                back = at + timedelta(days=3)
                if fate == "completed" and back < self.now:
                    case = await self._complete(clerk, case, content, back)
                    await self._finish(clerk, case, calendar, is_late=False)
            case "dismissed":
                steps = await self._steps(clerk, later)
                case = await steps.dismiss(
                    case.id,
                    case.version,
                    DismissCommand(
                        ground=DismissalGround.PRINCIPAL_MISSING,
                        reason="未提交申请主件，经说明后仍不补交。",
                        legal_basis="行政许可法第三十二条",
                    ),
                )
                await self._file(clerk, case, later, reason="申请主件不齐，无法审查。")
            case "not_accepted":
                steps = await self._steps(clerk, later)
                case = await steps.not_accept(
                    case.id,
                    case.version,
                    NotAcceptCommand(
                        reason="申请事项属州级部门职权。",
                        legal_basis="行政许可法第三十二条第一款第二项",
                        go_to="州政务服务中心",
                    ),
                )
                await self._file(clerk, case, later, reason="申请事项属州级部门职权。")
            case "refused" if case.state == "accepted":
                await self._file(clerk, case, later, reason="经核实，不符合法定的准予条件。")
            case "withdrawn" if case.kind is not CaseKind.IMMEDIATE:
                steps = await self._steps(clerk, later)
                await steps.withdraw(
                    case.id,
                    case.version,
                    WithdrawCommand(reason="申请人自愿撤回。", signed_by=case.applicant.name),
                )
            case _:  # left as it came in: open, or received and not yet answered
                pass

    async def _file(self, clerk: _Clerk, case: CaseRead, at: datetime, *, reason: str) -> None:
        """Most refusals are filed at once, some wait for the director, and some are forgotten."""
        if case.state != "accepted" and self.chance.random() < 0.25:
            return
        steps = await self._steps(clerk, at)
        filing = FilingService(
            RejectionService(RejectionRepository(self.session), CaseService(steps.bench)),
            RefusalService(steps),
            steps.organisation,
        )
        await filing.file(
            RejectionCreate(
                case_id=case.id,
                case_version=case.version,
                reason=reason,
                legal_basis="行政许可法第三十八条" if case.state == "accepted" else None,
                is_within_authority=case.state != "accepted" or self.chance.random() < 0.6,
            )
        )

    async def _bench(self, clerk: _Clerk, now: datetime) -> Bench:
        rulebook = RulebookService()
        return Bench(
            cases=CaseRepository(self.session),
            catalog=open_catalog(self.session, clerk.caller, now),
            calendars=await calendar_service(self.session, rulebook, now),
            rulebook=rulebook,
            papers=await paper_service(self.session),
            personal_data=self.context.personal_data,
            caller=clerk.caller,
            now=now,
        )

    async def _steps(self, clerk: _Clerk, now: datetime) -> StepService:
        organisation = OrganisationService(
            OrganisationRepository(self.session), caller=clerk.caller, now=now
        )
        return StepService(await self._bench(clerk, now), organisation)

    async def _take_in(
        self, clerk: _Clerk, item: PutInForce, content: ItemContent, at: datetime, *, complete: bool
    ) -> CaseRead:
        is_firm = self.chance.random() < 0.3
        name, number = self.chance.choice(FIRMS if is_firm else APPLICANTS)
        applicant = ApplicantCreate(
            kind=ApplicantKind.ORGANISATION if is_firm else ApplicantKind.PERSON,
            name=name,
            id_kind=IdKind.RESIDENT_ID if number else None,
            id_number=number,
            phone=f"138{self.chance.randrange(10**8):08d}",
        )
        wanted = [material for material in content.materials if complete and material.is_required]
        wish = CaseCreate(
            item_id=item.item_id,
            window_id=clerk.window_id,
            applicant=applicant,
            materials=[_handed_in(material.key, material.copies) for material in wanted],
        )
        return await IntakeService(await self._bench(clerk, at)).take_in(wish)

    async def _tell(
        self, clerk: _Clerk, case: CaseRead, content: ItemContent, at: datetime
    ) -> CaseRead:
        missing = [
            MissingMaterial(material_key=material.key, requirement="请补交")
            for material in content.materials
            if material.is_required
        ]
        if not missing or case.state != "received":
            return case
        steps = await self._steps(clerk, at)
        return await steps.supplement(case.id, case.version, SupplementCommand(missing=missing))

    async def _complete(
        self, clerk: _Clerk, case: CaseRead, content: ItemContent, at: datetime
    ) -> CaseRead:
        wanted = [material for material in content.materials if material.is_required]
        if not wanted or case.state != "awaiting_supplement":
            return case
        steps = await self._steps(clerk, at)
        wish = HandInCommand(
            materials=[_handed_in(material.key, material.copies) for material in wanted]
        )
        return await steps.hand_in(case.id, case.version, wish)

    async def _finish(
        self, clerk: _Clerk, case: CaseRead, calendar: WorkCalendar, *, is_late: bool
    ) -> None:
        if case.accepted_at is None or case.due_at is None:
            return
        if is_late:
            done_at = calendar.add_working_minutes(case.due_at, self.chance.randrange(60, 900))
        else:
            minutes = calendar.working_minutes_between(case.accepted_at, case.due_at)
            done_at = calendar.add_working_minutes(
                case.accepted_at, max(1, int(minutes * self.chance.uniform(0.1, 0.95)))
            )
        if done_at >= self.now:
            return
        steps = await self._steps(clerk, done_at)
        case = await steps.finish(case.id, case.version, FinishCommand())
        fetched_at = calendar.add_working_minutes(done_at, self.chance.randrange(5, 700))
        if fetched_at < self.now and self.chance.random() < 0.8:
            steps = await self._steps(clerk, fetched_at)
            method = self.chance.choice([DeliveryMethod.PICK_UP, DeliveryMethod.POST])
            await steps.deliver(
                case.id,
                case.version,
                DeliverCommand(method=method, signed_by=case.applicant.name),
            )


def _handed_in(key: str, copies: int) -> MaterialIn:
    return MaterialIn(material_key=key, copies=copies, pages=1)
