"""Rows that tests start from: plain functions, each a few statements."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from yimen.core.caller import Role
from yimen.core.database import new_id
from yimen.domains.accounts.models import Account, LoginSession
from yimen.domains.organisation.enums import DepartmentKind, WindowKind
from yimen.domains.organisation.models import (
    ChiefRepresentative,
    Department,
    StaffMember,
    Window,
    WindowService,
)

LONG_AGO = date(2000, 1, 1)
"""When the windows of the tests opened: any day that a test sets the clock to is later."""
FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
NO_PASSWORD = "!"
"""A hash that no password has: log-ins of the tests are made without argon2."""

_numbers = count(100)


async def make_department(
    session: AsyncSession,
    *,
    code: str | None = None,
    name: str = "县农业农村局",
    kind: DepartmentKind = DepartmentKind.DEPARTMENT,
    closed_on: date | None = None,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(Department).values(
            id=made, code=code or f"d{next(_numbers)}", name=name, kind=kind, closed_on=closed_on
        )
    )
    return made


async def make_window(
    session: AsyncSession,
    department_id: UUID,
    *,
    number: str | None = None,
    name: str = "农业窗口",
    kind: WindowKind = WindowKind.INDEPENDENT,
    opened_on: date = LONG_AGO,
    closed_on: date | None = None,
) -> UUID:
    """A window; without staff until :func:`make_service`."""
    made = new_id()
    await session.execute(
        sa.insert(Window).values(
            id=made,
            number=number or str(next(_numbers)),
            name=name,
            department_id=department_id,
            kind=kind,
            opened_on=opened_on,
            closed_on=closed_on,
        )
    )
    return made


async def make_staff_member(
    session: AsyncSession,
    department_id: UUID | None = None,
    *,
    staff_number: str | None = None,
    name: str = "阿依古丽·买买提",
    post: str = "窗口工作人员",
    left_on: date | None = None,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(StaffMember).values(
            id=made,
            staff_number=staff_number or f"S{next(_numbers)}",
            name=name,
            department_id=department_id,
            post=post,
            left_on=left_on,
        )
    )
    return made


async def make_service(
    session: AsyncSession,
    staff_id: UUID,
    window_id: UUID,
    *,
    starts_on: date = LONG_AGO,
    ends_on: date | None = None,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(WindowService).values(
            id=made, staff_id=staff_id, window_id=window_id, starts_on=starts_on, ends_on=ends_on
        )
    )
    return made


async def make_chief(
    session: AsyncSession,
    department_id: UUID,
    staff_id: UUID,
    *,
    starts_on: date = LONG_AGO,
    ends_on: date | None = None,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(ChiefRepresentative).values(
            id=made,
            department_id=department_id,
            staff_id=staff_id,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    return made


def account_values(
    *,
    account_id: UUID,
    username: str,
    role: Role,
    staff_id: UUID | None,
    password_hash: str = NO_PASSWORD,
    is_demo: bool = False,
    must_change_password: bool = False,
) -> dict[str, object]:
    """The columns of an account that exists since long ago."""
    then = datetime(2000, 1, 1, tzinfo=UTC)
    return {
        "id": account_id,
        "username": username,
        "password_hash": password_hash,
        "role": role,
        "staff_id": staff_id,
        "is_demo": is_demo,
        "must_change_password": must_change_password,
        "created_at": then,
        "password_changed_at": then,
    }


async def make_account(
    session: AsyncSession,
    role: Role,
    *,
    staff_id: UUID | None = None,
    username: str | None = None,
    password_hash: str = NO_PASSWORD,
    is_demo: bool = False,
    must_change_password: bool = False,
) -> UUID:
    made = new_id()
    await session.execute(
        sa.insert(Account).values(
            account_values(
                account_id=made,
                username=username or f"user{next(_numbers)}",
                role=role,
                staff_id=staff_id,
                password_hash=password_hash,
                is_demo=is_demo,
                must_change_password=must_change_password,
            )
        )
    )
    return made


async def make_login(session: AsyncSession, account_id: UUID) -> UUID:
    """A log-in that is good on every day a test may set; returns the session's id."""
    made = new_id()
    then = datetime(2000, 1, 1, tzinfo=UTC)
    await session.execute(
        sa.insert(LoginSession).values(
            id=made, account_id=account_id, created_at=then, last_used_at=then, expires_at=FOREVER
        )
    )
    return made


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the standard hall, logged in."""

    name: str
    username: str
    role: Role
    staff_id: UUID
    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Hall:
    """Two departments, three windows, eight people, all there since long ago.

    Department A has the windows 01 (``clerk``, ``colleague``) and 02 (``clerk_next_door``) and
    the ``chief``; department B has window 03 (``clerk_elsewhere``) and the ``chief_elsewhere``.
    """

    department_a: UUID
    department_b: UUID
    window_01: UUID
    window_02: UUID
    window_03: UUID
    clerk: Person
    colleague: Person
    clerk_next_door: Person
    clerk_elsewhere: Person
    chief: Person
    chief_elsewhere: Person
    office: Person
    director: Person


async def make_hall(session: AsyncSession) -> Hall:
    """The standard hall, in one statement a table."""
    a, b = new_id(), new_id()
    w01, w02, w03 = new_id(), new_id(), new_id()
    people = {
        username: Person(name, username, role, new_id(), new_id(), new_id())
        for username, name, role in (
            ("clerk", "阿依古丽·买买提", Role.WINDOW),
            ("colleague", "王红", Role.WINDOW),
            ("clerk.next.door", "李军", Role.WINDOW),
            ("clerk.elsewhere", "巴合提·努尔兰", Role.WINDOW),
            ("chief", "张伟", Role.CHIEF_REPRESENTATIVE),
            ("chief.elsewhere", "古丽娜·哈德尔", Role.CHIEF_REPRESENTATIVE),
            ("office", "赵敏", Role.OFFICE),
            ("director", "刘强", Role.DIRECTOR),
        )
    }
    homes = dict.fromkeys(("clerk", "colleague", "clerk.next.door", "chief"), a)
    homes |= dict.fromkeys(("clerk.elsewhere", "chief.elsewhere"), b)
    await session.execute(
        sa.insert(Department),
        [
            {"id": a, "code": "a", "name": "县市场监督管理局", "kind": DepartmentKind.DEPARTMENT},
            {"id": b, "code": "b", "name": "县自然资源局", "kind": DepartmentKind.DEPARTMENT},
        ],
    )
    await session.execute(
        sa.insert(Window),
        [
            {
                "id": window,
                "number": number,
                "name": name,
                "department_id": department,
                "kind": WindowKind.INDEPENDENT,
                "opened_on": LONG_AGO,
            }
            for window, number, name, department in (
                (w01, "01", "市监一窗", a),
                (w02, "02", "市监二窗", a),
                (w03, "03", "自然资源窗口", b),
            )
        ],
    )
    await session.execute(
        sa.insert(StaffMember),
        [
            {
                "id": person.staff_id,
                "staff_number": f"N{index:02}",
                "name": person.name,
                "department_id": homes.get(username),
                "post": person.role.label,
            }
            for index, (username, person) in enumerate(people.items(), start=1)
        ],
    )
    await session.execute(
        sa.insert(WindowService),
        [
            {
                "id": new_id(),
                "staff_id": people[username].staff_id,
                "window_id": window,
                "starts_on": LONG_AGO,
            }
            for username, window in (
                ("clerk", w01),
                ("colleague", w01),
                ("clerk.next.door", w02),
                ("clerk.elsewhere", w03),
            )
        ],
    )
    await session.execute(
        sa.insert(ChiefRepresentative),
        [
            {
                "id": new_id(),
                "department_id": department,
                "staff_id": people[username].staff_id,
                "starts_on": LONG_AGO,
            }
            for username, department in (("chief", a), ("chief.elsewhere", b))
        ],
    )
    await session.execute(
        sa.insert(Account),
        [
            account_values(
                account_id=person.account_id,
                username=person.username,
                role=person.role,
                staff_id=person.staff_id,
            )
            for person in people.values()
        ],
    )
    then = datetime(2000, 1, 1, tzinfo=UTC)
    await session.execute(
        sa.insert(LoginSession),
        [
            {
                "id": person.session_id,
                "account_id": person.account_id,
                "created_at": then,
                "last_used_at": then,
                "expires_at": FOREVER,
            }
            for person in people.values()
        ],
    )
    return Hall(a, b, w01, w02, w03, *people.values())  # the people in the order of the fields
